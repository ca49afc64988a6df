// SPDX-License-Identifier: GPL-2.0
/* A device tree, as the shared code reads it, and its nodes. */
#include <libfdt.h>
#include <linux/array_size.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "text.h"

#define MAX_PATH	256

static bool make_room(struct sr_tree *tree, unsigned int nr)
{
	tree->max_claims = nr > 2 * tree->max_claims ? nr : 2 * tree->max_claims;
	tree->claims = resize(tree->claims, tree->max_claims, sizeof(*tree->claims));
	return true;
}

static void add_window(void *context, const struct sr_range *range, int node)
{
	struct board *board = context;

	board->windows = more(board->windows, board->nr_windows, sizeof(struct window));
	board->windows[board->nr_windows++] = (struct window){ *range, node };
}

static void add_problem(void *context, int node, const char *property, const char *expected)
{
	struct board *board = context;

	board->problems = more(board->problems, board->nr_problems, sizeof(struct problem));
	board->problems[board->nr_problems++] = (struct problem){ node, property, expected };
}

/* What is asked of every node, in one pass over its properties. */
static void read_properties(const void *fdt, struct node *node)
{
	static const struct {
		const char *name;
		enum property has;
	} known[] = {
		{ "reg", HAS_REG }, { "#iommu-cells", HAS_IOMMU_CELLS },
		{ "iommus", HAS_IOMMUS }, { "iommu-map", HAS_IOMMU_MAP },
		{ "dma-coherent", HAS_DMA_COHERENT }, { "device_type", HAS_DEVICE_TYPE },
	};
	int offset, len;
	unsigned int i;

	fdt_for_each_property_offset(offset, fdt, node->offset) {
		const char *name, *value = fdt_getprop_by_offset(fdt, offset, &name, &len);

		if (!value)
			continue;
		for (i = 0; i < ARRAY_SIZE(known); i++)
			if (!strcmp(name, known[i].name))
				node->has |= known[i].has;
		if (!strcmp(name, "phandle") && len == 4)
			node->phandle = fdt32_ld((const fdt32_t *)value);
		if (!strcmp(name, "status"))
			node->enabled &= !sr_is_disabled(fdt, node->offset);
	}
}

static int by_phandle(const void *a, const void *b, void *nodes)
{
	const struct node *x = (struct node *)nodes + *(const unsigned int *)a;
	const struct node *y = (struct node *)nodes + *(const unsigned int *)b;

	return x->phandle < y->phandle ? -1 : x->phandle > y->phandle;
}

static void read_nodes(struct board *board)
{
	unsigned int i;
	int offset, depth = 0, path[SR_MAX_DEPTH + 1];

	for (offset = fdt_next_node(board->fdt, -1, NULL); offset >= 0 && depth >= 0;
	     offset = fdt_next_node(board->fdt, offset, &depth)) {
		int parent = depth ? path[depth - 1] : -1;
		struct node *node;

		board->nodes = more(board->nodes, board->nr_nodes, sizeof(*node));
		node = &board->nodes[board->nr_nodes];
		*node = (struct node){ .offset = offset, .parent = parent };
		node->enabled = parent < 0 || board->nodes[parent].enabled;
		read_properties(board->fdt, node);
		path[depth] = board->nr_nodes++;
	}
	for (i = 0; i < board->nr_nodes; i++) {
		board->by_phandle = more(board->by_phandle, i, sizeof(i));
		board->by_phandle[i] = i;
	}
	qsort_r(board->by_phandle, i, sizeof(i), by_phandle, board->nodes);
}

/**
 * board_read() - take over a blob and read it
 * @board: filled in
 * @file: what to call it
 * @fdt: from read_blob()
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int board_read(struct board *board, const char *file, void *fdt)
{
	*board = (struct board){
		.file = file, .fdt = fdt,
		.tree = {
			.make_room = make_room, .window = add_window, .problem = add_problem,
			.context = board,
		},
	};
	read_nodes(board);
	sr_read_tree(&board->tree, fdt);
	if (!board->tree.bad)
		return 0;
	complain(file, "expected %s", board->problems[board->nr_problems - 1].expected);
	return -EINVAL;
}

/* Read a file; 0 or a negative error code, and the reason has been printed. */
int board_open(struct board *board, const char *file)
{
	void *fdt = read_blob(file);
	int err;

	if (!fdt)
		return -EINVAL;
	err = board_read(board, file, fdt);
	if (err)
		board_close(board);
	return err;
}

void board_close(struct board *board)
{
	free(board->nodes);
	free(board->by_phandle);
	free(board->tree.claims);
	free(board->windows);
	free(board->problems);
	free(board->fdt);
}

