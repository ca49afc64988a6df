// SPDX-License-Identifier: GPL-2.0
/* Reading device trees: from trees/, made here, and damaged. */
#include <libfdt.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../tap.h"
#include "check.h"
#include "tree.h"

#define ARENA		(1 << 20)
#define GUARD		(1 << 16)

/* A tree that is made or changed; what was read last, until something else is. */
static char buf[ARENA];
static struct tree tree;

static const struct sr_facts dom0 = {
	.initial_domain = true,
	.identity = true,
	.host_ram_end = 0xc0000000,
	.mappable = { 0, (1ULL << 44) - 1 },
	.align = 0x200000,
};

/*
 * A copy that ends where no memory is, for libfdt is not under the sanitizers.
 * It lasts until the next one is made.
 */
static void *place(const void *data, size_t size)
{
	static char *arena;
	char *copy;

	if (!arena) {
		arena = mmap(NULL, ARENA + GUARD, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(arena, MAP_FAILED);
		assert_int_equal(mprotect(arena + ARENA, GUARD, PROT_NONE), 0);
	}
	ASAN_UNPOISON_MEMORY_REGION(arena, ARENA);
	copy = arena + ARENA - ((size + 7) & ~7UL);
	memcpy(copy, data, size);
	ASAN_POISON_MEMORY_REGION(arena, copy - arena);
	ASAN_POISON_MEMORY_REGION(copy + size, arena + ARENA - (copy + size));
	return copy;
}

/* Load trees/@name.dtb into buf. */
static size_t load(const char *name)
{
	char path[64];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "trees/%s.dtb", name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("cannot open %s", path);
	size = fread(buf, 1, sizeof(buf), file);
	fclose(file);
	assert_true(whole_tree(buf, size));
	return size;
}

/* Read @fdt, and forget what was read before. */
static void read_at(const void *fdt)
{
	free_tree(&tree);
	read_tree(&tree, fdt);
}

static void read_buf(void)
{
	read_at(place(buf, fdt_totalsize(buf)));
}

/* Decide on what was read; checks the decision, which lasts until the next one. */
static const struct sr_decision *decide_tree(const struct sr_facts *facts)
{
	static struct sr_decision decision;
	const char *err = decide(facts, &tree.dt, &decision);

	if (err)
		fail_msg("%s", err);
	return &decision;
}

/* Read a tree that may be damaged in any way: nothing bad happens. Was it noticed? */
static bool read_any(const void *fdt)
{
	read_at(fdt);
	decide_tree(&dom0);
	assert_true(!tree.dt.bad || tree.nr_problems > 0);
	assert_true(tree.dt.nr_published <= SR_MAX_PUBLISHED);
	return tree.dt.bad;
}

static const char *path_of(int node)
{
	static char path[1024];

	if (node < 0 || fdt_get_path(tree.fdt, node, path, sizeof(path)))
		return "";
	return path;
}

/* As add_text() does it, with the path of the node. */
static void add_with_path(char text[TEXT_SIZE], struct sr_range range, enum sr_owner owner,
			  int node)
{
	char at[1024] = " ";

	strcat(at, path_of(node));
	add_text(text, range, owner, at[1] ? at : "");
}

/* Claims are as in check.h, problems "/node:property /node:property". */
static void expect(const char *claims, const char *problems)
{
	char text[TEXT_SIZE] = "";
	unsigned int i;
	size_t n;

	assert_false(tree.dt.bad);
	for (i = 0; i < tree.dt.nr_claims; i++)
		add_with_path(text, tree.dt.claims[i].range, tree.dt.claims[i].owner,
			      tree.dt.claims[i].node);
	assert_string_equal(text, claims);
	assert_true(tree.nr_problems <= MAX_PROBLEMS);
	text[0] = 0;
	for (i = 0; i < tree.nr_problems; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, "%s%s:%s", i ? " " : "",
			 path_of(tree.problems[i].node), tree.problems[i].property);
	}
	assert_string_equal(text, problems);
}

/* "1000-1fff 3000-3fff"; "none" for what is no range, whatever it says. */
static void expect_ranges(const struct sr_range *ranges, unsigned int nr, const char *want)
{
	char text[TEXT_SIZE] = "";
	unsigned int i;

	for (i = 0; i < nr; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n,
			 ranges[i].last < ranges[i].start ? "%snone" : "%s%llx-%llx",
			 i ? " " : "", (unsigned long long)ranges[i].start,
			 (unsigned long long)ranges[i].last);
	}
	assert_string_equal(text, want);
}

static void expect_published(const char *published)
{
	expect_ranges(tree.dt.published, tree.dt.nr_published, published);
}

/* What became of all bytes that were looked at. */
static const struct sr_decision *expect_pieces(const struct sr_facts *facts, const char *pieces)
{
	const struct sr_decision *d = decide_tree(facts);
	char text[TEXT_SIZE] = "";
	unsigned int i;

	for (i = 0; i < d->nr_pieces; i++)
		add_with_path(text, d->pieces[i].range, d->pieces[i].owner, d->pieces[i].node);
	assert_string_equal(text, pieces);
	return d;
}

