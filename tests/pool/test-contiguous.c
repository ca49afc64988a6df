// SPDX-License-Identifier: GPL-2.0
/* Runs: pages that follow one another, and how they are freed. */
#include "harness.h"

#define assert_no_run(nr, align, err) \
	assert_int_equal(PTR_ERR(try_take_run(nr, align)), err)

static struct page *take_run_of(unsigned int nr, unsigned int align)
{
	struct page *first = try_take_run(nr, align);

	assert_false(IS_ERR(first));
	return first;
}

/* try_take_run() looks at the frames. */
TEST(sizes_and_alignments)
{
	static const unsigned int sizes[] = { 1, 2, 3, 63, 64, 65, STEP, 3 * STEP + 5 };
	unsigned int i, align, total = 0;
	struct page *first[ARRAY_SIZE(sizes)][12];

	boot_with(MIB(1024, 4096));
	for (align = 0; align < 12; align++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			first[i][align] = take_run_of(sizes[i], 1 << align);
			total += sizes[i];
		}
	}
	assert_out(total, 0);
	while (align--)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			give_run(first[i][align], sizes[i]);
	assert_out(0, 0);
}

/* The lowest place is used again, in the middle of what is out. */
TEST(lowest_first)
{
	struct page *first, *hole;

	boot_with(MIB(1024, 1152));
	first = take_run_of(4 * BITS_PER_LONG, 1);
	hole = first + BITS_PER_LONG - 5;
	give_run(hole, 10);
	assert_ptr_equal(take_run_of(11, 1), first + 4 * BITS_PER_LONG);
	assert_ptr_equal(take_run_of(10, 1), hole);
	assert_out(4 * BITS_PER_LONG + 11, 0);
}

/*
 * Not from where the pool had grown once into where it had grown then, though pages follow
 * one another there: they have different pagemaps. try_take_run() looks.
 */
TEST(one_pagemap)
{
	struct page *first;

	boot_with(MIB(1024, 1152));
	take(1, pages);
	take(2 * STEP, pages + 1);
	first = pages[0];
	give(2 * STEP, pages + 1);
	assert_true(stats().parts > 1);
	take_run_of(STEP, 1);
	/* What lies before is used for what fits. */
	assert_ptr_equal(take_run_of(STEP - 1, 1), first + 1);
	assert_out(2 * STEP, 0);
}

/* Page by page, by the ordinary call, mixed with others. */
TEST(freed_in_part)
{
	struct page *first;

	boot_with(MIB(1024, 1152));
	first = take_run_of(STEP, 1);
	list_run(STEP / 2, pages, first + 7);
	take(STEP / 2, pages + STEP / 2);
	shuffle(STEP, pages);
	give(STEP, pages);
	assert_out(STEP - STEP / 2, 0);
	give_run(first, 7);
	give_run(first + 7 + STEP / 2, STEP - 7 - STEP / 2);
	assert_out(0, 0);
}

TEST(freed_twice)
{
	struct page *first;

	boot_with(MIB(1024, 1152));
	first = take_run_of(100, 1);
	give_run(first + 10, 20);
	list_run(10, pages, first);
	list_run(70, pages + 10, first + 30);
	let_go(80, pages);
	xen_free_unpopulated_contiguous(first, 100);
	expect_refused(20);
	assert_out(0, 0);
}

/* The pool grows by a run; ranges that have none are not used up for that. */
TEST(grows_by_a_run)
{
	unsigned int nr = 2 * STEP + max(STEP, 64);
	struct ranges all;
	struct page *first;

	boot_with(MIB(1024, 1026), MIB(2048, 2050), MIB(3072, 3200));
	first = take_run_of(nr, 1);
	assert_true(page_to_pfn(first) >= PHYS_PFN(3072 * 0x100000ULL));
	all = ranges();
	assert_int_equal(all.each[0].taken + all.each[1].taken, 0);
	take(2 * STEP, pages);
	assert_true(ranges().each[0].taken || stats().pages > nr);
	give_run(first, nr);
}

