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
 *
 * An allocation takes runs of free pages from the spans, then grows the pool
 * by more spans, and balloons what is still missing. Each page is looked up
 * when it is freed, so mixing is no concern of the callers.
 *
 * pool.lock is held for one run at a time. pool.growth is held while a span
 * is added; nobody who finds free pages waits for it.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/numa.h>
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

/**
 * struct span - contiguous pages of the pool
 * @node: in pool.free_spans while it has free pages
 * @first: its first page
 * @nr: pages
 * @nr_free: of these, free
 * @hint: no page below this index is free
 * @res: the part of the range it took, unless seeded
 * @pgmap: for memremap_pages(), unless seeded
 * @free: a bit for each page
 */
struct span {
	struct list_head node;
	struct page *first;
	unsigned int nr;
	unsigned int nr_free;
	unsigned int hint;
	struct resource res;
	struct dev_pagemap pgmap;
	unsigned long free[];
};

static struct {
	spinlock_t lock;		/* spans' bitmaps, free_spans, stats */
	struct mutex growth;		/* one growth at a time; ranges */
	struct list_head ranges;
	struct list_head free_spans;
	struct xarray spans;		/* pfn -> span */
	struct xarray ballooned;	/* pfn of a ballooned page that is in use */
	struct xen_unpopulated_stats stats;
	bool seeding;
	struct page *seed;		/* the run that is being seeded */
	unsigned int nr_seed;
} pool = {
	.lock = __SPIN_LOCK_UNLOCKED(pool.lock),
	.growth = __MUTEX_INITIALIZER(pool.growth),
	.ranges = LIST_HEAD_INIT(pool.ranges),
	.free_spans = LIST_HEAD_INIT(pool.free_spans),
	.spans = XARRAY_INIT(pool.spans, 0),
	.ballooned = XARRAY_INIT(pool.ballooned, 0),
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

/* Spans */

static struct span *span_alloc(unsigned int nr)
{
	struct span *span = kvzalloc(struct_size(span, free, BITS_TO_LONGS(nr)), GFP_KERNEL);

	if (span) {
		span->nr = nr;
		span->nr_free = nr;
		bitmap_fill(span->free, nr);
	}
	return span;
}

/* Make a span's pages available, all of them free. */
static int span_publish(struct span *span)
{
	unsigned long pfn = page_to_pfn(span->first);
	int err;

	err = xa_err(xa_store_range(&pool.spans, pfn, pfn + span->nr - 1, span, GFP_KERNEL));
	if (err) {
		xa_store_range(&pool.spans, pfn, pfn + span->nr - 1, NULL, GFP_KERNEL);
		return err;
	}

	spin_lock(&pool.lock);
	list_add_tail(&span->node, &pool.free_spans);
	pool.stats.spans++;
	pool.stats.pages += span->nr;
	spin_unlock(&pool.lock);
	return 0;
}

/* Take the first run of free pages, at most @nr; 0 if there is none. */
static unsigned int take_run(unsigned int nr, struct page **first)
{
	struct span *span;
	unsigned int start, end;

	spin_lock(&pool.lock);
	span = list_first_entry_or_null(&pool.free_spans, struct span, node);
	if (!span) {
		spin_unlock(&pool.lock);
		return 0;
	}

	start = find_next_bit(span->free, span->nr, span->hint);
	if (nr == 1) {
		end = start + 1;
		__clear_bit(start, span->free);
	} else {
		end = find_next_zero_bit(span->free, start + min(nr, span->nr - start), start + 1);
		bitmap_clear(span->free, start, end - start);
	}
	span->hint = end;
	nr = end - start;
	span->nr_free -= nr;
	if (!span->nr_free)
		list_del(&span->node);
	*first = span->first + start;

	pool.stats.in_use += nr;
	pool.stats.peak = max(pool.stats.peak, pool.stats.in_use);
	spin_unlock(&pool.lock);
	return nr;
}

/* Take up to @nr free pages; returns how many. */
static unsigned int take_pages(unsigned int nr, struct page **pages)
{
	unsigned int i, n, taken = 0;
	struct page *page;

	while (taken < nr) {
		n = take_run(nr - taken, &page);
		if (!n)
			break;
		for (i = 0; i < n; i++)
			pages[taken + i] = page + i;
		taken += n;
	}
	return taken;
}

/* How many of @pages, from the first, follow one another in memory. */
static unsigned int run_length(unsigned int nr, struct page **pages)
{
	struct page *first = pages[0];
	unsigned int n = 1;

	/* By fours, as a page in the run should cost next to nothing. */
	while (n + 4 <= nr && pages[n] == first + n && pages[n + 1] == first + n + 1 &&
	       pages[n + 2] == first + n + 2 && pages[n + 3] == first + n + 3)
		n += 4;
	while (n < nr && pages[n] == first + n)
		n++;
	return n;
}

/*
 * Give back leading pages, as far as they are one run of a span and in use.
 * Returns how many that were; 0 if the first is not the pool's or is free.
 */
static unsigned int give_run(unsigned int nr, struct page **pages)
{
	struct span *span = xa_load(&pool.spans, page_to_pfn(pages[0]));
	unsigned int start, end;

	if (!span)
		return 0;

	start = pages[0] - span->first;
	end = start + run_length(min(nr, span->nr - start), pages);

	spin_lock(&pool.lock);
	if (end - start == 1) {
		end -= __test_and_set_bit(start, span->free);
	} else {
		end = find_next_bit(span->free, end, start);
		bitmap_set(span->free, start, end - start);
	}
	nr = end - start;
	if (nr) {
		if (!span->nr_free)
			list_add(&span->node, &pool.free_spans);
		span->nr_free += nr;
		span->hint = min(span->hint, start);
		pool.stats.in_use -= nr;
	}
	spin_unlock(&pool.lock);
	return nr;
}

static void give_pages(unsigned int nr, struct page **pages)
{
	unsigned int n;

	for (; nr; nr -= n, pages += n)
		n = give_run(nr, pages);
}

/* Growth */

/* The lowest free part of a range that this kernel can map. */
static int reserve_part(struct xen_unpopulated_range *range, struct resource *res, u64 size)
{
	struct range mappable = mhp_get_pluggable_range(true);

	res->name = "Xen unpopulated pages";
	res->flags = IORESOURCE_MEM | IORESOURCE_BUSY;
	return allocate_resource(range->space, res, size, mappable.start, mappable.end,
				 range->step, NULL, NULL);
}

/*
 * Add a span of @size bytes of @range. -EBUSY: the range has no such part.
 * -ENOMEM: this kernel is short of RAM. Other errors: the range is unfit.
 */
static int add_span(struct xen_unpopulated_range *range, u64 size)
{
	struct span *span = span_alloc(size >> PAGE_SHIFT);
	void *vaddr;
	int err;

	if (!span)
		return -ENOMEM;

	err = reserve_part(range, &span->res, size);
	if (err) {
		err = -EBUSY;
		goto free_span;
	}

	/* memremap_pages() would say this too, but with a WARN(). */
	err = -ENXIO;
	if (region_intersects(span->res.start, size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		goto release;

	err = invalidate_p2m(&span->res);
	if (err)
		goto release;

	span->pgmap.type = MEMORY_DEVICE_GENERIC;
	span->pgmap.range.start = span->res.start;
	span->pgmap.range.end = span->res.end;
	span->pgmap.nr_range = 1;
	span->pgmap.owner = &pool;
	vaddr = memremap_pages(&span->pgmap, NUMA_NO_NODE);
	if (IS_ERR(vaddr)) {
		err = PTR_ERR(vaddr);
		goto release;
	}

	span->first = virt_to_page(vaddr);
	err = span_publish(span);
	if (err)
		goto unmap;

	range->taken += size;
	return 0;

unmap:
	memunmap_pages(&span->pgmap);
release:
	release_resource(&span->res);
free_span:
	kvfree(span);
	return err;
}

/*
 * Add one span, large enough for @nr pages if the preferred range has room for
 * that, otherwise what room there is: the caller comes again. Spans get larger
 * with the pool, for growing is expensive and address space is not.
 */
static int grow(unsigned int nr)
{
	u64 wanted = max_t(u64, nr, pool.stats.pages / 4) << PAGE_SHIFT;
	struct xen_unpopulated_range *range;
	u64 size;
	int err;

	list_for_each_entry(range, &pool.ranges, node) {
		if (range->error)
			continue;

		err = -EBUSY;
		size = round_up(min_t(u64, wanted, SPAN_MAX_BYTES), range->step);
		for (; size >= range->step && err == -EBUSY;
		     size = round_down(size / 2, range->step))
			err = add_span(range, size);
		if (!err || err == -ENOMEM)
			return err;
		if (err != -EBUSY) {
			range->error = err;
			pr_warn("%pR is refused (%d), not used any further\n",
				range->space, err);
		}
	}
	return -ENOSPC;
}

/* Take @nr pages, growing as needed; returns how many could be had. */
static unsigned int grow_and_take(unsigned int nr, struct page **pages)
{
	unsigned int taken;

	mutex_lock(&pool.growth);
	/* Somebody else may have grown the pool in the meantime. */
	taken = take_pages(nr, pages);
	while (taken < nr && !grow(nr - taken))
		taken += take_pages(nr - taken, pages + taken);
	mutex_unlock(&pool.growth);
	return taken;
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
	pool.stats.ballooned += nr;
	pool.stats.ballooned_ever += nr;
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
		pool.stats.ballooned -= n;
		spin_unlock(&pool.lock);
	}
	return n;
}

/* The interface */

/**
 * xen_alloc_unpopulated_pages() - get pages to map other domains' memory on
 * @nr_pages: how many, in units of PAGE_SIZE
 * @pages: where to put them
 *
 * All or none. What the pool cannot provide, even by growing, is ballooned out
 * of this domain's RAM. May sleep.
 *
 * Return: 0, or -ENOMEM or another error if there is neither space nor RAM.
 */
int xen_alloc_unpopulated_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int taken = take_pages(nr_pages, pages);
	int err;

	if (unlikely(taken < nr_pages))
		taken += grow_and_take(nr_pages - taken, pages + taken);

	err = alloc_p2m_entries(taken, pages);
	if (!err && unlikely(taken < nr_pages))
		err = balloon_pages(nr_pages - taken, pages + taken);
	if (unlikely(err))
		give_pages(taken, pages);
	return err;
}
EXPORT_SYMBOL(xen_alloc_unpopulated_pages);

static int __init seed_span(void)
{
	struct span *span;
	int err;

	if (!pool.nr_seed)
		return 0;

	span = span_alloc(pool.nr_seed);
	if (!span)
		return -ENOMEM;
	span->first = pool.seed;
	err = span_publish(span);
	if (err)
		kvfree(span);
	return err;
}

/* Collect pages that follow one another, so that they become one span. */
static void __ref seed_page(struct page *page)
{
	bool follows = pool.nr_seed && page == pool.seed + pool.nr_seed;

	if (!follows || pool.nr_seed == SPAN_MAX_BYTES >> PAGE_SHIFT) {
		if (seed_span())
			pr_err("no memory to seed the pool, %u pages are lost\n", pool.nr_seed);
		pool.seed = page;
		pool.nr_seed = 0;
	}
	pool.nr_seed++;
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

	for (; nr_pages; nr_pages -= n, pages += n) {
		n = give_run(nr_pages, pages);
		if (likely(n))
			continue;
		n = unballoon_pages(nr_pages, pages);
		if (n)
			continue;

		n = 1;
		if (unlikely(pool.seeding)) {
			seed_page(pages[0]);
			continue;
		}
		spin_lock(&pool.lock);
		pool.stats.refused++;
		spin_unlock(&pool.lock);
		pr_warn_ratelimited("frame %#lx freed by %pS, but it is not in use\n",
				    page_to_pfn(pages[0]), __builtin_return_address(0));
	}
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
	return xa_load(&pool.spans, page_to_pfn(page));
}
EXPORT_SYMBOL_GPL(is_xen_unpopulated_page);

/* For the architecture, debugfs and tests */

static int __init enlist_range(struct resource *space, u64 step)
{
	struct xen_unpopulated_range *range = kzalloc(sizeof(*range), GFP_KERNEL);

	if (!range)
		return -ENOMEM;
	range->space = space;
	range->step = step;
	list_add_tail(&range->node, &pool.ranges);
	pool.stats.ranges++;
	return 0;
}

/**
 * xen_unpopulated_add_range() - give the pool a range of guest frames
 * @start: first byte, a multiple of memremap_compat_align()
 * @last: last byte, one below such a multiple
 *
 * The range is reserved in iomem_resource at once, so that nobody else finds
 * it free. Ranges are used in the order in which they are added. May sleep.
 *
 * Return: 0, -EBUSY if part of it is reserved already, or -ENOMEM.
 */
int __init xen_unpopulated_add_range(u64 start, u64 last)
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
	err = enlist_range(space, memremap_compat_align());
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
	*stats = pool.stats;
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

static int __init unpopulated_init(void)
{
	struct resource *anywhere = NULL;
	int err;

	if (!xen_domain())
		return -ENODEV;

	pool.seeding = true;
	err = arch_xen_unpopulated_init(&anywhere);
	if (!err)
		err = seed_span();
	pool.seeding = false;

	/*
	 * Space that nobody vouched for is taken by whole sections: a smaller
	 * hole in iomem is often one that firmware did not mention.
	 */
	if (!err && anywhere)
		err = enlist_range(anywhere, PFN_PHYS(PAGES_PER_SECTION));
	if (err)
		pr_err("cannot set up the pool (%d), pages will be ballooned\n", err);
	return err;
}
early_initcall(unpopulated_init);
