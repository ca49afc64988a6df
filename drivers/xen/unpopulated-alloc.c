// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of unpopulated pages: guest frames with nothing behind them, and a
 * struct page each, for mapping grants and other domains' memory. This is its
 * interface; unpopulated-pool.h says what its parts are.
 *
 * An allocation takes runs of free pages from the spans, if it has the credit for
 * all. If not, the pool grows by more spans, and what is still missing is
 * ballooned. Each page is looked up when it is freed, so mixing is no concern of
 * the callers.
 *
 * xen_growth_lock is held by whoever finds the credit too small, until that is
 * settled one way or the other: the next in line looks at the credit again.
 * Nobody whom it suffices waits.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>

#include <xen/features.h>
#include <xen/page.h>
#include <xen/unpopulated.h>
#include <xen/xen.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

/* Pages that were freed though no caller held them; for debugfs only. */
static atomic_long_t refused;

/* Pages to subtract from the memory count when setting balloon target. */
unsigned long xen_unpopulated_pages __initdata;

static int alloc_p2m_entries(unsigned int nr, struct page **pages)
{
#ifdef CONFIG_XEN_HAVE_PVMMU
	unsigned int i;
	int err;

	if (xen_feature(XENFEAT_auto_translated_physmap))
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
			if (lack > 0)
				pr_warn_ratelimited("%s[%d] asks for %u pages, no space is left and ballooning failed (%d)\n",
						    current->comm, current->pid, nr, err);
			return err;
		}
		from_pool -= lack;
	} while (from_pool && !xen_spans_take(from_pool, pages));
	return 0;
}

/* An allocation that the credit is too small for. */
static noinline int alloc_slowly(unsigned int nr, struct page **pages)
{
	long lack;
	int err = 0;

	mutex_lock(&xen_growth_lock);
	/* First look again: somebody else may have grown the pool meanwhile. */
	while (!xen_spans_take(nr, pages)) {
		lack = xen_spans_lack(nr);
		if (lack < 0)
			err = lack;
		else if (fatal_signal_pending(current))
			err = -EINTR;
		else if (lack && xen_growth_add_span(lack))
			err = take_and_balloon(nr, pages);
		else
			continue;
		break;
	}
	mutex_unlock(&xen_growth_lock);
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
	bool taken;
	int err;

	/* The most common request, without the loops. */
	if (nr_pages <= 1)
		taken = !nr_pages || xen_spans_take_page(pages);
	else
		taken = xen_spans_take(nr_pages, pages);
	if (unlikely(!taken)) {
		err = alloc_slowly(nr_pages, pages);
		if (err)
			return err;
	}

	if (xen_debugging()) {
		err = replace_mapped(nr_pages, pages);
		if (err)
			return err;
	}

	err = alloc_p2m_entries(nr_pages, pages);
	if (unlikely(err))
		xen_free_unpopulated_pages(nr_pages, pages);
	return err;
}
EXPORT_SYMBOL(xen_alloc_unpopulated_pages);

/*
 * Leading pages that the pool's spans do not have in use: ballooned, seeds, or
 * a mistake of the caller's. Returns how many were dealt with.
 */
static noinline unsigned int free_others(unsigned int nr, struct page **pages)
{
	unsigned int n = xen_ballooned_free(nr, pages);

	if (n)
		return n;
	if (xen_seeding_add(pages[0]))
		return 1;

	atomic_long_inc(&refused);
	pr_warn_ratelimited("frame %#lx is freed by %s[%d], but it is not in use\n",
			    page_to_pfn(pages[0]), current->comm, current->pid);
	return 1;
}

/* The rest of a batch, after its first run. */
static noinline void free_runs(unsigned int nr, struct page **pages)
{
	unsigned int n;

	for (; nr; nr -= n, pages += n) {
		/* It may not be the order in which they were handed out. */
		if (nr > 1 && pages[1] == pages[0] + 1)
			n = xen_spans_give_run(nr, pages);
		else
			n = xen_spans_give_page(pages[0]);
		if (unlikely(!n))
			n = free_others(nr, pages);
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
	unsigned int n;

	/* The most common request, without the loops. */
	if (nr_pages <= 1) {
		if (nr_pages && unlikely(!xen_spans_give_page(pages[0])))
			free_others(1, pages);
		return;
	}

	n = xen_spans_give_run(nr_pages, pages);
	if (unlikely(n < nr_pages))
		free_runs(nr_pages - n, pages + n);
}
EXPORT_SYMBOL(xen_free_unpopulated_pages);

/**
 * xen_exchange_unpopulated_pages() - have pages replaced by neighbours
 * @nr_pages: how many
 * @pages: from xen_alloc_unpopulated_pages(); nothing is mapped on them
 *
 * For those who keep pages for later and get them back in any order: as many again, of
 * which those that follow one another come together. Cannot fail. Ballooned pages stay
 * as they are, and come first. All stay where there is more to a page than its frame
 * (PV), where each is looked at before it is handed out, and while any has a grant that
 * could not be unmapped. Any context that may take a spinlock, with interrupts on.
 */
void xen_exchange_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	if (xen_feature(XENFEAT_auto_translated_physmap) && !xen_debugging() &&
	    xen_kept_apart_none())
		xen_spans_exchange(nr_pages, pages);
}
EXPORT_SYMBOL_GPL(xen_exchange_unpopulated_pages);

/**
 * is_xen_unpopulated_page() - does a page belong to the pool?
 * @page: any struct page
 *
 * Ballooned pages do not, though the same functions hand them out. Any context.
 *
 * Return: true if it does, in use or not.
 */
bool is_xen_unpopulated_page(struct page *page)
{
	return xen_span_of(page);
}
EXPORT_SYMBOL_GPL(is_xen_unpopulated_page);

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
 * xen_unpopulated_get_stats() - read the pool's counters
 * @stats: where to
 *
 * Any context that may take a spinlock.
 */
void xen_unpopulated_get_stats(struct xen_unpopulated_stats *stats)
{
	xen_spans_get_stats(stats);
	stats->ranges = xen_growth_nr_ranges();
	stats->refused = atomic_long_read(&refused);
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

	if (xen_spans.max == LONG_MAX)
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