/* Trees in trees/, and all that is to be read from them. */
static const struct want {
	const char *name, *claims;
	const char *published;	/* NULL: no node of Xen's */
	const char *problems;	/* NULL: none */
	bool unclear;
} wants[] = {
	{ "nested",
	  "10000000-10ffffff bus /soc@10000000, 800000000-80fffffff bus /soc@10000000, "
	  "10009000-10009fff reg /soc@10000000/uart@9000, "
	  "800000000-8000000ff reg /soc@10000000/uart@9000, "
	  "10100000-101fffff bus /soc@10000000/bus@100000, "
	  "10104000-10104fff reg /soc@10000000/bus@100000/timer@4000, "
	  "10200000-10200fff reg /soc@10000000/bus@200000/gpio@200000, "
	  "10201000-10201fff reg /soc@10000000/bus@200000/bus/rtc@201000, "
	  "10300000-10300fff reg /soc@10000000/localbus@300000, "
	  "10400000-1040ffff bus /soc@10000000/localbus@300000, "
	  "800100000-80010ffff bus /soc@10000000/localbus@300000, "
	  "800100000-80010ffff reg /soc@10000000/localbus@300000/flash@1,0, "
	  "10500000-10500fff bus /soc@10000000/mc@500000, "
	  "10600000-10600fff bus /soc@10000000/mc@500000, "
	  "10600100-106001ff reg /soc@10000000/mc@500000/portal@100, "
	  "10301000-10301fff reg /soc@10000000/i2c@301000, "
	  "20000000-20000fff reg /amba/dma@20000000, fffffffffffff000-end reg /top, "
	  "ffffffffffff0000-end reg /top" },
	{ "cells-1",
	  "40000000-4fffffff ram /memory@40000000, ffff0000-ffffffff reg /uart@ffff0000, "
	  "20000000-20ffffff bus /bus, 20001000-20001fff reg /bus/spi@100001000, "
	  "38000000-38ffffff grants /hypervisor",
	  "60000000-63ffffff" },
	{ "cells-default",
	  "100009000-100009fff reg /uart, 38000000-38ffffff grants /hypervisor",
	  "100000000-103ffffff" },
	{ "cells-3",
	  "9000-9fff reg /uart, ffffffff00000000-end reg /large, "
	  "38000000-38ffffff grants /hypervisor",
	  "100000000-103ffffff none none", "/far:reg", true },
	{ "pci",
	  "4010000000-401fffffff reg /pcie@10000000, 3eff0000-3effffff pci /pcie@10000000, "
	  "10000000-3efeffff pci /pcie@10000000, 8000000000-ffffffffff pci /pcie@10000000, "
	  "901000000-901000fff reg /soc/pcie@1000000, 0-fffff peers /soc/pcie@1000000, "
	  "902000000-9020fffff pci /soc/pcie@1000000, "
	  "5000000000-5000000fff reg /pcie@20000000" },
	{ "reserved",
	  "48000000-4800ffff reserved, 880000000-880000fff reserved, "
	  "40000000-47ffffff ram /memory@40000000, 60000000-6fffffff ram /memory@40000000, "
	  "880000000-97fffffff ram /memory@880000000, "
	  "41000000-410fffff reserved /reserved-memory/firmware@41000000, "
	  "42000000-42000fff reserved /reserved-memory/firmware@41000000, "
	  "30000000-307fffff reserved /reserved-memory/video@30000000, "
	  "9000000-9000fff reg /uart@9000000, "
	  "a000000-a000fff reg /soc/reserved-memory/rom@a000000, "
	  "b000000-b000fff reg /reserved-memory-unit/port@b000000" },
	{ "windows",
	  "40000000-4fffffff ram /memory@40000000, c000000-dffffff bus /platform-bus@c000000, "
	  "100000000-13fffffff bus /bus@100000000, 9000000-9000fff reg /soc@0/uart@9000000, "
	  "20000000-200fffff bus /soc@0/bus@20000000, 40000000-5fffffff bus /ahb@40000000, "
	  "50000000-50ffffff reg /ahb@40000000/gpu@50000000, 38000000-38ffffff grants /hypervisor",
	  "b000000-fffffff 1fe00000-203fffff 50000000-5fffffff" },
	/* What cannot be read is reported, and the rest is read. */
	{ "broken",
	  "20000000-20000fff bus /bus@20000000, 20000fff-20000fff reg /bus@20000000/uart@1000, "
	  "20000000-20000fff bus /bus@20000000/mc, 9000000-9000fff reg /uart@9000000, "
	  "9004000-9004fff reg /uart@9004000",
	  NULL,
	  "/bad-ranges:ranges /bad-ranges/uart@0:reg /bad-ranges/bus:ranges "
	  "/bad-ranges/bus/uart@0:reg /bad-ranges/forwards/uart@0:reg /five-cells:#address-cells "
	  "/five-cells/uart@0:reg /two-counts:#size-cells /two-counts/uart@0:reg "
	  "/no-cells/uart@0:reg /bus@20000000/uart@1000:reg /bus@20000000/uart@1000:reg "
	  "/bus@20000000/bus@2000:ranges /bus@20000000/mc/portal@100:reg /uart@9000000:reg "
	  "/uart@9002000:reg",
	  true },
	{ "hypervisor",
	  "38000000-38ffffff grants /hypervisor",
	  "100000000-17fffffff c0000000-c3ffffff fffffffffff00000-ffffffffffffffff "
	  "none none none" },
};

static void test_tree(void **state)
{
	const struct want *want = *state;

	load(want->name);
	read_buf();
	expect(want->claims, want->problems ?: "");
	assert_int_equal(tree.dt.unclear, want->unclear);
	assert_int_equal(tree.dt.xen < 0, !want->published);
	expect_published(want->published ?: "");
}

static void test_windows(void **state)
{
	load("windows");
	read_buf();
	/* The last window has RAM in it, what is on the bus counts. */
	assert_false(expect_pieces(&dom0,
		"b000000-bffffff free, c000000-dffffff bus /platform-bus@c000000, "
		"e000000-fffffff free, 1fe00000-1fffffff free, "
		"20000000-200fffff bus /soc@0/bus@20000000, 20100000-201fffff unaligned, "
		"20200000-203fffff free, 50000000-50ffffff reg /ahb@40000000/gpu@50000000, "
		"51000000-5fffffff free")->meets_ram);
}

