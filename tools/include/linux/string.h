/* SPDX-License-Identifier: GPL-2.0 */
/* For drivers/xen/safe-ranges*.c in user space */
#include <string.h>
