/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: what they do with a board; they return the exit status */
#ifndef _COMMANDS_H
#define _COMMANDS_H

#include "board.h"
#include "options.h"
#include "view.h"

/* Exit status of every command, and the severity of a finding that gives it. */
enum {
	STATUS_FINE,		/* a note */
	STATUS_WARNING,
	STATUS_ERROR,		/* also: cannot be read, wrong usage */
};

int map_board(const struct board *board, const struct options *options);
int explain_board(const struct board *board, const struct options *options);
int check_board(const struct board *board, const struct options *options);
int suggest_board(const struct board *board, const struct options *options);
int guest_config(const char *file, const struct options *options);
int diff_boards(const struct board *old, const struct board *new, const struct options *options);

bool is_partial(const struct board *board);
int partial_board(const struct board *board, const struct options *options, bool explain);

/* map --svg */
int write_svg(const struct board *board, const struct view *view,
	      const struct sr_decision *holes, const char *file);

/* What check finds; each has a severity, and a name that stays: two may share one. */
enum finding_kind {
	FOUND_TREE_PROBLEM,
	FOUND_CONFIG_PROBLEM,
	FOUND_NO_MEMORY,
	FOUND_NO_BOOT,
	FOUND_DOM0_MEM,
	FOUND_NEEDS_OPTIONS,
	FOUND_CONTRADICTION,
	FOUND_LOG_DIFFERS,
	FOUND_IOMMU_OF_DOM0,
	FOUND_MEDIA_IOMMU_OF_DOM0,
	FOUND_IOMMU_MAP,
	FOUND_GUEST_DEVICE,
	FOUND_FALSE_CLAIM,
	FOUND_UNPROTECTED,
	FOUND_LISTED,
	FOUND_PUBLISHED_OWNED,
	FOUND_USELESS_ALLOW,
	FOUND_REGION_OVER_DEVICE,
	FOUND_LITTLE_P2M,
	FOUND_REGION_OVER_GRANTS,
	FOUND_BALLOONING,
	FINDINGS
};

/**
 * struct finding - one line of check: what is wrong with a board
 * @kind: which gives name and severity
 * @accepted: by the user's list: it does not count
 * @node: path
 * @what: is wrong
 * @remedy: what to do
 */
struct finding {
	enum finding_kind kind;
	bool accepted;
	char *node;
	char *what;
	char *remedy;
};

struct findings {
	struct finding *list;
	unsigned int nr;
	int worst;		/* exit status */
};

__printf(5, 6)
void add_finding(struct findings *findings, enum finding_kind kind, const char *node,
		 const char *remedy, const char *format, ...);
const char *dma_frames(const struct view *view, enum translator by);
const char *dma_frames_of(const struct view *view, const struct master *master);
void print_listed(const struct view *view);
void check_listed(const struct view *view, struct findings *findings);
void check_domus(const struct view *view, struct findings *findings);
void find_findings(const struct view *view, struct findings *findings);
void report_findings(const struct board *board, const struct options *options,
		     const struct findings *findings);
void free_findings(struct findings *findings);
const char *severity(const struct finding *finding);
bool read_accepted(const char *file);

#endif /* _COMMANDS_H */
