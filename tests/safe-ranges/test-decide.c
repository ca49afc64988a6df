// SPDX-License-Identifier: GPL-2.0
/*
 * sr_decide() by example. Steps are 4 KiB unless a test is about real ones. Ranges, claims
 * and pieces are text as in check.h: "1000-1fff 3000-3fff", "1000-1fff reg@3, 2000-end free".
 */
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "check.h"

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)

static const struct sr_facts dom0 = {
	.initial_domain = true,
	.identity = true,
	.host_ram_end = 0x100000,
	.mappable = { 0, U64_MAX },
	.align = 0x1000,
};

/* Take the next range from @text: of bytes in hex, or of larger units in decimal. */
static bool take_range(const char **text, u64 unit, struct sr_range *range)
{
	int base = unit == 1 ? 16 : 10;
	char *end;

	*text += strspn(*text, ", ");
	if (!**text)
		return false;
	range->start = strtoull(*text, &end, base) * unit;
	assert_int_equal(*end, '-');
	*text = end + 1;
	if (!strncmp(*text, "end", 3)) {
		range->last = U64_MAX;
		*text += 3;
	} else {
		range->last = (strtoull(*text, &end, base) + 1) * unit - 1;
		*text = end;
	}
	return true;
}

static unsigned int take_ranges(const char *text, u64 unit, struct sr_range *ranges)
{
	unsigned int nr = 0;

	while (take_range(&text, unit, &ranges[nr]))
		nr++;
	return nr;
}

/* A tree that says this, and nothing else. Its claims last until the next one is made. */
static struct sr_tree make_tree(const char *published, const char *text, u64 unit)
{
	static struct sr_claim claims[8];
	struct sr_tree tree = { .claims = claims, .iommu = -1 };
	struct sr_claim *claim = claims;
	char owner[16];

	tree.nr_published = take_ranges(published, unit, tree.published);
	for (; take_range(&text, unit, &claim->range); claim++) {
		assert_int_equal(sscanf(text, " %15[a-z-]", owner), 1);
		claim->owner = 0;
		while (strcmp(owner_words[claim->owner], owner))
			assert_true(++claim->owner < SR_OWNERS);
		text += 1 + strlen(owner);
		claim->node = -1;
		if (*text == '@')
			claim->node = strtol(text + 1, (char **)&text, 10);
	}
	tree.nr_claims = claim - claims;
	return tree;
}

/* A list of the integrator's. */
static void fill(struct sr_list *list, const char *text)
{
	struct sr_range range;

	while (take_range(&text, 1, &range))
		assert_null(sr_list_add(list, range.start, range.last - range.start + 1));
}

/* Decide; the pieces last until the next decision. */
static struct sr_decision must_decide(const struct sr_facts *facts, const struct sr_tree *tree)
{
	struct sr_decision decision;
	const char *err = decide(facts, tree, &decision);

	if (err)
		fail_msg("%s", err);
	return decision;
}

/* Decide, and compare with the pieces that are expected. */
static struct sr_decision expect_pieces(const struct sr_facts *facts, const struct sr_tree *tree,
					const char *pieces)
{
	struct sr_decision decision = must_decide(facts, tree);
	char text[TEXT_SIZE] = "", name[16];
	unsigned int i;

	for (i = 0; i < decision.nr_pieces; i++) {
		const struct sr_piece *piece = &decision.pieces[i];

		snprintf(name, sizeof(name), "@%d", piece->node);
		add_text(text, piece->range, piece->owner, piece->node >= 0 ? name : "");
	}
	assert_string_equal(text, pieces);
	return decision;
}

static struct sr_decision expect(const struct sr_facts *facts, const char *published,
				 const char *claims, const char *pieces)
{
	struct sr_tree tree = make_tree(published, claims, 1);

	return expect_pieces(facts, &tree, pieces);
}

/* Decide, and compare with what is expected to be free, in the order of its use. */
static struct sr_decision expect_free(const struct sr_facts *facts, const struct sr_tree *tree,
				      u64 unit, const char *ranges)
{
	struct sr_decision decision = must_decide(facts, tree);
	const char *format = unit == 1 ? "%s%llx-%llx" : "%s%llu-%llu";
	char text[TEXT_SIZE] = "";
	int i;

	for (i = decision.first; i >= 0; i = decision.pieces[i].next) {
		const struct sr_range *range = &decision.pieces[i].range;
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, format, n ? " " : "",
			 (unsigned long long)(range->start / unit),
			 (unsigned long long)((range->last + 1) / unit - 1));
	}
	assert_string_equal(text, ranges);
	return decision;
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
	SILENT		= OLD_XEN | NONE_PUBLISHED,
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
	return d;
}

