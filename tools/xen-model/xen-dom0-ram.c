// SPDX-License-Identifier: GPL-2.0
/*
 * Which RAM dom0 gets.
 *
 * A direct-mapped dom0 gets whatever blocks Xen's heap hands out:
 * allocate_memory_11() (arch/arm/domain_build.c) asks alloc_domheap_pages()
 * (common/page_alloc.c) for the largest blocks that fit, so the answer depends on
 * which blocks the buddy allocator has, and in which order they stand in its lists.
 * Both follow from RAM, modules and reserved memory, but for two things:
 *
 *   - Xen's own allocations before, which nibble at the top of RAM;
 *   - other CPUs, which are idle and scrub free blocks; an allocation prefers
 *     clean ones.
 *
 * So the same is worked out many times, with more and more of both. If it always
 * comes out the same, that is the answer; otherwise nobody can know.
 */
#include <errno.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "xen-tree.h"

#define MIB		0x100000ULL
#define PAGE_SHIFT	12
/* CONFIG_PAGEALLOC_MAX_ORDER, arch/arm/include/asm/config.h */
#define MAX_ORDER	18
/* sizeof(struct page_info): PAGE_INFO_SIZE, arch/arm/include/asm/mm.h */
#define PAGE_INFO	56
#define MAX_REGIONS	256	/* of the boot allocator: a page of 16 bytes each */
#define MAX_BLOCKS	1024	/* enough for half a TiB */

/* struct bootmem_region and its list: frames */
struct boot_pages {
	struct sr_range region[MAX_REGIONS];
	unsigned int nr;
	bool overflow;
};

struct block {
	u64 frame;
	unsigned char order;
	bool clean;
};

/* All of the heap's lists in one: those of a zone and order are in list order. */
struct heap {
	unsigned int nr;
	bool overflow;
	struct block block[MAX_BLOCKS];
};

/* page_to_zone() */
static unsigned int zone_of(u64 frame)
{
	return frame ? fls64(frame) : 1;
}

/* bits_to_zone() */
static unsigned int bits_to_zone(unsigned int bits)
{
	return bits < PAGE_SHIFT + 1 ? 1 : bits - PAGE_SHIFT;
}

/* bootmem_region_add() */
static void boot_add(struct boot_pages *boot, u64 start, u64 end)
{
	unsigned int i;

	if (start >= end)
		return;
	for (i = 0; i < boot->nr && start >= boot->region[i].last + 1; i++)
		;
	if (!xen_insert(boot->region, &boot->nr, MAX_REGIONS, i, start, end - 1))
		boot->overflow = true;
}

/* alloc_boot_pages(): as high as possible */
static bool boot_alloc(struct boot_pages *boot, u64 nr, u64 align)
{
	unsigned int i = boot->nr;

	while (i--) {
		struct sr_range *r = &boot->region[i];
		u64 end = r->last + 1, start = round_down(end - nr, align);

		if (start >= end || start < r->start)
			continue;
		r->last = start - 1;
		boot_add(boot, start + nr, end);
		return true;
	}
	return false;
}

/* init_boot_pages(), dt_unreserved_regions() */
static void add_unreserved(struct boot_pages *boot, const struct xen_banks *reserved,
			   unsigned int first, u64 start, u64 end)
{
	/* Xen goes on with these as well, to no effect. */
	if (start >= end)
		return;
	for (unsigned int i = first; i < reserved->nr; i++) {
		u64 from = reserved->bank[i].start, to = reserved->bank[i].last + 1;

		if (start < to && from < end) {
			add_unreserved(boot, reserved, i + 1, to, end);
			add_unreserved(boot, reserved, i + 1, start, from);
			return;
		}
	}
	boot_add(boot, round_up(start, 1 << PAGE_SHIFT) >> PAGE_SHIFT, end >> PAGE_SHIFT);
}

