// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the kernel call this module, as rootkits do, by a pointer that lies in writable data, or by a hook that any
 * module may register. What is registered lawfully is an attack only if the module then takes itself off
 * the list of modules, as it does with hide=1. After a while all is as it was, so that it can go.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/lsm_hooks.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rculist.h>
#include <linux/reboot.h>
#include <linux/seq_file.h>
#include <linux/tracepoint.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "linux/kernel/private.h"
#include "linux/kernel/proc_entry.h"
#include "attack.h"

static char *what = "";
module_param(what, charp, 0400);
static bool hide;
module_param(hide, bool, 0400);
static unsigned int hold = 900;
module_param(hold, uint, 0400);
MODULE_PARM_DESC(hold, "milliseconds until all is as it was");

/* What is redirected: where, and what was there. */
static void **slot, *slot_was;

static int redirect(void **where, void *to)
{
	slot = where;
	slot_was = *where;
	WRITE_ONCE(*where, to);
	return 0;
}

static void restore(void)
{
	WRITE_ONCE(*slot, slot_was);
}

/* /proc: its directory's operations, for a copy of them. */
static struct file_operations proc_copy;
static const struct file_operations *proc_was;

static int iterate(struct file *file, struct dir_context *context)
{
	return proc_was->iterate_shared(file, context);
}

static int hook_proc(void)
{
	struct inode *inode;
	struct path path;

	if (kern_path("/proc", LOOKUP_FOLLOW, &path))
		return -ENOENT;
	inode = d_inode(path.dentry);
	proc_was = inode->i_fop;
	proc_copy = *proc_was;
	proc_copy.iterate_shared = iterate;
	redirect((void **)&inode->i_fop, &proc_copy);
	path_put(&path);
	return 0;
}

/* /proc/net/tcp: how a line is shown, by a copy of the operations as well. */
static struct seq_operations tcp_copy;
static const struct seq_operations *tcp_was;

static int show(struct seq_file *file, void *data)
{
	return tcp_was->show(file, data);
}

static int hook_tcp4(void)
{
	rwlock_t *lock = (rwlock_t *)attack_symbol("proc_subdir_lock");
	struct proc_dir_entry *entry;

	read_lock(lock);
	entry = sb_proc_entry(init_net.proc_net, "tcp");
	read_unlock(lock);
	if (!entry)
		return -ENOENT;
	tcp_was = entry->seq_ops;
	tcp_copy = *tcp_was;
	tcp_copy.show = show;
	return redirect((void **)&entry->seq_ops, &tcp_copy);
}

/* TCP itself. */
static int hook_protocol(void)
{
	struct proto *proto = (struct proto *)attack_symbol("tcp_prot");

	return redirect((void **)&proto->getsockopt, (void *)attack_symbol("udp_getsockopt"));
}

/* What terminals are given. */
static struct tty_ldisc_ops *n_tty;
static void (*n_tty_poked)(struct tty_struct *tty);

static void write_wakeup(struct tty_struct *tty)
{
	n_tty_poked(tty);
}

static int hook_ldisc(void)
{
	n_tty = (struct tty_ldisc_ops *)attack_symbol("n_tty_ops");
	n_tty_poked = n_tty->write_wakeup;
	return redirect((void **)&n_tty->write_wakeup, write_wakeup);
}

/* What any module may register. */
static int notified(struct notifier_block *block, unsigned long event, void *data)
{
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = notified };

static int hook_die(void)
{
	return register_die_notifier(&notifier);
}

static void unhook_die(void)
{
	unregister_die_notifier(&notifier);
}

static int hook_reboot(void)
{
	return register_reboot_notifier(&notifier);
}

static void unhook_reboot(void)
{
	unregister_reboot_notifier(&notifier);
}

