// SPDX-License-Identifier: GPL-2.0
/*
 * dmabuf-selftest - does a device reach another domain's pages in a dma-buf?
 *
 * A guest grants pages; dom0 exports them as dma-bufs through gntdev and attaches
 * a device, by the test module edu-dma. Data must arrive in each direction:
 *
 *	dmabuf-selftest grant			in the guest: grants its pages to
 *						dom0, prints "guest: refs REF...", waits
 *						until dom0 says that it is through, and
 *						looks what has become of every page
 *	dmabuf-selftest export DOMID REF... [DISK]
 *						in dom0, after the module was loaded.
 *						The disk, too, does DMA to the pages
 *
 * Both print a line for each buffer. There is one of 32 pages, which swiotlb can
 * bounce, and one of 160, which is too much for that. Pages come in an order in which
 * neighbours in a dma-buf are none in the guest. Transfers take long, so the device
 * tries one page in a few.
 *
 * Pages hold numbers that tell the page and who wrote last: the guest to start
 * with, dom0's CPU once the device is attached, the disk if there is one, or the device.
 */
#define _GNU_SOURCE	/* O_DIRECT */
#define PROGRAM "dma_buf"
#include "../grants.h"

#define WORDS		(PAGE / sizeof(__u64))
#define SMALL		32
#define LARGE		160
/* The last page is for dom0 to say that it is through. */
#define CONTROL		(SMALL + LARGE)
#define PAGES		(CONTROL + 1)
#define PATIENCE_S	90

enum writer { GUEST, CPU, DISK, DEVICE };

static const struct buffer {
	unsigned int first, nr, stride, step;
} buffers[] = {
	{ 0, SMALL, 5, 4 },
	{ SMALL, LARGE, 7, 20 },
	{ }
};

/* The interface of the test module. */
struct edu_attach {
	__s32 fd;
	__u32 bounce;
	__u32 apart;
};

#define EDU_ATTACH	_IOWR('E', 1, struct edu_attach)

static __u64 tag(unsigned int nr, enum writer writer)
{
	return (__u64)(nr + 1) << 32 | writer << 16;
}

/* The page of the guest's that is page @i of a buffer. */
static unsigned int page_of(const struct buffer *b, unsigned int i)
{
	return b->first + i * b->stride % b->nr;
}

/* Pages that are not as the device, where it wrote, or the guest left them. */
static unsigned int wrong_pages(const struct buffer *b, char *mem)
{
	unsigned int i, nr, wrong = 0;

	for (i = 0; i < b->nr; i++) {
		nr = page_of(b, i);
		wrong += !page_holds(mem + nr * PAGE, tag(nr, i % b->step ? GUEST : DEVICE));
	}
	return wrong;
}

static int grant(void)
{
	struct ioctl_gntalloc_alloc_gref *op;
	char *mem = grant_pages(0, PAGES, &op);
	const struct buffer *b;
	atomic_uint *through;
	int i;

	for (i = 0; i < CONTROL; i++)
		fill_page((__u64 *)(mem + i * PAGE), tag(i, GUEST));
	through = (atomic_uint *)(mem + CONTROL * PAGE);
	*through = 0;

	print_refs(op);

	wait_until_through(through, PATIENCE_S);
	for (b = buffers; b->nr; b++)
		printf("guest: dma_buf pages=%u through=%u wrong=%u\n", b->nr, *through,
		       wrong_pages(b, mem));
	return 0;
}

static int export_buffer(int fd, unsigned int domid, const __u32 *refs, const struct buffer *b,
			 __u32 flags)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs *op =
		new_request(sizeof(*op) + b->nr * sizeof(*op->refs));
	unsigned int i;

	op->flags = flags;
	op->count = b->nr;
	op->domid = domid;
	for (i = 0; i < b->nr; i++)
		op->refs[i] = refs[page_of(b, i)];
	if (ioctl(fd, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, op))
		die("gntdev DMABUF_EXP_FROM_REFS");
	return op->fd;
}

/* Is this what the device reads in page @i of the buffer that is attached? */
static bool device_reads(int device, unsigned int i, __u64 tag)
{
	__u64 page[WORDS];

	if (pread(device, page, PAGE, i * PAGE) != PAGE)
		die("reading by the device");
	return page_holds(page, tag);
}

static void device_writes(int device, unsigned int i, __u64 tag)
{
	__u64 page[WORDS];

	fill_page(page, tag);
	if (pwrite(device, page, PAGE, i * PAGE) != PAGE)
		die("writing by the device");
}

