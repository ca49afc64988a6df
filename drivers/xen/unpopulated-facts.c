// SPDX-License-Identifier: GPL-2.0
/*
 * Facts for the decision: what this domain can find out about itself and its host. Xen
 * is asked in the same way on every architecture; what a CPU says of itself is not.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>

#include <asm/xen/hypercall.h>

#include <xen/ask-protected.h>
#include <xen/direct-mapped.h>
#include <xen/interface/memory.h>
#include <xen/interface/version.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>

#include "safe-ranges.h"
#include "unpopulated-facts.h"

#ifdef CONFIG_ARM64
#include <asm/xen/ipa-bits.h>
#else
static inline unsigned int xen_ipa_bits(void)
{
	return MAX_PHYSMEM_BITS;
}
#endif

/* By either interface of the toolstack's: a Xen may have a version of one that is known. */
static enum sr_answer __init ask_iommu(void)
{
	enum sr_answer answer = xen_ask_iommu();
	int err;

	if (answer != SR_UNKNOWN)
		return answer;
	err = xen_ask_node_protected("/");
	return !err ? SR_YES : err == -EOPNOTSUPP ? SR_NO : SR_UNKNOWN;
}

/**
 * xen_unpopulated_get_facts() - ask the CPU, the kernel and the hypervisor
 * @facts: filled in
 * @ipa_bits: set to an upper bound of the width of guest-physical addresses
 *
 * Context: may sleep.
 */
void __init xen_unpopulated_get_facts(struct sr_facts *facts, unsigned int *ipa_bits)
{
	int version = HYPERVISOR_xen_version(XENVER_version, NULL);
	struct range mappable = mhp_get_pluggable_range(true);

	*ipa_bits = xen_ipa_bits();
	facts->acpi = !acpi_disabled;
	facts->initial_domain = xen_initial_domain();
	/* Xen says so since 4.16; before, the initial domain always was. */
	facts->identity = xen_direct_mapped();
	facts->xen_major = version > 0 ? version >> 16 : 0;
	facts->xen_minor = version > 0 ? version & 0xffff : 0;
	facts->xen_iommu = xen_initial_domain() ? ask_iommu() : SR_UNKNOWN;
	/* HYPERVISOR_memory_op() would make an int of it. */
	facts->host_ram_end = sr_host_ram_end(privcmd_call(__HYPERVISOR_memory_op,
							   XENMEM_maximum_ram_page, 0, 0, 0, 0));
	facts->align = memremap_compat_align();
	facts->mappable.start = mappable.start;
	facts->mappable.last = min_t(u64, mappable.end, BIT_ULL(*ipa_bits) - 1);
}
