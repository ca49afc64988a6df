// SPDX-License-Identifier: GPL-2.0
/* The kernel's files themselves, and what the tests need around them. */
#include "../../drivers/xen/unpopulated-spans.c"
#include "../../drivers/xen/unpopulated-growth.c"
#include "../../drivers/xen/unpopulated-ballooned.c"
#include "../../drivers/xen/unpopulated-seeding.c"
#include "../../drivers/xen/unpopulated-shrink.c"
#include "../../drivers/xen/unpopulated-alloc.c"
#include "../../drivers/xen/unpopulated-kept-apart.c"
#include "harness.h"

/* Of each frame that is held: when it was handed out, as the so many-th. */
static unsigned int *held;
/*
 * Written to by whoever has the page, and by no atomic operation: that this is over when
 * another one gets it is up to the pool, and ThreadSanitizer notices if it is not.
 */
static unsigned int *touched;
static unsigned int handed_out, nr_held;
static unsigned long refused_expected;
static const struct range *arch_ranges;
static unsigned int nr_arch_ranges;
int (*arch_reach)(const struct resource *space, u64 *bytes);

struct page *pages[MAX_PAGES + STEP];
u64 seed;

static int reboot(void **state)
{
	static struct {
		typeof(xen_spans) spans;
		typeof(growth) growth;
		typeof(ballooned) ballooned;
		typeof(seeding) seeding;
		typeof(refused) refused;
		typeof(waits) waits;
		struct xen_word *hints[SHIM_CPUS];
		typeof(kept) kept;
	} at_boot;
	static bool booted;

	if (!booted) {
		at_boot = (typeof(at_boot)){
			.spans = xen_spans, .growth = growth, .ballooned = ballooned,
			.seeding = seeding, .refused = refused, .waits = waits,
			.kept = kept
		};
		memcpy(at_boot.hints, xen_spans_hint, sizeof(xen_spans_hint));
		booted = true;
	}
	xen_spans = at_boot.spans;
	growth = at_boot.growth;
	ballooned = at_boot.ballooned;
	seeding = at_boot.seeding;
	refused = at_boot.refused;
	waits = at_boot.waits;
	memcpy(xen_spans_hint, at_boot.hints, sizeof(xen_spans_hint));
	memset(xen_spans_by_section, 0, sizeof(xen_spans_by_section));
	xen_spans_ceiling = false;
	kept = at_boot.kept;
	xen_unpopulated_pages = 0;
	shim_reset();
	held = shim_zeroes(held, NR_FRAMES * sizeof(*held));
	touched = shim_zeroes(touched, NR_FRAMES * sizeof(*touched));
	handed_out = 0;
	nr_held = 0;
	refused_expected = 0;
	seed = 1;
	arch_reach = NULL;
	return 0;
}

static int by_age(const void *a, const void *b)
{
	struct page *const *x = a, *const *y = b;
	unsigned int age_x = held[page_to_pfn(*x)], age_y = held[page_to_pfn(*y)];

	return age_x < age_y ? -1 : age_x > age_y;
}

void give_all(void)
{
	static struct page *all[NR_FRAMES];
	unsigned int nr = 0;
	unsigned long pfn;

	for (pfn = 0; nr < nr_held; pfn++)
		if (held[pfn])
			all[nr++] = pfn_to_page(pfn);
	qsort(all, nr, sizeof(*all), by_age);
	give(nr, all);
	check_counters();
	assert_out(0, 0);
}

static int all_returned(void **state)
{
	give_all();
	assert_int_equal(stats().refused, refused_expected);
	return 0;
}

void restart(void)
{
	all_returned(NULL);
	reboot(NULL);
}

static int add_ranges(struct resource **res)
{
	unsigned int i;

	for (i = 0; i < nr_arch_ranges; i++)
		xen_unpopulated_add_range(arch_ranges[i].start, arch_ranges[i].end, arch_reach);
	return 0;
}

int anywhere(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

void boot_by(int (*arch_init)(struct resource **res))
{
	shim.arch_init = arch_init;
	assert_int_equal(shim_initcall(), 0);
}

void boot(unsigned int n, const struct range *some)
{
	arch_ranges = some;
	nr_arch_ranges = n;
	boot_by(add_ranges);
}

/* They were handed out: fit for use, and nobody else's. */
static void hold(unsigned int nr, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		BUG_ON(pfn >= NR_FRAMES || shim_frame[pfn] == FRAME_NOTHING);
		BUG_ON(shim_mapped[pfn]);
		BUG_ON(shim.pv && !is_ballooned(pages[i]) && !shim_has_p2m_entry(pages[i]));
		BUG_ON(__atomic_exchange_n(&held[pfn],
					   __atomic_add_fetch(&handed_out, 1, __ATOMIC_RELAXED),
					   __ATOMIC_RELAXED));
		touched[pfn]++;
	}
	__atomic_add_fetch(&nr_held, nr, __ATOMIC_RELAXED);
}

