/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of what Xen on Arm64 makes of a host's device tree for dom0: a library
 * for tools and tests.
 *
 *   xen-model.c     which regions Xen publishes as extended regions (regions 1..N of
 *		     /hypervisor), and which IOMMUs it drives
 *   xen-tree.c      the host's device tree, read by Xen's rules
 *   xen-nodes.c     which of its nodes dom0 gets, and what the board's platform changes
 *   xen-dom0-ram.c  which RAM dom0 gets
 *   xen-domu.c      what Xen publishes to domains that it starts
 *   xen-guest.c     what the toolstack publishes to a guest, and its page tables
 *
 * It models what Xen does, peculiarities included, by its versions: comments name
 * the function of Xen's that they speak of. Versions before 4.16 publish nothing.
 * Read were the sources of 4.17.5 and 4.20.3, and the changes since as posted and in
 * the development tree, up to 4.22; both versions were compared with the model in
 * boots: tests/xen-model. Others are as their sources say.
 *
 * It guesses nothing. The answer is -ENODATA, with the reason, where it follows from
 *
 *   - what the caller can give, and did not: the width of guest addresses, where Xen,
 *     the tree and dom0's kernel lie, the number of cache colours, a memory node;
 *   - what no caller can know: RAM that comes out differently with the number of
 *     pages that Xen itself takes, or with how far other CPUs have scrubbed memory;
 *   - what is not modelled: a static heap, shared memory.
 */
#ifndef _XEN_MODEL_H
#define _XEN_MODEL_H

#include "safe-ranges.h"

/* Bytes in a range; 0 for 2^64 */
static inline u64 range_size(const struct sr_range *range)
{
	return range->last - range->start + 1;
}

static inline bool ranges_meet(const struct sr_range *a, const struct sr_range *b)
{
	return a->start <= b->last && b->start <= a->last;
}

/* Regions and banks that Xen keeps at most: NR_MEM_BANKS */
#define XEN_MAX_BANKS	256

/**
 * struct xen_params - what Xen's answer depends on besides the device tree
 * @major: of Xen's version
 * @minor: of Xen's version
 * @iommu: Xen drives an IOMMU: it has a driver for one that the tree shows, see
 *	xen_model_iommu(), and is not told "iommu=off"
 * @all_iommus: Xen has all drivers for IOMMUs built in, not only those that Debian's has
 * @ext_regions: not told "ext_regions=0"
 * @direct_mapped: dom0's guest frames are machine frames; false with cache
 *	colouring only ("llc-coloring=on", 4.20 and later)
 * @llc_colors: with cache colouring, how many colours the host has: size of a way
 *	(llc-size / llc-nr-ways) in pages; 0 if unknown
 * @ipa_bits: width of guest physical addresses, as Xen prints it ("P2M: 44-bit
 *	IPA"); 0 if unknown
 * @cpus: of the host. With more than one, idle ones scrub free memory while
 *	dom0 is built, which can change what it gets; 0 if unknown
 * @dom0_mem: bytes, as on the command line; 0 if it is not there
 * @xen: where Xen lies, from _start to _end; last < start if unknown
 * @tree: where the boot loader puts the tree; last < start if unknown
 * @dom0_ram: dom0's RAM, if known: Xen prints it as BANK[]. Otherwise it is
 *	worked out where it is needed
 * @nr_dom0_ram: how many; 0 if unknown
 * @modules: what the boot loader places in RAM besides the modules that the
 *	tree's /chosen has
 * @nr_modules: how many
 */
struct xen_params {
	unsigned int major, minor;
	bool iommu;
	bool all_iommus;
	bool ext_regions;
	bool direct_mapped;
	unsigned int llc_colors;
	unsigned int ipa_bits;
	unsigned int cpus;
	u64 dom0_mem;
	struct sr_range xen;
	struct sr_range tree;
	const struct sr_range *dom0_ram;
	unsigned int nr_dom0_ram;
	const struct sr_range *modules;
	unsigned int nr_modules;
};

