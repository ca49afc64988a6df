// SPDX-License-Identifier: GPL-2.0
/*
 * As x86 uses the pool: seeded with the extra memory of a PV domain, then
 * grown from iomem_resource.
 */
#include "harness.h"

#define SECTION	(PAGES_PER_SECTION << PAGE_SHIFT)

/* Frames of the regions that the pool is seeded with. */
struct region {
	unsigned long first, nr;
};

static const struct region regions[] = {
	/* two in the same 2 MiB, one that begins and ends anywhere */
	{ 3 * STEP + 1, 3 },
	{ 3 * STEP + 7, 1 },
	{ 5 * STEP + 3, 3 * STEP + 11 },
	/* more than 128 MiB */
	{ 70 * STEP + 5, 140 * STEP },
};

static struct page *pages[MAX_PAGES];

static int seed_regions(struct resource **res)
{
	unsigned long i, j;

	*res = &iomem_resource;
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		for (j = 0; j < regions[i].nr; j++) {
			unsigned long pfn = regions[i].first + j;
			struct page *page = pfn_to_page(pfn);

			shim_frame[pfn] = FRAME_SEED;
			xen_free_unpopulated_pages(1, &page);
		}
		xen_unpopulated_pages += regions[i].nr;
	}
	return 0;
}

static int anywhere(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

static unsigned int nr_seeds(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		nr += regions[i].nr;
	return nr;
}

static int whole_sections(u64 start, u64 size)
{
	BUG_ON(start % SECTION || size % SECTION);
	return 0;
}

/* The RAM of the domain, then a hole, then something a little above 2 GiB. */
static int boot_x86(int (*arch_init)(struct resource **res))
{
	shim_reserve(0, SZ_1G, IORESOURCE_SYSTEM_RAM);
	shim_reserve(2 * SZ_1G + SZ_2M, 3 * SZ_1G, IORESOURCE_MEM);
	shim.arch_init = arch_init;
	shim.remap = whole_sections;
	return shim_initcall();
}

/* Exactly the seeds are handed out first, each once (see try_take()). */
static void take_seeds(void)
{
	unsigned int i, nr = nr_seeds();

	take(nr, pages);
	for (i = 0; i < nr; i++)
		assert_int_equal(shim_frame[page_to_pfn(pages[i])], FRAME_SEED);
	assert_int_equal(shim.remaps, 0);
	assert_int_equal(stats().in_use, nr);
	assert_int_equal(stats().pages, nr);
}

static void seeds(void **state)
{
	unsigned int i;

	assert_int_equal(boot_x86(seed_regions), 0);
	assert_int_equal(xen_unpopulated_pages, nr_seeds());
	assert_int_equal(stats().pages, nr_seeds());
	assert_int_equal(stats().in_use, 0);
	assert_int_equal(stats().refused, 0);
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		unsigned long pfn = regions[i].first, end = pfn + regions[i].nr;

		assert_false(is_xen_unpopulated_page(pfn_to_page(pfn - 1)));
		for (; pfn < end; pfn++)
			assert_true(is_xen_unpopulated_page(pfn_to_page(pfn)));
		assert_false(is_xen_unpopulated_page(pfn_to_page(end)));
	}
	take_seeds();
	shuffle(nr_seeds(), pages);
	give(nr_seeds(), pages);
	take_seeds();
	give(nr_seeds(), pages);
}

static void grow_after_seeds(void **state)
{
	struct xen_unpopulated_range each[16];
	unsigned int nr = nr_seeds();

	assert_int_equal(boot_x86(seed_regions), 0);
	take_seeds();
	take(1, pages + nr);
	assert_int_equal(shim_frame[page_to_pfn(pages[nr])], FRAME_DEVICE);
	assert_int_equal(stats().pages, nr + PAGES_PER_SECTION);
	assert_int_equal(ranges(each), 1);
	assert_int_equal(each[0].taken, SECTION);
	shuffle(nr + 1, pages);
	give(nr + 1, pages);
	check_counters();
}

/* After init a page that the pool does not know is no seed any more. */
static void no_late_seeds(void **state)
{
	struct page *page = pfn_to_page(9);

	assert_int_equal(boot_x86(seed_regions), 0);
	xen_free_unpopulated_pages(1, &page);
	assert_int_equal(stats().refused, 1);
	assert_int_equal(stats().pages, nr_seeds());
	assert_false(is_xen_unpopulated_page(page));
}

static int seed_ballooned(struct resource **res)
{
	/* handed out before init, freed in the middle of seeding */
	xen_free_unpopulated_pages(5, pages);
	return seed_regions(res);
}

static void ballooned_is_no_seed(void **state)
{
	take(5, pages);
	let_go(5, pages);
	assert_int_equal(boot_x86(seed_ballooned), 0);
	assert_int_equal(shim.ballooned, 0);
	assert_int_equal(stats().pages, nr_seeds());
}

/* No memory for some of the seeds: those are lost, with a message, no others. */
static void some_seeds_lost(void **state)
{
	unsigned int nth, nr, lost = 0;
	int err;

	for (nth = 1; ; nth++) {
		reboot(NULL);
		shim.fail_nth = nth;
		err = boot_x86(seed_regions);
		if (!shim.failed)
			break;
		if (shim_logged("lost"))
			lost++;
		assert_int_equal(shim.live, stats().spans + stats().ranges);
		nr = stats().pages;
		if (!err)
			assert_true(shim_logged("lost") ? nr < nr_seeds() : nr == nr_seeds());
		take(nr, pages);
		assert_int_equal(shim.remaps, 0);
		take(1, pages + nr);
		shuffle(nr + 1, pages);
		give(nr + 1, pages);
		check_counters();
	}
	assert_true(lost >= ARRAY_SIZE(regions));
}

