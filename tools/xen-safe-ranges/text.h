/* SPDX-License-Identifier: GPL-2.0 */
/* Sizes, colours, messages, and memory for lists */
#ifndef _TEXT_H
#define _TEXT_H

#include <stdio.h>

#include "xen-model.h"

/* What the user says, or what follows from something else. */
enum switch3 { BY_ITSELF, OFF, ON };

const char *size_text(u64 size);
void use_colour(enum switch3 colour);
const char *owner_colour(enum sr_owner owner);
const char *bold(void);
const char *red(void);
const char *plain(void);
__printf(2, 3) void complain(const char *file, const char *format, ...);
void *resize(void *list, unsigned int nr, size_t size);
void *more(void *list, unsigned int nr, size_t size);

#endif /* _TEXT_H */
