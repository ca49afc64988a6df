// SPDX-License-Identifier: GPL-2.0
/* sr_decide() by example. Steps are 4 KiB unless a test is about real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define RANGES(...)	LIST(struct sr_range, __VA_ARGS__)
#define CLAIMS(...)	LIST(struct sr_claim, __VA_ARGS__)
#define PIECES(...)	LIST(struct sr_piece, __VA_ARGS__)

#define MIB		(1ULL << 20)

static const struct sr_facts dom0 = {
	.initial_domain = true,
	.identity = true,
	.host_ram_end = 0x100000,
	.mappable = { 0, U64_MAX },
	.align = 0x1000,
};

/* Decide, and compare with the pieces that are expected. */
static struct sr_decision expect(const struct sr_facts *facts,
				 const struct sr_range *published, unsigned int nr_published,
				 const struct sr_claim *claims, unsigned int nr_claims,
				 const struct sr_piece *pieces, unsigned int nr_pieces)
{
	struct sr_decision decision;
	const char *err = decide(facts, published, nr_published, claims, nr_claims, &decision);
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

/* The free bytes of a decision within a range. */
static u64 free_bytes(const struct sr_facts *facts,
		      const struct sr_range *published, unsigned int nr_published,
		      const struct sr_claim *claims, unsigned int nr_claims,
		      struct sr_range within)
{
	struct sr_decision decision;
	const char *err = decide(facts, published, nr_published, claims, nr_claims, &decision);
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

static void expect_balloon(const struct sr_facts *facts, enum sr_reason reason)
{
	struct sr_decision d = expect(facts, RANGES({ 0x1000, 0x1fff }), NONE, NONE);

	assert_int_equal(d.source, SR_SOURCE_BALLOON);
	assert_int_equal(d.reason, reason);
	assert_false(d.iommu || d.meets_ram);
}

/* The rows of the table, each with all that the later ones look at. */
static void test_rows(void **state)
{
	struct sr_facts facts = dom0;
	struct sr_decision d;

	facts.acpi = facts.bad_tree = facts.no_node = true;
	expect_balloon(&facts, SR_REASON_ACPI);
	facts.acpi = false;
	expect_balloon(&facts, SR_REASON_BAD_TREE);
	facts.bad_tree = false;
	expect_balloon(&facts, SR_REASON_NO_NODE);
	facts.no_node = false;

	d = expect(&facts, NONE, NONE, NONE);
	assert_int_equal(d.source, SR_SOURCE_BALLOON);
	assert_int_equal(d.reason, SR_REASON_NONE_PUBLISHED);

	d = expect(&facts, RANGES({ 0x1000, 0x2fff }), CLAIMS({ { 0, 0xffff }, SR_REG, 7 }),
		   PIECES({ { 0x1000, 0x2fff }, SR_REG, 7 }));
	assert_int_equal(d.source, SR_SOURCE_BALLOON);
	assert_int_equal(d.reason, SR_REASON_NONE_USABLE);

	d = expect(&facts, RANGES({ 0x1000, 0x2fff }), NONE,
		   PIECES({ { 0x1000, 0x2fff }, SR_FREE, -1 }));
	assert_int_equal(d.source, SR_SOURCE_PUBLISHED);
	assert_int_equal(d.reason, SR_REASON_PUBLISHED);
}

static void test_names(void **state)
{
	int i;

	for (i = 0; i < SR_OWNERS; i++)
		assert_true(strlen(sr_owner_name(i)) > 0);
	for (i = 0; i < SR_REASONS; i++)
		assert_true(strlen(sr_reason_text(i)) > 0);
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

/* Ranges above host RAM prove an IOMMU, but only in the initial domain. */
static void test_iommu(void **state)
{
	struct sr_facts facts = dom0;
	static const struct {
		struct sr_range published;
		bool iommu;
	} cases[] = {
		{ { 0x1000, 0xfffff }, false },
		{ { 0x1000, 0x100fff }, true },
		{ { 0x100000, 0x100fff }, true },
		{ { U64_MAX - 0xfff, U64_MAX }, true },
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct sr_range low_last[] = { cases[i].published, { 0x1000, 0x1fff } };
		struct sr_decision d;

		facts.initial_domain = true;
		facts.host_ram_end = 0x100000;
		assert_null(decide(&facts, low_last, 2, NONE, &d));
		assert_int_equal(d.iommu, cases[i].iommu);
		free(d.pieces);

		facts.initial_domain = false;
		assert_null(decide(&facts, low_last, 2, NONE, &d));
		assert_false(d.iommu);
		free(d.pieces);

		facts.initial_domain = true;
		facts.host_ram_end = 0;
		assert_null(decide(&facts, low_last, 2, NONE, &d));
		assert_false(d.iommu);
		free(d.pieces);
	}
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
	for (i = 0; i < sizeof(ram) / sizeof(ram[0]); i++) {
		struct sr_claim claims[] = { window, { ram[i], SR_RAM, 2 } };
		struct sr_decision d;
		unsigned int j;

		assert_null(decide(&facts, RANGES({ 0x3000, 0x8fff }), claims, 2, &d));
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
		assert_int_equal(free_bytes(&facts, published, 10, NONE, low), cases[i].low * MIB);
		assert_int_equal(free_bytes(&facts, published, 10, NONE, high),
				 (16 + 2 + 2 + 994) * 1024 * MIB);
		assert_null(decide(&facts, published, 10, NONE, &d));
		assert_true(d.iommu);
		assert_int_equal(d.pieces[0].owner, SR_UNMAPPABLE);
		assert_int_equal(d.pieces[0].range.last, 0x7ffffff);
		free(d.pieces);
	}
}

/* As many pieces as can be: rests on both sides of everything. */
static void test_most_pieces(void **state)
{
	enum { NR_CLAIMS = 1365 };
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
	assert_null(decide(&dom0, published, SR_MAX_PUBLISHED, NONE, &d));
	assert_int_equal(d.nr_pieces, 3 * SR_MAX_PUBLISHED);
	free(d.pieces);
	assert_null(decide(&dom0, published, SR_MAX_PUBLISHED, claims, NR_CLAIMS, &d));
	assert_true(d.nr_pieces > 4 * NR_CLAIMS);
	free(d.pieces);

	/* A claim over each gap between two ranges: a piece in both. */
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		claims[i].range = (struct sr_range){ i * 0x10000 + 0xf800, i * 0x10000 + 0x10800 };
	assert_null(decide(&dom0, published, SR_MAX_PUBLISHED, claims, SR_MAX_PUBLISHED, &d));
	assert_int_equal(d.nr_pieces, 5 * SR_MAX_PUBLISHED - 1);
	free(d.pieces);

	/* All malformed. */
	for (i = 0; i < SR_MAX_PUBLISHED; i++)
		published[i].start = U64_MAX;
	assert_null(decide(&dom0, published, SR_MAX_PUBLISHED, claims, NR_CLAIMS, &d));
	assert_int_equal(d.nr_pieces, SR_MAX_PUBLISHED);
	free(d.pieces);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
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
		cmocka_unit_test(test_iommu),
		cmocka_unit_test(test_bus_window),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_board),
		cmocka_unit_test(test_most_pieces),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
