// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the choice of ranges as built into this kernel, with its compiler's flags, its
 * libfdt, sort() and stack: a case of each kind. All the others are tests in user space.
 */
#include <kunit/test.h>
#include <linux/libfdt.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "safe-ranges.h"

#define BLOB_SIZE	SZ_64K
#define MAX_CLAIMS	16

/* A test's tree, what was read from it and what was decided. */
struct sr_test {
	void *fdt;
	struct sr_claim claims[SR_MAX_CLAIMS(MAX_CLAIMS)];
	struct sr_tree tree;
	struct sr_facts facts;
	struct sr_decision decision;
	unsigned int problems;
};

static void count_problem(void *context, int node, const char *property,
			  const char *expected)
{
	struct sr_test *t = context;

	t->problems++;
}

/* An open tree with RAM at 1 GiB, to be continued. */
static struct sr_test *begin(struct kunit *test)
{
	struct sr_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	__be64 ram[] = { cpu_to_be64(SZ_1G), cpu_to_be64(SZ_256M) };

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->fdt = kunit_kzalloc(test, BLOB_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->fdt);
	t->decision.pieces = kunit_kcalloc(test, SR_MAX_PIECES(MAX_CLAIMS),
					   sizeof(*t->decision.pieces), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->decision.pieces);
	t->decision.max_pieces = SR_MAX_PIECES(MAX_CLAIMS);
	t->tree.claims = t->claims;
	t->tree.max_claims = ARRAY_SIZE(t->claims);
	t->tree.problem = count_problem;
	t->tree.context = t;

	t->facts = (struct sr_facts){
		.initial_domain = true,
		.identity = true,
		.host_ram_end = 2ULL * SZ_1G,
		.mappable = { 0, BIT_ULL(40) - 1 },
		.align = SZ_2M,
	};

