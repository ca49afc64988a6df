// SPDX-License-Identifier: GPL-2.0
/*
 * IOMMUs, who drives them, and the nodes that look as if they did DMA.
 *
 * No device tree says of every node whether it masters the bus. A property that only
 * makes sense for a master says so; otherwise a name of a class of devices that
 * usually do is taken for a sign.
 */
#include <libfdt.h>
#include <linux/array_size.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "text.h"

/* Generic names (devicetree specification, 2.2.2) of devices that usually do DMA. */
static const char * const class_names[] = {
	"ahci", "crypto", "display", "display-controller", "dma", "dma-controller", "dpu",
	"ethernet", "fman", "gpu", "isp", "jpegdec", "jpegenc", "mali", "mdp", "mmc", "npu",
	"nand-controller", "sata", "sdhci", "sdio", "ufs", "ufshc", "usb", "vcodec",
	"video-codec", "video-decoder", "video-encoder", "vop", "vpu", "xhci",
};

struct iommu *find_iommu(const struct devices *devices, int node)
{
	for (unsigned int i = 0; i < devices->nr_iommus; i++)
		if (devices->iommus[i].node == node)
			return &devices->iommus[i];
	return NULL;
}

static void add_iommu(const struct board *board, const struct node *node,
		      const struct options *options, struct devices *devices)
{
	struct iommu *iommu;

	devices->iommus = more(devices->iommus, devices->nr_iommus, sizeof(*iommu));
	iommu = &devices->iommus[devices->nr_iommus++];
	*iommu = (struct iommu){ .node = node->offset, .enabled = node->enabled };
	iommu->xen = xen_model_iommu(board->fdt, node->offset, &options->xen);
	/* What dom0 sees, Xen has no driver for. */
	iommu->hidden = !is_domain(board) && iommu->xen &&
			(iommu->xen->stock || options->smmu == ON);
	if (iommu->enabled && !iommu->hidden)
		iommu->by = IOMMU_OF_DOM0;
	else if (iommu->enabled && options->smmu != OFF)
		iommu->by = IOMMU_OF_XEN;
	devices->xen_drives |= iommu->by == IOMMU_OF_XEN;
}

static void count_translator(struct devices *devices, int node, enum translator *by)
{
	struct iommu *iommu = find_iommu(devices, node);

	if (!iommu || !iommu->enabled)
		return;
	iommu->masters++;
	if (iommu->by > *by)
		*by = iommu->by;
}

/* iommus: phandles, each with as many cells as its IOMMU says. */
static void follow_iommus(const struct board *board, int node, struct devices *devices,
			  enum translator *by)
{
	int nr, i = 0, last = -1;
	const u32 *cells = get_cells(board, node, "iommus", &nr);

	while (i < nr) {
		int target = node_by_phandle(board, fdt32_ld(&cells[i])), one;
		const u32 *count = target < 0 ? NULL :
				   get_cells(board, target, "#iommu-cells", &one);

		if (!count)
			return;
		if (target != last)
			count_translator(devices, target, by);
		last = target;
		if (fdt32_ld(count) >= (u32)nr)
			return;
		i += 1 + fdt32_ld(count);
	}
}

/* iommu-map: requester ID, phandle, IOMMU's specifier, length. */
static void follow_iommu_map(const struct board *board, int node, struct devices *devices,
			     enum translator *by)
{
	int nr, i, last = -1;
	const u32 *cells = get_cells(board, node, "iommu-map", &nr);

	for (i = 1; i < nr; i += 4) {
		int target = node_by_phandle(board, fdt32_ld(&cells[i]));

		if (target >= 0 && target != last)
			count_translator(devices, target, by);
		last = target;
	}
}

static bool has_class_name(const struct board *board, int node)
{
	const char *name = node_name(board, node);
	size_t len = strcspn(name, "@"), i;

	for (i = 0; i < ARRAY_SIZE(class_names); i++)
		if (strlen(class_names[i]) == len && !strncmp(name, class_names[i], len))
			return true;
	return false;
}

static bool is_pci(const struct board *board, int index)
{
	const struct node *node = &board->nodes[index];

	return is_of_type(board, node, "pci") || is_of_type(board, node, "pciex");
}

/* Why a node looks as if it did DMA, or NULL. It is not the root. */
static const char *looks_like_master(const struct board *board, int index)
{
	static const char * const virtio[] = { "virtio,mmio" };
	const struct node *node = &board->nodes[index];

	if (node->has & HAS_IOMMUS)
		return "iommus";
	if (node->has & HAS_IOMMU_MAP)
		return "iommu-map";
	if (is_pci(board, index))
		return is_pci(board, node->parent) ? NULL : "PCI host bridge";
	/* On the root and on buses these speak of what is below. */
	if (!(node->has & HAS_REG) || node->has & HAS_IOMMU_CELLS || is_pci(board, node->parent))
		return NULL;
	if (node->has & HAS_DMA_COHERENT)
		return "dma-coherent";
	if (is_compatible(board, node->offset, virtio, 1))
		return "virtio,mmio";
	return has_class_name(board, node->offset) ? "by its name" : NULL;
}

static bool is_cpu_address(const struct board *board, const struct node *node)
{
	int nr;
	const u32 *cells = node->parent < 0 ? NULL :
			   get_cells(board, board->nodes[node->parent].offset, "#size-cells", &nr);

	/* What has no size is no register: a port, a function, a lane. */
	return !cells || fdt32_ld(cells);
}

static void find_masters(const struct board *board, struct devices *devices)
{
	for (unsigned int i = 1; i < board->nr_nodes; i++) {
		const struct node *node = &board->nodes[i];
		const char *why = node->enabled ? looks_like_master(board, i) : NULL;
		struct master *master;

		if (!why || !is_cpu_address(board, node))
			continue;
		devices->masters = more(devices->masters, devices->nr_masters, sizeof(*master));
		master = &devices->masters[devices->nr_masters++];
		*master = (struct master){ node->offset, why, NO_IOMMU };
		follow_iommus(board, node->offset, devices, &master->by);
		follow_iommu_map(board, node->offset, devices, &master->by);
		devices->by[master->by]++;
	}
}

/**
 * find_devices() - look through a tree for IOMMUs and DMA masters
 * @board: the host's tree
 * @options: Xen's version, and whether it drives IOMMUs
 * @devices: filled in
 */
void find_devices(const struct board *board, const struct options *options,
		  struct devices *devices)
{
	*devices = (struct devices){ };
	for (unsigned int i = 0; i < board->nr_nodes; i++)
		if (sr_is_iommu(board->fdt, board->nodes[i].offset))
			add_iommu(board, &board->nodes[i], options, devices);
	find_masters(board, devices);
}

void free_devices(struct devices *devices)
{
	free(devices->iommus);
	free(devices->masters);
}
