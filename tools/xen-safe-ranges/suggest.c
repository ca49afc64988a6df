// SPDX-License-Identifier: GPL-2.0
/*
 * suggest: an overlay with the node xen,unpopulated-memory that suits a board.
 *
 * It is tried before it is printed: what check says with it is in a comment.
 */
#include <stdarg.h>
#include <linux/minmax.h>
#include <stdlib.h>

#include "commands.h"
#include "text.h"

/**
 * struct proposal - what is suggested
 * @config: what the node says then
 * @policy_why: why this policy, for a comment
 * @vouch: print xen,iommu-protected
 * @in_bus: the exclude list is new, of usable space in bus windows
 */
struct proposal {
	struct sr_config config;
	const char *policy_why;
	bool vouch;
	bool in_bus;
};

/* Is every known master behind an IOMMU of Xen's? */
static bool all_protected(const struct view *view)
{
	return view->devices.xen_drives && !view->devices.by[NO_IOMMU] &&
	       !view->devices.by[IOMMU_OF_DOM0];
}

static bool published_will_do(const struct view *view)
{
	return view->known && view->outcomes[0].bytes &&
	       view->outcomes[0].decision.source == SR_SOURCE_PUBLISHED;
}

static void choose_policy(const struct view *view, struct proposal *proposal)
{
	struct sr_config *config = &proposal->config;

	config->policy = SR_POLICY_AUTO;
	if (view->outcomes[0].decision.contradicted) {
		proposal->policy_why =
			"Ballooning, as long as it is said that an IOMMU protects DMA, which is not true\n"
			"here: remove xen,iommu-protected, which no overlay can.";
	} else if (view->known && view->outcomes[0].decision.reason == SR_REASON_HOLES_UNASKED) {
		proposal->policy_why =
			"Holes, as Xen is too old to publish anything, and says that its IOMMU is on. Devices\n"
			"that are not in the tree must be in xen,exclude.";
	} else if (view->captured || !view->known) {
		proposal->policy_why = "What Xen publishes, if it publishes anything.";
	} else if (published_will_do(view)) {
		proposal->policy_why = "Xen publishes enough.";
	} else if (view->dom0->tree.unclear) {
		proposal->policy_why =
			"Ballooning, as Xen publishes nothing; an address in the tree cannot be translated,\n"
			"so holes are refused.";
	} else if (!view->xen.direct_mapped || all_protected(view)) {
		config->policy = SR_POLICY_HOLES;
		proposal->vouch = view->xen.direct_mapped;
		config->iommu_protected |= proposal->vouch;
		proposal->policy_why =
			"Xen publishes nothing usable, and every DMA master in the tree is behind an IOMMU\n"
			"that Xen drives. Devices that are not in the tree must be in xen,exclude.";
	} else {
		proposal->policy_why =
			"Ballooning, as Xen publishes nothing usable; not every DMA master is behind an IOMMU\n"
			"that Xen drives, so holes are not safe.";
	}
}

/* Usable space below 4 GiB where a bus forwards: devices without a node may be there. */
static void exclude_bus_space(const struct view *view, struct proposal *proposal)
{
	const struct sr_decision *d = &view->outcomes[0].decision;
	struct sr_list *exclude = &proposal->config.exclude;
	unsigned int i, w;

	if (!published_will_do(view) || !view->xen.iommu || exclude->nr)
		return;
	for (i = 0; i < d->nr_pieces; i++) {
		struct sr_range range = d->pieces[i].range;

		if (d->pieces[i].owner != SR_FREE || range.start >= SR_HOLES_START)
			continue;
		range.last = min(range.last, SR_HOLES_START - 1);
		for (w = 0; w < view->host->nr_windows; w++) {
			if (ranges_meet(&view->host->windows[w].range, &range))
				break;
		}
		if (w < view->host->nr_windows &&
		    !sr_list_add(exclude, range.start, range_size(&range)))
			proposal->in_bus = true;
	}
}

/* The board as it is with the overlay: only what the integrator says is new. */
static void try_proposal(const struct board *board, const struct proposal *proposal,
			 const struct options *options, struct findings *findings)
{
	struct board with = *board;
	struct view view;
	unsigned int i, kept = 0;

	with.problems = calloc(board->nr_problems + 1, sizeof(*with.problems));
	for (i = 0; with.problems && i < board->nr_problems; i++)
		if (proposal->config.broken || board->problems[i].node < 0 ||
		    board->problems[i].node != board->tree.config.node)
			with.problems[kept++] = board->problems[i];
	with.nr_problems = kept;
	with.tree.config = proposal->config;
	*findings = (struct findings){ };
	if (!view_open(&view, &with, options)) {
		find_findings(&view, findings);
		view_close(&view);
	}
	free(with.problems);
}

/* Text of the tree inside a comment must not end it. */
static __printf(2, 3) void print_comment(const char *indent, const char *format, ...)
{
	char line[1024], *text = line;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("%s *%s", indent, *text ? " " : "");
	for (; *text; text++) {
		if (*text == '\n')
			printf("\n%s * ", indent);
		else
			putchar(text[0] == '/' && text[-1] == '*' ? '|' : *text);
	}
	printf("\n");
}

static void print_block(const char *indent, const char *text)
{
	printf("%s/*\n", indent);
	print_comment(indent, "%s", text);
	printf("%s */\n", indent);
}

static void print_list(const char *property, const struct sr_list *list, const char *indent)
{
	for (unsigned int i = 0; i < list->nr; i++)
		printf("%s%s/bits/ 64 <0x%llx 0x%llx>%s\n", indent, i ? "\t" : property,
		       (unsigned long long)list->ranges[i].start,
		       (unsigned long long)range_size(&list->ranges[i]),
		       i + 1 < list->nr ? "," : ";");
}