/* A page of @mem goes to the disk and back to @there: two ways of O_DIRECT. */
static void through_disk(int disk, void *mem, void *there)
{
	if (pwrite(disk, mem, PAGE, 0) != PAGE || pread(disk, there, PAGE, 0) != PAGE)
		die("O_DIRECT to the disk, or back");
}

/*
 * What the disk writes to a page is read by the device, and the other way round, by
 * different mappings of the same page. Returns how often that was wrong, or what the CPU
 * sees then.
 */
static unsigned int try_both(int device, int disk, char *mem, const struct buffer *b)
{
	__u64 *own = aligned_alloc(PAGE, PAGE);
	unsigned int i, wrong = 0;

	for (i = 0; i < b->nr; i += b->step) {
		unsigned int nr = page_of(b, i);

		fill_page(own, tag(nr, DISK));
		through_disk(disk, own, mem + nr * PAGE);
		wrong += !device_reads(device, i, tag(nr, DISK));
		device_writes(device, i, tag(nr, DEVICE));
		through_disk(disk, mem + nr * PAGE, own);
		wrong += !page_holds(own, tag(nr, DEVICE));
	}
	free(own);
	return wrong + wrong_pages(b, mem);
}

/* Have the device read what the CPU writes, and write what the CPU is to see. */
static void try_buffer(int device, int disk, int fd, char *mem, const struct buffer *b,
		       bool contiguous)
{
	struct edu_attach attach = { .fd = fd };
	unsigned int i, tried = 0, misread = 0;
	int segments;

	segments = ioctl(device, EDU_ATTACH, &attach);
	if (segments < 0) {
		printf("dma_buf: pages=%u FAILED: attaching: %s\n", b->nr, strerror(errno));
		return;
	}
	for (i = 0; i < b->nr; i += b->step, tried++) {
		unsigned int nr = page_of(b, i);

		fill_page((__u64 *)(mem + nr * PAGE), tag(nr, CPU));
		misread += !device_reads(device, i, tag(nr, CPU));
		device_writes(device, i, tag(nr, DEVICE));
	}
	printf("dma_buf: pages=%u contiguous=%d segments=%d apart=%u tried=%u misread=%u wrong=%u\n",
	       b->nr, contiguous, segments, attach.apart, tried, misread, wrong_pages(b, mem));
	if (disk >= 0)
		printf("dma_buf: with the disk: pages=%u tried=%u wrong=%u\n", b->nr, tried,
		       try_both(device, disk, mem, b));
}

/* Where a device does not reach the pages it must not be given a copy of them. */
static void try_bounced(int device, int fd)
{
	struct edu_attach attach = { .fd = fd, .bounce = 1 };
	int segments = ioctl(device, EDU_ATTACH, &attach);

	printf("dma_buf: bounced: %s\n", segments < 0 ? strerror(errno) : "attached");
}

static int export(unsigned int domid, char **args, const char *disk_name)
{
	int disk = disk_name ? open(disk_name, O_RDWR | O_DIRECT) : -1;
	int gntdev = open("/dev/xen/gntdev", O_RDWR);
	int device = open("/dev/edu-dma", O_RDWR);
	struct ioctl_gntdev_unmap_grant_ref unmap;
	const struct buffer *b;
	__u32 refs[PAGES];
	char *mem;
	int fd, i;

	if (gntdev < 0 || device < 0)
		die("open /dev/xen/gntdev, /dev/edu-dma");
	if (disk_name && disk < 0)
		die(disk_name);
	read_refs(refs, PAGES, args);
	mem = map_grants(gntdev, domid, refs, PAGES, &unmap);
	for (i = 0; i < 2; i++) {
		for (b = buffers; b->nr; b++) {
			fd = export_buffer(gntdev, domid, refs, b, i ? GNTDEV_DMA_FLAG_COHERENT : 0);
			try_buffer(device, disk, fd, mem, b, i);
			try_bounced(device, fd);
			close(fd);
		}
	}
	close(device);
	close(disk);
	*(atomic_uint *)(mem + CONTROL * PAGE) = 1;
	return 0;
}

int main(int argc, char **argv)
{
	need_pages_of_a_grant();
	setvbuf(stdout, NULL, _IOFBF, 8192);
	if (argc == 2 && !strcmp(argv[1], "grant"))
		return grant();
	if ((argc == 3 + PAGES || argc == 4 + PAGES) && !strcmp(argv[1], "export"))
		return export(strtoul(argv[2], NULL, 10), argv + 3, argv[3 + PAGES]);
	fprintf(stderr, "usage: dmabuf-selftest grant | export DOMID REF... (%d) [DISK]\n", PAGES);
	return 2;
}
