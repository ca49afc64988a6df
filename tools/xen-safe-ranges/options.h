/* SPDX-License-Identifier: GPL-2.0 */
/* The command line */
#ifndef _OPTIONS_H
#define _OPTIONS_H

#include "safe-ranges.h"
#include "text.h"
#include "xen-model.h"

/**
 * struct options - the command line
 * @json: print JSON
 * @svg: file to draw to, or NULL
 * @colour: colour on the terminal
 * @smmu: whether Xen drives IOMMUs; by itself: those that stock builds have a driver for
 * @ext_regions: whether Xen looks for regions; by itself: as its command line says
 * @direct_map: whether dom0 is direct-mapped; by itself: the same
 * @uboot: commands for U-Boot in place of an overlay
 * @live: this machine: /sys/firmware/fdt, debugfs
 * @decision: what a kernel decided: its debugfs file, or NULL
 * @reason: that it gives, or ""
 * @mappable: what it can map; last 0: not known
 * @boot: script of the boot loader, or config of ImageBuilder, or NULL
 * @log: boot log of Xen, or NULL
 * @accepted: file with findings that check is not to count, or NULL
 * @ipa_bits: width of guest addresses; 0: as the CPUs have it
 * @va_bits: of dom0's kernel
 * @page_shift: of dom0's kernel; 0: all three
 * @ram_end: first byte above the host's RAM; 0: as the tree says
 * @policy: set by --policy, or -1
 * @config: the other things that the binding can say
 * @xen: version, memory, places
 * @logged: regions that Xen published, by its log
 * @nr_logged: how many
 */
struct options {
	bool json;
	const char *svg;
	enum switch3 colour;
	enum switch3 smmu;
	enum switch3 ext_regions;
	enum switch3 direct_map;
	bool uboot;
	bool live;
	const char *decision;
	char reason[128];
	struct sr_range mappable;
	const char *boot;
	const char *log;
	const char *accepted;
	unsigned int ipa_bits;
	unsigned int va_bits;
	unsigned int page_shift;
	u64 ram_end;
	int policy;
	struct sr_config config;
	struct xen_params xen;
	struct sr_range banks[XEN_MAX_BANKS];
	struct sr_range modules[XEN_MAX_BANKS];
	struct sr_range logged[XEN_MAX_BANKS];
	unsigned int nr_logged;
};

int read_decision(const char *file, struct options *options);
int read_log(const char *file, struct options *options);
void print_options(FILE *stream);
int read_options(int argc, char **argv, struct options *options);

#endif /* _OPTIONS_H */
