// SPDX-License-Identifier: GPL-2.0
// Target: drivers/iommu/dma-iommu.c
// Before: 1 ^static bool dev_is_untrusted\(struct device \*dev\)$
// Before: 1 ^	return dev_is_pci\(dev\) && to_pci_dev\(dev\)->untrusted;$
// Before: 1 ^#include <trace/events/swiotlb\.h>$
// Before: 0 xen
// After: 1 ^#include <xen/one-translator\.h>$
// After: 1 ^	return dev_is_pci\(dev\) && to_pci_dev\(dev\)->untrusted;$
// After: 1 IS_ENABLED\(CONFIG_SWIOTLB\) && xen_may_bounce\(dev_is_untrusted\(dev\)\);|^		\(xen_may_bounce\(dev_is_untrusted\(dev\)\) \|\|$
// After: 1 phys(, | \| )size\) \|\| xen_dma_is_foreign\(dev, phys, size\)
// After: 0 ^	if \(!use_dma_iommu\(dev\)\)$
//
// Some devices get a translating domain all the same: PCI devices that are
// not trusted, and those whose IOMMU driver does not do without. Their
// buffers that hold foreign pages are to go through bounce buffers, as those
// do that must be hidden from a device. Tell the two reasons apart: a trusted
// device does not become an untrusted one.
//
// Bounce what holds foreign pages as what shares a page with something else:
// bounce buffers are the domain's own RAM, where guest frame and machine
// frame are the same. Mapping fails if a buffer cannot be bounced.
//
// dma_iova_try_alloc() of newer kernels promises to link whole pages as they
// are. Let it send its callers to dma_map_phys() instead.

@@
@@
#include <trace/events/swiotlb.h>
+#include <xen/one-translator.h>

@@
identifier f = { dev_use_swiotlb, dev_use_sg_swiotlb, iommu_dma_max_mapping_size };
identifier dev;
@@
 f(struct device *dev, ...)
 {
 <...
-dev_is_untrusted(dev)
+xen_may_bounce(dev_is_untrusted(dev))
 ...>
 }

@ map @
identifier f = { iommu_dma_map_page, iommu_dma_map_phys };
identifier dev, phys, size;
expression iovad;
@@
 f(struct device *dev, ...)
 {
 <...
(
-iova_offset(iovad, phys | size)
+(iova_offset(iovad, phys | size) || xen_dma_is_foreign(dev, phys, size))
|
-iova_unaligned(iovad, phys, size)
+(iova_unaligned(iovad, phys, size) || xen_dma_is_foreign(dev, phys, size))
)
 ...>
 }

@ depends on map @
identifier dev;
symbol false;
@@
 dma_iova_try_alloc(struct device *dev, ...)
 {
 ...
-if (!use_dma_iommu(dev))
+if (!use_dma_iommu(dev) || xen_one_translator())
	return false;
 ...
 }
