/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unpopulated pages: what they offer besides the allocation and freeing that
 * <xen/xen.h> declares.
 */
#ifndef _XEN_UNPOPULATED_H
#define _XEN_UNPOPULATED_H

#include <linux/err.h>
#include <linux/types.h>

#include <xen/xen.h>

struct gnttab_unmap_grant_ref;
struct page;

#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
bool is_xen_unpopulated_page(struct page *page);
unsigned int xen_exchange_unpopulated_pages(unsigned int nr_pages, struct page **pages);
struct page *xen_alloc_unpopulated_contiguous(unsigned int nr_pages, unsigned int align);
void xen_free_unpopulated_contiguous(struct page *first, unsigned int nr_pages);

/* For the grant table: pages whose grants are, or could not be, unmapped. */
void xen_free_mapped_pages(unsigned int nr_pages, struct page **pages);
bool xen_unpopulated_not_unmapped(const struct gnttab_unmap_grant_ref *op);
#else
#define xen_free_mapped_pages	xen_free_unpopulated_pages

static inline bool xen_unpopulated_not_unmapped(const struct gnttab_unmap_grant_ref *op)
{
	return false;
}

static inline bool is_xen_unpopulated_page(struct page *page)
{
	return false;
}

static inline struct page *xen_alloc_unpopulated_contiguous(unsigned int nr_pages,
							    unsigned int align)
{
	return ERR_PTR(-ENOSPC);
}
#endif

#ifdef CONFIG_XEN_UNPOPULATED_REFUSED
/* For those who have Xen map pages. */
void xen_mapping_refused(int error);
#else
static inline void xen_mapping_refused(int error)
{
}
#endif

#endif /* _XEN_UNPOPULATED_H */
