// SPDX-License-Identifier: GPL-2.0
/*
 * read-only-selftest - what does a device do to pages that it is only to read?
 *
 * A guest grants a page, and dom0 maps it read-only for a device, by the test module
 * edu-dma:
 *
 *	read-only-selftest grant		in the guest: grants it to dom0, prints
 *						"guest: refs REF...", waits until dom0 says
 *						that it is through, and looks at the page
 *	read-only-selftest map DOMID REF...	in dom0
 *	read-only-selftest registers ADDRESS	in dom0: the device reads a register of
 *						another's
 *
 * The device writes to the page, in vain, reads it, and reads it many times while the
 * grant is mapped writable as well and unmapped again. That has Xen rewrite the entry
 * for the page's machine frame, and a DMA that meets it half-way fails.
 */
#define PROGRAM "read_only"
#include "../grants.h"

#define WORDS		(PAGE / sizeof(__u64))
/* What is granted: the page, and one for dom0 to say that it is through. */
#define PAGES		2
#define TRIES		250
#define PATIENCE_S	120

/* The interface of the test module. */
struct edu_grant {
	__u32 domid;
	__u32 ref;
	__u32 rewrite;
};

#define EDU_MAP_GRANT		_IOW('E', 2, struct edu_grant)
#define EDU_REWRITTEN		_IO('E', 3)
#define EDU_MAP_RESOURCE	_IO('E', 4)

/* Who wrote the page: the guest, or the device in vain */
#define BY_GUEST	(1ULL << 32)
#define BY_DEVICE	(2ULL << 32)

static int grant(void)
{
	struct ioctl_gntalloc_alloc_gref *op;
	char *mem = grant_pages(0, PAGES, &op);
	atomic_uint *through = (atomic_uint *)(mem + PAGE);

	fill_page((__u64 *)mem, BY_GUEST);
	*through = 0;
	print_refs(op);
	wait_until_through(through, PATIENCE_S);
	printf("guest: read_only through=%u changed=%u\n", *through, !page_holds(mem, BY_GUEST));
	return 0;
}

static int open_device(void)
{
	int device = open("/dev/edu-dma", O_RDWR);

	if (device < 0)
		die("open /dev/edu-dma");
	return device;
}

static bool reads_right(int device)
{
	__u64 page[WORDS];

	if (pread(device, page, PAGE, 0) != PAGE)
		die("reading by the device");
	return page_holds(page, BY_GUEST);
}

static int map(unsigned int domid, char **args)
{
	struct edu_grant grant = { .domid = domid };
	struct ioctl_gntdev_unmap_grant_ref unmap;
	int gntdev = open("/dev/xen/gntdev", O_RDWR), device = open_device();
	unsigned int i, misread;
	__u64 page[WORDS];
	__u32 refs[PAGES];
	char *control;

	if (gntdev < 0)
		die("open /dev/xen/gntdev");
	read_refs(refs, PAGES, args);
	control = map_grants(gntdev, domid, refs + 1, 1, &unmap);

	grant.ref = refs[0];
	if (ioctl(device, EDU_MAP_GRANT, &grant))
		die("mapping read-only");
	/*
	 * First, as QEMU (10.0) records no event for a write to what its SMMU has cached as
	 * read-only: validate_tlb_entry() takes the fault for one of stage 1.
	 */
	fill_page(page, BY_DEVICE);
	if (pwrite(device, page, PAGE, 0) != PAGE)
		die("writing by the device");
	misread = !reads_right(device);
	printf("read_only: misread=%u changed=%u\n", misread, !reads_right(device));

	grant.rewrite = 1;
	if (ioctl(device, EDU_MAP_GRANT, &grant))
		die("mapping read-only and writable");
	for (misread = i = 0; i < TRIES; i++)
		misread += !reads_right(device);
	printf("read_only: tried=%u misread=%u rewritten=%d\n", TRIES, misread,
	       ioctl(device, EDU_REWRITTEN));
	close(device);
	*(atomic_uint *)control = 1;
	return 0;
}

static int read_register(unsigned long address)
{
	int device = open_device();
	__u32 value;

	if (ioctl(device, EDU_MAP_RESOURCE, address))
		printf("read_only: registers: %s\n", strerror(errno));
	else if (pread(device, &value, sizeof(value), 0) != sizeof(value))
		die("reading a register by the device");
	else
		printf("read_only: registers: read %#x\n", value);
	return 0;
}

int main(int argc, char **argv)
{
	need_pages_of_a_grant();
	setvbuf(stdout, NULL, _IOFBF, 8192);
	if (argc == 2 && !strcmp(argv[1], "grant"))
		return grant();
	if (argc == 3 + PAGES && !strcmp(argv[1], "map"))
		return map(strtoul(argv[2], NULL, 10), argv + 3);
	if (argc == 3 && !strcmp(argv[1], "registers"))
		return read_register(strtoul(argv[2], NULL, 0));
	fprintf(stderr, "usage: read-only-selftest grant | map DOMID REF... (%d) | registers ADDRESS\n",
		PAGES);
	return 2;
}
