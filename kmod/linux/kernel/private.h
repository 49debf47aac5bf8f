/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel keeps to itself and this module has to know: copies of its declarations. The
 * names of private symbols are in symbols.c, layouts.c compares the layouts with the kernel's own.
 */
#ifndef SB_LINUX_PRIVATE_H
#define SB_LINUX_PRIVATE_H

#include <linux/completion.h>
#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uidgid.h>

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

/* fs/proc/internal.h: a file or directory of /proc, but for those of processes. */
struct proc_dir_entry {
	atomic_t in_use;
	refcount_t refcnt;
	struct list_head pde_openers;
	spinlock_t pde_unload_lock;
	struct completion *pde_unload_completion;
	const struct inode_operations *proc_iops;
	const void *proc_ops;		/* a directory's: struct file_operations */
	const struct dentry_operations *proc_dops;
	const struct seq_operations *seq_ops;
	proc_write_t write;
	void *data;
	unsigned int state_size;
	unsigned int low_ino;
	nlink_t nlink;
	kuid_t uid;
	kgid_t gid;
	loff_t size;
	struct proc_dir_entry *parent;
	struct rb_root subdir;
	struct rb_node subdir_node;
	char *name;
	umode_t mode;
	u8 flags;
	u8 namelen;
	char inline_name[];
};

/* An entry of a directory, whose lock is held (proc_subdir_lock). */
static inline struct proc_dir_entry *sb_proc_entry(const struct proc_dir_entry *directory,
						   const char *name)
{
	struct rb_node *node;

	for (node = rb_first(&directory->subdir); node; node = rb_next(node)) {
		struct proc_dir_entry *entry = rb_entry(node, struct proc_dir_entry, subdir_node);

		if (!strcmp(entry->name, name))
			return entry;
	}
	return NULL;
}

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
