// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of unpopulated pages: guest frames with nothing behind them, and a
 * struct page each, for mapping grants and other domains' memory. This is its
 * interface; unpopulated-pool.h says what its parts are.
 *
 * An allocation takes runs of free pages from the spans. If there are too few, it
 * gives back what it has, the pool grows, and what is still missing is ballooned.
 * Each page is looked up when it is freed, so mixing is no concern of the callers.
 *
 * xen_growth_lock is held by whoever finds too few pages, until that is settled one
 * way or the other: the next in line looks again. Nobody waits for whom there are
 * enough.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include <xen/features.h>
#include <xen/page.h>
#include <xen/unpopulated.h>
#include <xen/xen.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

#define CREATE_TRACE_POINTS
#include <trace/events/xen_unpopulated.h>

/* Of requests that had to wait; for debugfs only. Protected by xen_growth_lock. */
static struct {
	unsigned long nr;
	unsigned long longest;	/* us */
} waits;

/* Pages to subtract from the memory count when setting balloon target. */
unsigned long xen_unpopulated_pages __initdata;

/* PV: a page that is handed out has an entry in the p2m. */
static bool have_p2m_entries(void)
{
	return IS_ENABLED(CONFIG_XEN_HAVE_PVMMU) && !xen_feature(XENFEAT_auto_translated_physmap);
}

/* Is there more to a page than being free? */
static bool needs_more(void)
{
	return have_p2m_entries() || xen_debugging();
}

static int alloc_p2m_entries(unsigned int nr, struct page **pages)
{
#ifdef CONFIG_XEN_HAVE_PVMMU
	unsigned int i;
	int err;

	if (!have_p2m_entries())
		return 0;
	for (i = 0; i < nr; i++) {
		err = xen_alloc_p2m_entry(page_to_pfn(pages[i]));
		if (err < 0)
			return err;
	}
#endif
	return 0;
}

/* Serve a request by ballooning what the pool lacks; xen_growth_lock is held. */
static int take_and_balloon(unsigned int nr, struct page **pages)
{
	unsigned int from_pool = nr;
	long lack;
	int err;

	/* The pool's pages come last, and again if somebody was faster. */
	do {
		lack = xen_spans_lack(from_pool);
		err = lack < 0 ? lack : xen_ballooned_alloc(lack, pages + from_pool - lack);
		if (err) {
			xen_ballooned_free(nr - from_pool, pages + from_pool);
			return err;
		}
		from_pool -= lack;
	} while (from_pool && !xen_spans_take(from_pool, pages));
	return 0;
}

/*
 * Serve a request by growing, or else by ballooning; xen_growth_lock is held.
 *
 * Who asks for more than there is holds some pages until that is found out. No other
 * request fails for that: a grace period later they were put back.
 */
static int take_and_grow(unsigned int nr, struct page **pages)
{
	bool waited = false;
	long lack;
	int err;

	/* First look again: somebody else may have grown the pool meanwhile. */
	while (!xen_spans_take(nr, pages)) {
		lack = xen_spans_lack(nr);
		if (lack < 0 && waited)
			return lack;
		if (lack <= 0) {
			synchronize_rcu();
			waited = true;
		} else if (fatal_signal_pending(current)) {
			return -EINTR;
		} else if (xen_growth_add_part(lack, 1)) {
			err = take_and_balloon(nr, pages);
			if (!err || waited)
				return err;
			synchronize_rcu();
			return xen_spans_take(nr, pages) ? 0 : err;
		}
	}
	return 0;
}

/* xen_growth_lock is held. */
static void count_wait(ktime_t start)
{
	unsigned long us = ktime_us_delta(ktime_get(), start);

	WRITE_ONCE(waits.nr, waits.nr + 1);
	WRITE_ONCE(waits.longest, max(waits.longest, us));
}

/* An allocation that finds too few free pages. */
static noinline int alloc_slowly(unsigned int nr, struct page **pages)
{
	ktime_t start = ktime_get();
	long room;
	int err;

	mutex_lock(&xen_growth_lock);
	err = take_and_grow(nr, pages);
	room = err ? xen_spans_room() : 0;
	count_wait(start);
	mutex_unlock(&xen_growth_lock);

	if (!err || err == -EINTR)
		return err;
	if (room < nr)
		pr_warn_ratelimited("%s[%d] asks for %u pages and %ld more may be out: xen_unpopulated.max_pages=%lu\n",
				    current->comm, current->pid, nr, room,
				    READ_ONCE(xen_spans.max));
	else
		pr_warn_ratelimited("%s[%d] asks for %u pages, no space is left and ballooning failed (%d)\n",
				    current->comm, current->pid, nr, err);
	return err;
}

/* For the debug option: others in place of pages that Xen still has mapped. */
static noinline int replace_mapped(unsigned int nr, struct page **pages)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		while (xen_kept_apart_if_mapped(pages[i])) {
			err = alloc_slowly(1, pages + i);
			if (!err)
				continue;
			xen_free_unpopulated_pages(i, pages);
			xen_free_unpopulated_pages(nr - i - 1, pages + i + 1);
			return err;
		}
	}
	return 0;
}

