/* SPDX-License-Identifier: GPL-2.0 */
/* A device tree, as the shared code reads it, and its nodes */
#ifndef _BOARD_H
#define _BOARD_H

#include "safe-ranges.h"

/* Room for a path or another short text, see next_text(). */
#define TEXT_ROOM	256

void *read_blob(const char *file);

/* Properties that are asked for often. */
enum property {
	HAS_REG			= 1 << 0,
	HAS_IOMMU_CELLS		= 1 << 1,
	HAS_IOMMUS		= 1 << 2,
	HAS_IOMMU_MAP		= 1 << 3,
	HAS_DMA_COHERENT	= 1 << 4,
	HAS_DEVICE_TYPE		= 1 << 5,
	HAS_MMU_MASTERS		= 1 << 6,
	FOR_A_GUEST		= 1 << 7,	/* xen,passthrough */
};

struct node {
	int offset;
	int parent;		/* index, or -1 */
	u32 phandle;
	unsigned int has;	/* enum property */
	bool enabled;		/* neither it nor a bus above is disabled */
};

struct problem {
	int node;
	const char *property;
	const char *expected;
};

/**
 * struct board - a device tree and what the shared code reads in it
 * @file: where it came from
 * @fdt: the blob
 * @nodes: in the order of the blob
 * @nr_nodes: how many
 * @by_phandle: the same in the order of their phandles
 * @tree: what the kernel reads in it
 * @ram_start: first byte of the RAM that the tree shows, or 0
 * @ram_end: first byte above it, or 0
 * @windows: of buses, that are too large to claim anything
 * @nr_windows: how many
 * @problems: what is not as it should be
 * @nr_problems: how many
 * @boot_says: in words, what the boot loader's script says of that, or ""
 * @xen_at: where the boot loader puts Xen, by its script; last < start: not known
 * @tree_at: the same, the tree
 */
struct board {
	const char *file;
	void *fdt;
	struct node *nodes;
	unsigned int nr_nodes;
	struct node *by_phandle;
	struct sr_tree tree;
	u64 ram_start;
	u64 ram_end;
	struct sr_claim *windows;
	unsigned int nr_windows;
	struct problem *problems;
	unsigned int nr_problems;
	char boot_says[TEXT_ROOM];
	struct sr_range xen_at;
	struct sr_range tree_at;
};

int board_open(struct board *board, const char *file, const char *boot);
int board_read(struct board *board, const char *file, void *fdt);
void board_close(struct board *board);
int node_index(const struct board *board, int offset);
int node_by_phandle(const struct board *board, u32 phandle);
const char *node_path(const struct board *board, int offset);
const char *node_name(const struct board *board, int offset);
const char *board_model(const struct board *board);
bool is_enabled(const struct board *board, int offset);
bool is_domain(const struct board *board);
bool is_guest(const struct board *board);
bool is_acpi(const struct board *board);
const char *clean_text(const char *text);
unsigned int board_address_bits(const struct board *board, const char **cpu);
const u32 *get_cells(const struct board *board, int node, const char *name, int *nr);
const char *get_string(const struct board *board, int node, const char *name);
bool is_compatible(const struct board *board, int node, const char * const *list, int nr);
bool is_of_type(const struct board *board, const struct node *node, const char *type);

#endif /* _BOARD_H */
