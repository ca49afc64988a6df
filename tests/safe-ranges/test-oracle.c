// SPDX-License-Identifier: GPL-2.0
/*
 * sr_decide() against an oracle that knows no intervals: a universe of at most
 * 64 units, one bit each. It says exactly which steps are free, and which
 * owners any other byte may have.
 */
#include <stdlib.h>

#include "../tap.h"
#include "safe-ranges.h"

#define MAX_PUBLISHED	6
#define MAX_CLAIMS	8

#define MAX_LIST	3

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
	bool identity, initial_domain, unclear_tree, visible_iommu, iommu_protected;
	enum sr_answer xen_iommu;
	int xen_version;	/* 415 is 4.15; 0: not known */
	enum sr_policy policy;
	bool closed;	/* all around the universe is claimed */
	bool has_allow;
	struct units published[MAX_PUBLISHED];
	int nr_published;
	struct units allow[MAX_LIST], exclude[MAX_LIST];
	int nr_allow, nr_exclude;
	struct units claims[MAX_CLAIMS];
	enum sr_owner owners[MAX_CLAIMS];
	int nr_claims;
};

/* Of exactly the size that is asked for. */
static struct sr_piece *storage[MAX_CLAIMS + 3];

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
	u64 searched, owned[SR_OWNERS], free;
	bool meets_ram, iommu, holes;
	enum sr_source source;
	int malformed;
	int split;
};

/* Units too near to something claimed, or in gaps that are too small. */
static u64 near(const struct universe *u, u64 claimed)
{
	const u64 end = u->base + u->nr * u->unit;	/* may be 2^64 */
	int first, next, i, guard = SR_GAP_GUARD / u->unit, min = SR_GAP_MIN / u->unit;
	u64 set = 0;

	for (first = 0; first < u->nr; first = next + 1) {
		/* Is something claimed before the gap, and behind it? */
		bool before = first || (u->closed && u->base), behind;
		int size;

		for (next = first; next < u->nr && !(claimed >> next & 1); next++)
			;
		behind = next < u->nr || (u->closed && end);
		size = next - first;
		/* Outside there is nothing, or enough to make it large. */
		if ((!before && u->base) || (!behind && end))
			size = min;
		for (i = first; i < next; i++)
			if (size < min || (before && i - first < guard) ||
			    (behind && next - 1 - i < guard))
				set |= 1ULL << i;
	}
	return set;
}

/* All units of the universe below @address, which may lie within one. */
static u64 below(const struct universe *u, u64 address)
{
	u64 set = 0;
	int i;

	for (i = 0; i < u->nr; i++)
		if (u->base + i * u->unit < address)
			set |= 1ULL << i;
	return set;
}

