// SPDX-License-Identifier: GPL-2.0
/* Facts for the decision, worked out of what Xen answers. */
#include <linux/bitops.h>
#include <linux/minmax.h>

#include "safe-ranges.h"

/* Xen counts in frames of that many bits, whatever this kernel's pages are. */
#define FRAME_SHIFT	12

/* No stage 2 is narrower: PARange 0. */
#define IPA_BITS_MIN	32

static u64 last_of_bits(unsigned int bits)
{
	return (1ULL << bits) - 1;
}

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

/**
 * sr_find_reach() - find out by trying how much of a range can be mapped
 * @range: nothing is mapped in it
 * @ipa_bits: upper bound of the width of guest-physical addresses, 32 to 63; lowered
 *	if they turn out to be narrower
 * @probe: tries to map something on the frame at an address. Returns 0, -ERANGE if Xen
 *	refused, or another error if it could not be tried
 * @bytes: set to how many, from the start of @range on, can be mapped
 *
 * The last frame is tried; if it is refused, the last one with a bit less, and so on.
 * Xen refuses in the same way when it has no memory for its tables. So it is about the
 * width only if what was refused in one place works in another, which is as new to those
 * tables, and is refused in the first place again.
 *
 * Return: 0, or -EAGAIN if nothing was learned, nothing is set, and it is worth
 * another try later.
 */
int sr_find_reach(const struct sr_range *range, unsigned int *ipa_bits,
		  int (*probe)(u64 addr), u64 *bytes)
{
	u64 last = min(range->last, last_of_bits(*ipa_bits)), refused = 0;
	int err;

	if (last < range->start) {
		*bytes = 0;
		return 0;
	}
	for (err = probe(last); err == -ERANGE; err = probe(last)) {
		refused = last;
		last = last_of_bits(fls64(last) - 1);
		if (last < range->start || last < last_of_bits(IPA_BITS_MIN))
			return -EAGAIN;
	}
	if (err || (refused && probe(refused) != -ERANGE))
		return -EAGAIN;
	if (refused)
		*ipa_bits = fls64(last);
	*bytes = last - range->start + 1;
	return 0;
}
