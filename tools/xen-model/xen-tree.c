// SPDX-License-Identifier: GPL-2.0
/*
 * The host's device tree, read by Xen's rules, which are not those of
 * safe-ranges-fdt.c: here it matters what Xen makes of a tree, right or wrong.
 *
 * The blob is not trusted: libfdt checks bounds, and depth, cell counts and the
 * number of ranges are limited.
 */
#include <errno.h>
#include <stdlib.h>
#include <linux/libfdt.h>
#include <linux/string.h>

#include "xen-tree.h"

/* DT_MAX_ADDR_CELLS, common/device-tree/device-tree.c (4.17: common/device_tree.c) */
#define MAX_CELLS	4
/* DEVICE_TREE_MAX_DEPTH: deeper nodes are not looked at early. */
#define MAX_EARLY_DEPTH	16

#define BAD_ADDRESS	U64_MAX

/* libfdt before 1.7 lets a length below 0 pass. */
static const fdt32_t *get_cells(const void *fdt, int node, const char *property, int *len)
{
	const fdt32_t *cells = fdt_getprop(fdt, node, property, len);

	return *len < 0 ? NULL : cells;
}

static bool is_string(const void *fdt, int node, const char *property, const char *value)
{
	const char *s = fdt_stringlist_get(fdt, node, property, 0, NULL);

	return s && !strcmp(s, value);
}

/* dt_read_number(): the last 64 bits of all cells */
static u64 read_cells(const fdt32_t *cells, int n)
{
	u64 value = 0;

	while (n--)
		value = value << 32 | fdt32_to_cpu(*cells++);
	return value;
}

/* "name" or "name@...": device_tree_node_matches() */
static bool is_named(const char *name, const char *base)
{
	size_t n = strlen(base);

	return !strncmp(name, base, n) && (!name[n] || name[n] == '@');
}

/* device_tree_node_is_available(), since 4.19 */
static bool is_available(const void *fdt, int node)
{
	int len;

	return !fdt_getprop(fdt, node, "status", &len) ||
	       is_string(fdt, node, "status", "ok") ||
	       is_string(fdt, node, "status", "okay");
}

/**
 * xen_read_node() - read what is looked at of a node
 * @fdt: the tree
 * @offset: of the node
 * @node: filled in
 */
void xen_read_node(const void *fdt, int offset, struct xen_node *node)
{
	static const char * const names[XEN_PROPERTIES] = {
		[ADDRESS_CELLS] = "#address-cells", [ASSIGNED_ADDRESSES] = "assigned-addresses",
		[COMPATIBLE] = "compatible", [DEVICE_TYPE] = "device_type",
		[INTERRUPT_PARENT] = "interrupt-parent", [INTERRUPTS] = "interrupts",
		[RANGES] = "ranges", [REG] = "reg", [SIZE_CELLS] = "#size-cells",
	};
	int property, len;

	*node = (struct xen_node){ .offset = offset, .name = fdt_get_name(fdt, offset, NULL) ?: "" };
	fdt_for_each_property_offset(property, fdt, offset) {
		const char *name;
		const void *value = fdt_getprop_by_offset(fdt, property, &name, &len);

		/* libfdt before 1.7 lets a length below 0 pass. */
		for (int i = 0; value && len >= 0 && i < XEN_PROPERTIES; i++) {
			if (node->value[i] || *name != *names[i] || strcmp(name, names[i]))
				continue;
			node->value[i] = value;
			node->len[i] = len;
			break;
		}
	}
}

/* The first cell of a property, or something else if it has none. */
u32 xen_cell(const struct xen_node *node, enum xen_property property, u32 otherwise)
{
	return node->len[property] >= (int)sizeof(fdt32_t) ?
	       fdt32_to_cpu(*(const fdt32_t *)node->value[property]) : otherwise;
}

bool xen_is_type(const struct xen_node *node, const char *type)
{
	int len = strlen(type);

	return node->len[DEVICE_TYPE] > len && !memcmp(node->value[DEVICE_TYPE], type, len + 1);
}

/*
 * Xen's early pass: boot_fdt_info() and early_scan_node(), common/device-tree/
 * bootfdt.c (4.17: arch/arm/bootfdt.c).
 */

