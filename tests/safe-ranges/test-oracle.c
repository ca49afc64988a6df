// SPDX-License-Identifier: GPL-2.0
/*
 * sr_decide() against an oracle that knows no intervals: a universe of at most
 * 64 units, one bit each. It says exactly which steps are free, and which
 * owners any other byte may have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "safe-ranges.h"

#define MAX_PUBLISHED	6
#define MAX_CLAIMS	8

/* A case in units: first and last one of each range, both included. */
struct units {
	int first, last;
};

struct universe {
	u64 base;	/* address of unit 0 */
	u64 unit;	/* bytes */
	int nr;		/* units; @base + @nr * @unit may be 2^64 */
	int align;	/* units */
	int host_ram_end;	/* units, 0: not known */
	struct units mappable;
	bool identity, initial_domain;
	struct units published[MAX_PUBLISHED];
	int nr_published;
	struct units claims[MAX_CLAIMS];
	enum sr_owner owners[MAX_CLAIMS];
	int nr_claims;
};

/* Of exactly the size that is asked for. */
static struct sr_piece *storage[MAX_CLAIMS + 1];

static u64 bits(int first, int last)
{
	return first > last ? 0 : (~0ULL >> (63 - last)) & (~0ULL << first);
}

static u64 mask(struct units u)
{
	return bits(u.first, u.last);
}

static struct sr_range range(const struct universe *u, struct units units)
{
	return (struct sr_range){
		u->base + units.first * u->unit,
		u->base + (units.last + 1) * u->unit - 1,
	};
}

/* What the oracle says: sets of units. */
struct oracle {
	u64 published, owned[SR_OWNERS], free;
	bool meets_ram, iommu;
	int malformed;
	int split;
};

static void ask_oracle(const struct universe *u, struct oracle *o)
{
	u64 claimed = 0, step = bits(0, u->align - 1);
	int i;

	*o = (struct oracle){ .split = (u->host_ram_end + u->align - 1) / u->align * u->align };
	for (i = 0; i < u->nr_published; i++) {
		o->published |= mask(u->published[i]);
		o->malformed += !mask(u->published[i]);
	}
	for (i = 0; i < u->nr_claims; i++)
		if (u->owners[i] == SR_RAM)
			o->owned[SR_RAM] |= mask(u->claims[i]);
	for (i = 0; i < u->nr_claims; i++)
		if (u->owners[i] != SR_BUS_WINDOW || !(mask(u->claims[i]) & o->owned[SR_RAM]))
			o->owned[u->owners[i]] |= mask(u->claims[i]);
	o->owned[SR_UNMAPPABLE] |= ~mask(u->mappable);

	o->meets_ram = o->published & o->owned[SR_RAM];
	if (o->meets_ram && u->identity)
		o->owned[SR_HOST_RAM] |= bits(0, u->host_ram_end ? u->host_ram_end - 1 : 63);
	o->iommu = u->initial_domain &&
		   (!u->identity || (u->host_ram_end && u->host_ram_end < 64 &&
				     o->published >> u->host_ram_end));

	for (i = 0; i < SR_OWNERS; i++)
		claimed |= o->owned[i];
	for (i = 0; i < u->nr; i += u->align)
		if (!(step << i & ~(o->published & ~claimed)))
			o->free |= step << i;
	o->owned[SR_UNALIGNED] = o->published & ~claimed & ~o->free;
	o->owned[SR_FREE] = o->free;
}