/* Each row of the table, each reason, each with all that the later ones look at. */
static void test_rows(void **state)
{
#define R(name)		SR_REASON_##name
/* The row that is taken, the reason for it, and for each row why it is taken or not */
#define WHY(row, reason, one, two, three)	\
	row, R(reason), { R(NOT_ACPI), R(one), R(two), R(three), \
			  (row) == SR_ROW_BALLOON ? R(OTHERWISE) : R(ROW_BEFORE) }
#define BEFORE_ALL(reason)	\
	SR_ROW_ACPI, R(reason), \
	{ R(reason), R(ROW_BEFORE), R(ROW_BEFORE), R(ROW_BEFORE), R(ROW_BEFORE) }
#define EVERY(reason)	\
	SR_ROW_BALLOON, R(reason), { R(NOT_ACPI), R(reason), R(reason), R(reason), R(reason) }
/* It comes to row 1; to row 2 or 3, holes being asked for; to row 3 unasked. */
#define ONE(row, reason)	WHY(row, reason, reason, NOT_ASKED, NOT_ASKED)
#define TWO(row, reason)	WHY(row, reason, POLICY_HOLES, reason, NOT_IDENTITY)
#define THREE(row, reason)	WHY(row, reason, POLICY_HOLES, IDENTITY, reason)
#define UNASKED(row, reason)	WHY(row, reason, CANNOT_PUBLISH, NOT_ASKED, reason)
	static const struct {
		enum sr_policy policy;
		unsigned int flags;
		int row;
		enum sr_reason reason, why[SR_ROWS];
	} cases[] = {
		{ SR_POLICY_AUTO, ACPI | BAD_TREE | BROKEN | NO_NODE, BEFORE_ALL(ACPI) },
		{ SR_POLICY_HOLES, ACPI | CLAIM, BEFORE_ALL(ACPI) },
		{ SR_POLICY_AUTO, BAD_TREE | BROKEN | NO_NODE, EVERY(BAD_TREE) },
		{ SR_POLICY_HOLES, BAD_TREE | CLAIM, EVERY(BAD_TREE) },
		{ SR_POLICY_AUTO, BROKEN, EVERY(BAD_CONFIG) },
		{ SR_POLICY_HOLES, BROKEN | NOT_IDENTITY, EVERY(BAD_CONFIG) },
		{ SR_POLICY_BALLOON, 0, EVERY(POLICY_BALLOON) },
		{ SR_POLICY_BALLOON, NO_NODE | NOT_IDENTITY | NONE_PUBLISHED,
		  EVERY(POLICY_BALLOON) },
		/* a claim that is not true, whatever else is asked for */
		{ SR_POLICY_BALLOON, CLAIM | XEN_NO, EVERY(IOMMU_OFF) },
		{ SR_POLICY_AUTO, CLAIM | XEN_NO | ABOVE_RAM, EVERY(IOMMU_OFF) },
		{ SR_POLICY_PUBLISHED, CLAIM | VISIBLE, EVERY(IOMMU_VISIBLE) },
		{ SR_POLICY_HOLES, CLAIM | VISIBLE | NOT_IDENTITY, EVERY(IOMMU_VISIBLE) },

		/* row 1, which an unclear tree does not touch */
		{ SR_POLICY_AUTO, UNCLEAR_TREE, ONE(1, PUBLISHED) },
		{ SR_POLICY_PUBLISHED, XEN_NO | VISIBLE, ONE(1, PUBLISHED) },
		{ SR_POLICY_AUTO, DOMU | NOT_IDENTITY, ONE(1, PUBLISHED) },
		{ SR_POLICY_AUTO, NO_NODE, ONE(4, NO_NODE) },
		{ SR_POLICY_PUBLISHED, NONE_PUBLISHED, ONE(4, NONE_PUBLISHED) },
		/* nothing is published, and holes could be had, but nobody asks for them */
		{ SR_POLICY_AUTO, NONE_PUBLISHED | XEN_YES | CLAIM, ONE(4, NONE_PUBLISHED) },
		{ SR_POLICY_AUTO, NONE_PUBLISHED | NOT_IDENTITY, ONE(4, NONE_PUBLISHED) },
		{ SR_POLICY_AUTO, ALL_CLAIMED, ONE(4, NONE_USABLE) },

		/* row 2: whatever is known of an IOMMU and of the end of RAM */
		{ SR_POLICY_HOLES, NOT_IDENTITY, TWO(2, HOLES) },
		{ SR_POLICY_HOLES, NOT_IDENTITY | NO_RAM_END | VISIBLE | NONE_PUBLISHED,
		  TWO(2, HOLES) },
		{ SR_POLICY_HOLES, NOT_IDENTITY | NO_NODE,
		  WHY(4, NO_NODE, NO_NODE, NO_NODE, NO_NODE) },
		{ SR_POLICY_HOLES, NOT_IDENTITY | DOMU,
		  WHY(4, NOT_INITIAL, POLICY_HOLES, NOT_INITIAL, NOT_INITIAL) },
		{ SR_POLICY_HOLES, NOT_IDENTITY | UNCLEAR_TREE, TWO(4, UNCLEAR_TREE) },
		{ SR_POLICY_HOLES, NOT_IDENTITY | ALL_CLAIMED, TWO(4, NO_HOLE) },

		/* row 3 */
		{ SR_POLICY_HOLES, XEN_YES, THREE(3, HOLES) },
		{ SR_POLICY_HOLES, XEN_YES | DOMU,
		  WHY(4, NOT_INITIAL, POLICY_HOLES, NOT_INITIAL, NOT_INITIAL) },
		{ SR_POLICY_HOLES, XEN_YES | UNCLEAR_TREE, THREE(4, UNCLEAR_TREE) },
		{ SR_POLICY_HOLES, XEN_YES | NO_RAM_END, THREE(4, RAM_END_UNKNOWN) },
		{ SR_POLICY_HOLES, XEN_NO | ABOVE_RAM, THREE(4, IOMMU_OFF) },
		{ SR_POLICY_HOLES, VISIBLE | ABOVE_RAM, THREE(4, IOMMU_VISIBLE) },
		{ SR_POLICY_HOLES, 0, THREE(4, NO_IOMMU) },
		{ SR_POLICY_HOLES, XEN_YES | ALL_CLAIMED, THREE(4, NO_HOLE) },

		/* row 3 unasked, where Xen cannot publish */
		{ SR_POLICY_AUTO, SILENT | XEN_YES, UNASKED(3, HOLES_UNASKED) },
		{ SR_POLICY_AUTO, SILENT | XEN_YES | VISIBLE | CLAIM, UNASKED(3, HOLES_UNASKED) },
		/* a claim is not enough, and without Xen's yes nothing else matters */
		{ SR_POLICY_AUTO, SILENT | CLAIM | UNCLEAR_TREE, UNASKED(4, NOT_ANSWERED) },
		{ SR_POLICY_AUTO, SILENT | XEN_NO | NO_RAM_END, UNASKED(4, NOT_ANSWERED) },
		{ SR_POLICY_AUTO, SILENT | XEN_YES | UNCLEAR_TREE, UNASKED(4, UNCLEAR_TREE) },
		{ SR_POLICY_AUTO, SILENT | XEN_YES | NO_RAM_END, UNASKED(4, RAM_END_UNKNOWN) },
		{ SR_POLICY_AUTO, SILENT | XEN_YES | ALL_CLAIMED, UNASKED(4, NO_HOLE) },
		{ SR_POLICY_AUTO, SILENT | NO_NODE | XEN_YES, ONE(4, NO_NODE) },
		{ SR_POLICY_AUTO, SILENT | XEN_YES | DOMU, ONE(4, CANNOT_PUBLISH) },
		{ SR_POLICY_AUTO, SILENT | XEN_YES | NOT_IDENTITY, ONE(4, CANNOT_PUBLISH) },
		/* not if the integrator says no, or it publishes nevertheless */
		{ SR_POLICY_PUBLISHED, SILENT | XEN_YES, ONE(4, CANNOT_PUBLISH) },
		{ SR_POLICY_BALLOON, SILENT | XEN_YES, EVERY(POLICY_BALLOON) },
		{ SR_POLICY_AUTO, OLD_XEN | XEN_YES, ONE(1, PUBLISHED) },
		{ SR_POLICY_AUTO, OLD_XEN | XEN_YES | ALL_CLAIMED, ONE(4, NONE_USABLE) },
		{ SR_POLICY_HOLES, SILENT | XEN_YES, THREE(3, HOLES) },
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
				fail_msg("case %u, row %u: %s", i, row,
					 sr_reason_text(d.why[row]));
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
		struct sr_tree tree = make_tree("", "", 1);
		struct sr_decision d;

		facts.xen_major = cases[i].major;
		facts.xen_minor = cases[i].minor;
		facts.xen_iommu = SR_YES;
		d = must_decide(&facts, &tree);
		assert_int_equal(d.row, cases[i].old ? SR_ROW_HOLES_ABOVE_RAM : SR_ROW_BALLOON);
		assert_int_equal(d.why[SR_ROW_PUBLISHED], cases[i].old ?
				 SR_REASON_CANNOT_PUBLISH : SR_REASON_NONE_PUBLISHED);
	}
}

