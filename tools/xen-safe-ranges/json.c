// SPDX-License-Identifier: GPL-2.0
/* What map and explain have in common in JSON. */
#include "json.h"

/* Addresses are strings: JSON's numbers are doubles for many that read them. */
json_t *json_hex(u64 value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

json_t *json_range(const struct sr_range *range)
{
	return json_pack("{s:o, s:o}", "start", json_hex(range->start),
			 "last", json_hex(range->last));
}

/* An object with what both begin with. */
json_t *json_board(const struct board *board)
{
	json_t *root = json_object(), *list = json_array();
	unsigned int i;

	for (i = 0; i < board->nr_problems; i++) {
		const struct problem *problem = &board->problems[i];
		json_t *object = json_pack("{s:s, s:s, s:s}",
					   "node", node_path(board, problem->node),
					   "property", problem->property,
					   "expected", problem->expected);

		json_array_append_new(list, object);
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
