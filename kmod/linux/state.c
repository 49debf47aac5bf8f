// SPDX-License-Identifier: GPL-2.0-only
/*
 * State of the module, and what all parts of it ask of that state.
 */
#include <linux/compiler.h>
#include <linux/mutex.h>

#include "channel/ring.h"
#include "state.h"

struct sb_core sb_core = {
	.lock = __MUTEX_INITIALIZER(sb_core.lock),
};

/* The part of the world that belongs to @cpu, or NULL if the CPU was not there at the launch. */
struct sb_vcpu *sb_vcpu_of(unsigned int cpu)
{
	int slot = sb_core.slot_of_cpu[cpu];

	return slot < 0 ? NULL : &sb_core.world.vcpu[slot];
}

/* State of a CPU. A host that stopped says so in the last event that its CPU recorded. */
enum shadow_box_cpu_state sb_vcpu_state(const struct sb_vcpu *vcpu)
{
	u64 head = READ_ONCE(vcpu->ring->head), number = head - 1;
	struct sb_event event;

	if (!READ_ONCE(vcpu->active))
		return SHADOW_BOX_CPU_OFF;
	if (head && sb_ring_read(vcpu->ring, &number, &event) &&
	    event.type == SHADOW_BOX_EVENT_HOST_FAULT)
		return SHADOW_BOX_CPU_FAULT;
	return SHADOW_BOX_CPU_ACTIVE;
}

/* Is the CPU in the guest world, with a host that answers? One that has stopped never would. */
bool sb_cpu_answers(int cpu, void *unused)
{
	struct sb_vcpu *vcpu = sb_vcpu_of(cpu);

	return vcpu && sb_vcpu_state(vcpu) == SHADOW_BOX_CPU_ACTIVE;
}

/**
 * sb_policy_mode() - the mode of a policy, as the host has it
 * @policy: enum shadow_box_policy
 *
 * Context: the world exists: under sb_core.lock while active, or where the world cannot end
 * meanwhile.
 * Return: enum shadow_box_mode.
 */
u32 sb_policy_mode(u32 policy)
{
	return READ_ONCE(sb_core.world.status->mode[policy]);
}

/**
 * sb_locked() - are policies locked until the machine restarts?
 *
 * Context: as sb_policy_mode().
 */
bool sb_locked(void)
{
	return READ_ONCE(sb_core.world.status->locked);
}
