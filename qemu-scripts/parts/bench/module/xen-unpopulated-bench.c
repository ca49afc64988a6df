// SPDX-License-Identifier: GPL-2.0
/*
 * xen-unpopulated-bench - what do pages for foreign mappings cost?
 *
 * Times the allocation and release of such pages, and counts the RAM spent on
 * them, through the functions that every kernel exports: the same module
 * measures mainline's allocator, this project's, and plain ballooning.
 *
 * Everything happens while the module is loaded; the figures are in the kernel
 * log. They are meant for QEMU's -icount shift=0 with one virtual CPU, where an
 * instruction takes a nanosecond, so that nanoseconds are instructions:
 *
 * first16_ns, first16_ram_kib
 *	the first allocation of 16 pages since boot, if nobody else asked before,
 *	and the free RAM that went with it
 * peak_ram_kib
 *	the free RAM gone while 4096 pages are held, compared with the start
 * ramp_longest_ns, ramp_second_ns
 *	the two longest of the requests for 64 pages that come to 262,144 pages, after
 *	that; other tasks may run between them
 * alloc_milli, free_milli
 *	thousandths of a nanosecond a page, allocating and freeing in batches of
 *	the given size, in the order of allocation
 * cold_milli
 *	as alloc_milli, but only the first allocation after some idle time: a
 *	balloon has returned the pages to the kernel by then
 * shuffled_milli
 *	as free_milli, but of many batches at once and in a random order
 * pair1_milli, pair2_milli
 *	allocating and freeing a page, of one or two that take turns while all
 *	between them are held
 *
 * Two methods: "call" allocates and frees one batch at a time and reads the
 * clock around each call. "loop" allocates many batches before it frees the
 * first, and reads the clock around the whole loop. What the clock, the loop and
 * the call itself add is measured in the same way, by functions that do nothing.
 */
#define pr_fmt(fmt) "xen-unpopulated-bench: " fmt

#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include <xen/balloon.h>
#include <xen/xen.h>

#define MAX_BATCHES	16
#define MAX_BATCH	(1024 * 1024)
#define FIRST_PAGES	16
#define PEAK_PAGES	4096
#define RAMP_PAGES	262144
#define RAMP_BATCH	64
/* Pages and batches in one measurement, as far as the batch size allows. */
#define ROUND_PAGES	32768
#define MAX_ROUNDS	4096
#define PAIR_ROUNDS	1000
/* The best of so many measurements counts: others may meet an interrupt. */
#define REPETITIONS	3
/* Idle time, for background work to end. */
#define SETTLE_MS	3000
#define SETTLE_TRIES	10

static char *allocator = "unpopulated";
module_param(allocator, charp, 0444);
MODULE_PARM_DESC(allocator, "unpopulated (default), balloon or nothing");

static char *method = "call";
module_param(method, charp, 0444);
MODULE_PARM_DESC(method, "call (default) or loop");

static unsigned int batches[MAX_BATCHES] = { 1, 16, 256, 4096, 32768 };
static unsigned int nr_batches = 5;
module_param_array(batches, uint, &nr_batches, 0444);
MODULE_PARM_DESC(batches, "pages in one request, several sizes to measure");

static bool loop;

/* Nanoseconds in all rounds of a measurement, and in the first allocation. */
struct cost {
	u64 alloc;
	u64 free;
	u64 cold;
};

static noinline int alloc_nothing(unsigned int nr, struct page **pages)
{
	return 0;
}

static noinline void free_nothing(unsigned int nr, struct page **pages)
{
}

static const struct allocator {
	const char *name;
	int (*alloc)(unsigned int nr, struct page **pages);
	void (*free)(unsigned int nr, struct page **pages);
} allocators[] = {
	{ "unpopulated", xen_alloc_unpopulated_pages, xen_free_unpopulated_pages },
	{ "balloon", xen_alloc_ballooned_pages, xen_free_ballooned_pages },
	{ "nothing", alloc_nothing, free_nothing },
};

static const struct allocator *measured;

/*
 * Free pages, with those that the CPUs keep in stock: the kernel does not count
 * these as free, and they come and go by the hundreds.
 */
static unsigned long nr_free(void)
{
	unsigned long nr = 0;
	struct zone *zone;
	int nid, cpu, i;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			zone = &NODE_DATA(nid)->node_zones[i];
			if (!populated_zone(zone))
				continue;
			nr += zone_page_state_snapshot(zone, NR_FREE_PAGES);
			for_each_possible_cpu(cpu)
				nr += per_cpu_ptr(zone->per_cpu_pageset, cpu)->count;
		}
	}
	return nr;
}

