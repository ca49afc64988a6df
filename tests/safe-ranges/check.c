// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold for every decision, whatever the input: said a second time,
 * in terms of intervals and without any sorting. What is free must be safe,
 * and what is not free must have the reason that is given for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

struct input {
	const struct sr_facts *facts;
	const struct sr_tree *tree;
	bool guest_frames;		/* what DMA may be by */
};

static bool malformed(struct sr_range range)
{
	return range.last < range.start;
}

static bool inside(struct sr_range range, struct sr_range other)
{
	return range.start >= other.start && range.last <= other.last;
}

/* Is every byte of @range in one of @ranges? */
static bool covered(struct sr_range range, const struct sr_range *ranges, unsigned int nr)
{
	bool found = true;

	while (found) {
		unsigned int i;

		found = false;
		for (i = 0; i < nr; i++) {
			if (malformed(ranges[i]) || ranges[i].start > range.start ||
			    ranges[i].last < range.start)
				continue;
			if (ranges[i].last >= range.last)
				return true;
			range.start = ranges[i].last + 1;
			found = true;
		}
	}
	return false;
}

static bool meets_any(struct sr_range range, const struct sr_range *ranges, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!malformed(ranges[i]) && meet(range, ranges[i]))
			return true;
	return false;
}

static bool meets_owner(const struct input *in, struct sr_range range, enum sr_owner owner)
{
	unsigned int i;

	for (i = 0; i < in->tree->nr_claims; i++)
		if (in->tree->claims[i].owner == owner && meet(in->tree->claims[i].range, range))
			return true;
	return false;
}

/* Bus windows with RAM in them claim nothing, nor do devices' neighbours of machine frames. */
static bool claims_something(const struct input *in, const struct sr_claim *claim)
{
	if (claim->owner == SR_PCI_PEERS)
		return in->guest_frames;
	return claim->owner != SR_BUS_WINDOW || !meets_owner(in, claim->range, SR_RAM);
}

/*
 * The bytes around @range that nothing claims, at most @reach of them on either
 * side. False if something claims some of @range itself.
 */
static bool gap_around(const struct input *in, struct sr_range range, u64 reach,
		       struct sr_range *gap)
{
	unsigned int i;

	gap->start = range.start > reach ? range.start - reach : 0;
	gap->last = range.last < U64_MAX - reach ? range.last + reach : U64_MAX;
	for (i = 0; i < in->tree->nr_claims; i++) {
		const struct sr_claim *claim = &in->tree->claims[i];

		if (!meet(claim->range, *gap) || !claims_something(in, claim))
			continue;
		if (meet(claim->range, range))
			return false;
		if (claim->range.last < range.start)
			gap->start = claim->range.last + 1;
		else
			gap->last = claim->range.start - 1;
	}
	return true;
}

/* Without direct mapping: in a gap of at least 64 MiB, 16 MiB from its ends. */
static bool far_from_all(const struct input *in, struct sr_range range)
{
	struct sr_range gap;

	if (!gap_around(in, range, 0x4000000, &gap))
		return false;
	return gap.last - gap.start >= 0x4000000 - 1 &&
	       (!gap.start || range.start - gap.start >= 0x1000000) &&
	       (gap.last == U64_MAX || gap.last - range.last >= 0x1000000);
}

/* I1 to I4 and I6. */
static const char *check_free(const struct input *in, const struct sr_decision *d,
			      struct sr_range range)
{
	const struct sr_facts *facts = in->facts;
	u64 mask = facts->align - 1, split = (facts->host_ram_end + mask) & ~mask;
	struct sr_range gap;

