/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen-safe-ranges: what a board's device tree leaves for foreign mappings.
 *
 *   main.c     commands
 *   options.c  the command line
 *   input.c    a file, standard input or source text -> a blob that libfdt can walk
 *   board.c    blob -> nodes, claims, published ranges, wishes
 *   devices.c  IOMMUs and DMA masters
 *   dom0.c     the tree that Xen makes for dom0
 *   view.c     what the kernel will decide with it
 *   map.c, svg.c, explain.c, check.c, suggest.c, json.c, text.c   what is shown
 *   xen-*.c    what Xen does: a model of its own
 *
 * What is safe is decided by drivers/xen/safe-ranges*.c, the kernel's own code.
 */
#ifndef _TOOL_H
#define _TOOL_H

#include <stdio.h>

#include "safe-ranges.h"
#include "xen-model.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Exit status of every command. */
enum {
	STATUS_FINE,
	STATUS_WARNING,
	STATUS_UNSAFE,		/* also: cannot be read, wrong usage */
};

/* options.c */

enum switch3 { BY_ITSELF, OFF, ON };

/**
 * struct options - the command line
 * @json: print JSON
 * @svg: file to draw to, or NULL
 * @colour: colour on the terminal
 * @smmu: whether Xen drives IOMMUs; by itself: those that stock builds have a driver for
 * @ipa_bits: width of guest addresses; 0: as the CPUs have it
 * @va_bits: of dom0's kernel
 * @page_shift: of dom0's kernel; 0: all three
 * @ram_end: first byte above the host's RAM; 0: as the tree says
 * @policy: set by --policy, or -1
 * @wishes: the other things that the binding can say
 * @xen: version, direct mapping, places
 */
struct options {
	bool json;
	const char *svg;
	enum switch3 colour;
	enum switch3 smmu;
	unsigned int ipa_bits;
	unsigned int va_bits;
	unsigned int page_shift;
	u64 ram_end;
	int policy;
	struct sr_wishes wishes;
	struct xen_params xen;
	struct sr_range banks[XEN_MAX_BANKS];
	struct sr_range modules[XEN_MAX_BANKS];
};

int read_options(int argc, char **argv, struct options *options);

/* input.c */

void *read_blob(const char *file);

/* board.c */

/* Properties that are asked for often. */
enum property {
	HAS_REG			= 1 << 0,
	HAS_IOMMU_CELLS		= 1 << 1,
	HAS_IOMMUS		= 1 << 2,
	HAS_IOMMU_MAP		= 1 << 3,
	HAS_DMA_COHERENT	= 1 << 4,
	HAS_DEVICE_TYPE		= 1 << 5,
};

struct node {
	int offset;
	int parent;		/* index, or -1 */
	u32 phandle;
	unsigned int has;	/* enum property */
	bool enabled;		/* neither it nor a bus above is disabled */
};

