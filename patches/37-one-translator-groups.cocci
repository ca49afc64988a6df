// SPDX-License-Identifier: GPL-2.0
// Target: drivers/iommu/iommu.c
// Before: 2 ^static ssize_t iommu_group_store_type\(struct iommu_group \*group,$
// Before: 1 ^	else if \(sysfs_streq\(buf, "auto"\)\)$
// Before: 1 ^#include <trace/events/iommu\.h>$
// Before: 0 xen
// After: 1 xen_refuses_iommu_type\(group, group->default_domain, req_type\)
// After: 1 ^#include <xen/one-translator\.h>$
//
// Refuse to switch a group to a translating default domain at run time.

@ header @
@@
 #include <trace/events/iommu.h>
+#include <xen/one-translator.h>

@ depends on header @
identifier group, buf, count;
symbol req_type;
statement identity, other;
@@
 iommu_group_store_type(struct iommu_group *group, const char *buf, size_t count)
 {
 ...
 if (sysfs_streq(buf, "identity"))
	identity
 else
	other
+
+if (xen_refuses_iommu_type(group, group->default_domain, req_type))
+	return -EPERM;
 ...
 }
