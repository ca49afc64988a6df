# SPDX-License-Identifier: GPL-2.0
# Target: drivers/xen/Kconfig
# Before: 1 ^config XEN_UNPOPULATED_ALLOC$
# Before: 1 ^\s+bool "Use unpopulated memory ranges for guest mappings"$
# Before: 1 ^\s+depends on ZONE_DEVICE$
# Before: 1 ^\s+default XEN_BACKEND \|\| XEN_GNTDEV \|\| XEN_DOM0$
# After: 0 ^config XEN_UNPOPULATED_ALLOC$
# After: 1 ^source "drivers/xen/Kconfig.unpopulated"$
#
# XEN_UNPOPULATED_ALLOC moves to a Kconfig file of its own, beside the
# options it gains.

/^config XEN_UNPOPULATED_ALLOC$/ {
	print "source \"drivers/xen/Kconfig.unpopulated\"\n"
	skip = 1
	next
}
# the entry ends where a line is not indented
/^[^ \t]/ { skip = 0 }
!skip
