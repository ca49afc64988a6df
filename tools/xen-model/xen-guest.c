// SPDX-License-Identifier: GPL-2.0
/*
 * What the toolstack publishes to a guest that it makes, and what page tables the guest
 * has for it: finalize_hypervisor_node() and libxl__get_required_paging_memory(),
 * tools/libs/light. A guest's layout is the same everywhere: include/public/arch-arm.h.
 */
#include <linux/array_size.h>
#include <linux/minmax.h>

#include "xen-tree.h"

#define MIB	0x100000ULL

/* GUEST_RAM_BANK_BASES, GUEST_RAM_BANK_SIZES */
static const struct sr_range banks[] = {
	{ 0x40000000, 0xffffffff },
	{ 0x200000000, 0xffffffffff },
};

/**
 * xen_model_guest_ram() - a guest's RAM, by its own addresses
 * @memory: bytes
 * @ram: filled in; room for two
 *
 * Return: how many.
 */
unsigned int xen_model_guest_ram(u64 memory, struct sr_range *ram)
{
	unsigned int n;

	for (n = 0; memory && n < ARRAY_SIZE(banks); n++) {
		u64 size = min(memory, range_size(&banks[n]));

		ram[n] = (struct sr_range){ banks[n].start, banks[n].start + size - 1 };
		memory -= size;
	}
	return n;
}

/* What begins at @start and ends before @end, unless it is too small to be a region */
static int add_region(struct sr_range *regions, int n, u64 start, u64 end)
{
	if (end < start + 64 * MIB)
		return n;
	regions[n] = (struct sr_range){ start, end - 1 };
	return n + 1;
}

/**
 * xen_model_guest_regions() - regions 1..N of /hypervisor in a guest's device tree
 * @params: the toolstack's version, and the width of guest addresses
 * @memory: bytes of RAM
 * @iomem: what the configuration maps, by guest addresses, in rising order
 * @nr_iomem: how many
 * @regions: filled in; room for two and one for each of @iomem
 *
 * The toolstack has spared what iomem maps since 4.21 only ("tools/arm: exclude iomem
 * from domU extended regions").
 *
 * Return: how many regions.
 */
int xen_model_guest_regions(const struct xen_params *params, u64 memory,
			    const struct sr_range *iomem, unsigned int nr_iomem,
			    struct sr_range *regions)
{
	int n = 0;

	if (xen_version(params) < XEN_VERSION(4, 16))
		return 0;
	if (xen_version(params) < XEN_VERSION(4, 21))
		nr_iomem = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(banks); i++) {
		u64 ram = min(memory, range_size(&banks[i]));
		u64 start = banks[i].start + round_up(ram, 2 * MIB);
		u64 end = min(banks[i].last, (1ULL << params->ipa_bits) - 1) + 1;

		memory -= ram;
		if (end < start + 64 * MIB)
			continue;
		for (unsigned int j = 0; j < nr_iomem; j++) {
			if (iomem[j].last < start || iomem[j].start >= end)
				continue;
			if (iomem[j].start > start)
				n = add_region(regions, n, start, iomem[j].start);
			start = iomem[j].last + 1;
		}
		n = add_region(regions, n, start, end);
	}
	return n;
}

/**
 * xen_model_guest_tables() - what a guest has for its page tables in Xen (the p2m)
 * @memory: bytes of RAM at most
 * @vcpus: how many
 * @mapped: bytes of other domains' memory that it is to map; XEN_GUEST_MAPPED by default
 *
 * A page of tables maps 2 MiB. Only dom0 can take more when it has used them up.
 *
 * Return: bytes.
 */
u64 xen_model_guest_tables(u64 memory, unsigned int vcpus, u64 mapped)
{
	return 0x1000 * (256ULL * vcpus + memory / MIB + (mapped + 2 * MIB - 1) / (2 * MIB));
}