int try_take(unsigned int nr, struct page **pages)
{
	int err = xen_alloc_unpopulated_pages(nr, pages);

	if (!err)
		hold(nr, pages);
	return err;
}

void take(unsigned int nr, struct page **pages)
{
	int err = try_take(nr, pages);

	BUG_ON(err);
}

void let_go(unsigned int nr, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		BUG_ON(!__atomic_exchange_n(&held[pfn], 0, __ATOMIC_RELAXED) ||
		       shim_frame[pfn] == FRAME_NOTHING);
		touched[pfn]++;
	}
	__atomic_sub_fetch(&nr_held, nr, __ATOMIC_RELAXED);
}

void give(unsigned int nr, struct page **pages)
{
	let_go(nr, pages);
	xen_free_unpopulated_pages(nr, pages);
}

unsigned int exchange(unsigned int nr, struct page **pages)
{
	let_go(nr, pages);
	nr = xen_exchange_unpopulated_pages(nr, pages);
	hold(nr, pages);
	return nr;
}

void list_run(unsigned int nr, struct page **pages, struct page *first)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pages[i] = first + i;
}

struct page *try_take_run(unsigned int nr, unsigned int align)
{
	struct page *first = xen_alloc_unpopulated_contiguous(nr, align);
	unsigned int i;

	if (IS_ERR(first))
		return first;
	BUG_ON(page_to_pfn(first) % align);
	BUG_ON(shim_pgmap[page_to_pfn(first)] != shim_pgmap[page_to_pfn(first + nr - 1)]);
	for (i = 0; i < nr; i++) {
		struct page *page = first + i;

		BUG_ON(is_ballooned(page));
		hold(1, &page);
	}
	return first;
}

void give_run(struct page *first, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct page *page = first + i;

		let_go(1, &page);
	}
	xen_free_unpopulated_contiguous(first, nr);
}

void take_and_give(unsigned int nr)
{
	take(nr, pages);
	give(nr, pages);
}

unsigned long capacity(void)
{
	static struct page *most[MAX_PAGES];
	long balloon_max = shim.balloon_max;
	unsigned long nr = 0;

	shim.balloon_max = 0;
	while (nr < MAX_PAGES && !try_take(1, most + nr))
		nr++;
	give(nr, most);
	shim.balloon_max = balloon_max;
	return nr;
}

struct xen_unpopulated_stats stats(void)
{
	struct xen_unpopulated_stats now;

	xen_unpopulated_get_stats(&now);
	return now;
}

static void copy_range(void *context, const struct xen_unpopulated_range *range)
{
	struct ranges *all = context;

	BUG_ON(all->nr == ARRAY_SIZE(all->each));
	all->each[all->nr++] = *range;
}

struct ranges ranges(void)
{
	struct ranges all = { 0 };

	xen_unpopulated_each_range(copy_range, &all);
	return all;
}

bool is_ballooned(struct page *page)
{
	return shim_frame[page_to_pfn(page)] == FRAME_BALLOONED;
}

void assert_within(unsigned int nr, u64 start, u64 end)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		assert_in_range(PFN_PHYS(page_to_pfn(pages[i])), start << 20, (end << 20) - 1);
}

void check_counters(void)
{
	struct ranges all = ranges();
	struct xen_unpopulated_stats now = stats();
	unsigned long taken = 0;
	unsigned int i;

	for (i = 0; i < all.nr; i++)
		taken += all.each[i].taken >> PAGE_SHIFT;
	assert_int_equal(now.ranges, all.nr);
	assert_int_equal(taken, shim.mapped);
	assert_true(now.pages >= taken);
	assert_true(now.in_use <= now.pages);
	assert_int_equal(now.ballooned, shim.ballooned);
	assert_true(now.ballooned <= now.ballooned_ever);
}

void expect_refused(unsigned long nr)
{
	assert_int_equal(stats().refused, nr);
	refused_expected = nr;
}

unsigned int rnd_r(u64 *state, unsigned int below)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 33) % below;
}

unsigned int rnd(unsigned int below)
{
	return rnd_r(&seed, below);
}

void shuffle(unsigned int nr, struct page **pages)
{
	unsigned int i, other;

	for (i = nr; i > 1; i--) {
		other = rnd(i);
		swap(pages[i - 1], pages[other]);
	}
}

void give_in_groups(unsigned int nr, unsigned int most)
{
	unsigned int i, n;

	for (i = 0; i < nr; i += n) {
		n = min(nr - i, 1 + rnd(most));
		give(n, pages + i);
		check_counters();
	}
	assert_out(0, 0);
}

static struct CMUnitTest tests[32];

void add_test(const char *name, void (*fn)(void **state), const void *what)
{
	static unsigned int nr;

	BUG_ON(nr == ARRAY_SIZE(tests));
	tests[nr++] = (struct CMUnitTest){ name, fn, reboot, all_returned, (void *)what };
}

int main(void)
{
	speak_tap();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
