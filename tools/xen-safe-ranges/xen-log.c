// SPDX-License-Identifier: GPL-2.0
/*
 * A boot log of Xen: it has what the model otherwise has to be told, and the regions that
 * it foretells. Options go first.
 *
 * Of several boots in one log the last counts. Lines may have anything before Xen's text:
 * "(XEN)", a time, what a terminal adds.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/array_size.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define IS_UNKNOWN(range)	((range).last < (range).start)

/* "MODULE[0]: 0000000040200000 - 000000004034bfff Xen": print_info() of the early boot */
static void read_module(const char *line, struct options *options)
{
	struct xen_params *xen = &options->xen;
	struct sr_range range;
	char kind[32] = "";

	if (sscanf(line, "MODULE[%*u]: %" SCNx64 " - %" SCNx64 " %31[^\r\n]",
		   (uint64_t *)&range.start, (uint64_t *)&range.last, kind) != 3)
		return;
	if (!strncmp(kind, "Xen", 3) && IS_UNKNOWN(xen->xen))
		xen->xen = range;
	else if (!strncmp(kind, "Device Tree", 11) && IS_UNKNOWN(xen->tree))
		xen->tree = range;
}

static void read_bank(const char *line, struct options *options)
{
	struct sr_range *bank = &options->banks[options->xen.nr_dom0_ram];
	uint64_t start, end;

	if (sscanf(line, "BANK[%*u] %" SCNx64 "-%" SCNx64, &start, &end) != 2 || end <= start ||
	    options->xen.nr_dom0_ram == XEN_MAX_BANKS)
		return;
	*bank = (struct sr_range){ start, end - 1 };
	options->xen.nr_dom0_ram++;
}

static void read_region(const char *line, struct options *options)
{
	uint64_t start, end;

	if (sscanf(line, "extended region %*u: %" SCNx64 "->%" SCNx64, &start, &end) != 2 ||
	    options->nr_logged == XEN_MAX_BANKS)
		return;
	options->logged[options->nr_logged++] = (struct sr_range){ start, end - 1 };
}

/* It is taken from where Xen lies: find_gnttab_region() */
static void read_grant_table(const char *line, struct options *options)
{
	uint64_t start, end;

	if (IS_UNKNOWN(options->xen.xen) &&
	    sscanf(line, "Grant table range: %" SCNx64 "-%" SCNx64, &start, &end) == 2)
		options->xen.xen = (struct sr_range){ start, end - 1 };
}

/* A line of a new boot: what was read of the one before is not true any more. */
static void forget(struct options *options, const struct options *given)
{
	options->xen = given->xen;
	options->smmu = given->smmu;
	options->ipa_bits = given->ipa_bits;
	options->nr_logged = 0;
}

static void read_line(const char *line, struct options *options, const struct options *given)
{
	static const struct {
		const char *text;
		void (*read)(const char *line, struct options *options);
	} kinds[] = {
		{ "MODULE[", read_module }, { "BANK[", read_bank },
		{ "extended region ", read_region }, { "Grant table range: ", read_grant_table },
	};
	unsigned int major, minor, bits;
	unsigned long mib;
	const char *at;
	char next;

	at = strstr(line, "Xen version ");
	if (at && sscanf(at, "Xen version %u.%u", &major, &minor) == 2) {
		/* The modules have been printed before, if at all. */
		struct xen_params early = options->xen;

		forget(options, given);
		if (IS_UNKNOWN(options->xen.xen))
			options->xen.xen = early.xen;
		if (IS_UNKNOWN(options->xen.tree))
			options->xen.tree = early.tree;
		options->xen.major = major;
		options->xen.minor = minor;
	}
	at = strstr(line, "P2M: ");
	/* Not "P2M: 4 levels": what follows the number must match, too. */
	if (at && !given->ipa_bits && sscanf(at, "P2M: %u-bit %c", &bits, &next) == 2)
		options->ipa_bits = bits;
	at = strstr(line, "I/O virtualisation ");
	if (at && given->smmu == BY_ITSELF)
		options->smmu = strstr(at, "enabled") ? ON : OFF;
	at = strstr(line, "mappings totalling ");
	if (at && !given->xen.dom0_mem && sscanf(at, "mappings totalling %luMB", &mib) == 1)
		options->xen.dom0_mem = (u64)mib << 20;
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		at = strstr(line, kinds[i].text);
		if (at)
			kinds[i].read(at, options);
	}
}

/**
 * read_log() - take what a boot log of Xen has, where no option says something else
 * @file: its name
 * @options: the options that were given; completed
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int read_log(const char *file, struct options *options)
{
	static struct options given;
	FILE *stream = fopen(file, "r");
	char line[1024];
	bool any = false;

	if (!stream) {
		complain(file, "%s", strerror(errno));
		return -errno;
	}
	given = *options;
	while (fgets(line, sizeof(line), stream)) {
		any |= !!strstr(line, "Xen version ");
		read_line(line, options, &given);
	}
	fclose(stream);
	if (any)
		return 0;
	complain(file, "no line with \"Xen version\": expected what Xen prints when it boots");
	return -EINVAL;
}
