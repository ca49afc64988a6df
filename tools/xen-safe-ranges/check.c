// SPDX-License-Identifier: GPL-2.0
/* check: what is wrong with a board, a line each. */
#include <errno.h>
#include <libfdt.h>
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

static const struct {
	const char *name;
	int severity;
} kinds[FINDINGS] = {
	[FOUND_TREE_PROBLEM]	= { "tree-problem", STATUS_WARNING },
	[FOUND_CONFIG_PROBLEM]	= { "config-problem", STATUS_WARNING },
	[FOUND_NO_MEMORY]	= { "no-memory", STATUS_FINE },
	[FOUND_NO_BOOT]		= { "xen-does-not-boot", STATUS_ERROR },
	[FOUND_DOM0_MEM]	= { "dom0-mem-too-large", STATUS_ERROR },
	[FOUND_NEEDS_OPTIONS]	= { "needs-options", STATUS_FINE },
	[FOUND_CONTRADICTION]	= { "option-contradicts-tree", STATUS_WARNING },
	[FOUND_LOG_DIFFERS]	= { "log-differs", STATUS_WARNING },
	[FOUND_IOMMU_OF_DOM0]	= { "iommu-of-dom0", STATUS_WARNING },
	[FOUND_MEDIA_IOMMU_OF_DOM0] = { "iommu-of-dom0", STATUS_FINE },
	[FOUND_IOMMU_MAP]	= { "iommu-map-not-read", STATUS_WARNING },
	[FOUND_GUEST_DEVICE]	= { "passthrough-without-iommu", STATUS_WARNING },
	[FOUND_FALSE_CLAIM]	= { "claim-not-true", STATUS_ERROR },
	[FOUND_UNPROTECTED]	= { "master-unprotected", STATUS_ERROR },
	[FOUND_LISTED]		= { "listed-unprotected", STATUS_ERROR },
	[FOUND_PUBLISHED_OWNED]	= { "published-but-owned", STATUS_WARNING },
	[FOUND_USELESS_ALLOW]	= { "allow-of-no-use", STATUS_WARNING },
	[FOUND_REGION_OVER_DEVICE] = { "region-over-device", STATUS_WARNING },
	[FOUND_LITTLE_P2M]	= { "little-p2m-memory", STATUS_WARNING },
	[FOUND_REGION_OVER_GRANTS] = { "region-over-grant-table", STATUS_WARNING },
	[FOUND_BALLOONING]	= { "ballooning", STATUS_WARNING },
};

/* Findings that the user knows of: a name, and a node's path unless it is "*". */
static struct accepted {
	const char *name;
	char *node;
} *accepted;
static unsigned int nr_accepted;

static bool is_accepted(const struct finding *finding)
{
	for (unsigned int i = 0; i < nr_accepted; i++)
		if (!strcmp(accepted[i].name, kinds[finding->kind].name) &&
		    (!strcmp(accepted[i].node, "*") || !strcmp(accepted[i].node, finding->node)))
			return true;
	return false;
}

/**
 * read_accepted() - read the findings that check is not to count
 * @file: lines "NAME NODE" or "NAME *"; what follows a # is a comment
 *
 * Return: whether it could be read; if not, the reason has been printed.
 */
bool read_accepted(const char *file)
{
	FILE *stream = fopen(file, "r");
	char line[1024], name[64], node[TEXT_ROOM];
	unsigned int number = 0, kind;
	bool ok = stream;
	int n;

	if (!stream)
		complain(file, "%s", strerror(errno));
	while (ok && fgets(line, sizeof(line), stream)) {
		number++;
		line[strcspn(line, "#\n")] = 0;
		n = sscanf(line, "%63s %255s", name, node);
		if (n <= 0)
			continue;
		for (kind = 0; kind < FINDINGS && strcmp(kinds[kind].name, name); kind++)
			;
		ok = n == 2 && kind < FINDINGS;
		if (!ok) {
			complain(file, "line %u: expected the name of a finding and a node or \"*\"",
				 number);
			break;
		}
		accepted = more(accepted, nr_accepted, sizeof(*accepted));
		accepted[nr_accepted++] = (struct accepted){ kinds[kind].name, strdup(node) };
	}
	if (stream)
		fclose(stream);
	return ok;
}

