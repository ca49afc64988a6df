// SPDX-License-Identifier: GPL-2.0
/*
 * xen-safe-ranges COMMAND [OPTION]... BOARD...: xen-safe-ranges(1)
 *
 * What a board's device tree leaves for foreign mappings. What is safe is decided by
 * drivers/xen/safe-ranges*.c, the kernel's own code; what Xen does is worked out by
 * tools/xen-model. The data's way through the other files:
 *
 *   options.c  the command line; xen-log.c, kernel.c  what takes its place
 *   boot.c     a boot script or ImageBuilder's config, applied to a tree: boot-script.c,
 *              imagebuilder.c, boot-words.c
 *   xen-args.c Xen's own command line, in a tree
 *   reader.c   a file or standard input, to its end
 *   input.c    these bytes, source text or not -> a blob that libfdt can walk
 *   board.c    blob -> nodes, claims, published ranges, config
 *   devices.c, media.c  IOMMUs and DMA masters, and what kind of these
 *   dom0.c     the tree that Xen makes for dom0
 *   view.c     what the kernel will decide with it
 *   domus.c    domains that Xen starts
 *   partial.c  their partial trees, given as a board
 *   guest.c    a guest's xl configuration, which takes none of this way
 *   map.c, svg.c, explain.c, check.c, suggest.c, diff.c, text.c   what is shown
 */
#include <linux/array_size.h>
#include <string.h>

#include "commands.h"
#include "text.h"

static const struct {
	const char *name;
	int (*run)(const struct board *board, const struct options *options);
	const char *what;
} commands[] = {
	{ "map", map_board, "what owns which part of the address space, and the holes" },
	{ "explain", explain_board, "what dom0's kernel will decide there, and why" },
	{ "check", check_board, "warnings, a line each; exit status 0, 1 or 2" },
	{ "suggest", suggest_board, "a device tree overlay with settings for the board" },
	{ "guest", NULL, "what a guest's xl configuration gets it; exit status as check" },
	{ "diff", NULL, "what changes for dom0 between two trees; exit status 1 if anything" },
};

#define COMMANDS ARRAY_SIZE(commands)

static bool is_command(unsigned int command, const char *name)
{
	return !strcmp(commands[command].name, name);
}

static void print_usage(FILE *stream)
{
	fprintf(stream, "usage: xen-safe-ranges COMMAND [OPTION]... BOARD...\n");
	for (unsigned int i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-9s %s\n", commands[i].name, commands[i].what);
	fprintf(stream, "BOARD is a .dtb, a .dts, /sys/firmware/fdt, a directory as /proc/device-tree, or\n"
		"- for standard input; for guest, a configuration of xl's.\n"
		"The options are in the manual page xen-safe-ranges(1):\n");
	print_options(stream);
}

static int run(unsigned int command, const char *file, const struct options *options)
{
	struct board board;
	int status;

	if (board_open(&board, file, options->boot))
		return STATUS_ERROR;
	if (!is_partial(&board)) {
		status = commands[command].run(&board, options);
	} else if (is_command(command, "check") || is_command(command, "explain")) {
		status = partial_board(&board, options,
				       is_command(command, "explain") && !options->json);
	} else {
		complain(file, "a partial device tree of a domain that Xen starts, no board's: check and explain take it");
		status = STATUS_ERROR;
	}
	board_close(&board);
	return status;
}

static int run_diff(char **files, const struct options *options)
{
	struct board old, new;
	int status;

	if (board_open(&old, files[0], options->boot))
		return STATUS_ERROR;
	status = board_open(&new, files[1], options->boot) ? STATUS_ERROR : STATUS_FINE;
	if (!status) {
		status = diff_boards(&old, &new, options);
		board_close(&new);
	}
	board_close(&old);
	return status;
}

static int run_all(unsigned int command, int argc, char **argv)
{
	static struct options options;
	int i = read_options(argc, argv, &options), status = STATUS_FINE;

	if (i < 0)
		return STATUS_ERROR;
	if (options.live && i < argc) {
		complain(NULL, "--live is about this machine, and takes no board");
		return STATUS_ERROR;
	}
	if (options.live)
		argv[--i] = "/sys/firmware/fdt";
	if (i == argc) {
		complain(NULL, "%s: no board given; try --help", commands[command].name);
		return STATUS_ERROR;
	}
	if (argc - i > 1 && (options.svg || commands[command].run == suggest_board)) {
		complain(NULL, "%s takes one board", options.svg ? "--svg" : "suggest");
		return STATUS_ERROR;
	}
	if (options.svg && commands[command].run != map_board) {
		complain(NULL, "--svg draws a map: xen-safe-ranges map --svg=%s", options.svg);
		return STATUS_ERROR;
	}
	if (options.accepted && commands[command].run != check_board) {
		complain(NULL, "--accept is about what check finds");
		return STATUS_ERROR;
	}
	if (options.uboot && commands[command].run != suggest_board) {
		complain(NULL, "--uboot is about what suggest prints");
		return STATUS_ERROR;
	}
	if (options.accepted && !read_accepted(options.accepted))
		return STATUS_ERROR;
	if (is_command(command, "guest") && options.live) {
		complain(NULL, "guest takes xl configurations");
		return STATUS_ERROR;
	}
	if (is_command(command, "diff") && (argc - i != 2 || options.json)) {
		complain(NULL, "diff takes two boards, and prints lines");
		return STATUS_ERROR;
	}
	use_colour(options.colour);
	if (is_command(command, "diff"))
		status = run_diff(&argv[i], &options);
	for (; !is_command(command, "diff") && i < argc; i++) {
		int s = commands[command].run ? run(command, argv[i], &options) :
			guest_config(argv[i], &options);

		status = s > status ? s : status;
	}
	if (fflush(stdout) || ferror(stdout)) {
		complain(NULL, "cannot write the output");
		status = STATUS_ERROR;
	}
	return status;
}

int main(int argc, char **argv)
{
	for (unsigned int i = 1; i < (unsigned int)argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			print_usage(stdout);
			return STATUS_FINE;
		}
		if (!strcmp(argv[i], "--version")) {
			puts("xen-safe-ranges " VERSION);
			return STATUS_FINE;
		}
	}
	for (unsigned int i = 0; argc > 1 && i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return run_all(i, argc - 1, argv + 1);
	print_usage(stderr);
	return STATUS_ERROR;
}
