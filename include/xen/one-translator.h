/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In a direct-mapped Xen domain only swiotlb-xen may translate DMA addresses of
 * other domains' pages; see arch/arm64/xen/one-translator.c. What drivers/iommu
 * asks here is constant false in every other domain, and on other architectures.
 */
#ifndef _XEN_ONE_TRANSLATOR_H
#define _XEN_ONE_TRANSLATOR_H

#include <linux/types.h>

struct device;
struct iommu_domain;
struct iommu_group;

#if defined(CONFIG_ARM64) && defined(CONFIG_XEN) && defined(CONFIG_IOMMU_DMA)

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(xen_one_translator_key);

bool xen_leaves_dma_to_iommu(struct device *dev);

/**
 * xen_one_translator() - may IOMMU domains not translate foreign pages?
 *
 * A buffer that holds such a page is then bounced for every device whose DMA
 * goes through a translating domain nevertheless.
 *
 * Return: true in a direct-mapped domain.
 */
static inline bool xen_one_translator(void)
{
	return static_branch_unlikely(&xen_one_translator_key);
}

#else

static inline bool xen_leaves_dma_to_iommu(struct device *dev)
{
	return false;
}

static inline bool xen_one_translator(void)
{
	return false;
}

#endif

bool __xen_dma_is_foreign(struct device *dev, phys_addr_t phys, size_t size);
bool __xen_refuses_iommu_type(struct iommu_group *group,
			      const struct iommu_domain *now, unsigned int type);

/**
 * xen_dma_is_foreign() - is a page of another domain in a buffer?
 * @dev: the device, behind a translating IOMMU domain, that is to access it
 * @phys: address of the buffer
 * @size: its length in bytes
 *
 * Return: true if the device would be sent to the guest frame of such a page.
 */
static inline bool xen_dma_is_foreign(struct device *dev, phys_addr_t phys, size_t size)
{
	return xen_one_translator() && __xen_dma_is_foreign(dev, phys, size);
}

/**
 * xen_refuses_iommu_type() - must a group not get another default domain?
 * @group: the group that user space wants to change
 * @now: its default domain
 * @type: type of the wanted one, or 0 for the default
 *
 * Return: true if it would begin to translate; an error was logged.
 */
static inline bool xen_refuses_iommu_type(struct iommu_group *group,
					  const struct iommu_domain *now, unsigned int type)
{
	return xen_one_translator() && __xen_refuses_iommu_type(group, now, type);
}

/**
 * xen_may_bounce() - may a buffer of a device need to be bounced?
 * @untrusted: true if the kernel bounces what it must hide from the device
 *
 * Foreign pages take the same way.
 *
 * Return: true if the device needs what bouncing takes.
 */
static inline bool xen_may_bounce(bool untrusted)
{
	return untrusted || xen_one_translator();
}

#endif /* _XEN_ONE_TRANSLATOR_H */
