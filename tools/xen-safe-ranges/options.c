// SPDX-License-Identifier: GPL-2.0
/* The command line. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "xen-args.h"
#include "text.h"

enum {
	OPT_JSON = 256, OPT_SVG, OPT_COLOUR, OPT_DOM0_MEM, OPT_XEN_VERSION, OPT_XEN_SMMU,
	OPT_DIRECT_MAP, OPT_EXT_REGIONS, OPT_POLICY, OPT_ALLOW, OPT_EXCLUDE, OPT_PROTECTED,
	OPT_PAGE_SIZE, OPT_DOM0_BANK, OPT_XEN_AT, OPT_TREE_AT, OPT_MODULE, OPT_CPUS,
	OPT_IPA_BITS, OPT_VA_BITS, OPT_RAM_END, OPT_LLC_COLOURS,
	OPT_ACCEPT, OPT_LOG, OPT_UBOOT, OPT_DECISION,
	OPT_LIVE, OPT_BOOT,
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "svg", required_argument, NULL, OPT_SVG },
	{ "color", optional_argument, NULL, OPT_COLOUR },
	{ "dom0-mem", required_argument, NULL, OPT_DOM0_MEM },
	{ "xen-version", required_argument, NULL, OPT_XEN_VERSION },
	{ "xen-smmu", required_argument, NULL, OPT_XEN_SMMU },
	{ "direct-map", required_argument, NULL, OPT_DIRECT_MAP },
	{ "ext-regions", required_argument, NULL, OPT_EXT_REGIONS },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "allow", required_argument, NULL, OPT_ALLOW },
	{ "exclude", required_argument, NULL, OPT_EXCLUDE },
	{ "iommu-protected", no_argument, NULL, OPT_PROTECTED },
	{ "page-size", required_argument, NULL, OPT_PAGE_SIZE },
	{ "dom0-bank", required_argument, NULL, OPT_DOM0_BANK },
	{ "xen-at", required_argument, NULL, OPT_XEN_AT },
	{ "tree-at", required_argument, NULL, OPT_TREE_AT },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "ipa-bits", required_argument, NULL, OPT_IPA_BITS },
	{ "va-bits", required_argument, NULL, OPT_VA_BITS },
	{ "ram-end", required_argument, NULL, OPT_RAM_END },
	{ "llc-colors", required_argument, NULL, OPT_LLC_COLOURS },
	{ "accept", required_argument, NULL, OPT_ACCEPT },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "uboot", no_argument, NULL, OPT_UBOOT },
	{ "decision", required_argument, NULL, OPT_DECISION },
	{ "boot", required_argument, NULL, OPT_BOOT },
	{ "live", no_argument, NULL, OPT_LIVE },
	{ }
};

/* A number as C writes it, with K, M, G or T; @end is set to what follows. */
static bool parse_size(const char *text, char **end, u64 *size)
{
	static const char units[] = "kmgt";
	const char *unit;
	unsigned int shift = 0;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*size = strtoull(text, end, 0);
	if (errno || *end == text)
		return false;
	unit = **end ? strchr(units, **end | 0x20) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		(*end)++;
	}
	if (*size << shift >> shift != *size)
		return false;
	*size <<= shift;
	return true;
}

static bool parse_whole(const char *text, u64 *size)
{
	char *end;

	return parse_size(text, &end, size) && !*end;
}

static bool parse_number(const char *text, u64 least, u64 most, unsigned int *number)
{
	u64 value;

	if (!parse_whole(text, &value) || value < least || value > most)
		return false;
	*number = value;
	return true;
}

/* START-END, the end not included, as Xen prints it. */
static bool parse_range(const char *text, struct sr_range *range)
{
	char *end;
	u64 last;

	if (!parse_size(text, &end, &range->start) || *end != '-' ||
	    !parse_whole(end + 1, &last) || last <= range->start)
		return false;
	range->last = last - 1;
	return true;
}

static bool add_range(const char *text, struct sr_range *ranges, unsigned int *nr)
{
	return *nr < XEN_MAX_BANKS && parse_range(text, &ranges[*nr]) && ++*nr;
}

/* SIZE@START, as the kernel's command line has it. */
static bool add_to_list(const char *text, struct sr_list *list)
{
	u64 size, start;
	char *end;

	return parse_size(text, &end, &size) && *end == '@' && parse_whole(end + 1, &start) &&
	       !sr_list_add(list, start, size);
}

static bool parse_switch(const char *text, const char *off, const char *on,
			 enum switch3 *value)
{
	*value = !strcmp(text, on) ? ON : !strcmp(text, off) ? OFF : BY_ITSELF;
	return *value || !strcmp(text, "auto");
}

