// SPDX-License-Identifier: GPL-2.0
/* Giving back: which parts go, when, and what keeps them. */
#include "harness.h"

#define SECTION		((unsigned int)PAGES_PER_SECTION)
/* What whole pages of the memmap are to a part; the shim looks that nothing finer goes. */
#define UNIT		max(STEP, (unsigned int)(PAGE_SIZE / sizeof(struct page)))
#define UNIT_MIB	(PAGE_SHIFT == 16 ? 64 : PAGE_SHIFT == 14 ? 4 : 2)

static unsigned long give_back(void)
{
	return xen_unpopulated_give_back();
}

static int by_address(const void *a, const void *b)
{
	struct page *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Take so many pages, @part at a time; the lowest is the first then. */
static void grow_to(unsigned int nr, unsigned int part)
{
	unsigned int i;

	for (i = 0; i < nr; i += part)
		take(part, pages + i);
	qsort(pages, nr, sizeof(*pages), by_address);
}

TEST(all_that_is_free)
{
	boot_with(MIB(1024, 4096));
	grow_to(8 * UNIT, 2 * UNIT);
	assert_int_equal(give_back(), 0);
	give(8 * UNIT, pages);
	assert_true(give_back() > 0);
	assert_true(stats().pages <= 2 * UNIT);
	check_counters();
	/* and it comes again, in the same place */
	grow_to(8 * UNIT, UNIT);
	assert_within(8 * UNIT, 1024, 4096);
}

/* A range that was full has room again. */
TEST(full_range_is_used_again)
{
	boot_with(MIB(1024, 1024 + 8 * UNIT_MIB));
	grow_to(8 * UNIT, 2 * UNIT);
	give(8 * UNIT, pages);
	assert_int_equal(ranges().each[0].state, XEN_RANGE_FULL);
	assert_true(give_back() > 0);
	assert_int_equal(ranges().each[0].state, XEN_RANGE_USABLE);
	grow_to(8 * UNIT, UNIT);
	assert_within(8 * UNIT, 1024, 1024 + 8 * UNIT_MIB);
	assert_int_equal(ranges().each[0].state, XEN_RANGE_FULL);
}

/* The highest parts go first, as far as all of their pages are free. */
TEST(one_page_is_out)
{
	struct page *page;

	boot_with(MIB(1024, 4096));
	grow_to(8 * UNIT, UNIT);
	page = pages[3 * UNIT + 7];
	swap(pages[3 * UNIT + 7], pages[8 * UNIT - 1]);
	give(8 * UNIT - 1, pages);
	assert_true(give_back() > 0);
	assert_true(is_xen_unpopulated_page(page));
	assert_true(stats().pages > 3 * UNIT);
	assert_int_equal(give_back(), 0);
	give(1, &page);
	assert_true(give_back() > 0);
}

/* Freed by mistake once more, when it is gone. */
TEST(wrong_free_of_what_is_gone)
{
	boot_with(MIB(1024, 4096));
	grow_to(4 * UNIT, UNIT);
	give(4 * UNIT, pages);
	give_back();
	assert_false(is_xen_unpopulated_page(pages[4 * UNIT - 1]));
	xen_free_unpopulated_pages(1, &pages[4 * UNIT - 1]);
	expect_refused(1);
}

/* Somebody still has a reference, or something is mapped: later. */
static void busy_page(unsigned char how)
{
	struct page *last;
	unsigned long all;

	boot_with(MIB(1024, 4096));
	grow_to(4 * UNIT, UNIT);
	all = stats().pages;
	last = pages[4 * UNIT - 1];
	shim_busy[page_to_pfn(last)] = how;
	give(4 * UNIT, pages);
	give_back();
	assert_true(is_xen_unpopulated_page(last));
	assert_int_equal(stats().given_back, all - stats().pages);
	all = stats().pages;
	take(all, pages);
	give(all, pages);
	shim_busy[page_to_pfn(last)] = 0;
	assert_true(give_back() > 0);
	assert_false(is_xen_unpopulated_page(last));
}

TEST(referenced)
{
	busy_page(BUSY_REFERENCE);
}

TEST(in_p2m)
{
	busy_page(BUSY_IN_P2M);
}

/* Xen still has a grant mapped on it: the page is kept apart, and its part with it. */
TEST(kept_apart)
{
	struct gnttab_unmap_grant_ref op = { .handle = 7, .status = GNTST_general_error };
	struct page *page;

	boot_with(MIB(1024, 4096));
	grow_to(4 * UNIT, UNIT);
	page = pages[4 * UNIT - 1];
	op.host_addr = PFN_PHYS(page_to_pfn(page));
	shim_mapped[page_to_pfn(page)] = 9;
	xen_unpopulated_not_unmapped(&op);
	let_go(4 * UNIT, pages);
	xen_free_mapped_pages(4 * UNIT, pages);
	assert_int_equal(give_back(), 0);
	shim_mapped[page_to_pfn(page)] = 7;
	while (stats().kept_apart)
		shim_work();
	assert_true(give_back() > 0);
}

/* A span as long as a section goes as a whole, and is made again. */
TEST(spans_go)
{
	unsigned int round;

	boot_with(MIB(1024, 4096));
	for (round = 0; round < 3; round++) {
		grow_to(2 * SECTION, SECTION / 2);
		assert_true(stats().spans >= 2);
		give(2 * SECTION, pages);
		assert_true(give_back() > 0);
		assert_int_equal(stats().spans, 1);
		check_counters();
	}
}

/* What a request that is on its way finds is not taken from it. */
TEST(twice_the_need_stays)
{
	unsigned long all;

	boot_with(MIB(1024, 4096));
	shim_late_shrink_init();
	grow_to(12 * UNIT, UNIT);
	all = stats().pages;
	give(8 * UNIT, pages + 4 * UNIT);
	shim_period();
	assert_int_equal(stats().pages, all);
	/* Only now is a period over in which no more was needed. */
	shim_period();
	assert_in_range(stats().pages, 8 * UNIT - BITS_PER_LONG, all - 1);
	all = stats().pages;
	shim_period();
	assert_int_equal(stats().pages, all);
	give(4 * UNIT, pages);
	shim_period();
	shim_period();
	assert_in_range(stats().pages, XEN_POOL_MIN, 8 * UNIT - 1);
	assert_in_range(stats().most_in_use, 12 * UNIT - XEN_GROUP_PAGES, 12 * UNIT);
}

/* The ceiling is lowered: what can never be out goes at once. */
TEST(lowered_ceiling)
{
	boot_with(MIB(1024, 4096));
	grow_to(16 * UNIT, UNIT);
	give(16 * UNIT, pages);
	xen_unpopulated_set_max(4 * UNIT);
	while (shim_background())
		;
	assert_in_range(stats().pages, 4 * UNIT, 9 * UNIT);
	take(4 * UNIT, pages);
	assert_int_not_equal(try_take(1, pages + 4 * UNIT), 0);
	give(4 * UNIT, pages);
	xen_unpopulated_set_max(16 * UNIT);
	take(16 * UNIT, pages);
}

/* What the struct pages of memory from boot are beside stays. */
TEST(section_from_boot)
{
	shim_reserve(SZ_1G, SZ_1G + SZ_2M, IORESOURCE_SYSTEM_RAM);
	boot_with(MIB(1026, 1152));
	grow_to(2 * UNIT, UNIT);
	give(2 * UNIT, pages);
	assert_int_equal(give_back(), 0);
}

/* Also if there was less before than what the pool begins with. */
TEST(large_part_goes)
{
	struct page *run;

	boot_with(MIB(1024, 4096));
	take(1, pages);
	run = try_take_run(XEN_RUN_MAX, 1);
	assert_false(IS_ERR(run));
	give(1, pages);
	give_run(run, XEN_RUN_MAX);
	assert_int_equal(give_back(), XEN_RUN_MAX);
}

/* With large pages the smallest parts share pages of the memmap with their neighbours. */
TEST(neighbours_stay)
{
	unsigned int i;

	boot_with(MIB(1024, 4096));
	for (i = 0; i < 4 * UNIT; i++)
		take(1, pages + i);
	give(2 * UNIT, pages + 2 * UNIT);
	give_back();
	for (i = 2 * UNIT; i < 4 * UNIT; i++)
		take(1, pages + i);
	assert_out(4 * UNIT, 0);
}
