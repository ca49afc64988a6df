// SPDX-License-Identifier: GPL-2.0
/*
 * The IOMMU that Xen drives, as Xen may show it in the device tree.
 *
 * Xen hides the IOMMUs that it drives. A node compatible "xen,iommu-el2-v1", to which the
 * iommus of the devices behind them point, tells which those are. There is nothing to be
 * driven: it translates by the domain's own p2m, and dma-by-guest-frame.c reads the
 * marks. But the kernel waits for a driver of whatever iommus points to, and here it is.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/mod_devicetable.h>
#include <linux/platform_device.h>

/* No device has anything to do with it. */
static struct iommu_device *iommu_el2_probe_device(struct device *dev)
{
	return ERR_PTR(-ENODEV);
}

static const struct iommu_ops iommu_el2_ops = {
	.probe_device = iommu_el2_probe_device,
};

static int iommu_el2_probe(struct platform_device *pdev)
{
	struct iommu_device *iommu = devm_kzalloc(&pdev->dev, sizeof(*iommu), GFP_KERNEL);

	return iommu ? iommu_device_register(iommu, &iommu_el2_ops, &pdev->dev) : -ENOMEM;
}

static const struct of_device_id iommu_el2_of_match[] = {
	{ .compatible = "xen,iommu-el2-v1" },
	{ }
};

static struct platform_driver iommu_el2_driver = {
	.driver = {
		.name = "xen-iommu-el2",
		.of_match_table = iommu_el2_of_match,
		.suppress_bind_attrs = true,
	},
	.probe = iommu_el2_probe,
};

/* Before the drivers of those devices */
static int __init iommu_el2_init(void)
{
	return platform_driver_register(&iommu_el2_driver);
}
subsys_initcall(iommu_el2_init);
