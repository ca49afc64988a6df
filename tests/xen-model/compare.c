// SPDX-License-Identifier: GPL-2.0
/*
 * compare DIR: the model's answer for DIR/host.dtb and DIR/params against what
 * Xen printed, DIR/lines, as text, byte by byte; for domains that Xen starts as well.
 *
 * dom0's RAM is worked out and compared as well. Where the model says that it
 * depends on what cannot be known, the regions are compared with the banks that
 * Xen printed, and the last line says so.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <libfdt.h>
#include <linux/string.h>

#include "xen-model.h"

static char *read_file(const char *dir, const char *name, size_t *size)
{
	char path[4096], *text;
	FILE *file;
	long n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "rb");
	n = file && !fseek(file, 0, SEEK_END) ? ftell(file) : -1;
	if (n < 0) {
		printf("cannot read %s\n", path);
		exit(2);
	}
	rewind(file);
	text = calloc(1, n + 1);
	if (fread(text, 1, n, file) != (size_t)n)
		exit(2);
	fclose(file);
	if (size)
		*size = n;
	return text;
}

static u64 value(const char *params, const char *key)
{
	const char *line = strstr(params, key);
	char *end;
	u64 v = line ? strtoull(line + strlen(key), &end, 0) : 0;

	if (line && *end == 'M')
		v <<= 20;
	if (line && *end == 'G')
		v <<= 30;
	return v;
}

/* key=START+SIZE */
static struct sr_range range(const char *params, const char *key)
{
	const char *line = strstr(params, key);
	struct sr_range r = { 1, 0 };
	char *plus;

	if (line) {
		r.start = strtoull(line + strlen(key), &plus, 0);
		r.last = r.start + strtoull(plus + 1, NULL, 0) - 1;
	}
	return r;
}

static char expected[65536], actual[65536];

static void say(const char *format, ...)
{
	va_list args;
	size_t n = strlen(actual);

	va_start(args, format);
	vsnprintf(actual + n, sizeof(actual) - n, format, args);
	va_end(args);
}

/* Xen numbers them in the order of the tree. */
static void say_domus(const void *fdt, const struct xen_params *params)
{
	int chosen = fdt_path_offset(fdt, "/chosen"), node, domain = 0, i;
	static struct xen_domu domu;

	fdt_for_each_subnode(node, fdt, chosen) {
		if (fdt_node_check_compatible(fdt, node, "xen,domain"))
			continue;
		domain++;
		xen_model_domu(fdt, params, node, &domu);
		for (i = 0; i < (int)domu.nr_ram; i++) {
			say("d%d%s BANK[%d] 0x%014" PRIx64 "-0x%014" PRIx64, domain,
			    domu.direct_mapped ? ": STATIC" : "", i, (uint64_t)domu.ram[i].start,
			    (uint64_t)domu.ram[i].last + 1);
			if (!domu.direct_mapped)
				say(" (%" PRIu64 "MB)", (uint64_t)range_size(&domu.ram[i]) >> 20);
			say("\n");
		}
		for (i = 0; i < domu.nr; i++)
			say("d%d: extended region %d: %#" PRIx64 "->%#" PRIx64 "\n", domain, i,
			    (uint64_t)domu.regions[i].start, (uint64_t)domu.regions[i].last + 1);
	}
}

