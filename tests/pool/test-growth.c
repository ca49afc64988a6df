// SPDX-License-Identifier: GPL-2.0
/* Where the pool grows, by how much, and what it keeps away from. */
#include "harness.h"

static struct page *pages[MAX_PAGES];

/* The pages up to @nr come from MiB @start to @end. */
static void assert_within(unsigned int nr, u64 start, u64 end)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		assert_in_range(PFN_PHYS(page_to_pfn(pages[i])), start << 20, (end << 20) - 1);
}

static void first_step(void **state)
{
	boot_with(MIB(1024, 2048));
	take(1, pages);
	assert_int_equal(stats().pages, STEP);
	take(STEP - 1, pages + 1);
	assert_int_equal(stats().pages, STEP);
	give(STEP, pages);
}

static void steps_get_larger(void **state)
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
	give(nr, pages);
}

static int at_most_128m(u64 start, u64 size)
{
	BUG_ON(size > SZ_128M);
	return 0;
}

static unsigned int asked;

/* Up to 1200 MiB, and three bytes. */
static int up_to_1200m(const struct resource *space, u64 *bytes)
{
	asked++;
	*bytes = space->start < 1200ULL << 20 ? (1200ULL << 20) - space->start + 3 : 0;
	return 0;
}

static int everything(const struct resource *space, u64 *bytes)
{
	asked++;
	*bytes = resource_size(space);
	return 0;
}

/* Of what is below 2 GiB it cannot be said at first. */
static int later(const struct resource *space, u64 *bytes)
{
	if (space->start < 2ULL * SZ_1G && asked < 2) {
		asked++;
		return -EAGAIN;
	}
	return everything(space, bytes);
}

/* Ranges are cut to what can be mapped, once, and no earlier than they are used. */
static void reach(void **state)
{
	const unsigned int nr = 176 * (STEP / 2);
	struct xen_unpopulated_range copy[16];

	arch_reach = up_to_1200m;
	boot_with(MIB(1024, 2048), MIB(3000, 3002), MIB(4000, 4002));
	asked = 0;
	take(1, pages);
	assert_int_equal(asked, 1);
	take(nr - 1, pages + 1);
	assert_within(nr, 1024, 1200);
	assert_int_equal(asked, 1);
	take(1, pages + nr);
	assert_true(is_ballooned(pages[nr]));
	assert_int_equal(asked, 3);
	assert_int_equal(ranges(copy), 3);
	assert_int_equal(copy[0].error, 0);
	assert_int_equal(copy[1].error, -ERANGE);
	assert_int_equal(copy[2].error, -ERANGE);
	give(nr + 1, pages);
}

static void reach_of_all(void **state)
{
	arch_reach = everything;
	boot_with(MIB(1024, 1026), MIB(3000, 3002));
	asked = 0;
	take(2 * STEP, pages);
	assert_int_equal(asked, 2);
	assert_int_equal(stats().ballooned_ever, 0);
	give(2 * STEP, pages);
}

/* A range whose reach is not known yet is passed over, and asked for again. */
static void reach_later(void **state)
{
	struct xen_unpopulated_range copy[16];

	arch_reach = later;
	boot_with(MIB(1024, 1026), MIB(2048, 2050));
	asked = 0;
	take(STEP, pages);
	assert_within(STEP, 2048, 2050);
	assert_int_equal(asked, 2);
	assert_int_equal(ranges(copy), 2);
	assert_int_equal(copy[0].error, 0);
	assert_int_equal(copy[0].state, XEN_RANGE_UNASKED);
	take(STEP, pages + STEP);
	assert_int_equal(asked, 3);
	assert_int_equal(stats().ballooned_ever, 0);
	give(2 * STEP, pages);
}

/* Where it is the only one, pages are ballooned until it is known. */
static void reach_later_balloons(void **state)
{
	arch_reach = later;
	boot_with(MIB(1024, 1026));
	asked = 0;
	take(1, pages);
	take(1, pages + 1);
	assert_true(is_ballooned(pages[0]) && is_ballooned(pages[1]));
	take(1, pages + 2);
	assert_false(is_ballooned(pages[2]));
	give(3, pages);
}

