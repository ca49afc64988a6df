// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the pool of the running kernel. Nothing but this domain's own grants is
 * mapped on the pages, and all of them are returned.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <asm/xen/hypercall.h>

#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>
#include <xen/unpopulated.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "unpopulated-pool.h"

#define NR	2000

static struct page *pages[NR];

static int needs_xen(struct kunit *test)
{
	if (!xen_domain())
		kunit_skip(test, "not a Xen domain");
	return 0;
}

static struct xen_unpopulated_stats stats(void)
{
	struct xen_unpopulated_stats now;

	xen_unpopulated_get_stats(&now);
	return now;
}

static unsigned long in_use(void)
{
	struct xen_unpopulated_stats now = stats();

	return now.in_use + now.ballooned;
}

static void none_is_fine(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_alloc_unpopulated_pages(0, NULL), 0);
	xen_free_unpopulated_pages(0, NULL);
}

static void each_page_once(struct kunit *test)
{
	unsigned long before = in_use();
	unsigned int i;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(NR, pages), 0);
	KUNIT_EXPECT_EQ(test, in_use(), before + NR);

	/* A mark on each page: a page handed out twice has it already. */
	for (i = 0; i < NR; i++)
		set_page_private(pages[i], 0);
	for (i = 0; i < NR; i++) {
		KUNIT_ASSERT_EQ(test, page_private(pages[i]), 0);
		set_page_private(pages[i], 1);
	}
	for (i = 0; i < NR; i++)
		set_page_private(pages[i], 0);

	xen_free_unpopulated_pages(NR, pages);
	KUNIT_EXPECT_EQ(test, in_use(), before);
}

/* The pool grows by its smallest steps, which with large pages share their memmap. */
static void one_by_one(struct kunit *test)
{
	unsigned long before = in_use();
	unsigned int i;

	for (i = 0; i < NR; i++)
		KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, pages + i), 0);
	KUNIT_EXPECT_EQ(test, in_use(), before + NR);
	while (i--)
		xen_free_unpopulated_pages(1, pages + i);
	KUNIT_EXPECT_EQ(test, in_use(), before);
}

static void any_order_and_grouping(struct kunit *test)
{
	unsigned long before = in_use();
	unsigned int i;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(NR, pages), 0);
	for (i = 0; i < NR / 2; i += 2)
		swap(pages[i], pages[NR - 1 - i]);
	for (i = 0; i + 7 <= NR; i += 7)
		xen_free_unpopulated_pages(7, pages + i);
	xen_free_unpopulated_pages(NR - i, pages + i);
	KUNIT_EXPECT_EQ(test, in_use(), before);
}

static void run_is_contiguous(struct kunit *test)
{
	unsigned long before = in_use();
	struct page *first = xen_alloc_unpopulated_contiguous(NR, 64);
	unsigned int i;

	if (IS_ERR(first))
		kunit_skip(test, "no space for a run: %ld", PTR_ERR(first));
	KUNIT_EXPECT_EQ(test, page_to_pfn(first) % 64, 0);
	for (i = 0; i < NR; i++)
		pages[i] = pfn_to_page(page_to_pfn(first) + i);
	KUNIT_EXPECT_PTR_EQ(test, page_address(pages[NR - 1]),
			    page_address(first) + (NR - 1) * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, in_use(), before + NR);
	xen_free_unpopulated_pages(NR / 2, pages + 10);
	xen_free_unpopulated_contiguous(first, 10);
	xen_free_unpopulated_contiguous(first + 10 + NR / 2, NR - 10 - NR / 2);
	KUNIT_EXPECT_EQ(test, in_use(), before);
}

/*
 * What is free goes, and the struct pages beside it stay as they are. It is the last of its
 * span: with pages of 64 KiB several of this size are in a section.
 */
static void unused_pages_go(struct kunit *test)
{
	struct page *large;
	unsigned long pfn;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(NR, pages), 0);
	large = xen_alloc_unpopulated_contiguous(XEN_RUN_MAX, 1);
	if (IS_ERR(large)) {
		xen_free_unpopulated_pages(NR, pages);
		kunit_skip(test, "no space for a run: %ld", PTR_ERR(large));
	}
	pfn = page_to_pfn(large);
	for (i = 0; i < NR; i++)
		set_page_private(pages[i], pfn + i);

	xen_free_unpopulated_contiguous(large, XEN_RUN_MAX);
	if (early_section(__pfn_to_section(pfn)) ||
	    early_section(__pfn_to_section(pfn + XEN_RUN_MAX - 1)))
		KUNIT_EXPECT_TRUE(test, is_xen_unpopulated_page(large));
	else
		KUNIT_EXPECT_GT(test, xen_unpopulated_give_back(), 0);
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, page_private(pages[i]), pfn + i);

	/* And it can be had again. */
	large = xen_alloc_unpopulated_contiguous(XEN_RUN_MAX, 1);
	KUNIT_EXPECT_FALSE(test, IS_ERR(large));
	if (!IS_ERR(large))
		xen_free_unpopulated_contiguous(large, XEN_RUN_MAX);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, page_private(pages[i]), pfn + i);
		set_page_private(pages[i], 0);
	}
	xen_free_unpopulated_pages(NR, pages);
	xen_unpopulated_give_back();
}

