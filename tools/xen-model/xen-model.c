// SPDX-License-Identifier: GPL-2.0
/*
 * What Xen publishes to dom0 as extended regions.
 *
 * make_hypervisor_node() (arch/arm/domain_build.c) has two methods for a dom0:
 *
 *   find_unallocated_memory()  no IOMMU: the host's RAM without dom0's own, without
 *	reserved memory and without the grant-table region
 *   find_memory_holes()  with one: the guest's address space without all that the
 *	tree claims for devices and memory, RAM among it
 *
 * Both end in add_ext_regions(): 2 MiB steps, at least 64 MiB, at most 256.
 */
#include <errno.h>
#include <linux/libfdt.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "xen-tree.h"

#define KIB		0x400ULL
#define MIB		0x100000ULL
#define PAGE		(4 * KIB)
#define STEP		(2 * MIB)
#define SMALLEST	(64 * MIB)

/**
 * xen_insert() - put a range into a list
 * @list: the list
 * @nr: entries that it has; counted up
 * @max: room
 * @at: where to put it
 * @start: of the range
 * @last: of the range
 *
 * Return: false if the list is full.
 */
bool xen_insert(struct sr_range *list, unsigned int *nr, unsigned int max, unsigned int at,
		u64 start, u64 last)
{
	if (*nr == max)
		return false;
	memmove(&list[at + 1], &list[at], (*nr - at) * sizeof(*list));
	list[at] = (struct sr_range){ start, last };
	++*nr;
	return true;
}

/*
 * rangeset_add_range() and rangeset_remove_range(), common/rangeset.c, with what
 * they do to ranges that their callers should not ask for: a release build has no
 * ASSERT(), and find_memory_holes() asks. Units are up to the caller: bytes until
 * 4.17, frames since 4.18.
 */

