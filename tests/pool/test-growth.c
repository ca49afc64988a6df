// SPDX-License-Identifier: GPL-2.0
/* Where the pool grows, by how much, and what it keeps away from. */
#include "harness.h"

TEST(steps_get_larger)
{
	unsigned long before, step, last = 0;
	unsigned int nr = 0;

	boot_with(MIB(1024, 2048));
	while (shim.mapped < (long)MAX_PAGES / 2) {
		before = shim.mapped;
		take(1, pages + nr++);
		step = shim.mapped - before;
		if (!step)
			continue;
		assert_true(step >= last);
		assert_true(step << PAGE_SHIFT <= SZ_128M);
		last = step;
	}
	assert_true(stats().spans < 40);
}

static int at_most_128m(u64 start, u64 size)
{
	BUG_ON(size > SZ_128M);
	return 0;
}

/* How often reach_of() was asked, and how often it does not know at first. */
static unsigned int asked, unknown;
/* Where it ends what can be mapped. */
static u64 reach_end;

static int reach_of(const struct resource *space, u64 *bytes)
{
	asked++;
	/* Of what is above 2 GiB it always knows. */
	if (space->start < 2 * SZ_1G && unknown) {
		unknown--;
		return -EAGAIN;
	}
	*bytes = 0;
	if (space->start < reach_end)
		*bytes = min(reach_end - space->start, resource_size(space));
	return 0;
}

/* At the next boot: ranges are asked for their reach. */
static void ask(u64 end, unsigned int times_unknown)
{
	arch_reach = reach_of;
	reach_end = end;
	unknown = times_unknown;
	asked = 0;
}

/* Ranges are cut to what can be mapped, once, and no earlier than they are used. */
TEST(reach)
{
	const unsigned int nr = 176 * (STEP / 2);

	/* and three bytes */
	ask((1200ULL << 20) + 3, 0);
	boot_with(MIB(1024, 2048), MIB(3000, 3002), MIB(4000, 4002));
	assert_int_equal(asked, 0);
	take(1, pages);
	assert_int_equal(asked, 1);
	take(nr - 1, pages + 1);
	assert_within(nr, 1024, 1200);
	assert_int_equal(asked, 1);
	take(1, pages + nr);
	assert_true(is_ballooned(pages[nr]));
	assert_int_equal(asked, 3);
	assert_int_equal(ranges().nr, 3);
	assert_int_equal(ranges().each[0].error, 0);
	assert_int_equal(ranges().each[1].error, -ERANGE);
	assert_int_equal(ranges().each[2].error, -ERANGE);
}

TEST(reach_of_all)
{
	ask(PHYS_SPACE, 0);
	boot_with(MIB(1024, 1026), MIB(3000, 3002));
	take(2 * STEP, pages);
	assert_int_equal(asked, 2);
	assert_int_equal(stats().ballooned_ever, 0);
}

/* A range whose reach is not known yet is passed over, and asked for again. */
TEST(reach_later)
{
	ask(PHYS_SPACE, 1);
	boot_with(MIB(1024, 1026), MIB(2048, 2050));
	take(STEP, pages);
	assert_within(STEP, 2048, 2050);
	assert_int_equal(asked, 2);
	assert_int_equal(ranges().nr, 2);
	assert_int_equal(ranges().each[0].error, 0);
	assert_int_equal(ranges().each[0].state, XEN_RANGE_UNASKED);
	take(STEP, pages + STEP);
	assert_int_equal(asked, 3);
	assert_int_equal(stats().ballooned_ever, 0);
}

/* Where it is the only one, pages are ballooned until it is known. */
TEST(reach_later_balloons)
{
	ask(PHYS_SPACE, 2);
	boot_with(MIB(1024, 1026));
	take(1, pages);
	take(1, pages + 1);
	assert_true(is_ballooned(pages[0]) && is_ballooned(pages[1]));
	take(1, pages + 2);
	assert_false(is_ballooned(pages[2]));
}

