/* SPDX-License-Identifier: GPL-2.0 */
/* What only arm64 code can say about the guest-physical addresses of this domain. */
#ifndef _ASM_ARM64_XEN_IPA_BITS_H
#define _ASM_ARM64_XEN_IPA_BITS_H

#include <linux/cpufeature.h>

/**
 * xen_ipa_bits() - an upper bound of the width of guest-physical addresses
 *
 * Return: what the CPUs have, PARange. Xen may have made them narrower.
 */
static inline unsigned int xen_ipa_bits(void)
{
	u64 mmfr0 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1);
	u64 parange = cpuid_feature_extract_unsigned_field(mmfr0, ID_AA64MMFR0_EL1_PARANGE_SHIFT);

	return id_aa64mmfr0_parange_to_phys_shift(parange);
}

#endif /* _ASM_ARM64_XEN_IPA_BITS_H */
