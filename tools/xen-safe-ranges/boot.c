// SPDX-License-Identifier: GPL-2.0
/*
 * What the boot loader does to a board's tree before Xen sees it: a script for U-Boot, as
 * text or as mkimage packs it, or the config that ImageBuilder makes such a script of. Its
 * commands are applied to the tree, so that whatever is read of a tree is read of them, too.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "text.h"

#define MAX_SCRIPT	0x100000

/* struct legacy_img_hdr of U-Boot, include/image.h; all big-endian */
#define UIMAGE_MAGIC	0x27051956
#define UIMAGE_HEADER	64
#define UIMAGE_SIZE	12
#define UIMAGE_TYPE	30
#define UIMAGE_COMP	31
#define TYPE_SCRIPT	6

static u32 word_at(const char *data, unsigned int offset)
{
	return fdt32_ld((const fdt32_t *)(data + offset));
}

/* In a uImage a script is the first of a list of parts: their sizes, and a 0. */
static const char *check_uimage(const char *data, size_t size)
{
	if (size < UIMAGE_HEADER + 8)
		return "truncated: not even a uImage's header";
	if (data[UIMAGE_TYPE] != TYPE_SCRIPT || data[UIMAGE_COMP])
		return "a uImage, but no script that is not compressed (mkimage -T script -C none)";
	if (word_at(data, UIMAGE_SIZE) > size - UIMAGE_HEADER ||
	    word_at(data, UIMAGE_HEADER) > size - UIMAGE_HEADER - 8)
		return "truncated: its header tells of more bytes than there are";
	return word_at(data, UIMAGE_HEADER + 4) ? "a script of more than one part" : NULL;
}

/* The text of a script, to be freed; NULL: the reason has been printed. */
char *read_script(const char *file)
{
	size_t size;
	char *text = read_file(file, MAX_SCRIPT, &size);
	const char *why = NULL;

	if (!text)
		return NULL;
	if (size > MAX_SCRIPT) {
		why = "larger than 1 MiB, which no script is";
	} else if (size >= 4 && word_at(text, 0) == UIMAGE_MAGIC) {
		why = check_uimage(text, size);
		if (!why) {
			size = word_at(text, UIMAGE_HEADER);
			memmove(text, text + UIMAGE_HEADER + 8, size);
			text[size] = 0;
		}
	}
	if (!why && memchr(text, 0, size))
		why = "neither a script for U-Boot nor a config of ImageBuilder: it is no text";
	if (!why)
		return text;
	complain(file, "%s", why);
	free(text);
	return NULL;
}

static bool run_script(struct boot *boot)
{
	char *text = read_script(boot->file);
	bool ok;

	if (!text)
		return false;
	ok = is_config(text) ? run_config(boot, text) : run_commands(boot, text, 1);
	free(text);
	return ok;
}

/* What explain shows of it, and check, if an option says something else. */
static void say_places(struct boot *boot)
{
	size_t len = strlen(boot->says);

	if (!boot->booted) {
		snprintf(boot->says, sizeof(boot->says),
			 "where Xen and the tree lie is not known: %s (--xen-at, --tree-at)",
			 boot->config ?
			 "the script that ImageBuilder writes is not beside its config" :
			 "there is no booti");
		return;
	}
	if (boot->tree.start <= boot->tree.last)
		snprintf(boot->says + len, sizeof(boot->says) - len, "; the tree at %s",
			 range_text(&boot->tree, 8));
	else
		snprintf(boot->says + len, sizeof(boot->says) - len,
			 "; U-Boot moves the tree, as fdt_high is not set (--tree-at)");
}

/**
 * boot_tree() - make of a board's tree what the boot loader makes of it
 * @boot: @file is the script, or a config; the rest is filled in
 * @fdt: the tree, which is freed
 *
 * Return: the new tree, to be freed; or NULL, the reason has been printed.
 */
void *boot_tree(struct boot *boot, void *fdt)
{
	/* Linux and Xen take 2 MiB at most. */
	int room = fdt_totalsize(fdt) + 0x200000;
	bool ok;

	boot->fdt = resize(NULL, room, 1);
	ok = !fdt_open_into(fdt, boot->fdt, room) && run_script(boot) && !fdt_pack(boot->fdt);
	free(fdt);
	free_pairs(&boot->variables);
	free_pairs(&boot->files);
	while (boot->nr_words)
		free(boot->words[--boot->nr_words]);
	if (!ok) {
		free(boot->fdt);
		return NULL;
	}
	/* image_setup_libfdt() has it end with a page. */
	if (boot->tree.start <= boot->tree.last)
		boot->tree.last = (boot->tree.start + fdt_totalsize(boot->fdt) - 1) | 0xfff;
	say_places(boot);
	return boot->fdt;
}
