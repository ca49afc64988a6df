// SPDX-License-Identifier: GPL-2.0
/*
 * A script for U-Boot: what it loads, what it changes in the tree, and where it boots Xen.
 * Read are the commands that ImageBuilder writes, and what people write in their place;
 * conditions and loops are refused, as what comes of them is not in the script.
 */
#include <errno.h>
#include <libfdt.h>
#include <linux/array_size.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "text.h"

/* An arm64 Image: Documentation/arch/arm64/booting.rst; Xen's head.S has the same. */
#define IMAGE_HEADER	64
#define IMAGE_OFFSET	8
#define IMAGE_SIZE	16
#define IMAGE_FLAGS	24
#define IMAGE_ANYWHERE	0x8
#define IMAGE_MAGIC	56

/* More than a tree can have of a property. */
#define MAX_VALUE	0x10000

/* What ${filesize} is after a file that is not there: no number, and it says why. */
#define UNKNOWN_SIZE	"size-of:"

#define MAX_FILE	0x40000000

char *path_beside(const struct boot *boot, const char *name)
{
	const char *slash = strrchr(boot->file, '/');
	char *path;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash - boot->file + 1) : 0, boot->file,
		     name) < 0)
		out_of_memory();
	return path;
}

/**
 * file_beside() - read the beginning of a file that lies beside the script
 * @boot: the script
 * @name: of the file, as the script has it
 * @size: set to the file's
 *
 * Return: up to 2 MiB of it, to be freed; NULL if it is not there.
 */
char *file_beside(const struct boot *boot, const char *name, size_t *size)
{
	char *path = path_beside(boot, name), *data = NULL;
	FILE *stream = fopen(path, "rb");
	long end = -1;

	free(path);
	/* A directory can be opened, and has no size. */
	if (stream && !fseek(stream, 0, SEEK_END))
		end = ftell(stream);
	if (end >= 0 && end <= MAX_FILE) {
		rewind(stream);
		*size = end;
		data = calloc(1, 0x200000);
		if (!data)
			out_of_memory();
		if (fread(data, 1, 0x200000, stream) == 0 && end) {
			free(data);
			data = NULL;
		}
	}
	if (stream)
		fclose(stream);
	return data;
}

/* Numbers of commands are hexadecimal, with 0x or without; in a cell that is base 0. */
static bool get_number(struct boot *boot, const char *text, int base, u64 *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, base);
	if (!errno && end != text && !*end && *text != '-')
		return true;
	if (strstr(text, UNKNOWN_SIZE))
		return boot_complain(boot,
				     "%s is not beside the script, and its size is needed: %s",
				     clean_text(strstr(text, UNKNOWN_SIZE) + strlen(UNKNOWN_SIZE)),
				     "put it there, or a file as large");
	return boot_complain(boot, "\"%s\" is not a number%s", clean_text(text),
			     strchr(text, '$') ? ": the script does not set it" : "");
}

/* The address at which a file was loaded, as get_pair() finds it. */
static const char *address_text(u64 address)
{
	char *text = next_text();

	snprintf(text, TEXT_ROOM, "0x%llx", (unsigned long long)address);
	return text;
}

static bool load_file(struct boot *boot, const char *address, const char *name)
{
	char *data, *unknown = next_text();
	size_t size;
	u64 at;

	if (!get_number(boot, address, 16, &at))
		return false;
	set_pair(&boot->files, address_text(at), name);
	data = file_beside(boot, name, &size);
	if (!data)
		snprintf(unknown, TEXT_ROOM, UNKNOWN_SIZE "%s", name);
	set_pair(&boot->variables, "filesize", data ? address_text(size) + 2 : unknown);
	free(data);
	return true;
}

