// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hides from lists of the kernel: modules and processes, in images of the kernel's memory that are
 * sound, change all the time, or are torn, cyclic and wild.
 */
#include "module_model.h"
#include "sweeps.h"


/* Linux's structures, in the direct map; their layout is made up. */
#define AREA		(MODEL_MID + 0x20000)
#define AREA_SIZE	0x180000u
#define OBJECT_SIZE	0x100u
#define OBJECTS		(AREA_SIZE / OBJECT_SIZE)
#define MODULE_LIST	8
#define TASK_TASKS	0x10
#define TASK_LEADER	0x20
#define TASK_START	0x28
#define TASK_LINK	0x30
#define TASK_PID_OFFSET	0x38
#define TASK_COMM	0x40
#define PID_TASKS	0x60	/* the struct pid of a task is the same object */
#define NODE_OBJECTS	4	/* objects that a node of the table takes */
#define NODE_SLOTS	0x40

/* What the first objects are. */
enum { HEAD_OF_MODULES, INIT_TASK, ROOT, FIRST_FREE = ROOT + 1 };

#define TASKS		300u
#define NODE(i)		(FIRST_FREE + NODE_OBJECTS * (i))	/* 0: the root; then its children */
#define NODES		9u
#define TASK_OBJECT(i)	(NODE(NODES) + (i))
#define MODULE_OBJECT(i) (TASK_OBJECT(TASKS) + (i))
#define MODULES		5u

static struct module_model module[MODULES];

static u64 address(u32 object)
{
	return DIRECT_MAP + AREA + object * OBJECT_SIZE;
}

static u64 *word(u64 linear)
{
	return guest_ram(linear - DIRECT_MAP);
}

static void list_init(u64 head)
{
	*word(head) = *word(head + 8) = head;
}

static void list_add(u64 entry, u64 after)
{
	u64 next = *word(after);

	*word(entry) = next;
	*word(entry + 8) = after;
	*word(next + 8) = entry;
	*word(after) = entry;
}

/* As list_del_rcu() leaves it. */
static void list_del(u64 entry)
{
	u64 next = *word(entry), previous = *word(entry + 8);

	*word(next + 8) = previous;
	*word(previous) = next;
	*word(entry + 8) = 0xdead000000000122;
}

/* The slot of a PID in the table. */
static u64 *numbered(u32 pid)
{
	return word(address(NODE(1 + pid / 64)) + NODE_SLOTS + pid % 64 * 8);
}

static u64 listed(u32 task)
{
	return address(TASK_OBJECT(task)) + TASK_TASKS;
}

static u32 pid_of(u32 task)
{
	return task + 1;
}

static void make_task(u32 i, u64 start)
{
	u64 task = address(TASK_OBJECT(i));

	*word(task + TASK_LEADER) = task;
	*word(task + TASK_START) = start;
	*word(task + TASK_PID_OFFSET) = pid_of(i);
	sprintf((char *)word(task + TASK_COMM), "task %u", i);
	*word(task + PID_TASKS) = task + TASK_LINK;
}

static void attach(u32 i)
{
	list_add(listed(i), *word(address(INIT_TASK) + TASK_TASKS + 8));
	*numbered(pid_of(i)) = address(TASK_OBJECT(i));
}

static void detach(u32 i)
{
	*numbered(pid_of(i)) = 0;
	list_del(listed(i));
}

static void make_tasks(void)
{
	u32 i;

	list_init(address(INIT_TASK) + TASK_TASKS);
	*word(address(ROOT)) = address(NODE(0)) | 2;
	*(u8 *)word(address(NODE(0))) = 6;
	for (i = 1; i < NODES; i++)
		*word(address(NODE(0)) + NODE_SLOTS + (i - 1) * 8) = address(NODE(i)) | 2;
	for (i = 0; i < TASKS; i++) {
		make_task(i, 1000 + i);
		attach(i);
	}
}

