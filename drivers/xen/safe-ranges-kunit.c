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

#define FDT_BYTES	SZ_64K
#define MAX_CLAIMS	16

/* In every tree: a bus window of 32 MiB */
#define WINDOW		0x0c000000

/* What differs from tree to tree, and what must be decided. */
struct sr_case {
	const char *name;
	u64 published[14];	/* address and size of each range */
	int nr_published;
	int many;		/* more ranges, 2 MiB every 4 MiB */
	int depth;		/* of nodes that hold one another */
	const char *policy;	/* the integrator's, who says nothing if it is NULL */
	bool iommu_protected;
	u64 excluded;		/* bytes from 512 GiB on that the integrator excludes */
	bool not_identity;

	enum sr_row row;
	enum sr_source source;
	enum sr_reason reason;
	unsigned int evidence;
	bool meets_ram;
	bool problems;
	u64 usable;		/* bytes */
	u64 window;		/* bytes that the bus window has of what was looked at */
};

static const struct sr_case sr_params[] = {
	{
		.name = "published is used",
		.nr_published = 1, .published = { 0x80000000, SZ_64M },
		.row = SR_ROW_PUBLISHED, .source = SR_SOURCE_PUBLISHED,
		.reason = SR_REASON_PUBLISHED, .evidence = BIT(SR_EVIDENCE_ABOVE_RAM),
		.usable = SZ_64M,
	}, {
		.name = "bus window is left out",
		.nr_published = 1, .published = { 0x0a200000, 0x5c00000 },
		.row = SR_ROW_PUBLISHED, .source = SR_SOURCE_PUBLISHED,
		.reason = SR_REASON_PUBLISHED,
		.usable = 0x5c00000 - SZ_32M, .window = SZ_32M,
	}, {
		/* Only what is above the host's RAM */
		.name = "RAM is left out",
		.nr_published = 2, .published = { SZ_1G, SZ_64M, 0x80000000, SZ_64M },
		.row = SR_ROW_PUBLISHED, .source = SR_SOURCE_PUBLISHED,
		.reason = SR_REASON_PUBLISHED, .evidence = BIT(SR_EVIDENCE_ABOVE_RAM),
		.meets_ram = true, .usable = SZ_64M,
	}, {
		.name = "odd ranges do no harm",
		.nr_published = 6,
		.published = {
			0x80000000, 0,				/* empty */
			0x90000000, U64_MAX,			/* wraps around */
			0xa0000000, SZ_64M, 0x9f000000, SZ_64M,	/* unordered, overlapping */
			0xb0000001, SZ_4M,			/* unaligned */
			BIT_ULL(50), SZ_64M,			/* not mappable */
		},
		.row = SR_ROW_PUBLISHED, .source = SR_SOURCE_PUBLISHED,
		.reason = SR_REASON_PUBLISHED, .evidence = BIT(SR_EVIDENCE_ABOVE_RAM),
		.usable = SZ_64M + SZ_16M + SZ_2M,
	}, {
		.name = "too many ranges are cut",
		.many = 300,
		.row = SR_ROW_PUBLISHED, .source = SR_SOURCE_PUBLISHED,
		.reason = SR_REASON_PUBLISHED, .evidence = BIT(SR_EVIDENCE_ABOVE_RAM),
		.problems = true, .usable = SR_MAX_PUBLISHED * SZ_2M,
	}, {
		.name = "deep tree balloons",
		.nr_published = 1, .published = { 0x80000000, SZ_64M }, .depth = 1000,
		.row = SR_ROW_BALLOON, .source = SR_SOURCE_BALLOON,
		.reason = SR_REASON_BAD_TREE, .problems = true,
	}, {
		/* Row 2: in large gaps, 16 MiB from everything, and whole steps */
		.name = "holes, not direct-mapped",
		.policy = "holes", .not_identity = true,
		.row = SR_ROW_HOLES, .source = SR_SOURCE_HOLES,
		.reason = SR_REASON_HOLES, .evidence = BIT(SR_EVIDENCE_NOT_IDENTITY),
		.usable = WINDOW - SZ_16M +
			  (0x20000000 - SZ_16M) - (WINDOW + SZ_32M + SZ_16M) +
			  (0x38000000 - SZ_16M) - (0x20000000 + SZ_16M + SZ_2M) +
			  (0x40000000 - SZ_16M) - (0x39000000 + SZ_16M) +
			  BIT_ULL(40) - (0x50000000 + SZ_16M),
		.window = SZ_32M,
	}, {
		/* Row 3: above 4 GiB, for the end of the host's RAM is lower */
		.name = "holes above RAM",
		.policy = "holes", .iommu_protected = true, .excluded = SZ_1G,
		.row = SR_ROW_HOLES_ABOVE_RAM, .source = SR_SOURCE_HOLES,
		.reason = SR_REASON_HOLES, .evidence = BIT(SR_EVIDENCE_CLAIM),
		.usable = BIT_ULL(40) - SR_HOLES_START - SZ_1G,
	}, {
		.name = "bad config balloons",
		.nr_published = 1, .published = { 0x80000000, SZ_64M },
		.policy = "hole", .iommu_protected = true,
		.row = SR_ROW_BALLOON, .source = SR_SOURCE_BALLOON,
		.reason = SR_REASON_BAD_CONFIG, .problems = true,
	},
};

