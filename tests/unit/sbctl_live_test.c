// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's data from a module, which is a model: snapshots, events, the module going away and
 * coming back, policies, and what of all this is recorded.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dashboard/counts.h"
#include "dashboard/dashboard.h"
#include "dashboard/source.h"
#include "link/history.h"
#include "link/process.h"
#include "sbctl_module.h"

#include "unit.h"

/* cmocka has a macro of that name. */
#undef fail

static char directory[] = "/tmp/shadow-box-test.XXXXXX";
static char path[64];
static struct view view;
static struct cpu cpu;

static struct source *open_live(const char *record)
{
	struct failure failure = { 0 };
	struct source *source = live_open(&view, record, &failure);

	require(source != NULL, "%s", failure.text);
	return source;
}

static void close_live(struct source *source)
{
	struct failure failure = { 0 };

	require(!source->ops->close(source, &failure), "%s", failure.text);
}

/* How often the recording has @word. */
static size_t recorded(const char *word)
{
	static char text[1 << 20];
	FILE *file = fopen(path, "r");
	const char *at = text;
	size_t n = 0;

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	while ((at = strstr(at, word))) {
		at++;
		n++;
	}
	return n;
}

static void happen(uint64_t seq, uint32_t type)
{
	struct event event = module_event(seq, type, 0);

	module_happens(&event);
}

static void without_a_module_there_is_no_source(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	module.absent = true;
	assert_null(live_open(&view, path, &failure));
	assert_int_equal(failure.code, SBCTL_NOT_RUNNING);
	assert_string_equal(failure.text, "not loaded");
	assert_int_equal(access(path, F_OK), -1);
}

/* With a violation that has left the latest events long ago. */
static void what_was_before_is_there(void **state)
{
	struct source *source;
	uint64_t seq;

	(void)state;
	happen(0, SHADOW_BOX_EVENT_VIOLATION);
	for (seq = 1; seq < VIEW_EVENTS + 10; seq++)
		happen(seq, SHADOW_BOX_EVENT_HOST_NMI);
	source = open_live(NULL);
	assert_int_equal(view.now.n_cpu, 1);
	assert_int_equal(view.now.policies.n_policy, SHADOW_BOX_POLICIES);
	assert_int_equal(view.events.n_event, VIEW_EVENTS);
	assert_int_equal(view.violations.n_event, 1);
	assert_int_equal(view_next_event(&view), VIEW_EVENTS + 10);
	/* First rates come soon. */
	assert_true(source->rearmed && source->wait > 0 && source->wait < 1);
	assert_true(source->ops->fd(source) >= 0);
	close_live(source);
}

static void a_tick_brings_a_snapshot(void **state)
{
	struct source *source = open_live(NULL);

	(void)state;
	cpu.exits = 1000;
	cpu.time += 1000000000;
	source->ops->tick(source);
	assert_int_equal(view.now.cpu[0].exits, 1000);
	assert_int_equal(view.before.cpu[0].exits, 0);
	assert_true(source->wait == view.interval);
	/* A frozen picture stays. */
	source->ops->freeze(source, true);
	cpu.exits = 2000;
	source->ops->tick(source);
	assert_int_equal(view.now.cpu[0].exits, 1000);
	source->ops->freeze(source, false);
	source->ops->tick(source);
	assert_int_equal(view.now.cpu[0].exits, 2000);
	close_live(source);
}

static void a_module_that_goes_is_waited_for(void **state)
{
	struct source *source = open_live(path);

	(void)state;
	module.absent = true;
	source->ops->tick(source);
	assert_string_equal(view.away, "The shadow_box module is not loaded any more; waiting for it");
	assert_int_equal(view.now.n_cpu, 0);
	assert_int_equal(source->ops->fd(source), -1);
	source->ops->tick(source);
	source->ops->tick(source);
	/* However often it was looked for. */
	assert_int_equal(recorded("\"away\""), 1);
	/* The picture of nothing is not frozen. */
	source->ops->freeze(source, true);
	assert_false(view.frozen);
	module.absent = false;
	source->ops->tick(source);
	assert_string_equal(view.away, "");
	assert_int_equal(view.now.n_cpu, 1);
	assert_true(source->ops->fd(source) >= 0);
	close_live(source);
	assert_int_equal(recorded("\"snapshot\""), 2);
}

static void another_failure_is_shown_as_it_is(void **state)
{
	struct source *source = open_live(NULL);

	(void)state;
	module.absent = true;
	source->ops->tick(source);
	module.absent = false;
	fail(&module.silence, SBCTL_UNSUPPORTED, "another version");
	source->ops->tick(source);
	assert_string_equal(view.away, "another version");
	close_live(source);
}

