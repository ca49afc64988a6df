// SPDX-License-Identifier: GPL-2.0
/*
 * The model's parts: what boots do not reach. Versions that were not booted are
 * here as their sources say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <libfdt.h>
#include <linux/string.h>

#include "../tap.h"
#include "xen-tree.h"

static char blob[16384];
static struct sr_range out[XEN_MAX_BANKS];
static const char *why;
static int at;

static void cells(void *fdt, const char *name, const u32 *value, int n)
{
	fdt32_t cell[64];
	int i;

	for (i = 0; i < n; i++)
		cell[i] = cpu_to_fdt32(value[i]);
	assert_int_equal(fdt_property(fdt, name, cell, n * sizeof(*cell)), 0);
}

#define CELLS(fdt, name, ...) \
	cells(fdt, name, (u32 []){ __VA_ARGS__ }, sizeof((u32 []){ __VA_ARGS__ }) / sizeof(u32))

/* RAM of 2 GiB at 1 GiB, one device at 4 GiB; modules in /chosen if @modules. */
static void *tree(bool modules)
{
	void *fdt = blob;

	fdt_create(fdt, sizeof(blob));
	fdt_finish_reservemap(fdt);
	fdt_begin_node(fdt, "");
	CELLS(fdt, "#address-cells", 2);
	CELLS(fdt, "#size-cells", 2);
	fdt_begin_node(fdt, "memory@40000000");
	fdt_property_string(fdt, "device_type", "memory");
	CELLS(fdt, "reg", 0, 0x40000000, 0, 0x80000000);
	fdt_end_node(fdt);
	fdt_begin_node(fdt, "device@100000000");
	CELLS(fdt, "reg", 1, 0, 0, 0x1000);
	fdt_end_node(fdt);
	if (modules) {
		fdt_begin_node(fdt, "chosen");
		CELLS(fdt, "#address-cells", 2);
		CELLS(fdt, "#size-cells", 2);
		fdt_begin_node(fdt, "module@49000000");
		fdt_property_string(fdt, "compatible", "multiboot,module");
		CELLS(fdt, "reg", 0, 0x49000000, 0, 0x800000);
		fdt_end_node(fdt);
		fdt_end_node(fdt);
	}
	fdt_end_node(fdt);
	assert_int_equal(fdt_finish(fdt), 0);
	return fdt;
}

static struct xen_params version(unsigned int minor)
{
	return (struct xen_params){
		.major = 4, .minor = minor, .ext_regions = true, .direct_mapped = true,
		.ipa_bits = 40, .cpus = 1, .dom0_mem = 512 << 20,
		.xen = { 0x40200000, 0x40343fff }, .tree = { 0x48000000, 0x48001fff },
	};
}

static int regions(const void *fdt, const struct xen_params *params)
{
	why = NULL;
	return xen_model_regions(fdt, params, out, XEN_MAX_BANKS, &at, &why);
}

static void test_none(void **state)
{
	struct xen_params p = version(15);

	assert_int_equal(regions(tree(true), &p), 0);
	assert_non_null(strstr(why, "4.16"));
	p = version(20);
	p.ext_regions = false;
	assert_int_equal(regions(tree(true), &p), 0);
	assert_string_equal(why, "ext_regions=0");
}

