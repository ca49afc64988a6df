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

#define CLAIMS(...)	LIST(struct want_claim, __VA_ARGS__)
#define PROBLEMS(...)	LIST(struct want_problem, __VA_ARGS__)
#define RANGES(...)	LIST(struct sr_range, __VA_ARGS__)

#define ARENA		(1 << 20)
#define GUARD		(1 << 16)

static char buf[ARENA];

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

static void load_and_read(struct tree *tree, const char *name)
{
	size_t size = load(name);

	read_tree(tree, place(buf, size));
}

/* Decide on what was read; checks the decision. The caller frees the pieces. */
static struct sr_decision decide_tree(const struct tree *tree, const struct sr_facts *facts)
{
	struct sr_decision d;
	const char *err = decide(facts, &tree->dt, &d);

	if (err)
		fail_msg("%s", err);
	return d;
}

/* Read a tree that may be damaged in any way: nothing bad happens. Was it noticed? */
static bool read_any(const void *fdt)
{
	struct sr_decision d;
	struct tree tree;

	read_tree(&tree, fdt);
	d = decide_tree(&tree, &dom0);
	assert_true(!tree.dt.bad || tree.nr_problems > 0);
	assert_true(tree.dt.nr_published <= SR_MAX_PUBLISHED);
	free(d.pieces);
	free_tree(&tree);
	return tree.dt.bad;
}

struct want_claim {
	u64 start, last;
	enum sr_owner owner;
	const char *path;
};

struct want_problem {
	const char *path, *property;
};

static const char *path_of(const struct tree *tree, int node)
{
	static char path[1024];

	if (node < 0 || fdt_get_path(tree->fdt, node, path, sizeof(path)))
		return "";
	return path;
}

static void expect(const struct tree *tree, const struct want_claim *claims, unsigned int nr_claims,
		   const struct want_problem *problems, unsigned int nr_problems)
{
	unsigned int i;

	assert_false(tree->dt.bad);
	for (i = 0; i < nr_claims && i < tree->dt.nr_claims; i++) {
		assert_string_equal(path_of(tree, tree->dt.claims[i].node), claims[i].path);
		assert_int_equal(tree->dt.claims[i].range.start, claims[i].start);
		assert_int_equal(tree->dt.claims[i].range.last, claims[i].last);
		assert_int_equal(tree->dt.claims[i].owner, claims[i].owner);
	}
	assert_int_equal(tree->dt.nr_claims, nr_claims);
	for (i = 0; i < nr_problems && i < tree->nr_problems; i++) {
		assert_string_equal(path_of(tree, tree->problems[i].node), problems[i].path);
		assert_string_equal(tree->problems[i].property, problems[i].property);
	}
	assert_int_equal(tree->nr_problems, nr_problems);
}

static void expect_published(const struct tree *tree, unsigned int i, u64 start, u64 last)
{
	assert_true(i < tree->dt.nr_published);
	assert_int_equal(tree->dt.published[i].start, start);
	assert_int_equal(tree->dt.published[i].last, last);
}

/* What became of the bytes of a range: one owner, one node. */
static void expect_owner(const struct tree *tree, const struct sr_decision *d,
			 u64 start, u64 last, enum sr_owner owner, const char *path)
{
	struct sr_range range = { start, last };
	unsigned int i, met = 0;

	for (i = 0; i < d->nr_pieces; i++) {
		if (!meet(d->pieces[i].range, range))
			continue;
		met++;
		assert_int_equal(d->pieces[i].owner, owner);
		assert_string_equal(path_of(tree, d->pieces[i].node), path);
		assert_true(d->pieces[i].range.start <= start);
		assert_true(d->pieces[i].range.last >= last);
	}
	assert_int_equal(met, 1);
}

