// SPDX-License-Identifier: GPL-2.0
/* diff: what changes for dom0 between two trees of a board, or two of its boot loaders. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

/* All that is said of a board, a line each. */
struct lines {
	char **list;
	unsigned int nr;
};

static __printf(2, 3) void add(struct lines *lines, const char *format, ...)
{
	va_list args;
	int len;

	lines->list = more(lines->list, lines->nr, sizeof(*lines->list));
	va_start(args, format);
	len = vasprintf(&lines->list[lines->nr++], format, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
}

static void describe(const struct view *view, struct lines *lines)
{
	const struct sr_tree *dom0 = &view->dom0->tree;
	struct findings findings;

	for (unsigned int i = 0; i < view->nr_ram; i++)
		add(lines, "dom0's RAM %s", range_text(&view->ram[i], 0));
	for (unsigned int i = 0; i < dom0->nr_published; i++)
		add(lines, "Xen publishes %s", range_text(&dom0->published[i], 0));
	if (view->nr_outcomes) {
		const struct sr_decision *d = &view->outcomes[0].decision;

		add(lines, "source: %s: %s", sr_source_name(d->source), sr_reason_text(d->reason));
		for (unsigned int i = 0; i < d->nr_pieces; i++)
			if (d->pieces[i].owner == SR_FREE)
				add(lines, "usable %s", range_text(&d->pieces[i].range, 0));
	}
	find_findings(view, &findings);
	for (unsigned int i = 0; i < findings.nr; i++)
		add(lines, "%s: %s: %s", severity(&findings.list[i]), findings.list[i].node,
		    findings.list[i].what);
	free_findings(&findings);
}

static bool has(const struct lines *lines, const char *line)
{
	for (unsigned int i = 0; i < lines->nr; i++)
		if (!strcmp(lines->list[i], line))
			return true;
	return false;
}

/* Lines of one that the other has not; returns how many. */
static unsigned int print_others(const struct lines *lines, const struct lines *other, char sign)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < lines->nr; i++) {
		if (has(other, lines->list[i]))
			continue;
		printf("%c%s\n", sign, lines->list[i]);
		n++;
	}
	return n;
}

static void free_lines(struct lines *lines)
{
	for (unsigned int i = 0; i < lines->nr; i++)
		free(lines->list[i]);
	free(lines->list);
}

/**
 * diff_boards() - the command diff
 * @old: a board
 * @new: another tree of it
 * @options: the command line
 *
 * Return: the exit status: 1 if anything changes.
 */
int diff_boards(const struct board *old, const struct board *new, const struct options *options)
{
	const struct board *boards[] = { old, new };
	struct lines lines[2] = { };
	unsigned int n = 0;

	for (int i = 0; i < 2; i++) {
		struct view view;

		if (view_open(&view, boards[i], options)) {
			free_lines(&lines[0]);
			return STATUS_ERROR;
		}
		describe(&view, &lines[i]);
		view_close(&view);
	}
	n += print_others(&lines[0], &lines[1], '-');
	n += print_others(&lines[1], &lines[0], '+');
	for (int i = 0; i < 2; i++)
		free_lines(&lines[i]);
	return n ? STATUS_WARNING : STATUS_FINE;
}
