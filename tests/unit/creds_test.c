// SPDX-License-Identifier: GPL-2.0-only
/*
 * Credentials of processes: what is given to them by the back door, what they come by honestly, and
 * images of the kernel's memory that change all the time, or are torn, cyclic and wild.
 */
#include "host_model.h"
#include "sweeps.h"

#define CREDS		SHADOW_BOX_POLICY_CREDS

/* Linux's structures, in the direct map; their layout is made up. */
#define AREA		(MODEL_MID + 0x20000)
#define OBJECT_SIZE	0x100u
#define TASKS		60u
#define TASK_TASKS	0x10
#define TASK_START	0x28
#define TASK_FLAGS	0x30
#define TASK_PID_OFFSET	0x38
#define TASK_COMM	0x40
#define TASK_CRED	0x58
#define TASK_PROGRAMS	0x68
#define TASK_SIGNAL	0x70
#define SIGNAL_GUARD	0x18
#define CRED_UID	0x4
#define CRED_CAPS	0x24	/* from there */
#define CRED_NAMESPACE	0x50

#define KTHREAD		0x00200000u
#define ALL_CAPS	0x1ffffffffffull
#define SETUID		BIT(7)
#define NOBODY		65534u
#define NAMESPACE	0xffffffff82a51234ull

/* What the objects are: the first task, the tasks, what each one's threads share, credentials. */
#define PROC(i)		(1 + (i))
#define SIGNAL(i)	(PROC(TASKS) + (i))
#define CREDS_OF_INIT	SIGNAL(TASKS)
#define CRED(i)		(CREDS_OF_INIT + 1 + (i))
#define CREDENTIALS	(2 * TASKS)
#define OBJECTS		CRED(CREDENTIALS)

static u32 next_cred;

static u64 address(u32 object)
{
	return DIRECT_MAP + AREA + object * OBJECT_SIZE;
}

static u64 *word(u64 linear)
{
	return guest_ram(linear - DIRECT_MAP);
}

static void make_cred(u32 object, u32 uid, u64 caps, u64 namespace)
{
	u8 *cred = (u8 *)word(address(object)) + CRED_UID;
	u32 i;

	for (i = 0; i < 8; i++)
		memcpy(cred + i * 4, &uid, 4);
	memcpy(cred + CRED_CAPS, &caps, 8);
	memcpy(cred + CRED_NAMESPACE, &namespace, 8);
}

static void set_id(u32 object, u32 place, u32 uid)
{
	memcpy((u8 *)word(address(object)) + CRED_UID + place * 4, &uid, 4);
}

static u32 cred_of(u32 task)
{
	return (u32)((*word(address(PROC(task)) + TASK_CRED) - address(0)) / OBJECT_SIZE);
}

static void take_cred(u32 task, u32 object)
{
	*word(address(PROC(task)) + TASK_CRED) = address(object);
}

static bool is_used(u32 object)
{
	u32 i;

	for (i = 0; i < TASKS && cred_of(i) != object; i++)
		;
	return i < TASKS;
}

/* As Linux does: new ones, in memory that others had before. */
static void commit(u32 task, u32 uid, u64 caps, u64 namespace)
{
	u32 object;

	do
		object = CRED(next_cred++ % CREDENTIALS);
	while (is_used(object));
	make_cred(object, uid, caps, namespace);
	take_cred(task, object);
}

static void start_program(u32 task)
{
	++*word(address(PROC(task)) + TASK_PROGRAMS);
}

static void guard(u32 task, u64 owner)
{
	*word(address(SIGNAL(task)) + SIGNAL_GUARD) = owner;
}

static void list_add(u64 entry, u64 after)
{
	u64 next = *word(after);

	*word(entry) = next;
	*word(entry + 8) = after;
	*word(next + 8) = entry;
	*word(after) = entry;
}

static void make_task(u32 i, u64 start)
{
	u64 task = address(PROC(i));

	*word(task + TASK_START) = start;
	*(u32 *)word(task + TASK_FLAGS) = 0;
	*word(task + TASK_PID_OFFSET) = i + 1;
	sprintf((char *)word(task + TASK_COMM), "task %u", i);
	*word(task + TASK_PROGRAMS) = 1;
	*word(task + TASK_SIGNAL) = address(SIGNAL(i));
	guard(i, 0);
}

static void begin_task(u32 i, u64 start)
{
	make_task(i, start);
	commit(i, NOBODY, 0, NAMESPACE);
}