/* Trees in trees/, and all that is to be read from them. */
static const struct want {
	const char *name;
	const struct want_claim *claims;
	unsigned int nr_claims;
	const struct want_problem *problems;
	unsigned int nr_problems;
	bool unclear;
	/* last < start: no range, whatever it says; NULL: no node of Xen's */
	const struct sr_range *published;
	unsigned int nr_published;
} wants[] = {
	{ "nested",
	  CLAIMS(
		{ 0x10000000, 0x10ffffff, SR_BUS_WINDOW, "/soc@10000000" },
		{ 0x800000000, 0x80fffffff, SR_BUS_WINDOW, "/soc@10000000" },
		{ 0x10009000, 0x10009fff, SR_REG, "/soc@10000000/uart@9000" },
		{ 0x800000000, 0x8000000ff, SR_REG, "/soc@10000000/uart@9000" },
		{ 0x10100000, 0x101fffff, SR_BUS_WINDOW, "/soc@10000000/bus@100000" },
		{ 0x10104000, 0x10104fff, SR_REG, "/soc@10000000/bus@100000/timer@4000" },
		{ 0x10200000, 0x10200fff, SR_REG, "/soc@10000000/bus@200000/gpio@200000" },
		{ 0x10201000, 0x10201fff, SR_REG, "/soc@10000000/bus@200000/bus/rtc@201000" },
		{ 0x10300000, 0x10300fff, SR_REG, "/soc@10000000/localbus@300000" },
		{ 0x10400000, 0x1040ffff, SR_BUS_WINDOW, "/soc@10000000/localbus@300000" },
		{ 0x800100000, 0x80010ffff, SR_BUS_WINDOW, "/soc@10000000/localbus@300000" },
		{ 0x800100000, 0x80010ffff, SR_REG, "/soc@10000000/localbus@300000/flash@1,0" },
		{ 0x10500000, 0x10500fff, SR_BUS_WINDOW, "/soc@10000000/mc@500000" },
		{ 0x10600000, 0x10600fff, SR_BUS_WINDOW, "/soc@10000000/mc@500000" },
		{ 0x10600100, 0x106001ff, SR_REG, "/soc@10000000/mc@500000/portal@100" },
		{ 0x10301000, 0x10301fff, SR_REG, "/soc@10000000/i2c@301000" },
		{ 0x20000000, 0x20000fff, SR_REG, "/amba/dma@20000000" },
		{ 0xfffffffffffff000, U64_MAX, SR_REG, "/top" },
		{ 0xffffffffffff0000, U64_MAX, SR_REG, "/top" }),
	  NONE, false,
	  NONE },
	{ "cells-1",
	  CLAIMS(
		{ 0x40000000, 0x4fffffff, SR_RAM, "/memory@40000000" },
		{ 0xffff0000, 0xffffffff, SR_REG, "/uart@ffff0000" },
		{ 0x20000000, 0x20ffffff, SR_BUS_WINDOW, "/bus" },
		{ 0x20001000, 0x20001fff, SR_REG, "/bus/spi@100001000" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }),
	  NONE, false,
	  RANGES({ 0x60000000, 0x63ffffff }) },
	{ "cells-default",
	  CLAIMS(
		{ 0x100009000, 0x100009fff, SR_REG, "/uart" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }),
	  NONE, false,
	  RANGES({ 0x100000000, 0x103ffffff }) },
	{ "cells-3",
	  CLAIMS(
		{ 0x9000, 0x9fff, SR_REG, "/uart" },
		{ 0xffffffff00000000, U64_MAX, SR_REG, "/large" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }),
	  PROBLEMS({ "/far", "reg" }), true,
	  RANGES({ 0x100000000, 0x103ffffff }, { 1, 0 }, { 1, 0 }) },
	{ "pci",
	  CLAIMS(
		{ 0x4010000000, 0x401fffffff, SR_REG, "/pcie@10000000" },
		{ 0x3eff0000, 0x3effffff, SR_PCI_WINDOW, "/pcie@10000000" },
		{ 0x10000000, 0x3efeffff, SR_PCI_WINDOW, "/pcie@10000000" },
		{ 0x8000000000, 0xffffffffff, SR_PCI_WINDOW, "/pcie@10000000" },
		{ 0x901000000, 0x901000fff, SR_REG, "/soc/pcie@1000000" },
		{ 0x902000000, 0x9020fffff, SR_PCI_WINDOW, "/soc/pcie@1000000" },
		{ 0x5000000000, 0x5000000fff, SR_REG, "/pcie@20000000" }),
	  NONE, false,
	  NONE },
	{ "reserved",
	  CLAIMS(
		{ 0x48000000, 0x4800ffff, SR_RESERVED, "" },
		{ 0x880000000, 0x880000fff, SR_RESERVED, "" },
		{ 0x40000000, 0x47ffffff, SR_RAM, "/memory@40000000" },
		{ 0x60000000, 0x6fffffff, SR_RAM, "/memory@40000000" },
		{ 0x880000000, 0x97fffffff, SR_RAM, "/memory@880000000" },
		{ 0x41000000, 0x410fffff, SR_RESERVED, "/reserved-memory/firmware@41000000" },
		{ 0x42000000, 0x42000fff, SR_RESERVED, "/reserved-memory/firmware@41000000" },
		{ 0x30000000, 0x307fffff, SR_RESERVED, "/reserved-memory/video@30000000" },
		{ 0x9000000, 0x9000fff, SR_REG, "/uart@9000000" },
		{ 0xa000000, 0xa000fff, SR_REG, "/soc/reserved-memory/rom@a000000" },
		{ 0xb000000, 0xb000fff, SR_REG, "/reserved-memory-unit/port@b000000" }),
	  NONE, false,
	  NONE },
	{ "windows",
	  CLAIMS(
		{ 0x40000000, 0x4fffffff, SR_RAM, "/memory@40000000" },
		{ 0xc000000, 0xdffffff, SR_BUS_WINDOW, "/platform-bus@c000000" },
		{ 0x100000000, 0x13fffffff, SR_BUS_WINDOW, "/bus@100000000" },
		{ 0x9000000, 0x9000fff, SR_REG, "/soc@0/uart@9000000" },
		{ 0x20000000, 0x200fffff, SR_BUS_WINDOW, "/soc@0/bus@20000000" },
		{ 0x40000000, 0x5fffffff, SR_BUS_WINDOW, "/ahb@40000000" },
		{ 0x50000000, 0x50ffffff, SR_REG, "/ahb@40000000/gpu@50000000" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }),
	  NONE, false,
	  RANGES({ 0xb000000, 0xfffffff }, { 0x1fe00000, 0x203fffff },
		 { 0x50000000, 0x5fffffff }) },
	/* What cannot be read is reported, and the rest is read. */
	{ "broken",
	  CLAIMS(
		{ 0x20000000, 0x20000fff, SR_BUS_WINDOW, "/bus@20000000" },
		{ 0x20000fff, 0x20000fff, SR_REG, "/bus@20000000/uart@1000" },
		{ 0x20000000, 0x20000fff, SR_BUS_WINDOW, "/bus@20000000/mc" },
		{ 0x9000000, 0x9000fff, SR_REG, "/uart@9000000" },
		{ 0x9004000, 0x9004fff, SR_REG, "/uart@9004000" }),
	  PROBLEMS(
		{ "/bad-ranges", "ranges" },
		{ "/bad-ranges/uart@0", "reg" },
		{ "/bad-ranges/bus", "ranges" },
		{ "/bad-ranges/bus/uart@0", "reg" },
		{ "/bad-ranges/forwards/uart@0", "reg" },
		{ "/five-cells", "#address-cells" },
		{ "/five-cells/uart@0", "reg" },
		{ "/two-counts", "#size-cells" },
		{ "/two-counts/uart@0", "reg" },
		{ "/no-cells/uart@0", "reg" },
		{ "/bus@20000000/uart@1000", "reg" },
		{ "/bus@20000000/uart@1000", "reg" },
		{ "/bus@20000000/bus@2000", "ranges" },
		{ "/bus@20000000/mc/portal@100", "reg" },
		{ "/uart@9000000", "reg" },
		{ "/uart@9002000", "reg" }),
	  true, NONE },
	{ "hypervisor",
	  CLAIMS(
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }),
	  NONE, false,
	  RANGES({ 0x100000000, 0x17fffffff }, { 0xc0000000, 0xc3ffffff },
		 { 0xfffffffffff00000, U64_MAX }, { 1, 0 }, { 1, 0 }, { 1, 0 }) },
};

