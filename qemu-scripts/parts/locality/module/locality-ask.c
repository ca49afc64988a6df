// SPDX-License-Identifier: GPL-2.0
/*
 * Test module: asks swiotlb-xen about DMA addresses, as a driver does that is done with
 * them. For an address that is unmapped or synchronized nothing counts but the address,
 * so it need not have been mapped.
 *
 * Written to the parameters unmap, for_cpu and for_device: START-LAST, in hex; each page
 * is asked about. Written to cost: an address; the log then says what a call takes, in
 * nanoseconds. Written to hotplug: the address of a section of RAM, which is added.
 *
 * For emulators only: whose lines are invalidated here may hold data.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <xen/page.h>

#define ROUNDS	4096
/* The best of so many counts: others may meet an interrupt. */
#define TRIES	5

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "name of the platform device that does DMA");

static struct device *dev;

static void unmap(dma_addr_t addr)
{
	dma_unmap_page(dev, addr, XEN_PAGE_SIZE, DMA_FROM_DEVICE);
}

static void for_cpu(dma_addr_t addr)
{
	dma_sync_single_for_cpu(dev, addr, XEN_PAGE_SIZE, DMA_FROM_DEVICE);
}

static void for_device(dma_addr_t addr)
{
	dma_sync_single_for_device(dev, addr, XEN_PAGE_SIZE, DMA_FROM_DEVICE);
}

static int ask(const char *val, const struct kernel_param *kp)
{
	void (*call)(dma_addr_t addr) = kp->arg;
	unsigned long long addr, last;

	if (sscanf(val, "%llx-%llx", &addr, &last) != 2)
		return -EINVAL;
	for (; addr <= last; addr += XEN_PAGE_SIZE)
		call(addr);
	return 0;
}

/* What goes to the device needs nothing done for the CPU: that leaves the question. */
static int cost(const char *val, const struct kernel_param *kp)
{
	u64 best = U64_MAX, start;
	unsigned long long addr;
	unsigned int i, try;

	if (kstrtoull(val, 16, &addr))
		return -EINVAL;
	for (try = 0; try < TRIES; try++) {
		start = ktime_get_ns();
		for (i = 0; i < ROUNDS; i++)
			dma_sync_single_for_cpu(dev, addr, XEN_PAGE_SIZE, DMA_TO_DEVICE);
		best = min(best, ktime_get_ns() - start);
	}
	pr_info("locality-ask: takes %llu\n", best / ROUNDS);
	return 0;
}

static int hotplug(const char *val, const struct kernel_param *kp)
{
	unsigned long long addr;

	if (kstrtoull(val, 0, &addr))
		return -EINVAL;
	return add_memory(0, addr, PAGES_PER_SECTION << PAGE_SHIFT, MHP_NONE);
}

static const struct kernel_param_ops ask_ops = { .set = ask };
static const struct kernel_param_ops cost_ops = { .set = cost };
static const struct kernel_param_ops hotplug_ops = { .set = hotplug };
module_param_cb(unmap, &ask_ops, unmap, 0200);
module_param_cb(for_cpu, &ask_ops, for_cpu, 0200);
module_param_cb(for_device, &ask_ops, for_device, 0200);
module_param_cb(cost, &cost_ops, NULL, 0200);
module_param_cb(hotplug, &hotplug_ops, NULL, 0200);

static int __init locality_ask_init(void)
{
	dev = bus_find_device_by_name(&platform_bus_type, NULL, device);
	return dev ? 0 : -ENODEV;
}
module_init(locality_ask_init);

static void __exit locality_ask_exit(void)
{
	put_device(dev);
}
module_exit(locality_ask_exit);

MODULE_DESCRIPTION("Test: ask whether DMA addresses are local");
MODULE_LICENSE("GPL");