/* All callbacks may be missing; where there is no room nothing is written. */
static void test_no_room(void **state)
{
	const void *fdt = place(buf, load("nested"));
	struct sr_claim claims[2] = { };
	struct sr_tree tree = { };
	struct sr_piece piece;
	struct sr_decision d = { .pieces = &piece, .max_pieces = 1 };

	assert_int_equal(sr_read_tree(&tree, fdt), -ENOSPC);
	assert_int_equal(tree.nr_claims, 0);
	tree.claims = claims;
	tree.max_claims = 1;
	assert_int_equal(sr_read_tree(&tree, fdt), -ENOSPC);
	assert_int_equal(tree.nr_claims, 1);
	assert_int_equal(claims[0].owner, SR_BUS_WINDOW);
	assert_int_equal(claims[1].owner, SR_FREE);

	/* For what it adds itself, and for pieces. */
	assert_int_equal(sr_decide(&dom0, &tree, &d), -ENOSPC);
	d.max_pieces = SR_MAX_PIECES(1);
	assert_int_equal(sr_decide(&dom0, &tree, &d), -ENOSPC);
	assert_int_equal(tree.nr_claims, 1);
}

/* Read trees/hypervisor with another reg, or none. */
static void read_with_reg(const void *reg, int len)
{
	int node;

	load("hypervisor");
	assert_int_equal(fdt_open_into(buf, buf, sizeof(buf)), 0);
	node = fdt_path_offset(buf, "/hypervisor");
	if (reg)
		assert_int_equal(fdt_setprop(buf, node, "reg", reg, len), 0);
	else
		assert_int_equal(fdt_delprop(buf, node, "reg"), 0);
	assert_int_equal(fdt_pack(buf), 0);
	read_buf();
}

/* Regions of 1 MiB, 2 MiB apart, with 0 the grant table. */
static const fdt64_t *regions(void)
{
	static fdt64_t reg[2 * 301];
	int i;

	for (i = 0; i < 301; i++) {
		reg[2 * i] = cpu_to_fdt64(0x40000000ULL + i * 0x200000ULL);
		reg[2 * i + 1] = cpu_to_fdt64(0x100000);
	}
	return reg;
}

static void test_published_reg(void **state)
{
	static const struct {
		int len, nr, nr_claims, nr_problems;
	} cases[] = {
		{ 0, 0, 0, 0 },
		{ 4, 0, 0, 2 },		/* one in each pass: less than the grant table */
		{ 16, 0, 1, 0 },	/* the grant table */
		{ 20, 0, 1, 2 },
		{ 28, 0, 1, 2 },
		{ 32, 1, 1, 0 },
		{ 47, 1, 1, 2 },
		{ 16 * 256, 255, 1, 0 },
		{ 16 * 257, 256, 1, 0 },
		{ 16 * 258, 256, 1, 1 },	/* too many */
		{ 16 * 301, 256, 1, 1 },
	};
	unsigned int i, r;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		read_with_reg(regions(), cases[i].len);
		assert_false(tree.dt.bad);
		assert_int_equal(tree.dt.nr_published, cases[i].nr);
		assert_int_equal(tree.dt.nr_claims, cases[i].nr_claims);
		assert_int_equal(tree.nr_problems, cases[i].nr_problems);
		for (r = 0; r < tree.dt.nr_published; r++) {
			u64 start = 0x40000000 + (r + 1) * 0x200000ULL;

			assert_int_equal(tree.dt.published[r].start, start);
			assert_int_equal(tree.dt.published[r].last, start + 0xfffff);
		}
	}
}

/* No reg, and no node at all: not the same. */
static void test_published_missing(void **state)
{
	read_with_reg(NULL, 0);
	expect("", "/hypervisor:reg");
	expect_published("");
	assert_int_equal(decide_tree(&dom0)->reason, SR_REASON_NONE_PUBLISHED);

	load("hypervisor");
	assert_int_equal(fdt_del_node(buf, fdt_path_offset(buf, "/hypervisor")), 0);
	read_buf();
	expect("", "");
	expect_published("");
	assert_true(tree.dt.xen < 0);
	assert_int_equal(decide_tree(&dom0)->reason, SR_REASON_NO_NODE);
}

/* Bad cell counts at the root: nothing is published, and reg is reported. */
static void test_published_cells(void **state)
{
	static const char * const properties[] = { "#address-cells", "#size-cells" };
	static const u32 counts[] = { 0, 5, ~0U };
	int i;

	for (i = 0; i < 6; i++) {
		load("hypervisor");
		assert_int_equal(fdt_setprop_inplace_u32(buf, 0, properties[i % 2],
							 counts[i / 2]), 0);
		read_buf();
		assert_int_equal(tree.dt.nr_published, 0);
		assert_true(tree.nr_problems > 0);
	}
}

/*
 * The window of platform-bus, where QEMU puts devices later, is never free;
 * what is before it is, as far as this kernel can map it.
 */
static void test_qemu_virt(void **state)
{
	struct sr_facts facts = dom0;
	const struct sr_decision *d;
	int identity;

	load("qemu-virt");
	read_buf();
	assert_false(tree.dt.bad);
	assert_int_equal(tree.nr_problems, 0);
	assert_int_equal(tree.dt.nr_published, 3);
	for (identity = 0; identity < 2; identity++) {
		facts.identity = identity;
		d = expect_pieces(&facts, "a200000-bffffff free, "
			"c000000-dffffff bus /platform-bus@c000000, e000000-fdfffff free, "
			"c0000000-400fdfffff free, 4020000000-7fffdfffff free");
		assert_int_equal(d->reason, SR_REASON_PUBLISHED);
		assert_true(d->iommu);
		assert_false(d->meets_ram);
	}

	/* The linear map begins with RAM, and Xen tells of 40 bits. */
	facts.mappable = (struct sr_range){ 0x40000000, (1ULL << 38) - 1 };
	expect_pieces(&facts, "a200000-fdfffff unmappable, c0000000-3fffffffff free, "
		      "4000000000-400fdfffff unmappable, 4020000000-7fffdfffff unmappable");
}

/* A property as it is: strings, and cells in the CPU's order. */
struct prop {
	const char *name;
	const void *value;
	int len;
	bool cells;
};

#define STRING(name, value)	{ name, value, sizeof(value), false }
#define CELLS(name, ...)	\
	{ name, (const u32[]){ __VA_ARGS__ }, sizeof((const u32[]){ __VA_ARGS__ }), true }
#define EMPTY(name)		{ name, "", 0, false }

