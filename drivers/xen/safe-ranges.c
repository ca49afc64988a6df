// SPDX-License-Identifier: GPL-2.0
/*
 * The decision: which parts of the published ranges the pool may use.
 *
 * Everything that speaks against a frame is a claim: RAM, a device, what this
 * kernel cannot map. What remains of the published ranges when all claims are
 * taken away, in whole steps, is free. Nothing is dropped silently: every
 * published byte ends up in a piece that says what became of it.
 */
#include <linux/minmax.h>
#include <linux/sort.h>

#include "safe-ranges.h"

static const char * const owner_names[SR_OWNERS] = {
	[SR_FREE]	= "usable",
	[SR_RAM]	= "RAM of this domain",
	[SR_RESERVED]	= "reserved memory",
	[SR_REG]	= "device registers",
	[SR_PCI_WINDOW]	= "PCI window",
	[SR_BUS_WINDOW]	= "bus window",
	[SR_GRANT_TABLE] = "grant table",
	[SR_UNMAPPABLE]	= "beyond what this kernel can map",
	[SR_HOST_RAM]	= "may be RAM of the host",
	[SR_UNALIGNED]	= "smaller than a step",
	[SR_MALFORMED]	= "empty, or ends before it starts",
};

static const char * const reason_texts[] = {
	[SR_REASON_PUBLISHED]	= "Xen publishes ranges",
	[SR_REASON_ACPI]	= "booted with ACPI, Xen maps MMIO late there",
	[SR_REASON_NO_NODE]	= "no node compatible with \"xen,xen\"",
	[SR_REASON_NONE_PUBLISHED] =
		"Xen publishes no ranges (ext_regions=0, no hole of 64 MiB, a device tree it could not use, or older than 4.16)",
	[SR_REASON_NONE_USABLE]	= "nothing usable is left of the published ranges",
	[SR_REASON_BAD_TREE]	= "the device tree cannot be read",
};

/**
 * sr_owner_name() - what an owner is called in reports
 * @owner: any value of the enum
 */
const char *sr_owner_name(enum sr_owner owner)
{
	return owner_names[owner];
}

/**
 * sr_reason_text() - a reason as half a sentence for reports
 * @reason: any value of the enum
 */
const char *sr_reason_text(enum sr_reason reason)
{
	return reason_texts[reason];
}

static bool overlap(const struct sr_range *a, const struct sr_range *b)
{
	return a->start <= b->last && b->start <= a->last;
}