/* Free RAM as soon as it no longer changes by itself. */
static long free_ram_kib(void)
{
	unsigned long last, now = 0;
	unsigned int i;

	for (i = 0; i < SETTLE_TRIES; i++) {
		last = now;
		msleep(SETTLE_MS);
		now = nr_free();
		if (now == last)
			break;
	}
	return now * (PAGE_SIZE / 1024);
}

static unsigned int nr_rounds(unsigned int batch)
{
	return clamp(ROUND_PAGES / batch, 1U, (unsigned int)MAX_ROUNDS);
}

/* Fisher-Yates with a fixed seed: the same order every time. */
static void shuffle(struct page **pages, unsigned int nr)
{
	u32 state = 2463534242U;
	unsigned int i;

	for (i = nr; i > 1; i--) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		swap(pages[i - 1], pages[state % i]);
	}
}

/*
 * The two clocked operations: allocate or free @rounds batches, one after the
 * other. Inlined, so that a single batch comes without the cost of a loop.
 */
static __always_inline int timed_alloc(unsigned int batch, unsigned int rounds,
				       struct page **pages, u64 *ns)
{
	ktime_t start = ktime_get();
	unsigned int i;
	int ret;

	for (i = 0; i < rounds; i++) {
		ret = measured->alloc(batch, pages + i * batch);
		if (ret)
			goto undo;
	}
	*ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	return 0;

undo:
	while (i--)
		measured->free(batch, pages + i * batch);
	return ret;
}

static __always_inline u64 timed_free(unsigned int batch, unsigned int rounds,
				      struct page **pages)
{
	ktime_t start = ktime_get();
	unsigned int i;

	for (i = 0; i < rounds; i++)
		measured->free(batch, pages + i * batch);
	return ktime_to_ns(ktime_sub(ktime_get(), start));
}

static int measure_calls(unsigned int batch, struct page **pages, struct cost *cost)
{
	unsigned int rounds = nr_rounds(batch), i;
	u64 ns;
	int ret;

	for (i = 0; i < rounds; i++) {
		ret = timed_alloc(batch, 1, pages, &ns);
		if (ret)
			return ret;
		if (!i)
			cost->cold = ns;
		cost->alloc += ns;
		cost->free += timed_free(batch, 1, pages);
	}
	return 0;
}

static int measure_loop(unsigned int batch, struct page **pages, struct cost *cost)
{
	unsigned int rounds = nr_rounds(batch);
	int ret;

	ret = timed_alloc(batch, rounds, pages, &cost->alloc);
	if (ret)
		return ret;
	cost->cold = div_u64(cost->alloc, rounds);
	cost->free = timed_free(batch, rounds, pages);
	return 0;
}

static int measure_shuffled(unsigned int batch, struct page **pages, struct cost *cost)
{
	unsigned int rounds = nr_rounds(batch), i;
	int ret;

	ret = timed_alloc(batch, rounds, pages, &cost->alloc);
	if (ret)
		return ret;
	shuffle(pages, rounds * batch);
	if (loop)
		cost->free = timed_free(batch, rounds, pages);
	else
		for (i = 0; i < rounds; i++)
			cost->free += timed_free(batch, 1, pages + i * batch);
	return 0;
}

/* Warm up, then take the best of some repetitions. */
static int measure(int (*once)(unsigned int batch, struct page **pages,
			       struct cost *cost),
		   unsigned int batch, struct page **pages, struct cost *best)
{
	unsigned int i;
	int ret;

	for (i = 0; i <= REPETITIONS; i++) {
		struct cost cost = { };

		msleep(SETTLE_MS);
		ret = once(batch, pages, &cost);
		if (ret) {
			pr_err("allocator=%s method=%s batch=%u allocation failed: %d\n",
			       allocator, method, batch, ret);
			return ret;
		}
		if (i <= 1) {
			*best = cost;
			continue;
		}
		best->alloc = min(best->alloc, cost.alloc);
		best->free = min(best->free, cost.free);
		best->cold = min(best->cold, cost.cold);
	}
	return 0;
}

/* Thousandths of a nanosecond a page. */
static u64 milli(u64 ns, unsigned int nr_pages)
{
	return div_u64(ns * 1000, nr_pages);
}

static void measure_first(struct page **pages)
{
	long before, gone;
	int ret;
	u64 ns;

	before = free_ram_kib();
	ret = timed_alloc(FIRST_PAGES, 1, pages, &ns);
	if (ret)
		goto failed;
	gone = before - free_ram_kib();
	measured->free(FIRST_PAGES, pages);
	pr_info("allocator=%s first16_ns=%llu first16_ram_kib=%ld\n", allocator, ns, gone);

	ret = measured->alloc(PEAK_PAGES, pages);
	if (ret)
		goto failed;
	gone = before - free_ram_kib();
	measured->free(PEAK_PAGES, pages);
	pr_info("allocator=%s peak_pages=%u peak_ram_kib=%ld\n", allocator, PEAK_PAGES, gone);
	return;

failed:
	pr_err("allocator=%s first allocations failed: %d\n", allocator, ret);
}