/* NULL, or what differs. */
static const char *compare(const struct universe *u, const struct oracle *o,
			   const struct sr_decision *d)
{
	int i, malformed = o->malformed, next = 0;
	enum sr_owner before = SR_MALFORMED;
	u64 seen = 0;

	if (d->nr_pieces > SR_MAX_PIECES((unsigned int)u->nr_claims))
		return "too many pieces";
	if (!u->nr_published)
		return d->nr_pieces || d->reason != SR_REASON_NONE_PUBLISHED ?
		       "none are published" : NULL;
	if (d->meets_ram != o->meets_ram)
		return "meets_ram";
	if (d->iommu != o->iommu)
		return "iommu";
	if (d->reason != (o->free ? SR_REASON_PUBLISHED : SR_REASON_NONE_USABLE) ||
	    d->source != (o->free ? SR_SOURCE_PUBLISHED : SR_SOURCE_BALLOON))
		return "source or reason";

	for (i = 0; i < (int)d->nr_pieces; i++) {
		const struct sr_piece *p = &d->pieces[i];
		u64 first = (p->range.start - u->base) / u->unit;
		u64 last = (p->range.last - u->base) / u->unit;
		u64 piece;

		if (p->owner == SR_MALFORMED) {
			malformed--;
			continue;
		}
		if (first > last || last >= (u64)u->nr || (int)first < next)
			return "not in rising order, overlapping, or outside";
		if ((p->range.start - u->base) % u->unit ||
		    (p->range.last - u->base + 1) % u->unit)
			return "within a unit";
		piece = bits(first, last);
		if (piece & ~o->owned[p->owner])
			return "an owner that does not own all of it";
		if (p->node >= 0 &&
		    (p->node >= u->nr_claims || u->owners[p->node] != p->owner ||
		     piece & ~mask(u->claims[p->node])))
			return "a node that does not claim all of it";
		if (p->owner == SR_FREE && before == SR_FREE && (int)first == next &&
		    next != o->split)
			return "a free piece in two";
		if (p->owner == SR_FREE && (int)first < o->split && (int)last >= o->split)
			return "free on both sides of the end of host RAM";
		seen |= piece;
		next = last + 1;
		before = p->owner;
	}
	if (seen != o->published)
		return "published, but in no piece";
	return malformed ? "malformed ranges" : NULL;
}

static void check(const struct universe *u)
{
	struct sr_facts facts = {
		.initial_domain = u->initial_domain,
		.identity = u->identity,
		.host_ram_end = u->host_ram_end ? u->base + u->host_ram_end * u->unit : 0,
		.mappable = range(u, u->mappable),
		.align = u->align * u->unit,
	};
	struct sr_range published[MAX_PUBLISHED];
	struct sr_claim claims[SR_MAX_CLAIMS(MAX_CLAIMS)];
	struct sr_decision d = { .pieces = storage[u->nr_claims] };
	struct oracle o;
	const char *err;
	int i;

	for (i = 0; i < u->nr_published; i++)
		published[i] = range(u, u->published[i]);
	for (i = 0; i < u->nr_claims; i++)
		claims[i] = (struct sr_claim){ range(u, u->claims[i]), u->owners[i], i };
	sr_decide(&facts, published, u->nr_published, claims, u->nr_claims, &d);

	ask_oracle(u, &o);
	err = compare(u, &o, &d);
	if (!err)
		return;

	print_message("# base %#llx unit %#llx align %d host_ram_end %d mappable %d-%d%s%s\n",
		      (unsigned long long)u->base, (unsigned long long)u->unit, u->align,
		      u->host_ram_end, u->mappable.first, u->mappable.last,
		      u->identity ? " identity" : "", u->initial_domain ? " initial" : "");
	for (i = 0; i < u->nr_published; i++)
		print_message("# published %d-%d\n", u->published[i].first, u->published[i].last);
	for (i = 0; i < u->nr_claims; i++)
		print_message("# claim %d-%d owner %d\n", u->claims[i].first, u->claims[i].last,
			      u->owners[i]);
	for (i = 0; i < (int)d.nr_pieces; i++)
		print_message("# piece %#llx-%#llx owner %d node %d\n",
			      (unsigned long long)d.pieces[i].range.start,
			      (unsigned long long)d.pieces[i].range.last,
			      d.pieces[i].owner, d.pieces[i].node);
	fail_msg("%s", err);
}

/* The next of all ranges in a universe of @nr units; the last starts beyond it. */
static void next_range(struct units *r, int nr)
{
	if (r->last < nr - 1)
		r->last++;
	else
		r->last = ++r->first;
}

static const enum sr_owner owners[] = { SR_RAM, SR_REG, SR_BUS_WINDOW };

/* All of up to @max claims; which one is first does not matter. */
static void all_claims(struct universe *u, int max)
{
	int i, n = u->nr_claims;
	struct units *claim = &u->claims[n];

	check(u);
	if (n == max)
		return;
	u->nr_claims++;
	*claim = n ? claim[-1] : (struct units){ 0, 0 };
	for (; claim->first < u->nr; next_range(claim, u->nr)) {
		for (i = 0; i < 3; i++) {
			u->owners[n] = owners[i];
			all_claims(u, max);
		}
	}
	u->nr_claims--;
}

