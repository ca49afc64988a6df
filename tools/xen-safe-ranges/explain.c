// SPDX-License-Identifier: GPL-2.0
/* explain: what dom0's kernel will decide, and all that this follows from. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

static void print_range(const struct sr_range *range)
{
	printf("  %s %9s", range_text(range, 11),
	       range->last < range->start ? "-" : size_text(range_size(range)));
}

static void print_head(const struct view *view, const struct options *options)
{
	printf("%s%s: %s%s\n", bold, view->host->file, board_model(view->host), plain);
	if (is_guest(view->host))
		printf("  This is a guest's tree (the root is compatible with \"xen,xenvm\"): nothing is\n"
		       "  predicted.\n");
	else if (view->captured)
		printf("  This is the tree of a Xen domain (%s): nothing is predicted.\n",
		       "a node is compatible with \"xen,xen\"");
	else
		printf("  A host's tree: what dom0 gets is predicted, for Xen %u.%u.\n",
		       view->xen.major, view->xen.minor);
	if (*view->args.heeded)
		printf("  Xen's command line (/chosen): %s\n", view->args.heeded);
	if (*view->host->boot_says)
		printf("  By the boot script: %s\n", view->host->boot_says);
	printf("  %s is %sdirect-mapped%s; addresses have %u bits",
	       is_guest(view->host) ? "it" : "dom0", view->xen.direct_mapped ? "" : "not ",
	       view->captured && options->direct_map == BY_ITSELF ? " (assumed; --direct-map)" : "",
	       view->xen.ipa_bits);
	if (options->ipa_bits)
		printf(" (--ipa-bits)\n");
	else if (view->narrow >= 0)
		printf(" (as %s has; --ipa-bits)\n", node_path(view->host, view->narrow));
	else if (view->cpu)
		printf(" (as %s has at most; --ipa-bits)\n", view->cpu);
	else
		printf(" (assumed: the tree names no core with a known width; --ipa-bits)\n");
}

static const char *iommu_compatible(const struct view *view, const struct iommu *iommu)
{
	const char *text = get_string(view->host, iommu->node, "compatible");

	return text ? text : "without compatible";
}

static void explain_driver(const struct view *view, const struct iommu *iommu)
{
	unsigned int major = view->xen.major, minor = view->xen.minor;

	if (!iommu->enabled)
		printf("disabled in the tree");
	else if (view->captured)
		printf("seen by dom0: Xen has no driver for it, and dom0 drives it");
	else if (!iommu->xen)
		printf("Xen %u.%u has no driver for it: dom0 drives it", major, minor);
	else if (!iommu->hidden)
		printf("Xen %u.%u has a driver, but not as Debian builds it (CONFIG_%s):\n"
		       "    dom0 drives it, unless --xen-smmu=on",
		       major, minor, iommu->xen->option);
	else if (iommu->by == IOMMU_OF_XEN)
		printf("Xen %u.%u drives it, and hides it from dom0", major, minor);
	else
		printf("hidden from dom0 by Xen %u.%u, which is told not to use it", major, minor);
	printf("\n");
}

/* Once, not at each IOMMU. */
static void explain_danger(const struct view *view)
{
	const struct devices *devices = &view->devices;

	for (unsigned int i = 0; i < devices->nr_iommus && view->xen.direct_mapped; i++) {
		if (devices->iommus[i].by != IOMMU_OF_DOM0 || !devices->iommus[i].masters)
			continue;
		printf("  %sWhere dom0 drives an IOMMU:%s DMA of other domains' pages must go by machine\n"
		       "  address. A kernel that lets the IOMMU translate it, as mainline does, has the device\n"
		       "  read and write wrong memory; this project's passes DMA through.\n", red, plain);
		return;
	}
}

static void print_iommus(const struct view *view)
{
	unsigned int i;

	print_title("IOMMUs");
	for (i = 0; i < view->devices.nr_iommus; i++) {
		const struct iommu *iommu = &view->devices.iommus[i];

		printf("  %s (%s), %u master%s: ", node_path(view->host, iommu->node),
		       iommu_compatible(view, iommu), iommu->masters,
		       iommu->masters == 1 ? "" : "s");
		explain_driver(view, iommu);
		if (iommu->hidden && iommu->xen->note)
			printf("    %s\n", iommu->xen->note);
	}
	if (!i)
		printf("  none%s\n", !view->captured ? "" :
		       " that dom0 sees; Xen hides those it has a driver for");
	explain_danger(view);
}

