/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What programs of several parts share: to grant pages to another domain, and to map
 * those of one. What fails ends the program; PROGRAM is defined before, and is how its
 * lines begin.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdatomic.h>
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

#define PAGE	4096	/* of a grant; these programs are for kernels with such pages */

static inline void die(const char *step)
{
	fprintf(stderr, PROGRAM ": FAILED: %s: %s\n", step, strerror(errno));
	exit(1);
}

/* PAGE says what is expected. */
static inline void need_pages_of_a_grant(void)
{
	if (sysconf(_SC_PAGESIZE) == PAGE)
		return;
	fputs(PROGRAM ": needs pages of 4 KiB\n", stderr);
	exit(2);
}

/* Zeroed memory, for a request and what its list has beyond the first element; for good. */
static inline void *new_request(size_t size)
{
	void *op = calloc(1, size);

	if (!op)
		die("memory");
	return op;
}

/* Grant @nr pages to a domain, for good: the pages, and what was asked, with the references. */
static inline char *grant_pages(unsigned int domid, unsigned int nr,
				struct ioctl_gntalloc_alloc_gref **op)
{
	int fd = open("/dev/xen/gntalloc", O_RDWR);
	char *mem;

	*op = new_request(sizeof(**op) + nr * sizeof(*(*op)->gref_ids));
	(*op)->domid = domid;
	(*op)->flags = GNTALLOC_FLAG_WRITABLE;
	(*op)->count = nr;
	if (fd < 0 || ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, *op))
		die("gntalloc");
	mem = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (*op)->index);
	if (mem == MAP_FAILED)
		die("mmap of gntalloc");
	return mem;
}

/* Tell the references, once there is something in the pages. */
static inline void print_refs(const struct ioctl_gntalloc_alloc_gref *op)
{
	printf("guest: refs");
	for (unsigned int i = 0; i < op->count; i++)
		printf(" %u", op->gref_ids[i]);
	printf("\n");
	fflush(stdout);
}

/* References as print_refs() printed them */
static inline void read_refs(__u32 *refs, unsigned int nr, char **args)
{
	for (unsigned int i = 0; i < nr; i++)
		refs[i] = strtoul(args[i], NULL, 10);
}

/* Wait until dom0 says by @through, in a page that it was granted, that it is. */
static inline void wait_until_through(const atomic_uint *through, unsigned int patience_s)
{
	for (unsigned int i = 0; i < patience_s * 10 && !*through; i++)
		usleep(100000);
}

/* Numbers that are those of @tag, whose lowest 9 bits are 0 */
static inline void fill_page(__u64 *page, __u64 tag)
{
	for (unsigned int w = 0; w < PAGE / sizeof(*page); w++)
		page[w] = (tag | w) * 0x9e3779b97f4a7c15;
}

static inline bool page_holds(const void *page, __u64 tag)
{
	__u64 expected[PAGE / sizeof(__u64)];

	fill_page(expected, tag);
	return !memcmp(page, expected, PAGE);
}

/* A request to gntdev for pages that a domain granted */
static inline struct ioctl_gntdev_map_grant_ref *map_request(unsigned int domid,
							     const __u32 *refs, unsigned int nr)
{
	struct ioctl_gntdev_map_grant_ref *op =
		new_request(sizeof(*op) + nr * sizeof(*op->refs));

	op->count = nr;
	for (unsigned int i = 0; i < nr; i++) {
		op->refs[i].domid = domid;
		op->refs[i].ref = refs[i];
	}
	return op;
}

/* Have gntdev map pages, all in one request; @unmap is the one that undoes it. */
static inline char *map_grants(int fd, unsigned int domid, const __u32 *refs, unsigned int nr,
			       struct ioctl_gntdev_unmap_grant_ref *unmap)
{
	struct ioctl_gntdev_map_grant_ref *op = map_request(domid, refs, nr);
	char *mem;

	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, op))
		die("gntdev MAP_GRANT_REF");
	mem = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, op->index);
	if (mem == MAP_FAILED)
		die("mmap of gntdev");
	*unmap = (struct ioctl_gntdev_unmap_grant_ref){ .index = op->index, .count = nr };
	free(op);
	return mem;
}
