/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_ARRAY_SIZE_H
#define _SHIM_ARRAY_SIZE_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif
