// SPDX-License-Identifier: GPL-2.0
#include <libfdt.h>
#include <stdlib.h>

#include "tree.h"

bool whole_tree(const void *fdt, size_t size)
{
	return size >= sizeof(struct fdt_header) && !fdt_check_header(fdt) &&
	       fdt_totalsize(fdt) <= size;
}

static void add_claim(void *context, const struct sr_claim *claim)
{
	struct tree *tree = context;

	if (tree->claims)
		tree->claims[tree->nr_claims] = *claim;
	tree->nr_claims++;
}

static void add_problem(void *context, int node, const char *property, const char *expected)
{
	struct tree *tree = context;

	if (tree->nr_problems < MAX_PROBLEMS)
		tree->problems[tree->nr_problems] = (struct problem){ node, property };
	tree->nr_problems++;
}

/* Count, allocate exactly that, read. */
void read_tree(struct tree *tree, const void *fdt)
{
	struct sr_reader *reader = calloc(1, sizeof(*reader));
	unsigned int nr;
	int err;

	*tree = (struct tree){ .fdt = fdt };
	tree->published = malloc(SR_MAX_PUBLISHED * sizeof(*tree->published));
	reader->context = tree;
	reader->claim = add_claim;
	err = sr_read_claims(reader, fdt);
	nr = tree->nr_claims;
	tree->claims = malloc((nr ? nr : 1) * sizeof(*tree->claims));
	tree->nr_claims = 0;
	reader->problem = add_problem;
	tree->err = sr_read_claims(reader, fdt);
	if (tree->nr_claims != nr || tree->err != err)
		abort();
	tree->unclear = reader->unclear;
	tree->nr_published = sr_read_published(reader, fdt, tree->published);
	sr_read_wishes(reader, fdt, &tree->wishes);
	if (reader->iommu != (tree->err ? reader->iommu : sr_find_iommu(fdt, -1)) &&
	    reader->iommu >= 0)
		abort();
	free(reader);
}

struct sr_facts tree_facts(const struct tree *tree, const struct sr_facts *others)
{
	struct sr_facts facts = *others;

	facts.bad_tree = tree->err;
	facts.unclear_tree = tree->unclear;
	facts.no_node = tree->nr_published < 0;
	facts.visible_iommu |= sr_find_iommu(tree->fdt, -1) >= 0;
	facts.wishes = &tree->wishes;
	return facts;
}

void free_tree(struct tree *tree)
{
	free(tree->claims);
	free(tree->published);
}