static void pages_are_known(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, pages), 0);
	KUNIT_EXPECT_EQ(test, is_xen_unpopulated_page(pages[0]), stats().in_use > 0);
	KUNIT_EXPECT_FALSE(test, is_xen_unpopulated_page(virt_to_page(test)));
	xen_free_unpopulated_pages(1, pages);
}

static void wrong_frees_are_refused(struct kunit *test)
{
	unsigned long before = in_use(), refused_before = stats().refused;
	struct page *other = virt_to_page(test);

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(2, pages), 0);
	/* Twice in one call, once more, and one that is not the pool's */
	pages[2] = pages[0];
	xen_free_unpopulated_pages(3, pages);
	xen_free_unpopulated_pages(1, pages);
	xen_free_unpopulated_pages(1, &other);
	KUNIT_EXPECT_EQ(test, stats().refused, refused_before + 3);
	KUNIT_EXPECT_EQ(test, in_use(), before);
}

static void ceiling_holds(struct kunit *test)
{
	unsigned long max = stats().max;

	xen_unpopulated_set_max(in_use() + 2);
	KUNIT_EXPECT_EQ(test, xen_alloc_unpopulated_pages(3, pages), -ENOMEM);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(2, pages), 0);
	KUNIT_EXPECT_EQ(test, xen_alloc_unpopulated_pages(1, pages + 2), -ENOMEM);
	xen_unpopulated_set_max(max);
	KUNIT_EXPECT_EQ(test, xen_alloc_unpopulated_pages(1, pages + 2), 0);
	xen_free_unpopulated_pages(3, pages);
}

/* A page of this domain's own, and its grant. */
struct own_grant {
	struct page *page;
	int ref;
};

static unsigned int own_number;

static void make_grant(struct kunit *test, struct own_grant *grant)
{
	if (!xen_feature(XENFEAT_auto_translated_physmap))
		kunit_skip(test, "PV");
	if (!xen_initial_domain() &&
	    xenbus_scanf(XBT_NIL, "domid", "", "%u", &own_number) != 1)
		kunit_skip(test, "a domain that does not know its own number");
	grant->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, grant->page);
	grant->ref = gnttab_grant_foreign_access(own_number, xen_page_to_gfn(grant->page), 0);
	KUNIT_ASSERT_GE(test, grant->ref, 0);
}

/* Map it on a page of the pool, and set what unmaps it. Returns Xen's status. */
static int try_to_map(const struct own_grant *grant, struct page *page,
		      struct gnttab_unmap_grant_ref *unmap)
{
	unsigned long addr = (unsigned long)page_address(page);
	struct gnttab_map_grant_ref map = {};

	gnttab_set_map_op(&map, addr, GNTMAP_host_map, grant->ref, own_number);
	gnttab_batch_map(&map, 1);
	gnttab_set_unmap_op(unmap, addr, GNTMAP_host_map, map.handle);
	return map.status;
}

static void map_grant(struct kunit *test, const struct own_grant *grant, struct page *page,
		      struct gnttab_unmap_grant_ref *unmap)
{
	KUNIT_ASSERT_EQ(test, try_to_map(grant, page, unmap), GNTST_okay);
}

/* Take all the pool has: is a page among it? Nothing grows, for a moment. */
static bool is_handed_out(struct kunit *test, struct page *page)
{
	unsigned long max = stats().max, nr = 0, i;
	struct xen_unpopulated_stats now;
	struct page **all;
	bool found = false;

	do {
		now = stats();
		xen_unpopulated_set_max(now.pages + now.ballooned);
	} while (stats().pages != now.pages);
	all = kvmalloc_array(now.pages, sizeof(*all), GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, all);
	while (all && nr < now.pages && !xen_alloc_unpopulated_pages(1, all + nr))
		nr++;
	for (i = 0; i < nr; i++)
		found |= all[i] == page;
	xen_free_unpopulated_pages(nr, all);
	xen_unpopulated_set_max(max);
	kvfree(all);
	return found;
}

static bool is_returned(unsigned long kept_before)
{
	unsigned int i;

	for (i = 0; i < 100 && stats().kept_apart > kept_before; i++)
		msleep(100);
	return stats().kept_apart == kept_before;
}

