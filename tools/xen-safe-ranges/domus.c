// SPDX-License-Identifier: GPL-2.0
/* Domains that Xen starts (dom0less): what they get, and what is wrong with it. */
#include <libfdt.h>
#include <stdlib.h>

#include "commands.h"
#include "text.h"

/**
 * find_domus() - look at all domains that Xen starts
 * @view: @domus and @nr_domus are filled in; the rest is known
 */
void find_domus(struct view *view)
{
	const void *fdt = view->host->fdt;
	int chosen = fdt_path_offset(fdt, "/chosen"), node;

	if (view->captured || chosen < 0)
		return;
	fdt_for_each_subnode(node, fdt, chosen) {
		struct domu *domu;

		if (fdt_node_check_compatible(fdt, node, "xen,domain"))
			continue;
		view->domus = more(view->domus, view->nr_domus, sizeof(*domu));
		domu = &view->domus[view->nr_domus++];
		domu->node = node;
		xen_model_domu(fdt, &view->xen, node, &domu->xen);
	}
}

/* Its page tables in Xen have to hold its RAM and what it maps of other domains. */
static void check_tables(const struct view *view, const struct domu *domu,
			 struct findings *findings)
{
	u64 own = xen_model_guest_tables(domu->xen.memory, domu->xen.vcpus, 0);
	u64 enough = xen_model_guest_tables(domu->xen.memory, domu->xen.vcpus, XEN_GUEST_MAPPED);
	u64 mapped = domu->xen.tables > own ? (domu->xen.tables - own) / 0x1000 * 0x200000 : 0;

	if (domu->xen.nr > 0 && domu->xen.tables < enough)
		add_finding(findings, FOUND_LITTLE_P2M, node_path(view->host, domu->node),
			    "drop the property, or give it 4 KiB for each 2 MiB that are to be mapped",
			    "xen,domain-p2m-mem-mb leaves page tables for %s of other domains' memory, less than the 256 MiB that are the default",
			    mapped ? size_text(mapped) : "nothing");
}

/* With an IOMMU Xen looks for holes in the host's tree, where this table is not. */
static void check_grants(const struct view *view, const struct domu *domu,
			 struct findings *findings)
{
	for (int i = 0; i < domu->xen.nr; i++) {
		const struct sr_range *region = &domu->xen.regions[i];

		if (!ranges_meet(region, &domu->xen.grants))
			continue;
		add_finding(findings, FOUND_REGION_OVER_GRANTS, node_path(view->host, domu->node),
			    "use a kernel that leaves it out, as this project's does, or xen_unpopulated.exclude=16M@0x38000000 on the domain's command line",
			    "the region %s covers the domain's own grant table at %s",
			    range_text(region, 0), range_text(&domu->xen.grants, 0));
	}
}

/**
 * check_domus() - what is wrong with domains that Xen starts
 * @view: the board
 * @findings: they are added to
 */
void check_domus(const struct view *view, struct findings *findings)
{
	for (unsigned int i = 0; i < view->nr_domus; i++) {
		const struct domu *domu = &view->domus[i];
		const char *node = node_path(view->host, domu->node);

		if (domu->xen.refused)
			add_finding(findings, FOUND_NO_BOOT, node, "correct the node",
				    "Xen %u.%u does not boot: %s", view->xen.major,
				    view->xen.minor, domu->xen.refused);
		check_tables(view, domu, findings);
		check_grants(view, domu, findings);
	}
}