/* A large request grows the pool at once, no more than needed. */
static void large_request(void **state)
{
	const unsigned int nr = 3 * (SZ_128M >> PAGE_SHIFT) + 1;

	boot_with(MIB(1024, 2048));
	shim.remap = at_most_128m;
	take(nr, pages);
	assert_in_range(stats().pages, nr, 2 * nr);
	assert_true(stats().spans <= 4);
	give(nr, pages);
}

/* The first range is used up before the second, and so on. */
static void order_of_ranges(void **state)
{
	const unsigned int nr = 5 * STEP;

	boot_with(MIB(4096, 4106), MIB(1024, 1034), MIB(2048, 2058));
	take(nr, pages);
	assert_within(nr, 4096, 4106);
	take(nr, pages + nr);
	assert_within(2 * nr, 1024, 4106);
	take(nr, pages + 2 * nr);
	give(3 * nr, pages);
	assert_int_equal(stats().ballooned_ever, 0);
}

/* One request that no range can serve alone. */
static void across_ranges(void **state)
{
	boot_with(MIB(1024, 1026), MIB(2048, 2050), MIB(3072, 3078));
	take(4 * STEP + 1, pages);
	assert_int_equal(stats().pages, 5 * STEP);
	assert_int_equal(stats().ballooned, 0);
	give(4 * STEP + 1, pages);
}

/* Published layouts seen in the field: all but nothing is a whole section. */
static void leftovers(void **state)
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

		reboot(NULL);
		for (j = 0; j < 4 && layouts[i][j].end; j++)
			bytes += layouts[i][j].end + 1 - layouts[i][j].start;
		boot(j, layouts[i]);
		assert_int_equal(capacity(), min(bytes >> PAGE_SHIFT, MAX_PAGES));
	}
}

/* What is left between the parts that somebody else took is used as well. */
static void holes_of_2m(void **state)
{
	static const struct range busy[] = {
		MIB(1024, 1026), MIB(1028, 1031), MIB(1034, 1036), MIB(1038, 1055)
	};
	static struct resource taken[ARRAY_SIZE(busy)];
	struct xen_unpopulated_range each[16];
	unsigned int i;

	boot_with(MIB(1024, 1058));
	ranges(each);
	memset(taken, 0, sizeof(taken));
	for (i = 0; i < ARRAY_SIZE(busy); i++) {
		taken[i].start = busy[i].start;
		taken[i].end = busy[i].end;
		assert_int_equal(request_resource(each[0].space, &taken[i]), 0);
	}
	/* 1026-1028, 1032-1034, 1036-1038, 1056-1058 */
	assert_int_equal(capacity(), 4 * STEP);
	take(4 * STEP, pages);
	for (i = 0; i < 4 * STEP; i++) {
		unsigned int mib = PFN_PHYS(page_to_pfn(pages[i])) >> 20;

		assert_true(mib == 1026 || mib == 1027 || mib == 1032 || mib == 1033 ||
			    mib == 1036 || mib == 1037 || mib == 1056 || mib == 1057);
	}
	give(4 * STEP, pages);
}

/* Only what the linear map reaches. */
static void mappable(void **state)
{
	shim.mappable = (struct range)MIB(1024, 2052);
	boot_with(MIB(512, 1026), MIB(2046, 4096), MIB(5120, 5128), MIB(0, 256));
	assert_int_equal(capacity(), 4 * STEP);
	shim.balloon_max = 0;
	take(4 * STEP, pages);
	assert_within(4 * STEP, 1024, 2052);
	give(4 * STEP, pages);
}

