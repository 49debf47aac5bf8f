/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of the module: idle, or active with a world.
 */
#ifndef SB_LINUX_CORE_H
#define SB_LINUX_CORE_H

#include <linux/mutex.h>

#include "../uapi/shadow_box.h"
#include "machine/reason.h"
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
	atomic_t generation;
};

extern struct sb_core sb_core;

enum shadow_box_cpu_state sb_vcpu_state(const struct sb_vcpu *vcpu);
bool sb_cpu_answers(int cpu, void *unused);
u32 sb_nmis_since_launch(const struct sb_vcpu *vcpu);
int sb_start(struct sb_reason *reason);
void sb_close(void);
struct sb_vcpu *sb_vcpu_of(unsigned int cpu);

/* power.c: every CPU in and out, now and as CPUs and the machine go up and down */
int sb_power_init(struct sb_reason *reason);
void sb_power_exit(void);

#endif