static void print_master(const struct view *view, const struct master *master)
{
	const char *frames = view->captured ? NULL : dma_frames_of(view, master);

	printf("    %s (%s)%s%s\n", node_path(view->host, master->node), master->why,
	       frames ? ": " : "", frames ? frames : "");
}

static void print_masters(const struct view *view)
{
	static const char * const titles[TRANSLATORS] = {
		[NO_IOMMU] = "behind no IOMMU",
		[IOMMU_OF_XEN] = "behind one that Xen drives",
		[IOMMU_BLOCKS] = "behind one that Xen drives, but does not let through",
		[IOMMU_OF_DOM0] = "behind one that dom0 drives",
	};

	print_title("DMA masters");
	printf("  What looks like one: no tree says of every device whether it does DMA, and\n"
	       "  devices without a node are not here.%s\n",
	       view->captured ? " Xen takes iommus and iommu-map of its IOMMUs away." : "");
	for (unsigned int by = 0; by < TRANSLATORS; by++) {
		if (!view->devices.by[by])
			continue;
		printf("  %s: %u", titles[by], view->devices.by[by]);
		if (!view->captured)
			printf("; DMA addresses: %s", dma_frames(view, by));
		printf("\n");
		for (unsigned int i = 0; i < view->devices.nr_masters; i++)
			if (view->devices.masters[i].by == by &&
			    !view->devices.masters[i].for_guest)
				print_master(view, &view->devices.masters[i]);
	}
	if (view->captured)
		printf("  In dom0, xen/unpopulated/dma in debugfs says which addresses they are given.\n");
	print_listed(view);
	if (view->devices.for_guests)
		printf("  for a guest (xen,passthrough): %u\n", view->devices.for_guests);
	for (unsigned int i = 0; i < view->devices.nr_masters; i++) {
		const struct master *master = &view->devices.masters[i];

		if (master->for_guest)
			printf("    %s (%s), behind %s\n", node_path(view->host, master->node),
			       master->why, master->by == IOMMU_OF_XEN ?
			       node_path(view->host, master->iommu) :
			       master->by == NO_IOMMU ? "no IOMMU" : "none that Xen puts it behind");
	}
}

/* As Xen prints it, to be compared with its log. */
static void print_banks(const struct sr_range *ram, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		printf("  BANK[%u] %#016llx-%#016llx (%lluMB)\n", i,
		       (unsigned long long)ram[i].start,
		       (unsigned long long)ram[i].last + 1,
		       (unsigned long long)range_size(&ram[i]) >> 20);
}

static void print_ram(const struct view *view)
{
	if (view->captured || !view->nr_ram)
		return;
	print_title("dom0's RAM");
	print_banks(view->ram, view->nr_ram);
}

static void print_published(const struct view *view)
{
	print_title(view->captured ? "What Xen publishes" : "What Xen will publish");
	if (!view->captured && !strncmp(view->why, "ext_regions=0", 13))
		printf("  nothing: it is told so\n");
	else if (view->boots && view->known && view->at >= 0)
		printf("  nothing, as Xen meets %s: %s\n", view->why,
		       node_path(view->host, view->at));
	else
		printf("  %s%s%s\n", view->why, view->at < 0 ? "" : ": ",
		       node_path(view->host, view->at));
	if (view->logged)
		printf("  %s\n", view->logged == LOG_AGREES ? "Xen's log has the same." :
		       "Xen's log, which is right, differs from what is foretold.");
	for (unsigned int i = 0; i < view->dom0->tree.nr_published; i++) {
		print_range(&view->dom0->tree.published[i]);
		printf("\n");
	}
}

