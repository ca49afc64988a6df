// SPDX-License-Identifier: GPL-2.0
/*
 * The decision alone: the input is facts, config, published ranges and claims.
 * Addresses are small numbers in one of a few units, so that ranges meet, touch
 * and are as large as the limits are.
 */
#include "fuzz.h"

#define MAX_CLAIMS	64

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	struct sr_claim claims[MAX_CLAIMS];
	struct sr_tree tree;
	struct sr_facts facts;
	unsigned int i;

	take_facts(&in, &facts, &tree);
	take_config(&in, &tree.config);
	tree.claims = claims;
	tree.nr_published = take(&in, 1);
	for (i = 0; i < tree.nr_published; i++)
		tree.published[i] = take_range(&in);
	while (in.size && tree.nr_claims < MAX_CLAIMS) {
		enum sr_owner owner = SR_RAM + take(&in, 1) % (SR_GRANT_TABLE - SR_RAM + 1);
		struct sr_range range = take_range(&in);

		/* The reader makes none that ends before it starts. */
		if (range.last >= range.start)
			claims[tree.nr_claims++] = (struct sr_claim){ range, owner, i++ };
	}
	decide_or_abort(&facts, &tree);
	return 0;
}
