# SPDX-License-Identifier: GPL-2.0
# Target: drivers/iommu/dma-iommu.c
# Before: 1 ^static bool dev_is_untrusted\(struct device \*dev\)$
# Before: 1 ^	return dev_is_pci\(dev\) && to_pci_dev\(dev\)->untrusted;$
# Before: 1 ^#include <trace/events/swiotlb\.h>$
# Before: 0 xen
# After: 1 ^#include <xen/one-translator\.h>$
# After: 1 ^	return dev_is_pci\(dev\) && to_pci_dev\(dev\)->untrusted;$
# After: 1 ^	return dev_is_untrusted\(dev\) \|\| xen_one_translator\(\);$
#
# Some devices get a translating domain all the same: PCI devices that are
# not trusted, and those whose IOMMU driver does not do without. Their
# buffers that hold foreign pages are to go through bounce buffers, as those
# do that must be hidden from a device. Tell the two reasons apart: a trusted
# device does not become an untrusted one.

{ print }
/^#include <trace\/events\/swiotlb\.h>$/ { print "#include <xen/one-translator.h>" }
/^static bool dev_is_untrusted\(/ { inside = 1 }
inside && /^}$/ {
	print ""
	print "/* Foreign pages take the same way as what must be hidden from a device. */"
	print "static bool dev_may_bounce(struct device *dev)"
	print "{"
	print "\treturn dev_is_untrusted(dev) || xen_one_translator();"
	print "}"
	inside = 0
}