static void test_tree(void **state)
{
	const struct want *want = *state;
	struct tree tree;
	unsigned int i;

	load_and_read(&tree, want->name);
	expect(&tree, want->claims, want->nr_claims, want->problems, want->nr_problems);
	assert_int_equal(tree.dt.unclear, want->unclear);
	assert_int_equal(tree.dt.nr_published, want->published ? want->nr_published : 0);
	assert_int_equal(tree.dt.xen < 0, !want->published);
	for (i = 0; i < tree.dt.nr_published; i++) {
		if (want->published[i].last < want->published[i].start)
			assert_true(tree.dt.published[i].last < tree.dt.published[i].start);
		else
			expect_published(&tree, i, want->published[i].start,
					 want->published[i].last);
	}
	free_tree(&tree);
}

static void test_windows(void **state)
{
	struct sr_decision d;
	struct tree tree;

	load_and_read(&tree, "windows");

	d = decide_tree(&tree, &dom0);
	assert_false(d.meets_ram);
	assert_int_equal(d.nr_pieces, 9);
	expect_owner(&tree, &d, 0xb000000, 0xbffffff, SR_FREE, "");
	expect_owner(&tree, &d, 0xc000000, 0xdffffff, SR_BUS_WINDOW, "/platform-bus@c000000");
	expect_owner(&tree, &d, 0xe000000, 0xfffffff, SR_FREE, "");
	expect_owner(&tree, &d, 0x1fe00000, 0x1fffffff, SR_FREE, "");
	expect_owner(&tree, &d, 0x20000000, 0x200fffff, SR_BUS_WINDOW, "/soc@0/bus@20000000");
	expect_owner(&tree, &d, 0x20100000, 0x201fffff, SR_UNALIGNED, "");
	expect_owner(&tree, &d, 0x20200000, 0x203fffff, SR_FREE, "");
	/* The window has RAM in it, what is on the bus counts. */
	expect_owner(&tree, &d, 0x50000000, 0x50ffffff, SR_REG, "/ahb@40000000/gpu@50000000");
	expect_owner(&tree, &d, 0x51000000, 0x5fffffff, SR_FREE, "");
	free(d.pieces);
	free_tree(&tree);
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
static void read_with_reg(struct tree *tree, const void *reg, int len)
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
	read_tree(tree, place(buf, fdt_totalsize(buf)));
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
	struct tree tree;
	unsigned int i, r;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_with_reg(&tree, regions(), cases[i].len);
		assert_false(tree.dt.bad);
		assert_int_equal(tree.dt.nr_published, cases[i].nr);
		assert_int_equal(tree.dt.nr_claims, cases[i].nr_claims);
		assert_int_equal(tree.nr_problems, cases[i].nr_problems);
		for (r = 0; r < tree.dt.nr_published; r++)
			expect_published(&tree, r, 0x40000000 + (r + 1) * 0x200000ULL,
					 0x400fffff + (r + 1) * 0x200000ULL);
		free_tree(&tree);
	}
}

/* No reg, and no node at all: not the same. */
static void test_published_missing(void **state)
{
	struct sr_decision d;
	struct tree tree;

	read_with_reg(&tree, NULL, 0);
	expect(&tree, NONE, PROBLEMS({ "/hypervisor", "reg" }));
	assert_int_equal(tree.dt.nr_published, 0);
	d = decide_tree(&tree, &dom0);
	assert_int_equal(d.reason, SR_REASON_NONE_PUBLISHED);
	free(d.pieces);
	free_tree(&tree);

	load("hypervisor");
	assert_int_equal(fdt_del_node(buf, fdt_path_offset(buf, "/hypervisor")), 0);
	read_tree(&tree, place(buf, fdt_totalsize(buf)));
	expect(&tree, NONE, NONE);
	assert_int_equal(tree.dt.nr_published, 0);
	assert_true(tree.dt.xen < 0);
	d = decide_tree(&tree, &dom0);
	assert_int_equal(d.reason, SR_REASON_NO_NODE);
	free(d.pieces);
	free_tree(&tree);
}

/* Bad cell counts at the root: nothing is published, and reg is reported. */
static void test_published_cells(void **state)
{
	static const char * const properties[] = { "#address-cells", "#size-cells" };
	static const u32 counts[] = { 0, 5, ~0U };
	struct tree tree;
	int i;

	for (i = 0; i < 6; i++) {
		load("hypervisor");
		assert_int_equal(fdt_setprop_inplace_u32(buf, 0, properties[i % 2],
							 counts[i / 2]), 0);
		read_tree(&tree, place(buf, fdt_totalsize(buf)));
		assert_int_equal(tree.dt.nr_published, 0);
		assert_true(tree.nr_problems > 0);
		free_tree(&tree);
	}
}

