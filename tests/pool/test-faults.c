// SPDX-License-Identifier: GPL-2.0
/*
 * Every call that can fail does, one after another: once alone and once with
 * all that follow. Whatever the pool makes of it, an allocation is all or
 * nothing, nothing is lost, and the next one works.
 */
#include "harness.h"

#define HELD	3	/* pages that were allocated before */

static struct page *pages[4 * STEP + 64];
static struct page *before[HELD];

/* What the shim and the pool count. */
struct counts {
	struct xen_unpopulated_stats pool;
	struct shim shim;
	unsigned long parts_refused;
};

static struct counts counts(void)
{
	return (struct counts){ stats(), shim, parts_refused() };
}

/*
 * The pool may have grown though the allocation failed. Each span takes one
 * block of memory, one resource and one mapping, and each part that was refused
 * the former two.
 */
static void assert_nothing_leaked(const struct counts *old)
{
	struct counts now = counts();
	long spans = now.pool.spans - old->pool.spans;
	long parts = spans + now.parts_refused - old->parts_refused;

	assert_true(spans >= 0);
	assert_int_equal(now.shim.live - old->shim.live, parts);
	assert_int_equal(now.shim.resources - old->shim.resources, parts);
	assert_int_equal(now.shim.mappings - old->shim.mappings, spans);
	check_counters();
}

static void assert_nothing_taken(const struct counts *old)
{
	struct counts now = counts();

	assert_int_equal(now.pool.in_use, old->pool.in_use);
	assert_int_equal(now.pool.ballooned, old->pool.ballooned);
	assert_int_equal(now.pool.ballooned_ever, old->pool.ballooned_ever);
	assert_int_equal(now.pool.refused, 0);
	assert_int_equal(now.shim.ballooned, old->shim.ballooned);
}

/* Returns false if there are fewer than @nth calls that can fail. */
static bool fail_one(void (*start)(void), unsigned int nr, int nth, int error, bool on)
{
	struct counts old;
	bool failed;
	int err;

	reboot(NULL);
	start();
	old = counts();
	shim.remap_error = error;
	shim.fail_nth = nth;
	shim.fail_on = on;
	err = try_take(nr, pages);
	failed = shim.failed;
	shim.fail_nth = 0;
	shim.failed = 0;
	assert_true(failed || !err);

	assert_nothing_leaked(&old);
	if (err)
		assert_nothing_taken(&old);
	else
		give(nr, pages);
	assert_nothing_leaked(&old);
	assert_int_equal(stats().in_use, old.pool.in_use);

	take(nr, pages);
	shuffle(nr, pages);
	give(nr, pages);
	give(HELD, before);
	assert_nothing_leaked(&old);
	assert_int_equal(stats().in_use, 0);
	assert_int_equal(stats().ballooned, 0);
	assert_int_equal(stats().refused, 0);
	return failed;
}

/* Returns how many calls there were that can fail. */
static int fail_each(void (*start)(void), unsigned int nr, int error)
{
	int nth = 1;

	while (fail_one(start, nr, nth, error, false))
		nth++;
	for (nth = 1; fail_one(start, nr, nth, error, true); nth++)
		;
	return nth - 1;
}

static void take_before(void)
{
	take(HELD, before);
}

/* The pool grows for the first time. */
static void boot_one(void)
{
	take_before();
	boot_with(MIB(1024, 1152));
}

static void first_growth(void **state)
{
	assert_true(fail_each(boot_one, 1, -ENOMEM) >= 4);
	fail_each(boot_one, 1, -EEXIST);
	fail_each(boot_one, STEP + 1, -ENOMEM);
}

/* The request takes the rest of a span, two more ranges, and the balloon. */
static void boot_small(void)
{
	boot_with(MIB(1024, 1026), MIB(2048, 2050), MIB(3072, 3074));
	take_before();
}

/* The pool grows next to itself. */
static void boot_grown(void)
{
	boot_with(MIB(1024, 1030));
	take_before();
}

static void second_growth(void **state)
{
	fail_each(boot_grown, STEP + 1, -ENOMEM);
	fail_each(boot_grown, STEP + 1, -EEXIST);
}

static void mixed_request(void **state)
{
	assert_true(fail_each(boot_small, 3 * STEP + 4, -ENOMEM) >= 2 * 4 + 8);
	fail_each(boot_small, 3 * STEP + 4, -EINVAL);
}

/* There is nothing to balloon: an error for the caller, always. */
static void boot_no_balloon(void)
{
	boot_small();
	shim.balloon_max = 0;
}

static void growth_without_balloon(void **state)
{
	assert_true(fail_each(boot_no_balloon, 3 * STEP - HELD, -ENOMEM) >= 2 * 4);
}

static void boot_no_ranges(void)
{
	assert_int_equal(shim_initcall(), 0);
	take_before();
}

static void balloon_only(void **state)
{
	assert_int_equal(fail_each(boot_no_ranges, 5, -ENOMEM), 6);
}

/* As on x86, the only range is iomem_resource. */
static int anywhere(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

static void boot_anywhere(void)
{
	take_before();
	shim.arch_init = anywhere;
	assert_int_equal(shim_initcall(), 0);
}

static void section(void **state)
{
	assert_true(fail_each(boot_anywhere, 5, -ENOMEM) >= 4);
	fail_each(boot_anywhere, 5, -EEXIST);
}

#ifdef CONFIG_XEN_HAVE_PVMMU
static void boot_pv(void)
{
	shim.pv = true;
	boot_small();
}

static void pv(void **state)
{
	/* the p2m entries of the frames, then of the pages */
	assert_true(fail_each(boot_pv, STEP + 1, -ENOMEM) >= 2 * (int)STEP);
}
#endif

static int three_ranges(struct resource **res)
{
	static const struct range some[] = {
		MIB(1024, 1026), MIB(2048, 2050), MIB(3072, 3074)
	};
	int err, ret = 0;
	unsigned int i;

	*res = &iomem_resource;
	for (i = 0; i < ARRAY_SIZE(some); i++) {
		err = xen_unpopulated_add_range(some[i].start, some[i].end, NULL);
		if (err)
			ret = err;
	}
	return ret;
}

/* At init: ranges that could not be added are missing, the others work. */
static void init(void **state)
{
	unsigned int nth;

	for (nth = 1; ; nth++) {
		struct xen_unpopulated_range each[16];
		unsigned int nr;
		int err;

		reboot(NULL);
		shim.arch_init = three_ranges;
		shim.fail_nth = nth;
		err = shim_initcall();
		if (!shim.failed)
			break;
		assert_true(err);
		assert_true(shim_logged("in the set-up"));
		nr = ranges(each);
		/* memory for the range and for its resource */
		assert_int_equal(shim.live, 2 * nr);
		assert_int_equal(shim.resources, nr);
		take(4 * STEP, pages);
		give(4 * STEP, pages);
		check_counters();
	}
	assert_int_equal(nth, 3 * 3 + 1 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		pool_test(first_growth),
		pool_test(second_growth),
		pool_test(mixed_request),
		pool_test(growth_without_balloon),
		pool_test(balloon_only),
		pool_test(section),
#ifdef CONFIG_XEN_HAVE_PVMMU
		pool_test(pv),
#endif
		pool_test(init),
	};

	return run_pool_tests(tests);
}