/* Unasked or not, lists are the integrator's. */
static void test_lists_unasked(void **state)
{
	struct sr_tree tree = make_tree("", "", 1);
	struct sr_facts facts = dom0;

	facts.xen_major = 4;
	facts.xen_minor = 15;
	facts.xen_iommu = SR_YES;
	tree.config.has_allow = true;
	fill(&tree.config.allow, "0-23fffffff");
	fill(&tree.config.exclude, "140000000-17fffffff");
	expect_pieces(&facts, &tree, "0-fffff host-ram, 100000-ffffffff low, "
		      "100000000-13fffffff free, 140000000-17fffffff excluded, "
		      "180000000-23fffffff free, 240000000-end not-allowed");
}

/*
 * Is there an IOMMU that protects DMA? All combinations of what speaks for it and
 * against it; the first line that fits says what must come out. That it is the same
 * whatever is asked for, and what else is said of it, check.c checks of all decisions.
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
		unsigned int flags = 0;
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
		if (!(flags & (DOMU | NOT_IDENTITY | NO_RAM_END)) &&
		    d.why[SR_ROW_HOLES_ABOVE_RAM] != lines[line].holes)
			fail_msg("flags %#x: %s", flags,
				 sr_reason_text(d.why[SR_ROW_HOLES_ABOVE_RAM]));
	}
}

/* Above the highest RAM page is decided to the byte. */
static void test_above_ram(void **state)
{
	static const struct {
		const char *published;
		bool above;
	} cases[] = {
		{ "1000-fffff 1000-1fff", false },
		{ "1000-100000 1000-1fff", true },
		{ "100000-100fff 1000-1fff", true },
		{ "fffffffffffff000-end 1000-1fff", true },
		{ "200000-1fffff 1000-1fff", false },	/* malformed */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_tree tree = make_tree(cases[i].published, "", 1);

		assert_int_equal(must_decide(&dom0, &tree).iommu, cases[i].above);
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

/* In any order, overlapping, touching; steps are whole. */
static void test_ranges(void **state)
{
	expect(&dom0, "9000-9fff 1000-1fff 5000-6fff", "",
	       "1000-1fff free, 5000-6fff free, 9000-9fff free");
	expect(&dom0, "3000-8fff 1000-4fff 2000-2fff 1000-4fff", "", "1000-8fff free");
	/* A step that two ranges share is whole. */
	expect(&dom0, "1800-2fff 1000-17ff", "", "1000-2fff free");
	expect(&dom0, "1000-17ff 1801-1fff", "", "1000-17ff unaligned, 1801-1fff unaligned");
	expect(&dom0, "1001-3ffe", "", "1001-1fff unaligned, 2000-2fff free, 3000-3ffe unaligned");
	expect(&dom0, "1800-27ff 4000-4000", "", "1800-27ff unaligned, 4000-4000 unaligned");
	/* Between claims that end within steps. */
	expect(&dom0, "1000-4fff", "4800-4bff reg@2, 1400-17ff reserved@1",
	       "1000-13ff unaligned, 1400-17ff reserved@1, 1800-1fff unaligned, 2000-3fff free, "
	       "4000-47ff unaligned, 4800-4bff reg@2, 4c00-4fff unaligned");
}

static void test_malformed(void **state)
{
	struct sr_decision d;

	d = expect(&dom0, "3000-3fff 1000-fff ffffffffffffffff-1fff", "",
		   "1000-fff malformed, ffffffffffffffff-1fff malformed, 3000-3fff free");
	assert_int_equal(d.reason, SR_REASON_PUBLISHED);
	assert_false(d.iommu);

	d = expect(&dom0, "ffffffffffffffff-0", "0-end ram@1", "ffffffffffffffff-0 malformed");
	assert_int_equal(d.reason, SR_REASON_NONE_USABLE);
	assert_false(d.iommu || d.meets_ram);
}

static void test_mappable(void **state)
{
	struct sr_facts facts = dom0;

	facts.mappable = (struct sr_range){ 0x4000, 0x8fff };
	expect(&facts, "1000-2fff 3000-9fff b000-bfff", "",
	       "1000-3fff unmappable, 4000-8fff free, 9000-9fff unmappable, b000-bfff unmappable");
	/* Ends within steps. */
	facts.mappable = (struct sr_range){ 0x4800, 0x87ff };
	expect(&facts, "4000-8fff", "",
	       "4000-47ff unmappable, 4800-4fff unaligned, 5000-7fff free, 8000-87ff unaligned, "
	       "8800-8fff unmappable");
	/* Nothing is. */
	facts.mappable = (struct sr_range){ 0x4000, 0x3fff };
	expect(&facts, "1000-7fff", "", "1000-3fff unmappable, 4000-7fff unmappable");
}

/* One claim over several ranges, several over one, and more than all of them. */
static void test_claims(void **state)
{
	static const char published[] = "1000-2fff 4000-4fff 6000-8fff";

	expect(&dom0, published, "2000-6fff pci@3, 4800-4900 reg@4",
	       "1000-1fff free, 2000-2fff pci@3, 4000-4fff pci@3, 6000-6fff pci@3, "
	       "7000-8fff free");
	/* The first to start has the bytes that are claimed twice. */
	expect(&dom0, "1000-2fff", "1800-2fff reg@2, 1000-1fff reserved@1",
	       "1000-1fff reserved@1, 2000-2fff reg@2");
	/* Of those that are alike, the one that can be named has them. */
	expect(&dom0, "1000-2fff", "1000-2fff reserved, 1000-2fff reserved@5",
	       "1000-2fff reserved@5");
	/* A claim that ended before the range does not hide one that did not. */
	expect(&dom0, published, "0-67ff reg@1, 1000-10ff reg@2, 3000-30ff reg@3",
	       "1000-2fff reg@1, 4000-4fff reg@1, 6000-67ff reg@1, 6800-6fff unaligned, "
	       "7000-8fff free");
	expect(&dom0, published, "0-end reg@9",
	       "1000-2fff reg@9, 4000-4fff reg@9, 6000-8fff reg@9");
	/* Beside the ranges, touching them. */
	expect(&dom0, "1000-2fff", "0-fff reg@1, 3000-3fff reg@2", "1000-2fff free");
}

/* Xen did not know all RAM: what it calls free below host_ram_end is not used. */
static void test_ram(void **state)
{
	struct sr_facts facts = dom0;
	struct sr_decision d;

	d = expect(&facts, "1000-8fff ff000-102fff", "8000-9fff ram@5",
		   "1000-8fff host-ram, ff000-fffff host-ram, 100000-102fff free");
	assert_true(d.meets_ram);
	assert_int_equal(d.source, SR_SOURCE_PUBLISHED);

	/* RAM that only touches is what Xen knows. */
	d = expect(&facts, "1000-7fff", "8000-9fff ram@5", "1000-7fff free");
	assert_false(d.meets_ram);

	/* Met in the second range, by the second bank, above host_ram_end. */
	d = expect(&facts, "1000-1fff 200000-201fff", "201000-2fffff ram@6, 3000-3fff ram@5",
		   "1000-1fff host-ram, 200000-200fff free, 201000-201fff ram@6");
	assert_true(d.meets_ram);

	/* Without knowing where host RAM ends, nothing is safe. */
	facts.host_ram_end = 0;
	d = expect(&facts, "1000-8fff fffffffffffff000-end", "8000-9fff ram@5",
		   "1000-8fff host-ram, fffffffffffff000-end host-ram");
	assert_int_equal(d.reason, SR_REASON_NONE_USABLE);

	/* Not direct-mapped, only this domain's own RAM is in the way. */
	facts = dom0;
	facts.identity = false;
	d = expect(&facts, "1000-8fff", "8000-9fff ram@5, 3000-3fff ram@6",
		   "1000-2fff free, 3000-3fff ram@6, 4000-7fff free, 8000-8fff ram@5");
	assert_true(d.meets_ram);
}

/* No free piece lies on both sides of the end of host RAM. */
static void test_split(void **state)
{
	struct sr_facts facts = dom0;

	expect(&facts, "fe000-101fff", "", "fe000-fffff free, 100000-101fff free");
	/* Within a step: that step is below. */
	facts.host_ram_end = 0xff001;
	expect(&facts, "fe000-101fff", "", "fe000-fffff free, 100000-101fff free");
	/* Within a claim, and with rests on both sides. */
	expect(&facts, "fe000-101fff", "ff800-1007ff reg@1",
	       "fe000-fefff free, ff000-ff7ff unaligned, ff800-fffff reg@1, "
	       "100000-1007ff reg@1, 100800-100fff unaligned, 101000-101fff free");
	/* At either end of a range there is nothing to split. */
	facts.host_ram_end = 0x2000;
	expect(&facts, "1000-1fff", "", "1000-1fff free");
	expect(&facts, "2000-3fff", "", "2000-3fff free");
}

/* A bus window with RAM in it only forwards addresses. */
static void test_bus_window(void **state)
{
	static const char * const ram_inside[] = {
		/* at its start, inside, at its end */
		"4000-7fff bus@1, 4000-4fff ram@2",
		"4000-7fff bus@1, 5000-5fff ram@2",
		"4000-7fff bus@1, 7fff-7fff ram@2",
		/* over its start, over its end, over it */
		"4000-7fff bus@1, 2000-4000 ram@2",
		"4000-7fff bus@1, 7fff-9fff ram@2",
		"4000-7fff bus@1, 1000-9fff ram@2",
		"4000-7fff bus@1, 4000-7fff ram@2",
	};
	struct sr_facts facts = dom0;
	unsigned int i, j;

	facts.identity = false;
	expect(&facts, "3000-8fff", "4000-7fff bus@1",
	       "3000-3fff free, 4000-7fff bus@1, 8000-8fff free");
	/* RAM on both sides, but none inside. */
	expect(&facts, "3000-8fff", "4000-7fff bus@1, 0-3fff ram@2, 8000-8fff ram@3",
	       "3000-3fff ram@2, 4000-7fff bus@1, 8000-8fff ram@3");
	for (i = 0; i < ARRAY_SIZE(ram_inside); i++) {
		struct sr_tree tree = make_tree("3000-8fff", ram_inside[i], 1);
		struct sr_decision d = must_decide(&facts, &tree);

		for (j = 0; j < d.nr_pieces; j++)
			assert_int_not_equal(d.pieces[j].owner, SR_BUS_WINDOW);
	}
	/* Other windows, and what is in a dropped one, still claim. */
	expect(&facts, "3000-9fff", "4000-7fff bus@1, 4000-4fff ram@2, 6000-6fff reg@3, "
	       "8000-8fff bus@4, 4000-57ff pci@5",
	       "3000-3fff free, 4000-4fff ram@2, 5000-57ff pci@5, 5800-5fff unaligned, "
	       "6000-6fff reg@3, 7000-7fff free, 8000-8fff bus@4, 9000-9fff free");
}

/* Ranges and claims that end at 2^64. */
static void test_top(void **state)
{
	struct sr_facts facts = dom0;

	expect(&facts, "fffffffffffff000-end ffffffffffffe000-ffffffffffffefff", "",
	       "ffffffffffffe000-end free");
	expect(&facts, "fffffffffffff001-end", "", "fffffffffffff001-end unaligned");
	expect(&facts, "fffffffffffff000-end ffffffffffffffff-end "
	       "fffffffffffff000-fffffffffffffffe", "ffffffffffffffff-end reg@1",
	       "fffffffffffff000-fffffffffffffffe unaligned, ffffffffffffffff-end reg@1");
	expect(&facts, "ffffffffffffe000-end", "fffffffffffff000-end reg@1",
	       "ffffffffffffe000-ffffffffffffefff free, fffffffffffff000-end reg@1");
	/* All there is; the end of host RAM still splits it. */
	expect(&facts, "0-end", "", "0-fffff free, 100000-end free");
	facts.host_ram_end = 0;
	expect(&facts, "0-end", "", "0-end free");
	facts.host_ram_end = U64_MAX;
	expect(&facts, "fffffffffffff000-end", "", "fffffffffffff000-end free");
}

/* A layout from a real board, and what steps of different size get out of it. */
static void test_board(void **state)
{
	static const struct {
		u64 align;
		const char *low;	/* free below 4 GiB; above all are multiples of 2 GiB */
	} cases[] = {
		{ 2 * MIB, " 40000000-47dfffff d0000000-e5ffffff e7800000-ebffffff"
			   " f1200000-fcffffff" },
		{ 128 * MIB, " d0000000-dfffffff" },
		{ 512 * MIB, "" },
	};
	struct sr_tree tree = make_tree("0-7ffffff c000000-2fffffff 40000000-47dfffff "
		"d0000000-e5ffffff e7800000-ebffffff f1200000-fcffffff 100000000-4ffffffff "
		"580000000-5ffffffff 680000000-6ffffffff 780000000-ffffffffff", "", 1);
	struct sr_facts facts = dom0;
	char all[TEXT_SIZE];
	unsigned int i;

	facts.host_ram_end = 0x780000000;
	facts.mappable = (struct sr_range){ 0x40000000, 0x80003fffffff };
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_decision d;

		facts.align = cases[i].align;
		snprintf(all, sizeof(all), "780000000-ffffffffff%s 100000000-4ffffffff "
			 "580000000-5ffffffff 680000000-6ffffffff", cases[i].low);
		d = expect_free(&facts, &tree, 1, all);
		assert_true(d.iommu);
		assert_int_equal(d.pieces[0].owner, SR_UNMAPPABLE);
		assert_int_equal(d.pieces[0].range.last, 0x7ffffff);
	}
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
		const char *allow;	/* NULL: no such list */
		const char *exclude, *pieces;
	} cases[] = {
		{ NULL, "", "1000-8fff free" },
		/* nothing is allowed by an empty list */
		{ "", "", "1000-8fff not-allowed" },
		{ "0-fffffffffffffffe", "", "1000-8fff free" },
		{ "1-end", "", "1000-8fff free" },
		/* from 0, up to 2^64 */
		{ "6000-end 0-2fff", "",
		  "1000-2fff free, 3000-5fff not-allowed, 6000-8fff free" },
		/* not in order, overlapping, touching, one in another */
		{ "5000-6fff 2000-4fff 3000-3fff 4800-57ff", "",
		  "1000-1fff not-allowed, 2000-6fff free, 7000-8fff not-allowed" },
		{ NULL, "8000-end 3000-4fff 4000-5fff",
		  "1000-2fff free, 3000-4fff excluded, 5000-5fff excluded, 6000-7fff free, "
		  "8000-8fff excluded" },
		/* in the middle of steps */
		{ NULL, "3800-3800", "1000-2fff free, 3000-37ff unaligned, 3800-3800 excluded, "
		  "3801-3fff unaligned, 4000-8fff free" },
		/* excluded even if allowed */
		{ "2000-4fff", "4000-5fff", "1000-1fff not-allowed, 2000-3fff free, "
		  "4000-5fff excluded, 6000-8fff not-allowed" },
		{ NULL, "0-fffffffffffffffe", "1000-8fff excluded" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_tree tree = make_tree("1000-8fff", "", 1);

		tree.config.has_allow = cases[i].allow;
		fill(&tree.config.allow, cases[i].allow ?: "");
		fill(&tree.config.exclude, cases[i].exclude);
		expect_pieces(&dom0, &tree, cases[i].pieces);
	}
}

/* The free bytes of a decision. */
static u64 free_bytes(const struct sr_facts *facts, const struct sr_tree *tree)
{
	struct sr_decision d = must_decide(facts, tree);
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < d.nr_pieces; i++)
		if (d.pieces[i].owner == SR_FREE)
			sum += d.pieces[i].range.last - d.pieces[i].range.start + 1;
	return sum;
}