static void load_module(u32 i)
{
	struct module_model *m = &module[i];

	module_make(m, i, 1, 0, 0);
	m->request.address = address(MODULE_OBJECT(i));
	sprintf(m->request.name, "module%u", i);
	list_add(m->request.address + MODULE_LIST, address(HEAD_OF_MODULES));
	require_equal(module_load(m), 0, "a module");
}

static void set_facts(void)
{
	struct sb_facts *f = &guest.facts;

	f->tsc_khz = KHZ;
	f->kernel_cr3 = host.cr3;
	f->modules = address(HEAD_OF_MODULES);
	f->module_list = MODULE_LIST;
	f->init_task = address(INIT_TASK);
	f->pid_table = address(ROOT);
	f->task_tasks = TASK_TASKS;
	f->task_leader = TASK_LEADER;
	f->task_start = TASK_START;
	f->task_pid_link = TASK_LINK;
	f->task_pid = TASK_PID_OFFSET;
	f->task_comm = TASK_COMM;
	f->pid_tasks = PID_TASKS;
	f->node_shift = 0;
	f->node_slots = NODE_SLOTS;
}

static int new_host(void **state)
{
	u32 i;

	host_reset(1, 4);
	random_seed(16);
	set_facts();
	make_tasks();
	list_init(address(HEAD_OF_MODULES));
	for (i = 0; i < MODULES; i++)
		load_module(i);
	set_period();
	return 0;
}

static void require_found(u32 policy, u32 why, u32 subject, u64 object, u32 id, const char *name)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(e->policy, policy, "policy");
	require_equal(e->why, why, "why");
	require_equal(e->observer, SHADOW_BOX_OBSERVER_SWEEP, "observer");
	require_equal(e->subject, subject, "subject");
	require_equal(e->object, object, "object");
	require_equal(e->subject_id, id, "number");
	require(!strcmp(e->subject_name, name), "name %s", e->subject_name);
}

/* Modules */

static void watch_modules(void)
{
	require_equal(set_policy(SHADOW_BOX_POLICY_MODULES, SHADOW_BOX_MODE_LOG), 0, "log");
}

static void a_module_off_the_list_is_found(void **state)
{
	watch_modules();
	sweeps(3);
	require_equal(reports(), 0, "reports of honest modules");
	list_del(module[2].request.address + MODULE_LIST);
	sweep();
	require_equal(reports(), 0, "reports after one sweep");
	sweep();
	require_equal(reports(), 1, "reports after two");
	require_found(SHADOW_BOX_POLICY_MODULES, SHADOW_BOX_WHY_UNLISTED, SHADOW_BOX_SUBJECT_MODULE,
		      module[2].request.text, 0, "module2");
	sweeps(5);
	require_equal(reports(), 1, "reports after more");
	list_add(module[2].request.address + MODULE_LIST, address(HEAD_OF_MODULES));
	sweeps(2);
	list_del(module[2].request.address + MODULE_LIST);
	sweeps(2);
	require_equal(reports(), 2, "reports of a second time");
}

static void a_module_that_goes_is_not_found(void **state)
{
	watch_modules();
	sweep();
	require_equal(hypercall(0, SB_HYPERCALL_MODULE_GOING, module[1].number, 0, 0), 0, "GOING");
	sweep();
	list_del(module[1].request.address + MODULE_LIST);
	sweeps(4);
	require_equal(reports(), 0, "reports");
}

static void a_list_of_modules_that_is_none_is_given_up(void **state)
{
	const u64 entry = module[1].request.address + MODULE_LIST;
	const u64 wild[] = { entry, 0, ~0ull, 0x1234567890abcdef, DIRECT_MAP + (60ull << 30) };
	u32 i;

	watch_modules();
	for (i = 0; i < ARRAY_SIZE(wild); i++) {
		u64 aborted = status()->sweeps_aborted;

		*word(entry) = wild[i];
		sweeps(3);
		require(status()->sweeps_aborted > aborted, "a list with 0x%llx was not given up", wild[i]);
		require_equal(reports(), 0, "reports");
	}
}