/* A large request grows the pool at once, no more than needed. */
TEST(large_request)
{
	const unsigned int nr = 3 * (SZ_128M >> PAGE_SHIFT) + 1;

	boot_with(MIB(1024, 2048));
	shim.remap = at_most_128m;
	take(nr, pages);
	assert_in_range(stats().pages, nr, 2 * nr);
	assert_true(stats().spans <= 4);
}

/* The first range is used up before the second, and so on. */
TEST(order_of_ranges)
{
	const unsigned int nr = 5 * STEP;

	boot_with(MIB(4096, 4106), MIB(1024, 1034), MIB(2048, 2058));
	take(nr, pages);
	assert_within(nr, 4096, 4106);
	take(nr, pages + nr);
	assert_within(2 * nr, 1024, 4106);
	take(nr, pages + 2 * nr);
	assert_int_equal(stats().ballooned_ever, 0);
}

/* One request that no range can serve alone. */
TEST(across_ranges)
{
	boot_with(MIB(1024, 1026), MIB(2048, 2050), MIB(3072, 3078));
	take(4 * STEP + 1, pages);
	assert_int_equal(stats().pages, 5 * STEP);
	assert_int_equal(stats().ballooned, 0);
}

/* Published layouts seen in the field: all but nothing is a whole section. */
TEST(leftovers)
{
	static const struct range layouts[][4] = {
		{ MIB(1028, 1534), MIB(2048, 3070) },
		{ MIB(1028, 1278) },
		{ MIB(1028, 1278), MIB(1920, 2046) },
		{ MIB(1028, 1278), MIB(1792, 2046) },
		/* the part below 4 GiB of a list with 0x40000000 as lowest */
		{ MIB(1024, 1150), MIB(3328, 3680), MIB(3704, 3776), MIB(3858, 4048) },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		unsigned long bytes = 0;

		restart();
		for (j = 0; j < 4 && layouts[i][j].end; j++)
			bytes += layouts[i][j].end + 1 - layouts[i][j].start;
		boot(j, layouts[i]);
		assert_int_equal(capacity(), min(bytes >> PAGE_SHIFT, MAX_PAGES));
	}
}

/* What is left between the parts that somebody else took is used as well. */
TEST(holes_of_2m)
{
	static const struct range busy[] = {
		MIB(1024, 1026), MIB(1028, 1031), MIB(1034, 1036), MIB(1038, 1055)
	};
	static struct resource taken[ARRAY_SIZE(busy)];
	unsigned int i;

	boot_with(MIB(1024, 1058));
	for (i = 0; i < ARRAY_SIZE(busy); i++) {
		taken[i] = (struct resource){ .start = busy[i].start, .end = busy[i].end };
		assert_int_equal(request_resource(ranges().each[0].space, &taken[i]), 0);
	}
	/* 1026-1028, 1032-1034, 1036-1038, 1056-1058 */
	assert_int_equal(capacity(), 4 * STEP);
	take(4 * STEP, pages);
	for (i = 0; i < 4 * STEP; i++) {
		unsigned int mib = PFN_PHYS(page_to_pfn(pages[i])) >> 20;

		assert_true(mib == 1026 || mib == 1027 || mib == 1032 || mib == 1033 ||
			    mib == 1036 || mib == 1037 || mib == 1056 || mib == 1057);
	}
}

/* Only what the linear map reaches. */
TEST(mappable)
{
	shim.mappable = (struct range)MIB(1024, 2052);
	boot_with(MIB(512, 1026), MIB(2046, 4096), MIB(5120, 5128), MIB(0, 256));
	assert_int_equal(capacity(), 4 * STEP);
	shim.balloon_max = 0;
	take(4 * STEP, pages);
	assert_within(4 * STEP, 1024, 2052);
}