static void describe(const struct sr_case *c, char *text)
{
	strscpy(text, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sr, sr_params, describe);

/* A test's tree, what was read from it and what was decided. */
struct sr_test {
	u8 fdt[FDT_BYTES] __aligned(8);
	struct sr_claim claims[SR_MAX_CLAIMS(MAX_CLAIMS)];
	struct sr_piece pieces[SR_MAX_PIECES(MAX_CLAIMS)];
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

/* Below the root, a node of a kind with a region in its reg. Its offset, or an error. */
static int add_node(void *fdt, const char *name, const char *property, const char *kind,
		    u64 start, u64 size)
{
	int node = fdt_add_subnode(fdt, 0, name);

	return fdt_setprop_string(fdt, node, property, kind) ?:
	       fdt_appendprop_u64(fdt, node, "reg", start) ?:
	       fdt_appendprop_u64(fdt, node, "reg", size) ?: node;
}

static void make_tree(struct kunit *test, void *fdt, const struct sr_case *c)
{
	int i, node, err = fdt_create_empty_tree(fdt, FDT_BYTES);

	err |= fdt_setprop_u32(fdt, 0, "#address-cells", 2);
	err |= fdt_setprop_u32(fdt, 0, "#size-cells", 2);
	node = add_node(fdt, "memory@40000000", "device_type", "memory", SZ_1G, SZ_256M);
	KUNIT_ASSERT_GE(test, node, 0);
	node = add_node(fdt, "uart@20000000", "compatible", "arm,pl011", 0x20000000, SZ_4K);
	KUNIT_ASSERT_GE(test, node, 0);

	node = fdt_add_subnode(fdt, 0, "platform-bus@c000000");
	err |= fdt_setprop_u32(fdt, node, "#address-cells", 1);
	err |= fdt_setprop_u32(fdt, node, "#size-cells", 1);
	/* Two cells of the parent's between one cell each */
	err |= fdt_appendprop_u64(fdt, node, "ranges", 0);
	err |= fdt_appendprop_u64(fdt, node, "ranges", (u64)WINDOW << 32 | SZ_32M);

	/* Region 0 is for the grant table. */
	node = add_node(fdt, "hypervisor", "compatible", "xen,xen", 0x38000000, SZ_16M);
	for (i = 0; i < 2 * c->nr_published; i++)
		err |= fdt_appendprop_u64(fdt, node, "reg", c->published[i]);
	for (i = 0; i < c->many; i++) {
		err |= fdt_appendprop_u64(fdt, node, "reg", 0x80000000 + (u64)i * SZ_4M);
		err |= fdt_appendprop_u64(fdt, node, "reg", SZ_2M);
	}

	if (c->policy) {
		node = fdt_add_subnode(fdt, 0, "unpopulated-memory");
		err |= fdt_setprop_string(fdt, node, "compatible", "xen,unpopulated-memory");
		err |= fdt_setprop_string(fdt, node, "xen,policy", c->policy);
	}
	if (c->excluded) {
		err |= fdt_appendprop_u64(fdt, node, "xen,exclude", BIT_ULL(39));
		err |= fdt_appendprop_u64(fdt, node, "xen,exclude", c->excluded);
	}
	if (c->iommu_protected)
		err |= fdt_setprop_empty(fdt, node, "xen,iommu-protected");

	for (i = 0, node = 0; i < c->depth; i++)
		node = fdt_add_subnode(fdt, node, "n");
	KUNIT_ASSERT_GE(test, node, 0);
	KUNIT_ASSERT_EQ(test, err, 0);
}

static void tree_is_decided(struct kunit *test)
{
	const struct sr_case *c = test->param_value;
	struct sr_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	u64 bytes[SR_OWNERS] = { };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->tree.claims = t->claims;
	t->tree.max_claims = ARRAY_SIZE(t->claims);
	t->tree.problem = count_problem;
	t->tree.context = t;
	t->decision.pieces = t->pieces;
	t->decision.max_pieces = ARRAY_SIZE(t->pieces);
	t->facts = (struct sr_facts){
		.initial_domain = true,
		.identity = !c->not_identity,
		.host_ram_end = 2ULL * SZ_1G,
		.mappable = { 0, BIT_ULL(40) - 1 },
		.align = SZ_2M,
	};

	make_tree(test, t->fdt, c);
	KUNIT_ASSERT_EQ(test, sr_read_tree(&t->tree, t->fdt), 0);
	KUNIT_ASSERT_EQ(test, sr_decide(&t->facts, &t->tree, &t->decision), 0);

	for (i = 0; i < t->decision.nr_pieces; i++) {
		const struct sr_piece *piece = &t->pieces[i];

		bytes[piece->owner] += piece->range.last - piece->range.start + 1;
		if (piece->owner == SR_BUS_WINDOW)
			KUNIT_EXPECT_EQ(test, piece->range.start, WINDOW);
	}
	KUNIT_EXPECT_EQ(test, t->decision.row, c->row);
	KUNIT_EXPECT_EQ(test, t->decision.source, c->source);
	KUNIT_EXPECT_EQ(test, t->decision.reason, c->reason);
	KUNIT_EXPECT_EQ(test, t->decision.evidence, c->evidence);
	KUNIT_EXPECT_EQ(test, t->decision.iommu, c->evidence != 0);
	KUNIT_EXPECT_EQ(test, t->decision.meets_ram, c->meets_ram);
	KUNIT_EXPECT_EQ(test, t->problems > 0, c->problems);
	KUNIT_EXPECT_EQ(test, bytes[SR_FREE], c->usable);
	KUNIT_EXPECT_EQ(test, bytes[SR_BUS_WINDOW], c->window);
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
	KUNIT_CASE_PARAM(tree_is_decided, sr_gen_params),
	KUNIT_CASE(narrower_width_is_found),
	{ }
};

static struct kunit_suite sr_suite = {
	.name = "xen-safe-ranges",
	.test_cases = sr_cases,
};

kunit_test_suite(sr_suite);
