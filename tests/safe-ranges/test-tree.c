// SPDX-License-Identifier: GPL-2.0
/* Reading device trees: from trees/, made here, and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <libfdt.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"
#include "tree.h"

#define CLAIMS(...)	LIST(struct want_claim, __VA_ARGS__)
#define PROBLEMS(...)	LIST(struct want_problem, __VA_ARGS__)

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
	struct sr_facts f = tree_facts(tree, facts);
	struct sr_decision d;
	const char *err;

	err = decide(&f, tree->published, tree->nr_published < 0 ? 0 : tree->nr_published,
		     tree->claims, tree->nr_claims, &d);
	if (err)
		fail_msg("%s", err);
	return d;
}

/* Read a tree that may be damaged in any way: nothing bad happens. */
static int read_any(const void *fdt)
{
	struct sr_decision d;
	struct tree tree;
	int err;

	read_tree(&tree, fdt);
	d = decide_tree(&tree, &dom0);
	err = tree.err;
	assert_true(err == 0 || err == -EINVAL);
	assert_true(err == 0 || tree.nr_problems > 0);
	assert_true(tree.nr_published <= SR_MAX_PUBLISHED);
	free(d.pieces);
	free_tree(&tree);
	return err;
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

	assert_int_equal(tree->err, 0);
	for (i = 0; i < nr_claims && i < tree->nr_claims; i++) {
		assert_string_equal(path_of(tree, tree->claims[i].node), claims[i].path);
		assert_int_equal(tree->claims[i].range.start, claims[i].start);
		assert_int_equal(tree->claims[i].range.last, claims[i].last);
		assert_int_equal(tree->claims[i].owner, claims[i].owner);
	}
	assert_int_equal(tree->nr_claims, nr_claims);
	for (i = 0; i < nr_problems && i < tree->nr_problems; i++) {
		assert_string_equal(path_of(tree, tree->problems[i].node), problems[i].path);
		assert_string_equal(tree->problems[i].property, problems[i].property);
	}
	assert_int_equal(tree->nr_problems, nr_problems);
}