/* Both lists full, every second step allowed and every second of these excluded. */
static void test_full_lists(void **state)
{
	struct sr_tree tree = make_tree("0-end", "", 1);
	struct sr_config *config = &tree.config;
	struct sr_facts facts = dom0;
	u64 i, base;

	config->has_allow = true;
	/* The second time above 4 GiB, so that holes are found there, too. */
	for (base = 0; base <= 8 * GIB; base += 8 * GIB) {
		config->allow.nr = 0;
		config->exclude.nr = 0;
		/* from the top down, so that they have to be sorted */
		for (i = SR_MAX_LIST; i-- > 0; ) {
			assert_null(sr_list_add(&config->allow, base + i * 0x2000, 0x1000));
			assert_null(sr_list_add(&config->exclude, base + i * 0x4000, 0x1000));
		}
		if (!base)
			assert_int_equal(free_bytes(&facts, &tree), SR_MAX_LIST / 2 * 0x1000);
	}
	/* With claims, to the last one. */
	tree.nr_published = 0;
	tree.claims = &(struct sr_claim){ { 0, 0xfff }, SR_REG, 1 };
	tree.nr_claims = 1;
	config->policy = SR_POLICY_HOLES;
	facts.xen_iommu = SR_YES;
	assert_int_equal(free_bytes(&facts, &tree), SR_MAX_LIST / 2 * 0x1000);
	facts.identity = false;
	assert_int_equal(free_bytes(&facts, &tree), SR_MAX_LIST / 2 * 0x1000);
}

