// SPDX-License-Identifier: GPL-2.0
/*
 * Domains that Xen itself starts: nodes "xen,domain" in /chosen, dom0less-build.c in
 * arch/arm (since 4.21 common/device-tree), and make_hypervisor_node().
 */
#include <errno.h>
#include <linux/libfdt.h>
#include <linux/string.h>

#include "xen-tree.h"

/* GUEST_GNTTAB_BASE, GUEST_GNTTAB_SIZE */
static const struct sr_range grants = { 0x38000000, 0x38ffffff };

static bool has(const void *fdt, int node, const char *name)
{
	int len;

	return fdt_getprop(fdt, node, name, &len);
}

/* "xen,enhanced": without it there is no /hypervisor; 4.16 does not know it. */
static bool is_enhanced(const void *fdt, int node, const struct xen_params *params)
{
	const char *value = fdt_stringlist_get(fdt, node, "xen,enhanced", 0, NULL);

	if (xen_version(params) < XEN_VERSION(4, 17) || !has(fdt, node, "xen,enhanced"))
		return false;
	return !value || !strcmp(value, "enabled") || !strcmp(value, "no-xenstore") ||
	       (!strcmp(value, "legacy") && xen_version(params) >= XEN_VERSION(4, 21));
}

/*
 * create_domUs(), in 4.21 parse_dom0less_node(): "passthrough", which is read since 4.19
 * ("Add a DT property to specify IOMMU for Dom0less domUs"), and before 4.21 of a domain
 * ahead of this one as well, as the variable is not reset; or a partial device tree
 * anywhere behind the domain's node, as dt_find_compatible_node() does not end with what
 * is below.
 */
static bool uses_iommu(const void *fdt, const struct xen_params *params, int node)
{
	int parent = fdt_parent_offset(fdt, node), domain;

	fdt_for_each_subnode(domain, fdt, parent) {
		const char *value = fdt_stringlist_get(fdt, domain, "passthrough", 0, NULL);

		if (domain > node || xen_version(params) < XEN_VERSION(4, 19))
			break;
		if (domain < node && xen_version(params) >= XEN_VERSION(4, 21))
			continue;
		if (!fdt_node_check_compatible(fdt, domain, "xen,domain") && value &&
		    !strcmp(value, "enabled"))
			return true;
	}
	return fdt_node_offset_by_compatible(fdt, node, "multiboot,device-tree") >= 0;
}

/* Why Xen ends at such a domain: create_domUs(), construct_domU(), static-memory.c */
static const char *why_refused(const void *fdt, int node, const struct xen_params *params,
			       const struct xen_domu *domu, const struct xen_banks *ram)
{
	bool is_static = has(fdt, node, "xen,static-mem");
	u64 size = 0;

	if (is_static && !params->direct_mapped)
		return "static memory together with cache colouring";
	if (domu->direct_mapped && !is_static)
		return "direct-map without xen,static-mem";
	if (!has(fdt, node, "cpus"))
		return "no cpus";
	if (!has(fdt, node, "memory"))
		return "no memory";
	for (unsigned int i = 0; i < ram->nr; i++)
		size += range_size(&ram->bank[i]);
	if (ram->nr && size != domu->memory)
		return "memory is not the sum of xen,static-mem";
	return NULL;
}

/**
 * xen_model_domu() - what Xen publishes to a domain that it starts
 * @fdt: the host's tree; its header has been checked
 * @params: Xen and the rest of the host; dom0's RAM does not matter
 * @node: of the domain
 * @domu: filled in
 *
 * Devices that are passed through are in a module: Xen has spared them since 4.21
 * ("xen/arm: exclude xen,reg from domU extended regions"), which is not modelled.
 */
void xen_model_domu(const void *fdt, const struct xen_params *params, int node,
		    struct xen_domu *domu)
{
	int parent = fdt_parent_offset(fdt, node);
	static struct xen_banks ram;
	struct xen_params own = *params;
	int len, at, err;
	const fdt64_t *memory = fdt_getprop(fdt, node, "memory", &len);
	const fdt32_t *cell;

	*domu = (struct xen_domu){
		.direct_mapped = has(fdt, node, "direct-map"), .grants = grants,
	};
	if (memory && len == sizeof(*memory))
		domu->memory = fdt64_ld(memory) << 10;
	cell = fdt_getprop(fdt, node, "cpus", &len);
	if (cell && len == sizeof(*cell))
		domu->vcpus = fdt32_ld(cell);
	cell = fdt_getprop(fdt, node, "xen,domain-p2m-mem-mb", &len);
	domu->tables_given = cell && len == sizeof(*cell);
	domu->tables = domu->tables_given ? (u64)fdt32_ld(cell) << 20 :
		       round_up(xen_model_guest_tables(domu->memory, domu->vcpus,
						       XEN_GUEST_MAPPED), 0x100000);
	ram.nr = 0;
	err = xen_read_banks(fdt, params, node, "xen,static-mem", fdt_address_cells(fdt, parent),
			     fdt_size_cells(fdt, parent), &ram, &domu->why);
	if (domu->direct_mapped) {
		memcpy(domu->ram, ram.bank, ram.nr * sizeof(*ram.bank));
		domu->nr_ram = ram.nr;
	} else {
		domu->nr_ram = xen_model_guest_ram(domu->memory, domu->ram);
	}
	domu->refused = err ? NULL : why_refused(fdt, node, params, domu, &ram);
	if (!is_enhanced(fdt, node, params)) {
		domu->why = "no xen,enhanced that this Xen knows: no /hypervisor";
	} else if (!params->ext_regions) {
		domu->why = "ext_regions=0";
	} else if (!domu->direct_mapped) {
		domu->why = "what its RAM leaves of a guest's two banks";
		domu->nr = xen_model_guest_regions(&own, domu->memory, NULL, 0, domu->regions);
	} else if (err) {
		domu->nr = err;
	} else {
		/*
		 * As dom0, but that its RAM is what xen,static-mem says, and that its grant
		 * table has a fixed place, which find_memory_holes() does not look at.
		 */
		own.iommu = params->iommu && uses_iommu(fdt, params, node);
		if (!own.iommu && ram.nr < XEN_MAX_BANKS)
			ram.bank[ram.nr++] = grants;
		own.dom0_ram = ram.bank;
		own.nr_dom0_ram = ram.nr;
		own.xen = grants;
		domu->nr = xen_model_regions(fdt, &own, domu->regions, XEN_MAX_BANKS, &at,
					     &domu->why);
		domu->host_ram = !own.iommu;
		if (domu->nr > 0 && domu->host_ram)
			domu->why = "the host's RAM without its own and reserved memory: other domains' RAM";
	}
}
