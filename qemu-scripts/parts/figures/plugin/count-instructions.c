// SPDX-License-Identifier: GPL-2.0
/*
 * count-instructions - a plugin of QEMU's that counts them by where they are
 *
 * What a path through dom0, Xen and a guest costs shows in instructions, which are the
 * same on every host. To see by part where they go, each is counted for the
 * first of the regions of code that it lies in, and hypercalls are counted for
 * themselves. The program mark (mark.c), run where something begins or ends, has all
 * counts printed.
 *
 *	-plugin count-instructions.so,NAME=START-END,...	virtual addresses,
 *								hexadecimal, END is
 *								not part of it
 *
 * Several regions may have one name. It prints "mark N NAME=COUNT ... hypercalls=COUNT" to
 * QEMU's log (-d plugin -D FILE). For AArch64.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qemu-plugin.h>

/* Hints that do nothing: see mark.c. */
#define HINT(n)		(0xd503201fU | (n) << 5)
#define MARK_BEGIN	HINT(64)
#define MARK_ONE	HINT(65)
#define MARK_END	HINT(66)
/* HVC with XEN_HYPERCALL_TAG, xen/include/public/arch-arm.h */
#define HYPERCALL	(0xd4000002U | 0xea1 << 5)

#define MAX_REGIONS	64

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct region {
	const char *name;
	uint64_t start, end;
	qemu_plugin_u64 count;
} regions[MAX_REGIONS];
static int nr_regions;
static qemu_plugin_u64 hypercalls;
static unsigned int mark;

static void print_counts(void)
{
	char line[64 * MAX_REGIONS];
	int len = sprintf(line, "mark %u", mark);

	for (int i = 0; i < nr_regions; i++)
		/* Those of one name follow each other, and have one count. */
		if (!i || strcmp(regions[i].name, regions[i - 1].name))
			len += sprintf(line + len, " %s=%" PRIu64, regions[i].name,
				       qemu_plugin_u64_sum(regions[i].count));
	sprintf(line + len, " hypercalls=%" PRIu64 "\n", qemu_plugin_u64_sum(hypercalls));
	qemu_plugin_outs(line);
}

static void on_mark(unsigned int vcpu, void *opcode)
{
	switch ((uintptr_t)opcode) {
	case MARK_BEGIN:
		mark = 0;
		break;
	case MARK_ONE:
		mark++;
		break;
	case MARK_END:
		print_counts();
	}
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);
	uint64_t start = qemu_plugin_tb_vaddr(tb);

	for (int i = 0; i < nr_regions; i++) {
		if (start < regions[i].start || start >= regions[i].end)
			continue;
		qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
								  regions[i].count, nr);
		break;
	}
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint32_t opcode = 0;

		qemu_plugin_insn_data(insn, &opcode, sizeof(opcode));
		if (opcode == HYPERCALL)
			qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn,
				QEMU_PLUGIN_INLINE_ADD_U64, hypercalls, 1);
		else if (opcode == MARK_BEGIN || opcode == MARK_ONE || opcode == MARK_END)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)opcode);
	}
}

static qemu_plugin_u64 new_count(void)
{
	return qemu_plugin_scoreboard_u64(qemu_plugin_scoreboard_new(sizeof(uint64_t)));
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		struct region *region = &regions[nr_regions];
		char *range = strchr(argv[i], '=');

		if (!range || nr_regions == MAX_REGIONS ||
		    sscanf(range + 1, "%" SCNx64 "-%" SCNx64, &region->start, &region->end) != 2) {
			fprintf(stderr, "count-instructions: '%s': expected up to %d NAME=START-END\n",
				argv[i], MAX_REGIONS);
			return -1;
		}
		region->name = strndup(argv[i], range - argv[i]);
		region->count = nr_regions && !strcmp(region->name, region[-1].name) ?
			region[-1].count : new_count();
		nr_regions++;
	}
	hypercalls = new_count();
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
