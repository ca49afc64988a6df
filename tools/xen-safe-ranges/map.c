// SPDX-License-Identifier: GPL-2.0
/* map: who owns which part of the address space, bus by bus, and the holes. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "svg.h"
#include "text.h"
#include "view.h"

/* A line of the map: a claim, or a window that claims nothing. */
struct line {
	struct sr_range range;
	int node;
	enum sr_owner owner;
	const char *note;
};

/* The nodes in the order in which they are shown. */
struct entry {
	int node;		/* index */
	int parent;		/* index */
	u64 low;		/* lowest address in it or below */
	bool shown;
};

struct map {
	const struct board *board;
	struct line *lines;	/* in the order of nodes */
	unsigned int nr_lines;
	struct sr_range *ram;
	unsigned int nr_ram;
	struct entry *entries;
	unsigned int *first;	/* by node: the first entry with this parent */
	int digits;
};

static void add_line(struct map *map, const struct sr_range *range, int node,
		     enum sr_owner owner, const char *note)
{
	map->lines = more(map->lines, map->nr_lines, sizeof(struct line));
	map->lines[map->nr_lines++] = (struct line){ *range, node, owner, note };
}

static int by_node_and_address(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->range.start < y->range.start ? -1 : x->range.start > y->range.start;
}

static int by_start(const void *a, const void *b)
{
	const struct sr_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* RAM in rising order; each range ends where the highest up to it does. */
static void collect_ram(struct map *map)
{
	const struct board *board = map->board;
	unsigned int i;

	for (i = 0; i < board->tree.nr_claims; i++) {
		if (board->tree.claims[i].owner != SR_RAM)
			continue;
		map->ram = more(map->ram, map->nr_ram, sizeof(*map->ram));
		map->ram[map->nr_ram++] = board->tree.claims[i].range;
	}
	if (map->nr_ram)
		qsort(map->ram, map->nr_ram, sizeof(*map->ram), by_start);
	for (i = 1; i < map->nr_ram; i++)
		if (map->ram[i - 1].last > map->ram[i].last)
			map->ram[i].last = map->ram[i - 1].last;
}

/* The decision drops windows with RAM in them; here they are shown as such. */
static bool has_ram(const struct map *map, const struct sr_range *range)
{
	unsigned int low = 0, high = map->nr_ram;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (map->ram[middle].start <= range->last)
			low = middle + 1;
		else
			high = middle;
	}
	return low && map->ram[low - 1].last >= range->start;
}

/* In a host's tree RAM is the host's. */
static const char *owner_text(const struct board *board, enum sr_owner owner)
{
	return owner == SR_RAM && !is_domain(board) ? "RAM" : sr_owner_name(owner);
}

static void collect_lines(struct map *map)
{
	const struct board *board = map->board;
	unsigned int i;

	collect_ram(map);
	for (i = 0; i < board->tree.nr_claims; i++) {
		const struct sr_claim *claim = &board->tree.claims[i];

		if (claim->owner == SR_BUS_WINDOW && has_ram(map, &claim->range))
			add_line(map, &claim->range, claim->node, SR_FREE,
				 "only forwards: RAM is in it");
		else
			add_line(map, &claim->range, claim->node, claim->owner,
				 owner_text(board, claim->owner));
	}
	for (i = 0; i < board->nr_windows; i++)
		add_line(map, &board->windows[i].range, board->windows[i].node, SR_FREE,
			 "only forwards: larger than 1 GiB");
	qsort(map->lines, map->nr_lines, sizeof(struct line), by_node_and_address);
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
		if (low < map->entries[i].low)
			map->entries[i].low = low;
	}
}

