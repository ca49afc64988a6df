// SPDX-License-Identifier: GPL-2.0
/* A device tree, as the shared code reads it, and its nodes. */
#include <libfdt.h>
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "boot.h"
#include "text.h"

static bool make_room(struct sr_tree *tree, unsigned int nr)
{
	tree->max_claims = nr > 2 * tree->max_claims ? nr : 2 * tree->max_claims;
	tree->claims = resize(tree->claims, tree->max_claims, sizeof(*tree->claims));
	return true;
}

static void add_window(void *context, const struct sr_range *range, int node)
{
	struct board *board = context;

	board->windows = more(board->windows, board->nr_windows, sizeof(*board->windows));
	board->windows[board->nr_windows++] = (struct sr_claim){ *range, SR_FREE, node };
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
		{ "mmu-masters", HAS_MMU_MASTERS }, { "xen,passthrough", FOR_A_GUEST },
	};
	int offset, len;

	fdt_for_each_property_offset(offset, fdt, node->offset) {
		const char *name, *value = fdt_getprop_by_offset(fdt, offset, &name, &len);

		if (!value)
			continue;
		for (unsigned int i = 0; i < ARRAY_SIZE(known); i++)
			if (!strcmp(name, known[i].name))
				node->has |= known[i].has;
		if (!strcmp(name, "phandle") && len == 4)
			node->phandle = fdt32_ld((const fdt32_t *)value);
		if (!strcmp(name, "status"))
			node->enabled &= !sr_is_disabled(fdt, node->offset);
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return x->offset - y->offset;
}

static int by_phandle(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return x->phandle < y->phandle ? -1 : x->phandle > y->phandle;
}

static void read_nodes(struct board *board)
{
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
	board->by_phandle = resize(NULL, board->nr_nodes, sizeof(struct node));
	memcpy(board->by_phandle, board->nodes, board->nr_nodes * sizeof(struct node));
	qsort(board->by_phandle, board->nr_nodes, sizeof(struct node), by_phandle);
}

static void read_ram(struct board *board)
{
	for (unsigned int i = 0; i < board->tree.nr_claims; i++) {
		const struct sr_claim *claim = &board->tree.claims[i];

		if (claim->owner != SR_RAM)
			continue;
		board->ram_start = min(board->ram_start, claim->range.start);
		board->ram_end = max(board->ram_end, claim->range.last + 1);
	}
	if (board->ram_start == U64_MAX)
		board->ram_start = 0;
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
		.file = file, .fdt = fdt, .ram_start = U64_MAX,
		.tree = {
			.make_room = make_room, .window = add_window, .problem = add_problem,
			.context = board,
		},
	};
	read_nodes(board);
	sr_read_tree(&board->tree, fdt);
	read_ram(board);
	if (!board->tree.bad)
		return 0;
	complain(file, "expected %s", board->problems[board->nr_problems - 1].expected);
	return -EINVAL;
}

/**
 * board_open() - read a board
 * @board: filled in
 * @file: its tree
 * @boot: what the boot loader makes of it, see boot_tree(), or NULL
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int board_open(struct board *board, const char *file, const char *boot)
{
	struct boot script = { .file = boot, .xen = { 1, 0 }, .tree = { 1, 0 } };
	void *fdt = read_blob(file);
	int err;

	if (fdt && boot)
		fdt = boot_tree(&script, fdt);
	if (!fdt)
		return -EINVAL;
	err = board_read(board, file, fdt);
	board->xen_at = script.xen;
	board->tree_at = script.tree;
	memcpy(board->boot_says, script.says, sizeof(script.says));
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
	const struct node key = { .offset = offset }, *node;

	node = bsearch(&key, board->nodes, board->nr_nodes, sizeof(key), by_offset);
	return node ? node - board->nodes : -1;
}

/* The offset of the node with a phandle, or -1. */
int node_by_phandle(const struct board *board, u32 phandle)
{
	const struct node key = { .phandle = phandle }, *node = NULL;

	if (phandle)
		node = bsearch(&key, board->by_phandle, board->nr_nodes, sizeof(key), by_phandle);
	return node ? node->offset : -1;
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

/* Of those a guest: libxl and Xen's dom0less code name its root so. */
bool is_guest(const struct board *board)
{
	static const char * const guest[] = { "xen,xenvm" };

	return is_compatible(board, 0, guest, 1);
}

/*
 * Does the kernel boot with ACPI? As it tells itself, dt_is_stub() in
 * arch/arm64/kernel/acpi.c; /hypervisor has no reg then: acpi_make_hypervisor_node().
 */
bool is_acpi(const struct board *board)
{
	const char *name;
	int node;

	if (!is_domain(board) || board->nodes[node_index(board, board->tree.xen)].has & HAS_REG)
		return false;
	fdt_for_each_subnode(node, board->fdt, 0) {
		name = fdt_get_name(board->fdt, node, NULL) ?: "";
		if (strcmp(name, "chosen") && strcmp(name, "hypervisor"))
			return false;
	}
	return true;
}

/* Text of the tree goes to terminals, JSON and XML; names have no blanks. */
static int append_clean(char *text, int at, const char *s, char lowest)
{
	for (; *s && at < TEXT_ROOM - 1; s++)
		text[at++] = *s >= lowest && *s <= '~' ? *s : '?';
	text[at] = 0;
	return at;
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
	const char *name;

	text[0] = 0;
	for (i = node_index(board, offset); i > 0; i = board->nodes[i].parent)
		up[depth++] = i;
	if (offset == 0)
		return "/";
	while (depth--) {
		at = append_clean(text, at, "/", '!');
		name = fdt_get_name(board->fdt, board->nodes[up[depth]].offset, NULL);
		at = append_clean(text, at, name, '!');
	}
	return text;
}

const char *node_name(const struct board *board, int offset)
{
	const char *name = fdt_get_name(board->fdt, offset, NULL);
	char *text = next_text();

	append_clean(text, 0, name && *name ? name : "/", '!');
	return text;
}

/* Text of the tree that may have blanks, made fit to print; good for eight calls. */
const char *clean_text(const char *s)
{
	char *text = next_text();

	append_clean(text, 0, s, ' ');
	return text;
}

/* A property that is a string, or NULL; cleaned, good for eight calls. */
const char *get_string(const struct board *board, int node, const char *name)
{
	int len;
	const char *s = fdt_getprop(board->fdt, node, name, &len);

	return s && len > 0 && !s[len - 1] ? clean_text(s) : NULL;
}

/* Is that the device_type of a node? */
bool is_of_type(const struct board *board, const struct node *node, const char *type)
{
	const char *is = NULL;

	if (node->has & HAS_DEVICE_TYPE)
		is = get_string(board, node->offset, "device_type");
	return is && !strcmp(is, type);
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
