/* SPDX-License-Identifier: GPL-2.0 */
/* The tree that Xen makes for dom0 */
#ifndef _DOM0_H
#define _DOM0_H

#include "board.h"
#include "devices.h"

int make_dom0(const struct board *host, const struct devices *devices,
	      const struct xen_params *params, const struct sr_range *ram, unsigned int nr_ram,
	      const struct sr_range *published, unsigned int nr_published,
	      struct board *dom0);

#endif /* _DOM0_H */
