// SPDX-License-Identifier: GPL-2.0
/* Facts for the decision, worked out of what Xen answers. */
#include "safe-ranges.h"

/* Xen counts in frames of that many bits, whatever this kernel's pages are. */
#define FRAME_SHIFT	12

/**
 * sr_host_ram_end() - where the host's RAM ends
 * @frames: the answer to XENMEM_maximum_ram_page: the first frame above it, or a
 *	negative error code. Whole: an int ends at 8 TiB
 *
 * Return: first byte above it, or 0 if the answer does not say.
 */
u64 sr_host_ram_end(s64 frames)
{
	if (frames <= 0 || frames > (s64)(U64_MAX >> FRAME_SHIFT))
		return 0;
	return (u64)frames << FRAME_SHIFT;
}
