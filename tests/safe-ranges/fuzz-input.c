// SPDX-License-Identifier: GPL-2.0
/* Facts, config and ranges out of a fuzzer's bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "fuzz.h"

/* A number of @bytes bytes. */
u64 take(struct input *in, unsigned int bytes)
{
	u64 value = 0;

	for (; bytes && in->size; bytes--, in->size--)
		value = value << 8 | *in->data++;
	return value;
}

/*
 * An address, the limit @add that it may be at, and a bit more or less:
 * one byte says how, the next ones how much.
 */
static u64 take_address(struct input *in)
{
	static const u64 units[] = { 1, 0x1000, 0x200000, SR_GAP_GUARD };
	unsigned int how = take(in, 1);
	u64 address;

	if (how == 255)
		return take(in, 8);
	address = take(in, 1) * units[how & 3];
	address += how & 4 ? SR_HOLES_START : 0;
	address += how & 8 ? (how & 64 ? 1 : -1) : 0;
	/* Near 2^64 and 0 there are few things, and most of the mistakes. */
	return how & 16 ? -address : address;
}

/* From one address to another, or some bytes; it may wrap around. */
struct sr_range take_range(struct input *in)
{
	u64 start = take_address(in), size = take_address(in);

	return (struct sr_range){ start, start + size - 1 };
}

void take_facts(struct input *in, struct sr_facts *facts, struct sr_tree *tree)
{
	unsigned int flags = take(in, 1), more = take(in, 1);

	*facts = (struct sr_facts){
		.acpi = !(flags & 31),
		.initial_domain = flags & 1,
		.identity = flags & 2,
		.xen_major = more & 128 ? 4 : 0,
		.xen_minor = 12 + more % 8,
		.xen_iommu = (flags >> 6) % 3,
		.host_ram_end = take_address(in),
		.mappable = { 0, U64_MAX },
		.align = 1ULL << more % 40,
	};
	if (more & 64)
		facts->mappable = take_range(in);
	*tree = (struct sr_tree){
		.xen = (flags & 28) == 4 ? -1 : 0,
		.bad = (flags & 28) == 8,
		.unclear = (flags & 28) == 12,
		.iommu = flags & 32 ? 0 : -1,
	};
}

static void take_list(struct input *in, struct sr_list *list)
{
	unsigned int nr = take(in, 1) % (SR_MAX_LIST + 1);

	while (nr--) {
		struct sr_range range = take_range(in);

		sr_list_add(list, range.start, range.last - range.start + 1);
	}
}

void take_config(struct input *in, struct sr_config *config)
{
	unsigned int flags = take(in, 1);

	*config = (struct sr_config){
		/* mostly holes */
		.policy = flags & 4 ? SR_POLICY_HOLES : flags & 3,
		.iommu_protected = flags & 8,
		.broken = (flags & 0x70) == 0x70,
		.has_allow = flags & 0x80,
		.node = -1,
	};
	if (flags & 0x10)
		take_list(in, &config->exclude);
	if (config->has_allow)
		take_list(in, &config->allow);
}

void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

void decide_or_abort(const struct sr_facts *facts, const struct sr_tree *tree)
{
	struct sr_decision d;
	const char *err = decide(facts, tree, &d);

	if (err)
		fail(err);
}
