// SPDX-License-Identifier: GPL-2.0
/*
 * The integrator's config on the kernel command line, for a first try: the same
 * as in the device tree. A policy and an allow list take the place of the
 * tree's, exclude lists add up.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "safe-ranges.h"
#include "unpopulated-facts.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen_unpopulated."

static char *policy;
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy, "Source of ranges: auto, published, holes or balloon");

static char *allow;
module_param(allow, charp, 0444);
MODULE_PARM_DESC(allow, "Use only these ranges: SIZE@START[,SIZE@START...]");

static char *exclude;
module_param(exclude, charp, 0444);
MODULE_PARM_DESC(exclude, "Never use these ranges: SIZE@START[,SIZE@START...]");

static bool iommu_protected;
module_param(iommu_protected, bool, 0444);
MODULE_PARM_DESC(iommu_protected, "An IOMMU that Xen drives protects all of this domain's DMA");

/* Returns NULL, or what was expected. */
static const char * __init parse_list(const char *text, struct sr_list *list)
{
	const char *expected;
	char *end;
	u64 start, size;

	do {
		size = memparse(text, &end);
		if (end == text || *end != '@')
			return "SIZE@START[,SIZE@START...]";
		text = end + 1;
		start = memparse(text, &end);
		if (end == text || (*end && *end != ','))
			return "SIZE@START[,SIZE@START...]";
		expected = sr_list_add(list, start, size);
		if (expected)
			return expected;
		text = end + 1;
	} while (*end);
	return NULL;
}

static void __init complain(struct sr_config *config, const char *name, const char *value,
			    const char *expected)
{
	pr_err("command line: xen_unpopulated.%s=%s: expected %s\n", name, value, expected);
	config->broken = true;
}

/**
 * xen_unpopulated_add_params() - add what the command line says
 * @config: what the device tree says; changed. Broken if something is wrong,
 *	which is reported
 */
void __init xen_unpopulated_add_params(struct sr_config *config)
{
	const char *expected;
	int value;

	if (policy) {
		value = sr_policy_by_name(policy);
		if (value < 0)
			complain(config, "policy", policy, "auto, published, holes or balloon");
		else
			config->policy = value;
	}
	if (allow) {
		config->has_allow = true;
		config->allow.nr = 0;
		expected = parse_list(allow, &config->allow);
		if (expected)
			complain(config, "allow", allow, expected);
	}
	if (exclude) {
		expected = parse_list(exclude, &config->exclude);
		if (expected)
			complain(config, "exclude", exclude, expected);
	}
	if (iommu_protected)
		config->iommu_protected = true;
}
