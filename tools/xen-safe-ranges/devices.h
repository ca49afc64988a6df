/* SPDX-License-Identifier: GPL-2.0 */
/* IOMMUs, who drives them, and DMA masters */
#ifndef _DEVICES_H
#define _DEVICES_H

#include "board.h"
#include "options.h"

/*
 * Who translates; of several the last one counts. IOMMU_BLOCKS: Xen drives it, but does
 * not know that the device is behind it, so that the device's DMA is aborted.
 */
enum translator { NO_IOMMU, IOMMU_OF_XEN, IOMMU_BLOCKS, IOMMU_OF_DOM0, TRANSLATORS };

/**
 * struct iommu - an IOMMU in the tree
 * @node: its offset
 * @xen: Xen's driver, or NULL
 * @hidden: Xen has that driver built in: dom0 does not see the node
 * @enabled: the tree says that it is to be used
 * @by: who drives it and translates for its masters
 * @masters: enabled nodes that refer to it
 * @io: the first of them that may do a guest's I/O, see is_media(); or -1
 */
struct iommu {
	int node;
	const struct xen_iommu *xen;
	bool hidden;
	bool enabled;
	enum translator by;
	unsigned int masters;
	int io;
};

/**
 * struct master - a node that looks as if it did DMA
 * @node: its offset
 * @why: it looks so
 * @by: who translates its DMA
 * @iommu: the node of the last of these, or -1
 * @for_guest: it is not dom0's (xen,passthrough)
 */
struct master {
	int node;
	const char *why;
	enum translator by;
	int iommu;
	bool for_guest;
};

struct devices {
	struct iommu *iommus;
	unsigned int nr_iommus;
	struct master *masters;
	unsigned int nr_masters;
	unsigned int by[TRANSLATORS];	/* of dom0's masters */
	unsigned int for_guests;
	bool xen_drives;
};

void find_devices(const struct board *board, const struct options *options,
		  struct devices *devices);
bool is_pci(const struct board *board, int index);
bool is_media(const struct board *board, int node);
struct iommu *find_iommu(const struct devices *devices, int node);
void free_devices(struct devices *devices);

#endif /* _DEVICES_H */
