// SPDX-License-Identifier: GPL-2.0
/* sr_decide() by example. Steps are 4 KiB unless a test is about real ones. */
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "check.h"

#define RANGES(...)	LIST(struct sr_range, __VA_ARGS__)
#define CLAIMS(...)	LIST(struct sr_claim, __VA_ARGS__)
#define PIECES(...)	LIST(struct sr_piece, __VA_ARGS__)

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)

static const struct sr_facts dom0 = {
	.initial_domain = true,
	.identity = true,
	.host_ram_end = 0x100000,
	.mappable = { 0, U64_MAX },
	.align = 0x1000,
};

/* Decide on claims and published ranges, and what the integrator asks for, or NULL. */
static const char *decide_on(const struct sr_facts *facts, const struct sr_config *config,
			     const struct sr_range *published, unsigned int nr_published,
			     const struct sr_claim *claims, unsigned int nr_claims,
			     struct sr_decision *decision)
{
	struct sr_tree tree = {
		.claims = (struct sr_claim *)claims, .nr_claims = nr_claims,
		.nr_published = nr_published, .iommu = -1,
	};

	if (nr_published)
		memcpy(tree.published, published, nr_published * sizeof(*published));
	if (config)
		tree.config = *config;
	return decide(facts, &tree, decision);
}

/* Decide, and compare with the pieces that are expected. */
static struct sr_decision expect_config(const struct sr_facts *facts,
					const struct sr_config *config,
					const struct sr_range *published, unsigned int nr_published,
					const struct sr_claim *claims, unsigned int nr_claims,
					const struct sr_piece *pieces, unsigned int nr_pieces)
{
	struct sr_decision decision;
	const char *err = decide_on(facts, config, published, nr_published, claims, nr_claims,
				    &decision);
	unsigned int i;

	if (err)
		fail_msg("%s", err);
	for (i = 0; i < nr_pieces && i < decision.nr_pieces; i++) {
		assert_int_equal(decision.pieces[i].range.start, pieces[i].range.start);
		assert_int_equal(decision.pieces[i].range.last, pieces[i].range.last);
		assert_int_equal(decision.pieces[i].owner, pieces[i].owner);
		assert_int_equal(decision.pieces[i].node, pieces[i].node);
	}
	assert_int_equal(decision.nr_pieces, nr_pieces);
	free(decision.pieces);
	decision.pieces = NULL;
	return decision;
}

#define expect(facts, ...)	expect_config(facts, NULL, __VA_ARGS__)

/* The free bytes of a decision within a range. */
static u64 free_bytes(const struct sr_facts *facts, const struct sr_config *config,
		      const struct sr_range *published, unsigned int nr_published,
		      const struct sr_claim *claims, unsigned int nr_claims,
		      struct sr_range within)
{
	struct sr_decision decision;
	const char *err = decide_on(facts, config, published, nr_published, claims, nr_claims,
				    &decision);
	unsigned int i;
	u64 sum = 0;

	if (err)
		fail_msg("%s", err);
	for (i = 0; i < decision.nr_pieces; i++) {
		const struct sr_piece *p = &decision.pieces[i];

		if (p->owner == SR_FREE && meet(p->range, within)) {
			assert_true(p->range.start >= within.start);
			assert_true(p->range.last <= within.last);
			sum += p->range.last - p->range.start + 1;
		}
	}
	free(decision.pieces);
	return sum;
}

/* What a case differs in from dom0 with published ranges. */
enum {
	ACPI		= 1 << 0,
	BAD_TREE	= 1 << 1,
	UNCLEAR_TREE	= 1 << 2,
	NO_NODE		= 1 << 3,
	DOMU		= 1 << 4,
	NOT_IDENTITY	= 1 << 5,
	NO_RAM_END	= 1 << 6,
	VISIBLE		= 1 << 7,
	XEN_YES		= 1 << 8,
	XEN_NO		= 1 << 9,
	BROKEN		= 1 << 10,	/* config */
	CLAIM		= 1 << 11,	/* xen,iommu-protected */
	NONE_PUBLISHED	= 1 << 12,
	ALL_CLAIMED	= 1 << 13,
	ABOVE_RAM	= 1 << 14,	/* published */
	OLD_XEN		= 1 << 15,	/* 4.15, not 4.20 */
};

static struct sr_decision decide_case(enum sr_policy policy, unsigned int flags)
{
	struct sr_claim all = { { 0, U64_MAX }, SR_REG, 1 };
	const struct sr_facts facts = {
		.acpi = flags & ACPI,
		.initial_domain = !(flags & DOMU),
		.identity = !(flags & NOT_IDENTITY),
		.xen_major = 4,
		.xen_minor = flags & OLD_XEN ? 15 : 20,
		.xen_iommu = flags & XEN_YES ? SR_YES : flags & XEN_NO ? SR_NO : SR_UNKNOWN,
		.host_ram_end = flags & NO_RAM_END ? 0 : 8 * GIB,
		.mappable = { 0, 64 * GIB - 1 },
		.align = 2 * MIB,
	};
	struct sr_tree tree = {
		.bad = flags & BAD_TREE,
		.unclear = flags & UNCLEAR_TREE,
		.xen = flags & NO_NODE ? -1 : 0,
		.iommu = flags & VISIBLE ? 0 : -1,
		.config = {
			.policy = policy,
			.broken = flags & BROKEN,
			.iommu_protected = flags & CLAIM,
		},
		.published[0] = { 1 * GIB, 2 * GIB - 1 },
		.nr_published = !(flags & NONE_PUBLISHED),
		.claims = &all,
		.nr_claims = !!(flags & ALL_CLAIMED),
	};
	struct sr_decision d;
	const char *err;

	if (flags & ABOVE_RAM)
		tree.published[0] = (struct sr_range){ 8 * GIB, 9 * GIB - 1 };
	err = decide(&facts, &tree, &d);
	if (err)
		fail_msg("%s, policy %s, flags %#x", err, sr_policy_name(policy), flags);
	free(d.pieces);
	d.pieces = NULL;
	return d;
}