/* Part of a range is taken when it is added: it is left out, the others are not. */
TEST(refused_when_added)
{
	static const struct range unfit[] = {
		/* twice, overlapping itself; RAM; end before start; beyond the resource */
		MIB(1024, 1100), MIB(1022, 1026), MIB(2040, 2060), MIB(3000, 2998),
		{ PHYS_SPACE, PHYS_SPACE + SZ_2M - 1 },
	};
	unsigned int i;
	long live;

	shim_reserve(1100 << 20, 1101 << 20, IORESOURCE_MEM);
	shim_reserve(2048ULL << 20, 2050ULL << 20, IORESOURCE_SYSTEM_RAM);
	boot_with(MIB(1024, 1152));
	assert_int_equal(stats().ranges, 0);
	assert_int_equal(shim.live, 0);

	assert_int_equal(xen_unpopulated_add_range(1024 << 20, (1100 << 20) - 1, NULL), 0);
	live = shim.live;
	for (i = 0; i < ARRAY_SIZE(unfit); i++)
		assert_int_equal(xen_unpopulated_add_range(unfit[i].start,
							   unfit[i].end, NULL), -EBUSY);
	assert_int_equal(shim.live, live);
	assert_int_equal(ranges().nr, 1);
	assert_int_equal(capacity(), 38 * STEP);
}

static int refusal;
static unsigned int refusals;
static struct range refused_space;

static int refuse(u64 start, u64 size)
{
	if (start > refused_space.end || start + size - 1 < refused_space.start)
		return 0;
	refusals++;
	return refusal;
}

/* memremap_pages() refuses what is in that space. */
static void refuse_within(struct range space, int err)
{
	refused_space = space;
	refusal = err;
	refusals = 0;
	shim.remap = refuse;
}

/* Space that memremap_pages() refuses is left alone from then on. */
TEST(refused_for_good)
{
	static const int errors[] = { -EEXIST, -EINVAL, -ENXIO, -E2BIG, -EBUSY };
	unsigned int i, so_far;
	struct ranges all;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		restart();
		refuse_within((struct range)MIB(1024, 1152), errors[i]);
		boot_with(MIB(1024, 1152), MIB(2048, 2052));
		take(1, pages);
		assert_within(1, 2048, 2052);
		assert_true(shim_logged("refused"));
		all = ranges();
		assert_int_equal(all.each[0].refused, 128 << 20);
		assert_int_equal(all.each[0].taken, 0);
		assert_int_equal(all.each[0].error, 0);
		assert_int_equal(all.each[1].refused, 0);
		so_far = refusals;

		take(STEP, pages + 1);
		/* the last range is used up; still not retried, though it would do */
		shim.remap = NULL;
		take(STEP, pages + 1 + STEP);
		assert_int_equal(refusals, so_far);
		assert_out(2 * STEP, 1);
	}
}

/* One part of a range is refused: it is left out, and nothing else is lost. */
TEST(refused_part)
{
	static const struct range parts[] = {
		MIB(1024, 1026), MIB(1090, 1092), MIB(1150, 1152), MIB(1540, 1549), MIB(1982, 1984),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		unsigned long lost = DIV_ROUND_UP(parts[i].end + 1 - parts[i].start, SZ_2M);

		restart();
		refuse_within(parts[i], -EEXIST);
		boot_with(MIB(1024, 1984));
		assert_int_equal(capacity(), 480 * STEP - lost * STEP);
		assert_int_equal(ranges().each[0].refused, lost * SZ_2M);
		assert_int_equal(ranges().each[0].error, 0);
	}
}

/* A range that is refused everywhere is given up, and others take its place. */
TEST(refused_everywhere)
{
	unsigned int so_far;

	refuse_within((struct range)MIB(1024, 4096), -EINVAL);
	boot_with(MIB(1024, 4096), MIB(8192, 8196));
	take(1, pages);
	assert_within(1, 8192, 8196);
	assert_int_equal(ranges().each[0].error, -EINVAL);
	assert_in_range(refusals, 1, 300);
	so_far = refusals;
	take(2 * STEP, pages + 1);
	assert_int_equal(refusals, so_far);
}

/* A refusal after the range was used: what is there keeps working. */
TEST(refused_later)
{
	boot_with(MIB(1024, 1152));
	take(STEP, pages);
	refuse_within((struct range)MIB(1024, 1152), -EEXIST);
	take(1, pages + STEP);
	assert_int_equal(stats().ballooned, 1);
	give(STEP + 1, pages);
	assert_int_equal(capacity(), STEP);
}

