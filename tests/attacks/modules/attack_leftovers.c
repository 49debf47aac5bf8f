// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at what an attack may have left behind: preemption or interrupts off, locks held, protections of
 * a CPU off. Parameter leftovers names what it finds, and is empty if all is well.
 */
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "attack.h"

static bool prefixes;
module_param(prefixes, bool, 0400);
MODULE_PARM_DESC(prefixes, "look at LOCK prefixes too: on a machine that started with one CPU and has more now");

static char leftovers[256];
module_param_string(leftovers, leftovers, sizeof(leftovers), 0400);

static void leftover(const char *what)
{
	size_t length = strlen(leftovers);

	scnprintf(leftovers + length, sizeof(leftovers) - length, "%s%s on CPU %d",
		  length ? ", " : "", what, raw_smp_processor_id());
}

/* All who change code take one of these. */
static void look_at_locks(void)
{
	static const char *const names[] = {
		"text_mutex", "jump_label_mutex", "module_mutex", "kprobe_mutex", "ftrace_lock",
		"event_mutex", "tracepoints_mutex",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct mutex *mutex = (void *)attack_symbol(names[i]);

		if (!mutex || !mutex_trylock(mutex))
			leftover(names[i]);
		else
			mutex_unlock(mutex);
	}
}

/* The kernel's own list, which it keeps if it started with one CPU. */
static void look_at_prefixes(void)
{
	const s32 *lock = (void *)attack_symbol("__smp_locks");
	const s32 *end = (void *)attack_symbol("__smp_locks_end");
	unsigned long text = attack_symbol("_text"), etext = attack_symbol("_etext");
	uint found = 0, missing = 0;

	for (; lock < end; lock++) {
		unsigned long where = (unsigned long)lock + *lock;

		if (where < text || where >= etext)
			continue;
		found += *(u8 *)where == 0xf0;
		missing += *(u8 *)where == 0x3e;
	}
	if (missing || !found)
		leftover("no LOCK prefixes");
}

static enum verdict look(void)
{
	u32 efer, unused;

	if (preempt_count())
		leftover("preemption off");
	if (irqs_disabled())
		leftover("interrupts off");
	if (!(read_cr0() & X86_CR0_WP))
		leftover("WP off");
	if (boot_cpu_has(X86_FEATURE_SMEP) && !(native_read_cr4() & X86_CR4_SMEP))
		leftover("SMEP off");
	if (boot_cpu_has(X86_FEATURE_SMAP) && !(native_read_cr4() & X86_CR4_SMAP))
		leftover("SMAP off");
	rdmsr(MSR_EFER, efer, unused);
	if (!(efer & EFER_NX))
		leftover("NXE off");
	return ATTACK_DONE;
}

static int __init leftovers_init(void)
{
	look_at_locks();
	if (prefixes)
		look_at_prefixes();
	return attack_everywhere(look);
}

static void __exit leftovers_exit(void)
{
}

module_init(leftovers_init);
module_exit(leftovers_exit);
MODULE_DESCRIPTION("Test: what attacks left behind");
MODULE_LICENSE("GPL");