	if (range.start & mask || (range.last + 1) & mask)
		return "free, but not in whole steps";
	if (!inside(range, facts->mappable))
		return "free, but cannot be mapped";
	if (!gap_around(in, range, 0, &gap))
		return "free, but claimed";
	if (meets_any(range, in->tree->config.exclude.ranges, in->tree->config.exclude.nr))
		return "free, but excluded";
	if (in->tree->config.has_allow &&
	    !covered(range, in->tree->config.allow.ranges, in->tree->config.allow.nr))
		return "free, but not allowed";
	if (range.start < split && range.last >= split)
		return "free on both sides of the end of host RAM";
	if (facts->identity && (d->meets_ram || d->source == SR_SOURCE_HOLES) &&
	    (!facts->host_ram_end || range.start < facts->host_ram_end))
		return "free, but may be host RAM";
	if (d->source != SR_SOURCE_HOLES)
		return NULL;
	if (facts->identity)
		return range.start >> 32 ? NULL : "a direct-mapped hole below 4 GiB";
	return far_from_all(in, range) ? NULL : "a hole near something";
}

/* Is @owner true of all bytes of the piece? */
static bool owns(const struct input *in, bool searched, bool meets_ram,
		 const struct sr_piece *piece)
{
	const struct sr_facts *facts = in->facts;
	const struct sr_range range = piece->range;
	struct sr_range part, gap;
	unsigned int i;

	switch (piece->owner) {
	case SR_UNMAPPABLE:
		return !meet(range, facts->mappable);
	case SR_EXCLUDED:
		return covered(range, in->tree->config.exclude.ranges, in->tree->config.exclude.nr);
	case SR_NOT_ALLOWED:
		return in->tree->config.has_allow &&
		       !meets_any(range, in->tree->config.allow.ranges, in->tree->config.allow.nr);
	case SR_LOW:
		return searched && facts->identity && !(range.last >> 32);
	case SR_HOST_RAM:
		return facts->identity && (searched || meets_ram) &&
		       (!facts->host_ram_end || range.last < facts->host_ram_end);
	case SR_NEAR:
		if (!searched || facts->identity || !gap_around(in, range, 0x4000000, &gap))
			return false;
		if (gap.last - gap.start < 0x4000000 - 1)
			return true;
		return (gap.start && range.last - gap.start < 0x1000000) ||
		       (gap.last != U64_MAX && gap.last - range.start < 0x1000000);
	case SR_UNALIGNED:
		/* The steps that it begins and ends in are not free. */
		part = (struct sr_range){ range.start, range.start | (facts->align - 1) };
		if (range.last > part.last && range.last - part.last >= facts->align)
			return false;
		return gap_around(in, range, 0, &gap) &&
		       ((range.start & (facts->align - 1)) || range.last < part.last);
	default:
		for (i = 0; i < in->tree->nr_claims; i++)
			if (in->tree->claims[i].owner == piece->owner &&
			    in->tree->claims[i].node == piece->node &&
			    inside(range, in->tree->claims[i].range) &&
			    claims_something(in, &in->tree->claims[i]))
				return true;
		return false;
	}
}

/*
 * All pieces: in order, complete, true. Holes were searched everywhere, otherwise
 * pieces are of what was published.
 */
static const char *check_pieces(const struct input *in, const struct sr_decision *d,
				bool searched, bool meets_ram, struct sr_range *ranges)
{
	static const struct sr_range everywhere[] = { { 0, U64_MAX } };
	const struct sr_range *looked_at = searched ? everywhere : in->tree->published;
	unsigned int nr_looked_at = searched ? 1 : in->tree->nr_published;
	unsigned int i, nr = 0, nr_malformed = 0, nr_free = 0;

	for (i = 0; i < d->nr_pieces; i++) {
		const struct sr_piece *piece = &d->pieces[i];
		const char *err;

		if (piece->owner == SR_MALFORMED) {
			if (!malformed(piece->range))
				return "malformed, but is not";
			nr_malformed++;
			continue;
		}
		if (malformed(piece->range) ||
		    (nr && piece->range.start <= ranges[nr - 1].last))
			return "not in rising order, or overlapping";
		if (!covered(piece->range, looked_at, nr_looked_at))
			return "a piece that was not looked at";
		if (piece->owner == SR_FREE) {
			err = check_free(in, d, piece->range);
			if (err)
				return err;
			nr_free++;
		} else if (!owns(in, searched, meets_ram, piece)) {
			return sr_owner_name(piece->owner);
		}
		ranges[nr++] = piece->range;
	}
	for (i = 0; i < nr_looked_at; i++) {
		if (malformed(looked_at[i]))
			nr_malformed--;
		else if (!covered(looked_at[i], ranges, nr))
			return "looked at, but in no piece";
	}
	if (nr_malformed)
		return "not as many malformed ranges as were published";
	return (d->source != SR_SOURCE_BALLOON) == (nr_free > 0) ? NULL : "source";
}