static void events_come_as_they_happen(void **state)
{
	struct source *source = open_live(path);

	(void)state;
	module.step[0].event[0] = module_event(1, SHADOW_BOX_EVENT_VIOLATION, 0);
	module.step[0].event[1] = module_event(0, SHADOW_BOX_EVENT_LAUNCH, 0);
	module.step[0].n_event = 2;
	source->ops->input(source);
	assert_int_equal(view.events.n_event, 2);
	assert_int_equal(view.events.event[0].type, SHADOW_BOX_EVENT_LAUNCH);
	assert_int_equal(view.violations.n_event, 1);
	assert_int_equal(recorded("\"event\""), 2);
	/* The socket lost what the module still holds. */
	happen(2, SHADOW_BOX_EVENT_LOCK);
	module.step[1].state = FEED_OVERRUN;
	source->ops->input(source);
	assert_int_equal(view.events.n_event, 3);
	assert_string_equal(view.away, "");
	module.step[2].state = FEED_GONE;
	source->ops->input(source);
	assert_string_equal(view.away, "The shadow_box module is not loaded any more; waiting for it");
	assert_int_equal(view.events.n_event, 0);
	close_live(source);
}

static void the_pace_has_steps(void **state)
{
	static const double slower[] = { 2, 5, 10, 30, 60, 60 };
	static const double faster[] = { 30, 10, 5, 2, 1, 0.5, 0.2, INTERVAL_MIN, INTERVAL_MIN };
	struct source *source = open_live(NULL);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(slower); i++) {
		source->ops->pace(source, 1);
		assert_true(view.interval == slower[i] && source->wait == slower[i]);
	}
	for (i = 0; i < ARRAY_SIZE(faster); i++) {
		source->ops->pace(source, -1);
		assert_true(view.interval == faster[i]);
	}
	/* One of the user's own between and beyond the steps. */
	view.interval = 7;
	source->ops->pace(source, 1);
	assert_true(view.interval == 10);
	view.interval = 600;
	source->ops->pace(source, 1);
	assert_true(view.interval == 600);
	source->ops->pace(source, -1);
	assert_true(view.interval == 60);
	close_live(source);
}

static const struct setting_list idt_to_log = {
	.setting = { { SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_LOG } }, .n_setting = 1,
};

static void policies_are_set_and_shown(void **state)
{
	struct source *source = open_live(NULL);
	struct failure failure = { 0 };

	(void)state;
	module.policies.policy[SHADOW_BOX_POLICY_IDT].mode = SHADOW_BOX_MODE_LOG;
	assert_int_equal(source->ops->set(source, &idt_to_log, 0, &failure), 0);
	assert_int_equal(module.n_set, 1);
	assert_int_equal(module.set.setting[0].policy, SHADOW_BOX_POLICY_IDT);
	assert_int_equal(view.now.policies.policy[SHADOW_BOX_POLICY_IDT].mode, SHADOW_BOX_MODE_LOG);
	fail(&module.refusal, SBCTL_LOCKED, "locked");
	assert_int_equal(source->ops->set(source, &idt_to_log, 0, &failure), -1);
	assert_string_equal(failure.text, "locked");
	/* Away, there is nobody to ask. */
	module.absent = true;
	source->ops->tick(source);
	assert_int_equal(source->ops->set(source, &idt_to_log, 0, &failure), -1);
	assert_int_equal(failure.code, SBCTL_NOT_RUNNING);
	assert_int_equal(module.n_set, 2);
	close_live(source);
}

/* Kept, it stays; another one can then be tried. */
static void what_is_on_trial_can_be_kept(void **state)
{
	struct source *source = open_live(NULL);
	struct failure failure = { 0 };
	int i;

	(void)state;
	assert_int_equal(source->ops->keep(source, &failure), -1);
	assert_string_equal(failure.text, "Nothing is on trial");
	for (i = 0; i < 2; i++) {
		require(!source->ops->set(source, &idt_to_log, 60, &failure), "%s", failure.text);
		assert_int_equal(module.n_set, i + 1);
		assert_in_range(view.trial_left, 58, 60);
		assert_int_equal(source->ops->set(source, &idt_to_log, 60, &failure), -1);
		assert_int_equal(failure.code, SBCTL_BUSY);
		assert_int_equal(source->ops->keep(source, &failure), 0);
		assert_string_equal(view.message, "Kept as they are");
		assert_int_equal(view.trial_left, 0);
	}
	close_live(source);
}

