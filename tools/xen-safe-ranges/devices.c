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
#include <linux/minmax.h>
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
	*iommu = (struct iommu){ .node = node->offset, .enabled = node->enabled, .io = -1 };
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

static void count_translator(const struct board *board, struct devices *devices, int node,
			     struct master *master)
{
	struct iommu *iommu = find_iommu(devices, node);

	if (!iommu || !iommu->enabled)
		return;
	iommu->masters++;
	if (iommu->io < 0 && !is_media(board, master->node))
		iommu->io = master->node;
	master->by = max(master->by, iommu->by);
	master->iommu = node;
}

/* iommus: phandles, each with as many cells as its IOMMU says. */
static void follow_iommus(const struct board *board, struct devices *devices,
			  struct master *master)
{
	int nr, i = 0, last = -1;
	const u32 *cells = get_cells(board, master->node, "iommus", &nr);

	while (i < nr) {
		int target = node_by_phandle(board, fdt32_ld(&cells[i])), one;
		const u32 *count = target < 0 ? NULL :
				   get_cells(board, target, "#iommu-cells", &one);

		if (!count)
			return;
		if (target != last)
			count_translator(board, devices, target, master);
		last = target;
		if (fdt32_ld(count) >= (u32)nr)
			return;
		i += 1 + fdt32_ld(count);
	}
}

/* iommu-map: requester ID, phandle, IOMMU's specifier, length. */
static void follow_iommu_map(const struct board *board, const struct xen_params *xen,
			     struct devices *devices, struct master *master)
{
	int nr, i, last = -1;
	const u32 *cells = get_cells(board, master->node, "iommu-map", &nr);

	for (i = 1; i < nr; i += 4) {
		int target = node_by_phandle(board, fdt32_ld(&cells[i]));

		if (target >= 0 && target != last)
			count_translator(board, devices, target, master);
		last = target;
	}
	if (last >= 0 && master->by == IOMMU_OF_XEN && !XEN_READS_IOMMU_MAP(xen))
		master->by = IOMMU_BLOCKS;
}

static struct master *add_master(const struct board *board, const struct node *node,
				 const char *why, struct devices *devices)
{
	struct master *master;

	devices->masters = more(devices->masters, devices->nr_masters, sizeof(*master));
	master = &devices->masters[devices->nr_masters++];
	*master = (struct master){
		.node = node->offset, .why = why, .by = NO_IOMMU, .iommu = -1,
		.for_guest = !is_domain(board) && node->has & FOR_A_GUEST,
	};
	return master;
}

static void count_master(const struct master *master, struct devices *devices)
{
	if (master->for_guest)
		devices->for_guests++;
	else
		devices->by[master->by]++;
}

/* The old binding: the SMMU lists its masters, each with as many cells as that one says. */
static void find_old_masters(const struct board *board, const struct iommu *iommu,
			     struct devices *devices)
{
	int nr, i = 0, one;
	const u32 *cells = get_cells(board, iommu->node, "mmu-masters", &nr);

	while (i < nr) {
		int offset = node_by_phandle(board, fdt32_ld(&cells[i]));
		const u32 *count = offset < 0 ? NULL :
				   get_cells(board, offset, "#stream-id-cells", &one);
		struct master *master;

		if (!count || fdt32_ld(count) >= (u32)nr)
			return;
		i += 1 + fdt32_ld(count);
		if (!is_enabled(board, offset))
			continue;
		master = add_master(board, &board->nodes[node_index(board, offset)],
				    "mmu-masters", devices);
		count_translator(board, devices, iommu->node, master);
		count_master(master, devices);
	}
}

static bool is_known(const struct devices *devices, unsigned int nr, int node)
{
	for (unsigned int i = 0; i < nr; i++)
		if (devices->masters[i].node == node)
			return true;
	return false;
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

/**
 * is_pci() - is a node a PCI bridge?
 * @board: its tree
 * @index: of it, among the nodes of the board
 */
bool is_pci(const struct board *board, int index)
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

static void find_masters(const struct board *board, const struct options *options,
			 struct devices *devices)
{
	unsigned int old;

	for (unsigned int i = 0; i < devices->nr_iommus; i++)
		find_old_masters(board, &devices->iommus[i], devices);
	old = devices->nr_masters;
	for (unsigned int i = 1; i < board->nr_nodes; i++) {
		const struct node *node = &board->nodes[i];
		const char *why = node->enabled ? looks_like_master(board, i) : NULL;
		struct master *master;

		if (!why || !is_cpu_address(board, node) || is_known(devices, old, node->offset))
			continue;
		master = add_master(board, node, why, devices);
		follow_iommus(board, devices, master);
		follow_iommu_map(board, &options->xen, devices, master);
		count_master(master, devices);
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
		if (sr_is_iommu(board->fdt, board->nodes[i].offset) ||
		    board->nodes[i].has & HAS_MMU_MASTERS)
			add_iommu(board, &board->nodes[i], options, devices);
	find_masters(board, options, devices);
}

void free_devices(struct devices *devices)
{
	free(devices->iommus);
	free(devices->masters);
}
