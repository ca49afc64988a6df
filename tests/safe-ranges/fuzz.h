/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <stddef.h>

#include "safe-ranges.h"

/* What is left of the fuzzer's input; behind its end there are zeroes. */
struct input {
	const unsigned char *data;
	size_t size;
};

u64 take(struct input *in, unsigned int bytes);
struct sr_range take_range(struct input *in);
/* Facts; and of a tree, which is empty otherwise, what is wrong with it and an IOMMU. */
void take_facts(struct input *in, struct sr_facts *facts, struct sr_tree *tree);
void take_config(struct input *in, struct sr_config *config);

_Noreturn void fail(const char *what);
void decide_or_abort(const struct sr_facts *facts, const struct sr_tree *tree);

#endif
