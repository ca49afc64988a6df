// SPDX-License-Identifier: GPL-2.0
/*
 * What dom0's kernel will decide: the facts that it will find, as far as they
 * follow from the host's tree and the options, handed to its own sr_decide().
 */
#include <errno.h>
#include <libfdt.h>
#include <linux/minmax.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

/* memremap_compat_align() on arm64 for each page size: a sub-section. */
#define STEP		0x200000ULL

/* Per page size: ARM64_MEMSTART_ALIGN, SECTION_SIZE_BITS. */
static const struct kernel {
	unsigned int page_shift;
	unsigned int start_shift;
	unsigned int section_shift;
} kernels[KERNELS] = {
	{ 12, 30, 27 },
	{ 14, 30, 27 },
	{ 16, 29, 29 },
};

static u64 last_of_bits(unsigned int bits)
{
	return (1ULL << bits) - 1;
}

/* mhp_get_pluggable_range(true): the linear map, from the start of RAM on. */
static struct sr_range mappable(const struct board *dom0, const struct kernel *kernel,
				const struct options *options)
{
	u64 start = dom0->ram_start & ~((1ULL << kernel->start_shift) - 1);

	return (struct sr_range){ start, start + last_of_bits(options->va_bits - 1) };
}

/* Let the shared code decide. The tree is not changed; the pieces are to be freed. */
static void decide(const struct sr_tree *tree, const struct sr_facts *facts,
		   struct sr_decision *decision)
{
	unsigned int nr = tree->nr_claims;
	struct sr_tree copy = *tree;

	copy.max_claims = SR_MAX_CLAIMS(nr);
	copy.claims = resize(NULL, copy.max_claims, sizeof(*copy.claims));
	if (nr)
		memcpy(copy.claims, tree->claims, nr * sizeof(*copy.claims));
	decision->max_pieces = SR_MAX_PIECES(nr);
	decision->pieces = resize(NULL, decision->max_pieces, sizeof(*decision->pieces));
	sr_decide(facts, &copy, decision);
	free(copy.claims);
	/* Most of the room for pieces was not needed. */
	decision->pieces = resize(decision->pieces, decision->nr_pieces + 1,
				  sizeof(*decision->pieces));
}

/* Mainline takes whole, aligned sections of what Xen publishes, or nothing. */
static u64 mainline_bytes(const struct board *dom0, const struct sr_range *range,
			  const struct kernel *kernel)
{
	u64 section = 1ULL << kernel->section_shift, bytes = 0;

	for (unsigned int i = 0; i < dom0->tree.nr_published; i++) {
		u64 start = dom0->tree.published[i].start, last = dom0->tree.published[i].last;

		if (last < start || start > range->last)
			continue;
		start = max(start, range->start);
		last = min(last, range->last);
		start = (start + section - 1) & ~(section - 1);
		if (last >= start)
			bytes += (last + 1 - start) & ~(section - 1);
	}
	return bytes;
}

static void count_bytes(struct outcome *outcome)
{
	const struct sr_piece *piece;

	for (int i = outcome->decision.first; i >= 0; i = piece->next) {
		piece = &outcome->decision.pieces[i];
		outcome->ranges++;
		outcome->bytes += range_size(&piece->range);
		if (outcome->facts.host_ram_end &&
		    piece->range.start >= outcome->facts.host_ram_end)
			outcome->above += range_size(&piece->range);
	}
}

/* Xen writes its version into dom0's tree: "xen,xen-4.20", "xen,xen". */
static void read_version(const struct board *dom0, struct xen_params *xen)
{
	int node = fdt_node_offset_by_compatible(dom0->fdt, -1, "xen,xen"), i;
	unsigned int major, minor;
	const char *text;

	for (i = 0; (text = fdt_stringlist_get(dom0->fdt, node, "compatible", i, NULL)); i++) {
		if (sscanf(text, "xen,xen-%u.%u", &major, &minor) == 2) {
			xen->major = major;
			xen->minor = minor;
		}
	}
}