/* next_module() */
static u64 next_module(const struct xen_banks *modules, u64 from, u64 *end)
{
	u64 lowest = U64_MAX;

	for (unsigned int i = 0; i < modules->nr; i++) {
		u64 start = modules->bank[i].start, stop = modules->bank[i].last + 1;

		if (start < from || start > lowest || start > *end)
			continue;
		lowest = start;
		*end = min(*end, stop);
	}
	return lowest;
}

/* populate_boot_allocator(): RAM without modules and reserved memory */
static void populate(struct boot_pages *pages, const struct xen_boot *boot)
{
	struct xen_banks held = boot->memreserve;
	unsigned int i;

	for (i = 0; i < boot->reserved.nr && held.nr < XEN_MAX_BANKS; i++)
		held.bank[held.nr++] = boot->reserved.bank[i];
	pages->nr = 0;
	pages->overflow = i < boot->reserved.nr;
	for (i = 0; i < boot->ram.nr; i++) {
		u64 start = boot->ram.bank[i].start, end = boot->ram.bank[i].last + 1;

		while (start < end) {
			u64 after = end, module = next_module(&boot->modules, start, &after);

			if (module == U64_MAX)
				after = end;
			add_unreserved(pages, &held, 0, start, min(module, end));
			start = after;
		}
	}
}

/* Sets all bits below the highest one: fill_mask() of a mask without holes */
static u64 fill(u64 mask)
{
	return mask ? U64_MAX >> (64 - fls64(mask)) : 0;
}

/*
 * Frames that the frame table covers: init_pdx() (arch/arm/setup.c) and
 * pfn_pdx_hole_setup() (common/pdx.c) leave the largest run of address bits out
 * that no RAM needs.
 */
static u64 frame_table_entries(const struct xen_banks *ram)
{
	u64 mask = (1ULL << (MAX_ORDER + PAGE_SHIFT)) - 1, first, last;
	unsigned int i, bottom = 0, hole = 0, run = 0;

	for (i = 0; i < ram->nr; i++)
		mask |= ram->bank[i].start | fill(ram->bank[i].start ^ ram->bank[i].last);
	for (i = 0; i < ram->nr; i++)
		if (~mask & fill(ram->bank[i].start ^ ram->bank[i].last))
			mask = 0;
	mask >>= PAGE_SHIFT;

	for (i = MAX_ORDER; i < 64; i++) {
		if (!(mask >> i & 1)) {
			run++;
			continue;
		}
		if (run > hole) {
			hole = run;
			bottom = i - run;
		}
		run = 0;
	}
	first = ram->bank[0].start >> PAGE_SHIFT;
	last = ram->bank[ram->nr - 1].last >> PAGE_SHIFT;
	if (hole) {
		u64 low = (1ULL << bottom) - 1;

		first = (first & low) | (first >> hole & ~low);
		last = (last & low) | (last >> hole & ~low);
	}
	return last - first + 1;
}

/* setup_mm(): page tables of the direct map first, then the frame table */
static bool take_frame_table(struct boot_pages *pages, const struct xen_banks *ram,
			     unsigned int tables)
{
	u64 size = frame_table_entries(ram) * PAGE_INFO;
	u64 step = size < 32 * MIB ? 2 * MIB : 32 * MIB;

	while (tables--)
		if (!boot_alloc(pages, 1, 1))
			return false;
	return boot_alloc(pages, round_up(size, step) >> PAGE_SHIFT, 32 * MIB >> PAGE_SHIFT);
}

/* page_list_add_scrub(): clean blocks to the head, others to the tail */
static void heap_add(struct heap *heap, struct block block)
{
	unsigned int at = block.clean ? 0 : heap->nr;

	if (heap->nr == MAX_BLOCKS) {
		heap->overflow = true;
		return;
	}
	memmove(&heap->block[at + 1], &heap->block[at],
		(heap->nr - at) * sizeof(heap->block[0]));
	heap->block[at] = block;
	heap->nr++;
}

static struct block heap_remove(struct heap *heap, unsigned int at)
{
	struct block block = heap->block[at];

	heap->nr--;
	memmove(&heap->block[at], &heap->block[at + 1],
		(heap->nr - at) * sizeof(heap->block[0]));
	return block;
}