static void set_facts(void)
{
	struct sb_facts *f = &guest.facts;

	f->tsc_khz = KHZ;
	f->kernel_cr3 = host.cr3;
	f->init_task = address(0);
	f->task_tasks = TASK_TASKS;
	f->task_start = TASK_START;
	f->task_flags = TASK_FLAGS;
	f->task_pid = TASK_PID_OFFSET;
	f->task_comm = TASK_COMM;
	f->init_cred = address(CREDS_OF_INIT);
	f->task_cred = TASK_CRED;
	f->task_programs = TASK_PROGRAMS;
	f->task_signal = TASK_SIGNAL;
	f->signal_guard = SIGNAL_GUARD;
	f->cred_ids = CRED_UID;
	f->cred_caps = CRED_CAPS;
	f->cred_namespace = CRED_NAMESPACE;
	f->cred_size = CRED_NAMESPACE + 8;
}

static int new_host(void **state)
{
	u64 head = address(0) + TASK_TASKS;
	u32 i;

	host_reset(1, 4);
	random_seed(17);
	next_cred = 0;
	set_facts();
	*word(head) = *word(head + 8) = head;
	make_cred(CREDS_OF_INIT, 0, ALL_CAPS, NAMESPACE);
	for (i = 0; i < TASKS; i++) {
		make_task(i, 1000 + i);
		make_cred(CRED(i), NOBODY, 0, NAMESPACE);
		take_cred(i, CRED(i));
		list_add(address(PROC(i)) + TASK_TASKS, *word(head + 8));
	}
	set_period();
	require_equal(set_policy(CREDS, SHADOW_BOX_MODE_LOG), 0, "log");
	sweeps(2);
	require_equal(status()->looked[CREDS], TASKS, "looked at");
	return 0;
}

static void require_found(u32 task, u32 why)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(e->policy, CREDS, "policy");
	require_equal(e->why, why, "why");
	require_equal(e->subject, SHADOW_BOX_SUBJECT_TASK, "subject");
	require_equal(e->observer, SHADOW_BOX_OBSERVER_SWEEP, "observer");
	require_equal(e->object, address(PROC(task)), "object");
	require_equal(e->subject_id, task + 1, "number");
}

/* It is found in the second sweep after it, and once. */
static void require_gain(u32 task)
{
	u64 before = reports();

	sweep();
	require_equal(reports(), before, "reports after one sweep");
	require_equal(status()->odd[CREDS], 1, "odd");
	sweep();
	require_equal(reports(), before + 1, "reports after two");
	require_found(task, SHADOW_BOX_WHY_GAINED);
	sweeps(4);
	require_equal(reports(), before + 1, "reports after more");
}

static void require_none(void)
{
	sweeps(4);
	require_equal(reports(), 0, "reports");
}

static void overwritten_credentials_are_found(void **state)
{
	static const u8 old[16] = { 0xfe, 0xff, 0, 0, 0xfe, 0xff, 0, 0 };
	static const u8 new[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0 };

	make_cred(CRED(7), 0, ALL_CAPS, NAMESPACE);
	require_gain(7);
	require_equal(newest_violation(0)->length, 16, "bytes");
	require(!memcmp(newest_violation(0)->old, old, 16), "old");
	require(!memcmp(newest_violation(0)->new, new, 16), "new");
	/* And again after it was over. */
	make_cred(CRED(7), NOBODY, 0, NAMESPACE);
	sweeps(3);
	require_equal(reports(), 1, "reports of less");
	make_cred(CRED(7), 0, ALL_CAPS, NAMESPACE);
	require_gain(7);
}

static void exchanged_credentials_are_found(void **state)
{
	commit(9, 0, ALL_CAPS, NAMESPACE);
	require_gain(9);
	commit(10, NOBODY, BIT(21), NAMESPACE);
	require_gain(10);
	commit(11, NOBODY, 0, NAMESPACE);
	set_id(cred_of(11), 4, 1000);
	require_gain(11);
}

static void what_system_calls_give_is_not_found(void **state)
{
	u32 i;

	for (i = 0; i < 4; i++) {
		commit(i, 0, ALL_CAPS, NAMESPACE);
		start_program(i);
	}
	require_none();
	/* setuid() of root, seteuid() and back, less capabilities, exchanged IDs. */
	commit(0, NOBODY, 0, NAMESPACE);
	commit(1, 0, ALL_CAPS, NAMESPACE);
	set_id(cred_of(1), 4, NOBODY);
	set_id(cred_of(1), 2, 1000);
	commit(2, 0, SETUID, NAMESPACE);
	require_none();
	commit(1, 1000, ALL_CAPS & ~SETUID, NAMESPACE);
	set_id(cred_of(1), 0, NOBODY);
	commit(2, 77, 0, NAMESPACE);
	require_none();
	commit(1, NOBODY, BIT(3), NAMESPACE);
	set_id(cred_of(1), 4, 1000);
	require_none();
	/* Another user namespace, and another process at the same address. */
	commit(5, NOBODY, ALL_CAPS, NAMESPACE + 0x1000);
	begin_task(6, 5000);
	commit(6, 0, ALL_CAPS, NAMESPACE);
	require_none();
}

