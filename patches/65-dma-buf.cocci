// SPDX-License-Identifier: GPL-2.0
// Target: drivers/xen/gntdev-dmabuf.c
// Before: 1 ^dmabuf_pages_to_sgt\(struct page \*\*pages, unsigned int nr_pages\)$
// Before: 1 xen_direct_mapped\(\) \? PAGE_SIZE : UINT_MAX
// After: 1 !xen_dma_is_by_guest_frame\(dev\)
// After: 1 dmabuf_pages_to_sgt\(attach->dev, 
//
// A dma-buf is cut into pages only for a device that goes by machine frame.

@ header @
@@
+#include <xen/dma-by-guest-frame.h>
 #include <xen/direct-mapped.h>

@ depends on header @
identifier pages, nr;
symbol PAGE_SIZE, UINT_MAX;
@@
 dmabuf_pages_to_sgt(
+		    struct device *dev,
		     struct page **pages, unsigned int nr)
 {
 <...
-xen_direct_mapped() ? PAGE_SIZE : UINT_MAX
+xen_direct_mapped() && !xen_dma_is_by_guest_frame(dev) ? PAGE_SIZE : UINT_MAX
 ...>
 }

@ depends on header @
identifier attach, dir;
expression pages, nr;
@@
 dmabuf_exp_ops_map_dma_buf(struct dma_buf_attachment *attach, enum dma_data_direction dir)
 {
 <...
-dmabuf_pages_to_sgt(pages, nr)
+dmabuf_pages_to_sgt(attach->dev, pages, nr)
 ...>
 }