/* Versions, to be compared */
#define XEN_VERSION(major, minor)	((major) * 100 + (minor))

static inline unsigned int xen_version(const struct xen_params *params)
{
	return XEN_VERSION(params->major, params->minor);
}

int xen_model_regions(const void *fdt, const struct xen_params *params,
		      struct sr_range *regions, unsigned int max,
		      int *at, const char **why);
const char *xen_model_cmdline(const void *fdt);

/* A node at which Xen gives up */
struct xen_refusal {
	int node;
	const char *why;
};

/* Called for a node, with the reason. */
typedef void (*xen_node_fn)(void *context, int node, const char *why);
void xen_model_refusals(const void *fdt, const struct xen_params *params,
			xen_node_fn fn, void *context);
void xen_model_left_out(const void *fdt, const struct xen_params *params,
			xen_node_fn fn, void *context);
int xen_model_dom0_ram(const void *fdt, const struct xen_params *params,
		       struct sr_range *banks, unsigned int max,
		       const char **why);

/* EXTRA_DEFAULT_PAGING_MEM_MB, 128 pages of tables: what a guest can map by default */
#define XEN_GUEST_MAPPED	0x10000000ULL

unsigned int xen_model_guest_ram(u64 memory, struct sr_range *ram);
int xen_model_guest_regions(const struct xen_params *params, u64 memory,
			    const struct sr_range *iomem, unsigned int nr_iomem,
			    struct sr_range *regions);
u64 xen_model_guest_tables(u64 memory, unsigned int vcpus, u64 mapped);

/**
 * struct xen_domu - a domain that Xen starts
 * @memory: bytes
 * @vcpus: how many
 * @direct_mapped: its guest frames are machine frames
 * @host_ram: the regions are host RAM that is not its own
 * @ram: its RAM, by guest addresses
 * @nr_ram: how many
 * @tables: bytes for its page tables in Xen
 * @tables_given: the tree says so
 * @grants: where its grant table is
 * @refused: why Xen gives up at it, and does not boot; or NULL
 * @why: how the regions were found, or why there are none or it cannot be said
 * @nr: regions, or a negative error code as of xen_model_regions()
 * @regions: 1..N of its /hypervisor
 */
struct xen_domu {
	u64 memory;
	unsigned int vcpus;
	bool direct_mapped;
	bool host_ram;
	struct sr_range ram[XEN_MAX_BANKS];
	unsigned int nr_ram;
	u64 tables;
	bool tables_given;
	struct sr_range grants;
	const char *refused;
	const char *why;
	int nr;
	struct sr_range regions[XEN_MAX_BANKS];
};

void xen_model_domu(const void *fdt, const struct xen_params *params, int node,
		    struct xen_domu *domu);

/**
 * struct xen_iommu - a kind of IOMMU that some Xen has a driver for
 * @compatible: how a device tree names it
 * @option: what that Xen is configured with
 * @since_minor: first 4.x that has it
 * @stock: Debian's packages have it
 * @note: what one should know, or NULL
 * @ipa_bits: guest addresses have no more bits where Xen uses it; 0: it can tell
 *	only at boot
 */
struct xen_iommu {
	const char *compatible;
	const char *option;
	unsigned int since_minor;
	bool stock;
	const char *note;
	unsigned int ipa_bits;
};

/* IPMMU_MAX_P2M_IPA_BITS, drivers/passthrough/arm/ipmmu-vmsa.c */
#define XEN_IPMMU_IPA_BITS	40

/* Since then iommu-map is read: iommu_add_dt_pci_sideband_ids() */
#define XEN_READS_IOMMU_MAP(params)	(xen_version(params) >= XEN_VERSION(4, 21))

/* Since then devices that are passed through are in no region */
#define XEN_SPARES_PASSED(params)	XEN_READS_IOMMU_MAP(params)

extern const struct xen_iommu xen_iommus[];
const struct xen_iommu *xen_model_iommu(const void *fdt, int node,
					const struct xen_params *params);

#endif /* _XEN_MODEL_H */