	KUNIT_ASSERT_EQ(test, fdt_create(t->fdt, BLOB_SIZE), 0);
	KUNIT_ASSERT_EQ(test, fdt_finish_reservemap(t->fdt), 0);
	KUNIT_ASSERT_EQ(test, fdt_begin_node(t->fdt, ""), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_u32(t->fdt, "#address-cells", 2), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_u32(t->fdt, "#size-cells", 2), 0);
	KUNIT_ASSERT_EQ(test, fdt_begin_node(t->fdt, "memory@40000000"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_string(t->fdt, "device_type", "memory"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property(t->fdt, "reg", ram, sizeof(ram)), 0);
	KUNIT_ASSERT_EQ(test, fdt_end_node(t->fdt), 0);
	return t;
}

/* /hypervisor with @bytes of a reg: address and size of each region. */
static void add_hypervisor(struct kunit *test, struct sr_test *t, const u64 *reg, int bytes)
{
	u64 *cells;
	int i;

	KUNIT_ASSERT_EQ(test, fdt_begin_node(t->fdt, "hypervisor"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_string(t->fdt, "compatible", "xen,xen"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_placeholder(t->fdt, "reg", bytes, (void **)&cells), 0);
	for (i = 0; i < bytes / (int)sizeof(*cells); i++)
		fdt64_st(&cells[i], reg[i]);
	KUNIT_ASSERT_EQ(test, fdt_end_node(t->fdt), 0);
}

/* The integrator's node; @excluded bytes from 512 GiB on are not to be used. */
static void add_config(struct kunit *test, struct sr_test *t, const char *policy,
		       bool iommu_protected, u64 excluded)
{
	__be64 exclude[] = { cpu_to_be64(BIT_ULL(39)), cpu_to_be64(excluded) };

	KUNIT_ASSERT_EQ(test, fdt_begin_node(t->fdt, "unpopulated-memory"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_string(t->fdt, "compatible",
						  "xen,unpopulated-memory"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_string(t->fdt, "xen,policy", policy), 0);
	if (excluded)
		KUNIT_ASSERT_EQ(test, fdt_property(t->fdt, "xen,exclude", exclude,
						   sizeof(exclude)), 0);
	if (iommu_protected)
		KUNIT_ASSERT_EQ(test, fdt_property(t->fdt, "xen,iommu-protected", "", 0), 0);
	KUNIT_ASSERT_EQ(test, fdt_end_node(t->fdt), 0);
}

/* Close the tree, read it and decide. */
static void decide(struct kunit *test, struct sr_test *t)
{
	KUNIT_ASSERT_EQ(test, fdt_end_node(t->fdt), 0);
	KUNIT_ASSERT_EQ(test, fdt_finish(t->fdt), 0);

	KUNIT_ASSERT_EQ(test, sr_read_tree(&t->tree, t->fdt), 0);
	KUNIT_ASSERT_EQ(test, sr_decide(&t->facts, &t->tree, &t->decision), 0);
}

static u64 free_bytes(const struct sr_test *t)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < t->decision.nr_pieces; i++)
		if (t->decision.pieces[i].owner == SR_FREE)
			sum += t->decision.pieces[i].range.last -
			       t->decision.pieces[i].range.start + 1;
	return sum;
}

static void published_is_used(struct kunit *test)
{
	static const u64 reg[] = { 0x38000000, SZ_16M, 0x80000000, SZ_64M };
	struct sr_test *t = begin(test);

	add_hypervisor(test, t, reg, sizeof(reg));
	decide(test, t);
	KUNIT_EXPECT_EQ(test, t->decision.source, SR_SOURCE_PUBLISHED);
	KUNIT_EXPECT_TRUE(test, t->decision.iommu);
	KUNIT_EXPECT_EQ(test, free_bytes(t), (u64)SZ_64M);
	KUNIT_EXPECT_EQ(test, t->problems, 0);
}

static void bus_window_is_left_out(struct kunit *test)
{
	static const u64 reg[] = { 0x38000000, SZ_16M, 0x0a200000, 0x5c00000 };
	__be32 window[] = { 0, cpu_to_be32(0), cpu_to_be32(0x0c000000), cpu_to_be32(0x2000000) };
	struct sr_test *t = begin(test);
	unsigned int i;

	add_hypervisor(test, t, reg, sizeof(reg));
	KUNIT_ASSERT_EQ(test, fdt_begin_node(t->fdt, "platform-bus@c000000"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_u32(t->fdt, "#address-cells", 1), 0);
	KUNIT_ASSERT_EQ(test, fdt_property_u32(t->fdt, "#size-cells", 1), 0);
	KUNIT_ASSERT_EQ(test, fdt_property(t->fdt, "ranges", window, sizeof(window)), 0);
	KUNIT_ASSERT_EQ(test, fdt_end_node(t->fdt), 0);
	decide(test, t);
	KUNIT_EXPECT_EQ(test, t->decision.source, SR_SOURCE_PUBLISHED);
	KUNIT_EXPECT_EQ(test, free_bytes(t), 0x5c00000ULL - 0x2000000);
	for (i = 0; i < t->decision.nr_pieces; i++)
		KUNIT_EXPECT_EQ(test, t->decision.pieces[i].owner == SR_BUS_WINDOW,
				t->decision.pieces[i].range.start == 0x0c000000);
}

static void ram_is_left_out(struct kunit *test)
{
	static const u64 reg[] = { 0x38000000, SZ_16M, SZ_1G, SZ_64M, 0x80000000, SZ_64M };
	struct sr_test *t = begin(test);

	add_hypervisor(test, t, reg, sizeof(reg));
	decide(test, t);
	KUNIT_EXPECT_TRUE(test, t->decision.meets_ram);
	KUNIT_EXPECT_EQ(test, t->decision.source, SR_SOURCE_PUBLISHED);
	/* Only what is above the host's RAM */
	KUNIT_EXPECT_EQ(test, free_bytes(t), (u64)SZ_64M);
}

static void odd_ranges_do_no_harm(struct kunit *test)
{
	static const u64 reg[] = {
		0x38000000, SZ_16M,
		0x80000000, 0,				/* empty */
		0x90000000, U64_MAX,			/* wraps around */
		0xa0000000, SZ_64M, 0x9f000000, SZ_64M,	/* unordered, overlapping */
		0xb0000001, SZ_4M,			/* unaligned */
		BIT_ULL(50), SZ_64M,			/* not mappable */
	};
	struct sr_test *t = begin(test);

	add_hypervisor(test, t, reg, sizeof(reg));
	decide(test, t);
	KUNIT_EXPECT_EQ(test, t->decision.source, SR_SOURCE_PUBLISHED);
	KUNIT_EXPECT_EQ(test, free_bytes(t), (u64)SZ_64M + SZ_16M + SZ_2M);
}

static void too_many_ranges_are_cut(struct kunit *test)
{
	struct sr_test *t = begin(test);
	u64 *reg = kunit_kcalloc(test, 2 * 301, sizeof(*reg), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, reg);
	for (i = 0; i < 301; i++) {
		reg[2 * i] = 0x80000000 + (u64)i * SZ_4M;
		reg[2 * i + 1] = SZ_2M;
	}
	add_hypervisor(test, t, reg, 2 * 301 * sizeof(*reg));
	decide(test, t);
	KUNIT_EXPECT_GT(test, t->problems, 0);
	KUNIT_EXPECT_EQ(test, t->tree.nr_published, SR_MAX_PUBLISHED);
	KUNIT_EXPECT_EQ(test, free_bytes(t), (u64)SR_MAX_PUBLISHED * SZ_2M);
}

static void deep_tree_balloons(struct kunit *test)
{
	static const u64 reg[] = { 0x38000000, SZ_16M, 0x80000000, SZ_64M };
	struct sr_test *t = begin(test);
	int i;

	add_hypervisor(test, t, reg, sizeof(reg));
	for (i = 0; i < 1000; i++)
		KUNIT_ASSERT_EQ(test, fdt_begin_node(t->fdt, "n"), 0);
	for (i = 0; i < 1000; i++)
		KUNIT_ASSERT_EQ(test, fdt_end_node(t->fdt), 0);
	decide(test, t);
	KUNIT_EXPECT_GT(test, t->problems, 0);
	KUNIT_EXPECT_EQ(test, t->decision.source, SR_SOURCE_BALLOON);
	KUNIT_EXPECT_EQ(test, t->decision.reason, SR_REASON_BAD_TREE);
}

/* RAM, the grant table, and below them 4 KiB of a device. */
static struct sr_test *begin_holes(struct kunit *test)
{
	static const u64 grant_table[] = { 0x38000000, SZ_16M };
	__be64 uart[] = { cpu_to_be64(0x9000000), cpu_to_be64(SZ_4K) };
	struct sr_test *t = begin(test);

	KUNIT_ASSERT_EQ(test, fdt_begin_node(t->fdt, "uart@9000000"), 0);
	KUNIT_ASSERT_EQ(test, fdt_property(t->fdt, "reg", uart, sizeof(uart)), 0);
	KUNIT_ASSERT_EQ(test, fdt_end_node(t->fdt), 0);
	add_hypervisor(test, t, grant_table, sizeof(grant_table));
	return t;
}

/* Row 2: in large gaps, 16 MiB from everything, and whole steps. */
static void holes_not_direct_mapped(struct kunit *test)
{
	struct sr_test *t = begin_holes(test);
	u64 expected = 0;

	t->facts.identity = false;
	add_config(test, t, "holes", false, 0);
	decide(test, t);
	KUNIT_EXPECT_EQ(test, t->decision.row, SR_ROW_HOLES);
	KUNIT_EXPECT_EQ(test, t->decision.source, SR_SOURCE_HOLES);
	expected += 0x9000000 - SZ_16M;				/* below the device */
	expected += 0x38000000 - SZ_16M - (0x9000000 + SZ_16M + SZ_2M);
	expected += 0x40000000 - SZ_16M - (0x39000000 + SZ_16M);
	expected += BIT_ULL(40) - (0x50000000 + SZ_16M);
	KUNIT_EXPECT_EQ(test, free_bytes(t), expected);
}

/* Row 3: above 4 GiB, for the end of the host's RAM is lower. */
static void holes_above_ram(struct kunit *test)
{
	struct sr_test *t = begin_holes(test);

	add_config(test, t, "holes", true, SZ_1G);
	decide(test, t);
	KUNIT_EXPECT_EQ(test, t->decision.row, SR_ROW_HOLES_ABOVE_RAM);
	KUNIT_EXPECT_EQ(test, t->decision.source, SR_SOURCE_HOLES);
	KUNIT_EXPECT_EQ(test, t->decision.evidence, BIT(SR_EVIDENCE_CLAIM));
	KUNIT_EXPECT_EQ(test, free_bytes(t), BIT_ULL(40) - SR_HOLES_START - SZ_1G);
}

static void bad_config_balloons(struct kunit *test)
{
	static const u64 reg[] = { 0x38000000, SZ_16M, 0x80000000, SZ_64M };
	struct sr_test *t = begin(test);

	add_hypervisor(test, t, reg, sizeof(reg));
	add_config(test, t, "hole", true, 0);
	decide(test, t);
	KUNIT_EXPECT_GT(test, t->problems, 0);
	KUNIT_EXPECT_EQ(test, t->decision.row, SR_ROW_BALLOON);
	KUNIT_EXPECT_EQ(test, t->decision.reason, SR_REASON_BAD_CONFIG);
	KUNIT_EXPECT_EQ(test, free_bytes(t), 0ULL);
}

static int refuse_above_44_bits(u64 addr)
{
	return addr >> 44 ? -ERANGE : 0;
}

static void narrower_width_is_found(struct kunit *test)
{
	static const struct sr_range wide = { SR_HOLES_START, BIT_ULL(48) - 1 };
	unsigned int bits = 48;
	u64 bytes;

	KUNIT_EXPECT_EQ(test, sr_find_reach(&wide, &bits, refuse_above_44_bits, &bytes), 0);
	KUNIT_EXPECT_EQ(test, bits, 44);
	KUNIT_EXPECT_EQ(test, bytes, BIT_ULL(44) - SR_HOLES_START);
}

static struct kunit_case sr_cases[] = {
	KUNIT_CASE(published_is_used),
	KUNIT_CASE(bus_window_is_left_out),
	KUNIT_CASE(ram_is_left_out),
	KUNIT_CASE(odd_ranges_do_no_harm),
	KUNIT_CASE(too_many_ranges_are_cut),
	KUNIT_CASE(deep_tree_balloons),
	KUNIT_CASE(holes_not_direct_mapped),
	KUNIT_CASE(holes_above_ram),
	KUNIT_CASE(bad_config_balloons),
	KUNIT_CASE(narrower_width_is_found),
	{ }
};

static struct kunit_suite sr_suite = {
	.name = "xen-safe-ranges",
	.test_cases = sr_cases,
};

kunit_test_suite(sr_suite);
