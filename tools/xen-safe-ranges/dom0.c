// SPDX-License-Identifier: GPL-2.0
/*
 * The tree that Xen makes for dom0 out of the host's: handle_node() in
 * xen/arch/arm/domain_build.c. Only what matters for who claims which addresses:
 * memory is dom0's, what Xen keeps for itself is gone, /hypervisor is there.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "view.h"

/* For /hypervisor and dom0's memory node: 256 ranges each, and names. */
#define EXTRA	0x10000

/* A range as cells of a reg. */
struct cells {
	int address, size;
	u32 *list;
	unsigned int nr;
};

static void add_cells(struct cells *cells, int n, u64 value)
{
	while (n--)
		cells->list[cells->nr++] = cpu_to_fdt32(n < 2 ? value >> (32 * n) : 0);
}

static void add_reg(struct cells *cells, u64 start, u64 size)
{
	add_cells(cells, cells->address, start);
	add_cells(cells, cells->size, size);
}

/* In place of what is taken out, offsets remain as they are. */
static void leave_out(void *fdt, int node, const char *why)
{
	fdt_nop_node(fdt, node);
}

static void hide_iommus(const struct devices *devices, void *fdt)
{
	for (unsigned int i = 0; i < devices->nr_masters; i++) {
		if (devices->masters[i].by != IOMMU_OF_XEN &&
		    devices->masters[i].by != IOMMU_BLOCKS)
			continue;
		fdt_nop_property(fdt, devices->masters[i].node, "iommus");
		fdt_nop_property(fdt, devices->masters[i].node, "iommu-map");
	}
}

static int root_cells(const struct board *board, const char *name, int otherwise)
{
	int nr;
	const u32 *cell = get_cells(board, 0, name, &nr);

	return cell && fdt32_ld(cell) <= 4 ? (int)fdt32_ld(cell) : otherwise;
}

/* A node below the root; the cells are its reg, and used up. */
static int add_node(void *fdt, const char *name, const char *property, const char *value, int len,
		    struct cells *cells)
{
	int node = fdt_add_subnode(fdt, 0, name), size = cells->nr * sizeof(u32);

	cells->nr = 0;
	if (node < 0)
		return node;
	return fdt_setprop(fdt, node, property, value, len) ?:
	       fdt_setprop(fdt, node, "reg", cells->list, size);
}

static int add_memory(void *fdt, struct cells *cells, const char *name)
{
	return add_node(fdt, name, "device_type", "memory", sizeof("memory"), cells);
}

static int add_hypervisor(void *fdt, struct cells *cells, const struct xen_params *params)
{
	int node = fdt_path_offset(fdt, "/hypervisor"), len;
	char compatible[40];

	if (node >= 0)
		fdt_nop_node(fdt, node);
	len = snprintf(compatible, sizeof(compatible), "xen,xen-%u.%u%cxen,xen", params->major,
		       params->minor, 0);
	return add_node(fdt, "hypervisor", "compatible", compatible, len + 1, cells);
}

/* dom0's memory, or where that cannot be said, all of the host's. */
static void add_ram(const struct view *view, struct cells *cells)
{
	const struct sr_tree *host = &view->host->tree;

	for (unsigned int i = 0; i < view->nr_ram; i++)
		add_reg(cells, view->ram[i].start, range_size(&view->ram[i]));
	if (view->nr_ram)
		return;
	for (unsigned int i = 0; i < host->nr_claims && cells->nr < XEN_MAX_BANKS * 8; i++)
		if (host->claims[i].owner == SR_RAM)
			add_reg(cells, host->claims[i].range.start,
				range_size(&host->claims[i].range));
}

static int add_nodes(const struct view *view, const struct sr_range *published,
		     unsigned int nr_published, void *fdt)
{
	static u32 list[(XEN_MAX_BANKS + 1) * 8];
	const struct xen_params *params = &view->xen;
	const struct sr_tree *host = &view->host->tree;
	struct cells cells = { .list = list };
	u64 grants = params->direct_mapped && params->xen.last >= params->xen.start ?
		     64 * 0x1000 : 0;
	int err;

	cells.address = root_cells(view->host, "#address-cells", 2);
	cells.size = root_cells(view->host, "#size-cells", 1);
	add_ram(view, &cells);
	err = add_memory(fdt, &cells, "memory@dom0");

	/* Reserved memory is in a memory node of its own, too. */
	for (unsigned int i = 0; i < host->nr_claims && cells.nr < XEN_MAX_BANKS * 8; i++)
		if (host->claims[i].owner == SR_RESERVED && host->claims[i].node >= 0)
			add_reg(&cells, host->claims[i].range.start,
				range_size(&host->claims[i].range));
	if (!err && cells.nr)
		err = add_memory(fdt, &cells, "memory@reserved");
	if (err)
		return err;

	add_reg(&cells, grants ? params->xen.start : 0, grants);
	for (unsigned int i = 0; i < nr_published; i++)
		add_reg(&cells, published[i].start, range_size(&published[i]));
	return add_hypervisor(fdt, &cells, params);
}

/**
 * make_dom0() - make dom0's tree
 * @view: the host's tree, its devices, dom0's RAM, Xen; @predicted is filled in
 * @published: what Xen publishes
 * @nr_published: how many ranges
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int make_dom0(struct view *view, const struct sr_range *published, unsigned int nr_published)
{
	const struct board *host = view->host;
	int size = fdt_totalsize(host->fdt) + EXTRA, err;
	void *fdt = malloc(size);

	if (!fdt)
		return -ENOMEM;
	/* Offsets are the host's until nodes are added. */
	memcpy(fdt, host->fdt, fdt_totalsize(host->fdt));
	xen_model_left_out(host->fdt, &view->xen, leave_out, fdt);
	hide_iommus(&view->devices, fdt);
	err = fdt_open_into(fdt, fdt, size);
	while (!err && fdt_num_mem_rsv(fdt) > 0)
		err = fdt_del_mem_rsv(fdt, 0);
	if (!err)
		err = add_nodes(view, published, nr_published, fdt);
	if (err) {
		complain(host->file, "cannot make dom0's tree: %s", fdt_strerror(err));
		free(fdt);
		return -EINVAL;
	}
	err = board_read(&view->predicted, host->file, fdt);
	if (err)
		board_close(&view->predicted);
	return err;
}
