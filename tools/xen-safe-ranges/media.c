// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that never do the I/O of a guest's disk or network: displays, cameras, codecs,
 * graphics, sound. Pages of other domains reach them only where such a device itself is
 * shared with guests without copying. What is not known to be one is none.
 */
#include <ctype.h>
#include <libfdt.h>
#include <linux/array_size.h>
#include <string.h>

#include "devices.h"

/*
 * Names of nodes: generic ones (devicetree specification, 2.2.2), and those that the
 * trees of vendors have in their place. A number or more words may follow.
 */
static const char * const names[] = {
	"admaif", "audio", "camera", "camss", "codec", "dais", "dc", "decon", "display", "dpu",
	"fcp", "gmu", "gpu", "hda", "hdr-engine", "host1x", "isp", "jpeg", "jpegdec", "jpegenc",
	"jpgdec", "jpgenc", "mali", "mdp", "mixer", "npu", "nvdec", "nvenc", "nvjpg", "rga",
	"scaler", "sound", "vcodec", "vic", "video", "vop", "vpu",
};

/* Parts of compatible, where the name only says that it does DMA: "rdma", "dma-controller" */
static const char * const kinds[] = { "-disp-", "-mdp-", "-mdp3-", "-vdo1-" };

static bool has_name(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (!strncmp(name, names[i], len) &&
		    (!name[len] || strchr("@-", name[len]) || isdigit(name[len])))
			return true;
	}
	return false;
}

/**
 * is_media() - is it known that a device does no I/O of a guest's disk or network?
 * @board: the board
 * @node: the device
 *
 * Return: whether its name or compatible says so.
 */
bool is_media(const struct board *board, int node)
{
	const char *compatible = fdt_stringlist_get(board->fdt, node, "compatible", 0, NULL);

	for (unsigned int i = 0; compatible && i < ARRAY_SIZE(kinds); i++)
		if (strstr(compatible, kinds[i]))
			return true;
	return has_name(node_name(board, node));
}
