/* SPDX-License-Identifier: GPL-2.0 */
/* What dom0's kernel will decide with a board */
#ifndef _VIEW_H
#define _VIEW_H

#include "board.h"
#include "devices.h"
#include "options.h"
#include "xen-args.h"

#define KERNELS		3

/**
 * struct outcome - what a kernel decides
 * @page_shift: of that kernel
 * @facts: given to sr_decide()
 * @decision: by sr_decide()
 * @ranges: usable
 * @bytes: usable
 * @above: of these, above the host's RAM, if its end is known
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
 * struct domu - a domain that Xen starts
 * @node: of the host's tree
 * @xen: what it gets
 */
struct domu {
	int node;
	struct xen_domu xen;
};

/**
 * struct view - all that is to be said about a board
 * @host: the tree that was given
 * @dom0: the tree that dom0's kernel gets: predicted, or the same
 * @captured: the tree that was given is dom0's own, or a guest's
 * @devices: IOMMUs and masters of @host
 * @xen: what the model is given
 * @args: Xen's command line in the tree
 * @contradicted: options that say something else: names of words in it
 * @misplaced: options say that Xen or the tree lies elsewhere than the boot script does
 * @cpu: the CPU that the width of addresses follows from, or NULL
 * @narrow: the IOMMU that it follows from, or -1
 * @ram: dom0's
 * @nr_ram: how many, 0 if it is not known
 * @logged: what Xen's log says of regions: the same as foretold, or not
 * @refusals: nodes at which Xen gives up, so that it does not boot
 * @nr_refusals: how many
 * @domus: domains that Xen starts
 * @nr_domus: how many
 * @fits: of dom0_mem, if Xen does not have that much; otherwise 0
 * @why: how Xen finds what it publishes, or why it cannot be said
 * @at: the node of @host that is the reason, or -1
 * @known: it can be said
 * @boots: Xen makes a dom0 of this tree
 * @config: the integrator's: of the tree and the command line
 * @outcomes: for each kernel, if @known
 * @nr_outcomes: how many
 */
struct view {
	const struct board *host;
	const struct board *dom0;
	bool captured;
	struct devices devices;
	struct xen_params xen;
	struct xen_args args;
	const char *contradicted[3];
	bool misplaced;
	const char *cpu;
	int narrow;
	struct sr_range ram[XEN_MAX_BANKS];
	unsigned int nr_ram;
	enum { NO_LOG, LOG_AGREES, LOG_DIFFERS } logged;
	struct xen_refusal *refusals;
	unsigned int nr_refusals;
	struct domu *domus;
	unsigned int nr_domus;
	u64 fits;
	const char *why;
	int at;
	bool known;
	bool boots;
	struct sr_config config;
	struct outcome outcomes[KERNELS];
	unsigned int nr_outcomes;
	struct board predicted;
};

int make_dom0(struct view *view, const struct sr_range *published, unsigned int nr_published);
int view_open(struct view *view, const struct board *board, const struct options *options);
void find_domus(struct view *view);
void view_close(struct view *view);
void find_holes(const struct board *board, const struct options *options,
		struct sr_decision *holes);

#endif /* _VIEW_H */