static void free_finding(const struct finding *finding)
{
	free(finding->node);
	free(finding->what);
	free(finding->remedy);
}

/**
 * add_finding() - one more finding, unless it is there already
 * @findings: it is added to
 * @kind: which gives name and severity
 * @node: path; "": of the whole tree
 * @remedy: what to do
 * @format: what is wrong
 */
void add_finding(struct findings *findings, enum finding_kind kind, const char *node,
		 const char *remedy, const char *format, ...)
{
	struct finding finding = {
		.kind = kind, .remedy = strdup(remedy), .node = strdup(*node ? node : "/"),
	};
	va_list args;
	bool failed;

	va_start(args, format);
	failed = vasprintf(&finding.what, format, args) < 0;
	va_end(args);
	if (failed || !finding.node || !finding.remedy)
		out_of_memory();
	/* A property may be wrong in several places: said once. */
	for (unsigned int i = 0; i < findings->nr; i++) {
		if (findings->list[i].kind == kind && !strcmp(findings->list[i].node, node) &&
		    !strcmp(findings->list[i].what, finding.what)) {
			free_finding(&finding);
			return;
		}
	}
	finding.accepted = is_accepted(&finding);
	if (!finding.accepted)
		findings->worst = max(findings->worst, kinds[kind].severity);
	findings->list = more(findings->list, findings->nr, sizeof(finding));
	findings->list[findings->nr++] = finding;
}

