// SPDX-License-Identifier: GPL-2.0
// Subject: xen/grant-table: hand cached pages out in the order they were put
// Target: drivers/xen/grant-table.c
// Before: 1 ^void gnttab_page_cache_put\(struct gnttab_page_cache \*cache, struct page \*\*page,$
// Before: 0 ^	for \(i = num; i-- > 0;\)$
// After: 1 ^	for \(i = num; i-- > 0;\)$
//
// Back ends keep pages for grants in a stack and put those of a request
// there in rising order, so the next request gets them in falling order.
// Where a device is given guest frames, pages that follow one another make
// one segment. Push them from the last to the first.

@@
identifier cache, page, num, i;
@@
 gnttab_page_cache_put(struct gnttab_page_cache *cache, struct page **page, unsigned int num)
 {
 ...
-for (i = 0; i < num; i++)
+for (i = num; i-- > 0;)
	cache_enq(cache, page[i]);
 ...
 }