static void order_nodes(struct map *map)
{
	unsigned int nr = map->board->nr_nodes, i;

	map->entries = resize(NULL, nr, sizeof(*map->entries));
	map->first = resize(NULL, nr + 1, sizeof(*map->first));
	memset(map->first, 0, (nr + 1) * sizeof(*map->first));
	for (i = 0; i < nr; i++)
		map->entries[i] = (struct entry){
			.node = i, .parent = map->board->nodes[i].parent, .low = U64_MAX,
		};
	for (i = 0; i < map->nr_lines; i++)
		if (map->lines[i].node >= 0)
			show_up_to_root(map, node_index(map->board, map->lines[i].node),
					map->lines[i].range.start);
	qsort(map->entries, nr, sizeof(*map->entries), by_parent_and_low);
	for (i = nr; i-- > 0; )
		if (map->entries[i].parent >= 0)
			map->first[map->entries[i].parent] = i;
}

static const struct line *lines_of(const struct map *map, int offset, unsigned int *nr)
{
	unsigned int low = 0, high = map->nr_lines;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (map->lines[middle].node < offset)
			low = middle + 1;
		else
			high = middle;
	}
	for (*nr = 0; low + *nr < map->nr_lines && map->lines[low + *nr].node == offset; )
		++*nr;
	return &map->lines[low];
}

static void print_range(const struct map *map, const struct sr_range *range)
{
	printf("0x%0*llx-0x%0*llx %9s  ", map->digits, (unsigned long long)range->start,
	       map->digits, (unsigned long long)range->last, size_text(range_size(range)));
}

static void print_line(const struct map *map, const struct line *line, const char *branch,
		       const char *name)
{
	const char *colour = owner_colour(line->owner == SR_FREE ? SR_BUS_WINDOW : line->owner);

	print_range(map, &line->range);
	printf("%s%s%s%s%s  %s: %s\n", branch, colour, name, *colour ? plain() : "",
	       is_enabled(map->board, line->node) ? "" : " (disabled)",
	       line->note[0] == 'o' ? "ranges" : owner_property(line->owner), line->note);
}

static bool forwards_all(const struct board *board, int offset)
{
	int len;

	return offset && fdt_getprop(board->fdt, offset, "ranges", &len) && !len;
}

/* What the tree drawn to the left of a name needs at most. */
#define MAX_BRANCH	(SR_MAX_DEPTH * 6 + 16)

static void print_node(const struct map *map, int i, const char *branch, const char *below)
{
	int offset = map->board->nodes[i].offset;
	const char *name = node_name(map->board, offset);
	unsigned int nr, n;
	const struct line *line = lines_of(map, offset, &nr);

	if (!nr)
		printf("%*s%s%s%s\n", 2 * map->digits + 17, "", branch, name,
		       forwards_all(map->board, offset) ? "  ranges: only forwards" : "");
	for (n = 0; n < nr; n++)
		print_line(map, &line[n], n ? below : branch, n ? " +" : name);
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
		print_node(map, map->entries[e].node, branch, below);
		print_children(map, map->entries[e].node, below);
	}
}

static const char *piece_name(const struct map *map, const struct sr_piece *piece)
{
	if (piece->node >= 0)
		return node_path(map->board, piece->node);
	return piece->owner == SR_UNMAPPABLE ? "the end" : sr_owner_name(piece->owner);
}

static const char *piece_before(const struct map *map, const struct holes *holes,
				unsigned int i)
{
	return i ? piece_name(map, &holes->pieces[i - 1]) : "the start";
}

static const char *piece_after(const struct map *map, const struct holes *holes,
			       unsigned int i)
{
	return i + 1 < holes->nr_pieces ? piece_name(map, &holes->pieces[i + 1]) : "the end";
}

static void print_holes(const struct map *map, const struct holes *holes)
{
	unsigned int i;

	printf("\n%sHoles%s\n", bold(), plain());
	for (i = 0; i < holes->nr_pieces; i++) {
		const struct sr_piece *piece = &holes->pieces[i];

		if (piece->owner != SR_FREE)
			continue;
		print_range(map, &piece->range);
		printf("%shole%s between %s and %s\n", owner_colour(SR_FREE), plain(),
		       piece_before(map, holes, i), piece_after(map, holes, i));
	}
}

