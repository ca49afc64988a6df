// SPDX-License-Identifier: GPL-2.0
/*
 * identity-selftest - do a guest's pages stay where dom0 mapped them?
 *
 * In a direct-mapped dom0 with an IOMMU, Xen adds for each granted page an entry that has
 * the machine frame as guest frame. A page of the pool that has this number shows another
 * page of the guest's from then on. The other way round, a grant that is mapped at a page
 * of the pool replaces such an entry, and a device is sent elsewhere.
 *
 *	identity-selftest grant DOMID		in the guest: grants its pages to that
 *						domain, prints "guest: refs REF...", and
 *						waits until that says that it is through
 *	identity-selftest map DOMID DISK TIMES REF...
 *						in dom0: maps the first half of them TIMES
 *						times, so as to use all of the pool, then
 *						the other half; looks at every page, and
 *						at what a disk gets by DMA, unless it is -
 *
 * A page holds its number, the last one a word by which each says how far it is.
 */
#define _GNU_SOURCE
#include <stdatomic.h>

#define PROGRAM "identity"
#include "../grants.h"

#define WORDS		(PAGE / sizeof(__u64))
#define HALF		640
#define CONTROL		(2 * HALF)
#define PAGES		(CONTROL + 1)
#define PATIENCE_S	120

enum { GRANTING, GRANTED, THROUGH };

static void fill(void *page, unsigned int nr)
{
	__u64 *p = page;
	unsigned int w;

	for (w = 0; w < WORDS; w++)
		p[w] = ((__u64)(nr + 1) << 32 | w) * 0x9e3779b97f4a7c15;
}

/* How many of HALF pages do not hold the numbers from @first on? */
static unsigned int wrong(const char *mem, unsigned int first)
{
	__u64 expected[WORDS];
	unsigned int i, n = 0;

	for (i = 0; i < HALF; i++) {
		fill(expected, first + i);
		n += memcmp(mem + i * PAGE, expected, PAGE) != 0;
	}
	return n;
}

static void grant(unsigned int domid)
{
	struct ioctl_gntalloc_alloc_gref *op;
	char *mem = grant_pages(domid, PAGES, &op);
	atomic_uint *state;
	int i;

	for (i = 0; i < CONTROL; i++)
		fill(mem + i * PAGE, i);
	state = (atomic_uint *)(mem + CONTROL * PAGE);
	*state = GRANTED;

	print_refs(op);
	for (i = 0; i < PATIENCE_S * 10 && *state != THROUGH; i++)
		usleep(100000);
}

/* Have gntdev map pages, for as long as the memory is mapped. */
static char *map_pages(int fd, unsigned int domid, const __u32 *refs, unsigned int nr)
{
	struct ioctl_gntdev_unmap_grant_ref unmap;
	char *mem = map_grants(fd, domid, refs, nr, &unmap);

	if (ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap))
		die("gntdev UNMAP_GRANT_REF");
	return mem;
}

/* How many of the first half's pages does a disk not get as they are? */
static unsigned int wrong_on_disk(const char *path, const char *mem)
{
	int disk = open(path, O_RDWR | O_DIRECT);
	char *back;

	if (disk < 0 || posix_memalign((void **)&back, PAGE, HALF * PAGE))
		die(path);
	if (pwrite(disk, mem, HALF * PAGE, 0) != HALF * PAGE)
		die("writing to the disk");
	if (pread(disk, back, HALF * PAGE, 0) != HALF * PAGE)
		die("reading from the disk");
	return wrong(back, 0);
}

static void map(unsigned int domid, const char *disk, unsigned int times, char **args)
{
	int fd = open("/dev/xen/gntdev", O_RDWR);
	char **mem = new_request(times * sizeof(*mem));
	unsigned int i, seen = 0;
	atomic_uint *state;
	__u32 refs[PAGES];

	if (fd < 0)
		die("open /dev/xen/gntdev");
	read_refs(refs, PAGES, args);
	state = (atomic_uint *)map_pages(fd, domid, refs + CONTROL, 1);
	for (i = 0; i < 100 && *state != GRANTED; i++)
		usleep(100000);
	if (*state != GRANTED) {
		fprintf(stderr, "identity: FAILED: the last page says %#x\n", *state);
		exit(1);
	}
	for (i = 0; i < times; i++)
		mem[i] = map_pages(fd, domid, refs, HALF);
	map_pages(fd, domid, refs + HALF, HALF);

	for (i = 0; i < times; i++)
		seen += wrong(mem[i], 0);
	printf("identity: mapped=%u wrong=%u", times * HALF, seen);
	if (strcmp(disk, "-"))
		printf(" wrong-on-disk=%u", wrong_on_disk(disk, mem[0]));
	printf("\n");
	fflush(stdout);
	/* One by one: the kernel would not come to anything else for long. */
	for (i = 0; i < times; i++)
		munmap(mem[i], HALF * PAGE);
	*state = THROUGH;
}

int main(int argc, char **argv)
{
	need_pages_of_a_grant();
	if (argc == 3 && !strcmp(argv[1], "grant")) {
		grant(strtoul(argv[2], NULL, 10));
	} else if (argc == 5 + PAGES && !strcmp(argv[1], "map")) {
		map(strtoul(argv[2], NULL, 10), argv[3], strtoul(argv[4], NULL, 10), argv + 5);
	} else {
		fprintf(stderr, "usage: %s grant DOMID | map DOMID DISK|- TIMES REF... (%d)\n",
			argv[0], PAGES);
		return 2;
	}
	return 0;
}
