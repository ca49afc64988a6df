// SPDX-License-Identifier: GPL-2.0
/* What the pool cannot provide comes from the balloon, and goes back there. */
#include "harness.h"

static void take_and_give_ballooned(void)
{
	unsigned int i;

	take(100, pages);
	assert_out(0, 100);
	for (i = 0; i < 100; i++)
		assert_true(is_ballooned(pages[i]));
	shuffle(100, pages);
	give(30, pages);
	assert_int_equal(shim.ballooned, 70);
	give(1, pages + 30);
	give(69, pages + 31);
	assert_int_equal(shim.ballooned, 0);
	assert_int_equal(stats().ballooned_ever, 100);
	assert_int_equal(shim.remaps, 0);

	shim.balloon_max = 99;
	assert_int_equal(try_take(100, pages), -ENOMEM);
	assert_int_equal(stats().ballooned_ever, 100);
}

TEST(before_init)
{
	take_and_give_ballooned();
}

TEST(no_ranges)
{
	assert_int_equal(shim_initcall(), 0);
	take_and_give_ballooned();
}

TEST(not_xen)
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

TEST(arch_error)
{
	shim.arch_init = arch_fails;
	assert_int_equal(shim_initcall(), -EINVAL);
	assert_true(shim_logged("will be ballooned"));
	take_and_give_ballooned();
}

/* Ballooned before there were ranges, freed afterwards, with others. */
TEST(across_init)
{
	take(10, pages);
	boot_with(MIB(1024, 1032));
	take(10, pages + 10);
	assert_out(10, 10);
	shuffle(20, pages);
	give(20, pages);
}

/* Space runs out within a request; once it is back, it comes first again. */
TEST(exhausted)
{
	const unsigned int nr = 4 * STEP;
	unsigned int i;

	boot_with(MIB(1024, 1026), MIB(2048, 2054));
	take(nr + 5, pages);
	for (i = 0; i < nr + 5; i++)
		assert_int_equal(is_ballooned(pages[i]), i >= nr);
	assert_out(nr, 5);
	take(3, pages + nr + 5);
	assert_int_equal(stats().ballooned, 8);

	give(nr, pages);
	take(nr, pages);
	assert_int_equal(stats().ballooned, 8);
	assert_int_equal(stats().ballooned_ever, 8);
}

/* Neither space nor RAM: what was taken is all given back. */
TEST(nothing_left)
{
	const unsigned int nr = 4 * STEP;

	boot_with(MIB(1024, 1026), MIB(2048, 2054));
	shim.balloon_max = 10;
	assert_int_equal(try_take(nr + 11, pages), -ENOMEM);
	assert_out(0, 0);
	check_counters();
	take(nr + 10, pages);
	assert_int_equal(try_take(1, pages + nr + 10), -ENOMEM);
	give(nr + 10, pages);
	assert_int_equal(capacity(), nr);
}

/* Pool pages of several ranges and ballooned ones, in any order and grouping. */
TEST(mixed)
{
	const unsigned int nr = 8 * STEP, balloon = 300;
	unsigned int round;

	boot_with(MIB(1024, 1030), MIB(2048, 2058));
	shim.balloon_max = balloon;
	for (round = 0; round < 50; round++) {
		take(nr + balloon, pages);
		assert_int_equal(stats().ballooned, balloon);
		shuffle(round % 2 ? nr + balloon : nr + balloon / 2, pages);
		give_in_groups(nr + balloon, 1 + round * 5);
	}
}

/* Neither space nor RAM: an error for the caller, and a message that says who and what. */
/* Ballooned pages are not exchanged, and come first. */
TEST(mixed_exchanged)
{
	struct page *ballooned[64];
	unsigned int i;

	boot_with(MIB(1024, 1026));
	take(STEP + 64, pages);
	memcpy(ballooned, pages + STEP, sizeof(ballooned));
	assert_true(is_ballooned(ballooned[0]) && !is_ballooned(pages[STEP - 1]));
	assert_int_equal(exchange(STEP + 64, pages), STEP + 64);
	assert_out(STEP, 64);
	for (i = 0; i < 64; i++)
		assert_ptr_equal(pages[i], ballooned[i]);
	for (i = 65; i < STEP + 64; i++)
		assert_ptr_not_equal(pages[i], pages[64]);
	give(STEP + 64, pages);
}

TEST(nothing_left_says_who_asks)
{
	boot_with(MIB(1024, 1026));
	shim.balloon_max = 3;
	assert_int_equal(try_take(STEP + 4, pages), -ENOMEM);
	assert_true(shim_logged("pages, no space is left and ballooning failed (-12)"));
	assert_out(0, 0);
	take(STEP + 3, pages);
	assert_int_equal(try_take(1, pages + STEP + 3), -ENOMEM);
}
