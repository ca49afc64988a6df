// SPDX-License-Identifier: GPL-2.0
/*
 * The decision alone: the input is facts, wishes, published ranges and claims.
 * Addresses are small numbers in one of a few units, so that ranges meet, touch
 * and are as large as the limits are.
 */
#include "fuzz.h"

#define MAX_CLAIMS	64

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	struct sr_range published[SR_MAX_PUBLISHED];
	struct sr_claim claims[MAX_CLAIMS];
	unsigned int i, nr_published, nr_claims = 0;
	struct sr_wishes wishes;
	struct sr_facts facts;

	take_facts(&in, &facts);
	take_wishes(&in, &wishes);
	facts.wishes = &wishes;
	nr_published = take(&in, 1);
	for (i = 0; i < nr_published; i++)
		published[i] = take_range(&in);
	while (in.size && nr_claims < MAX_CLAIMS) {
		enum sr_owner owner = SR_RAM + take(&in, 1) % (SR_GRANT_TABLE - SR_RAM + 1);
		struct sr_range range = take_range(&in);

		/* The reader makes none that ends before it starts. */
		if (range.last >= range.start)
			claims[nr_claims++] = (struct sr_claim){ range, owner, i++ };
	}
	decide_or_abort(&facts, published, nr_published, claims, nr_claims);
	return 0;
}
