// SPDX-License-Identifier: GPL-2.0
/*
 * scaling SHAPE NODES: make a device tree, then read it and decide, once. What
 * that costs is for valgrind to count, within measured().
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "safe-ranges.h"

static char *fdt;
static int size, left;

static void must(int err)
{
	if (!err)
		return;
	fprintf(stderr, "scaling: %s\n", fdt_strerror(err));
	exit(1);
}

static void cells(const char *name, const u32 *values, int n)
{
	void *to;

	must(fdt_property_placeholder(fdt, name, n * sizeof(u32), &to));
	while (n-- > 0)
		fdt32_st((char *)to + n * sizeof(u32), values[n]);
}

#define CELLS(name, ...) \
	cells(name, (const u32[]){ __VA_ARGS__ }, sizeof((const u32[]){ __VA_ARGS__ }) / sizeof(u32))

/* Not in rising order, so that there is something to sort. */
static void device(void)
{
	must(fdt_begin_node(fdt, "device"));
	must(fdt_property_string(fdt, "compatible", "acme,device"));
	CELLS("reg", (u32)left-- * 2654435761U & 0xffff00, 0x100, 0x1000000, 0x100);
	must(fdt_end_node(fdt));
}

static void begin_bus(void)
{
	must(fdt_begin_node(fdt, "bus"));
	CELLS("ranges", 0, 0x1000000, 0x2000000);
	left--;
}

static void buses(int levels)
{
	begin_bus();
	for (int i = 0; i < 8 && left > 0; i++)
		device();
	if (levels && left > 0)
		buses(levels - 1);
	must(fdt_end_node(fdt));
}

/* Buses in buses, three levels of them. */
static void shape_buses(void)
{
	while (left > 0)
		buses(2);
}

/* As deep as it is read. */
static void shape_deep(void)
{
	while (left > 0)
		buses(SR_MAX_DEPTH - 4);
}

/* One bus with more windows than boards have; it is the last one that counts. */
static void shape_windows(void)
{
	static u32 windows[3 * 64];

	for (int i = 0; i < 64; i++)
		memcpy(&windows[3 * i], (u32[]){ 0xf0000000, 0xf0000000, 1 }, 12);
	memcpy(&windows[3 * 63], (u32[]){ 0, 0x10000000, 0x80000000 }, 12);
	must(fdt_begin_node(fdt, "bus"));
	cells("ranges", windows, 3 * 64);
	while (left > 0)
		device();
	must(fdt_end_node(fdt));
}

/* All at the root, and /hypervisor with all that can be published at the end. */
static void shape_flat(void)
{
	static u32 reg[2 * (SR_MAX_PUBLISHED + 1)];

	while (left > 0)
		device();
	for (u32 i = 0; i <= SR_MAX_PUBLISHED; i++)
		memcpy(&reg[2 * i], (u32[]){ (i * 97 % 257) << 24, 0x800000 }, 8);
	must(fdt_begin_node(fdt, "hypervisor"));
	must(fdt_property_string(fdt, "compatible", "xen,xen"));
	cells("reg", reg, 2 * (SR_MAX_PUBLISHED + 1));
	must(fdt_end_node(fdt));
}

static bool make_room(struct sr_tree *tree, unsigned int nr)
{
	tree->max_claims = nr > 2 * tree->max_claims ? nr : 2 * tree->max_claims;
	tree->claims = realloc(tree->claims, tree->max_claims * sizeof(*tree->claims));
	return tree->claims;
}

/* As the kernel does it. */
__attribute__((noinline)) int measured(void)
{
	static struct sr_tree tree = { .make_room = make_room };
	struct sr_facts facts = {
		.initial_domain = true, .host_ram_end = 1ULL << 32,
		.mappable = { 0, (1ULL << 40) - 1 }, .align = 1 << 21,
	};
	struct sr_decision d;

	if (sr_read_tree(&tree, fdt) || tree.bad)
		return 1;
	/* Where nothing is published, holes are searched. */
	if (tree.xen < 0) {
		tree.xen = 0;
		tree.config.policy = SR_POLICY_HOLES;
	}
	d.max_pieces = SR_MAX_PIECES(tree.nr_claims);
	d.pieces = malloc(d.max_pieces * sizeof(*d.pieces));
	return sr_decide(&facts, &tree, &d);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(void);
	} shapes[] = {
		{ "flat", shape_flat },
		{ "buses", shape_buses },
		{ "deep", shape_deep },
		{ "windows", shape_windows },
	};
	unsigned int i;

	if (argc != 3)
		return 2;
	left = atoi(argv[2]);
	size = left * 128 + (1 << 16);
	fdt = malloc(size);
	must(fdt_create(fdt, size));
	must(fdt_finish_reservemap(fdt));
	must(fdt_begin_node(fdt, ""));
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (!strcmp(shapes[i].name, argv[1]))
			shapes[i].make();
	must(fdt_end_node(fdt));
	must(fdt_finish(fdt));
	return measured() ? 1 : 0;
}
