// SPDX-License-Identifier: GPL-2.0
/*
 * Say what helps when Xen has no memory for a domain's page tables.
 *
 * Each 2 MiB that a domain maps into take a page of tables, its p2m. Xen takes that
 * from a pool which is given to the domain when it is created, and whose size nobody
 * tells it: p2m_alloc_page() in Xen's arch/arm. Only the initial domain, its
 * hardware domain, has as much as there is.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/printk.h>

#include <xen/unpopulated.h>
#include <xen/xen.h>

/**
 * xen_mapping_refused() - say what may help, once
 * @error: -ENOMEM if Xen says that it has no memory; -EIO if it does not say why, which
 *	is all that a grant's status tells
 *
 * For whoever asked Xen to map a page of another domain, and was refused. Any context.
 */
void xen_mapping_refused(int error)
{
	if (xen_initial_domain())
		return;
	pr_warn_once("Xen refuses to map a page of another domain: %sno memory is left for this domain's page tables. xen,domain-p2m-mem-mb in the device tree gives more, or shadow_memory= in xl's configuration\n",
		     error == -ENOMEM ? "" : "perhaps ");
}
EXPORT_SYMBOL_GPL(xen_mapping_refused);
