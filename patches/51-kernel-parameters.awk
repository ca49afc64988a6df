# SPDX-License-Identifier: GPL-2.0
# Target: Documentation/admin-guide/kernel-parameters.txt
# Before: 1 ^	xen\.balloon_boot_timeout=
# Before: 1 ^	xen_timer_slop=
# Before: 0 xen_unpopulated
# After: 1 ^	xen\.balloon_boot_timeout=
# After: 4 ^	xen_unpopulated\.[a-z_]+=?	+\[XEN,ARM64\]$
# After: 1 ^	xen_unpopulated\.max_pages=	\[XEN\]$
#
# List the parameters, too, between those that begin with xen_ and with xen.

/^\txen\.balloon_boot_timeout=/ {
	print "\txen_unpopulated.allow=\t[XEN,ARM64]"
	print "\t\t\tFormat: <size>[KMG]@<start>[KMG][,...]"
	print "\t\t\tOnly these guest-physical addresses may be used for"
	print "\t\t\tforeign mappings. At most 64 entries. Takes the place"
	print "\t\t\tof xen,allow in the device tree."
	print "\t\t\tSee Documentation/admin-guide/xen-unpopulated.rst for"
	print "\t\t\tthis and the next four."
	print ""
	print "\txen_unpopulated.exclude=\t[XEN,ARM64]"
	print "\t\t\tFormat: <size>[KMG]@<start>[KMG][,...]"
	print "\t\t\tNever use these guest-physical addresses for foreign"
	print "\t\t\tmappings, nor those of xen,exclude in the device"
	print "\t\t\ttree. At most 64 entries."
	print ""
	print "\txen_unpopulated.iommu_protected\t[XEN,ARM64]"
	print "\t\t\tAn IOMMU that Xen drives translates all DMA of all"
	print "\t\t\tdevices of dom0. The same as xen,iommu-protected in"
	print "\t\t\tthe device tree; refused if it is seen to be untrue."
	print ""
	print "\txen_unpopulated.max_pages=\t[XEN]"
	print "\t\t\tFormat: <integer>"
	print "\t\t\tHow many pages for foreign mappings may be out at a"
	print "\t\t\ttime, unpopulated and ballooned ones together. Can"
	print "\t\t\tbe changed at run time. Default is what takes 3 %"
	print "\t\t\tof RAM in struct pages."
	print ""
	print "\txen_unpopulated.policy=\t[XEN,ARM64]"
	print "\t\t\tFormat: { auto | published | holes | balloon }"
	print "\t\t\tWhere space for foreign mappings is to come from."
	print "\t\t\tTakes the place of xen,policy in the device tree."
	print "\t\t\tDefault is auto."
	print ""
}
{ print }
