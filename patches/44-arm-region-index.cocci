// SPDX-License-Identifier: GPL-2.0
// Target: arch/arm/xen/enlighten.c
// Before: 1 EXT_REGION_INDEX
// After: 0 EXT_REGION_INDEX
//
// Remove the index of the first published range, too, which nothing else
// used.

@@
expression index;
@@
-#define EXT_REGION_INDEX index
