// SPDX-License-Identifier: GPL-2.0
/*
 * Several threads at once, to be run under ThreadSanitizer. Asserts of cmocka
 * work in the main thread only; the others use BUG_ON().
 */
#include "harness.h"

#define THREADS		4
#define ROUNDS		3000
#define MOST		48

static bool stop;
/* Requests that were not served */
static unsigned int failed;

static bool is_served(unsigned int nr, struct page **pages)
{
	if (!try_take(nr, pages))
		return true;
	__atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);
	return false;
}

static void start(unsigned int n, void *(*fn)(void *), pthread_t *threads)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fn, (void *)i), 0);
}

static void join(unsigned int n, pthread_t *threads)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* Two batches at a time, exchanged, freed partly together, partly in the other order. */
static void *allocate_and_free(void *arg)
{
	struct page *pages[2 * MOST];
	u64 state = (unsigned long)arg;
	unsigned int i, n, a, b;

	for (i = 0; i < ROUNDS; i++) {
		a = 1 + rnd_r(&state, MOST);
		b = rnd_r(&state, MOST);
		if (!is_served(a, pages))
			continue;
		if (!is_served(b, pages + a)) {
			give(exchange(a, pages), pages);
			continue;
		}
		if (i % 2) {
			n = exchange(a, pages);
			give(b, pages + a);
			give(n, pages);
		} else {
			give(exchange(a + b, pages), pages);
		}
	}
	return NULL;
}

static void *look(void *arg)
{
	struct xen_unpopulated_stats now;
	unsigned long pfn = PHYS_PFN(SZ_1G);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		now = stats();
		BUG_ON(now.in_use > now.pages);
		BUG_ON(now.ballooned > now.ballooned_ever);
		ranges();
		is_xen_unpopulated_page(pfn_to_page(pfn++));
	}
	return NULL;
}

/* With another one that does its part until these have ended. */
static void run_threads_beside(void *(*other)(void *))
{
	pthread_t threads[THREADS], until_then;

	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	failed = 0;
	start(1, other, &until_then);
	start(THREADS, allocate_and_free, threads);
	join(THREADS, threads);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	join(1, &until_then);
}

static void run_threads(void)
{
	run_threads_beside(look);
}

/* Room for all, after some growing. */
TEST(plenty)
{
	boot_with(MIB(1024, 1026), MIB(2048, 2050), MIB(3072, 3200));
	run_threads();
	assert_int_equal(failed, 0);
}

static void *hoard(void *arg)
{
	unsigned int i, n = STEP / 2;

	for (i = 0; i + n <= SZ_1G >> PAGE_SHIFT; i += n)
		take(n, pages + i);
	give(i, pages);
	return NULL;
}

/* One makes the pool grow, from one range to the next, the others use it. */
TEST(growing)
{
	pthread_t hoarder;

	boot_with(MIB(1024, 1100), MIB(2048, 2200), MIB(3072, 4096));
	start(1, hoard, &hoarder);
	run_threads();
	join(1, &hoarder);
	assert_int_equal(failed, 0);
	assert_int_equal(stats().ballooned_ever, 0);
}

static void *give_back(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		xen_unpopulated_give_back();
	return NULL;
}

/* One makes the pool grow, while what is unused goes again. */
TEST(giving_back)
{
	pthread_t hoarder;

	boot_with(MIB(1024, 1100), MIB(2048, 2200), MIB(3072, 4096));
	start(1, hoard, &hoarder);
	run_threads_beside(give_back);
	join(1, &hoarder);
	assert_int_equal(failed, 0);
	xen_unpopulated_give_back();
	assert_in_range(stats().pages, STEP, SZ_128M >> PAGE_SHIFT);
	assert_true(stats().given_back > 0);
}

static void *move_ceiling(void *arg)
{
	unsigned long max = stats().max;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		xen_unpopulated_set_max(THREADS * 2 * MOST);
		xen_unpopulated_set_max(max);
	}
	return NULL;
}

/* The ceiling comes to what is asked for at most, and is lifted again. */
TEST(moving_ceiling)
{
	boot_with(MIB(1024, 1152));
	take(STEP + 1, pages);
	give(STEP + 1, pages);
	run_threads_beside(move_ceiling);
	assert_int_equal(failed, 0);
	assert_out(0, 0);
}

/* Less room than the threads want together: they balloon. */
TEST(scarce)
{
	boot_with(MIB(1024, 1026));
	take(STEP - STEP / 8, pages);
	run_threads();
	give_all();
	assert_int_equal(capacity(), STEP);
}

static int refuse_most(u64 start, u64 size)
{
	static unsigned int calls;

	return __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 64 ? -ENOMEM : 0;
}

/* No room, little to balloon, growth fails mostly: many requests fail. */
TEST(starved)
{
	shim.remap = refuse_most;
	shim.balloon_max = 3 * MOST;
	boot_with(MIB(1024, 1026));
	run_threads();
	shim.remap = NULL;
	assert_int_equal(capacity(), STEP);
}

/* Each in its own order and grouping. */
static void *free_all(void *arg)
{
	bool forward = (unsigned long)arg % 2;
	u64 state = (unsigned long)arg;
	unsigned int i, n, nr = STEP + 40;

	for (i = 0; i < nr; i += n) {
		n = min(nr - i, 1 + rnd_r(&state, 8));
		xen_free_unpopulated_pages(n, pages + (forward ? i : nr - i - n));
	}
	return NULL;
}

/* All threads free the same pages: of each, one succeeds. */
TEST(same_pages)
{
	pthread_t threads[THREADS];
	unsigned int round, nr = STEP + 40;

	boot_with(MIB(1024, 1026));
	for (round = 1; round <= 20; round++) {
		take(nr, pages);
		assert_int_equal(stats().ballooned, 40);
		let_go(nr, pages);
		start(THREADS, free_all, threads);
		join(THREADS, threads);
		assert_out(0, 0);
		expect_refused(round * (THREADS - 1) * nr);
	}
	assert_int_equal(capacity(), STEP);
}
