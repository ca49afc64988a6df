// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a flattened device tree: who claims which CPU addresses, which ranges
 * the hypervisor publishes, and what the integrator wishes.
 *
 * One pass in the order of the blob. For each level of nesting the reader
 * remembers how addresses on that bus become CPU addresses, so a reg is
 * translated by walking up that stack. Cell counts that a node does not give
 * are its parent's, as Linux and Xen read them.
 *
 * The blob is the kernel's own, but nothing here trusts it: libfdt checks
 * bounds, and depth and cell counts are limited.
 */
#include <linux/libfdt.h>
#include <linux/string.h>

#include "safe-ranges.h"

/* Address cells that are read; real trees have at most 3 (PCI, fsl-mc). */
#define MAX_CELLS	4

/* An address on a bus: the last two cells, and what precedes them. */
struct address {
	u64 high;	/* PCI and some others: which space */
	u64 low;
};

static void problem(const struct sr_reader *reader, int node,
		    const char *property, const char *expected)
{
	if (reader->problem)
		reader->problem(reader->context, node, property, expected);
}

/* Where something claims addresses, but it cannot be told which. */
static void unclear(struct sr_reader *reader, int node, const char *property,
		    const char *expected)
{
	reader->unclear = true;
	problem(reader, node, property, expected);
}

/* What would wrap around ends at 2^64. */
static struct sr_range to_range(u64 start, u64 size)
{
	u64 last = start + size - 1;

	return (struct sr_range){ start, last < start ? U64_MAX : last };
}

static void claim(const struct sr_reader *reader, u64 start, u64 size,
		  enum sr_owner owner, int node)
{
	struct sr_claim c = { to_range(start, size), owner, node };

	if (size && reader->claim)
		reader->claim(reader->context, &c);
}

/* A window that claims nothing. */
static void forward(const struct sr_reader *reader, u64 start, u64 size, int node)
{
	struct sr_range range = to_range(start, size);

	if (reader->window)
		reader->window(reader->context, &range, node);
}

static struct address read_cells(const fdt32_t *cells, int n)
{
	struct address a = { 0, 0 };
	int i;

	for (i = 0; i < n; i++) {
		a.high = a.high << 32 | a.low >> 32;
		a.low = a.low << 32 | fdt32_to_cpu(cells[i]);
	}
	return a;
}

/* A size that needs more than 64 bits is as good as all there is. */
static u64 read_size(const fdt32_t *cells, int n)
{
	struct address a = read_cells(cells, n);

	return a.high ? U64_MAX : a.low;
}

/* The properties of a node that are looked at, each node's once. */
enum {
	ADDRESS_CELLS, COMPATIBLE, DEVICE_TYPE, IOMMU_CELLS, RANGES, REG, SIZE_CELLS, STATUS, PROPS
};

static const char * const prop_names[PROPS] = {
	[ADDRESS_CELLS]	= "#address-cells",
	[COMPATIBLE]	= "compatible",
	[DEVICE_TYPE]	= "device_type",
	[IOMMU_CELLS]	= "#iommu-cells",
	[RANGES]	= "ranges",
	[REG]		= "reg",
	[SIZE_CELLS]	= "#size-cells",
	[STATUS]	= "status",
};

struct node {
	int offset;
	const void *value[PROPS];
	int len[PROPS];
};

static void read_node(struct node *node, const void *fdt, int offset)
{
	const char *name;
	const void *value;
	int p, i, len;

	memset(node, 0, sizeof(*node));
	node->offset = offset;
	fdt_for_each_property_offset(p, fdt, offset) {
		value = fdt_getprop_by_offset(fdt, p, &name, &len);
		/* libfdt before 1.7 lets a length below 0 pass. */
		if (!value || len < 0)
			continue;
		for (i = 0; i < PROPS; i++) {
			/* The first of that name counts, as for fdt_getprop(). */
			if (strcmp(name, prop_names[i]) || node->value[i])
				continue;
			node->value[i] = value;
			node->len[i] = len;
		}
	}
}

static const fdt32_t *get_cells(const void *fdt, int node, const char *property, int *len)
{
	const fdt32_t *cells = fdt_getprop(fdt, node, property, len);

	return *len < 0 ? NULL : cells;
}

