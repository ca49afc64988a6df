// SPDX-License-Identifier: GPL-2.0
/*
 * Seeding: while it initializes, the architecture may free ordinary pages into the
 * pool, one by one. Those that follow one another within a section are collected,
 * so that they become one span.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/init.h>
#include <linux/mm.h>

#include <xen/unpopulated.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

/* No lock: an initcall, one page at a time. */
static struct {
	bool on;
	struct page *first;	/* the run that is being collected */
	unsigned int nr;
} seeding;

static void publish(void)
{
	struct xen_span *span;

	if (!seeding.nr)
		return;

	span = xen_span_for(seeding.first);
	if (span)
		xen_span_publish(span, seeding.nr);
	else
		pr_err("no memory to seed the pool, %u pages are lost\n", seeding.nr);
}

static bool is_seeded(struct page *page)
{
	return is_xen_unpopulated_page(page) ||
	       (seeding.nr && page >= seeding.first && page < seeding.first + seeding.nr);
}

/**
 * xen_seeding_begin() - from now on, take pages that are freed and not known
 */
void __init xen_seeding_begin(void)
{
	seeding.on = true;
}

/**
 * xen_seeding_end() - publish the last of what was collected
 *
 * May sleep.
 */
void __init xen_seeding_end(void)
{
	publish();
	seeding.on = false;
}

/**
 * xen_seeding_add() - take a page as a seed
 * @page: neither in a span nor ballooned, or freed twice
 *
 * May sleep.
 *
 * Return: true if it was taken; false if it was before, or the time for that is over.
 */
bool xen_seeding_add(struct page *page)
{
	if (!seeding.on || is_seeded(page))
		return false;

	if (!seeding.nr || page != seeding.first + seeding.nr ||
	    !(page_to_pfn(page) % PAGES_PER_SECTION)) {
		publish();
		seeding.first = page;
		seeding.nr = 0;
	}
	seeding.nr++;
	return true;
}
