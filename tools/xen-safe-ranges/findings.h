/* SPDX-License-Identifier: GPL-2.0 */
/* What is wrong with a board */
#ifndef _FINDINGS_H
#define _FINDINGS_H

#include "view.h"

/**
 * struct finding - one line of check
 * @status: how bad
 * @node: path, or ""
 * @what: is wrong
 * @remedy: what to do
 */
struct finding {
	int status;
	char *node;
	char *what;
	char *remedy;
};

struct findings {
	struct finding *list;
	unsigned int nr;
};

void find_findings(const struct view *view, struct findings *findings);
void free_findings(struct findings *findings);
int worst(const struct findings *findings);

#endif /* _FINDINGS_H */