/* The index of the node at an offset, or -1. */
int node_index(const struct board *board, int offset)
{
	int low = 0, high = (int)board->nr_nodes - 1;

	while (low <= high) {
		int middle = (low + high) / 2;

		if (board->nodes[middle].offset == offset)
			return middle;
		if (board->nodes[middle].offset < offset)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

/* The offset of the node with a phandle, or -1. */
int node_by_phandle(const struct board *board, u32 phandle)
{
	unsigned int low = 0, high = board->nr_nodes;

	while (phandle && low < high) {
		unsigned int middle = (low + high) / 2;
		const struct node *node = &board->nodes[board->by_phandle[middle]];

		if (node->phandle == phandle)
			return node->offset;
		if (node->phandle < phandle)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

bool is_enabled(const struct board *board, int offset)
{
	int i = node_index(board, offset);

	return i < 0 || board->nodes[i].enabled;
}

/* Is it the tree of a Xen domain, not of a host? */
bool is_domain(const struct board *board)
{
	return board->tree.xen >= 0;
}

/* Text of the tree goes to terminals, JSON and XML. */
static int append_clean(char *text, int at, int max, const char *s)
{
	for (; *s && at < max - 1; s++)
		text[at++] = *s > ' ' && *s <= '~' ? *s : '?';
	text[at] = 0;
	return at;
}

static char *next_text(void)
{
	static char texts[8][MAX_PATH];
	static unsigned int next;

	return texts[next++ % 8];
}

/**
 * node_path() - the path of a node
 * @board: the board
 * @offset: of the node, or -1
 *
 * Return: the path, cut off if it is very long; good for eight calls.
 */
const char *node_path(const struct board *board, int offset)
{
	int up[SR_MAX_DEPTH + 1], depth = 0, at = 0, i;
	char *text = next_text();

	text[0] = 0;
	for (i = node_index(board, offset); i > 0; i = board->nodes[i].parent)
		up[depth++] = i;
	if (offset == 0)
		return "/";
	while (depth--) {
		at = append_clean(text, at, MAX_PATH, "/");
		at = append_clean(text, at, MAX_PATH,
				  fdt_get_name(board->fdt, board->nodes[up[depth]].offset, NULL));
	}
	return text;
}

const char *node_name(const struct board *board, int offset)
{
	const char *name = fdt_get_name(board->fdt, offset, NULL);
	char *text = next_text();

	append_clean(text, 0, MAX_PATH, name && *name ? name : "/");
	return text;
}

/* A property that is a string, or NULL; cleaned, good for eight calls. */
const char *get_string(const struct board *board, int node, const char *name)
{
	int len, i;
	const char *s = fdt_getprop(board->fdt, node, name, &len);
	char *text;

	if (!s || len < 1 || s[len - 1])
		return NULL;
	text = next_text();
	for (i = 0; s[i] && i < MAX_PATH - 1; i++)
		text[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	text[i] = 0;
	return text;
}

/* Is a node compatible with any of a list? */
bool is_compatible(const struct board *board, int node, const char * const *list, int nr)
{
	int len;
	const char *compatible = fdt_getprop(board->fdt, node, "compatible", &len);

	while (compatible && nr--)
		if (fdt_stringlist_contains(compatible, len, list[nr]))
			return true;
	return false;
}

/* A property that is made of cells, big-endian, and how many; or NULL. */
const u32 *get_cells(const struct board *board, int node, const char *name, int *nr)
{
	int len;
	const u32 *cells = fdt_getprop(board->fdt, node, name, &len);

	*nr = cells ? len / 4 : 0;
	return *nr ? cells : NULL;
}

const char *board_model(const struct board *board)
{
	const char *model = get_string(board, 0, "model");

	if (!model)
		model = get_string(board, 0, "compatible");
	return model ? model : "a board without a name";
}

/* First byte above the RAM that the tree shows, or 0. */
u64 board_ram_end(const struct board *board)
{
	unsigned int i;
	u64 end = 0;

	for (i = 0; i < board->tree.nr_claims; i++) {
		const struct sr_claim *claim = &board->tree.claims[i];

		if (claim->owner == SR_RAM && claim->range.last + 1 > end)
			end = claim->range.last + 1;
	}
	return end;
}

/* First byte of the RAM that the tree shows, or 0. */
u64 board_ram_start(const struct board *board)
{
	u64 start = U64_MAX;
	unsigned int i;

	for (i = 0; i < board->tree.nr_claims; i++) {
		const struct sr_claim *claim = &board->tree.claims[i];

		if (claim->owner == SR_RAM && claim->range.start < start)
			start = claim->range.start;
	}
	return start == U64_MAX ? 0 : start;
}

/* Physical address bits, by the cores' manuals. */
static const struct {
	const char *compatible;
	unsigned int bits;
} cores[] = {
	{ "arm,cortex-a35", 40 },
	{ "arm,cortex-a53", 40 },
	{ "arm,cortex-a55", 40 },
	{ "arm,cortex-a57", 44 },
	{ "arm,cortex-a72", 44 },
	{ "arm,cortex-a73", 40 },
	{ "arm,cortex-a75", 44 },
	{ "arm,cortex-a76", 40 },
	{ "arm,cortex-a77", 40 },
	{ "arm,cortex-a78", 40 },
	{ "arm,neoverse-n1", 48 },
};

/* What an unknown core is taken for: the least that has been seen in servers. */
#define DEFAULT_BITS	40

/**
 * board_address_bits() - the width of physical addresses
 * @board: the board
 * @cpu: the core that limits it, or NULL if none is known
 *
 * Return: bits.
 */
unsigned int board_address_bits(const struct board *board, const char **cpu)
{
	int cpus = fdt_path_offset(board->fdt, "/cpus"), node;
	unsigned int bits = 0, i;

	*cpu = NULL;
	for (node = cpus < 0 ? -1 : fdt_first_subnode(board->fdt, cpus); node >= 0;
	     node = fdt_next_subnode(board->fdt, node))
		for (i = 0; i < ARRAY_SIZE(cores); i++)
			if ((!bits || cores[i].bits < bits) &&
			    !fdt_node_check_compatible(board->fdt, node, cores[i].compatible)) {
				bits = cores[i].bits;
				*cpu = cores[i].compatible;
			}
	return bits ? bits : DEFAULT_BITS;
}

/* The property by which a node claims something. */
const char *owner_property(enum sr_owner owner)
{
	return owner == SR_PCI_WINDOW || owner == SR_BUS_WINDOW ? "ranges" : "reg";
}