/* The 2 MiB that 4.18 to 4.20 lose, with both methods. */
static void test_versions(void **state)
{
	static const struct { unsigned int minor; u64 lost; } v[] = {
		{ 16, 0 }, { 17, 0 }, { 18, 0x200000 }, { 19, 0x200000 }, { 20, 0x200000 },
		{ 21, 0 }, { 22, 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct xen_params p = version(v[i].minor);

		assert_int_equal(regions(tree(true), &p), 2);
		assert_true(out[0].start == 0x40400000 && out[0].last + 1 == 0x60000000 - v[i].lost);
		assert_true(out[1].start == 0x80000000 && out[1].last + 1 == 0xc0000000 - v[i].lost);
		p.iommu = true;
		assert_int_equal(regions(tree(true), &p), 3);
		assert_true(out[0].start == 0 && out[0].last + 1 == 0x40000000 - v[i].lost);
		assert_true(out[1].start == 0xc0000000 && out[1].last + 1 == 0x100000000 - v[i].lost);
		assert_true(out[2].start == 0x100200000 && out[2].last + 1 == 0x10000000000 - v[i].lost);
	}
}

/* What is not given is not guessed. */
static void test_unknown(void **state)
{
	struct xen_params p = version(20);
	struct sr_range bank = { 0x80000000, 0x9fffffff };

	assert_int_equal(regions(tree(false), &p), -ENODATA);
	p.dom0_ram = &bank;
	p.nr_dom0_ram = 1;
	assert_int_equal(regions(tree(false), &p), 2);
	assert_true(out[0].last + 1 == 0x7fe00000 && out[1].start == 0xa0000000);

	p.ipa_bits = 0;
	assert_int_equal(regions(tree(false), &p), 2);
	p.iommu = true;
	assert_int_equal(regions(tree(false), &p), -ENODATA);
	p.ipa_bits = 40;
	p.xen.start = 1;
	p.xen.last = 0;
	assert_int_equal(regions(tree(false), &p), 3);
	p.iommu = false;
	assert_int_equal(regions(tree(false), &p), -ENODATA);

	p = version(20);
	p.direct_mapped = false;
	assert_int_equal(regions(tree(true), &p), -ENODATA);
	p.llc_colors = 16;
	assert_true(regions(tree(true), &p) > 0);
	p.minor = 19;
	assert_int_equal(regions(tree(true), &p), -EINVAL);
}

static void test_room(void **state)
{
	struct xen_params p = version(20);

	assert_int_equal(xen_model_regions(tree(true), &p, out, 1, &at, &why), -E2BIG);
	assert_int_equal(xen_model_dom0_ram(tree(true), &p, out, 0, &why), -E2BIG);
}

static void test_dom0_mem(void **state)
{
	struct xen_params p = version(20);

	p.dom0_mem = 0;		/* 512 MiB */
	assert_int_equal(xen_model_dom0_ram(tree(true), &p, out, 1, &why), 1);
	assert_true(out[0].start == 0x60000000 && out[0].last == 0x7fffffff);
	p.dom0_mem = 1ULL << 40;
	assert_int_equal(xen_model_dom0_ram(tree(true), &p, out, 1, &why), -ENOMEM);
	p.dom0_mem = 1;
	assert_int_equal(xen_model_dom0_ram(tree(true), &p, out, 1, &why), -ENOMEM);
}

/* All sequences of three removals on 8 units, against a bitmap. */
static void test_rangeset(void **state)
{
	static struct xen_rangeset set;
	unsigned int op[3], pairs[36][2], n = 0, i, j;

	for (i = 0; i < 8; i++)
		for (j = i; j < 8; j++, n++) {
			pairs[n][0] = i;
			pairs[n][1] = j;
		}
	for (op[0] = 0; op[0] < n; op[0]++)
	for (op[1] = 0; op[1] < n; op[1]++)
	for (op[2] = 0; op[2] < n; op[2]++) {
		unsigned int map, got, mixed;

		for (mixed = 0; mixed < 8; mixed++) {
			map = mixed & 1 ? 0 : 0x7e;
			set.nr = 0;
			set.grows = false;
			if (map)
				assert_int_equal(xen_rangeset_add(&set, 1, 6), 0);
			for (i = 0; i < 3; i++) {
				unsigned int s = pairs[op[i]][0], e = pairs[op[i]][1];
				unsigned int bits = (2u << e) - (1u << s);

				if (mixed & 1 << i) {
					map |= bits;
					xen_rangeset_add(&set, s, e);
				} else {
					map &= ~bits;
					xen_rangeset_remove(&set, s, e);
				}
			}
			for (got = 0, i = 0; i < set.nr; i++) {
				/* In order, apart, not empty */
				assert_true(set.range[i].start <= set.range[i].last);
				assert_true(!i || set.range[i - 1].last + 1 < set.range[i].start);
				got |= (2u << set.range[i].last) - (1u << set.range[i].start);
			}
			assert_int_equal(got, map);
		}
	}
}

/* rangeset_remove_range() as it was, and what nobody should ask of it */
static void test_rangeset_quirks(void **state)
{
	static struct xen_rangeset set;
	int grows;

	for (grows = 0; grows < 2; grows++) {
		set.nr = 0;
		set.grows = grows;
		xen_rangeset_add(&set, 0, 300);
		xen_rangeset_remove(&set, 101, 149);
		xen_rangeset_remove(&set, 120, 160);
		assert_int_equal(set.nr, 2);
		assert_true(set.range[0].last == (grows ? 119 : 100) && set.range[1].start == 161);
	}
	set.nr = 0;
	xen_rangeset_add(&set, 100, 300);
	assert_int_equal(xen_rangeset_remove(&set, 200, 199), 0);
	assert_int_equal(set.nr, 2);
	assert_true(set.range[0].last == 199 && set.range[1].start == 200);
	assert_int_equal(xen_rangeset_remove(&set, 200, 199), -EFAULT);
	assert_int_equal(xen_rangeset_remove(&set, 400, 399), 0);
	/* Up to the last byte of all: the end wraps, and the last range comes back whole. */
	assert_int_equal(xen_rangeset_remove(&set, 0, U64_MAX), 0);
	assert_int_equal(set.nr, 1);
	assert_true(set.range[0].start == 0 && set.range[0].last == 300);
	assert_int_equal(xen_rangeset_remove(&set, 0, U64_MAX), 0);
	assert_int_equal(set.nr, 0);
}

static void test_iommu(void **state)
{
	struct xen_params p = version(20);
	const struct xen_iommu *iommu;
	void *fdt = blob;

	fdt_create(fdt, sizeof(blob));
	fdt_finish_reservemap(fdt);
	fdt_begin_node(fdt, "");
	fdt_begin_node(fdt, "a");
	fdt_property(fdt, "compatible", "acme,smmu\0arm,mmu-500", 22);
	fdt_end_node(fdt);
	fdt_begin_node(fdt, "b");
	fdt_property_string(fdt, "compatible", "arm,smmu-v3");
	fdt_end_node(fdt);
	fdt_begin_node(fdt, "c");
	fdt_property_string(fdt, "compatible", "cavium,smmu-v2");
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	fdt_finish(fdt);

	iommu = xen_model_iommu(fdt, fdt_path_offset(fdt, "/a"), &p);
	assert_true(iommu && iommu->stock);
	iommu = xen_model_iommu(fdt, fdt_path_offset(fdt, "/b"), &p);
	assert_true(iommu && !iommu->stock && iommu->note);
	assert_null(xen_model_iommu(fdt, fdt_path_offset(fdt, "/c"), &p));
	p.minor = 14;
	assert_null(xen_model_iommu(fdt, fdt_path_offset(fdt, "/b"), &p));
}

/* Trees that are cut off or have other bytes: any answer, in order, no fault. */
static void test_damaged(void **state)
{
	static char copy[sizeof(blob)];
	u64 seed = 42;
	int run;

	for (run = 0; run < 4000; run++) {
		struct xen_params p = version(16 + run % 7);
		int size, n, i, changes;

		tree(run & 1);
		size = fdt_totalsize(blob);
		memcpy(copy, blob, size);
		p.iommu = run & 2;
		p.cpus = 1;
		for (changes = 1 + run % 4; changes; changes--) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			copy[fdt_off_dt_struct(blob) + (seed >> 33) % (size - fdt_off_dt_struct(blob))] =
				seed >> 20 & 1 ? (char)(seed >> 24) : 0;
		}
		if (fdt_check_header(copy))
			continue;
		n = regions(copy, &p);
		assert_true(n <= XEN_MAX_BANKS);
		assert_true(n >= 0 || why);
		for (i = 0; i < n; i++)
			assert_true(out[i].last - out[i].start + 1 >= 64 << 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_dom0_mem),
		cmocka_unit_test(test_rangeset),
		cmocka_unit_test(test_rangeset_quirks),
		cmocka_unit_test(test_iommu),
		cmocka_unit_test(test_damaged),
	};

	speak_tap();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