static void print_problems(const struct board *board)
{
	unsigned int i;

	if (board->nr_problems)
		printf("\n%sProblems%s\n", bold(), plain());
	for (i = 0; i < board->nr_problems; i++)
		printf("%s %s: expected %s\n", node_path(board, board->problems[i].node),
		       board->problems[i].property, board->problems[i].expected);
	if (board->tree.unclear)
		printf("%sAn address could not be translated: a hole may be none.%s\n",
		       red(), plain());
}

static void print_map(const struct map *map, const struct holes *holes)
{
	const struct board *board = map->board;
	unsigned int nr, n;
	const struct line *line = lines_of(map, -1, &nr);

	printf("%s%s: %s%s\n\n", bold(), board->file, board_model(board), plain());
	for (n = 0; n < nr; n++) {
		print_range(map, &line[n].range);
		printf("/memreserve/: %s\n", line[n].note);
	}
	printf("%*s/\n", 2 * map->digits + 17, "");
	print_children(map, 0, "");
	print_holes(map, holes);
	print_problems(board);
}

static const char *line_property(const struct line *line)
{
	if (line->node < 0)
		return "/memreserve/";
	return line->owner == SR_FREE ? "ranges" : owner_property(line->owner);
}

static json_t *json_lines(const struct map *map)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < map->nr_lines; i++) {
		const struct line *line = &map->lines[i];
		bool enabled = is_enabled(map->board, line->node);
		json_t *object = json_range(&line->range), *node;

		node = json_string(node_path(map->board, line->node));
		json_object_set_new(object, "claims", json_boolean(line->owner != SR_FREE));
		json_object_set_new(object, "owner", json_string(line->note));
		json_object_set_new(object, "node", node);
		json_object_set_new(object, "property", json_string(line_property(line)));
		json_object_set_new(object, "enabled", json_boolean(enabled));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *json_holes(const struct map *map, const struct holes *holes)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < holes->nr_pieces; i++) {
		json_t *object;

		if (holes->pieces[i].owner != SR_FREE)
			continue;
		object = json_range(&holes->pieces[i].range);
		json_object_set_new(object, "after", json_string(piece_before(map, holes, i)));
		json_object_set_new(object, "before", json_string(piece_after(map, holes, i)));
		json_array_append_new(list, object);
	}
	return list;
}

static void dump_json(const struct map *map, const struct holes *holes)
{
	json_t *root = json_board(map->board);

	json_object_set_new(root, "regions", json_lines(map));
	json_object_set_new(root, "holes", json_holes(map, holes));
	json_print(root);
}

/* As many digits as the last byte that is not beyond the end needs. */
static int count_digits(const struct map *map, const struct holes *holes)
{
	u64 last = 0xffffffff;
	unsigned int i;
	int digits = 8;

	for (i = 0; i < holes->nr_pieces; i++)
		if (holes->pieces[i].owner != SR_UNMAPPABLE && holes->pieces[i].range.last > last)
			last = holes->pieces[i].range.last;
	for (i = 0; i < map->nr_lines; i++)
		if (map->lines[i].range.last > last)
			last = map->lines[i].range.last;
	while (digits < 16 && last >> (4 * digits))
		digits++;
	return digits;
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
	struct holes holes;

	find_holes(board, options, &holes);
	collect_lines(&map);
	order_nodes(&map);
	map.digits = count_digits(&map, &holes);
	if (options->json)
		dump_json(&map, &holes);
	else if (!options->svg)
		print_map(&map, &holes);
	if (options->svg && write_svg(board, &holes, options->svg))
		status = STATUS_UNSAFE;
	free(holes.pieces);
	free(map.lines);
	free(map.ram);
	free(map.entries);
	free(map.first);
	return status;
}
