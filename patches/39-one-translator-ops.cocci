// SPDX-License-Identifier: GPL-2.0
// Target: include/xen/arm/xen-ops.h
// Before: 1 ^	if \(xen_swiotlb_detect\(\)\)$
// Before: 1 ^		dev->dma_ops = &xen_swiotlb_dma_ops;$
// Before: 1 ^#include <xen/swiotlb-xen\.h>$
// After: 1 ^	if \(xen_swiotlb_detect\(\) && !xen_leaves_dma_to_iommu\(dev\)\)$
// After: 1 ^#include <xen/one-translator\.h>$
//
// Such a device must not have the operations of swiotlb-xen as well: Linux
// 6.1 would use them, with a domain in which nothing is mapped, and newer
// kernels warn in dma_supported() and fail dma_set_mask().

@ header @
@@
+#include <xen/one-translator.h>
 #include <xen/swiotlb-xen.h>

@ depends on header @
expression dev;
symbol xen_swiotlb_dma_ops;
@@
-if (xen_swiotlb_detect())
+if (xen_swiotlb_detect() && !xen_leaves_dma_to_iommu(dev))
	dev->dma_ops = &xen_swiotlb_dma_ops;