/*
 * The window of platform-bus, where QEMU puts devices later, is never free;
 * what is before it is, as far as this kernel can map it.
 */
static void test_qemu_virt(void **state)
{
	struct sr_facts facts = dom0;
	struct sr_decision d;
	struct tree tree;
	int identity;

	load_and_read(&tree, "qemu-virt");
	assert_false(tree.dt.bad);
	assert_int_equal(tree.nr_problems, 0);
	assert_int_equal(tree.dt.nr_published, 3);
	for (identity = 0; identity < 2; identity++) {
		facts.identity = identity;
		d = decide_tree(&tree, &facts);
		assert_int_equal(d.reason, SR_REASON_PUBLISHED);
		assert_true(d.iommu);
		assert_false(d.meets_ram);
		assert_int_equal(d.nr_pieces, 5);
		expect_owner(&tree, &d, 0xa200000, 0xbffffff, SR_FREE, "");
		expect_owner(&tree, &d, 0xc000000, 0xdffffff, SR_BUS_WINDOW,
			     "/platform-bus@c000000");
		expect_owner(&tree, &d, 0xe000000, 0xfdfffff, SR_FREE, "");
		expect_owner(&tree, &d, 0xc0000000, 0x400fdfffff, SR_FREE, "");
		expect_owner(&tree, &d, 0x4020000000, 0x7fffdfffff, SR_FREE, "");
		free(d.pieces);
	}

	/* The linear map begins with RAM, and Xen tells of 40 bits. */
	facts.mappable = (struct sr_range){ 0x40000000, (1ULL << 38) - 1 };
	d = decide_tree(&tree, &facts);
	expect_owner(&tree, &d, 0xa200000, 0xfdfffff, SR_UNMAPPABLE, "");
	expect_owner(&tree, &d, 0xc0000000, 0x3fffffffff, SR_FREE, "");
	expect_owner(&tree, &d, 0x4000000000, 0x400fdfffff, SR_UNMAPPABLE, "");
	free(d.pieces);
	free_tree(&tree);
}

/* Start a tree with one cell for addresses and sizes in buf. */
static void begin_tree(void)
{
	assert_int_equal(fdt_create(buf, sizeof(buf)), 0);
	assert_int_equal(fdt_finish_reservemap(buf), 0);
	assert_int_equal(fdt_begin_node(buf, ""), 0);
	assert_int_equal(fdt_property_u32(buf, "#address-cells", 1), 0);
	assert_int_equal(fdt_property_u32(buf, "#size-cells", 1), 0);
}

