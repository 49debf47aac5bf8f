// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passing the host's events on: the host cannot call Linux, so Linux looks into the rings ten times
 * a second, writes a line each to the kernel log and sends them to netlink's listeners. Two CPUs
 * do so in turns: should the host stop one of them, the other still reports it.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <asm/tsc.h>

#include "../uapi/shadow_box.h"
#include "core.h"
#include "events.h"
#include "netlink.h"
#include "ring.h"

#define DRAIN_PERIOD (HZ / 10)

/*
 * Written under drain_lock, and by sb_events_init() and _exit() while no drain runs. events_lost
 * may be read by anyone.
 */
static DEFINE_MUTEX(drain_lock);
static int drain_cpu = -1;	/* where the holder of drain_lock runs, or ran last */
static const struct sb_world *drained;
static u64 *next_number;
static u64 events_lost;

static void drain(struct work_struct *work);
static struct delayed_work drains[2];

/*
 * CLOCK_REALTIME of an event in nanoseconds: now, less the TSC ticks since. Where TSCs differ between
 * CPUs, an event of another one may seem to lie ahead: it is now, then.
 */
u64 sb_event_time(const struct sb_event *event)
{
	s64 ticks = rdtsc() - event->tsc;

	if (ticks < 0 || !tsc_khz)
		return ktime_get_real_ns();
	return ktime_get_real_ns() - mul_u64_u64_div_u64(ticks, NSEC_PER_MSEC, tsc_khz);
}

u64 sb_events_lost(void)
{
	return READ_ONCE(events_lost);
}

/* Events recorded on all CPUs since the launch. */
u64 sb_events_recorded(const struct sb_world *world)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < world->nr_vcpus; i++)
		sum += READ_ONCE(world->vcpu[i].ring->head);
	return sum;
}

/* One limit for NMIs, one for all else, so that a flood of the former hides no violation. */
static bool may_log(const struct sb_event *event)
{
	static DEFINE_RATELIMIT_STATE(nmis, 5 * HZ, 20);
	static DEFINE_RATELIMIT_STATE(others, 5 * HZ, 50);

	return __ratelimit(event->type == SHADOW_BOX_EVENT_HOST_NMI ? &nmis : &others);
}

/* That CPU can no longer leave, so the module can no longer go. */
static void log_host_fault(const struct sb_event *e)
{
	__module_get(THIS_MODULE);
	if (e->code > 255)
		pr_emerg("VM [%u] host fault: unknown exit %llu qualification 0x%llx at 0x%llx: this CPU has stopped\n",
			 e->cpu, e->code - 256, e->error, e->rip);
	else
		pr_emerg("VM [%u] host fault: vector %llu error 0x%llx at 0x%llx, address 0x%llx: this CPU has stopped\n",
			 e->cpu, e->code, e->error, e->rip, e->gla);
}

static void log_event(const struct sb_event *e)
{
	if (e->type != SHADOW_BOX_EVENT_HOST_FAULT && !may_log(e))
		return;
	switch (e->type) {
	case SHADOW_BOX_EVENT_LAUNCH:
		pr_info("VM [%u] launched\n", e->cpu);
		break;
	case SHADOW_BOX_EVENT_LEAVE:
		pr_info("VM [%u] left\n", e->cpu);
		break;
	case SHADOW_BOX_EVENT_HOST_NMI:
		pr_info("VM [%u] INT NMI callback\n", e->cpu);
		break;
	case SHADOW_BOX_EVENT_HOST_FAULT:
		log_host_fault(e);
		break;
	case SHADOW_BOX_EVENT_HOST_MEMORY:
		pr_alert("VM [%u] guest access to host memory: physical 0x%llx, linear 0x%llx, RIP 0x%llx\n",
			 e->cpu, e->gpa, e->gla, e->rip);
		break;
	case SHADOW_BOX_EVENT_UNMAPPED:
		pr_alert("VM [%u] guest access to unmapped physical address 0x%llx, RIP 0x%llx\n",
			 e->cpu, e->gpa, e->rip);
		break;
	case SHADOW_BOX_EVENT_MICROCODE:
		pr_warn("VM [%u] microcode load refused: unload shadow_box to update microcode\n",
			e->cpu);
		break;
	}
}

static void drain_ring(const struct sb_ring *ring, u64 *next)
{
	struct sb_event event;
	u64 number = *next;

	while (sb_ring_read(ring, &number, &event)) {
		u64 lost = number - *next;

		WRITE_ONCE(events_lost, events_lost + lost);
		if (lost)
			pr_warn("VM [%u] %llu events lost\n", event.cpu, lost);
		log_event(&event);
		sb_netlink_notify(&event, lost);
		*next = ++number;
	}
}

static void drain_all(void)
{
	u32 i;

	for (i = 0; i < drained->nr_vcpus; i++)
		drain_ring(drained->vcpu[i].ring, &next_number[i]);
}

/* The first drain lives on the first online CPU, the second on another one if there is one. */
static void schedule_drain(struct delayed_work *work)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);

	if (work == &drains[1])
		cpu = min(cpumask_next(cpu, cpu_online_mask), nr_cpu_ids - 1);
	queue_delayed_work_on(cpu_online(cpu) ? cpu : WORK_CPU_UNBOUND, system_wq, work,
			      2 * DRAIN_PERIOD);
}

/* The host stopped the CPU on which the other drain holds the lock: it is never given back. */
static bool is_holder_gone(void)
{
	int cpu = READ_ONCE(drain_cpu);
	struct sb_vcpu *vcpu = cpu < 0 ? NULL : sb_vcpu_of(cpu);

	return vcpu && sb_vcpu_state(vcpu) == SHADOW_BOX_CPU_FAULT;
}

static void drain(struct work_struct *work)
{
	if (mutex_trylock(&drain_lock)) {
		WRITE_ONCE(drain_cpu, raw_smp_processor_id());
		drain_all();
		mutex_unlock(&drain_lock);
	} else if (is_holder_gone()) {
		drain_all();
	}
	schedule_drain(to_delayed_work(work));
}

int sb_events_init(const struct sb_world *world)
{
	next_number = kvcalloc(world->nr_vcpus, sizeof(u64), GFP_KERNEL);
	if (!next_number)
		return -ENOMEM;
	drained = world;
	events_lost = 0;
	INIT_DELAYED_WORK(&drains[0], drain);
	INIT_DELAYED_WORK(&drains[1], drain);
	schedule_delayed_work(&drains[0], 0);
	schedule_delayed_work(&drains[1], DRAIN_PERIOD);
	return 0;
}

/* Passes on what is left. The rings must still exist; no CPU writes to them any more. */
void sb_events_exit(void)
{
	if (!next_number)
		return;
	cancel_delayed_work_sync(&drains[0]);
	cancel_delayed_work_sync(&drains[1]);
	drain_all();
	kvfree(next_number);
	next_number = NULL;
}
