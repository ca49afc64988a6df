// SPDX-License-Identifier: GPL-2.0
/* What this domain can find out about itself and its host on arm64. */
#include <linux/cpufeature.h>
#include <linux/errno.h>
#include <linux/init.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/unpopulated-facts.h>

#include <xen/interface/memory.h>
#include <xen/interface/version.h>
#include <xen/interface/xen.h>
#include <xen/swiotlb-xen.h>
#include <xen/xen.h>

/**
 * xen_unpopulated_get_facts() - ask the CPU and the hypervisor
 * @facts: filled in
 */
void __init xen_unpopulated_get_facts(struct xen_unpopulated_facts *facts)
{
	u64 mmfr0 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);
	u64 parange = cpuid_feature_extract_unsigned_field(mmfr0, ID_AA64MMFR0_EL1_PARANGE_SHIFT);
	int version = HYPERVISOR_xen_version(XENVER_version, NULL);

	facts->xen_major = version > 0 ? version >> 16 : 0;
	facts->xen_minor = version > 0 ? version & 0xffff : 0;
	facts->initial_domain = xen_initial_domain();
	/* Xen says so since 4.16; before, the initial domain always was. */
	facts->identity = xen_swiotlb_detect();
	/* HYPERVISOR_memory_op() would make an int of it. */
	facts->max_ram_page = privcmd_call(__HYPERVISOR_memory_op, XENMEM_maximum_ram_page,
					   0, 0, 0, 0);
	facts->ipa_bits = id_aa64mmfr0_parange_to_phys_shift(parange);
	facts->iommu = xen_initial_domain() ? xen_ask_iommu() : -EACCES;
}
