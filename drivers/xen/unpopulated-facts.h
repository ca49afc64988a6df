/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this domain can find out about itself and its host: mostly, what Xen answers.
 * And what the command line says.
 */
#ifndef _XEN_UNPOPULATED_FACTS_H
#define _XEN_UNPOPULATED_FACTS_H

#include <linux/types.h>

#include "safe-ranges.h"

void xen_unpopulated_add_params(struct sr_config *config);
void xen_unpopulated_get_facts(struct sr_facts *facts, unsigned int *ipa_bits);
int xen_probe_frame(phys_addr_t addr);
bool xen_unpopulated_lists_master(u32 phandle, u32 id);

#ifdef CONFIG_XEN_UNPOPULATED_ASK_IOMMU
enum sr_answer xen_ask_iommu(void);
#else
static inline enum sr_answer xen_ask_iommu(void)
{
	return SR_UNKNOWN;
}
#endif

#endif /* _XEN_UNPOPULATED_FACTS_H */
