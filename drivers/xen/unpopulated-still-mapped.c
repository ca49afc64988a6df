// SPDX-License-Identifier: GPL-2.0
/*
 * Find out whether Xen has another domain's page mapped on a frame, for the debug option.
 *
 * No hypercall tells. To read the page would: but an abort that Xen injects cannot be
 * survived by the kernel. And Xen does not read, on our behalf, what this domain does
 * not own: that fails, mapped or not.
 *
 * But Xen refuses to unmap a grant from a frame that has another page, and does not
 * from a frame with nothing behind it: p2m_remove_mapping() in its arch/arm. So a page
 * of our own is granted to ourselves, and mapped where it is, which leaves it as it was.
 * With the handle of that, the frame in question is unmapped. If it has nothing
 * behind it, nothing happens, and the handle is used up. Otherwise it is refused.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

#include <asm/xen/hypercall.h>

#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/version.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "unpopulated-pool.h"

/* Who may do it: it has to know its own number. */
#define INITIAL_DOMAIN	0

/* The first Xen that is known to refuse; others would unmap what is there. */
#define XEN_REFUSES	(4 << 16 | 17)

DEFINE_STATIC_KEY_FALSE(xen_unpopulated_debug);

static struct {
	struct mutex lock;	/* protects the handles */
	phys_addr_t own;	/* a page that is granted to ourselves */
	int ref;		/* by this grant */
	/* of mappings of it: at least one for each frame of a page, to ask in one go */
	grant_handle_t handles[SZ_64K / XEN_PAGE_SIZE];
	unsigned int nr;
} probe = {
	.lock = __MUTEX_INITIALIZER(probe.lock),
};

/* Map our own page until there are enough handles; probe.lock is held. */
static bool get_handles(void)
{
	struct gnttab_map_grant_ref ops[ARRAY_SIZE(probe.handles)];
	unsigned int i, nr = ARRAY_SIZE(ops) - probe.nr;

	if (probe.nr >= XEN_PFN_PER_PAGE)
		return true;
	for (i = 0; i < nr; i++)
		ops[i] = (struct gnttab_map_grant_ref){
			.host_addr = probe.own, .flags = GNTMAP_host_map,
			.ref = probe.ref, .dom = INITIAL_DOMAIN,
		};
	if (HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, ops, nr))
		return false;
	for (i = 0; i < nr; i++)
		if (ops[i].status == GNTST_okay)
			probe.handles[probe.nr++] = ops[i].handle;
	return probe.nr >= XEN_PFN_PER_PAGE;
}

/* Would Xen unmap our own page from these frames? probe.lock is held. */
static bool is_refused(phys_addr_t addr)
{
	struct gnttab_unmap_grant_ref ops[XEN_PFN_PER_PAGE];
	unsigned int i;
	bool refused = false;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		ops[i] = (struct gnttab_unmap_grant_ref){
			.host_addr = addr + i * XEN_PAGE_SIZE,
			.handle = probe.handles[--probe.nr],
		};
	if (HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops, ARRAY_SIZE(ops)))
		return false;
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (ops[i].status == GNTST_okay)
			continue;
		probe.handles[probe.nr++] = ops[i].handle;
		refused = true;
	}
	return refused;
}

/**
 * xen_still_mapped() - has Xen another page mapped on one of a page's frames?
 * @page: of which this domain has nothing itself, neither RAM nor MMIO
 *
 * May sleep.
 *
 * Return: true if it has; false also if that cannot be told.
 */
bool xen_still_mapped(struct page *page)
{
	bool mapped;

	if (!xen_debugging())
		return false;
	mutex_lock(&probe.lock);
	mapped = get_handles() && is_refused(page_to_phys(page));
	mutex_unlock(&probe.lock);
	return mapped;
}

static int __init still_mapped_init(void)
{
	struct page *page;

	if (!xen_initial_domain())
		return 0;
	if (HYPERVISOR_xen_version(XENVER_version, NULL) < XEN_REFUSES) {
		pr_info("debug: this Xen does not tell whether a page is still mapped\n");
		return 0;
	}
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	probe.ref = gnttab_grant_foreign_access(INITIAL_DOMAIN, xen_page_to_gfn(page), 0);
	if (probe.ref < 0) {
		__free_page(page);
		return probe.ref;
	}
	probe.own = page_to_phys(page);
	static_branch_enable(&xen_unpopulated_debug);
	return 0;
}
late_initcall(still_mapped_init);
