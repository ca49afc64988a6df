/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spans: the pages of the pool, which of them are free, and how many may be out.
 *
 * span: contiguous pages and a bitmap that says which of them are free.
 * credit: how many pages may be handed out at once, that is the free ones, as
 *	far as the ceiling on pages out allows. Ballooned pages count for that.
 *
 * Pages are taken off the credit before any is taken, so a request that cannot be
 * served holds nothing. Each page is looked up when it is given back.
 *
 * Taking pages and giving them back is the fast path of unpopulated-alloc.c, and
 * inline for that; the rest is in unpopulated-spans.c.
 */
#ifndef _XEN_UNPOPULATED_SPANS_H
#define _XEN_UNPOPULATED_SPANS_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct xen_unpopulated_stats;

/*
 * What one growth may cost. Not below the section that is the step where the
 * pool finds space itself.
 */
#define XEN_SPAN_MAX_BYTES	SZ_128M

/**
 * struct xen_span_word - a word of a span's bitmap
 * @free: a bit for each page, set if that is free
 * @next: if one is, the next word of which that is true, or NULL
 */
struct xen_span_word {
	unsigned long free;
	struct xen_span_word *next;
};

/**
 * struct xen_span - contiguous pages of the pool
 * @free_node: in xen_spans.free, or empty once it was seen that no page is free
 * @first: its first page
 * @nr: pages
 * @some_free: the first of the words that have a bit set, or NULL
 * @words: the bitmap
 */
struct xen_span {
	struct list_head free_node;
	struct page *first;
	unsigned int nr;
	struct xen_span_word *some_free;
	struct xen_span_word words[];
};

/**
 * struct xen_spans - all spans, and the account of what is out
 * @lock: protects the members up to @ballooned_ever, and what of a span changes;
 *	held for one run of pages at a time
 * @free: spans of which a page may be free
 * @credit: pages that may be taken; below 0 if the ceiling was lowered
 * @withheld: free pages that are not in it
 * @pages: pages in all spans
 * @ballooned: ballooned pages that are out
 * @max: the ceiling on pages out, the spans' and ballooned ones together
 * @nr: spans, for debugfs only
 * @ballooned_ever: ballooned pages handed out so far, for debugfs only
 * @of_pfn: the span of a page; read without a lock
 * @recent: where pages were given back last, or an empty span; no lock
 */
struct xen_spans {
	spinlock_t lock;	/* see above */
	struct list_head free;
	long credit;
	unsigned long withheld;
	unsigned long pages;
	unsigned long ballooned;
	unsigned long max;
	unsigned long nr;
	unsigned long ballooned_ever;
	struct xarray of_pfn;
	struct xen_span *recent;
};

extern struct xen_spans xen_spans;

int xen_span_init(struct xen_span *span, struct page *first, unsigned int nr);
void xen_span_forget(struct xen_span *span);
void xen_span_publish(struct xen_span *span);
void xen_spans_exchange(unsigned int nr, struct page **pages);
void xen_spans_add_ballooned(long nr);
long xen_spans_lack(unsigned int nr);
void xen_spans_get_stats(struct xen_unpopulated_stats *stats);

/* The span that a page belongs to, or NULL. Any context. */
static inline struct xen_span *xen_span_of(struct page *page)
{
	return xa_load(&xen_spans.of_pfn, page_to_pfn(page));
}

/*
 * Take a free page and those that follow it, at most @nr and as far as one word
 * of the bitmap goes. They were taken off the credit before, so there are some.
 * xen_spans.lock is held. Returns how many.
 */
static __always_inline unsigned int take_run(unsigned int nr, struct page **first)
{
	struct xen_span *span = list_first_entry(&xen_spans.free, struct xen_span, free_node);
	struct xen_span_word *word;
	unsigned int bit;

	while (unlikely(!(word = span->some_free))) {
		list_del_init(&span->free_node);
		span = list_first_entry(&xen_spans.free, struct xen_span, free_node);
	}

	bit = __ffs(word->free);
	if (nr > 1) {
		unsigned long used = ~(word->free >> bit);

		nr = min_t(unsigned int, nr, used ? __ffs(used) : BITS_PER_LONG);
	}
	word->free &= ~GENMASK(bit + nr - 1, bit);
	if (!word->free)
		span->some_free = word->next;
	*first = span->first + (word - span->words) * BITS_PER_LONG + bit;
	return nr;
}

/* Take a free page, or return false. */
static __always_inline bool xen_spans_take_page(struct page **page)
{
	spin_lock(&xen_spans.lock);
	if (unlikely(xen_spans.credit < 1)) {
		spin_unlock(&xen_spans.lock);
		return false;
	}
	xen_spans.credit--;
	take_run(1, page);
	spin_unlock(&xen_spans.lock);
	return true;
}

