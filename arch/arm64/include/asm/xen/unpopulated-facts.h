/* SPDX-License-Identifier: GPL-2.0 */
/* What only arm64 code can say about this domain and its host. */
#ifndef _ASM_ARM64_XEN_UNPOPULATED_FACTS_H
#define _ASM_ARM64_XEN_UNPOPULATED_FACTS_H

#include <linux/errno.h>
#include <linux/types.h>

/**
 * struct xen_unpopulated_facts - facts that decide where foreign mappings go
 * @xen_major: version of the hypervisor
 * @xen_minor: the same
 * @initial_domain: this is dom0
 * @identity: this domain's RAM has guest frame == machine frame (direct-mapped)
 * @max_ram_page: Xen's answer to XENMEM_maximum_ram_page
 * @ipa_bits: upper bound of the width of guest-physical addresses
 * @iommu: 1 if Xen drives an IOMMU, 0 if not, negative if it does not say
 */
struct xen_unpopulated_facts {
	unsigned int xen_major;
	unsigned int xen_minor;
	bool initial_domain;
	bool identity;
	long max_ram_page;
	unsigned int ipa_bits;
	int iommu;
};

void xen_unpopulated_get_facts(struct xen_unpopulated_facts *facts);
int xen_probe_frame(phys_addr_t addr);

#ifdef CONFIG_XEN_UNPOPULATED_ASK_IOMMU
int xen_ask_iommu(void);
#else
static inline int xen_ask_iommu(void)
{
	return -EACCES;
}
#endif

#endif /* _ASM_ARM64_XEN_UNPOPULATED_FACTS_H */