static void check_tree(const struct view *view, struct findings *findings)
{
	const struct board *board = view->host;

	/* Booted with ACPI, a tree says nothing of the board, and need not. */
	if (is_acpi(board))
		return;
	for (unsigned int i = 0; i < board->nr_problems; i++) {
		const struct problem *p = &board->problems[i];
		bool config = p->node >= 0 && p->node == board->tree.config.node;

		add_finding(findings, config ? FOUND_CONFIG_PROBLEM : FOUND_TREE_PROBLEM,
			    node_path(board, p->node), config ?
			    "correct it: until then pages are ballooned" :
			    "correct the tree: what is meant may not be kept free",
			    "%s: expected %s", p->property, p->expected);
	}
	if (!board->ram_end)
		add_finding(findings, FOUND_NO_MEMORY, "/",
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

/* By what it serves: an IOMMU of displays has foreign pages only if displays are shared. */
static void add_translator(const struct view *view, const struct iommu *iommu,
			   struct findings *findings)
{
	const char *node = node_path(view->host, iommu->node);
	const char *built = iommu->xen ? " as Debian builds it" : "";

	if (iommu->io < 0)
		add_finding(findings, FOUND_MEDIA_IOMMU_OF_DOM0, node,
			    "nothing, unless such a device is shared with guests without copying: then boot other kernels than this project's with iommu.passthrough=1",
			    "dom0 will drive this IOMMU, as Xen %u.%u has no driver for it%s: all its masters (%u) are displays, cameras, codecs, graphics or sound, which have no pages of guests' disks and network",
			    view->xen.major, view->xen.minor, built, iommu->masters);
	else
		add_finding(findings, FOUND_IOMMU_OF_DOM0, node, iommu->xen ?
			    "use a Xen with that driver, or boot other kernels than this project's with iommu.passthrough=1"
			    : "boot other kernels than this project's with iommu.passthrough=1",
			    "dom0 will drive this IOMMU, as Xen %u.%u has no driver for it%s: this project's kernel passes DMA of its masters (%u, with %s) through, so that nothing confines them; in others it hits wrong memory where guests' pages are",
			    view->xen.major, view->xen.minor, built, iommu->masters,
			    node_path(view->host, iommu->io));
}

static void check_translators(const struct view *view, struct findings *findings)
{
	if (!view->xen.direct_mapped || told_passthrough(view->host))
		return;
	for (unsigned int i = 0; i < view->devices.nr_iommus; i++) {
		const struct iommu *iommu = &view->devices.iommus[i];

		if (iommu->by == IOMMU_OF_DOM0 && iommu->masters)
			add_translator(view, iommu, findings);
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

		if (master->by == IOMMU_OF_XEN || master->by == IOMMU_BLOCKS || master->for_guest)
			continue;
		add_finding(findings, FOUND_UNPROTECTED, node_path(view->host, master->node),
			    view->xen.direct_mapped ? "remove xen,iommu-protected, or disable the device" :
			    "disable it, or direct-map dom0",
			    "looks like a DMA master (%s) behind no IOMMU that Xen drives%s", master->why,
			    view->xen.direct_mapped ?
			    ", but xen,iommu-protected says that there is none" :
			    ": its DMA hits wrong memory, as dom0 is not direct-mapped");
	}
}

/* Devices whose DMA Xen aborts, and those that are not dom0's. */
static void check_devices(const struct view *view, struct findings *findings)
{
	for (unsigned int i = 0; i < view->devices.nr_masters; i++) {
		const struct master *master = &view->devices.masters[i];
		const char *node = node_path(view->host, master->node);

		if (master->by == IOMMU_BLOCKS)
			add_finding(findings, FOUND_IOMMU_MAP, node,
				    "use Xen 4.21 or later, or give it a node of its own with iommus that names the streams",
				    "Xen %u.%u does not read iommu-map (4.21 does), so that %s aborts the DMA of what is behind this bridge",
				    view->xen.major, view->xen.minor,
				    node_path(view->host, master->iommu));
		if (master->for_guest && !view->devices.xen_drives)
			add_finding(findings, FOUND_GUEST_DEVICE, node,
				    "have Xen drive an IOMMU, or direct-map that guest",
				    "is for a guest (xen,passthrough), and no IOMMU of Xen's turns the guest's addresses into the machine's");
	}
}

static void check_args(const struct view *view, struct findings *findings)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(view->contradicted); i++)
		if (view->contradicted[i])
			add_finding(findings, FOUND_CONTRADICTION, "/chosen",
				    "drop the option, or correct the command line",
				    "%s of Xen's command line in the tree (%s)",
				    view->contradicted[i], view->args.heeded);
	if (view->misplaced)
		add_finding(findings, FOUND_CONTRADICTION, "/", "drop the option, or correct the script",
			    "--xen-at, --tree-at or the log contradicts the boot script (%s)",
			    view->host->boot_says);
}

