// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a flattened device tree: who claims which CPU addresses, which ranges
 * the hypervisor publishes, and what the integrator asks for.
 *
 * One pass in the order of the blob, then the two nodes that it found. For each
 * level of nesting the reader remembers how addresses on that bus become CPU
 * addresses, so a reg is translated by walking up that stack. Cell counts that a
 * node does not give are its parent's, as Linux and Xen read them.
 *
 * The blob is the kernel's own, but nothing here trusts it: libfdt checks
 * bounds, and depth and cell counts are limited.
 */
#include <linux/libfdt.h>
#include <linux/string.h>

#include "safe-ranges.h"

/* Address cells that are read; real trees have at most 3 (PCI, fsl-mc). */
#define MAX_CELLS	4

/* Of an address on a PCI bus: its space, and 64 bits */
#define PCI_ADDRESS_CELLS 3
#define MAX_REQUESTER_ID 0xffff

/* How addresses below a node get to be CPU addresses. */
enum bus_kind {
	BUS_NONE,	/* not at all: I2C and the like, CPUs, inside PCI */
	BUS_SAME,	/* unchanged: the root, an empty ranges */
	BUS_MAPPED,	/* through ranges */
	BUS_BROKEN,	/* should be, but cannot be read */
};

struct bus {
	const fdt32_t *ranges;
	int nr_ranges;
	u8 kind;
	s8 address_cells;	/* negative if they cannot be read */
	s8 size_cells;
};

/* A pass over a tree. */
struct reader {
	struct sr_tree *tree;
	const void *fdt;
	bool full;		/* there was no room for a claim */
	bool second_config;
	struct bus xen_bus;	/* that the node of Xen's is on */
	struct bus bus[SR_MAX_DEPTH];
};

/* An address on a bus: the last two cells, and what precedes them. */
struct address {
	u64 high;	/* PCI and some others: which space */
	u64 low;
};

static void problem(const struct reader *reader, int node,
		    const char *property, const char *expected)
{
	const struct sr_tree *tree = reader->tree;

	if (tree->problem)
		tree->problem(tree->context, node, property, expected);
}

/* Where something claims addresses, but it cannot be told which. */
static void unclear(struct reader *reader, int node, const char *property,
		    const char *expected)
{
	reader->tree->unclear = true;
	problem(reader, node, property, expected);
}

/* What would wrap around ends at 2^64. */
static struct sr_range to_range(u64 start, u64 size)
{
	u64 last = start + size - 1;

	return (struct sr_range){ start, last < start ? U64_MAX : last };
}

static void claim(struct reader *reader, u64 start, u64 size,
		  enum sr_owner owner, int node)
{
	struct sr_claim c = { to_range(start, size), owner, node };

	if (size && sr_add_claim(reader->tree, &c))
		reader->full = true;
}

