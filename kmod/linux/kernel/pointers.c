// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pointers to code, or to tables of code, that lie where the kernel must be able to write, and that
 * whoever hides something redirects. Those that stay as they are are told by their addresses; what
 * registers and unregisters, by where the kernel keeps it. Each as far as this kernel has it.
 */
#include <linux/binfmts.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/lsm_hooks.h>
#include <linux/namei.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/path.h>
#include <linux/string.h>
#include <linux/tracepoint-defs.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "../../abi/facts.h"
#include "layouts.h"
#include "pointers.h"
#include "private.h"
#include "proc_entry.h"
#include "symbols.h"

/* The host has a buffer for the part of a node that it reads. */
#define IN_NODE(type, member) (offsetof(struct type, member) + sizeof(u64) <= SB_NODE_MAX)
static_assert(IN_NODE(notifier_block, notifier_call) && IN_NODE(notifier_block, next));
static_assert(IN_NODE(kprobe, hlist) && IN_NODE(kprobe, pre_handler));
static_assert(IN_NODE(ftrace_ops, func) && IN_NODE(ftrace_ops, next));
static_assert(IN_NODE(linux_binfmt, load_binary));
static_assert(!offsetof(struct kprobe, hlist) && !offsetof(struct linux_binfmt, lh));

static u32 words_of(const struct sb_facts *facts)
{
	u32 i, words = 0;

	for (i = 0; i < facts->nr_slots; i++)
		words += facts->slots[i].words;
	return words;
}

/* Pointers that are there as long as a word is what it is now, or always if there is none. */
static void add_guarded(struct sb_facts *facts, const char *name, const void *address, u32 words,
			const void *guard)
{
	struct sb_slots *s = &facts->slots[facts->nr_slots];

	if (facts->nr_slots == SB_SLOTS_MAX || words_of(facts) + words > SB_SLOT_WORDS)
		return;
	facts->nr_slots++;
	s->address = (u64)address;
	s->words = words;
	s->guard = (u64)guard;
	if (guard)
		memcpy(&s->guarded, guard, sizeof(s->guarded));
	strscpy(s->name, name, sizeof(s->name));
}

static void add_slots(struct sb_facts *facts, const char *name, u64 address, u32 words)
{
	if (address)
		add_guarded(facts, name, (void *)address, words, NULL);
}

/* A directory's inode goes when its filesystem is unmounted, and no sooner. */
static void add_directory(struct sb_facts *facts, const char *name, const char *where)
{
	struct path path;
	struct inode *inode;

	if (kern_path(where, LOOKUP_FOLLOW, &path))
		return;
	inode = d_inode(path.dentry);
	if (IS_ROOT(path.dentry)) {
		add_guarded(facts, name, &inode->i_op, 1, &path.dentry->d_inode);
		add_guarded(facts, name, &inode->i_fop, 1, &path.dentry->d_inode);
	}
	path_put(&path);
}

/* Functions of a file of /proc/net, and what they are given. */
#define ENTRY_WORDS ((offsetofend(struct proc_dir_entry, data) -				\
		      offsetof(struct proc_dir_entry, proc_iops)) / sizeof(u64))

static void add_proc_net(struct sb_facts *facts)
{
	static const char *const names[] = { "tcp", "tcp6", "udp", "udp6", "packet", "unix" };
	rwlock_t *lock = (rwlock_t *)sb_symbol("proc_subdir_lock");
	struct proc_dir_entry *entry;
	u32 i;

	if (!lock || !init_net.proc_net || !sb_layouts_have_proc_entry())
		return;
	read_lock(lock);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		entry = sb_proc_entry(init_net.proc_net, names[i]);
		if (entry && entry->name == entry->inline_name)
			add_guarded(facts, names[i], &entry->proc_iops, ENTRY_WORDS,
				    entry->inline_name);
	}
	read_unlock(lock);
}

/* What a protocol does, but not what it counts. */
static void add_protocols(struct sb_facts *facts)
{
	static const char *const names[] = { "tcp_prot", "udp_prot", "tcpv6_prot", "udpv6_prot" };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		u64 proto = sb_symbol(names[i]);

		if (proto)
			add_slots(facts, names[i], proto + offsetof(struct proto, close),
				  (offsetofend(struct proto, get_port) -
				   offsetof(struct proto, close)) / sizeof(u64));
	}
}

static void add_line_discipline(struct sb_facts *facts)
{
	add_slots(facts, "n_tty_ops", sb_symbol("n_tty_ops"),
		  sizeof(struct tty_ldisc_ops) / sizeof(u64));
	/* N_TTY is the first. */
	add_slots(facts, "tty_ldiscs", sb_symbol("tty_ldiscs"), 1);
}

/* Security modules hook into lists, or into static calls, which are code. */
static void add_security(struct sb_facts *facts)
{
#ifdef SB_HAVE_HOOK_HEADS
	add_slots(facts, "lsm_hooks", sb_symbol("security_hook_heads"),
		  sizeof(struct security_hook_heads) / sizeof(u64));
#endif
}

/* Where a chain is; what is in it follows. */
static struct sb_chain *new_chain(struct sb_facts *facts, const char *name, const void *head,
				  enum sb_chain_kind kind)
{
	struct sb_chain *c = &facts->chain[facts->nr_chains++];

	c->head = (u64)head;
	c->heads = 1;
	c->kind = kind;
	strscpy(c->name, name, sizeof(c->name));
	return c;
}

/**
 * struct notifiers - a chain of notifiers
 * @symbol: of its head
 * @first: offset of the pointer to its first block, which depends on the lock before it
 * @name: in reports
 */
