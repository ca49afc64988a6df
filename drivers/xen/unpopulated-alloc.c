// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of unpopulated pages: guest frames with nothing behind them, and a
 * struct page each, for mapping grants and other domains' memory.
 *
 * range: guest-physical space that the architecture says is safe, or a
 *	resource to find free space in. Ranges cost nothing until used.
 * span: a part of a range that got struct pages by memremap_pages(), or pages
 *	that the architecture seeds the pool with. See unpopulated-spans.h.
 *
 * An allocation takes runs of free pages from the spans, if it has the credit for
 * all. If not, the pool grows by more spans, and what is still missing is
 * ballooned. Each page is looked up when it is freed, so mixing is no concern of
 * the callers.
 *
 * pool.growth is held by whoever finds the credit too small, until that is
 * settled one way or the other: the next in line looks at the credit again.
 * Nobody whom it suffices waits.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/atomic.h>
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
#include <linux/slab.h>
#include <linux/xarray.h>

#include <xen/balloon.h>
#include <xen/features.h>
#include <xen/page.h>
#include <xen/unpopulated.h>
#include <xen/xen.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

/*
 * Guest-physical space whose struct pages fill whole pages of the memmap. For a
 * part that begins or ends within such a page, mm/sparse-vmemmap.c populates too
 * little if it goes on into the next one, and undoes too much if its neighbours
 * are in use.
 */
#define MEMMAP_UNIT_BYTES	((u64)(PAGE_SIZE >> __ffs(sizeof(struct page))) << PAGE_SHIFT)

/* So many parts of a range are refused in a row before it is left alone. */
#define REFUSALS_MAX	256

/* What a part of a range becomes. */
struct part {
	struct resource res;		/* what it took of the range */
	struct dev_pagemap pgmap;	/* for memremap_pages() */
	struct xen_span span;		/* its pages */
};

static struct {
	struct mutex growth;		/* one growth at a time; ranges; ballooning */
	struct list_head ranges;
	unsigned long nr_ranges;	/* for debugfs only */
	struct xarray ballooned;	/* pfn of a ballooned page that is in use */
	bool seeding;
	struct page *seed;		/* the run that is being seeded */
	unsigned int nr_seed;
	atomic_long_t refused;		/* for debugfs only */
} pool = {
	.growth = __MUTEX_INITIALIZER(pool.growth),
	.ranges = LIST_HEAD_INIT(pool.ranges),
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
	unsigned int nr = PHYS_PFN(size);
	struct part *part;
	void *vaddr;
	int err;

	if (memory_is_low(size))
		return -ENOMEM;
	part = kvzalloc(struct_size(part, span.words, BITS_TO_LONGS(nr)), GFP_KERNEL);
	if (!part)
		return -ENOMEM;

	err = -ENOSPC;
	if (reserve_part(range, &part->res, size))
		goto free_part;

	err = invalidate_p2m(&part->res);
	if (err)
		goto release;

	err = xen_span_init(&part->span, pfn_to_page(PHYS_PFN(part->res.start)), nr);
	if (err)
		goto release;

	part->pgmap.type = MEMORY_DEVICE_GENERIC;
	part->pgmap.range.start = part->res.start;
	part->pgmap.range.end = part->res.end;
	part->pgmap.nr_range = 1;
	part->pgmap.owner = &pool;
	vaddr = memremap_pages(&part->pgmap, NUMA_NO_NODE);
	if (!IS_ERR(vaddr)) {
		xen_span_publish(&part->span);
		range->taken += size;
		return 0;
	}

	err = PTR_ERR(vaddr);
	xen_span_forget(&part->span);
	if (err != -ENOMEM && size == range->step) {
		pr_warn_ratelimited("%pR is refused (%d), left out\n", &part->res, err);
		part->res.name = "Xen unpopulated pages, refused";
		range->refused += size;
		return err;
	}
release:
	release_resource(&part->res);
free_part:
	kvfree(part);
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
	unsigned long pages = READ_ONCE(xen_spans.pages), max = READ_ONCE(xen_spans.max);
	u64 wanted = max_t(u64, nr, min(pages / 4, max - min(max, pages)));
	struct xen_unpopulated_range *range;
	int err;

	wanted = min_t(u64, PFN_PHYS(wanted), XEN_SPAN_MAX_BYTES);
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

	xen_spans_add_ballooned(nr);
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
		xen_spans_add_ballooned(-(long)n);
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
		lack = xen_spans_lack(from_pool);
		err = lack < 0 ? lack : balloon_pages(lack, pages + from_pool - lack);
		if (err) {
			unballoon_pages(nr - from_pool, pages + from_pool);
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

	mutex_lock(&pool.growth);
	/* First look again: somebody else may have grown the pool meanwhile. */
	while (!xen_spans_take(nr, pages)) {
		lack = xen_spans_lack(nr);
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
		taken = !nr_pages || xen_spans_take_page(pages);
	else
		taken = xen_spans_take(nr_pages, pages);
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
	struct xen_span *span;

	if (!pool.nr_seed)
		return;

	span = kvzalloc(struct_size(span, words, BITS_TO_LONGS(pool.nr_seed)), GFP_KERNEL);
	if (span && !xen_span_init(span, pool.seed, pool.nr_seed)) {
		xen_span_publish(span);
		return;
	}
	kvfree(span);
	pr_err("no memory to seed the pool, %u pages are lost\n", pool.nr_seed);
}

static bool is_seeded(struct page *page)
{
	return xen_span_of(page) ||
	       (pool.nr_seed && page >= pool.seed && page < pool.seed + pool.nr_seed);
}

/* Collect pages that follow one another, so that they become one span. */
static void __ref seed_page(struct page *page)
{
	bool follows = pool.nr_seed && page == pool.seed + pool.nr_seed;

	if (!follows || pool.nr_seed == XEN_SPAN_MAX_BYTES >> PAGE_SHIFT) {
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

	atomic_long_inc(&pool.refused);
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
 *
 * Any context that may take a spinlock.
 */
void xen_unpopulated_get_stats(struct xen_unpopulated_stats *stats)
{
	xen_spans_get_stats(stats);
	stats->ranges = pool.nr_ranges;
	stats->refused = atomic_long_read(&pool.refused);
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

	if (xen_spans.max == LONG_MAX)
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