static int read_cell_count(const struct sr_reader *reader, const struct node *node,
			   int prop, int inherited)
{
	const fdt32_t *cells = node->value[prop];

	if (!cells)
		return inherited;
	if (node->len[prop] != sizeof(*cells) || fdt32_to_cpu(*cells) > MAX_CELLS) {
		problem(reader, node->offset, prop_names[prop], "one cell, 0 to 4");
		return -1;
	}
	return fdt32_to_cpu(*cells);
}

static bool is_name(const char *s, int len, const char *name)
{
	return len == (int)strlen(name) + 1 && !memcmp(s, name, len);
}

static bool is_string(const struct node *node, int prop, const char *value)
{
	return node->value[prop] && is_name(node->value[prop], node->len[prop], value);
}

/* Not by libfdt (1.6), which looks one byte behind the property. */
static bool is_compatible(const struct node *node, const char *compatible)
{
	const char *s = node->value[COMPATIBLE];
	int left = node->len[COMPATIBLE], n;

	for (; left > 0; left -= n, s += n) {
		n = strnlen(s, left) + 1;
		if (n <= left && is_name(s, n, compatible))
			return true;
	}
	return false;
}

static bool is_disabled(const struct node *node)
{
	return node->value[STATUS] && !is_string(node, STATUS, "okay") &&
	       !is_string(node, STATUS, "ok");
}

/* An IOMMU: bindings/iommu/iommu.txt. That of grants translates nothing. */
static bool is_iommu(const struct node *node)
{
	return node->value[IOMMU_CELLS] && !is_disabled(node) &&
	       !is_compatible(node, "xen,grant-dma");
}

static bool is_wishes(const struct node *node)
{
	return is_compatible(node, "xen,unpopulated-memory") && !is_disabled(node);
}

static bool is_named(const void *fdt, int node, const char *base)
{
	int len;
	const char *name = fdt_get_name(fdt, node, &len);
	int n = strlen(base);

	return name && len >= n && !memcmp(name, base, n) &&
	       (len == n || name[n] == '@');
}

static bool is_pci(const struct node *node)
{
	return is_string(node, DEVICE_TYPE, "pci") || is_string(node, DEVICE_TYPE, "pciex");
}

/* The entry of a bus's ranges that holds an address, translated one level up. */
static bool map_up(const struct sr_bus *bus, const struct sr_bus *parent,
		   struct address *a)
{
	const fdt32_t *entry = bus->ranges;
	int i, cells = bus->address_cells + parent->address_cells + bus->size_cells;

	for (i = 0; i < bus->nr_ranges; i++, entry += cells) {
		struct address from = read_cells(entry, bus->address_cells);
		struct address to = read_cells(entry + bus->address_cells,
					       parent->address_cells);
		u64 size = read_size(entry + cells - bus->size_cells, bus->size_cells);

		if (a->high != from.high || a->low < from.low ||
		    a->low - from.low >= size)
			continue;
		a->high = to.high;
		a->low = to.low + (a->low - from.low);
		return true;
	}
	return false;
}

enum translation { TRANSLATED, NOT_CPU, FAILED };

/* Translate an address on the bus at @depth to a CPU address. */
static enum translation translate(const struct sr_bus *bus, int depth, struct address *a)
{
	for (; depth > 0; depth--) {
		switch (bus[depth].kind) {
		case SR_BUS_NONE:
			return NOT_CPU;
		case SR_BUS_BROKEN:
			return FAILED;
		case SR_BUS_SAME:
			break;
		case SR_BUS_MAPPED:
			if (!map_up(&bus[depth], &bus[depth - 1], a))
				return FAILED;
		}
	}
	return a->high ? FAILED : TRANSLATED;
}

