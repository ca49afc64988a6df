// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that are kept apart: Xen still has something mapped on them, though who held
 * them is done with them. To hand one out would be to lose a mapping, or to find one.
 *
 * There are two kinds:
 *  - a grant could not be unmapped. The grant table says so, and frees its pages
 *    here. Xen is asked again to unmap it, but only once the page was freed:
 *    until then its holder may have mapped the same grant there anew.
 *  - the debug option found it when the page was to be handed out. Whoever mapped
 *    it has to unmap it.
 *
 * Xen is asked again after longer and longer pauses; then the page goes back to where
 * it came from.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>

#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/unpopulated.h>
#include <xen/xen.h>

#include "unpopulated-pool.h"

/* How long until Xen is asked again: at first, and at most. */
#define PAUSE_MIN	(HZ / 4)
#define PAUSE_MAX	(60 * HZ)

/**
 * struct kept - a mapping for which a page is kept apart
 * @node: in kept.mappings
 * @page: has it
 * @op: unmaps it; without a handle, others have to
 * @freed: nobody holds the page
 */
struct kept {
	struct list_head node;
	struct page *page;
	struct gnttab_unmap_grant_ref op;
	bool freed;
};

static void ask_again(struct work_struct *work);

static struct {
	spinlock_t lock;		/* protects the list, and who is on it */
	struct list_head mappings;
	atomic_long_t pages;		/* freed and kept apart; for debugfs only */
	atomic_long_t found_mapped;	/* by the debug option, so far; the same */
	unsigned long pause;		/* jiffies; the work's own once it is queued */
	struct delayed_work work;
} kept = {
	.lock = __SPIN_LOCK_UNLOCKED(kept.lock),
	.mappings = LIST_HEAD_INIT(kept.mappings),
	.work = __DELAYED_WORK_INITIALIZER(kept.work, ask_again, 0),
};

/* Returns false if there is no memory for it. */
static bool add_mapping(struct page *page, const struct gnttab_unmap_grant_ref *op, bool freed)
{
	struct kept *new = kzalloc(sizeof(*new), GFP_ATOMIC);
	unsigned long flags;

	if (!new)
		return false;
	new->page = page;
	new->op = *op;
	new->freed = freed;
	spin_lock_irqsave(&kept.lock, flags);
	list_add_tail(&new->node, &kept.mappings);
	spin_unlock_irqrestore(&kept.lock, flags);
	return true;
}

static void page_is_kept(void)
{
	atomic_long_inc(&kept.pages);
	WRITE_ONCE(kept.pause, PAUSE_MIN);
	cancel_delayed_work(&kept.work);
	schedule_delayed_work(&kept.work, PAUSE_MIN);
}

/**
 * xen_unpopulated_not_unmapped() - keep a page apart, once it is freed
 * @op: what could not unmap a grant from it, with Xen's answer
 *
 * The page is to be freed by xen_free_mapped_pages(). Any context.
 *
 * Return: false if nothing is noted: in a PV domain, for want of memory, or since the
 * answer is that there is no such mapping.
 */
bool xen_unpopulated_not_unmapped(const struct gnttab_unmap_grant_ref *op)
{
	unsigned long pfn = PHYS_PFN(op->host_addr);

	/* The entry of a page table that a PV domain names may be another's by then. */
	if (op->handle == INVALID_GRANT_HANDLE || op->status == GNTST_bad_handle ||
	    !xen_feature(XENFEAT_auto_translated_physmap))
		return false;

	if (!add_mapping(pfn_to_page(pfn), op, false)) {
		pr_err("frame %#lx: a grant cannot be unmapped (%d), and no memory to note it\n",
		       pfn, op->status);
		return false;
	}
	pr_warn_ratelimited("frame %#lx: a grant cannot be unmapped (%d), the page is kept apart\n",
			    pfn, op->status);
	return true;
}
EXPORT_SYMBOL_GPL(xen_unpopulated_not_unmapped);

/* Is a page that is freed, perhaps once too often, to be kept apart? */
static bool keep(struct page *page)
{
	bool found = false, again = false;
	struct kept *mapping;
	unsigned long flags;

	spin_lock_irqsave(&kept.lock, flags);
	list_for_each_entry(mapping, &kept.mappings, node) {
		if (mapping->page == page) {
			found = true;
			again |= mapping->freed;
			mapping->freed = true;
		}
	}
	spin_unlock_irqrestore(&kept.lock, flags);
	if (found && !again)
		page_is_kept();
	return found;
}

