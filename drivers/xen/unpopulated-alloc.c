// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of unpopulated pages: guest frames with nothing behind them, and a
 * struct page each, for mapping grants and other domains' memory.
 *
 * range: guest-physical space that the architecture says is safe, or a
 *	resource to find free space in. Ranges cost nothing until used.
 * span: a part of a range that got struct pages by memremap_pages(). A bitmap
 *	says which of its pages are free. Pages that the architecture seeds the
 *	pool with form spans of their own.
 * credit: how many pages may be handed out at once, that is the free ones, as
 *	far as the ceiling on pages out allows.
 *
 * An allocation takes its pages off the credit before it takes any, so one that
 * cannot be served holds nothing. Then it takes runs of free pages from the
 * spans. If the credit is too small, the pool grows by more spans, and what is
 * still missing is ballooned. Each page is looked up when it is freed, so mixing
 * is no concern of the callers.
 *
 * pool.lock is held for one run at a time. pool.growth is held by whoever finds
 * the credit too small, until that is settled one way or the other: the next in
 * line looks at the credit again. Nobody whom it suffices waits.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <xen/balloon.h>
#include <xen/features.h>
#include <xen/page.h>
#include <xen/unpopulated.h>
#include <xen/xen.h>

#include "unpopulated-pool.h"

/*
 * Bounds the search in one bitmap, and what one growth may cost. Not below
 * the section that is the step where the pool finds space itself.
 */
#define SPAN_MAX_BYTES	SZ_128M

/*
 * Guest-physical space whose struct pages fill whole pages of the memmap. For a
 * part that begins or ends within such a page, mm/sparse-vmemmap.c populates too
 * little if it goes on into the next one, and undoes too much if its neighbours
 * are in use.
 */
#define MEMMAP_UNIT_BYTES	((u64)(PAGE_SIZE >> __ffs(sizeof(struct page))) << PAGE_SHIFT)

/* So many parts of a range are refused in a row before it is left alone. */
#define REFUSALS_MAX	256

/**
 * struct word - a word of a span's bitmap
 * @free: a bit for each page, set if that is free
 * @next: if one is, the next word of which that is true, or NULL
 */
struct word {
	unsigned long free;
	struct word *next;
};

/**
 * struct span - contiguous pages of the pool
 * @free_node: in pool.free_spans, or empty once it was seen that no page is free
 * @first: its first page
 * @nr: pages
 * @some_free: the first of the words that have a bit set, or NULL
 * @res: the part of the range it took, unless seeded
 * @pgmap: for memremap_pages(), unless seeded
 * @words: the bitmap
 */
struct span {
	struct list_head free_node;
	struct page *first;
	unsigned int nr;
	struct word *some_free;
	struct resource res;
	struct dev_pagemap pgmap;
	struct word words[];
};

static struct span no_span;

static struct {
	spinlock_t lock;		/* what is free of the spans, counters */
	struct mutex growth;		/* one growth at a time; ranges; ballooning */
	struct list_head ranges;
	struct list_head free_spans;
	long credit;			/* below 0 if the ceiling was lowered */
	unsigned long withheld;		/* free pages that are not in it */
	struct xarray span_of;		/* pfn -> span */
	struct span *recent;		/* where pages were freed last, or no_span */
	struct xarray ballooned;	/* pfn of a ballooned page that is in use */
	unsigned long pages;		/* in all spans */
	unsigned long nr_ballooned;	/* ballooned pages that are in use */
	unsigned long max;		/* ceiling on pages out, these included */
	unsigned long nr_ranges;	/* these four are for debugfs only */
	unsigned long nr_spans;
	unsigned long ballooned_ever;
	unsigned long refused;
	bool seeding;
	struct page *seed;		/* the run that is being seeded */
	unsigned int nr_seed;
} pool = {
	.lock = __SPIN_LOCK_UNLOCKED(pool.lock),
	.growth = __MUTEX_INITIALIZER(pool.growth),
	.ranges = LIST_HEAD_INIT(pool.ranges),
	.free_spans = LIST_HEAD_INIT(pool.free_spans),
	.span_of = XARRAY_INIT(pool.span_of, 0),
	.recent = &no_span,
	.ballooned = XARRAY_INIT(pool.ballooned, 0),
	.max = LONG_MAX,
};