/* The number of the program changes first, the credentials some time after it. */
static void a_program_that_is_being_started_is_not_found(void **state)
{
	guard(3, address(PROC(3)) | 1);
	start_program(3);
	require_none();
	commit(3, 0, ALL_CAPS, NAMESPACE);
	sweeps(2);
	guard(3, 0);
	require_none();
	commit(3, NOBODY, 0, NAMESPACE);
	sweeps(2);
	commit(3, 0, ALL_CAPS, NAMESPACE);
	require_gain(3);
}

static void the_kernels_own_credentials_are_found(void **state)
{
	*(u32 *)word(address(PROC(4)) + TASK_FLAGS) = KTHREAD;
	take_cred(4, CREDS_OF_INIT);
	require_none();
	take_cred(8, CREDS_OF_INIT);
	sweeps(2);
	require_equal(reports(), 1, "reports");
	require_found(8, SHADOW_BOX_WHY_BORROWED);
	sweeps(4);
	require_equal(reports(), 1, "reports after more");
	require_equal(status()->odd[CREDS], 1, "odd");
}

static void what_was_gained_while_nobody_looked_is_not_known(void **state)
{
	set_policy(CREDS, SHADOW_BOX_MODE_OFF);
	commit(9, 0, ALL_CAPS, NAMESPACE);
	set_policy(CREDS, SHADOW_BOX_MODE_LOG);
	require_none();
	commit(8, 0, ALL_CAPS, NAMESPACE);
	require_gain(8);
}

/* An honest step of a process that has @uid and @caps. */
static void live_on(u32 task, u64 start)
{
	u8 *cred = (u8 *)word(address(cred_of(task))) + CRED_UID;
	u64 caps;
	u32 uid;

	memcpy(&uid, cred, 4);
	memcpy(&caps, cred + CRED_CAPS, 8);
	switch (random_below(5)) {
	case 0:
		guard(task, address(PROC(task)));
		start_program(task);
		break;
	case 1:
		if (*word(address(SIGNAL(task)) + SIGNAL_GUARD))
			commit(task, random_below(3), random_chance(50) ? ALL_CAPS : SETUID, NAMESPACE);
		guard(task, 0);
		break;
	case 2:
		commit(task, caps & SETUID ? random_below(4) : uid, caps & random_u64(), NAMESPACE);
		break;
	case 3:
		begin_task(task, start);
		break;
	default:
		commit(task, uid, caps, NAMESPACE);
	}
}

static void nothing_is_found_while_processes_live_on(void **state)
{
	u64 start = 100000;
	u32 i, round;

	for (round = 0; round < 20000; round++) {
		for (i = random_below(20); i; i--)
			live_on(random_below(TASKS), start++);
		stay();
	}
	require_equal(reports(), 0, "reports");
	require(status()->sweeps > 500, "%llu sweeps", status()->sweeps);
}

/* Words at random, pointers to somewhere near among them: a stay ends, whatever it meets. */
static void stays_end_in_any_memory(void **state)
{
	u32 i, round;

	for (round = 0; round < 3000; round++) {
		for (i = random_below(100); i; i--) {
			u64 where = address(random_below(OBJECTS)) + random_below(OBJECT_SIZE / 8) * 8;
			u64 near = address(random_below(OBJECTS)) + random_below(OBJECT_SIZE / 8) * 8;

			*word(where) = random_chance(70) ? near : random_u64() >> random_below(64);
		}
		stay();
	}
	require(status()->sweeps > 10, "%llu sweeps", status()->sweeps);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(overwritten_credentials_are_found),
		TEST(exchanged_credentials_are_found),
		TEST(what_system_calls_give_is_not_found),
		TEST(a_program_that_is_being_started_is_not_found),
		TEST(the_kernels_own_credentials_are_found),
		TEST(what_was_gained_while_nobody_looked_is_not_known),
		TEST(nothing_is_found_while_processes_live_on),
		TEST(stays_end_in_any_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
