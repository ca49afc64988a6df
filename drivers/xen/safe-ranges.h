/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which guest frames are safe to put foreign mappings on.
 *
 * Plain C without allocation or calls into an operating system: the same
 * files are built into the kernel and, with shims for the headers, into the
 * tests. Addresses are guest physical, in bytes; a range includes its first and
 * its last byte, so that one which ends at 2^64 needs no special case.
 *
 *   safe-ranges-fdt.c  device tree -> claims, published ranges
 *   safe-ranges.c      claims, published ranges, facts -> decision
 */
#ifndef _XEN_SAFE_RANGES_H
#define _XEN_SAFE_RANGES_H

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/types.h>

/*
 * Regions that Xen can publish: NR_MEM_BANKS in its asm-arm/setup.h, which
 * bounds the struct that make_hypervisor_node() writes to the tree.
 */
#define SR_MAX_PUBLISHED	256

/*
 * A bus window up to this size belongs to the bus; a larger one merely
 * forwards addresses, as "soc" nodes on real boards do for 2 GiB and more.
 */
#define SR_WINDOW_MAX		0x40000000ULL

struct sr_range {
	u64 start;
	u64 last;
};

/* What keeps the pool away from a range; SR_FREE is nothing. */
enum sr_owner {
	SR_FREE,
	SR_RAM,			/* RAM of this domain */
	SR_RESERVED,		/* /memreserve/, /reserved-memory */
	SR_REG,			/* a device's reg */
	SR_PCI_WINDOW,		/* ranges of a PCI host bridge */
	SR_BUS_WINDOW,		/* bounded ranges of another bus */
	SR_GRANT_TABLE,		/* region 0 of /hypervisor */
	SR_UNMAPPABLE,		/* beyond what this kernel can map */
	SR_HOST_RAM,		/* can hold RAM that others grant */
	SR_UNALIGNED,		/* rest that is smaller than a step */
	SR_MALFORMED,		/* published, but no range: empty or wrapping */
	SR_OWNERS
};

/**
 * struct sr_claim - a range that the pool must keep away from
 * @range: bytes claimed
 * @owner: for what
 * @node: offset of the claiming node in the device tree, or -1
 */
struct sr_claim {
	struct sr_range range;
	enum sr_owner owner;
	int node;
};

/* Where the pool's space comes from. */
enum sr_source {
	SR_SOURCE_BALLOON,
	SR_SOURCE_PUBLISHED,
};

/* Why it is the one that was chosen. */
enum sr_reason {
	SR_REASON_PUBLISHED,
	SR_REASON_ACPI,
	SR_REASON_NO_NODE,
	SR_REASON_NONE_PUBLISHED,
	SR_REASON_NONE_USABLE,
	SR_REASON_BAD_TREE,
};

/**
 * struct sr_facts - what the decision depends on besides the device tree
 * @acpi: booted with ACPI
 * @bad_tree: the device tree could not be read to its end
 * @no_node: it has no node compatible with "xen,xen"
 * @initial_domain: this is dom0
 * @identity: guest frame == machine frame for this domain's RAM (direct-mapped)
 * @host_ram_end: first byte above the highest RAM page of the host, 0 if unknown
 * @mappable: what the linear map, memory hotplug and the IPA width allow
 * @align: smallest unit that can be mapped, bytes, a power of two
 */
struct sr_facts {
	bool acpi;
	bool bad_tree;
	bool no_node;
	bool initial_domain;
	bool identity;
	u64 host_ram_end;
	struct sr_range mappable;
	u64 align;
};

/**
 * struct sr_piece - what became of one part of what was published
 * @range: bytes
 * @owner: SR_FREE if the pool may use it, otherwise why it may not
 * @node: offset of the node that owns it, or -1
 */
struct sr_piece {
	struct sr_range range;
	enum sr_owner owner;
	int node;
};

/**
 * struct sr_decision - what sr_decide() found
 * @source: where the pool's space comes from
 * @reason: why
 * @iommu: the published ranges prove that the host's IOMMU is on
 * @meets_ram: a published range overlaps this domain's RAM
 * @pieces: caller's storage, SR_MAX_PIECES(claims) long; filled in rising
 *	order behind those that are malformed
 * @nr_pieces: pieces filled in
 */
struct sr_decision {
	enum sr_source source;
	enum sr_reason reason;
	bool iommu;
	bool meets_ram;
	struct sr_piece *pieces;
	unsigned int nr_pieces;
};

/* Claims that sr_decide() adds to those it is given. */
#define SR_OWN_CLAIMS		3
/*
 * A claim or the end of a range cuts off one piece and leaves a free one
 * with two unaligned rests; a range can be split once more at host_ram_end.
 */
#define SR_MAX_PIECES(claims)	(4 * ((claims) + SR_OWN_CLAIMS + 3 * SR_MAX_PUBLISHED))

void sr_decide(const struct sr_facts *facts,
	       struct sr_range *published, unsigned int nr_published,
	       struct sr_claim *claims, unsigned int nr_claims,
	       struct sr_decision *decision);
const char *sr_owner_name(enum sr_owner owner);
const char *sr_reason_text(enum sr_reason reason);

/* Reading the device tree: safe-ranges-fdt.c */

/* Deepest nesting of nodes that is read, as in Linux's drivers/of/fdt.c. */
#define SR_MAX_DEPTH		64

/* How addresses below a node get to be CPU addresses. */
enum sr_bus_kind {
	SR_BUS_NONE,		/* not at all: I2C and the like, CPUs, inside PCI */
	SR_BUS_SAME,		/* unchanged: the root, an empty ranges */
	SR_BUS_MAPPED,		/* through ranges */
	SR_BUS_BROKEN,		/* should be, but cannot be read */
};

struct sr_bus {
	enum sr_bus_kind kind;
	int address_cells;
	int size_cells;
	const void *ranges;
	int nr_ranges;
};

/**
 * struct sr_reader - a pass over a device tree
 * @claim: called for each claim, may be NULL
 * @problem: called for each thing that is not as it should be: the node, the
 *	property, what was expected; may be NULL
 * @context: handed to both
 * @bus: the reader's own, one for each level of nesting
 */
struct sr_reader {
	void (*claim)(void *context, const struct sr_claim *claim);
	void (*problem)(void *context, int node, const char *property,
			const char *expected);
	void *context;
	struct sr_bus bus[SR_MAX_DEPTH];
};

int sr_read_claims(struct sr_reader *reader, const void *fdt);
int sr_read_published(const struct sr_reader *reader, const void *fdt,
		      struct sr_range *published);

#endif /* _XEN_SAFE_RANGES_H */