static int add_bank(struct xen_banks *banks, u64 start, u64 size, const char **why)
{
	if (!size)
		return 0;
	if (banks->nr == XEN_MAX_BANKS)
		return no_answer(why, -E2BIG, "more memory banks than Xen takes");
	if (start + size - 1 < start || start + size == 0)
		return no_answer(why, -EINVAL,
				 "memory that wraps around: Xen's arithmetic is undefined for it");
	banks->bank[banks->nr++] = (struct sr_range){ start, start + size - 1 };
	return 0;
}

/**
 * xen_read_banks() - pairs of address and size: device_tree_get_meminfo()
 * @fdt: the tree
 * @params: Xen's version
 * @node: that has them
 * @property: their name
 * @na: cells of an address there
 * @ns: cells of a size
 * @banks: they are added to
 * @why: reason of an error
 *
 * Return: 0; -E2BIG for more than Xen takes, -EINVAL if Xen's answer is undefined.
 */
int xen_read_banks(const void *fdt, const struct xen_params *params, int node,
		   const char *property, u32 na, u32 ns, struct xen_banks *banks,
		   const char **why)
{
	int len, err = 0;
	const fdt32_t *cell;

	if (xen_version(params) >= XEN_VERSION(4, 19) && !is_available(fdt, node))
		return 0;
	cell = get_cells(fdt, node, property, &len);
	if (!cell)
		return 0;
	if (na < 1 || ns < 1 || na > MAX_CELLS || ns > MAX_CELLS)
		return no_answer(why, -EINVAL,
				 "a memory node with cell counts that Xen does not take");
	for (len /= (na + ns) * sizeof(*cell); len && !err; len--, cell += na + ns)
		err = add_bank(banks, read_cells(cell, na), read_cells(cell + na, ns), why);
	return err;
}

static bool is_memory(const struct xen_node *node, const struct xen_params *params, int depth)
{
	if (!is_named(node->name, "memory"))
		return false;
	/* Until 4.19 the name was enough, anywhere: early_scan_node() */
	return xen_version(params) < XEN_VERSION(4, 19) ||
	       (depth == 1 && xen_is_type(node, "memory"));
}

static bool is_compatible(const struct xen_node *node, const char *name)
{
	return node->value[COMPATIBLE] &&
	       fdt_stringlist_contains(node->value[COMPATIBLE], node->len[COMPATIBLE], name);
}

static bool is_module(const struct xen_node *node)
{
	return is_compatible(node, "xen,multiboot-module") ||
	       is_compatible(node, "multiboot,module");
}

static int compare_banks(const void *a, const void *b)
{
	const struct sr_range *ra = a, *rb = b;

	return ra->start < rb->start ? -1 : ra->start > rb->start;
}

/**
 * xen_tree_boot() - RAM, reserved memory and boot modules as Xen finds them
 * @fdt: the tree; its header has been checked
 * @params: Xen's version, and what it does not have from the tree
 * @boot: filled in
 * @why: set if it fails
 *
 * Return: 0 or a negative error code.
 */
int xen_tree_boot(const void *fdt, const struct xen_params *params,
		  struct xen_boot *boot, const char **why)
{
	u32 na[XEN_MAX_DEPTH], ns[XEN_MAX_DEPTH];
	int node, depth = 0, err = 0, i, n, len;
	bool reserved = false, chosen = false;
	struct xen_node read;
	u64 start, size;

	boot->ram.nr = boot->reserved.nr = boot->modules.nr = boot->memreserve.nr = 0;
	boot->has_kernel = false;
	boot->dma_bits = xen_dma_bits(fdt);
	/* start_xen(), boot_fdt_info(): Xen itself and the tree come first. */
	if (params->xen.start <= params->xen.last)
		err = add_bank(&boot->modules, params->xen.start, range_size(&params->xen), why);
	if (!err && params->tree.start <= params->tree.last)
		err = add_bank(&boot->modules, params->tree.start, range_size(&params->tree), why);
	if (err)
		return err;

	/*
	 * boot_fdt_info() counts /memreserve/ as reserved memory since 4.20
	 * (53dc37829c31). Until then only the heap kept away from it.
	 */
	n = fdt_num_mem_rsv(fdt);
	for (i = 0; i < n; i++) {
		if (fdt_get_mem_rsv(fdt, i, &start, &size))
			continue;
		err = add_bank(xen_version(params) >= XEN_VERSION(4, 20) ?
			       &boot->reserved : &boot->memreserve, start, size, why);
		if (err)
			return err;
	}

