// SPDX-License-Identifier: GPL-2.0
/* check: what is wrong with a board, a line each. */
#include <libfdt.h>
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

static __printf(5, 6) void add(struct findings *findings, int status, const char *node,
			       const char *remedy, const char *format, ...)
{
	struct finding *finding;
	va_list args;
	bool failed;

	findings->worst = max(findings->worst, status);
	findings->list = more(findings->list, findings->nr, sizeof(*finding));
	finding = &findings->list[findings->nr++];
	*finding = (struct finding){ .status = status, .remedy = remedy, .node = strdup(node) };
	va_start(args, format);
	failed = vasprintf(&finding->what, format, args) < 0;
	va_end(args);
	if (failed || !finding->node)
		out_of_memory();
}

static void check_tree(const struct view *view, struct findings *findings)
{
	const struct board *board = view->host;

	for (unsigned int i = 0; i < board->nr_problems; i++) {
		const struct problem *p = &board->problems[i];
		const char *remedy = "correct the tree: what is meant may not be kept free";

		if (p->node >= 0 && p->node == board->tree.config.node)
			remedy = "correct it: until then pages are ballooned";
		add(findings, STATUS_WARNING, node_path(board, p->node), remedy,
		    "%s: expected %s", p->property, p->expected);
	}
	if (!board->ram_end)
		add(findings, STATUS_WARNING, "/",
		    "take the tree as the boot loader hands it over, /sys/firmware/fdt of a Linux without Xen",
		    "no memory: the boot loader fills it in");
}

static bool is_passthrough(const struct board *board, int node)
{
	static const char * const properties[] = { "bootargs", "xen,dom0-bootargs" };

	for (unsigned int i = 0; i < ARRAY_SIZE(properties); i++) {
		int len;
		const char *text = fdt_getprop(board->fdt, node, properties[i], &len);

		if (text && len > 0 && (memmem(text, len, "iommu.passthrough=1", 19) ||
					memmem(text, len, "iommu=pt", 8)))
			return true;
	}
	return false;
}

/* Is dom0's kernel told to leave IOMMUs alone? */
static bool told_passthrough(const struct board *board)
{
	int chosen = fdt_path_offset(board->fdt, "/chosen"), node;

	if (chosen < 0)
		return false;
	if (is_passthrough(board, chosen))
		return true;
	fdt_for_each_subnode(node, board->fdt, chosen)
		if (is_passthrough(board, node))
			return true;
	return false;
}

static void check_translators(const struct view *view, struct findings *findings)
{
	if (!view->xen.direct_mapped || told_passthrough(view->host))
		return;
	for (unsigned int i = 0; i < view->devices.nr_iommus; i++) {
		const struct iommu *iommu = &view->devices.iommus[i];

		if (iommu->by != IOMMU_OF_DOM0 || !iommu->masters)
			continue;
		add(findings, STATUS_WARNING, node_path(view->host, iommu->node), iommu->xen ?
		    "use a Xen with that driver, or boot other kernels than this project's with iommu.passthrough=1"
		    : "boot other kernels than this project's with iommu.passthrough=1",
		    "dom0 will drive this IOMMU, as Xen %u.%u has no driver for it%s: this project's kernel passes DMA of its masters (%u) through, so that nothing confines them; in others it hits wrong memory where guests' pages are",
		    view->xen.major, view->xen.minor, iommu->xen ? " as Debian builds it" : "",
		    iommu->masters);
	}
}

/* DMA that no IOMMU of Xen's translates, where there must be none of it. */
static void check_masters(const struct view *view, struct findings *findings)
{
	bool claimed = view->config.iommu_protected && view->devices.xen_drives;

	if (view->captured || (view->xen.direct_mapped && !claimed))
		return;
	for (unsigned int i = 0; i < view->devices.nr_masters; i++) {
		const struct master *master = &view->devices.masters[i];

		if (master->by == IOMMU_OF_XEN)
			continue;
		add(findings, STATUS_UNSAFE, node_path(view->host, master->node),
		    view->xen.direct_mapped ? "remove xen,iommu-protected, or disable the device" :
		    "disable it, or direct-map dom0",
		    "looks like a DMA master (%s) behind no IOMMU that Xen drives%s", master->why,
		    view->xen.direct_mapped ?
		    ", but xen,iommu-protected says that there is none" :
		    ": its DMA hits wrong memory, as dom0 is not direct-mapped");
	}
}

static const char *config_node(const struct view *view)
{
	return view->config.node >= 0 ? node_path(view->host, view->config.node) :
					"(command line)";
}

static void check_claim(const struct view *view, struct findings *findings)
{
	if (view->known ? view->outcomes[0].decision.contradicted :
	    view->config.iommu_protected && !view->devices.xen_drives)
		add(findings, STATUS_UNSAFE, config_node(view),
		    "remove the property, or have Xen drive an IOMMU",
		    "xen,iommu-protected, but Xen drives no IOMMU here");
}