/* Properties of a node, the last one has no name. */
#define PROPS(...)		((const struct prop[]){ __VA_ARGS__, { } })
#define NO_PROPS		((const struct prop[]){ { } })
#define XEN			STRING("compatible", "xen,xen")

static void add_prop(const struct prop *prop)
{
	char *value;
	int i;

	assert_int_equal(fdt_property_placeholder(buf, prop->name, prop->len, (void **)&value), 0);
	memcpy(value, prop->value, prop->len);
	for (i = 0; prop->cells && i < prop->len; i += sizeof(u32))
		fdt32_st(value + i, ((const u32 *)prop->value)[i / sizeof(u32)]);
}

static void begin_node(const char *name, const struct prop *props)
{
	assert_int_equal(fdt_begin_node(buf, name), 0);
	for (; props->name; props++)
		add_prop(props);
}

static void end_nodes(int n)
{
	while (n--)
		assert_int_equal(fdt_end_node(buf), 0);
}

static void add_node(const char *name, const struct prop *props)
{
	begin_node(name, props);
	end_nodes(1);
}

/* Start a tree in buf with these properties of the root. */
static void begin_tree(const struct prop *root)
{
	assert_int_equal(fdt_create(buf, sizeof(buf)), 0);
	assert_int_equal(fdt_finish_reservemap(buf), 0);
	begin_node("", root);
}

/* One cell for addresses and for sizes. */
#define ONE_CELL	PROPS(CELLS("#address-cells", 1), CELLS("#size-cells", 1))

/* End the root, and read the tree. */
static void end_tree(void)
{
	end_nodes(1);
	assert_int_equal(fdt_finish(buf), 0);
	read_buf();
}

/* 65 ranges, of which all but one are what a list can hold, and these as text. */
static u32 many[65 * 4];
static char most[TEXT_SIZE];

/* What is asked for, good and bad; where it is bad, the property that is said so of. */
static const struct {
	struct prop props[4];
	const char *problem;
	enum sr_policy policy;
	bool iommu_protected;
	const char *allow, *exclude;	/* NULL: none */
} config_cases[] = {
	{ .policy = SR_POLICY_AUTO },
	{ { STRING("xen,policy", "auto") }, .policy = SR_POLICY_AUTO },
	{ { STRING("xen,policy", "published") }, .policy = SR_POLICY_PUBLISHED },
	{ { STRING("xen,policy", "holes"), STRING("status", "okay") }, .policy = SR_POLICY_HOLES },
	{ { STRING("xen,policy", "balloon"), STRING("status", "ok") },
	  .policy = SR_POLICY_BALLOON },
	{ { EMPTY("xen,iommu-protected") }, .iommu_protected = true },
	{ { CELLS("xen,allow", 1, 2, 0, 0x1000, 0, 0, 0xffffffff, 0xffffffff) },
	  .allow = "100000002-100001001 0-fffffffffffffffe" },
	{ { CELLS("xen,exclude", 0xffffffff, 0xffffffff, 0, 1, 0, 1, 0xffffffff, 0xffffffff) },
	  .exclude = "ffffffffffffffff-ffffffffffffffff 1-ffffffffffffffff" },
	{ { { "xen,exclude", many, 64 * 16, true } }, .exclude = most },
	{ { { "xen,allow", many, 64 * 16, true } }, .allow = most },

	{ { STRING("xen,policy", "hole") }, "xen,policy" },
	{ { STRING("xen,policy", "Holes") }, "xen,policy" },
	{ { STRING("xen,policy", "") }, "xen,policy" },
	{ { EMPTY("xen,policy") }, "xen,policy" },
	{ { STRING("xen,policy", "holes\0") }, "xen,policy" },
	{ { STRING("xen,policy", "holes\0balloon") }, "xen,policy" },
	{ { { "xen,policy", "holes", 5, false } }, "xen,policy" },	/* no end */
	{ { CELLS("xen,policy", SR_POLICY_HOLES) }, "xen,policy" },
	{ { EMPTY("xen,allow") }, "xen,allow" },
	{ { EMPTY("xen,exclude") }, "xen,exclude" },
	{ { CELLS("xen,allow", 0, 0, 0) }, "xen,allow" },
	{ { CELLS("xen,exclude", 0, 0, 0, 0x1000, 0, 0x2000) }, "xen,exclude" },
	{ { { "xen,exclude", many, 15, false } }, "xen,exclude" },
	{ { CELLS("xen,allow", 0, 0, 0, 0) }, "xen,allow" },
	{ { CELLS("xen,exclude", 0, 0x1000, 0, 0x1000, 0, 0x2000, 0, 0) }, "xen,exclude" },
	{ { CELLS("xen,exclude", 0xffffffff, 0xffffffff, 0, 2) }, "xen,exclude" },
	{ { CELLS("xen,allow", 0, 2, 0xffffffff, 0xffffffff) }, "xen,allow" },
	{ { { "xen,exclude", many, 65 * 16, true } }, "xen,exclude" },
	{ { { "xen,allow", many, 65 * 16, true } }, "xen,allow" },
	{ { CELLS("xen,iommu-protected", 1) }, "xen,iommu-protected" },
	{ { STRING("xen,iommu-protected", "yes") }, "xen,iommu-protected" },
	{ { EMPTY("xen,iommu-masters") }, "xen,iommu-masters" },
	{ { CELLS("xen,iommu-masters", 1) }, "xen,iommu-masters" },
	{ { CELLS("xen,iommu-masters", 1, 8, 1) }, "xen,iommu-masters" },
	{ { CELLS("xen,iommu-masters", 1, 8, 1, 0x10000) }, "xen,iommu-masters" },
	{ { { "xen,iommu-masters", "12345", 5, false } }, "xen,iommu-masters" },
	{ { CELLS("reg", 0x1000, 0x1000) }, "reg" },
	{ { EMPTY("reg") }, "reg" },
};