static void add_cells(const char *property, u32 a, u32 b, u32 c, int n)
{
	fdt32_t cells[] = { cpu_to_fdt32(a), cpu_to_fdt32(b), cpu_to_fdt32(c) };

	assert_int_equal(fdt_property(buf, property, cells, n * sizeof(cells[0])), 0);
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

static void add_prop(const struct prop *prop)
{
	char *value;
	int i;

	assert_int_equal(fdt_property_placeholder(buf, prop->name, prop->len, (void **)&value), 0);
	memcpy(value, prop->value, prop->len);
	for (i = 0; prop->cells && i < prop->len; i += sizeof(u32))
		fdt32_st(value + i, ((const u32 *)prop->value)[i / sizeof(u32)]);
}

static void begin_node(const char *name)
{
	assert_int_equal(fdt_begin_node(buf, name), 0);
}

static void end_nodes(int n)
{
	while (n--)
		assert_int_equal(fdt_end_node(buf), 0);
}

/* End the root, and read the tree. */
static void end_tree(struct tree *tree)
{
	end_nodes(1);
	assert_int_equal(fdt_finish(buf), 0);
	read_tree(tree, place(buf, fdt_totalsize(buf)));
}

/* 65 ranges, of which all but one are what a list can hold. */
static u32 many[65 * 4];

/* What is asked for, good and bad; where it is bad, the property that is said so of. */
static const struct {
	struct prop props[4];
	const char *problem;
	enum sr_policy policy;
	bool iommu_protected, has_allow;
	struct sr_range allow[2], exclude[2];
} config_cases[] = {
	{ .policy = SR_POLICY_AUTO },
	{ { STRING("xen,policy", "auto") }, .policy = SR_POLICY_AUTO },
	{ { STRING("xen,policy", "published") }, .policy = SR_POLICY_PUBLISHED },
	{ { STRING("xen,policy", "holes"), STRING("status", "okay") }, .policy = SR_POLICY_HOLES },
	{ { STRING("xen,policy", "balloon"), STRING("status", "ok") }, .policy = SR_POLICY_BALLOON },
	{ { EMPTY("xen,iommu-protected") }, .iommu_protected = true },
	{ { CELLS("xen,allow", 1, 2, 0, 0x1000, 0, 0, 0xffffffff, 0xffffffff) },
	  .has_allow = true, .allow = { { 0x100000002, 0x100001001 }, { 0, U64_MAX - 1 } } },
	{ { CELLS("xen,exclude", 0xffffffff, 0xffffffff, 0, 1, 0, 1, 0xffffffff, 0xffffffff) },
	  .exclude = { { U64_MAX, U64_MAX }, { 1, U64_MAX } } },
	{ { { "xen,exclude", many, 64 * 16, true } }, .exclude = { { 0x1000, 0x1000 } } },
	{ { { "xen,allow", many, 64 * 16, true } }, .has_allow = true,
	  .allow = { { 0x1000, 0x1000 } } },

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
	{ { CELLS("reg", 0x1000, 0x1000) }, "reg" },
	{ { EMPTY("reg") }, "reg" },
};

static void expect_list(const struct sr_list *list, const struct sr_range *ranges)
{
	unsigned int i;

	for (i = 0; i < 2 && ranges[i].last; i++) {
		assert_true(i < list->nr);
		assert_int_equal(list->ranges[i].start, ranges[i].start);
		assert_int_equal(list->ranges[i].last, ranges[i].last);
	}
	if (!i)
		assert_int_equal(list->nr, 0);
}

/* At the root, in /chosen, deeper: all that Xen passes through. */
static void test_config(void **state)
{
	static const char * const paths[] = { "/config", "/chosen/config", "/chosen/a/config" };
	unsigned int i, p;
	int depth;

	for (i = 0; i < 65; i++) {
		many[4 * i + 1] = (i + 1) * 0x1000;
		many[4 * i + 3] = 1;
	}
	for (i = 0; i < 3 * ARRAY_SIZE(config_cases); i++) {
		const typeof(config_cases[0]) *want = &config_cases[i / 3];
		const struct sr_config *config;
		struct sr_decision d;
		struct tree tree;

		begin_tree();
		for (depth = 0; depth < (int)i % 3; depth++)
			begin_node(depth ? "a" : "chosen");
		begin_node("config");
		for (p = 0; p < ARRAY_SIZE(want->props) && want->props[p].name; p++)
			add_prop(&want->props[p]);
		add_prop(&(struct prop)STRING("compatible", "acme,config\0xen,unpopulated-memory"));
		end_nodes(1 + i % 3);
		begin_node("hypervisor");
		add_prop(&(struct prop)STRING("compatible", "xen,xen"));
		add_prop(&(struct prop)CELLS("reg", 0x1000, 0x1000, 0x200000, 0x200000));
		end_nodes(1);
		end_tree(&tree);

		config = &tree.dt.config;
		assert_string_equal(path_of(&tree, config->node), paths[i % 3]);
		assert_int_equal(config->broken, !!want->problem);
		d = decide_tree(&tree, &dom0);
		if (want->problem) {
			/* the first one; its reg is no reg of a device to read_claims */
			assert_true(tree.nr_problems >= 1);
			assert_int_equal(tree.problems[0].node, config->node);
			assert_string_equal(tree.problems[0].property, want->problem);
			assert_int_equal(d.source, SR_SOURCE_BALLOON);
			assert_int_equal(d.reason, SR_REASON_BAD_CONFIG);
		} else {
			assert_int_equal(tree.nr_problems, 0);
			assert_int_equal(config->policy, want->policy);
			assert_int_equal(config->iommu_protected, want->iommu_protected);
			assert_int_equal(config->has_allow, want->has_allow);
			expect_list(&config->allow, want->allow);
			expect_list(&config->exclude, want->exclude);
			assert_int_not_equal(d.reason, SR_REASON_BAD_CONFIG);
		}
		free(d.pieces);
		free_tree(&tree);
	}
}

/* Several nodes: those that are disabled are not there, of the others only one is. */
static void test_config_nodes(void **state)
{
	static const char * const status[] = {
		NULL, "okay", "ok", "disabled", "fail", "reserved", "okay ", "",
	};
	const unsigned int n = ARRAY_SIZE(status);
	unsigned int i, k, s[2];

	for (i = 0; i < n * n; i++) {
		const char *first = NULL;
		unsigned int enabled = 0;
		struct tree tree;

		s[0] = i / n;
		s[1] = i % n;
		begin_tree();
		for (k = 0; k < 2; k++) {
			begin_node(k ? "b" : "a");
			assert_int_equal(fdt_property_string(buf, "compatible",
							     "xen,unpopulated-memory"), 0);
			if (status[s[k]])
				assert_int_equal(fdt_property_string(buf, "status",
								     status[s[k]]), 0);
			end_nodes(1);
			if (s[k] < 3 && !enabled++)
				first = k ? "/b" : "/a";
		}
		end_tree(&tree);
		assert_string_equal(path_of(&tree, tree.dt.config.node), first ? first : "");
		assert_int_equal(tree.dt.config.broken, enabled > 1);
		assert_int_equal(tree.nr_problems, enabled > 1);
		free_tree(&tree);
	}
}

/* All of it in one tree, and what comes of it. */
static void test_all_config(void **state)
{
	struct sr_decision d;
	struct tree tree;

	load_and_read(&tree, "config");
	assert_int_equal(tree.nr_problems, 0);
	/* An IOMMU is visible: the claim is not true. */
	d = decide_tree(&tree, &dom0);
	assert_int_equal(d.reason, SR_REASON_IOMMU_VISIBLE);
	assert_true(d.contradicted);
	free(d.pieces);
	free_tree(&tree);

	load("config");
	assert_int_equal(fdt_open_into(buf, buf, sizeof(buf)), 0);
	assert_int_equal(fdt_del_node(buf, fdt_path_offset(buf, "/iommu@9050000")), 0);
	assert_int_equal(fdt_pack(buf), 0);
	read_tree(&tree, place(buf, fdt_totalsize(buf)));
	d = decide_tree(&tree, &dom0);
	assert_int_equal(d.reason, SR_REASON_HOLES);
	assert_int_equal(d.row, SR_ROW_HOLES_ABOVE_RAM);
	expect_owner(&tree, &d, 0x100000000, 0x1ffffffff, SR_FREE, "");
	expect_owner(&tree, &d, 0x200000000, 0x23fffffff, SR_EXCLUDED, "");
	expect_owner(&tree, &d, 0x240000000, 0x3ffffffff, SR_FREE, "");
	expect_owner(&tree, &d, 0x400000000, 0xfffffffff, SR_NOT_ALLOWED, "");
	expect_owner(&tree, &d, 0x1000000000, 0x1fffffffff, SR_FREE, "");
	free(d.pieces);
	free_tree(&tree);
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
	{ "master", { CELLS("iommus", 1), STRING("compatible", "arm,smmu-v3") }, false },
	{ "odd", { EMPTY("#iommu-cells") }, true },
};

static int node_named(const void *fdt, const char *name)
{
	int node = 0;

	while (node >= 0 && strcmp(fdt_get_name(fdt, node, NULL), name))
		node = fdt_next_node(fdt, node, NULL);
	return node;
}

static void test_iommu(void **state)
{
	unsigned int i, p, from;
	struct tree tree;

	/* All of them, or but the first, second ... */
	for (from = 0; from <= ARRAY_SIZE(iommu_nodes); from++) {
		begin_tree();
		for (i = from; i < ARRAY_SIZE(iommu_nodes); i++) {
			begin_node("bus");
			begin_node(iommu_nodes[i].name);
			for (p = 0; p < 3 && iommu_nodes[i].props[p].name; p++)
				add_prop(&iommu_nodes[i].props[p]);
			end_nodes(2);
		}
		end_tree(&tree);
		for (i = from; i < ARRAY_SIZE(iommu_nodes) && !iommu_nodes[i].found; i++)
			;
		assert_int_equal(tree.dt.iommu >= 0, i < ARRAY_SIZE(iommu_nodes));
		if (tree.dt.iommu >= 0)
			assert_string_equal(fdt_get_name(tree.fdt, tree.dt.iommu, NULL),
					    iommu_nodes[i].name);
		for (i = from; i < ARRAY_SIZE(iommu_nodes); i++) {
			int node = node_named(tree.fdt, iommu_nodes[i].name);
			bool off = !strcmp(iommu_nodes[i].name, "off");

			assert_int_equal(sr_is_disabled(tree.fdt, node), off);
			assert_int_equal(sr_is_iommu(tree.fdt, node), iommu_nodes[i].found || off);
		}
		free_tree(&tree);
	}
}

#define WORDS(...)	\
	(const u32[]){ __VA_ARGS__ }, sizeof((const u32[]){ __VA_ARGS__ }) / sizeof(u32)

/* From the root down, what each node says; all have their own cell counts, or -1. */
struct level {
	int address_cells, size_cells;
	const u32 *ranges;		/* NULL: none */
	int nr_ranges;
	const u32 *reg;
	int nr_reg;			/* 0: none */
	const char *type;
	const char *name;
};

/* Is there an address that should translate, and does not? */
static const struct {
	bool unclear;
	struct level levels[5];
} unclear_cases[] = {
	/* good, and at the ends of a window */
	{ false, { { 1, 1 }, { 1, 1, WORDS(0, 0x1000, 0x1000) }, { 1, 1, NULL, 0, WORDS(0xfff, 1) } } },
	{ true, { { 1, 1 }, { 1, 1, WORDS(0, 0x1000, 0x1000) }, { 1, 1, NULL, 0, WORDS(0x1000, 1) } } },
	{ true, { { 1, 1 }, { 1, 1, WORDS(9, 0x1000, 0x1000) }, { 1, 1, NULL, 0, WORDS(8, 1) } } },
	/* the second of two */
	{ true, { { 1, 1 }, { 1, 1, WORDS(0, 0x1000, 0x1000) },
		  { 1, 1, NULL, 0, WORDS(0, 1, 0x1000, 1) } } },
	/* ranges of odd length, with and without something below */
	{ true, { { 1, 1 }, { 1, 1, WORDS(0, 0x1000) } } },
	{ true, { { 1, 1 }, { 1, 1, WORDS(0, 0, 0x1000, 0) }, { 1, 1, NULL, 0, WORDS(0, 1) } } },
	/* bad cell counts: windows cannot be read, nor can a reg */
	{ true, { { 1, 1 }, { 5, 1, WORDS(0, 0, 0, 0, 0, 0, 1) } } },
	{ true, { { 1, 1 }, { 1, 5, WORDS(0, 0, 0, 0, 0, 0, 1) } } },
	{ true, { { 1, 1 }, { 1, 5, WORDS(0, 0, 0x1000) }, { 1, 1, NULL, 0, WORDS(0, 1) } } },
	{ true, { { 1, 1 }, { 5, 1, (const u32[]){ 0 }, 0 }, { 1, 1, NULL, 0, WORDS(0, 0, 0, 0, 0, 1) } } },
	{ true, { { 5, 1 }, { 1, 1, NULL, 0, WORDS(0, 0, 0, 0, 0, 1) } } },
	{ true, { { 0, 0 }, { 1, 1, NULL, 0, WORDS(0, 1) } } },
	/* nothing that needs them: not a bad thing */
	{ false, { { 1, 1 }, { 5, 1, (const u32[]){ 0 }, 0 }, { 1, 1 } } },
	{ false, { { 1, 1 }, { 5, 1 } } },
	/* a window below a bus that cannot be read, or outside of its window */
	{ true, { { 1, 1 }, { 5, 1, (const u32[]){ 0 }, 0 }, { 1, 1, WORDS(0, 0, 0x1000) } } },
	{ true, { { 1, 1 }, { 1, 1, WORDS(0, 0x1000, 0x1000) }, { 1, 1, WORDS(0, 0x1000, 0x10) } } },
	{ true, { { 1, 1 }, { 1, 1, WORDS(0, 0x1000, 0x1000) }, { 1, 1, (const u32[]){ 0 }, 0 },
		  { 1, 1, NULL, 0, WORDS(0x1000, 1) } } },
	/* above 2^64 */
	{ true, { { 3, 1 }, { 1, 1, NULL, 0, WORDS(1, 0, 0, 1) } } },
	{ true, { { 3, 1 }, { 1, 1, WORDS(0, 1, 0, 0, 0x1000) } } },
	/* half an entry, also of RAM; none */
	{ true, { { 1, 1 }, { 1, 1, NULL, 0, WORDS(0) } } },
	{ true, { { 1, 1 }, { 1, 1, NULL, 0, WORDS(0, 1, 2) } } },
	{ true, { { 1, 1 }, { 1, 1, NULL, 0, WORDS(0, 1, 2), "memory" } } },
	/* PCI: its windows matter, what is behind it lies in them */
	{ true, { { 1, 1 }, { 3, 2, WORDS(0, 0, 0, 0, 0), NULL, 0, "pci" } } },
	{ false, { { 1, 1 }, { 3, 2, WORDS(0, 0, 0, 0x1000, 0, 0x1000), NULL, 0, "pci" },
		   { 3, 2, WORDS(1), WORDS(0, 0, 0, 0, 0, 7), "pci" }, { 5, 5, NULL, 0, WORDS(1) } } },
	/* I2C and MDIO: nothing below has a CPU address, right or wrong */
	{ false, { { 1, 1 }, { 1, 0, NULL, 0, WORDS(0x1000, 1) }, { 1, 0, NULL, 0, WORDS(0x50) } } },
	{ false, { { 1, 1 }, { 1, 0, NULL, 0, WORDS(0x1000, 1) }, { 1, 0, NULL, 0, WORDS(0x50, 1, 2) },
		   { 1, 0, NULL, 0, WORDS(0, 1, 2) } } },
	{ false, { { 1, 1 }, { 1, 0 }, { 5, 5, WORDS(1), WORDS(0x50) }, { 1, 1, NULL, 0, WORDS(7) } } },
	{ false, { { 1, 1 }, { 1, 0 }, { 1, 1, WORDS(0, 0, 0x100), WORDS(0x50) },
		   { 1, 1, WORDS(0, 0x100, 0x100), WORDS(0x100, 1) }, { 1, 1, NULL, 0, WORDS(7) } } },
	{ false, { { 1, 1 }, { 1, 0 }, { 1, 1, (const u32[]){ 0 }, 0 }, { 1, 1, NULL, 0, WORDS(7, 1, 2) } } },
	/* reserved memory is, with ranges or not */
	{ false, { { 1, 1 }, { 1, 1, .name = "reserved-memory" }, { 1, 1, NULL, 0, WORDS(0, 1) } } },
	{ true, { { 1, 1 }, { 1, 1, .name = "reserved-memory" }, { 1, 1, NULL, 0, WORDS(0, 1, 2) } } },
	{ true, { { 1, 1 }, { 5, 1, .name = "reserved-memory" }, { 1, 1, NULL, 0, WORDS(0, 1) } } },
};

static void test_unclear(void **state)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(unclear_cases); i++) {
		struct sr_facts facts = dom0;
		struct sr_decision d;
		struct tree tree;

		assert_int_equal(fdt_create(buf, sizeof(buf)), 0);
		assert_int_equal(fdt_finish_reservemap(buf), 0);
		for (k = 0; k < 5; k++) {
			const struct level *l = &unclear_cases[i].levels[k];

			if (k && !l->address_cells && !l->size_cells)
				break;
			begin_node(!k ? "" : l->name ? l->name : "n");
			add_prop(&(struct prop)CELLS("#address-cells", l->address_cells));
			add_prop(&(struct prop)CELLS("#size-cells", l->size_cells));
			if (l->type)
				assert_int_equal(fdt_property_string(buf, "device_type", l->type), 0);
			if (l->ranges)
				add_prop(&(struct prop){ "ranges", l->ranges, l->nr_ranges * 4, true });
			if (l->nr_reg)
				add_prop(&(struct prop){ "reg", l->reg, l->nr_reg * 4, true });
		}
		end_nodes(k - 1);
		begin_node("hypervisor");
		add_prop(&(struct prop)STRING("compatible", "xen,xen"));
		end_nodes(1);
		end_tree(&tree);

		if (tree.dt.bad || tree.dt.unclear != unclear_cases[i].unclear)
			fail_msg("case %u: bad %d, unclear %d", i, tree.dt.bad, tree.dt.unclear);
		if (tree.dt.unclear)
			assert_true(tree.nr_problems > 0);
		/* It is holes that this turns off. */
		tree.dt.config.policy = SR_POLICY_HOLES;
		facts.xen_iommu = SR_YES;
		d = decide_tree(&tree, &facts);
		assert_int_equal(d.source, tree.dt.unclear ? SR_SOURCE_BALLOON : SR_SOURCE_HOLES);
		free(d.pieces);
		free_tree(&tree);
	}
}