/* Take @nr free pages, at least one, or none and return false. */
static __always_inline bool xen_spans_take(unsigned int nr, struct page **pages)
{
	struct page **end = pages + nr, **run_end, *page;

	spin_lock(&xen_spans.lock);
	if (unlikely(xen_spans.credit < (long)nr)) {
		spin_unlock(&xen_spans.lock);
		return false;
	}
	xen_spans.credit -= nr;
	for (;;) {
		run_end = pages + take_run(end - pages, &page);
		spin_unlock(&xen_spans.lock);
		for (; pages + 4 <= run_end; pages += 4, page += 4) {
			pages[0] = page;
			pages[1] = page + 1;
			pages[2] = page + 2;
			pages[3] = page + 3;
		}
		while (pages < run_end)
			*pages++ = page++;
		if (pages == end)
			return true;
		spin_lock(&xen_spans.lock);
	}
}

/*
 * Do @nr pages follow one another, and the first of them @before? Each step is at
 * most one page, having no other bits, and together they are @nr pages.
 */
static __always_inline bool follow(unsigned int nr, struct page **pages, struct page *before)
{
	unsigned long bits = 0;
	struct page *prev = before;
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < nr; i++) {
		bits |= (unsigned long)pages[i] - (unsigned long)prev;
		prev = pages[i];
	}
	return bits == sizeof(struct page) && prev == before + nr;
}

/* How many of @pages, from the first, follow one another in memory. */
static __always_inline unsigned int run_length(unsigned int nr, struct page **pages)
{
	struct page **p = pages, **end = pages + nr, *prev = pages[0] - 1;

	/* By sixteens, as a page in a run should cost next to nothing. */
	for (; end - p >= 16 && follow(16, p, prev); p += 16)
		prev += 16;
	if (p == end)
		return nr;
	for (; end - p >= 4 && follow(4, p, prev); p += 4)
		prev += 4;
	for (; p < end && *p == prev + 1; p++)
		prev++;
	return p - pages;
}

/* Find the span that a page belongs to, most likely the one before. */
static __always_inline bool find_span(struct page *page, struct xen_span **span)
{
	*span = READ_ONCE(xen_spans.recent);
	if (likely((unsigned long)(page - (*span)->first) < (*span)->nr))
		return true;
	*span = xen_span_of(page);
	if (!*span)
		return false;
	WRITE_ONCE(xen_spans.recent, *span);
	return true;
}

/* Set bits of a word, none of which is; xen_spans.lock is held. */
static __always_inline void give_bits(struct xen_span *span, struct xen_span_word *word,
				      unsigned long bits, unsigned int nr)
{
	unsigned long before = word->free;

	word->free = before | bits;
	xen_spans.credit += nr;
	if (likely(before))
		return;

	word->next = span->some_free;
	span->some_free = word;
	if (!word->next && list_empty(&span->free_node))
		list_add(&span->free_node, &xen_spans.free);
}

/* Give back a page of a span, or return false if it is free; xen_spans.lock is held. */
static __always_inline bool give_page(struct xen_span *span, struct page *page)
{
	unsigned int index = page - span->first;
	struct xen_span_word *word = &span->words[index / BITS_PER_LONG];

	if (unlikely(word->free & BIT_MASK(index)))
		return false;
	give_bits(span, word, BIT_MASK(index), 1);
	return true;
}

/* Give back a page; false if it is not the pool's or is free. */
static __always_inline bool xen_spans_give_page(struct page *page)
{
	struct xen_span *span;
	bool given;

	if (unlikely(!find_span(page, &span)))
		return false;

	spin_lock(&xen_spans.lock);
	given = give_page(span, page);
	spin_unlock(&xen_spans.lock);
	return given;
}

/*
 * Give back leading pages, as far as they are one run in one word of the bitmap
 * and in use. Returns how many that were; 0 if the first is not the pool's or is
 * free.
 */
static __always_inline unsigned int xen_spans_give_run(unsigned int nr, struct page **pages)
{
	unsigned long start, mask, again;
	struct xen_span_word *word;
	struct xen_span *span;
	unsigned int bit;

	if (unlikely(!find_span(pages[0], &span)))
		return 0;

	start = pages[0] - span->first;
	bit = start % BITS_PER_LONG;
	nr = run_length(min3(nr, (unsigned int)(span->nr - start), BITS_PER_LONG - bit), pages);
	mask = BITMAP_LAST_WORD_MASK(nr) << bit;
	word = &span->words[start / BITS_PER_LONG];

	spin_lock(&xen_spans.lock);
	again = word->free & mask;
	if (unlikely(again)) {
		nr = __ffs(again) - bit;
		mask = BIT(bit + nr) - BIT(bit);
	}
	if (likely(nr))
		give_bits(span, word, mask, nr);
	spin_unlock(&xen_spans.lock);
	return nr;
}

#endif /* _XEN_UNPOPULATED_SPANS_H */
