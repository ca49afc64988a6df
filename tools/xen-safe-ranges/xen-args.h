/* SPDX-License-Identifier: GPL-2.0 */
/* Xen's command line, as the tree has it */
#ifndef _XEN_ARGS_H
#define _XEN_ARGS_H

#include "board.h"
#include "options.h"

/**
 * struct xen_args - what of Xen's command line changes what dom0 gets
 * @heeded: the words that do, or ""
 * @dom0_mem: bytes; 0: not said
 * @ext_regions: BY_ITSELF: not said, as in the others
 * @iommu: whether Xen may use one
 * @llc_coloring: dom0 is not direct-mapped with it
 */
struct xen_args {
	char heeded[160];
	u64 dom0_mem;
	enum switch3 ext_regions;
	enum switch3 iommu;
	enum switch3 llc_coloring;
};

bool parse_xen_size(const char *text, u64 *size);
void read_xen_args(const struct board *board, struct xen_args *args);

#endif /* _XEN_ARGS_H */
