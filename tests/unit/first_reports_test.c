// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first reports, which the host keeps: what is of one kind, what is kept, and that counts add up.
 */
#include "host_model.h"
#include "linux/channel/ring.h"

#define CODE		0xffffffff81000000ull
#define POLICY		SHADOW_BOX_POLICY_KERNEL_TEXT

static u64 seq;

static int new_host(void **state)
{
	host_reset(2, 4);
	memset(kept_reports(), 0, sizeof(struct sb_reports));
	seq = 100;
	return 0;
}

static struct sb_event write_to(u64 object)
{
	return (struct sb_event){
		.type = SHADOW_BOX_EVENT_VIOLATION, .policy = POLICY, .action = SHADOW_BOX_ACTION_BLOCKED,
		.why = SHADOW_BOX_WHY_NO_SITE, .object = object, .gpa = 0x1000, .rip = 0xffffffffc0000010,
		.pid = 7, .comm = "insmod", .length = 2, .old = { 1, 2 }, .new = { 3, 4 },
	};
}

static void happen(struct sb_event event)
{
	event.number = 77;
	event.seq = seq++;
	event.tsc = 10 * event.seq;
	keep_report(&event);
}

static const struct sb_kind *kind(u32 index)
{
	return &kept_reports()->kind[POLICY][index];
}

static u64 sum(u32 policy)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i <= SB_KINDS; i++)
		n += kept_reports()->kind[policy][i].count;
	return n;
}

static void the_first_is_kept_as_it_was(void **state)
{
	struct sb_event event = write_to(CODE);

	happen(event);
	event.seq = 100;
	event.tsc = 1000;
	require(!memcmp(&kind(0)->first, &event, sizeof(event)), "it has changed");
	require_equal(kind(0)->count, 1, "count");
	require_equal(kind(0)->last_tsc, 1000, "last");
	require_equal(kind(0)->changes, 2, "changes");
	require_equal(kind(1)->count, 0, "count of another kind");
	require_equal(sum(SHADOW_BOX_POLICY_IDT), 0, "count of another policy");
}

static void repeats_are_counted(void **state)
{
	struct sb_event event = write_to(CODE + 8);
	u32 i;

	for (i = 0; i < 10000; i++) {
		event.object = CODE + 8 * (i % 512);
		event.pid = i;
		event.new[0] = i;
		happen(event);
	}
	require_equal(kind(0)->first.seq, 100, "the first");
	require_equal(kind(0)->first.pid, 0, "its thread");
	require_equal(kind(0)->count, 10000, "count");
	require_equal(kind(0)->last_tsc, 10 * 10099, "last");
	require_equal(kind(1)->count, 0, "count of another kind");
}

static void expect_kinds(u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		require_equal(kind(i)->count, 1, "count");
	require_equal(kind(n)->count, 0, "count of no kind");
	memset(kept_reports(), 0, sizeof(struct sb_reports));
}

/* One after the other differs from the first in one thing. */
static void kinds_are_told_apart(void **state)
{
	struct sb_event event = write_to(CODE);

	happen(event);
	happen(write_to(CODE + 0x1000));
	event.rip++;
	happen(event);
	expect_kinds(3);
	event = write_to(CODE);
	happen(event);
	event.action = SHADOW_BOX_ACTION_LOGGED;
	happen(event);
	event = write_to(CODE);
	event.why = SHADOW_BOX_WHY_BYTES;
	happen(event);
	event = write_to(CODE);
	event.subject = SHADOW_BOX_SUBJECT_MODULE;
	happen(event);
	expect_kinds(4);
	event = write_to(0);
	happen(event);
	event.gpa = 0x2000;
	happen(event);
	event.gpa = 0;
	event.code = 4;
	happen(event);
	event.code = 5;
	happen(event);
	expect_kinds(4);
}

