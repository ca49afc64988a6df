/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spans: the pages of the pool, which of them are free, and how many may be out.
 *
 * span: contiguous pages of one section of memory, and a bitmap that says which of
 *	them are free. It gets longer as the pool grows behind its end, and shorter as it
 *	gives back what is there.
 * group: the pages that a cache line of the bitmap is for. Each CPU takes pages from
 *	a group of its own as long as there are enough; the lowest ones are preferred.
 *
 * Pages are taken and given back without a lock, by an atomic operation on a word of
 * the bitmap: its old value tells which of them really were free. Each page is looked
 * up when it is given back, so that one that is not out is noticed.
 *
 * No page is counted on the way, and need not be while the ceiling on pages out is
 * above all that there are. Where it is not, everything goes by a lock and an account.
 * Counted are words of the bitmap: one that is found to have no bit set is marked, until
 * a page of it is given back. By that free ones are found, and the pool grows before it
 * is empty.
 *
 * lib/sbitmap hands out single bits, and does not notice one that is freed twice;
 * lib/genalloc searches from its first chunk on each time, and does not either.
 *
 * Taking a page and giving it back is the fast path of unpopulated-alloc.c, and
 * inline for that; the rest is in unpopulated-spans.c.
 */
#ifndef _XEN_UNPOPULATED_SPANS_H
#define _XEN_UNPOPULATED_SPANS_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct xen_unpopulated_stats;

/**
 * struct xen_word - a word of the bitmap, and its pages
 * @free: a bit for each page, set if that is free
 * @first: the first of them
 */
struct xen_word {
	atomic_long_t free;
	struct page *first;
};

/* A span has room for all pages of a section, if it begins where that does. */
#define XEN_SPAN_WORDS		(PAGES_PER_SECTION / BITS_PER_LONG)

/* Pages come by at least so many together, and in such places; seeds do not. */
#define XEN_STEP_PAGES		PHYS_PFN(SZ_2M)
#define XEN_SPAN_STEPS		(PAGES_PER_SECTION / XEN_STEP_PAGES)

/* Words to a group: two cache lines of 64 bytes, and it begins with one. */
#define XEN_GROUP_WORDS		8
#define XEN_GROUP_PAGES		(XEN_GROUP_WORDS * BITS_PER_LONG)

/**
 * struct xen_span - contiguous pages of the pool
 * @by_section: in xen_spans_by_section
 * @first: its first page
 * @words: XEN_SPAN_WORDS of them
 * @nr: pages; more come and go at its end
 * @node: in xen_spans.list
 * @begins: a bit for each XEN_STEP_PAGES with which pages begin that came together
 * @taken: a bit for each of @words that has no page free, as far as that was noticed
 */
struct xen_span {
	struct hlist_node by_section;
	struct page *first;
	struct xen_word *words;
	unsigned int nr;
	struct list_head node;
	DECLARE_BITMAP(begins, XEN_SPAN_STEPS);
	atomic_long_t taken[BITS_TO_LONGS(XEN_SPAN_WORDS)];
};

/**
 * struct xen_spans - all spans, and the account of what is out
 * @lock: protects all members; readers of the lists have RCU
 * @list: the spans, by address
 * @pages: pages in all spans
 * @ballooned: ballooned pages that are out
 * @max: the ceiling on pages out, the spans' and ballooned ones together
 * @out: pages of spans that are out, but only if @counted
 * @counted: everybody takes pages and gives them back under the lock
 * @free_words: words of the bitmaps that are not marked as taken; no lock
 * @low_words: if there are fewer, the pool is to grow ahead; no lock
 * @most_lately: the most words that were marked at a time, since somebody asked; no lock
 * @most_ever: the same since boot, as it was then, for debugfs only
 * @nr: spans, for debugfs only
 * @parts: how often pages were added to them, less how often some were taken away, for
 *	debugfs only
 * @ballooned_ever: ballooned pages handed out so far, for debugfs only
 */
struct xen_spans {
	spinlock_t lock;	/* see above */
	struct list_head list;
	unsigned long pages;
	unsigned long ballooned;
	unsigned long max;
	unsigned long out;
	bool counted;
	atomic_long_t free_words;
	long low_words;
	unsigned long most_lately;
	unsigned long most_ever;
	unsigned long nr;
	unsigned long parts;
	unsigned long ballooned_ever;
};

