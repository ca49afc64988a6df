/* SPDX-License-Identifier: GPL-2.0 */
/* The address space as a picture */
#ifndef _SVG_H
#define _SVG_H

#include "view.h"

int write_svg(const struct board *board, const struct holes *holes, const char *file);

#endif /* _SVG_H */
