// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the kernel's private knowledge as this module has it (private.h)? What the kernel's BTF
 * describes is compared with that, where the kernel has BTF; the table of kprobes is tried out.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/tracepoint-defs.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>
#include <net/sock.h>

#include "../reason.h"
#include "btf.h"
#include "layouts.h"
#include "private.h"
#include "proc_entry.h"
#include "symbols.h"

#define MEMBER(type, name) { #name, offsetof(struct type, name) }

/* The first two are copies; the others are the headers' own, which may be those of another build. */
static const struct sb_layout layouts[] = {
	{ "ftrace_page", sizeof(struct ftrace_page), {
		MEMBER(ftrace_page, next), MEMBER(ftrace_page, records),
		MEMBER(ftrace_page, index), MEMBER(ftrace_page, order) } },
	{ "smp_alt_module", sizeof(struct smp_alt_module), {
		MEMBER(smp_alt_module, mod), MEMBER(smp_alt_module, locks),
		MEMBER(smp_alt_module, locks_end), MEMBER(smp_alt_module, next) } },
	{ "dyn_ftrace", sizeof(struct dyn_ftrace), {
		MEMBER(dyn_ftrace, ip), MEMBER(dyn_ftrace, flags) } },
	{ "kprobe", sizeof(struct kprobe), {
		MEMBER(kprobe, hlist), MEMBER(kprobe, addr), MEMBER(kprobe, opcode),
		MEMBER(kprobe, flags) } },
	{ "module", sizeof(struct module), {
		MEMBER(module, state), MEMBER(module, list), MEMBER(module, name),
		MEMBER(module, core_kallsyms) } },
	{ "task_struct", sizeof(struct task_struct), {
		MEMBER(task_struct, pid), MEMBER(task_struct, comm),
		MEMBER(task_struct, flags), MEMBER(task_struct, real_cred),
		MEMBER(task_struct, self_exec_id), MEMBER(task_struct, signal) } },
	{ "notifier_block", sizeof(struct notifier_block), {
		MEMBER(notifier_block, notifier_call), MEMBER(notifier_block, next) } },
	{ "ftrace_ops", sizeof(struct ftrace_ops), {
		MEMBER(ftrace_ops, func), MEMBER(ftrace_ops, next) } },
	{ "tracepoint", sizeof(struct tracepoint), { MEMBER(tracepoint, funcs) } },
	{ "proto", sizeof(struct proto), { MEMBER(proto, close), MEMBER(proto, get_port) } },
	{ "inode", sizeof(struct inode), { MEMBER(inode, i_op) } },
	{ "signal_struct", sizeof(struct signal_struct), {
		MEMBER(signal_struct, cred_guard_mutex) } },
	{ "cred", sizeof(struct cred), {
		MEMBER(cred, uid), MEMBER(cred, suid), MEMBER(cred, euid),
		MEMBER(cred, cap_permitted), MEMBER(cred, user_ns) } },
	{ "tty_ldisc_ops", sizeof(struct tty_ldisc_ops), { MEMBER(tty_ldisc_ops, open) } },
};

#ifdef SHADOW_BOX_TEST
static int other_layout = -1;
module_param(other_layout, int, 0400);
MODULE_PARM_DESC(other_layout, "test build: take this structure of the table for eight bytes longer");

static const struct sb_layout *known_layouts(void)
{
	static struct sb_layout copy[ARRAY_SIZE(layouts)];

	memcpy(copy, layouts, sizeof(copy));
	if (other_layout >= 0 && other_layout < ARRAY_SIZE(copy))
		copy[other_layout].size += 8;
	return copy;
}
#else
static const struct sb_layout *known_layouts(void)
{
	return layouts;
}
#endif

static int check_structures(struct sb_reason *reason)
{
	const void *btf = (void *)sb_symbol("__start_BTF"), *end = (void *)sb_symbol("__stop_BTF");
	const struct sb_layout *other;

	if (!btf || !end)
		return 0;
	other = sb_btf_differs(btf, end - btf, known_layouts(), ARRAY_SIZE(layouts));
	if (!other)
		return 0;
	return sb_refuse(reason, -ENODEV,
			 "this kernel lays out struct %s differently than shadow_box was built for: rebuild the module for this kernel",
			 other->type);
}

/* A copy whose fields only sweeps need: where it is another structure they go without. */
static const struct sb_layout proc_entry = {
	"proc_dir_entry", sizeof(struct proc_dir_entry), {
		MEMBER(proc_dir_entry, proc_iops), MEMBER(proc_dir_entry, data),
		MEMBER(proc_dir_entry, subdir), MEMBER(proc_dir_entry, subdir_node),
		MEMBER(proc_dir_entry, inline_name) } };

/**
 * sb_layouts_have_proc_entry() - does the kernel have struct proc_dir_entry as it is known here?
 *
 * Context: after sb_symbols_init().
 */
bool sb_layouts_have_proc_entry(void)
{
	const void *btf = (void *)sb_symbol("__start_BTF"), *end = (void *)sb_symbol("__stop_BTF");

	return !btf || !end || !sb_btf_differs(btf, end - btf, &proc_entry, 1);
}

static bool is_listed(const struct hlist_head *list, const void *address)
{
	const struct kprobe *probe;

	hlist_for_each_entry(probe, list, hlist)
		if (probe->addr == address)
			return true;
	return false;
}

/* A kprobe that is disabled from the start patches nothing, and is in the table like any other. */
static bool is_probe_found(const struct hlist_head *table, struct mutex *kprobe_mutex)
{
	struct kprobe probe = { .symbol_name = "kallsyms_on_each_symbol",
				.flags = KPROBE_FLAG_DISABLED };
	bool found;

	if (register_kprobe(&probe))
		return false;
	mutex_lock(kprobe_mutex);
	found = is_listed(&table[hash_ptr(probe.addr, SB_KPROBE_HASH_BITS)], probe.addr);
	mutex_unlock(kprobe_mutex);
	unregister_kprobe(&probe);
	return found;
}

static int check_kprobes(struct sb_reason *reason)
{
	struct hlist_head *table = (struct hlist_head *)sb_symbol("kprobe_table");
	struct mutex *kprobe_mutex = (struct mutex *)sb_symbol("kprobe_mutex");

	if (!table || !kprobe_mutex || is_probe_found(table, kprobe_mutex))
		return 0;
	return sb_refuse(reason, -ENODEV,
			 "this kernel keeps its kprobes in a way that is not known here");
}

/**
 * sb_layouts_check() - refuse a kernel whose private structures differ from what is known here
 * @reason: filled in on refusal
 *
 * Context: may sleep; after sb_symbols_init().
 * Return: 0 or -ENODEV.
 */
int sb_layouts_check(struct sb_reason *reason)
{
	int error = check_structures(reason);

	return error ? error : check_kprobes(reason);
}
