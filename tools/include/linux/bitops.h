/* SPDX-License-Identifier: GPL-2.0 */
/* For drivers/xen/safe-ranges*.c in user space */
#ifndef _SHIM_BITOPS_H
#define _SHIM_BITOPS_H

#define fls64(x) ({ unsigned long long _x = (x); _x ? 64 - __builtin_clzll(_x) : 0; })

#endif