/* A bus window that claims nothing. */
struct window {
	struct sr_range range;
	int node;
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
 * @by_phandle: indices of @nodes in the order of their phandles
 * @claims: as the tree makes them
 * @nr_claims: how many
 * @windows: that are too large to claim
 * @nr_windows: how many
 * @problems: what is not as it should be
 * @nr_problems: how many
 * @unclear: an address could not be translated
 * @published: regions 1..N of /hypervisor
 * @nr_published: how many, or below 0: not the tree of a Xen domain
 * @wishes: xen,unpopulated-memory
 */
struct board {
	const char *file;
	void *fdt;
	struct node *nodes;
	unsigned int nr_nodes;
	unsigned int *by_phandle;
	struct sr_claim *claims;
	unsigned int nr_claims;
	struct window *windows;
	unsigned int nr_windows;
	struct problem *problems;
	unsigned int nr_problems;
	bool unclear;
	struct sr_range published[SR_MAX_PUBLISHED];
	int nr_published;
	struct sr_wishes wishes;
};

int board_open(struct board *board, const char *file);
int board_read(struct board *board, const char *file, void *fdt);
void board_close(struct board *board);
int node_index(const struct board *board, int offset);
int node_by_phandle(const struct board *board, u32 phandle);
const char *node_path(const struct board *board, int offset);
const char *node_name(const struct board *board, int offset);
const char *board_model(const struct board *board);
bool is_enabled(const struct board *board, int offset);
u64 board_ram_end(const struct board *board);
u64 board_ram_start(const struct board *board);
unsigned int board_address_bits(const struct board *board, const char **cpu);
const u32 *get_cells(const struct board *board, int node, const char *name, int *nr);
const char *get_string(const struct board *board, int node, const char *name);
bool is_compatible(const struct board *board, int node, const char * const *list, int nr);
const char *owner_property(enum sr_owner owner);

/* devices.c */

enum translator { NO_IOMMU, IOMMU_OF_XEN, IOMMU_OF_DOM0, TRANSLATORS };

/**
 * struct iommu - an IOMMU in the tree
 * @node: its offset
 * @xen: Xen's driver, or NULL
 * @hidden: Xen has that driver built in: dom0 does not see the node
 * @driven: Xen drives it
 * @enabled: the tree says that it is to be used
 * @masters: enabled nodes that refer to it
 */
struct iommu {
	int node;
	const struct xen_iommu *xen;
	bool hidden;
	bool driven;
	bool enabled;
	unsigned int masters;
};

/**
 * struct master - a node that looks as if it did DMA
 * @node: its offset
 * @why: it looks so
 * @by: who translates its DMA
 */
struct master {
	int node;
	const char *why;
	enum translator by;
};

struct devices {
	struct iommu *iommus;
	unsigned int nr_iommus;
	struct master *masters;
	unsigned int nr_masters;
	unsigned int by[TRANSLATORS];
	bool xen_drives;
};

void find_devices(const struct board *board, const struct options *options,
		  struct devices *devices);
void free_devices(struct devices *devices);

/* dom0.c */

int make_dom0(const struct board *host, const struct devices *devices,
	      const struct xen_params *params, const struct sr_range *ram, unsigned int nr_ram,
	      const struct sr_range *published, unsigned int nr_published,
	      struct board *dom0);

/* view.c */

#define KERNELS		3

/**
 * struct outcome - what a kernel decides
 * @page_shift: of that kernel
 * @facts: given to sr_decide()
 * @decision: by sr_decide()
 * @ranges: usable
 * @bytes: usable
 * @above: of these, above the host's RAM
 * @mainline: bytes of what Xen publishes that mainline's allocator could use
 */
struct outcome {
	unsigned int page_shift;
	struct sr_facts facts;
	struct sr_decision decision;
	unsigned int ranges;
	u64 bytes;
	u64 above;
	u64 mainline;
};

/**
 * struct view - all that is to be said about a board
 * @host: the tree that was given
 * @dom0: the tree that dom0's kernel gets: predicted, or the same
 * @captured: the tree that was given is dom0's own
 * @devices: IOMMUs and masters of @host
 * @xen: what the model is given
 * @cpu: the CPU that the width of addresses follows from, or NULL
 * @why: how Xen finds what it publishes, or why it cannot be said
 * @at: the node of @host that is the reason, or -1
 * @known: it can be said
 * @boots: Xen makes a dom0 of this tree
 * @wishes: the integrator's: of the tree and the command line
 * @outcomes: for each kernel, if @known
 * @nr_outcomes: how many
 */
struct view {
	const struct board *host;
	const struct board *dom0;
	bool captured;
	struct devices devices;
	struct xen_params xen;
	const char *cpu;
	const char *why;
	int at;
	bool known;
	bool boots;
	struct sr_wishes wishes;
	struct outcome outcomes[KERNELS];
	unsigned int nr_outcomes;
	struct board predicted;
};

int view_open(struct view *view, const struct board *board, const struct options *options);
void view_close(struct view *view);
void decide(const struct board *board, const struct sr_facts *facts,
	    struct sr_decision *decision);

/**
 * struct holes - the address space, cut into what is claimed and what is not
 * @pieces: in rising order, all of the address space; SR_FREE is a hole
 * @nr_pieces: how many
 */
struct holes {
	struct sr_piece *pieces;
	unsigned int nr_pieces;
};

void find_holes(const struct board *board, const struct options *options, struct holes *holes);

/* What the commands do with a board; they return the exit status. */
int map_board(const struct board *board, const struct options *options);
int explain_board(const struct board *board, const struct options *options);
int check_board(const struct board *board, const struct options *options);
int suggest_board(const struct board *board, const struct options *options);

int write_svg(const struct board *board, const struct holes *holes, const char *file);

/**
 * struct finding - one line of check
 * @status: how bad
 * @node: path, or ""
 * @what: is wrong
 * @remedy: what to do
 */
struct finding {
	int status;
	char *node;
	char *what;
	char *remedy;
};

struct findings {
	struct finding *list;
	unsigned int nr;
};

void find_findings(const struct view *view, struct findings *findings);
void free_findings(struct findings *findings);
int worst(const struct findings *findings);

/* text.c */

const char *size_text(u64 size);
u64 range_size(const struct sr_range *range);
void use_colour(enum switch3 colour);
const char *owner_colour(enum sr_owner owner);
const char *bold(void);
const char *red(void);
const char *plain(void);
__printf(2, 3) void complain(const char *file, const char *format, ...);
void *more(void *list, unsigned int nr, size_t size);

#endif /* _TOOL_H */
