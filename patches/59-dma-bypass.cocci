// SPDX-License-Identifier: GPL-2.0
// Subject: dma-mapping: add accessors for the bypass of a device's operations
// Target: include/linux/dma-map-ops.h
// Before: 0 ^#define dev_dma_ops_bypass\(dev\)
// Before: 2 return dev->dma_coherent;|return dev_dma_coherent\(dev\);|^#include <linux/pgtable\.h>$
// After: 1 ^#define dev_dma_ops_bypass\(dev\)|return dev_dma_coherent\(dev\);
//
// Flags of a device are about to be read and set by accessors. Have that of
// dma_ops_bypass, where the kernel does not, for those who set it outside of
// arch code.

@ plain @
identifier dev;
@@
 dev_is_dma_coherent(struct device *dev)
 {
	return dev->dma_coherent;
 }

@ depends on plain @
@@
 #include <linux/pgtable.h>
+#define dev_dma_ops_bypass(dev) ((dev)->dma_ops_bypass)
+#define dev_set_dma_ops_bypass(dev) ((dev)->dma_ops_bypass = true)
+#define dev_clear_dma_ops_bypass(dev) ((dev)->dma_ops_bypass = false)
