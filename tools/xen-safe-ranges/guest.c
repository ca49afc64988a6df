// SPDX-License-Identifier: GPL-2.0
/*
 * guest: what the toolstack publishes to a guest, by its xl configuration, and whether
 * that covers a device that is passed through to it.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

/* Widths of 40 bits and more give the same regions. */
#define GUEST_BITS	40

/* More than a configuration has; what is longer is none. */
#define MAX_CONFIG	0x100000

/* Guest-physical ranges of devices, with the reason why they are there */
struct devices_of_guest {
	struct place {
		struct sr_range range;
		char *what;
		bool iomem;
	} *list;
	unsigned int nr;
};

static char *read_text(const char *file)
{
	size_t size;
	char *text = read_file(file, MAX_CONFIG, &size);

	if (text && (size > MAX_CONFIG || memchr(text, 0, size))) {
		complain(file, "expected a guest's configuration, as xl.cfg(5) has it");
		free(text);
		return NULL;
	}
	return text;
}

/* Blanks out comments, but not in strings. */
static void drop_comments(char *text)
{
	char quote = 0;

	for (; *text; text++) {
		if (quote)
			quote = *text == quote || *text == '\n' ? 0 : quote;
		else if (*text == '"' || *text == '\'')
			quote = *text;
		else if (*text == '#')
			while (*text && *text != '\n')
				*text++ = ' ';
		if (!*text)
			return;
	}
}

/* What stands behind "key =" at the beginning of a line or after a semicolon; the last one */
static const char *find_key(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *at, *found = NULL;

	for (at = text; (at = strstr(at, key)); at += len) {
		const char *before = at, *after = at + len;

		while (before > text && (before[-1] == ' ' || before[-1] == '\t'))
			before--;
		if (before > text && before[-1] != '\n' && before[-1] != ';')
			continue;
		after += strspn(after, " \t");
		if (*after == '=')
			found = after + 1 + strspn(after + 1, " \t\n");
	}
	return found;
}

static u64 get_number(const char *text, const char *key, u64 otherwise)
{
	const char *value = find_key(text, key);

	if (value && (*value == '"' || *value == '\''))
		value++;
	return value && isdigit(*value) ? strtoull(value, NULL, 0) : otherwise;
}

/* The next string of a list, or a string alone; to be freed. @at goes on behind it. */
static char *next_string(const char **at)
{
	const char *start = *at + strcspn(*at, "\"']\n;"), *end;

	/* A list may go on in the next line. */
	while (*start == '\n' && **at == '[')
		start += 1 + strcspn(start + 1, "\"'];\n");
	if (*start != '"' && *start != '\'')
		return NULL;
	end = strchr(start + 1, *start);
	if (!end)
		return NULL;
	*at = end + 1 + strspn(end + 1, " \t\n,");
	return strndup(start + 1, end - start - 1);
}

static void add_device(struct devices_of_guest *devices, const struct sr_range *range,
		       const char *what, bool iomem)
{
	devices->list = more(devices->list, devices->nr, sizeof(*devices->list));
	devices->list[devices->nr++] = (struct place){ *range, strdup(what), iomem };
}

/* "START,NUMBER[@GFN]": frames, in hexadecimal */
static bool read_iomem(const char *file, const char *text, struct devices_of_guest *devices)
{
	const char *at = find_key(text, "iomem");
	char *entry;

	while (at && (entry = next_string(&at))) {
		uint64_t start, number, gfn = 0;
		int used = 0, n;
		struct sr_range range;
		bool bad;

		n = sscanf(entry, "%" SCNx64 ",%" SCNx64 "%n@%" SCNx64 "%n", &start, &number,
			   &used, &gfn, &used);
		if (n == 2)
			gfn = start;
		bad = n < 2 || entry[used] || !number || gfn + number > 1ULL << 40;
		if (bad)
			complain(file, "iomem \"%s\": expected START,NUMBER[@GFN], frames in hexadecimal",
				 clean_text(entry));
		range = (struct sr_range){ gfn << 12, ((gfn + number) << 12) - 1 };
		if (!bad)
			add_device(devices, &range, "iomem", true);
		free(entry);
		if (bad)
			return false;
	}
	return true;
}

