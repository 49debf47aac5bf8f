/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of the module: idle, or active with a world. Here it is only looked at; core.c changes it.
 */
#ifndef SB_LINUX_STATE_H
#define SB_LINUX_STATE_H

#include <linux/ktime.h>
#include <linux/mutex.h>

#include "../uapi/shadow_box.h"
#include "world/world.h"

/**
 * struct sb_core - what there is one of
 * @lock: held to change anything here, and to read more than one word of it
 * @active: the world exists and every online CPU is in it
 * @closed: the module is being unloaded: nothing starts any more
 * @machine: what the world was built for
 * @world: the host world; valid while @active, or while launching or leaving
 * @slot_of_cpu: index in world.vcpu of each Linux CPU, -1 for none; nr_cpu_ids entries
 * @launched_at: ktime_get() of the launch
 * @launch_id: random number of the launch
 * @generation: changes whenever a CPU enters or leaves the guest world. Atomic, as CPUs going up
 *	or down change it without @lock.
 */
struct sb_core {
	struct mutex lock;
	bool active;
	bool closed;
	struct sb_machine machine;
	struct sb_world world;
	int *slot_of_cpu;
	ktime_t launched_at;
	u64 launch_id;
	atomic_t generation;
};

extern struct sb_core sb_core;

struct sb_vcpu *sb_vcpu_of(unsigned int cpu);
enum shadow_box_cpu_state sb_vcpu_state(const struct sb_vcpu *vcpu);
bool sb_cpu_answers(int cpu, void *unused);
u32 sb_policy_mode(u32 policy);
bool sb_locked(void);

#endif