/* Short of RAM: ballooned this time, but the range is not given up. */
TEST(enomem_is_transient)
{
	int nth;

	/* the bitmap, the struct pages, the index */
	for (nth = 1; nth <= 4; nth++) {
		restart();
		boot_with(MIB(1024, 1152));
		shim.fail_nth = nth;
		shim.fail_on = true;
		/* nothing to balloon either */
		assert_int_equal(try_take(1, pages), -ENOMEM);
		assert_true(shim.failed);
		shim.fail_nth = 0;
		shim.fail_on = false;
		assert_int_equal(ranges().each[0].error, 0);
		assert_int_equal(ranges().each[0].taken, 0);
		take(STEP, pages);
		assert_within(STEP, 1024, 1152);
	}

	give_all();
	refuse_within((struct range)MIB(1024, 1152), -ENOMEM);
	take(STEP + 1, pages);
	assert_int_equal(stats().ballooned, 1);
	give(STEP + 1, pages);
	shim.remap = NULL;
	take(STEP + 1, pages);
	assert_int_equal(stats().ballooned, 0);
}

/* Frames that the pool failed to take are not the pool's, then or later. */
TEST(no_traces)
{
	unsigned long pfn = PHYS_PFN(SZ_1G);
	unsigned int nth, i;

	/* the bitmap, the resource, the struct pages, the index, in any order */
	for (nth = 1; nth <= 4; nth++) {
		restart();
		boot_with(MIB(1024, 1026));
		shim.fail_nth = nth;
		take(1, pages);
		assert_int_equal(stats().ballooned, 1);
		assert_int_equal(shim.mapped, 0);
		for (i = 0; i < STEP; i++) {
			struct page *page = pfn_to_page(pfn + i);

			assert_false(is_xen_unpopulated_page(page));
			xen_free_unpopulated_pages(1, &page);
		}
		expect_refused(STEP);
		give(1, pages);
		assert_int_equal(capacity(), STEP);
	}
}

/* RAM in iomem_resource: memremap_pages() never sees it, or the shim ends the program. */
TEST(ram_is_never_mapped)
{
	shim_reserve(0, SZ_1G + SZ_2M, IORESOURCE_SYSTEM_RAM);
	shim_reserve(2 * SZ_1G, 4 * SZ_1G - SZ_2M, IORESOURCE_SYSTEM_RAM);
	boot_by(anywhere);
	assert_int_equal(capacity(), MAX_PAGES);
}

/*
 * One by one: a step takes less than a page of the memmap if pages are large,
 * and steps must fit into those pages. From an odd place on, too.
 */
TEST(one_by_one)
{
	static const struct range some[] = { MIB(1024, 2048), MIB(1030, 2048), MIB(1086, 2048) };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		restart();
		boot(1, &some[i]);
		for (j = 0; j < 3000; j++)
			take(1, pages + j);
		assert_int_equal(stats().ballooned_ever, 0);
	}
}

/*
 * No memory in the middle of a growth, with neighbours in use: what mm/ undoes
 * may not be theirs (the shim looks), and later the place is used.
 */
TEST(neighbours_keep_their_memmap)
{
	static const unsigned int sizes[] = { 1, STEP, SZ_128M >> PAGE_SHIFT };
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		restart();
		boot_with(MIB(1030, 1500));
		for (nr = 0; nr < 50 * STEP; nr++) {
			if (stats().in_use == stats().pages) {
				refuse_within((struct range)MIB(0, 16384), -ENOMEM);
				shim.balloon_max = 0;
				assert_int_equal(try_take(sizes[i], pages + nr), -ENOMEM);
				shim.remap = NULL;
			}
			take(1, pages + nr);
		}
		give(nr, pages);
		assert_int_equal(capacity(), 235 * STEP);
		assert_int_equal(ranges().each[0].refused, 0);
	}
}

