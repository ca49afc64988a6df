// SPDX-License-Identifier: GPL-2.0
// Target: drivers/xen/swiotlb-xen.c
// Before: 4 pfn_valid\(PFN_DOWN\(dma_to_phys\((dev|hwdev), (dma_addr|dev_addr)\)\)\)
// After: 0 pfn_valid\(PFN_DOWN\(dma_to_phys\(
// After: 4 if \(xen_dma_is_local\((dev|hwdev), (dma_addr|dev_addr)\)\)

@@
expression dev, addr;
@@
-pfn_valid(PFN_DOWN(dma_to_phys(dev, addr)))
+xen_dma_is_local(dev, addr)
