// SPDX-License-Identifier: GPL-2.0
/*
 * Every call that can fail does, one after another: once alone and once with
 * all that follow. Whatever the pool makes of it, an allocation is all or
 * nothing, nothing is lost, and the next one works.
 */
#include "harness.h"

#define HELD	3	/* pages that were allocated before */

static struct page *before[HELD];

/* What the shim and the pool count. */
struct counts {
	struct xen_unpopulated_stats pool;
	struct shim shim;
	unsigned long parts_refused;
};

static struct counts counts(void)
{
	struct counts now = { stats(), shim, 0 };
	struct ranges all = ranges();
	unsigned int i;

	for (i = 0; i < all.nr; i++)
		now.parts_refused += all.each[i].refused / all.each[i].step;
	return now;
}

/*
 * The pool may have grown though the allocation failed. Each part takes one block
 * of memory, one resource and one mapping, and if it was refused the former two;
 * each span takes two blocks.
 */
static void assert_nothing_leaked(const struct counts *old)
{
	struct counts now = counts();
	long spans = now.pool.spans - old->pool.spans;
	long parts = now.pool.parts - old->pool.parts;
	long taken = parts + now.parts_refused - old->parts_refused;

	assert_true(parts >= spans && spans >= 0);
	assert_int_equal(now.shim.live - old->shim.live, taken + 2 * spans);
	assert_int_equal(now.shim.resources - old->shim.resources, taken);
	assert_int_equal(now.shim.mappings - old->shim.mappings, parts);
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

/* The pool grows next to itself. */
static void boot_grown(void)
{
	boot_with(MIB(1024, 1030));
	take_before();
}

/* The request takes the rest of a span, two more ranges, and the balloon. */
static void boot_small(void)
{
	boot_with(MIB(1024, 1026), MIB(2048, 2050), MIB(3072, 3074));
	take_before();
}

/* There is nothing to balloon: an error for the caller, always. */
static void boot_no_balloon(void)
{
	boot_small();
	shim.balloon_max = 0;
}

static void boot_no_ranges(void)
{
	boot(0, NULL);
	take_before();
}

static void boot_anywhere(void)
{
	take_before();
	boot_by(anywhere);
}

#ifdef CONFIG_XEN_HAVE_PVMMU
static void boot_pv(void)
{
	shim.pv = true;
	boot_small();
}
#endif

/* A request, and how many calls for it can fail, at least and, if not 0, at most. */
static const struct request {
	const char *name;
	void (*start)(void);
	unsigned int nr;
	int error;		/* of memremap_pages() */
	unsigned int least, most;
} requests[] = {
	{ "first_growth", boot_one, 1, -ENOMEM, .least = 4 },
	{ "first_growth_refused", boot_one, 1, -EEXIST, .least = 0 },
	{ "two_growths", boot_one, STEP + 1, -ENOMEM, .least = 0 },
	{ "second_growth", boot_grown, STEP + 1, -ENOMEM, .least = 0 },
	{ "second_growth_refused", boot_grown, STEP + 1, -EEXIST, .least = 0 },
	{ "mixed_request", boot_small, 3 * STEP + 4, -ENOMEM, .least = 2 * 4 + 8 },
	{ "mixed_request_refused", boot_small, 3 * STEP + 4, -EINVAL, .least = 0 },
	{ "growth_without_balloon", boot_no_balloon, 3 * STEP - HELD, -ENOMEM, .least = 2 * 4 },
	{ "balloon_only", boot_no_ranges, 5, -ENOMEM, .least = 6, .most = 6 },
	{ "section", boot_anywhere, 5, -ENOMEM, .least = 4 },
	{ "section_refused", boot_anywhere, 5, -EEXIST, .least = 0 },
#ifdef CONFIG_XEN_HAVE_PVMMU
	/* the p2m entries of the frames, then of the pages */
	{ "pv", boot_pv, STEP + 1, -ENOMEM, .least = 2 * STEP },
#endif
};

/* Returns false if there are fewer than @nth calls that can fail. */
static bool fail_one(const struct request *request, int nth, bool on)
{
	const unsigned int nr = request->nr;
	struct counts old;
	bool failed;
	int err;

	restart();
	request->start();
	old = counts();
	shim.remap_error = request->error;
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
	assert_out(0, 0);
	return failed;
}

static void each_call_fails(void **state)
{
	const struct request *request = *state;
	unsigned int nth = 1;

	while (fail_one(request, nth, false))
		nth++;
	for (nth = 1; fail_one(request, nth, true); nth++)
		;
	assert_true(nth - 1 >= request->least);
	assert_true(!request->most || nth - 1 <= request->most);
}

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
TEST(init)
{
	unsigned int nth;

	for (nth = 1; ; nth++) {
		int err;

		restart();
		shim.arch_init = three_ranges;
		shim.fail_nth = nth;
		err = shim_initcall();
		if (!shim.failed)
			break;
		assert_true(err);
		assert_true(shim_logged("in the set-up"));
		/* memory for the range and for its resource */
		assert_int_equal(shim.live, 2 * ranges().nr);
		assert_int_equal(shim.resources, ranges().nr);
		take_and_give(4 * STEP);
	}
	assert_int_equal(nth, 3 * 3 + 1 + 1);
}

static __attribute__((constructor)) void add_requests(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		add_test(requests[i].name, each_call_fails, &requests[i]);
}