static const char *remedy_for(const struct view *view, enum sr_reason reason)
{
	switch (reason) {
	case SR_REASON_NONE_PUBLISHED:
		if (view->xen.ext_regions)
			return "give dom0 less memory, or see what suggest says";
		return "drop ext_regions=0, or see what suggest says";
	case SR_REASON_CANNOT_PUBLISH:
		return "use Xen 4.16 or later, or see what suggest says";
	case SR_REASON_NOT_ANSWERED:
		return "use Xen 4.16 or later, or have Xen drive an IOMMU";
	case SR_REASON_NO_IOMMU:
	case SR_REASON_IOMMU_OFF:
	case SR_REASON_IOMMU_VISIBLE:
		if (view->outcomes[0].decision.contradicted)
			return "remove xen,iommu-protected, or have Xen drive an IOMMU";
		return "holes need an IOMMU that Xen drives: use another policy";
	case SR_REASON_UNCLEAR_TREE:
		return "correct the tree, or use another policy";
	case SR_REASON_BAD_CONFIG:
		return "correct the node";
	default:
		return "each mapped page costs one of dom0's";
	}
}

static void check_space(const struct view *view, struct findings *findings)
{
	if (!view->boots) {
		add(findings, STATUS_WARNING, node_path(view->host, view->at), "correct the tree",
		    "Xen %u.%u: %s", view->xen.major, view->xen.minor, view->why);
		return;
	}
	if (!view->known) {
		/* That there is no memory node has been said. */
		if (!view->host->ram_end)
			return;
		add(findings, STATUS_WARNING, "/",
		    "give it: --dom0-mem, --dom0-bank, --xen-at, --tree-at, --module, --ipa-bits",
		    "what Xen publishes cannot be said: %s", view->why);
		return;
	}
	for (unsigned int i = 0; i < view->nr_outcomes; i++) {
		const struct outcome *o = &view->outcomes[i];

		if (o->bytes || view->config.policy == SR_POLICY_BALLOON)
			continue;
		add(findings, STATUS_WARNING,
		    view->config.policy == SR_POLICY_AUTO ? "/" : config_node(view),
		    remedy_for(view, o->decision.reason),
		    "no space for foreign pages with %uK pages, ballooning: %s",
		    1 << (o->page_shift - 10), sr_reason_text(o->decision.reason));
		return;
	}
}

/* What Xen publishes although somebody owns it. */
static void check_published(const struct view *view, struct findings *findings)
{
	const struct sr_decision *d = view->known ? &view->outcomes[0].decision : NULL;

	for (unsigned int i = 0; d && d->source == SR_SOURCE_PUBLISHED && i < d->nr_pieces; i++) {
		const struct sr_piece *p = &d->pieces[i];

		if ((p->owner < SR_RAM || p->owner > SR_GRANT_TABLE) && p->owner != SR_MALFORMED)
			continue;
		add(findings, STATUS_WARNING, node_path(view->dom0, p->node), p->owner == SR_RAM ?
		    "have Xen know all RAM: it is told by /memory" :
		    "use a kernel that leaves it out, as this project's does",
		    "Xen publishes %s: %s", range_text(&p->range, 0), sr_owner_name(p->owner));
	}
}

static bool any_free(const struct sr_decision *d, const struct sr_range *range)
{
	for (unsigned int i = 0; i < d->nr_pieces; i++)
		if (d->pieces[i].owner == SR_FREE && d->pieces[i].range.start <= range->last &&
		    range->start <= d->pieces[i].range.last)
			return true;
	return false;
}

static void check_allowed(const struct view *view, struct findings *findings)
{
	const struct sr_list *allow = &view->config.allow;

	if (!view->known || view->outcomes[0].decision.source == SR_SOURCE_BALLOON)
		return;
	for (unsigned int i = 0; i < allow->nr; i++)
		if (!any_free(&view->outcomes[0].decision, &allow->ranges[i]))
			add(findings, STATUS_WARNING, config_node(view),
			    "see in explain what it is, and drop the entry",
			    "xen,allow %s: nothing in it is usable",
			    range_text(&allow->ranges[i], 0));
}

/**
 * find_findings() - what is wrong with a board
 * @view: the board
 * @findings: filled in
 */
void find_findings(const struct view *view, struct findings *findings)
{
	*findings = (struct findings){ };
	check_tree(view, findings);
	check_translators(view, findings);
	check_claim(view, findings);
	check_masters(view, findings);
	check_published(view, findings);
	check_allowed(view, findings);
	check_space(view, findings);
}

void free_findings(struct findings *findings)
{
	for (unsigned int i = 0; i < findings->nr; i++) {
		free(findings->list[i].node);
		free(findings->list[i].what);
	}
	free(findings->list);
}

/* What a finding's status is called. */
const char *severity(const struct finding *finding)
{
	return finding->status == STATUS_UNSAFE ? "unsafe" : "warning";
}

/**
 * check_board() - the command check
 * @board: the board
 * @options: the command line
 *
 * Return: the exit status.
 */
int check_board(const struct board *board, const struct options *options)
{
	struct findings findings;
	struct view view;

	if (view_open(&view, board, options))
		return STATUS_UNSAFE;
	find_findings(&view, &findings);
	for (unsigned int i = 0; i < findings.nr; i++) {
		const struct finding *f = &findings.list[i];

		printf("%s: %s%s%s: %s: %s: %s\n", board->file,
		       f->status == STATUS_UNSAFE ? red : bold, severity(f), plain,
		       *f->node ? f->node : "/", f->what, f->remedy);
	}
	free_findings(&findings);
	view_close(&view);
	return findings.worst;
}
