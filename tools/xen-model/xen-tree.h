/* SPDX-License-Identifier: GPL-2.0 */
/* The host's device tree, read by Xen's rules. For the model only. */
#ifndef _XEN_TREE_H
#define _XEN_TREE_H

#include "xen-model.h"

/* Why there is no answer, and the error code that says so */
static inline int no_answer(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

static inline u64 round_down(u64 value, u64 step)
{
	return value & ~(step - 1);
}

static inline u64 round_up(u64 value, u64 step)
{
	return round_down(value + step - 1, step);
}

/* Ranges of which Xen's tests expect no order, as found */
struct xen_banks {
	struct sr_range bank[XEN_MAX_BANKS];
	unsigned int nr;
};

/* What Xen's early pass over the tree finds: struct bootinfo */
struct xen_boot {
	struct xen_banks ram;
	struct xen_banks reserved;
	struct xen_banks memreserve;	/* until 4.19, apart from @reserved */
	struct xen_banks modules;
	bool has_kernel;	/* modules of /chosen are among them */
	unsigned int dma_bits;	/* of an address in dom0's low memory */
};

int xen_read_banks(const void *fdt, const struct xen_params *params, int node,
		   const char *property, u32 na, u32 ns, struct xen_banks *banks,
		   const char **why);
int xen_tree_boot(const void *fdt, const struct xen_params *params,
		  struct xen_boot *boot, const char **why);

/* Deepest nesting of nodes that Linux reads; Xen has no limit of its own. */
#define XEN_MAX_DEPTH	64

/* The properties of a node that are looked at when all nodes are walked through */
enum xen_property {
	ADDRESS_CELLS, ASSIGNED_ADDRESSES, COMPATIBLE, DEVICE_TYPE, INTERRUPT_PARENT, INTERRUPTS,
	RANGES, REG, SIZE_CELLS, XEN_PROPERTIES
};

/**
 * struct xen_node - a node's properties, each looked up once
 * @offset: of the node
 * @name: of the node
 * @value: of each property, or NULL
 * @len: in bytes, 0 if it has none
 */
struct xen_node {
	int offset;
	const char *name;
	const void *value[XEN_PROPERTIES];
	int len[XEN_PROPERTIES];
};

void xen_read_node(const void *fdt, int offset, struct xen_node *node);
u32 xen_cell(const struct xen_node *node, enum xen_property property, u32 otherwise);
bool xen_is_type(const struct xen_node *node, const char *type);

enum xen_fate { XEN_GIVES, XEN_LEAVES_OUT, XEN_REMAKES };

/* A walk over all nodes: which ones dom0 gets. xen-nodes.c */
struct xen_walk {
	const void *fdt;
	const struct xen_params *params;
	const struct xen_platform *platform;
	int console;
	u32 interrupt_parent[XEN_MAX_DEPTH];	/* phandles, by depth */
	u32 asked, cells;	/* the phandle that was looked up, its #interrupt-cells */
};

void xen_walk_begin(struct xen_walk *walk, const void *fdt, const struct xen_params *params);
enum xen_fate xen_walk(struct xen_walk *walk, const struct xen_node *node, int depth);
unsigned int xen_dma_bits(const void *fdt);
const struct xen_iommu *xen_find_iommu(const char *compatible, int len,
				       const struct xen_params *params);

/* Called for each range that Xen takes out of the address space. */
typedef int (*xen_tree_fn)(void *context, u64 start, u64 size, bool pci,
			   const char **why);
int xen_tree_devices(const void *fdt, xen_tree_fn fn, void *context, int *at,
		     const char **why);

bool xen_insert(struct sr_range *list, unsigned int *nr, unsigned int max, unsigned int at,
		u64 start, u64 last);

/* struct rangeset, rangeset_add_range() and so on: xen/common/rangeset.c */
#define XEN_MAX_RANGES	16384

struct xen_rangeset {
	unsigned int nr;
	bool grows;	/* see xen_rangeset_remove() */
	struct sr_range range[XEN_MAX_RANGES];
};

int xen_rangeset_add(struct xen_rangeset *set, u64 start, u64 last);
int xen_rangeset_remove(struct xen_rangeset *set, u64 start, u64 last);

int xen_dom0_ram(const struct xen_params *params, const struct xen_boot *boot,
		 struct xen_banks *banks, const char **why);
int xen_unallocated(const struct xen_params *params, const struct xen_boot *boot,
		    const struct sr_range *dom0_ram, unsigned int nr_dom0_ram,
		    struct xen_rangeset *set, const char **why);
int xen_place(const struct xen_params *params, struct xen_boot *boot, u64 *place,
	      const char **why);
bool xen_region(const struct xen_params *params, const struct sr_range *range,
		u64 *start, u64 *size);

#endif /* _XEN_TREE_H */
