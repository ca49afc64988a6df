// SPDX-License-Identifier: GPL-2.0
/*
 * Ballooned pages: RAM of this domain that was given to Xen, for what the ranges
 * have no room for. They are returned to the balloon as soon as they are freed.
 */
#include <linux/mm.h>
#include <linux/xarray.h>

#include <xen/balloon.h>

#include <trace/events/xen_unpopulated.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

/* By pfn, those that are out. It has a lock of its own. */
static DEFINE_XARRAY(ballooned);

/**
 * xen_ballooned_alloc() - balloon pages out, and remember them
 * @nr: how many, may be 0
 * @pages: where to put them; anything if that fails
 *
 * May sleep.
 *
 * Return: 0, or -ENOMEM or another error of the balloon's.
 */
int xen_ballooned_alloc(unsigned int nr, struct page **pages)
{
	unsigned int i;
	int err;

	if (!nr)
		return 0;

	err = xen_alloc_ballooned_pages(nr, pages);
	trace_xen_unpopulated_balloon(nr, err);
	if (err)
		return err;

	for (i = 0; i < nr; i++) {
		err = xa_err(xa_store(&ballooned, page_to_pfn(pages[i]),
				      xa_mk_value(1), GFP_KERNEL));
		if (err) {
			while (i--)
				xa_erase(&ballooned, page_to_pfn(pages[i]));
			xen_free_ballooned_pages(nr, pages);
			trace_xen_unpopulated_balloon(-(int)nr, err);
			return err;
		}
	}
	xen_spans_add_ballooned(nr);
	return 0;
}

/**
 * xen_ballooned_free() - return leading pages to the balloon
 * @nr: pages there are
 * @pages: from xen_ballooned_alloc() or not
 *
 * May sleep.
 *
 * Return: how many it was, as far as they are from there.
 */
unsigned int xen_ballooned_free(unsigned int nr, struct page **pages)
{
	unsigned int n = 0;

	while (n < nr && xa_erase(&ballooned, page_to_pfn(pages[n])))
		n++;
	if (n) {
		xen_free_ballooned_pages(n, pages);
		trace_xen_unpopulated_balloon(-(int)n, 0);
		xen_spans_add_ballooned(-(long)n);
	}
	return n;
}
