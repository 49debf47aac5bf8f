// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs and the machine going up and down. Unlocked, a CPU leaves before it goes down, and is launched
 * when it comes up. Locked, it goes down and comes up within the guest world (host/entry/start.c).
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/kernel.h>
#include <linux/reboot.h>
#include <asm/apic.h>

#include "../state.h"
#include "../kernel/compat.h"
#include "../run/command.h"
#include "launch.h"
#include "power.h"

static enum cpuhp_state hotplug_state, dead_state;

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
	else if (vcpu->active)
		error = sb_sync_this_cpu();
	else
		error = sb_launch_this_cpu(&sb_core.world, vcpu, &launch_reason);
	if (error && sb_core.active)
		pr_err("CPU %u stays offline: %s\n", cpu, launch_reason.text);
	atomic_inc(&sb_core.generation);
	return error;
}

/* Locked, it stays in the guest world. */
static int cpu_down(unsigned int cpu)
{
	if (!sb_locked())
		sb_leave_this_cpu(sb_vcpu_of(cpu));
	atomic_inc(&sb_core.generation);
	return 0;
}

/*
 * Linux lets it lie in HLT or MWAIT, where it would not take in what the host changes. After INIT it
 * does so before it executes anything.
 */
static int cpu_dead(unsigned int cpu)
{
	struct sb_vcpu *vcpu = sb_vcpu_of(cpu);

	if (vcpu && vcpu->active)
		apic->icr_write(APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT,
				per_cpu(x86_cpu_to_apicid, cpu));
	return 0;
}

/*
 * The last CPU, with interrupts off, on the way into S3 or S4; the others went down before. Locked, it
 * cannot leave, and firmware cannot keep it.
 */
static int suspend_last_cpu(void)
{
	int error = sb_locked() ? -EPERM : sb_leave_this_cpu(sb_vcpu_of(smp_processor_id()));

	if (error)
		pr_err("the machine stays awake: policies are locked\n");
	return error;
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

/*
 * Linux panics, or restarts in an emergency, and calls this on each CPU, most in an NMI: the crash kernel
 * wants the bare machine. No lock is taken. Locked, the host does not let go, and the machine restarts.
 */
static void leave_in_emergency(void)
{
	struct sb_vcpu *vcpu = sb_vcpu_of(raw_smp_processor_id());

	if (vcpu && !sb_locked())
		sb_leave_this_cpu(vcpu);
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
 * sb_power_bring_in() - bring CPUs that are offline up, so that they are launched
 * @reason: filled in on failure
 * @raised: set to those that were brought up; sb_power_put_down() them
 *
 * Context: may sleep.
 * Return: 0, or -EBUSY if Linux does not start a CPU.
 */
int sb_power_bring_in(struct sb_reason *reason, struct cpumask *raised)
{
	u32 i;

	cpumask_clear(raised);
	for (i = 0; i < sb_core.world.nr_vcpus; i++) {
		u32 cpu = sb_core.world.vcpu[i].cpu;

		if (cpu_online(cpu))
			continue;
		if (add_cpu(cpu))
			return sb_refuse(reason, -EBUSY,
					 "CPU %u is offline, outside the guest world, and Linux does not start it (nosmt, maxcpus): start it, or boot without that, and lock again",
					 cpu);
		cpumask_set_cpu(cpu, raised);
	}
	return 0;
}

void sb_power_put_down(const struct cpumask *raised)
{
	unsigned int cpu;

	for_each_cpu(cpu, raised)
		remove_cpu(cpu);
}

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
	state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "shadow_box:dead", NULL, cpu_dead);
	if (state < 0) {
		*reason = launch_reason;
		cpuhp_remove_state(hotplug_state);
		return state;
	}
	dead_state = state;
	register_syscore(&sleep_ops);
	register_reboot_notifier(&reboot_notifier);
	sb_emergency_register(leave_in_emergency);
	return 0;
}

void sb_power_exit(void)
{
	sb_emergency_unregister(leave_in_emergency);
	unregister_reboot_notifier(&reboot_notifier);
	unregister_syscore(&sleep_ops);
	cpuhp_remove_state_nocalls(dead_state);
	cpuhp_remove_state(hotplug_state);
}
