# SPDX-License-Identifier: GPL-2.0
# Target: drivers/xen/Makefile
# Before: 1 unpopulated
# Before: 1 ^obj-\$\(CONFIG_XEN_UNPOPULATED_ALLOC\)\s*\+=\s*unpopulated-alloc\.o$
# After: 1 unpopulated
# After: 1 ^include \$\(srctree\)/drivers/xen/Makefile\.unpopulated$
#
# The objects are likewise listed in a Makefile of their own.

/^obj-\$\(CONFIG_XEN_UNPOPULATED_ALLOC\)/ {
	$0 = "include $(srctree)/drivers/xen/Makefile.unpopulated"
}
{ print }
