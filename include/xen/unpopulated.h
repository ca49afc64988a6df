/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unpopulated pages: what they offer besides the allocation and freeing that
 * <xen/xen.h> declares.
 */
#ifndef _XEN_UNPOPULATED_H
#define _XEN_UNPOPULATED_H

#include <linux/types.h>

struct page;

#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
bool is_xen_unpopulated_page(struct page *page);
#else
static inline bool is_xen_unpopulated_page(struct page *page)
{
	return false;
}
#endif

#endif /* _XEN_UNPOPULATED_H */
