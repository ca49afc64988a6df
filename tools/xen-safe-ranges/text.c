// SPDX-License-Identifier: GPL-2.0
/* Sizes, colours, messages. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "text.h"

static bool coloured;

/**
 * size_text() - a size for people
 * @size: bytes; 0 is 2^64
 *
 * Return: "64 KiB", "15.9 GiB"; good for eight calls.
 */
const char *size_text(u64 size)
{
	static const char units[] = " KMGTPE";
	static char texts[8][16];
	static unsigned int next;
	char *text = texts[next++ % 8];
	double value = size ? size : 0x1p64;
	int unit = 0;

	while (value >= 1024 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	if (!unit)
		snprintf(text, sizeof(texts[0]), "%u B", (unsigned int)value);
	else if (value == (unsigned int)value)
		snprintf(text, sizeof(texts[0]), "%u %ciB", (unsigned int)value, units[unit]);
	else
		snprintf(text, sizeof(texts[0]), "%.1f %ciB", value, units[unit]);
	return text;
}

/**
 * use_colour() - decide on colour
 * @colour: on, off, or if standard output is a terminal and NO_COLOR is not set
 */
void use_colour(enum switch3 colour)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	coloured = colour == ON ||
		   (colour == BY_ITSELF && isatty(STDOUT_FILENO) && !(no && *no) &&
		    !(term && !strcmp(term, "dumb")));
}

const char *owner_colour(enum sr_owner owner)
{
	static const char * const colours[SR_OWNERS] = {
		[SR_FREE]	= "\033[1;32m",
		[SR_RAM]	= "\033[34m",
		[SR_RESERVED]	= "\033[35m",
		[SR_PCI_WINDOW]	= "\033[33m",
		[SR_BUS_WINDOW]	= "\033[36m",
		[SR_GRANT_TABLE] = "\033[35m",
		[SR_EXCLUDED]	= "\033[31m",
	};

	return coloured && colours[owner] ? colours[owner] : "";
}

const char *bold(void)
{
	return coloured ? "\033[1m" : "";
}

const char *red(void)
{
	return coloured ? "\033[31m" : "";
}

const char *plain(void)
{
	return coloured ? "\033[0m" : "";
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
	if (!list) {
		complain(NULL, "out of memory");
		exit(STATUS_UNSAFE);
	}
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
