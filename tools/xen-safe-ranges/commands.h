/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: what they do with a board; they return the exit status */
#ifndef _COMMANDS_H
#define _COMMANDS_H

#include "board.h"
#include "options.h"

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

#endif /* _COMMANDS_H */