/* What the partial tree has below /passthrough is at the guest's addresses. */
static bool read_partial(const char *text, struct devices_of_guest *devices)
{
	const char *at = find_key(text, "device_tree");
	char *file = at ? next_string(&at) : NULL;
	struct board partial;

	if (!file)
		return true;
	if (board_open(&partial, file, NULL)) {
		free(file);
		return false;
	}
	for (unsigned int i = 0; i < partial.tree.nr_claims; i++) {
		const struct sr_claim *claim = &partial.tree.claims[i];

		if (claim->node >= 0 && !strncmp(node_path(&partial, claim->node), "/passthrough/", 13))
			add_device(devices, &claim->range, node_path(&partial, claim->node), false);
	}
	board_close(&partial);
	free(file);
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->range.start < y->range.start ? -1 : x->range.start > y->range.start;
}

/* Whole megabytes, as xl takes them */
static unsigned long long megabytes(u64 size)
{
	return (size + 0xfffff) >> 20;
}

/* What is said of a guest */
struct guest {
	const char *file;
	const struct xen_params *xen;
	u64 memory;
	u64 pool;	/* page tables */
	u64 mappable;	/* with these, of other domains' memory */
	u64 wanted;	/* that its kernel maps at most */
	u64 backend;	/* page tables that take that */
	const struct devices_of_guest *devices;
	const struct sr_range *regions;
	unsigned int nr;
	bool unplaced;	/* a device is passed through, and nothing says where it is */
};

static void find_tables(const char *text, struct guest *guest)
{
	unsigned int vcpus = get_number(text, "vcpus", 1);
	u64 own = xen_model_guest_tables(guest->memory, vcpus, 0);

	guest->pool = get_number(text, "shadow_memory", 0) << 20;
	if (!guest->pool)
		guest->pool = xen_model_guest_tables(guest->memory, vcpus, XEN_GUEST_MAPPED);
	if (guest->pool > own)
		guest->mappable = (guest->pool - own) / 0x1000 * 0x200000;
	/* XEN_UNPOPULATED_MAX_PAGES: 3 % of RAM in struct pages of 64 bytes */
	guest->wanted = guest->memory / 100 * 3 / 64 * 0x1000;
	guest->backend = xen_model_guest_tables(guest->memory, vcpus, guest->wanted);
}

static void print_guest(const struct guest *guest)
{
	print_title("What the toolstack will publish");
	printf("  libxl of Xen %u.%u, %s of RAM, guest addresses of %u bits\n", guest->xen->major,
	       guest->xen->minor, size_text(guest->memory), guest->xen->ipa_bits);
	for (unsigned int i = 0; i < guest->nr; i++)
		printf("  %s %9s\n", range_text(&guest->regions[i], 11),
		       size_text(range_size(&guest->regions[i])));
	if (!guest->nr)
		printf("  nothing\n");
	print_title("Page tables of the guest in Xen");
	/* That RAM in pieces of 2 MiB takes next to nothing, but nobody promises it. */
	if (guest->mappable)
		printf("  %s, enough to map %s of other domains' memory, wherever its RAM lies\n",
		       size_text(guest->pool), size_text(guest->mappable));
	else
		printf("  %s, which its own RAM takes up if that lies in single pages\n",
		       size_text(guest->pool));
	printf("  its kernel maps %s at most (xen_unpopulated.max_pages): as a backend it needs\n"
	       "  shadow_memory = %llu\n\n", size_text(guest->wanted), megabytes(guest->backend));
}

/* The region that covers a device, or NULL */
static const struct sr_range *covered_by(const struct guest *guest, const struct place *d)
{
	for (unsigned int r = 0; r < guest->nr; r++)
		if (ranges_meet(&d->range, &guest->regions[r]))
			return &guest->regions[r];
	return NULL;
}

static void print_findings(const struct guest *guest)
{
	for (unsigned int i = 0; i < guest->devices->nr; i++) {
		const struct place *d = &guest->devices->list[i];
		const struct sr_range *region = covered_by(guest, d);

		if (!region)
			continue;
		printf("%s: %swarning%s: %s %s: the region %s covers it: put xen_unpopulated.exclude=%#llx@%#llx on the guest's command line, or place it below 0x40000000%s [region-over-device]\n",
		       guest->file, bold, plain, d->what, range_text(&d->range, 0),
		       range_text(region, 0), (unsigned long long)range_size(&d->range),
		       (unsigned long long)d->range.start,
		       d->iomem ? ", or use the toolstack of Xen 4.21, which leaves out what iomem maps" :
		       ", or name it in iomem, too, with the toolstack of Xen 4.21");
	}
	if (guest->unplaced)
		printf("%s: %snote%s: dtdev: neither iomem nor device_tree says where the guest has it [device-not-placed]\n",
		       guest->file, bold, plain);
}