/* Pages to subtract from the memory count when setting balloon target. */
unsigned long xen_unpopulated_pages __initdata;

/* PV guests: the p2m is theirs to look after */

#ifdef CONFIG_XEN_HAVE_PVMMU
/*
 * memremap_pages() makes page tables for the frames, which must not map what
 * the frames may have been before. Not undone on failure: they are known to
 * belong to no device.
 */
static int invalidate_p2m(const struct resource *res)
{
	unsigned long pfn;

	if (xen_feature(XENFEAT_auto_translated_physmap))
		return 0;
	for (pfn = PHYS_PFN(res->start); pfn <= PHYS_PFN(res->end); pfn++)
		if (!set_phys_to_machine(pfn, INVALID_P2M_ENTRY))
			return -ENOMEM;
	return 0;
}

static int alloc_p2m_entries(unsigned int nr, struct page **pages)
{
	unsigned int i;
	int err;

	if (xen_feature(XENFEAT_auto_translated_physmap))
		return 0;
	for (i = 0; i < nr; i++) {
		err = xen_alloc_p2m_entry(page_to_pfn(pages[i]));
		if (err < 0)
			return err;
	}
	return 0;
}
#else
static int invalidate_p2m(const struct resource *res)
{
	return 0;
}

static int alloc_p2m_entries(unsigned int nr, struct page **pages)
{
	return 0;
}
#endif

/* Credit; pool.lock is held. Alloc and free change it as they change what is free. */

static unsigned long nr_free(void)
{
	return pool.credit + pool.withheld;
}

/* How many more pages may be out, below 0 if the ceiling was lowered. */
static long below_ceiling(void)
{
	return pool.max - (pool.pages - nr_free() + pool.nr_ballooned);
}

/* After so many free pages were added, or anything else became different. */
static void recount(unsigned long added)
{
	unsigned long free = nr_free() + added;

	pool.pages += added;
	pool.credit = free;
	pool.withheld = 0;
	pool.credit = min_t(long, free, below_ceiling());
	pool.withheld = free - pool.credit;
}

/* Spans */

static struct span *span_alloc(unsigned int nr)
{
	unsigned int i, nr_words = BITS_TO_LONGS(nr);
	struct span *span = kvzalloc(struct_size(span, words, nr_words), GFP_KERNEL);

	if (!span)
		return NULL;
	span->nr = nr;
	span->some_free = span->words;
	for (i = 0; i < nr_words; i++) {
		span->words[i].free = ~0UL;
		span->words[i].next = &span->words[i + 1];
	}
	span->words[nr_words - 1].free = BITMAP_LAST_WORD_MASK(nr);
	span->words[nr_words - 1].next = NULL;
	return span;
}

static int span_index(struct span *span, struct span *entry)
{
	unsigned long pfn = page_to_pfn(span->first);

	return xa_err(xa_store_range(&pool.span_of, pfn, pfn + span->nr - 1, entry, GFP_KERNEL));
}

static void span_unindex(struct span *span)
{
	span_index(span, NULL);
	/* It got there if somebody freed a page that was never handed out. */
	if (pool.recent == span)
		pool.recent = &no_span;
}

/* Make a span's pages available, all of them free. */
static void span_publish(struct span *span)
{
	spin_lock(&pool.lock);
	list_add_tail(&span->free_node, &pool.free_spans);
	pool.nr_spans++;
	recount(span->nr);
	spin_unlock(&pool.lock);
}

/*
 * Take a free page and those that follow it, at most @nr and as far as one word
 * of the bitmap goes. They were taken off the credit before, so there are some.
 * pool.lock is held. Returns how many.
 */
