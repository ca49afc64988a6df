// SPDX-License-Identifier: GPL-2.0
/*
 * One translator of DMA addresses in a direct-mapped Xen domain.
 *
 * The page of another domain, mapped here through its grant, has two numbers:
 * the guest frame it was mapped at and the machine frame it is. A device that
 * Xen puts behind no IOMMU needs the machine frame, which only swiotlb-xen knows
 * (arch/arm/xen/p2m.c). If Xen has no driver for the board's IOMMU, this kernel
 * sees and drives it. With a translating domain, dma_map_*() then takes the
 * IOMMU path, never asks swiotlb-xen, and sends the device to the guest frame:
 * to whatever host RAM has that number. Nothing reports an error.
 *
 * So in a direct-mapped domain
 *
 * - the default domain of every group is identity, whatever iommu.passthrough
 *   says: DMA is by machine address, as without an IOMMU;
 * - a group cannot be switched to a translating domain in sysfs;
 * - where the IOMMU core insists on translation (PCI devices that are not
 *   trusted, drivers that cannot do otherwise), foreign pages are copied to and
 *   from the domain's own RAM, for which both numbers are the same. What cannot
 *   be copied, because it is too large or no bounce buffer is free, fails to map.
 *
 * Domains that user space manages (VFIO, iommufd) are not concerned.
 */
#define pr_fmt(fmt) "xen:one-translator: " fmt

#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/init.h>
#include <linux/iommu.h>

#include <xen/one-translator.h>
#include <xen/page.h>
#include <xen/swiotlb-xen.h>

DEFINE_STATIC_KEY_FALSE(xen_one_translator_key);

/**
 * xen_leaves_dma_to_iommu() - does an IOMMU domain translate for a device?
 * @dev: the device, which is about to get its DMA operations
 *
 * Return: true if it is to have no operations of Xen's.
 */
bool xen_leaves_dma_to_iommu(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	if (!domain)
		return false;
	if (!iommu_is_dma_domain(domain)) {
		/* Xen hides the IOMMUs that it drives, so this one is the kernel's. */
		dev_info_once(dev,
			      "xen:one-translator: direct-mapped domain: DMA is by machine address, so IOMMUs not driven by Xen pass it through and confine nothing, except for untrusted devices\n");
		return false;
	}
	/* It may have had an identity domain when last bound to a driver. */
	if (get_dma_ops(dev) == &xen_swiotlb_dma_ops)
		set_dma_ops(dev, NULL);
	return true;
}

/* Once per device, not per buffer: devices seldom take turns. */
static void tell_that_pages_are_copied(struct device *dev)
{
	static struct device *told;

	if (READ_ONCE(told) == dev)
		return;
	WRITE_ONCE(told, dev);
	dev_warn_ratelimited(dev,
			     "xen:one-translator: IOMMU translates for this device: pages of other domains are copied\n");
}

/* xen_dma_is_foreign() in a direct-mapped domain */
bool __xen_dma_is_foreign(struct device *dev, phys_addr_t phys, size_t size)
{
	unsigned long frame = XEN_PFN_DOWN(phys);
	unsigned long end = XEN_PFN_UP(phys + size);

	for (; frame < end; frame++) {
		if (pfn_to_bfn(frame) != frame) {
			tell_that_pages_are_copied(dev);
			return true;
		}
	}
	return false;
}

/* xen_refuses_iommu_type() in a direct-mapped domain */
bool __xen_refuses_iommu_type(struct iommu_group *group,
			      const struct iommu_domain *now, unsigned int type)
{
	if (!(type & __IOMMU_DOMAIN_PAGING) || (now->type & __IOMMU_DOMAIN_PAGING))
		return false;
	pr_err_ratelimited("IOMMU group %d: refused to translate: DMA of a direct-mapped domain is by machine address\n",
			   iommu_group_id(group));
	return true;
}

/*
 * After xen_guest_init() (early) has asked for the features, before
 * iommu_subsys_init() (subsys) reads the default and before any IOMMU is probed.
 */
static int __init xen_one_translator_init(void)
{
	if (!xen_swiotlb_detect())
		return 0;

	/* As from the command line, or iommu_subsys_init() would not heed it. */
	iommu_set_default_passthrough(true);
	static_branch_enable(&xen_one_translator_key);
	return 0;
}
core_initcall(xen_one_translator_init);
