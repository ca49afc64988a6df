// SPDX-License-Identifier: GPL-2.0
// Target: drivers/xen/gntdev-dmabuf.c
// Before: 1 ^static int dmabuf_map_sgt\(
// Before: 1 ^	ret = sg_alloc_table_from_pages\(sgt, pages, nr_pages, 0,$
// Before: 2 dma_map_sgtable\(
// After: 0 sg_alloc_table_from_pages\(
// After: 1 xen_direct_mapped\(\).* \? PAGE_SIZE : UINT_MAX
// After: 1 dma_map_sgtable\(
// After: 1 ^		if \(dmabuf_map_sgt\(attach->dev, sgt, dir\)\) \{$

@@
expression sgt, pages, nr, size, gfp;
symbol PAGE_SIZE, UINT_MAX;
@@
 dmabuf_pages_to_sgt(...)
 {
 ...
-sg_alloc_table_from_pages(sgt, pages, nr, 0, size, gfp)
+sg_alloc_table_from_pages_segment(sgt, pages, nr, 0, size,
+				  xen_direct_mapped() ? PAGE_SIZE : UINT_MAX, gfp)
 ...
 }

@@
expression dev, sgt, dir;
@@
 dmabuf_exp_ops_map_dma_buf(...)
 {
 <...
-dma_map_sgtable(dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC)
+dmabuf_map_sgt(dev, sgt, dir)
 ...>
 }