/* The windows of the bus that the node at @depth is. */
static void read_windows(struct sr_reader *reader, int node, int depth, bool pci)
{
	const struct sr_bus *bus = &reader->bus[depth], *parent = bus - 1;
	const fdt32_t *entry = bus->ranges;
	int i, cells = bus->address_cells + parent->address_cells + bus->size_cells;

	for (i = 0; i < bus->nr_ranges; i++, entry += cells) {
		struct address to = read_cells(entry + bus->address_cells,
					       parent->address_cells);
		u64 size = read_size(entry + cells - bus->size_cells, bus->size_cells);
		enum translation t = translate(reader->bus, depth - 1, &to);

		if (t == FAILED)
			unclear(reader, node, "ranges", "addresses that the bus above translates");
		if (t == TRANSLATED && (pci || size <= SR_WINDOW_MAX))
			claim(reader, to.low, size,
			      pci ? SR_PCI_WINDOW : SR_BUS_WINDOW, node);
		else if (t == TRANSLATED)
			forward(reader, to.low, size, node);
	}
}

/* Find out how addresses below @node, which is at @depth, are translated. */
static void enter_bus(struct sr_reader *reader, const struct node *node, int depth)
{
	struct sr_bus *bus = &reader->bus[depth];
	const struct sr_bus *parent = depth ? bus - 1 : NULL;
	int len = node->len[RANGES], cells;

	bus->nr_ranges = 0;
	bus->nr_windows = parent ? parent->nr_windows : 0;
	/* Nothing below I2C and the like has CPU addresses. */
	if (parent && parent->kind == SR_BUS_NONE) {
		bus->kind = SR_BUS_NONE;
		return;
	}
	bus->address_cells = read_cell_count(reader, node, ADDRESS_CELLS,
					     parent ? parent->address_cells : 2);
	bus->size_cells = read_cell_count(reader, node, SIZE_CELLS,
					  parent ? parent->size_cells : 1);
	bus->ranges = parent ? node->value[RANGES] : NULL;
	if (bus->address_cells < 0 || bus->size_cells < 0 ||
	    (bus->ranges && len && parent->kind == SR_BUS_BROKEN)) {
		if (bus->ranges && len)
			unclear(reader, node->offset, "ranges", "cell counts that can be read");
		bus->kind = SR_BUS_BROKEN;
		return;
	}
	if (!parent) {
		bus->kind = SR_BUS_SAME;
		return;
	}

	if (!bus->ranges) {
		bus->kind = SR_BUS_NONE;
		return;
	}
	if (!len) {
		bus->kind = SR_BUS_SAME;
		return;
	}
	cells = bus->address_cells + parent->address_cells + bus->size_cells;
	if (!cells || len % (cells * sizeof(fdt32_t))) {
		unclear(reader, node->offset, "ranges",
			"whole entries of child address, parent address, size");
		bus->kind = SR_BUS_BROKEN;
		return;
	}
	bus->nr_ranges = len / (cells * sizeof(fdt32_t));
	bus->nr_windows += bus->nr_ranges;
	bus->kind = SR_BUS_MAPPED;
	read_windows(reader, node->offset, depth, is_pci(node));
	/* What is behind a PCI bridge lies in its windows. */
	if (is_pci(node))
		bus->kind = SR_BUS_NONE;
}

static void read_reg(struct sr_reader *reader, const struct node *node, int depth,
		     enum sr_owner owner, int max_entries)
{
	const struct sr_bus *parent = &reader->bus[depth - 1];
	int len = node->len[REG], cells = parent->address_cells + parent->size_cells;
	const fdt32_t *entry = node->value[REG];

	if (!entry || parent->kind == SR_BUS_NONE)
		return;
	if (parent->kind == SR_BUS_BROKEN || !cells ||
	    len % (cells * sizeof(fdt32_t))) {
		unclear(reader, node->offset, "reg", "whole entries of address and size");
		if (parent->kind == SR_BUS_BROKEN || !cells)
			return;
	}

	for (len /= cells * sizeof(fdt32_t); len && max_entries; len--, max_entries--) {
		struct address a = read_cells(entry, parent->address_cells);
		u64 size = read_size(entry + parent->address_cells, parent->size_cells);

		switch (translate(reader->bus, depth - 1, &a)) {
		case TRANSLATED:
			claim(reader, a.low, size, owner, node->offset);
			break;
		case FAILED:
			unclear(reader, node->offset, "reg",
				"addresses that the bus above translates");
			break;
		case NOT_CPU:
			break;
		}
		entry += cells;
	}
}

