// SPDX-License-Identifier: GPL-2.0
/*
 * Giving back: when the pool gets smaller. What it has grown by in a busy time takes RAM
 * for struct pages; it goes once it was not needed for a while.
 *
 * Twice what was in use at most in the last period stays, so that nothing goes that is
 * soon made again: the pool grows when less than an eighth of it is free. If the ceiling
 * is lowered, what is above it goes at once; debugfs has all go that can.
 *
 * Growing and giving back wait for RCU, and take the lock of memory hotplug. So this is
 * done by work items only, never by who frees a page, who may be reclaiming memory.
 */
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include <xen/xen.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

/* How long pages are unused before they go. */
#define PERIOD		(30 * HZ)

/*
 * Have the pool give back what it can, short of @keep pages and of its last part, which
 * would soon be made again. Returns how many went.
 */
static unsigned long shrink_to(unsigned long keep)
{
	unsigned long all = 0, nr;

	do {
		mutex_lock(&xen_growth_lock);
		nr = xen_growth_remove_part(max(keep, 1UL));
		mutex_unlock(&xen_growth_lock);
		all += nr;
	} while (nr);
	return all;
}

static void shrink_unused(struct work_struct *work);
static void shrink_below_ceiling(struct work_struct *work);

static DECLARE_DEFERRABLE_WORK(unused_work, shrink_unused);
static DECLARE_WORK(ceiling_work, shrink_below_ceiling);

static void shrink_unused(struct work_struct *work)
{
	shrink_to(2 * xen_spans_most_lately());
	queue_delayed_work(system_unbound_wq, &unused_work, PERIOD);
}

static void shrink_below_ceiling(struct work_struct *work)
{
	shrink_to(READ_ONCE(xen_spans.max));
}

/**
 * xen_shrink_below_ceiling() - what can never be out goes, soon
 *
 * Any context.
 */
void xen_shrink_below_ceiling(void)
{
	queue_work(system_unbound_wq, &ceiling_work);
}

/**
 * xen_unpopulated_give_back() - give back what can be
 *
 * As far as nobody has a page of it, down to one part. Context: may sleep, but must not
 * be reclaiming memory.
 *
 * Return: how many pages the pool has fewer.
 */
unsigned long xen_unpopulated_give_back(void)
{
	return shrink_to(0);
}

static int __init shrink_init(void)
{
	if (xen_domain())
		queue_delayed_work(system_unbound_wq, &unused_work, PERIOD);
	return 0;
}
late_initcall(shrink_init);
