// SPDX-License-Identifier: GPL-2.0
/*
 * The pool's ranges on Arm: facts and the device tree in, ranges out.
 *
 * What is known of this domain and its host, what the device tree and
 * memblock claim, what Xen publishes and what the integrator asks for goes to
 * sr_decide(). This file collects the input, hands the usable ranges to the pool,
 * and says what was decided: one line in the log, the whole in debugfs
 * xen/unpopulated/decision.
 */
#define pr_fmt(fmt) "xen:unpopulated: " fmt

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/libfdt.h>
#include <linux/math64.h>
#include <linux/memblock.h>
#include <linux/of_fdt.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <xen/xen.h>

#include "safe-ranges.h"
#include "unpopulated-facts.h"
#include "unpopulated-pool.h"

/* Kept for debugfs. */
static struct sr_facts facts;
static unsigned int ipa_bits;
static struct sr_config config;
static struct sr_decision decision;
static u64 decision_ns;

/* Claims of the tree, as many as there turn out to be. */
static bool __init make_room(struct sr_tree *tree, unsigned int nr)
{
	unsigned int max = max3(nr, 2 * tree->max_claims, 128U);
	struct sr_claim *claims = krealloc_array(tree->claims, max, sizeof(*claims), GFP_KERNEL);

	if (!claims)
		return false;
	tree->claims = claims;
	tree->max_claims = max;
	return true;
}

static const char *node_path(int node, char *buf, int size)
{
	if (node < 0 || fdt_get_path(initial_boot_params, node, buf, size))
		return "";
	return buf;
}

static void __init report_problem(void *context, int node, const char *property,
				  const char *expected)
{
	char path[128];

	/* Of Xen's for ACPI: it has no node of the machine's (acpi_make_hypervisor_node()). */
	if (facts.acpi)
		return;
	pr_warn_ratelimited("device tree: %s %s: expected %s\n",
			    node_path(node, path, sizeof(path)), property, expected);
}

/* RAM that the tree does not show: booted through EFI, it has no memory nodes. */
static int __init add_memblock(struct sr_tree *tree)
{
	phys_addr_t start, end;
	u64 i;

	for_each_mem_range(i, &start, &end) {
		struct sr_claim claim = {
			.range = { start, end - 1 }, .owner = SR_RAM, .node = -1,
		};
		int err = sr_add_claim(tree, &claim);

		if (err)
			return err;
	}
	return 0;
}

/* Read the tree and decide; fills in config and decision. */
static int __init decide(void)
{
	struct sr_tree *tree = kzalloc(sizeof(*tree), GFP_KERNEL);
	int err;

	if (!tree)
		return -ENOMEM;
	tree->make_room = make_room;
	tree->problem = report_problem;
	err = sr_read_tree(tree, initial_boot_params) ?: add_memblock(tree);
	if (err)
		goto out;
	xen_unpopulated_add_params(&tree->config);
	config = tree->config;

	decision.max_pieces = SR_MAX_PIECES(tree->nr_claims);
	decision.pieces = kvmalloc_array(decision.max_pieces, sizeof(*decision.pieces),
					 GFP_KERNEL);
	err = decision.pieces ? sr_decide(&facts, tree, &decision) : -ENOMEM;
out:
	kfree(tree->claims);
	kfree(tree);
	/* Room is memory here. */
	return err ? -ENOMEM : 0;
}

/* Most of the room for pieces was not needed. */
static void __init shrink_pieces(void)
{
	struct sr_piece *pieces = kmemdup(decision.pieces,
					  decision.nr_pieces * sizeof(*pieces), GFP_KERNEL);

	if (!pieces)
		decision.nr_pieces = 0;
	kvfree(decision.pieces);
	decision.pieces = pieces;
}

/*
 * The width of guest-physical addresses is known as an upper bound only, so a range
 * is tried when it is about to be used. Another domain than the initial one has no
 * page to try with; its toolstack knows what it published.
 */
static int reach_of(const struct resource *space, u64 *bytes)
{
	const struct sr_range range = { space->start, space->end };
	unsigned int before = ipa_bits;
	int err = sr_find_reach(&range, &ipa_bits, xen_probe_frame, bytes);

	if (ipa_bits < before)
		pr_warn("guest-physical addresses have at most %u bits, not %u: Xen maps nothing above\n",
			ipa_bits, before);
	return err;
}

/* Give the pool what it may use. */
static void __init add_ranges(unsigned int *nr, u64 *bytes)
{
	int i;

	for (i = decision.first; i >= 0; i = decision.pieces[i].next) {
		const struct sr_range *range = &decision.pieces[i].range;
		int err = xen_unpopulated_add_range(range->start, range->last,
						    facts.initial_domain ? reach_of : NULL);

		if (err) {
			pr_warn("%#llx-%#llx cannot be reserved (%d), not used\n",
				range->start, range->last, err);
			continue;
		}
		++*nr;
		*bytes += range->last - range->start + 1;
	}
}

/* What it is that speaks for or against an IOMMU, as "yes: this, that". */
static const char *iommu_text(char *buf, int size)
{
	int i, n = scnprintf(buf, size, decision.iommu ? "yes" : "no");
	const char *before = ": ";

	for (i = 0; i < SR_EVIDENCES; i++) {
		if (!(decision.evidence & BIT(i)))
			continue;
		n += scnprintf(buf + n, size - n, "%s%s", before, sr_evidence_text(i));
		before = ", ";
	}
	return buf;
}