/* free_heap_pages(): joins a block with its buddies */
static void heap_free(struct heap *heap, struct block block)
{
	while (block.order < MAX_ORDER) {
		u64 buddy = block.frame ^ 1ULL << block.order;
		unsigned int i;

		for (i = 0; i < heap->nr; i++)
			if (heap->block[i].frame == buddy && heap->block[i].order == block.order)
				break;
		if (i == heap->nr)
			break;
		block.clean &= heap_remove(heap, i).clean;
		block.frame = min(block.frame, buddy);
		block.order++;
	}
	heap_add(heap, block);
}

/* init_heap_pages(): to be scrubbed, as "bootscrub=idle" is the default */
static void heap_give(struct heap *heap, u64 start, u64 end)
{
	/* Frame 0 is kept away from the allocator. */
	start += !start;
	while (start < end && !heap->overflow) {
		unsigned int aligned = min(__builtin_ctzll(start), MAX_ORDER);
		unsigned int order = min(fls64(end - start) - 1u, aligned);

		heap_free(heap, (struct block){ start, order, false });
		start += 1ULL << order;
	}
}

/* end_boot_allocator(): the first region, then the others from the last on */
static void heap_init(struct heap *heap, const struct boot_pages *pages)
{
	heap->nr = 0;
	heap->overflow = false;
	if (pages->nr)
		heap_give(heap, pages->region[0].start, pages->region[0].last + 1);
	for (unsigned int i = pages->nr; i-- > 1;)
		heap_give(heap, pages->region[i].start, pages->region[i].last + 1);
}

/* The head of a list, or -1 */
static int heap_head(const struct heap *heap, unsigned int zone, unsigned int order)
{
	for (unsigned int i = 0; i < heap->nr; i++)
		if (heap->block[i].order == order && zone_of(heap->block[i].frame) == zone)
			return i;
	return -1;
}

/*
 * get_free_buddy(): from the highest zone down, the smallest block that will do.
 * A dirty one is put back to the tail, unless only one page is asked for or
 * @dirty is; the order of the list has changed then.
 */
static int get_free_buddy(struct heap *heap, unsigned int zone_hi, unsigned int order,
			  bool dirty)
{
	unsigned int present[64] = { 0 };	/* orders in a zone */
	unsigned int zone, j, i;

	/* A zone without a large enough block has no list that is looked at. */
	for (i = 0; i < heap->nr; i++)
		present[zone_of(heap->block[i].frame) & 63] |= 1u << heap->block[i].order;
	for (zone = zone_hi; zone > 0; zone--)
		for (j = order; j <= MAX_ORDER; j++) {
			int head;

			if (!(present[zone] >> j & 1))
				continue;
			head = heap_head(heap, zone, j);
			if (heap->block[head].clean || !order || dirty)
				return head;
			heap_add(heap, heap_remove(heap, head));
		}
	return -1;
}

/* alloc_heap_pages(): the upper part of a block */
static bool heap_alloc(struct heap *heap, unsigned int zone_hi, unsigned int order,
		       u64 *frame)
{
	struct block block;
	int at;

	if (order > MAX_ORDER)
		return false;
	at = get_free_buddy(heap, zone_hi, order, false);
	if (at < 0)
		at = get_free_buddy(heap, zone_hi, order, true);
	if (at < 0)
		return false;
	block = heap_remove(heap, at);
	while (block.order != order) {
		block.order--;
		heap_add(heap, block);
		block.frame += 1ULL << block.order;
	}
	*frame = block.frame;
	return true;
}

/* scrub_free_pages(): low zones first, large blocks first, from the tail */
static bool heap_scrub(struct heap *heap)
{
	struct block block;
	int at = -1;

	for (unsigned int i = 0; i < heap->nr; i++) {
		unsigned int zone = zone_of(heap->block[i].frame), best;

		if (heap->block[i].clean)
			continue;
		best = at < 0 ? 64 : zone_of(heap->block[at].frame);
		if (zone < best ||
		    (zone == best && heap->block[i].order >= heap->block[at].order))
			at = i;
	}
	if (at < 0)
		return false;
	block = heap_remove(heap, at);
	block.clean = true;
	heap_add(heap, block);
	return true;
}