/* For a hook it is the thread that matters, which hooks what it likes. */
static void hooks_of_a_thread_are_one_kind(void **state)
{
	struct sb_event event = write_to(CODE);
	u32 i;

	event.why = SHADOW_BOX_WHY_POLICY;
	for (i = 0; i < 35000; i++) {
		event.object = CODE + 0x100 * i;
		happen(event);
	}
	event.pid++;
	happen(event);
	require_equal(kind(0)->count, 35000, "count");
	require_equal(kind(1)->count, 1, "count of another thread");
}

static void what_a_sweep_finds_is_its_subject(void **state)
{
	struct sb_event event = {
		.type = SHADOW_BOX_EVENT_VIOLATION, .observer = SHADOW_BOX_OBSERVER_SWEEP, .policy = POLICY,
		.subject = SHADOW_BOX_SUBJECT_TASK, .subject_id = 7, .subject_name = "evil", .object = CODE,
	};

	happen(event);
	happen(event);
	event.subject_id = 8;
	happen(event);
	event.subject_name[23] = 'x';
	happen(event);
	event.object += 0x10;
	happen(event);
	require_equal(kind(0)->count, 2, "count");
	require_equal(kind(1)->count, 1, "count of another number");
	require_equal(kind(2)->count, 1, "count of another name");
	require_equal(kind(3)->count, 1, "count of another address");
}

/* A flood of kinds fills what is left, and is counted beyond that. */
static void nothing_is_pushed_out(void **state)
{
	struct sb_kind before[SB_KINDS];
	u32 i;

	for (i = 0; i < SB_KINDS; i++)
		happen(write_to(CODE + 0x1000 * i));
	memcpy(before, kind(0), sizeof(before));
	for (i = SB_KINDS; i < 1000; i++)
		happen(write_to(CODE + 0x1000 * i));
	require(!memcmp(before, kind(0), sizeof(before)), "a kind has changed");
	require_equal(kind(SB_KINDS)->count, 1000 - SB_KINDS, "count of the rest");
	require_equal(kind(SB_KINDS)->first.seq, 100 + SB_KINDS, "the first of the rest");
	require_equal(kind(SB_KINDS)->last_tsc, 10 * 1099, "the last of the rest");
	happen(write_to(CODE + 0x2000));
	require_equal(kind(2)->count, 2, "count of a kind that was there");
	require_equal(sum(POLICY), 1001, "all");
}

/* What really is reported comes here, too, and adds up with the counters. */
static void every_violation_is_counted(void **state)
{
	u32 slot, i;
	u64 all = 0;

	status()->locked = 1;
	for (i = 0; i < 300; i++)
		hypercall(i % 2, SB_HYPERCALL_WITNESS_KEY, i, 0, 0);
	for (slot = 0; slot < 2; slot++)
		all += cpu_counters(cpu_of_slot(slot))->violations[SHADOW_BOX_POLICY_HOST_MEMORY];
	require_equal(all, 300, "violations");
	require_equal(sum(SHADOW_BOX_POLICY_HOST_MEMORY), all, "those that are counted here");
	status()->locked = 0;
}

/* A reader gets a whole one, or what the host left when it stopped. */
static void readers_get_all_of_it(void **state)
{
	struct sb_kind copy, half;

	happen(write_to(CODE));
	sb_kind_read(kind(0), &copy);
	require(!memcmp(&copy, kind(0), sizeof(copy)), "the copy is another");
	half = copy;
	half.changes++;
	sb_kind_read(&half, &copy);
	require(!memcmp(&copy, &half, sizeof(copy)), "the copy of what stopped is another");
}

#define TEST(name) cmocka_unit_test_setup(name, new_host)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_is_kept_as_it_was),
		TEST(repeats_are_counted),
		TEST(kinds_are_told_apart),
		TEST(hooks_of_a_thread_are_one_kind),
		TEST(what_a_sweep_finds_is_its_subject),
		TEST(nothing_is_pushed_out),
		TEST(every_violation_is_counted),
		TEST(readers_get_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
