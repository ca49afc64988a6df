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

/* In all of them. */
#define NR_SEEDS	(143 * STEP + 15)

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
	unsigned int i;

	take(NR_SEEDS, pages);
	for (i = 0; i < NR_SEEDS; i++)
		assert_int_equal(shim_frame[page_to_pfn(pages[i])], FRAME_SEED);
	assert_int_equal(shim.remaps, 0);
	assert_out(NR_SEEDS, 0);
	assert_int_equal(stats().pages, NR_SEEDS);
}

TEST(seeds)
{
	unsigned int i;

	assert_int_equal(boot_x86(seed_regions), 0);
	assert_int_equal(xen_unpopulated_pages, NR_SEEDS);
	assert_int_equal(stats().pages, NR_SEEDS);
	assert_out(0, 0);
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		unsigned long pfn = regions[i].first, end = pfn + regions[i].nr;

		assert_false(is_xen_unpopulated_page(pfn_to_page(pfn - 1)));
		for (; pfn < end; pfn++)
			assert_true(is_xen_unpopulated_page(pfn_to_page(pfn)));
		assert_false(is_xen_unpopulated_page(pfn_to_page(end)));
	}
	take_seeds();
	shuffle(NR_SEEDS, pages);
	give(NR_SEEDS, pages);
	take_seeds();
}

TEST(grow_after_seeds)
{
	assert_int_equal(boot_x86(seed_regions), 0);
	take_seeds();
	take(1, pages + NR_SEEDS);
	assert_int_equal(shim_frame[page_to_pfn(pages[NR_SEEDS])], FRAME_DEVICE);
	assert_int_equal(stats().pages, NR_SEEDS + PAGES_PER_SECTION);
	assert_int_equal(ranges().nr, 1);
	assert_int_equal(ranges().each[0].taken, SECTION);
	shuffle(NR_SEEDS + 1, pages);
	give(NR_SEEDS + 1, pages);
}

/* After init a page that the pool does not know is no seed any more. */
TEST(no_late_seeds)
{
	struct page *page = pfn_to_page(9);

	assert_int_equal(boot_x86(seed_regions), 0);
	xen_free_unpopulated_pages(1, &page);
	expect_refused(1);
	assert_int_equal(stats().pages, NR_SEEDS);
	assert_false(is_xen_unpopulated_page(page));
}

static int seed_ballooned(struct resource **res)
{
	/* handed out before init, freed in the middle of seeding */
	xen_free_unpopulated_pages(5, pages);
	return seed_regions(res);
}

TEST(ballooned_is_no_seed)
{
	take(5, pages);
	let_go(5, pages);
	assert_int_equal(boot_x86(seed_ballooned), 0);
	assert_int_equal(shim.ballooned, 0);
	assert_int_equal(stats().pages, NR_SEEDS);
}

/* No memory for some of the seeds: those are lost, with a message, no others. */
TEST(some_seeds_lost)
{
	unsigned int nth, nr, lost = 0;
	int err;

	for (nth = 1; ; nth++) {
		restart();
		shim.fail_nth = nth;
		err = boot_x86(seed_regions);
		if (!shim.failed)
			break;
		if (shim_logged("lost"))
			lost++;
		assert_int_equal(shim.live, 2 * stats().spans + stats().ranges);
		nr = stats().pages;
		if (!err)
			assert_true(shim_logged("lost") ? nr < NR_SEEDS : nr == NR_SEEDS);
		take(nr, pages);
		assert_int_equal(shim.remaps, 0);
		take(1, pages + nr);
		shuffle(nr + 1, pages);
		give(nr + 1, pages);
	}
	assert_true(lost >= ARRAY_SIZE(regions));
}

/* Only whole sections: the rest of a hole may be something firmware forgot. */
TEST(sections_only)
{
	const unsigned int nr = SZ_1G >> PAGE_SHIFT;
	struct page *one;

	assert_int_equal(boot_x86(anywhere), 0);
	shim.mappable.end = 3 * SZ_1G + SECTION / 2;
	take(nr, pages);
	assert_within(nr, 1024, 2048);
	assert_int_equal(stats().ballooned, 0);
	take(1, &one);
	assert_true(is_ballooned(one));
	give(1, &one);
	assert_int_equal(ranges().nr, 1);
	assert_int_equal(ranges().each[0].error, 0);

	shim.mappable.end = PHYS_SPACE - 1;
	take(1, &one);
	assert_true(page_to_pfn(one) >= PHYS_PFN(3 * SZ_1G));
}

static int seed_twice(struct resource **res)
{
	const struct region *last = &regions[ARRAY_SIZE(regions) - 1];
	/* one that is in the pool, one that is only collected so far */
	struct page *in_pool = pfn_to_page(regions[0].first);
	struct page *collected = pfn_to_page(last->first + last->nr - 2);
	int err = seed_regions(res);

	xen_free_unpopulated_pages(1, &in_pool);
	xen_free_unpopulated_pages(1, &collected);
	return err;
}

TEST(same_seed_twice)
{
	assert_int_equal(boot_x86(seed_twice), 0);
	assert_int_equal(stats().pages, NR_SEEDS);
	expect_refused(2);
	take_seeds();
}

#ifdef CONFIG_XEN_HAVE_PVMMU
/*
 * The shim checks that frames are INVALID_P2M_ENTRY when they are mapped and
 * that none of this is done unless the domain is PV.
 */
TEST(pv)
{
	unsigned int nr = NR_SEEDS + 10;

	shim.pv = true;
	assert_int_equal(boot_x86(seed_regions), 0);
	assert_int_equal(shim.p2m_entries, 0);
	take(nr, pages);
	assert_int_equal(shim.p2m_entries, nr);
	give(nr, pages);
	take(7, pages);
	assert_int_equal(shim.p2m_entries, nr + 7);
}

/* The p2m entry of any page of a request fails: all pages go back. */
TEST(pv_entry_fails)
{
	unsigned int nth;

	shim.pv = true;
	assert_int_equal(boot_x86(seed_regions), 0);
	for (nth = 1; nth <= 20; nth++) {
		shim.fail_nth = nth;
		assert_int_equal(try_take(20, pages), -ENOMEM);
		assert_out(0, 0);
		check_counters();
	}
	take_seeds();
}

/*
 * The same if the rest of the request is to be ballooned. That no page without
 * an entry is handed out is checked by try_take().
 */
TEST(pv_entry_fails_before_balloon)
{
	struct page **more = pages + STEP - 4;
	unsigned int nth = 0;
	bool failed;

	do {
		restart();
		shim.pv = true;
		boot_with(MIB(1024, 1026));
		take(STEP - 4, pages);
		shim.fail_nth = ++nth;
		if (!try_take(8, more))
			give(8, more);
		failed = shim.failed;
		assert_out(STEP - 4, 0);
	} while (failed);
	assert_true(nth > 4 + 1 + 4);
}

/* No memory for the p2m of new frames: nothing is mapped, next time it is. */
TEST(pv_invalidation_fails)
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
}
#endif