/* Buses with @nr windows each, one in the other or side by side. */
static bool read_windows(const int *nr, int buses, bool nested)
{
	static u32 windows[3 * (SR_MAX_WINDOWS + 1)];
	struct tree tree;
	int i;
	bool bad;

	for (i = 0; i <= SR_MAX_WINDOWS; i++)
		memcpy(&windows[3 * i], (u32[]){ i * 0x1000, i * 0x1000, 0x1000 }, 12);
	begin_tree();
	for (i = 0; i < buses; i++) {
		begin_node("bus");
		add_prop(&(struct prop){ "ranges", windows, nr[i] * 12, true });
		if (!nested)
			end_nodes(1);
	}
	if (nested)
		end_nodes(buses);
	end_tree(&tree);
	bad = tree.dt.bad;
	assert_true(!bad || tree.nr_problems);
	free_tree(&tree);
	return bad;
}

/* Time to read grows with the windows up to the root, so there is an end to them. */
static void test_many_windows(void **state)
{
	static const int nr[] = { 100, SR_MAX_WINDOWS - 100, 0, 1, SR_MAX_WINDOWS, SR_MAX_WINDOWS + 1 };

	assert_false(read_windows(nr, 5, false));
	assert_true(read_windows(nr + 5, 1, false));
	assert_false(read_windows(nr + 4, 1, true));
	assert_false(read_windows(nr, 3, true));
	assert_true(read_windows(nr, 4, true));
}

