// SPDX-License-Identifier: GPL-2.0
/*
 * The decision: which source the pool's space comes from, and which parts of it
 * the pool may use.
 *
 * A table of five rows says which source; the reason for each row, taken or not,
 * is kept. Everything that speaks against a frame is a claim: RAM, a device, what
 * this kernel cannot map, what the integrator excludes. What remains of the
 * published ranges, or where holes are searched of the whole address space, when
 * all claims are taken away, in whole steps, is free. Nothing is dropped silently:
 * every byte looked at ends up in a piece that says what became of it.
 */
#include <linux/minmax.h>
#include <linux/sort.h>

#include "safe-ranges.h"

/**
 * sr_list_add() - add a range to a list of the integrator's
 * @list: the list
 * @start: first byte
 * @size: bytes
 *
 * Return: NULL, or what was expected.
 */
const char *sr_list_add(struct sr_list *list, u64 start, u64 size)
{
	if (list->nr == SR_MAX_LIST)
		return "at most 64 ranges";
	if (!size || start + size - 1 < start)
		return "ranges that have a size and end below 2^64";
	list->ranges[list->nr++] = (struct sr_range){ start, start + size - 1 };
	return NULL;
}

static bool has_room(struct sr_tree *tree, unsigned int nr)
{
	return tree->max_claims >= nr || (tree->make_room && tree->make_room(tree, nr));
}

/**
 * sr_add_claim() - add a claim to those of a tree
 * @tree: the tree
 * @claim: a range, with first and last byte in order
 *
 * Return: 0, or -ENOSPC if there is no room and none can be made.
 */
int sr_add_claim(struct sr_tree *tree, const struct sr_claim *claim)
{
	if (!has_room(tree, tree->nr_claims + 1))
		return -ENOSPC;
	tree->claims[tree->nr_claims++] = *claim;
	return 0;
}

static int by_start(const void *a, const void *b)
{
	/* Both structs begin with, or are, a struct sr_range. */
	const struct sr_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return 0;
}

/* Leaves nothing to how sort() works, so that all who decide say the same. */
static int by_claim(const void *a, const void *b)
{
	const struct sr_claim *x = a, *y = b;
	int order = by_start(a, b);

	if (!order)
		order = (int)x->owner - (int)y->owner;
	if (!order && x->node != y->node)
		/* One that has a name goes before one that has none, -1. */
		order = (unsigned int)x->node < (unsigned int)y->node ? -1 : 1;
	return order;
}

static void add_piece(struct sr_decision *decision, u64 start, u64 last,
		      enum sr_owner owner, int node)
{
	decision->pieces[decision->nr_pieces++] = (struct sr_piece){
		.range = { start, last }, .owner = owner, .node = node,
	};
}

/* The whole steps in a range that nothing claims, and the rests beside them. */
static void add_free(struct sr_decision *decision, u64 start, u64 last, u64 align)
{
	u64 first = (start + align - 1) & ~(align - 1);
	u64 end = (last + 1) & ~(align - 1);	/* 0 for 2^64 */

	if (first < start || end - 1 < first || end - 1 > last) {
		add_piece(decision, start, last, SR_UNALIGNED, -1);
		return;
	}
	if (first > start)
		add_piece(decision, start, first - 1, SR_UNALIGNED, -1);
	add_piece(decision, first, end - 1, SR_FREE, -1);
	if (end - 1 < last)
		add_piece(decision, end, last, SR_UNALIGNED, -1);
}

/*
 * Split one range into pieces. @claims is in rising order; returns the first
 * claim that can matter for a range above this one.
 */
static const struct sr_claim *
add_pieces(struct sr_decision *decision, struct sr_range range,
	   const struct sr_claim *claim, const struct sr_claim *end, u64 align)
{
	const struct sr_claim *next = claim;
	u64 start = range.start;

	for (; claim < end && claim->range.start <= range.last; claim++) {
		u64 last = min(claim->range.last, range.last);

		/* Claims overlap: the first, or else the shortest, gets the bytes. */
		if (claim->range.last < start) {
			next = claim;
			continue;
		}
		if (claim->range.start > start)
			add_free(decision, start, claim->range.start - 1, align);
		start = max(start, claim->range.start);
		add_piece(decision, start, last, claim->owner, claim->node);
		if (last == range.last)
			return next;
		start = last + 1;
		next = claim;
	}
	add_free(decision, start, range.last, align);
	return next;
}