/*
 * All that is free is used once, what is above the highest RAM page before what is not;
 * the other way round without direct mapping in holes, where devices use guest frames.
 */
static const char *check_order(const struct input *in, const struct sr_decision *d)
{
	bool low_first = d->source == SR_SOURCE_HOLES && !in->facts->identity;
	unsigned int i, nr_free = 0, nr = 0;
	const struct sr_piece *before = NULL;
	int at;

	for (i = 0; i < d->nr_pieces; i++)
		nr_free += d->pieces[i].owner == SR_FREE;
	for (at = d->first; at != -1; at = before->next) {
		const struct sr_piece *piece = &d->pieces[at];
		bool low = piece->range.start < in->facts->host_ram_end, low_before;

		if (at < 0 || at >= (int)d->nr_pieces || piece->owner != SR_FREE || nr++ == nr_free)
			return "to be used, but not free, or twice";
		low_before = before && before->range.start < in->facts->host_ram_end;
		if (before && low == low_before && piece < before)
			return "not in rising order on one side of the end of host RAM";
		if (before && low != low_before && low == low_first)
			return "the wrong side of the end of host RAM first";
		before = piece;
	}
	return nr == nr_free ? NULL : "free, but not to be used";
}

/* What must hold before any source but ballooning is looked at. */
static enum sr_reason first_objection(const struct input *in)
{
	if (in->facts->acpi)
		return SR_REASON_ACPI;
	if (in->tree->bad)
		return SR_REASON_BAD_TREE;
	return in->tree->config.broken ? SR_REASON_BAD_CONFIG : SR_REASON_OTHERWISE;
}

/* Until 4.15, if the version is known. */
static bool cannot_publish(const struct sr_facts *facts)
{
	unsigned long long version = facts->xen_major * 0x100000000ULL + facts->xen_minor;

	return facts->xen_major && version <= 0x40000000fULL;
}

/* Nothing is published: is that a reason to look for holes? */
static enum sr_reason objection_unasked(const struct input *in)
{
	const struct sr_facts *facts = in->facts;

	if (!cannot_publish(facts))
		return SR_REASON_NONE_PUBLISHED;
	if (in->tree->config.policy == SR_POLICY_PUBLISHED || !facts->identity ||
	    !facts->initial_domain)
		return SR_REASON_CANNOT_PUBLISH;
	if (facts->xen_iommu != SR_YES)
		return SR_REASON_NOT_ANSWERED;
	if (in->tree->unclear)
		return SR_REASON_UNCLEAR_TREE;
	return facts->host_ram_end ? SR_REASON_HOLES_UNASKED : SR_REASON_RAM_END_UNKNOWN;
}

/* Why a source cannot even be tried, in the order of the reasons; or it can. */
static enum sr_reason objection(const struct input *in, const struct sr_decision *d)
{
	const struct sr_facts *facts = in->facts;
	bool visible_counts = in->tree->iommu >= 0 && facts->xen_iommu != SR_YES;
	enum sr_reason denial = facts->xen_iommu == SR_NO ? SR_REASON_IOMMU_OFF :
				visible_counts ? SR_REASON_IOMMU_VISIBLE : SR_REASONS;

	if (in->tree->config.iommu_protected && denial != SR_REASONS)
		return denial;
	if (in->tree->config.policy == SR_POLICY_BALLOON)
		return SR_REASON_POLICY_BALLOON;
	if (in->tree->xen < 0)
		return SR_REASON_NO_NODE;
	if (in->tree->config.policy != SR_POLICY_HOLES)
		return in->tree->nr_published ? SR_REASON_PUBLISHED : objection_unasked(in);
	if (!facts->initial_domain)
		return SR_REASON_NOT_INITIAL;
	if (in->tree->unclear)
		return SR_REASON_UNCLEAR_TREE;
	if (!facts->identity)
		return SR_REASON_HOLES;
	if (!facts->host_ram_end)
		return SR_REASON_RAM_END_UNKNOWN;
	if (denial != SR_REASONS)
		return denial;
	return d->iommu ? SR_REASON_HOLES : SR_REASON_NO_IOMMU;
}

