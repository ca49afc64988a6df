// SPDX-License-Identifier: GPL-2.0
// Target: drivers/xen/swiotlb-xen.c
// Before: 0 ^#include <xen/dma-by-guest-frame\.h>$
// Before: 1 ^#include <xen/swiotlb-xen\.h>$
// Before: 1 ^xen_swiotlb_dma_supported\(struct device \*hwdev, u64 mask\)$
// After: 1 ^	if \(!xen_dma_choose\(hwdev, mask\)\)$
// After: 1 ^	xen_dma_uses_machine_frames\(\);$
// After: 1 ^#include <xen/dma-by-guest-frame\.h>$

@ header @
@@
+#include <xen/dma-by-guest-frame.h>
 #include <xen/swiotlb-xen.h>

@ depends on header @
identifier dev, mask;
@@
 xen_swiotlb_dma_supported(struct device *dev, u64 mask)
 {
+	if (!xen_dma_choose(dev, mask))
+		return 0;
 ...
 }

@ depends on header @
identifier f = { xen_swiotlb_map_page, xen_swiotlb_map_phys };
symbol dir, DMA_NONE;
@@
 f(...)
 {
 ...
 BUG_ON(dir == DMA_NONE);
+	xen_dma_uses_machine_frames();
 ...
 }