static void print_properties(const struct proposal *proposal, const char *indent)
{
	print_block(indent, proposal->policy_why);
	printf("%sxen,policy = \"%s\";\n", indent, sr_policy_name(proposal->config.policy));
	if (proposal->vouch)
		printf("\n%s/* You vouch for it: also for masters that the tree does not name. */\n"
		       "%sxen,iommu-protected;\n", indent, indent);
	printf("\n");
	if (proposal->in_bus)
		print_block(indent,
			    "Xen publishes this, and a bus decodes it: a device without a node may answer\n"
			    "there. Drop what the manual of your SoC says is free.");
	print_list("xen,exclude = ", &proposal->config.exclude, indent);
	if (!proposal->config.exclude.nr)
		print_block(indent,
			    "xen,exclude = /bits/ 64 <address size>;\n"
			    "for devices that the tree does not name, and for windows of run-time overlays");
	if (proposal->config.has_allow)
		printf("\n");
	print_list("xen,allow = ", &proposal->config.allow, indent);
}

static void print_findings(const struct findings *findings)
{
	print_comment("", "What check still says with it:%s", findings->nr ? "" : " nothing");
	for (unsigned int i = 0; i < findings->nr; i++) {
		const struct finding *f = &findings->list[i];

		print_comment("", "  %s: %s: %s", severity(f), f->node, f->what);
		print_comment("", "    not by an overlay: %s", f->remedy);
	}
}

static void print_head(const struct view *view, const struct findings *before,
		       const struct findings *after)
{
	char line[512];

	printf("/dts-v1/;\n/plugin/;\n\n/*\n");
	snprintf(line, sizeof(line), "Where dom0 maps foreign pages, for %s (%s)",
		 board_model(view->host), view->host->file);
	print_comment("", "%s", line);
	print_comment("", "made by xen-safe-ranges suggest; the binding: xen,unpopulated-memory");
	print_comment("", "%s", "");
	print_comment("", "check says without it: %u lines, exit status %d; with it: %u, %d.",
		      before->nr, before->worst, after->nr, after->worst);
	print_findings(after);
	printf(" */\n");
}

static void print_overlay(const struct view *view, const struct proposal *proposal)
{
	const char *indent = "\t\t\t\t";
	int node = view->config.node;

	printf("/ {\n\tfragment@0 {\n\t\ttarget-path = \"%s\";\n\n\t\t__overlay__ {\n",
	       node >= 0 ? node_path(view->host, node) : "/");
	if (node >= 0) {
		print_properties(proposal, "\t\t\t");
	} else {
		printf("\t\t\tunpopulated-memory {\n%scompatible = \"xen,unpopulated-memory\";\n\n",
		       indent);
		print_properties(proposal, indent);
		printf("\t\t\t};\n");
	}
	printf("\t\t};\n\t};\n};\n");
}

static void print_uboot_list(const char *path, const char *property, const struct sr_list *list)
{
	if (!list->nr)
		return;
	printf("fdt set %s %s <", path, property);
	for (unsigned int i = 0; i < list->nr; i++) {
		const u64 cells[] = { list->ranges[i].start, range_size(&list->ranges[i]) };

		for (unsigned int c = 0; c < 2; c++)
			printf("%s0x%llx 0x%llx", i || c ? " " : "",
			       (unsigned long long)cells[c] >> 32,
			       (unsigned long long)cells[c] & 0xffffffff);
	}
	printf(">\n");
}

/* The same as commands, for boot loaders that are given no overlay. */
static void print_uboot(const struct view *view, const struct proposal *proposal)
{
	int node = view->config.node;
	const char *path = node >= 0 ? node_path(view->host, node) : "/unpopulated-memory";

	printf("# For %s (%s), after \"fdt addr\" and \"fdt resize\"\n", board_model(view->host),
	       clean_text(view->host->file));
	if (node < 0)
		printf("fdt mknod / unpopulated-memory\n"
		       "fdt set %s compatible xen,unpopulated-memory\n", path);
	printf("fdt set %s xen,policy %s\n", path, sr_policy_name(proposal->config.policy));
	if (proposal->vouch)
		printf("fdt set %s xen,iommu-protected\n", path);
	print_uboot_list(path, "xen,exclude", &proposal->config.exclude);
	print_uboot_list(path, "xen,allow", &proposal->config.allow);
}

/**
 * suggest_board() - the command suggest
 * @board: the board
 * @options: the command line
 *
 * Return: the exit status.
 */
int suggest_board(const struct board *board, const struct options *options)
{
	struct proposal proposal = { };
	struct findings before, after;
	struct view view;

	if (view_open(&view, board, options))
		return STATUS_ERROR;
	find_findings(&view, &before);
	proposal.config = view.config;
	/* A list that cannot be read cannot be guessed; a policy can be replaced. */
	if (view.config.policy == SR_POLICY_AUTO || view.config.broken || !view.outcomes[0].bytes)
		choose_policy(&view, &proposal);
	else
		proposal.policy_why = "As it is: it gives space.";
	exclude_bus_space(&view, &proposal);
	try_proposal(board, &proposal, options, &after);
	if (options->uboot) {
		print_uboot(&view, &proposal);
	} else {
		print_head(&view, &before, &after);
		print_overlay(&view, &proposal);
	}
	free_findings(&before);
	free_findings(&after);
	view_close(&view);
	return STATUS_FINE;
}
