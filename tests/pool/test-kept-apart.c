// SPDX-License-Identifier: GPL-2.0
/*
 * Pages on which Xen still has something mapped when they are freed: kept apart, counted,
 * and returned when it has not. try_take() of the harness ends the program if one is
 * handed out.
 */
#include "harness.h"

#define NR	(6 * STEP)		/* pages in the ranges */

static void boot_small(void)
{
	boot_with(MIB(1024, 1036));
	shim.balloon_max = 0;
	assert_int_equal(capacity(), NR);
}

static void assert_kept(unsigned int nr)
{
	assert_int_equal(stats().kept_apart, nr);
	assert_int_equal(stats().in_use + stats().ballooned, nr);
}

/* A grant is mapped there, with that handle. */
static void map_on(struct page *page, grant_handle_t handle)
{
	shim_mapped[page_to_pfn(page)] = handle;
}

/* As gnttab_unmap_refs(). Is it noted if that fails? */
static bool unmap(struct page *page, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref op = {
		.host_addr = PFN_PHYS(page_to_pfn(page)), .handle = handle
	};

	HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1);
	return op.status != GNTST_okay && xen_unpopulated_not_unmapped(&op);
}

static void free_mapped(unsigned int nr, struct page **pages)
{
	let_go(nr, pages);
	xen_free_mapped_pages(nr, pages);
}

/* It is asked again by and by, less and less often, up to once a minute. */
static void ask_in_vain(unsigned int nr)
{
	unsigned long delay = 0, unmaps;
	unsigned int i;

	for (i = 0; i < 12; i++) {
		assert_true(shim.delay > delay || shim.delay == 60 * HZ);
		delay = shim.delay;
		unmaps = shim.unmaps;
		assert_true(shim_work());
		assert_in_range(shim.unmaps - unmaps, 0, nr);
		assert_kept(nr);
	}
	assert_int_equal(shim.delay, 60 * HZ);
}

TEST(debug_finds_it)
{
	struct page *early;

	boot_small();
	xen_unpopulated_debug = true;
	take(10, pages);
	early = pages[4];
	map_on(early, 1);
	give(10, pages);
	assert_int_equal(stats().found_mapped, 0);

	assert_int_equal(capacity(), NR - 1);
	assert_int_equal(stats().found_mapped, 1);
	assert_true(shim_logged("still has it mapped"));
	ask_in_vain(1);

	map_on(early, 0);
	assert_true(shim_work());
	assert_false(shim_work());
	assert_kept(0);
	assert_int_equal(capacity(), NR);
	assert_int_equal(stats().found_mapped, 1);
	assert_true(shim_logged("the page is returned"));
}

/* The others of the request are not lost if there is none in its place. */
TEST(debug_finds_it_and_there_is_no_other)
{
	struct page *early;

	boot_small();
	xen_unpopulated_debug = true;
	take(NR, pages);
	early = pages[7];
	map_on(early, 1);
	give(NR, pages);
	assert_int_equal(try_take(NR, pages), -ENOMEM);
	assert_kept(1);
	take(NR - 1, pages);
	give(NR - 1, pages);
	assert_int_equal(stats().found_mapped, 1);
	map_on(early, 0);
	shim_work();
	assert_kept(0);
}

TEST(debug_finds_it_and_cannot_note_it)
{
	struct page *early;

	boot_small();
	xen_unpopulated_debug = true;
	take(1, &early);
	map_on(early, 1);
	give(1, &early);
	shim.fail_nth = 1;
	take(NR - 1, pages);
	assert_int_equal(stats().found_mapped, 1);
	assert_int_equal(stats().in_use, NR);
	assert_int_equal(stats().kept_apart, 0);
	give(NR - 1, pages);
	assert_int_equal(stats().in_use, 1);
	/* out for good: the test gives it back */
	map_on(early, 0);
	xen_free_unpopulated_pages(1, &early);
}

TEST(no_debug)
{
	struct page *list[1];

	boot_small();
	take(1, pages);
	map_on(pages[0], 1);
	give(1, pages);
	assert_int_equal(xen_alloc_unpopulated_pages(1, list), 0);
	xen_free_unpopulated_pages(1, list);
	assert_int_equal(stats().found_mapped, 0);
}

/* The grant table says it: whatever the debug option is. */
TEST(not_unmapped)
{
	struct page *stuck;

	boot_small();
	take(10, pages);
	stuck = pages[3];
	/* Xen has another one there than is to be unmapped */
	map_on(stuck, 2);
	assert_true(unmap(stuck, 1) != shim.pv);
	assert_true(shim_logged(shim.pv ? "" : "cannot be unmapped (-1)"));
	/* whoever holds it may map it again: Xen is not asked */
	assert_false(shim_work());

	free_mapped(10, pages);
	assert_kept(1);
	assert_int_equal(capacity(), NR - 1);
	ask_in_vain(1);

	map_on(stuck, 0);
	assert_true(shim_work());
	assert_false(shim_work());
	assert_kept(0);
	assert_int_equal(capacity(), NR);
}