/* get_allocation_size(): the largest order that fits */
static unsigned int order_within(u64 size)
{
	return fls64(size >> PAGE_SHIFT) - 1;
}

/* insert_11_bank() */
static bool insert_bank(struct xen_banks *banks, u64 start, u64 size)
{
	unsigned int i;
	u64 end = start + size;

	if (banks->nr && size < 128 * MIB && end < banks->bank[0].start)
		return false;
	for (i = 0; i < banks->nr; i++) {
		struct sr_range *bank = &banks->bank[i];

		/* No attempt to join with both neighbours: banks may touch. */
		if (bank->start == end) {
			bank->start = start;
			return true;
		}
		if (start == bank->last + 1) {
			bank->last = end - 1;
			return true;
		}
		if (end < bank->start)
			break;
	}
	return xen_insert(banks->bank, &banks->nr, XEN_MAX_BANKS, i, start, end - 1);
}

/*
 * allocate_memory_11(), with @low_bits for an address in low memory. Returns what could
 * not be allocated.
 */
static u64 allocate(struct heap *heap, u64 dom0_mem, unsigned int low_bits,
		    struct xen_banks *banks)
{
	/* get_order_from_bytes() of the smaller of dom0_mem and 128 MiB */
	u64 smallest = min(dom0_mem, 128 * MIB);
	unsigned int min_low = fls64((smallest - 1) >> PAGE_SHIFT);
	unsigned int min_order = fls64((4 * MIB - 1) >> PAGE_SHIFT);
	unsigned int order, bits, i;
	bool low = true, got = false;
	u64 left = dom0_mem, frame, page;

	banks->nr = 0;
	/* The largest block, as low as possible: zone after zone. */
	for (order = order_within(left); !got && order >= min_low && order < 64; order -= !got)
		for (bits = order; !got && bits <= low_bits; bits++)
			got = heap_alloc(heap, bits_to_zone(bits), order, &frame);
	if (got) {
		insert_bank(banks, frame << PAGE_SHIFT, 1ULL << (order + PAGE_SHIFT));
		left -= 1ULL << (order + PAGE_SHIFT);
	} else {
		low = false;
	}

	order = order_within(left);
	while (left && banks->nr < XEN_MAX_BANKS) {
		if (order > 63)	/* less than a page */
			break;
		/* Pages for the p2m, about as many as it needs. */
		for (i = 0; i < 2; i++)
			heap_alloc(heap, 63, 0, &page);
		if (!heap_alloc(heap, low ? bits_to_zone(low_bits) : 63, order, &frame)) {
			order--;
			if (low && order < min_low) {
				low = false;
				order = order_within(left);
				continue;
			}
			if (order >= min_order && order < 64)
				continue;
			break;
		}
		if (!insert_bank(banks, frame << PAGE_SHIFT, 1ULL << (order + PAGE_SHIFT))) {
			heap_free(heap, (struct block){ frame, order, true });
			if (!low)
				break;
			low = false;
			order = order_within(left);
			continue;
		}
		left -= 1ULL << (order + PAGE_SHIFT);
		order = order_within(left);
	}
	return left;
}

/*
 * get_xen_paddr(), arch/arm/llc-coloring.c, and consider_modules(): with cache
 * colouring Xen moves itself as high as it fits.
 */
static u64 consider_modules(const struct xen_boot *boot, u64 start, u64 end, u64 size,
			    u64 align, unsigned int first)
{
	start = round_up(start, align);
	end = round_down(end, align);
	if (start > end || end - start < size)
		return 0;
	for (unsigned int i = first; i < boot->modules.nr + boot->reserved.nr; i++) {
		const struct sr_range *r = i < boot->modules.nr ? &boot->modules.bank[i] :
					   &boot->reserved.bank[i - boot->modules.nr];

		if (start <= r->last && r->start < end) {
			u64 found = consider_modules(boot, r->last + 1, end, size, align, i + 1);

			return found ? found :
			       consider_modules(boot, start, r->start, size, align, i + 1);
		}
	}
	return end;
}

