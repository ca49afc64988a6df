// SPDX-License-Identifier: GPL-2.0
/*
 * Test module: drives devices of the device tree that only set a mask, the one that has
 * the streams of the bench, and one that an overlay adds while this is loaded.
 *
 * Needs CONFIG_OF_OVERLAY
 */
#include <linux/dma-mapping.h>
#include <linux/kernel_read_file.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

static char *overlay = "";
module_param(overlay, charp, 0444);
MODULE_PARM_DESC(overlay, "file with a compiled overlay");

static int changeset;

static int masters_probe(struct platform_device *pdev)
{
	return dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
}

static const struct of_device_id masters_ids[] = {
	{ .compatible = "bench,dma-masters" },
	{ .compatible = "bench,overlay-master" },
	{ }
};
MODULE_DEVICE_TABLE(of, masters_ids);

static struct platform_driver masters_driver = {
	.driver = {
		.name = "tree-masters",
		.of_match_table = masters_ids,
	},
	.probe = masters_probe,
};

static int apply_overlay(void)
{
	void *data = NULL;
	ssize_t size = kernel_read_file_from_path(overlay, 0, &data, SZ_64K, NULL,
						  READING_UNKNOWN);
	int err;

	if (size < 0)
		return size;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	err = of_overlay_fdt_apply(data, size, &changeset);
#else
	err = of_overlay_fdt_apply(data, size, &changeset, NULL);
#endif
	vfree(data);
	/* Even then there may be something to take away. */
	if (err && changeset)
		of_overlay_remove(&changeset);
	return err;
}

static int __init masters_init(void)
{
	int err = platform_driver_register(&masters_driver);

	if (err)
		return err;
	err = apply_overlay();
	if (err)
		platform_driver_unregister(&masters_driver);
	return err;
}

static void __exit masters_exit(void)
{
	int err = of_overlay_remove(&changeset);

	if (err)
		pr_err("tree-masters: the overlay stays (%d)\n", err);
	platform_driver_unregister(&masters_driver);
}

module_init(masters_init);
module_exit(masters_exit);

MODULE_DESCRIPTION("Test: devices of the device tree, and of an overlay");
MODULE_LICENSE("GPL");
