// SPDX-License-Identifier: GPL-2.0
/* The kernel's files themselves, and what the tests need around them. */
#include "../../drivers/xen/unpopulated-spans.c"
#include "../../drivers/xen/unpopulated-growth.c"
#include "../../drivers/xen/unpopulated-ballooned.c"
#include "../../drivers/xen/unpopulated-seeding.c"
#include "../../drivers/xen/unpopulated-alloc.c"
#include "harness.h"

static unsigned char *held;
static const struct range *arch_ranges;
static unsigned int nr_arch_ranges;
int (*arch_reach)(const struct resource *space, u64 *bytes);

u64 seed;

int reboot(void **state)
{
	static struct {
		typeof(xen_spans) spans;
		typeof(growth) growth;
		typeof(ballooned) ballooned;
		typeof(seeding) seeding;
		typeof(refused) refused;
	} at_boot;
	static bool booted;

	if (!booted) {
		at_boot = (typeof(at_boot)){ xen_spans, growth, ballooned, seeding, refused };
		held = calloc(1, NR_FRAMES);
		booted = true;
	}
	xen_spans = at_boot.spans;
	growth = at_boot.growth;
	ballooned = at_boot.ballooned;
	seeding = at_boot.seeding;
	refused = at_boot.refused;
	xen_unpopulated_pages = 0;
	shim_reset();
	memset(held, 0, NR_FRAMES);
	seed = 1;
	arch_reach = NULL;
	return 0;
}

int all_returned(void **state)
{
	check_counters();
	return stats().in_use || stats().ballooned || memchr(held, 1, NR_FRAMES);
}

static int add_ranges(struct resource **res)
{
	unsigned int i;

	for (i = 0; i < nr_arch_ranges; i++)
		xen_unpopulated_add_range(arch_ranges[i].start, arch_ranges[i].end, arch_reach);
	return 0;
}

void boot(unsigned int n, const struct range *some)
{
	arch_ranges = some;
	nr_arch_ranges = n;
	shim.arch_init = add_ranges;
	assert_int_equal(shim_initcall(), 0);
}

int try_take(unsigned int nr, struct page **pages)
{
	int err = xen_alloc_unpopulated_pages(nr, pages);
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < nr; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		BUG_ON(pfn >= NR_FRAMES || shim_frame[pfn] == FRAME_NOTHING);
		BUG_ON(shim.pv && !is_ballooned(pages[i]) && !shim_has_p2m_entry(pages[i]));
		BUG_ON(__atomic_exchange_n(&held[pfn], 1, __ATOMIC_RELAXED));
	}
	return 0;
}

void take(unsigned int nr, struct page **pages)
{
	int err = try_take(nr, pages);

	BUG_ON(err);
}

void let_go(unsigned int nr, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		BUG_ON(!__atomic_exchange_n(&held[page_to_pfn(pages[i])], 0, __ATOMIC_RELAXED));
}

void give(unsigned int nr, struct page **pages)
{
	let_go(nr, pages);
	xen_free_unpopulated_pages(nr, pages);
}

unsigned long capacity(void)
{
	static struct page *pages[MAX_PAGES];
	long balloon_max = shim.balloon_max;
	unsigned long nr = 0;

	shim.balloon_max = 0;
	while (nr < MAX_PAGES && !try_take(1, pages + nr))
		nr++;
	give(nr, pages);
	shim.balloon_max = balloon_max;
	return nr;
}

struct xen_unpopulated_stats stats(void)
{
	struct xen_unpopulated_stats now;

	xen_unpopulated_get_stats(&now);
	return now;
}

struct copies {
	struct xen_unpopulated_range *to;
	unsigned int nr;
};

static void copy_range(void *context, const struct xen_unpopulated_range *range)
{
	struct copies *copies = context;

	BUG_ON(copies->nr == 16);
	copies->to[copies->nr++] = *range;
}

unsigned int ranges(struct xen_unpopulated_range *copy)
{
	struct copies copies = { copy, 0 };

	xen_unpopulated_each_range(copy_range, &copies);
	return copies.nr;
}

unsigned long parts_refused(void)
{
	struct xen_unpopulated_range each[16];
	unsigned int i, nr = ranges(each);
	unsigned long parts = 0;

	for (i = 0; i < nr; i++)
		parts += each[i].refused / each[i].step;
	return parts;
}

bool is_ballooned(struct page *page)
{
	return shim_frame[page_to_pfn(page)] == FRAME_BALLOONED;
}

void check_counters(void)
{
	struct xen_unpopulated_range each[16];
	unsigned int i, nr = ranges(each);
	struct xen_unpopulated_stats now = stats();
	unsigned long taken = 0;

	for (i = 0; i < nr; i++)
		taken += each[i].taken >> PAGE_SHIFT;
	assert_int_equal(now.ranges, nr);
	assert_int_equal(taken, shim.mapped);
	assert_true(now.pages >= taken);
	assert_true(now.in_use <= now.pages);
	assert_int_equal(now.ballooned, shim.ballooned);
	assert_true(now.ballooned <= now.ballooned_ever);
}

unsigned int rnd(unsigned int below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % below;
}

void shuffle(unsigned int nr, struct page **pages)
{
	unsigned int i, other;
	struct page *page;

	for (i = nr; i > 1; i--) {
		other = rnd(i);
		page = pages[i - 1];
		pages[i - 1] = pages[other];
		pages[other] = page;
	}
}