/* With the debug option: a page that is freed too early comes back once it is unmapped. */
static void mapped_page_stays_out(struct kunit *test)
{
	unsigned long before = in_use(), kept = stats().kept_apart, found = stats().found_mapped;
	struct gnttab_unmap_grant_ref unmap;
	struct own_grant grant;
	struct page *page;

	if (!xen_debugging())
		kunit_skip(test, "the debug option is off, or Xen does not tell");
	make_grant(test, &grant);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, &page), 0);
	map_grant(test, &grant, page, &unmap);
	xen_free_unpopulated_pages(1, &page);

	KUNIT_EXPECT_FALSE(test, is_handed_out(test, page));
	KUNIT_EXPECT_EQ(test, stats().found_mapped, found + 1);
	KUNIT_EXPECT_EQ(test, stats().kept_apart, kept + 1);
	KUNIT_EXPECT_EQ(test, in_use(), before + 1);

	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(&unmap, NULL, &page, 1), 0);
	KUNIT_EXPECT_EQ(test, unmap.status, GNTST_okay);
	KUNIT_EXPECT_TRUE(test, is_returned(kept));
	KUNIT_EXPECT_EQ(test, in_use(), before);
	KUNIT_EXPECT_TRUE(test, is_handed_out(test, page));
	gnttab_end_foreign_access(grant.ref, grant.page);
}

/* Xen does not unmap a grant from a frame that has another one's page by then. */
static void grant_not_unmapped(struct kunit *test)
{
	unsigned long before = in_use(), kept = stats().kept_apart;
	struct gnttab_unmap_grant_ref unmap, unmap_other;
	struct own_grant grant, other;
	struct page *page;

	make_grant(test, &grant);
	make_grant(test, &other);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_pages(1, &page), 0);
	map_grant(test, &grant, page, &unmap);
	map_grant(test, &other, page, &unmap_other);

	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(&unmap, NULL, &page, 1), 0);
	KUNIT_EXPECT_EQ(test, unmap.status, GNTST_general_error);
	gnttab_free_pages(1, &page);
	KUNIT_EXPECT_EQ(test, stats().kept_apart, kept + 1);
	KUNIT_EXPECT_FALSE(test, is_handed_out(test, page));

	/* Xen is asked again, and now it can */
	KUNIT_EXPECT_EQ(test, HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
							&unmap_other, 1), 0);
	KUNIT_EXPECT_EQ(test, unmap_other.status, GNTST_okay);
	KUNIT_EXPECT_TRUE(test, is_returned(kept));
	KUNIT_EXPECT_EQ(test, in_use(), before);
	KUNIT_EXPECT_TRUE(test, is_handed_out(test, page));
	gnttab_end_foreign_access(grant.ref, grant.page);
	gnttab_end_foreign_access(other.ref, other.page);
}

/* The same for a ring, as a back end maps it. */
static void ring_not_unmapped(struct kunit *test)
{
	unsigned long before = in_use(), kept = stats().kept_apart;
	static struct xenbus_device dev = { .nodename = "kunit" };
	struct gnttab_unmap_grant_ref unmap_other;
	struct own_grant grant, other;
	struct page *page;
	grant_ref_t ref;
	void *ring;

	/* Before there is a Xenstore, errors of rings are waited for, for ever. */
	if (xen_initial_domain())
		kunit_skip(test, "the initial domain has no Xenstore yet");
	make_grant(test, &grant);
	make_grant(test, &other);
	dev.otherend_id = own_number;
	ref = grant.ref;
	KUNIT_ASSERT_EQ(test, xenbus_map_ring_valloc(&dev, &ref, 1, &ring), 0);
	page = vmalloc_to_page(ring);
	map_grant(test, &other, page, &unmap_other);

	KUNIT_EXPECT_EQ(test, xenbus_unmap_ring_vfree(&dev, ring), 0);
	KUNIT_EXPECT_EQ(test, stats().kept_apart, kept + 1);
	KUNIT_EXPECT_FALSE(test, is_handed_out(test, page));

	KUNIT_EXPECT_EQ(test, HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
							&unmap_other, 1), 0);
	KUNIT_EXPECT_TRUE(test, is_returned(kept));
	KUNIT_EXPECT_EQ(test, in_use(), before);
	gnttab_end_foreign_access(grant.ref, grant.page);
	gnttab_end_foreign_access(other.ref, other.page);
}

static struct kunit_case unpopulated_cases[] = {
	KUNIT_CASE(none_is_fine),
	KUNIT_CASE(each_page_once),
	KUNIT_CASE(one_by_one),
	KUNIT_CASE(any_order_and_grouping),
	KUNIT_CASE(run_is_contiguous),
	KUNIT_CASE(unused_pages_go),
	KUNIT_CASE(pages_are_known),
	KUNIT_CASE(wrong_frees_are_refused),
	KUNIT_CASE(ceiling_holds),
	KUNIT_CASE(mapped_page_stays_out),
	KUNIT_CASE(grant_not_unmapped),
	KUNIT_CASE(ring_not_unmapped),
	{ }
};

static struct kunit_suite unpopulated_suite = {
	.name = "xen-unpopulated",
	.init = needs_xen,
	.test_cases = unpopulated_cases,
};

kunit_test_suite(unpopulated_suite);