static __always_inline int take_or_wait(unsigned int nr, struct page **pages)
{
	int err;

	if (unlikely(nr && !xen_spans_take(nr, pages))) {
		err = alloc_slowly(nr, pages);
		if (err)
			return err;
	}

	if (xen_debugging()) {
		err = replace_mapped(nr, pages);
		if (err)
			return err;
	}

	err = alloc_p2m_entries(nr, pages);
	if (unlikely(err))
		xen_free_unpopulated_pages(nr, pages);
	return err;
}

/* What is not the most common request, or cannot be served at once. */
static noinline int alloc_batch(unsigned int nr, struct page **pages)
{
	int err = take_or_wait(nr, pages);

	trace_xen_unpopulated_alloc(nr, pages, err);
	return err;
}

/**
 * xen_alloc_unpopulated_pages() - get pages to map other domains' memory on
 * @nr_pages: how many, in units of PAGE_SIZE
 * @pages: where to put them
 *
 * All or none. What the pool cannot provide, even by growing, is ballooned out
 * of this domain's RAM. May sleep.
 *
 * Return: 0; -ENOMEM if more pages than xen_unpopulated.max_pages would be out;
 * -EINTR if the task is being killed and would have to wait; or -ENOMEM or another
 * error if there is neither space nor RAM.
 */
int xen_alloc_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	/* No more than this, so that it needs no registers but those of a call. */
	if (nr_pages == 1 && !needs_more() && !trace_xen_unpopulated_alloc_enabled() &&
	    xen_spans_take_page(pages))
		return 0;
	return alloc_batch(nr_pages, pages);
}
EXPORT_SYMBOL(xen_alloc_unpopulated_pages);

/*
 * Leading pages, of which the first is of no span: ballooned, seeds, or a mistake
 * of the caller's. Returns how many were dealt with.
 */
static noinline unsigned int free_others(unsigned int nr, struct page **pages)
{
	unsigned int n = xen_ballooned_free(nr, pages);

	if (n)
		return n;
	if (xen_seeding_add(pages[0]))
		return 1;

	xen_spans_refuse_page(pages[0]);
	return 1;
}

static noinline void free_batch(unsigned int nr, struct page **pages)
{
	unsigned int n;

	trace_xen_unpopulated_free(nr, pages);
	for (;;) {
		n = xen_spans_give(nr, pages);
		if (likely(n == nr))
			return;
		n += free_others(nr - n, pages + n);
		nr -= n;
		pages += n;
	}
}

/**
 * xen_free_unpopulated_pages() - return pages, each to where it came from
 * @nr_pages: how many
 * @pages: from xen_alloc_unpopulated_pages(), in any order and grouping; nothing
 *	is mapped on them any more
 *
 * A page that is not in use is refused with a warning. May sleep.
 */
void xen_free_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	if (nr_pages != 1 || trace_xen_unpopulated_free_enabled() ||
	    !xen_spans_give_page(pages[0]))
		free_batch(nr_pages, pages);
}
EXPORT_SYMBOL(xen_free_unpopulated_pages);

/* Take a run, or have the pool grow by one; xen_growth_lock is held. */
static int grow_contiguous(unsigned int nr, unsigned int align, struct page **first)
{
	unsigned int least = min_t(unsigned long, nr + align - 1, XEN_RUN_MAX);
	int err = 0;

	while (!err && !xen_spans_take_contiguous(nr, align, first)) {
		if (xen_spans_room() < nr)
			return -ENOMEM;
		if (fatal_signal_pending(current))
			return -EINTR;
		err = xen_growth_add_part(least, least);
	}
	return err;
}

static int take_contiguous(unsigned int nr, unsigned int align, struct page **first)
{
	ktime_t start;
	int err;

	if (xen_spans_take_contiguous(nr, align, first))
		return 0;
	start = ktime_get();
	mutex_lock(&xen_growth_lock);
	err = grow_contiguous(nr, align, first);
	count_wait(start);
	mutex_unlock(&xen_growth_lock);
	return err;
}

/* For the debug option: does Xen have none of these mapped? Otherwise none is kept. */
static bool is_unmapped_run(unsigned int nr, struct page *first)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (xen_kept_apart_if_mapped(first + i)) {
			xen_free_unpopulated_contiguous(first, i);
			xen_free_unpopulated_contiguous(first + i + 1, nr - i - 1);
			return false;
		}
	}
	return true;
}

/**
 * xen_alloc_unpopulated_contiguous() - get pages that follow one another
 * @nr_pages: how many, in units of PAGE_SIZE, at least one
 * @align: the first frame is to be a multiple of this, pages, a power of 2
 *
 * As guest frames and in the linear map, that is, and with one pagemap; other domains'
 * pages behind them do not for that. Nothing is ballooned: who can do without a run does so
 * then. May sleep.
 *
 * Return: the first page; or an error: -EINVAL; -EOPNOTSUPP in a PV domain, in which
 * frames do not say anything; -ENOMEM or -ENOSPC if there is no such run; -EINTR if the
 * pool would have to grow and the task is being killed.
 */
