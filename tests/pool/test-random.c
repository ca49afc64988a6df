// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on the pool and on a model of it: the list of the pages
 * that are held. try_take() sees to it that no page is handed out twice.
 */
#include "harness.h"

#define OPERATIONS	25000
#define BALLOON_MAX	700

static struct page *held[NR_FRAMES];
static unsigned int nr_held, nr_ballooned;
static unsigned long refused, room;
static bool faults;

/* Mostly small. */
static unsigned int some_number(void)
{
	switch (rnd(20)) {
	case 0:
		return 1 + rnd(8 * STEP);
	case 1 ... 4:
		return 1 + rnd(STEP);
	case 5 ... 10:
		return 1 + rnd(16);
	case 11:
		return 0;
	default:
		return 1;
	}
}

static unsigned int count_ballooned(unsigned int nr, struct page **pages)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		n += is_ballooned(pages[i]);
	return n;
}

static void allocate(void)
{
	unsigned int nr = some_number();
	int err;

	if (faults && !rnd(10)) {
		shim.fail_nth = 1 + rnd(8);
		shim.fail_on = rnd(2);
	}
	shim.failed = 0;
	err = try_take(nr, held + nr_held);
	if (err)
		/* only for a reason */
		assert_true(shim.failed || nr_held + nr > room + BALLOON_MAX);
	else if (!shim.failed)
		assert_true(nr_held + nr <= room + BALLOON_MAX);
	shim.fail_nth = 0;
	shim.failed = 0;
	if (err)
		return;

	nr_ballooned += count_ballooned(nr, held + nr_held);
	nr_held += nr;
}

/* Bring @nr of the pages to the end of the list: any, or neighbours in it. */
static struct page **choose(unsigned int nr)
{
	unsigned int i, at, to, start = rnd(nr_held - nr + 1);
	bool neighbours = rnd(2);

	for (i = 0; i < nr; i++) {
		to = nr_held - 1 - i;
		at = neighbours ? start + nr - 1 - i : rnd(to + 1);
		swap(held[to], held[at]);
	}
	return held + nr_held - nr;
}

static void free_some(void)
{
	unsigned int nr = min(some_number(), nr_held);
	struct page **pages = choose(nr);

	nr_ballooned -= count_ballooned(nr, pages);
	nr_held -= nr;
	give(nr, pages);
}

static void exchange_some(void)
{
	unsigned int nr = min(some_number(), nr_held);

	assert_int_equal(exchange(nr, choose(nr)), nr);
}

/* Free some pages correctly, and among them some that are not ours to free. */
static void free_wrongly(void)
{
	unsigned int i, wrong, n = 0, nr = min(1 + rnd(16), nr_held);
	struct page **pages = choose(nr);
	struct page *list[64];

	nr_ballooned -= count_ballooned(nr, pages);
	nr_held -= nr;
	let_go(nr, pages);
	for (i = 0; i < nr; i++) {
		list[n++] = pages[i];
		for (wrong = rnd(4); wrong; wrong--) {
			/* once more, or one that is no business of the pool */
			list[n++] = rnd(3) ? pages[rnd(i + 1)] : pfn_to_page(rnd(STEP));
			refused++;
		}
	}
	xen_free_unpopulated_pages(n, list);
}

static void compare(void)
{
	struct xen_unpopulated_stats now = stats();

	assert_int_equal(now.in_use, nr_held - nr_ballooned);
	assert_int_equal(now.ballooned, nr_ballooned);
	assert_int_equal(shim.ballooned, nr_ballooned);
	expect_refused(refused);
	assert_true(now.pages <= room);
}

/* The trend changes now and then, so that both ends are reached often. */
static void operate(void)
{
	unsigned int i, trend = 0;

	for (i = 0; i < OPERATIONS; i++) {
		if (i % 512 == 0)
			trend = 30 + rnd(41);
		if (!rnd(20))
			exchange_some();
		else if (rnd(100) < trend)
			allocate();
		else if (rnd(50))
			free_some();
		else
			free_wrongly();
		compare();
	}
	check_counters();

	shuffle(nr_held, held);
	while (nr_held)
		free_some();
	compare();
}

static void reset_model(u64 start, bool with_faults)
{
	seed = start;
	faults = with_faults;
	nr_held = 0;
	nr_ballooned = 0;
	refused = 0;
	shim.balloon_max = BALLOON_MAX;
}

static void on_ranges(u64 start, bool with_faults)
{
	reset_model(start, with_faults);
	boot_with(MIB(4096, 4102), MIB(1024, 1040), MIB(2048, 2050), MIB(3072, 3082));
	room = 17 * STEP;
	operate();
	if (room)
		assert_int_equal(capacity(), room);
}

TEST(ranges_1)
{
	on_ranges(1, false);
}

TEST(ranges_2)
{
	on_ranges(2, false);
}

TEST(ranges_faults)
{
	on_ranges(3, true);
}

static int seed_some(struct resource **res)
{
	unsigned long pfn;

	*res = &iomem_resource;
	for (pfn = STEP; pfn < 9 * STEP; pfn++) {
		struct page *page = pfn_to_page(pfn);

		/* with gaps */
		if (pfn % 100 < 5)
			continue;
		shim_frame[pfn] = FRAME_SEED;
		xen_free_unpopulated_pages(1, &page);
	}
	return 0;
}

/* x86: seeds, and room for one section. */
TEST(seeds_faults)
{
	reset_model(4, true);
	shim_reserve(0, SZ_1G, IORESOURCE_SYSTEM_RAM);
#ifdef CONFIG_XEN_HAVE_PVMMU
	shim.pv = true;
#endif
	shim.mappable.end = SZ_1G + (PAGES_PER_SECTION << PAGE_SHIFT) - 1;
	boot_by(seed_some);
	room = stats().pages + PAGES_PER_SECTION;
	operate();
}