/* Domains that Xen starts */
static void print_domus(const struct view *view)
{
	for (unsigned int d = 0; d < view->nr_domus; d++) {
		const struct xen_domu *domu = &view->domus[d].xen;

		print_title(node_path(view->host, view->domus[d].node));
		printf("  a domain that Xen starts, %sdirect-mapped, %llu MiB; published: %s\n",
		       domu->direct_mapped ? "" : "not ", (unsigned long long)domu->memory >> 20,
		       domu->nr || *domu->why ? domu->why : "nothing");
		if (domu->refused)
			printf("  %sXen does not boot with it: %s%s\n", red, domu->refused, plain);
		print_banks(domu->ram, domu->nr_ram);
		for (int i = 0; i < domu->nr; i++) {
			print_range(&domu->regions[i]);
			printf("\n");
		}
		if (domu->nr > 0 && !XEN_SPARES_PASSED(&view->xen))
			printf("  Before Xen 4.21 this may cover devices that are passed through (xen,reg): exclude\n"
			       "  them by xen_unpopulated.exclude= on its kernel's command line.\n");
		printf("  xen,domain-p2m-mem-mb is %llu%s; 256 MiB of other domains' memory take %llu,\n"
		       "  2 MiB more of that 4 KiB.\n", (unsigned long long)domu->tables >> 20,
		       domu->tables_given ? "" : " by default", (unsigned long long)
		       (xen_model_guest_tables(domu->memory, domu->vcpus, XEN_GUEST_MAPPED) + 0xfffff) >> 20);
	}
}

static void print_rows(const struct view *view, const struct options *options,
		       const struct sr_decision *d)
{
	print_title("The decision");
	for (int row = 0; row < SR_ROWS; row++) {
		bool taken = row == (int)d->row;

		printf("  row %d  %-30s %s%s%s: %s\n", row, sr_row_text(row), taken ? bold : "",
		       taken ? "taken" : "not taken", taken ? plain : "",
		       sr_reason_text(d->why[row]));
	}
	printf("  so the source is %s%s%s: %s\n", bold, sr_source_name(d->source), plain,
	       sr_reason_text(d->reason));
	if (*options->reason)
		printf("  %s\n", !strcmp(options->reason, sr_reason_text(d->reason)) ?
		       "The kernel decided the same." :
		       "The kernel, which is right, decided otherwise: see its debugfs.");
	printf("  policy: %s", sr_policy_name(view->config.policy));
	if (view->config.node >= 0)
		printf(" (%s)", node_path(view->host, view->config.node));
	printf("\n");
}

/* Where a piece of evidence comes from. */
static void print_source_of(const struct view *view, enum sr_evidence evidence)
{
	const struct devices *devices = &view->devices;

	switch (evidence) {
	case SR_EVIDENCE_ABOVE_RAM:
		printf(" (/hypervisor reg, above 0x%llx)",
		       (unsigned long long)view->outcomes[0].facts.host_ram_end);
		break;
	case SR_EVIDENCE_CLAIM:
		printf(" (%s)", view->host->tree.config.iommu_protected ?
		       node_path(view->host, view->config.node) : "--iommu-protected");
		break;
	case SR_EVIDENCE_XEN_YES:
	case SR_EVIDENCE_XEN_NO:
		printf(" (if the kernel asks; here by %s)",
		       view->captured ? "--xen-smmu" : "the IOMMUs above");
		break;
	case SR_EVIDENCE_VISIBLE:
		for (unsigned int i = 0; i < devices->nr_iommus; i++)
			if (devices->iommus[i].by == IOMMU_OF_DOM0)
				printf(" (%s)", node_path(view->host, devices->iommus[i].node));
		break;
	default:
		break;
	}
}

static void print_evidence(const struct view *view, const struct sr_decision *d)
{
	print_title("Evidence of an IOMMU that protects DMA");
	for (unsigned int e = 0; e < SR_EVIDENCES; e++) {
		if (!(d->evidence & 1 << e))
			continue;
		printf("  %s: %s", e >= SR_EVIDENCE_XEN_NO ? "against" : "for",
		       sr_evidence_text(e));
		print_source_of(view, e);
		printf("\n");
	}
	if (!d->evidence)
		printf("  none\n");
	printf("  so it counts as %s\n", d->iommu ? "protected" : "not protected");
	if (d->contradicted)
		printf("  %sxen,iommu-protected is not true, and refused%s\n", red, plain);
}

static void print_pieces(const struct view *view, const struct sr_decision *d)
{
	bool holes = d->source == SR_SOURCE_HOLES;

	print_title(holes ? "What the kernel finds" : "What the kernel keeps of it");
	for (unsigned int i = 0; i < d->nr_pieces; i++) {
		const struct sr_piece *piece = &d->pieces[i];

		/* Beyond the two ends of the address space nothing is worth a line. */
		if (holes && piece->owner == SR_UNMAPPABLE)
			continue;
		print_range(&piece->range);
		printf("  %s%s%s%s%s\n", owner_colour(piece->owner),
		       sr_owner_name(piece->owner), plain, piece->node < 0 ? "" : " ",
		       node_path(view->dom0, piece->node));
	}
	if (!d->nr_pieces)
		printf("  nothing to look at\n");
}

