// SPDX-License-Identifier: GPL-2.0
/*
 * Test module: Linux no longer trusts a PCI device, as x86 does with what is
 * behind external ports. Its IOMMU group then gets a translating default domain
 * when next asked to choose ("auto" in sysfs).
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "name of the device, such as 0000:00:01.0");

static int __init pci_untrusted_init(void)
{
	struct device *dev = bus_find_device_by_name(&pci_bus_type, NULL, device);

	if (!dev)
		return -ENODEV;
	to_pci_dev(dev)->untrusted = true;
	put_device(dev);
	return 0;
}
module_init(pci_untrusted_init);

MODULE_DESCRIPTION("Test: mark a PCI device as untrusted");
MODULE_LICENSE("GPL");
