// SPDX-License-Identifier: GPL-2.0
/* Pages freed by those who do not hold them: refused, and nothing else happens. */
#include "harness.h"

#define NR	(4 * STEP)		/* pages in the ranges */

static void boot_small(void)
{
	boot_with(MIB(1024, 1026), MIB(2048, 2054));
}

/* So many pages were refused so far, and all others are where they belong. */
static void assert_refused(unsigned int refused)
{
	expect_refused(refused);
	assert_int_equal(shim_logged("not in use"), refused > 0);
	assert_out(0, 0);
	check_counters();
	assert_int_equal(capacity(), NR);
}

/* Free pages 0 to 9, and in the same call some of them again. */
static void free_with_twins(void)
{
	static const unsigned int order[] = {
		0, 1, 2, 2, 3, 1, 4, 5, 6, 7, 4, 5, 6, 8, 0, 9, 9
	};
	struct page *list[ARRAY_SIZE(order)];
	unsigned int i;

	take(10, pages);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		list[i] = pages[order[i]];
	let_go(10, pages);
	xen_free_unpopulated_pages(ARRAY_SIZE(order), list);
}

TEST(twice_in_one_call)
{
	boot_small();
	free_with_twins();
	assert_refused(7);
}

/* Pages of a run are compared many at a time; none may slip through. */
TEST(twin_anywhere_in_a_run)
{
	unsigned int at;

	boot_small();
	for (at = 0; at < 70; at++) {
		take(70, pages);
		let_go(70, pages);
		memmove(pages + at + 1, pages + at, (70 - at) * sizeof(*pages));
		xen_free_unpopulated_pages(71, pages);
		assert_int_equal(stats().refused, at + 1);
	}
	assert_refused(70);
}

TEST(two_swapped_anywhere_in_a_run)
{
	unsigned int at;

	boot_small();
	for (at = 1; at < 70; at++) {
		take(70, pages);
		swap(pages[at], pages[at - 1]);
		give(70, pages);
	}
	assert_refused(0);
}

TEST(ballooned_twice_in_one_call)
{
	free_with_twins();
	assert_int_equal(stats().ballooned_ever, 10);
	boot_small();
	assert_refused(7);
}

static void free_again(void)
{
	unsigned int i;

	take_and_give(10);
	xen_free_unpopulated_pages(10, pages);
	assert_int_equal(stats().refused, 10);
	shuffle(10, pages);
	xen_free_unpopulated_pages(10, pages);
	assert_int_equal(stats().refused, 20);
	for (i = 0; i < 10; i++)
		xen_free_unpopulated_pages(1, pages + i);
}

TEST(twice_across_calls)
{
	boot_small();
	free_again();
	assert_refused(30);
}

TEST(ballooned_twice_across_calls)
{
	free_again();
	assert_int_equal(stats().ballooned_ever, 10);
	boot_small();
	assert_refused(30);
}

/* The balloon got pages back because they could not be marked: no marks stay. */
TEST(ballooned_in_vain)
{
	unsigned int nth;

	for (nth = 2; nth <= 6; nth++) {
		take_and_give(5);
		/* it will hand out the same again */
		shim.fail_nth = nth;
		assert_int_equal(xen_alloc_unpopulated_pages(5, pages + 5), -ENOMEM);
		xen_free_unpopulated_pages(5, pages);
		assert_int_equal(stats().refused, (nth - 1) * 5);
	}
	boot_small();
	assert_refused(25);
}

/* Some of a run are free already: the rest of it is freed. */
TEST(part_of_a_run)
{
	unsigned int at;

	boot_small();
	for (at = 0; at < 20; at++) {
		take(20, pages);
		give(1, pages + at);
		let_go(at, pages);
		let_go(19 - at, pages + at + 1);
		xen_free_unpopulated_pages(20, pages);
	}
	assert_refused(20);
}

TEST(never_handed_out)
{
	struct page *list[10];

	boot_small();
	take(4, pages);
	list[0] = pfn_to_page(0);
	list[1] = pages[0];
	list[2] = pages[3] + 1;				/* free in the pool */
	list[3] = pages[1];
	list[4] = pfn_to_page(PHYS_PFN(2 * SZ_1G));	/* in a range, not mapped so far */
	list[5] = list[4] - 1;				/* in no range */
	list[6] = pfn_to_page(NR_FRAMES - 1);		/* RAM */
	list[7] = pages[2];
	list[8] = pages[3];
	list[9] = pages[0] + STEP - 1;			/* last of the span */
	let_go(4, pages);
	xen_free_unpopulated_pages(10, list);
	assert_refused(6);
}

/* A part is freed, then everything. */
TEST(mixed_sources)
{
	unsigned int i;

	boot_small();
	shim.balloon_max = 40;
	take(NR + 40, pages);
	shuffle(NR + 40, pages);
	give(NR, pages);
	let_go(40, pages + NR);
	xen_free_unpopulated_pages(NR + 40, pages);
	assert_refused(NR);

	take(NR + 40, pages);
	shuffle(NR + 40, pages);
	give(40, pages);
	let_go(NR, pages + 40);
	for (i = 0; i < NR + 40; i += 8)
		xen_free_unpopulated_pages(min(NR + 40 - i, 8U), pages + i);
	assert_refused(NR + 40);
}

/* Nobody has any page: before init, and when there is nothing but the balloon. */
TEST(no_pool)
{
	struct page *list[] = { pfn_to_page(NR_FRAMES - 1), pfn_to_page(1) };

	xen_free_unpopulated_pages(2, list);
	assert_int_equal(stats().refused, 2);
	take(3, pages);
	xen_free_unpopulated_pages(1, list + 1);
	give(3, pages);
	assert_int_equal(shim_initcall(), 0);
	xen_free_unpopulated_pages(1, list);
	expect_refused(4);
}

static struct page *stale;

static void free_stale(void)
{
	xen_free_unpopulated_pages(1, &stale);
}

/* Somebody frees a page again while a request that it was taken for is failing. */
TEST(freed_again_meanwhile)
{
	boot_small();
	take(1, &stale);
	give(1, &stale);
	shim.balloon_max = 0;
	shim.balloon = free_stale;
	assert_int_equal(try_take(NR + 1, pages), -ENOMEM);
	shim.balloon = NULL;
	assert_refused(1);
}
