// SPDX-License-Identifier: GPL-2.0
/*
 * A config of ImageBuilder (scripts/uboot-script-gen): assignments for a shell, which are
 * read and not executed. Addresses are not in it: they follow from the sizes of files, in
 * an order that changed with ImageBuilder's versions, so the script that it wrote is read
 * if it is there. If not, what the config itself says is applied to the tree.
 */
#include <ctype.h>
#include <linux/array_size.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "text.h"

/* By these it is told from a script. */
static const char * const known[] = {
	"MEMORY_START=", "MEMORY_END=", "DEVICE_TREE=", "XEN=", "XEN_CMD=", "DOM0_KERNEL=",
	"NUM_DOMUS=", "UBOOT_SOURCE=", "UBOOT_SCRIPT=",
};

bool is_config(const char *text)
{
	for (; *text; text += !!*text) {
		for (unsigned int i = 0; i < ARRAY_SIZE(known); i++)
			if (!strncmp(text, known[i], strlen(known[i])))
				return true;
		text += strcspn(text, "\n");
	}
	return false;
}

static const char *get(const struct boot *boot, const char *name)
{
	const char *value = get_pair(&boot->variables, name);

	return value && *value ? value : NULL;
}

/* Of a domain: "DOMU_MEM[0]" */
static const char *name_of(const char *name, unsigned int i)
{
	char *text = next_text();

	snprintf(text, TEXT_ROOM, "%s[%u]", name, i);
	return text;
}

/* NAME=value or NAME[number]=value, as it was read */
static bool read_assignment(struct boot *boot, struct pairs *lines)
{
	char *word = boot->words[0], *at = word, *line = next_text();

	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	if (at != word && *at == '[')
		at += 1 + strspn(at + 1, "0123456789");
	at += *at == ']';
	if (boot->nr_words != 1 || at == word || *at != '=')
		return boot_complain(boot,
				     "\"%s\" is not understood: expected NAME=value, NAME[0]=value",
				     clean_text(word));
	if (strpbrk(at, "$`"))
		return boot_complain(boot,
				     "\"%s\" takes a shell, and none is run: write its value",
				     clean_text(word));
	*at = 0;
	snprintf(line, TEXT_ROOM, "%u", boot->line);
	set_pair(lines, word, line);
	set_pair(&boot->variables, word, at + 1);
	return true;
}

/* A number that the config has, or 0 */
static bool get_count(struct boot *boot, const char *name, unsigned int *count)
{
	const char *value = get(boot, name);
	char *end;

	*count = value ? strtoul(value, &end, 0) : 0;
	if (!value || (!*end && *value != '-' && *count <= 256))
		return true;
	return boot_complain(boot, "%s=\"%s\": expected a number up to 256", name,
			     clean_text(value));
}

/* Do a command as ImageBuilder writes it; an error is one of the line that has @name. */
__printf(4, 5)
static bool run(struct boot *boot, const struct pairs *lines, const char *name,
		const char *format, ...)
{
	const char *line = get_pair(lines, name);
	va_list args;
	char *text;
	bool ok;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	va_end(args);
	ok = run_commands(boot, text, line ? strtoul(line, NULL, 10) : 0);
	free(text);
	return ok;
}

/* "start size start size": as cells; NULL, and the reason has been printed */
static char *static_mem_cells(struct boot *boot, const char *name)
{
	char *text = strdup(get(boot, name)), *cells, *word, *rest;
	unsigned int nr = 0;
	bool ok = true;
	size_t size;
	FILE *stream = open_memstream(&cells, &size);

	if (!text || !stream)
		out_of_memory();
	for (word = strtok_r(text, " \t\n", &rest); word && ok;
	     word = strtok_r(NULL, " \t\n", &rest), nr++) {
		char *end;
		u64 value = strtoull(word, &end, 0);

		ok = !*end && *word != '-';
		fprintf(stream, " %#x %#x", (u32)(value >> 32), (u32)value);
	}
	fclose(stream);
	free(text);
	if (ok && nr && nr % 2 == 0)
		return cells;
	free(cells);
	boot_complain(boot, "%s: expected pairs of address and size", name);
	return NULL;
}

