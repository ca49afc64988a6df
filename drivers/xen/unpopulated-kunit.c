// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the pool of the running kernel. Nothing is mapped on the pages, and
 * all of them are returned.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <xen/unpopulated.h>
#include <xen/xen.h>

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

static struct kunit_case unpopulated_cases[] = {
	KUNIT_CASE(none_is_fine),
	KUNIT_CASE(each_page_once),
	KUNIT_CASE(one_by_one),
	KUNIT_CASE(any_order_and_grouping),
	KUNIT_CASE(pages_are_known),
	KUNIT_CASE(wrong_frees_are_refused),
	KUNIT_CASE(ceiling_holds),
	{ }
};

static struct kunit_suite unpopulated_suite = {
	.name = "xen-unpopulated",
	.init = needs_xen,
	.test_cases = unpopulated_cases,
};

kunit_test_suite(unpopulated_suite);