/* The keeper has a copy of the model: what it sets back is seen in its answer. */
static void what_is_on_trial_is_set_back(void **state)
{
	struct source *source = open_live(NULL);
	struct failure failure = { 0 };
	int i;

	(void)state;
	require(!source->ops->set(source, &idt_to_log, 1, &failure), "%s", failure.text);
	for (i = 0; i < 100 && view.trial_left; i++) {
		usleep(50000);
		source->ops->tick(source);
	}
	assert_int_equal(view.trial_left, 0);
	require(strstr(view.message, "not confirmed") != NULL, "%s", view.message);
	close_live(source);
}

static void the_lock_is_asked_for(void **state)
{
	struct source *source = open_live(NULL);
	struct failure failure = { 0 };

	(void)state;
	assert_int_equal(source->ops->lock(source, &failure), 0);
	assert_int_equal(module.n_lock, 1);
	fail(&module.refusal, SBCTL_FAILED, "no");
	assert_int_equal(source->ops->lock(source, &failure), -1);
	assert_string_equal(failure.text, "no");
	close_live(source);
}

/* What came after the question is open, also for the next dashboard. */
static void what_is_acknowledged_is_no_alarm(void **state)
{
	struct source *source;
	struct failure failure = { 0 };
	struct info seen;

	(void)state;
	happen(0, SHADOW_BOX_EVENT_VIOLATION);
	happen(1, SHADOW_BOX_EVENT_VIOLATION);
	source = open_live(NULL);
	assert_int_equal(view_alarm(&view), 2);
	seen = view.now.info;
	happen(2, SHADOW_BOX_EVENT_VIOLATION);
	source->ops->tick(source);
	assert_int_equal(view_alarm(&view), 3);
	require(!source->ops->acknowledge(source, &seen, &failure), "%s", failure.text);
	assert_int_equal(view_alarm(&view), 1);
	close_live(source);
	view_free(&view);
	view.interval = 1;
	source = open_live(NULL);
	assert_int_equal(view_alarm(&view), 1);
	close_live(source);
	assert_int_equal(unlink("root/var/lib/shadow-box/acknowledged"), 0);
	source = open_live(NULL);
	assert_int_equal(view_alarm(&view), 3);
	close_live(source);
}

