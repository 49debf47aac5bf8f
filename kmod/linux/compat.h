/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place that knows kernels apart. Kbuild tests the headers for each feature.
 */
#ifndef SB_LINUX_COMPAT_H
#define SB_LINUX_COMPAT_H

#include <linux/syscore_ops.h>
#include <net/genetlink.h>

/* Suspend and resume of the last CPU: registered as a list node or as an object with data. */
#ifdef SB_HAVE_STRUCT_SYSCORE
#define SB_DEFINE_SYSCORE(name, suspend_fn, resume_fn)						\
	static int name##_suspend(void *data) { return suspend_fn(); }				\
	static void name##_resume(void *data) { resume_fn(); }					\
	static const struct syscore_ops name##_ops = { .suspend = name##_suspend,		\
						       .resume = name##_resume };		\
	static struct syscore name = { .ops = &name##_ops }
#else
#define SB_DEFINE_SYSCORE(name, suspend_fn, resume_fn)						\
	static struct syscore_ops name = { .suspend = suspend_fn, .resume = resume_fn }
#define register_syscore register_syscore_ops
#define unregister_syscore unregister_syscore_ops
#endif

/* The parsed attributes of a dump request. */
static inline struct nlattr **sb_dump_attributes(struct netlink_callback *cb)
{
#ifdef SB_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif
