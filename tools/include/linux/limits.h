/* SPDX-License-Identifier: GPL-2.0 */
/* For drivers/xen/safe-ranges*.c in user space */
#include_next <linux/limits.h>
#include <stdint.h>

#ifndef U64_MAX
#define U64_MAX	UINT64_MAX
#endif