/* At the root, in /chosen, deeper: all that Xen passes through. */
static void test_config(void **state)
{
	static const char * const paths[] = { "/config", "/chosen/config", "/chosen/a/config" };
	unsigned int i, n = 0;
	int depth;

	for (i = 0; i < 65; i++) {
		many[4 * i + 1] = (i + 1) * 0x1000;
		many[4 * i + 3] = 1;
		if (i < 64)
			n += sprintf(most + n, "%s%x000-%x000", i ? " " : "", i + 1, i + 1);
	}
	for (i = 0; i < 3 * ARRAY_SIZE(config_cases); i++) {
		const typeof(config_cases[0]) *want = &config_cases[i / 3];
		const struct sr_config *config = &tree.dt.config;
		const struct sr_decision *d;

		begin_tree(ONE_CELL);
		for (depth = 0; depth < (int)i % 3; depth++)
			begin_node(depth ? "a" : "chosen", NO_PROPS);
		begin_node("config", want->props);
		add_prop(&(struct prop)STRING("compatible", "acme,config\0xen,unpopulated-memory"));
		end_nodes(1 + i % 3);
		add_node("hypervisor",
			 PROPS(XEN, CELLS("reg", 0x1000, 0x1000, 0x200000, 0x200000)));
		end_tree();

		assert_string_equal(path_of(config->node), paths[i % 3]);
		assert_int_equal(config->broken, !!want->problem);
		d = decide_tree(&dom0);
		if (want->problem) {
			/* the first one; its reg is no reg of a device to read_claims */
			assert_true(tree.nr_problems >= 1);
			assert_int_equal(tree.problems[0].node, config->node);
			assert_string_equal(tree.problems[0].property, want->problem);
			assert_int_equal(d->source, SR_SOURCE_BALLOON);
			assert_int_equal(d->reason, SR_REASON_BAD_CONFIG);
		} else {
			assert_int_equal(tree.nr_problems, 0);
			assert_int_equal(config->policy, want->policy);
			assert_int_equal(config->iommu_protected, want->iommu_protected);
			assert_int_equal(config->has_allow, !!want->allow);
			expect_ranges(config->allow.ranges, config->allow.nr, want->allow ?: "");
			expect_ranges(config->exclude.ranges, config->exclude.nr,
				      want->exclude ?: "");
			assert_int_not_equal(d->reason, SR_REASON_BAD_CONFIG);
		}
	}
}

static void test_masters(void **state)
{
	const struct sr_config *config = &tree.dt.config;
	u32 phandle, id;

	begin_tree(ONE_CELL);
	add_node("config", PROPS(STRING("compatible", "xen,unpopulated-memory"),
				 CELLS("xen,iommu-masters", 7, 8, 7, 0xffff, 9, 0)));
	end_tree();
	assert_false(config->broken);
	for (phandle = 0; phandle < 10; phandle++)
		for (id = 0; id <= 0x10000; id++)
			assert_int_equal(sr_lists_master(config, phandle, id),
					 (phandle == 7 && (id == 8 || id == 0xffff)) ||
					 (phandle == 9 && !id));
}

/* Several nodes: those that are disabled are not there, of the others only one is. */
static void test_config_nodes(void **state)
{
#define NODE	STRING("compatible", "xen,unpopulated-memory")
	static const struct prop nodes[][3] = {
		/* three that are enabled */
		{ NODE },
		{ NODE, STRING("status", "okay") },
		{ NODE, STRING("status", "ok") },
		{ NODE, STRING("status", "disabled") },
		{ NODE, STRING("status", "fail") },
		{ NODE, STRING("status", "reserved") },
		{ NODE, STRING("status", "okay ") },
		{ NODE, STRING("status", "") },
	};
#undef NODE
	unsigned int a, b;

	for (a = 0; a < ARRAY_SIZE(nodes); a++) {
		for (b = 0; b < ARRAY_SIZE(nodes); b++) {
			begin_tree(ONE_CELL);
			add_node("a", nodes[a]);
			add_node("b", nodes[b]);
			end_tree();
			assert_string_equal(path_of(tree.dt.config.node),
					    a < 3 ? "/a" : b < 3 ? "/b" : "");
			assert_int_equal(tree.dt.config.broken, a < 3 && b < 3);
			assert_int_equal(tree.nr_problems, a < 3 && b < 3);
		}
	}
}

/* All of it in one tree, and what comes of it. */
static void test_all_config(void **state)
{
	const struct sr_decision *d;

	load("config");
	read_buf();
	assert_int_equal(tree.nr_problems, 0);
	/* An IOMMU is visible: the claim is not true. */
	d = decide_tree(&dom0);
	assert_int_equal(d->reason, SR_REASON_IOMMU_VISIBLE);
	assert_true(d->contradicted);

	assert_int_equal(fdt_open_into(buf, buf, sizeof(buf)), 0);
	assert_int_equal(fdt_del_node(buf, fdt_path_offset(buf, "/iommu@9050000")), 0);
	assert_int_equal(fdt_pack(buf), 0);
	read_buf();
	d = expect_pieces(&dom0, "0-bfffffff host-ram, c0000000-ffffffff not-allowed, "
			  "100000000-1ffffffff free, 200000000-23fffffff excluded, "
			  "240000000-3ffffffff free, 400000000-fffffffff not-allowed, "
			  "1000000000-1fffffffff free, 2000000000-end not-allowed");
	assert_int_equal(d->reason, SR_REASON_HOLES);
	assert_int_equal(d->row, SR_ROW_HOLES_ABOVE_RAM);
}

/* Which of these are IOMMUs? */
static const struct {
	const char *name;
	struct prop props[3];
	bool found;
} iommu_nodes[] = {
	{ "smmu", { CELLS("#iommu-cells", 1) }, true },
	{ "off", { CELLS("#iommu-cells", 1), STRING("status", "disabled") }, false },
	{ "on", { CELLS("#iommu-cells", 1), STRING("status", "okay") }, true },
	{ "grants", { CELLS("#iommu-cells", 1), STRING("compatible", "xen,grant-dma") }, false },
	{ "grants2", { CELLS("#iommu-cells", 1), STRING("compatible", "a\0xen,grant-dma") },
	  false },
	{ "almost", { CELLS("#iommu-cells", 1), STRING("compatible", "xen,grant-dma2") }, true },
	{ "el2", { CELLS("#iommu-cells", 0), STRING("compatible", "xen,iommu-el2-v1") }, false },
	{ "master", { CELLS("iommus", 1), STRING("compatible", "arm,smmu-v3") }, false },
	{ "odd", { EMPTY("#iommu-cells") }, true },
};