/* Bus windows with RAM in them only forward addresses: they claim nothing. */
static void drop_forwarding_windows(struct sr_tree *tree)
{
	struct sr_claim *claims = tree->claims;
	const struct sr_claim *ram = NULL;
	bool ram_below = false;
	u64 ram_last = 0;
	unsigned int i, nr = tree->nr_claims;

	/* RAM that starts at or above the window's start ... */
	for (i = nr; i-- > 0; ) {
		struct sr_claim *c = &claims[i];

		if (c->owner == SR_RAM)
			ram = c;
		else if (c->owner == SR_BUS_WINDOW && ram && ram->range.start <= c->range.last)
			c->owner = SR_FREE;
	}
	/* ... and RAM that starts below and reaches into it */
	for (tree->nr_claims = i = 0; i < nr; i++) {
		struct sr_claim c = claims[i];

		if (c.owner == SR_RAM) {
			ram_last = max(ram_last, c.range.last);
			ram_below = true;
		} else if (c.owner == SR_BUS_WINDOW && ram_below &&
			   ram_last >= c.range.start) {
			c.owner = SR_FREE;
		}
		if (c.owner != SR_FREE)
			claims[tree->nr_claims++] = c;
	}
}

/* By machine frame, a device asks for no frame of the pool. */
static void drop_pci_peers(struct sr_tree *tree)
{
	unsigned int i, nr = tree->nr_claims;

	for (tree->nr_claims = i = 0; i < nr; i++)
		if (tree->claims[i].owner != SR_PCI_PEERS)
			tree->claims[tree->nr_claims++] = tree->claims[i];
}

/* Sort, and merge what overlaps or touches; returns how many are left. */
static unsigned int merge(struct sr_range *ranges, unsigned int nr)
{
	unsigned int i, n = 0;

	sort(ranges, nr, sizeof(*ranges), by_start, NULL);
	for (i = 0; i < nr; i++) {
		struct sr_range *last = n ? &ranges[n - 1] : NULL;

		if (last && (last->last == U64_MAX || ranges[i].start <= last->last + 1))
			last->last = max(last->last, ranges[i].last);
		else
			ranges[n++] = ranges[i];
	}
	return n;
}

static bool any_meets_ram(const struct sr_tree *tree)
{
	const struct sr_range *range = tree->published, *end = range + tree->nr_published;
	unsigned int i;

	/* Both are in rising order, and the ranges do not overlap. */
	for (i = 0; i < tree->nr_claims; i++) {
		const struct sr_claim *claim = &tree->claims[i];

		if (claim->owner != SR_RAM)
			continue;
		while (range < end && range->last < claim->range.start)
			range++;
		if (range < end && range->start <= claim->range.last)
			return true;
	}
	return false;
}

/* There is room: sr_decide() has made it. */
static void claim_range(struct sr_tree *tree, u64 start, u64 last, enum sr_owner owner)
{
	tree->claims[tree->nr_claims++] = (struct sr_claim){
		.range = { start, last }, .owner = owner, .node = -1,
	};
}

/* Claim what is not in a list that is sorted and merged. */
static void add_complement(struct sr_tree *tree, const struct sr_range *ranges,
			   unsigned int nr, enum sr_owner owner)
{
	u64 start = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (ranges[i].start > start)
			claim_range(tree, start, ranges[i].start - 1, owner);
		if (ranges[i].last == U64_MAX)
			return;
		start = ranges[i].last + 1;
	}
	claim_range(tree, start, U64_MAX, owner);
}

static void add_config(struct sr_tree *tree)
{
	const struct sr_config *config = &tree->config;
	struct sr_range allow[SR_MAX_LIST];
	unsigned int i;

	for (i = 0; i < config->exclude.nr; i++)
		claim_range(tree, config->exclude.ranges[i].start,
			    config->exclude.ranges[i].last, SR_EXCLUDED);
	if (!config->has_allow)
		return;
	for (i = 0; i < config->allow.nr; i++)
		allow[i] = config->allow.ranges[i];
	add_complement(tree, allow, merge(allow, config->allow.nr), SR_NOT_ALLOWED);
}

static void add_mappable(struct sr_tree *tree, const struct sr_range *mappable)
{
	add_complement(tree, mappable, 1, SR_UNMAPPABLE);
}

static void add_gap(struct sr_tree *tree, u64 start, u64 last, bool first, bool end)
{
	if (last - start < SR_GAP_MIN - 1) {
		claim_range(tree, start, last, SR_NEAR);
		return;
	}
	if (!first)
		claim_range(tree, start, start + SR_GAP_GUARD - 1, SR_NEAR);
	if (!end)
		claim_range(tree, last - SR_GAP_GUARD + 1, last, SR_NEAR);
}

