// SPDX-License-Identifier: GPL-2.0
/*
 * Spans come and do not go; pages out are kept below the ceiling. See
 * unpopulated-spans.h.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sched.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

static struct xen_span no_span;

struct xen_spans xen_spans = {
	.lock = __SPIN_LOCK_UNLOCKED(xen_spans.lock),
	.free = LIST_HEAD_INIT(xen_spans.free),
	.max = LONG_MAX,
	.of_pfn = XARRAY_INIT(xen_spans.of_pfn, 0),
	.recent = &no_span,
};

static unsigned long nr_free(void)
{
	return xen_spans.credit + xen_spans.withheld;
}

/* How many more pages may be out, below 0 if the ceiling was lowered. */
static long below_ceiling(void)
{
	return xen_spans.max - (xen_spans.pages - nr_free() + xen_spans.ballooned);
}

/* After so many free pages were added, or anything else became different. */
static void recount(unsigned long added)
{
	unsigned long free = nr_free() + added;

	xen_spans.pages += added;
	xen_spans.credit = free;
	xen_spans.withheld = 0;
	xen_spans.credit = min_t(long, free, below_ceiling());
	xen_spans.withheld = free - xen_spans.credit;
}

static int index_span(struct xen_span *span, struct xen_span *entry)
{
	unsigned long pfn = page_to_pfn(span->first);

	return xa_err(xa_store_range(&xen_spans.of_pfn, pfn, pfn + span->nr - 1, entry,
				     GFP_KERNEL));
}

/**
 * xen_span_init() - make a span, and let its pages be found
 * @span: zeroed, with room for a bit for each page in its words
 * @first: its first page; the struct pages may come later
 * @nr: pages, at least one
 *
 * None of them is handed out yet. May sleep.
 *
 * Return: 0, or -ENOMEM.
 */
int xen_span_init(struct xen_span *span, struct page *first, unsigned int nr)
{
	unsigned int i, nr_words = BITS_TO_LONGS(nr);
	int err;

	span->first = first;
	span->nr = nr;
	span->some_free = span->words;
	for (i = 0; i < nr_words; i++) {
		span->words[i].free = ~0UL;
		span->words[i].next = &span->words[i + 1];
	}
	span->words[nr_words - 1].free = BITMAP_LAST_WORD_MASK(nr);
	span->words[nr_words - 1].next = NULL;

	err = index_span(span, span);
	if (err)
		xen_span_forget(span);
	return err;
}

/**
 * xen_span_forget() - undo xen_span_init()
 * @span: not published
 *
 * May sleep.
 */
void xen_span_forget(struct xen_span *span)
{
	index_span(span, NULL);
	/* It got there if somebody freed a page that was never handed out. */
	if (xen_spans.recent == span)
		xen_spans.recent = &no_span;
}

/**
 * xen_span_publish() - make a span's pages available, all of them free
 * @span: to stay for good
 *
 * Any context that may take a spinlock.
 */
void xen_span_publish(struct xen_span *span)
{
	spin_lock(&xen_spans.lock);
	list_add_tail(&span->free_node, &xen_spans.free);
	xen_spans.nr++;
	recount(span->nr);
	spin_unlock(&xen_spans.lock);
}

/**
 * xen_spans_exchange() - give back pages, and take as many in their place
 * @nr: how many
 * @pages: they are replaced; those that are not the pool's, or free, stay and come first
 *
 * Nobody else can take them meanwhile. Any context that may take a spinlock.
 */
void xen_spans_exchange(unsigned int nr, struct page **pages)
{
	struct page **end = pages + nr, **p, **run_end, *page;
	struct xen_span *span;

	spin_lock(&xen_spans.lock);
	for (p = pages; p < end; p++)
		if (!find_span(*p, &span) || !give_page(span, *p))
			*pages++ = *p;

	xen_spans.credit -= end - pages;
	while (pages < end) {
		run_end = pages + take_run(end - pages, &page);
		while (pages < run_end)
			*pages++ = page++;
	}
	spin_unlock(&xen_spans.lock);
}

/**
 * xen_spans_add_ballooned() - account for ballooned pages
 * @nr: how many more are out, or, below 0, fewer
 *
 * Any context that may take a spinlock.
 */
void xen_spans_add_ballooned(long nr)
{
	spin_lock(&xen_spans.lock);
	xen_spans.ballooned += nr;
	if (nr > 0)
		xen_spans.ballooned_ever += nr;
	recount(0);
	spin_unlock(&xen_spans.lock);
}

/**
 * xen_spans_lack() - what is missing to serve a request
 * @nr: how many pages it asks for
 *
 * Any context that may take a spinlock.
 *
 * Return: how many more pages have to be free, 0 if none; or -ENOMEM, with a
 * message, if the ceiling is in its way.
 */
long xen_spans_lack(unsigned int nr)
{
	unsigned long free, max;
	long room;

	spin_lock(&xen_spans.lock);
	free = nr_free();
	room = below_ceiling();
	max = xen_spans.max;
	spin_unlock(&xen_spans.lock);

	if (room < (long)nr) {
		pr_warn_ratelimited("%s[%d] asks for %u pages and %ld more may be out: xen_unpopulated.max_pages=%lu\n",
				    current->comm, current->pid, nr, max(room, 0L), max);
		return -ENOMEM;
	}
	return nr > free ? nr - free : 0;
}

/**
 * xen_unpopulated_set_max() - set the ceiling on pages that are out
 * @max: of the pool and ballooned together, at most LONG_MAX
 *
 * Pages that are out already stay so. Any context that may take a spinlock.
 */
void xen_unpopulated_set_max(unsigned long max)
{
	spin_lock(&xen_spans.lock);
	xen_spans.max = max;
	recount(0);
	spin_unlock(&xen_spans.lock);
}

/**
 * xen_spans_get_stats() - this part's share in the pool's counters
 * @stats: where to, all of the same moment
 *
 * Any context that may take a spinlock.
 */
void xen_spans_get_stats(struct xen_unpopulated_stats *stats)
{
	spin_lock(&xen_spans.lock);
	stats->spans = xen_spans.nr;
	stats->pages = xen_spans.pages;
	stats->in_use = xen_spans.pages - nr_free();
	stats->ballooned = xen_spans.ballooned;
	stats->ballooned_ever = xen_spans.ballooned_ever;
	stats->max = xen_spans.max;
	spin_unlock(&xen_spans.lock);
}