static int by_start(const void *a, const void *b)
{
	/* Both structs begin with, or are, a struct sr_range. */
	const struct sr_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return 0;
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

		/* Claims overlap: the one that starts first gets the bytes. */
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
static unsigned int drop_forwarding_windows(struct sr_claim *claims, unsigned int nr)
{
	u64 ram_last = 0, ram_start = U64_MAX;
	bool ram_below = false, ram_above = false;
	unsigned int i, kept = 0;

	/* RAM that starts at or above the window's start ... */
	for (i = nr; i-- > 0; ) {
		struct sr_claim *c = &claims[i];

		if (c->owner == SR_RAM) {
			ram_start = c->range.start;
			ram_above = true;
		} else if (c->owner == SR_BUS_WINDOW && ram_above &&
			   ram_start <= c->range.last) {
			c->owner = SR_FREE;
		}
	}
	/* ... and RAM that starts below and reaches into it */
	for (i = 0; i < nr; i++) {
		struct sr_claim c = claims[i];

		if (c.owner == SR_RAM) {
			ram_last = max(ram_last, c.range.last);
			ram_below = true;
		} else if (c.owner == SR_BUS_WINDOW && ram_below &&
			   ram_last >= c.range.start) {
			c.owner = SR_FREE;
		}
		if (c.owner != SR_FREE)
			claims[kept++] = c;
	}
	return kept;
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

static bool any_meets_ram(const struct sr_range *ranges, unsigned int nr,
			  const struct sr_claim *claims, unsigned int nr_claims)
{
	unsigned int i = 0, c;

	/* Both are in rising order, and the ranges do not overlap. */
	for (c = 0; c < nr_claims; c++) {
		if (claims[c].owner != SR_RAM)
			continue;
		while (i < nr && ranges[i].last < claims[c].range.start)
			i++;
		if (i < nr && overlap(&ranges[i], &claims[c].range))
			return true;
	}
	return false;
}

static void balloon(struct sr_decision *decision, enum sr_reason reason)
{
	decision->source = SR_SOURCE_BALLOON;
	decision->reason = reason;
}

/**
 * sr_decide() - choose the source of the pool's space
 * @facts: what is known besides the tree
 * @published: regions 1..N of /hypervisor in any order, overlapping, or not
 *	ranges at all (last < start); sorted and merged in place
 * @nr_published: how many, at most SR_MAX_PUBLISHED
 * @claims: what the tree claims; sorted in place, needs room for SR_OWN_CLAIMS
 *	more
 * @nr_claims: how many
 * @decision: the outcome; @decision->pieces is set by the caller
 *
 * The rows of the decision table: 0 (ACPI), 1 (published), 4 (balloon).
 */
void sr_decide(const struct sr_facts *facts,
	       struct sr_range *published, unsigned int nr_published,
	       struct sr_claim *claims, unsigned int nr_claims,
	       struct sr_decision *decision)
{
	const struct sr_claim *claim = claims;
	unsigned int i, nr = 0;
	bool usable = false;
	u64 split;

	decision->iommu = false;
	decision->meets_ram = false;
	decision->nr_pieces = 0;

	if (facts->acpi)
		return balloon(decision, SR_REASON_ACPI);
	if (facts->bad_tree)
		return balloon(decision, SR_REASON_BAD_TREE);
	if (facts->no_node)
		return balloon(decision, SR_REASON_NO_NODE);
	if (!nr_published)
		return balloon(decision, SR_REASON_NONE_PUBLISHED);

	for (i = 0; i < nr_published; i++) {
		if (published[i].last < published[i].start)
			add_piece(decision, published[i].start, published[i].last,
				  SR_MALFORMED, -1);
		else
			published[nr++] = published[i];
	}
	nr = merge(published, nr);

	sort(claims, nr_claims, sizeof(*claims), by_start, NULL);
	nr_claims = drop_forwarding_windows(claims, nr_claims);
	decision->meets_ram = any_meets_ram(published, nr, claims, nr_claims);

	/* Xen looks for holes there only if an IOMMU protects DMA. */
	decision->iommu = facts->initial_domain && facts->host_ram_end && nr &&
			  published[nr - 1].last >= facts->host_ram_end;

	/*
	 * Xen publishes what it takes for free. If that meets RAM, it does not
	 * know all RAM, and a page of the unknown rest may be granted: an
	 * identity entry for it would replace a mapping of the pool.
	 */
	if (facts->identity && decision->meets_ram)
		claims[nr_claims++] = (struct sr_claim){
			.range = { 0, facts->host_ram_end ? facts->host_ram_end - 1 : U64_MAX },
			.owner = SR_HOST_RAM, .node = -1,
		};
	if (facts->mappable.start)
		claims[nr_claims++] = (struct sr_claim){
			.range = { 0, facts->mappable.start - 1 },
			.owner = SR_UNMAPPABLE, .node = -1,
		};
	if (facts->mappable.last != U64_MAX)
		claims[nr_claims++] = (struct sr_claim){
			.range = { facts->mappable.last + 1, U64_MAX },
			.owner = SR_UNMAPPABLE, .node = -1,
		};
	sort(claims, nr_claims, sizeof(*claims), by_start, NULL);

	/* A free piece lies on one side of this, so that the user can sort them. */
	split = (facts->host_ram_end + facts->align - 1) & ~(facts->align - 1);
	for (i = 0; i < nr; i++) {
		struct sr_range range = published[i];

		if (range.start < split && split <= range.last) {
			range.last = split - 1;
			claim = add_pieces(decision, range, claim, claims + nr_claims,
					   facts->align);
			range.start = split;
			range.last = published[i].last;
		}
		claim = add_pieces(decision, range, claim, claims + nr_claims,
				   facts->align);
	}

	for (i = 0; i < decision->nr_pieces; i++)
		usable |= decision->pieces[i].owner == SR_FREE;
	if (!usable)
		return balloon(decision, SR_REASON_NONE_USABLE);

	decision->source = SR_SOURCE_PUBLISHED;
	decision->reason = SR_REASON_PUBLISHED;
}
