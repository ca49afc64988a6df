/* SPDX-License-Identifier: GPL-2.0 */
/* What the boot loader does: U-Boot's script, ImageBuilder's config */
#ifndef _BOOT_H
#define _BOOT_H

#include <stdbool.h>

#include "board.h"

#define MAX_WORDS	256

/**
 * struct boot - a script or config that is being read
 * @file: its name
 * @line: that is being read, from 1; 0: before the first
 * @at: what of the text is still to be read
 * @words: of a command, without quotes and with variables set in
 * @nr_words: how many
 * @variables: names and values
 * @files: addresses and names of what was loaded
 * @fdt: the tree, with room
 * @xen: where Xen lies; last < start: not known
 * @tree: the same, the tree
 * @says: the same in words
 * @booted: the command that boots was there
 * @config: a config without the script that is written of it
 * @failed: the reason has been printed
 */
struct boot {
	const char *file;
	unsigned int line;
	const char *at;
	char *words[MAX_WORDS];
	unsigned int nr_words;
	struct pairs {
		char **list;
		unsigned int nr;
	} variables, files;
	void *fdt;
	struct sr_range xen, tree;
	char says[TEXT_ROOM];
	bool booted;
	bool config;
	bool failed;
};

/* boot-words.c */
bool next_command(struct boot *boot);
const char *get_pair(const struct pairs *pairs, const char *name);
void set_pair(struct pairs *pairs, const char *name, const char *value);
void free_pairs(struct pairs *pairs);
__printf(2, 3)
bool boot_complain(struct boot *boot, const char *format, ...);

/* boot-script.c */
char *path_beside(const struct boot *boot, const char *name);
char *file_beside(const struct boot *boot, const char *name, size_t *size);
bool run_commands(struct boot *boot, const char *text, unsigned int line);

/* imagebuilder.c */
bool is_config(const char *text);
bool run_config(struct boot *boot, const char *text);

/* boot.c */
char *read_script(const char *file);
void *boot_tree(struct boot *boot, void *fdt);

#endif /* _BOOT_H */