static void print_pages(const struct view *view)
{
	print_title("Pages");
	printf("  kernel  ranges       size  above RAM       pages  mainline\n");
	for (unsigned int i = 0; i < view->nr_outcomes; i++) {
		const struct outcome *o = &view->outcomes[i];

		printf("  %3uK    %6u  %9s  %9s  %10llu  ", 1 << (o->page_shift - 10), o->ranges,
		       o->bytes ? size_text(o->bytes) : "none",
		       !o->facts.host_ram_end ? "?" : o->above ? size_text(o->above) : "none",
		       (unsigned long long)(o->bytes >> o->page_shift));
		printf("%s%s\n", o->mainline ? "at most " : "",
		       o->mainline ? size_text(o->mainline) : "none");
	}
	printf("  mainline: what of the published ranges its allocator could use, which takes\n"
	       "  whole sections only (128 MiB with 4K and 16K pages, 512 MiB with 64K), and does\n"
	       "  not look at what claims them.\n");
}

static json_t *json_pieces(const struct view *view, const struct sr_decision *d)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < d->nr_pieces; i++) {
		const struct sr_piece *piece = &d->pieces[i];

		json_add(list, "{s:o, s:o, s:s, s:s}",
			 "start", json_hex(piece->range.start),
			 "last", json_hex(piece->range.last),
			 "owner", sr_owner_name(piece->owner),
			 "node", node_path(view->dom0, piece->node));
	}
	return list;
}

static json_t *json_rows(const struct sr_decision *d)
{
	json_t *list = json_array();

	for (int row = 0; row < SR_ROWS; row++)
		json_add(list, "{s:s, s:b, s:s}", "row", sr_row_text(row),
			 "taken", row == (int)d->row,
			 "reason", sr_reason_text(d->why[row]));
	return list;
}

static json_t *json_outcome(const struct view *view, const struct outcome *o)
{
	const struct sr_decision *d = &o->decision;

	return json_pack("{s:i, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:i, s:o}",
			 "page_size", 1 << o->page_shift,
			 "source", sr_source_name(d->source),
			 "reason", sr_reason_text(d->reason),
			 "iommu", d->iommu, "contradicted", d->contradicted,
			 "rows", json_rows(d), "pieces", json_pieces(view, d),
			 "bytes", json_hex(o->bytes), "above_ram",
			 o->facts.host_ram_end ? json_hex(o->above) : json_null(),
			 "ranges", o->ranges, "mainline_bytes", json_hex(o->mainline));
}

static json_t *json_iommus(const struct view *view)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < view->devices.nr_iommus; i++) {
		const struct iommu *iommu = &view->devices.iommus[i];

		json_add(list, "{s:s, s:s, s:b, s:b, s:b, s:i}",
			 "node", node_path(view->host, iommu->node),
			 "compatible", iommu_compatible(view, iommu),
			 "enabled", iommu->enabled, "hidden_by_xen", iommu->hidden,
			 "driven_by_xen", iommu->by == IOMMU_OF_XEN,
			 "masters", iommu->masters);
	}
	return list;
}

static json_t *json_masters(const struct view *view)
{
	static const char * const by[TRANSLATORS] = { "none", "xen", "xen, blocked", "dom0" };
	json_t *list = json_array();

	for (unsigned int i = 0; i < view->devices.nr_masters; i++) {
		const struct master *master = &view->devices.masters[i];

		json_add(list, "{s:s, s:s, s:s, s:b, s:s?}",
			 "node", node_path(view->host, master->node),
			 "why", master->why, "iommu_of", by[master->by],
			 "for_guest", master->for_guest, "dma_addresses",
			 view->captured || master->for_guest ? NULL :
			 dma_frames_of(view, master) ?: dma_frames(view, master->by));
	}
	return list;
}

