// SPDX-License-Identifier: GPL-2.0
/*
 * What the pool costs natively, as ratios of times measured in turn: linked once with the
 * pool's files and once with mainline's own, unmodified. In a table's cells, nanoseconds
 * a page. bench-native runs both.
 *
 *	bench large|threads|flat
 */
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "shim/shim.h"

#define NR		65536
#define CACHE		(256UL << 20)	/* more than the last-level cache has */
#define BATCH		16
#define PASSES		9

static struct page *pages[NR_FRAMES];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void take(unsigned int nr, struct page **to)
{
	BUG_ON(xen_alloc_unpopulated_pages(nr, to));
}

static int anywhere(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

/* All space but what the balloon has. */
static void boot(void)
{
	shim_reset();
	shim.arch_init = anywhere;
	BUG_ON(mprotect(vmemmap, NR_FRAMES * sizeof(struct page), PROT_READ | PROT_WRITE));
	shim.ram = 1UL << 40;	/* no ceiling */
	shim.available = 1L << 40;
	BUG_ON(shim_initcall());
}

/* Nothing of what was used before is in a cache. */
static void forget(void)
{
	static char *other;

	if (!other)
		other = malloc(CACHE);
	memset(other, 1, CACHE);
}

/* A large request and its release: the best of some passes; and a loop that only stores. */
static void large(void)
{
	double start, best = 1e18, bare = 1e18;
	unsigned int pass, i;

	take(NR, pages);
	xen_free_unpopulated_pages(NR, pages);
	for (pass = 0; pass < PASSES; pass++) {
		forget();
		start = now();
		take(NR, pages);
		xen_free_unpopulated_pages(NR, pages);
		best = min(best, now() - start);

		forget();
		start = now();
		for (i = 0; i < NR; i++)
			pages[i] = pfn_to_page(i);
		barrier();
		bare = min(bare, now() - start);
	}
	printf("large %.3f bare %.3f\n", best / NR, bare / NR);
}

static unsigned long rounds;

static void *turn(void *cpu)
{
	struct page *mine[BATCH];
	unsigned long i;

#ifdef SHIM_NATIVE
	shim_this_cpu = (unsigned long)cpu;
#endif
	for (i = 0; i < rounds; i++) {
		take(BATCH, mine);
		xen_free_unpopulated_pages(BATCH, mine);
	}
	return NULL;
}

static double run_threads(unsigned int nr)
{
	pthread_t threads[2];
	double start = now();
	unsigned long i;

	for (i = 0; i < nr; i++)
		BUG_ON(pthread_create(&threads[i], NULL, turn, (void *)i));
	for (i = 0; i < nr; i++)
		BUG_ON(pthread_join(threads[i], NULL));
	return (now() - start) / (rounds * BATCH * nr);
}

/* Batches taken and freed by one thread, and by two at a time. */
static void threads(void)
{
	double one = 1e18, two = 1e18;
	unsigned int pass;

	rounds = 1000000;
	take(NR, pages);
	xen_free_unpopulated_pages(NR, pages);
	for (pass = 0; pass < PASSES; pass++) {
		one = min(one, run_threads(1));
		two = min(two, run_threads(2));
	}
	printf("one %.3f two %.3f\n", one, two);
}

/* Batches while more and more pages are out. */
static void flat(void)
{
	static const unsigned int steps[] = { 1000, 10000, 100000, 1000000, 4000000 };
	unsigned int step, pass, out = 0;
	double best;

	rounds = 1000000;
	for (step = 0; step < ARRAY_SIZE(steps); step++) {
		for (; out < steps[step]; out += 1000)
			take(1000, pages + out);
		best = 1e18;
		for (pass = 0; pass < PASSES; pass++)
			best = min(best, run_threads(1));
		printf("out %u %.3f\n", out, best);
	}
}

int main(int argc, char **argv)
{
	boot();
	if (argc == 2 && !strcmp(argv[1], "large"))
		large();
	else if (argc == 2 && !strcmp(argv[1], "threads"))
		threads();
	else if (argc == 2 && !strcmp(argv[1], "flat"))
		flat();
	else
		return fprintf(stderr, "usage: bench large|threads|flat\n"), 2;
	return 0;
}