/* While one is noted nobody's pages become others. */
TEST(not_exchanged)
{
	struct page *before[10];
	unsigned int i;

	boot_small();
	take(10, pages);
	shuffle(10, pages);
	memcpy(before, pages, sizeof(before));
	map_on(pages[3], 2);
	unmap(pages[3], 1);
	assert_int_equal(xen_exchange_unpopulated_pages(10, pages), 10);
	for (i = 0; i < 10; i++)
		assert_ptr_equal(pages[i], before[i]);
	if (shim.pv) {
		map_on(pages[3], 0);
		return;
	}
	free_mapped(10, pages);
	assert_kept(1);
	map_on(before[3], 0);
	assert_true(shim_work());
	assert_kept(0);
	take(10, pages);
	assert_int_equal(exchange(10, pages), 10);
}

/* One kept later is not asked for as rarely as those before. */
TEST(pause_begins_anew)
{
	unsigned int i;

	boot_small();
	for (i = 0; i < 2; i++) {
		take(1, pages + i);
		map_on(pages[i], 2);
		unmap(pages[i], 1);
		free_mapped(1, pages + i);
		if (!i)
			ask_in_vain(1);
	}
	assert_true(shim.delay < HZ);
	assert_kept(2);
	map_on(pages[0], 0);
	assert_true(shim_work());
	assert_kept(1);
	map_on(pages[1], 0);
	assert_true(shim_work());
	assert_kept(0);
	assert_false(shim_work());
}

/* Two grants in turn, neither unmapped: only without both is the page returned. */
TEST(two_on_one_page)
{
	struct page *stuck;

	boot_small();
	take(1, &stuck);
	map_on(stuck, 3);
	unmap(stuck, 1);
	unmap(stuck, 2);
	free_mapped(1, &stuck);
	assert_kept(1);
	shim_work();
	assert_kept(1);
	/* the second of them is what is there */
	map_on(stuck, 2);
	shim_work();
	assert_kept(1);
	shim_work();
	assert_kept(0);
	assert_int_equal(capacity(), NR);
}

/* Who still holds a page may have mapped the same grant there anew: that stays. */
TEST(not_asked_for_while_held)
{
	boot_small();
	take(2, pages);
	map_on(pages[0], 2);
	unmap(pages[0], 1);
	map_on(pages[0], 1);
	map_on(pages[1], 2);
	unmap(pages[1], 1);
	free_mapped(1, pages + 1);
	assert_true(shim_work());
	assert_int_equal(shim_mapped[page_to_pfn(pages[0])], 1);
	map_on(pages[1], 0);
	assert_true(shim_work());
	assert_false(shim_work());
	free_mapped(1, pages);
	assert_true(shim_work());
	assert_kept(0);
}

TEST(freed_twice)
{
	struct page *stuck;

	boot_small();
	take(1, &stuck);
	map_on(stuck, 2);
	unmap(stuck, 1);
	free_mapped(1, &stuck);
	xen_free_mapped_pages(1, &stuck);
	assert_kept(1);
	assert_int_equal(capacity(), NR - 1);
	map_on(stuck, 0);
	shim_work();
	assert_kept(0);
}

TEST(each_of_a_batch)
{
	unsigned int at;

	boot_small();
	for (at = 0; at < 70; at++) {
		struct page *stuck;

		take(70, pages);
		stuck = pages[at];
		map_on(stuck, 2);
		unmap(stuck, 1);
		free_mapped(70, pages);
		assert_kept(1);
		map_on(stuck, 0);
		shim_work();
		assert_kept(0);
	}
	/* and all */
	take(70, pages);
	for (at = 0; at < 70; at++) {
		map_on(pages[at], 2);
		unmap(pages[at], 1);
	}
	free_mapped(70, pages);
	assert_kept(70);
	for (at = 0; at < 70; at++)
		map_on(pages[at], 0);
	shim_work();
	assert_kept(0);
}

/* Those that Xen knows nothing of any more, and holes in gntdev's array. */
TEST(nothing_to_unmap)
{
	struct gnttab_unmap_grant_ref op = { .handle = 1, .status = GNTST_bad_handle };

	boot_small();
	take(1, pages);
	op.host_addr = PFN_PHYS(page_to_pfn(pages[0]));
	assert_false(xen_unpopulated_not_unmapped(&op));
	op.handle = INVALID_GRANT_HANDLE;
	op.status = GNTST_general_error;
	assert_false(xen_unpopulated_not_unmapped(&op));
	free_mapped(1, pages);
	assert_kept(0);
	assert_false(shim_work());
}

TEST(no_memory_to_note_it)
{
	boot_small();
	take(1, pages);
	map_on(pages[0], 2);
	shim.fail_nth = 1;
	assert_false(unmap(pages[0], 1));
	assert_true(shim_logged("no memory to note it"));
	map_on(pages[0], 0);
	free_mapped(1, pages);
	assert_kept(0);
}

/* A ballooned page is not populated again while it is mapped. */
TEST(ballooned)
{
	boot(0, NULL);
	take(3, pages);
	map_on(pages[1], 2);
	unmap(pages[1], 1);
	free_mapped(3, pages);
	assert_kept(1);
	assert_int_equal(shim.ballooned, 1);
	map_on(pages[1], 0);
	shim_work();
	assert_kept(0);
	assert_int_equal(shim.ballooned, 0);
}

#ifdef CONFIG_XEN_HAVE_PVMMU
/* What a PV domain unmaps is the entry of a page table, which may not be there later. */
TEST(pv)
{
	shim.pv = true;
	boot_small();
	take(1, pages);
	map_on(pages[0], 2);
	unmap(pages[0], 1);
	map_on(pages[0], 0);
	free_mapped(1, pages);
	assert_kept(0);
	assert_false(shim_work());
}
#endif
