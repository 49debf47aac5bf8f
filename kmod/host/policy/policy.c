// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policies: setting them, and the lock. All under the host's lock.
 */
#include "../memory/ept.h"
#include "feature.h"
#include "policy.h"

#define ALL_POLICIES	((1u << SHADOW_BOX_POLICIES) - 1)

static u32 mode_in(u64 modes, u32 policy)
{
	return modes >> (2 * policy) & 3;
}

static u32 strongest_mode(u32 policy)
{
	return detections() >> policy & 1 ? SHADOW_BOX_MODE_LOG : SHADOW_BOX_MODE_ENFORCE;
}

static u64 check(struct sb_cpu *cpu, u64 modes, u64 mask)
{
	bool unsupported = false;
	u32 policy;

	if (mask & ~(u64)ALL_POLICIES || mask & BIT(SHADOW_BOX_POLICY_HOST_MEMORY))
		return SB_ERROR_ARGUMENT;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		if (!(mask >> policy & 1))
			continue;
		if (mode_in(modes, policy) > strongest_mode(policy))
			return SB_ERROR_ARGUMENT;
		if (status()->locked && mode_in(modes, policy) < policy_mode(policy)) {
			refusal(cpu, policy, SHADOW_BOX_WHY_LOCKED, SB_HYPERCALL_POLICY);
			return SB_ERROR_LOCKED;
		}
		if (mode_in(modes, policy) && !features_have(cpu, policy))
			unsupported = true;
	}
	return unsupported ? SB_ERROR_UNSUPPORTED : 0;
}

static void set_mode(struct sb_cpu *cpu, u32 policy, u32 mode)
{
	if (policy_mode(policy) == mode)
		return;
	WRITE_ONCE(status()->mode[policy], mode);
	features_forget(policy, mode);
	record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_POLICY, .policy = policy,
						.code = mode, .rip = vmread(VMCS_GUEST_RIP) });
}

/**
 * set_policies() - SB_HYPERCALL_POLICY
 * @cpu: this CPU
 * @modes: 2 bits for each policy
 * @mask: which to set
 *
 * Pages of modules are done some at a time, so that the guest does not stand still.
 *
 * Return: %SB_ANSWER_DONE, %SB_ANSWER_MORE, or an error with nothing set.
 */
u64 set_policies(struct sb_cpu *cpu, u64 modes, u64 mask)
{
	u64 error = check(cpu, modes, mask);
	bool done;
	u32 policy;

	if (error)
		return error;
	if (!features_prepare())
		return SB_ERROR_MEMORY;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (mask >> policy & 1)
			set_mode(cpu, policy, mode_in(modes, policy));
	done = features_apply_shared();
	features_apply_cpu(cpu);
	pages_changed(cpu);
	return done ? SB_ANSWER_DONE : SB_ANSWER_MORE;
}

/* A CPU outside could be started with anyone's code, and would undo it all. */
static bool is_a_cpu_outside(void)
{
	u32 slot;

	for (slot = 0; slot < facts()->nr_cpus; slot++)
		if (!READ_ONCE(cpu_of_slot(slot)->active))
			return true;
	return false;
}

u64 lock_policies(struct sb_cpu *cpu)
{
	if (status()->locked)
		return SB_ERROR_LOCKED;
	if (is_a_cpu_outside())
		return SB_ERROR_BUSY;
	WRITE_ONCE(status()->locked, 1);
	guard_sleep_ports();
	record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_LOCK,
						.rip = vmread(VMCS_GUEST_RIP) });
	return 0;
}

/* SB_HYPERCALL_SYNC. The last CPU to call finds nobody behind. */
u64 sync_cpu(struct sb_cpu *cpu)
{
	features_tick(cpu);
	features_apply_cpu(cpu);
	pages_flush(cpu);
	return cpus_behind(status()->generation);
}