/* Claim small gaps between claims, and the ends of large ones. */
static void add_near(struct sr_tree *tree)
{
	unsigned int i, nr = tree->nr_claims;
	u64 start = 0;

	for (i = 0; i < nr; i++) {
		const struct sr_range *range = &tree->claims[i].range;

		if (range->start > start)
			add_gap(tree, start, range->start - 1, !start, false);
		if (range->last == U64_MAX)
			return;
		start = max(start, range->last + 1);
	}
	add_gap(tree, start, U64_MAX, !start, true);
}

/* Split ranges, which are in rising order and do not meet, into pieces. */
static void split_ranges(const struct sr_facts *facts, struct sr_tree *tree,
			 const struct sr_range *ranges, unsigned int nr,
			 struct sr_decision *decision)
{
	const struct sr_claim *claim = tree->claims, *end = claim + tree->nr_claims;
	/* A free piece lies on one side of this, so that one side can go first. */
	u64 at = (facts->host_ram_end + facts->align - 1) & ~(facts->align - 1);
	unsigned int i;

	sort(tree->claims, tree->nr_claims, sizeof(*claim), by_claim, NULL);
	for (i = 0; i < nr; i++) {
		struct sr_range range = ranges[i];

		if (range.start < at && at <= range.last) {
			range.last = at - 1;
			claim = add_pieces(decision, range, claim, end, facts->align);
			range.start = at;
			range.last = ranges[i].last;
		}
		claim = add_pieces(decision, range, claim, end, facts->align);
	}
}

/* Put what is free in order, one side of the highest RAM page first. Is there anything? */
static bool put_in_order(const struct sr_facts *facts, bool above_first,
			 struct sr_decision *decision)
{
	int *link = &decision->first;
	unsigned int i, side;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < decision->nr_pieces; i++) {
			struct sr_piece *piece = &decision->pieces[i];
			bool later = (piece->range.start >= facts->host_ram_end) != above_first;

			if (piece->owner != SR_FREE || later != side)
				continue;
			*link = i;
			link = &piece->next;
		}
	}
	*link = -1;
	return decision->first >= 0;
}

/* Why there cannot be an IOMMU that Xen drives, or SR_REASONS if there can. */
static enum sr_reason deny_iommu(const struct sr_facts *facts, const struct sr_tree *tree)
{
	if (facts->xen_iommu == SR_NO)
		return SR_REASON_IOMMU_OFF;
	if (facts->xen_iommu == SR_UNKNOWN && tree->iommu >= 0)
		return SR_REASON_IOMMU_VISIBLE;
	return SR_REASONS;
}

/* What is known of an IOMMU that Xen drives. */
static void weigh_evidence(const struct sr_facts *facts, const struct sr_tree *tree,
			   struct sr_decision *decision)
{
	bool denied = deny_iommu(facts, tree) != SR_REASONS;
	unsigned int nr = tree->nr_published;
	unsigned int e = 0;

	if (facts->initial_domain && !facts->identity)
		e |= 1 << SR_EVIDENCE_NOT_IDENTITY;
	/* Xen looks for holes there only if an IOMMU protects DMA. */
	if (facts->initial_domain && facts->host_ram_end && nr &&
	    tree->published[nr - 1].last >= facts->host_ram_end)
		e |= 1 << SR_EVIDENCE_ABOVE_RAM;
	if (tree->config.iommu_protected)
		e |= 1 << SR_EVIDENCE_CLAIM;
	if (facts->xen_iommu == SR_YES)
		e |= 1 << SR_EVIDENCE_XEN_YES;
	decision->iommu = e && !denied;

	if (facts->xen_iommu == SR_NO)
		e |= 1 << SR_EVIDENCE_XEN_NO;
	if (tree->iommu >= 0)
		e |= 1 << SR_EVIDENCE_VISIBLE;
	decision->contradicted = denied && tree->config.iommu_protected;
	decision->evidence = e;
}

/* Regions in /hypervisor came with 4.16. */
static bool cannot_publish(const struct sr_facts *facts)
{
	return facts->xen_major && (facts->xen_major < 4 ||
				    (facts->xen_major == 4 && facts->xen_minor < 16));
}

/*
 * A Xen that publishes nothing may have been told so, because the tree does not show
 * all devices. One that cannot publish was not: then row 3 need not be asked for.
 */
