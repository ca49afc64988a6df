// SPDX-License-Identifier: GPL-2.0
/*
 * What bounds the pool: the ceiling on pages out, a task that is being killed, a
 * domain that is short of RAM; and that one request does not fail for another.
 */
#include "harness.h"

/* Refused for the ceiling, and nothing was tried. */
static void assert_refused(unsigned int nr)
{
	struct xen_unpopulated_stats before = stats(), after;
	long remaps = shim.remaps;

	assert_int_equal(try_take(nr, pages + MAX_PAGES / 2), -ENOMEM);
	after = stats();
	assert_int_equal(after.waits, before.waits + 1);
	after.waits = before.waits;
	/* what a request holds until it is refused may count */
	after.most_in_use = before.most_in_use;
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(shim.remaps, remaps);
	assert_true(shim_logged("xen_unpopulated.max_pages="));
}

TEST(default_ceiling)
{
	unsigned long bytes;

	boot_with(MIB(1024, 1152));
	bytes = stats().max * sizeof(struct page);
	assert_in_range(bytes, shim.ram * PAGE_SIZE / 100 * 29 / 10, shim.ram * PAGE_SIZE / 100 * 3);
}

/* Set before the pool is there, as by the command line: it stays. */
TEST(ceiling_from_boot)
{
	xen_unpopulated_set_max(77);
	boot_with(MIB(1024, 1152));
	assert_int_equal(stats().max, 77);
	assert_refused(78);
	take(77, pages);
}

TEST(ceiling)
{
	boot_with(MIB(1024, 1152));
	xen_unpopulated_set_max(100);
	assert_refused(101);
	assert_refused(1000000000);
	assert_int_equal(stats().pages, 0);
	take(60, pages);
	/* though the pool has more */
	assert_refused(41);
	take(40, pages + 60);
	assert_refused(1);
	give(1, pages);
	take(1, pages);
	assert_refused(1);
	assert_int_equal(stats().pages, DIV_ROUND_UP(100, STEP) * STEP);
}

/* The default keeps struct pages within bounds, whatever is asked for. */
TEST(ceiling_bounds_growth)
{
	unsigned int nr = 0;

	boot_with(MIB(1024, 2048));
	xen_unpopulated_set_max(5 * STEP + 1);
	while (!try_take(1, pages + nr))
		nr++;
	assert_int_equal(nr, 5 * STEP + 1);
	assert_int_equal(stats().pages, 6 * STEP);
}

/* Ballooned pages count, alone or together with the pool's. */
TEST(ceiling_on_ballooned)
{
	boot_with(MIB(1024, 1026));
	xen_unpopulated_set_max(STEP + 10);
	take(STEP + 4, pages);
	assert_int_equal(stats().ballooned, 4);
	assert_refused(7);
	take(6, pages + STEP + 4);
	assert_int_equal(stats().ballooned, 10);
	assert_refused(1);
	give(3, pages);
	assert_refused(4);
	take(3, pages);
	assert_int_equal(stats().ballooned, 10);
	give(STEP + 10, pages);
	/* ballooned ones are gone: the pool is free to be taken whole */
	take(STEP + 10, pages);
}

TEST(ceiling_at_run_time)
{
	boot_with(MIB(1024, 1152));
	take(50, pages);
	xen_unpopulated_set_max(20);
	assert_int_equal(stats().in_use, 50);
	assert_refused(1);
	assert_int_equal(exchange(50, pages), 50);
	assert_int_equal(stats().in_use, 50);
	assert_refused(1);
	give(30, pages + 20);
	assert_refused(1);
	give(1, pages + 19);
	take(1, pages + 19);
	assert_refused(1);
	xen_unpopulated_set_max(21);
	take(1, pages + 20);
	assert_refused(1);
	xen_unpopulated_set_max(0);
	give(21, pages);
	assert_refused(1);
	assert_int_equal(xen_alloc_unpopulated_pages(0, NULL), 0);
	xen_unpopulated_set_max(LONG_MAX);
	take(STEP + 1, pages);
}

/* Who is being killed gets what is there, and does not have more made. */
TEST(dying)
{
	boot_with(MIB(1024, 1152));
	shim.dying = true;
	assert_int_equal(try_take(1, pages), -EINTR);
	assert_int_equal(shim.remaps, 0);
	assert_int_equal(stats().ballooned_ever, 0);
	shim.dying = false;
	take(1, pages);
	shim.dying = true;
	take(STEP - 1, pages + 1);
	assert_int_equal(try_take(1, pages + STEP), -EINTR);
	assert_int_equal(stats().pages, STEP);
}

/* No growth while RAM is short: what the balloon has will have to do. */
TEST(low_memory)
{
	boot_with(MIB(1024, 1152));
	shim.available = shim.ram / 64 - 1;
	take(1, pages);
	assert_int_equal(shim.remaps, 0);
	assert_int_equal(stats().ballooned, 1);
	shim.balloon_max = 1;
	assert_int_equal(try_take(1, pages + 1), -ENOMEM);
	assert_int_equal(ranges().each[0].error, 0);
	shim.available = shim.ram / 2;
	take(1, pages + 1);
	assert_int_equal(stats().pages, STEP);
}

static struct page *small;

/* While the balloon looks for pages, somebody else asks for one. */
static void ask_for_one(void)
{
	shim.balloon = NULL;
	take(1, &small);
}

/*
 * A request that cannot be served holds nothing meanwhile: the pool has pages,
 * so one for a single page cannot fail, and the pages are no others' either.
 */
TEST(large_one_fails_alone)
{
	boot_with(MIB(1024, 1028));
	take_and_give(1);
	shim.balloon_max = 10;
	shim.balloon = ask_for_one;
	assert_int_equal(try_take(2 * STEP + 11, pages), -ENOMEM);
	assert_false(is_ballooned(small));
	assert_out(1, 0);
	give(1, &small);
	/* and one that can just be served, though somebody comes in between */
	shim.balloon = ask_for_one;
	take(2 * STEP + 9, pages);
	assert_out(2 * STEP, 10);
}

/* Lowered below what is out, ballooned pages among it: they are freed as ever. */
TEST(ceiling_below_what_is_out)
{
	boot_with(MIB(1024, 1026));
	take(STEP + 5, pages);
	assert_out(STEP, 5);
	xen_unpopulated_set_max(STEP);
	assert_refused(1);
	shuffle(STEP + 5, pages);
	give(STEP + 5, pages);
	assert_out(0, 0);
	take(STEP, pages);
	assert_refused(1);
}
