// SPDX-License-Identifier: GPL-2.0
/*
 * Which of the host's nodes dom0 gets: handle_node(), arch/arm/domain_build.c. What it
 * does not get it does not get with all below, before anything else is looked at. It
 * does not matter whether a node is disabled.
 */
#include <linux/array_size.h>
#include <linux/libfdt.h>
#include <linux/string.h>

#include "xen-tree.h"

/* skip_matches[], as of 4.20, which has more than 4.17 has */
static const char * const left_out[] = {
	"xen,domain", "xen,domain-shared-memory-v1", "xen,evtchn-v1", "xen,xen",
	"xen,multiboot-module", "multiboot,module", "arm,psci", "arm,psci-0.2", "arm,psci-1.0",
	"arm,cortex-a7-pmu", "arm,cortex-a15-pmu", "arm,cortex-a53-edac", "arm,armv8-pmuv3",
	"arm,armv7-timer-mem",
};

/* make_gic_node(), make_timer_node() */
static const char * const remade[] = {
	"arm,armv7-timer", "arm,armv8-timer",
	"arm,cortex-a7-gic", "arm,cortex-a15-gic", "arm,gic-400", "arm,gic-v3",
};

/*
 * arch/arm/platforms/: those of a 64-bit Xen that keep nodes from dom0
 * (.blacklist_dev), or its low memory below less than 4 GiB (.dma_bitsize). The others
 * (seattle, imx8qm, imx8m, xilinx-zynqmp, xgene-storm) change neither. Debian's
 * packages have all platforms (CONFIG_ALL_PLAT).
 */
static const struct xen_platform {
	const char *boards[4];	/* the root is compatible with one */
	const char *keeps[4];
	unsigned int dma_bits;
} platforms[] = {
	{
		.boards = { "brcm,bcm2711" },
		.keeps = { "brcm,bcm2835-aux-spi", "brcm,bcm2835-aux", "brcm,bcm2835-pm" },
		.dma_bits = 30,
	},
	{
		.boards = { "allwinner,sun50i-a64", "allwinner,sun50i-h5", "allwinner,sun50i-h6" },
		.keeps = { "snps,dw-apb-uart" },
	},
	{
		.boards = { "cavium,thunder-88xx" },
		.keeps = { "cavium,smmu-v2" },
	},
};

static bool is_any(const char *list, int len, const char * const *names, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && names[i]; i++)
		if (fdt_stringlist_contains(list, len, names[i]))
			return true;
	return false;
}

/* platform_init() */
static const struct xen_platform *find_platform(const void *fdt)
{
	int len;
	const char *root = fdt_getprop(fdt, 0, "compatible", &len);
	unsigned int i;

	for (i = 0; root && len > 0 && i < ARRAY_SIZE(platforms); i++)
		if (is_any(root, len, platforms[i].boards, ARRAY_SIZE(platforms[i].boards)))
			return &platforms[i];
	return NULL;
}

/**
 * xen_dma_bits() - arch_get_dma_bitsize(), but at most 32
 * @fdt: the tree
 *
 * Return: how many bits an address in dom0's low memory has.
 */
unsigned int xen_dma_bits(const void *fdt)
{
	const struct xen_platform *platform = find_platform(fdt);

	return platform && platform->dma_bits ? platform->dma_bits : 32;
}

static const char *string_of(const void *fdt, int node, const char *name)
{
	int len;
	const char *text = fdt_getprop(fdt, node, name, &len);

	return text && len > 0 && !text[len - 1] ? text : NULL;
}

/**
 * xen_model_cmdline() - Xen's command line: boot_fdt_cmdline()
 * @fdt: the tree; its header has been checked
 *
 * common/device-tree/bootfdt.c (4.17: arch/arm/bootfdt.c)
 *
 * Return: the command line, or NULL.
 */
const char *xen_model_cmdline(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen"), node, len;
	bool for_dom0;

	if (chosen < 0)
		return NULL;
	if (fdt_getprop(fdt, chosen, "xen,xen-bootargs", &len))
		return string_of(fdt, chosen, "xen,xen-bootargs");
	/* "bootargs" is Xen's only if dom0's kernel has arguments of its own. */
	for_dom0 = fdt_getprop(fdt, chosen, "xen,dom0-bootargs", &len);
	fdt_for_each_subnode(node, fdt, chosen)
		if (!fdt_node_check_compatible(fdt, node, "multiboot,kernel"))
			for_dom0 |= !!fdt_getprop(fdt, node, "bootargs", &len);
	return for_dom0 ? string_of(fdt, chosen, "bootargs") : NULL;
}

/*
 * The UART that Xen keeps for itself: "dtuart=" on its command line, otherwise
 * stdout-path; either a path or an alias, options after a colon. See dt_uart_init(),
 * drivers/char/uart-init.c (4.17: arm-uart.c).
 */
