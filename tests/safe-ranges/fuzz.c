// SPDX-License-Identifier: GPL-2.0
/*
 * A device tree, and what follows it decides the facts: read it, decide, and
 * check what must hold for every decision. Trees are good seeds as they are.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "tree.h"

struct tail {
	unsigned char flags, align;
	u64 host_ram_end, mappable_start, mappable_last;
} __attribute__((packed));

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

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct tail tail = { .mappable_last = U64_MAX };
	struct sr_decision d;
	struct sr_facts facts;
	struct tree tree;
	const char *err;
	size_t n;
	void *fdt;

	if (!whole_tree(data, size) || !libfdt_gets_on(data))
		return 0;
	/* Of exactly the tree's size. */
	n = fdt_totalsize(data);
	fdt = malloc(n);
	memcpy(fdt, data, n);
	size -= n;
	memcpy(&tail, data + n, size < sizeof(tail) ? size : sizeof(tail));

	read_tree(&tree, fdt);
	facts = (struct sr_facts){
		.bad_tree = tail.flags & 1 && tree.err,
		.initial_domain = tail.flags & 2,
		.identity = tail.flags & 4,
		.no_node = tree.nr_published < 0,
		.host_ram_end = tail.host_ram_end,
		.mappable = { tail.mappable_start, tail.mappable_last },
		.align = 1ULL << tail.align % 40,
	};
	err = decide(&facts, tree.published, tree.nr_published < 0 ? 0 : tree.nr_published,
		     tree.claims, tree.nr_claims, &d);
	if (err) {
		fprintf(stderr, "%s\n", err);
		abort();
	}
	free(d.pieces);
	free_tree(&tree);
	free(fdt);
	return 0;
}
