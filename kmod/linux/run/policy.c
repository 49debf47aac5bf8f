// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking the host to set policies, and to lock them. What holds is what the host says in its status
 * page.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "../kernel/kprobes.h"
#include "../launch/power.h"
#include "../machine/sleep.h"
#include "../reason.h"
#include "../state.h"
#include "announce.h"
#include "command.h"
#include "courtesy.h"
#include "names.h"
#include "policy.h"

static int not_active(struct sb_reason *reason)
{
	return sb_refuse(reason, -ENODEV, "not active: run 'sbctl load' first");
}

/* The first policy that @modes would weaken, SHADOW_BOX_POLICIES if there is none. */
static u32 first_weakened(const u32 modes[], u32 mask)
{
	u32 policy = 0;

	while (policy < SHADOW_BOX_POLICIES &&
	       (!(mask >> policy & 1) || modes[policy] >= sb_policy_mode(policy)))
		policy++;
	return policy;
}

static int has_no_mode(u32 policy, u32 mode, struct sb_reason *reason)
{
	char modes[32];

	if (policy == SHADOW_BOX_POLICY_HOST_MEMORY)
		return sb_refuse(reason, -EOPNOTSUPP, "host-memory is always enforced");
	return sb_refuse(reason, -EINVAL, "%s has no mode %u: its modes are %s",
			 sb_policy_name(policy), mode, sb_policy_modes(policy, modes, sizeof(modes)));
}

static int check(const u32 modes[], u32 mask, struct sb_reason *reason)
{
	u32 policy;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (mask >> policy & 1 && !sb_policy_has_mode(policy, modes[policy]))
			return has_no_mode(policy, modes[policy], reason);
	if (!mask || mask >> SHADOW_BOX_POLICIES)
		return sb_refuse(reason, -EINVAL, "no such policy");
	return 0;
}

static int unsupported(u32 mask, struct sb_reason *reason)
{
	u32 policy;
	const char *need = sb_policy_needs(mask, &policy);

	return sb_refuse(reason, -EOPNOTSUPP, "this CPU has no %s, which %s needs", need ?: "?",
			 sb_policy_name(policy));
}

static int refused(u64 answer, const u32 modes[], u32 mask, struct sb_reason *reason)
{
	switch (answer) {
	case SB_ERROR_LOCKED:
		return sb_refuse(reason, -EPERM,
				 "policies are locked: until the machine restarts %s can only be tightened",
				 sb_policy_name(first_weakened(modes, mask)));
	case SB_ERROR_UNSUPPORTED:
		return unsupported(mask, reason);
	case SB_ERROR_MEMORY:
		return sb_refuse(reason, -ENOMEM,
				 "no contiguous memory for the host world (2 MB): free memory, run 'sysctl vm.compact_memory=1' and try again");
	default:
		return sb_refuse(reason, -EIO, "%s", sb_command_error(answer));
	}
}

static bool switches_on(const u32 modes[], u32 mask, u32 policy)
{
	return mask >> policy & 1 && modes[policy] != SHADOW_BOX_MODE_OFF &&
	       sb_policy_mode(policy) == SHADOW_BOX_MODE_OFF;
}

/* Kprobes that stand in code from now on protected. */
static u64 announce_kprobes(const u32 modes[], u32 mask)
{
	const struct sb_facts *facts = &sb_core.machine.kernel.facts;
	u64 answer = 0;

	if (switches_on(modes, mask, SHADOW_BOX_POLICY_KERNEL_TEXT))
		answer = sb_announce_kprobes(facts->text.start, facts->text.end);
	if (!answer && switches_on(modes, mask, SHADOW_BOX_POLICY_MODULE_TEXT))
		answer = sb_announce_kprobes(facts->module_space.start, facts->module_space.end);
	return answer;
}

