# SPDX-License-Identifier: GPL-2.0
# Target: drivers/xen/balloon.c
# Before: 1 ^#include <xen/balloon\.h>$
# Before: 2 ^static enum bp_state reserve_additional_memory\(void\)$
# Before: 1 ^	unsigned long balloon_hotplug;$
# Before: 1 ^	register_sysctl_(init|table)\(.*\);$
# Before: 0 xen_direct_mapped
# After: 1 ^#include <xen/direct-mapped\.h>$
# After: 2 xen_direct_mapped\(\)\)
# After: 1 ^		register_sysctl_(init|table)\(.*\);$
#
# Memory is added in one function, called by the thread that follows the
# target, and for a request of pages if the sysctl says so.

/^\tregister_sysctl_(init|table)\(/ {
	print "\tif (!xen_direct_mapped())"
	$0 = "\t" $0
}
{ print }
/^#include <xen\/balloon\.h>$/ { print "#include <xen/direct-mapped.h>" }
/^\tunsigned long balloon_hotplug;$/ {
	print ""
	print "\t/* Holes cannot be populated: their frames are not this domain's. */"
	print "\tif (xen_direct_mapped()) {"
	print "\t\tballoon_stats.target_pages = balloon_stats.current_pages +"
	print "\t\t\t\t\t     balloon_stats.target_unpopulated;"
	print "\t\treturn BP_ECANCELED;"
	print "\t}"
}
