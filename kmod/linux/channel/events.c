// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passing the host's events on: the host cannot call Linux, so Linux looks into the rings ten times
 * a second and calls the subscribers (kernel log, tracepoint, netlink) for each event. Two CPUs do so
 * in turns: should the host stop one of them, the other still reports it.
 *
 * A CPU that the host stopped is still online, and the scheduler takes it for idle: threads that
 * wake up are sent there and never run. kthreadd is one; without it a workqueue whose workers all
 * wait gets no further one. And who needs an answer from every CPU waits for ever. So each drain is
 * a thread tied to its CPU, woken by a timer of that CPU, whose interrupt tells of last words.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <asm/tsc.h>

#include "../../uapi/shadow_box.h"
#include "../kernel/compat.h"
#include "../run/address_names.h"
#include "../run/command.h"
#include "../run/origin.h"
#include "../state.h"
#include "events.h"
#include "ring.h"

/* Of each drain; they look in turns. */
#define DRAIN_PERIOD (NSEC_PER_SEC / 5)

/**
 * struct progress - how far the drains are with a CPU
 * @next_event: number of the next event in its ring
 * @next_violation: likewise, of violations
 * @told: bit 0: its last words have been passed on. Atomic, as timers set it without drain_lock.
 */
struct progress {
	u64 next_event;
	u64 next_violation;
	unsigned long told;
};

/*
 * Written under drain_lock, and by sb_events_init() and _exit() while no drain runs. events_lost
 * may be read by anyone.
 */
static DEFINE_MUTEX(drain_lock);
static int drain_cpu = -1;	/* where the holder of drain_lock runs, or ran last */
static const struct sb_world *drained;
static struct progress *progress;
static u64 events_lost;

/**
 * struct drain - one of the two that look into the rings
 * @index: which
 * @cpu: where it lives, -1: nowhere yet. Writer: @thread
 * @thread: passes on what it finds
 * @timer: looks for last words and wakes @thread, on the same CPU
 */
struct drain {
	int index;
	int cpu;
	struct task_struct *thread;
	struct hrtimer timer;
};

static struct drain drains[2] = { { .index = 0 }, { .index = 1 } };

/*
 * Subscribers come before the first event and go after the last one, so that calling them takes no
 * lock. A lock would be in the hands of a CPU that the host stopped for ever, and a hard interrupt
 * could not take one that sleeps.
 */
static RAW_NOTIFIER_HEAD(subscribers);

/**
 * sb_events_subscribe() - be called for each event (enum sb_events_action)
 * @subscriber: called with struct sb_events_record, in the order in which subscribers came
 *
 * Context: no drain runs: before sb_events_init().
 */
void sb_events_subscribe(struct notifier_block *subscriber)
{
	raw_notifier_chain_register(&subscribers, subscriber);
}

/* After sb_events_exit(). */
void sb_events_unsubscribe(struct notifier_block *subscriber)
{
	raw_notifier_chain_unregister(&subscribers, subscriber);
}

/* All are told the same names, and the same origin. */
static void pass_on_record(const struct sb_event *event, u64 lost)
{
	struct sb_event_names names;
	struct sb_event_origin origin;
	struct sb_events_record record = { event, &names, lost, &origin };

	sb_name_event(event, &names);
	sb_hook_owner(event, &origin.owner);
	sb_process_take(event, &origin.process);
	raw_notifier_call_chain(&subscribers, SB_EVENTS_RECORD, &record);
}

/*
 * CLOCK_REALTIME of an event's TSC in nanoseconds: now, less the TSC ticks since. Where TSCs differ
 * between CPUs, an event of another one may seem to lie ahead: it is now, then.
 */
u64 sb_tsc_time(u64 tsc)
{
	s64 ticks = rdtsc() - tsc;

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
		sum += READ_ONCE(world->vcpu[i].ring->head) +
		       READ_ONCE(world->vcpu[i].violations->head);
	return sum;
}

/* A timer may have been first. */
static void pass_on_last_words(struct progress *p, const struct sb_event *event)
{
	struct sb_events_record record = { .event = event };

	if (!test_and_set_bit(0, &p->told))
		raw_notifier_call_chain(&subscribers, SB_EVENTS_LAST_WORDS, &record);
}

static void drain_ring(struct progress *p, const struct sb_ring *ring, u64 *next)
{
	struct sb_event event;
	u64 number = *next;

	while (sb_ring_read(ring, &number, &event)) {
		u64 lost = number - *next;

		WRITE_ONCE(events_lost, events_lost + lost);
		if (event.type == SHADOW_BOX_EVENT_HOST_FAULT)
			pass_on_last_words(p, &event);
		pass_on_record(&event, lost);
		*next = ++number;
	}
}

static void drain_all(void)
{
	u32 i;

	for (i = 0; i < drained->nr_vcpus; i++) {
		const struct sb_vcpu *vcpu = &drained->vcpu[i];
		struct progress *p = &progress[i];

		drain_ring(p, vcpu->violations, &p->next_violation);
		drain_ring(p, vcpu->ring, &p->next_event);
	}
}