/* All of up to @max published ranges, and for each all claims. */
static void all_published(struct universe *u, int max, int max_claims)
{
	struct units *published = &u->published[u->nr_published];

	all_claims(u, max_claims);
	if (u->nr_published == max)
		return;
	*published = u->nr_published ? published[-1] : (struct units){ 0, 0 };
	u->nr_published++;
	for (; published->first < u->nr; next_range(published, u->nr))
		all_published(u, max, max_claims);
	u->nr_published--;
}

/* In universes of @nr units or a little more, in whole steps. */
static void all(int nr, int max_published, int max_claims)
{
	struct universe u = { .unit = 0x1000, .initial_domain = true };

	for (u.align = 1; u.align <= 4; u.align *= 2) {
		u.nr = (nr + u.align - 1) / u.align * u.align;
		u.base = u.align == 2 ? 0 : 0 - u.nr * u.unit;	/* up to 2^64 */
		u.mappable = (struct units){ 0, u.nr - 1 };
		u.host_ram_end = u.nr / 2 + 1;
		u.identity = u.align != 2;
		all_published(&u, max_published, max_claims);
	}
}

static void test_2_published_2_claims(void **unused)
{
	all(6, 2, 2);
}

static void test_2_published_1_claim(void **unused)
{
	all(13, 2, 1);
}

static void test_1_published_2_claims(void **unused)
{
	all(10, 1, 2);
}

/* All places for the facts, too. */
static void test_facts(void **unused)
{
	struct universe u = { .unit = 1, .nr = 8, .align = 2 };
	int i;

	for (i = 0; i < 2; i++) {
		u.identity = i;
		for (u.host_ram_end = 0; u.host_ram_end <= u.nr; u.host_ram_end++) {
			u.initial_domain = u.host_ram_end & 1;
			u.mappable = (struct units){ 0, 0 };
			for (; u.mappable.first < u.nr; next_range(&u.mappable, u.nr))
				all_published(&u, 1, 1);
		}
	}
}

/* xorshift64*: the same numbers each time. */
static u64 state = 0x9e3779b97f4a7c15ULL;

static int random_below(int n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 33) % n;
}

static struct units random_range(int nr)
{
	int first = random_below(nr);
	int length = 1 + random_below(random_below(3) ? nr / 8 : nr);

	return (struct units){ first, first + length > nr ? nr - 1 : first + length - 1 };
}

static void test_random(void **unused)
{
	static const u64 units[] = { 1, 0x1000, 0x200000 };
	int i, n;

	for (n = 0; n < 1000000; n++) {
		struct universe u = {
			.unit = units[random_below(3)],
			.nr = 16 << random_below(3),
			.align = 1 << random_below(4),
			.identity = random_below(2),
			.initial_domain = random_below(2),
			.nr_published = random_below(MAX_PUBLISHED + 1),
			.nr_claims = random_below(MAX_CLAIMS + 1),
		};

		/* At 0, at 2^40, up to 2^64. */
		i = random_below(3);
		u.base = i == 0 ? 0 : i == 1 ? 1ULL << 40 : 0 - u.nr * u.unit;
		u.mappable = random_below(2) ? (struct units){ 0, u.nr - 1 } : random_range(u.nr);
		u.host_ram_end = random_below(u.nr);
		for (i = 0; i < u.nr_published; i++) {
			u.published[i] = random_range(u.nr);
			if (!random_below(16)) {	/* malformed */
				u.published[i].first = 1 + random_below(u.nr - 1);
				u.published[i].last = random_below(u.published[i].first);
			}
		}
		for (i = 0; i < u.nr_claims; i++) {
			u.claims[i] = random_range(u.nr);
			u.owners[i] = SR_RAM + random_below(SR_GRANT_TABLE - SR_RAM + 1);
		}
		check(&u);
	}
}

static int setup(void **unused)
{
	unsigned int i;

	for (i = 0; i <= MAX_CLAIMS; i++)
		storage[i] = malloc(SR_MAX_PIECES(i) * sizeof(*storage[i]));
	return 0;
}

static int teardown(void **unused)
{
	int i;

	for (i = 0; i <= MAX_CLAIMS; i++)
		free(storage[i]);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_2_published_2_claims),
		cmocka_unit_test(test_2_published_1_claim),
		cmocka_unit_test(test_1_published_2_claims),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_random),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
