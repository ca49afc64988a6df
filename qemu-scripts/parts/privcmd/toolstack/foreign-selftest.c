// SPDX-License-Identifier: GPL-2.0
/*
 * foreign-selftest - map all of a guest's memory, as the toolstack and device models do
 *
 * By libxenforeignmemory of the distribution:
 *
 *	foreign-selftest DOMID MIB		maps MIB of the guest's RAM in one call,
 *						looks for the pages that the guest has
 *						filled (see the part's guest), unmaps it
 *	foreign-selftest locked DOMID OTHER	once the interface is locked to DOMID that
 *						can still be mapped, OTHER no more
 *
 * A line: "pages=N errors=N found=N wrong=N" or "own=ERRNO other=ERRNO". The exit status
 * is 0 if nothing failed, 1 otherwise, 2 for wrong arguments.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenforeignmemory.h>

#define PAGE	4096
/* GUEST_RAM0_BASE in xen/include/public/arch-arm.h */
#define FIRST	(0x40000000UL / PAGE)

static xenforeignmemory_handle *memory;

/* The guest's pages hold a line each: this, their number, blanks. */
static const char mark[] = "foreign-selftest ";

static unsigned long found, wrong;

static void look_at(const char *page)
{
	size_t i;

	if (memcmp(page, mark, sizeof(mark) - 1))
		return;
	found++;
	i = sizeof(mark) - 1 + strspn(page + sizeof(mark) - 1, "0123456789");
	while (i < PAGE - 1 && page[i] == ' ')
		i++;
	if (i != PAGE - 1 || page[i] != '\n')
		wrong++;
}

static int map_all(int domid, size_t pages)
{
	xen_pfn_t *frames = calloc(pages, sizeof(*frames));
	int *errors = calloc(pages, sizeof(*errors));
	unsigned long refused = 0;
	char *mem = NULL;
	size_t i;

	if (frames && errors) {
		for (i = 0; i < pages; i++)
			frames[i] = FIRST + i;
		mem = xenforeignmemory_map(memory, domid, PROT_READ, pages, frames, errors);
	}
	for (i = 0; mem && i < pages; i++) {
		if (errors[i])
			refused++;
		else
			look_at(mem + i * PAGE);
	}
	free(frames);
	free(errors);
	if (!mem || xenforeignmemory_unmap(memory, mem, pages)) {
		perror("foreign-selftest: mapping");
		return 1;
	}
	printf("pages=%zu errors=%lu found=%lu wrong=%lu\n", pages, refused, found, wrong);
	return refused || wrong;
}

static int map_one(int domid)
{
	xen_pfn_t frame = FIRST;
	int error = 0;
	void *mem = xenforeignmemory_map(memory, domid, PROT_READ, 1, &frame, &error);

	if (!mem)
		return errno;
	xenforeignmemory_unmap(memory, mem, 1);
	return error;
}

static int locked(int domid, int other)
{
	int own_error, other_error;

	if (map_one(other) || xenforeignmemory_restrict(memory, domid)) {
		perror("foreign-selftest: locking");
		return 1;
	}
	own_error = map_one(domid);
	other_error = map_one(other);
	printf("own=%d other=%d\n", own_error, other_error);
	return own_error || !other_error;
}

int main(int argc, char **argv)
{
	int lock = argc == 4 && !strcmp(argv[1], "locked");

	if (argc != 3 && !lock) {
		fprintf(stderr, "usage: foreign-selftest DOMID MIB | locked DOMID OTHER\n");
		return 2;
	}
	memory = xenforeignmemory_open(NULL, 0);
	if (!memory) {
		perror("foreign-selftest: privcmd");
		return 1;
	}
	if (lock)
		return locked(atoi(argv[2]), atoi(argv[3]));
	return map_all(atoi(argv[1]), strtoul(argv[2], NULL, 0) << 20 >> 12);
}