	for (node = fdt_next_node(fdt, -1, NULL); node >= 0 && depth >= 0;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (depth >= XEN_MAX_DEPTH)
			return no_answer(why, -EINVAL, "more than 64 levels of nodes");
		xen_read_node(fdt, node, &read);
		na[depth] = xen_cell(&read, ADDRESS_CELLS, depth ? na[depth - 1] : 2);
		ns[depth] = xen_cell(&read, SIZE_CELLS, depth ? ns[depth - 1] : 1);
		if (!depth || depth >= MAX_EARLY_DEPTH)
			continue;
		if (depth == 1) {
			reserved = !strcmp(read.name, "reserved-memory");
			chosen = is_named(read.name, "chosen");
		}
		if ((depth == 1 && chosen && fdt_getprop(fdt, node, "xen,static-heap", &len)) ||
		    (depth <= 3 && is_compatible(&read, "xen,domain-shared-memory-v1"))) {
			*why = "a static heap or shared memory (xen,static-heap, xen,shared-mem) is not modelled";
			return -ENODATA;
		}

		/* Below reserved-memory it is both. */
		if (is_memory(&read, params, depth))
			err = xen_read_banks(fdt, params, node, "reg", na[depth - 1], ns[depth - 1],
					 &boot->ram, why);
		if (!err && reserved && depth > 1)
			err = xen_read_banks(fdt, params, node, "reg", na[depth - 1], ns[depth - 1],
					 &boot->reserved, why);
		/* process_domain_node(): memory of a domain that Xen starts */
		if (!err && depth == 2 && is_compatible(&read, "xen,domain"))
			err = xen_read_banks(fdt, params, node, "xen,static-mem", na[depth - 1],
					 ns[depth - 1], &boot->reserved, why);
		if (!err && chosen && depth > 1 && depth <= 3 && is_module(&read)) {
			const fdt32_t *cell = read.value[REG];
			u32 a = na[depth - 1], s = ns[depth - 1];

			if (!cell || a > MAX_CELLS || s > MAX_CELLS ||
			    read.len[REG] < (int)((a + s) * sizeof(*cell))) {
				*why = "a boot module whose reg is too short: Xen does not boot";
				return -EINVAL;
			}
			err = add_bank(&boot->modules, read_cells(cell, a),
				       read_cells(cell + a, s), why);
			boot->has_kernel = true;
		}
		if (err)
			return err;
	}
	if (depth >= 0 || n < 0)
		return no_answer(why, -EINVAL, "the tree is truncated or damaged");

	for (unsigned int m = 0; m < params->nr_modules && !err; m++)
		err = add_bank(&boot->modules, params->modules[m].start,
			       range_size(&params->modules[m]), why);
	qsort(boot->ram.bank, boot->ram.nr, sizeof(boot->ram.bank[0]), compare_banks);
	for (unsigned int m = 1; m < boot->ram.nr && !err; m++)
		if (boot->ram.bank[m].start <= boot->ram.bank[m - 1].last) {
			*why = "memory banks that overlap: Xen's order of them is undefined";
			return -EINVAL;
		}
	return err;
}

/*
 * Devices: common/device-tree/device-tree.c (4.17: common/device_tree.c, the
 * same in both).
 */

enum bus_kind { BUS_NONE, BUS_DEFAULT, BUS_PCI };

struct level {
	enum bus_kind kind;
	int ranges_len;		/* in cells */
	const fdt32_t *ranges;	/* NULL if it has none */
	u32 default_na, default_ns;	/* of its children, as the default bus counts */
	u32 na, ns;		/* as this one counts */
};

/* DT_CHECK_COUNTS(); sizes of more than 4 cells are nowhere. */
static bool good_counts(const struct level *bus)
{
	return bus->na > 0 && bus->na <= MAX_CELLS && bus->ns > 0 && bus->ns <= MAX_CELLS;
}

/* dt_bus_pci_match(), dt_node_is_pci() */
static bool is_pci_bus(const struct xen_node *node)
{
	return xen_is_type(node, "pci") || xen_is_type(node, "pciex") ||
	       xen_is_type(node, "vci") || xen_is_type(node, "ht") ||
	       is_named(node->name, "pci") || is_named(node->name, "pcie");
}