/* A journalctl of the test's: what it writes. */
static void write_journal(const char *script)
{
	FILE *file = fopen("bin/journalctl", "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod("bin/journalctl", 0755), 0);
}

/* 2001-09-09 01:46:40 UTC is 1000000000. */
static void hours_are_read_from_the_journal(void **state)
{
	char *before = strdup(getenv("PATH"));
	struct failure failure = { 0 };
	struct history history;

	(void)state;
	setenv("TZ", "UTC", 1);
	assert_true(!mkdir("bin", 0700));
	assert_int_equal(setenv("PATH", "bin:/bin:/usr/bin", 1), 0);
	write_journal("cat <<END\n"
		"{\"SHADOW_BOX_TIME\":\"999999990000000\",\"SHADOW_BOX_SEQ\":\"1\",\"SHADOW_BOX_POLICY\":\"idt\"}\n"
		"{\"SHADOW_BOX_TIME\":\"999999990000000\",\"SHADOW_BOX_SEQ\":\"1\",\"SHADOW_BOX_POLICY\":\"idt\"}\n"
		"garbage\n"
		"{\"SHADOW_BOX_TIME\":\"999999990000000\",\"SHADOW_BOX_SEQ\":\"2\",\"SHADOW_BOX_POLICY\":\"msrs\"}\n"
		"{\"SHADOW_BOX_TIME\":\"999993600000000\",\"SHADOW_BOX_SEQ\":\"9\",\"SHADOW_BOX_POLICY\":\"later\"}\n"
		"{\"SHADOW_BOX_TIME\":\"900000000000000\",\"SHADOW_BOX_SEQ\":\"3\",\"SHADOW_BOX_POLICY\":\"idt\"}\n"
		"END");
	require(!history_read(&history, 1000000000, &failure), "%s", failure.text);
	assert_int_equal(history.end, 1000000800);
	assert_int_equal(history.hour[0], 2);
	assert_int_equal(history.hour[1], 0);
	assert_int_equal(history.hour[2], 1);
	assert_int_equal(history.policy[SHADOW_BOX_POLICY_IDT], 1);
	assert_int_equal(history.policy[SHADOW_BOX_POLICY_MSRS], 1);
	write_journal("exit 1");
	assert_int_equal(history_read(&history, 1000000000, &failure), 0);
	assert_int_equal(history.hour[0], 0);
	write_journal("exit 2");
	assert_int_equal(history_read(&history, 1000000000, &failure), -1);
	setenv("PATH", before, 1);
	free(before);
}

/* This one. A process with its number that began later is another one. */
static void a_process_is_looked_up(void **state)
{
	uint64_t now = (uint64_t)time(NULL) * 1000000000;
	struct process process;

	(void)state;
	assert_true(process_read((uint32_t)getpid(), now, &process));
	require(strstr(process.program, "sbctl_live_test") != NULL, "%s", process.program);
	require(strstr(process.command, "sbctl_live_test") != NULL, "%s", process.command);
	assert_int_equal(process.parent, getppid());
	assert_int_equal(process.uid, getuid());
	assert_true(*process.parent_name);
	assert_false(process_read((uint32_t)getpid(), 1, &process));
	assert_false(process_read(0, now, &process));
}

static void steps_are_for_recordings(void **state)
{
	struct source *source = open_live(NULL);

	(void)state;
	source->ops->step(source, 1);
	assert_non_null(strstr(view.message, "Steps are for recordings"));
	close_live(source);
}

/* While the picture is frozen, too. */
static void all_is_recorded(void **state)
{
	struct source *source = open_live(path);

	(void)state;
	assert_true(view.recording);
	source->ops->tick(source);
	source->ops->freeze(source, true);
	source->ops->tick(source);
	module.step[0].event[0] = module_event(0, SHADOW_BOX_EVENT_LOCK, 0);
	module.step[0].n_event = 1;
	source->ops->input(source);
	assert_int_equal(view.events.n_event, 0);
	close_live(source);
	assert_int_equal(recorded("\"snapshot\""), 3);
	assert_int_equal(recorded("\"event\""), 1);
}

static void a_file_that_exists_is_left_alone(void **state)
{
	struct failure failure = { 0 };
	FILE *file = fopen(path, "w");

	(void)state;
	assert_non_null(file);
	fputs("mine", file);
	fclose(file);
	assert_null(live_open(&view, path, &failure));
	require(strstr(failure.text, path) != NULL, "%s", failure.text);
	assert_int_equal(recorded("mine"), 1);
}

/* As on a disk that is full. */
static void a_recording_that_stops_is_said_once(void **state)
{
	struct rlimit before, limit;
	struct source *source;
	struct failure failure = { 0 };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	source = open_live(path);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	source->ops->tick(source);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(view.recording);
	assert_string_equal(view.message, "The recording has stopped: File too large");
	view.message[0] = '\0';
	source->ops->tick(source);
	assert_string_equal(view.message, "");
	assert_int_equal(source->ops->close(source, &failure), -1);
	require(strstr(failure.text, "File too large") != NULL, "%s", failure.text);
}

static int reset(void **state)
{
	(void)state;
	module_reset();
	cpu = (struct cpu){ .have = ~0u, .state = SHADOW_BOX_CPU_ACTIVE, .time = 1000000000 };
	module.cpu = &cpu;
	module.n_cpu = 1;
	view = (struct view){ .interval = 1 };
	return 0;
}

static int forget(void **state)
{
	(void)state;
	unlink(path);
	view_free(&view);
	return 0;
}

#define TEST(test)	cmocka_unit_test_setup_teardown(test, reset, forget)

static int remove_one(const char *name, const struct stat *status, int type, struct FTW *ftw)
{
	return remove(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_module_there_is_no_source),
		TEST(what_was_before_is_there),
		TEST(a_tick_brings_a_snapshot),
		TEST(a_module_that_goes_is_waited_for),
		TEST(another_failure_is_shown_as_it_is),
		TEST(events_come_as_they_happen),
		TEST(the_pace_has_steps),
		TEST(policies_are_set_and_shown),
		TEST(what_is_on_trial_can_be_kept),
		TEST(what_is_on_trial_is_set_back),
		TEST(the_lock_is_asked_for),
		TEST(what_is_acknowledged_is_no_alarm),
		TEST(hours_are_read_from_the_journal),
		TEST(a_process_is_looked_up),
		TEST(steps_are_for_recordings),
		TEST(all_is_recorded),
		TEST(a_file_that_exists_is_left_alone),
		TEST(a_recording_that_stops_is_said_once),
	};
	int failed;

	if (!mkdtemp(directory) || chdir(directory) || mkdir("root", 0700) ||
	    mkdir("root/var", 0700) || mkdir("root/var/lib", 0700))
		return 1;
	snprintf(path, sizeof(path), "%s/recording", directory);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	module_reset();
	policy_list_free(&module.policies);
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return failed;
}
