// SPDX-License-Identifier: GPL-2.0
/*
 * What the decision is called in reports, for kernel and tool: owners, sources, policies,
 * rows, reasons, evidence.
 */
#include <linux/string.h>

#include "safe-ranges.h"

static const char * const owner_names[SR_OWNERS] = {
	[SR_FREE]	= "usable",
	[SR_RAM]	= "RAM of this domain",
	[SR_RESERVED]	= "reserved memory",
	[SR_REG]	= "device registers",
	[SR_PCI_WINDOW]	= "PCI window",
	[SR_PCI_PEERS]	= "PCI devices, for those below the same bridge",
	[SR_BUS_WINDOW]	= "bus window",
	[SR_GRANT_TABLE] = "grant table",
	[SR_UNMAPPABLE]	= "beyond what this kernel can map",
	[SR_HOST_RAM]	= "may be RAM of the host",
	[SR_EXCLUDED]	= "excluded by the integrator",
	[SR_NOT_ALLOWED] = "not allowed by the integrator",
	[SR_LOW]	= "below 4 GiB",
	[SR_NEAR]	= "too near to something claimed",
	[SR_UNALIGNED]	= "smaller than a step",
	[SR_MALFORMED]	= "empty, or ends before it starts",
};

static const char * const source_names[SR_SOURCES] = {
	[SR_SOURCE_BALLOON]	= "balloon",
	[SR_SOURCE_PUBLISHED]	= "published",
	[SR_SOURCE_HOLES]	= "holes",
};

static const char * const policy_names[SR_POLICIES] = {
	[SR_POLICY_AUTO]	= "auto",
	[SR_POLICY_PUBLISHED]	= "published",
	[SR_POLICY_HOLES]	= "holes",
	[SR_POLICY_BALLOON]	= "balloon",
};

static const char * const row_texts[SR_ROWS] = {
	[SR_ROW_ACPI]		= "balloon, booted with ACPI",
	[SR_ROW_PUBLISHED]	= "published ranges",
	[SR_ROW_HOLES]		= "holes, not direct-mapped",
	[SR_ROW_HOLES_ABOVE_RAM] = "holes above RAM, direct-mapped",
	[SR_ROW_BALLOON]	= "balloon, otherwise",
};

static const char * const reason_texts[SR_REASONS] = {
	[SR_REASON_PUBLISHED]	= "Xen publishes ranges",
	[SR_REASON_HOLES]	= "the integrator asks for holes",
	[SR_REASON_HOLES_UNASKED] =
		"Xen is older than 4.16, so it cannot publish ranges, and says that its IOMMU is on",
	[SR_REASON_ACPI]	= "booted with ACPI, Xen maps MMIO late there",
	[SR_REASON_OTHERWISE]	= "no other row applies",
	[SR_REASON_BAD_TREE]	= "the device tree cannot be read",
	[SR_REASON_BAD_CONFIG]	= "what the integrator asks for cannot be understood",
	[SR_REASON_POLICY_BALLOON] = "the integrator asks for ballooning",
	[SR_REASON_NOT_ACPI]	= "booted with a device tree",
	[SR_REASON_ROW_BEFORE]	= "a row before applies",
	[SR_REASON_NO_NODE]	= "no node compatible with \"xen,xen\"",
	[SR_REASON_NONE_PUBLISHED] =
		"Xen publishes no ranges (ext_regions=0, no hole of 64 MiB, or a device tree it could not use)",
	[SR_REASON_CANNOT_PUBLISH] = "Xen publishes no ranges: it is older than 4.16",
	[SR_REASON_NONE_USABLE]	= "nothing usable is left of the published ranges",
	[SR_REASON_POLICY_HOLES] = "the integrator asks for holes in place of published ranges",
	[SR_REASON_NOT_ASKED]	= "the integrator does not ask for holes",
	[SR_REASON_NOT_ANSWERED] =
		"Xen is older than 4.16, so it cannot publish ranges, and does not say that its IOMMU is on",
	[SR_REASON_NOT_INITIAL]	=
		"not the initial domain: its tree does not show what the toolstack maps",
	[SR_REASON_IDENTITY]	= "direct-mapped",
	[SR_REASON_NOT_IDENTITY] = "not direct-mapped",
	[SR_REASON_UNCLEAR_TREE] = "an address in the device tree cannot be translated",
	[SR_REASON_RAM_END_UNKNOWN] = "Xen does not say where the host's RAM ends",
	[SR_REASON_IOMMU_OFF]	= "Xen says that no IOMMU is on",
	[SR_REASON_IOMMU_VISIBLE] =
		"the device tree shows an IOMMU, so it is not Xen that drives it",
	[SR_REASON_NO_IOMMU]	= "nothing says that an IOMMU protects DMA",
	[SR_REASON_NO_HOLE]	= "no usable hole is left",
};

static const char * const evidence_texts[SR_EVIDENCES] = {
	[SR_EVIDENCE_NOT_IDENTITY] = "not direct-mapped",
	[SR_EVIDENCE_ABOVE_RAM]	= "ranges are published above the highest RAM page",
	[SR_EVIDENCE_CLAIM]	= "xen,iommu-protected",
	[SR_EVIDENCE_XEN_YES]	= "Xen says so",
	[SR_EVIDENCE_XEN_NO]	= "Xen says no",
	[SR_EVIDENCE_VISIBLE]	= "one is visible here, so not Xen's",
};

/**
 * sr_owner_name() - what an owner is called in reports
 * @owner: any value of the enum
 */
const char *sr_owner_name(enum sr_owner owner)
{
	return owner_names[owner];
}

/**
 * sr_reason_text() - a reason as half a sentence for reports
 * @reason: any value of the enum
 */
const char *sr_reason_text(enum sr_reason reason)
{
	return reason_texts[reason];
}

/**
 * sr_source_name() - what a source is called in reports
 * @source: any value of the enum
 */
const char *sr_source_name(enum sr_source source)
{
	return source_names[source];
}

/**
 * sr_policy_name() - what a policy is called in the binding
 * @policy: any value of the enum
 */
const char *sr_policy_name(enum sr_policy policy)
{
	return policy_names[policy];
}

/**
 * sr_policy_by_name() - the policy that is called so in the binding
 * @name: "auto", "published", "holes" or "balloon"
 *
 * Return: an enum sr_policy, or -EINVAL.
 */
int sr_policy_by_name(const char *name)
{
	int i;

	for (i = 0; i < SR_POLICIES; i++)
		if (!strcmp(name, policy_names[i]))
			return i;
	return -EINVAL;
}

/**
 * sr_row_text() - what a row of the table is about
 * @row: any value of the enum
 */
const char *sr_row_text(enum sr_row row)
{
	return row_texts[row];
}

/**
 * sr_evidence_text() - evidence for reports
 * @evidence: any value of the enum
 */
const char *sr_evidence_text(enum sr_evidence evidence)
{
	return evidence_texts[evidence];
}
