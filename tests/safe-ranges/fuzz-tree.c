// SPDX-License-Identifier: GPL-2.0
/*
 * A device tree, and what follows it decides the facts, and wishes as they are
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

/* IOMMUs are where they should be, and there is an end to them. */
static void check_iommus(const void *fdt)
{
	int node = -1, before, len;

	for (before = node; (node = sr_find_iommu(fdt, node)) >= 0; before = node)
		if (node <= before || !fdt_getprop(fdt, node, "#iommu-cells", &len))
			fail("no IOMMU");
}

static void check_wishes(const struct tree *tree)
{
	const struct sr_wishes *wishes = &tree->wishes;

	if (wishes->node < 0 &&
	    (wishes->broken || wishes->policy || wishes->iommu_protected || wishes->has_allow ||
	     wishes->allow.nr || wishes->exclude.nr))
		fail("wishes out of nothing");
	if (wishes->policy >= SR_POLICIES || (wishes->allow.nr && !wishes->has_allow))
		fail("wishes that there are not");
	if (wishes->broken && !tree->nr_problems)
		fail("broken, but why?");
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	struct sr_wishes wishes;
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
	check_iommus(fdt);
	check_wishes(&tree);
	take_facts(&in, &facts);
	facts = tree_facts(&tree, &facts);
	if (in.size) {
		take_wishes(&in, &wishes);
		facts.wishes = &wishes;
	}
	decide_or_abort(&facts, tree.published, tree.nr_published < 0 ? 0 : tree.nr_published,
			tree.claims, tree.nr_claims);
	free_tree(&tree);
	free(fdt);
	return 0;
}
