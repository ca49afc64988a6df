/* SPDX-License-Identifier: GPL-2.0 */
/* For drivers/xen/safe-ranges*.c in user space */
#ifndef _SHIM_SORT_H
#define _SHIM_SORT_H

#include <stdlib.h>

#define sort(base, nr, size, compare, swap) \
	((void)(swap), qsort(base, nr, size, compare))

#endif