static json_t *json_domus(const struct view *view)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < view->nr_domus; i++) {
		const struct xen_domu *domu = &view->domus[i].xen;

		json_add(list, "{s:s, s:b, s:i, s:o, s:o, s:b, s:s, s:o, s:o, s:b, s:s?}",
			 "node", node_path(view->host, view->domus[i].node),
			 "direct_mapped", domu->direct_mapped, "vcpus", domu->vcpus,
			 "memory", json_hex(domu->memory),
			 "ram", json_ranges(domu->ram, domu->nr_ram),
			 "known", domu->nr >= 0,
			 "published_how", domu->nr || *domu->why ? domu->why : "nothing",
			 "published", json_ranges(domu->regions, domu->nr < 0 ? 0 : domu->nr),
			 "p2m_bytes", json_hex(domu->tables), "p2m_given", domu->tables_given,
			 "does_not_boot", domu->refused);
	}
	return list;
}

/* A place that is not known is null. */
static json_t *json_place(const struct sr_range *place)
{
	return place->last < place->start ? json_null() :
	       json_pack("{s:o, s:o}", "start", json_hex(place->start), "last", json_hex(place->last));
}

static json_t *json_refusals(const struct view *view)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < view->nr_refusals; i++)
		json_add(list, "{s:s, s:s}", "node", node_path(view->host, view->refusals[i].node),
			 "why", view->refusals[i].why);
	return list;
}

static void dump_json(const struct view *view)
{
	json_t *root = json_board(view->host), *outcomes = json_array();

	for (unsigned int i = 0; i < view->nr_outcomes; i++)
		json_array_append_new(outcomes, json_outcome(view, &view->outcomes[i]));
	json_object_set_new(root, "captured", json_boolean(view->captured));
	json_object_set_new(root, "xen_version",
			    json_sprintf("%u.%u", view->xen.major, view->xen.minor));
	json_object_set_new(root, "xen_command_line", json_string(view->args.heeded));
	json_object_set_new(root, "boot_script", json_string(view->host->boot_says));
	json_object_set_new(root, "xen_at", json_place(&view->xen.xen));
	json_object_set_new(root, "tree_at", json_place(&view->xen.tree));
	json_object_set_new(root, "dom0_ram", json_ranges(view->ram, view->nr_ram));
	json_object_set_new(root, "boots", json_boolean(view->boots));
	json_object_set_new(root, "does_not_boot", json_refusals(view));
	json_object_set_new(root, "domains", json_domus(view));
	json_object_set_new(root, "address_bits", json_integer(view->xen.ipa_bits));
	json_object_set_new(root, "direct_mapped", json_boolean(view->xen.direct_mapped));
	json_object_set_new(root, "iommus", json_iommus(view));
	json_object_set_new(root, "masters", json_masters(view));
	json_object_set_new(root, "published_how", json_string(view->why));
	json_object_set_new(root, "published_node", json_string(node_path(view->host, view->at)));
	json_object_set_new(root, "known", json_boolean(view->known));
	json_object_set_new(root, "published", json_ranges(view->dom0->tree.published,
							 view->dom0->tree.nr_published));
	json_object_set_new(root, "kernels", outcomes);
	json_print(root);
}

static void print_view(const struct view *view, const struct options *options)
{
	print_head(view, options);
	print_problems(view->host, "Problems of the tree", "  ");
	print_iommus(view);
	print_masters(view);
	print_ram(view);
	print_published(view);
	print_domus(view);
	if (!view->boots) {
		for (unsigned int i = 1; i < view->nr_refusals; i++)
			printf("  %s: %s\n", view->refusals[i].why,
			       node_path(view->host, view->refusals[i].node));
		if (view->fits)
			printf("  %s fits.\n", size_text(view->fits));
		printf("  %sSo Xen does not boot with this %s.%s\n", red,
		       view->nr_refusals || !view->fits ? "tree" : "dom0_mem", plain);
		return;
	}
	if (!view->known) {
		printf("  It cannot be said, and so neither what the kernel decides: give what is\n"
		       "  missing (--dom0-mem, --dom0-bank, --xen-at, --tree-at, --module, --ipa-bits).\n");
		return;
	}
	print_rows(view, options, &view->outcomes[0].decision);
	print_evidence(view, &view->outcomes[0].decision);
	print_pieces(view, &view->outcomes[0].decision);
	print_pages(view);
}

/**
 * explain_board() - the command explain
 * @board: the board
 * @options: the command line
 *
 * Return: the exit status.
 */
int explain_board(const struct board *board, const struct options *options)
{
	struct view view;

	if (view_open(&view, board, options))
		return STATUS_ERROR;
	if (options->json)
		dump_json(&view);
	else
		print_view(&view, options);
	view_close(&view);
	return STATUS_FINE;
}
