# SPDX-License-Identifier: GPL-2.0
# Target: arch/arm64/xen/Makefile
# Before: 1 ^obj-y\s*:=\s*xen-arm\.o hypercall\.o$
# Before: 0 unpopulated
# After: 1 ^obj-y\s*:=\s*xen-arm\.o hypercall\.o$
# After: 1 ^obj-\$\(CONFIG_XEN_UNPOPULATED_ALLOC\) \+= unpopulated-facts\.o probe-frame\.o$
# After: 1 ^obj-\$\(CONFIG_XEN_UNPOPULATED_ASK_IOMMU\) \+= ask-iommu\.o$
#
# What only arm64 code can find out is in arch/arm64/xen. No other place is
# needed: 32-bit Arm has no ZONE_DEVICE, hence no XEN_UNPOPULATED_ALLOC.

{ print }
/^obj-y/ {
	print "obj-$(CONFIG_XEN_UNPOPULATED_ALLOC) += unpopulated-facts.o probe-frame.o"
	print "obj-$(CONFIG_XEN_UNPOPULATED_ASK_IOMMU) += ask-iommu.o"
}
