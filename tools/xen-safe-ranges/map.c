// SPDX-License-Identifier: GPL-2.0
/* map: who owns which part of the address space, bus by bus, and the holes. */
#include <libfdt.h>
#include <linux/minmax.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

/* The nodes in the order in which they are shown. */
struct entry {
	int node;		/* index */
	int parent;		/* index */
	u64 low;		/* lowest address in it or below */
	bool shown;
	const struct sr_claim *lines;
	unsigned int nr_lines;
};

struct map {
	const struct board *board;
	struct sr_claim *lines;	/* in the order of nodes; a large window is SR_FREE */
	unsigned int nr_lines;
	struct sr_range *ram;
	unsigned int nr_ram;
	struct entry *entries;
	unsigned int *first;	/* by node: the first entry with this parent */
	int digits;
};

static int by_node_and_address(const void *a, const void *b)
{
	const struct sr_claim *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->range.start < y->range.start ? -1 : x->range.start > y->range.start;
}

static int by_start(const void *a, const void *b)
{
	const struct sr_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_overlap(const void *a, const void *b)
{
	const struct sr_range *x = a, *y = b;

	return x->last < y->start ? -1 : x->start > y->last;
}

/* RAM in rising order; each range ends where the highest up to it does. */
static void collect_ram(struct map *map)
{
	const struct board *board = map->board;

	map->ram = resize(NULL, board->tree.nr_claims + 1, sizeof(*map->ram));
	for (unsigned int i = 0; i < board->tree.nr_claims; i++)
		if (board->tree.claims[i].owner == SR_RAM)
			map->ram[map->nr_ram++] = board->tree.claims[i].range;
	qsort(map->ram, map->nr_ram, sizeof(*map->ram), by_start);
	for (unsigned int i = 1; i < map->nr_ram; i++)
		map->ram[i].last = max(map->ram[i].last, map->ram[i - 1].last);
}

/* The decision drops windows with RAM in them; here they are shown as such. */
static bool has_ram(const struct map *map, const struct sr_range *range)
{
	return bsearch(range, map->ram, map->nr_ram, sizeof(*range), by_overlap);
}

/* Why a line claims nothing, or NULL. */
static const char *only_forwards(const struct map *map, const struct sr_claim *line)
{
	if (line->owner == SR_FREE)
		return "only forwards: larger than 1 GiB";
	if (line->owner == SR_BUS_WINDOW && has_ram(map, &line->range))
		return "only forwards: RAM is in it";
	return NULL;
}

static const char *line_text(const struct map *map, const struct sr_claim *line)
{
	/* In a host's tree RAM is the host's. */
	if (line->owner == SR_RAM && !is_domain(map->board))
		return "RAM";
	return only_forwards(map, line) ?: sr_owner_name(line->owner);
}

static void collect_lines(struct map *map)
{
	const struct board *board = map->board;

	collect_ram(map);
	map->lines = resize(NULL, board->tree.nr_claims + board->nr_windows + 1,
			    sizeof(*map->lines));
	for (unsigned int i = 0; i < board->tree.nr_claims; i++)
		map->lines[map->nr_lines++] = board->tree.claims[i];
	for (unsigned int i = 0; i < board->nr_windows; i++)
		map->lines[map->nr_lines++] = board->windows[i];
	qsort(map->lines, map->nr_lines, sizeof(*map->lines), by_node_and_address);
}

static int by_parent_and_low(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->node - y->node;
}

static void show_up_to_root(struct map *map, int i, u64 low)
{
	for (; i >= 0; i = map->board->nodes[i].parent) {
		if (map->entries[i].shown && map->entries[i].low <= low)
			return;
		map->entries[i].shown = true;
		map->entries[i].low = min(map->entries[i].low, low);
	}
}

static void order_nodes(struct map *map)
{
	unsigned int nr = map->board->nr_nodes, i;
	int node;

	map->entries = resize(NULL, nr, sizeof(*map->entries));
	map->first = resize(NULL, nr + 1, sizeof(*map->first));
	memset(map->first, 0, (nr + 1) * sizeof(*map->first));
	for (i = 0; i < nr; i++)
		map->entries[i] = (struct entry){
			.node = i, .parent = map->board->nodes[i].parent, .low = U64_MAX,
		};
	for (i = 0; i < map->nr_lines; i++) {
		node = node_index(map->board, map->lines[i].node);
		if (node < 0)
			continue;
		if (!map->entries[node].nr_lines++)
			map->entries[node].lines = &map->lines[i];
		show_up_to_root(map, node, map->lines[i].range.start);
	}
	qsort(map->entries, nr, sizeof(*map->entries), by_parent_and_low);
	for (i = nr; i-- > 0; )
		if (map->entries[i].parent >= 0)
			map->first[map->entries[i].parent] = i;
}

static void print_range(const struct map *map, const struct sr_range *range)
{
	printf("%s %9s  ", range_text(range, map->digits), size_text(range_size(range)));
}

static const char *line_property(const struct sr_claim *line)
{
	if (line->node < 0)
		return "/memreserve/";
	return line->owner == SR_FREE || line->owner == SR_PCI_WINDOW || line->owner == SR_PCI_PEERS ||
	       line->owner == SR_BUS_WINDOW ? "ranges" : "reg";
}

static void print_line(const struct map *map, const struct sr_claim *line, const char *branch,
		       const char *name)
{
	const char *colour = owner_colour(line->owner == SR_FREE ? SR_BUS_WINDOW : line->owner);

	print_range(map, &line->range);
	printf("%s%s%s%s%s  %s: %s\n", branch, colour, name, *colour ? plain : "",
	       is_enabled(map->board, line->node) ? "" : " (disabled)", line_property(line),
	       line_text(map, line));
}

static bool forwards_all(const struct board *board, int offset)
{
	int len;

	return offset && fdt_getprop(board->fdt, offset, "ranges", &len) && !len;
}

/* What the tree drawn to the left of a name needs at most. */
#define MAX_BRANCH	(SR_MAX_DEPTH * 6 + 16)

static void print_node(const struct map *map, const struct entry *entry, const char *branch,
		       const char *below)
{
	int offset = map->board->nodes[entry->node].offset;
	const char *name = node_name(map->board, offset);

	if (!entry->nr_lines)
		printf("%*s%s%s%s\n", 2 * map->digits + 17, "", branch, name,
		       forwards_all(map->board, offset) ? "  ranges: only forwards" : "");
	for (unsigned int n = 0; n < entry->nr_lines; n++)
		print_line(map, &entry->lines[n], n ? below : branch, n ? " +" : name);
}

static void print_children(const struct map *map, int parent, const char *prefix)
{
	char branch[MAX_BRANCH], below[MAX_BRANCH];
	unsigned int e = map->first[parent], nr = map->board->nr_nodes;

	for (; e && e < nr && map->entries[e].parent == parent && map->entries[e].shown; e++) {
		bool last = e + 1 == nr || map->entries[e + 1].parent != parent ||
			    !map->entries[e + 1].shown;

		snprintf(branch, sizeof(branch), "%s%s", prefix, last ? "└─ " : "├─ ");
		snprintf(below, sizeof(below), "%s%s", prefix, last ? "   " : "│  ");
		print_node(map, &map->entries[e], branch, below);
		print_children(map, map->entries[e].node, below);
	}
}

static const char *piece_name(const struct map *map, const struct sr_piece *piece)
{
	if (piece->node >= 0)
		return node_path(map->board, piece->node);
	return piece->owner == SR_UNMAPPABLE ? "the end" : sr_owner_name(piece->owner);
}

static const char *piece_before(const struct map *map, const struct sr_decision *holes,
				unsigned int i)
{
	return i ? piece_name(map, &holes->pieces[i - 1]) : "the start";
}

static const char *piece_after(const struct map *map, const struct sr_decision *holes,
			       unsigned int i)
{
	return i + 1 < holes->nr_pieces ? piece_name(map, &holes->pieces[i + 1]) : "the end";
}

static void print_holes(const struct map *map, const struct sr_decision *holes)
{
	print_title("Holes");
	for (unsigned int i = 0; i < holes->nr_pieces; i++) {
		const struct sr_piece *piece = &holes->pieces[i];

		if (piece->owner != SR_FREE)
			continue;
		print_range(map, &piece->range);
		printf("%shole%s between %s and %s\n", owner_colour(SR_FREE), plain,
		       piece_before(map, holes, i), piece_after(map, holes, i));
	}
}

static void print_map(const struct map *map, const struct sr_decision *holes)
{
	const struct board *board = map->board;

	printf("%s%s: %s%s\n\n", bold, board->file, board_model(board), plain);
	for (unsigned int i = 0; i < map->nr_lines && map->lines[i].node < 0; i++) {
		print_range(map, &map->lines[i].range);
		printf("%s: %s\n", line_property(&map->lines[i]), line_text(map, &map->lines[i]));
	}
	printf("%*s/\n", 2 * map->digits + 17, "");
	print_children(map, 0, "");
	print_holes(map, holes);
	print_problems(board, "Problems", "");
	if (!board->ram_end && !is_acpi(board))
		printf("\n%sNo RAM in this tree: it is in one of the holes.%s\n", red, plain);
	if (board->tree.unclear)
		printf("%sAn address could not be translated: a hole may be none.%s\n",
		       red, plain);
}

static json_t *json_lines(const struct map *map)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < map->nr_lines; i++) {
		const struct sr_claim *line = &map->lines[i];

		json_add(list, "{s:o, s:o, s:b, s:s, s:s, s:s, s:b}",
			 "start", json_hex(line->range.start),
			 "last", json_hex(line->range.last),
			 "claims", !only_forwards(map, line),
			 "owner", line_text(map, line),
			 "node", node_path(map->board, line->node),
			 "property", line_property(line),
			 "enabled", is_enabled(map->board, line->node));
	}
	return list;
}

