/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices, PCI and Xen, as far as the choice of DMA addresses sees them, in user space and
 * as thin as possible; lists, locks and memory are the pool's shim. The headers in linux/
 * and xen/ are this one, see the Makefile.
 */
#ifndef _DEVICES_H
#define _DEVICES_H

#include <stdio.h>

#include "shim.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int64_t s64;
typedef u64 dma_addr_t;

#define CONFIG_XEN_ASK_PROTECTED	1
#define CONFIG_XEN_DMA_BY_GUEST_FRAME	1

#define U16_MAX			UINT16_MAX
#define U64_MAX			UINT64_MAX
#define __read_mostly
#define early_param(name, fn)	int (*const shim_param)(char *) = fn
#define arch_initcall(fn)	int (*const shim_arch_initcall)(void) = fn
#define late_initcall_sync(fn)	int (*const shim_late_initcall)(void) = fn
#define min_not_zero(a, b)	((a) && (!(b) || (a) < (b)) ? (a) : (b))
#define cmpxchg(p, old, new)	({ if (*(p) == (old)) *(p) = (new); })

/* The device tree: a node has at most one IOMMU. */
struct device_node {
	const char *path;
	const char *compatible;
	u32 phandle;
	struct device_node *iommu;
	int users;
};

struct of_phandle_args {
	struct device_node *np;
	int args_count;
	u32 args[16];
};

static inline struct device_node *of_node_get(struct device_node *np)
{
	if (np)
		np->users++;
	return np;
}

static inline void of_node_put(struct device_node *np)
{
	if (np)
		np->users--;
}

static inline int of_parse_phandle_with_args(const struct device_node *np, const char *list,
					     const char *cells, int index,
					     struct of_phandle_args *args)
{
	BUG_ON(strcmp(list, "iommus") || strcmp(cells, "#iommu-cells") || index);
	args->np = of_node_get(np ? np->iommu : NULL);
	return args->np ? 0 : -ENOENT;
}

static inline bool of_device_is_compatible(const struct device_node *np, const char *compatible)
{
	return !strcmp(np->compatible, compatible);
}

/* What the bus shows of the CPU's addresses, and at which of its own */
struct bus_dma_region {
	phys_addr_t cpu_start;
	dma_addr_t dma_start;
	u64 size;
};

struct device {
	const char *name;
	struct device *parent;
	struct device_node *of_node;
	u64 *dma_mask;
	u64 bus_dma_limit;
	bool dma_ops_bypass;
	bool bound;
	struct pci_bus *bus;
	const struct bus_dma_region *dma_range_map;
};

/* What is told of changes, at most one to a chain. */
struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long action, void *data);
};

#define NOTIFY_DONE			0
#define BUS_NOTIFY_DEL_DEVICE		2
#define BUS_NOTIFY_REMOVED_DEVICE	3
#define OF_RECONFIG_ATTACH_NODE		1
#define OF_RECONFIG_DETACH_NODE		2

struct of_reconfig_data {
	struct device_node *dn;
};

extern int pci_bus_type;
extern struct notifier_block *shim_pci_block, *shim_tree_block;

#define CONFIG_PCI		1
#define CONFIG_OF_DYNAMIC	1
#define bus_register_notifier(bus, block)	((void)(bus), shim_pci_block = (block))
#define of_reconfig_notifier_register(block)	(shim_tree_block = (block))

#define dev_dma_ops_bypass(dev)		((dev)->dma_ops_bypass)
#define dev_set_dma_ops_bypass(dev)	((dev)->dma_ops_bypass = true)
#define dev_clear_dma_ops_bypass(dev)	((dev)->dma_ops_bypass = false)
#define dev_name(dev)		((dev)->name)
#define device_is_bound(dev)	((dev)->bound)
#define dev_err(dev, fmt, ...)	shim_log("%s: " fmt, dev_name(dev), ##__VA_ARGS__)
#define pci_err(pdev, ...)	dev_err(&(pdev)->dev, ##__VA_ARGS__)
#define dma_get_mask(dev)	((dev)->dma_mask ? *(dev)->dma_mask : 0xffffffffULL)

#define DMA_MAPPING_ERROR	(~(dma_addr_t)0)

static inline dma_addr_t phys_to_dma(struct device *dev, phys_addr_t phys)
{
	const struct bus_dma_region *m = dev->dma_range_map;

	for (; m && m->size; m++)
		if (phys >= m->cpu_start && phys - m->cpu_start < m->size)
			return phys - m->cpu_start + m->dma_start;
	return m ? DMA_MAPPING_ERROR : phys;
}

/* The last address of RAM, as a mask */
extern u64 required_mask;
#define dma_direct_get_required_mask(dev)	(required_mask)

/* PCI */

struct resource_entry {
	struct resource_entry *next;
	struct resource *res;
	u64 offset;
};

struct pci_host_bridge {
	struct device dev;
	struct resource_entry *windows;
};

struct pci_bus {
	struct pci_host_bridge *bridge;
	u32 domain;
	u8 number;
};

struct pci_dev {
	struct device dev;
	struct pci_bus *bus;
	u8 devfn;
	int alias;	/* devfn of another function whose requester ID its bus uses, or 0 */
};

#define dev_is_pci(dev)			((dev)->bus)
#define to_pci_dev(d)			container_of(d, struct pci_dev, dev)
#define pci_domain_nr(bus)		((bus)->domain)
#define pci_dev_id(pdev)		((u16)((pdev)->bus->number << 8 | (pdev)->devfn))
#define pci_find_host_bridge(bus)	((bus)->bridge)
#define resource_type(res)		((res)->flags)
#define resource_list_for_each_entry(window, list) \
	for (window = *(list); window; window = window->next)

static inline int pci_for_each_dma_alias(struct pci_dev *pdev,
					 int (*fn)(struct pci_dev *pdev, u16 alias, void *data),
					 void *data)
{
	int ret = fn(pdev, pci_dev_id(pdev), data);

	return ret || !pdev->alias ? ret : fn(pdev, pdev->bus->number << 8 | pdev->alias, data);
}

/* debugfs: the file is printed to a buffer */

struct seq_file {
	char text[4096];
	int n;
};

#define seq_printf(seq, ...) \
	((seq)->n += snprintf((seq)->text + (seq)->n, sizeof((seq)->text) - (seq)->n, __VA_ARGS__))
#define DEFINE_SHOW_ATTRIBUTE(name) \
	int (*const shim_show)(struct seq_file *seq, void *unused) = name##_show; \
	static const int name##_fops
#define debugfs_create_file(name, mode, dir, data, fops)	((void)(dir), (void)(fops))

#define kstrdup(s, gfp)			shim_print("%s", s)
#define kasprintf(gfp, format, np)	shim_print("%s", (np)->path)
/* As kasprintf(), in a block that kfree() takes */
char *shim_print(const char *format, const char *s);

/* Xen */
#undef xen_initial_domain
#define xen_initial_domain()		(initial_domain)
#define xen_swiotlb_detect()		(true)
extern bool initial_domain;
int privcmd_call(unsigned int call, unsigned long a1, unsigned long a2, unsigned long a3,
		 unsigned long a4, unsigned long a5);

#endif /* _DEVICES_H */