/* No run is left: nothing is ballooned, and nothing lost. */
TEST(fragmented)
{
	unsigned int nr, i;

	boot_with(MIB(1024, 1024 + 8));
	nr = capacity();
	take(nr, pages);
	for (i = 0; i < nr; i++)
		if (page_to_pfn(pages[i]) % 3 == 0)
			give(1, &pages[i]);
	assert_no_run(2, 1, -ENOSPC);
	assert_int_equal(shim.ballooned, 0);
	assert_false(IS_ERR(try_take_run(1, 1)));
	give_all();
	assert_int_equal(capacity(), nr);
	give_run(take_run_of(STEP, 1), STEP);
}

/* Nothing grows for a task that is being killed. */
TEST(dying)
{
	boot_with(MIB(1024, 1152));
	shim.dying = true;
	assert_no_run(10, 1, -EINTR);
	assert_int_equal(stats().pages, 0);
	shim.dying = false;
	give_run(take_run_of(10, 1), 10);
	shim.dying = true;
	give_run(take_run_of(10, 1), 10);
}

TEST(ceiling)
{
	struct page *first;

	boot_with(MIB(1024, 1152));
	xen_unpopulated_set_max(100);
	assert_no_run(101, 1, -ENOMEM);
	first = take_run_of(60, 1);
	assert_no_run(41, 1, -ENOMEM);
	take(40, pages);
	assert_no_run(1, 1, -ENOMEM);
	give(1, pages);
	assert_out(99, 0);
	give_run(take_run_of(1, 1), 1);
	give_run(first, 60);
	assert_out(39, 0);
}

TEST(bad_requests)
{
	boot_with(MIB(1024, 2048));
	assert_no_run(0, 1, -EINVAL);
	assert_no_run(1, 0, -EINVAL);
	assert_no_run(1, 3, -EINVAL);
	assert_no_run(XEN_RUN_MAX + 1, 1, -ENOSPC);
	assert_no_run(1, 2 * XEN_RUN_MAX, -ENOSPC);
	assert_int_equal(stats().pages, 0);
	give_run(take_run_of(XEN_RUN_MAX, 1), XEN_RUN_MAX);
}

/* Xen still has one of them mapped: others in their place. */
TEST(mapped_page_is_in_no_run)
{
	struct page *first, *mapped;

	boot_with(MIB(1024, 1152));
	first = take_run_of(10, 1);
	mapped = first + 5;
	shim_mapped[page_to_pfn(mapped)] = 1;
	give_run(first, 10);
	xen_unpopulated_debug = true;
	first = take_run_of(8, 1);
	assert_true(first > mapped || first + 8 <= mapped);
	assert_int_equal(stats().kept_apart, 1);
	give_run(first, 8);
	shim_mapped[page_to_pfn(mapped)] = 0;
	while (stats().kept_apart)
		shim_work();
	assert_out(0, 0);
}

#ifdef CONFIG_XEN_HAVE_PVMMU
/* Frames that follow one another are none in the machine. */
TEST(none_in_pv)
{
	shim.pv = true;
	boot_with(MIB(1024, 1152));
	assert_no_run(2, 1, -EOPNOTSUPP);
}
#endif

/* Each call that can fail does, on the way to a run. */
TEST(every_failure)
{
	unsigned int nth;

	for (nth = 1; ; nth++) {
		boot_with(MIB(1024, 1152));
		shim.fail_nth = nth;
		shim.failed = 0;
		if (!IS_ERR(try_take_run(STEP + 1, STEP)) && !shim.failed)
			break;
		shim.fail_nth = 0;
		give_all();
		give_run(take_run_of(STEP + 1, STEP), STEP + 1);
		restart();
	}
	assert_true(nth > 3);
	shim.fail_nth = 0;
}

TEST(waits_are_counted)
{
	boot_with(MIB(1024, 1026));
	take_run_of(1, 1);
	assert_int_equal(stats().waits, 1);
	take_run_of(1, 1);
	assert_int_equal(stats().waits, 1);
	assert_no_run(STEP, 1, -ENOSPC);
	assert_int_equal(stats().waits, 2);
}
