// SPDX-License-Identifier: GPL-2.0
/*
 * A device tree, and what follows it decides the facts, and a config as it is
 * given on the command line: read it, decide, and check what must hold for
 * every decision. Trees are good seeds as they are.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tree.h"

/* On a property with a length of -12 libfdt before 1.7 stands still. */
static bool libfdt_gets_on(const void *fdt)
{
	int offset = 0, next;

	while (fdt_next_tag(fdt, offset, &next) != FDT_END) {
		if (next <= offset)
			return false;
		offset = next;
	}
	return true;
}

static void check_iommu(const struct tree *tree)
{
	int len;

	if (tree->dt.iommu >= 0 &&
	    (!fdt_getprop(tree->fdt, tree->dt.iommu, "#iommu-cells", &len) ||
	     !sr_is_iommu(tree->fdt, tree->dt.iommu) ||
	     sr_is_disabled(tree->fdt, tree->dt.iommu)))
		fail("no IOMMU");
}

static void check_config(const struct tree *tree)
{
	const struct sr_config *config = &tree->dt.config;

	if (config->node < 0 &&
	    (config->broken || config->policy || config->iommu_protected || config->has_allow ||
	     config->allow.nr || config->exclude.nr))
		fail("a config out of nothing");
	if (config->policy >= SR_POLICIES || (config->allow.nr && !config->has_allow))
		fail("a config that there is not");
	if (config->broken && !tree->nr_problems)
		fail("broken, but why?");
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	struct sr_tree others;
	struct sr_facts facts;
	struct tree tree;
	size_t n;
	void *fdt;

	if (!whole_tree(data, size) || !libfdt_gets_on(data))
		return 0;
	/* Of exactly the tree's size. */
	n = fdt_totalsize(data);
	fdt = malloc(n);
	memcpy(fdt, data, n);
	in.data += n;
	in.size -= n;

	read_tree(&tree, fdt);
	check_iommu(&tree);
	check_config(&tree);
	take_facts(&in, &facts, &others);
	if (tree.dt.iommu < 0)
		tree.dt.iommu = others.iommu;
	if (in.size)
		take_config(&in, &tree.dt.config);
	decide_or_abort(&facts, &tree.dt);
	free_tree(&tree);
	free(fdt);
	return 0;
}
