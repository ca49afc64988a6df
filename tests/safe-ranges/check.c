// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold for every decision, whatever the input: said a second time,
 * in terms of intervals and without any sorting.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"

struct input {
	const struct sr_facts *facts;
	const struct sr_range *published;
	unsigned int nr_published;
	const struct sr_claim *claims;
	unsigned int nr_claims;
};

static bool malformed(struct sr_range range)
{
	return range.last < range.start;
}

/* Is every byte of @range in one of @ranges? */
static bool covered(struct sr_range range, const struct sr_range *ranges, unsigned int nr)
{
	bool found = true;

	while (found) {
		unsigned int i;

		found = false;
		for (i = 0; i < nr; i++) {
			if (malformed(ranges[i]) || ranges[i].start > range.start ||
			    ranges[i].last < range.start)
				continue;
			if (ranges[i].last >= range.last)
				return true;
			range.start = ranges[i].last + 1;
			found = true;
		}
	}
	return false;
}

static bool meets_owner(const struct input *in, struct sr_range range, enum sr_owner owner)
{
	unsigned int i;

	for (i = 0; i < in->nr_claims; i++)
		if (in->claims[i].owner == owner && meet(in->claims[i].range, range))
			return true;
	return false;
}

/* Bus windows with RAM in them claim nothing. */
static bool claimed(const struct input *in, struct sr_range range)
{
	unsigned int i;

	for (i = 0; i < in->nr_claims; i++) {
		const struct sr_claim *claim = &in->claims[i];

		if (meet(claim->range, range) &&
		    (claim->owner != SR_BUS_WINDOW ||
		     !meets_owner(in, claim->range, SR_RAM)))
			return true;
	}
	return false;
}

static const char *check_free(const struct input *in, struct sr_range range, bool meets_ram)
{
	const struct sr_facts *facts = in->facts;
	u64 mask = facts->align - 1, split = (facts->host_ram_end + mask) & ~mask;

	if (range.start & mask || (range.last + 1) & mask)
		return "free, but not in whole steps";
	if (range.start < facts->mappable.start || range.last > facts->mappable.last)
		return "free, but cannot be mapped";
	if (claimed(in, range))
		return "free, but claimed";
	if (range.start < split && range.last >= split)
		return "free on both sides of the end of host RAM";
	if (facts->identity && meets_ram &&
	    (!facts->host_ram_end || range.start < facts->host_ram_end))
		return "free, but may be host RAM";
	return NULL;
}

static const char *check(const struct input *in, const struct sr_decision *decision,
			 struct sr_range *ranges)
{
	unsigned int i, nr = 0, nr_malformed = 0, nr_free = 0;
	bool meets_ram = false;
	const char *err;

	if (decision->nr_pieces > SR_MAX_PIECES(in->nr_claims))
		return "too many pieces";
	if (!decision->nr_pieces)
		return decision->source == SR_SOURCE_BALLOON ? NULL : "published, but no pieces";

	for (i = 0; i < in->nr_published; i++) {
		if (malformed(in->published[i]))
			nr_malformed++;
		else
			meets_ram |= meets_owner(in, in->published[i], SR_RAM);
	}
	if (decision->meets_ram != meets_ram)
		return "meets_ram";

	for (i = 0; i < decision->nr_pieces; i++) {
		const struct sr_piece *piece = &decision->pieces[i];

		if (piece->owner == SR_MALFORMED) {
			if (!malformed(piece->range))
				return "malformed, but is not";
			nr_malformed--;
			continue;
		}
		if (malformed(piece->range) ||
		    (nr && piece->range.start <= ranges[nr - 1].last))
			return "not in rising order, or overlapping";
		if (!covered(piece->range, in->published, in->nr_published))
			return "a piece that was not published";
		if (piece->owner == SR_FREE) {
			err = check_free(in, piece->range, meets_ram);
			if (err)
				return err;
			nr_free++;
		}
		ranges[nr++] = piece->range;
	}
	if (nr_malformed)
		return "not as many malformed ranges as were published";
	for (i = 0; i < in->nr_published; i++)
		if (!malformed(in->published[i]) && !covered(in->published[i], ranges, nr))
			return "published, but in no piece";

	if ((decision->source == SR_SOURCE_PUBLISHED) != (nr_free > 0) ||
	    (decision->reason == SR_REASON_PUBLISHED) != (nr_free > 0))
		return "source or reason";
	return NULL;
}

const char *decide(const struct sr_facts *facts,
		   const struct sr_range *published, unsigned int nr_published,
		   const struct sr_claim *claims, unsigned int nr_claims,
		   struct sr_decision *decision)
{
	struct input in = { facts, published, nr_published, claims, nr_claims };
	struct sr_range *p = malloc(nr_published * sizeof(*p));
	struct sr_claim *c = malloc(SR_MAX_CLAIMS(nr_claims) * sizeof(*c));
	struct sr_range *ranges;
	const char *err;

	if (nr_published)
		memcpy(p, published, nr_published * sizeof(*p));
	if (nr_claims)
		memcpy(c, claims, nr_claims * sizeof(*c));
	decision->pieces = malloc(SR_MAX_PIECES(nr_claims) * sizeof(*decision->pieces));

	sr_decide(facts, p, nr_published, c, nr_claims, decision);

	ranges = malloc(decision->nr_pieces * sizeof(*ranges));
	err = check(&in, decision, ranges);
	free(ranges);
	free(c);
	free(p);
	return err;
}
