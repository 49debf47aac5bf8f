// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps: when a CPU looks, and for how long. Each CPU has its VMX-preemption timer armed for a turn of
 * its own; the turns of all CPUs follow each other at the period, so that however many there are, they
 * are awakened no more often than that. A sweep that one stay cannot finish goes on a moment later, on
 * whichever CPU comes first. All under the host's lock.
 */
#include "../memory/ept.h"
#include "../policy/feature.h"
#include "../policy/policy.h"
#include "watch.h"

/* A step takes some 1,000 instructions with all that comes with it: a stay is below 50,000. */
#define SLICE_STEPS	32

/* Between two stays of one sweep Linux has at least this part of a period, or a millisecond. */
#define GAPS_PER_PERIOD	16

/* An idle CPU is awakened at most so often, whatever the period. */
#define IDLE_PER_SECOND	10

/* On request, a sweep begins at most so often, however many ask. */
#define ASKED_PER_SECOND	10

/* What is looked at in a sweep, one after another. */
enum stage {
	SETTINGS, MODULE_LIST, TASK_VIEWS, CREDENTIALS, POINTERS, KERNEL_MAPPINGS, MODULE_MAPPINGS, STAGES
};

static enum stage stage;	/* where the sweep goes on */
static u64 began;		/* TSC when it began; the next one begins a period later */
static bool running, asked;
static u64 turn, idle_turn;	/* TSC of the last turns that were given to a CPU */

static bool has_timer(const struct sb_cpu *cpu)
{
	return cpu->config.features & SHADOW_BOX_FEATURE_PREEMPTION_TIMER;
}

/*
 * Detections find by sweeps, and only so. The policy mapping prevents as well and does not ask for them: what it
 * has sweeps look at is looked at while a detection is on.
 */
static __used bool needs(struct sb_cpu *cpu, u32 policy)
{
	return !(detections() >> policy & 1) || has_timer(cpu);
}

static bool is_sweeping(void)
{
	u32 policy;

	if (!status()->sweep_period)
		return false;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (detections() >> policy & 1 && is_watched(policy))
			return true;
	return false;
}

/* The timer counts down while the guest runs, by one each time that a bit of the TSC changes (SDM 26.5.1). */
static void arm(u64 ticks)
{
	u64 value = ticks >> facts()->timer_shift;

	vmwrite(VMCS_PREEMPTION_TIMER, value > 0xffffffff ? 0xffffffff : value);
}

/* The next turn after all that were given. TSCs start anew when the machine wakes from sleep. */
static u64 ticks_to_turn(u64 *last, u64 period)
{
	u64 now = rdtsc(), waiting = *last - now;

	if (*last < now || waiting > period * facts()->nr_cpus)
		waiting = 0;
	*last = now + waiting + period;
	return waiting + period;
}

/* Linux says so: at worst this CPU looks as seldom as an idle one, and the others as often as ever. */
static bool is_idle(struct sb_cpu *cpu)
{
	const u64 *task = ram(cpu->config.task, sizeof(*task));
	u32 pid;

	return task && guest_read(READ_ONCE(*task) + facts()->task_pid, &pid, sizeof(pid)) && !pid;
}

static void take_turn(struct sb_cpu *cpu)
{
	u64 period = status()->sweep_period;
	u64 least = facts()->tsc_khz * 1000ull / IDLE_PER_SECOND;

	if (period < least && is_idle(cpu))
		arm(ticks_to_turn(&idle_turn, least));
	else
		arm(ticks_to_turn(&turn, period));
}

static u64 ticks_to_rest(void)
{
	u64 gap = status()->sweep_period / GAPS_PER_PERIOD, most = facts()->tsc_khz;

	return gap < most ? gap : most;
}

static u64 soonest(void)
{
	return facts()->tsc_khz * 1000ull / ASKED_PER_SECOND;
}

/* Until this CPU may do something for who has asked; the timer rounds down. */
static u64 ticks_to_asked(void)
{
	u64 since = rdtsc() - began, tick = 1ull << facts()->timer_shift;

	if (running)
		return ticks_to_rest();
	return since < soonest() ? soonest() - since + tick : 0;
}

/* From when on a sweep is to be expected. */
static void note_sweeping(void)
{
	if (is_sweeping() != !!status()->sweeping_since)
		WRITE_ONCE(status()->sweeping_since, is_sweeping() ? rdtsc() : 0);
}

/* Has this CPU's VMCS follow the policies: the timer is on while any of them needs sweeps. */
static __used void apply(struct sb_cpu *cpu)
{
	bool is_on = vmread(VMCS_PIN_CONTROLS) & PIN_PREEMPTION_TIMER;

	note_sweeping();
	if (!has_timer(cpu) || is_sweeping() == is_on)
		return;
	if (is_on) {
		vmcs_clear_bits(VMCS_PIN_CONTROLS, PIN_PREEMPTION_TIMER);
		vmcs_clear_bits(VMCS_EXIT_CONTROLS, EXIT_SAVE_PREEMPTION_TIMER);
		return;
	}
	/* Saved at each exit, it goes on where it was, however often the guest exits. */
	vmcs_set_bits(VMCS_EXIT_CONTROLS, EXIT_SAVE_PREEMPTION_TIMER);
	vmcs_set_bits(VMCS_PIN_CONTROLS, PIN_PREEMPTION_TIMER);
	take_turn(cpu);
}