/* Only whole sections: the rest of a hole may be something firmware forgot. */
static void sections_only(void **state)
{
	const unsigned int nr = SZ_1G >> PAGE_SHIFT;
	struct xen_unpopulated_range each[16];
	struct page *one;
	unsigned int i;

	assert_int_equal(boot_x86(anywhere), 0);
	shim.mappable.end = 3 * SZ_1G + SECTION / 2;
	take(nr, pages);
	for (i = 0; i < nr; i++)
		assert_in_range(page_to_pfn(pages[i]), PHYS_PFN(SZ_1G), PHYS_PFN(2 * SZ_1G) - 1);
	assert_int_equal(stats().ballooned, 0);
	take(1, &one);
	assert_true(is_ballooned(one));
	give(1, &one);
	assert_int_equal(ranges(each), 1);
	assert_int_equal(each[0].error, 0);

	shim.mappable.end = PHYS_SPACE - 1;
	take(1, &one);
	assert_true(page_to_pfn(one) >= PHYS_PFN(3 * SZ_1G));
	give(1, &one);
	give(nr, pages);
}

static int seed_twice(struct resource **res)
{
	struct page *first = pfn_to_page(regions[0].first), *last;
	int err = seed_regions(res);

	/* one that is in the pool, one that is only collected so far */
	last = pfn_to_page(regions[ARRAY_SIZE(regions) - 1].first);
	last += regions[ARRAY_SIZE(regions) - 1].nr - 2;
	xen_free_unpopulated_pages(1, &first);
	xen_free_unpopulated_pages(1, &last);
	return err;
}

static void same_seed_twice(void **state)
{
	assert_int_equal(boot_x86(seed_twice), 0);
	assert_int_equal(stats().pages, nr_seeds());
	assert_int_equal(stats().refused, 2);
	take_seeds();
	give(nr_seeds(), pages);
}

#ifdef CONFIG_XEN_HAVE_PVMMU
/*
 * The shim checks that frames are INVALID_P2M_ENTRY when they are mapped and
 * that none of this is done unless the domain is PV.
 */
static void pv(void **state)
{
	unsigned int nr = nr_seeds() + 10;

	shim.pv = true;
	assert_int_equal(boot_x86(seed_regions), 0);
	assert_int_equal(shim.p2m_entries, 0);
	take(nr, pages);
	assert_int_equal(shim.p2m_entries, nr);
	give(nr, pages);
	take(7, pages);
	assert_int_equal(shim.p2m_entries, nr + 7);
	give(7, pages);
}

/* The p2m entry of any page of a request fails: all pages go back. */
static void pv_entry_fails(void **state)
{
	unsigned int nth;

	shim.pv = true;
	assert_int_equal(boot_x86(seed_regions), 0);
	for (nth = 1; nth <= 20; nth++) {
		shim.fail_nth = nth;
		assert_int_equal(try_take(20, pages), -ENOMEM);
		assert_int_equal(stats().in_use, 0);
		assert_int_equal(stats().ballooned, 0);
		check_counters();
	}
	take_seeds();
	give(nr_seeds(), pages);
}

/*
 * The same if the rest of the request is to be ballooned. That no page without
 * an entry is handed out is checked by try_take().
 */
static void pv_entry_fails_before_balloon(void **state)
{
	struct page **more = pages + STEP - 4;
	unsigned int nth = 0;
	bool failed;

	do {
		reboot(NULL);
		shim.pv = true;
		boot_with(MIB(1024, 1026));
		take(STEP - 4, pages);
		shim.fail_nth = ++nth;
		if (!try_take(8, more))
			give(8, more);
		failed = shim.failed;
		assert_int_equal(stats().in_use, STEP - 4);
		assert_int_equal(stats().ballooned, 0);
		give(STEP - 4, pages);
	} while (failed);
	assert_true(nth > 4 + 1 + 4);
}

/* No memory for the p2m of new frames: nothing is mapped, next time it is. */
static void pv_invalidation_fails(void **state)
{
	shim.pv = true;
	assert_int_equal(boot_x86(anywhere), 0);
	shim.fail_nth = 100;
	take(1, pages);
	assert_int_equal(shim.failed, 1);
	assert_int_equal(stats().ballooned, 1);
	assert_int_equal(shim.remaps, 0);
	take(1, pages + 1);
	assert_int_equal(stats().in_use, 1);
	give(2, pages);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		pool_test(seeds),
		pool_test(grow_after_seeds),
		pool_test(no_late_seeds),
		pool_test(ballooned_is_no_seed),
		pool_test(some_seeds_lost),
		pool_test(sections_only),
		pool_test(same_seed_twice),
#ifdef CONFIG_XEN_HAVE_PVMMU
		pool_test(pv),
		pool_test(pv_entry_fails),
		pool_test(pv_entry_fails_before_balloon),
		pool_test(pv_invalidation_fails),
#endif
	};

	return run_pool_tests(tests);
}
