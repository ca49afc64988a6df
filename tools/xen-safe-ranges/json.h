/* SPDX-License-Identifier: GPL-2.0 */
/* What map and explain have in common in JSON. */
#ifndef _JSON_H
#define _JSON_H

#include <jansson.h>

#include "board.h"

json_t *json_hex(u64 value);
json_t *json_range(const struct sr_range *range);
json_t *json_board(const struct board *board);
void json_print(json_t *root);

#endif /* _JSON_H */