static void measure_ramp(struct page **pages)
{
	u64 longest = 0, second = 0, ns;
	unsigned int nr;
	int ret = 0;

	for (nr = 0; nr < RAMP_PAGES; nr += RAMP_BATCH) {
		ret = timed_alloc(RAMP_BATCH, 1, pages + nr, &ns);
		if (ret)
			break;
		second = max(second, min(longest, ns));
		longest = max(longest, ns);
		cond_resched();
	}
	measured->free(nr, pages);
	if (ret)
		pr_err("allocator=%s ramp failed at %u pages: %d\n", allocator, nr, ret);
	else
		pr_info("allocator=%s ramp_longest_ns=%llu ramp_second_ns=%llu\n", allocator,
			longest, second);
}

static void measure_batches(struct page **pages)
{
	struct cost ordered[MAX_BATCHES], shuffled;
	bool failed[MAX_BATCHES];
	unsigned int i;

	/* All ordered figures first: shuffling also shuffles what is free. */
	for (i = 0; i < nr_batches; i++)
		failed[i] = measure(loop ? measure_loop : measure_calls,
				    batches[i], pages, &ordered[i]);

	for (i = 0; i < nr_batches; i++) {
		unsigned int batch = batches[i];
		unsigned int total = nr_rounds(batch) * batch;

		if (failed[i] || measure(measure_shuffled, batch, pages, &shuffled))
			continue;
		pr_info("allocator=%s method=%s batch=%u alloc_milli=%llu free_milli=%llu cold_milli=%llu shuffled_milli=%llu\n",
			allocator, method, batch, milli(ordered[i].alloc, total),
			milli(ordered[i].free, total),
			milli(ordered[i].cold, batch),
			milli(shuffled.free, total));
	}
}

static int by_address(const void *a, const void *b)
{
	struct page *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The pages that take turns lie far apart, most likely in one piece of memory. */
static void measure_pairs(struct page **pages)
{
	unsigned int nr, round, i;
	ktime_t start;
	u64 ns;
	int ret = measured->alloc(ROUND_PAGES, pages);

	if (ret) {
		pr_err("allocator=%s allocation of %u failed: %d\n", allocator, ROUND_PAGES, ret);
		return;
	}
	sort(pages, ROUND_PAGES, sizeof(*pages), by_address, NULL);
	swap(pages[0], pages[ROUND_PAGES - 1]);
	swap(pages[1], pages[ROUND_PAGES / 2]);
	measured->free(1, pages);
	measured->free(1, pages + 1);
	for (nr = 1; !ret && nr <= 2; nr++) {
		start = ktime_get();
		for (round = 0; round < PAIR_ROUNDS; round++) {
			/* The page that was just freed is there again. */
			for (i = 0; i < nr; i++)
				ret |= measured->alloc(1, pages + i);
			for (i = nr; i--; )
				measured->free(1, pages + i);
		}
		ns = ktime_to_ns(ktime_sub(ktime_get(), start));
		pr_info("allocator=%s pair%u_milli=%llu\n", allocator, nr,
			milli(ns, PAIR_ROUNDS * nr));
	}
	measured->free(ROUND_PAGES - 2, pages + 2);
}

static int __init bench_init(void)
{
	unsigned int max_pages = RAMP_PAGES, i;
	struct page **pages;

	if (!xen_domain())
		return -ENODEV;
	for (i = 0; i < ARRAY_SIZE(allocators); i++)
		if (!strcmp(allocator, allocators[i].name))
			measured = &allocators[i];
	loop = !strcmp(method, "loop");
	if (!measured || (!loop && strcmp(method, "call")))
		return -EINVAL;
	for (i = 0; i < nr_batches; i++) {
		if (!batches[i] || batches[i] > MAX_BATCH)
			return -EINVAL;
		max_pages = max(max_pages, batches[i] * nr_rounds(batches[i]));
	}

	pages = kvmalloc_array(max_pages, sizeof(*pages), GFP_KERNEL | __GFP_ZERO);
	if (!pages)
		return -ENOMEM;
	if (measured->alloc != alloc_nothing)
		measure_first(pages);
	if (measured->alloc == xen_alloc_unpopulated_pages && !loop)
		measure_ramp(pages);
	measure_batches(pages);
	if (!loop)
		measure_pairs(pages);
	kvfree(pages);
	return 0;
}

/* Nothing is left to undo, but without this the module could not be unloaded. */
static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark for pages without RAM behind them");
MODULE_LICENSE("GPL");