/* At boot there is a part before anybody asks. */
TEST(ahead_at_boot)
{
	boot_with(MIB(1024, 1152));
	assert_int_equal(stats().pages, 0);
	assert_int_equal(shim_late_grow_at_boot(), 0);
	assert_true(shim_background());
	assert_false(shim_background());
	assert_in_range(stats().pages, STEP, max(STEP, 3 * BITS_PER_LONG));
	take(16, pages);
	assert_int_equal(stats().waits, 0);
}

/* The next ones come before the pool is empty, as far as there is space. */
TEST(ahead)
{
	unsigned int nr = 0, room = SZ_128M >> PAGE_SHIFT;

	boot_with(MIB(1024, 1152));
	shim_late_grow_at_boot();
	shim_background();
	for (; nr < room; nr += 16) {
		take(16, pages + nr);
		shim_background();
		assert_in_range(stats().pages, nr + 16, 3 * (nr + 16) + max(STEP, 192));
	}
	assert_int_equal(stats().waits, 0);
	assert_int_equal(stats().pages, room);
	assert_int_equal(stats().most_in_use, room);
	give(nr, pages);
	take(nr, pages);
	assert_false(shim_background());
	take(1, pages + nr);
	assert_int_equal(stats().waits, 1);
}

/* What the ceiling does not allow to be used is not made. */
TEST(not_ahead_of_the_ceiling)
{
	boot_with(MIB(1024, 1152));
	xen_unpopulated_set_max(STEP);
	take(STEP, pages);
	assert_false(shim_background());
	xen_unpopulated_set_max(STEP + 1);
	take(1, pages + STEP);
	assert_int_equal(stats().pages, 2 * STEP);
}

/* The same if the ceiling is lowered, or raised, after that. */
TEST(not_ahead_of_a_lowered_ceiling)
{
	unsigned long max = stats().max, had;

	boot_with(MIB(1024, 1152));
	shim_late_grow_at_boot();
	shim_background();
	had = stats().pages;
	xen_unpopulated_set_max(had);
	take(had, pages);
	shim_background();
	assert_int_equal(stats().pages, had);
	xen_unpopulated_set_max(max);
	give(had, pages);
	take(had, pages);
	assert_true(shim_background());
	assert_true(stats().pages > had);
	assert_int_equal(stats().waits, 0);
}

/* How often it grew, and how often it was to and could not. */
TEST(growths_are_counted)
{
	boot_with(MIB(1024, 1026), MIB(1536, 1538));
	assert_int_equal(stats().grown, 0);
	take(1, pages);
	assert_int_equal(stats().grown, 1);
	take(2 * STEP - 1, pages + 1);
	assert_int_equal(stats().grown, 2);
	assert_int_equal(stats().not_grown, 0);
	take(1, pages + 2 * STEP);
	assert_int_equal(stats().grown, 2);
	assert_int_equal(stats().not_grown, 1);
}

struct seen {
	unsigned int nr;
	struct {
		struct page *first;
		unsigned int nr, out;
	} each[4];
};

static void see_span(void *context, struct page *first, unsigned int nr, unsigned int out)
{
	struct seen *seen = context;

	seen->each[seen->nr].first = first;
	seen->each[seen->nr].nr = nr;
	seen->each[seen->nr++].out = out;
}

/* Each span can be looked at, by address. */
TEST(spans_are_shown)
{
	struct seen seen = { };

	boot_with(MIB(1536, 1538), MIB(1024, 1026));
	xen_spans_each(see_span, &seen);
	assert_int_equal(seen.nr, 0);
	take(STEP + 3, pages);
	xen_spans_each(see_span, &seen);
	assert_int_equal(seen.nr, 2);
	assert_int_equal(page_to_pfn(seen.each[0].first), PHYS_PFN(512ULL * SZ_2M));
	assert_int_equal(page_to_pfn(seen.each[1].first), PHYS_PFN(768ULL * SZ_2M));
	assert_int_equal(seen.each[0].nr, STEP);
	assert_int_equal(seen.each[0].out + seen.each[1].out, STEP + 3);
	assert_in_range(seen.each[1].out, 3, STEP);
}
