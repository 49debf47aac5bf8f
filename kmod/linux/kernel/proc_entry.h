/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc keeps to itself of its files: a copy of its declaration. layouts.c compares the layout with
 * the kernel's own.
 */
#ifndef SB_LINUX_PROC_ENTRY_H
#define SB_LINUX_PROC_ENTRY_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/proc_fs.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uidgid.h>

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

#endif