/* Holes: which of the free bytes are found, first and last MiB of each. */
static void test_holes(void **state)
{
	static const struct {
		bool identity;
		u64 host_ram_end;
		struct sr_range mappable;
		const char *claims, *free;
	} cases[] = {
		/* not direct-mapped: to the ends of the space, 16 MiB from what is there */
		{ false, 0, { 0, 1048575 }, "100-199 reg", "0-83 216-1048575" },
		/* 16 MiB from each kind of claim */
		{ false, 0, { 0, 999 }, "400-401 ram", "0-383 418-999" },
		{ false, 0, { 0, 999 }, "400-401 reserved", "0-383 418-999" },
		{ false, 0, { 0, 999 }, "400-401 pci", "0-383 418-999" },
		{ false, 0, { 0, 999 }, "400-401 bus", "0-383 418-999" },
		{ false, 0, { 0, 999 }, "400-401 grants", "0-383 418-999" },
		/* but not from a window that only forwards */
		{ false, 0, { 0, 999 }, "200-799 bus, 400-401 ram", "0-383 418-999" },
		/* a gap of 64 MiB will do, one of 62 not; all of it counts, mappable or not */
		{ false, 0, { 0, 999 }, "0-99 reg, 164-1999 reg", "116-147" },
		{ false, 0, { 0, 999 }, "0-101 reg, 164-1999 reg", "" },
		{ false, 0, { 0, 999 }, "0-979 reg", "996-999" },
		{ false, 0, { 0, 999 }, "0-979 reg, 1030-1031 reg", "" },
		/* the gap at 0 has one end only, but must be as large */
		{ false, 0, { 0, 999 }, "64-1999 reg", "0-47" },
		{ false, 0, { 0, 999 }, "62-1999 reg", "" },
		/* claims that overlap, touch, lie in one another */
		{ false, 0, { 0, 999 }, "300-499 reg, 350-360 ram, 500-599 reg",
		  "0-283 616-999" },
		/* limits are limits, not something to be away from */
		{ false, 0, { 500, 509 }, "0-1 reg", "500-509" },
		/* at the end of host RAM they are cut, so that they can be sorted */
		{ false, 600, { 0, 999 }, "400-401 ram", "0-383 418-599 600-999" },

		/* direct-mapped: nothing below 4 GiB, or below the end of host RAM */
		{ true, 2048, { 0, 9999 }, "", "4096-9999" },
		{ true, 4096, { 0, 9999 }, "", "4096-9999" },
		{ true, 6000, { 0, 9999 }, "", "6000-9999" },
		{ true, 10000, { 0, 9999 }, "", "" },
		{ true, 6000, { 0, 4097 }, "", "" },
		/* to the claims themselves, in gaps of any size */
		{ true, 6000, { 0, 9999 }, "6000-6099 reg, 6102-8999 ram", "6100-6101 9000-9999" },
		{ true, 6000, { 0, 9999 }, "3000-7999 pci", "8000-9999" },
	};
	unsigned int i, c;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sr_facts facts = {
			.initial_domain = true,
			.identity = cases[i].identity,
			.xen_iommu = SR_YES,
			.host_ram_end = cases[i].host_ram_end * MIB,
			.mappable = { cases[i].mappable.start * MIB,
				      (cases[i].mappable.last + 1) * MIB - 1 },
			.align = 2 * MIB,
		};
		/* Published ranges are not looked at, good or bad. */
		struct sr_tree tree = make_tree("0-end 2-1", cases[i].claims, MIB);
		struct sr_decision d;

		for (c = 0; c < tree.nr_claims; c++)
			tree.claims[c].node = c;
		tree.config.policy = SR_POLICY_HOLES;
		d = expect_free(&facts, &tree, MIB, cases[i].free);
		assert_int_equal(d.source, *cases[i].free ? SR_SOURCE_HOLES : SR_SOURCE_BALLOON);
	}
}

