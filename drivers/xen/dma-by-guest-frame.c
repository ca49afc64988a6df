// SPDX-License-Identifier: GPL-2.0
/*
 * DMA by guest frame in a direct-mapped Xen domain, for devices behind an IOMMU that
 * Xen drives.
 *
 * Without an IOMMU a device needs machine frames. In a direct-mapped domain they are the
 * guest frames, but for the pages of other domains, for which swiotlb-xen knows them
 * (arch/arm/xen/p2m.c). It is asked for each buffer. What is contiguous here need not be
 * so in the machine, and then is split or bounced.
 *
 * An IOMMU of Xen's translates by the domain's own p2m. Behind it, a page of another
 * domain is where it was mapped, and nothing has to be known or split. But who takes a
 * device for protected that is not sends it to whatever host RAM has the number of the
 * guest frame. So each device goes by machine frame unless
 *
 * - Xen itself says that it is protected (ask-protected.c),
 * - it reaches all that the pool may grow to: a page that it does not reach would be
 *   bounced, which is limited to 256 KiB, and that limit is read but once by a driver,
 *   perhaps before the pool has grown,
 * - and no guest frame of the pool is an address that its host bridge sends to another
 *   device, and not up to the IOMMU.
 *
 * The device keeps the operations of swiotlb-xen, which the DMA API is told to bypass
 * (CONFIG_DMA_OPS_BYPASS). What it reaches is known when its driver sets the mask, and
 * whatever is not known by then leaves it as it was. Foreign pages of which Xen has
 * identity mappings can be reached by either address.
 */
#define pr_fmt(fmt) "xen:dma: " fmt

#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <xen/ask-protected.h>
#include <xen/dma-by-guest-frame.h>
#include <xen/swiotlb-xen.h>

#include "unpopulated-facts.h"
#include "unpopulated-pool.h"

/* Why a device goes by guest frame, or does not. */
enum why {
	NOT_KNOWN,
	NOT_PROTECTED,
	PROTECTED,		/* it does */
	ASKED_NOT_TO,
	GRANTS,
	OUT_OF_REACH,
	PEERS,
	TOO_LATE,
};

static const char * const why_text[] = {
	[PROTECTED]	= "guest frames: behind Xen's IOMMU",
	[NOT_PROTECTED]	= "machine frames: not behind Xen's IOMMU",
	[NOT_KNOWN]	= "machine frames: Xen does not say whether it is behind its IOMMU",
	[ASKED_NOT_TO]	= "machine frames: as the command line asks",
	[GRANTS]	= "grants",
	[OUT_OF_REACH]	= "machine frames: it does not reach all guest frames of the pool",
	[PEERS]		= "machine frames: its host bridge has others at frames of the pool",
	[TOO_LATE]	= "machine frames: its driver set this mask too late",
};

/**
 * struct master - a device that may do DMA
 * @node: in the list
 * @name: of the device that was found there first
 * @np: its node in the device tree, NULL for a PCI function
 * @sbdf: of a PCI function: segment, bus, device, function
 * @asked: is @answer valid?
 * @answer: 1 protected, 0 not, or the error with which Xen does not say
 * @claim: whose word @answer is, or "Xen"
 * @why: what was chosen for it
 */
struct master {
	struct list_head node;
	const char *name;
	struct device_node *np;
	u32 sbdf;
	bool asked;
	int answer;
	const char *claim;
	enum why why;
};

static LIST_HEAD(masters);
/* Protects the list and what is in it. */
static DEFINE_MUTEX(masters_lock);

static bool machine_asked_for;
enum xen_dma_frames xen_dma_frames __read_mostly;

static int __init parse_xen_dma(char *value)
{
	if (!value || strcmp(value, "machine")) {
		pr_err("xen_dma=%s: expected machine\n", value ?: "");
		return -EINVAL;
	}
	machine_asked_for = true;
	return 0;
}
early_param("xen_dma", parse_xen_dma);

/* Does the integrator say so, of a function of that host bridge? */
static bool is_listed(struct pci_dev *pdev, u16 id)
{
	struct device *bridge = pci_find_host_bridge(pdev->bus)->dev.parent;

	return bridge && bridge->of_node &&
	       xen_unpopulated_lists_master(bridge->of_node->phandle, id);
}

/* What stands in for the IOMMU of a node in the tree? */
static bool has_iommu(const struct device_node *np, const char *compatible)
{
	struct of_phandle_args args;
	bool found;

	if (of_parse_phandle_with_args(np, "iommus", "#iommu-cells", 0, &args))
		return false;
	found = of_device_is_compatible(args.np, compatible);
	of_node_put(args.np);
	return found;
}

static void claim_refused(struct device *dev, const char *claim, int answer)
{
	dev_err(dev, "xen:dma: %s says that it is behind Xen's IOMMU, %s\n", claim,
		!answer ? "but Xen says that it is not" :
		answer == -EOPNOTSUPP ? "but Xen drives none" : "but Xen cannot be asked");
}

