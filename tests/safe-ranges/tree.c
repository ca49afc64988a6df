// SPDX-License-Identifier: GPL-2.0
#include <libfdt.h>
#include <stdlib.h>

#include "tree.h"

bool whole_tree(const void *fdt, size_t size)
{
	return size >= sizeof(struct fdt_header) && !fdt_check_header(fdt) &&
	       fdt_totalsize(fdt) <= size;
}

/* No more than is asked for, so that the sanitizers see what goes beyond. */
static bool make_room(struct sr_tree *tree, unsigned int nr)
{
	tree->claims = realloc(tree->claims, nr * sizeof(*tree->claims));
	tree->max_claims = nr;
	return true;
}

static void add_problem(void *context, int node, const char *property, const char *expected)
{
	struct tree *tree = context;

	if (tree->nr_problems < MAX_PROBLEMS)
		tree->problems[tree->nr_problems] = (struct problem){ node, property };
	tree->nr_problems++;
}

/* Twice: the second time there is room, and it must come out the same. */
void read_tree(struct tree *tree, const void *fdt)
{
	struct sr_tree *dt = &tree->dt;
	unsigned int nr;
	bool bad;

	*tree = (struct tree){ .fdt = fdt, .dt.make_room = make_room };
	if (sr_read_tree(dt, fdt) || dt->nr_claims != dt->max_claims)
		abort();
	bad = dt->bad;
	nr = dt->nr_claims;
	dt->make_room = NULL;
	dt->problem = add_problem;
	dt->context = tree;
	if (sr_read_tree(dt, fdt) || dt->nr_claims != nr || dt->bad != bad)
		abort();
}

void free_tree(struct tree *tree)
{
	free(tree->dt.claims);
}