/* Part of a range is taken when it is added: it is left out, the others are not. */
static void refused_when_added(void **state)
{
	struct xen_unpopulated_range each[16];
	long live;

	shim_reserve(1100 << 20, 1101 << 20, IORESOURCE_MEM);
	shim_reserve(2048ULL << 20, 2050ULL << 20, IORESOURCE_SYSTEM_RAM);
	boot_with(MIB(1024, 1152));
	assert_int_equal(stats().ranges, 0);
	assert_int_equal(shim.live, 0);

	assert_int_equal(xen_unpopulated_add_range(1024ULL << 20, (1100ULL << 20) - 1, NULL), 0);
	live = shim.live;
	/* twice, overlapping itself; RAM; end before start; beyond the resource */
	assert_int_equal(xen_unpopulated_add_range(1024ULL << 20, (1100ULL << 20) - 1, NULL), -EBUSY);
	assert_int_equal(xen_unpopulated_add_range(1022ULL << 20, (1026ULL << 20) - 1, NULL), -EBUSY);
	assert_int_equal(xen_unpopulated_add_range(2040ULL << 20, (2060ULL << 20) - 1, NULL), -EBUSY);
	assert_int_equal(xen_unpopulated_add_range(3000ULL << 20, (2998ULL << 20) - 1, NULL), -EBUSY);
	assert_int_equal(xen_unpopulated_add_range(PHYS_SPACE, PHYS_SPACE + SZ_2M - 1, NULL), -EBUSY);
	assert_int_equal(shim.live, live);
	assert_int_equal(ranges(each), 1);
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
static void refused_for_good(void **state)
{
	static const int errors[] = {
		-EEXIST, -EINVAL, -ENXIO, -E2BIG,
		-EBUSY,
	};
	struct xen_unpopulated_range each[16];
	unsigned int i, so_far;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		reboot(NULL);
		refuse_within((struct range)MIB(1024, 1152), errors[i]);
		boot_with(MIB(1024, 1152), MIB(2048, 2052));
		take(1, pages);
		assert_within(1, 2048, 2052);
		assert_true(shim_logged("refused"));
		ranges(each);
		assert_int_equal(each[0].refused, 128 << 20);
		assert_int_equal(each[0].taken, 0);
		assert_int_equal(each[0].error, 0);
		assert_int_equal(each[1].refused, 0);
		so_far = refusals;

		take(STEP, pages + 1);
		/* the last range is used up; still not retried, though it would do */
		shim.remap = NULL;
		take(STEP, pages + 1 + STEP);
		assert_int_equal(refusals, so_far);
		assert_int_equal(stats().in_use, 2 * STEP);
		assert_int_equal(stats().ballooned, 1);
		give(2 * STEP + 1, pages);
		check_counters();
	}
}

/* One part of a range is refused: it is left out, and nothing else is lost. */
static void refused_part(void **state)
{
	static const struct range parts[] = {
		MIB(1024, 1026), MIB(1090, 1092), MIB(1150, 1152), MIB(1540, 1549), MIB(1982, 1984),
	};
	struct xen_unpopulated_range each[16];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		unsigned long lost = DIV_ROUND_UP(parts[i].end + 1 - parts[i].start, SZ_2M);

		reboot(NULL);
		refuse_within(parts[i], -EEXIST);
		boot_with(MIB(1024, 1984));
		assert_int_equal(capacity(), 480 * STEP - lost * STEP);
		ranges(each);
		assert_int_equal(each[0].refused, lost * SZ_2M);
		assert_int_equal(each[0].error, 0);
		assert_int_equal(parts_refused(), lost);
		check_counters();
	}
}

/* A range that is refused everywhere is given up, and others take its place. */
static void refused_everywhere(void **state)
{
	struct xen_unpopulated_range each[16];
	unsigned int so_far;

	refuse_within((struct range)MIB(1024, 4096), -EINVAL);
	boot_with(MIB(1024, 4096), MIB(8192, 8196));
	take(1, pages);
	assert_within(1, 8192, 8196);
	ranges(each);
	assert_int_equal(each[0].error, -EINVAL);
	assert_in_range(refusals, 1, 300);
	so_far = refusals;
	take(2 * STEP, pages + 1);
	assert_int_equal(refusals, so_far);
	give(2 * STEP + 1, pages);
}

