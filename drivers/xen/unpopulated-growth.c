// SPDX-License-Identifier: GPL-2.0
/*
 * Growth: ranges of guest-physical space, and the spans that are made of them.
 *
 * range: space that the architecture says is safe, or a resource to find free
 *	space in. Ranges cost nothing until used.
 * part: what is taken of a range at a time. Its pages get struct pages by
 *	memremap_pages() and continue a span, or begin one.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <xen/features.h>
#include <xen/page.h>
#include <xen/xen.h>

#include <trace/events/xen_unpopulated.h>

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

/**
 * struct part - part of a range
 * @node: in growth.parts
 * @range: that range
 * @res: what it took of the range
 * @span: has its pages
 * @pgmap: for memremap_pages()
 */
struct part {
	struct list_head node;
	struct xen_unpopulated_range *range;
	struct resource res;
	struct xen_span *span;
	struct dev_pagemap pgmap;
};

/* Protects the ranges. Also held by who balloons, see unpopulated-alloc.c. */
DEFINE_MUTEX(xen_growth_lock);

static struct {
	struct list_head ranges;	/* in the order of preference; added at init only */
	struct list_head parts;		/* by address */
	/* For debugfs only: */
	unsigned int nr_ranges;
	unsigned long grown;		/* how often, so far */
	unsigned long not_grown;	/* how often it could not */
	unsigned long given_back;	/* pages, so far */
} growth = {
	.ranges = LIST_HEAD_INIT(growth.ranges),
	.parts = LIST_HEAD_INIT(growth.parts),
};

/*
 * memremap_pages() makes page tables for the frames, which must not map what
 * the frames may have been before. Not undone on failure: they are known to
 * belong to no device.
 */
static int invalidate_p2m(const struct resource *res)
{
#ifdef CONFIG_XEN_HAVE_PVMMU
	unsigned long pfn;

	if (xen_feature(XENFEAT_auto_translated_physmap))
		return 0;
	for (pfn = PHYS_PFN(res->start); pfn <= PHYS_PFN(res->end); pfn++)
		if (!set_phys_to_machine(pfn, INVALID_P2M_ENTRY))
			return -ENOMEM;
#endif
	return 0;
}

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
 * The lowest free part of a range that this kernel can map: in one unit, or of
 * whole units in one section, since mm/ does not take back one section for the
 * failure of the next.
 */
