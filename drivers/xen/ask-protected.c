// SPDX-License-Identifier: GPL-2.0
/*
 * Ask Xen whether a device is behind an IOMMU that Xen drives.
 *
 * Only the toolstack's interface tells, the domctl test_assign_device, which asks
 * whether a device could be given to a domain and changes nothing. One that is behind an
 * IOMMU is dom0's already, and that is refused in a way of its own. The interface is not
 * stable: a call names its version and gets -EACCES if Xen has another. And who gets it
 * wrong has devices write to other domains' memory. So nothing that Xen says is believed
 * before two controls have come out as they must.
 *
 * Facts from Xen's public/domctl.h of the releases named, common/domctl.c, and
 * iommu_do_dt_domctl() and iommu_do_pci_domctl() in drivers/passthrough.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/types.h>

#include <xen/ask-protected.h>
#include <xen/xen.h>

#include <asm/xen/hypercall.h>

#define DOMCTL_HYPERCALL		36
#define DOMCTL_TEST_ASSIGN_DEVICE	45
#define DEVICE_IS_PCI			0
#define DEVICE_IS_NODE			1

/*
 * No domain: with that of a real one, a Xen that knows PCI refuses each device in the
 * way that means "protected".
 */
#define NO_DOMAIN			0x7ff4

/* Xen copies the whole, whatever the command. */
struct domctl {
	u32 command;
	u32 version;
	u16 domain;
	u16 unused[3];
	union {
		struct {
			u32 kind;
			u32 flags;
			u32 id;		/* of a PCI function; or the size of the path */
			u32 unused;
			u64 path;
		} device;
		u64 room[16];
	};
};

/* From 4.16 to 4.22 */
static const u32 versions[] = { 0x18, 0x17, 0x16, 0x15, 0x14 };

/* The version that Xen has, 0 before it was asked, or why it cannot be asked */
static int version;
static DEFINE_MUTEX(version_lock);

static int ask(u32 version, u32 kind, u32 id, const char *path)
{
	struct domctl domctl = {
		.command = DOMCTL_TEST_ASSIGN_DEVICE,
		.version = version,
		.domain = NO_DOMAIN,
		.device = {
			.kind = kind,
			.id = id,
			.path = (unsigned long)path,
		},
	};

	return privcmd_call(DOMCTL_HYPERCALL, (unsigned long)&domctl, 0, 0, 0, 0);
}

/* After 4.22, Xen refuses a path that does not end where its size says: after the NUL. */
static int ask_node(u32 version, const char *path)
{
	return ask(version, DEVICE_IS_NODE, strlen(path) + 1, path);
}

/* The root is never a device; and there is no such node. */
static int find_version(void)
{
	unsigned int i;
	int err = -EACCES;

	for (i = 0; i < ARRAY_SIZE(versions) && err == -EACCES; i++) {
		err = ask_node(versions[i], "/");
		if (!err)
			return ask_node(versions[i], "/xen,no-such-node") == -ESRCH ?
			       versions[i] : -EPROTO;
	}
	switch (err) {
	case -EOPNOTSUPP:
		return err;
	case -EACCES:
	case -EPERM:
	case -ENOSYS:
		return -EACCES;
	default:
		/* Protected, the root, or not there? */
		return -EPROTO;
	}
}

static int get_version(void)
{
	mutex_lock(&version_lock);
	if (!version)
		version = xen_initial_domain() ? find_version() : -EACCES;
	mutex_unlock(&version_lock);
	return version;
}

/**
 * xen_ask_node_protected() - is a device of the device tree behind Xen's IOMMU?
 * @path: of its node, as in the tree that Xen was booted with
 *
 * Context: may sleep.
 *
 * Return: 1 if it is, 0 if not, -EOPNOTSUPP if Xen drives no IOMMU, -EACCES if Xen cannot be
 * asked, -EPROTO if its answers to the controls make no sense, -ESRCH if it knows no such
 * node, or another error of Xen's.
 */
int xen_ask_node_protected(const char *path)
{
	int version = get_version();
	int err;

	if (version < 0)
		return version;
	err = ask_node(version, path);
	return err == -EINVAL ? 1 : err;
}

/**
 * xen_ask_pci_protected() - is a PCI function behind Xen's IOMMU?
 * @sbdf: segment (upper 16 bits), bus, device and function
 *
 * Context: may sleep.
 *
 * Return: as xen_ask_node_protected(); -ENODEV if this Xen knows nothing of PCI.
 */
int xen_ask_pci_protected(u32 sbdf)
{
	int version = get_version();
	int err;

	if (version < 0)
		return version;
	err = ask(version, DEVICE_IS_PCI, sbdf, NULL);
	/* The other way round: those that are dom0's could be given away. */
	if (!err)
		return 1;
	return err == -EINVAL ? 0 : err;
}
