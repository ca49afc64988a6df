/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which guest frames are safe to put foreign mappings on.
 *
 * Plain C without allocation or calls into an operating system: the same
 * files are built into the kernel and, with shims for the headers, into the
 * tests. Addresses are guest physical, in bytes; a range includes its first and
 * its last byte, so that one which ends at 2^64 needs no special case.
 *
 *   safe-ranges-fdt.c    device tree -> struct sr_tree
 *   safe-ranges-facts.c  what Xen answers -> struct sr_facts
 *   safe-ranges.c        tree, facts -> decision
 *   safe-ranges-text.c   decision -> names and reasons for people
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

/*
 * Without direct mapping, holes start at low addresses, among devices. Xen traps
 * some that no tree shows, its own UART for one: keep to large gaps, and away
 * from their ends.
 */
#define SR_GAP_MIN		0x4000000ULL
#define SR_GAP_GUARD		0x1000000ULL

/* Direct-mapped, holes are searched from here on. */
#define SR_HOLES_START		0x100000000ULL

/* Entries of one list of the integrator's. */
#define SR_MAX_LIST		64

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
	SR_PCI_PEERS,		/* the same as its devices see them, see sr_decide() */
	SR_BUS_WINDOW,		/* bounded ranges of another bus */
	SR_GRANT_TABLE,		/* region 0 of /hypervisor */
	SR_UNMAPPABLE,		/* beyond what this kernel can map */
	SR_HOST_RAM,		/* can hold RAM that others grant */
	SR_EXCLUDED,		/* on the integrator's exclude list */
	SR_NOT_ALLOWED,		/* not on the integrator's allow list */
	SR_LOW,			/* below 4 GiB, where direct-mapped holes are not sought */
	SR_NEAR,		/* in a small gap, or near the end of a large one */
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

/* What the integrator asks for. */
enum sr_policy {
	SR_POLICY_AUTO,
	SR_POLICY_PUBLISHED,
	SR_POLICY_HOLES,
	SR_POLICY_BALLOON,
	SR_POLICIES
};

struct sr_list {
	struct sr_range ranges[SR_MAX_LIST];
	unsigned int nr;
};

/**
 * struct sr_config - what the integrator says: the binding xen,unpopulated-memory
 * @policy: the source to use
 * @iommu_protected: the integrator's word that an IOMMU protects all DMA
 * @broken: something of it could not be understood: balloon
 * @has_allow: use nothing but @allow; otherwise that is empty
 * @allow: ranges
 * @exclude: ranges to keep away from
 * @masters: in the tree, as it is there: pairs of a PCI host bridge's phandle and the
 *	requester ID of a function, which are behind Xen's IOMMU
 * @nr_masters: how many pairs
 * @node: where it was found, or -1
 */
struct sr_config {
	enum sr_policy policy;
	bool iommu_protected;
	bool broken;
	bool has_allow;
	struct sr_list allow;
	struct sr_list exclude;
	const void *masters;
	unsigned int nr_masters;
	int node;
};

/**
 * struct sr_tree - what a device tree says
 * @make_room: makes @claims at least @nr long, and sets @max_claims; returns whether it
 *	did. NULL if they stay as they are
 * @window: called for each bus window that is too large to claim anything, may
 *	be NULL
 * @problem: called for each thing that is not as it should be: the node, the
 *	property, what was expected; may be NULL
 * @context: handed to both
 * @claims: the caller's storage, filled in
 * @nr_claims: how many there are
 * @max_claims: how many there is room for
 * @published: regions 1..N of /hypervisor, filled in as are those below. One that is
 *	empty or wraps around has last < start
 * @nr_published: how many
 * @config: what the integrator says
 * @xen: the first node compatible with "xen,xen", or -1
 * @iommu: the first IOMMU that this domain could drive, or -1
 * @bad: it could not be read to its end
 * @unclear: an address that should translate to a CPU address did not
 */