static int reserve_part(struct xen_unpopulated_range *range, struct resource *res, u64 size)
{
	struct range mappable = mhp_get_pluggable_range(true);
	u64 within = size > unit_of(range) ? PFN_PHYS(PAGES_PER_SECTION) : unit_of(range);
	u64 lowest = mappable.start;
	int err;

	res->name = "Xen unpopulated pages";
	res->flags = IORESOURCE_MEM | IORESOURCE_BUSY;
	for (;;) {
		err = allocate_resource(range->space, res, size, lowest, mappable.end,
					grain_of(range, size), NULL, NULL);
		if (err)
			return err;
		lowest = round_up(res->start, within);
		if (lowest == res->start || lowest > res->end)
			return 0;
		release_resource(res);
	}
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

static void insert_part(struct part *part)
{
	struct list_head *before = &growth.parts;
	struct part *other;

	list_for_each_entry(other, &growth.parts, node) {
		if (other->res.start > part->res.start)
			break;
		before = &other->node;
	}
	list_add(&part->node, before);
}

/*
 * Add a part of @size bytes of @range. -ENOSPC: the range has no such part.
 * -ENOMEM: this kernel is short of RAM. Other errors: the part is unfit; if no
 * smaller one can be tried it stays reserved, so that the next is.
 *
 * memremap_pages() comes last as it cannot always be undone: a neighbour may share a
 * page of the memmap with what it has made.
 */
static int add_part(struct xen_unpopulated_range *range, u64 size)
{
	struct part *part;
	void *vaddr;
	int err;

	if (memory_is_low(size))
		return -ENOMEM;
	part = kzalloc(sizeof(*part), GFP_KERNEL);
	if (!part)
		return -ENOMEM;

	err = -ENOSPC;
	if (reserve_part(range, &part->res, size))
		goto free_part;

	err = invalidate_p2m(&part->res);
	if (err)
		goto release;

	err = -ENOMEM;
	part->span = xen_span_for(pfn_to_page(PHYS_PFN(part->res.start)));
	if (!part->span)
		goto release;

	part->pgmap.type = MEMORY_DEVICE_GENERIC;
	part->pgmap.range.start = part->res.start;
	part->pgmap.range.end = part->res.end;
	part->pgmap.nr_range = 1;
	part->pgmap.owner = &growth;
	vaddr = memremap_pages(&part->pgmap, NUMA_NO_NODE);
	trace_xen_unpopulated_grow(part->res.start, size, PTR_ERR_OR_ZERO(vaddr));
	if (!IS_ERR(vaddr)) {
		xen_span_publish(part->span, PHYS_PFN(size));
		part->range = range;
		range->taken += size;
		insert_part(part);
		return 0;
	}

	err = PTR_ERR(vaddr);
	xen_span_forget(part->span);
	if (err != -ENOMEM && size == range->step) {
		pr_warn_ratelimited("%pR is refused (%d), left out\n", &part->res, err);
		part->res.name = "Xen unpopulated pages, refused";
		range->refused += size;
		return err;
	}
release:
	release_resource(&part->res);
free_part:
	kfree(part);
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

/* Add one part of up to @wanted bytes of a range, smaller if need be, but @least. */
static int grow_in(struct xen_unpopulated_range *range, u64 wanted, u64 least)
{
	u64 size = round_up(wanted, grain_of(range, wanted));
	int err;

	for (;;) {
		err = add_part(range, size);
		if (range->taken + range->refused == resource_size(range->space))
			range->state = XEN_RANGE_FULL;
		if (!err)
			range->refusals = 0;
		if (!err || err == -ENOMEM)
			return err;
		if (size > range->step) {
			size = round_down(size / 2, grain_of(range, size / 2));
			if (size >= least)
				continue;
			return -ENOSPC;
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

/**
 * xen_growth_set_low() - choose when the pool grows ahead
 *
 * When less than an eighth of it is free, while it is small less than a half; not if
 * it has all that may be out. To be called when its size or the ceiling has changed.
 *
 * Context: xen_growth_lock is held.
 */
void xen_growth_set_low(void)
{
	unsigned long pages = READ_ONCE(xen_spans.pages);

	if (pages >= READ_ONCE(xen_spans.max))
		xen_spans_set_low(0);
	else
		xen_spans_set_low(max(pages / 8, clamp(pages / 2, XEN_POOL_MIN, 1024UL)));
}

/**
 * xen_growth_add_part() - make the pool larger
 * @nr: pages that it lacks, at least one
 * @least: what is of use, pages, at most XEN_RUN_MAX
 *
 * Add one part, large enough for @nr pages if the preferred range has room for
 * that, otherwise what room there is: the caller comes again. Parts get larger
 * with the pool, for growing is expensive and address space is not.
 *
 * Context: may sleep; xen_growth_lock is held.
 *
 * Return: 0; -ENOSPC if no range has room; -ENOMEM if this kernel is short of RAM.
 */
int xen_growth_add_part(unsigned int nr, unsigned int least)
{
	unsigned long pages = READ_ONCE(xen_spans.pages), max = READ_ONCE(xen_spans.max);
	u64 wanted = max_t(u64, nr, min(pages / 4, max - min(max, pages)));
	struct xen_unpopulated_range *range;
	int err = -ENOSPC;

	wanted = min_t(u64, PFN_PHYS(wanted), PFN_PHYS(XEN_RUN_MAX));
	list_for_each_entry(range, &growth.ranges, node) {
		if (range->state == XEN_RANGE_UNASKED)
			find_reach(range);
		if (range->state != XEN_RANGE_USABLE)
			continue;
		err = grow_in(range, wanted, PFN_PHYS(least));
		if (!err || err == -ENOMEM)
			break;
	}
	if (!err) {
		xen_growth_set_low();
		WRITE_ONCE(growth.grown, growth.grown + 1);
	} else {
		WRITE_ONCE(growth.not_grown, growth.not_grown + 1);
	}
	return !err || err == -ENOMEM ? err : -ENOSPC;
}

/* Is that what mm/ can take away again: whole pages of the memmap, not from boot? */
static bool can_go(const struct part *part)
{
	u64 unit = unit_of(part->range);
	unsigned long pfn = PHYS_PFN(part->res.start), nr = PHYS_PFN(resource_size(&part->res));

	return xen_feature(XENFEAT_auto_translated_physmap) &&
	       !(part->res.start % unit) && !(resource_size(&part->res) % unit) &&
	       !early_section(__pfn_to_section(pfn)) &&
	       part->span->first + part->span->nr == pfn_to_page(pfn + nr);
}

/*
 * Has somebody a reference to a page that nobody has? Or is something still mapped there,
 * as far as this kernel knows? memunmap_pages() would not wait for either.
 */
static bool is_busy(const struct part *part)
{
	unsigned long frame, nr = PHYS_PFN(resource_size(&part->res)), i;
	struct page *first = pfn_to_page(PHYS_PFN(part->res.start));

	for (i = 0; i < nr; i++)
		if (page_ref_count(first + i) != 1)
			return true;
	/* The p2m is by frames of XEN_PAGE_SIZE. */
	frame = page_to_xen_pfn(first);
	for (i = 0; i < nr * XEN_PFN_PER_PAGE; i++)
		if (pfn_to_bfn(frame + i) != frame + i)
			return true;
	return false;
}

/* Its pages are gone from the pool. */
static void remove_part(struct part *part)
{
	struct xen_unpopulated_range *range = part->range;

	list_del(&part->node);
	trace_xen_unpopulated_give_back(part->res.start, resource_size(&part->res));
	if (!part->span->nr)
		xen_span_remove(part->span);
	memunmap_pages(&part->pgmap);
	range->taken -= resource_size(&part->res);
	if (range->state == XEN_RANGE_FULL)
		range->state = XEN_RANGE_USABLE;
	release_resource(&part->res);
	kfree(part);
}

/**
 * xen_growth_remove_part() - make the pool smaller
 * @keep: so many pages stay at least
 *
 * By the highest part that can go, and that nobody has a page of. max_pfn, which it has
 * raised, stays as it is.
 *
 * Context: may sleep; xen_growth_lock is held.
 *
 * Return: how many pages that were, or 0.
 */
unsigned long xen_growth_remove_part(unsigned long keep)
{
	unsigned long nr;
	struct part *part;

	list_for_each_entry_reverse(part, &growth.parts, node) {
		nr = PHYS_PFN(resource_size(&part->res));
		if (READ_ONCE(xen_spans.pages) < keep + nr || !can_go(part))
			continue;
		/* Nothing grows for it meanwhile. */
		xen_spans_set_low(0);
		if (!xen_span_retract(part->span, nr))
			continue;
		if (!is_busy(part)) {
			remove_part(part);
			WRITE_ONCE(growth.given_back, growth.given_back + nr);
			xen_growth_set_low();
			return nr;
		}
		xen_span_publish(part->span, nr);
	}
	xen_growth_set_low();
	return 0;
}

/* Once nothing can be had, this is left to requests that need it. */
static void grow_ahead(struct work_struct *work)
{
	bool more;

	do {
		mutex_lock(&xen_growth_lock);
		more = xen_spans_are_low();
		if (more && xen_growth_add_part(1, 1)) {
			xen_spans_set_low(0);
			more = false;
		}
		mutex_unlock(&xen_growth_lock);
	} while (more);
}

static DECLARE_WORK(ahead, grow_ahead);

/**
 * xen_growth_ahead() - have the pool grow in the background
 *
 * Any context.
 */
void xen_growth_ahead(void)
{
	queue_work(system_unbound_wq, &ahead);
}

/* The initial domain will map something; others may never do. */
static int __init grow_at_boot(void)
{
	if (xen_initial_domain()) {
		xen_spans_set_low(XEN_POOL_MIN);
		xen_growth_ahead();
	}
	return 0;
}
late_initcall(grow_at_boot);

/**
 * xen_growth_add_range() - take from a resource from now on
 * @space: in whose free parts spans are made; stays the caller's
 * @step: smallest part that is taken and its alignment, bytes
 * @reach: as for xen_unpopulated_add_range()
 *
 * May sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int __init xen_growth_add_range(struct resource *space, u64 step,
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
	list_add_tail(&range->node, &growth.ranges);
	growth.nr_ranges++;
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
	err = xen_growth_add_range(space, memremap_compat_align(), reach);
	if (!err)
		return 0;

	release_resource(space);
free_space:
	kfree(space);
	return err;
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

	mutex_lock(&xen_growth_lock);
	list_for_each_entry(range, &growth.ranges, node)
		show(context, range);
	mutex_unlock(&xen_growth_lock);
}

/**
 * xen_growth_get_stats() - this part's share in the pool's counters
 * @stats: where to
 *
 * Any context.
 */
void xen_growth_get_stats(struct xen_unpopulated_stats *stats)
{
	stats->ranges = growth.nr_ranges;
	stats->grown = READ_ONCE(growth.grown);
	stats->not_grown = READ_ONCE(growth.not_grown);
	stats->given_back = READ_ONCE(growth.given_back);
}
