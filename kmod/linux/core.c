// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start and stop: the world is built, every online CPU launched; or none.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "channel/events.h"
#include "core.h"
#include "kernel/compat.h"
#include "launch/launch.h"
#include "launch/power.h"
#include "machine/machine.h"
#include "run/courtesy.h"
#include "run/modules.h"
#include "run/sweep.h"
#include "state.h"

static int list_cpus(void)
{
	struct sb_world *world = &sb_core.world;
	unsigned int cpu;

	world->vcpu = kvcalloc(num_present_cpus(), sizeof(*world->vcpu), GFP_KERNEL);
	sb_core.slot_of_cpu = kvmalloc_array(nr_cpu_ids, sizeof(int), GFP_KERNEL);
	if (!world->vcpu || !sb_core.slot_of_cpu)
		return -ENOMEM;
	memset(sb_core.slot_of_cpu, 0xff, nr_cpu_ids * sizeof(int));
	for_each_present_cpu(cpu) {
		sb_core.slot_of_cpu[cpu] = world->nr_vcpus;
		world->vcpu[world->nr_vcpus].nmis_before = sb_nmis_handled(cpu);
		world->vcpu[world->nr_vcpus++].cpu = cpu;
	}
	return 0;
}

static void forget_world(void)
{
	sb_world_free(&sb_core.world);
	kvfree(sb_core.world.vcpu);
	kvfree(sb_core.slot_of_cpu);
	memset(&sb_core.world, 0, sizeof(sb_core.world));
	sb_core.slot_of_cpu = NULL;
}

static int no_memory(struct sb_reason *reason)
{
	return sb_refuse(reason, -ENOMEM,
			 "no contiguous memory for the host world (blocks of 2 MB): free memory, run 'sysctl vm.compact_memory=1' and try again");
}

static int build_world(struct sb_reason *reason)
{
	struct sb_machine *machine = &sb_core.machine;
	int error;

	memset(machine, 0, sizeof(*machine));
	machine->image = sb_image_start;
	machine->image_size = sb_image_end - sb_image_start;
	machine->gate = sb_gate;
	machine->launch_failed = (u64)sb_launch_failed;
	error = sb_machine_read(machine, reason);
	if (!error)
		error = sb_kernel_read(&machine->kernel, reason);
	if (error)
		return error;
	sb_core.launch_id = machine->kernel.facts.launch_id = get_random_u64();
	if (list_cpus())
		return no_memory(reason);
	error = sb_world_build(&sb_core.world, machine);
	if (error == -ENOMEM)
		return no_memory(reason);
	if (error)
		return sb_refuse(reason, error, "the module carries no valid host image: rebuild it");
	return 0;
}

static int start(struct sb_reason *reason)
{
	int error = sb_machine_check(reason);

	if (error)
		return error;
	error = build_world(reason);
	/* The host has its own copy by now. */
	sb_kernel_forget(&sb_core.machine.kernel);
	if (!error && sb_events_init(&sb_core.world))
		error = sb_refuse(reason, -ENOMEM,
				  "no memory for the threads that pass events on: free memory and try again");
	if (!error)
		error = sb_power_init(reason);
	if (error) {
		sb_events_exit();
		forget_world();
		return error;
	}
	sb_modules_init();
	sb_courtesy_init();
	sb_sweep_init();
	return 0;
}

/**
 * sb_start() - launch on every online CPU, or on none
 * @reason: filled in on failure
 *
 * Context: may sleep.
 * Return: 0, -EALREADY, or the refusals of sb_machine_check() and sb_launch_this_cpu(), -ENOMEM.
 */
int sb_start(struct sb_reason *reason)
{
	int error;

	mutex_lock(&sb_core.lock);
	if (sb_core.closed)
		error = sb_refuse(reason, -ENODEV, "the module is being unloaded");
	else if (sb_core.active)
		error = sb_refuse(reason, -EALREADY, "already active");
	else
		error = start(reason);
	if (!error) {
		sb_core.active = true;
		sb_core.launched_at = ktime_get();
		pr_info("active: %u CPUs in the guest world, %llu KB of host memory\n",
			num_online_cpus(), sb_memory_used(&sb_core.world.memory) >> 10);
	} else if (error != -EALREADY) {
		pr_err("cannot launch: %s\n", reason->text);
	}
	mutex_unlock(&sb_core.lock);
	return error;
}

/*
 * Locked, the module has a reference that nobody gives back, so this is a removal by force. The
 * host keeps the CPUs and its memory, and Linux runs only with the code that is here: it must not
 * go.
 */
static void stay(void)
{
	pr_alert("locked: the module stays until the machine restarts, and so does who tries to remove it\n");
	mutex_unlock(&sb_core.lock);
	for (;;)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
}

/**
 * sb_close() - bring every CPU back to the bare machine, for good, and give the memory back
 *
 * Context: module exit; may sleep.
 */
void sb_close(void)
{
	mutex_lock(&sb_core.lock);
	if (sb_core.active && sb_locked())
		stay();
	sb_core.closed = true;
	if (sb_core.active) {
		sb_courtesy_exit();
		sb_modules_exit();
		sb_power_exit();
		sb_core.active = false;
		sb_events_exit();
		forget_world();
		pr_info("inactive: Linux runs on the bare machine\n");
	}
	mutex_unlock(&sb_core.lock);
}
