/* SPDX-License-Identifier: GPL-2.0 */
/* What is shown, as text and JSON: sizes, colours, messages; files; memory for lists */
#ifndef _TEXT_H
#define _TEXT_H

#include <jansson.h>
#include <stdio.h>

#include "board.h"
#include "xen-model.h"

/* What the user says, or what follows from something else. */
enum switch3 { BY_ITSELF, OFF, ON };

char *next_text(void);
const char *size_text(u64 size);
const char *range_text(const struct sr_range *range, int digits);
int hex_digits(u64 address);

/* For the terminal; empty without colour. */
extern const char *bold, *red, *plain;

void use_colour(enum switch3 colour);
const char *owner_colour(enum sr_owner owner);
void print_title(const char *title);
void print_problems(const struct board *board, const char *title, const char *indent);

json_t *json_hex(u64 value);
json_t *json_ranges(const struct sr_range *ranges, unsigned int nr);
json_t *json_board(const struct board *board);
void json_add(json_t *list, const char *format, ...);
void json_print(json_t *root);

char *read_stream(FILE *stream, size_t max, size_t *size);
char *read_file(const char *file, size_t max, size_t *size);

__printf(2, 3) void complain(const char *file, const char *format, ...);
void out_of_memory(void);
void *resize(void *list, unsigned int nr, size_t size);
void *more(void *list, unsigned int nr, size_t size);

#endif /* _TEXT_H */