/* Nodes that are read for themselves, later. */
static void remember(struct sr_reader *reader, const struct node *node, int depth)
{
	if (reader->xen < 0 && is_compatible(node, "xen,xen")) {
		reader->xen = node->offset;
		reader->xen_address_cells = depth ? reader->bus[depth - 1].address_cells : -1;
		reader->xen_size_cells = depth ? reader->bus[depth - 1].size_cells : -1;
	}
	if (reader->iommu < 0 && is_iommu(node))
		reader->iommu = node->offset;
	if (is_wishes(node)) {
		reader->second_wishes = reader->wishes >= 0;
		if (reader->wishes < 0)
			reader->wishes = node->offset;
	}
}

/**
 * sr_read_claims() - report everything in a device tree that claims addresses
 * @reader: where to report it; also filled in with what other functions need
 * @fdt: the tree; its header has been checked
 *
 * Return: 0, or -EINVAL if the tree could not be read to its end, with the
 * problem reported.
 */
int sr_read_claims(struct sr_reader *reader, const void *fdt)
{
	int offset, depth = 0, reserved_depth = 0, i, n = fdt_num_mem_rsv(fdt);
	struct node node;
	u64 start, size;

	reader->unclear = false;
	reader->xen = -1;
	reader->iommu = -1;
	reader->wishes = -1;
	reader->second_wishes = false;
	for (i = 0; i < n; i++)
		if (!fdt_get_mem_rsv(fdt, i, &start, &size))
			claim(reader, start, size, SR_RESERVED, -1);

	for (offset = fdt_next_node(fdt, -1, NULL); offset >= 0 && depth >= 0;
	     offset = fdt_next_node(fdt, offset, &depth)) {
		enum sr_owner owner = SR_REG;
		int entries = -1;

		if (depth == SR_MAX_DEPTH) {
			problem(reader, offset, "", "at most 64 levels of nodes");
			return -EINVAL;
		}
		if (depth <= reserved_depth)
			reserved_depth = 0;

		read_node(&node, fdt, offset);
		remember(reader, &node, depth);
		if (is_string(&node, DEVICE_TYPE, "memory")) {
			owner = SR_RAM;
		} else if (reserved_depth) {
			owner = SR_RESERVED;
		} else if (is_compatible(&node, "xen,xen")) {
			owner = SR_GRANT_TABLE;
			entries = 1;	/* the others are what it publishes */
		}
		if (depth == 1 && is_named(fdt, offset, "reserved-memory"))
			reserved_depth = depth;

		if (depth)
			read_reg(reader, &node, depth, owner, entries);
		enter_bus(reader, &node, depth);
		if (reader->bus[depth].nr_windows > SR_MAX_WINDOWS) {
			problem(reader, offset, "ranges", "at most 256 windows up to the root");
			return -EINVAL;
		}
		/* Its addresses are CPU addresses, even if it forgot to say so. */
		if (depth && depth == reserved_depth && reader->bus[depth].kind == SR_BUS_NONE)
			reader->bus[depth].kind = SR_BUS_SAME;
	}
	/* A whole tree is left by the end of its root. */
	if (depth >= 0 || n < 0) {
		problem(reader, -1, "", "a complete tree: it is truncated or damaged");
		return -EINVAL;
	}
	return 0;
}

/**
 * sr_read_published() - the ranges that Xen publishes
 * @reader: has read the claims of this tree; where to report problems
 * @fdt: the tree
 * @published: filled in; room for SR_MAX_PUBLISHED. An entry that is empty or
 *	wraps around has last < start
 *
 * They are the regions 1..N of /hypervisor: xen/arch/arm/domain_build.c,
 * make_hypervisor_node(); region 0 is for the grant table.
 *
 * Return: how many there are, or -ENOENT if no node is compatible with
 * "xen,xen".
 */
int sr_read_published(const struct sr_reader *reader, const void *fdt,
		      struct sr_range *published)
{
	int node = reader->xen, na = reader->xen_address_cells, ns = reader->xen_size_cells;
	const fdt32_t *entry;
	int len, n, i;

	if (node < 0)
		return -ENOENT;
	entry = get_cells(fdt, node, "reg", &len);
	if (!entry) {
		problem(reader, node, "reg", "a region for the grant table");
		return 0;
	}