/* Of a device that shares its stream with others, all must be protected. */
static int ask_alias(struct pci_dev *pdev, u16 alias, void *context)
{
	struct master *master = context;

	master->answer = xen_ask_pci_protected(pci_domain_nr(pdev->bus) << 16 | alias);
	if (master->answer != 1 && is_listed(pdev, alias)) {
		/* This Xen knows nothing of PCI, but its IOMMU is on. */
		if (master->answer == -ENODEV) {
			master->answer = 1;
			master->claim = "xen,iommu-masters";
		} else {
			claim_refused(&pdev->dev, "xen,iommu-masters", master->answer);
		}
	}
	return master->answer != 1;
}

static void ask_node(struct device *dev, struct master *master)
{
	char *path = kasprintf(GFP_KERNEL, "%pOF", dev->of_node);

	master->answer = path ? xen_ask_node_protected(path) : -ENOMEM;
	kfree(path);
	if (master->answer == 1 || !has_iommu(dev->of_node, "xen,iommu-el2-v1"))
		return;
	/* Who marks its devices need not be asked: perhaps it cannot be. */
	if (master->answer == -EACCES) {
		master->answer = 1;
		master->claim = "xen,iommu-el2-v1";
	} else {
		claim_refused(dev, "xen,iommu-el2-v1", master->answer);
	}
}

static void ask(struct device *dev, struct master *master)
{
	master->claim = "Xen";
	if (dev_is_pci(dev))
		pci_for_each_dma_alias(to_pci_dev(dev), ask_alias, master);
	else
		ask_node(dev, master);
	master->asked = true;
}

/* Of a PCI function; 0 of another device, or of the first one */
static u32 get_sbdf(struct device *dev)
{
	return dev_is_pci(dev) ? pci_domain_nr(to_pci_dev(dev)->bus) << 16 |
				 pci_dev_id(to_pci_dev(dev)) : 0;
}

static struct device_node *get_np(struct device *dev)
{
	return dev_is_pci(dev) ? NULL : dev->of_node;
}

static struct master *find_master(const struct device_node *np, u32 sbdf)
{
	struct master *master;

	list_for_each_entry(master, &masters, node)
		if (master->np == np && master->sbdf == sbdf)
			return master;
	return NULL;
}

static struct master *add_master(struct device *dev)
{
	struct master *master = kzalloc(sizeof(*master), GFP_KERNEL);
	const char *name = kstrdup(dev_name(dev), GFP_KERNEL);

	if (!master || !name) {
		kfree(master);
		kfree(name);
		return NULL;
	}
	master->name = name;
	master->sbdf = get_sbdf(dev);
	master->np = of_node_get(get_np(dev));
	list_add_tail(&master->node, &masters);
	return master;
}

/* A node or a function is gone. What comes in its place may be another one. */
static void forget_master(const struct device_node *np, u32 sbdf)
{
	struct master *master;

	mutex_lock(&masters_lock);
	master = find_master(np, sbdf);
	if (master) {
		list_del(&master->node);
		of_node_put(master->np);
		kfree(master->name);
		kfree(master);
	}
	mutex_unlock(&masters_lock);
}

/* What the pool may have, as a device sees it */
struct sight {
	struct device *dev;
	u64 limit;
	enum why why;
};

/* Does the bus show all of it to the device, by one offset? */
static bool is_shown(struct device *dev, const struct resource *space)
{
	const struct bus_dma_region *map = dev->dma_range_map, *m;
	phys_addr_t next = space->start;
	u64 offset = next - phys_to_dma(dev, next);

	while (map && next <= space->end) {
		for (m = map; m->size; m++)
			if (next - m->cpu_start < m->size &&
			    m->cpu_start - m->dma_start == offset)
				break;
		if (!m->size)
			return false;
		if (space->end - m->cpu_start < m->size)
			break;
		next = m->cpu_start + m->size;
	}
	return true;
}

static void look_at_range(void *context, const struct xen_unpopulated_range *range)
{
	struct sight *sight = context;
	dma_addr_t first = phys_to_dma(sight->dev, range->space->start);
	dma_addr_t last = phys_to_dma(sight->dev, range->space->end);
	struct resource_entry *window;

	if (!is_shown(sight->dev, range->space) || last > sight->limit) {
		sight->why = OUT_OF_REACH;
		return;
	}
	if (!dev_is_pci(sight->dev))
		return;
	resource_list_for_each_entry(window,
				     &pci_find_host_bridge(to_pci_dev(sight->dev)->bus)->windows) {
		if (resource_type(window->res) == IORESOURCE_MEM &&
		    window->res->start - window->offset <= last &&
		    window->res->end - window->offset >= first)
			sight->why = PEERS;
	}
}

static enum why choose(struct device *dev, int answer, u64 mask)
{
	struct sight sight = {
		.dev = dev,
		/* The mask is for streaming DMA or for coherent; the former may be less. */
		.limit = min_not_zero(min(mask, dma_get_mask(dev)), dev->bus_dma_limit),
		.why = PROTECTED,
	};

