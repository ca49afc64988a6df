// SPDX-License-Identifier: GPL-2.0
/* What several tests of the choice of DMA addresses share. */
#include "devices.h"

u64 required_mask;
bool initial_domain;
int pci_bus_type;
struct notifier_block *shim_pci_block, *shim_tree_block;

/* The pool's shim takes them from the pool, which is not here. */
unsigned long xen_unpopulated_pages;

char *shim_print(const char *format, const char *s)
{
	char *copy = kvzalloc(strlen(s) + 1, GFP_KERNEL);

	if (copy)
		sprintf(copy, format, s);
	return copy;
}
