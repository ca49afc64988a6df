/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: what they do with a board; they return the exit status */
#ifndef _COMMANDS_H
#define _COMMANDS_H

#include "board.h"
#include "options.h"
#include "view.h"

/* Exit status of every command. */
enum {
	STATUS_FINE,
	STATUS_WARNING,
	STATUS_UNSAFE,		/* also: cannot be read, wrong usage */
};

int map_board(const struct board *board, const struct options *options);
int explain_board(const struct board *board, const struct options *options);
int check_board(const struct board *board, const struct options *options);
int suggest_board(const struct board *board, const struct options *options);

/* map --svg */
int write_svg(const struct board *board, const struct sr_decision *holes, const char *file);

/**
 * struct finding - one line of check: what is wrong with a board
 * @status: how bad
 * @node: path, or ""
 * @what: is wrong
 * @remedy: what to do
 */
struct finding {
	int status;
	char *node;
	char *what;
	const char *remedy;
};

struct findings {
	struct finding *list;
	unsigned int nr;
	int worst;		/* exit status */
};

void find_findings(const struct view *view, struct findings *findings);
void free_findings(struct findings *findings);
const char *severity(const struct finding *finding);

#endif /* _COMMANDS_H */