static enum sr_answer xen_answer(const struct view *view, const struct options *options)
{
	/* Of older ones xen_ask_iommu() does not know the interface. */
	if (view->xen.major == 4 && view->xen.minor < 11)
		return SR_UNKNOWN;
	if (view->captured && options->smmu == BY_ITSELF)
		return SR_UNKNOWN;
	if (view->captured)
		return options->smmu == ON ? SR_YES : SR_NO;
	return view->devices.xen_drives ? SR_YES : SR_NO;
}

static void add_outcome(struct view *view, const struct options *options,
			const struct kernel *kernel)
{
	struct outcome *outcome = &view->outcomes[view->nr_outcomes++];
	struct sr_facts *facts = &outcome->facts;
	struct sr_tree tree = view->dom0->tree;

	tree.config = view->config;
	*outcome = (struct outcome){ .page_shift = kernel->page_shift };
	facts->acpi = is_acpi(view->host);
	facts->initial_domain = !is_guest(view->host);
	facts->identity = view->xen.direct_mapped;
	facts->xen_major = view->xen.major;
	facts->xen_minor = view->xen.minor;
	facts->xen_iommu = xen_answer(view, options);
	facts->host_ram_end = options->ram_end;
	if (!options->ram_end && !view->captured)
		facts->host_ram_end = view->host->ram_end;
	facts->mappable = mappable(view->dom0, kernel, options);
	outcome->mainline = mainline_bytes(view->dom0, &facts->mappable, kernel);
	facts->mappable.last = min(facts->mappable.last, last_of_bits(view->xen.ipa_bits));
	if (options->mappable.last)
		facts->mappable = options->mappable;
	facts->align = STEP;
	decide(&tree, facts, &outcome->decision);
	count_bytes(outcome);
}

/* As the kernel does with its command line: xen_unpopulated_add_params() */
static void merge_config(struct sr_config *config, const struct options *options)
{
	const struct sr_list *exclude = &options->config.exclude;

	if (options->policy >= 0)
		config->policy = options->policy;
	config->iommu_protected |= options->config.iommu_protected;
	if (options->config.has_allow) {
		config->has_allow = true;
		config->allow = options->config.allow;
	}
	for (unsigned int i = 0; i < exclude->nr; i++)
		if (sr_list_add(&config->exclude, exclude->ranges[i].start,
				range_size(&exclude->ranges[i])))
			config->broken = true;
}

static void add_refusal(void *context, int node, const char *why)
{
	struct view *view = context;

	view->refusals = more(view->refusals, view->nr_refusals, sizeof(*view->refusals));
	view->refusals[view->nr_refusals++] = (struct xen_refusal){ node, why };
}

/* The most that Xen has for dom0, in steps of 64 MiB, if it does not have what it is told. */
static u64 find_fit(const struct view *view)
{
	const u64 step = 64ULL << 20;
	struct xen_params xen = view->xen;
	struct sr_range ram[XEN_MAX_BANKS];
	u64 low = 0, high = (xen.dom0_mem + step - 1) / step;
	const char *why;

	while (low + 1 < high) {
		u64 middle = (low + high) / 2;

		xen.dom0_mem = middle * step;
		if (xen_model_dom0_ram(view->host->fdt, &xen, ram, XEN_MAX_BANKS, &why) > 0)
			low = middle;
		else
			high = middle;
	}
	return low * step;
}

static void find_ram(struct view *view)
{
	const char *why;
	int n = view->xen.nr_dom0_ram;

	if (n)
		memcpy(view->ram, view->xen.dom0_ram, n * sizeof(*view->ram));
	else
		n = xen_model_dom0_ram(view->host->fdt, &view->xen, view->ram, XEN_MAX_BANKS,
				       &why);
	if (n == -ENOMEM)
		view->fits = find_fit(view);
	if (n <= 0)
		return;
	/* The model need not find it out again. */
	view->nr_ram = n;
	view->xen.dom0_ram = view->ram;
	view->xen.nr_dom0_ram = n;
}