/**
 * xen_place() - where Xen lies when it builds dom0
 * @params: where it was loaded, and the number of colours
 * @boot: RAM, modules, reserved memory; modules[0] is Xen
 * @place: set to the first byte of Xen's text
 * @why: set if it fails
 *
 * Return: 0 or a negative error code.
 */
int xen_place(const struct xen_params *params, struct xen_boot *boot, u64 *place,
	      const char **why)
{
	struct sr_range *xen = &boot->modules.bank[0];
	u64 size, best = 0;

	if (params->xen.last < params->xen.start) {
		*why = "where Xen lies is not known: the grant-table region is taken from it";
		return -ENODATA;
	}
	*place = params->xen.start;
	if (params->direct_mapped)
		return 0;
	if (!params->llc_colors) {
		*why = "the number of cache colours is not known: Xen moves itself accordingly";
		return -ENODATA;
	}
	/* arch_llc_coloring_init(): the new size, still at the old place */
	size = round_up(range_size(&params->xen) * params->llc_colors, 2 * MIB);
	xen->last = xen->start + size - 1;
	for (unsigned int i = 0; i < boot->ram.nr; i++) {
		const struct sr_range *bank = &boot->ram.bank[i];
		u64 end = consider_modules(boot, bank->start, bank->last + 1, size, 2 * MIB, 0);

		if (end && end - size > best)
			best = end - size;
	}
	if (!best)
		return no_answer(why, -EINVAL, "no place for a coloured Xen: it does not boot");
	*place = best;
	return 0;
}

/* allocate_memory() for a dom0 that is not direct-mapped: cache colouring, 4.20 */
static int colored_ram(const struct xen_params *params, const struct xen_boot *boot,
		       struct xen_banks *banks, u64 left, const char **why)
{
	bool rising = xen_version(params) >= XEN_VERSION(4, 22);
	u64 smallest = min(left, 128 * MIB), start, size;
	struct xen_rangeset set;
	struct xen_banks free = { .nr = 0 };
	unsigned int i, j;
	int err;

	err = xen_unallocated(params, boot, NULL, 0, &set, why);
	if (err)
		return err;
	/*
	 * add_hwdom_free_regions(): the largest first; since 4.22 the lowest first
	 * (posted in April 2026), and the first must hold kernel and modules.
	 */
	for (i = 0; i < set.nr && free.nr < XEN_MAX_BANKS; i++) {
		if (!xen_region(params, &set.range[i], &start, &size))
			continue;
		for (j = 0; j < free.nr; j++)
			if (rising ? start < free.bank[j].start :
				     size > range_size(&free.bank[j]))
				break;
		xen_insert(free.bank, &free.nr, XEN_MAX_BANKS, j, start, start + size - 1);
	}
	banks->nr = 0;
	for (i = 0; i < free.nr && left; i++) {
		size = range_size(&free.bank[i]);
		if (!size || (rising && !banks->nr && size < smallest))
			continue;
		start = free.bank[i].start;
		size = min(size, left);
		banks->bank[banks->nr++] = (struct sr_range){ start, start + size - 1 };
		left -= size;
	}
	if (left)
		return no_answer(why, -ENOMEM,
				 "Xen does not have dom0_mem as free RAM");
	return 0;
}

/* Pages that Xen itself may have taken by then: steps of so many, up to 6 MiB */
#define STEP_PAGES	128
#define STEPS		12

static int direct_ram(const struct xen_params *params, const struct xen_boot *boot,
		      struct xen_banks *banks, u64 dom0_mem, const char **why)
{
	struct heap heap, scrubbed, trial;
	struct boot_pages pages;
	struct xen_banks found;
	unsigned int step, tables, i, fits = 0, fails = 0;
	u64 page;