/* dt_bus_default_map(), dt_bus_pci_map(): offset into an entry of ranges */
static u64 map(const struct level *bus, const fdt32_t *address, const fdt32_t *entry, u32 pna)
{
	/* Cells from which the address is compared; PCI's first is flags. */
	u32 skip = bus->kind == BUS_PCI ? 1 : 0, na = bus->na;
	u64 from = read_cells(entry + skip, na - skip);
	u64 size = read_cells(entry + na + pna, bus->ns);
	u64 a = read_cells(address + skip, na - skip);

	if (bus->kind == BUS_PCI) {
		u32 type = fdt32_to_cpu(address[0]) >> 24 & 3;
		u32 entry_type = fdt32_to_cpu(entry[0]) >> 24 & 3;

		/* 32 and 64 bits are one kind, I/O another, configuration none. */
		if ((type > 1 ? 2 : type) != (entry_type > 1 ? 2 : entry_type))
			return BAD_ADDRESS;
	} else if (na > 2 && memcmp(entry, address, na * sizeof(*entry))) {
		return BAD_ADDRESS;
	}
	return a < from || a >= from + size ? BAD_ADDRESS : a - from;
}

/* dt_bus_default_translate(), dt_bus_pci_translate() */
static void add_offset(const struct level *bus, fdt32_t *address, u64 offset)
{
	u32 skip = bus->kind == BUS_PCI ? 1 : 0, na = bus->na;
	u64 a = read_cells(address + skip, na - skip) + offset;

	memset(address + skip, 0, (na - skip) * sizeof(*address));
	if (na - skip > 1)
		address[na - 2] = cpu_to_fdt32(a >> 32);
	address[na - 1] = cpu_to_fdt32(a);
}

/*
 * __dt_translate_address(): a CPU address, or BAD_ADDRESS, for an address on the
 * bus at @depth.
 */
static u64 translate(const struct level *level, int depth, const fdt32_t *in)
{
	const struct level *bus = &level[depth];
	fdt32_t address[MAX_CELLS];

	if (bus->kind == BUS_NONE || !good_counts(bus))
		return BAD_ADDRESS;
	memcpy(address, in, bus->na * sizeof(*in));

	for (; bus > level; bus--) {
		const struct level *parent = bus - 1;
		const fdt32_t *entry = bus->ranges;
		int one = bus->na + parent->na + bus->ns, left;
		u64 offset = BAD_ADDRESS;

		if (parent->kind == BUS_NONE || !good_counts(parent) || !bus->ranges)
			return BAD_ADDRESS;

		/* dt_translate_one() */
		if (!bus->ranges_len) {
			offset = read_cells(address, bus->na);
			memset(address, 0, parent->na * sizeof(*address));
		} else {
			for (left = bus->ranges_len; left >= one; left -= one, entry += one) {
				offset = map(bus, address, entry, parent->na);
				if (offset != BAD_ADDRESS)
					break;
			}
			if (offset == BAD_ADDRESS)
				return BAD_ADDRESS;
			memcpy(address, entry + bus->na, parent->na * sizeof(*address));
		}
		add_offset(parent, address, offset);
	}
	return read_cells(address, bus->na);
}

static void enter(const struct xen_node *node, struct level *level, int depth)
{
	struct level *bus = &level[depth];

	bus->ranges = node->value[RANGES];
	bus->ranges_len = node->len[RANGES] / (int)sizeof(*bus->ranges);
	/* __dt_n_addr_cells() looks in all nodes above. */
	bus->default_na = xen_cell(node, ADDRESS_CELLS, depth ? bus[-1].default_na : 2);
	bus->default_ns = xen_cell(node, SIZE_CELLS, depth ? bus[-1].default_ns : 1);
	if (is_pci_bus(node))
		bus->kind = BUS_PCI;
	else
		bus->kind = !depth || bus->ranges ? BUS_DEFAULT : BUS_NONE;
	/* dt_bus_pci_count_cells() asks no property. */
	bus->na = bus->kind == BUS_PCI ? 3 : bus->default_na;
	bus->ns = bus->kind == BUS_PCI ? 2 : bus->default_ns;
}

/* dt_for_each_range() for a host bridge, which is the bus at @depth */
static int read_windows(const struct level *level, int depth, xen_tree_fn fn,
			void *context, const char **why)
{
	const struct level *bus = &level[depth];
	const fdt32_t *entry = bus->ranges;
	int left, one = bus->na + bus[-1].na + bus->ns, err = 0;

	if (!bus->ranges)
		return no_answer(why, -ENOENT,
				 "a PCI node without ranges");
	if (!bus->ranges_len)
		return 0;
	if (bus[-1].kind == BUS_NONE)
		return no_answer(why, -ENOENT,
				 "a PCI host bridge on what is not a bus");
	if (!good_counts(bus - 1)) {
		*why = "a PCI host bridge on a bus with bad cell counts";
		return -ENOENT;
	}
	for (left = bus->ranges_len; left >= one && !err; left -= one, entry += one)
		err = fn(context, translate(level, depth - 1, entry + bus->na),
			 read_cells(entry + one - bus->ns, bus->ns), true, why);
	return err;
}