static void test_iommu(void **state)
{
	unsigned int i, from, first;
	char path[32];

	/* All of them, or but the first, second ... */
	for (from = 0; from <= ARRAY_SIZE(iommu_nodes); from++) {
		first = from;
		while (first < ARRAY_SIZE(iommu_nodes) && !iommu_nodes[first].found)
			first++;
		begin_tree(ONE_CELL);
		begin_node("bus", NO_PROPS);
		for (i = from; i < ARRAY_SIZE(iommu_nodes); i++)
			add_node(iommu_nodes[i].name, iommu_nodes[i].props);
		end_nodes(1);
		end_tree();
		assert_int_equal(tree.dt.iommu >= 0, first < ARRAY_SIZE(iommu_nodes));
		for (i = from; i < ARRAY_SIZE(iommu_nodes); i++) {
			bool off = !strcmp(iommu_nodes[i].name, "off");
			int node;

			snprintf(path, sizeof(path), "/bus/%s", iommu_nodes[i].name);
			node = fdt_path_offset(tree.fdt, path);
			assert_int_equal(tree.dt.iommu == node, i == first);
			assert_int_equal(sr_is_disabled(tree.fdt, node), off);
			assert_int_equal(sr_is_iommu(tree.fdt, node), iommu_nodes[i].found || off);
		}
	}
}