	for (tables = 1; tables <= 9; tables += 8) {
		populate(&pages, boot);
		if (!take_frame_table(&pages, &boot->ram, tables) || pages.overflow) {
			*why = "no room for Xen's frame table, or more regions than Xen takes";
			return -EINVAL;
		}
		heap_init(&heap, &pages);
		for (step = 0; step < STEPS; step++) {
			for (i = 0; i < STEP_PAGES; i++)
				heap_alloc(&heap, 63, 0, &page);
			scrubbed = heap;
			do {
				trial = scrubbed;
				if (allocate(&trial, dom0_mem, boot->dma_bits, &found)) {
					fails++;
				} else if (!fits++) {
					*banks = found;
				} else if (found.nr != banks->nr ||
					   memcmp(found.bank, banks->bank,
						  found.nr * sizeof(found.bank[0]))) {
					*why = params->cpus == 1 ?
					       "dom0's RAM depends on what Xen itself allocates" :
					       "dom0's RAM depends on what Xen itself allocates and idle CPUs scrub";
					return -ENODATA;
				}
				if (trial.overflow)
					return no_answer(why, -E2BIG,
							 "more free blocks than the model holds");
				/* One CPU is never idle before dom0 runs. */
			} while (params->cpus != 1 && heap_scrub(&scrubbed));
		}
	}
	if (fits && fails) {
		*why = "Xen may refuse this dom0_mem: that depends on what it allocates itself";
		return -ENODATA;
	}
	if (fails) {
		*why = "Xen does not have dom0_mem in blocks that it accepts";
		return -ENOMEM;
	}
	return 0;
}

/**
 * xen_dom0_ram() - the same as xen_model_dom0_ram(), of what Xen found early
 * @params: Xen and the rest of the host
 * @boot: RAM, reserved memory, modules
 * @banks: filled in
 * @why: set if it fails
 *
 * Return: 0, or as xen_model_dom0_ram().
 */
int xen_dom0_ram(const struct xen_params *params, const struct xen_boot *boot,
		 struct xen_banks *banks, const char **why)
{
	u64 dom0_mem = params->dom0_mem ? params->dom0_mem : 512 * MIB;

	if (!boot->ram.nr)
		return no_answer(why, -ENODATA, "no memory node: does the boot loader write it?");
	if (params->direct_mapped && (params->xen.last < params->xen.start ||
				      params->tree.last < params->tree.start)) {
		*why = "where Xen and the tree lie in RAM is not known: dom0's RAM depends on it";
		return -ENODATA;
	}
	if (params->direct_mapped && !boot->has_kernel && !params->nr_modules) {
		*why = "where dom0's kernel is loaded is not known: dom0's RAM depends on it";
		return -ENODATA;
	}
	return params->direct_mapped ? direct_ram(params, boot, banks, dom0_mem, why) :
				       colored_ram(params, boot, banks, dom0_mem, why);
}

/**
 * xen_model_dom0_ram() - the RAM that dom0 gets: "BANK[...]" in Xen's log
 * @fdt: the device tree that Xen gets; its header has been checked
 * @params: Xen and the rest of the host
 * @banks: filled in, in Xen's order
 * @max: room in @banks
 * @why: set if it fails
 *
 * Return: how many banks; -ENODATA if that depends on what is not known; -ENOMEM if
 * Xen does not have that much for dom0, and -EINVAL if it does not boot with such a tree
 * at all; -E2BIG if there is no room, here or in the model.
 */
int xen_model_dom0_ram(const void *fdt, const struct xen_params *params,
		       struct sr_range *banks, unsigned int max, const char **why)
{
	struct xen_banks found;
	struct xen_boot boot;
	int err;

	err = xen_tree_boot(fdt, params, &boot, why);
	if (!err)
		err = xen_dom0_ram(params, &boot, &found, why);
	if (err)
		return err;
	if (found.nr > max)
		return no_answer(why, -E2BIG, "more banks than there is room for");
	memcpy(banks, found.bank, found.nr * sizeof(*banks));
	return found.nr;
}
