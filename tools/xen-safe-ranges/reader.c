// SPDX-License-Identifier: GPL-2.0
/* Whole files, or standard input for "-": trees, scripts, configurations. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/**
 * read_stream() - read a stream to its end
 * @stream: open
 * @max: bytes that it may have
 * @size: set to how many were read; more than @max: there is more
 *
 * Return: the bytes and a 0 behind them, to be freed; NULL with errno set.
 */
char *read_stream(FILE *stream, size_t max, size_t *size)
{
	char *data = resize(NULL, max + 2, 1);

	errno = 0;
	*size = fread(data, 1, max + 1, stream);
	if (ferror(stream)) {
		errno = errno ? errno : EIO;
		free(data);
		return NULL;
	}
	data = resize(data, *size + 1, 1);
	data[*size] = 0;
	return data;
}

/**
 * read_file() - read a file
 * @file: its name, or "-": standard input, once
 * @max: bytes that it may have
 * @size: set to how many were read; more than @max: there is more
 *
 * Return: the bytes and a 0 behind them, to be freed; NULL, the reason has been printed.
 */
char *read_file(const char *file, size_t max, size_t *size)
{
	bool standard = !strcmp(file, "-");
	static bool was_read;
	FILE *stream = standard ? stdin : fopen(file, "rb");
	char *data = NULL;

	if (standard && was_read) {
		complain(file, "standard input has been read already: name a file");
		return NULL;
	}
	was_read |= standard;
	if (stream)
		data = read_stream(stream, max, size);
	if (!data)
		complain(file, "%s", strerror(errno));
	if (stream && !standard)
		fclose(stream);
	return data;
}
