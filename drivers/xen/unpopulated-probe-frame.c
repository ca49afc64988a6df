// SPDX-License-Identifier: GPL-2.0
/*
 * Find out whether something can be mapped on a guest frame, by doing it.
 *
 * The CPU's PARange says how wide guest-physical addresses can be at most. Xen may
 * have made them narrower, for an SMMU that puts out less, and tells nobody. So
 * this domain grants a page to itself, and maps it there for a moment.
 *
 * Xen's tables can be wider than what the MMU is told to use: 48 bits, when it is
 * 44. To touch such a frame is an abort. But Xen, when it is asked to write to an
 * address of ours, has the MMU translate that first and fails if it cannot:
 * get_page_from_gva() in its arch/arm/p2m.c.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <asm/xen/hypercall.h>

#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/version.h>
#include <xen/page.h>

#include "unpopulated-facts.h"

/* Who may try it: it has to know its own number. */
#define INITIAL_DOMAIN	0

/* Does what Xen writes at the address arrive in the page? */
static int see_if_arrives(phys_addr_t addr, const struct page *page)
{
	struct xen_extraversion *there = memremap(addr, sizeof(*there), MEMREMAP_WB);
	struct xen_extraversion here = { };
	int err = -ERANGE;

	if (!there)
		return -ENOMEM;
	if (!HYPERVISOR_xen_version(XENVER_extraversion, there) &&
	    !HYPERVISOR_xen_version(XENVER_extraversion, &here) &&
	    !memcmp(&here, page_address(page), sizeof(here)))
		err = 0;
	memunmap(there);
	return err;
}

/**
 * xen_probe_frame() - can another domain's page be mapped at an address?
 * @addr: guest-physical address in a frame that has nothing behind it
 *
 * For the initial domain, once the grant table is set up. May sleep.
 *
 * Return: 0; -ERANGE if Xen refused, which is what it does if it cannot map that
 * address, but also for want of memory; another error if it could not be tried.
 */
int xen_probe_frame(phys_addr_t addr)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
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
	/* gnttab_set_map_op() takes the kernel's address of a page: there is none. */
	map = (struct gnttab_map_grant_ref){
		.host_addr = addr, .flags = GNTMAP_host_map,
		.ref = ref, .dom = INITIAL_DOMAIN,
	};
	if (HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &map, 1))
		map.status = GNTST_eagain;
	switch (map.status) {
	case GNTST_okay:
		err = see_if_arrives(addr, page);
		unmap = (struct gnttab_unmap_grant_ref){
			.host_addr = addr, .handle = map.handle,
		};
		HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
		break;
	case GNTST_general_error:
		err = -ERANGE;
		break;
	default:
		/* All handles are in use, or the like: nothing about the address. */
		err = -EAGAIN;
	}

	/* Frees the page, later if Xen still holds on to it. */
	gnttab_end_foreign_access(ref, page);
	return err;
}