static bool run_load(struct boot *boot, char **words, unsigned int nr)
{
	static const struct {
		const char *name;
		unsigned int address, file;
	} kinds[] = {
		{ "tftpb", 1, 2 }, { "tftpboot", 1, 2 }, { "tftp", 1, 2 }, { "dhcp", 1, 2 },
		{ "load", 3, 4 }, { "fatload", 3, 4 }, { "ext4load", 3, 4 }, { "ext2load", 3, 4 },
		{ "imxtract", 3, 2 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(words[0], kinds[i].name))
			continue;
		/* "dhcp" alone configures the network. */
		if (nr == 1)
			return true;
		if (nr > kinds[i].address && nr > kinds[i].file)
			return load_file(boot, words[kinds[i].address], words[kinds[i].file]);
		return boot_complain(boot, "%s: expected an address and a file", words[0]);
	}
	/* "mmc load 0:1 ADDRESS FILE" */
	if (nr >= 5 && !strcmp(words[1], "load"))
		return load_file(boot, words[3], words[4]);
	return true;
}

static bool run_setenv(struct boot *boot, char **words, unsigned int nr)
{
	char *value;
	size_t size;
	FILE *stream = open_memstream(&value, &size);

	if (!stream)
		out_of_memory();
	for (unsigned int i = 2; i < nr; i++)
		fprintf(stream, "%s%s", i > 2 ? " " : "", words[i]);
	fclose(stream);
	if (nr > 1)
		set_pair(&boot->variables, words[1], value);
	free(value);
	return true;
}

static bool calculate(u64 *a, const char *operator, u64 b)
{
	const u64 results[] = {
		*a + b, *a - b, *a * b, b ? *a / b : 0, b ? *a % b : 0, *a & b, *a | b, *a ^ b,
	};
	static const char operators[] = "+-*/%&|^";
	const char *found = *operator && !operator[1] ? strchr(operators, *operator) : NULL;

	if (found)
		*a = results[found - operators];
	return found;
}

/* setexpr NAME A [OPERATOR B], its result hexadecimal */
static bool run_setexpr(struct boot *boot, char **words, unsigned int nr)
{
	u64 a, b = 0;

	if (nr != 3 && nr != 5)
		return boot_complain(boot, "setexpr: expected a name and an operation");
	if (!get_number(boot, words[2], 16, &a) || (nr == 5 && !get_number(boot, words[4], 16, &b)))
		return false;
	if (nr == 5 && !calculate(&a, words[3], b))
		return boot_complain(boot, "setexpr: \"%s\" is not understood",
				     clean_text(words[3]));
	set_pair(&boot->variables, words[1], address_text(a) + 2);
	return true;
}

static bool find_node(struct boot *boot, const char *path, int *node)
{
	*node = fdt_path_offset(boot->fdt, path);
	return *node >= 0 || boot_complain(boot, "the tree has no node %s", clean_text(path));
}

static bool check_fdt(struct boot *boot, const char *command, int err)
{
	return err >= 0 || boot_complain(boot, "fdt %s: %s", command, fdt_strerror(err));
}

/* "<0x0 0x1>" is cells, "[00 01]" bytes, anything else a string of a list */
static bool read_value(struct boot *boot, char **words, unsigned int nr, char *value, int *len)
{
	char in = 0;

	for (unsigned int i = 0; i < nr; i++) {
		char *word = words[i], *rest;

		if (!in && *word != '<' && *word != '[') {
			if (*len + strlen(word) + 1 > MAX_VALUE)
				return boot_complain(boot, "a value longer than 64 KiB");
			memcpy(value + *len, word, strlen(word) + 1);
			*len += strlen(word) + 1;
			continue;
		}
		if (!in)
			in = *word++ == '<' ? '>' : ']';
		for (; (word = strtok_r(word, " \t\n", &rest)); word = NULL) {
			char *end = word + strlen(word) - 1;
			bool last = *end == in;
			u64 number;

			if (last)
				*end = 0;
			if (*word && !get_number(boot, word, in == '>' ? 0 : 16, &number))
				return false;
			if (*word && number >> (in == '>' ? 32 : 8))
				return boot_complain(boot, "%s does not fit into a %s", word,
						     in == '>' ? "cell" : "byte");
			if (*len > MAX_VALUE - 4)
				return boot_complain(boot, "a value longer than 64 KiB");
			if (*word && in == '>')
				fdt32_st(value + *len, number);
			else if (*word)
				value[*len] = number;
			*len += !*word ? 0 : in == '>' ? 4 : 1;
			if (last)
				in = 0;
		}
	}
	return !in || boot_complain(boot, "a value without its closing %c", in);
}

