// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: a device that does DMA by machine frame is given what was merged by guest frame,
 * before it came. This domain's own pages, granted to itself, stand for another's; they
 * are mapped so that neighbours are none in the machine.
 */
#include <kunit/test.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <xen/dma-by-guest-frame.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/swiotlb-xen.h>
#include <xen/xen.h>

/* Of those that are asked for, so many are neighbours; swiotlb takes up to 256 KiB at once. */
#define NR	(SZ_256K / PAGE_SIZE + 1)
#define ASKED	(16 * NR)

static struct {
	struct platform_device *device;
	u64 mask;
	enum xen_dma_frames before;
	struct page *asked[ASKED];
	struct page **pages;
	struct page *own[NR];
	int refs[NR];
	struct gnttab_unmap_grant_ref unmaps[NR];
} merged;

static int compare(const void *a, const void *b)
{
	struct page *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sort the pages; the first @NR that are neighbours, or NULL */
static struct page **find_neighbours(void)
{
	unsigned int i, run = 1;

	sort(merged.asked, ASKED, sizeof(*merged.asked), compare, NULL);
	for (i = 1; i < ASKED && run < NR; i++)
		run = page_to_pfn(merged.asked[i]) == page_to_pfn(merged.asked[i - 1]) + 1 ?
		      run + 1 : 1;
	return run == NR ? &merged.asked[i - NR] : NULL;
}

static void map_grant(struct kunit *test, unsigned int i)
{
	unsigned long addr = (unsigned long)page_address(merged.pages[i]);
	/* Backwards */
	struct page *own = merged.own[NR - 1 - i];
	struct gnttab_map_grant_ref map = {};

	merged.refs[i] = gnttab_grant_foreign_access(0, xen_page_to_gfn(own), 0);
	KUNIT_ASSERT_GE(test, merged.refs[i], 0);
	gnttab_set_map_op(&map, addr, GNTMAP_host_map, merged.refs[i], 0);
	KUNIT_ASSERT_EQ(test, gnttab_map_refs(&map, NULL, &merged.pages[i], 1), 0);
	KUNIT_ASSERT_EQ(test, map.status, GNTST_okay);
	gnttab_set_unmap_op(&merged.unmaps[i], addr, GNTMAP_host_map, map.handle);
}

static int merged_init(struct kunit *test)
{
	unsigned int i;

	if (!xen_initial_domain() || !xen_swiotlb_detect() || PAGE_SIZE != XEN_PAGE_SIZE)
		kunit_skip(test, "not a direct-mapped dom0 with pages of Xen's size");

	merged.before = READ_ONCE(xen_dma_frames);
	merged.device = platform_device_register_simple("xen-dma-kunit", PLATFORM_DEVID_NONE,
							NULL, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(merged.device));
	merged.mask = DMA_BIT_MASK(64);
	merged.device->dev.dma_mask = &merged.mask;
	set_dma_ops(&merged.device->dev, &xen_swiotlb_dma_ops);

	KUNIT_ASSERT_EQ(test, gnttab_alloc_pages(ASKED, merged.asked), 0);
	merged.pages = find_neighbours();
	KUNIT_ASSERT_NOT_NULL(test, merged.pages);
	for (i = 0; i < NR; i++) {
		merged.own[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, merged.own[i]);
	}
	/* In the order of their frames, as any two could be neighbours by chance */
	sort(merged.own, NR, sizeof(*merged.own), compare, NULL);
	for (i = 0; i < NR; i++)
		map_grant(test, i);
	return 0;
}

static void merged_exit(struct kunit *test)
{
	unsigned int i;

	if (!IS_ERR_OR_NULL(merged.device)) {
		platform_device_unregister(merged.device);
		/* It was no real one. One that came meanwhile says so again when it maps. */
		WRITE_ONCE(xen_dma_frames, merged.before);
	}
	merged.device = NULL;
	if (!merged.pages)
		return;
	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(merged.unmaps, NULL, merged.pages, NR), 0);
	for (i = 0; i < NR; i++)
		gnttab_end_foreign_access(merged.refs[i], merged.own[NR - 1 - i]);
	gnttab_free_pages(ASKED, merged.asked);
	merged.pages = NULL;
}

/* What a device sees that was given that address: bounce buffers are this domain's own. */
static void *seen_at(dma_addr_t addr)
{
	return phys_to_virt(dma_to_phys(&merged.device->dev, addr));
}

static void merged_pages_are_bounced(struct kunit *test)
{
	struct device *dev = &merged.device->dev;
	void *pages = page_address(merged.pages[0]);
	dma_addr_t addr;

	memset(pages, 'a', PAGE_SIZE);
	memset(pages + PAGE_SIZE, 'b', PAGE_SIZE);
	addr = dma_map_page(dev, merged.pages[0], 0, 2 * PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_EXPECT_PTR_NE(test, seen_at(addr), pages);
	KUNIT_EXPECT_EQ(test, memcmp(seen_at(addr), pages, 2 * PAGE_SIZE), 0);

	memset(seen_at(addr), 'c', 2 * PAGE_SIZE);
	dma_unmap_page(dev, addr, 2 * PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(pages, 'c', 2 * PAGE_SIZE), NULL);
}

/* A page is none of the two that are neighbours: it is where the machine has it. */
static void one_page_is_not(struct kunit *test)
{
	struct device *dev = &merged.device->dev;
	dma_addr_t addr = dma_map_page(dev, merged.pages[1], 0, PAGE_SIZE, DMA_TO_DEVICE);

	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, addr));
	KUNIT_EXPECT_EQ(test, dma_to_phys(dev, addr), page_to_phys(merged.own[NR - 2]));
	dma_unmap_page(dev, addr, PAGE_SIZE, DMA_TO_DEVICE);
}

static void too_many_are_refused(struct kunit *test)
{
	struct device *dev = &merged.device->dev;
	dma_addr_t addr = dma_map_page_attrs(dev, merged.pages[0], 0, NR * PAGE_SIZE,
					     DMA_TO_DEVICE, DMA_ATTR_NO_WARN);

	KUNIT_EXPECT_TRUE(test, dma_mapping_error(dev, addr));
}

static struct kunit_case merged_cases[] = {
	KUNIT_CASE(merged_pages_are_bounced),
	KUNIT_CASE(one_page_is_not),
	KUNIT_CASE(too_many_are_refused),
	{ }
};

static struct kunit_suite merged_suite = {
	.name = "xen-dma",
	.init = merged_init,
	.exit = merged_exit,
	.test_cases = merged_cases,
};

kunit_test_suite(merged_suite);
