// SPDX-License-Identifier: GPL-2.0
/*
 * share-selftest - a guest's buffers, mapped in dom0 as a virtio back end does
 *
 * rust-vmm knows two ways to reach a guest's memory by grants: to map a buffer when it
 * is used and to drop it at once, or to map everything beforehand. Here both are at work
 * at the same time, on the same pages of a guest:
 *
 *	share-selftest grant			in the guest: grants its pages to
 *						dom0, prints "guest: refs REF...", waits
 *						until dom0 says that it is through, and
 *						looks what has become of every page
 *	share-selftest map DOMID REF...		in dom0
 *
 * Each side prints a line for each way:
 *
 *	shared: WAY buffers=N wrong=N		in dom0
 *	shared: WAY pages=N wrong=N		in the guest
 *
 * A page has a part for each who writes to it: the guest, once, and dom0 in each way,
 * all over each time, with a number of how often. So everybody knows what to find.
 */
#include <sys/wait.h>

#define PROGRAM "shared"
#include "../grants.h"

#define SHARED		512
/* The last page is for dom0 to say that it is through. */
#define PAGES		(SHARED + 1)
#define BUFFER_MAX	16		/* pages */
#define PATIENCE_S	150

enum writer { GUEST, EACH, ALL, WRITERS };

#define WORDS		(PAGE / sizeof(__u64) / WRITERS)

/* How often: map what is mapped beforehand, and use a buffer of it. */
static const struct way {
	const char *name;
	enum writer writer;
	unsigned int rounds, buffers;
} ways[] = {
	{ "each-buffer", EACH, 4000, 1 },
	{ "all-beforehand", ALL, 10, 400 },
	{ }
};

static __u64 *part_of(void *page, enum writer writer)
{
	return (__u64 *)page + writer * WORDS;
}

static __u64 word(unsigned int nr, enum writer writer, __u64 times, unsigned int w)
{
	return (times << 32 ^ (nr + 1) << 12 ^ writer << 10 ^ w) * 0x9e3779b97f4a7c15;
}

/* The part of page @nr that is written for the @times-th time; its first word says so. */
static void fill(void *page, unsigned int nr, enum writer writer, __u64 times)
{
	__u64 *part = part_of(page, writer);
	unsigned int w;

	part[0] = times;
	for (w = 1; w < WORDS; w++)
		part[w] = word(nr, writer, times, w);
}

static bool holds(void *page, unsigned int nr, enum writer writer, __u64 times)
{
	const __u64 *part = part_of(page, writer);
	unsigned int w;

	for (w = 1; w < WORDS; w++)
		if (part[w] != word(nr, writer, times, w))
			return false;
	return part[0] == times;
}

static int grant(void)
{
	struct ioctl_gntalloc_alloc_gref *op;
	char *mem = grant_pages(0, PAGES, &op);
	const struct way *way;
	atomic_uint *through;
	int i;

	memset(mem, 0, PAGES * PAGE);
	for (i = 0; i < SHARED; i++)
		fill(mem + i * PAGE, i, GUEST, 1);
	through = (atomic_uint *)(mem + SHARED * PAGE);

	print_refs(op);

	wait_until_through(through, PATIENCE_S);
	for (way = ways; way->name; way++) {
		unsigned int pages = 0, wrong = 0;

		for (i = 0; i < SHARED; i++) {
			void *page = mem + i * PAGE;
			__u64 times = *part_of(page, way->writer);

			pages += times > 0;
			wrong += !holds(page, i, GUEST, 1) ||
				 (times && !holds(page, i, way->writer, times));
		}
		printf("guest: shared: %s pages=%u wrong=%u\n", way->name, pages, wrong);
	}
	return *through != 1;
}

/* Grants that gntdev has mapped one after the other. */
struct mapping {
	struct ioctl_gntdev_unmap_grant_ref unmap;
	size_t size;
	char *mem;
};

static void map(int fd, struct mapping *m, unsigned int domid, const __u32 *refs, unsigned int nr)
{
	m->size = nr * PAGE;
	m->mem = map_grants(fd, domid, refs, nr, &m->unmap);
}

static void unmap(int fd, struct mapping *m)
{
	if (munmap(m->mem, m->size) || ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &m->unmap))
		die("gntdev UNMAP_GRANT_REF");
}

/* Use pages from @first on: what the guest wrote, and what was written in this way before. */
static unsigned int use(const struct way *way, char *mem, unsigned int first, unsigned int nr,
			__u64 *times)
{
	unsigned int i, wrong = 0;

	for (i = first; i < first + nr; i++, mem += PAGE) {
		wrong += !holds(mem, i, GUEST, 1) ||
			 (times[i] && !holds(mem, i, way->writer, times[i]));
		fill(mem, i, way->writer, ++times[i]);
	}
	return wrong;
}

static void work(const struct way *way, unsigned int domid, const __u32 *refs)
{
	int fd = open("/dev/xen/gntdev", O_RDWR);
	__u64 times[SHARED] = { 0 };
	unsigned int used = 0, wrong = 0, i;
	struct mapping m;

	if (fd < 0)
		die("open /dev/xen/gntdev");
	for (i = 0; i < way->rounds * way->buffers; i++) {
		unsigned int nr = 1 + rand() % BUFFER_MAX;
		unsigned int first = rand() % (SHARED - nr + 1);

		if (way->writer == EACH) {
			map(fd, &m, domid, refs + first, nr);
			wrong += use(way, m.mem, first, nr, times);
			unmap(fd, &m);
		} else {
			if (i % way->buffers == 0)
				map(fd, &m, domid, refs, SHARED);
			wrong += use(way, m.mem + first * PAGE, first, nr, times);
			if (i % way->buffers == way->buffers - 1)
				unmap(fd, &m);
		}
		used++;
	}
	printf("shared: %s buffers=%u wrong=%u\n", way->name, used, wrong);
	fflush(stdout);
}

static int map_in_all_ways(unsigned int domid, char **args)
{
	const struct way *way;
	__u32 refs[PAGES];
	struct mapping control;

	read_refs(refs, PAGES, args);
	for (way = ways; way->name; way++) {
		if (!fork()) {
			work(way, domid, refs);
			exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	map(open("/dev/xen/gntdev", O_RDWR), &control, domid, refs + SHARED, 1);
	*(atomic_uint *)control.mem = 1;
	return 0;
}

int main(int argc, char **argv)
{
	need_pages_of_a_grant();
	setvbuf(stdout, NULL, _IOFBF, 8192);
	if (argc == 2 && !strcmp(argv[1], "grant"))
		return grant();
	if (argc == 3 + PAGES && !strcmp(argv[1], "map"))
		return map_in_all_ways(strtoul(argv[2], NULL, 10), argv + 3);
	fprintf(stderr, "usage: share-selftest grant | map DOMID REF... (%d)\n", PAGES);
	return 2;
}
