// SPDX-License-Identifier: GPL-2.0
/*
 * Partial device trees of domains that Xen starts: what is below /passthrough goes into the
 * domain's tree, "xen,reg" says which of the host's addresses appear where in the domain.
 * domain_handle_dtb_bootmodule() and what it calls in dom0less-build.c
 */
#include <libfdt.h>
#include <stdlib.h>

#include "commands.h"
#include "text.h"

#define PAGE_MASK	0xfffULL

/* What a partial tree maps into the domain, by the domain's addresses */
struct passed {
	struct sr_range *range;
	int *node;
	unsigned int nr;
};

static bool has(const struct board *board, int node, const char *name)
{
	return fdt_getprop(board->fdt, node, name, NULL);
}

static u64 next_number(const u32 **cell, u32 cells)
{
	u64 number = 0;

	while (cells--)
		number = number << 32 | fdt32_ld((*cell)++);
	return number;
}

/* scan_pfdt_node() knows no other defaults than these, and looks at the parent only. */
static u32 cells_of(const struct board *board, int node, const char *name, u32 otherwise)
{
	int nr;
	const u32 *cell = get_cells(board, node, name, &nr);

	return cell ? fdt32_ld(cell) : otherwise;
}

/* Entries: the host's address, a size, the domain's address. Why Xen does not take them */
static const char *read_reg(const struct board *board, int node, int parent,
			    struct passed *passed)
{
	u32 na = cells_of(board, parent, "#address-cells", 2);
	u32 ns = cells_of(board, parent, "#size-cells", 1);
	int nr;
	const u32 *cell = get_cells(board, node, "xen,reg", &nr);

	if (na < 1 || na > 2 || ns < 1 || ns > 2)
		return "xen,reg: expected #address-cells and #size-cells of the node above to be 1 or 2";
	for (nr = cell ? nr / (int)(2 * na + ns) : 0; nr; nr--) {
		u64 host = next_number(&cell, na), size = next_number(&cell, ns);
		u64 guest = next_number(&cell, na);

		if ((host | size | guest) & PAGE_MASK)
			return "xen,reg: expected whole pages: the host's address, the size, the domain's address";
		if (!size)
			continue;
		passed->range = more(passed->range, passed->nr, sizeof(*passed->range));
		passed->node = more(passed->node, passed->nr, sizeof(*passed->node));
		passed->range[passed->nr] = (struct sr_range){ guest, guest + size - 1 };
		passed->node[passed->nr++] = node;
	}
	return NULL;
}

/* handle_prop_pfdt(): which of the properties need which others */
static const char *check_node(const struct board *board, int node, int parent,
			      struct passed *passed)
{
	bool path = has(board, node, "xen,path");

	if (!path && !has(board, node, "xen,reg"))
		return NULL;
	if (!has(board, node, "xen,reg"))
		return "xen,path without xen,reg";
	if (!path && !has(board, node, "xen,force-assign-without-iommu"))
		return "xen,reg without xen,path";
	return read_reg(board, node, parent, passed);
}

/* A region may be wherever the domain's RAM is not; that is not in this tree. */
static void check_regions(const struct board *board, const struct xen_params *xen,
			  const struct passed *passed, struct findings *findings)
{
	struct sr_range regions[2];
	int nr = xen_model_guest_regions(xen, 0, NULL, 0, regions);

	/* "xen/arm: exclude xen,reg from domU extended regions" */
	if (XEN_SPARES_PASSED(xen))
		return;
	for (unsigned int i = 0; i < passed->nr; i++) {
		const struct sr_range *range = &passed->range[i];
		char *text = next_text();

		snprintf(text, TEXT_ROOM, "use Xen 4.21 or later, or put xen_unpopulated.exclude=%#llx@%#llx on the domain's command line",
			 (unsigned long long)range_size(range), (unsigned long long)range->start);
		for (int r = 0; r < nr; r++)
			if (ranges_meet(range, &regions[r]))
				add_finding(findings, FOUND_REGION_OVER_DEVICE,
					    node_path(board, passed->node[i]), text,
					    "xen,reg %s of a domain that is not direct-mapped is RAM or covered by a region, as Xen %u.%u does not leave it out",
					    range_text(range, 0), xen->major, xen->minor);
	}
}

/* Is it such a tree, and no board's? */
bool is_partial(const struct board *board)
{
	return fdt_path_offset(board->fdt, "/passthrough") >= 0 && !board->ram_end &&
	       fdt_path_offset(board->fdt, "/cpus") < 0;
}

/**
 * partial_board() - explain and check of a partial tree
 * @board: the tree
 * @options: Xen's version, the width of addresses
 * @explain: say what it is and what it maps, too
 *
 * Return: the exit status.
 */
int partial_board(const struct board *board, const struct options *options, bool explain)
{
	int top = fdt_path_offset(board->fdt, "/passthrough");
	struct findings findings = { };
	struct xen_params xen = options->xen;
	struct passed passed = { };
	const char *why;

	xen.ipa_bits = options->ipa_bits ? options->ipa_bits : 40;
	for (unsigned int i = node_index(board, top); i < board->nr_nodes; i++) {
		const struct node *node = &board->nodes[i];
		unsigned int up = i;

		while (up && board->nodes[up].offset != top)
			up = board->nodes[up].parent;
		if (!up)
			break;
		why = check_node(board, node->offset, board->nodes[node->parent].offset, &passed);
		if (why)
			add_finding(&findings, FOUND_NO_BOOT, node_path(board, node->offset),
				    "correct the node", "Xen %u.%u does not boot: %s", xen.major,
				    xen.minor, why);
	}
	check_regions(board, &xen, &passed, &findings);
	if (explain) {
		printf("%s%s%s\n  A partial device tree of a domain that Xen starts (/passthrough), no board's: Xen puts\n"
		       "  it into that domain's tree, and maps by xen,reg, at the domain's addresses:\n",
		       bold, board->file, plain);
		for (unsigned int i = 0; i < passed.nr; i++)
			printf("  %s %9s  %s\n", range_text(&passed.range[i], 11),
			       size_text(range_size(&passed.range[i])),
			       node_path(board, passed.node[i]));
		printf("\n");
	}
	report_findings(board, options, &findings);
	free(passed.range);
	free(passed.node);
	free_findings(&findings);
	return explain ? STATUS_FINE : findings.worst;
}