struct sr_tree {
	bool (*make_room)(struct sr_tree *tree, unsigned int nr);
	void (*window)(void *context, const struct sr_range *window, int node);
	void (*problem)(void *context, int node, const char *property,
			const char *expected);
	void *context;
	struct sr_claim *claims;
	unsigned int nr_claims;
	unsigned int max_claims;
	struct sr_range published[SR_MAX_PUBLISHED];
	unsigned int nr_published;
	struct sr_config config;
	int xen;
	int iommu;
	bool bad;
	bool unclear;
};

/* Where the pool's space comes from. */
enum sr_source {
	SR_SOURCE_BALLOON,
	SR_SOURCE_PUBLISHED,
	SR_SOURCE_HOLES,
	SR_SOURCES
};

/* The rows of the decision table. */
enum sr_row {
	SR_ROW_ACPI,
	SR_ROW_PUBLISHED,
	SR_ROW_HOLES,			/* not direct-mapped */
	SR_ROW_HOLES_ABOVE_RAM,		/* direct-mapped */
	SR_ROW_BALLOON,
	SR_ROWS
};

/* Why a row was taken, or not. */
enum sr_reason {
	/* taken */
	SR_REASON_PUBLISHED,
	SR_REASON_HOLES,
	SR_REASON_HOLES_UNASKED,
	SR_REASON_ACPI,
	SR_REASON_OTHERWISE,
	/* taken in place of every other */
	SR_REASON_BAD_TREE,
	SR_REASON_BAD_CONFIG,
	SR_REASON_POLICY_BALLOON,
	/* not taken */
	SR_REASON_NOT_ACPI,
	SR_REASON_ROW_BEFORE,
	SR_REASON_NO_NODE,
	SR_REASON_NONE_PUBLISHED,
	SR_REASON_CANNOT_PUBLISH,
	SR_REASON_NONE_USABLE,
	SR_REASON_POLICY_HOLES,
	SR_REASON_NOT_ASKED,
	SR_REASON_NOT_ANSWERED,
	SR_REASON_NOT_INITIAL,
	SR_REASON_IDENTITY,
	SR_REASON_NOT_IDENTITY,
	SR_REASON_UNCLEAR_TREE,
	SR_REASON_RAM_END_UNKNOWN,
	SR_REASON_IOMMU_OFF,
	SR_REASON_IOMMU_VISIBLE,
	SR_REASON_NO_IOMMU,
	SR_REASON_NO_HOLE,
	SR_REASONS
};

/* What the hypervisor says when it is asked. */
enum sr_answer {
	SR_UNKNOWN,
	SR_YES,
	SR_NO,
};

/* What speaks for or against an IOMMU that protects this domain's DMA. */
enum sr_evidence {
	SR_EVIDENCE_NOT_IDENTITY,	/* for: without it there would be no DMA */
	SR_EVIDENCE_ABOVE_RAM,		/* for: ranges published above the highest RAM page */
	SR_EVIDENCE_CLAIM,		/* for: xen,iommu-protected */
	SR_EVIDENCE_XEN_YES,		/* for: Xen says so */
	SR_EVIDENCE_XEN_NO,		/* against: Xen says so */
	SR_EVIDENCE_VISIBLE,		/* against: an IOMMU that this domain could drive */
	SR_EVIDENCES
};

/**
 * struct sr_facts - what the decision depends on besides the device tree
 * @acpi: booted with ACPI
 * @initial_domain: this is dom0
 * @identity: guest frame == machine frame for this domain's RAM (direct-mapped)
 * @xen_major: version of the hypervisor, 0 if unknown
 * @xen_minor: the same
 * @xen_iommu: is an IOMMU on that Xen drives?
 * @host_ram_end: first byte above the highest RAM page of the host, 0 if unknown
 * @mappable: what the linear map, memory hotplug and the IPA width allow
 * @align: smallest unit that can be mapped, bytes, a power of two
 */