	if (machine_asked_for)
		return ASKED_NOT_TO;
	if (has_iommu(dev->of_node, "xen,grant-dma"))
		return GRANTS;
	if (answer != 1)
		return answer ? NOT_KNOWN : NOT_PROTECTED;
	if (sight.limit < dma_direct_get_required_mask(dev))
		return OUT_OF_REACH;
	xen_unpopulated_each_range(look_at_range, &sight);
	return sight.why;
}

/**
 * xen_dma_choose() - by which frames does a device do DMA, with this mask?
 * @dev: the device, which has the operations of swiotlb-xen
 * @mask: what it reaches, of streaming or of coherent DMA; the last one counts
 *
 * Context: may sleep.
 *
 * Return: false if the mask must not be set, for the device may have buffers mapped by
 * guest frame that the mask would have it unmap by machine frame.
 */
bool xen_dma_choose(struct device *dev, u64 mask)
{
	bool before = dev_dma_ops_bypass(dev);
	struct master *master;
	bool refused;
	enum why why;

	if (!dev->of_node && !dev_is_pci(dev))
		return true;

	mutex_lock(&masters_lock);
	master = find_master(get_np(dev), get_sbdf(dev)) ?: add_master(dev);
	if (master && !master->asked)
		ask(dev, master);
	why = master ? choose(dev, master->answer, mask) : NOT_KNOWN;
	if (device_is_bound(dev) && !before && why == PROTECTED)
		why = TOO_LATE;
	refused = device_is_bound(dev) && before && why != PROTECTED;
	if (master && !refused)
		master->why = why;
	mutex_unlock(&masters_lock);

	if (refused) {
		dev_err(dev, "xen:dma: too late for the mask %#llx: DMA is by guest frame already\n",
			mask);
		return false;
	}
	if (why != PROTECTED) {
		dev_clear_dma_ops_bypass(dev);
	} else {
		dev_set_dma_ops_bypass(dev);
		cmpxchg(&xen_dma_frames, XEN_DMA_NO_FRAMES, XEN_DMA_GUEST_FRAMES);
	}
	return true;
}

/**
 * xen_dma_begin() - a device gets the operations of swiotlb-xen
 * @dev: the device, which a driver is about to be bound to
 *
 * Until the mask is known, it does DMA by machine frame.
 *
 * Context: may sleep.
 */
void xen_dma_begin(struct device *dev)
{
	struct master *master;

	dev_clear_dma_ops_bypass(dev);
	if (!dev_is_pci(dev))
		return;

	/* It may have been another domain's. A node stays what it is, and Xen logs a yes. */
	mutex_lock(&masters_lock);
	master = find_master(get_np(dev), get_sbdf(dev));
	if (master)
		master->asked = false;
	mutex_unlock(&masters_lock);
}

/**
 * xen_dma_is_by_guest_frame() - does a device do DMA by guest frame?
 * @dev: the device, which a driver is bound to
 *
 * Return: true if what is contiguous here is so for the device.
 */
bool xen_dma_is_by_guest_frame(struct device *dev)
{
	return dev_dma_ops_bypass(dev);
}

static int masters_show(struct seq_file *seq, void *unused)
{
	struct master *master;

	mutex_lock(&masters_lock);
	list_for_each_entry(master, &masters, node)
		seq_printf(seq, "%s: %s (%s: %d)\n", master->name, why_text[master->why],
			   master->claim, master->answer);
	mutex_unlock(&masters_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(masters);

static int pci_changes(struct notifier_block *block, unsigned long action, void *data)
{
	if (action == BUS_NOTIFY_REMOVED_DEVICE)
		forget_master(NULL, get_sbdf(data));
	return NOTIFY_DONE;
}

/* An overlay is taken away. */
static int tree_changes(struct notifier_block *block, unsigned long action, void *data)
{
	if (action == OF_RECONFIG_DETACH_NODE)
		forget_master(((struct of_reconfig_data *)data)->dn, 0);
	return NOTIFY_DONE;
}

static struct notifier_block pci_block = { .notifier_call = pci_changes };
static struct notifier_block tree_block = { .notifier_call = tree_changes };

static int __init xen_dma_watch(void)
{
	if (!xen_swiotlb_detect())
		return 0;
	if (IS_ENABLED(CONFIG_PCI))
		bus_register_notifier(&pci_bus_type, &pci_block);
	if (IS_ENABLED(CONFIG_OF_DYNAMIC))
		of_reconfig_notifier_register(&tree_block);
	return 0;
}
arch_initcall(xen_dma_watch);

/* Once the drivers that are built in have set their masks */
static int __init xen_dma_init(void)
{
	unsigned int by_guest_frame = 0, all = 0;
	struct master *master;

	if (!xen_swiotlb_detect())
		return 0;

	mutex_lock(&masters_lock);
	list_for_each_entry(master, &masters, node) {
		by_guest_frame += master->why == PROTECTED;
		all++;
	}
	mutex_unlock(&masters_lock);
	pr_info("devices that do DMA by guest frame: %u, by machine frame: %u\n",
		by_guest_frame, all - by_guest_frame);
	debugfs_create_file("dma", 0400, xen_unpopulated_debugfs(), NULL, &masters_fops);
	return 0;
}
late_initcall_sync(xen_dma_init);
