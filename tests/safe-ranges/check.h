/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHECK_H
#define _CHECK_H

#include <linux/array_size.h>

#include "safe-ranges.h"

/* Words for owners, as tests write them. */
extern const char * const owner_words[SR_OWNERS];

#define TEXT_SIZE	4096

/*
 * Add a piece or a claim to @text: "1000-1fff free, 2000-end reg@3", its bytes in hex, "end"
 * for the last one of all, its owner and the node, @at.
 */
void add_text(char text[TEXT_SIZE], struct sr_range range, enum sr_owner owner, const char *at);

/*
 * Run sr_decide() on copies, in storage of exactly the size it asks for, and
 * check what must hold for every decision. Returns NULL or what is wrong;
 * @decision->pieces last until the next call.
 */
const char *decide(const struct sr_facts *facts, const struct sr_tree *tree,
		   struct sr_decision *decision);

static inline bool meet(struct sr_range a, struct sr_range b)
{
	return a.start <= b.last && b.start <= a.last;
}

#endif