static void dump_guest(const struct guest *guest, int status)
{
	json_t *devices = json_array(), *findings = json_array(), *file;

	for (unsigned int i = 0; i < guest->devices->nr; i++) {
		const struct place *d = &guest->devices->list[i];
		const struct sr_range *region = covered_by(guest, d);

		json_add(devices, "{s:s, s:o, s:o}", "what", d->what,
			 "start", json_hex(d->range.start), "last", json_hex(d->range.last));
		if (region)
			json_add(findings, "{s:s, s:s, s:s, s:o, s:o}", "name", "region-over-device",
				 "severity", "warning", "what", d->what,
				 "region", json_ranges(region, 1),
				 "device", json_ranges(&d->range, 1));
	}
	if (guest->unplaced)
		json_add(findings, "{s:s, s:s, s:s}", "name", "device-not-placed",
			 "severity", "note", "what", "dtdev");
	/* A file's name need not be UTF-8. */
	file = json_string(guest->file) ?: json_null();
	json_print(json_pack("{s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i}",
			     "file", file, "xen_version",
			     json_sprintf("%u.%u", guest->xen->major, guest->xen->minor),
			     "memory", json_hex(guest->memory),
			     "address_bits", guest->xen->ipa_bits,
			     "published", json_ranges(guest->regions, guest->nr),
			     "p2m_bytes", json_hex(guest->pool),
			     "mappable_bytes", json_hex(guest->mappable),
			     "max_pages_bytes", json_hex(guest->wanted),
			     "p2m_bytes_as_backend", json_hex(guest->backend),
			     "devices", devices, "findings", findings, "status", status));
}

/**
 * guest_config() - the command guest
 * @file: a guest's configuration for xl
 * @options: the toolstack's version, the width of guest addresses
 *
 * Return: the exit status.
 */
int guest_config(const char *file, const struct options *options)
{
	struct devices_of_guest devices = { };
	struct sr_range *iomem, *regions;
	struct xen_params xen = options->xen;
	struct guest guest = { .file = file, .xen = &xen, .devices = &devices };
	char *text = read_text(file);
	int status = STATUS_ERROR;
	unsigned int nr_iomem = 0;

	if (!text)
		return STATUS_ERROR;
	drop_comments(text);
	/* A guest on Arm boots with all that it may ever have: libxl__build_dom(). */
	guest.memory = get_number(text, "maxmem", get_number(text, "memory", 0)) << 20;
	xen.ipa_bits = options->ipa_bits ? options->ipa_bits : GUEST_BITS;
	if (!guest.memory)
		complain(file, "no memory: expected a guest's configuration with \"memory =\", in MiB");
	if (!guest.memory || !read_iomem(file, text, &devices) || !read_partial(text, &devices))
		goto out;
	if (devices.nr)
		qsort(devices.list, devices.nr, sizeof(*devices.list), by_address);
	iomem = resize(NULL, devices.nr + 1, sizeof(*iomem));
	regions = resize(NULL, devices.nr + 2, sizeof(*regions));
	for (unsigned int i = 0; i < devices.nr; i++)
		if (devices.list[i].iomem)
			iomem[nr_iomem++] = devices.list[i].range;
	guest.regions = regions;
	guest.nr = xen_model_guest_regions(&xen, guest.memory, iomem, nr_iomem, regions);
	guest.unplaced = find_key(text, "dtdev") && !devices.nr;
	find_tables(text, &guest);
	status = STATUS_FINE;
	for (unsigned int i = 0; i < devices.nr; i++)
		if (covered_by(&guest, &devices.list[i]))
			status = STATUS_WARNING;
	if (options->json) {
		dump_guest(&guest, status);
	} else {
		print_guest(&guest);
		print_findings(&guest);
	}
	free(iomem);
	free(regions);
out:
	for (unsigned int i = 0; i < devices.nr; i++)
		free(devices.list[i].what);
	free(devices.list);
	free(text);
	return status;
}