/**
 * xen_free_mapped_pages() - as xen_free_unpopulated_pages(), once grants are unmapped
 * @nr_pages: how many
 * @pages: on which grants were mapped; those of which one could not be unmapped are
 *	returned when it can be. Not changed
 *
 * May sleep.
 */
void xen_free_mapped_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int i, first = 0;

	for (i = 0; i < nr_pages && !xen_kept_apart_none(); i++) {
		if (!keep(pages[i]))
			continue;
		xen_free_unpopulated_pages(i - first, pages + first);
		first = i + 1;
	}
	xen_free_unpopulated_pages(nr_pages - first, pages + first);
}
EXPORT_SYMBOL_GPL(xen_free_mapped_pages);

/* Still there, as far as Xen says? */
static bool is_mapped(struct kept *mapping)
{
	struct gnttab_unmap_grant_ref *op = &mapping->op;

	if (op->handle == INVALID_GRANT_HANDLE)
		return xen_still_mapped(mapping->page);
	return HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, op, 1) ||
	       (op->status != GNTST_okay && op->status != GNTST_bad_handle);
}

static bool on_list(struct list_head *list, struct page *page)
{
	struct kept *mapping;

	list_for_each_entry(mapping, list, node)
		if (mapping->page == page)
			return true;
	return false;
}

static void ask_again(struct work_struct *work)
{
	struct kept *mapping, *next;
	LIST_HEAD(freed);

	/* Those of pages that were freed are this function's only. */
	spin_lock_irq(&kept.lock);
	list_for_each_entry_safe(mapping, next, &kept.mappings, node)
		if (mapping->freed)
			list_move_tail(&mapping->node, &freed);
	spin_unlock_irq(&kept.lock);

	list_for_each_entry_safe(mapping, next, &freed, node) {
		if (is_mapped(mapping))
			continue;
		list_del(&mapping->node);
		if (!on_list(&freed, mapping->page)) {
			pr_info("frame %#lx is no longer mapped, the page is returned\n",
				page_to_pfn(mapping->page));
			atomic_long_dec(&kept.pages);
			xen_free_unpopulated_pages(1, &mapping->page);
		}
		kfree(mapping);
	}
	if (list_empty(&freed))
		return;

	spin_lock_irq(&kept.lock);
	list_splice(&freed, &kept.mappings);
	spin_unlock_irq(&kept.lock);
	kept.pause = min(2 * READ_ONCE(kept.pause), (unsigned long)PAUSE_MAX);
	schedule_delayed_work(&kept.work, kept.pause);
}

/**
 * xen_kept_apart_none() - is there nothing to be kept apart?
 *
 * Of pages whose grants are unmapped, or could not be, by then. Any context.
 *
 * Return: true if no mapping is noted, of a page that was freed or is held.
 */
bool xen_kept_apart_none(void)
{
	return list_empty_careful(&kept.mappings);
}

/**
 * xen_kept_apart_if_mapped() - keep a page apart if Xen has something mapped on it
 * @page: that was about to be handed out
 *
 * For the debug option. May sleep.
 *
 * Return: true if it is kept apart.
 */
bool xen_kept_apart_if_mapped(struct page *page)
{
	const struct gnttab_unmap_grant_ref none = { .handle = INVALID_GRANT_HANDLE };

	if (!xen_still_mapped(page))
		return false;
	atomic_long_inc(&kept.found_mapped);
	pr_err("frame %#lx is to be handed out, but Xen still has it mapped: who had it freed it too early\n",
	       page_to_pfn(page));
	/* Without a note it stays out for good. */
	if (add_mapping(page, &none, true))
		page_is_kept();
	return true;
}

/**
 * xen_kept_apart_get_stats() - this part's share in the pool's counters
 * @stats: where to
 *
 * Any context.
 */
void xen_kept_apart_get_stats(struct xen_unpopulated_stats *stats)
{
	stats->kept_apart = atomic_long_read(&kept.pages);
	stats->found_mapped = atomic_long_read(&kept.found_mapped);
}
