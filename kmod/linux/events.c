// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passing the host's events on: the host cannot call Linux, so Linux looks into the rings ten times
 * a second, writes a line each to the kernel log and sends them to netlink's listeners.
 */
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <asm/tsc.h>

#include "../uapi/shadow_box.h"
#include "events.h"
#include "netlink.h"

#define DRAIN_PERIOD (HZ / 10)

/*
 * Writer of all three: the drain, of which there is one at a time; sb_events_init() and _exit()
 * while it does not run. events_lost may be read by anyone.
 */
static const struct sb_world *drained;
static u64 *next_number;
static u64 events_lost;

static void drain(struct work_struct *work);
static DECLARE_DELAYED_WORK(drain_work, drain);

/**
 * sb_ring_read() - copy one event out of a ring that the host may be writing
 * @ring: the ring
 * @number: number of the event wanted, from 0; moved on to the one read if older ones are gone
 * @event: the copy
 *
 * Return: false if there is no such event yet.
 */
bool sb_ring_read(const struct sb_ring *ring, u64 *number, struct sb_event *event)
{
	for (;;) {
		u64 head = READ_ONCE(ring->head);
		const struct sb_event *record;

		if (*number >= head)
			return false;
		if (head - *number > SB_RING_RECORDS)
			*number = head - SB_RING_RECORDS;
		record = &ring->event[*number % SB_RING_RECORDS];
		smp_rmb();
		*event = *record;
		smp_rmb();
		if (event->number == *number + 1 && READ_ONCE(record->number) == *number + 1)
			return true;
		/* Overwritten meanwhile: the oldest that is left is newer. */
		++*number;
	}
}

/* CLOCK_REALTIME of an event in nanoseconds: now, less the TSC ticks since. */
u64 sb_event_time(const struct sb_event *event)
{
	u64 ticks = rdtsc() - event->tsc;

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

static void log_event(const struct sb_event *e)
{
	if (!may_log(e))
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
		pr_emerg("VM [%u] host fault: vector %llu error 0x%llx at 0x%llx, address 0x%llx: this CPU has stopped\n",
			 e->cpu, e->code, e->error, e->rip, e->gla);
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

static void drain(struct work_struct *work)
{
	drain_all();
	schedule_delayed_work(&drain_work, DRAIN_PERIOD);
}

int sb_events_init(const struct sb_world *world)
{
	next_number = kvcalloc(world->nr_vcpus, sizeof(u64), GFP_KERNEL);
	if (!next_number)
		return -ENOMEM;
	drained = world;
	events_lost = 0;
	schedule_delayed_work(&drain_work, 0);
	return 0;
}

/* Passes on what is left. The rings must still exist; no CPU writes to them any more. */
void sb_events_exit(void)
{
	if (!next_number)
		return;
	cancel_delayed_work_sync(&drain_work);
	drain_all();
	kvfree(next_number);
	next_number = NULL;
}
