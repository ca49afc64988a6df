/* SPDX-License-Identifier: GPL-2.0 */
/* For drivers/xen/safe-ranges*.c in user space */
#ifndef _SHIM_MINMAX_H
#define _SHIM_MINMAX_H

#define min(a, b)	({ __typeof__(a) _a = (a), _b = (b); _a < _b ? _a : _b; })
#define max(a, b)	({ __typeof__(a) _a = (a), _b = (b); _a > _b ? _a : _b; })

#endif