/* Gaps are judged to the byte, steps are whole. */
static void test_gap_bytes(void **state)
{
	static const struct {
		bool identity;
		u64 host_ram_end;
		const char *claims, *pieces;
	} cases[] = {
		{ false, 0, "0-fffffff reg@1, 14000000-end reg@2",
		  "0-fffffff reg@1, 10000000-10ffffff near, 11000000-12ffffff free, "
		  "13000000-13ffffff near, 14000000-end reg@2" },
		{ false, 0, "0-10000000 reg@1, 14000000-end reg@2",
		  "0-10000000 reg@1, 10000001-13ffffff near, 14000000-end reg@2" },
		{ false, 0, "0-10000000 reg@1, 14000001-end reg@2",
		  "0-10000000 reg@1, 10000001-11000000 near, 11000001-11000fff unaligned, "
		  "11001000-12ffffff free, 13000000-13000000 unaligned, "
		  "13000001-14000000 near, 14000001-end reg@2" },
		/* nothing at all is claimed: one hole */
		{ false, 0, "", "0-end free" },
		/* up to 2^64, but not in less than 64 MiB */
		{ false, 0, "0-fffffffffbffffff reg@1",
		  "0-fffffffffbffffff reg@1, fffffffffc000000-fffffffffcffffff near, "
		  "fffffffffd000000-end free" },
		{ false, 0, "0-fffffffffc000000 reg@1",
		  "0-fffffffffc000000 reg@1, fffffffffc000001-end near" },
		/* the end of host RAM within a step: that step is not used */
		{ true, 0x200000001, "",
		  "0-ffffffff low, 100000000-200000000 host-ram, "
		  "200000001-200000fff unaligned, 200001000-end free" },
		{ true, 0x100000000 - 1, "",
		  "0-fffffffe host-ram, ffffffff-ffffffff low, 100000000-end free" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sr_tree tree = make_tree("", cases[i].claims, 1);
		struct sr_facts facts = dom0;

		tree.config.policy = SR_POLICY_HOLES;
		facts.identity = cases[i].identity;
		facts.host_ram_end = cases[i].host_ram_end;
		facts.xen_iommu = cases[i].identity ? SR_YES : SR_UNKNOWN;
		expect_pieces(&facts, &tree, cases[i].pieces);
	}
}

/* As many pieces as can be: rests on both sides of everything. */
static void test_most_pieces(void **state)
{
	enum { NR_CLAIMS = 1365 };
	struct sr_claim claims[NR_CLAIMS];
	struct sr_tree tree = { .claims = claims, .iommu = -1 };
	struct sr_config *config = &tree.config;
	struct sr_facts facts = dom0;
	u64 i;

	/* 16 steps less a byte at each end, and a claim within each third step. */
	tree.nr_published = SR_MAX_PUBLISHED;
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		tree.published[i] = (struct sr_range){ i * 0x10000 + 1, i * 0x10000 + 0xfffe };
	assert_int_equal(must_decide(&dom0, &tree).nr_pieces, 3 * SR_MAX_PUBLISHED);
	for (i = 0; i < NR_CLAIMS; i++)
		claims[i] = (struct sr_claim){
			{ i * 0x3000 + 0x1400, i * 0x3000 + 0x1500 }, SR_REG, i,
		};
	tree.nr_claims = NR_CLAIMS;
	assert_true(must_decide(&dom0, &tree).nr_pieces > 4 * NR_CLAIMS);

	/* All malformed. */
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		tree.published[i].start = U64_MAX;
	assert_int_equal(must_decide(&dom0, &tree).nr_pieces, SR_MAX_PUBLISHED);
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		tree.published[i].start = i * 0x10000 + 1;

	/* A claim over each gap between two ranges: a piece in both. */
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		claims[i].range = (struct sr_range){ i * 0x10000 + 0xf800, i * 0x10000 + 0x10800 };
	tree.nr_claims = SR_MAX_PUBLISHED;
	assert_int_equal(must_decide(&dom0, &tree).nr_pieces, 5 * SR_MAX_PUBLISHED - 1);

	/* Holes: a gap on both sides of each, all with two ends and odd. */
	facts.identity = false;
	config->policy = SR_POLICY_HOLES;
	config->has_allow = true;
	for (i = 0; i < SR_MAX_LIST; i++) {
		assert_null(sr_list_add(&config->exclude, (1ULL << 50) + i * 0x3000 + 1, 1));
		assert_null(sr_list_add(&config->allow, i << 40, (1ULL << 40) - 1));
	}
	for (i = 0; i < NR_CLAIMS; i++)
		claims[i].range = (struct sr_range){ (i + 1) * 0x10000000 + 1,
						     (i + 1) * 0x10000000 + 1 };
	tree.nr_published = 0;
	tree.nr_claims = NR_CLAIMS;
	assert_true(must_decide(&facts, &tree).nr_pieces > 6 * NR_CLAIMS);
}

/* Above the end of host RAM first; below it in holes without direct mapping. */
static void test_order(void **state)
{
	struct sr_tree three = make_tree("200000-2fffff 10000-1ffff 80000-17ffff", "", 1);
	struct sr_tree two = make_tree("200000-2fffff 10000-1ffff", "", 1);
	struct sr_tree holes = make_tree("", "", 1);
	struct sr_facts facts = dom0;

	expect_free(&facts, &three, 1, "100000-17ffff 200000-2fffff 10000-1ffff 80000-fffff");
	facts.identity = false;
	expect_free(&facts, &two, 1, "200000-2fffff 10000-1ffff");
	holes.config.policy = SR_POLICY_HOLES;
	expect_free(&facts, &holes, 1, "0-fffff 100000-ffffffffffffffff");
	/* where that is not known, all is above it */
	facts.host_ram_end = 0;
	expect_free(&facts, &two, 1, "10000-1ffff 200000-2fffff");
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
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_mappable),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_ram),
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
