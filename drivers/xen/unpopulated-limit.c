// SPDX-License-Identifier: GPL-2.0
/*
 * The ceiling on pages that are out, as a parameter: xen_unpopulated.max_pages.
 * User space that maps other domains' memory (privcmd, gntdev) decides how many
 * pages are asked for.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

#include "unpopulated-pool.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen_unpopulated."

static int set_max_pages(const char *value, const struct kernel_param *param)
{
	unsigned long max;
	int err = kstrtoul(value, 0, &max);

	if (!err && max > LONG_MAX)
		err = -ERANGE;
	if (!err)
		xen_unpopulated_set_max(max);
	return err;
}

static int get_max_pages(char *value, const struct kernel_param *param)
{
	struct xen_unpopulated_stats stats;

	xen_unpopulated_get_stats(&stats);
	return sysfs_emit(value, "%lu\n", stats.max);
}

static const struct kernel_param_ops max_pages_ops = {
	.set = set_max_pages,
	.get = get_max_pages,
};

module_param_cb(max_pages, &max_pages_ops, NULL, 0644);
MODULE_PARM_DESC(max_pages,
		 "Pages for foreign mappings that may be out at a time (default: struct pages in 3 % of RAM)");
