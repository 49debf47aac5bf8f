// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watcher: when a CPU sweeps and when none does, and what is found.
 */
#include "sweeps.h"

#define GLOBALS		SHADOW_BOX_POLICY_GLOBALS

/* Where settings lie, across a page boundary; and one that nothing maps. */
#define PATH_ADDRESS	(TEXT + 0x1f80)
#define PATH_PHYS	(TEXT_PHYS + 0x1f80)
#define WORD_ADDRESS	(TEXT + 0x3004)
#define WORD_PHYS	(TEXT_PHYS + 0x3004)
#define NOWHERE		0xffffc9000badb000ull

static void add_setting(u64 address, u32 size, const char *name)
{
	struct sb_setting *s = &guest.facts.setting[guest.facts.nr_settings++];

	*s = (struct sb_setting){ .address = address, .size = size, .is_text = size > 8 };
	strcpy(s->name, name);
}

static int new_host(void **state)
{
	host_reset(2, 4);
	random_seed(15);
	guest.facts.tsc_khz = KHZ;
	guest.facts.kernel_cr3 = host.cr3;
	add_setting(PATH_ADDRESS, 256, "path");
	add_setting(NOWHERE, 4, "nowhere");
	add_setting(WORD_ADDRESS, 4, "word");
	strcpy(guest_ram(PATH_PHYS), "/sbin/modprobe");
	*(u32 *)guest_ram(WORD_PHYS) = 7;
	set_period();
	return 0;
}

static bool timer_is_on(void)
{
	bool pin = vmx.field[VMCS_PIN_CONTROLS] & PIN_PREEMPTION_TIMER;
	bool save = vmx.field[VMCS_EXIT_CONTROLS] & EXIT_SAVE_PREEMPTION_TIMER;

	require_equal(pin, save, "one of the timer's controls without the other");
	return pin;
}

static void require_found(const char *name, u64 object, const void *old, const void *new, u32 size)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(e->policy, GLOBALS, "policy");
	require_equal(e->why, SHADOW_BOX_WHY_CHANGED, "why");
	require_equal(e->observer, SHADOW_BOX_OBSERVER_SWEEP, "observer");
	require_equal(e->subject, SHADOW_BOX_SUBJECT_SETTING, "subject");
	require_equal(e->action, SHADOW_BOX_ACTION_LOGGED, "action");
	require_equal(e->object, object, "object");
	require(!strcmp(e->subject_name, name), "name %s", e->subject_name);
	require_equal(e->length, size, "size");
	require(!memcmp(e->old, old, size), "old bytes");
	require(!memcmp(e->new, new, size), "new bytes");
}

/* Timer */

static void the_timer_runs_while_a_detection_is_on(void **state)
{
	require(!timer_is_on(), "on without a policy");
	require_equal(set_policy(SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_LOG), 0, "a protection");
	require(!timer_is_on(), "on for a protection");
	require_equal(set_policy(GLOBALS, SHADOW_BOX_MODE_LOG), 0, "log");
	require(timer_is_on(), "off with a detection");
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, 0, 0, 0), 0, "no period");
	require(!timer_is_on(), "on without a period");
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, PERIOD, 0, 0), 0, "a period again");
	require(timer_is_on(), "off with a period");
	require_equal(set_policy(GLOBALS, SHADOW_BOX_MODE_OFF), 0, "off");
	require(!timer_is_on(), "on after it");
}

/* The exit of a CPU that has not called SYNC since. */
static void an_exit_after_the_end_switches_it_off(void **state)
{
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	status()->mode[GLOBALS] = SHADOW_BOX_MODE_OFF;
	timer_exit(0);
	require(!timer_is_on(), "still on");
	require_equal(status()->sweep_slices, 0, "slices");
}

static void without_the_timer_there_are_no_detections(void **state)
{
	cpu_of_slot(0)->config.features &= ~SHADOW_BOX_FEATURE_PREEMPTION_TIMER;
	require_equal(set_policy(GLOBALS, SHADOW_BOX_MODE_LOG), SB_ERROR_UNSUPPORTED, "log");
	require_equal(set_policy(SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_LOG), 0, "a protection");
	require(!timer_is_on(), "the timer is on");
}

/* Turns of all CPUs follow each other at the period, whoever they are given to. */
static void cpus_take_turns(void **state)
{
	u64 last = 0, turn;
	u32 i;

	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	for (i = 0; i < 20; i++) {
		vmx.tsc += PERIOD;
		timer_exit(i % 2);
		turn = vmx.tsc + vmx.field[VMCS_PREEMPTION_TIMER];
		if (last)
			require(turn >= last + PERIOD - 1000 && turn <= last + PERIOD + 1000,
				"turn %u comes %lld ticks after the one before", i, turn - last);
		last = turn;
	}
	require_equal(status()->sweeps, 20, "sweeps");
}