/* Each row of the table, each reason, each with all that the later ones look at. */
static void test_rows(void **state)
{
#define R(name)		SR_REASON_##name
#define ALL_ROWS(r)	{ R(NOT_ACPI), r, r, r, r }
	static const struct {
		enum sr_policy policy;
		unsigned int flags;
		int row;
		enum sr_reason reason, why[SR_ROWS];
	} cases[] = {
		{ SR_POLICY_AUTO, ACPI | BAD_TREE | BROKEN | NO_NODE,
		  0, R(ACPI),
		  { R(ACPI), R(ROW_BEFORE), R(ROW_BEFORE), R(ROW_BEFORE), R(ROW_BEFORE) } },
		{ SR_POLICY_HOLES, ACPI | CLAIM,
		  0, R(ACPI),
		  { R(ACPI), R(ROW_BEFORE), R(ROW_BEFORE), R(ROW_BEFORE), R(ROW_BEFORE) } },
		{ SR_POLICY_AUTO, BAD_TREE | BROKEN | NO_NODE,
		  4, R(BAD_TREE), ALL_ROWS(R(BAD_TREE)) },
		{ SR_POLICY_HOLES, BAD_TREE | CLAIM,
		  4, R(BAD_TREE), ALL_ROWS(R(BAD_TREE)) },
		{ SR_POLICY_AUTO, BROKEN,
		  4, R(BAD_CONFIG), ALL_ROWS(R(BAD_CONFIG)) },
		{ SR_POLICY_HOLES, BROKEN | NOT_IDENTITY,
		  4, R(BAD_CONFIG), ALL_ROWS(R(BAD_CONFIG)) },
		{ SR_POLICY_BALLOON, 0,
		  4, R(POLICY_BALLOON), ALL_ROWS(R(POLICY_BALLOON)) },
		{ SR_POLICY_BALLOON, NO_NODE | NOT_IDENTITY | NONE_PUBLISHED,
		  4, R(POLICY_BALLOON), ALL_ROWS(R(POLICY_BALLOON)) },
		/* a claim that is not true, whatever else is asked for */
		{ SR_POLICY_BALLOON, CLAIM | XEN_NO,
		  4, R(IOMMU_OFF), ALL_ROWS(R(IOMMU_OFF)) },
		{ SR_POLICY_AUTO, CLAIM | XEN_NO | ABOVE_RAM,
		  4, R(IOMMU_OFF), ALL_ROWS(R(IOMMU_OFF)) },
		{ SR_POLICY_PUBLISHED, CLAIM | VISIBLE,
		  4, R(IOMMU_VISIBLE), ALL_ROWS(R(IOMMU_VISIBLE)) },
		{ SR_POLICY_HOLES, CLAIM | VISIBLE | NOT_IDENTITY,
		  4, R(IOMMU_VISIBLE), ALL_ROWS(R(IOMMU_VISIBLE)) },

		/* row 1, which an unclear tree does not touch */
		{ SR_POLICY_AUTO, UNCLEAR_TREE,
		  1, R(PUBLISHED),
		  { R(NOT_ACPI), R(PUBLISHED), R(NOT_ASKED), R(NOT_ASKED), R(ROW_BEFORE) } },
		{ SR_POLICY_PUBLISHED, XEN_NO | VISIBLE,
		  1, R(PUBLISHED),
		  { R(NOT_ACPI), R(PUBLISHED), R(NOT_ASKED), R(NOT_ASKED), R(ROW_BEFORE) } },
		{ SR_POLICY_AUTO, DOMU | NOT_IDENTITY,
		  1, R(PUBLISHED),
		  { R(NOT_ACPI), R(PUBLISHED), R(NOT_ASKED), R(NOT_ASKED), R(ROW_BEFORE) } },
		{ SR_POLICY_AUTO, NO_NODE,
		  4, R(NO_NODE),
		  { R(NOT_ACPI), R(NO_NODE), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		{ SR_POLICY_PUBLISHED, NONE_PUBLISHED,
		  4, R(NONE_PUBLISHED),
		  { R(NOT_ACPI), R(NONE_PUBLISHED), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		/* nothing is published, and holes could be had, but nobody asks for them */
		{ SR_POLICY_AUTO, NONE_PUBLISHED | XEN_YES | CLAIM,
		  4, R(NONE_PUBLISHED),
		  { R(NOT_ACPI), R(NONE_PUBLISHED), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, NONE_PUBLISHED | NOT_IDENTITY,
		  4, R(NONE_PUBLISHED),
		  { R(NOT_ACPI), R(NONE_PUBLISHED), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, ALL_CLAIMED,
		  4, R(NONE_USABLE),
		  { R(NOT_ACPI), R(NONE_USABLE), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },

		/* row 2: whatever is known of an IOMMU and of the end of RAM */
		{ SR_POLICY_HOLES, NOT_IDENTITY,
		  2, R(HOLES),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(HOLES), R(NOT_IDENTITY), R(ROW_BEFORE) } },
		{ SR_POLICY_HOLES, NOT_IDENTITY | NO_RAM_END | VISIBLE | NONE_PUBLISHED,
		  2, R(HOLES),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(HOLES), R(NOT_IDENTITY), R(ROW_BEFORE) } },
		{ SR_POLICY_HOLES, NOT_IDENTITY | NO_NODE,
		  4, R(NO_NODE),
		  { R(NOT_ACPI), R(NO_NODE), R(NO_NODE), R(NO_NODE), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, NOT_IDENTITY | DOMU,
		  4, R(NOT_INITIAL),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(NOT_INITIAL), R(NOT_INITIAL), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, NOT_IDENTITY | UNCLEAR_TREE,
		  4, R(UNCLEAR_TREE),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(UNCLEAR_TREE), R(NOT_IDENTITY), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, NOT_IDENTITY | ALL_CLAIMED,
		  4, R(NO_HOLE),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(NO_HOLE), R(NOT_IDENTITY), R(OTHERWISE) } },

		/* row 3 */
		{ SR_POLICY_HOLES, XEN_YES,
		  3, R(HOLES),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(HOLES), R(ROW_BEFORE) } },
		{ SR_POLICY_HOLES, XEN_YES | DOMU,
		  4, R(NOT_INITIAL),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(NOT_INITIAL), R(NOT_INITIAL), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, XEN_YES | UNCLEAR_TREE,
		  4, R(UNCLEAR_TREE),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(UNCLEAR_TREE), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, XEN_YES | NO_RAM_END,
		  4, R(RAM_END_UNKNOWN),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(RAM_END_UNKNOWN), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, XEN_NO | ABOVE_RAM,
		  4, R(IOMMU_OFF),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(IOMMU_OFF), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, VISIBLE | ABOVE_RAM,
		  4, R(IOMMU_VISIBLE),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(IOMMU_VISIBLE), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, 0,
		  4, R(NO_IOMMU),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(NO_IOMMU), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, XEN_YES | ALL_CLAIMED,
		  4, R(NO_HOLE),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(NO_HOLE), R(OTHERWISE) } },

		/* row 3 unasked, where Xen cannot publish */
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_YES,
		  3, R(HOLES_UNASKED),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(HOLES_UNASKED), R(ROW_BEFORE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_YES | VISIBLE | CLAIM,
		  3, R(HOLES_UNASKED),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(HOLES_UNASKED), R(ROW_BEFORE) } },
		/* a claim is not enough, and without Xen's yes nothing else matters */
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | CLAIM | UNCLEAR_TREE,
		  4, R(NOT_ANSWERED),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(NOT_ANSWERED), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_NO | NO_RAM_END,
		  4, R(NOT_ANSWERED),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(NOT_ANSWERED), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_YES | UNCLEAR_TREE,
		  4, R(UNCLEAR_TREE),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(UNCLEAR_TREE), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_YES | NO_RAM_END,
		  4, R(RAM_END_UNKNOWN),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(RAM_END_UNKNOWN), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_YES | ALL_CLAIMED,
		  4, R(NO_HOLE),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(NO_HOLE), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NO_NODE | NONE_PUBLISHED | XEN_YES,
		  4, R(NO_NODE),
		  { R(NOT_ACPI), R(NO_NODE), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_YES | DOMU,
		  4, R(CANNOT_PUBLISH),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		{ SR_POLICY_AUTO, OLD_XEN | NONE_PUBLISHED | XEN_YES | NOT_IDENTITY,
		  4, R(CANNOT_PUBLISH),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		/* not if the integrator says no, or it publishes nevertheless */
		{ SR_POLICY_PUBLISHED, OLD_XEN | NONE_PUBLISHED | XEN_YES,
		  4, R(CANNOT_PUBLISH),
		  { R(NOT_ACPI), R(CANNOT_PUBLISH), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		{ SR_POLICY_BALLOON, OLD_XEN | NONE_PUBLISHED | XEN_YES,
		  4, R(POLICY_BALLOON), ALL_ROWS(R(POLICY_BALLOON)) },
		{ SR_POLICY_AUTO, OLD_XEN | XEN_YES,
		  1, R(PUBLISHED),
		  { R(NOT_ACPI), R(PUBLISHED), R(NOT_ASKED), R(NOT_ASKED), R(ROW_BEFORE) } },
		{ SR_POLICY_AUTO, OLD_XEN | XEN_YES | ALL_CLAIMED,
		  4, R(NONE_USABLE),
		  { R(NOT_ACPI), R(NONE_USABLE), R(NOT_ASKED), R(NOT_ASKED), R(OTHERWISE) } },
		{ SR_POLICY_HOLES, OLD_XEN | NONE_PUBLISHED | XEN_YES,
		  3, R(HOLES),
		  { R(NOT_ACPI), R(POLICY_HOLES), R(IDENTITY), R(HOLES), R(ROW_BEFORE) } },
	};
	static const enum sr_source sources[] = {
		SR_SOURCE_BALLOON, SR_SOURCE_PUBLISHED, SR_SOURCE_HOLES, SR_SOURCE_HOLES,
		SR_SOURCE_BALLOON,
	};
	bool seen[SR_REASONS] = { false };
	unsigned int i, row;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_decision d = decide_case(cases[i].policy, cases[i].flags);

		if ((int)d.row != cases[i].row || d.source != sources[d.row] ||
		    d.reason != cases[i].reason)
			fail_msg("case %u: row %d, %s: %s", i, d.row, sr_source_name(d.source),
				 sr_reason_text(d.reason));
		for (row = 0; row < SR_ROWS; row++) {
			if (d.why[row] != cases[i].why[row])
				fail_msg("case %u, row %u: %s", i, row, sr_reason_text(d.why[row]));
			seen[d.why[row]] = true;
		}
		seen[d.reason] = true;
	}
	for (i = 0; i < SR_REASONS; i++)
		if (!seen[i])
			fail_msg("no case with reason: %s", sr_reason_text(i));
}

/* Everything at once: the invariants hold, and nothing is worse than ballooning. */
static void test_all_flags(void **state)
{
	unsigned int flags, policy;

	for (policy = 0; policy < SR_POLICIES; policy++)
		for (flags = 0; flags < 2 * OLD_XEN; flags++)
			decide_case(policy, flags);
}

/* Which versions cannot publish: row 3 is taken, with all else that it needs. */
static void test_version(void **state)
{
	static const struct {
		unsigned int major, minor;
		bool old;
	} cases[] = {
		{ 0, 0, false },	/* not known */
		{ 0, 15, false },
		{ 3, 4, true },
		{ 3, 20, true },
		{ 4, 0, true },
		{ 4, 15, true },
		{ 4, 16, false },
		{ 4, 20, false },
		{ 5, 0, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_facts facts = dom0;
		struct sr_decision d;

		facts.xen_major = cases[i].major;
		facts.xen_minor = cases[i].minor;
		facts.xen_iommu = SR_YES;
		assert_null(decide_on(&facts, NULL, NONE, NONE, &d));
		assert_int_equal(d.row, cases[i].old ? SR_ROW_HOLES_ABOVE_RAM : SR_ROW_BALLOON);
		assert_int_equal(d.why[SR_ROW_PUBLISHED], cases[i].old ?
				 SR_REASON_CANNOT_PUBLISH : SR_REASON_NONE_PUBLISHED);
		free(d.pieces);
	}
}

/* Unasked or not, lists are the integrator's. */
static void test_lists_unasked(void **state)
{
	struct sr_config config = { .has_allow = true };
	struct sr_facts facts = dom0;

	facts.xen_major = 4;
	facts.xen_minor = 15;
	facts.xen_iommu = SR_YES;
	assert_null(sr_list_add(&config.allow, 0, 9 * GIB));
	assert_null(sr_list_add(&config.exclude, 5 * GIB, GIB));
	expect_config(&facts, &config, NONE, NONE,
	       PIECES({ { 0, 0xfffff }, SR_HOST_RAM, -1 },
		      { { 0x100000, 4 * GIB - 1 }, SR_LOW, -1 },
		      { { 4 * GIB, 5 * GIB - 1 }, SR_FREE, -1 },
		      { { 5 * GIB, 6 * GIB - 1 }, SR_EXCLUDED, -1 },
		      { { 6 * GIB, 9 * GIB - 1 }, SR_FREE, -1 },
		      { { 9 * GIB, U64_MAX }, SR_NOT_ALLOWED, -1 }));
}

/*
 * Is there an IOMMU that protects DMA? All combinations of what speaks for it and
 * against it; the first line that fits says what must come out.
 */
static void test_iommu(void **state)
{
	static const unsigned int varied[] = {
		XEN_YES, XEN_NO, VISIBLE, CLAIM, ABOVE_RAM, NOT_IDENTITY, DOMU, NO_RAM_END,
	};
	static const struct {
		unsigned int set, clear;
		bool iommu;
		enum sr_reason holes;	/* row 3, if it comes to that */
	} lines[] = {
		{ XEN_YES | XEN_NO, 0, false, 0 },	/* not to be had */
		{ XEN_NO, 0, false, SR_REASON_IOMMU_OFF },
		{ XEN_YES, 0, true, SR_REASON_HOLES },
		{ VISIBLE, 0, false, SR_REASON_IOMMU_VISIBLE },
		{ CLAIM, 0, true, SR_REASON_HOLES },
		{ NOT_IDENTITY, DOMU, true, SR_REASON_NOT_IDENTITY },
		{ ABOVE_RAM, DOMU | NO_RAM_END, true, SR_REASON_HOLES },
		{ 0, 0, false, SR_REASON_NO_IOMMU },
	};
	unsigned int i, n, line;

	for (n = 0; n < 1 << ARRAY_SIZE(varied); n++) {
		unsigned int flags = 0, evidence = 0;
		struct sr_decision d;

		for (i = 0; i < ARRAY_SIZE(varied); i++)
			flags |= n & 1 << i ? varied[i] : 0;
		for (line = 0; (lines[line].set & ~flags) || (lines[line].clear & flags); line++)
			;
		if (!line)
			continue;

		d = decide_case(SR_POLICY_HOLES, flags);
		if (d.iommu != lines[line].iommu)
			fail_msg("flags %#x: iommu %d", flags, d.iommu);
		assert_int_equal(d.contradicted,
				 (flags & CLAIM) && ((flags & XEN_NO) ||
				 (flags & (VISIBLE | XEN_YES)) == VISIBLE));
		if (!(flags & DOMU)) {
			evidence |= flags & NOT_IDENTITY ? 1 << SR_EVIDENCE_NOT_IDENTITY : 0;
			evidence |= (flags & (ABOVE_RAM | NO_RAM_END)) == ABOVE_RAM ?
				    1 << SR_EVIDENCE_ABOVE_RAM : 0;
		}
		evidence |= flags & CLAIM ? 1 << SR_EVIDENCE_CLAIM : 0;
		evidence |= flags & XEN_YES ? 1 << SR_EVIDENCE_XEN_YES : 0;
		evidence |= flags & XEN_NO ? 1 << SR_EVIDENCE_XEN_NO : 0;
		evidence |= flags & VISIBLE ? 1 << SR_EVIDENCE_VISIBLE : 0;
		assert_int_equal(d.evidence, evidence);
		if (!(flags & (DOMU | NOT_IDENTITY | NO_RAM_END)) &&
		    d.why[SR_ROW_HOLES_ABOVE_RAM] != lines[line].holes)
			fail_msg("flags %#x: %s", flags,
				 sr_reason_text(d.why[SR_ROW_HOLES_ABOVE_RAM]));

		/* The evidence is the same whatever is asked for. */
		d = decide_case(SR_POLICY_PUBLISHED, flags);
		assert_int_equal(d.iommu, lines[line].iommu);
		assert_int_equal(d.evidence, evidence);
		d = decide_case(SR_POLICY_BALLOON, flags);
		assert_int_equal(d.iommu, lines[line].iommu);
	}
}

/* Above the highest RAM page is decided to the byte. */
static void test_above_ram(void **state)
{
	static const struct {
		struct sr_range published;
		bool above;
	} cases[] = {
		{ { 0x1000, 0xfffff }, false },
		{ { 0x1000, 0x100000 }, true },
		{ { 0x100000, 0x100fff }, true },
		{ { U64_MAX - 0xfff, U64_MAX }, true },
		{ { 0x200000, 0x1fffff }, false },	/* malformed */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_range published[] = { cases[i].published, { 0x1000, 0x1fff } };
		struct sr_decision d;

		assert_null(decide_on(&dom0, NULL, published, 2, NONE, &d));
		assert_int_equal(d.iommu, cases[i].above);
		free(d.pieces);
	}
}

static void test_names(void **state)
{
	int i;

	for (i = 0; i < SR_OWNERS; i++)
		assert_true(strlen(sr_owner_name(i)) > 0);
	for (i = 0; i < SR_REASONS; i++)
		assert_true(strlen(sr_reason_text(i)) > 0);
	for (i = 0; i < SR_ROWS; i++)
		assert_true(strlen(sr_row_text(i)) > 0);
	for (i = 0; i < SR_EVIDENCES; i++)
		assert_true(strlen(sr_evidence_text(i)) > 0);
	for (i = 0; i < SR_SOURCES; i++)
		assert_true(strlen(sr_source_name(i)) > 0);
	for (i = 0; i < SR_POLICIES; i++)
		assert_int_equal(sr_policy_by_name(sr_policy_name(i)), i);
	assert_int_equal(sr_policy_by_name("published"), SR_POLICY_PUBLISHED);
	assert_int_equal(sr_policy_by_name("hole"), -EINVAL);
	assert_int_equal(sr_policy_by_name(""), -EINVAL);
}

static void test_any_order(void **state)
{
	expect(&dom0, RANGES({ 0x9000, 0x9fff }, { 0x1000, 0x1fff }, { 0x5000, 0x6fff }), NONE,
	       PIECES({ { 0x1000, 0x1fff }, SR_FREE, -1 },
		      { { 0x5000, 0x6fff }, SR_FREE, -1 },
		      { { 0x9000, 0x9fff }, SR_FREE, -1 }));
}

static void test_overlapping(void **state)
{
	expect(&dom0, RANGES({ 0x3000, 0x8fff }, { 0x1000, 0x4fff }, { 0x2000, 0x2fff },
			     { 0x1000, 0x4fff }), NONE,
	       PIECES({ { 0x1000, 0x8fff }, SR_FREE, -1 }));
}

/* A step that two ranges share is whole. */
static void test_touching(void **state)
{
	expect(&dom0, RANGES({ 0x1800, 0x2fff }, { 0x1000, 0x17ff }), NONE,
	       PIECES({ { 0x1000, 0x2fff }, SR_FREE, -1 }));
	expect(&dom0, RANGES({ 0x1000, 0x17ff }, { 0x1801, 0x1fff }), NONE,
	       PIECES({ { 0x1000, 0x17ff }, SR_UNALIGNED, -1 },
		      { { 0x1801, 0x1fff }, SR_UNALIGNED, -1 }));
}

static void test_unaligned(void **state)
{
	expect(&dom0, RANGES({ 0x1001, 0x3ffe }), NONE,
	       PIECES({ { 0x1001, 0x1fff }, SR_UNALIGNED, -1 },
		      { { 0x2000, 0x2fff }, SR_FREE, -1 },
		      { { 0x3000, 0x3ffe }, SR_UNALIGNED, -1 }));
	expect(&dom0, RANGES({ 0x1800, 0x27ff }, { 0x4000, 0x4000 }), NONE,
	       PIECES({ { 0x1800, 0x27ff }, SR_UNALIGNED, -1 },
		      { { 0x4000, 0x4000 }, SR_UNALIGNED, -1 }));
	/* Between claims that end within steps. */
	expect(&dom0, RANGES({ 0x1000, 0x4fff }),
	       CLAIMS({ { 0x4800, 0x4bff }, SR_REG, 2 }, { { 0x1400, 0x17ff }, SR_RESERVED, 1 }),
	       PIECES({ { 0x1000, 0x13ff }, SR_UNALIGNED, -1 },
		      { { 0x1400, 0x17ff }, SR_RESERVED, 1 },
		      { { 0x1800, 0x1fff }, SR_UNALIGNED, -1 },
		      { { 0x2000, 0x3fff }, SR_FREE, -1 },
		      { { 0x4000, 0x47ff }, SR_UNALIGNED, -1 },
		      { { 0x4800, 0x4bff }, SR_REG, 2 },
		      { { 0x4c00, 0x4fff }, SR_UNALIGNED, -1 }));
}

static void test_malformed(void **state)
{
	struct sr_decision d;

	d = expect(&dom0, RANGES({ 0x3000, 0x3fff }, { 0x1000, 0xfff }, { U64_MAX, 0x1fff }), NONE,
		   PIECES({ { 0x1000, 0xfff }, SR_MALFORMED, -1 },
			  { { U64_MAX, 0x1fff }, SR_MALFORMED, -1 },
			  { { 0x3000, 0x3fff }, SR_FREE, -1 }));
	assert_int_equal(d.reason, SR_REASON_PUBLISHED);
	assert_false(d.iommu);

	d = expect(&dom0, RANGES({ U64_MAX, 0 }), CLAIMS({ { 0, U64_MAX }, SR_RAM, 1 }),
		   PIECES({ { U64_MAX, 0 }, SR_MALFORMED, -1 }));
	assert_int_equal(d.reason, SR_REASON_NONE_USABLE);
	assert_false(d.iommu || d.meets_ram);
}

static void test_mappable(void **state)
{
	struct sr_facts facts = dom0;

	facts.mappable = (struct sr_range){ 0x4000, 0x8fff };
	expect(&facts, RANGES({ 0x1000, 0x2fff }, { 0x3000, 0x9fff }, { 0xb000, 0xbfff }), NONE,
	       PIECES({ { 0x1000, 0x3fff }, SR_UNMAPPABLE, -1 },
		      { { 0x4000, 0x8fff }, SR_FREE, -1 },
		      { { 0x9000, 0x9fff }, SR_UNMAPPABLE, -1 },
		      { { 0xb000, 0xbfff }, SR_UNMAPPABLE, -1 }));
	/* Ends within steps. */
	facts.mappable = (struct sr_range){ 0x4800, 0x87ff };
	expect(&facts, RANGES({ 0x4000, 0x8fff }), NONE,
	       PIECES({ { 0x4000, 0x47ff }, SR_UNMAPPABLE, -1 },
		      { { 0x4800, 0x4fff }, SR_UNALIGNED, -1 },
		      { { 0x5000, 0x7fff }, SR_FREE, -1 },
		      { { 0x8000, 0x87ff }, SR_UNALIGNED, -1 },
		      { { 0x8800, 0x8fff }, SR_UNMAPPABLE, -1 }));
	/* Nothing is. */
	facts.mappable = (struct sr_range){ 0x4000, 0x3fff };
	expect(&facts, RANGES({ 0x1000, 0x7fff }), NONE,
	       PIECES({ { 0x1000, 0x3fff }, SR_UNMAPPABLE, -1 },
		      { { 0x4000, 0x7fff }, SR_UNMAPPABLE, -1 }));
}

/* One claim over several ranges, several over one, and more than all of them. */
static void test_claims(void **state)
{
	static const struct sr_range published[] = {
		{ 0x1000, 0x2fff }, { 0x4000, 0x4fff }, { 0x6000, 0x8fff },
	};

	expect(&dom0, published, 3,
	       CLAIMS({ { 0x2000, 0x6fff }, SR_PCI_WINDOW, 3 }, { { 0x4800, 0x4900 }, SR_REG, 4 }),
	       PIECES({ { 0x1000, 0x1fff }, SR_FREE, -1 },
		      { { 0x2000, 0x2fff }, SR_PCI_WINDOW, 3 },
		      { { 0x4000, 0x4fff }, SR_PCI_WINDOW, 3 },
		      { { 0x6000, 0x6fff }, SR_PCI_WINDOW, 3 },
		      { { 0x7000, 0x8fff }, SR_FREE, -1 }));
	/* The first to start has the bytes that are claimed twice. */
	expect(&dom0, published, 1,
	       CLAIMS({ { 0x1800, 0x2fff }, SR_REG, 2 }, { { 0x1000, 0x1fff }, SR_RESERVED, 1 }),
	       PIECES({ { 0x1000, 0x1fff }, SR_RESERVED, 1 },
		      { { 0x2000, 0x2fff }, SR_REG, 2 }));
	/* Of those that are alike, the one that can be named has them. */
	expect(&dom0, published, 1,
	       CLAIMS({ { 0x1000, 0x2fff }, SR_RESERVED, -1 },
		      { { 0x1000, 0x2fff }, SR_RESERVED, 5 }),
	       PIECES({ { 0x1000, 0x2fff }, SR_RESERVED, 5 }));
	/* A claim that ended before the range does not hide one that did not. */
	expect(&dom0, published, 3,
	       CLAIMS({ { 0, 0x67ff }, SR_REG, 1 }, { { 0x1000, 0x10ff }, SR_REG, 2 },
		      { { 0x3000, 0x30ff }, SR_REG, 3 }),
	       PIECES({ { 0x1000, 0x2fff }, SR_REG, 1 },
		      { { 0x4000, 0x4fff }, SR_REG, 1 },
		      { { 0x6000, 0x67ff }, SR_REG, 1 },
		      { { 0x6800, 0x6fff }, SR_UNALIGNED, -1 },
		      { { 0x7000, 0x8fff }, SR_FREE, -1 }));
	expect(&dom0, published, 3, CLAIMS({ { 0, U64_MAX }, SR_REG, 9 }),
	       PIECES({ { 0x1000, 0x2fff }, SR_REG, 9 },
		      { { 0x4000, 0x4fff }, SR_REG, 9 },
		      { { 0x6000, 0x8fff }, SR_REG, 9 }));
	/* Beside the ranges, touching them. */
	expect(&dom0, published, 1,
	       CLAIMS({ { 0, 0xfff }, SR_REG, 1 }, { { 0x3000, 0x3fff }, SR_REG, 2 }),
	       PIECES({ { 0x1000, 0x2fff }, SR_FREE, -1 }));
}

/* Xen did not know all RAM: what it calls free below host_ram_end is not used. */
static void test_ram_identity(void **state)
{
	struct sr_facts facts = dom0;
	struct sr_decision d;

	d = expect(&facts, RANGES({ 0x1000, 0x8fff }, { 0xff000, 0x102fff }),
		   CLAIMS({ { 0x8000, 0x9fff }, SR_RAM, 5 }),
		   PIECES({ { 0x1000, 0x8fff }, SR_HOST_RAM, -1 },
			  { { 0xff000, 0xfffff }, SR_HOST_RAM, -1 },
			  { { 0x100000, 0x102fff }, SR_FREE, -1 }));
	assert_true(d.meets_ram);
	assert_int_equal(d.source, SR_SOURCE_PUBLISHED);

	/* RAM that only touches is what Xen knows. */
	d = expect(&facts, RANGES({ 0x1000, 0x7fff }), CLAIMS({ { 0x8000, 0x9fff }, SR_RAM, 5 }),
		   PIECES({ { 0x1000, 0x7fff }, SR_FREE, -1 }));
	assert_false(d.meets_ram);

	/* Met in the second range, by the second bank, above host_ram_end. */
	d = expect(&facts, RANGES({ 0x1000, 0x1fff }, { 0x200000, 0x201fff }),
		   CLAIMS({ { 0x201000, 0x2fffff }, SR_RAM, 6 }, { { 0x3000, 0x3fff }, SR_RAM, 5 }),
		   PIECES({ { 0x1000, 0x1fff }, SR_HOST_RAM, -1 },
			  { { 0x200000, 0x200fff }, SR_FREE, -1 },
			  { { 0x201000, 0x201fff }, SR_RAM, 6 }));
	assert_true(d.meets_ram);

	/* Without knowing where host RAM ends, nothing is safe. */
	facts.host_ram_end = 0;
	d = expect(&facts, RANGES({ 0x1000, 0x8fff }, { U64_MAX - 0xfff, U64_MAX }),
		   CLAIMS({ { 0x8000, 0x9fff }, SR_RAM, 5 }),
		   PIECES({ { 0x1000, 0x8fff }, SR_HOST_RAM, -1 },
			  { { U64_MAX - 0xfff, U64_MAX }, SR_HOST_RAM, -1 }));
	assert_int_equal(d.reason, SR_REASON_NONE_USABLE);
}

static void test_ram_not_identity(void **state)
{
	struct sr_facts facts = dom0;
	struct sr_decision d;

	facts.identity = false;
	d = expect(&facts, RANGES({ 0x1000, 0x8fff }),
		   CLAIMS({ { 0x8000, 0x9fff }, SR_RAM, 5 }, { { 0x3000, 0x3fff }, SR_RAM, 6 }),
		   PIECES({ { 0x1000, 0x2fff }, SR_FREE, -1 },
			  { { 0x3000, 0x3fff }, SR_RAM, 6 },
			  { { 0x4000, 0x7fff }, SR_FREE, -1 },
			  { { 0x8000, 0x8fff }, SR_RAM, 5 }));
	assert_true(d.meets_ram);
}

/* No free piece lies on both sides of the end of host RAM. */
static void test_split(void **state)
{
	struct sr_facts facts = dom0;

	expect(&facts, RANGES({ 0xfe000, 0x101fff }), NONE,
	       PIECES({ { 0xfe000, 0xfffff }, SR_FREE, -1 },
		      { { 0x100000, 0x101fff }, SR_FREE, -1 }));
	/* Within a step: that step is below. */
	facts.host_ram_end = 0xff001;
	expect(&facts, RANGES({ 0xfe000, 0x101fff }), NONE,
	       PIECES({ { 0xfe000, 0xfffff }, SR_FREE, -1 },
		      { { 0x100000, 0x101fff }, SR_FREE, -1 }));
	/* Within a claim, and with rests on both sides. */
	expect(&facts, RANGES({ 0xfe000, 0x101fff }),
	       CLAIMS({ { 0xff800, 0x1007ff }, SR_REG, 1 }),
	       PIECES({ { 0xfe000, 0xfefff }, SR_FREE, -1 },
		      { { 0xff000, 0xff7ff }, SR_UNALIGNED, -1 },
		      { { 0xff800, 0xfffff }, SR_REG, 1 },
		      { { 0x100000, 0x1007ff }, SR_REG, 1 },
		      { { 0x100800, 0x100fff }, SR_UNALIGNED, -1 },
		      { { 0x101000, 0x101fff }, SR_FREE, -1 }));
	/* At either end of a range there is nothing to split. */
	facts.host_ram_end = 0x2000;
	expect(&facts, RANGES({ 0x1000, 0x1fff }), NONE,
	       PIECES({ { 0x1000, 0x1fff }, SR_FREE, -1 }));
	expect(&facts, RANGES({ 0x2000, 0x3fff }), NONE,
	       PIECES({ { 0x2000, 0x3fff }, SR_FREE, -1 }));
}

/* A bus window with RAM in it only forwards addresses. */
static void test_bus_window(void **state)
{
	static const struct sr_claim window = { { 0x4000, 0x7fff }, SR_BUS_WINDOW, 1 };
	static const struct sr_range ram[] = {
		{ 0x4000, 0x4fff },	/* at its start, inside, at its end */
		{ 0x5000, 0x5fff },
		{ 0x7fff, 0x7fff },
		{ 0x2000, 0x4000 },	/* over its start, over its end, over it */
		{ 0x7fff, 0x9fff },
		{ 0x1000, 0x9fff },
		{ 0x4000, 0x7fff },
	};
	struct sr_facts facts = dom0;
	unsigned int i;

	facts.identity = false;
	expect(&facts, RANGES({ 0x3000, 0x8fff }), &window, 1,
	       PIECES({ { 0x3000, 0x3fff }, SR_FREE, -1 },
		      { { 0x4000, 0x7fff }, SR_BUS_WINDOW, 1 },
		      { { 0x8000, 0x8fff }, SR_FREE, -1 }));
	/* RAM on both sides, but none inside. */
	expect(&facts, RANGES({ 0x3000, 0x8fff }),
	       CLAIMS(window, { { 0, 0x3fff }, SR_RAM, 2 }, { { 0x8000, 0x8fff }, SR_RAM, 3 }),
	       PIECES({ { 0x3000, 0x3fff }, SR_RAM, 2 },
		      { { 0x4000, 0x7fff }, SR_BUS_WINDOW, 1 },
		      { { 0x8000, 0x8fff }, SR_RAM, 3 }));
	for (i = 0; i < ARRAY_SIZE(ram); i++) {
		struct sr_claim claims[] = { window, { ram[i], SR_RAM, 2 } };
		struct sr_decision d;
		unsigned int j;

		assert_null(decide_on(&facts, NULL, RANGES({ 0x3000, 0x8fff }), claims, 2, &d));
		for (j = 0; j < d.nr_pieces; j++)
			assert_int_not_equal(d.pieces[j].owner, SR_BUS_WINDOW);
		free(d.pieces);
	}
	/* Other windows, and what is in a dropped one, still claim. */
	expect(&facts, RANGES({ 0x3000, 0x9fff }),
	       CLAIMS(window, { { 0x4000, 0x4fff }, SR_RAM, 2 }, { { 0x6000, 0x6fff }, SR_REG, 3 },
		      { { 0x8000, 0x8fff }, SR_BUS_WINDOW, 4 },
		      { { 0x4000, 0x57ff }, SR_PCI_WINDOW, 5 }),
	       PIECES({ { 0x3000, 0x3fff }, SR_FREE, -1 },
		      { { 0x4000, 0x4fff }, SR_RAM, 2 },
		      { { 0x5000, 0x57ff }, SR_PCI_WINDOW, 5 },
		      { { 0x5800, 0x5fff }, SR_UNALIGNED, -1 },
		      { { 0x6000, 0x6fff }, SR_REG, 3 },
		      { { 0x7000, 0x7fff }, SR_FREE, -1 },
		      { { 0x8000, 0x8fff }, SR_BUS_WINDOW, 4 },
		      { { 0x9000, 0x9fff }, SR_FREE, -1 }));
}

/* Ranges and claims that end at 2^64. */
static void test_top(void **state)
{
	struct sr_facts facts = dom0;
	const u64 top = U64_MAX - 0xfff;

	expect(&facts, RANGES({ top, U64_MAX }, { top - 0x1000, top - 1 }), NONE,
	       PIECES({ { top - 0x1000, U64_MAX }, SR_FREE, -1 }));
	expect(&facts, RANGES({ top + 1, U64_MAX }), NONE,
	       PIECES({ { top + 1, U64_MAX }, SR_UNALIGNED, -1 }));
	expect(&facts, RANGES({ top, U64_MAX }, { U64_MAX, U64_MAX }, { top, U64_MAX - 1 }),
	       CLAIMS({ { U64_MAX, U64_MAX }, SR_REG, 1 }),
	       PIECES({ { top, U64_MAX - 1 }, SR_UNALIGNED, -1 },
		      { { U64_MAX, U64_MAX }, SR_REG, 1 }));
	expect(&facts, RANGES({ top - 0x1000, U64_MAX }), CLAIMS({ { top, U64_MAX }, SR_REG, 1 }),
	       PIECES({ { top - 0x1000, top - 1 }, SR_FREE, -1 },
		      { { top, U64_MAX }, SR_REG, 1 }));
	/* All there is; the end of host RAM still splits it. */
	expect(&facts, RANGES({ 0, U64_MAX }), NONE,
	       PIECES({ { 0, 0xfffff }, SR_FREE, -1 },
		      { { 0x100000, U64_MAX }, SR_FREE, -1 }));
	facts.host_ram_end = 0;
	expect(&facts, RANGES({ 0, U64_MAX }), NONE,
	       PIECES({ { 0, U64_MAX }, SR_FREE, -1 }));
	facts.host_ram_end = U64_MAX;
	expect(&facts, RANGES({ top, U64_MAX }), NONE,
	       PIECES({ { top, U64_MAX }, SR_FREE, -1 }));
}

/* A layout from a real board, and what steps of different size get out of it. */
static void test_board(void **state)
{
	static const struct sr_range published[] = {
		{ 0x0, 0x7ffffff },
		{ 0xc000000, 0x2fffffff },
		{ 0x40000000, 0x47dfffff },
		{ 0xd0000000, 0xe5ffffff },
		{ 0xe7800000, 0xebffffff },
		{ 0xf1200000, 0xfcffffff },
		{ 0x100000000, 0x4ffffffff },
		{ 0x580000000, 0x5ffffffff },
		{ 0x680000000, 0x6ffffffff },
		{ 0x780000000, 0xffffffffff },
	};
	static const struct {
		u64 align;
		u64 low;	/* MiB below 4 GiB; above all are multiples of 2 GiB */
	} cases[] = {
		{ 2 * MIB, 740 },
		{ 128 * MIB, 256 },
		{ 512 * MIB, 0 },
	};
	const struct sr_range low = { 0, 0xffffffff }, high = { 0x100000000, U64_MAX };
	struct sr_facts facts = dom0;
	unsigned int i;

	facts.host_ram_end = 0x780000000;
	facts.mappable = (struct sr_range){ 0x40000000, 0x80003fffffff };
	for (i = 0; i < 3; i++) {
		struct sr_decision d;

		facts.align = cases[i].align;
		assert_int_equal(free_bytes(&facts, NULL, published, 10, NONE, low), cases[i].low * MIB);
		assert_int_equal(free_bytes(&facts, NULL, published, 10, NONE, high),
				 (16 + 2 + 2 + 994) * 1024 * MIB);
		assert_null(decide_on(&facts, NULL, published, 10, NONE, &d));
		assert_true(d.iommu);
		assert_int_equal(d.pieces[0].owner, SR_UNMAPPABLE);
		assert_int_equal(d.pieces[0].range.last, 0x7ffffff);
		free(d.pieces);
	}
}

/* Ranges from @start to before @end, for lists of the integrator's. */
static void fill(struct sr_list *list, const struct sr_range *ranges, unsigned int nr)
{
	unsigned int i;

	*list = (struct sr_list){ .nr = 0 };
	for (i = 0; i < nr; i++)
		assert_null(sr_list_add(list, ranges[i].start,
					ranges[i].last - ranges[i].start + 1));
}

static void test_list_add(void **state)
{
	struct sr_list list = { .nr = 0 };
	unsigned int i;

	assert_non_null(sr_list_add(&list, 0x1000, 0));
	assert_non_null(sr_list_add(&list, 2, U64_MAX));	/* ends at 2^64 + 1 */
	assert_non_null(sr_list_add(&list, U64_MAX, 2));
	assert_int_equal(list.nr, 0);
	assert_null(sr_list_add(&list, 0, U64_MAX));
	assert_null(sr_list_add(&list, U64_MAX, 1));
	assert_int_equal(list.ranges[0].last, U64_MAX - 1);
	assert_int_equal(list.ranges[1].last, U64_MAX);
	for (i = 2; i < SR_MAX_LIST; i++)
		assert_null(sr_list_add(&list, i * 0x1000, 0x1000));
	assert_non_null(sr_list_add(&list, 0, 1));
	assert_int_equal(list.nr, SR_MAX_LIST);
}

/* What is left of 0x1000-0x8fff, and why not the rest: I6. */
static void test_lists(void **state)
{
	static const struct {
		bool has_allow;
		unsigned int nr_allow, nr_exclude, nr_pieces;
		struct sr_range allow[4], exclude[4];
		struct sr_piece pieces[6];
	} cases[] = {
		{ .nr_pieces = 1, .pieces = { { { 0x1000, 0x8fff }, SR_FREE, -1 } } },
		/* nothing is allowed by an empty list */
		{ .has_allow = true, .nr_pieces = 1,
		  .pieces = { { { 0x1000, 0x8fff }, SR_NOT_ALLOWED, -1 } } },
		{ .has_allow = true, .nr_allow = 1, .allow = { { 0, U64_MAX - 1 } }, .nr_pieces = 1,
		  .pieces = { { { 0x1000, 0x8fff }, SR_FREE, -1 } } },
		{ .has_allow = true, .nr_allow = 1, .allow = { { 1, U64_MAX } }, .nr_pieces = 1,
		  .pieces = { { { 0x1000, 0x8fff }, SR_FREE, -1 } } },
		/* from 0, up to 2^64 */
		{ .has_allow = true, .nr_allow = 2,
		  .allow = { { 0x6000, U64_MAX }, { 0, 0x2fff } }, .nr_pieces = 3,
		  .pieces = { { { 0x1000, 0x2fff }, SR_FREE, -1 },
			      { { 0x3000, 0x5fff }, SR_NOT_ALLOWED, -1 },
			      { { 0x6000, 0x8fff }, SR_FREE, -1 } } },
		/* not in order, overlapping, touching, one in another */
		{ .has_allow = true, .nr_allow = 4,
		  .allow = { { 0x5000, 0x6fff }, { 0x2000, 0x4fff }, { 0x3000, 0x3fff },
			     { 0x4800, 0x57ff } }, .nr_pieces = 3,
		  .pieces = { { { 0x1000, 0x1fff }, SR_NOT_ALLOWED, -1 },
			      { { 0x2000, 0x6fff }, SR_FREE, -1 },
			      { { 0x7000, 0x8fff }, SR_NOT_ALLOWED, -1 } } },
		{ .nr_exclude = 3,
		  .exclude = { { 0x8000, U64_MAX }, { 0x3000, 0x4fff }, { 0x4000, 0x5fff } },
		  .nr_pieces = 5,
		  .pieces = { { { 0x1000, 0x2fff }, SR_FREE, -1 },
			      { { 0x3000, 0x4fff }, SR_EXCLUDED, -1 },
			      { { 0x5000, 0x5fff }, SR_EXCLUDED, -1 },
			      { { 0x6000, 0x7fff }, SR_FREE, -1 },
			      { { 0x8000, 0x8fff }, SR_EXCLUDED, -1 } } },
		/* in the middle of steps */
		{ .nr_exclude = 1, .exclude = { { 0x3800, 0x3800 } }, .nr_pieces = 5,
		  .pieces = { { { 0x1000, 0x2fff }, SR_FREE, -1 },
			      { { 0x3000, 0x37ff }, SR_UNALIGNED, -1 },
			      { { 0x3800, 0x3800 }, SR_EXCLUDED, -1 },
			      { { 0x3801, 0x3fff }, SR_UNALIGNED, -1 },
			      { { 0x4000, 0x8fff }, SR_FREE, -1 } } },
		/* excluded even if allowed */
		{ .has_allow = true, .nr_allow = 1, .allow = { { 0x2000, 0x4fff } },
		  .nr_exclude = 1, .exclude = { { 0x4000, 0x5fff } }, .nr_pieces = 5,
		  .pieces = { { { 0x1000, 0x1fff }, SR_NOT_ALLOWED, -1 },
			      { { 0x2000, 0x3fff }, SR_FREE, -1 },
			      { { 0x4000, 0x5fff }, SR_EXCLUDED, -1 },
			      { { 0x6000, 0x8fff }, SR_NOT_ALLOWED, -1 } } },
		{ .nr_exclude = 1, .exclude = { { 0, U64_MAX - 1 } }, .nr_pieces = 1,
		  .pieces = { { { 0x1000, 0x8fff }, SR_EXCLUDED, -1 } } },
	};
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_config config = { .has_allow = cases[i].has_allow };
		struct sr_facts facts = dom0;

		fill(&config.allow, cases[i].allow, cases[i].nr_allow);
		fill(&config.exclude, cases[i].exclude, cases[i].nr_exclude);
		for (nr = 0; nr < 6 && cases[i].pieces[nr].range.last; nr++)
			;
		expect_config(&facts, &config, RANGES({ 0x1000, 0x8fff }), NONE, cases[i].pieces, nr);
	}
}

/* Both lists full, every second step allowed and every second of these excluded. */
static void test_full_lists(void **state)
{
	struct sr_config config = { .has_allow = true };
	struct sr_facts facts = dom0;
	int holes;
	u64 i;

	/* from the top down, so that they have to be sorted */
	for (i = SR_MAX_LIST; i-- > 0; ) {
		assert_null(sr_list_add(&config.allow, i * 0x2000, 0x1000));
		assert_null(sr_list_add(&config.exclude, i * 0x4000, 0x1000));
	}
	assert_int_equal(free_bytes(&facts, &config, RANGES({ 0, U64_MAX }), NONE,
				    (struct sr_range){ 0, U64_MAX }), SR_MAX_LIST / 2 * 0x1000);

	/* Above 4 GiB, so that holes are found there, too: with claims, to the last one. */
	for (i = 0; i < SR_MAX_LIST; i++) {
		config.allow.ranges[i].start += 8 * GIB;
		config.allow.ranges[i].last += 8 * GIB;
		config.exclude.ranges[i].start += 8 * GIB;
		config.exclude.ranges[i].last += 8 * GIB;
	}
	config.policy = SR_POLICY_HOLES;
	for (holes = 0; holes < 2; holes++) {
		facts.identity = holes;
		facts.xen_iommu = SR_YES;
		assert_int_equal(free_bytes(&facts, &config, NONE, CLAIMS({ { 0, 0xfff }, SR_REG, 1 }),
					    (struct sr_range){ 0, U64_MAX }),
				 SR_MAX_LIST / 2 * 0x1000);
	}
}

/* Holes: which of the free bytes are found, in MiB, first and last one of each. */
static void test_holes(void **state)
{
	enum { OPEN = 1, DIRECT = 2 };
	static const struct {
		unsigned int flags;
		u64 host_ram_end;		/* MiB */
		struct sr_range mappable;	/* MiB, as all; last 0: everything below 1 TiB */
		struct {
			struct sr_range range;
			enum sr_owner owner;
		} claims[3];
		struct sr_range free[3];
	} cases[] = {
		/* not direct-mapped: to the ends of the space, 16 MiB from what is there */
		{ 0, 0, { 0, 0 }, { { { 100, 199 }, SR_REG } },
		  { { 0, 83 }, { 216, 1048575 } } },
		/* 16 MiB from each kind of claim */
		{ 0, 0, { 0, 999 }, { { { 400, 401 }, SR_RAM } }, { { 0, 383 }, { 418, 999 } } },
		{ 0, 0, { 0, 999 }, { { { 400, 401 }, SR_RESERVED } }, { { 0, 383 }, { 418, 999 } } },
		{ 0, 0, { 0, 999 }, { { { 400, 401 }, SR_PCI_WINDOW } }, { { 0, 383 }, { 418, 999 } } },
		{ 0, 0, { 0, 999 }, { { { 400, 401 }, SR_BUS_WINDOW } }, { { 0, 383 }, { 418, 999 } } },
		{ 0, 0, { 0, 999 }, { { { 400, 401 }, SR_GRANT_TABLE } }, { { 0, 383 }, { 418, 999 } } },
		/* but not from a window that only forwards */
		{ 0, 0, { 0, 999 }, { { { 200, 799 }, SR_BUS_WINDOW }, { { 400, 401 }, SR_RAM } },
		  { { 0, 383 }, { 418, 999 } } },
		/* a gap of 64 MiB will do, one of 62 not; all of it counts, mappable or not */
		{ 0, 0, { 0, 999 }, { { { 0, 99 }, SR_REG }, { { 164, 1999 }, SR_REG } },
		  { { 116, 147 } } },
		{ 0, 0, { 0, 999 }, { { { 0, 101 }, SR_REG }, { { 164, 1999 }, SR_REG } }, { { 0, 0 } } },
		{ 0, 0, { 0, 999 }, { { { 0, 979 }, SR_REG } }, { { 996, 999 } } },
		{ 0, 0, { 0, 999 }, { { { 0, 979 }, SR_REG }, { { 1030, 1031 }, SR_REG } }, { { 0, 0 } } },
		/* the gap at 0 has one end only, but must be as large */
		{ 0, 0, { 0, 999 }, { { { 64, 1999 }, SR_REG } }, { { 0, 47 } } },
		{ 0, 0, { 0, 999 }, { { { 62, 1999 }, SR_REG } }, { { 0, 0 } } },
		/* claims that overlap, touch, lie in one another */
		{ 0, 0, { 0, 999 }, { { { 300, 499 }, SR_REG }, { { 350, 360 }, SR_RAM },
				      { { 500, 599 }, SR_REG } },
		  { { 0, 283 }, { 616, 999 } } },
		/* limits are limits, not something to be away from */
		{ 0, 0, { 500, 509 }, { { { 0, 1 }, SR_REG } }, { { 500, 509 } } },
		/* at the end of host RAM they are cut, so that they can be sorted */
		{ 0, 600, { 0, 999 }, { { { 400, 401 }, SR_RAM } },
		  { { 0, 383 }, { 418, 599 }, { 600, 999 } } },

		/* direct-mapped: nothing below 4 GiB, or below the end of host RAM */
		{ DIRECT, 2048, { 0, 9999 }, { { { 0, 0 }, SR_FREE } }, { { 4096, 9999 } } },
		{ DIRECT, 4096, { 0, 9999 }, { { { 0, 0 }, SR_FREE } }, { { 4096, 9999 } } },
		{ DIRECT, 6000, { 0, 9999 }, { { { 0, 0 }, SR_FREE } }, { { 6000, 9999 } } },
		{ DIRECT, 10000, { 0, 9999 }, { { { 0, 0 }, SR_FREE } }, { { 0, 0 } } },
		{ DIRECT, 6000, { 0, 4097 }, { { { 0, 0 }, SR_FREE } }, { { 0, 0 } } },
		/* to the claims themselves, in gaps of any size */
		{ DIRECT, 6000, { 0, 9999 }, { { { 6000, 6099 }, SR_REG }, { { 6102, 8999 }, SR_RAM } },
		  { { 6100, 6101 }, { 9000, 9999 } } },
		{ DIRECT, 6000, { 0, 9999 }, { { { 3000, 7999 }, SR_PCI_WINDOW } }, { { 8000, 9999 } } },
	};
	unsigned int i, c, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sr_config config = { .policy = SR_POLICY_HOLES };
		struct sr_facts facts = {
			.initial_domain = true,
			.identity = cases[i].flags & DIRECT,
			.xen_iommu = SR_YES,
			.host_ram_end = cases[i].host_ram_end * MIB,
			.mappable = { cases[i].mappable.start * MIB,
				      (cases[i].mappable.last + 1) * MIB - 1 },
			.align = 2 * MIB,
		};
		struct sr_claim claims[3];
		struct sr_decision d;
		const char *err;

		if (!cases[i].mappable.last)
			facts.mappable = (struct sr_range){ 0, 1024 * GIB - 1 };
		for (c = 0; c < 3 && cases[i].claims[c].owner; c++)
			claims[c] = (struct sr_claim){
				{ cases[i].claims[c].range.start * MIB,
				  (cases[i].claims[c].range.last + 1) * MIB - 1 },
				cases[i].claims[c].owner, c,
			};
		/* Published ranges are not looked at, good or bad. */
		err = decide_on(&facts, &config, RANGES({ 0, U64_MAX }, { 2, 1 }), claims, c, &d);
		if (err)
			fail_msg("case %u: %s", i, err);
		for (c = n = 0; c < d.nr_pieces; c++) {
			if (d.pieces[c].owner != SR_FREE)
				continue;
			if (n == 3 || d.pieces[c].range.start != cases[i].free[n].start * MIB ||
			    d.pieces[c].range.last != (cases[i].free[n].last + 1) * MIB - 1)
				fail_msg("case %u: free are MiB %llu to before %llu", i,
					 (unsigned long long)d.pieces[c].range.start / MIB,
					 (unsigned long long)(d.pieces[c].range.last + 1) / MIB);
			n++;
		}
		if (n < 3 && cases[i].free[n].last)
			fail_msg("case %u: %u free", i, n);
		assert_int_equal(d.source, n ? SR_SOURCE_HOLES : SR_SOURCE_BALLOON);
		free(d.pieces);
	}
}

/* Gaps are judged to the byte, steps are whole. */
static void test_gap_bytes(void **state)
{
	const struct sr_config config = { .policy = SR_POLICY_HOLES };
	struct sr_facts facts = dom0;

	facts.identity = false;
	facts.host_ram_end = 0;
	expect_config(&facts, &config, NONE,
	       CLAIMS({ { 0, 0xfffffff }, SR_REG, 1 }, { { 0x14000000, U64_MAX }, SR_REG, 2 }),
	       PIECES({ { 0, 0xfffffff }, SR_REG, 1 },
		      { { 0x10000000, 0x10ffffff }, SR_NEAR, -1 },
		      { { 0x11000000, 0x12ffffff }, SR_FREE, -1 },
		      { { 0x13000000, 0x13ffffff }, SR_NEAR, -1 },
		      { { 0x14000000, U64_MAX }, SR_REG, 2 }));
	expect_config(&facts, &config, NONE,
	       CLAIMS({ { 0, 0x10000000 }, SR_REG, 1 }, { { 0x14000000, U64_MAX }, SR_REG, 2 }),
	       PIECES({ { 0, 0x10000000 }, SR_REG, 1 },
		      { { 0x10000001, 0x13ffffff }, SR_NEAR, -1 },
		      { { 0x14000000, U64_MAX }, SR_REG, 2 }));
	expect_config(&facts, &config, NONE,
	       CLAIMS({ { 0, 0x10000000 }, SR_REG, 1 }, { { 0x14000001, U64_MAX }, SR_REG, 2 }),
	       PIECES({ { 0, 0x10000000 }, SR_REG, 1 },
		      { { 0x10000001, 0x11000000 }, SR_NEAR, -1 },
		      { { 0x11000001, 0x11000fff }, SR_UNALIGNED, -1 },
		      { { 0x11001000, 0x12ffffff }, SR_FREE, -1 },
		      { { 0x13000000, 0x13000000 }, SR_UNALIGNED, -1 },
		      { { 0x13000001, 0x14000000 }, SR_NEAR, -1 },
		      { { 0x14000001, U64_MAX }, SR_REG, 2 }));
	/* Nothing at all is claimed: one hole. */
	expect_config(&facts, &config, NONE, NONE, PIECES({ { 0, U64_MAX }, SR_FREE, -1 }));
	/* Up to 2^64, but not in less than 64 MiB. */
	expect_config(&facts, &config, NONE, CLAIMS({ { 0, U64_MAX - 0x4000000 }, SR_REG, 1 }),
	       PIECES({ { 0, U64_MAX - 0x4000000 }, SR_REG, 1 },
		      { { U64_MAX - 0x3ffffff, U64_MAX - 0x3000000 }, SR_NEAR, -1 },
		      { { U64_MAX - 0x2ffffff, U64_MAX }, SR_FREE, -1 }));
	expect_config(&facts, &config, NONE, CLAIMS({ { 0, U64_MAX - 0x3ffffff }, SR_REG, 1 }),
	       PIECES({ { 0, U64_MAX - 0x3ffffff }, SR_REG, 1 },
		      { { U64_MAX - 0x3fffffe, U64_MAX }, SR_NEAR, -1 }));
	/* The end of host RAM within a step: that step is not used. */
	facts.identity = true;
	facts.xen_iommu = SR_YES;
	facts.host_ram_end = 0x200000001;
	expect_config(&facts, &config, NONE, NONE,
	       PIECES({ { 0, 0xffffffff }, SR_LOW, -1 },
		      { { 0x100000000, 0x200000000 }, SR_HOST_RAM, -1 },
		      { { 0x200000001, 0x200000fff }, SR_UNALIGNED, -1 },
		      { { 0x200001000, U64_MAX }, SR_FREE, -1 }));
	facts.host_ram_end = 0x100000000 - 1;
	expect_config(&facts, &config, NONE, NONE,
	       PIECES({ { 0, 0xfffffffe }, SR_HOST_RAM, -1 },
		      { { 0xffffffff, 0xffffffff }, SR_LOW, -1 },
		      { { 0x100000000, U64_MAX }, SR_FREE, -1 }));
}

/* As many pieces as can be: rests on both sides of everything. */
static void test_most_pieces(void **state)
{
	enum { NR_CLAIMS = 1365 };
	struct sr_config config = { .policy = SR_POLICY_HOLES, .has_allow = true };
	struct sr_facts facts = dom0;
	struct sr_range published[SR_MAX_PUBLISHED];
	struct sr_claim claims[NR_CLAIMS];
	struct sr_decision d;
	unsigned int i;

	/* 16 steps less a byte at each end, and a claim within each third step. */
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		published[i] = (struct sr_range){ i * 0x10000 + 1, i * 0x10000 + 0xfffe };
	for (i = 0; i < NR_CLAIMS; i++)
		claims[i] = (struct sr_claim){
			{ i * 0x3000 + 0x1400, i * 0x3000 + 0x1500 }, SR_REG, i,
		};
	assert_null(decide_on(&dom0, NULL, published, SR_MAX_PUBLISHED, NONE, &d));
	assert_int_equal(d.nr_pieces, 3 * SR_MAX_PUBLISHED);
	free(d.pieces);
	assert_null(decide_on(&dom0, NULL, published, SR_MAX_PUBLISHED, claims, NR_CLAIMS, &d));
	assert_true(d.nr_pieces > 4 * NR_CLAIMS);
	free(d.pieces);

	/* A claim over each gap between two ranges: a piece in both. */
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		claims[i].range = (struct sr_range){ i * 0x10000 + 0xf800, i * 0x10000 + 0x10800 };
	assert_null(decide_on(&dom0, NULL, published, SR_MAX_PUBLISHED, claims, SR_MAX_PUBLISHED, &d));
	assert_int_equal(d.nr_pieces, 5 * SR_MAX_PUBLISHED - 1);
	free(d.pieces);

	/* Holes: a gap on both sides of each, all with two ends and odd. */
	facts.identity = false;
	for (i = 0; i < SR_MAX_LIST; i++) {
		assert_null(sr_list_add(&config.exclude, (1ULL << 50) + i * 0x3000 + 1, 1));
		assert_null(sr_list_add(&config.allow, (u64)i << 40, (1ULL << 40) - 1));
	}
	for (i = 0; i < NR_CLAIMS; i++)
		claims[i].range = (struct sr_range){ (i + 1) * 0x10000000ULL + 1,
						     (i + 1) * 0x10000000ULL + 1 };
	assert_null(decide_on(&facts, &config, NONE, claims, NR_CLAIMS, &d));
	assert_true(d.nr_pieces > 6 * NR_CLAIMS);
	free(d.pieces);
	for (i = 0; i < NR_CLAIMS; i++)
		claims[i] = (struct sr_claim){
			{ i * 0x3000 + 0x1400, i * 0x3000 + 0x1500 }, SR_REG, i,
		};

	/* All malformed. */
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		published[i].start = U64_MAX;
	assert_null(decide_on(&dom0, NULL, published, SR_MAX_PUBLISHED, claims, NR_CLAIMS, &d));
	assert_int_equal(d.nr_pieces, SR_MAX_PUBLISHED);
	free(d.pieces);
}

static void expect_order(const struct sr_facts *facts, const struct sr_config *config,
			 const struct sr_range *published, unsigned int nr_published,
			 const u64 *starts, unsigned int nr)
{
	struct sr_decision d;
	unsigned int n = 0;
	int i;

	assert_null(decide_on(facts, config, published, nr_published, NONE, &d));
	for (i = d.first; i >= 0 && n < nr; i = d.pieces[i].next)
		assert_int_equal(d.pieces[i].range.start, starts[n++]);
	assert_int_equal(i, -1);
	assert_int_equal(n, nr);
	free(d.pieces);
}

/* Above the end of host RAM first; below it in holes without direct mapping. */
static void test_order(void **state)
{
	static const struct sr_config holes = { .policy = SR_POLICY_HOLES };
	struct sr_facts facts = dom0;

	expect_order(&facts, NULL, RANGES({ 0x200000, 0x2fffff }, { 0x10000, 0x1ffff },
					  { 0x80000, 0x17ffff }),
		     LIST(u64, 0x100000, 0x200000, 0x10000, 0x80000));
	facts.identity = false;
	expect_order(&facts, NULL, RANGES({ 0x200000, 0x2fffff }, { 0x10000, 0x1ffff }),
		     LIST(u64, 0x200000, 0x10000));
	expect_order(&facts, &holes, NONE, LIST(u64, 0, 0x100000));
	/* where that is not known, all is above it */
	facts.host_ram_end = 0;
	expect_order(&facts, NULL, RANGES({ 0x200000, 0x2fffff }, { 0x10000, 0x1ffff }),
		     LIST(u64, 0x10000, 0x200000));
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_flags),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_lists_unasked),
		cmocka_unit_test(test_iommu),
		cmocka_unit_test(test_above_ram),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_overlapping),
		cmocka_unit_test(test_touching),
		cmocka_unit_test(test_unaligned),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_mappable),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_ram_identity),
		cmocka_unit_test(test_ram_not_identity),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bus_window),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_board),
		cmocka_unit_test(test_list_add),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_full_lists),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_gap_bytes),
		cmocka_unit_test(test_most_pieces),
	};

	if (argc > 1)
		cmocka_set_skip_filter(argv[1]);
	speak_tap();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