struct page *xen_alloc_unpopulated_contiguous(unsigned int nr_pages, unsigned int align)
{
	struct page *first;
	int err;

	if (!nr_pages || !is_power_of_2(align))
		return ERR_PTR(-EINVAL);
	if (have_p2m_entries())
		return ERR_PTR(-EOPNOTSUPP);
	if (max(nr_pages, align) > XEN_RUN_MAX)
		return ERR_PTR(-ENOSPC);
	do {
		err = take_contiguous(nr_pages, align, &first);
	} while (!err && xen_debugging() && !is_unmapped_run(nr_pages, first));
	trace_xen_unpopulated_alloc(nr_pages, &first, err);
	return err ? ERR_PTR(err) : first;
}
EXPORT_SYMBOL_GPL(xen_alloc_unpopulated_contiguous);

/**
 * xen_free_unpopulated_contiguous() - return pages that follow one another
 * @first: the first of them, all from whatever function here; nothing is mapped on them
 * @nr_pages: how many
 *
 * What is left of a run after others of its pages were freed, too. May sleep.
 */
void xen_free_unpopulated_contiguous(struct page *first, unsigned int nr_pages)
{
	struct page *pages[BITS_PER_LONG];
	unsigned int i, n;

	for (; nr_pages; nr_pages -= n, first += n) {
		n = min_t(unsigned int, nr_pages, ARRAY_SIZE(pages));
		for (i = 0; i < n; i++)
			pages[i] = first + i;
		xen_free_unpopulated_pages(n, pages);
	}
}
EXPORT_SYMBOL_GPL(xen_free_unpopulated_contiguous);

/**
 * xen_exchange_unpopulated_pages() - have pages replaced by neighbours
 * @nr_pages: how many
 * @pages: from xen_alloc_unpopulated_pages(); nothing is mapped on them
 *
 * For those who keep pages for later and get them back in any order: as many again, of
 * which those that follow one another come together. Ballooned pages stay as they are,
 * and come first. All stay where there is more to a page than its frame (PV), where
 * each is looked at before it is handed out, while any has a grant that could not be
 * unmapped, and while the ceiling is in sight. Any context.
 *
 * Return: how many there are now: fewer than @nr_pages if others took the last ones of
 * the pool meanwhile.
 */
unsigned int xen_exchange_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	if (needs_more() || !xen_kept_apart_none())
		return nr_pages;
	return xen_spans_exchange(nr_pages, pages);
}
EXPORT_SYMBOL_GPL(xen_exchange_unpopulated_pages);

/*
 * Where the architecture has nothing to say: x86 in kernels that know of no
 * function of its own.
 */
int __weak __init arch_xen_unpopulated_init(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

/**
 * xen_unpopulated_set_max() - set the ceiling on pages that are out
 * @max: of the pool and ballooned together, at most LONG_MAX
 *
 * Pages that are out already stay so. May sleep.
 */
void xen_unpopulated_set_max(unsigned long max)
{
	mutex_lock(&xen_growth_lock);
	xen_spans_set_max(max);
	xen_growth_set_low();
	mutex_unlock(&xen_growth_lock);
	if (max < READ_ONCE(xen_spans.pages))
		xen_shrink_below_ceiling();
}

/**
 * xen_unpopulated_get_stats() - read the pool's counters
 * @stats: where to
 *
 * Any context that may take a spinlock.
 */
void xen_unpopulated_get_stats(struct xen_unpopulated_stats *stats)
{
	xen_spans_get_stats(stats);
	xen_growth_get_stats(stats);
	stats->waits = READ_ONCE(waits.nr);
	stats->longest_wait = READ_ONCE(waits.longest);
	xen_kept_apart_get_stats(stats);
}

/* As many pages as have their struct pages in 3 % of the domain's RAM. */
static unsigned long __init default_max(void)
{
	return totalram_pages() * 3 / 100 * (PAGE_SIZE / sizeof(struct page));
}

static int __init unpopulated_init(void)
{
	struct resource *anywhere = NULL;
	int err;

	if (!xen_domain())
		return -ENODEV;

	if (READ_ONCE(xen_spans.max) == LONG_MAX)
		xen_unpopulated_set_max(default_max());
	xen_seeding_begin();
	err = arch_xen_unpopulated_init(&anywhere);
	xen_seeding_end();

	/*
	 * Space that nobody vouched for is taken by whole sections: a smaller
	 * hole in iomem is often one that firmware did not mention.
	 */
	if (!err && anywhere)
		err = xen_growth_add_range(anywhere, PFN_PHYS(PAGES_PER_SECTION), NULL);
	if (err)
		pr_err("error %d in the set-up, what the pool lacks will be ballooned\n", err);
	return err;
}
early_initcall(unpopulated_init);