static void check_log(const struct view *view, struct findings *findings)
{
	if (view->logged == LOG_DIFFERS)
		add_finding(findings, FOUND_LOG_DIFFERS, "/",
			    "see that the tree is the one that was booted; if it is, report it with tree and log",
			    "Xen's log has other regions than are foretold for this tree");
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
		add_finding(findings, FOUND_FALSE_CLAIM, config_node(view),
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
	for (unsigned int i = 0; i < view->nr_refusals; i++)
		add_finding(findings, FOUND_NO_BOOT, node_path(view->host, view->refusals[i].node),
			    "correct the tree", "Xen %u.%u does not boot: %s", view->xen.major,
			    view->xen.minor, view->refusals[i].why);
	if (!view->boots) {
		if (view->fits)
			add_finding(findings, FOUND_DOM0_MEM, "/", "lower --dom0-mem",
				    "Xen %u.%u does not boot: %s; %s fits", view->xen.major,
				    view->xen.minor, view->why, size_text(view->fits));
		else if (!view->nr_refusals)
			add_finding(findings, FOUND_NO_BOOT, "/", "correct the tree",
				    "Xen %u.%u does not boot: %s", view->xen.major, view->xen.minor,
				    view->why);
		return;
	}
	if (!view->known) {
		/* That there is no memory node has been said. */
		if (!view->host->ram_end)
			return;
		add_finding(findings, FOUND_NEEDS_OPTIONS, "/",
			    "give it: --dom0-mem, --dom0-bank, --xen-at, --tree-at, --module, --ipa-bits",
			    "what Xen publishes cannot be said: %s", view->why);
		return;
	}
	for (unsigned int i = 0; i < view->nr_outcomes; i++) {
		const struct outcome *o = &view->outcomes[i];

		if (o->bytes || view->config.policy == SR_POLICY_BALLOON)
			continue;
		add_finding(findings, FOUND_BALLOONING,
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
		add_finding(findings, FOUND_PUBLISHED_OWNED, node_path(view->dom0, p->node), p->owner == SR_RAM ?
			    "have Xen know all RAM: it is told by /memory" :
			    "use a kernel that leaves it out, as this project's does",
			    "Xen publishes %s: %s", range_text(&p->range, 0), sr_owner_name(p->owner));
	}
}

static bool any_free(const struct sr_decision *d, const struct sr_range *range)
{
	for (unsigned int i = 0; i < d->nr_pieces; i++)
		if (d->pieces[i].owner == SR_FREE && ranges_meet(&d->pieces[i].range, range))
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
			add_finding(findings, FOUND_USELESS_ALLOW, config_node(view),
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
	check_args(view, findings);
	check_log(view, findings);
	check_translators(view, findings);
	check_devices(view, findings);
	check_claim(view, findings);
	check_masters(view, findings);
	check_listed(view, findings);
	check_published(view, findings);
	check_allowed(view, findings);
	check_space(view, findings);
	check_domus(view, findings);
}

void free_findings(struct findings *findings)
{
	for (unsigned int i = 0; i < findings->nr; i++)
		free_finding(&findings->list[i]);
	free(findings->list);
}

const char *severity(const struct finding *finding)
{
	static const char * const names[] = {
		[STATUS_FINE] = "note", [STATUS_WARNING] = "warning", [STATUS_ERROR] = "error",
	};

	return names[kinds[finding->kind].severity];
}

/* The same remedy as in the line before need not be read again. */
static void print_findings(const struct board *board, const struct findings *findings)
{
	const struct finding *last = NULL;

	for (unsigned int i = 0; i < findings->nr; i++) {
		const struct finding *f = &findings->list[i];
		bool again = last && last->kind == f->kind && !strcmp(last->remedy, f->remedy);

		if (f->accepted)
			continue;
		printf("%s: %s%s%s: %s: %s%s%s [%s]\n", board->file,
		       kinds[f->kind].severity == STATUS_ERROR ? red : bold, severity(f), plain,
		       f->node, f->what, again ? "" : ": ", again ? "" : f->remedy,
		       kinds[f->kind].name);
		last = f;
	}
}

static void dump_json(const struct board *board, const struct findings *findings)
{
	json_t *root = json_board(board), *list = json_array();

	for (unsigned int i = 0; i < findings->nr; i++) {
		const struct finding *f = &findings->list[i];

		json_add(list, "{s:s, s:s, s:s, s:s, s:s, s:b}", "name", kinds[f->kind].name,
			 "severity", severity(f), "node", f->node, "what", f->what,
			 "remedy", f->remedy, "accepted", f->accepted);
	}
	json_object_set_new(root, "findings", list);
	json_object_set_new(root, "status", json_integer(findings->worst));
	json_print(root);
}

/* As lines, or as JSON */
void report_findings(const struct board *board, const struct options *options,
		     const struct findings *findings)
{
	if (options->json)
		dump_json(board, findings);
	else
		print_findings(board, findings);
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
		return STATUS_ERROR;
	find_findings(&view, &findings);
	report_findings(board, options, &findings);
	free_findings(&findings);
	view_close(&view);
	return findings.worst;
}