/*
 * @levels of nodes: buses that all have the same window, the deepest with a
 * reg in it; then /hypervisor.
 */
static void make_deep_tree(int levels)
{
	int i;

	begin_tree();
	for (i = 1; i < levels; i++) {
		assert_int_equal(fdt_begin_node(buf, "n"), 0);
		if (i < levels - 1)
			add_cells("ranges", 0, 0x100000, 0x1000, 3);
		else
			add_cells("reg", 0x800, 0x100, 0, 2);
	}
	for (i = 1; i < levels; i++)
		assert_int_equal(fdt_end_node(buf), 0);
	assert_int_equal(fdt_begin_node(buf, "hypervisor"), 0);
	assert_int_equal(fdt_property_string(buf, "compatible", "xen,xen"), 0);
	add_cells("reg", 0x1000, 0x1000, 0, 2);
	assert_int_equal(fdt_end_node(buf), 0);
	assert_int_equal(fdt_end_node(buf), 0);
	assert_int_equal(fdt_finish(buf), 0);
}

static void test_deep(void **state)
{
	static const int too_deep[] = { 65, 66, 10000 };
	struct sr_decision d;
	struct tree tree;
	unsigned int i;

	make_deep_tree(3);
	read_tree(&tree, place(buf, fdt_totalsize(buf)));
	expect(&tree, CLAIMS(
		{ 0x100000, 0x100fff, SR_BUS_WINDOW, "/n" },
		{ 0x100800, 0x1008ff, SR_REG, "/n/n" },
		{ 0x1000, 0x1fff, SR_GRANT_TABLE, "/hypervisor" }), NONE);
	free_tree(&tree);

	make_deep_tree(64);
	read_tree(&tree, place(buf, fdt_totalsize(buf)));
	assert_false(tree.dt.bad);
	assert_int_equal(tree.dt.nr_claims, 2);
	free_tree(&tree);

	for (i = 0; i < 3; i++) {
		make_deep_tree(too_deep[i]);
		read_tree(&tree, place(buf, fdt_totalsize(buf)));
		assert_true(tree.dt.bad);
		assert_true(tree.nr_problems > 0);
		d = decide_tree(&tree, &dom0);
		assert_int_equal(d.reason, SR_REASON_BAD_TREE);
		free(d.pieces);
		free_tree(&tree);
	}
}