/* Processes */

static void watch_tasks(void)
{
	require_equal(set_policy(SHADOW_BOX_POLICY_TASKS, SHADOW_BOX_MODE_LOG), 0, "log");
}

static void a_task_off_the_list_is_found(void **state)
{
	watch_tasks();
	sweeps(3);
	require_equal(reports(), 0, "reports of honest tasks");
	require_equal(status()->sweeps_aborted, 0, "sweeps aborted");
	list_del(listed(77));
	sweep();
	require_equal(reports(), 0, "reports after one sweep");
	sweep();
	require_equal(reports(), 1, "reports after two");
	require_found(SHADOW_BOX_POLICY_TASKS, SHADOW_BOX_WHY_UNLISTED, SHADOW_BOX_SUBJECT_TASK,
		      address(TASK_OBJECT(77)), pid_of(77), "task 77");
	sweeps(5);
	require_equal(reports(), 1, "reports after more");
}

static void a_task_without_a_pid_is_found(void **state)
{
	watch_tasks();
	*numbered(pid_of(5)) = 0;
	sweeps(2);
	require_equal(reports(), 1, "reports");
	require_found(SHADOW_BOX_POLICY_TASKS, SHADOW_BOX_WHY_UNNUMBERED, SHADOW_BOX_SUBJECT_TASK,
		      address(TASK_OBJECT(5)), pid_of(5), "task 5");
}

/* A thread is in the table only; a PID that groups still use has no task. */
static void threads_and_old_pids_are_not_found(void **state)
{
	watch_tasks();
	list_del(listed(9));
	*word(address(TASK_OBJECT(9)) + TASK_LEADER) = address(TASK_OBJECT(8));
	list_del(listed(10));
	*word(address(TASK_OBJECT(10)) + PID_TASKS) = 0;
	sweeps(4);
	require_equal(reports(), 0, "reports");
}

/* Between any two stays processes end and start, at the same addresses as well. */
static void nothing_is_found_while_tasks_come_and_go(void **state)
{
	bool gone[TASKS] = { false };
	u32 i, round;
	u64 start = 100000;

	watch_tasks();
	for (round = 0; round < 20000; round++) {
		for (i = random_below(40); i; i--) {
			u32 task = 20 + random_below(TASKS - 20);

			if (gone[task]) {
				make_task(task, start++);
				attach(task);
			} else {
				detach(task);
			}
			gone[task] = !gone[task];
		}
		stay();
	}
	require_equal(reports(), 0, "reports");
	require(status()->sweeps - status()->sweeps_aborted > 100, "%llu sweeps, %llu aborted",
		status()->sweeps, status()->sweeps_aborted);
}

/* Words at random, pointers to somewhere near among them: a stay ends, whatever it meets. */
static void stays_end_in_any_memory(void **state)
{
	u32 i, round;

	watch_tasks();
	watch_modules();
	for (round = 0; round < 3000; round++) {
		for (i = random_below(200); i; i--) {
			u64 where = address(random_below(OBJECTS - 1)) + random_below(OBJECT_SIZE / 8) * 8;
			u64 near = address(random_below(OBJECTS - 1)) + random_below(OBJECT_SIZE / 8) * 8;

			*word(where) = random_chance(70) ? near | (random_chance(50) ? 2 : 0) :
							   random_u64() >> random_below(64);
		}
		stay();
	}
	require(status()->sweeps > 10, "%llu sweeps", status()->sweeps);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(a_module_off_the_list_is_found),
		TEST(a_module_that_goes_is_not_found),
		TEST(a_list_of_modules_that_is_none_is_given_up),
		TEST(a_task_off_the_list_is_found),
		TEST(a_task_without_a_pid_is_found),
		TEST(threads_and_old_pids_are_not_found),
		TEST(nothing_is_found_while_tasks_come_and_go),
		TEST(stays_end_in_any_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
