// SPDX-License-Identifier: GPL-2.0
/*
 * The pool in debugfs, directory xen/unpopulated: its ranges and counters.
 * The architecture adds a file on its decision.
 */
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/seq_file.h>

#include <xen/xen.h>

#include "unpopulated-pool.h"
#include "unpopulated-spans.h"

/**
 * xen_unpopulated_debugfs() - the directory xen/unpopulated, made if need be
 *
 * Context: may sleep; one caller at a time (initcalls).
 */
struct dentry * __init xen_unpopulated_debugfs(void)
{
	static struct dentry *dir __initdata;
	struct dentry *there;

	if (!dir) {
		/* On x86 others have made it. */
		there = debugfs_lookup("xen", NULL);
		dir = debugfs_create_dir("unpopulated",
					 there ?: debugfs_create_dir("xen", NULL));
		dput(there);
	}
	return dir;
}

static void show_range(void *seq, const struct xen_unpopulated_range *range)
{
	const struct resource *space = range->space;

	seq_printf(seq, "%#018llx-%#018llx %7llu KiB mapped, ",
		   (u64)space->start, (u64)space->end, range->taken >> 10);
	if (range->refused)
		seq_printf(seq, "%llu KiB refused, ", range->refused >> 10);
	if (range->state == XEN_RANGE_REFUSED)
		seq_printf(seq, "refused (%d)\n", range->error);
	else
		seq_puts(seq, range->state == XEN_RANGE_FULL ? "full\n" : "in use\n");
}

static int ranges_show(struct seq_file *seq, void *unused)
{
	xen_unpopulated_each_range(show_range, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ranges);

static void show_span(void *seq, struct page *first, unsigned int nr, unsigned int out)
{
	unsigned long pfn = page_to_pfn(first);

	seq_printf(seq, "%#lx-%#lx %u pages, %u in use\n", pfn, pfn + nr - 1, nr, out);
}

static int spans_show(struct seq_file *seq, void *unused)
{
	xen_spans_each(show_span, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(spans);

static int counters_show(struct seq_file *seq, void *unused)
{
	struct xen_unpopulated_stats stats;

	xen_unpopulated_get_stats(&stats);
	seq_printf(seq, "ranges %lu\n", stats.ranges);
	seq_printf(seq, "spans %lu\n", stats.spans);
	seq_printf(seq, "parts %lu\n", stats.parts);
	seq_printf(seq, "grown %lu\n", stats.grown);
	seq_printf(seq, "not_grown %lu\n", stats.not_grown);
	seq_printf(seq, "given_back %lu\n", stats.given_back);
	seq_printf(seq, "pages %lu\n", stats.pages);
	seq_printf(seq, "in_use %lu\n", stats.in_use);
	seq_printf(seq, "most_in_use %lu\n", stats.most_in_use);
	seq_printf(seq, "waits %lu\n", stats.waits);
	seq_printf(seq, "longest_wait_us %lu\n", stats.longest_wait);
	seq_printf(seq, "ballooned %lu\n", stats.ballooned);
	seq_printf(seq, "ballooned_ever %lu\n", stats.ballooned_ever);
	seq_printf(seq, "refused %lu\n", stats.refused);
	seq_printf(seq, "kept_apart %lu\n", stats.kept_apart);
	seq_printf(seq, "found_mapped %lu\n", stats.found_mapped);
	seq_printf(seq, "max %lu\n", stats.max);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

/* Whatever is written: give back what is not in use. */
static int give_back(void *unused, u64 value)
{
	xen_unpopulated_give_back();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(give_back_fops, NULL, give_back, "%llu\n");

static int __init unpopulated_debugfs_init(void)
{
	struct dentry *dir;

	if (!xen_domain())
		return 0;

	dir = xen_unpopulated_debugfs();
	debugfs_create_file("ranges", 0400, dir, NULL, &ranges_fops);
	debugfs_create_file("spans", 0400, dir, NULL, &spans_fops);
	debugfs_create_file("counters", 0400, dir, NULL, &counters_fops);
	debugfs_create_file("give_back", 0200, dir, NULL, &give_back_fops);
	return 0;
}
late_initcall(unpopulated_debugfs_init);
