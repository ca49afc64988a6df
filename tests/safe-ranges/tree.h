/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TREE_H
#define _TREE_H

#include "safe-ranges.h"

#define MAX_PROBLEMS	32

/* All that is read from a device tree, as the kernel reads it. */
struct tree {
	const void *fdt;
	struct sr_tree dt;
	struct problem {
		int node;
		const char *property;
	} problems[MAX_PROBLEMS];	/* the first ones */
	unsigned int nr_problems;
};

/* The caller's part: is there a whole tree in these @size bytes? */
bool whole_tree(const void *fdt, size_t size);
void read_tree(struct tree *tree, const void *fdt);
void free_tree(struct tree *tree);

#endif