static bool opens_row_3(const struct sr_facts *facts, const struct sr_tree *tree)
{
	return tree->config.policy == SR_POLICY_AUTO && cannot_publish(facts) &&
	       !tree->nr_published && tree->xen >= 0 && facts->initial_domain && facts->identity;
}

/* Why row 1 can be tried, or not. */
static enum sr_reason judge_published(const struct sr_facts *facts,
				      const struct sr_tree *tree, bool any)
{
	if (tree->xen < 0)
		return SR_REASON_NO_NODE;
	if (tree->config.policy == SR_POLICY_HOLES)
		return SR_REASON_POLICY_HOLES;
	if (any)
		return SR_REASON_PUBLISHED;
	return cannot_publish(facts) ? SR_REASON_CANNOT_PUBLISH : SR_REASON_NONE_PUBLISHED;
}

/* Why row 2 or 3 can be tried, or not. */
static enum sr_reason judge_holes(const struct sr_facts *facts,
				  const struct sr_tree *tree,
				  const struct sr_decision *decision, bool open, bool above_ram)
{
	bool asked = tree->config.policy == SR_POLICY_HOLES;
	enum sr_reason denial = deny_iommu(facts, tree);

	if (!asked && !(open && above_ram))
		return SR_REASON_NOT_ASKED;
	/* Nobody asks, so nobody's word counts but Xen's. */
	if (!asked && facts->xen_iommu != SR_YES)
		return SR_REASON_NOT_ANSWERED;
	if (tree->xen < 0)
		return SR_REASON_NO_NODE;
	if (!facts->initial_domain)
		return SR_REASON_NOT_INITIAL;
	if (facts->identity != above_ram)
		return facts->identity ? SR_REASON_IDENTITY : SR_REASON_NOT_IDENTITY;
	if (tree->unclear)
		return SR_REASON_UNCLEAR_TREE;
	/* Without direct mapping nobody need say that there is an IOMMU. */
	if (!above_ram)
		return SR_REASON_HOLES;

	if (!facts->host_ram_end)
		return SR_REASON_RAM_END_UNKNOWN;
	if (denial != SR_REASONS)
		return denial;
	if (!decision->iommu)
		return SR_REASON_NO_IOMMU;
	return asked ? SR_REASON_HOLES : SR_REASON_HOLES_UNASKED;
}

static void take(struct sr_decision *decision, enum sr_row row, enum sr_source source,
		 enum sr_reason reason)
{
	decision->row = row;
	decision->source = source;
	decision->reason = reason;
	decision->why[row] = reason;
}

/* Ballooning, whatever else could be had. */
static void balloon(struct sr_decision *decision, enum sr_reason reason)
{
	enum sr_row row;

	for (row = SR_ROW_PUBLISHED; row < SR_ROW_BALLOON; row++)
		decision->why[row] = reason;
	take(decision, SR_ROW_BALLOON, SR_SOURCE_BALLOON, reason);
}

static bool try_published(const struct sr_facts *facts, struct sr_tree *tree,
			  struct sr_decision *decision)
{
	/*
	 * Xen publishes what it takes for free. If that meets RAM, it does not
	 * know all RAM, and a page of the unknown rest may be granted: an
	 * identity entry for it would replace a mapping of the pool.
	 */
	if (facts->identity && decision->meets_ram)
		claim_range(tree, 0, facts->host_ram_end ? facts->host_ram_end - 1 : U64_MAX,
			    SR_HOST_RAM);
	split_ranges(facts, tree, tree->published, tree->nr_published, decision);
	/* Above the highest RAM page no granted page can be. */
	return put_in_order(facts, true, decision);
}

static bool try_holes(const struct sr_facts *facts, struct sr_tree *tree,
		      struct sr_decision *decision)
{
	static const struct sr_range everywhere = { 0, U64_MAX };

	if (facts->identity) {
		claim_range(tree, 0, facts->host_ram_end - 1, SR_HOST_RAM);
		claim_range(tree, 0, SR_HOLES_START - 1, SR_LOW);
	}
	split_ranges(facts, tree, &everywhere, 1, decision);
	/* Below it are only those where DMA is by guest frame, which may have 32 bits. */
	return put_in_order(facts, false, decision);
}

/* Sort and merge what is published; what is no range becomes a piece, if @keep. */
static void merge_published(struct sr_tree *tree, struct sr_decision *decision, bool keep)
{
	struct sr_range *published = tree->published;
	unsigned int i, nr = 0;

	for (i = 0; i < tree->nr_published; i++) {
		if (published[i].last >= published[i].start)
			published[nr++] = published[i];
		else if (keep)
			add_piece(decision, published[i].start, published[i].last,
				  SR_MALFORMED, -1);
	}
	tree->nr_published = merge(published, nr);
}

