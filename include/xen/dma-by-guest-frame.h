/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Behind an IOMMU that Xen drives, a direct-mapped domain's devices are given guest
 * frames; see drivers/xen/dma-by-guest-frame.c. Constant elsewhere.
 */
#ifndef _XEN_DMA_BY_GUEST_FRAME_H
#define _XEN_DMA_BY_GUEST_FRAME_H

#include <linux/types.h>

struct device;

#ifdef CONFIG_XEN_DMA_BY_GUEST_FRAME

/* Which frames devices were given so far: of guest frames it is known that they will be. */
enum xen_dma_frames {
	XEN_DMA_NO_FRAMES,
	XEN_DMA_GUEST_FRAMES,
	XEN_DMA_MACHINE_FRAMES,		/* by some at least; this stays */
};

extern enum xen_dma_frames xen_dma_frames;

void xen_dma_begin(struct device *dev);
bool xen_dma_choose(struct device *dev, u64 mask);
bool xen_dma_is_by_guest_frame(struct device *dev);

/**
 * xen_dma_merges_guest_frames() - may neighbours by guest frame be given to devices as one?
 *
 * Any context.
 *
 * Return: true while all devices that buffers were mapped for do DMA by guest frame. What
 * was merged before the first other one is bounced for that, or refused.
 */
static inline bool xen_dma_merges_guest_frames(void)
{
	return READ_ONCE(xen_dma_frames) == XEN_DMA_GUEST_FRAMES;
}

/**
 * xen_dma_uses_machine_frames() - a device is given a machine frame
 *
 * Any context.
 */
static inline void xen_dma_uses_machine_frames(void)
{
	if (READ_ONCE(xen_dma_frames) != XEN_DMA_MACHINE_FRAMES)
		WRITE_ONCE(xen_dma_frames, XEN_DMA_MACHINE_FRAMES);
}

#else

static inline void xen_dma_begin(struct device *dev)
{
}

static inline bool xen_dma_choose(struct device *dev, u64 mask)
{
	return true;
}

static inline bool xen_dma_is_by_guest_frame(struct device *dev)
{
	return false;
}

static inline bool xen_dma_merges_guest_frames(void)
{
	return false;
}

static inline void xen_dma_uses_machine_frames(void)
{
}

#endif

#endif /* _XEN_DMA_BY_GUEST_FRAME_H */