/* find_range(): the last range that starts at or before @at, or -1 */
static int find_range(const struct xen_rangeset *set, u64 at)
{
	int low = 0, high = set->nr;

	while (low < high) {
		int middle = (low + high) / 2;

		if (set->range[middle].start <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

static int insert_range(struct xen_rangeset *set, int at, u64 start, u64 last)
{
	return xen_insert(set->range, &set->nr, XEN_MAX_RANGES, at, start, last) ? 0 : -E2BIG;
}

static void drop_ranges(struct xen_rangeset *set, int from, int to)
{
	memmove(&set->range[from], &set->range[to],
		(set->nr - to) * sizeof(set->range[0]));
	set->nr -= to - from;
}

/* Merges what overlaps or touches. */
int xen_rangeset_add(struct xen_rangeset *set, u64 start, u64 last)
{
	int first = find_range(set, start), end;

	if (first < 0 || (set->range[first].last < start && set->range[first].last + 1 != start))
		first++;
	end = first;
	while (end < (int)set->nr && (last == U64_MAX || set->range[end].start <= last + 1)) {
		start = min(start, set->range[end].start);
		last = max(last, set->range[end].last);
		end++;
	}
	drop_ranges(set, first, end);
	return insert_range(set, first, start, last);
}

/* Returns -EFAULT where Xen would follow a null pointer. */
int xen_rangeset_remove(struct xen_rangeset *set, u64 start, u64 last)
{
	int x = find_range(set, start), y = find_range(set, last), i;
	struct sr_range *r;

	if (x == y) {
		if (x < 0 || set->range[x].last < start)
			return 0;
		r = &set->range[x];
		if (r->start < start && r->last > last) {
			u64 end = r->last;

			r->last = start - 1;
			return insert_range(set, x + 1, last + 1, end);
		}
		if (r->start == start && r->last <= last)
			drop_ranges(set, x, x + 1);
		else if (r->start == start)
			r->start = last + 1;
		else
			r->last = start - 1;
		return 0;
	}
	/* An empty range at the start of a hole: the search for y finds no end. */
	if (y < x)
		return -EFAULT;

	i = x < 0 ? 0 : x;
	if (set->range[i].start < start) {
		/*
		 * Before 4.20.x ("x->e >= s", early in 2025) a range that ends
		 * before @start was made longer: what had been removed came back.
		 */
		if (set->grows || set->range[i].last >= start)
			set->range[i].last = start - 1;
		i++;
	}
	drop_ranges(set, i, y);
	r = &set->range[i];
	/* 0 after the last byte of all: what was to be removed is there as a whole. */
	r->start = last + 1;
	if (r->start > r->last)
		drop_ranges(set, i, i + 1);
	return 0;
}

/* Frames instead of bytes since f37a59813979, 4.18 */
static bool counts_frames(const struct xen_params *params)
{
	return xen_version(params) >= XEN_VERSION(4, 18);
}

static u64 unit(const struct xen_params *params)
{
	return counts_frames(params) ? PAGE : 1;
}

/* 2^p2m_ipa_bits - 1, in units */
static u64 last_of_space(const struct xen_params *params)
{
	u64 last = params->ipa_bits && params->ipa_bits < 64 ?
		   (1ULL << params->ipa_bits) - 1 : U64_MAX;

	return last / unit(params);
}

/**
 * xen_region() - add_ext_regions() up to the smallest size, and add_hwdom_free_regions()
 * @params: Xen's version
 * @range: of a rangeset, in its units
 * @start: where the region starts
 * @size: its size, may be 0
 *
 * Since 4.18 the last frame is turned into the address of its first byte, and
 * regions are 2 MiB short if they end at 2 MiB; put right in 4.21 ("xen/arm: fix
 * math in add_ext_regions", May 2025).
 *
 * Return: whether any part is aligned.
 */
bool xen_region(const struct xen_params *params, const struct sr_range *range,
		u64 *start, u64 *size)
{
	u64 first = range->start * unit(params);
	u64 last = range->last * unit(params);

	if (counts_frames(params) && xen_version(params) >= XEN_VERSION(4, 21))
		last += PAGE - 1;
	*start = round_up(first, STEP);
	if (*start > last)
		return false;
	*size = round_down(last + 1 - *start, STEP);
	return true;
}

static int report(const struct xen_params *params, const struct xen_rangeset *set,
		  struct sr_range *regions, unsigned int max, const char **why)
{
	u64 end = last_of_space(params), start, size;
	unsigned int i, n = 0;

	for (i = 0; i < set->nr && set->range[i].start <= end; i++) {
		struct sr_range range = set->range[i];

		range.last = min(range.last, end);
		if (n == XEN_MAX_BANKS)
			break;
		if (!xen_region(params, &range, &start, &size) || size < SMALLEST)
			continue;
		if (n == max)
			return no_answer(why, -E2BIG, "more regions than there is room for");
		regions[n++] = (struct sr_range){ start, start + size - 1 };
	}
	return n;
}

static int remove_bytes(const struct xen_params *params, struct xen_rangeset *set,
			const struct sr_range *range)
{
	return xen_rangeset_remove(set, range->start / unit(params),
				   range->last / unit(params));
}

/**
 * xen_unallocated() - find_unallocated_memory()
 * @params: Xen's version and place
 * @boot: RAM and reserved memory
 * @dom0_ram: to be taken out as well
 * @nr_dom0_ram: how many
 * @set: filled in
 * @why: set if it fails
 *
 * Return: 0 or a negative error code.
 */
int xen_unallocated(const struct xen_params *params, const struct xen_boot *boot,
		    const struct sr_range *dom0_ram, unsigned int nr_dom0_ram,
		    struct xen_rangeset *set, const char **why)
{
	struct xen_boot copy = *boot;
	struct sr_range grants;
	int err;

	/* get_xen_paddr() is told of Xen's new size in the list of modules. */
	err = xen_place(params, &copy, &grants.start, why);
	if (err)
		return err;
	/*
	 * find_gnttab_region(): as many frames as dom0's grant table may have, and
	 * Xen's text fills, which is more than the 64 that are the default.
	 */
	grants.last = grants.start + 64 * PAGE - 1;

	set->nr = 0;
	set->grows = xen_version(params) < XEN_VERSION(4, 20);
	for (unsigned int i = 0; i < boot->ram.nr && !err; i++)
		err = xen_rangeset_add(set, boot->ram.bank[i].start / unit(params),
				       boot->ram.bank[i].last / unit(params));
	for (unsigned int i = 0; i < nr_dom0_ram && !err; i++)
		err = remove_bytes(params, set, &dom0_ram[i]);
	for (unsigned int i = 0; i < boot->reserved.nr && !err; i++)
		err = remove_bytes(params, set, &boot->reserved.bank[i]);
	if (!err)
		err = remove_bytes(params, set, &grants);
	return err ? no_answer(why, err, "more ranges than the model holds") : 0;
}

struct holes {
	const struct xen_params *params;
	struct xen_rangeset set;
};

/* The loop of find_memory_holes(), and handle_pci_range() */
static int remove_device(void *context, u64 address, u64 size, bool pci, const char **why)
{
	struct holes *holes = context;
	u64 start = round_down(address, PAGE);
	u64 end = round_up(address + size, PAGE);
	u64 u = unit(holes->params);
	int err;

	if (pci && counts_frames(holes->params) && U64_MAX - address < size)
		return no_answer(why, -ENOENT, "a PCI window that no bus translates");
	/* What wraps around: end - 1 may be the last byte of all. */
	if (start > end - 1 && start != end) {
		*why = "addresses that wrap around: Xen's arithmetic is undefined for them";
		return -EINVAL;
	}
	err = xen_rangeset_remove(&holes->set, start / u,
				  start == end && start ? start / u - 1 : (end - 1) / u);
	if (err == -EFAULT)
		return no_answer(why, err,
				 "a reg without size where a hole starts: this Xen crashes");
	return err ? no_answer(why, err, "more ranges than the model holds") : 0;
}

static int model_holes(const void *fdt, const struct xen_params *params,
		       struct sr_range *regions, unsigned int max, int *at, const char **why)
{
	struct holes holes;
	int err;

	if (!params->ipa_bits)
		return no_answer(why, -ENODATA, "the width of guest addresses is not known");
	holes.params = params;
	holes.set.nr = 0;
	holes.set.grows = xen_version(params) < XEN_VERSION(4, 20);
	err = xen_rangeset_add(&holes.set, 0, last_of_space(params));
	if (!err)
		err = xen_tree_devices(fdt, remove_device, &holes, at, why);
	/* find_memory_holes() fails, and Xen goes on without regions. */
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	*why = "holes of the address space";
	return report(params, &holes.set, regions, max, why);
}

static int model_unallocated(const void *fdt, const struct xen_params *params,
			     struct sr_range *regions, unsigned int max, const char **why)
{
	struct xen_banks banks;
	const struct sr_range *dom0_ram = params->dom0_ram;
	int n = params->nr_dom0_ram, err;
	struct xen_rangeset set;
	struct xen_boot boot;

	err = xen_tree_boot(fdt, params, &boot, why);
	if (err)
		return err;
	if (!n) {
		err = xen_dom0_ram(params, &boot, &banks, why);
		if (err)
			return err;
		dom0_ram = banks.bank;
		n = banks.nr;
	}
	err = xen_unallocated(params, &boot, dom0_ram, n, &set, why);
	if (err)
		return err;
	*why = "host RAM that is not dom0's";
	return report(params, &set, regions, max, why);
}

static void keep_first(void *context, int node, const char *why)
{
	struct xen_refusal *first = context;

	if (first->node < 0)
		*first = (struct xen_refusal){ node, why };
}

/**
 * xen_model_regions() - regions 1..N of /hypervisor in a dom0's device tree
 * @fdt: the device tree that Xen gets; its header has been checked
 * @params: Xen and the rest of the host
 * @regions: filled in, in Xen's order
 * @max: room in @regions; Xen publishes at most XEN_MAX_BANKS
 * @at: set to the node that is the reason, or -1
 * @why: set to how they were found, or why there are none or it cannot be said
 *
 * Return: how many regions; -ENODATA if that depends on what is not known;
 * -ENOMEM if Xen does not have that much memory for dom0, and does not boot; -EINVAL if
 * it does not boot with such a tree, or what it does is undefined;
 * -E2BIG if there is no room, here or in the model.
 */
int xen_model_regions(const void *fdt, const struct xen_params *params,
		      struct sr_range *regions, unsigned int max,
		      int *at, const char **why)
{
	struct xen_refusal refusal = { -1, NULL };
	int n;

	xen_model_refusals(fdt, params, keep_first, &refusal);
	*at = refusal.node;
	if (*at >= 0)
		return no_answer(why, -EINVAL, refusal.why);
	if (xen_version(params) < XEN_VERSION(4, 16)) {
		*why = "Xen before 4.16 publishes none";
		return 0;
	}
	if (!params->ext_regions) {
		*why = "ext_regions=0";
		return 0;
	}
	/* domain_use_host_layout(): so is dom0, direct-mapped or not, since 4.20. */
	if (!params->direct_mapped && xen_version(params) < XEN_VERSION(4, 20))
		return no_answer(why, -EINVAL, "dom0 is always direct-mapped before 4.20");
	n = params->iommu ? model_holes(fdt, params, regions, max, at, why) :
			    model_unallocated(fdt, params, regions, max, why);
	if (!n && *at < 0)
		*why = "nothing of 64 MiB is left";
	return n == -EFAULT ? -EINVAL : n;
}

#define V3_NOTE \
	"a technology preview, in Xen that is configured with CONFIG_EXPERT and CONFIG_ARM_SMMU_V3"
#define IPMMU_NOTE "in Xen that is configured with CONFIG_IPMMU_VMSA"

/*
 * drivers/passthrough/arm/: arm_smmu_of_match[] of smmu.c and of smmu-v3.c,
 * ipmmu_dt_match[] of ipmmu-vmsa.c, all as of 4.17.5 and 4.20.3. What Debian's
 * packages are configured with is in their /boot/xen-*-arm64.config: ARM_SMMU
 * (default y, drivers/passthrough/Kconfig), neither ARM_SMMU_V3 nor IPMMU_VMSA.
 * In which release a kind came first is read from these two only: r8a779g0 is not in
 * 4.17; 15 for SMMUv3 is Xen's CHANGELOG; other numbers below 17 are not verified.
 * A kind without a line here (arm,smmu-v2's other names such as
 * "cavium,smmu-v2", "qcom,smmu-500" alone, "apple,*", "rockchip,iommu", ...) has
 * no driver in either.
 */
const struct xen_iommu xen_iommus[] = {
	{ "arm,smmu-v1", "ARM_SMMU", 5, true, NULL, 0 },
	{ "arm,smmu-v2", "ARM_SMMU", 5, true, NULL, 0 },
	{ "arm,mmu-400", "ARM_SMMU", 5, true, NULL, 0 },
	{ "arm,mmu-401", "ARM_SMMU", 5, true, NULL, 0 },
	{ "arm,mmu-500", "ARM_SMMU", 5, true, NULL, 0 },
	{ "arm,smmu-v3", "ARM_SMMU_V3", 15, false, V3_NOTE, 0 },
	{ "renesas,ipmmu-r8a7795", "IPMMU_VMSA", 13, false, IPMMU_NOTE, XEN_IPMMU_IPA_BITS },
	{ "renesas,ipmmu-r8a77965", "IPMMU_VMSA", 13, false, IPMMU_NOTE, XEN_IPMMU_IPA_BITS },
	{ "renesas,ipmmu-r8a7796", "IPMMU_VMSA", 13, false, IPMMU_NOTE, XEN_IPMMU_IPA_BITS },
	{ "renesas,ipmmu-r8a77961", "IPMMU_VMSA", 16, false, IPMMU_NOTE, XEN_IPMMU_IPA_BITS },
	{ "renesas,ipmmu-r8a779f0", "IPMMU_VMSA", 17, false, IPMMU_NOTE, XEN_IPMMU_IPA_BITS },
	{ "renesas,ipmmu-r8a779g0", "IPMMU_VMSA", 20, false, IPMMU_NOTE, XEN_IPMMU_IPA_BITS },
	{ }
};

/* Which driver Xen of that version has for a node that is compatible with that, or NULL. */
const struct xen_iommu *xen_find_iommu(const char *compatible, int len,
				       const struct xen_params *params)
{
	const struct xen_iommu *iommu;

	for (iommu = xen_iommus; iommu->compatible; iommu++)
		if (xen_version(params) >= XEN_VERSION(4, iommu->since_minor) &&
		    fdt_stringlist_contains(compatible, len, iommu->compatible))
			return iommu;
	return NULL;
}

/**
 * xen_model_iommu() - which driver Xen of that version has for a node
 * @fdt: the tree
 * @node: any node
 * @params: Xen's version
 *
 * That there is one means neither that it is built in (@option, @stock of what is
 * returned) nor that Xen uses it: "iommu=off".
 *
 * Return: what is known of it, or NULL if Xen has no driver for this node.
 */
const struct xen_iommu *xen_model_iommu(const void *fdt, int node,
					const struct xen_params *params)
{
	int len;
	const char *compatible = fdt_getprop(fdt, node, "compatible", &len);

	return compatible && len > 0 ? xen_find_iommu(compatible, len, params) : NULL;
}