static unsigned int packet(void *data, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static const struct nf_hook_ops netfilter = {
	.hook = packet, .pf = NFPROTO_IPV4, .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_FIRST,
};

static int hook_netfilter(void)
{
	return nf_register_net_hook(&init_net, &netfilter);
}

static void unhook_netfilter(void)
{
	nf_unregister_net_hook(&init_net, &netfilter);
}

static void executed(void *data)
{
}

static struct tracepoint *traced(void)
{
	return (struct tracepoint *)attack_symbol("__tracepoint_sched_process_exec");
}

static int hook_tracepoint(void)
{
	return tracepoint_probe_register(traced(), executed, NULL);
}

static void unhook_tracepoint(void)
{
	tracepoint_probe_unregister(traced(), executed, NULL);
	tracepoint_synchronize_unregister();
}

static void traced_function(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			    struct ftrace_regs *regs)
{
}

static struct ftrace_ops ftrace = { .func = traced_function };

static int hook_ftrace(void)
{
	char function[] = "__x64_sys_setdomainname";

	return ftrace_set_filter(&ftrace, function, strlen(function), 1) ?:
	       register_ftrace_function(&ftrace);
}

static void unhook_ftrace(void)
{
	unregister_ftrace_function(&ftrace);
	ftrace_free_filter(&ftrace);
}

static int probed(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe probe = { .symbol_name = "__x64_sys_setdomainname", .pre_handler = probed };

static int hook_kprobe(void)
{
	return register_kprobe(&probe);
}

static void unhook_kprobe(void)
{
	unregister_kprobe(&probe);
}

/* A security module's hook: into a list whose head is constant after the boot. */
#ifdef SB_HAVE_HOOK_HEADS
static struct security_hook_list lsm;
static struct hlist_head *lsm_head, *lsm_alias;

static int moved(const struct path *from, const struct path *to)
{
	return 0;
}

static int hook_lsm(void)
{
	struct security_hook_heads *heads = (void *)attack_symbol("security_hook_heads");

	if (!heads)
		return -ENOENT;
	lsm_head = &heads->move_mount;
	lsm_alias = attack_alias(lsm_head);
	if (!lsm_alias)
		return -ENOMEM;
	lsm.hook.move_mount = moved;
	lsm.list.next = lsm_alias->first;
	return redirect((void **)&lsm_alias->first, &lsm.list);
}

static void unhook_lsm(void)
{
	restore();
	attack_unalias(lsm_alias);
}
#endif

static const struct hook {
	const char *name;
	int (*set)(void);
	void (*remove)(void);
} hooks[] = {
	{ "proc", hook_proc, restore }, { "tcp4", hook_tcp4, restore },
	{ "protocol", hook_protocol, restore }, { "ldisc", hook_ldisc, restore },
	{ "die", hook_die, unhook_die }, { "reboot", hook_reboot, unhook_reboot },
	{ "netfilter", hook_netfilter, unhook_netfilter },
	{ "tracepoint", hook_tracepoint, unhook_tracepoint },
	{ "ftrace", hook_ftrace, unhook_ftrace }, { "kprobe", hook_kprobe, unhook_kprobe },
#ifdef SB_HAVE_HOOK_HEADS
	{ "lsm", hook_lsm, unhook_lsm },
#endif
};

static const struct hook *hook;
static struct list_head *before;

/* Who is in the middle of what was called is given the time to get out. */
static void come_back(struct work_struct *work)
{
	if (before)
		list_add_rcu(&THIS_MODULE->list, before);
	hook->remove();
	msleep(20);
}
static DECLARE_DELAYED_WORK(coming_back, come_back);

static int __init hook_init(void)
{
	size_t i;
	int error;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i].name, what))
			hook = &hooks[i];
	error = hook ? hook->set() : -EINVAL;
	if (error)
		return error;
	if (hide) {
		before = THIS_MODULE->list.prev;
		list_del_rcu(&THIS_MODULE->list);
	}
	schedule_delayed_work(&coming_back, msecs_to_jiffies(hold));
	return 0;
}

/* Whoever does not hide, and is no attacker, can go at once. */
static void __exit hook_exit(void)
{
	if (cancel_delayed_work_sync(&coming_back))
		come_back(NULL);
}

module_init(hook_init);
module_exit(hook_exit);
MODULE_DESCRIPTION("Attack: pointers to code");
MODULE_LICENSE("GPL");