static const char *check_evidence(const struct input *in, const struct sr_decision *d)
{
	const struct sr_facts *facts = in->facts;
	bool above_ram = false, against, expected[SR_EVIDENCES];
	unsigned int i;

	for (i = 0; i < in->tree->nr_published; i++)
		above_ram |= !malformed(in->tree->published[i]) && facts->host_ram_end &&
			     in->tree->published[i].last >= facts->host_ram_end;
	expected[SR_EVIDENCE_NOT_IDENTITY] = facts->initial_domain && !facts->identity;
	expected[SR_EVIDENCE_ABOVE_RAM] = facts->initial_domain && above_ram;
	expected[SR_EVIDENCE_CLAIM] = in->tree->config.iommu_protected;
	expected[SR_EVIDENCE_XEN_YES] = facts->xen_iommu == SR_YES;
	expected[SR_EVIDENCE_XEN_NO] = facts->xen_iommu == SR_NO;
	expected[SR_EVIDENCE_VISIBLE] = in->tree->iommu >= 0;
	for (i = 0; i < SR_EVIDENCES; i++)
		if (!(d->evidence & 1 << i) == expected[i])
			return sr_evidence_text(i);
	if (d->evidence >> SR_EVIDENCES)
		return "evidence of nothing";

	against = expected[SR_EVIDENCE_XEN_NO] ||
		  (expected[SR_EVIDENCE_VISIBLE] && !expected[SR_EVIDENCE_XEN_YES]);
	if (d->contradicted != (against && in->tree->config.iommu_protected))
		return "contradicted";
	if (d->iommu != (!against && (d->evidence & ~(1U << SR_EVIDENCE_VISIBLE))))
		return "iommu";
	return NULL;
}

/* One row is taken, and each other one is not, for a reason to be shown. */
static const char *check_rows(const struct input *in, const struct sr_decision *d)
{
	static const enum sr_source sources[SR_ROWS] = {
		[SR_ROW_PUBLISHED] = SR_SOURCE_PUBLISHED,
		[SR_ROW_HOLES] = SR_SOURCE_HOLES,
		[SR_ROW_HOLES_ABOVE_RAM] = SR_SOURCE_HOLES,
	};
	enum sr_row row;

	if (d->row >= SR_ROWS || d->source != sources[d->row])
		return "row and source";
	if (d->source != SR_SOURCE_BALLOON && d->why[d->row] != d->reason)
		return "why the row was taken";
	if ((d->row == SR_ROW_ACPI) != in->facts->acpi ||
	    (d->row == SR_ROW_HOLES && in->facts->identity) ||
	    (d->row == SR_ROW_HOLES_ABOVE_RAM && !in->facts->identity))
		return "the wrong row";
	for (row = 0; row < SR_ROWS; row++) {
		if (d->why[row] >= SR_REASONS || !*sr_reason_text(d->why[row]))
			return "no reason";
		if (row < d->row && d->why[row] == SR_REASON_ROW_BEFORE)
			return "no row before";
		if (row != d->row && (d->why[row] == SR_REASON_PUBLISHED ||
				      d->why[row] == SR_REASON_HOLES ||
				      d->why[row] == SR_REASON_HOLES_UNASKED ||
				      d->why[row] == SR_REASON_ACPI ||
				      d->why[row] == SR_REASON_OTHERWISE))
			return "two rows taken";
	}
	return NULL;
}

static const char *check(const struct input *in, const struct sr_decision *d,
			 struct sr_range *ranges)
{
	enum sr_reason expected = first_objection(in);
	bool meets_ram = false, searched;
	const char *err;
	unsigned int i;