/* The decision table, once there is room for all that it adds. */
static void decide(const struct sr_facts *facts, struct sr_tree *tree,
		   struct sr_decision *decision)
{
	enum sr_row holes = facts->identity ? SR_ROW_HOLES_ABOVE_RAM : SR_ROW_HOLES;
	enum sr_reason *why = decision->why;
	bool any = tree->nr_published, open = opens_row_3(facts, tree);
	bool searching = open || tree->config.policy == SR_POLICY_HOLES;

	if (facts->acpi)
		return take(decision, SR_ROW_ACPI, SR_SOURCE_BALLOON, SR_REASON_ACPI);
	why[SR_ROW_ACPI] = SR_REASON_NOT_ACPI;
	if (tree->bad)
		return balloon(decision, SR_REASON_BAD_TREE);
	if (tree->config.broken)
		return balloon(decision, SR_REASON_BAD_CONFIG);

	merge_published(tree, decision, !searching);
	sort(tree->claims, tree->nr_claims, sizeof(*tree->claims), by_claim, NULL);
	drop_forwarding_windows(tree);
	decision->meets_ram = any_meets_ram(tree);
	weigh_evidence(facts, tree, decision);
	if (facts->identity && !decision->iommu)
		drop_pci_peers(tree);

	/* Who is wrong about that may be wrong about the rest. */
	if (decision->contradicted)
		return balloon(decision, deny_iommu(facts, tree));
	if (tree->config.policy == SR_POLICY_BALLOON)
		return balloon(decision, SR_REASON_POLICY_BALLOON);

	why[SR_ROW_PUBLISHED] = judge_published(facts, tree, any);
	why[SR_ROW_HOLES] = judge_holes(facts, tree, decision, open, false);
	why[SR_ROW_HOLES_ABOVE_RAM] = judge_holes(facts, tree, decision, open, true);

	/* What is near is near to something there, not to a limit. */
	if (searching && !facts->identity)
		add_near(tree);
	add_mappable(tree, &facts->mappable);
	add_config(tree);

	if (why[SR_ROW_PUBLISHED] == SR_REASON_PUBLISHED) {
		if (try_published(facts, tree, decision))
			return take(decision, SR_ROW_PUBLISHED, SR_SOURCE_PUBLISHED,
				    SR_REASON_PUBLISHED);
		why[SR_ROW_PUBLISHED] = SR_REASON_NONE_USABLE;
	} else if (why[holes] == SR_REASON_HOLES || why[holes] == SR_REASON_HOLES_UNASKED) {
		if (try_holes(facts, tree, decision))
			return take(decision, holes, SR_SOURCE_HOLES, why[holes]);
		why[holes] = SR_REASON_NO_HOLE;
	}
	take(decision, SR_ROW_BALLOON, SR_SOURCE_BALLOON, SR_REASON_OTHERWISE);
	decision->reason = why[searching ? holes : SR_ROW_PUBLISHED];
}

/**
 * sr_decide() - choose the source of the pool's space
 * @facts: what is known besides the tree
 * @tree: what the tree says; changed: claims are sorted and others added, published
 *	ranges, which may come in any order and overlap, sorted and merged
 * @decision: the outcome; @decision->pieces and @max_pieces are set by the caller
 *
 * What PCI devices see of each other is kept free where DMA may be by guest frame: without
 * direct mapping, or with an IOMMU.
 *
 * This is the decision table. The rows that use ranges exclude one another: holes
 * are searched if asked for, and then in place of what is published, or where Xen
 * cannot publish.
 *
 * Return: 0, or -ENOSPC if there is no room for SR_MAX_CLAIMS() and SR_MAX_PIECES() of
 * the tree's claims.
 */
int sr_decide(const struct sr_facts *facts, struct sr_tree *tree, struct sr_decision *decision)
{
	unsigned int nr = SR_MAX_CLAIMS(tree->nr_claims);
	enum sr_row row;

	if (decision->max_pieces < SR_MAX_PIECES(tree->nr_claims) || !has_room(tree, nr))
		return -ENOSPC;

	*decision = (struct sr_decision){
		.pieces = decision->pieces, .max_pieces = decision->max_pieces, .first = -1,
	};
	for (row = 0; row < SR_ROWS; row++)
		decision->why[row] = SR_REASON_ROW_BEFORE;
	decide(facts, tree, decision);
	return 0;
}