extern struct xen_spans xen_spans;
/* All spans, to find them by the number of the section. Changed under the lock. */
extern struct hlist_head xen_spans_by_section[256];
/*
 * Where a CPU takes its next page, likely: any word will do. Read and written by whoever
 * is on that CPU, or was, without a lock.
 */
DECLARE_PER_CPU(struct xen_word *, xen_spans_hint);
/* More pages than the ceiling allows could be out. */
DECLARE_STATIC_KEY_FALSE(xen_spans_ceiling);

struct xen_span *xen_span_for(struct page *first);
void xen_span_forget(struct xen_span *span);
void xen_span_publish(struct xen_span *span, unsigned int nr);
bool xen_span_retract(struct xen_span *span, unsigned int nr);
void xen_span_remove(struct xen_span *span);
unsigned long xen_spans_most_lately(void);
bool xen_spans_are_low(void);
void xen_spans_set_low(unsigned long pages);
void xen_span_was_given(struct xen_span *span, unsigned int index, unsigned long bits,
			unsigned long before);
bool xen_spans_take(unsigned int nr, struct page **pages);
unsigned int xen_spans_give(unsigned int nr, struct page **pages);
bool xen_spans_take_contiguous(unsigned int nr, unsigned int align, struct page **first);
void xen_spans_refuse_page(struct page *page);
unsigned int xen_spans_exchange(unsigned int nr, struct page **pages);
void xen_spans_add_ballooned(long nr);
long xen_spans_lack(unsigned int nr);
long xen_spans_room(void);
void xen_spans_set_max(unsigned long max);
void xen_spans_each(void (*show)(void *context, struct page *first, unsigned int nr,
				 unsigned int out),
		    void *context);
void xen_spans_get_stats(struct xen_unpopulated_stats *stats);

/*
 * By the number of the section, or what goes with it: a memmap in one piece begins with a
 * multiple of what it has for a section, so the frame need not be known.
 */
static inline struct hlist_head *xen_spans_bucket(const struct page *page)
{
	unsigned long section;

	if (IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) && is_power_of_2(sizeof(*page)))
		section = (unsigned long)page / (PAGES_PER_SECTION * sizeof(*page));
	else
		section = pfn_to_section_nr(page_to_pfn(page));
	return &xen_spans_by_section[section % ARRAY_SIZE(xen_spans_by_section)];
}

/* The span that a page belongs to, or NULL; within an RCU read section. */
static __always_inline struct xen_span *xen_span_of(const struct page *page)
{
	struct xen_span *span;

	hlist_for_each_entry_rcu(span, xen_spans_bucket(page), by_section)
		if ((unsigned long)(page - span->first) < READ_ONCE(span->nr))
			return span;
	return NULL;
}

/*
 * Give back pages that are out, and have these @bits in the @word that @index is in.
 *
 * Release: what was done to a page before is done for who takes it next.
 */
static __always_inline void give_bits(struct xen_span *span, struct xen_word *word,
				      unsigned int index, unsigned long bits)
{
	unsigned long before = atomic_long_fetch_or_release(bits, &word->free);

	if (unlikely(!before || before & bits))
		xen_span_was_given(span, index, bits, before);
}

/*
 * Take the page that is likely free. Returns false if there is more to it, which is not
 * to say that there is none.
 */
static __always_inline bool xen_spans_take_page(struct page **page)
{
	unsigned long free, bit;
	struct xen_word *word;
	bool taken = false;

	if (static_branch_unlikely(&xen_spans_ceiling))
		return false;
	rcu_read_lock();
	word = READ_ONCE(*raw_cpu_ptr(&xen_spans_hint));
	free = atomic_long_read(&word->free);
	if (likely(free)) {
		bit = __ffs(free);
		taken = atomic_long_fetch_andnot_acquire(BIT(bit), &word->free) & BIT(bit);
		if (likely(taken))
			*page = word->first + bit;
	}
	rcu_read_unlock();
	return taken;
}

/*
 * Give back a page. Returns false if there is more to it; otherwise, if the page is not
 * out, it is refused.
 */
static __always_inline bool xen_spans_give_page(struct page *page)
{
	struct xen_span *span;
	unsigned int index;

	if (static_branch_unlikely(&xen_spans_ceiling))
		return false;
	rcu_read_lock();
	span = xen_span_of(page);
	if (likely(span)) {
		index = page - span->first;
		give_bits(span, &span->words[index / BITS_PER_LONG], index, BIT_MASK(index));
	}
	rcu_read_unlock();
	return span;
}

#endif /* _XEN_UNPOPULATED_SPANS_H */