static bool add_static_mem(struct boot *boot, const struct pairs *lines, unsigned int i)
{
	const char *name = name_of("DOMU_STATIC_MEM", i);
	const char *direct = get(boot, name_of("DOMU_DIRECT_MAP", i));
	char *cells;
	bool ok;

	if (!get(boot, name))
		return true;
	cells = static_mem_cells(boot, name);
	if (!cells)
		return false;
	ok = run(boot, lines, name,
		 "fdt set /chosen/domU%u xen,static-mem <%s>; %s fdt set /chosen/domU%u direct-map",
		 i, cells, direct && !strcmp(direct, "0") ? "#" : "", i);
	free(cells);
	return ok;
}

static bool pass_through(struct boot *boot, const struct pairs *lines, unsigned int i)
{
	const char *name = name_of("DOMU_PASSTHROUGH_PATHS", i), *paths = get(boot, name);
	char *copy = paths ? strdup(paths) : NULL, *path, *rest;
	bool ok = true;

	for (path = copy ? strtok_r(copy, " \t\n", &rest) : NULL; path && ok;
	     path = strtok_r(NULL, " \t\n", &rest))
		ok = run(boot, lines, name, "fdt set '%s' xen,passthrough", path);
	free(copy);
	return ok;
}

static bool add_domain(struct boot *boot, const struct pairs *lines, unsigned int i)
{
	/* One that dom0 makes later has no node. */
	if (!get(boot, name_of("DOMU_NOBOOT", i)) &&
	    (!run(boot, lines, "NUM_DOMUS", "fdt mknod /chosen domU%u\n"
		  "fdt set /chosen/domU%u compatible xen,domain\n"
		  "fdt set /chosen/domU%u \\#address-cells <2>\n"
		  "fdt set /chosen/domU%u \\#size-cells <2>", i, i, i, i) ||
	     !add_static_mem(boot, lines, i)))
		return false;
	return pass_through(boot, lines, i);
}

static bool add_overlay(struct boot *boot, const struct pairs *lines, unsigned int i)
{
	const char *name = name_of("DT_OVERLAY", i), *file = get(boot, name);

	return !file || run(boot, lines, name, "tftpb %x '%s'; fdt apply %x", i, file, i);
}

static bool set_xen_args(struct boot *boot, const struct pairs *lines)
{
	const char *args = get(boot, "XEN_CMD");

	if (args)
		return run(boot, lines, "XEN_CMD", "fdt set /chosen xen,xen-bootargs '%s'", args);
	return run(boot, lines, "DOM0_MEM", "fdt set /chosen xen,xen-bootargs dom0_mem=%sM",
		   get(boot, "DOM0_MEM") ?: "1024");
}

static bool apply_config(struct boot *boot, const struct pairs *lines)
{
	unsigned int overlays, domains, i;
	bool ok;

	boot->line = 0;
	if (!get(boot, "DOM0_KERNEL"))
		return boot_complain(boot, "no DOM0_KERNEL, and so no dom0");
	ok = get_count(boot, "NUM_DT_OVERLAY", &overlays) &&
	     get_count(boot, "NUM_DOMUS", &domains);
	for (i = 0; ok && i < overlays; i++)
		ok = add_overlay(boot, lines, i);
	ok = ok && set_xen_args(boot, lines);
	for (i = 0; ok && i < domains; i++)
		ok = add_domain(boot, lines, i);
	return ok;
}

/* The script that was made of the config, if it is there: it has the addresses, too. */
static char *find_script(const struct boot *boot, char **path)
{
	const char *name = get(boot, "UBOOT_SOURCE") ?: get(boot, "UBOOT_SCRIPT");

	*path = name ? path_beside(boot, name) : NULL;
	if (*path && !access(*path, R_OK))
		return read_script(*path);
	return NULL;
}

/**
 * run_config() - do what a config says
 * @boot: the config, and the tree that it changes
 * @text: its lines
 *
 * Return: whether it went well; otherwise the reason has been printed.
 */
bool run_config(struct boot *boot, const char *text)
{
	struct pairs lines = { };
	char *path, *script;
	bool ok = true;

	boot->at = text;
	boot->line = 1;
	while (ok && next_command(boot))
		ok = read_assignment(boot, &lines);
	if (!ok || boot->failed) {
		free_pairs(&lines);
		return false;
	}
	script = find_script(boot, &path);
	if (script) {
		/* Its own variables are others. */
		free_pairs(&boot->variables);
		boot->file = path;
		ok = run_commands(boot, script, 1);
	} else {
		boot->config = true;
		ok = apply_config(boot, &lines);
	}
	free(script);
	free(path);
	free_pairs(&lines);
	return ok;
}