/* After sleep the TSC begins anew: turns of before are no reason to wait. */
static void a_tsc_that_goes_back_delays_nothing(void **state)
{
	vmx.tsc = BIT(50);
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	sweep();
	vmx.tsc = 1000;
	timer_exit(0);
	require(vmx.field[VMCS_PREEMPTION_TIMER] <= 3 * PERIOD, "a turn in 0x%llx ticks",
		vmx.field[VMCS_PREEMPTION_TIMER]);
}

static void the_timer_counts_in_its_own_unit(void **state)
{
	guest.facts.timer_shift = 5;
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	require_equal(vmx.field[VMCS_PREEMPTION_TIMER], PERIOD >> 5, "the timer");
}

/* Whatever the period, an idle CPU is awakened ten times a second. */
static void an_idle_cpu_is_awakened_seldom(void **state)
{
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, PERIOD / 10, 0, 0), 0, "10 ms");
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	require_equal(vmx.field[VMCS_PREEMPTION_TIMER], PERIOD / 10, "busy");
	*(u32 *)guest_ram(TASK_PHYS + 0x100) = 0;
	vmx.tsc += PERIOD;
	timer_exit(0);
	require_equal(vmx.field[VMCS_PREEMPTION_TIMER], PERIOD, "idle");
}

static void periods_have_bounds(void **state)
{
	static const u64 wrong[] = { 1, 10 * KHZ - 1, 10000ull * KHZ + 1, ~0ull };
	static const u64 right[] = { 0, 10 * KHZ, 10000ull * KHZ, PERIOD };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		require_equal(hypercall(0, SB_HYPERCALL_SWEEP, wrong[i], 0, 0), SB_ERROR_ARGUMENT, "wrong");
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		require_equal(hypercall(0, SB_HYPERCALL_SWEEP, right[i], 0, 0), 0, "right");
		require_equal(status()->sweep_period, right[i], "period");
	}
}

static void locked_sweeps_become_only_more_frequent(void **state)
{
	status()->locked = 1;
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, 0, 0, 0), SB_ERROR_LOCKED, "none");
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, 2 * PERIOD, 0, 0), SB_ERROR_LOCKED, "fewer");
	require_equal(newest_violation(0)->why, SHADOW_BOX_WHY_LOCKED, "why");
	require_equal(status()->sweep_period, PERIOD, "period");
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, PERIOD / 2, 0, 0), 0, "more");
	require_equal(status()->sweep_period, PERIOD / 2, "period");
}

/* Sweeps that are asked for */

static u64 sweep_now(void)
{
	return hypercall(0, SB_HYPERCALL_SWEEP_NOW, 0, 0, 0);
}

/* Until the timer of CPU 0 ends. */
static void wait_for_timer(void)
{
	vmx.tsc += vmx.field[VMCS_PREEMPTION_TIMER];
	timer_exit(0);
}

static void nothing_is_swept_for_who_asks_in_vain(void **state)
{
	require_equal(sweep_now(), SB_ERROR_UNSUPPORTED, "no detection");
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, 0, 0, 0), 0, "no period");
	require_equal(sweep_now(), SB_ERROR_UNSUPPORTED, "no period");
}

/* With a period of ten seconds a sweep that is asked for comes at once, and the next as ever. */
static void who_asks_does_not_wait_for_the_period(void **state)
{
	const u64 period = 100 * PERIOD;

	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, period, 0, 0), 0, "ten seconds");
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	vmx.tsc += period;
	timer_exit(0);
	require_equal(status()->sweeps, 1, "the first sweep");
	vmx.tsc += 2 * PERIOD;
	require_equal(sweep_now(), 0, "asked");
	require_equal(status()->sweep_asked, 2, "the number of the sweep");
	wait_for_timer();
	require_equal(status()->sweeps, 2, "sweeps when it was asked for");
	require(vmx.field[VMCS_PREEMPTION_TIMER] <= period, "the next in 0x%llx ticks",
		vmx.field[VMCS_PREEMPTION_TIMER]);
	wait_for_timer();
	require_equal(status()->sweeps, 3, "sweeps a period later");
}

/* However often it is asked, and whoever asks: ten sweeps a second. */
static void asking_often_does_not_keep_the_host_busy(void **state)
{
	u64 begun, slices, i;

	require_equal(hypercall(0, SB_HYPERCALL_SWEEP, 100 * PERIOD, 0, 0), 0, "ten seconds");
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	begun = vmx.tsc;
	slices = status()->sweep_slices;
	for (i = 0; i < 10000; i++) {
		u64 rest = vmx.field[VMCS_PREEMPTION_TIMER], passes = KHZ;

		require_equal(sweep_now(), 0, "asked");
		if (rest > vmx.field[VMCS_PREEMPTION_TIMER])
			rest = vmx.field[VMCS_PREEMPTION_TIMER];
		vmx.tsc += passes;
		if (rest <= passes)
			timer_exit(0);
		else
			vmx.field[VMCS_PREEMPTION_TIMER] = rest - passes;
	}
	require(status()->sweeps >= 90 && status()->sweeps <= 1 + (vmx.tsc - begun) / PERIOD,
		"%llu sweeps in ten seconds", status()->sweeps);
	require(status()->sweep_slices - slices <= 2 * status()->sweeps, "%llu stays",
		status()->sweep_slices - slices);
}

