// SPDX-License-Identifier: GPL-2.0
/*
 * Ask Xen whether it drives an IOMMU.
 *
 * Only the toolstack's interface tells, sysctl physinfo, and only the initial
 * domain may use it. It is not stable: a call names the version of the interface
 * and is refused with -EACCES if Xen has another. So the versions are tried, and
 * whoever refuses, for this reason or by its security policy, says nothing.
 *
 * Facts from Xen's public/sysctl.h, as of each release named.
 */
#include <linux/bits.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include <asm/xen/hypercall.h>

#include "unpopulated-facts.h"

#define SYSCTL_HYPERCALL	35
#define SYSCTL_PHYSINFO		3

/* Xen copies the whole, whatever the command. */
struct sysctl {
	u32 command;
	u32 version;
	union {
		struct {
			u32 others[7];
			u32 capabilities;
		} physinfo;
		u64 room[16];
	};
};

/* The bit of capabilities that says "directio", in that version of the interface. */
struct interface {
	u32 version;
	u32 directio;
};

static const struct interface interfaces[] __initconst = {
	{ 0x16, BIT(2) },	/* 4.21 and later */
	{ 0x15, BIT(2) },	/* 4.17 to 4.20 */
	{ 0x14, BIT(2) },	/* 4.16 */
	{ 0x13, BIT(2) },	/* 4.14, 4.15 */
	{ 0x12, BIT(2) },	/* 4.12, 4.13 */
	{ 0x11, BIT(1) },	/* 4.11 */
};

/**
 * xen_ask_iommu() - ask Xen whether it drives an IOMMU
 *
 * Return: what it says, or SR_UNKNOWN if it does not say.
 */
enum sr_answer __init xen_ask_iommu(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(interfaces); i++) {
		struct sysctl sysctl = {
			.command = SYSCTL_PHYSINFO,
			.version = interfaces[i].version,
		};

		if (!privcmd_call(SYSCTL_HYPERCALL, (unsigned long)&sysctl, 0, 0, 0, 0))
			return sysctl.physinfo.capabilities & interfaces[i].directio ?
			       SR_YES : SR_NO;
	}
	return SR_UNKNOWN;
}