static void expect_published(const struct tree *tree, int i, u64 start, u64 last)
{
	assert_true(i < tree->nr_published);
	assert_int_equal(tree->published[i].start, start);
	assert_int_equal(tree->published[i].last, last);
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

static void test_nested(void **state)
{
	struct tree tree;

	load_and_read(&tree, "nested");
	expect(&tree, CLAIMS(
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
		{ 0xffffffffffff0000, U64_MAX, SR_REG, "/top" }), NONE);
	assert_int_equal(tree.nr_published, -ENOENT);
	free_tree(&tree);
}

static void test_cells(void **state)
{
	struct tree tree;

	load_and_read(&tree, "cells-1");
	expect(&tree, CLAIMS(
		{ 0x40000000, 0x4fffffff, SR_RAM, "/memory@40000000" },
		{ 0xffff0000, 0xffffffff, SR_REG, "/uart@ffff0000" },
		{ 0x20000000, 0x20ffffff, SR_BUS_WINDOW, "/bus" },
		{ 0x20001000, 0x20001fff, SR_REG, "/bus/spi@100001000" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }), NONE);
	assert_int_equal(tree.nr_published, 1);
	expect_published(&tree, 0, 0x60000000, 0x63ffffff);
	free_tree(&tree);

	load_and_read(&tree, "cells-default");
	expect(&tree, CLAIMS(
		{ 0x100009000, 0x100009fff, SR_REG, "/uart" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }), NONE);
	assert_int_equal(tree.nr_published, 1);
	expect_published(&tree, 0, 0x100000000, 0x103ffffff);
	free_tree(&tree);

	load_and_read(&tree, "cells-3");
	expect(&tree, CLAIMS(
		{ 0x9000, 0x9fff, SR_REG, "/uart" },
		{ 0xffffffff00000000, U64_MAX, SR_REG, "/large" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }),
	       PROBLEMS({ "/far", "reg" }));
	assert_int_equal(tree.nr_published, 3);
	expect_published(&tree, 0, 0x100000000, 0x103ffffff);
	assert_true(tree.published[1].last < tree.published[1].start);
	assert_true(tree.published[2].last < tree.published[2].start);
	free_tree(&tree);
}

static void test_pci(void **state)
{
	struct tree tree;

	load_and_read(&tree, "pci");
	expect(&tree, CLAIMS(
		{ 0x4010000000, 0x401fffffff, SR_REG, "/pcie@10000000" },
		{ 0x3eff0000, 0x3effffff, SR_PCI_WINDOW, "/pcie@10000000" },
		{ 0x10000000, 0x3efeffff, SR_PCI_WINDOW, "/pcie@10000000" },
		{ 0x8000000000, 0xffffffffff, SR_PCI_WINDOW, "/pcie@10000000" },
		{ 0x901000000, 0x901000fff, SR_REG, "/soc/pcie@1000000" },
		{ 0x902000000, 0x9020fffff, SR_PCI_WINDOW, "/soc/pcie@1000000" },
		{ 0x5000000000, 0x5000000fff, SR_REG, "/pcie@20000000" }), NONE);
	free_tree(&tree);
}

static void test_windows(void **state)
{
	struct sr_decision d;
	struct tree tree;

	load_and_read(&tree, "windows");
	expect(&tree, CLAIMS(
		{ 0x40000000, 0x4fffffff, SR_RAM, "/memory@40000000" },
		{ 0xc000000, 0xdffffff, SR_BUS_WINDOW, "/platform-bus@c000000" },
		{ 0x100000000, 0x13fffffff, SR_BUS_WINDOW, "/bus@100000000" },
		{ 0x9000000, 0x9000fff, SR_REG, "/soc@0/uart@9000000" },
		{ 0x20000000, 0x200fffff, SR_BUS_WINDOW, "/soc@0/bus@20000000" },
		{ 0x40000000, 0x5fffffff, SR_BUS_WINDOW, "/ahb@40000000" },
		{ 0x50000000, 0x50ffffff, SR_REG, "/ahb@40000000/gpu@50000000" },
		{ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }), NONE);

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

static void test_reserved(void **state)
{
	struct tree tree;

	load_and_read(&tree, "reserved");
	expect(&tree, CLAIMS(
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
		{ 0xb000000, 0xb000fff, SR_REG, "/reserved-memory-unit/port@b000000" }), NONE);
	free_tree(&tree);
}

/* What cannot be read is reported, and the rest is read. */
static void test_broken(void **state)
{
	struct tree tree;

	load_and_read(&tree, "broken");
	expect(&tree, CLAIMS(
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
		{ "/uart@9002000", "reg" }));
	free_tree(&tree);
}

/* Both callbacks may be missing. */
static void test_no_callbacks(void **state)
{
	struct sr_reader reader = { 0 };
	struct sr_range published[SR_MAX_PUBLISHED];
	const void *fdt = place(buf, load("broken"));

	assert_int_equal(sr_read_claims(&reader, fdt), 0);
	assert_int_equal(sr_read_published(&reader, fdt, published), -ENOENT);
}

static void test_published(void **state)
{
	struct tree tree;
	int i;

	load_and_read(&tree, "hypervisor");
	expect(&tree, CLAIMS({ 0x38000000, 0x38ffffff, SR_GRANT_TABLE, "/hypervisor" }), NONE);
	assert_int_equal(tree.nr_published, 6);
	expect_published(&tree, 0, 0x100000000, 0x17fffffff);
	expect_published(&tree, 1, 0xc0000000, 0xc3ffffff);
	expect_published(&tree, 2, 0xfffffffffff00000, U64_MAX);
	for (i = 3; i < 6; i++)
		assert_true(tree.published[i].last < tree.published[i].start);
	free_tree(&tree);
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
	unsigned int i;
	int r;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_with_reg(&tree, regions(), cases[i].len);
		assert_int_equal(tree.err, 0);
		assert_int_equal(tree.nr_published, cases[i].nr);
		assert_int_equal(tree.nr_claims, cases[i].nr_claims);
		assert_int_equal(tree.nr_problems, cases[i].nr_problems);
		for (r = 0; r < tree.nr_published; r++)
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
	assert_int_equal(tree.nr_published, 0);
	d = decide_tree(&tree, &dom0);
	assert_int_equal(d.reason, SR_REASON_NONE_PUBLISHED);
	free(d.pieces);
	free_tree(&tree);

	load("hypervisor");
	assert_int_equal(fdt_del_node(buf, fdt_path_offset(buf, "/hypervisor")), 0);
	read_tree(&tree, place(buf, fdt_totalsize(buf)));
	expect(&tree, NONE, NONE);
	assert_int_equal(tree.nr_published, -ENOENT);
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
		assert_int_equal(tree.nr_published, 0);
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
	assert_int_equal(tree.err, 0);
	assert_int_equal(tree.nr_problems, 0);
	assert_int_equal(tree.nr_published, 3);
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
	assert_int_equal(tree.err, 0);
	assert_int_equal(tree.nr_claims, 2);
	free_tree(&tree);

	for (i = 0; i < 3; i++) {
		make_deep_tree(too_deep[i]);
		read_tree(&tree, place(buf, fdt_totalsize(buf)));
		assert_int_equal(tree.err, -EINVAL);
		assert_true(tree.nr_problems > 0);
		assert_int_equal(tree.nr_published, 0);
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
	assert_int_equal(tree.err, 0);
	assert_int_equal(tree.nr_problems, 0);
	assert_int_equal(tree.nr_claims, 1);
	assert_int_equal(tree.claims[0].range.start, 0x1000 + (SR_MAX_DEPTH - 2) * 0x100);
	free_tree(&tree);
}

/* No prefix of a tree is a tree. */
static void test_prefixes(void **state)
{
	size_t size = load("small"), n;

	for (n = 0; n < size; n++)
		assert_false(whole_tree(place(buf, n), n));
	assert_int_equal(read_any(place(buf, size)), 0);
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
		assert_int_equal(read_any(fdt), n < end ? -EINVAL : 0);
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
		if (read_any(fdt) != -EINVAL)
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
	assert_int_equal(read_any(place(buf, size)), -EINVAL);
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
		assert_int_equal(tree.nr_published, 1);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_pci),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_no_callbacks),
		cmocka_unit_test(test_published),
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

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