/* What the integrator asks for and does not get. */
static void __init say_refusal(void)
{
	if (config.broken)
		pr_err("%s, so pages are ballooned\n", sr_reason_text(decision.reason));
	else if (decision.contradicted)
		pr_err("that an IOMMU protects this domain's DMA is claimed but not true, so pages are ballooned: %s\n",
		       sr_reason_text(decision.reason));
	else if (config.policy != SR_POLICY_AUTO && config.policy != SR_POLICY_BALLOON &&
		 decision.source == SR_SOURCE_BALLOON)
		pr_err("policy \"%s\" cannot be followed safely, so pages are ballooned: %s\n",
		       sr_policy_name(config.policy), sr_reason_text(decision.reason));
}

static void __init say_decision(unsigned int nr, u64 bytes)
{
	const char *mapped = facts.identity ? "direct-mapped" : "not direct-mapped";
	char iommu[160];

	if (decision.source == SR_SOURCE_BALLOON)
		pr_info("ballooning: %s; Xen %u.%u, %s\n", sr_reason_text(decision.reason),
			facts.xen_major, facts.xen_minor, mapped);
	else
		pr_info("%s: %u ranges, %llu MiB: %s; Xen %u.%u, %s, IOMMU %s\n",
			sr_source_name(decision.source), nr, bytes >> 20,
			sr_reason_text(decision.reason), facts.xen_major,
			facts.xen_minor, mapped, iommu_text(iommu, sizeof(iommu)));
}

/**
 * arch_xen_unpopulated_init() - give the pool its ranges
 * @res: not used, the ranges are added one by one
 *
 * Return: 0 also if there are none and the pool will balloon, or -ENOMEM.
 */
int __init arch_xen_unpopulated_init(struct resource **res)
{
	unsigned int nr = 0;
	u64 bytes = 0;
	int err;

	decision_ns = local_clock();
	xen_unpopulated_get_facts(&facts, &ipa_bits);
	err = decide();
	if (err)
		return err;
	decision_ns = local_clock() - decision_ns;

	if (decision.meets_ram)
		pr_err("Xen publishes ranges with RAM in them: %s\n", facts.identity ?
		       "it does not know all RAM, so nothing below the highest RAM page is used" :
		       "these parts are not used");
	add_ranges(&nr, &bytes);
	say_refusal();
	say_decision(nr, bytes);
	shrink_pieces();
	return 0;
}

/**
 * xen_unpopulated_lists_master() - does the integrator say that a PCI function is protected?
 * @phandle: of its host bridge
 * @id: its requester ID
 *
 * Return: true if it is in xen,iommu-masters, and all that the integrator says is understood.
 */
bool xen_unpopulated_lists_master(u32 phandle, u32 id)
{
	return !config.broken && sr_lists_master(&config, phandle, id);
}

static void show_list(struct seq_file *seq, const char *name, const struct sr_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		seq_printf(seq, "%s: %#018llx-%#018llx\n", name, list->ranges[i].start,
			   list->ranges[i].last);
}

static int decision_show(struct seq_file *seq, void *unused)
{
	char text[160];
	unsigned int i;

	seq_printf(seq, "source: %s\n", sr_source_name(decision.source));
	seq_printf(seq, "reason: %s\n", sr_reason_text(decision.reason));
	for (i = 0; i < SR_ROWS; i++)
		seq_printf(seq, "row %u (%s): %s%s\n", i, sr_row_text(i),
			   i == decision.row ? "taken: " : "", sr_reason_text(decision.why[i]));
	seq_printf(seq, "policy: %s %s\n", sr_policy_name(config.policy),
		   node_path(config.node, text, sizeof(text)));
	show_list(seq, "allowed", &config.allow);
	show_list(seq, "excluded", &config.exclude);
	seq_printf(seq, "Xen: %u.%u\n", facts.xen_major, facts.xen_minor);
	seq_printf(seq, "initial domain: %s\n", facts.initial_domain ? "yes" : "no");
	seq_printf(seq, "direct-mapped: %s\n", facts.identity ? "yes" : "no");
	seq_printf(seq, "IOMMU: %s\n", iommu_text(text, sizeof(text)));
	seq_printf(seq, "end of host RAM: %#llx\n", facts.host_ram_end);
	seq_printf(seq, "mappable: %#llx-%#llx in steps of %llu KiB\n",
		   facts.mappable.start, facts.mappable.last, facts.align >> 10);
	seq_printf(seq, "took: %llu us\n", div_u64(decision_ns, 1000));
	for (i = 0; i < decision.nr_pieces; i++) {
		const struct sr_piece *piece = &decision.pieces[i];

		seq_printf(seq, "%#018llx-%#018llx %s %s\n", piece->range.start,
			   piece->range.last, sr_owner_name(piece->owner),
			   node_path(piece->node, text, sizeof(text)));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(decision);

static int __init decision_debugfs_init(void)
{
	if (xen_domain())
		debugfs_create_file("decision", 0400, xen_unpopulated_debugfs(), NULL,
				    &decision_fops);
	return 0;
}
late_initcall(decision_debugfs_init);
