// SPDX-License-Identifier: GPL-2.0
/*
 * The tree that Xen makes for dom0 out of the host's: handle_node() in
 * xen/arch/arm/domain_build.c. Only what matters for who claims which addresses:
 * memory is dom0's, what Xen keeps for itself is gone, /hypervisor is there.
 */
#include <libfdt.h>
#include <linux/array_size.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "view.h"

/* For /hypervisor and dom0's memory node: 256 ranges each, and names. */
#define EXTRA	0x10000

/* Of Xen's skip_matches[] those that can claim addresses. */
static const char * const skipped[] = {
	"xen,domain", "xen,xen", "xen,multiboot-module", "multiboot,module",
	"arm,cortex-a53-edac", "arm,armv7-timer-mem",
};

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

/* The UART that Xen uses itself: stdout-path, unless it is told otherwise. */
static int find_console(const struct board *board)
{
	int chosen = fdt_path_offset(board->fdt, "/chosen");
	const char *path;
	int len;

	if (chosen < 0)
		return -1;
	path = fdt_getprop(board->fdt, chosen, "stdout-path", &len);
	if (!path || len < 1 || path[len - 1])
		return -1;
	return fdt_path_offset_namelen(board->fdt, path, strcspn(path, ":"));
}

static bool is_skipped(const struct board *board, const struct devices *devices,
		       const struct node *node, int console)
{
	const struct iommu *iommu = find_iommu(devices, node->offset);

	return is_of_type(board, node, "memory") || node->offset == console ||
	       is_compatible(board, node->offset, skipped, ARRAY_SIZE(skipped)) ||
	       (iommu && iommu->hidden);
}

/* In place of what is taken out, offsets remain as they are. */
static void skip_nodes(const struct board *host, const struct devices *devices, void *fdt)
{
	int console = find_console(host), end = -1;

	for (unsigned int i = 1; i < host->nr_nodes; i++) {
		int node = host->nodes[i].offset, next;

		if (node < end || !is_skipped(host, devices, &host->nodes[i], console))
			continue;
		next = i + 1;
		while (next < (int)host->nr_nodes && host->nodes[next].parent >= (int)i)
			next++;
		end = next < (int)host->nr_nodes ? host->nodes[next].offset : INT32_MAX;
		fdt_nop_node(fdt, node);
	}
}

static void hide_iommus(const struct devices *devices, void *fdt)
{
	for (unsigned int i = 0; i < devices->nr_masters; i++) {
		if (devices->masters[i].by != IOMMU_OF_XEN)
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

static int add_nodes(const struct view *view, const struct sr_range *ram, unsigned int nr_ram,
		     const struct sr_range *published, unsigned int nr_published, void *fdt)
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
	for (unsigned int i = 0; i < nr_ram; i++)
		add_reg(&cells, ram[i].start, range_size(&ram[i]));
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
 * @view: the host's tree, its devices, Xen; @predicted is filled in
 * @ram: dom0's
 * @nr_ram: how many ranges
 * @published: what Xen publishes
 * @nr_published: how many ranges
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int make_dom0(struct view *view, const struct sr_range *ram, unsigned int nr_ram,
	      const struct sr_range *published, unsigned int nr_published)
{
	const struct board *host = view->host;
	int size = fdt_totalsize(host->fdt) + EXTRA, err;
	void *fdt = malloc(size);

	if (!fdt)
		return -ENOMEM;
	/* Offsets are the host's until nodes are added. */
	skip_nodes(host, &view->devices, memcpy(fdt, host->fdt, fdt_totalsize(host->fdt)));
	hide_iommus(&view->devices, fdt);
	err = fdt_open_into(fdt, fdt, size);
	while (!err && fdt_num_mem_rsv(fdt) > 0)
		err = fdt_del_mem_rsv(fdt, 0);
	if (!err)
		err = add_nodes(view, ram, nr_ram, published, nr_published, fdt);
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