/* A window that claims nothing. */
static void forward(const struct reader *reader, u64 start, u64 size, int node)
{
	struct sr_range range = to_range(start, size);

	if (reader->tree->window)
		reader->tree->window(reader->tree->context, &range, node);
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

static const fdt32_t *get_cells(const struct reader *reader, int node, const char *property,
				int *len)
{
	const fdt32_t *cells = fdt_getprop(reader->fdt, node, property, len);

	return *len < 0 ? NULL : cells;
}

static int read_cell_count(const struct reader *reader, const struct node *node,
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

/*
 * An IOMMU that this domain could drive: bindings/iommu/iommu.txt. That of grants
 * translates nothing, and the other stands for those that Xen drives.
 */
static bool is_iommu(const struct node *node)
{
	return node->value[IOMMU_CELLS] && !is_compatible(node, "xen,grant-dma") &&
	       !is_compatible(node, "xen,iommu-el2-v1");
}

static bool is_config(const struct node *node)
{
	return is_compatible(node, "xen,unpopulated-memory") && !is_disabled(node);
}

static bool is_named(const void *fdt, int node, const char *base)
{
	const char *name = fdt_get_name(fdt, node, NULL);
	int n = strlen(base);

	return name && !strncmp(name, base, n) && (!name[n] || name[n] == '@');
}

static bool is_pci(const struct node *node)
{
	return is_string(node, DEVICE_TYPE, "pci") || is_string(node, DEVICE_TYPE, "pciex");
}

/* The entry of a bus's ranges that holds an address, translated one level up. */
static bool map_up(const struct bus *bus, const struct bus *parent,
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
static enum translation translate(const struct bus *bus, int depth, struct address *a)
{
	for (; depth > 0; depth--) {
		switch (bus[depth].kind) {
		case BUS_NONE:
			return NOT_CPU;
		case BUS_BROKEN:
			return FAILED;
		case BUS_SAME:
			break;
		case BUS_MAPPED:
			if (!map_up(&bus[depth], &bus[depth - 1], a))
				return FAILED;
		}
	}
	return a->high ? FAILED : TRANSLATED;
}

/*
 * Memory space of a PCI bus: a device that accesses an address there is heard by its
 * neighbours, not by what is above the host bridge (IEEE 1275 PCI binding: the code of
 * the space is in bits 24 and 25).
 */
static bool is_pci_memory(const struct bus *bus, const struct address *from)
{
	return bus->address_cells == PCI_ADDRESS_CELLS && (from->high >> 24 & 3) >= 2;
}

/* The windows of the bus that the node at @depth is. */
static void read_windows(struct reader *reader, int node, int depth, bool pci)
{
	const struct bus *bus = &reader->bus[depth], *parent = bus - 1;
	const fdt32_t *entry = bus->ranges;
	int i, cells = bus->address_cells + parent->address_cells + bus->size_cells;

	for (i = 0; i < bus->nr_ranges; i++, entry += cells) {
		struct address from = read_cells(entry, bus->address_cells);
		struct address to = read_cells(entry + bus->address_cells,
					       parent->address_cells);
		u64 size = read_size(entry + cells - bus->size_cells, bus->size_cells);
		enum translation t = translate(reader->bus, depth - 1, &to);

		if (pci && is_pci_memory(bus, &from) && (t != TRANSLATED || from.low != to.low))
			claim(reader, from.low, size, SR_PCI_PEERS, node);
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
static enum bus_kind enter_bus(struct reader *reader, const struct node *node, int depth)
{
	struct bus *bus = &reader->bus[depth];
	const struct bus *parent = depth ? bus - 1 : NULL;
	int len = node->len[RANGES], cells;

	bus->nr_ranges = 0;
	/* Nothing below I2C and the like has CPU addresses. */
	if (parent && parent->kind == BUS_NONE)
		return BUS_NONE;
	bus->address_cells = read_cell_count(reader, node, ADDRESS_CELLS,
					     parent ? parent->address_cells : 2);
	bus->size_cells = read_cell_count(reader, node, SIZE_CELLS,
					  parent ? parent->size_cells : 1);
	bus->ranges = parent ? node->value[RANGES] : NULL;
	if (bus->address_cells < 0 || bus->size_cells < 0 ||
	    (bus->ranges && len && parent->kind == BUS_BROKEN)) {
		if (bus->ranges && len)
			unclear(reader, node->offset, "ranges", "cell counts that can be read");
		return BUS_BROKEN;
	}
	if (!parent)
		return BUS_SAME;
	if (!bus->ranges)
		return BUS_NONE;
	if (!len)
		return BUS_SAME;
	cells = bus->address_cells + parent->address_cells + bus->size_cells;
	if (!cells || len % (cells * sizeof(fdt32_t))) {
		unclear(reader, node->offset, "ranges",
			"whole entries of child address, parent address, size");
		return BUS_BROKEN;
	}
	bus->nr_ranges = len / (cells * sizeof(fdt32_t));
	read_windows(reader, node->offset, depth, is_pci(node));
	/* What is behind a PCI bridge lies in its windows. */
	return is_pci(node) ? BUS_NONE : BUS_MAPPED;
}

static void read_reg(struct reader *reader, const struct node *node, int depth,
		     enum sr_owner owner, int max_entries)
{
	const struct bus *parent = &reader->bus[depth - 1];
	int len = node->len[REG], cells = parent->address_cells + parent->size_cells;
	const fdt32_t *entry = node->value[REG];

	if (!entry || parent->kind == BUS_NONE)
		return;
	if (parent->kind == BUS_BROKEN || !cells ||
	    len % (cells * sizeof(fdt32_t))) {
		unclear(reader, node->offset, "reg", "whole entries of address and size");
		if (parent->kind == BUS_BROKEN || !cells)
			return;
	}

	for (len /= cells * sizeof(fdt32_t); len && max_entries; len--, max_entries--) {
		struct address a = read_cells(entry, parent->address_cells);
		u64 size = read_size(entry + parent->address_cells, parent->size_cells);
		enum translation t = translate(reader->bus, depth - 1, &a);

		if (t == FAILED)
			unclear(reader, node->offset, "reg",
				"addresses that the bus above translates");
		else if (t == TRANSLATED)
			claim(reader, a.low, size, owner, node->offset);
		entry += cells;
	}
}

/* Nodes that are read for themselves, later. */
static void remember(struct reader *reader, const struct node *node, int depth)
{
	struct sr_tree *tree = reader->tree;

	if (tree->xen < 0 && is_compatible(node, "xen,xen")) {
		tree->xen = node->offset;
		if (depth)
			reader->xen_bus = reader->bus[depth - 1];
	}
	if (tree->iommu < 0 && is_iommu(node) && !is_disabled(node))
		tree->iommu = node->offset;
	if (is_config(node)) {
		reader->second_config = tree->config.node >= 0;
		if (tree->config.node < 0)
			tree->config.node = node->offset;
	}
}

/* Windows between a node and the root, which its addresses are looked up in. */
static int count_windows(const struct reader *reader, int depth)
{
	int n = 0;

	for (; depth >= 0; depth--)
		n += reader->bus[depth].nr_ranges;
	return n;
}

/* All nodes. Returns 0, or -EINVAL if the tree cannot be read to its end. */
static int read_nodes(struct reader *reader)
{
	const void *fdt = reader->fdt;
	int offset, depth = 0, reserved_depth = 0, i, n = fdt_num_mem_rsv(fdt);
	struct node node;
	u64 start, size;

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
		reader->bus[depth].kind = enter_bus(reader, &node, depth);
		if (reader->bus[depth].nr_ranges &&
		    count_windows(reader, depth) > SR_MAX_WINDOWS) {
			problem(reader, offset, "ranges", "at most 256 windows up to the root");
			return -EINVAL;
		}
		/* Its addresses are CPU addresses, even if it forgot to say so. */
		if (depth && depth == reserved_depth && reader->bus[depth].kind == BUS_NONE)
			reader->bus[depth].kind = BUS_SAME;
	}
	/* A whole tree is left by the end of its root. */
	if (depth >= 0 || n < 0) {
		problem(reader, -1, "", "a complete tree: it is truncated or damaged");
		return -EINVAL;
	}
	return 0;
}

/*
 * The ranges that Xen publishes: regions 1..N of /hypervisor, which
 * make_hypervisor_node() writes (xen/arch/arm/domain_build.c); region 0 is for the
 * grant table.
 */
static void read_published(struct reader *reader)
{
	int node = reader->tree->xen;
	int na = reader->xen_bus.address_cells, ns = reader->xen_bus.size_cells;
	struct sr_range *published = reader->tree->published;
	const fdt32_t *entry;
	int len, n, i;

	if (node < 0)
		return;
	entry = get_cells(reader, node, "reg", &len);
	if (!entry) {
		problem(reader, node, "reg", "a region for the grant table");
		return;
	}
	if (na < 1 || ns < 1) {
		problem(reader, node, "reg", "a parent with address and size cells");
		return;
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
	reader->tree->nr_published = n < 0 ? 0 : n;
}

/* The integrator cannot be understood. */
static void broken(const struct reader *reader, const char *property, const char *expected)
{
	problem(reader, reader->tree->config.node, property, expected);
	reader->tree->config.broken = true;
}

/* A list of the integrator's: pairs of address and size, 64 bits each. */
static bool read_list(const struct reader *reader, const char *property, struct sr_list *list)
{
	const char *expected = NULL;
	const fdt32_t *cells;
	int len;

	cells = get_cells(reader, reader->tree->config.node, property, &len);
	if (!cells)
		return false;
	if (!len || len % (4 * sizeof(*cells)))
		expected = "pairs of address and size, 64 bits each";
	for (; len && !expected; len -= 4 * sizeof(*cells), cells += 4)
		expected = sr_list_add(list, read_cells(cells, 2).low,
				       read_cells(cells + 2, 2).low);
	if (expected)
		broken(reader, property, expected);
	return true;
}

/* What the phandles point to is for those to find who look for a device. */
static void read_masters(const struct reader *reader, struct sr_config *config)
{
	const char *expected = NULL;
	const fdt32_t *cells;
	int i, len;

	cells = get_cells(reader, config->node, "xen,iommu-masters", &len);
	if (!cells)
		return;
	if (!len || len % (2 * sizeof(*cells)))
		expected = "pairs of a PCI host bridge and a requester ID";
	for (i = 1; i < len / (int)sizeof(*cells); i += 2)
		if (read_cells(cells + i, 1).low > MAX_REQUESTER_ID)
			expected = "requester IDs of at most 0xffff";
	if (expected) {
		broken(reader, "xen,iommu-masters", expected);
		return;
	}
	config->masters = cells;
	config->nr_masters = len / (2 * sizeof(*cells));
}

/* Documentation/devicetree/bindings/arm/xen,unpopulated-memory.yaml */
static void read_config(const struct reader *reader)
{
	struct sr_config *config = &reader->tree->config;
	const void *fdt = reader->fdt;
	int node = config->node, len;
	const char *name;

	if (node < 0)
		return;
	if (reader->second_config)
		broken(reader, "compatible", "no second node of this kind");
	if (fdt_getprop(fdt, node, "reg", &len))
		broken(reader, "reg", "none, as Xen maps it into this domain");

	name = fdt_getprop(fdt, node, "xen,policy", &len);
	while (name && !is_name(name, len, sr_policy_name(config->policy)))
		if (++config->policy == SR_POLICIES)
			break;
	if (config->policy == SR_POLICIES) {
		broken(reader, "xen,policy", "auto, published, holes or balloon");
		config->policy = SR_POLICY_BALLOON;
	}

	read_list(reader, "xen,exclude", &config->exclude);
	config->has_allow = read_list(reader, "xen,allow", &config->allow);

	config->iommu_protected = fdt_getprop(fdt, node, "xen,iommu-protected", &len);
	if (config->iommu_protected && len)
		broken(reader, "xen,iommu-protected", "no value");
	read_masters(reader, config);
}

/**
 * sr_read_tree() - read all that a device tree says
 * @tree: filled in; its callbacks, their context and the room for claims are set by the
 *	caller, and stay
 * @fdt: the tree; its header has been checked
 *
 * If it cannot be read to its end, @tree->bad is set and the problem reported; a problem
 * of the integrator's config makes that broken.
 *
 * Return: 0, or -ENOSPC if there is no room for a claim and none can be made.
 */
int sr_read_tree(struct sr_tree *tree, const void *fdt)
{
	struct reader reader = {
		.tree = tree, .fdt = fdt, .xen_bus = { .address_cells = -1, .size_cells = -1 },
	};

	tree->nr_claims = 0;
	tree->nr_published = 0;
	memset(&tree->config, 0, sizeof(tree->config));
	tree->config.node = -1;
	tree->xen = -1;
	tree->iommu = -1;
	tree->unclear = false;
	tree->bad = read_nodes(&reader);
	read_published(&reader);
	read_config(&reader);
	return reader.full ? -ENOSPC : 0;
}

/**
 * sr_is_iommu() - is a node an IOMMU?
 * @fdt: the tree; its header has been checked
 * @node: offset of the node
 *
 * Return: true if it is, whether it is disabled or not, and whoever drives it.
 */
bool sr_is_iommu(const void *fdt, int node)
{
	struct node n;

	read_node(&n, fdt, node);
	return is_iommu(&n);
}

/**
 * sr_is_disabled() - does a node say that it is not to be used?
 * @fdt: the tree; its header has been checked
 * @node: offset of the node
 *
 * Return: true if so; nothing is known of those above it.
 */
bool sr_is_disabled(const void *fdt, int node)
{
	struct node n;

	read_node(&n, fdt, node);
	return is_disabled(&n);
}

/**
 * sr_lists_master() - does the integrator list a PCI function?
 * @config: as read from a tree that is still there
 * @phandle: of its host bridge
 * @id: its requester ID
 *
 * Return: true if it is in xen,iommu-masters.
 */
bool sr_lists_master(const struct sr_config *config, u32 phandle, u32 id)
{
	const fdt32_t *cells = config->masters;
	unsigned int i;

	for (i = 0; i < config->nr_masters; i++)
		if (read_cells(cells + 2 * i, 1).low == phandle &&
		    read_cells(cells + 2 * i + 1, 1).low == id)
			return true;
	return false;
}
