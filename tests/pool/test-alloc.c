// SPDX-License-Identifier: GPL-2.0
/* Allocate and free, when nothing goes wrong. */
#include "harness.h"

/* What kcalloc() returns for an array of nothing. */
#define NO_PAGES	((struct page **)16)

TEST(nothing)
{
	/* before init, without and with ranges */
	take(0, NO_PAGES);
	give(0, NO_PAGES);
	boot_with(MIB(1024, 1152));
	take(0, NO_PAGES);
	give(0, NO_PAGES);
	assert_int_equal(stats().spans, 0);
	take(1, pages);
	take(0, NO_PAGES);
	assert_out(1, 0);
	assert_int_equal(stats().ballooned_ever, 0);
}

/* The first page, and those that the pool has with it. */
TEST(first_step)
{
	boot_with(MIB(1024, 1152));
	assert_int_equal(stats().ranges, 1);
	assert_int_equal(shim.mapped, 0);
	take(1, pages);
	assert_within(1, 1024, 1152);
	assert_out(1, 0);
	assert_int_equal(stats().pages, STEP);
	take(STEP - 1, pages + 1);
	assert_int_equal(stats().pages, STEP);
	assert_int_equal(stats().spans, 1);
	assert_int_equal(stats().ballooned_ever, 0);
}

/* Each size once, all held together; nothing beyond the request is written. */
TEST(many)
{
	static const unsigned int sizes[] = {
		1, 2, 3, 4, 5, 63, 64, 65, STEP - 1, STEP, STEP + 1, 16 * STEP + 7
	};
	struct page *const guard = pfn_to_page(7);
	unsigned int i, nr = 0;

	boot_with(MIB(1024, 1152));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		pages[nr + sizes[i]] = guard;
		take(sizes[i], pages + nr);
		nr += sizes[i];
		assert_ptr_equal(pages[nr], guard);
		assert_int_equal(stats().in_use, nr);
		check_counters();
	}
}

/* What was returned is used again before the pool grows. */
TEST(reuse)
{
	unsigned int round;

	boot_with(MIB(1024, 1280));
	take_and_give(5 * STEP);
	for (round = 0; round < 20; round++) {
		unsigned long spans = stats().spans;

		take(5 * STEP, pages);
		assert_int_equal(stats().spans, spans);
		shuffle(5 * STEP, pages);
		give(5 * STEP, pages);
	}
}

/* Fresh pages of one request follow one another. */
TEST(contiguous)
{
	unsigned int i;

	boot_with(MIB(1024, 1280));
	take(STEP, pages);
	for (i = 1; i < STEP; i++)
		assert_ptr_equal(pages[i], pages[0] + i);
}

/* Pages that are kept come to be neighbours again, and no fewer. */
TEST(exchanged)
{
	const unsigned int nr = STEP / 2;
	unsigned int i, runs = 1;

	boot_with(MIB(1024, 1280));
	take(2 * STEP, pages);
	shuffle(STEP, pages);
	give(nr, pages + nr);
	assert_int_equal(stats().in_use, 2 * STEP - nr);
	assert_int_equal(exchange(nr, pages), nr);
	assert_int_equal(stats().in_use, 2 * STEP - nr);
	for (i = 1; i < nr; i++)
		runs += pages[i] != pages[i - 1] + 1;
	assert_in_range(runs, 1, nr / BITS_PER_LONG + 1);
	assert_int_equal(exchange(0, NO_PAGES), 0);
	give(nr, pages);
	give(STEP, pages + STEP);
}

/* Freed in any order and grouping, across ranges: all can be had again. */
TEST(any_order)
{
	const unsigned int nr = 24 * STEP;
	unsigned int order, most, i;

	boot_with(MIB(1024, 1034), MIB(2048, 2062), MIB(3072, 3096));
	shim.balloon_max = 0;
	for (order = 0; order < 3; order++) {
		for (most = 1; most < nr; most *= 7) {
			take(nr, pages);
			assert_int_not_equal(try_take(1, pages + nr), 0);
			if (order == 1)
				shuffle(nr, pages);
			if (order == 2)
				for (i = 0; i < nr / 2; i++)
					swap(pages[i], pages[nr - 1 - i]);
			give_in_groups(nr, most);
		}
	}
}

