/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is a device behind an IOMMU that Xen drives? See drivers/xen/ask-protected.c. A kernel
 * that does not ask does as with a Xen that cannot be asked.
 */
#ifndef _XEN_ASK_PROTECTED_H
#define _XEN_ASK_PROTECTED_H

#include <linux/errno.h>
#include <linux/types.h>

#ifdef CONFIG_XEN_ASK_PROTECTED

int xen_ask_node_protected(const char *path);
int xen_ask_pci_protected(u32 sbdf);

#else

static inline int xen_ask_node_protected(const char *path)
{
	return -EACCES;
}

static inline int xen_ask_pci_protected(u32 sbdf)
{
	return -EACCES;
}

#endif

#endif /* _XEN_ASK_PROTECTED_H */