/* Each bus adds its offset, up to the deepest that is read. */
static void test_deep_translation(void **state)
{
	struct tree tree;
	int i;

	begin_tree();
	for (i = 1; i < SR_MAX_DEPTH - 1; i++) {
		assert_int_equal(fdt_begin_node(buf, "n"), 0);
		add_cells("ranges", 0, 0x100, 0x7fffffff, 3);
	}
	assert_int_equal(fdt_begin_node(buf, "n"), 0);
	add_cells("reg", 0x1000, 0x100, 0, 2);
	for (i = 0; i < SR_MAX_DEPTH; i++)
		assert_int_equal(fdt_end_node(buf), 0);
	assert_int_equal(fdt_finish(buf), 0);

	read_tree(&tree, place(buf, fdt_totalsize(buf)));
	assert_false(tree.dt.bad);
	assert_int_equal(tree.nr_problems, 0);
	assert_int_equal(tree.dt.nr_claims, 1);
	assert_int_equal(tree.dt.claims[0].range.start, 0x1000 + (SR_MAX_DEPTH - 2) * 0x100);
	free_tree(&tree);
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
		struct tree tree;

		memmove(buf + size + i, buf + start, fdt_size_dt_struct(buf));
		fdt_set_off_dt_struct(buf, size + i);
		start = size + i;
		fdt_set_totalsize(buf, start + fdt_size_dt_struct(buf));
		read_tree(&tree, place(buf, fdt_totalsize(buf)));
		expect(&tree, CLAIMS(
			{ 0x8000000, 0x8000fff, SR_RESERVED, "" },
			{ 0x40000000, 0x4fffffff, SR_RAM, "/memory" },
			{ 0x10000000, 0x10ffffff, SR_BUS_WINDOW, "/soc" },
			{ 0x10009000, 0x10009fff, SR_REG, "/soc/uart" },
			{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }), NONE);
		assert_int_equal(tree.dt.nr_published, 1);
		expect_published(&tree, 0, 0x100000000, 0x13fffffff);
		free_tree(&tree);
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