/* The host stopped the CPU on which the other drain holds the lock: it is never given back. */
static bool is_holder_gone(void)
{
	int cpu = READ_ONCE(drain_cpu);
	struct sb_vcpu *vcpu = cpu < 0 ? NULL : sb_vcpu_of(cpu);

	return vcpu && sb_vcpu_state(vcpu) == SHADOW_BOX_CPU_FAULT;
}

/* Not under the lock: these wait for all CPUs. */
static void tend(void)
{
	if (READ_ONCE(drained->status->opened))
		sb_sync();
	if (READ_ONCE(drained->status->mode[SHADOW_BOX_POLICY_CODE_INTEGRITY]) &&
	    READ_ONCE(drained->status->pool_free) < SB_POOL_DYNAMIC)
		sb_refill();
}

/* False if the other drain is at it, which goes on with it, perhaps for a moment longer. */
static bool try_to_pass_on(void)
{
	if (mutex_trylock(&drain_lock)) {
		WRITE_ONCE(drain_cpu, raw_smp_processor_id());
		drain_all();
		mutex_unlock(&drain_lock);
		tend();
		return true;
	}
	if (!is_holder_gone())
		return false;
	drain_all();
	return true;
}

/**
 * sb_events_pass_on() - pass on what the rings hold now
 *
 * When this returns, all that had happened before it was called has been passed on, with its names.
 * Context: may sleep; between sb_events_init() and sb_events_exit().
 */
void sb_events_pass_on(void)
{
	while (!try_to_pass_on())
		msleep(1);
}

static void look_for_last_words(void)
{
	struct sb_event event;
	u64 number;
	u32 i;

	for (i = 0; i < drained->nr_vcpus; i++) {
		const struct sb_vcpu *vcpu = &drained->vcpu[i];

		if (sb_vcpu_state(vcpu) != SHADOW_BOX_CPU_FAULT)
			continue;
		number = READ_ONCE(vcpu->ring->head) - 1;
		if (sb_ring_read(vcpu->ring, &number, &event))
			pass_on_last_words(&progress[i], &event);
	}
}

/* A hard interrupt, for a CPU that waits for the one that stopped gives the thread no turn. */
static enum hrtimer_restart look(struct hrtimer *timer)
{
	struct drain *drain = container_of(timer, struct drain, timer);

	look_for_last_words();
	wake_up_process(drain->thread);
	hrtimer_forward_now(timer, DRAIN_PERIOD);
	return HRTIMER_RESTART;
}

/* The first drain lives on the first online CPU, the second on another one if there is one. */
static int home(const struct drain *drain)
{
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int second = cpumask_next(first, cpu_online_mask);

	return drain->index && second < nr_cpu_ids ? second : first;
}

/* A CPU that goes down leaves its threads and timers to any other. */
static void settle(struct drain *drain)
{
	int cpu = home(drain);

	if (cpu == drain->cpu && cpu == raw_smp_processor_id())
		return;
	hrtimer_cancel(&drain->timer);
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	drain->cpu = cpu;
	hrtimer_start(&drain->timer, DRAIN_PERIOD + drain->index * DRAIN_PERIOD / 2,
		      HRTIMER_MODE_REL_PINNED);
}

static int run_drain(void *data)
{
	struct drain *drain = data;

	drain->cpu = -1;
	sb_timer_init(&drain->timer, look);
	for (;;) {
		settle(drain);
		try_to_pass_on();
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	hrtimer_cancel(&drain->timer);
	return 0;
}

static int start_drain(struct drain *drain)
{
	struct task_struct *thread = kthread_create(run_drain, drain, "shadow_box/%d",
						    drain->index);

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	drain->thread = thread;
	wake_up_process(thread);
	return 0;
}

static void stop_drain(struct drain *drain)
{
	if (drain->thread)
		kthread_stop(drain->thread);
	drain->thread = NULL;
}

/**
 * sb_events_init() - pass events on from now on
 * @world: the rings
 *
 * Return: 0 or an error; after an error sb_events_exit() is to be called, too.
 */
int sb_events_init(const struct sb_world *world)
{
	int error;

	progress = kvcalloc(world->nr_vcpus, sizeof(*progress), GFP_KERNEL);
	if (!progress)
		return -ENOMEM;
	drained = world;
	events_lost = 0;
	error = start_drain(&drains[0]);
	return error ? error : start_drain(&drains[1]);
}

/* Passes on what is left. The rings must still exist; no CPU writes to them any more. */
void sb_events_exit(void)
{
	if (!progress)
		return;
	stop_drain(&drains[0]);
	stop_drain(&drains[1]);
	drain_all();
	sb_names_forget();
	sb_processes_forget();
	kvfree(progress);
	progress = NULL;
}
