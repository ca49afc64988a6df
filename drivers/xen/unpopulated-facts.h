/* SPDX-License-Identifier: GPL-2.0 */
/* What this domain can find out about itself and its host: mostly, what Xen answers. */
#ifndef _XEN_UNPOPULATED_FACTS_H
#define _XEN_UNPOPULATED_FACTS_H

#include <linux/errno.h>
#include <linux/types.h>

struct sr_facts;

void xen_unpopulated_get_facts(struct sr_facts *facts, unsigned int *ipa_bits);
int xen_probe_frame(phys_addr_t addr);

#ifdef CONFIG_XEN_UNPOPULATED_ASK_IOMMU
int xen_ask_iommu(void);
#else
static inline int xen_ask_iommu(void)
{
	return -EACCES;
}
#endif

#endif /* _XEN_UNPOPULATED_FACTS_H */