static void what_was_looked_at_is_counted(void **state)
{
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	require(status()->sweeping_since, "sweeping since when");
	sweep();
	/* One of the three cannot be read. */
	require_equal(status()->looked[GLOBALS], 2, "looked at");
	require_equal(status()->odd[GLOBALS], 0, "odd");
	*(u32 *)guest_ram(WORD_PHYS) = 9;
	sweep();
	require_equal(status()->odd[GLOBALS], 1, "odd, not reported yet");
	sweep();
	require_equal(reports(), 1, "reports");
	sweep();
	require_equal(status()->odd[GLOBALS], 0, "odd after it is the known value");
	require_equal(status()->sweep_objects, 8, "looked at by all sweeps");
	set_policy(GLOBALS, SHADOW_BOX_MODE_OFF);
	require_equal(status()->sweeping_since, 0, "sweeping since, all off");
}

/* Settings */

static void a_change_is_found_when_it_held_for_two_sweeps(void **state)
{
	static const u8 old[16] = "/sbin/modprobe", new[16] = "/tmp/evil\0robe";

	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	sweep();
	strcpy(guest_ram(PATH_PHYS), "/tmp/evil");
	sweep();
	require_equal(reports(), 0, "reports after one sweep");
	sweep();
	require_equal(reports(), 1, "reports after two");
	require_found("path", PATH_ADDRESS, old, new, 16);
	sweep();
	sweep();
	require_equal(reports(), 1, "reports after more");
	strcpy(guest_ram(PATH_PHYS), "/sbin/modprobe");
	sweep();
	sweep();
	require_equal(reports(), 2, "reports when it is over");
}

static void a_word_is_found_and_what_comes_back_is_not(void **state)
{
	const u32 seven = 7, nine = 9;

	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	*(u32 *)guest_ram(WORD_PHYS) = nine;
	sweep();
	*(u32 *)guest_ram(WORD_PHYS) = seven;
	sweep();
	sweep();
	require_equal(reports(), 0, "reports of what came back");
	*(u32 *)guest_ram(WORD_PHYS) = nine;
	sweep();
	sweep();
	require_equal(reports(), 1, "reports");
	require_found("word", WORD_ADDRESS, &seven, &nine, 4);
}

static void behind_the_end_of_a_text_is_nothing(void **state)
{
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	memset((u8 *)guest_ram(PATH_PHYS) + 15, 'x', 200);
	sweep();
	sweep();
	require_equal(reports(), 0, "reports");
}

/* The piece of a long text in which they differ. */
static void a_late_difference_is_shown(void **state)
{
	u8 *text = guest_ram(PATH_PHYS);

	memset(text, 'a', 255);
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	text[252] = 'b';
	sweep();
	sweep();
	require_found("path", PATH_ADDRESS + 240, "aaaaaaaaaaaaaaa", "aaaaaaaaaaaabaa", 16);
}

static void what_it_was_is_learnt_when_it_is_switched_on(void **state)
{
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	set_policy(GLOBALS, SHADOW_BOX_MODE_OFF);
	*(u32 *)guest_ram(WORD_PHYS) = 9;
	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	sweep();
	sweep();
	require_equal(reports(), 0, "reports");
}

/* With page-table isolation, the tables of a program lack the kernel; and no tables at all. */
static void the_tables_of_a_program_do_not_matter(void **state)
{
	u64 program = guest_table();

	set_policy(GLOBALS, SHADOW_BOX_MODE_LOG);
	*(u32 *)guest_ram(WORD_PHYS) = 9;
	vmx.field[VMCS_GUEST_CR3] = program;
	sweep();
	sweep();
	require_equal(reports(), 1, "reports");
	require_equal(vmx.field[VMCS_GUEST_CR3], program, "CR3 of the guest");
	guest.facts.kernel_cr3 = program;
	sweep();
	sweep();
	require_equal(reports(), 1, "reports of what cannot be read");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(the_timer_runs_while_a_detection_is_on),
		TEST(an_exit_after_the_end_switches_it_off),
		TEST(without_the_timer_there_are_no_detections),
		TEST(cpus_take_turns),
		TEST(a_tsc_that_goes_back_delays_nothing),
		TEST(the_timer_counts_in_its_own_unit),
		TEST(an_idle_cpu_is_awakened_seldom),
		TEST(periods_have_bounds),
		TEST(locked_sweeps_become_only_more_frequent),
		TEST(nothing_is_swept_for_who_asks_in_vain),
		TEST(who_asks_does_not_wait_for_the_period),
		TEST(asking_often_does_not_keep_the_host_busy),
		TEST(what_was_looked_at_is_counted),
		TEST(a_change_is_found_when_it_held_for_two_sweeps),
		TEST(a_word_is_found_and_what_comes_back_is_not),
		TEST(behind_the_end_of_a_text_is_nothing),
		TEST(a_late_difference_is_shown),
		TEST(what_it_was_is_learnt_when_it_is_switched_on),
		TEST(the_tables_of_a_program_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