	if (d->nr_pieces > SR_MAX_PIECES(in->tree->nr_claims))
		return "too many pieces";
	err = check_rows(in, d) ?: check_order(in, d);
	if (err)
		return err;
	if (expected != SR_REASON_OTHERWISE) {
		if (d->nr_pieces || d->evidence || d->iommu || d->contradicted || d->meets_ram)
			return "looked at, but why?";
		return d->reason == expected ? NULL : "reason";
	}

	for (i = 0; i < in->tree->nr_published; i++)
		meets_ram |= !malformed(in->tree->published[i]) &&
			     meets_owner(in, in->tree->published[i], SR_RAM);
	if (d->meets_ram != meets_ram)
		return "meets_ram";
	err = check_evidence(in, d);
	if (err)
		return err;

	expected = objection(in, d);
	searched = expected == SR_REASON_HOLES || expected == SR_REASON_HOLES_UNASKED;
	if (!searched && expected != SR_REASON_PUBLISHED) {
		for (i = 0; i < d->nr_pieces; i++)
			if (d->pieces[i].owner != SR_MALFORMED)
				return "pieces, but why?";
		if (d->source != SR_SOURCE_BALLOON)
			return "source";
		return d->reason == expected ? NULL : "reason";
	}
	err = check_pieces(in, d, searched, meets_ram, ranges);
	if (err)
		return err;
	if (d->source == SR_SOURCE_BALLOON)
		expected = searched ? SR_REASON_NO_HOLE : SR_REASON_NONE_USABLE;
	return d->reason == expected ? NULL : "reason";
}

const char *decide(const struct sr_facts *facts, const struct sr_tree *tree,
		   struct sr_decision *decision)
{
	static struct sr_piece *pieces;
	struct input in = { facts, tree };
	struct sr_tree copy = *tree;
	struct sr_range *ranges;
	const char *err;

	copy.make_room = NULL;
	copy.max_claims = SR_MAX_CLAIMS(tree->nr_claims);
	copy.claims = malloc(copy.max_claims * sizeof(*copy.claims));
	if (tree->nr_claims)
		memcpy(copy.claims, tree->claims, tree->nr_claims * sizeof(*copy.claims));
	decision->max_pieces = SR_MAX_PIECES(tree->nr_claims);
	free(pieces);
	pieces = malloc(decision->max_pieces * sizeof(*pieces));
	decision->pieces = pieces;

	if (sr_decide(facts, &copy, decision)) {
		err = "no room";
	} else {
		in.guest_frames = !facts->identity || decision->iommu;
		ranges = malloc(decision->nr_pieces * sizeof(*ranges));
		err = check(&in, decision, ranges);
		free(ranges);
	}
	free(copy.claims);
	return err;
}

const char * const owner_words[SR_OWNERS] = {
	[SR_FREE]	= "free",
	[SR_RAM]	= "ram",
	[SR_RESERVED]	= "reserved",
	[SR_REG]	= "reg",
	[SR_PCI_WINDOW]	= "pci",
	[SR_PCI_PEERS]	= "peers",
	[SR_BUS_WINDOW]	= "bus",
	[SR_GRANT_TABLE] = "grants",
	[SR_UNMAPPABLE]	= "unmappable",
	[SR_HOST_RAM]	= "host-ram",
	[SR_EXCLUDED]	= "excluded",
	[SR_NOT_ALLOWED] = "not-allowed",
	[SR_LOW]	= "low",
	[SR_NEAR]	= "near",
	[SR_UNALIGNED]	= "unaligned",
	[SR_MALFORMED]	= "malformed",
};

void add_text(char text[TEXT_SIZE], struct sr_range range, enum sr_owner owner, const char *at)
{
	size_t n = strlen(text);
	char last[20] = "end";

	if (range.last != U64_MAX)
		snprintf(last, sizeof(last), "%llx", (unsigned long long)range.last);
	snprintf(text + n, TEXT_SIZE - n, "%s%llx-%s %s%s", n ? ", " : "",
		 (unsigned long long)range.start, last, owner_words[owner], at);
}
