// SPDX-License-Identifier: GPL-2.0
// Target: include/xen/arm/xen-ops.h
// Before: 0 ^#include <xen/dma-by-guest-frame\.h>$
// Before: 1 ^	if \(xen_swiotlb_detect\(\) && !xen_leaves_dma_to_iommu\(dev\)\)$
// Before: 1 ^#include <xen/one-translator\.h>$
// After: 1 ^	xen_dma_begin\(dev\);$
// After: 1 ^#include <xen/dma-by-guest-frame\.h>$

@ header @
@@
+#include <xen/dma-by-guest-frame.h>
 #include <xen/one-translator.h>

@ depends on header @
expression dev, condition;
symbol xen_swiotlb_dma_ops;
@@
+xen_dma_begin(dev);
 if (condition)
	dev->dma_ops = &xen_swiotlb_dma_ops;
