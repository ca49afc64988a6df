// SPDX-License-Identifier: GPL-2.0
/* What the pool cannot provide comes from the balloon, and goes back there. */
#include "harness.h"

static struct page *pages[MAX_PAGES];

static void assert_all_ballooned(unsigned int nr)
{
	unsigned int i;

	assert_int_equal(stats().ballooned, nr);
	assert_int_equal(stats().in_use, 0);
	for (i = 0; i < nr; i++)
		assert_true(is_ballooned(pages[i]));
}

static void take_and_give_ballooned(void)
{
	take(100, pages);
	assert_all_ballooned(100);
	shuffle(100, pages);
	give(30, pages);
	assert_int_equal(shim.ballooned, 70);
	give(1, pages + 30);
	give(69, pages + 31);
	assert_int_equal(shim.ballooned, 0);
	assert_int_equal(stats().ballooned_ever, 100);
	assert_int_equal(stats().refused, 0);
	assert_int_equal(shim.remaps, 0);

	shim.balloon_max = 99;
	assert_int_equal(try_take(100, pages), -ENOMEM);
	check_counters();
	assert_int_equal(stats().ballooned_ever, 100);
}

static void before_init(void **state)
{
	take_and_give_ballooned();
}

static void no_ranges(void **state)
{
	assert_int_equal(shim_initcall(), 0);
	take_and_give_ballooned();
}

static void not_xen(void **state)
{
	shim.xen = false;
	assert_int_equal(shim_initcall(), -ENODEV);
	take_and_give_ballooned();
}

static int arch_fails(struct resource **res)
{
	*res = &iomem_resource;
	return -EINVAL;
}

static void arch_error(void **state)
{
	shim.arch_init = arch_fails;
	assert_int_equal(shim_initcall(), -EINVAL);
	assert_true(shim_logged("will be ballooned"));
	take_and_give_ballooned();
}

/* Ballooned before there were ranges, freed afterwards, with others. */
static void across_init(void **state)
{
	take(10, pages);
	boot_with(MIB(1024, 1032));
	take(10, pages + 10);
	assert_int_equal(stats().in_use, 10);
	assert_int_equal(stats().ballooned, 10);
	shuffle(20, pages);
	give(20, pages);
}

/* Space runs out within a request; once it is back, it comes first again. */
static void exhausted(void **state)
{
	const unsigned int nr = 4 * STEP;
	unsigned int i;

	boot_with(MIB(1024, 1026), MIB(2048, 2054));
	take(nr + 5, pages);
	for (i = 0; i < nr + 5; i++)
		assert_int_equal(is_ballooned(pages[i]), i >= nr);
	assert_int_equal(stats().in_use, nr);
	assert_int_equal(stats().ballooned, 5);
	take(3, pages + nr + 5);
	assert_int_equal(stats().ballooned, 8);

	give(nr, pages);
	take(nr, pages);
	assert_int_equal(stats().ballooned, 8);
	give(nr + 8, pages);
	assert_int_equal(stats().ballooned_ever, 8);
}

/* Neither space nor RAM: what was taken is all given back. */
static void nothing_left(void **state)
{
	const unsigned int nr = 4 * STEP;

	boot_with(MIB(1024, 1026), MIB(2048, 2054));
	shim.balloon_max = 10;
	assert_int_equal(try_take(nr + 11, pages), -ENOMEM);
	assert_int_equal(stats().in_use, 0);
	assert_int_equal(stats().ballooned, 0);
	assert_int_equal(stats().refused, 0);
	check_counters();
	take(nr + 10, pages);
	assert_int_equal(try_take(1, pages + nr + 10), -ENOMEM);
	give(nr + 10, pages);
	assert_int_equal(capacity(), nr);
}

/* Pool pages of several ranges and ballooned ones, in any order and grouping. */
static void mixed(void **state)
{
	const unsigned int nr = 8 * STEP, balloon = 300;
	unsigned int round, i, n;

	boot_with(MIB(1024, 1030), MIB(2048, 2058));
	shim.balloon_max = balloon;
	for (round = 0; round < 50; round++) {
		take(nr + balloon, pages);
		assert_int_equal(stats().ballooned, balloon);
		shuffle(round % 2 ? nr + balloon : nr + balloon / 2, pages);
		for (i = 0; i < nr + balloon; i += n) {
			n = min(nr + balloon - i, 1 + rnd(1 + round * 5));
			give(n, pages + i);
			check_counters();
		}
		assert_int_equal(stats().in_use, 0);
		assert_int_equal(shim.ballooned, 0);
		assert_int_equal(stats().refused, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		pool_test(before_init),
		pool_test(no_ranges),
		pool_test(not_xen),
		pool_test(arch_error),
		pool_test(across_init),
		pool_test(exhausted),
		pool_test(nothing_left),
		pool_test(mixed),
	};

	return run_pool_tests(tests);
}