static int find_console(const void *fdt)
{
	const char *args = xen_model_cmdline(fdt), *path;

	path = args ? strstr(args, "dtuart=") : NULL;
	if (path && (path == args || path[-1] == ' ')) {
		path += strlen("dtuart=");
		return fdt_path_offset_namelen(fdt, path, strcspn(path, ": "));
	}
	path = string_of(fdt, fdt_path_offset(fdt, "/chosen"), "stdout-path");
	return path ? fdt_path_offset_namelen(fdt, path, strcspn(path, ":")) : -1;
}

/**
 * xen_walk_begin() - begin a walk over all nodes, in the order of the blob
 * @walk: filled in
 * @fdt: the tree
 * @params: Xen's version
 */
void xen_walk_begin(struct xen_walk *walk, const void *fdt, const struct xen_params *params)
{
	*walk = (struct xen_walk){
		.fdt = fdt, .params = params, .console = find_console(fdt),
		.platform = find_platform(fdt),
	};
}

/*
 * Does a node use an interrupt that each CPU has its own of (16 to 31)? The vGIC does
 * not route these. Only of the GIC, which counts in three cells.
 */
static bool uses_ppi(struct xen_walk *walk, const struct xen_node *node, int depth)
{
	const fdt32_t *cells = node->value[INTERRUPTS];
	u32 parent = walk->interrupt_parent[depth];
	int len = node->len[INTERRUPTS], i;

	if (!cells || len < 12)
		return false;
	if (walk->asked != parent) {
		int gic = fdt_node_offset_by_phandle(walk->fdt, parent), cells_len;
		const fdt32_t *count = fdt_getprop(walk->fdt, gic, "#interrupt-cells", &cells_len);

		walk->asked = parent;
		walk->cells = count && cells_len == sizeof(*count) ? fdt32_to_cpu(*count) : 0;
	}
	if (walk->cells != 3)
		return false;
	for (i = 0; i + 3 <= len / 4; i += 3)
		if (fdt32_to_cpu(cells[i]) == 1)
			return true;
	return false;
}

/**
 * xen_walk() - what Xen does with a node and all below
 * @walk: has been at all nodes before, but for those below one that dom0 does not get
 * @node: the node
 * @depth: of it, the root's is 0
 *
 * Return: whether dom0 gets it, or something in its place.
 */
enum xen_fate xen_walk(struct xen_walk *walk, const struct xen_node *node, int depth)
{
	const char *compatible = node->value[COMPATIBLE];
	int len = node->len[COMPATIBLE];
	const struct xen_iommu *iommu;

	walk->interrupt_parent[depth] = xen_cell(node, INTERRUPT_PARENT,
						 depth ? walk->interrupt_parent[depth - 1] : 0);
	if (!depth)
		return XEN_GIVES;
	if (node->offset == walk->console || xen_is_type(node, "memory"))
		return XEN_LEAVES_OUT;
	if (depth == 1 && !strcmp(node->name, "cpus"))
		return XEN_REMAKES;
	if (compatible) {
		if (is_any(compatible, len, left_out, ARRAY_SIZE(left_out)))
			return XEN_LEAVES_OUT;
		if (walk->platform && is_any(compatible, len, walk->platform->keeps,
					     ARRAY_SIZE(walk->platform->keeps)))
			return XEN_LEAVES_OUT;
		if (is_any(compatible, len, remade, ARRAY_SIZE(remade)))
			return XEN_REMAKES;
		iommu = xen_find_iommu(compatible, len, walk->params);
		if (iommu && (iommu->stock || walk->params->all_iommus))
			return XEN_LEAVES_OUT;
	}
	return uses_ppi(walk, node, depth) ? XEN_LEAVES_OUT : XEN_GIVES;
}

/**
 * xen_model_left_out() - the nodes of the host that dom0 does not get
 * @fdt: the tree; its header has been checked
 * @params: Xen's version, and which IOMMUs it has drivers for
 * @fn: called for each, but for those below one; its last argument is NULL
 * @context: handed to it
 */
void xen_model_left_out(const void *fdt, const struct xen_params *params,
			xen_node_fn fn, void *context)
{
	int node, depth = 0, out = XEN_MAX_DEPTH;
	struct xen_node read;
	enum xen_fate fate;
	struct xen_walk walk;

	xen_walk_begin(&walk, fdt, params);
	for (node = fdt_next_node(fdt, -1, NULL); node >= 0 && depth >= 0 && depth < XEN_MAX_DEPTH;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (depth > out)
			continue;
		xen_read_node(fdt, node, &read);
		fate = xen_walk(&walk, &read, depth);
		out = fate == XEN_GIVES ? XEN_MAX_DEPTH : depth;
		if (fate == XEN_LEAVES_OUT)
			fn(context, node, NULL);
	}
}