int main(int argc, char **argv)
{
	static struct sr_range banks[XEN_MAX_BANKS], printed[XEN_MAX_BANKS];
	static struct sr_range regions[XEN_MAX_BANKS];
	struct xen_params params = { .major = 4 };
	const char *why = "?", *ram_why = "as Xen printed";
	char *text, *lines, *line, *save, *fdt, path[128];
	unsigned int nr_printed = 0;
	bool ram_known;
	size_t size;
	int n, i, at;

	if (argc != 2)
		return 2;
	fdt = read_file(argv[1], "host.dtb", &size);
	text = read_file(argv[1], "params", NULL);
	lines = read_file(argv[1], "lines", NULL);
	if (size < sizeof(struct fdt_header) || fdt_check_header(fdt) ||
	    fdt_totalsize(fdt) > size)
		return 2;

	params.minor = value(text, "version=4.");
	params.iommu = params.all_iommus = value(text, "smmu=");
	params.ext_regions = value(text, "ext_regions=");
	params.direct_mapped = value(text, "direct_mapped=");
	params.llc_colors = value(text, "llc_colors=");
	params.dom0_mem = value(text, "dom0_mem=");
	params.ipa_bits = value(text, "ipa_bits=");
	params.cpus = value(text, "cpus=");
	params.xen = range(text, "xen=");
	params.tree = range(text, "tree=");

	for (line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		u64 start, end;
		char *bank = strstr(line, "BANK[");
		bool other = line[0] == 'd' && line[1] > '0' && line[1] <= '9';

		if (bank && !other && sscanf(bank, "BANK[%*d] %" SCNx64 "-%" SCNx64, &start, &end) == 2) {
			printed[nr_printed].start = start;
			printed[nr_printed++].last = end - 1;
		}
		/* Which node it is that Xen gives up at */
		if (sscanf(line, "Unable to retrieve address %*u for %127s", path) == 1 ||
		    sscanf(line, "DT: no ranges; cannot enumerate %127s", path) == 1) {
			strcat(expected, path);
			strcat(expected, ": ");
		}
		/* Xen panics after either; the model says -EINVAL or -ENOMEM. */
		if (strstr(line, "Failed to allocate requested") ||
		    strstr(line, "Device tree generation failed"))
			strcat(expected, "refused\n");
		if (bank || strstr(line, "extended region")) {
			strcat(expected, line);
			strcat(expected, "\n");
		}
	}

	n = xen_model_dom0_ram(fdt, &params, banks, XEN_MAX_BANKS, &ram_why);
	ram_known = n != -ENODATA;
	if (!ram_known) {
		memcpy(banks, printed, sizeof(banks));
		n = nr_printed;
	}
	for (i = 0; i < n; i++)
		say("%sBANK[%d] 0x%014" PRIx64 "-0x%014" PRIx64 " (%" PRIu64 "MB)\n",
		    params.direct_mapped ? "" : "d0 ", i, (uint64_t)banks[i].start,
		    (uint64_t)banks[i].last + 1,
		    (uint64_t)(banks[i].last - banks[i].start + 1) >> 20);
	if (!ram_known) {
		params.dom0_ram = printed;
		params.nr_dom0_ram = nr_printed;
	}
	/* Refused: as predicted, or where the model leaves that open. */
	if (n == -EINVAL || n == -ENOMEM || (!ram_known && !nr_printed))
		say("refused\n");
	if (n > 0) {
		n = xen_model_regions(fdt, &params, regions, XEN_MAX_BANKS, &at, &why);
		if (!n && !strcmp(why, "ext_regions=0"))
			say("d0: extended regions support is disabled\n");
		else if (!n)
			say("%s%sd0: failed to allocate extended regions\n",
			    at >= 0 && !fdt_get_path(fdt, at, path, sizeof(path)) ? path : "",
			    at >= 0 ? ": " : "");
		else if (n == -EINVAL && !fdt_get_path(fdt, at, path, sizeof(path)))
			say("%s: refused\n", path);
		else if (n == -EINVAL)
			say("refused\n");
		for (i = 0; i < n; i++)
			say("d0: extended region %d: %#" PRIx64 "->%#" PRIx64 "\n", i,
			    (uint64_t)regions[i].start, (uint64_t)regions[i].last + 1);
		say_domus(fdt, &params);
	} else {
		why = ram_why;
	}

	i = !*expected || strcmp(expected, actual);
	if (i)
		printf("Xen:\n%smodel (%d):\n%s", expected, n, actual);
	printf("%s; %s\n", why, ram_known ? "dom0's RAM as well" : ram_why);
	free(fdt);
	free(text);
	free(lines);
	return i;
}