struct sr_facts {
	bool acpi;
	bool initial_domain;
	bool identity;
	unsigned int xen_major;
	unsigned int xen_minor;
	enum sr_answer xen_iommu;
	u64 host_ram_end;
	struct sr_range mappable;
	u64 align;
};

/**
 * struct sr_piece - what became of one part of what was published or searched
 * @range: bytes
 * @owner: SR_FREE if the pool may use it, otherwise why it may not
 * @node: offset of the node that owns it, or -1
 * @next: if the pool may use it: index of the piece to use after it, or -1
 */
struct sr_piece {
	struct sr_range range;
	enum sr_owner owner;
	int node;
	int next;
};

/**
 * struct sr_decision - what sr_decide() found
 * @source: where the pool's space comes from
 * @row: the row of the table that was taken
 * @reason: why that source; for ballooning, why it is not what was wanted
 * @why: for each row why it was taken, or why not
 * @iommu: an IOMMU protects this domain's DMA
 * @evidence: bits 1 << enum sr_evidence, as far as looked at
 * @contradicted: the integrator's word on the IOMMU is not true
 * @meets_ram: a published range overlaps this domain's RAM
 * @pieces: the caller's storage; filled in rising order behind those that are
 *	malformed
 * @nr_pieces: pieces filled in: of the published ranges, or, where holes were
 *	searched, of the whole address space
 * @max_pieces: how many there is room for, at least SR_MAX_PIECES() of the claims
 * @first: index of the piece to use first, or -1
 */
struct sr_decision {
	enum sr_source source;
	enum sr_row row;
	enum sr_reason reason;
	enum sr_reason why[SR_ROWS];
	bool iommu;
	unsigned int evidence;
	bool contradicted;
	bool meets_ram;
	struct sr_piece *pieces;
	unsigned int nr_pieces;
	unsigned int max_pieces;
	int first;
};

/*
 * Room for claims: sr_decide() adds its own, the integrator's, and one at each
 * end of the gaps between those it is given.
 */
#define SR_MAX_CLAIMS(claims)	(3 * (claims) + 2 * SR_MAX_LIST + 8)
/*
 * A claim or the end of a range cuts off one piece and leaves a free one
 * with two unaligned rests; a range can be split once more at host_ram_end.
 */
#define SR_MAX_PIECES(claims)	(4 * (SR_MAX_CLAIMS(claims) + 3 * SR_MAX_PUBLISHED))

int sr_decide(const struct sr_facts *facts, struct sr_tree *tree, struct sr_decision *decision);
int sr_add_claim(struct sr_tree *tree, const struct sr_claim *claim);
const char *sr_list_add(struct sr_list *list, u64 start, u64 size);

/* What it is called: safe-ranges-text.c */

const char *sr_owner_name(enum sr_owner owner);
const char *sr_source_name(enum sr_source source);
const char *sr_policy_name(enum sr_policy policy);
int sr_policy_by_name(const char *name);
const char *sr_row_text(enum sr_row row);
const char *sr_reason_text(enum sr_reason reason);
const char *sr_evidence_text(enum sr_evidence evidence);

/* Reading the device tree: safe-ranges-fdt.c */

/* Deepest nesting of nodes that is read, as in Linux's drivers/of/fdt.c. */
#define SR_MAX_DEPTH		64

/*
 * Windows between a node and the root, which each of its addresses is looked up
 * in: boards have some dozens, and reading takes time in proportion.
 */
#define SR_MAX_WINDOWS		256

int sr_read_tree(struct sr_tree *tree, const void *fdt);
bool sr_is_iommu(const void *fdt, int node);
bool sr_lists_master(const struct sr_config *config, u32 phandle, u32 id);
bool sr_is_disabled(const void *fdt, int node);

/* What Xen answers: safe-ranges-facts.c */

u64 sr_host_ram_end(s64 frames);
int sr_find_reach(const struct sr_range *range, unsigned int *ipa_bits,
		  int (*probe)(u64 addr), u64 *bytes);

#endif /* _XEN_SAFE_RANGES_H */
