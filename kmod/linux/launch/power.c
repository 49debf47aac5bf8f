// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs and the machine going up and down. VT-x does not survive INIT, S3 or a power cut: a CPU
 * leaves before it goes down and is launched when it comes up.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/kernel.h>
#include <linux/reboot.h>

#include "../state.h"
#include "../kernel/compat.h"
#include "launch.h"
#include "power.h"

static enum cpuhp_state hotplug_state;

/* Why the last CPU refused. Writers: CPU-hotplug callbacks, which the kernel runs one at a time. */
static struct sb_reason launch_reason;

static int cpu_up(unsigned int cpu)
{
	struct sb_vcpu *vcpu = sb_vcpu_of(cpu);
	int error;

	if (!vcpu)
		error = sb_refuse(&launch_reason, -ENODEV,
				  "CPU %u was not present at the launch: unload and load shadow_box to take it in",
				  cpu);
	else
		error = sb_launch_this_cpu(&sb_core.world, vcpu, &launch_reason);
	if (error && sb_core.active)
		pr_err("CPU %u stays offline: %s\n", cpu, launch_reason.text);
	atomic_inc(&sb_core.generation);
	return error;
}

/* Locked, a CPU cannot leave, and a CPU that goes down would lose what guards it. */
static int leave(unsigned int cpu)
{
	int error = sb_locked() ? -EPERM : sb_leave_this_cpu(sb_vcpu_of(cpu));

	if (error)
		pr_err("CPU %u stays online, and the machine awake: policies are locked\n", cpu);
	return error;
}

static int cpu_down(unsigned int cpu)
{
	int error = leave(cpu);

	atomic_inc(&sb_core.generation);
	return error;
}

/* The last CPU, with interrupts off, on the way into S3 or S4; the others went down before. */
static int suspend_last_cpu(void)
{
	return leave(smp_processor_id());
}

static void resume_first_cpu(void)
{
	unsigned int cpu = smp_processor_id();

	if (sb_launch_this_cpu(&sb_core.world, sb_vcpu_of(cpu), &launch_reason))
		pr_emerg("CPU %u is NOT protected after resume: %s\n", cpu, launch_reason.text);
}

SB_DEFINE_SYSCORE(sleep_ops, suspend_last_cpu, resume_first_cpu);

static void leave_one(void *unused)
{
	sb_leave_this_cpu(sb_vcpu_of(smp_processor_id()));
}

/* As kernel_kexec() says it: to veto it is not possible. */
static bool is_kexec(unsigned long action, const char *command)
{
	return action == SYS_RESTART && command && !strcmp(command, "kexec reboot");
}

/*
 * Reboot, power-off, halt, kexec: firmware and the next kernel want the bare machine. Locked, the
 * machine resets from the guest world, where the next kernel of a kexec cannot live.
 */
static int leave_for_reboot(struct notifier_block *block, unsigned long action, void *data)
{
	if (!sb_locked()) {
		on_each_cpu_cond(sb_cpu_answers, leave_one, NULL, 1);
	} else if (is_kexec(action, data)) {
		pr_emerg("policies are locked, so no other kernel can be started: restarting the machine instead\n");
		kernel_restart(NULL);
	}
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = { .notifier_call = leave_for_reboot };

/**
 * sb_power_init() - launch every online CPU, and from now on each that comes up
 * @reason: filled in on failure
 *
 * The CPU-hotplug core calls cpu_up() on one CPU after the other, and cpu_down() on those that
 * succeeded if one fails.
 *
 * Return: 0, or why the first CPU that failed did.
 */
int sb_power_init(struct sb_reason *reason)
{
	int state;

	sb_refuse(&launch_reason, 0, "the kernel takes no more CPU-hotplug callbacks: unload a module that has some");
	state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "shadow_box:online", cpu_up, cpu_down);
	if (state < 0) {
		*reason = launch_reason;
		return state;
	}
	hotplug_state = state;
	register_syscore(&sleep_ops);
	register_reboot_notifier(&reboot_notifier);
	return 0;
}

void sb_power_exit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	unregister_syscore(&sleep_ops);
	cpuhp_remove_state(hotplug_state);
}