static bool fdt_set(struct boot *boot, char **words, unsigned int nr)
{
	static char value[MAX_VALUE];
	int node, len = 0;

	if (nr < 4)
		return boot_complain(boot, "fdt set: expected a path and a property");
	/* What the environment has is not in the script, and this is not passed over. */
	for (unsigned int i = 4; i < nr && !strcmp(words[3], "xen,xen-bootargs"); i++)
		if (strstr(words[i], "${")) {
			const char *name = clean_text(strstr(words[i], "${"));

			return boot_complain(boot, "%.*s}: the script does not set it",
					     (int)strcspn(name, "}"), name);
		}
	return find_node(boot, words[2], &node) &&
	       read_value(boot, words + 4, nr - 4, value, &len) &&
	       check_fdt(boot, "set", fdt_setprop(boot->fdt, node, words[3], value, len));
}

static bool fdt_mknod(struct boot *boot, char **words, unsigned int nr)
{
	int node;

	if (nr != 4)
		return boot_complain(boot, "fdt mknod: expected a path and a name");
	return find_node(boot, words[2], &node) &&
	       check_fdt(boot, "mknod", fdt_add_subnode(boot->fdt, node, words[3]));
}

static bool fdt_rm(struct boot *boot, char **words, unsigned int nr)
{
	int node;

	if (nr != 3 && nr != 4)
		return boot_complain(boot, "fdt rm: expected a path");
	return find_node(boot, words[2], &node) &&
	       check_fdt(boot, "rm", nr == 4 ? fdt_delprop(boot->fdt, node, words[3]) :
					       fdt_del_node(boot->fdt, node));
}

/* An overlay that was loaded before */
static bool fdt_apply(struct boot *boot, char **words, unsigned int nr)
{
	const char *name;
	char *data;
	size_t size;
	u64 at;
	int err;

	if (nr != 3)
		return boot_complain(boot, "fdt apply: expected an address");
	if (!get_number(boot, words[2], 16, &at))
		return false;
	name = get_pair(&boot->files, address_text(at));
	if (!name)
		return boot_complain(boot, "fdt apply: nothing was loaded to %s", words[2]);
	data = file_beside(boot, name, &size);
	if (!data)
		return boot_complain(boot, "the overlay %s is not beside the script: put it there",
				     clean_text(name));
	err = size > 0x200000 ? -FDT_ERR_BADSTRUCTURE : fdt_check_full(data, size);
	if (!err)
		err = fdt_overlay_apply(boot->fdt, data);
	free(data);
	return check_fdt(boot, clean_text(name), err);
}

static bool run_fdt(struct boot *boot, char **words, unsigned int nr)
{
	static const struct {
		const char *name;
		bool (*run)(struct boot *boot, char **words, unsigned int nr);
	} commands[] = {
		{ "set", fdt_set }, { "mknod", fdt_mknod }, { "mknode", fdt_mknod },
		{ "rm", fdt_rm }, { "apply", fdt_apply },
		/* Where it is edited and with how much room is no matter; the others show. */
		{ "addr", NULL }, { "move", NULL }, { "resize", NULL },
		{ "print", NULL }, { "list", NULL }, { "header", NULL }, { "boardsetup", NULL },
		{ "systemsetup", NULL }, { "chosen", NULL },
	};

	for (unsigned int i = 0; nr > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(words[1], commands[i].name))
			return !commands[i].run || commands[i].run(boot, words, nr);
	return boot_complain(boot, "fdt %s is not understood", nr > 1 ? clean_text(words[1]) : "");
}