	if (na < 1 || ns < 1) {
		problem(reader, node, "reg", "a parent with address and size cells");
		return 0;
	}
	if (len % ((na + ns) * sizeof(*entry)))
		problem(reader, node, "reg",
			"whole entries of address and size, the rest is ignored");

	n = len / ((na + ns) * sizeof(*entry)) - 1;
	if (n > SR_MAX_PUBLISHED) {
		problem(reader, node, "reg", "at most 256 ranges, the others are ignored");
		n = SR_MAX_PUBLISHED;
	}
	for (i = 0; i < n; i++) {
		struct address a = read_cells(entry += na + ns, na);
		u64 size = read_size(entry + na, ns);

		/* Without size, or beyond 2^64: not a range, last < start. */
		if (!size || a.high) {
			size = 0;
			a.low = a.low ? a.low : 1;
		}
		published[i].start = a.low;
		published[i].last = a.low + size - 1;
	}
	return n < 0 ? 0 : n;
}

/* The integrator cannot be understood. */
static void broken(const struct sr_reader *reader, struct sr_wishes *wishes,
		   const char *property, const char *expected)
{
	problem(reader, reader->wishes, property, expected);
	wishes->broken = true;
}

/* A list of the integrator's: pairs of address and size, 64 bits each. */
static bool read_list(const struct sr_reader *reader, const void *fdt,
		      struct sr_wishes *wishes, const char *property, struct sr_list *list)
{
	const char *expected = NULL;
	const fdt32_t *cells;
	int len;

	cells = get_cells(fdt, reader->wishes, property, &len);
	if (!cells)
		return false;
	if (!len || len % (4 * sizeof(*cells)))
		expected = "pairs of address and size, 64 bits each";
	for (; len && !expected; len -= 4 * sizeof(*cells), cells += 4)
		expected = sr_list_add(list, read_cells(cells, 2).low,
				       read_cells(cells + 2, 2).low);
	if (expected)
		broken(reader, wishes, property, expected);
	return true;
}

/**
 * sr_read_wishes() - what the integrator asks for
 * @reader: has read the claims of this tree; where to report problems, each of
 *	which makes the wishes broken
 * @fdt: the tree
 * @wishes: filled in; nothing is asked for if there is no node
 *
 * Documentation/devicetree/bindings/arm/xen,unpopulated-memory.yaml says what
 * the node looks like.
 */
void sr_read_wishes(const struct sr_reader *reader, const void *fdt,
		    struct sr_wishes *wishes)
{
	int node = reader->wishes, len;
	const char *name;

	memset(wishes, 0, sizeof(*wishes));
	wishes->node = -1;
	if (node < 0)
		return;
	wishes->node = node;

	if (reader->second_wishes)
		broken(reader, wishes, "compatible", "no second node of this kind");
	if (fdt_getprop(fdt, node, "reg", &len))
		broken(reader, wishes, "reg", "none, as Xen maps it into this domain");

	name = fdt_getprop(fdt, node, "xen,policy", &len);
	while (name && !is_name(name, len, sr_policy_name(wishes->policy)))
		if (++wishes->policy == SR_POLICIES)
			break;
	if (wishes->policy == SR_POLICIES) {
		broken(reader, wishes, "xen,policy", "auto, published, holes or balloon");
		wishes->policy = SR_POLICY_BALLOON;
	}

	read_list(reader, fdt, wishes, "xen,exclude", &wishes->exclude);
	wishes->has_allow = read_list(reader, fdt, wishes, "xen,allow", &wishes->allow);

	wishes->iommu_protected = fdt_getprop(fdt, node, "xen,iommu-protected", &len);
	if (wishes->iommu_protected && len)
		broken(reader, wishes, "xen,iommu-protected", "no value");
}

/**
 * sr_find_iommu() - the next IOMMU that the tree shows as usable
 * @fdt: the tree; its header has been checked
 * @after: offset of the IOMMU before, or -1; the first is the reader's @iommu
 *
 * Return: its offset, or a negative number.
 */
int sr_find_iommu(const void *fdt, int after)
{
	struct node node;
	int offset = after;

	while ((offset = fdt_next_node(fdt, offset, NULL)) >= 0) {
		read_node(&node, fdt, offset);
		if (is_iommu(&node))
			break;
	}
	return offset;
}
