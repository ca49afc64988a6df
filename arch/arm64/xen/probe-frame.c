// SPDX-License-Identifier: GPL-2.0
/*
 * Find out whether Xen can map something on a guest frame, by doing it.
 *
 * The CPU's PARange says how wide guest-physical addresses can be at most. Xen may
 * have made them narrower, for an SMMU that puts out less, and tells nobody. So
 * this domain grants a page to itself, and maps it there for a moment.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/unpopulated-facts.h>

#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>

/* Who may try it: it has to know its own number. */
#define INITIAL_DOMAIN	0

/**
 * xen_probe_frame() - can another domain's page be mapped at an address?
 * @addr: guest-physical address in a frame that has nothing behind it
 *
 * For the initial domain, once the grant table is set up. May sleep.
 *
 * Return: 0, -ERANGE if Xen refuses, or -ENOMEM if it could not be tried.
 */
int xen_probe_frame(phys_addr_t addr)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct gnttab_unmap_grant_ref unmap;
	struct gnttab_map_grant_ref map;
	int ref, err;

	if (!page)
		return -ENOMEM;
	ref = gnttab_grant_foreign_access(INITIAL_DOMAIN, xen_page_to_gfn(page), 0);
	if (ref < 0) {
		__free_page(page);
		return -ENOMEM;
	}

	addr &= XEN_PAGE_MASK;
	gnttab_set_map_op(&map, addr, GNTMAP_host_map, ref, INITIAL_DOMAIN);
	err = -ERANGE;
	if (!HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &map, 1) &&
	    map.status == GNTST_okay) {
		gnttab_set_unmap_op(&unmap, addr, GNTMAP_host_map, map.handle);
		HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
		err = 0;
	}

	/* Frees the page, later if Xen still holds on to it. */
	gnttab_end_foreign_access(ref, page);
	return err;
}