struct notifiers {
	const char *symbol;
	size_t first;
	const char *name;
};

#define ATOMIC(symbol, name) { #symbol, offsetof(struct atomic_notifier_head, head), name }
#define BLOCKING(symbol, name) { #symbol, offsetof(struct blocking_notifier_head, head), name }
#define RAW(symbol, name) { #symbol, offsetof(struct raw_notifier_head, head), name }

static const struct notifiers notifiers[] = {
	ATOMIC(die_chain, "die"), BLOCKING(module_notify_list, "module"),
	BLOCKING(reboot_notifier_list, "reboot"), ATOMIC(panic_notifier_list, "panic"),
	ATOMIC(restart_handler_list, "restart"), ATOMIC(keyboard_notifier_list, "keyboard"),
	ATOMIC(vt_notifier_list, "vt"), BLOCKING(usb_notifier_list, "usb"),
	RAW(netdev_chain, "netdev"), BLOCKING(inetaddr_chain, "inetaddr"),
	ATOMIC(inet6addr_chain, "inet6addr"), ATOMIC(netevent_notif_chain, "netevent"),
	BLOCKING(oom_notify_list, "oom"), BLOCKING(x86_mce_decoder_chain, "mce"),
	BLOCKING(pm_chain_head, "pm"),
};

static void add_list(struct sb_facts *facts, const char *name, u64 head, u32 function, u32 next)
{
	struct sb_chain *c;

	if (!head)
		return;
	c = new_chain(facts, name, (void *)head, SB_CHAIN_LIST);
	c->function = function;
	c->step = next;
}

static void add_notifiers(struct sb_facts *facts)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(notifiers); i++) {
		u64 head = sb_symbol(notifiers[i].symbol);

		if (head)
			add_list(facts, notifiers[i].name, head + notifiers[i].first,
				 offsetof(struct notifier_block, notifier_call),
				 offsetof(struct notifier_block, next));
	}
}

/* ftrace's users, kprobes, formats of programs. */
static void add_lists(struct sb_facts *facts)
{
	u64 ops = sb_symbol("ftrace_ops_list"), end = sb_symbol("ftrace_list_end");
	u64 kprobes = sb_symbol("kprobe_table"), formats = sb_symbol("formats");

	if (ops && end) {
		add_list(facts, "ftrace", ops, offsetof(struct ftrace_ops, func),
			 offsetof(struct ftrace_ops, next));
		facts->chain[facts->nr_chains - 1].end = end;
	}
	if (kprobes) {
		add_list(facts, "kprobe", kprobes, offsetof(struct kprobe, pre_handler), 0);
		facts->chain[facts->nr_chains - 1].heads = SB_KPROBE_TABLE_SIZE;
	}
	if (formats) {
		add_list(facts, "binfmt", formats, offsetof(struct linux_binfmt, load_binary), 0);
		facts->chain[facts->nr_chains - 1].end = formats;
	}
}

#ifdef CONFIG_NETFILTER
static void add_hooks(struct sb_facts *facts, const char *name, const void *hooks, u32 nr)
{
	struct sb_chain *c = new_chain(facts, name, hooks, SB_CHAIN_COUNTED);

	c->heads = nr;
	c->function = offsetof(struct nf_hook_entries, hooks) + offsetof(struct nf_hook_entry, hook);
	c->step = sizeof(struct nf_hook_entry);
}

static void add_netfilter(struct sb_facts *facts)
{
	const struct netns_nf *nf = &init_net.nf;

	add_hooks(facts, "nf_ipv4", nf->hooks_ipv4, ARRAY_SIZE(nf->hooks_ipv4));
	add_hooks(facts, "nf_ipv6", nf->hooks_ipv6, ARRAY_SIZE(nf->hooks_ipv6));
}
#else
static void add_netfilter(struct sb_facts *facts)
{
}
#endif

/* Those that tell of each program and each system call; all of them are thousands. */
static void add_tracepoints(struct sb_facts *facts)
{
	static const struct {
		const char *symbol;
		const char *name;
	} known[] = {
		{ "__tracepoint_sys_enter", "sys_enter" }, { "__tracepoint_sys_exit", "sys_exit" },
		{ "__tracepoint_sched_switch", "sched_switch" },
		{ "__tracepoint_sched_process_fork", "sched_fork" },
		{ "__tracepoint_sched_process_exec", "sched_exec" },
		{ "__tracepoint_sched_process_exit", "sched_exit" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		const struct tracepoint *t = (void *)sb_symbol(known[i].symbol);
		struct sb_chain *c;

		if (!t)
			continue;
		c = new_chain(facts, known[i].name, &t->funcs, SB_CHAIN_ENDED);
		c->function = offsetof(struct tracepoint_func, func);
		c->step = sizeof(struct tracepoint_func);
	}
}

/**
 * sb_pointers_find() - tell the host of the pointers to code that this kernel has
 * @facts: filled in
 *
 * Context: may sleep; after sb_symbols_init().
 */
void sb_pointers_find(struct sb_facts *facts)
{
	add_directory(facts, "/", "/");
	add_directory(facts, "/proc", "/proc");
	add_directory(facts, "/sys", "/sys");
	add_directory(facts, "tracefs", "/sys/kernel/tracing");
	add_proc_net(facts);
	add_protocols(facts);
	add_line_discipline(facts);
	add_security(facts);
	add_notifiers(facts);
	add_lists(facts);
	add_netfilter(facts);
	add_tracepoints(facts);
}