static void ask_oracle(const struct universe *u, struct oracle *o)
{
	u64 published = 0, claimed = 0, allowed = 0, step = bits(0, u->align - 1);
	u64 host_ram = bits(0, u->host_ram_end ? u->host_ram_end - 1 : 63);
	bool against = u->xen_iommu == SR_NO || (!u->xen_iommu && u->visible_iommu);
	bool refuted = against && u->iommu_protected;
	bool unasked = u->policy == SR_POLICY_AUTO && !u->nr_published && u->identity &&
		       u->xen_version && u->xen_version < 416 && u->xen_iommu == SR_YES;
	int i;

	*o = (struct oracle){ .split = (u->host_ram_end + u->align - 1) / u->align * u->align };
	for (i = 0; i < u->nr_published; i++) {
		published |= mask(u->published[i]);
		o->malformed += !mask(u->published[i]);
	}
	for (i = 0; i < u->nr_claims; i++)
		if (u->owners[i] == SR_RAM)
			o->owned[SR_RAM] |= mask(u->claims[i]);
	o->iommu = !against && (u->iommu_protected || u->xen_iommu == SR_YES ||
		   (u->initial_domain &&
		    (!u->identity || (u->host_ram_end && u->host_ram_end < 64 &&
				      published >> u->host_ram_end))));
	for (i = 0; i < u->nr_claims; i++) {
		bool claims = u->owners[i] == SR_BUS_WINDOW ?
			!(mask(u->claims[i]) & o->owned[SR_RAM]) :
			u->owners[i] != SR_PCI_PEERS || !u->identity || o->iommu;

		if (claims) {
			o->owned[u->owners[i]] |= mask(u->claims[i]);
			claimed |= mask(u->claims[i]);
		}
	}

	o->meets_ram = published & o->owned[SR_RAM];
	if (u->policy == SR_POLICY_HOLES || unasked) {
		o->malformed = 0;
		o->holes = u->initial_domain && !u->unclear_tree &&
			   !refuted && (!u->identity || (u->host_ram_end && o->iommu));
		o->searched = o->holes ? bits(0, u->nr - 1) : 0;
	} else if (u->policy != SR_POLICY_BALLOON && !refuted) {
		o->searched = published;
	}

	if (o->holes && !u->identity)
		o->owned[SR_NEAR] = near(u, claimed);
	if (o->holes && u->identity)
		o->owned[SR_LOW] = below(u, SR_HOLES_START);
	if (u->identity && (o->holes || o->meets_ram))
		o->owned[SR_HOST_RAM] = host_ram;
	o->owned[SR_UNMAPPABLE] = ~mask(u->mappable);
	for (i = 0; i < u->nr_exclude; i++)
		o->owned[SR_EXCLUDED] |= mask(u->exclude[i]);
	for (i = 0; i < u->nr_allow; i++)
		allowed |= mask(u->allow[i]);
	if (u->has_allow)
		o->owned[SR_NOT_ALLOWED] = ~allowed;

	for (i = 0; i < SR_OWNERS; i++)
		claimed |= o->owned[i];
	for (i = 0; i < u->nr; i += u->align)
		if (!(step << i & ~(o->searched & ~claimed)))
			o->free |= step << i;
	o->owned[SR_UNALIGNED] = o->searched & ~claimed & ~o->free;
	o->owned[SR_FREE] = o->free;
	if (o->free)
		o->source = o->holes ? SR_SOURCE_HOLES : SR_SOURCE_PUBLISHED;
}

/*
 * The part of a piece that lies in the universe: false if none does. What is
 * outside is for the caller's claims, or cannot be mapped: never free.
 */
static bool clip(const struct universe *u, struct sr_range *range)
{
	const u64 last = u->base + u->nr * u->unit - 1;

	if (range->last < u->base || range->start > last)
		return false;
	if (range->start < u->base)
		range->start = u->base;
	if (range->last > last)
		range->last = last;
	return true;
}

