// SPDX-License-Identifier: GPL-2.0
/*
 * Test module, for the kernel's fault injection. A task may fail (task-filter) as long as
 * it is where the pool grows, also ahead, and balloons, but for one function that does not
 * survive it. And two functions fail there that are not annotated for it, memremap_pages()
 * and the hypercall that maps a grant: as failslab has, each has a folder in debugfs,
 * fail_remap and fail_hypercall.
 *
 * Needs CONFIG_FAULT_INJECTION_DEBUG_FS
 */
#include <linux/errno.h>
#include <linux/fault-inject.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

struct call {
	struct kprobe kp;
	struct fault_attr attr;
	const char *dir;	/* in debugfs */
	long error;		/* what the call returns */
};

/* Before its first instruction: go back to the caller at once. */
static int fail_call(struct kprobe *kp, struct pt_regs *regs)
{
	struct call *call = container_of(kp, struct call, kp);

	if (!should_fail(&call->attr, 1))
		return 0;
	regs_set_return_value(regs, call->error);
	instruction_pointer_set(regs, procedure_link_pointer(regs));
	return 1;
}

NOKPROBE_SYMBOL(fail_call);

static struct call calls[] = {
	{
		.kp = { .symbol_name = "memremap_pages", .pre_handler = fail_call },
		.attr = FAULT_ATTR_INITIALIZER,
		.dir = "fail_remap",
		.error = -ENOMEM,
	}, {
		.kp = { .symbol_name = "HYPERVISOR_grant_table_op", .pre_handler = fail_call },
		.attr = FAULT_ATTR_INITIALIZER,
		.dir = "fail_hypercall",
		.error = -EFAULT,
	},
};

/* warn_alloc(): what had to fail is not worth a stack in the log. */
static int say_nothing(struct kprobe *kp, struct pt_regs *regs)
{
	if (!current->make_it_fail)
		return 0;
	instruction_pointer_set(regs, procedure_link_pointer(regs));
	return 1;
}

NOKPROBE_SYMBOL(say_nothing);

static struct kprobe warning = {
	.symbol_name = "warn_alloc",
	.pre_handler = say_nothing,
};

static int may_fail(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	*(bool *)ri->data = current->make_it_fail;
	current->make_it_fail = true;
	return 0;
}

NOKPROBE_SYMBOL(may_fail);

static int may_not_fail(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	*(bool *)ri->data = current->make_it_fail;
	current->make_it_fail = false;
	return 0;
}

NOKPROBE_SYMBOL(may_not_fail);

static int as_before(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	current->make_it_fail = *(bool *)ri->data;
	return 0;
}

NOKPROBE_SYMBOL(as_before);

static struct kretprobe places[] = {
	{
		.kp.symbol_name = "alloc_slowly",
		.entry_handler = may_fail,
		.handler = as_before,
		.data_size = sizeof(bool),
	}, {
		.kp.symbol_name = "grow_ahead",
		.entry_handler = may_fail,
		.handler = as_before,
		.data_size = sizeof(bool),
	}, {
		/* arch/arm64/mm/mmu.c: BUG_ON() if there is no page for a page table. */
		.kp.symbol_name = "__pgd_pgtable_alloc",
		.entry_handler = may_not_fail,
		.handler = as_before,
		.data_size = sizeof(bool),
	},
};

static int __init fail_calls_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		struct dentry *dir;

		dir = fault_create_debugfs_attr(calls[i].dir, NULL, &calls[i].attr);
		if (IS_ERR(dir))
			return PTR_ERR(dir);
		err = register_kprobe(&calls[i].kp);
		if (err)
			return err;
	}
	err = register_kprobe(&warning);
	for (i = 0; i < ARRAY_SIZE(places) && !err; i++)
		err = register_kretprobe(&places[i]);
	return err;
}
module_init(fail_calls_init);

MODULE_DESCRIPTION("Test: have memremap_pages() and a hypercall fail");
MODULE_LICENSE("GPL");
