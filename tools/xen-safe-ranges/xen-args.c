// SPDX-License-Identifier: GPL-2.0
/*
 * Xen's command line, where the boot loader writes it: /chosen of the host's tree. The
 * last word of a kind counts, and what Xen does not understand it passes over.
 */
#include <linux/array_size.h>
#include <stdlib.h>
#include <string.h>

#include "xen-args.h"

/**
 * parse_xen_size() - a size as Xen on Arm reads it
 * @text: a number as C writes it; a unit, without one it is KiB; what Xen then
 *	complains of, and takes all the same: the rest of a unit, ",max:..."
 * @size: set to bytes
 *
 * parse_size_and_unit() in lib/parse-size.c, parse_dom0_mem() in arch/arm/domain_build.c.
 *
 * Return: whether it is one; of "max:1G" alone Xen makes 512 MiB, so it is none.
 */
bool parse_xen_size(const char *text, u64 *size)
{
	static const char units[] = "bkmgt";
	unsigned int shift = 10;
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*size = strtoull(text, &end, 0);
	unit = *end ? strchr(units, *end | 0x20) : NULL;
	if (unit) {
		shift = 10 * (unit - units);
		end++;
		/* "1024MB" */
		end += shift && (*end | 0x20) == 'b';
	}
	if (*size << shift >> shift != *size)
		return false;
	*size <<= shift;
	return !*end || !strncmp(end, ",max:", 5);
}

/* parse_bool(), common/kernel.c; an empty value is yes */
static enum switch3 parse_bool(const char *text, size_t len)
{
	static const char * const off[] = { "no", "off", "false", "disable", "0" };
	static const char * const on[] = { "yes", "on", "true", "enable", "1", "" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(off); i++)
		if (strlen(off[i]) == len && !memcmp(text, off[i], len))
			return OFF;
	for (i = 0; i < ARRAY_SIZE(on); i++)
		if (strlen(on[i]) == len && !memcmp(text, on[i], len))
			return ON;
	return BY_ITSELF;
}

/* "name", "name=value" or "no-name"; a list's first value that is a boolean counts. */
static bool read_switch(const char *word, const char *name, enum switch3 *value)
{
	bool no = !strncmp(word, "no-", 3);
	size_t len = strlen(name);
	enum switch3 said = BY_ITSELF;
	const char *item;

	if (no)
		word += 3;
	if (strncmp(word, name, len) || (word[len] && word[len] != '='))
		return false;
	item = word[len] ? word + len + 1 : "";
	while (said == BY_ITSELF) {
		size_t size = strcspn(item, ",");

		said = parse_bool(item, size);
		if (!item[size])
			break;
		item += size + 1;
	}
	if (said == BY_ITSELF)
		return false;
	*value = no ? (said == ON ? OFF : ON) : said;
	return true;
}

static bool read_word(const char *word, struct xen_args *args)
{
	u64 size;

	if (!strncmp(word, "dom0_mem=", 9)) {
		/* What is not understood leaves the default. */
		args->dom0_mem = parse_xen_size(word + 9, &size) ? size : 0;
		return true;
	}
	return read_switch(word, "ext_regions", &args->ext_regions) ||
	       read_switch(word, "iommu", &args->iommu) ||
	       read_switch(word, "llc-coloring", &args->llc_coloring);
}

/**
 * read_xen_args() - read what the tree says of Xen's command line
 * @board: the host's tree
 * @args: filled in
 */
void read_xen_args(const struct board *board, struct xen_args *args)
{
	const char *text = xen_model_cmdline(board->fdt);
	char *copy, *word, *rest;

	*args = (struct xen_args){ };
	copy = text ? strdup(text) : NULL;
	for (word = copy ? strtok_r(copy, " ", &rest) : NULL; word;
	     word = strtok_r(NULL, " ", &rest)) {
		size_t len = strlen(args->heeded);

		if (read_word(word, args))
			snprintf(args->heeded + len, sizeof(args->heeded) - len, "%s%s",
				 len ? " " : "", clean_text(word));
	}
	free(copy);
}
