/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TREE_H
#define _TREE_H

#include "safe-ranges.h"

#define MAX_PROBLEMS	32

/* All that is read from a device tree, as the kernel reads it. */
struct tree {
	const void *fdt;
	int err;			/* of sr_read_claims() */
	struct sr_claim *claims;
	unsigned int nr_claims;
	struct sr_range *published;	/* SR_MAX_PUBLISHED */
	int nr_published;		/* or an error */
	bool unclear;
	struct sr_wishes wishes;
	struct problem {
		int node;
		const char *property;
	} problems[MAX_PROBLEMS];	/* the first ones */
	unsigned int nr_problems;
};

/* The facts that a tree decides, and the wishes that are in it. */
struct sr_facts tree_facts(const struct tree *tree, const struct sr_facts *others);

/* The caller's part: is there a whole tree in these @size bytes? */
bool whole_tree(const void *fdt, size_t size);
void read_tree(struct tree *tree, const void *fdt);
void free_tree(struct tree *tree);

#endif