/* A refusal after the range was used: what is there keeps working. */
static void refused_later(void **state)
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
static void enomem_is_transient(void **state)
{
	struct xen_unpopulated_range each[16];
	int nth;

	/* the bitmap, the struct pages, the index */
	for (nth = 1; nth <= 4; nth++) {
		reboot(NULL);
		boot_with(MIB(1024, 1152));
		shim.fail_nth = nth;
		shim.fail_on = true;
		/* nothing to balloon either */
		assert_int_equal(try_take(1, pages), -ENOMEM);
		assert_true(shim.failed);
		shim.fail_nth = 0;
		shim.fail_on = false;
		ranges(each);
		assert_int_equal(each[0].error, 0);
		assert_int_equal(each[0].taken, 0);
		take(STEP, pages);
		assert_within(STEP, 1024, 1152);
		give(STEP, pages);
	}

	refuse_within((struct range)MIB(1024, 1152), -ENOMEM);
	take(STEP + 1, pages);
	assert_int_equal(stats().ballooned, 1);
	give(STEP + 1, pages);
	shim.remap = NULL;
	take(STEP + 1, pages);
	assert_int_equal(stats().ballooned, 0);
	give(STEP + 1, pages);
}

/* Frames that the pool failed to take are not the pool's, then or later. */
static void no_traces(void **state)
{
	unsigned long pfn = PHYS_PFN(SZ_1G);
	unsigned int nth, i;

	/* the bitmap, the resource, the struct pages, the index, in any order */
	for (nth = 1; nth <= 4; nth++) {
		reboot(NULL);
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
		assert_int_equal(stats().refused, STEP);
		give(1, pages);
		assert_int_equal(capacity(), STEP);
	}
}

static int anywhere(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

/* RAM in iomem_resource: memremap_pages() never sees it, or the shim ends the program. */
static void ram_is_never_mapped(void **state)
{
	shim_reserve(0, SZ_1G + SZ_2M, IORESOURCE_SYSTEM_RAM);
	shim_reserve(2 * SZ_1G, 4 * SZ_1G - SZ_2M, IORESOURCE_SYSTEM_RAM);
	shim.arch_init = anywhere;
	assert_int_equal(shim_initcall(), 0);
	assert_int_equal(capacity(), MAX_PAGES);
}

/*
 * One by one: a step takes less than a page of the memmap if pages are large,
 * and steps must fit into those pages. From an odd place on, too.
 */
static void one_by_one(void **state)
{
	static const struct range some[] = { MIB(1024, 2048), MIB(1030, 2048), MIB(1086, 2048) };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		reboot(NULL);
		boot(1, &some[i]);
		for (j = 0; j < 3000; j++)
			take(1, pages + j);
		assert_int_equal(stats().ballooned_ever, 0);
		give(3000, pages);
	}
}

static int no_memory(u64 start, u64 size)
{
	return -ENOMEM;
}

/*
 * No memory in the middle of a growth, with neighbours in use: what mm/ undoes
 * may not be theirs (the shim looks), and later the place is used.
 */
static void neighbours_keep_their_memmap(void **state)
{
	static const unsigned int sizes[] = { 1, STEP, SZ_128M >> PAGE_SHIFT };
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		reboot(NULL);
		boot_with(MIB(1030, 1500));
		for (nr = 0; nr < 50 * STEP; nr++) {
			if (stats().in_use == stats().pages) {
				shim.remap = no_memory;
				shim.balloon_max = 0;
				assert_int_equal(try_take(sizes[i], pages + nr), -ENOMEM);
				shim.remap = NULL;
			}
			take(1, pages + nr);
		}
		give(nr, pages);
		assert_int_equal(capacity(), 235 * STEP);
		assert_int_equal(parts_refused(), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		pool_test(first_step),
		pool_test(steps_get_larger),
		pool_test(reach),
		pool_test(reach_of_all),
		pool_test(reach_later),
		pool_test(reach_later_balloons),
		pool_test(large_request),
		pool_test(order_of_ranges),
		pool_test(across_ranges),
		pool_test(leftovers),
		pool_test(holes_of_2m),
		pool_test(mappable),
		pool_test(refused_when_added),
		pool_test(refused_for_good),
		pool_test(refused_part),
		pool_test(refused_everywhere),
		pool_test(refused_later),
		pool_test(enomem_is_transient),
		pool_test(no_traces),
		pool_test(ram_is_never_mapped),
		pool_test(one_by_one),
		pool_test(neighbours_keep_their_memmap),
	};

	return run_pool_tests(tests);
}
