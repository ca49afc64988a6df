// SPDX-License-Identifier: GPL-2.0
/*
 * What bounds the pool: the ceiling on pages out, a task that is being killed, a
 * domain that is short of RAM; and that one request does not fail for another.
 */
#include "harness.h"

static struct page *pages[MAX_PAGES];

/* Refused for the ceiling, and nothing was tried. */
static void assert_refused(unsigned int nr)
{
	long remaps = shim.remaps, ballooned = stats().ballooned_ever;
	unsigned long in_use = stats().in_use, grown = stats().pages;

	assert_int_equal(try_take(nr, pages + MAX_PAGES / 2), -ENOMEM);
	assert_int_equal(shim.remaps, remaps);
	assert_int_equal(stats().ballooned_ever, ballooned);
	assert_int_equal(stats().in_use, in_use);
	assert_int_equal(stats().pages, grown);
	assert_true(shim_logged("xen_unpopulated.max_pages="));
}

static void default_ceiling(void **state)
{
	unsigned long bytes;

	boot_with(MIB(1024, 1152));
	bytes = stats().max * sizeof(struct page);
	assert_in_range(bytes, shim.ram * PAGE_SIZE / 100 * 29 / 10, shim.ram * PAGE_SIZE / 100 * 3);
}

/* Set before the pool is there, as by the command line: it stays. */
static void ceiling_from_boot(void **state)
{
	xen_unpopulated_set_max(77);
	boot_with(MIB(1024, 1152));
	assert_int_equal(stats().max, 77);
	assert_refused(78);
	take(77, pages);
	give(77, pages);
}

static void ceiling(void **state)
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
	give(100, pages);
	assert_int_equal(stats().pages, DIV_ROUND_UP(100, STEP) * STEP);
}

/* The default keeps struct pages within bounds, whatever is asked for. */
static void ceiling_bounds_growth(void **state)
{
	unsigned int nr = 0;

	boot_with(MIB(1024, 2048));
	xen_unpopulated_set_max(5 * STEP + 1);
	while (!try_take(1, pages + nr))
		nr++;
	assert_int_equal(nr, 5 * STEP + 1);
	assert_int_equal(stats().pages, 6 * STEP);
	give(nr, pages);
}

/* Ballooned pages count, alone or together with the pool's. */
static void ceiling_on_ballooned(void **state)
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
	give(STEP + 10, pages);
}

static void ceiling_at_run_time(void **state)
{
	boot_with(MIB(1024, 1152));
	take(50, pages);
	xen_unpopulated_set_max(20);
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
	give(STEP + 1, pages);
}

/* Who is being killed gets what is there, and does not have more made. */
static void dying(void **state)
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
	give(STEP, pages);
}

/* No growth while RAM is short: what the balloon has will have to do. */
static void low_memory(void **state)
{
	struct xen_unpopulated_range each[16];

	boot_with(MIB(1024, 1152));
	shim.available = shim.ram / 64 - 1;
	take(1, pages);
	assert_int_equal(shim.remaps, 0);
	assert_int_equal(stats().ballooned, 1);
	shim.balloon_max = 1;
	assert_int_equal(try_take(1, pages + 1), -ENOMEM);
	ranges(each);
	assert_int_equal(each[0].error, 0);
	shim.available = shim.ram / 2;
	take(1, pages + 1);
	assert_int_equal(stats().pages, STEP);
	give(2, pages);
}

static struct page *small;
static bool tried;

/* While the balloon looks for pages, somebody else asks for one. */
static void ask_for_one(void)
{
	if (tried)
		return;
	tried = true;
	take(1, &small);
}

/*
 * A request that cannot be served holds nothing meanwhile: the pool has pages,
 * so one for a single page cannot fail, and the pages are no others' either.
 */
static void large_one_fails_alone(void **state)
{
	boot_with(MIB(1024, 1028));
	take(1, pages);
	give(1, pages);
	shim.balloon_max = 10;
	shim.balloon = ask_for_one;
	tried = false;
	assert_int_equal(try_take(2 * STEP + 11, pages), -ENOMEM);
	assert_true(tried);
	assert_false(is_ballooned(small));
	assert_int_equal(stats().in_use, 1);
	assert_int_equal(stats().ballooned, 0);
	shim.balloon = NULL;
	give(1, &small);
	/* and one that can just be served, though somebody comes in between */
	tried = false;
	shim.balloon = ask_for_one;
	take(2 * STEP + 9, pages);
	assert_true(tried);
	assert_int_equal(stats().ballooned, 10);
	give(2 * STEP + 9, pages);
	give(1, &small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		pool_test(default_ceiling),
		pool_test(ceiling_from_boot),
		pool_test(ceiling),
		pool_test(ceiling_bounds_growth),
		pool_test(ceiling_on_ballooned),
		pool_test(ceiling_at_run_time),
		pool_test(dying),
		pool_test(low_memory),
		pool_test(large_one_fails_alone),
	};

	return run_pool_tests(tests);
}