static __always_inline unsigned int take_run(unsigned int nr, struct page **first)
{
	struct span *span = list_first_entry(&pool.free_spans, struct span, free_node);
	struct word *word;
	unsigned int bit;

	while (unlikely(!(word = span->some_free))) {
		list_del_init(&span->free_node);
		span = list_first_entry(&pool.free_spans, struct span, free_node);
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
static __always_inline bool take_page(struct page **page)
{
	spin_lock(&pool.lock);
	if (unlikely(pool.credit < 1)) {
		spin_unlock(&pool.lock);
		return false;
	}
	pool.credit--;
	take_run(1, page);
	spin_unlock(&pool.lock);
	return true;
}

/* Take @nr free pages, at least one, or none and return false. */
static __always_inline bool take_pages(unsigned int nr, struct page **pages)
{
	struct page **end = pages + nr, **run_end, *page;

	spin_lock(&pool.lock);
	if (unlikely(pool.credit < (long)nr)) {
		spin_unlock(&pool.lock);
		return false;
	}
	pool.credit -= nr;
	for (;;) {
		run_end = pages + take_run(end - pages, &page);
		spin_unlock(&pool.lock);
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
		spin_lock(&pool.lock);
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
static __always_inline bool find_span(struct page *page, struct span **span)
{
	*span = READ_ONCE(pool.recent);
	if (likely((unsigned long)(page - (*span)->first) < (*span)->nr))
		return true;
	*span = xa_load(&pool.span_of, page_to_pfn(page));
	if (!*span)
		return false;
	WRITE_ONCE(pool.recent, *span);
	return true;
}

/* Set bits of a word, none of which is; pool.lock is held. */
static __always_inline void give_bits(struct span *span, struct word *word,
				      unsigned long bits, unsigned int nr)
{
	unsigned long before = word->free;

	word->free = before | bits;
	pool.credit += nr;
	if (likely(before))
		return;

	word->next = span->some_free;
	span->some_free = word;
	if (!word->next && list_empty(&span->free_node))
		list_add(&span->free_node, &pool.free_spans);
}

/* Give back a page; false if it is not the pool's or is free. */
static __always_inline bool give_page(struct page *page)
{
	struct word *word;
	struct span *span;
	unsigned int index;
	bool was_free;

	if (unlikely(!find_span(page, &span)))
		return false;

	index = page - span->first;
	word = &span->words[index / BITS_PER_LONG];
	spin_lock(&pool.lock);
	was_free = word->free & BIT_MASK(index);
	if (likely(!was_free))
		give_bits(span, word, BIT_MASK(index), 1);
	spin_unlock(&pool.lock);
	return !was_free;
}

/*
 * Give back leading pages, as far as they are one run in one word of the bitmap
 * and in use. Returns how many that were; 0 if the first is not the pool's or is
 * free.
 */
static __always_inline unsigned int give_run(unsigned int nr, struct page **pages)
{
	unsigned long start, mask, again;
	struct word *word;
	struct span *span;
	unsigned int bit;

	if (unlikely(!find_span(pages[0], &span)))
		return 0;

	start = pages[0] - span->first;
	bit = start % BITS_PER_LONG;
	nr = run_length(min3(nr, (unsigned int)(span->nr - start), BITS_PER_LONG - bit), pages);
	mask = BITMAP_LAST_WORD_MASK(nr) << bit;
	word = &span->words[start / BITS_PER_LONG];

	spin_lock(&pool.lock);
	again = word->free & mask;
	if (unlikely(again)) {
		nr = __ffs(again) - bit;
		mask = BIT(bit + nr) - BIT(bit);
	}
	if (likely(nr))
		give_bits(span, word, mask, nr);
	spin_unlock(&pool.lock);
	return nr;
}

/* Growth */

/* What whole pages of the memmap are to this range. */
static u64 unit_of(const struct xen_unpopulated_range *range)
{
	return max(range->step, MEMMAP_UNIT_BYTES);
}

/* A part of about @size bytes is a multiple of this, in size and place. */
static u64 grain_of(const struct xen_unpopulated_range *range, u64 size)
{
	return size > unit_of(range) ? unit_of(range) : range->step;
}

/*
 * The place for a part within free space: in one unit, or of whole units in one
 * section, since mm/ does not take back one section for the failure of the next.
 */
static resource_size_t place_part(void *range, const struct resource *space,
				  resource_size_t size, resource_size_t align)
{
	u64 unit = unit_of(range);
	u64 within = size > unit ? PFN_PHYS(PAGES_PER_SECTION) : unit;
	u64 start = space->start;

	if ((start ^ (start + size - 1)) & ~(within - 1))
		start = round_up(start, within);
	return start;
}

/* The lowest free part of a range that this kernel can map. */
static int reserve_part(struct xen_unpopulated_range *range, struct resource *res, u64 size)
{
	struct range mappable = mhp_get_pluggable_range(true);

	res->name = "Xen unpopulated pages";
	res->flags = IORESOURCE_MEM | IORESOURCE_BUSY;
	return allocate_resource(range->space, res, size, mappable.start, mappable.end,
				 grain_of(range, size), place_part, range);
}

/*
 * Struct pages and page tables for more space would come out of what the domain
 * can hardly spare. Some architectures do not survive if these allocations fail.
 */
static bool memory_is_low(u64 size)
{
	long cost = PHYS_PFN(PHYS_PFN(size) * sizeof(struct page));

	return si_mem_available() - cost < (long)(totalram_pages() / 64);
}

/*
 * Add a span of @size bytes of @range. -ENOSPC: the range has no such part.
 * -ENOMEM: this kernel is short of RAM. Other errors: the part is unfit; if no
 * smaller one can be tried it stays reserved, so that the next is.
 *
 * memremap_pages() comes last as it cannot be undone: a neighbour may share a
 * page of the memmap with what it has made.
 */
static int add_span(struct xen_unpopulated_range *range, u64 size)
{
	struct span *span;
	void *vaddr;
	int err;

	if (memory_is_low(size))
		return -ENOMEM;
	span = span_alloc(PHYS_PFN(size));
	if (!span)
		return -ENOMEM;

	err = -ENOSPC;
	if (reserve_part(range, &span->res, size))
		goto free_span;

	err = invalidate_p2m(&span->res);
	if (err)
		goto release;

	span->first = pfn_to_page(PHYS_PFN(span->res.start));
	err = span_index(span, span);
	if (err)
		goto unindex;

	span->pgmap.type = MEMORY_DEVICE_GENERIC;
	span->pgmap.range.start = span->res.start;
	span->pgmap.range.end = span->res.end;
	span->pgmap.nr_range = 1;
	span->pgmap.owner = &pool;
	vaddr = memremap_pages(&span->pgmap, NUMA_NO_NODE);
	if (IS_ERR(vaddr)) {
		err = PTR_ERR(vaddr);
		goto unindex;
	}

	span_publish(span);
	range->taken += size;
	return 0;

unindex:
	span_unindex(span);
	if (err != -ENOMEM && size == range->step) {
		pr_warn_ratelimited("%pR is refused (%d), left out\n", &span->res, err);
		span->res.name = "Xen unpopulated pages, refused";
		range->refused += size;
		return err;
	}
release:
	release_resource(&span->res);
free_span:
	kvfree(span);
	return err;
}

static void refuse(struct xen_unpopulated_range *range, int err)
{
	range->state = XEN_RANGE_REFUSED;
	range->error = err;
}

/* Before a range is used: cut off what cannot be mapped, if that can be told now. */
static void find_reach(struct xen_unpopulated_range *range)
{
	u64 reach;

	if (range->reach(range->space, &reach))
		return;
	range->state = XEN_RANGE_USABLE;
	reach = round_down(reach, range->step);
	if (reach >= resource_size(range->space))
		return;
	pr_warn("%pR: only the first %llu MiB can be mapped\n", range->space, reach >> 20);
	if (!reach || adjust_resource(range->space, range->space->start, reach))
		refuse(range, -ERANGE);
}

/* Add one span of up to @wanted bytes of a range, smaller if need be. */
static int grow_in(struct xen_unpopulated_range *range, u64 wanted)
{
	u64 size = round_up(wanted, grain_of(range, wanted));
	int err;

	for (;;) {
		err = add_span(range, size);
		if (range->taken + range->refused == resource_size(range->space))
			range->state = XEN_RANGE_FULL;
		if (!err)
			range->refusals = 0;
		if (!err || err == -ENOMEM)
			return err;
		if (size > range->step) {
			size = round_down(size / 2, grain_of(range, size / 2));
			continue;
		}
		if (err == -ENOSPC)
			return err;
		if (++range->refusals == REFUSALS_MAX) {
			refuse(range, err);
			pr_warn("%pR is refused everywhere, not used any further\n", range->space);
			return err;
		}
	}
}

/*
 * Add one span, large enough for @nr pages if the preferred range has room for
 * that, otherwise what room there is: the caller comes again. Spans get larger
 * with the pool, for growing is expensive and address space is not.
 */
static int grow(unsigned int nr)
{
	unsigned long pages = READ_ONCE(pool.pages), max = READ_ONCE(pool.max);
	u64 wanted = max_t(u64, nr, min(pages / 4, max - min(max, pages)));
	struct xen_unpopulated_range *range;
	int err;

	wanted = min_t(u64, PFN_PHYS(wanted), SPAN_MAX_BYTES);
	list_for_each_entry(range, &pool.ranges, node) {
		if (range->state == XEN_RANGE_UNASKED)
			find_reach(range);
		if (range->state != XEN_RANGE_USABLE)
			continue;
		err = grow_in(range, wanted);
		if (!err || err == -ENOMEM)
			return err;
	}
	return -ENOSPC;
}

/* How many pages the pool lacks for a request; -ENOMEM if the ceiling is in its way. */
static long lacking(unsigned int nr)
{
	unsigned long free, max;
	long room;

	spin_lock(&pool.lock);
	free = nr_free();
	room = below_ceiling();
	max = pool.max;
	spin_unlock(&pool.lock);

	if (room < (long)nr) {
		pr_warn_ratelimited("%s[%d] asks for %u pages and %ld more may be out: xen_unpopulated.max_pages=%lu\n",
				    current->comm, current->pid, nr, max(room, 0L), max);
		return -ENOMEM;
	}
	return nr > free ? nr - free : 0;
}

/* Ballooned pages */

static void forget_ballooned(unsigned int nr, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		xa_erase(&pool.ballooned, page_to_pfn(pages[i]));
}

static int balloon_pages(unsigned int nr, struct page **pages)
{
	unsigned int i;
	int err;

	if (!nr)
		return 0;

	err = xen_alloc_ballooned_pages(nr, pages);
	if (err)
		return err;

	for (i = 0; i < nr; i++) {
		err = xa_err(xa_store(&pool.ballooned, page_to_pfn(pages[i]),
				      xa_mk_value(1), GFP_KERNEL));
		if (err) {
			forget_ballooned(i, pages);
			xen_free_ballooned_pages(nr, pages);
			return err;
		}
	}

	spin_lock(&pool.lock);
	pool.nr_ballooned += nr;
	pool.ballooned_ever += nr;
	recount(0);
	spin_unlock(&pool.lock);
	return 0;
}

/* Return leading pages to the balloon, as far as that is where they are from. */
static unsigned int unballoon_pages(unsigned int nr, struct page **pages)
{
	unsigned int n = 0;

	while (n < nr && xa_erase(&pool.ballooned, page_to_pfn(pages[n])))
		n++;
	if (n) {
		xen_free_ballooned_pages(n, pages);
		spin_lock(&pool.lock);
		pool.nr_ballooned -= n;
		recount(0);
		spin_unlock(&pool.lock);
	}
	return n;
}

/* The interface */

/* Serve a request by ballooning what the pool lacks; pool.growth is held. */
static int take_and_balloon(unsigned int nr, struct page **pages)
{
	unsigned int from_pool = nr;
	long lack;
	int err;

	/* The pool's pages come last, and again if somebody was faster. */
	do {
		lack = lacking(from_pool);
		err = lack < 0 ? lack : balloon_pages(lack, pages + from_pool - lack);
		if (err) {
			unballoon_pages(nr - from_pool, pages + from_pool);
			return err;
		}
		from_pool -= lack;
	} while (from_pool && !take_pages(from_pool, pages));
	return 0;
}

/* An allocation that the credit is too small for. */
static noinline int alloc_slowly(unsigned int nr, struct page **pages)
{
	long lack;
	int err = 0;

	mutex_lock(&pool.growth);
	/* First look again: somebody else may have grown the pool meanwhile. */
	while (!take_pages(nr, pages)) {
		lack = lacking(nr);
		if (lack < 0)
			err = lack;
		else if (fatal_signal_pending(current))
			err = -EINTR;
		else if (lack && grow(lack))
			err = take_and_balloon(nr, pages);
		else
			continue;
		break;
	}
	mutex_unlock(&pool.growth);
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
	bool taken;
	int err;

	/* The most common request, without the loops. */
	if (nr_pages <= 1)
		taken = !nr_pages || take_page(pages);
	else
		taken = take_pages(nr_pages, pages);
	if (unlikely(!taken)) {
		err = alloc_slowly(nr_pages, pages);
		if (err)
			return err;
	}

	err = alloc_p2m_entries(nr_pages, pages);
	if (unlikely(err))
		xen_free_unpopulated_pages(nr_pages, pages);
	return err;
}
EXPORT_SYMBOL(xen_alloc_unpopulated_pages);

static void __init seed_span(void)
{
	struct span *span;

	if (!pool.nr_seed)
		return;

	span = span_alloc(pool.nr_seed);
	if (span) {
		span->first = pool.seed;
		if (!span_index(span, span)) {
			span_publish(span);
			return;
		}
		span_unindex(span);
		kvfree(span);
	}
	pr_err("no memory to seed the pool, %u pages are lost\n", pool.nr_seed);
}

static bool is_seeded(struct page *page)
{
	return is_xen_unpopulated_page(page) ||
	       (pool.nr_seed && page >= pool.seed && page < pool.seed + pool.nr_seed);
}

/* Collect pages that follow one another, so that they become one span. */
static void __ref seed_page(struct page *page)
{
	bool follows = pool.nr_seed && page == pool.seed + pool.nr_seed;

	if (!follows || pool.nr_seed == SPAN_MAX_BYTES >> PAGE_SHIFT) {
		seed_span();
		pool.seed = page;
		pool.nr_seed = 0;
	}
	pool.nr_seed++;
}

/*
 * Leading pages that the pool's spans do not have in use: ballooned, seeds, or
 * a mistake of the caller's. Returns how many were dealt with.
 */
static noinline unsigned int free_others(unsigned int nr, struct page **pages)
{
	unsigned int n = unballoon_pages(nr, pages);

	if (n)
		return n;
	if (pool.seeding && !is_seeded(pages[0])) {
		seed_page(pages[0]);
		return 1;
	}

	spin_lock(&pool.lock);
	pool.refused++;
	spin_unlock(&pool.lock);
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
			n = give_run(nr, pages);
		else
			n = give_page(pages[0]);
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
		if (nr_pages && unlikely(!give_page(pages[0])))
			free_others(1, pages);
		return;
	}

	n = give_run(nr_pages, pages);
	if (unlikely(n < nr_pages))
		free_runs(nr_pages - n, pages + n);
}
EXPORT_SYMBOL(xen_free_unpopulated_pages);

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
	return xa_load(&pool.span_of, page_to_pfn(page));
}
EXPORT_SYMBOL_GPL(is_xen_unpopulated_page);

/* For the architecture, debugfs, parameters and tests */

/*
 * Where the architecture has nothing to say: x86 in kernels that know of no
 * function of its own.
 */
int __weak __init arch_xen_unpopulated_init(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

static int __init enlist_range(struct resource *space, u64 step,
			       int (*reach)(const struct resource *space, u64 *bytes))
{
	struct xen_unpopulated_range *range = kzalloc(sizeof(*range), GFP_KERNEL);

	if (!range)
		return -ENOMEM;
	range->space = space;
	/* Odd struct pages lie across two pages of the memmap: whole units then. */
	range->step = is_power_of_2(sizeof(struct page)) ? step : max(step, MEMMAP_UNIT_BYTES);
	range->state = reach ? XEN_RANGE_UNASKED : XEN_RANGE_USABLE;
	range->reach = reach;
	list_add_tail(&range->node, &pool.ranges);
	pool.nr_ranges++;
	return 0;
}

/**
 * xen_unpopulated_add_range() - give the pool a range of guest frames
 * @start: first byte, a multiple of memremap_compat_align()
 * @last: last byte, one below such a multiple
 * @reach: says before the range is used, in a context that may sleep, how many
 *	bytes from its start on can be mapped, or -EAGAIN; or NULL, if all can
 *
 * The range is reserved in iomem_resource at once, so that nobody else finds
 * it free. Ranges are used in the order in which they are added. May sleep.
 *
 * Return: 0, -EBUSY if part of it is reserved already, or -ENOMEM.
 */
int __init xen_unpopulated_add_range(u64 start, u64 last,
				     int (*reach)(const struct resource *space, u64 *bytes))
{
	struct resource *space = kzalloc(sizeof(*space), GFP_KERNEL);
	int err;

	if (!space)
		return -ENOMEM;
	space->name = "Xen unpopulated space";
	space->start = start;
	space->end = last;
	space->flags = IORESOURCE_MEM;
	err = request_resource(&iomem_resource, space);
	if (err)
		goto free_space;
	err = enlist_range(space, memremap_compat_align(), reach);
	if (err)
		goto release;
	return 0;

release:
	release_resource(space);
free_space:
	kfree(space);
	return err;
}

/**
 * xen_unpopulated_get_stats() - read the pool's counters
 * @stats: where to
 */
void xen_unpopulated_get_stats(struct xen_unpopulated_stats *stats)
{
	spin_lock(&pool.lock);
	stats->ranges = pool.nr_ranges;
	stats->spans = pool.nr_spans;
	stats->pages = pool.pages;
	stats->in_use = pool.pages - nr_free();
	stats->ballooned = pool.nr_ballooned;
	stats->ballooned_ever = pool.ballooned_ever;
	stats->refused = pool.refused;
	stats->max = pool.max;
	spin_unlock(&pool.lock);
}

/**
 * xen_unpopulated_set_max() - set the ceiling on pages that are out
 * @max: of the pool and ballooned together, at most LONG_MAX
 *
 * Pages that are out already stay so. Any context that may take a spinlock.
 */
void xen_unpopulated_set_max(unsigned long max)
{
	spin_lock(&pool.lock);
	pool.max = max;
	recount(0);
	spin_unlock(&pool.lock);
}

/**
 * xen_unpopulated_each_range() - look at each range, in the order of preference
 * @show: called for each; must not allocate from the pool
 * @context: handed to @show
 *
 * May sleep.
 */
void xen_unpopulated_each_range(void (*show)(void *context,
					     const struct xen_unpopulated_range *range),
				void *context)
{
	struct xen_unpopulated_range *range;

	mutex_lock(&pool.growth);
	list_for_each_entry(range, &pool.ranges, node)
		show(context, range);
	mutex_unlock(&pool.growth);
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

	if (pool.max == LONG_MAX)
		xen_unpopulated_set_max(default_max());
	pool.seeding = true;
	err = arch_xen_unpopulated_init(&anywhere);
	seed_span();
	pool.seeding = false;

	/*
	 * Space that nobody vouched for is taken by whole sections: a smaller
	 * hole in iomem is often one that firmware did not mention.
	 */
	if (!err && anywhere)
		err = enlist_range(anywhere, PFN_PHYS(PAGES_PER_SECTION), NULL);
	if (err)
		pr_err("error %d in the set-up, what the pool lacks will be ballooned\n", err);
	return err;
}
early_initcall(unpopulated_init);