static bool look(enum stage what, struct slice *slice)
{
	switch (what) {
	case SETTINGS:
		return settings_look(slice);
	case MODULE_LIST:
		return modules_look(slice);
	case TASK_VIEWS:
		return tasks_look(slice);
	case CREDENTIALS:
		return creds_look(slice);
	case POINTERS:
		return pointers_look(slice);
	case KERNEL_MAPPINGS:
		return mappings_look(slice);
	case MODULE_MAPPINGS:
		return module_mappings_look(slice);
	default:
		return true;
	}
}

static void end_sweep(void)
{
	counts_tell();
	WRITE_ONCE(status()->swept, rdtsc());
	/* Last: who waits for this number reads what is above. */
	WRITE_ONCE(status()->sweeps, status()->sweeps + 1);
	running = false;
}

/* One stay. Returns whether the sweep is over. */
static bool sweep(struct slice *slice)
{
	while (stage < STAGES && slice->left > 0)
		if (look(stage, slice))
			stage++;
	if (stage < STAGES)
		return false;
	end_sweep();
	return true;
}

/* A CPU that comes a little before its time looks as well: it comes again only much later. */
static bool is_due(u64 now)
{
	u64 since = now - began;

	return since >= status()->sweep_period / 2 || (asked && since >= soonest());
}

/* One that was asked for delays no turn that comes without. */
static void begin_sweep(u64 now)
{
	counts_begin();
	if (asked)
		turn = idle_turn = now;
	running = true;
	asked = false;
	began = now;
	stage = 0;
}

static void note_slice(u64 ticks)
{
	WRITE_ONCE(status()->sweep_slices, status()->sweep_slices + 1);
	if (ticks > status()->sweep_longest)
		WRITE_ONCE(status()->sweep_longest, ticks);
}

/*
 * With page-table isolation the tables of a program lack the kernel, and any may have been made up:
 * for the time of a stay guest memory is what the kernel's own tables say.
 */
static void stay(struct sb_cpu *cpu)
{
	struct slice slice = { .cpu = cpu, .left = SLICE_STEPS };
	u64 now = rdtsc(), cr3 = vmread(VMCS_GUEST_CR3);

	if (cpu->seen != status()->generation)
		pages_flush(cpu);
	vmwrite(VMCS_GUEST_CR3, facts()->kernel_cr3);
	mappings_running(&slice, cr3);
	if (!running && is_due(now))
		begin_sweep(now);
	if (running && !sweep(&slice))
		arm(ticks_to_rest());
	else if (asked)
		arm(ticks_to_asked());
	else
		take_turn(cpu);
	vmwrite(VMCS_GUEST_CR3, cr3);
	note_slice(rdtsc() - now);
}

/**
 * handle_preemption_timer() - the turn of this CPU
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * A policy may have been switched off and this CPU not know yet.
 */
void handle_preemption_timer(struct sb_regs *regs, struct sb_cpu *cpu)
{
	host_lock(cpu);
	if (is_sweeping())
		stay(cpu);
	else
		apply(cpu);
	host_unlock(cpu);
}

#define SHORTEST_MS	10
#define LONGEST_MS	10000

/**
 * set_sweep_period() - SB_HYPERCALL_SWEEP
 * @cpu: this CPU
 * @ticks: TSC ticks from one sweep to the next, 0 for none
 *
 * Return: 0, or an error: locked, sweeps become only more frequent.
 */
u64 set_sweep_period(struct sb_cpu *cpu, u64 ticks)
{
	u64 now = status()->sweep_period, khz = facts()->tsc_khz;

	if (ticks && (ticks < SHORTEST_MS * khz || ticks > LONGEST_MS * khz))
		return SB_ERROR_ARGUMENT;
	if (status()->locked && now && (!ticks || ticks > now)) {
		refusal(cpu, SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_WHY_LOCKED, SB_HYPERCALL_SWEEP);
		return SB_ERROR_LOCKED;
	}
	WRITE_ONCE(status()->sweep_period, ticks);
	apply(cpu);
	return 0;
}

/**
 * sweep_now() - SB_HYPERCALL_SWEEP_NOW
 * @cpu: this CPU, which will look if no other comes first
 *
 * Asking makes the host do nothing that it would not do at a shorter period: the sweep comes with a
 * turn of this CPU, in stays as short as ever and with the gaps between them, ten times a second at
 * most, whoever asks and however often. One that runs has looked at some things already: the next one
 * counts.
 *
 * Return: 0, or an error: nothing is swept for.
 */
u64 sweep_now(struct sb_cpu *cpu)
{
	if (!is_sweeping() || !has_timer(cpu))
		return SB_ERROR_UNSUPPORTED;
	apply(cpu);
	asked = true;
	WRITE_ONCE(status()->sweep_asked, status()->sweeps + 1 + running);
	if ((u64)vmread(VMCS_PREEMPTION_TIMER) << facts()->timer_shift > ticks_to_asked())
		arm(ticks_to_asked());
	return 0;
}

FEATURE(HOOK(needs), NONE, HOOK(apply), NONE, NONE, NONE);