/* Work out dom0's tree from the host's. */
static int predict(struct view *view, const struct options *options)
{
	static struct sr_range regions[SR_MAX_PUBLISHED];
	enum sr_policy policy = view->config.policy;
	int nr, err;

	find_ram(view);
	nr = xen_model_regions(view->host->fdt, &view->xen, regions, SR_MAX_PUBLISHED,
			       &view->at, &view->why);
	view->boots = nr != -EINVAL && nr != -ENOMEM;
	if (view->at >= 0)
		xen_model_refusals(view->host->fdt, &view->xen, add_refusal, view);
	/* What is a hole in the tree that was given is RAM in the one that Xen gets. */
	if (view->boots && !view->host->ram_end) {
		nr = -ENODATA;
		view->why = "no memory node: does the boot loader write it?";
	}
	/* Holes do not depend on what is published. */
	if (options->nr_logged && nr >= 0)
		view->logged = nr == (int)options->nr_logged &&
			       !memcmp(regions, options->logged, nr * sizeof(*regions)) ?
			       LOG_AGREES : LOG_DIFFERS;
	/* The log knows better. */
	if (options->nr_logged && view->logged != LOG_AGREES) {
		nr = options->nr_logged;
		memcpy(regions, options->logged, nr * sizeof(*regions));
		view->why = "as Xen's log has it";
		view->at = -1;
	}
	view->known = nr >= 0 || (view->boots && (policy == SR_POLICY_BALLOON ||
			(policy == SR_POLICY_HOLES && view->host->ram_end)));
	err = make_dom0(view, regions, nr < 0 ? 0 : nr);
	view->dom0 = &view->predicted;
	return err;
}

/* A place by the boot script, unless an option says it; whether it says another. */
static bool merge_place(struct sr_range *option, const struct sr_range *script)
{
	if (script->last < script->start)
		return false;
	if (option->last < option->start)
		*option = *script;
	return option->start != script->start;
}

/*
 * What Xen's command line says, unless an option does; and which options say something
 * else.
 */
static void merge_args(struct view *view, struct options *options)
{
	const struct xen_args *args = &view->args;
	unsigned int n = 0;

	if (!options->xen.dom0_mem)
		options->xen.dom0_mem = args->dom0_mem;
	else if (args->dom0_mem && args->dom0_mem != options->xen.dom0_mem)
		view->contradicted[n++] = "--dom0-mem contradicts dom0_mem";
	if (options->ext_regions == BY_ITSELF)
		options->ext_regions = args->ext_regions;
	else if (args->ext_regions && args->ext_regions != options->ext_regions)
		view->contradicted[n++] = "--ext-regions contradicts ext_regions";
	if (options->smmu == BY_ITSELF && args->iommu == OFF)
		options->smmu = OFF;
	else if (options->smmu == ON && args->iommu == OFF)
		view->contradicted[n++] = "--xen-smmu=on contradicts iommu";
	if (options->direct_map == BY_ITSELF && args->llc_coloring == ON)
		options->direct_map = OFF;
	view->misplaced = merge_place(&options->xen.xen, &view->host->xen_at);
	view->misplaced |= merge_place(&options->xen.tree, &view->host->tree_at);
	options->xen.ext_regions = options->ext_regions != OFF;
	options->xen.direct_mapped = options->direct_map != OFF;
	options->xen.all_iommus = options->smmu == ON;
}

