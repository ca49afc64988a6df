// SPDX-License-Identifier: GPL-2.0
/* The pool as bench.c measures it: its files, and a range of all space. */
#include "../../drivers/xen/unpopulated-spans.c"
#include "../../drivers/xen/unpopulated-growth.c"
#include "../../drivers/xen/unpopulated-ballooned.c"
#include "../../drivers/xen/unpopulated-seeding.c"
#include "../../drivers/xen/unpopulated-shrink.c"
#include "../../drivers/xen/unpopulated-alloc.c"
#include "../../drivers/xen/unpopulated-kept-apart.c"