/* Patching goes on when every CPU has taken in the new modes. */
static int set(const u32 modes[], u32 mask, struct sb_reason *reason)
{
	u64 answer, packed = 0;
	u32 policy;

	mask &= ~(1u << SHADOW_BOX_POLICY_HOST_MEMORY);
	if (!mask)
		return 0;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		packed |= mask >> policy & 1 ? (u64)modes[policy] << (2 * policy) : 0;
	sb_courtesy_prepare(modes, mask);
	sb_patching_stop();
	answer = announce_kprobes(modes, mask);
	if (answer) {
		sb_patching_resume();
		if (answer == SB_ERROR_FULL)
			return sb_refuse(reason, -ENOSPC,
					 "more kprobes stand than the host has room for (%u): remove some (/sys/kernel/debug/kprobes/list)",
					 SB_PROBES_MAX);
		return sb_refuse(reason, -EIO,
				 "a kprobe stands where the host knows of no instruction: remove it (/sys/kernel/debug/kprobes/list)");
	}
	answer = sb_command_all(SB_HYPERCALL_POLICY, packed, mask, 0);
	if (!answer)
		sb_sync();
	sb_patching_resume();
	return answer ? refused(answer, modes, mask, reason) : 0;
}

/**
 * sb_policy_set() - set the modes of policies, of all that are named or of none
 * @modes: enum shadow_box_mode of each policy, by enum shadow_box_policy
 * @mask: a bit for each policy that is to be set
 * @reason: filled in on failure
 *
 * Context: may sleep; takes sb_core.lock.
 * Return: 0, -ENODEV (idle), -EINVAL, -EOPNOTSUPP, -EPERM (locked), -ENOMEM or -EIO.
 */
int sb_policy_set(const u32 modes[], u32 mask, struct sb_reason *reason)
{
	int error;

	mutex_lock(&sb_core.lock);
	error = sb_core.active ? check(modes, mask, reason) : not_active(reason);
	if (!error)
		error = set(modes, mask, reason);
	mutex_unlock(&sb_core.lock);
	return error;
}

/* What the host guards from the lock on is guarded on every CPU when each has called. */
static void finish_lock(void)
{
	sb_sync();
	if (!sb_sleep_is_guarded(&sb_core.machine.kernel.facts))
		pr_warn("locked, but what puts this machine to sleep is at no port that the firmware names: who writes there has it wake outside\n");
}

/* Unloading would end all protection: the module stays from now on, whoever asks. */
static int lock_active(struct sb_reason *reason)
{
	u64 answer;

	__module_get(THIS_MODULE);
	answer = sb_command(SB_HYPERCALL_LOCK, 0, 0, 0);
	if (!answer) {
		finish_lock();
		return 0;
	}
	module_put(THIS_MODULE);
	if (answer == SB_ERROR_BUSY)
		return sb_refuse(reason, -EBUSY,
				 "a CPU is outside the guest world: bring it online, and lock again");
	return sb_refuse(reason, -EIO, "%s", sb_command_error(answer));
}

/*
 * CPUs that are offline left when they went down. They are brought in, and go down again in the guest
 * world.
 */
static int bring_in_and_lock(struct sb_reason *reason, struct cpumask *raised)
{
	int error = sb_power_bring_in(reason, raised);

	if (error)
		return error;
	return lock_active(reason);
}

static int lock(struct sb_reason *reason)
{
	cpumask_var_t raised;
	int error;

	if (sb_locked())
		return sb_refuse(reason, -EALREADY, "policies are locked already");
	if (!alloc_cpumask_var(&raised, GFP_KERNEL))
		return sb_refuse(reason, -ENOMEM, "no memory: free some and try again");
	error = bring_in_and_lock(reason, raised);
	sb_power_put_down(raised);
	free_cpumask_var(raised);
	return error;
}

/**
 * sb_policy_lock() - from now on until the machine restarts, policies can only be tightened
 * @reason: filled in on failure
 *
 * Context: may sleep; takes sb_core.lock.
 * Return: 0, -ENODEV (idle), -EALREADY, -EBUSY (a CPU cannot be brought in), -ENOMEM or -EIO.
 */
int sb_policy_lock(struct sb_reason *reason)
{
	int error;

	mutex_lock(&sb_core.lock);
	error = sb_core.active ? lock(reason) : not_active(reason);
	mutex_unlock(&sb_core.lock);
	return error;
}