/* As wide as the cores' addresses, and no wider than an IOMMU of Xen's lets them be. */
static void find_width(struct view *view, const struct options *options)
{
	view->narrow = -1;
	view->xen.ipa_bits = board_address_bits(view->host, &view->cpu);
	for (unsigned int i = 0; i < view->devices.nr_iommus; i++) {
		const struct iommu *iommu = &view->devices.iommus[i];

		if (iommu->by == IOMMU_OF_XEN && iommu->xen->ipa_bits &&
		    iommu->xen->ipa_bits < view->xen.ipa_bits) {
			view->xen.ipa_bits = iommu->xen->ipa_bits;
			view->narrow = iommu->node;
		}
	}
	if (options->ipa_bits)
		view->xen.ipa_bits = options->ipa_bits;
}

/**
 * view_open() - find out all that explain, check and suggest say
 * @view: filled in
 * @board: the host's tree, or dom0's
 * @given: the command line
 *
 * Return: 0, or a negative error code, and the reason has been printed.
 */
int view_open(struct view *view, const struct board *board, const struct options *given)
{
	struct options options = *given;
	unsigned int i;
	int err;

	*view = (struct view){ .host = board, .dom0 = board };
	view->captured = is_domain(board);
	if (!view->captured)
		read_xen_args(board, &view->args);
	merge_args(view, &options);
	view->xen = options.xen;
	view->xen.dom0_ram = given->banks;
	view->xen.modules = given->modules;
	if (view->captured)
		read_version(board, &view->xen);
	view->config = board->tree.config;
	merge_config(&view->config, &options);
	find_devices(board, &options, &view->devices);
	find_width(view, &options);
	view->xen.iommu = view->devices.xen_drives;
	view->known = true;
	view->boots = true;
	view->at = -1;
	view->why = "read from /hypervisor";
	err = view->captured ? 0 : predict(view, &options);
	if (err) {
		free_devices(&view->devices);
		free(view->refusals);
		return err;
	}
	find_domus(view);
	for (i = 0; view->known && i < KERNELS; i++)
		if (!options.page_shift || options.page_shift == kernels[i].page_shift)
			add_outcome(view, &options, &kernels[i]);
	return 0;
}

void view_close(struct view *view)
{
	for (unsigned int i = 0; i < view->nr_outcomes; i++)
		free(view->outcomes[i].decision.pieces);
	if (!view->captured)
		board_close(&view->predicted);
	free_devices(&view->devices);
	free(view->refusals);
	free(view->domus);
}

/**
 * find_holes() - what nobody claims
 * @board: a tree
 * @options: the width of addresses, and lists
 * @holes: filled in; its pieces, to be freed, are all of the address space, in rising
 *	order, and SR_FREE is a hole
 *
 * The shared code is asked for holes as it would search them in a domain that is not
 * direct-mapped, and byte by byte. What it would keep its distance from is a hole
 * nevertheless.
 */
void find_holes(const struct board *board, const struct options *options,
		struct sr_decision *holes)
{
	struct sr_facts facts = { .initial_domain = true, .align = 1 };
	struct sr_tree tree = board->tree;
	unsigned int i, bits, nr = 0;
	const char *cpu;

	/* Whatever else the tree says: it is about what is claimed. */
	tree.xen = 0;
	tree.iommu = -1;
	tree.unclear = false;
	tree.config.broken = false;
	merge_config(&tree.config, options);
	tree.config.policy = SR_POLICY_HOLES;
	bits = options->ipa_bits ? options->ipa_bits : board_address_bits(board, &cpu);
	facts.mappable.last = last_of_bits(bits);
	decide(&tree, &facts, holes);

	for (i = 0; i < holes->nr_pieces; i++) {
		struct sr_piece piece = holes->pieces[i];
		struct sr_piece *last = nr ? &holes->pieces[nr - 1] : NULL;

		if (piece.owner == SR_NEAR)
			piece.owner = SR_FREE;
		if (last && last->owner == piece.owner && last->node == piece.node)
			last->range.last = piece.range.last;
		else
			holes->pieces[nr++] = piece;
	}
	holes->nr_pieces = nr;
}