static json_t *json_holes(const struct map *map, const struct sr_decision *holes)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < holes->nr_pieces; i++) {
		const struct sr_range *range = &holes->pieces[i].range;

		if (holes->pieces[i].owner == SR_FREE)
			json_add(list, "{s:o, s:o, s:s, s:s}",
				 "start", json_hex(range->start),
				 "last", json_hex(range->last),
				 "after", piece_before(map, holes, i),
				 "before", piece_after(map, holes, i));
	}
	return list;
}

static void dump_json(const struct map *map, const struct sr_decision *holes)
{
	json_t *root = json_board(map->board);

	json_object_set_new(root, "regions", json_lines(map));
	json_object_set_new(root, "holes", json_holes(map, holes));
	json_print(root);
}

/* As many digits as the last byte that is not beyond the end needs. */
static int count_digits(const struct map *map, const struct sr_decision *holes)
{
	u64 last = 0;

	for (unsigned int i = 0; i < holes->nr_pieces; i++)
		if (holes->pieces[i].owner != SR_UNMAPPABLE)
			last = max(last, holes->pieces[i].range.last);
	for (unsigned int i = 0; i < map->nr_lines; i++)
		last = max(last, map->lines[i].range.last);
	return hex_digits(last);
}

static int draw(const struct board *board, const struct options *options,
		const struct sr_decision *holes)
{
	struct view view;
	int err = view_open(&view, board, options);

	if (err)
		return STATUS_ERROR;
	err = write_svg(board, &view, holes, options->svg);
	view_close(&view);
	return err ? STATUS_ERROR : STATUS_FINE;
}

/**
 * map_board() - the command map
 * @board: the board
 * @options: the command line
 *
 * Return: the exit status.
 */
int map_board(const struct board *board, const struct options *options)
{
	struct map map = { .board = board };
	int status = STATUS_FINE;
	struct sr_decision holes;

	find_holes(board, options, &holes);
	collect_lines(&map);
	order_nodes(&map);
	map.digits = count_digits(&map, &holes);
	if (options->json)
		dump_json(&map, &holes);
	else if (!options->svg)
		print_map(&map, &holes);
	if (options->svg)
		status = draw(board, options, &holes);
	free(holes.pieces);
	free(map.lines);
	free(map.ram);
	free(map.entries);
	free(map.first);
	return status;
}
