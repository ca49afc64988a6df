/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is the guest frame of a page of this domain's RAM the machine frame of the same
 * number?
 */
#ifndef _XEN_DIRECT_MAPPED_H
#define _XEN_DIRECT_MAPPED_H

#include <linux/types.h>

#if defined(CONFIG_XEN) && (defined(CONFIG_ARM) || defined(CONFIG_ARM64))

#include <xen/swiotlb-xen.h>

/**
 * xen_direct_mapped() - is this domain direct-mapped?
 *
 * Devices are then given machine frames, and Xen populates a frame only with the
 * machine frame of its number. Any context, once Xen's features are known
 * (early_initcall).
 *
 * Return: true in a direct-mapped domain, which there is only on Arm.
 */
static inline bool xen_direct_mapped(void)
{
	return xen_swiotlb_detect();
}

#else

static inline bool xen_direct_mapped(void)
{
	return false;
}

#endif

#endif /* _XEN_DIRECT_MAPPED_H */
