/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the pool, and what it offers to the architecture that gives it
 * ranges, and to those who look at it (debugfs, parameters, tests).
 *
 *   alloc	the interface, and in which order the others serve a request
 *   growth	ranges, and making spans of them, and undoing it
 *   shrink	when to undo it
 *   ballooned	pages that the balloon helps out with
 *   seeding	pages that the architecture has to begin with
 *   spans	which pages are free, how many may be out (unpopulated-spans.h)
 *   kept-apart	pages that were freed while Xen still has them mapped
 *   still-mapped	asks Xen whether that is so, for the debug option
 *
 * Each keeps its state to itself. The interface uses all others, shrink uses growth;
 * growth, ballooned and seeding know of nothing but the spans, and these of no other part,
 * but that they tell growth when few pages are free. kept-apart is a user of the interface;
 * in turn, that only asks it with the debug option.
 *
 * At boot the pool calls arch_xen_unpopulated_init(), which may
 *  - hand over ranges with xen_unpopulated_add_range() (Arm),
 *  - set *res to a resource in which the pool finds free space itself (x86:
 *    iomem_resource), and free ordinary pages into the pool as a start (x86 PV),
 *  - or do nothing of this: then everything is ballooned.
 */
#ifndef _XEN_UNPOPULATED_POOL_H
#define _XEN_UNPOPULATED_POOL_H

#include <linux/ioport.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct dentry;
struct page;

/* State of a range. */
enum xen_range_state {
	/* How much of it can be mapped has to be asked before it is used. */
	XEN_RANGE_UNASKED,
	/* Parts of it are taken when the pool grows. */
	XEN_RANGE_USABLE,
	/* All of it is taken, or was refused in parts and left out. */
	XEN_RANGE_FULL,
	/* Not used (any more), see its error. */
	XEN_RANGE_REFUSED,
};

/**
 * struct xen_unpopulated_range - guest-physical space that the pool takes from
 * @node: in the pool's list, in the order of preference
 * @space: the resource whose free parts are taken
 * @state: what is to be done with it
 * @reach: sets how many bytes from @space->start on can be mapped, and returns 0; or
 *	-EAGAIN if that cannot be found out now: the range is passed over this time.
 *	NULL if all can
 * @step: smallest part that is taken and its alignment, bytes
 * @taken: bytes that have struct pages by now
 * @refused: bytes that were refused struct pages and are left out
 * @refusals: how often in a row that happened
 * @error: why it is refused, or 0
 */
struct xen_unpopulated_range {
	struct list_head node;
	struct resource *space;
	enum xen_range_state state;
	int (*reach)(const struct resource *space, u64 *bytes);
	u64 step;
	u64 taken;
	u64 refused;
	unsigned int refusals;
	int error;
};

/**
 * struct xen_unpopulated_stats - the pool's counters, to look at
 * @ranges: ranges that were added
 * @spans: stretches of them that have struct pages, and seeded ones
 * @parts: in how many parts they came, without those that were given back
 * @grown: how often the pool got larger so far
 * @not_grown: how often it was to, and could not: no space is left, or this kernel is short
 *	of RAM
 * @given_back: pages that the pool had and has no more, so far
 * @pages: pages in all spans
 * @in_use: pages of spans that callers hold
 * @most_in_use: the most that callers held of them at a time, a group (XEN_GROUP_PAGES) more
 *	or less for each processor, or as it is looked at
 * @waits: requests that had to wait until pages were made or ballooned
 * @longest_wait: the longest of these, microseconds
 * @ballooned: ballooned pages that callers hold
 * @ballooned_ever: ballooned pages handed out so far
 * @refused: pages that were freed though no caller held them
 * @kept_apart: of @in_use and @ballooned, those that were freed while Xen had them mapped
 * @found_mapped: pages that the debug option did not let be handed out so far
 * @max: ceiling on @in_use and @ballooned together
 */
struct xen_unpopulated_stats {
	unsigned long ranges;
	unsigned long spans;
	unsigned long parts;
	unsigned long grown;
	unsigned long not_grown;
	unsigned long given_back;
	unsigned long pages;
	unsigned long in_use;
	unsigned long most_in_use;
	unsigned long waits;
	unsigned long longest_wait;
	unsigned long ballooned;
	unsigned long ballooned_ever;
	unsigned long refused;
	unsigned long kept_apart;
	unsigned long found_mapped;
	unsigned long max;
};

int xen_unpopulated_add_range(u64 start, u64 last,
			      int (*reach)(const struct resource *space, u64 *bytes));
void xen_unpopulated_set_max(unsigned long max);
unsigned long xen_unpopulated_give_back(void);
void xen_unpopulated_get_stats(struct xen_unpopulated_stats *stats);
void xen_unpopulated_each_range(void (*show)(void *context,
					     const struct xen_unpopulated_range *range),
				void *context);
struct dentry *xen_unpopulated_debugfs(void);

/* The parts, for unpopulated-alloc.c and unpopulated-shrink.c */

extern struct mutex xen_growth_lock;

int xen_growth_add_range(struct resource *space, u64 step,
			 int (*reach)(const struct resource *space, u64 *bytes));
/*
 * What one growth may cost, and so the most pages that can be had in a run. Not below
 * the section that is the step where the pool finds space itself.
 */
#define XEN_RUN_MAX	PHYS_PFN(SZ_128M)

/* With fewer free pages than in two words of a bitmap the pool would be late. */
#define XEN_POOL_MIN	(2UL * BITS_PER_LONG)

int xen_growth_add_part(unsigned int nr, unsigned int least);
unsigned long xen_growth_remove_part(unsigned long keep);
void xen_growth_ahead(void);
void xen_growth_set_low(void);
void xen_growth_get_stats(struct xen_unpopulated_stats *stats);

void xen_shrink_below_ceiling(void);

int xen_ballooned_alloc(unsigned int nr, struct page **pages);
unsigned int xen_ballooned_free(unsigned int nr, struct page **pages);

void xen_seeding_begin(void);
void xen_seeding_end(void);
bool xen_seeding_add(struct page *page);

bool xen_kept_apart_none(void);
bool xen_kept_apart_if_mapped(struct page *page);
void xen_kept_apart_get_stats(struct xen_unpopulated_stats *stats);

/* Is the debug option on, and can Xen be asked? */
#ifdef CONFIG_XEN_UNPOPULATED_DEBUG
DECLARE_STATIC_KEY_FALSE(xen_unpopulated_debug);
#define xen_debugging()	static_branch_unlikely(&xen_unpopulated_debug)
bool xen_still_mapped(struct page *page);
#else
#define xen_debugging()	false
static inline bool xen_still_mapped(struct page *page)
{
	return false;
}
#endif

#endif /* _XEN_UNPOPULATED_POOL_H */
