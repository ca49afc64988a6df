// SPDX-License-Identifier: GPL-2.0
/*
 * fault-selftest - requests for foreign-mapping space while what they take fails
 *
 *	fault-selftest REQUESTS SEED
 *
 * Maps grants of its own, of 2 to 64 pages at a time, and releases them. Each request
 * either maps all, and every page has behind it what was granted, or fails with ENOMEM.
 * After each the pool has as many pages out as before.
 *
 * Before each, what the pool has free is mapped and kept, but for fewer pages than will be
 * asked for: the request gets these, and the pool must grow for the rest.
 *
 *	faults: requests=N served=N refused=N errors=N
 *
 * Exit status 0 if there were no errors, 1 otherwise, 2 for wrong arguments.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Types that <xen/gntdev.h> takes for granted. */
typedef __u32 grant_ref_t;
typedef __u16 domid_t;
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define MAX_PAGES	64
#define COUNTERS	"/sys/kernel/debug/xen/unpopulated/counters"

static const size_t page_size = 4096;
static int map_fd;
static grant_ref_t refs[MAX_PAGES];
static long kept;	/* pages that stay mapped */

static void die(const char *what)
{
	fprintf(stderr, "faults: FAILED: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* One of the pool's counters */
static long counter(const char *name)
{
	FILE *file = fopen(COUNTERS, "r");
	char line[128];
	long value;

	if (!file)
		die(COUNTERS);
	while (fgets(line, sizeof(line), file)) {
		char key[64];

		if (sscanf(line, "%63s %ld", key, &value) == 2 && !strcmp(key, name)) {
			fclose(file);
			return value;
		}
	}
	fprintf(stderr, "faults: FAILED: %s has no '%s'\n", COUNTERS, name);
	exit(1);
}

/* Is what is out what is kept? The last reference to a mapping may be dropped later. */
static bool nothing_is_lost(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (counter("in_use") + counter("ballooned") == kept)
			return true;
		usleep(100000);
	}
	return false;
}

/* Grant all the pages to this domain, each with its number in it. */
static void grant_pages(void)
{
	static char request[sizeof(struct ioctl_gntalloc_alloc_gref) + sizeof(refs)];
	struct ioctl_gntalloc_alloc_gref *op = (void *)request;
	int fd = open("/dev/xen/gntalloc", O_RDWR);
	unsigned int i;
	char *mem;

	if (fd < 0)
		die("/dev/xen/gntalloc");
	op->flags = GNTALLOC_FLAG_WRITABLE;
	op->count = MAX_PAGES;
	if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, op))
		die("gntalloc ALLOC_GREF");
	mem = mmap(NULL, MAX_PAGES * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, op->index);
	if (mem == MAP_FAILED)
		die("mmap of gntalloc");
	for (i = 0; i < MAX_PAGES; i++) {
		refs[i] = op->gref_ids[i];
		*(unsigned int *)(mem + i * page_size) = i;
	}
}

struct mapping {
	unsigned int nr;
	bool known;	/* to gntdev, by its index */
	__u64 index;
	char *mem;
};

/* Nothing of @m is left. */
static bool unmap(struct mapping *m)
{
	struct ioctl_gntdev_unmap_grant_ref op = { .index = m->index, .count = m->nr };

	if (m->mem != MAP_FAILED && munmap(m->mem, m->nr * page_size))
		return false;
	m->mem = MAP_FAILED;
	return !ioctl(map_fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op);
}

/* Returns 0 or an error, and then nothing is mapped. */
static int map(struct mapping *m, unsigned int nr)
{
	static char request[sizeof(struct ioctl_gntdev_map_grant_ref) +
			    MAX_PAGES * sizeof(struct ioctl_gntdev_grant_ref)];
	struct ioctl_gntdev_map_grant_ref *op = (void *)request;
	unsigned int i;
	int err = 0;

	*m = (struct mapping){ .nr = nr, .mem = MAP_FAILED };
	op->count = nr;
	for (i = 0; i < nr; i++)
		op->refs[i] = (struct ioctl_gntdev_grant_ref){ .ref = refs[i] };

	if (ioctl(map_fd, IOCTL_GNTDEV_MAP_GRANT_REF, op)) {
		err = errno;
	} else {
		m->known = true;
		m->index = op->index;
		m->mem = mmap(NULL, nr * page_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			      map_fd, m->index);
		if (m->mem == MAP_FAILED)
			err = errno;
	}
	if (err && m->known && !unmap(m))
		die("taking back what could not be mapped");
	return err;
}

static bool is_right(const struct mapping *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (*(unsigned int *)(m->mem + i * page_size) != i)
			return false;
	return true;
}

/* Leave the pool less than @nr free pages. */
static void use_up(unsigned int nr)
{
	long rest = counter("pages") - counter("in_use") - random() % nr;

	while (rest > 0) {
		struct mapping m;
		unsigned int n = rest < MAX_PAGES ? rest : MAX_PAGES;

		errno = map(&m, n);
		if (errno)
			die("mapping what is free");
		kept += n;
		rest -= n;
	}
}

static unsigned long parse(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 0);

	if (end == s || *end) {
		fprintf(stderr, "faults: '%s' is not a number\n", s);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	unsigned long requests, served = 0, refused = 0, errors = 0, i;

	if (argc != 3) {
		fputs("usage: fault-selftest REQUESTS SEED\n", stderr);
		return 2;
	}
	requests = parse(argv[1]);
	srandom(parse(argv[2]));
	map_fd = open("/dev/xen/gntdev", O_RDWR);
	if (map_fd < 0)
		die("/dev/xen/gntdev");
	grant_pages();

	for (i = 0; i < requests && !errors; i++) {
		unsigned int nr = 2 + random() % (MAX_PAGES - 1);
		struct mapping m;
		int err;

		use_up(nr);
		err = map(&m, nr);
		if (!err) {
			served++;
			if (!is_right(&m)) {
				fprintf(stderr, "faults: FAILED: request %lu: wrong data\n", i);
				errors++;
			}
			if (!unmap(&m))
				die("unmapping");
		} else if (err == ENOMEM) {
			refused++;
		} else {
			fprintf(stderr, "faults: FAILED: request %lu: %s\n", i, strerror(err));
			errors++;
		}
		if (!nothing_is_lost()) {
			fprintf(stderr,
				"faults: FAILED: request %lu (%s): %ld and %ld are out, %ld are kept\n",
				i, strerror(err), counter("in_use"), counter("ballooned"), kept);
			errors++;
		}
	}
	printf("faults: requests=%lu served=%lu refused=%lu errors=%lu\n",
	       i, served, refused, errors);
	return errors != 0;
}