/* From _start to _end, if booti leaves it where it is. */
static void find_xen(struct boot *boot, u64 at)
{
	const char *name = get_pair(&boot->files, address_text(at)), *why = NULL;
	size_t size;
	char *data = name ? file_beside(boot, name, &size) : NULL;
	u64 offset, length = 0;

	if (data && size >= IMAGE_HEADER)
		memcpy(&length, data + IMAGE_SIZE, sizeof(length));

	if (!data)
		why = "is not beside the script";
	else if (size < IMAGE_HEADER || memcmp(data + IMAGE_MAGIC, "ARM\x64", 4))
		why = "is no arm64 Image";
	else if (!(data[IMAGE_FLAGS] & IMAGE_ANYWHERE))
		why = "is an Image that booti moves";
	else if (le64toh(length) - 1 >= MAX_FILE)
		why = "is an Image without a size";
	if (why) {
		snprintf(boot->says, sizeof(boot->says),
			 "Xen at 0x%08llx, to an end that is not known: %s %s (--xen-at)",
			 (unsigned long long)at, name ? clean_text(name) : "what is there", why);
	} else {
		memcpy(&offset, data + IMAGE_OFFSET, sizeof(offset));
		at = (at & ~0x1fffffULL) + le64toh(offset);
		boot->xen = (struct sr_range){ at, at + le64toh(length) - 1 };
		snprintf(boot->says, sizeof(boot->says), "Xen at %s", range_text(&boot->xen, 8));
	}
	free(data);
}

/* booti XEN RAMDISK TREE; after bootm and bootefi Xen lies where the script does not say */
static bool run_booti(struct boot *boot, char **words, unsigned int nr)
{
	const char *high = get_pair(&boot->variables, "fdt_high");
	u64 xen, tree;

	if (nr != 4)
		return boot_complain(boot, "booti: expected Xen's address, - and the tree's");
	if (!get_number(boot, words[1], 16, &xen))
		return false;
	boot->booted = true;
	find_xen(boot, xen);
	/* Otherwise boot_relocate_fdt() moves it to where there is room. */
	if (high && strtoull(high, NULL, 16) == U64_MAX) {
		if (!get_number(boot, words[3], 16, &tree))
			return false;
		boot->tree = (struct sr_range){ tree, tree };
	}
	return true;
}

static bool refuse(struct boot *boot, const char *word)
{
	return boot_complain(boot, "\"%s\" is not followed: expected a script without conditions",
			     word);
}

static bool run_command(struct boot *boot, char **words, unsigned int nr, bool *any)
{
	static const char * const refused[] = {
		"if", "for", "while", "until", "then", "else", "elif", "run", "source",
	};
	static const struct {
		const char *name;
		bool (*run)(struct boot *boot, char **words, unsigned int nr);
	} commands[] = {
		{ "fdt", run_fdt }, { "booti", run_booti }, { "setenv", run_setenv },
		{ "setexpr", run_setexpr },
	};
	char *equals = strchr(words[0], '=');

	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		if (!strcmp(words[0], refused[i]))
			return refuse(boot, refused[i]);
	for (unsigned int i = 1; i < nr; i++)
		if (!strcmp(words[i], "&&") || !strcmp(words[i], "||"))
			return refuse(boot, words[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(words[0], commands[i].name))
			continue;
		*any = true;
		return commands[i].run(boot, words, nr);
	}
	if (equals && equals != words[0]) {
		*equals = 0;
		set_pair(&boot->variables, words[0], equals + 1);
		return true;
	}
	return run_load(boot, words, nr);
}

/**
 * run_commands() - do what a script says, until it boots
 * @boot: the script, and the tree that it changes
 * @text: its commands
 * @line: number of the first
 *
 * Return: whether it went well; otherwise the reason has been printed.
 */
bool run_commands(struct boot *boot, const char *text, unsigned int line)
{
	bool any = false;

	boot->at = text;
	boot->line = line;
	while (!boot->booted && next_command(boot))
		if (!run_command(boot, boot->words, boot->nr_words, &any))
			return false;
	boot->line = 0;
	return !boot->failed && (any || boot_complain(boot,
		"neither a script for U-Boot (fdt, booti) nor a config of ImageBuilder (XEN=)"));
}
