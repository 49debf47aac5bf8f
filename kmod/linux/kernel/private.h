/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel keeps to itself and this module has to know: copies of its declarations. The
 * names of private symbols are in symbols.c, layouts.c compares the layouts with the kernel's own.
 */
#ifndef SB_LINUX_PRIVATE_H
#define SB_LINUX_PRIVATE_H

#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "symbols.h"

/* kernel/trace/ftrace.c: a piece of the table of function entries that ftrace may patch. */
struct ftrace_page {
	struct ftrace_page *next;
	struct dyn_ftrace *records;
	int index;
	int order;
};

/*
 * arch/x86/kernel/alternative.c: where the kernel or a module has LOCK prefixes, which it takes out for as
 * long as there is one CPU. Guarded by text_mutex. The list is empty once there were two.
 */
struct smp_alt_module {
	struct module *mod;
	char *name;
	const s32 *locks;
	const s32 *locks_end;
	u8 *text;
	u8 *text_end;
	struct list_head next;
};

/* kernel/kprobes.c: kprobe_table has a list for each value of hash_ptr(address, this). */
#define SB_KPROBE_HASH_BITS 6
#define SB_KPROBE_TABLE_SIZE (1 << SB_KPROBE_HASH_BITS)

/* kernel/module/main.c: the list of all modules. Writers hold the mutex; readers may use RCU. */
static inline struct list_head *sb_module_list(void)
{
	return (struct list_head *)sb_symbol("modules");
}

static inline struct mutex *sb_module_mutex(void)
{
	return (struct mutex *)sb_symbol("module_mutex");
}

#endif