/* Every second page free: the pool finds each of them. */
TEST(fragmented)
{
	const unsigned int nr = 8 * STEP;
	unsigned int i;

	boot_with(MIB(1024, 1040));
	shim.balloon_max = 0;
	take(nr, pages);
	for (i = 0; i < nr; i += 2)
		give(1, pages + i);
	assert_int_equal(stats().in_use, nr / 2);
	take(nr / 2, pages + nr);
	assert_int_not_equal(try_take(1, pages + 2 * nr), 0);
	for (i = 0; i < nr; i += 2)
		pages[i] = pages[nr + i / 2];
	shuffle(nr, pages);
	give(nr, pages);
}

/*
 * Xen has a table for each 2 MiB that something was ever mapped in, and some domains have
 * little memory for them: pages that were in use before come first.
 */
TEST(dense)
{
	static bool touched[PHYS_SPACE / SZ_2M];
	unsigned int round, nr = 0, most = 0, tables = 0, i;

	memset(touched, 0, sizeof(touched));
	boot_with(MIB(1024, 1600), MIB(2048, 2600));
	for (round = 0; round < 20000; round++) {
		unsigned int some = 1 + rnd(rnd(20) ? 70 : 2 * STEP);

		if (rnd(2) && nr + some <= 20 * STEP) {
			take(some, pages + nr);
			for (i = nr; i < nr + some; i++) {
				bool *table = &touched[PFN_PHYS(page_to_pfn(pages[i])) / SZ_2M];

				tables += !*table;
				*table = true;
			}
			nr += some;
			most = max(most, nr);
		} else if (some <= nr) {
			shuffle(nr, pages);
			nr -= some;
			give(some, pages + nr);
		}
	}
	assert_true(most > 15 * STEP);
	/* The last one of each processor may have free pages. */
	assert_in_range(tables, DIV_ROUND_UP(most, STEP), DIV_ROUND_UP(most, STEP) + SHIM_CPUS);
}

TEST(is_unpopulated)
{
	struct page *balloon;

	take(1, &balloon);
	assert_false(is_xen_unpopulated_page(balloon));
	boot_with(MIB(1024, 1032));
	assert_false(is_xen_unpopulated_page(pfn_to_page(PHYS_PFN(SZ_1G))));

	take(1, pages);
	assert_true(is_xen_unpopulated_page(pages[0]));
	assert_false(is_xen_unpopulated_page(balloon));
	/* in the pool, though nobody holds it */
	assert_true(is_xen_unpopulated_page(pages[0] + 1));
	/* in the range, but not needed so far; outside; RAM */
	assert_false(is_xen_unpopulated_page(pfn_to_page(PHYS_PFN(SZ_1G) + STEP)));
	assert_false(is_xen_unpopulated_page(pfn_to_page(PHYS_PFN(SZ_1G) - 1)));
	assert_false(is_xen_unpopulated_page(pfn_to_page(NR_FRAMES - 1)));
	give(1, pages);
	assert_true(is_xen_unpopulated_page(pages[0]));
}

TEST(each_range)
{
	struct ranges all;

	assert_int_equal(ranges().nr, 0);
	/* in the order of preference, which is not that of addresses */
	boot_with(MIB(2048, 2050), MIB(1024, 1032));
	all = ranges();
	assert_int_equal(all.nr, 2);
	assert_int_equal(all.each[0].space->start, 2 * SZ_1G);
	assert_int_equal(all.each[0].space->end, 2 * SZ_1G + SZ_2M - 1);
	assert_int_equal(all.each[1].space->start, SZ_1G);
	assert_int_equal(all.each[0].taken + all.each[1].taken, 0);

	take(STEP + 1, pages);
	all = ranges();
	assert_int_equal(all.each[0].taken, SZ_2M);
	assert_int_equal(all.each[1].taken, SZ_2M);
	assert_int_equal(all.each[0].error, 0);
}

/*
 * What was in use before is used again, though the pool has grown ahead meanwhile; but for
 * what other processors would take next.
 */
TEST(lowest_first)
{
	unsigned int nr = 20 * STEP, i;
	unsigned long last = 0;

	boot_with(MIB(1024, 1600));
	take(nr, pages);
	shim_background();
	assert_true(stats().pages > nr);
	for (i = 0; i < nr; i++)
		last = max(last, page_to_pfn(pages[i]));
	shuffle(nr, pages);
	give(nr, pages);
	take(nr, pages);
	for (i = 0; i < nr; i++)
		assert_in_range(page_to_pfn(pages[i]), 0, last + SHIM_CPUS * 8 * BITS_PER_LONG);
}
