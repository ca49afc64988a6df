# SPDX-License-Identifier: GPL-2.0
# Subject: xen/balloon: do not hotplug memory on Arm
# Target: drivers/xen/Kconfig
# Before: 1 ^config XEN_BALLOON_MEMORY_HOTPLUG$
# Before: 1 ^\s+depends on XEN_BALLOON && MEMORY_HOTPLUG$
# Before: 0 !ARM
# After: 1 ^\s+depends on XEN_BALLOON && MEMORY_HOTPLUG$
# After: 1 ^\s+depends on !ARM && !ARM64$
#
# With XEN_BALLOON_MEMORY_HOTPLUG, which is on by default, the balloon driver
# answers a request for more pages than it holds by taking the lowest hole of
# iomem_resource that is large enough, adding it as memory and giving it out.
#
# On Arm a hole of iomem_resource is not known to be free: it may be the
# address of host RAM or of a device that is not listed there. Nor can a
# direct-mapped domain populate it, because its frames can only be backed by
# the machine frames of the same number. Unpopulated memory that is known to
# be safe is chosen elsewhere, and when that has run out only frames that
# were RAM of the domain at boot may be used.
#
# Make the option depend on neither ARM nor ARM64 being set. The balloon
# driver then only ever gives out the domain's own RAM on Arm. A domain there
# can no longer be expanded beyond the memory it had at boot, which is the
# option's other use.

{ print }
/^(config|menuconfig) / { entry = $2 }
entry == "XEN_BALLOON_MEMORY_HOTPLUG" && /depends on XEN_BALLOON && MEMORY_HOTPLUG$/ {
	print "\tdepends on !ARM && !ARM64"
}
