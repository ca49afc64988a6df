// SPDX-License-Identifier: GPL-2.0
/* Sizes, colours, messages; what map and explain have in common as text and JSON. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "text.h"

const char *bold = "", *red = "", *plain = "";

/* Room for a text that is soon used: good for eight calls of this and what returns it. */
char *next_text(void)
{
	static char texts[8][TEXT_ROOM];
	static unsigned int next;

	return texts[next++ % 8];
}

/**
 * size_text() - a size for people
 * @size: bytes; 0 is 2^64
 *
 * Return: "64 KiB", "15.9 GiB"; good for eight calls.
 */
const char *size_text(u64 size)
{
	static const char units[] = " KMGTPE";
	char *text = next_text();
	double value = size ? size : 0x1p64;
	int unit = 0;

	while (value >= 1024 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	if (!unit)
		snprintf(text, TEXT_ROOM, "%u B", (unsigned int)value);
	else
		snprintf(text, TEXT_ROOM, "%.*f %ciB", value != (unsigned int)value, value,
			 units[unit]);
	return text;
}

/* First and last byte, of so many digits at the least; good for eight calls. */
const char *range_text(const struct sr_range *range, int digits)
{
	char *text = next_text();

	snprintf(text, TEXT_ROOM, "0x%0*llx-0x%0*llx", digits, (unsigned long long)range->start,
		 digits, (unsigned long long)range->last);
	return text;
}

/* Digits that an address needs, and at least eight. */
int hex_digits(u64 address)
{
	int digits = snprintf(NULL, 0, "%llx", (unsigned long long)address);

	return digits < 8 ? 8 : digits;
}

/**
 * use_colour() - decide on colour
 * @colour: on, off, or if standard output is a terminal and NO_COLOR is not set
 */
void use_colour(enum switch3 colour)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (colour == OFF)
		return;
	if (colour == BY_ITSELF && (!isatty(STDOUT_FILENO) || (no && *no) ||
				    (term && !strcmp(term, "dumb"))))
		return;
	bold = "\033[1m";
	red = "\033[31m";
	plain = "\033[0m";
}

const char *owner_colour(enum sr_owner owner)
{
	static const char * const colours[SR_OWNERS] = {
		[SR_FREE]	= "\033[1;32m",
		[SR_RAM]	= "\033[34m",
		[SR_RESERVED]	= "\033[35m",
		[SR_PCI_WINDOW]	= "\033[33m",
		[SR_PCI_PEERS]	= "\033[33m",
		[SR_BUS_WINDOW]	= "\033[36m",
		[SR_GRANT_TABLE] = "\033[35m",
		[SR_EXCLUDED]	= "\033[31m",
	};

	return *plain && colours[owner] ? colours[owner] : "";
}

void print_title(const char *title)
{
	printf("\n%s%s%s\n", bold, title, plain);
}

/* What is not as it should be in a tree, a line each, if there is anything. */
void print_problems(const struct board *board, const char *title, const char *indent)
{
	if (board->nr_problems)
		print_title(title);
	for (unsigned int i = 0; i < board->nr_problems; i++)
		printf("%s%s %s: expected %s\n", indent,
		       node_path(board, board->problems[i].node),
		       board->problems[i].property, board->problems[i].expected);
}

/* Addresses are strings: JSON's numbers are doubles for many that read them. */
json_t *json_hex(u64 value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

json_t *json_ranges(const struct sr_range *ranges, unsigned int nr)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < nr; i++)
		json_add(list, "{s:o, s:o}",
			 "start", json_hex(ranges[i].start), "last", json_hex(ranges[i].last));
	return list;
}

/* Put what json_pack() makes of the arguments at the end of a list. */
void json_add(json_t *list, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	json_array_append_new(list, json_vpack_ex(NULL, 0, format, args));
	va_end(args);
}

/* An object with what both begin with. */
json_t *json_board(const struct board *board)
{
	json_t *root = json_object(), *list = json_array();

	for (unsigned int i = 0; i < board->nr_problems; i++) {
		const struct problem *problem = &board->problems[i];

		json_add(list, "{s:s, s:s, s:s}",
			 "node", node_path(board, problem->node),
			 "property", problem->property,
			 "expected", problem->expected);
	}
	/* A file's name need not be UTF-8. */
	if (json_object_set_new(root, "file", json_string(board->file)))
		json_object_set_new(root, "file", json_null());
	json_object_set_new(root, "model", json_string(board_model(board)));
	json_object_set_new(root, "problems", list);
	json_object_set_new(root, "unclear", json_boolean(board->tree.unclear));
	return root;
}

/* Print and forget. */
void json_print(json_t *root)
{
	json_dumpf(root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(root);
}

/* An error message on standard error. */
void complain(const char *file, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "xen-safe-ranges: %s%s", file ? file : "", file ? ": " : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Ends the program. */
void out_of_memory(void)
{
	complain(NULL, "out of memory");
	exit(STATUS_ERROR);
}

/**
 * resize() - make a list shorter or longer
 * @list: the list, or NULL
 * @nr: entries that there is to be room for
 * @size: of one
 *
 * Return: the list; without memory, the program ends.
 */
void *resize(void *list, unsigned int nr, size_t size)
{
	list = realloc(list, nr * size);
	if (!list)
		out_of_memory();
	return list;
}

/**
 * more() - make room for one more entry
 * @list: grows at each power of two
 * @nr: entries that it has
 * @size: of one
 *
 * Return: the list; without memory, the program ends.
 */
void *more(void *list, unsigned int nr, size_t size)
{
	return nr & (nr - 1) ? list : resize(list, nr ? 2 * nr : 1, size);
}
