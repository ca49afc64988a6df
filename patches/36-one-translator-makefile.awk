# SPDX-License-Identifier: GPL-2.0
# Target: arch/arm64/xen/Makefile
# Before: 1 ^obj-y\s*:=\s*xen-arm\.o hypercall\.o$
# Before: 0 one-translator
# After: 1 ^obj-y\s*:=\s*xen-arm\.o hypercall\.o$
# After: 1 ^obj-\$\(CONFIG_IOMMU_DMA\) \+= one-translator\.o$
#
# Without CONFIG_IOMMU_DMA no IOMMU translates for the DMA API on arm64.

{ print }
/^obj-y/ { print "obj-$(CONFIG_IOMMU_DMA) += one-translator.o" }
