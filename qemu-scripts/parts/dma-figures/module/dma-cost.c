// SPDX-License-Identifier: GPL-2.0
/*
 * dma-cost - what does it cost to map a page for DMA, and to know its machine frame?
 *
 * Pages are mapped for a PCI disk and unmapped again, pages of this domain's own and, on
 * pages of the pool, grants of them, as if they were another domain's. And the machine
 * frame of each is looked up. What it took to map these grants and to unmap them, by one
 * call each, hypercalls and all, is told as well. Everything happens
 * while the module is loaded; the figures are in the kernel log, thousandths of a
 * nanosecond a page, for QEMU's -icount shift=0 with one virtual CPU, where an instruction
 * takes a nanosecond.
 */
#define pr_fmt(fmt) "dma-cost: " fmt

#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>

#define PAGES		1024
/* The best of so many counts: others may meet an interrupt. */
#define REPETITIONS	5

#define VIRTIO_VENDOR	0x1af4
#define VIRTIO_BLK	0x1042

static struct page *own[PAGES], *foreign[PAGES];
static grant_ref_t refs[PAGES];
static struct gnttab_map_grant_ref maps[PAGES];
static struct gnttab_unmap_grant_ref unmaps[PAGES];
static dma_addr_t addresses[PAGES];

static u64 measure_once(struct device *dev, struct page **pages)
{
	ktime_t start = ktime_get();
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		addresses[i] = dma_map_page(dev, pages[i], 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	for (i = 0; i < PAGES; i++)
		dma_unmap_page(dev, addresses[i], PAGE_SIZE, DMA_BIDIRECTIONAL);
	return ktime_to_ns(ktime_sub(ktime_get(), start));
}

/* Thousandths of a nanosecond a page. */
static u64 milli(u64 ns)
{
	return div_u64(ns * 1000, PAGES);
}

static u64 measure(struct device *dev, struct page **pages)
{
	u64 best = U64_MAX;
	unsigned int i;

	for (i = 0; i < REPETITIONS; i++)
		best = min(best, measure_once(dev, pages));
	return milli(best);
}

/* Look up machine frames, or do all the same but that. */
static __always_inline u64 look_up_once(struct page **pages, bool look_up)
{
	ktime_t start = ktime_get();
	unsigned long frame, all = 0;
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		frame = page_to_pfn(pages[i]);
		all ^= look_up ? pfn_to_bfn(frame) : frame;
		barrier();
	}
	WRITE_ONCE(addresses[0], all);
	return ktime_to_ns(ktime_sub(ktime_get(), start));
}

static u64 measure_look_up(struct page **pages)
{
	u64 best = U64_MAX, nothing = U64_MAX;
	unsigned int i;

	for (i = 0; i < REPETITIONS; i++) {
		best = min(best, look_up_once(pages, true));
		nothing = min(nothing, look_up_once(pages, false));
	}
	return milli(best - nothing);
}

static int map_grants(void)
{
	ktime_t start;
	unsigned int i;
	int ref;

	for (i = 0; i < PAGES; i++) {
		own[i] = alloc_page(GFP_KERNEL);
		if (!own[i])
			return -ENOMEM;
		ref = gnttab_grant_foreign_access(0, xen_page_to_gfn(own[i]), 0);
		if (ref < 0)
			return ref;
		refs[i] = ref;
		gnttab_set_map_op(&maps[i], (unsigned long)page_address(foreign[i]),
				  GNTMAP_host_map, ref, 0);
	}
	start = ktime_get();
	ref = gnttab_map_refs(maps, NULL, foreign, PAGES);
	pr_info("map_milli=%llu\n", milli(ktime_to_ns(ktime_sub(ktime_get(), start))));
	for (i = 0; i < PAGES && !ref; i++)
		ref = maps[i].status ? -EIO : 0;
	return ref;
}

static int unmap_grants(void)
{
	ktime_t start;
	unsigned int i;
	int err;

	for (i = 0; i < PAGES; i++)
		gnttab_set_unmap_op(&unmaps[i], (unsigned long)page_address(foreign[i]),
				    GNTMAP_host_map, maps[i].handle);
	start = ktime_get();
	err = gnttab_unmap_refs(unmaps, NULL, foreign, PAGES);
	pr_info("unmap_milli=%llu\n", milli(ktime_to_ns(ktime_sub(ktime_get(), start))));
	return err;
}

/* Of what could not be mapped nothing is given back: the machine is measured, and ends. */
static int __init dma_cost_init(void)
{
	struct pci_dev *disk = pci_get_device(VIRTIO_VENDOR, VIRTIO_BLK, NULL);
	unsigned int i;
	int err;

	if (!disk)
		return -ENODEV;
	err = xen_alloc_unpopulated_pages(PAGES, foreign) ?: map_grants();
	if (err)
		return err;
	pr_info("own_milli=%llu foreign_milli=%llu\n", measure(&disk->dev, own),
		measure(&disk->dev, foreign));
	pr_info("own_look_up_milli=%llu foreign_look_up_milli=%llu\n", measure_look_up(own),
		measure_look_up(foreign));
	err = unmap_grants();
	if (err)
		return err;
	xen_free_unpopulated_pages(PAGES, foreign);
	for (i = 0; i < PAGES; i++) {
		gnttab_end_foreign_access_ref(refs[i]);
		gnttab_free_grant_reference(refs[i]);
		__free_page(own[i]);
	}
	pci_dev_put(disk);
	return 0;
}

static void __exit dma_cost_exit(void)
{
}

module_init(dma_cost_init);
module_exit(dma_cost_exit);
MODULE_DESCRIPTION("Measure what mapping pages for DMA costs");
MODULE_LICENSE("GPL");