/* A node of its own cell counts, and what else it says. */
#define NAMED(name, address_cells, size_cells, ...)	\
	{ name, { CELLS("#address-cells", address_cells), CELLS("#size-cells", size_cells), \
		  ##__VA_ARGS__ } }
#define NODE(...)	NAMED("n", __VA_ARGS__)
#define RESERVED(...)	NAMED("reserved-memory", __VA_ARGS__)
#define TYPE(type)	STRING("device_type", type)
#define RANGES(...)	CELLS("ranges", __VA_ARGS__)
#define FORWARDS	EMPTY("ranges")
#define REG(...)	CELLS("reg", __VA_ARGS__)

/* From the root down: is there an address that should translate, and does not? */
static const struct {
	bool unclear;
	struct {
		const char *name;
		struct prop props[6];
	} nodes[6];
} unclear_cases[] = {
	/* good, and at the ends of a window */
	{ false, { NODE(1, 1), NODE(1, 1, RANGES(0, 0x1000, 0x1000)), NODE(1, 1, REG(0xfff, 1)) } },
	{ true, { NODE(1, 1), NODE(1, 1, RANGES(0, 0x1000, 0x1000)), NODE(1, 1, REG(0x1000, 1)) } },
	{ true, { NODE(1, 1), NODE(1, 1, RANGES(9, 0x1000, 0x1000)), NODE(1, 1, REG(8, 1)) } },
	/* the second of two */
	{ true, { NODE(1, 1), NODE(1, 1, RANGES(0, 0x1000, 0x1000)),
		  NODE(1, 1, REG(0, 1, 0x1000, 1)) } },
	/* ranges of odd length, with and without something below */
	{ true, { NODE(1, 1), NODE(1, 1, RANGES(0, 0x1000)) } },
	{ true, { NODE(1, 1), NODE(1, 1, RANGES(0, 0, 0x1000, 0)), NODE(1, 1, REG(0, 1)) } },
	/* bad cell counts: windows cannot be read, nor can a reg */
	{ true, { NODE(1, 1), NODE(5, 1, RANGES(0, 0, 0, 0, 0, 0, 1)) } },
	{ true, { NODE(1, 1), NODE(1, 5, RANGES(0, 0, 0, 0, 0, 0, 1)) } },
	{ true, { NODE(1, 1), NODE(1, 5, RANGES(0, 0, 0x1000)), NODE(1, 1, REG(0, 1)) } },
	{ true, { NODE(1, 1), NODE(5, 1, FORWARDS), NODE(1, 1, REG(0, 0, 0, 0, 0, 1)) } },
	{ true, { NODE(5, 1), NODE(1, 1, REG(0, 0, 0, 0, 0, 1)) } },
	{ true, { NODE(0, 0), NODE(1, 1, REG(0, 1)) } },
	/* nothing that needs them: not a bad thing */
	{ false, { NODE(1, 1), NODE(5, 1, FORWARDS), NODE(1, 1) } },
	{ false, { NODE(1, 1), NODE(5, 1) } },
	/* a window below a bus that cannot be read, or outside of its window */
	{ true, { NODE(1, 1), NODE(5, 1, FORWARDS), NODE(1, 1, RANGES(0, 0, 0x1000)) } },
	{ true, { NODE(1, 1), NODE(1, 1, RANGES(0, 0x1000, 0x1000)),
		  NODE(1, 1, RANGES(0, 0x1000, 0x10)) } },
	{ true, { NODE(1, 1), NODE(1, 1, RANGES(0, 0x1000, 0x1000)), NODE(1, 1, FORWARDS),
		  NODE(1, 1, REG(0x1000, 1)) } },
	/* above 2^64 */
	{ true, { NODE(3, 1), NODE(1, 1, REG(1, 0, 0, 1)) } },
	{ true, { NODE(3, 1), NODE(1, 1, RANGES(0, 1, 0, 0, 0x1000)) } },
	/* half an entry, also of RAM; none */
	{ true, { NODE(1, 1), NODE(1, 1, REG(0)) } },
	{ true, { NODE(1, 1), NODE(1, 1, REG(0, 1, 2)) } },
	{ true, { NODE(1, 1), NODE(1, 1, TYPE("memory"), REG(0, 1, 2)) } },
	/* PCI: its windows matter, what is behind it lies in them */
	{ true, { NODE(1, 1), NODE(3, 2, TYPE("pci"), RANGES(0, 0, 0, 0, 0)) } },
	{ false, { NODE(1, 1), NODE(3, 2, TYPE("pci"), RANGES(0, 0, 0, 0x1000, 0, 0x1000)),
		   NODE(3, 2, TYPE("pci"), RANGES(1), REG(0, 0, 0, 0, 0, 7)),
		   NODE(5, 5, REG(1)) } },
	/* I2C and MDIO: nothing below has a CPU address, right or wrong */
	{ false, { NODE(1, 1), NODE(1, 0, REG(0x1000, 1)), NODE(1, 0, REG(0x50)) } },
	{ false, { NODE(1, 1), NODE(1, 0, REG(0x1000, 1)), NODE(1, 0, REG(0x50, 1, 2)),
		   NODE(1, 0, REG(0, 1, 2)) } },
	{ false, { NODE(1, 1), NODE(1, 0), NODE(5, 5, RANGES(1), REG(0x50)), NODE(1, 1, REG(7)) } },
	{ false, { NODE(1, 1), NODE(1, 0), NODE(1, 1, RANGES(0, 0, 0x100), REG(0x50)),
		   NODE(1, 1, RANGES(0, 0x100, 0x100), REG(0x100, 1)), NODE(1, 1, REG(7)) } },
	{ false, { NODE(1, 1), NODE(1, 0), NODE(1, 1, FORWARDS), NODE(1, 1, REG(7, 1, 2)) } },
	/* reserved memory is, with ranges or not */
	{ false, { NODE(1, 1), RESERVED(1, 1), NODE(1, 1, REG(0, 1)) } },
	{ true, { NODE(1, 1), RESERVED(1, 1), NODE(1, 1, REG(0, 1, 2)) } },
	{ true, { NODE(1, 1), RESERVED(5, 1), NODE(1, 1, REG(0, 1)) } },
};

static void test_unclear(void **state)
{
	struct sr_facts facts = dom0;
	unsigned int i, k;

	facts.xen_iommu = SR_YES;
	for (i = 0; i < ARRAY_SIZE(unclear_cases); i++) {
		const typeof(unclear_cases[0]) *c = &unclear_cases[i];

		begin_tree(c->nodes[0].props);
		for (k = 1; c->nodes[k].name; k++)
			begin_node(c->nodes[k].name, c->nodes[k].props);
		end_nodes(k - 1);
		add_node("hypervisor", PROPS(XEN));
		end_tree();

		if (tree.dt.bad || tree.dt.unclear != c->unclear)
			fail_msg("case %u: bad %d, unclear %d", i, tree.dt.bad, tree.dt.unclear);
		if (tree.dt.unclear)
			assert_true(tree.nr_problems > 0);
		/* It is holes that this turns off. */
		tree.dt.config.policy = SR_POLICY_HOLES;
		assert_int_equal(decide_tree(&facts)->source,
				 tree.dt.unclear ? SR_SOURCE_BALLOON : SR_SOURCE_HOLES);
	}
}

/* Buses with @nr windows each, one in the other or side by side. */
static bool read_windows(const int *nr, int buses, bool nested)
{
	static u32 windows[3 * (SR_MAX_WINDOWS + 1)];
	int i;

	for (i = 0; i <= SR_MAX_WINDOWS; i++)
		memcpy(&windows[3 * i], (u32[]){ i * 0x1000, i * 0x1000, 0x1000 }, 12);
	begin_tree(ONE_CELL);
	for (i = 0; i < buses; i++) {
		begin_node("bus", PROPS({ "ranges", windows, nr[i] * 12, true }));
		if (!nested)
			end_nodes(1);
	}
	if (nested)
		end_nodes(buses);
	end_tree();
	assert_true(!tree.dt.bad || tree.nr_problems);
	return tree.dt.bad;
}

/* Time to read grows with the windows up to the root, so there is an end to them. */
static void test_many_windows(void **state)
{
	static const int nr[] = {
		100, SR_MAX_WINDOWS - 100, 0, 1, SR_MAX_WINDOWS, SR_MAX_WINDOWS + 1,
	};

	assert_false(read_windows(nr, 5, false));
	assert_true(read_windows(nr + 5, 1, false));
	assert_false(read_windows(nr + 4, 1, true));
	assert_false(read_windows(nr, 3, true));
	assert_true(read_windows(nr, 4, true));
}

/* @levels of nodes: buses with the same window, the deepest with a reg; then /hypervisor. */
static void read_deep_tree(int levels, struct prop window, struct prop reg)
{
	int i;

	begin_tree(ONE_CELL);
	for (i = 1; i < levels - 1; i++)
		begin_node("n", PROPS(window));
	begin_node("n", PROPS(reg));
	end_nodes(levels - 1);
	add_node("hypervisor", PROPS(XEN, REG(0x1000, 0x1000)));
	end_tree();
}

static void test_deep(void **state)
{
	static const int too_deep[] = { 65, 66, 10000 };
	const struct prop window = RANGES(0, 0x100000, 0x1000), reg = REG(0x800, 0x100);
	unsigned int i;

	read_deep_tree(3, window, reg);
	expect("100000-100fff bus /n, 100800-1008ff reg /n/n, 1000-1fff grants /hypervisor", "");

	read_deep_tree(64, window, reg);
	assert_false(tree.dt.bad);
	assert_int_equal(tree.dt.nr_claims, 2);

	for (i = 0; i < ARRAY_SIZE(too_deep); i++) {
		read_deep_tree(too_deep[i], window, reg);
		assert_true(tree.dt.bad);
		assert_true(tree.nr_problems > 0);
		assert_int_equal(decide_tree(&dom0)->reason, SR_REASON_BAD_TREE);
	}
}

/* Each bus adds its offset, up to the deepest that is read. */
static void test_deep_translation(void **state)
{
	read_deep_tree(SR_MAX_DEPTH, (struct prop)RANGES(0, 0x100, 0x7fffffff),
		       (struct prop)REG(0x1000, 0x100));
	assert_false(tree.dt.bad);
	assert_int_equal(tree.nr_problems, 0);
	assert_int_equal(tree.dt.nr_claims, 2);
	assert_int_equal(tree.dt.claims[0].range.start, 0x1000 + (SR_MAX_DEPTH - 2) * 0x100);
}

/* No prefix of a tree is a tree. */
static void test_prefixes(void **state)
{
	size_t size = load("small"), n;

	for (n = 0; n < size; n++)
		assert_false(whole_tree(place(buf, n), n));
	assert_false(read_any(place(buf, size)));
}

/* Cut short, with a header that says so: bad, unless all nodes are there. */
static void test_cut_short(void **state)
{
	size_t size = load("small"), n;
	u32 start = fdt_off_dt_struct(buf), strings = fdt_off_dt_strings(buf);
	u32 end = start + fdt_size_dt_struct(buf) - FDT_TAGSIZE;	/* FDT_END */

	for (n = start; n < size; n++) {
		void *fdt = place(buf, n);

		fdt_set_totalsize(fdt, n);
		if (n < strings) {
			fdt_set_size_dt_struct(fdt, n - start);
			fdt_set_off_dt_strings(fdt, n);
			fdt_set_size_dt_strings(fdt, 0);
		} else {
			fdt_set_size_dt_strings(fdt, n - strings);
		}
		assert_true(whole_tree(fdt, n));
		assert_int_equal(read_any(fdt), n < end);
	}
}

/* FDT_END in place of each other tag: the tree ends there, but is not whole. */
static void test_early_end(void **state)
{
	size_t size = load("small");
	int offset = 0, next;

	while (fdt_next_tag(buf, offset, &next) != FDT_END) {
		char *fdt = place(buf, size);

		*(fdt32_t *)(fdt + fdt_off_dt_struct(fdt) + offset) = cpu_to_fdt32(FDT_END);
		if (!read_any(fdt))
			fail_msg("FDT_END at %#x of the structure is not noticed", offset);
		offset = next;
	}
}

/* The list of reserved memory has no end. */
static void test_endless_memreserve(void **state)
{
	size_t size = (load("small") + 7) & ~7UL;
	struct fdt_reserve_entry *entry = (void *)(buf + size);

	entry->address = cpu_to_fdt64(0x50000000);
	entry->size = cpu_to_fdt64(0x1000);
	fdt_set_off_mem_rsvmap(buf, size);
	size += sizeof(*entry);
	fdt_set_totalsize(buf, size);
	assert_true(whole_tree(buf, size));
	assert_true(read_any(place(buf, size)));
}

/* The structure is at an odd address: libfdt does not mind, so it must be right. */
static void test_unaligned_structure(void **state)
{
	size_t size = (load("small") + 7) & ~7UL, start = fdt_off_dt_struct(buf);
	int i;

	for (i = 1; i < 4; i++) {
		memmove(buf + size + i, buf + start, fdt_size_dt_struct(buf));
		fdt_set_off_dt_struct(buf, size + i);
		start = size + i;
		fdt_set_totalsize(buf, start + fdt_size_dt_struct(buf));
		read_buf();
		expect("8000000-8000fff reserved, 40000000-4fffffff ram /memory, "
		       "10000000-10ffffff bus /soc, 10009000-10009fff reg /soc/uart, "
		       "38000000-38ffffff grants /hypervisor", "");
		expect_published("100000000-13fffffff");
	}
}

/* A length below 0, which libfdt before 1.7 lets pass, for each property in turn. */
static void test_negative_length(void **state)
{
	size_t size = load("small");
	int offset = 0, next, len;
	u32 tag;

	while ((tag = fdt_next_tag(buf, offset, &next)) != FDT_END) {
		for (len = -8; tag == FDT_PROP && len < 0; len++) {
			char *fdt = place(buf, size);

			*(fdt32_t *)(fdt + fdt_off_dt_struct(fdt) + offset + 4) = cpu_to_fdt32(len);
			read_any(fdt);
		}
		offset = next;
	}
}

/* Every value of every byte, in both layouts of the header. */
static void test_every_byte(void **state)
{
	size_t size = load("small"), i;
	int version, value, read = 0;

	for (version = 16; version <= 17; version++) {
		unsigned char *fdt;

		fdt_set_version(buf, version);
		fdt = place(buf, size);
		for (i = 0; i < size; i++) {
			for (value = 0; value < 256; value++) {
				fdt[i] = value;
				if (whole_tree(fdt, size)) {
					read_any(fdt);
					read++;
				}
			}
			fdt[i] = buf[i];
		}
	}
	assert_true(read > (int)size * 256);
}

int main(int argc, char **argv)
{
	enum { NR = ARRAY_SIZE(wants) };
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_masters),
		cmocka_unit_test(test_config_nodes),
		cmocka_unit_test(test_all_config),
		cmocka_unit_test(test_iommu),
		cmocka_unit_test(test_unclear),
		cmocka_unit_test(test_many_windows),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_published_reg),
		cmocka_unit_test(test_published_missing),
		cmocka_unit_test(test_published_cells),
		cmocka_unit_test(test_qemu_virt),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_deep_translation),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_early_end),
		cmocka_unit_test(test_endless_memreserve),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_unaligned_structure),
		cmocka_unit_test(test_negative_length),
	};
	struct CMUnitTest tests[NR + ARRAY_SIZE(others)];
	char names[NR][32];
	unsigned int i;

	for (i = 0; i < NR; i++) {
		snprintf(names[i], sizeof(names[i]), "test_tree_%s", wants[i].name);
		tests[i] = (struct CMUnitTest){
			names[i], test_tree, NULL, NULL, (void *)&wants[i],
		};
	}
	memcpy(&tests[NR], others, sizeof(others));
	if (argc > 1)
		cmocka_set_skip_filter(argv[1]);
	speak_tap();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