/* What a node claims: dt_number_of_address(), dt_device_get_address() */
static int read_node(const struct xen_node *node, const struct level *level, int depth,
		     xen_tree_fn fn, void *context, const char **why)
{
	const struct level *bus = &level[depth], *parent = bus - 1;

	if (depth && parent->kind != BUS_NONE && good_counts(parent)) {
		int property = parent->kind == BUS_PCI ? ASSIGNED_ADDRESSES : REG;
		int one = parent->na + parent->ns, err;
		const fdt32_t *entry = node->value[property];
		int left = node->len[property] / (int)sizeof(*entry);

		for (; left >= one; left -= one, entry += one) {
			u64 start = translate(level, depth - 1, entry);

			if (start == BAD_ADDRESS)
				return no_answer(why, -ENOENT,
						 "an address that no bus translates");
			err = fn(context, start, read_cells(entry + parent->na, parent->ns),
				 false, why);
			if (err)
				return err;
		}
	}

	/*
	 * "pci" and no other of the names of PCI: find_memory_holes(), and
	 * before it map_device_children(), which insists on ranges.
	 */
	if (depth && xen_is_type(node, "pci"))
		return read_windows(level, depth, fn, context, why);
	return 0;
}

/**
 * xen_tree_devices() - all that find_memory_holes() takes out of the address space
 * @fdt: the tree; its header has been checked
 * @fn: called for each address and size, in Xen's order
 * @context: handed to it
 * @at: set to the node it fails at, or -1
 * @why: set if it fails
 *
 * Return: 0; -ENOENT if Xen gives up looking for holes; another negative error code, also
 * of @fn.
 */
int xen_tree_devices(const void *fdt, xen_tree_fn fn, void *context, int *at,
		     const char **why)
{
	struct level level[XEN_MAX_DEPTH];
	int node, depth = 0, err;
	struct xen_node read;

	for (node = fdt_next_node(fdt, -1, NULL); node >= 0 && depth >= 0;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (depth >= XEN_MAX_DEPTH)
			return no_answer(why, -EINVAL, "more than 64 levels of nodes");
		xen_read_node(fdt, node, &read);
		enter(&read, level, depth);
		*at = node;
		err = read_node(&read, level, depth, fn, context, why);
		if (err)
			return err;
	}
	if (depth >= 0)
		return no_answer(why, -EINVAL, "the tree is truncated or damaged");
	*at = -1;
	return 0;
}

/* map_range_to_domain() */
static int map_to_dom0(void *context, u64 address, u64 size, bool pci, const char **why)
{
	const struct xen_params *params = context;

	if (pci && xen_version(params) >= XEN_VERSION(4, 18) && U64_MAX - address < size)
		return no_answer(why, -ENOENT, "a PCI window that no bus translates");
	return 0;
}

/**
 * xen_model_refusals() - the nodes at which Xen gives up building dom0
 * @fdt: the tree; its header has been checked
 * @params: Xen's version, and whether it drives an IOMMU
 * @fn: called for each; Xen itself comes to the first only
 * @context: handed to it
 *
 * handle_node() gives dom0's nodes to handle_device(), before any region is looked for
 * and whatever the version and options; Xen panics if that fails.
 */
void xen_model_refusals(const void *fdt, const struct xen_params *params,
			xen_node_fn fn, void *context)
{
	struct level level[XEN_MAX_DEPTH];
	struct xen_params copy = *params;
	int node, depth = 0, out = XEN_MAX_DEPTH;
	struct xen_node read;
	struct xen_walk walk;
	const char *why;

	xen_walk_begin(&walk, fdt, params);
	for (node = fdt_next_node(fdt, -1, NULL); node >= 0 && depth >= 0;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (depth >= XEN_MAX_DEPTH)
			return;
		if (depth > out)
			continue;
		xen_read_node(fdt, node, &read);
		out = xen_walk(&walk, &read, depth) == XEN_GIVES ? XEN_MAX_DEPTH : depth;
		if (depth == out)
			continue;
		enter(&read, level, depth);
		if (read_node(&read, level, depth, map_to_dom0, &copy, &why) == -ENOENT)
			fn(context, node, why);
	}
}
