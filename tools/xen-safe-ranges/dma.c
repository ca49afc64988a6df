// SPDX-License-Identifier: GPL-2.0
/*
 * By which frames dom0's devices do DMA: drivers/xen/dma-by-guest-frame.c at the desk. What
 * a device reaches is not in the tree, so what is said is which frames those get that
 * reach the whole pool.
 */
#include <libfdt.h>

#include "commands.h"
#include "text.h"

/* Xen answers for nodes of the tree in these: versions[] in drivers/xen/ask-protected.c */
#define ASKED_FROM	XEN_VERSION(4, 16)
#define ASKED_TO	XEN_VERSION(4, 22)

static bool is_host_bridge(const struct view *view, int node)
{
	return node >= 0 && is_pci(view->host, node_index(view->host, node));
}

/**
 * dma_frames() - which frames are DMA masters given?
 * @view: the board, not captured in a domain
 * @by: who translates for them
 *
 * Return: text for people; for what is below a PCI host bridge, see dma_frames_of().
 */
const char *dma_frames(const struct view *view, enum translator by)
{
	if (!view->xen.direct_mapped)
		return "guest frames";
	if (by == IOMMU_BLOCKS)
		return "none arrives";
	if (by != IOMMU_OF_XEN)
		return "machine frames";
	if (xen_version(&view->xen) < ASKED_FROM)
		return "machine frames, as a Xen before 4.16 cannot be asked";
	if (xen_version(&view->xen) > ASKED_TO)
		return "machine frames, unless the kernel knows how to ask this Xen";
	return "guest frames";
}

/**
 * dma_frames_of() - the same of one master
 * @view: the board, not captured in a domain
 * @master: the master
 *
 * Return: what differs from dma_frames() of its translator, or NULL.
 */
const char *dma_frames_of(const struct view *view, const struct master *master)
{
	if (!view->xen.direct_mapped || !is_host_bridge(view, master->node))
		return NULL;
	if (master->by == IOMMU_BLOCKS)
		return "functions whose streams a node names: guest frames if in xen,iommu-masters";
	if (master->by != IOMMU_OF_XEN)
		return NULL;
	return "guest frames only for functions that Xen knows (from 4.21 on, with CONFIG_PCI_PASSTHROUGH, which needs EXPERT, and pci-passthrough=yes), or that are in xen,iommu-masters";
}

/* iommu-map of a bridge: the IOMMU and the stream of a requester ID, or -1 */
static int find_stream(const struct view *view, int bridge, u32 id, u32 *stream)
{
	int nr, i, one;
	const u32 *mask = get_cells(view->host, bridge, "iommu-map-mask", &one);
	const u32 *cells = get_cells(view->host, bridge, "iommu-map", &nr);

	if (mask && one == 1)
		id &= fdt32_ld(mask);
	for (i = 0; i + 4 <= nr; i += 4) {
		u32 first = fdt32_ld(&cells[i]);

		if (id < first || id - first >= fdt32_ld(&cells[i + 3]))
			continue;
		*stream = fdt32_ld(&cells[i + 2]) + (id - first);
		return node_by_phandle(view->host, fdt32_ld(&cells[i + 1]));
	}
	return -1;
}

static bool is_behind_xens(const struct view *view, int bridge, u32 id)
{
	u32 stream;
	const struct iommu *iommu = find_iommu(&view->devices,
					       find_stream(view, bridge, id, &stream));

	return iommu && iommu->by == IOMMU_OF_XEN;
}

/* A pair of xen,iommu-masters: the host bridge's node, or -1, and the requester ID */
static int get_listed(const struct view *view, unsigned int i, u32 *id)
{
	const u32 *pair = (const u32 *)view->host->tree.config.masters + 2 * i;

	*id = fdt32_ld(&pair[1]);
	return node_by_phandle(view->host, fdt32_ld(&pair[0]));
}

/**
 * print_listed() - what the integrator lists
 * @view: the board
 */
void print_listed(const struct view *view)
{
	unsigned int nr = view->host->tree.config.nr_masters;
	u32 id;

	if (!nr)
		return;
	printf("  in xen,iommu-masters: %u\n", nr);
	for (unsigned int i = 0; i < nr; i++) {
		int bridge = get_listed(view, i, &id);

		printf("    %s, %02x:%02x.%x%s\n", bridge < 0 ? "no node" : node_path(view->host, bridge),
		       id >> 8, id >> 3 & 31, id & 7,
		       view->captured || (bridge >= 0 && is_behind_xens(view, bridge, id)) ? "" :
		       ": behind no IOMMU that Xen drives");
	}
}

/**
 * check_listed() - is what the integrator lists behind Xen's IOMMU?
 * @view: the board
 * @findings: what is not is added
 *
 * A Xen that knows nothing of PCI leaves it to the integrator.
 */
void check_listed(const struct view *view, struct findings *findings)
{
	const struct sr_config *config = &view->host->tree.config;
	const char *node = node_path(view->host, config->node);
	u32 id;

	if (view->captured || !view->xen.direct_mapped)
		return;
	if (config->nr_masters && !view->devices.xen_drives) {
		add_finding(findings, FOUND_FALSE_CLAIM, node,
			    "remove the property, or have Xen drive an IOMMU",
			    "xen,iommu-masters, but Xen drives no IOMMU here");
		return;
	}
	for (unsigned int i = 0; i < config->nr_masters; i++) {
		int bridge = get_listed(view, i, &id);

		if (!is_host_bridge(view, bridge))
			add_finding(findings, FOUND_LISTED, node, "name the bridge that the function is below",
				    "xen,iommu-masters, entry %u: %s is no PCI host bridge", i,
				    bridge < 0 ? "its phandle, of no node," : node_path(view->host, bridge));
		else if (!is_behind_xens(view, bridge, id))
			add_finding(findings, FOUND_LISTED, node, "remove it from the list",
				    "xen,iommu-masters: %02x:%02x.%x of %s is behind no IOMMU that Xen drives: its DMA would go to other domains' memory",
				    id >> 8, id >> 3 & 31, id & 7, node_path(view->host, bridge));
	}
}