static bool parse_version(const char *text, struct xen_params *xen)
{
	unsigned int patch;
	char dot, rest;
	int n;

	/* "4.20", "4.20.1" */
	n = sscanf(text, "%u.%u%c%u%c", &xen->major, &xen->minor, &dot, &patch, &rest);
	return n == 2 || (n == 4 && dot == '.');
}

static bool parse_page_size(const char *text, unsigned int *shift)
{
	u64 size;

	if (!parse_whole(text, &size))
		return false;
	*shift = size == 0x1000 ? 12 : size == 0x4000 ? 14 : size == 0x10000 ? 16 : 0;
	return *shift;
}

static bool parse(int option, const char *arg, struct options *o)
{
	switch (option) {
	case OPT_JSON:
		o->json = true;
		return true;
	case OPT_SVG:
		o->svg = arg;
		return true;
	case OPT_COLOUR:
		return parse_switch(arg ? arg : "always", "never", "always", &o->colour);
	case OPT_DOM0_MEM:
		return parse_xen_size(arg, &o->xen.dom0_mem) && o->xen.dom0_mem;
	case OPT_XEN_VERSION:
		return parse_version(arg, &o->xen);
	case OPT_XEN_SMMU:
		return parse_switch(arg, "off", "on", &o->smmu);
	case OPT_DIRECT_MAP:
		return parse_switch(arg, "no", "yes", &o->direct_map);
	case OPT_EXT_REGIONS:
		return parse_switch(arg, "0", "1", &o->ext_regions);
	case OPT_POLICY:
		o->policy = sr_policy_by_name(arg);
		return o->policy >= 0;
	case OPT_ALLOW:
		o->config.has_allow = true;
		return add_to_list(arg, &o->config.allow);
	case OPT_EXCLUDE:
		return add_to_list(arg, &o->config.exclude);
	case OPT_PROTECTED:
		o->config.iommu_protected = true;
		return true;
	case OPT_PAGE_SIZE:
		return parse_page_size(arg, &o->page_shift);
	case OPT_DOM0_BANK:
		return add_range(arg, o->banks, &o->xen.nr_dom0_ram);
	case OPT_XEN_AT:
		return parse_range(arg, &o->xen.xen);
	case OPT_TREE_AT:
		return parse_range(arg, &o->xen.tree);
	case OPT_MODULE:
		return add_range(arg, o->modules, &o->xen.nr_modules);
	case OPT_CPUS:
		return parse_number(arg, 1, 65536, &o->xen.cpus);
	case OPT_IPA_BITS:
		return parse_number(arg, 32, 52, &o->ipa_bits);
	case OPT_VA_BITS:
		return parse_number(arg, 32, 52, &o->va_bits);
	case OPT_RAM_END:
		return parse_whole(arg, &o->ram_end) && o->ram_end;
	case OPT_LLC_COLOURS:
		return parse_number(arg, 1, 65536, &o->xen.llc_colors);
	case OPT_ACCEPT:
		o->accepted = arg;
		return true;
	case OPT_UBOOT:
		o->uboot = true;
		return true;
	case OPT_DECISION:
		o->decision = arg;
		return true;
	case OPT_LIVE:
		o->live = true;
		o->decision = "/sys/kernel/debug/xen/unpopulated/decision";
		o->page_shift = __builtin_ctz(getpagesize());
		return true;
	case OPT_BOOT:
		o->boot = arg;
		return true;
	case OPT_LOG:
		o->log = arg;
		return true;
	}
	return false;
}

/* Their names, for people who know them and for completion. */
void print_options(FILE *stream)
{
	int column = 0;

	for (const struct option *o = long_options; o->name; o++) {
		if (column + strlen(o->name) > 78) {
			fprintf(stream, "\n");
			column = 0;
		}
		column += fprintf(stream, "%s--%s", column ? " " : "  ", o->name);
	}
	fprintf(stream, "\n");
}

/**
 * read_options() - parse the command line behind the command
 * @argc: as main() gets it, counted from the command on
 * @argv: reordered: files last
 * @options: filled in
 *
 * Return: the index of the first file, or -1, and the reason has been printed.
 */
int read_options(int argc, char **argv, struct options *options)
{
	int option, index;

	*options = (struct options){
		.va_bits = 48,
		.policy = -1,
		.xen = {
			.major = 4, .minor = 20,
			.xen = { 1, 0 }, .tree = { 1, 0 },
		},
	};
	options->xen.dom0_ram = options->banks;
	options->xen.modules = options->modules;
	while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		if (option == '?')
			return -1;
		if (!parse(option, optarg, options)) {
			complain(NULL, "--%s: \"%s\" is not understood",
				 long_options[index].name, optarg ? optarg : "");
			return -1;
		}
	}
	if (options->decision && read_decision(options->decision, options))
		return -1;
	if (options->log && read_log(options->log, options))
		return -1;
	return optind;
}