/* NULL, or what differs. */
static const char *compare(const struct universe *u, const struct oracle *o,
			   const struct sr_decision *d)
{
	int i, malformed = o->malformed, next = 0;
	enum sr_owner before = SR_MALFORMED;
	u64 seen = 0, after = 0;

	if (d->nr_pieces > SR_MAX_PIECES((unsigned int)u->nr_claims + 2 * u->closed))
		return "too many pieces";
	if (d->meets_ram != o->meets_ram)
		return "meets_ram";
	if (d->iommu != o->iommu)
		return "iommu";
	if (d->source != o->source)
		return "source";

	for (i = 0; i < (int)d->nr_pieces; i++) {
		const struct sr_piece *p = &d->pieces[i];
		struct sr_range range = p->range;
		u64 first, last, piece;

		if (p->owner == SR_MALFORMED) {
			malformed--;
			continue;
		}
		/* Holes were searched everywhere, and all is accounted for. */
		if (o->holes && (range.start != after || range.last < range.start))
			return "not all of the address space";
		after = range.last + 1;
		if (!clip(u, &range)) {
			if (p->owner == SR_FREE || !o->holes)
				return "outside";
			continue;
		}
		if (p->owner == SR_FREE &&
		    (range.start != p->range.start || range.last != p->range.last))
			return "free outside";

		first = (range.start - u->base) / u->unit;
		last = (range.last - u->base) / u->unit;
		if (first > last || (int)first < next)
			return "not in rising order, or overlapping";
		if ((range.start - u->base) % u->unit || (range.last - u->base + 1) % u->unit)
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
	if (seen != o->searched)
		return "searched, but in no piece";
	if (o->holes && after)
		return "not up to 2^64";
	return malformed ? "malformed ranges" : NULL;
}

/* Of what is free the lowest first, but all on one side of the end of host RAM before. */
static const char *compare_order(const struct universe *u, const struct oracle *o,
				 const struct sr_decision *d)
{
	u64 left = o->free, above = ~bits(0, o->split - 1);
	u64 side = o->holes && !u->identity ? ~above : above;
	int i;

	for (i = d->first; i != -1; i = d->pieces[i].next) {
		u64 best = left & side ? left & side : left, piece;
		struct sr_range range;

		if (i < 0 || i >= (int)d->nr_pieces)
			return "to be used, but not there";
		range = d->pieces[i].range;
		piece = bits((range.start - u->base) / u->unit, (range.last - u->base) / u->unit);
		if (piece & ~left)
			return "to be used, but not free, or twice";
		if (!(piece & (best & -best)))
			return "another is to be used before";
		left &= ~piece;
	}
	return left ? "free, but not to be used" : NULL;
}

static void print_units(const char *what, const struct units *units, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		print_message("# %s %d-%d\n", what, units[i].first, units[i].last);
}

static void print_universe(const struct universe *u)
{
	int i;

	print_message("# base %#llx unit %#llx nr %d align %d host_ram_end %d mappable %d-%d "
		      "policy %s xen %d xen_iommu %d identity %d initial %d unclear %d "
		      "visible %d protected %d closed %d has_allow %d\n",
		      (unsigned long long)u->base, (unsigned long long)u->unit, u->nr, u->align,
		      u->host_ram_end, u->mappable.first, u->mappable.last,
		      sr_policy_name(u->policy), u->xen_version, u->xen_iommu, u->identity,
		      u->initial_domain, u->unclear_tree, u->visible_iommu, u->iommu_protected,
		      u->closed, u->has_allow);
	print_units("published", u->published, u->nr_published);
	print_units("exclude", u->exclude, u->nr_exclude);
	print_units("allow", u->allow, u->nr_allow);
	for (i = 0; i < u->nr_claims; i++)
		print_message("# claim %d-%d owner %d\n", u->claims[i].first, u->claims[i].last,
			      u->owners[i]);
}

static void fill(const struct universe *u, struct sr_list *list, const struct units *units, int nr)
{
	int i;

	list->nr = nr;
	for (i = 0; i < nr; i++)
		list->ranges[i] = range(u, units[i]);
}

static void check(const struct universe *u)
{
	static struct sr_tree tree;	/* large */
	struct sr_facts facts = {
		.initial_domain = u->initial_domain,
		.identity = u->identity,
		.xen_iommu = u->xen_iommu,
		.xen_major = u->xen_version / 100,
		.xen_minor = u->xen_version % 100,
		.host_ram_end = u->host_ram_end ? u->base + u->host_ram_end * u->unit : 0,
		.mappable = range(u, u->mappable),
		.align = u->align * u->unit,
	};
	struct sr_claim claims[SR_MAX_CLAIMS(MAX_CLAIMS + 2)];
	struct sr_decision d;
	int i, nr = u->nr_claims;
	struct oracle o;
	const char *err;

	tree.unclear = u->unclear_tree;
	tree.iommu = u->visible_iommu ? 0 : -1;
	tree.config.policy = u->policy;
	tree.config.iommu_protected = u->iommu_protected;
	tree.config.has_allow = u->has_allow;
	fill(u, &tree.config.allow, u->allow, u->nr_allow);
	fill(u, &tree.config.exclude, u->exclude, u->nr_exclude);
	tree.nr_published = u->nr_published;
	for (i = 0; i < u->nr_published; i++)
		tree.published[i] = range(u, u->published[i]);
	for (i = 0; i < nr; i++)
		claims[i] = (struct sr_claim){ range(u, u->claims[i]), u->owners[i], i };
	if (u->closed) {
		const u64 end = u->base + u->nr * u->unit;

		if (u->base)
			claims[nr++] = (struct sr_claim){ { 0, u->base - 1 }, SR_REG, -1 };
		if (end)
			claims[nr++] = (struct sr_claim){ { end, U64_MAX }, SR_REG, -1 };
	}
	tree.claims = claims;
	tree.nr_claims = nr;
	tree.max_claims = SR_MAX_CLAIMS(nr);
	d.pieces = storage[nr];
	d.max_pieces = SR_MAX_PIECES(nr);
	assert_int_equal(sr_decide(&facts, &tree, &d), 0);

	ask_oracle(u, &o);
	err = compare(u, &o, &d) ?: compare_order(u, &o, &d);
	if (!err)
		return;

	print_universe(u);
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

/* All places for the end of host RAM and for what is mappable, too. */
static void test_places(void **unused)
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

/*
 * Holes: the unit is what they keep away from things, so 4 units are the
 * smallest gap. Below the universe there is nothing, all that is mappable,
 * something that is claimed; above it, too.
 */
static void all_holes(int nr, int max_claims)
{
	static const struct {
		u64 base;
		bool closed, identity;
	} cases[] = {
		{ 0, false, false },
		{ 0, true, false },
		{ 1ULL << 40, false, false },
		{ 1ULL << 40, true, false },
		{ 0 - 12 * SR_GAP_GUARD, false, false },
		{ 0 - 12 * SR_GAP_GUARD, true, false },
		{ SR_HOLES_START - 3 * SR_GAP_GUARD, false, true },
	};
	struct universe u = {
		.unit = SR_GAP_GUARD, .nr = nr, .initial_domain = true,
		.policy = SR_POLICY_HOLES, .xen_iommu = SR_YES,
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u.base = cases[i].base;
		u.closed = cases[i].closed;
		u.identity = cases[i].identity;
		/* Steps of one and of two units; those at 2^64 are whole. */
		for (u.align = 1; u.align <= 2; u.align++) {
			if (u.base % (u.align * u.unit) || u.nr % u.align)
				continue;
			u.mappable = (struct units){ 0, u.nr - 1 };
			u.host_ram_end = u.nr / 2 + 1;
			all_claims(&u, max_claims);
		}
	}
}

static void test_holes_2_claims(void **unused)
{
	all_holes(12, 2);
}

static void test_holes_3_claims(void **unused)
{
	all_holes(8, 3);
}

/* All of up to @max ranges on the lists, and for each all of up to one claim. */
static void all_lists(struct universe *u, int max_exclude, int max_allow)
{
	struct units *range;

	all_claims(u, 1);
	if (u->nr_exclude < max_exclude && !u->has_allow) {
		range = &u->exclude[u->nr_exclude];
		*range = u->nr_exclude ? range[-1] : (struct units){ 0, 0 };
		u->nr_exclude++;
		for (; range->first < u->nr; next_range(range, u->nr))
			all_lists(u, max_exclude, max_allow);
		u->nr_exclude--;
	}
	if (!u->has_allow) {
		u->has_allow = true;
		all_lists(u, max_exclude, max_allow);
		u->has_allow = false;
	} else if (u->nr_allow < max_allow) {
		range = &u->allow[u->nr_allow];
		u->nr_allow++;
		/* In any order, for they have to be sorted. */
		for (*range = (struct units){ 0, 0 }; range->first < u->nr;
		     next_range(range, u->nr))
			all_lists(u, max_exclude, max_allow);
		u->nr_allow--;
	}
}

static void test_lists(void **unused)
{
	struct universe u = {
		.unit = SR_GAP_GUARD, .nr = 6, .align = 2, .initial_domain = true,
		.mappable = { 0, 5 }, .published = { { 0, 2 }, { 4, 5 } }, .nr_published = 2,
	};
	int i;

	/* At 0, at 2^40, up to 2^64; published ranges, and holes. */
	for (i = 0; i < 6; i++) {
		u.base = i % 3 == 0 ? 0 : i % 3 == 1 ? 1ULL << 40 : 0 - u.nr * u.unit;
		u.policy = i < 3 ? SR_POLICY_AUTO : SR_POLICY_HOLES;
		all_lists(&u, 2, 1);
		all_lists(&u, 0, 2);
	}
}

/* All facts and policies, with all of up to one published range and claim. */
static void test_all_facts(void **unused)
{
	struct universe u = {
		.base = SR_HOLES_START - 2 * SR_GAP_GUARD, .unit = SR_GAP_GUARD, .nr = 6,
		.align = 2, .mappable = { 0, 5 },
	};
	static const int versions[] = { 0, 415, 416 };
	int i;

	for (i = 0; i < 3 * 4 * 3 * 128; i++) {
		u.policy = i & 3;
		u.identity = i & 4;
		u.initial_domain = i & 8;
		u.unclear_tree = i & 16;
		u.visible_iommu = i & 32;
		u.iommu_protected = i & 64;
		u.xen_iommu = i / 128 % 3;
		u.host_ram_end = i / 128 / 3 % 4 * 2;
		u.xen_version = versions[i / 128 / 3 / 4];
		all_published(&u, 1, 1);
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

static int random_ranges(struct units *ranges, int max, int nr)
{
	int i, n = random_below(max + 1);

	for (i = 0; i < n; i++)
		ranges[i] = random_range(nr);
	return n;
}

static void test_random(void **unused)
{
	static const u64 units[] = { 1, 0x1000, 0x200000, SR_GAP_GUARD };
	static const int versions[] = { 0, 304, 415, 415, 416, 420, 500 };
	int i, n;

	for (n = 0; n < 1000000; n++) {
		struct universe u = {
			.unit = units[random_below(4)],
			.nr = 16 << random_below(3),
			.align = 1 << random_below(4),
			.identity = random_below(2),
			.initial_domain = random_below(8),
			.unclear_tree = !random_below(8),
			.visible_iommu = !random_below(4),
			.iommu_protected = !random_below(4),
			.xen_iommu = random_below(3),
			.xen_version = versions[random_below(7)],
			.policy = random_below(2) ? SR_POLICY_HOLES : SR_POLICY_AUTO,
			.closed = random_below(2),
			.has_allow = !random_below(4),
		};

		/* At 0, across 4 GiB, at 2^40, up to 2^64. */
		i = random_below(4);
		u.base = i == 0 ? 0 : i == 1 ? 1ULL << 40 : i == 2 ? 0 - u.nr * u.unit :
			 SR_HOLES_START - u.nr / 2 * u.unit;
		u.mappable = random_below(2) ? (struct units){ 0, u.nr - 1 } : random_range(u.nr);
		u.host_ram_end = random_below(u.nr);
		u.nr_published = random_ranges(u.published, MAX_PUBLISHED, u.nr);
		for (i = 0; i < u.nr_published; i++) {
			if (!random_below(16)) {	/* malformed */
				u.published[i].first = 1 + random_below(u.nr - 1);
				u.published[i].last = random_below(u.published[i].first);
			}
		}
		if (!random_below(4))
			u.nr_exclude = random_ranges(u.exclude, MAX_LIST, u.nr);
		if (u.has_allow)
			u.nr_allow = random_ranges(u.allow, MAX_LIST, u.nr);
		u.nr_claims = random_ranges(u.claims, MAX_CLAIMS, u.nr);
		for (i = 0; i < u.nr_claims; i++)
			u.owners[i] = SR_RAM + random_below(SR_GRANT_TABLE - SR_RAM + 1);
		check(&u);
	}
}

static int setup(void **unused)
{
	unsigned int i;

	for (i = 0; i <= MAX_CLAIMS + 2; i++)
		storage[i] = malloc(SR_MAX_PIECES(i) * sizeof(*storage[i]));
	return 0;
}

static int teardown(void **unused)
{
	int i;

	for (i = 0; i <= MAX_CLAIMS + 2; i++)
		free(storage[i]);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_2_published_2_claims),
		cmocka_unit_test(test_2_published_1_claim),
		cmocka_unit_test(test_1_published_2_claims),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_holes_2_claims),
		cmocka_unit_test(test_holes_3_claims),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_all_facts),
		cmocka_unit_test(test_random),
	};

	if (argc > 1)
		cmocka_set_skip_filter(argv[1]);
	speak_tap();
	return cmocka_run_group_tests(tests, setup, teardown);
}
