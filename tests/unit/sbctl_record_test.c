// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's recordings: what is read is what was written, and nothing that is damaged is believed.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dashboard/counts.h"
#include "dashboard/source.h"
#include "link/record.h"
#include "link/recorder.h"
#include "link/recording.h"

#include "unit.h"

static char directory[] = "/tmp/shadow-box-test.XXXXXX";
static char path[64];

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct snapshot make_snapshot(uint64_t exits)
{
	struct snapshot snapshot = {
		.info = { .have = ~0u, .version = "1.2", .state = SHADOW_BOX_STATE_ACTIVE,
			  .features = 0x8000001f, .cpus = 2, .cpus_active = 1, .host_memory = 1u << 21,
			  .host_memory_used = 5, .uptime = exits, .events = 7, .events_lost = 8,
			  .violations = 9, .sweep_period = 100, .sweeps = 10, .sweep_slices = 11,
			  .sweeps_aborted = 12, .sweep_longest = 13, .sweep_age = 14,
			  .sweep_objects = 15, .sweep_wait = 16, .locked = true },
		.cpu = calloc(2, sizeof(struct cpu)),
		.n_cpu = 2,
		.torn = true,
	};
	struct policy policy = { .have = ~0u, .id = SHADOW_BOX_POLICY_BPF, .mode = 2,
				 .violations = 3, .blocked = 2, .patches = 1, .looked = 5, .odd = 4 };
	size_t i;

	for (i = 0; i < 2; i++) {
		snapshot.cpu[i] = (struct cpu){ .have = ~0u, .id = (uint32_t)i, .state = 2 * i + 1,
						.time = exits, .exits = exits, .cycles = UINT64_MAX,
						.nmi_guest = 1, .nmi_host = 2, .nmi_redelivered = 3,
						.nmi_coalesced = 4, .n_exit = 2,
						.exit = calloc(2, sizeof(struct exit_count)) };
		snapshot.cpu[i].exit[0] = (struct exit_count){ 10, exits };
		snapshot.cpu[i].exit[1] = (struct exit_count){ 4711, 1 };
	}
	assert_true(policy_list_add(&snapshot.policies, &policy));
	return snapshot;
}

/* Members one by one: there may be holes between them. */
static void assert_same_cpu(const struct cpu *a, const struct cpu *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->exits, b->exits);
	assert_int_equal(a->cycles, b->cycles);
	assert_int_equal(a->nmi_guest, b->nmi_guest);
	assert_int_equal(a->nmi_host, b->nmi_host);
	assert_int_equal(a->nmi_redelivered, b->nmi_redelivered);
	assert_int_equal(a->nmi_coalesced, b->nmi_coalesced);
	assert_int_equal(a->n_exit, b->n_exit);
	assert_memory_equal(a->exit, b->exit, a->n_exit * sizeof(*a->exit));
}

static void snapshots_come_back_as_they_were(void **state)
{
	struct snapshot before = make_snapshot(12345678901234), after;
	json_t *json = record_snapshot(&before);

	(void)state;
	assert_true(record_read_snapshot(json, &after));
	json_decref(json);
	assert_string_equal(after.info.version, "1.2");
	assert_int_equal(after.info.state, before.info.state);
	assert_int_equal(after.info.features, before.info.features);
	assert_int_equal(after.info.cpus_active, 1);
	assert_int_equal(after.info.host_memory_used, 5);
	assert_int_equal(after.info.uptime, before.info.uptime);
	assert_int_equal(after.info.events_lost, 8);
	assert_int_equal(after.info.violations, 9);
	assert_int_equal(after.info.sweep_period, 100);
	assert_int_equal(after.info.sweeps, 10);
	assert_int_equal(after.info.sweep_slices, 11);
	assert_int_equal(after.info.sweeps_aborted, 12);
	assert_int_equal(after.info.sweep_longest, 13);
	assert_int_equal(after.info.sweep_age, 14);
	assert_int_equal(after.info.sweep_objects, 15);
	assert_int_equal(after.info.sweep_wait, 16);
	assert_true(after.info.locked && !after.info.test_build && after.torn);
	assert_int_equal(after.n_cpu, 2);
	assert_same_cpu(&before.cpu[0], &after.cpu[0]);
	/* State 3 is one that only a newer sbctl has a name for. */
	assert_same_cpu(&before.cpu[1], &after.cpu[1]);
	assert_int_equal(after.policies.n_policy, 1);
	assert_int_equal(after.policies.policy[0].id, SHADOW_BOX_POLICY_BPF);
	assert_int_equal(after.policies.policy[0].mode, 2);
	assert_int_equal(after.policies.policy[0].patches, 1);
	assert_int_equal(after.policies.policy[0].looked, 5);
	assert_int_equal(after.policies.policy[0].odd, 4);
	snapshot_free(&before);
	snapshot_free(&after);
}

/* An older module sends less; the recording has no more than it sent. */
static void what_was_not_told_is_not_recorded(void **state)
{
	struct snapshot before = make_snapshot(1), after;
	json_t *json;

	(void)state;
	before.info.have = 1u << SHADOW_BOX_INFO_STATE;
	before.cpu[0].have = 1u << SHADOW_BOX_CPU_ID;
	json = record_snapshot(&before);
	assert_true(record_read_snapshot(json, &after));
	json_decref(json);
	assert_int_equal(after.info.have, before.info.have);
	assert_int_equal(after.info.violations, 0);
	assert_int_equal(after.cpu[0].have, before.cpu[0].have);
	assert_int_equal(after.cpu[0].exits, 0);
	snapshot_free(&before);
	snapshot_free(&after);
}

static struct event make_event(uint64_t seq)
{
	struct event event = {
		.have = ~0ull, .type = SHADOW_BOX_EVENT_VIOLATION, .cpu = 1, .seq = seq,
		.tsc = 5, .time = 1700000000123456789, .rip = 0xffffffff81000010, .gla = 1, .gpa = 2,
		.code = 3, .error = 4, .lost = 6, .policy = SHADOW_BOX_POLICY_IDT,
		.action = SHADOW_BOX_ACTION_BLOCKED, .why = SHADOW_BOX_WHY_WRITE,
		.object = UINT64_MAX, .pid = 77, .comm = "a\\x1b", .rip_symbol = "memcpy+0x10", .object_symbol = "x+0x1 [y]",
		.gla_symbol = "a+0x1", .old_symbol = "b+0x2", .new_symbol = "c+0x3",
		.count = 10000, .last_time = 1700000000123456790, .rest = 1,
		.old = { { 0, 1, 255 }, 3 }, .new = { { 9 }, 1 },
		.observer = SHADOW_BOX_OBSERVER_SWEEP, .subject = SHADOW_BOX_SUBJECT_TASK,
		.subject_id = 4000000, .subject_name = "evil\\x1b",
		.owner = SHADOW_BOX_OWNER_PROGRAM, .owner_symbol = "d+0x0", .program_id = 12,
		.program_name = "p", .program_tag = "0123456789abcdef", .exe = "/bin/e", .uid = 1000,
		.parent_pid = 5, .parent_comm = "sh", .cgroup = "/system.slice",
	};

	return event;
}

static void events_come_back_as_they_were(void **state)
{
	struct event before = make_event(8), after;
	json_t *json = record_event(&before);

	(void)state;
	assert_true(record_read_event(json, &after));
	json_decref(json);
	assert_int_equal(after.seq, before.seq);
	assert_int_equal(after.type, before.type);
	assert_int_equal(after.time, before.time);
	assert_int_equal(after.rip, before.rip);
	assert_int_equal(after.lost, before.lost);
	assert_int_equal(after.policy, before.policy);
	assert_int_equal(after.action, before.action);
	assert_int_equal(after.why, before.why);
	assert_int_equal(after.object, before.object);
	assert_string_equal(after.comm, before.comm);
	assert_string_equal(after.rip_symbol, before.rip_symbol);
	assert_string_equal(after.object_symbol, before.object_symbol);
	assert_string_equal(after.gla_symbol, before.gla_symbol);
	assert_string_equal(after.old_symbol, before.old_symbol);
	assert_string_equal(after.new_symbol, before.new_symbol);
	assert_int_equal(after.count, before.count);
	assert_int_equal(after.last_time, before.last_time);
	assert_int_equal(after.rest, before.rest);
	assert_int_equal(after.observer, before.observer);
	assert_int_equal(after.subject, before.subject);
	assert_int_equal(after.subject_id, before.subject_id);
	assert_string_equal(after.subject_name, before.subject_name);
	assert_int_equal(after.owner, before.owner);
	assert_string_equal(after.owner_symbol, before.owner_symbol);
	assert_int_equal(after.program_id, before.program_id);
	assert_string_equal(after.program_name, before.program_name);
	assert_string_equal(after.program_tag, before.program_tag);
	assert_string_equal(after.exe, before.exe);
	assert_int_equal(after.uid, before.uid);
	assert_int_equal(after.parent_pid, before.parent_pid);
	assert_string_equal(after.parent_comm, before.parent_comm);
	assert_string_equal(after.cgroup, before.cgroup);
	assert_int_equal(after.have, before.have & (HAVE_BIT(SHADOW_BOX_EVENT_MAX + 1) - 1) &
				     ~(HAVE_BIT(0) | HAVE_BIT(SHADOW_BOX_EVENT_PAD) |
				       HAVE_BIT(SHADOW_BOX_EVENT_OLD) |
				       HAVE_BIT(SHADOW_BOX_EVENT_NEW) |
				       HAVE_BIT(SHADOW_BOX_EVENT_RECORD)));
	assert_int_equal(after.old.length, 3);
	assert_memory_equal(&after.old, &before.old, sizeof(after.old));
	assert_memory_equal(&after.new, &before.new, sizeof(after.new));
}

/* Records two snapshots, an event, it again with a count, and a loss of the module. */
static void make_recording(void)
{
	struct snapshot snapshot = make_snapshot(100);
	struct event event = make_event(3);
	struct event_list list = { &event, 1, 1 };
	struct failure failure;
	struct recorder *recorder;

	unlink(path);
	recorder = recorder_open(path, 0.5, &failure);
	assert_non_null(recorder);
	recorder_snapshot(recorder, &snapshot);
	recorder_events(recorder, &list);
	recorder_kept(recorder, &list);
	recorder_away(recorder, "it went");
	recorder_snapshot(recorder, &snapshot);
	assert_null(recorder_error(recorder));
	assert_int_equal(recorder_close(recorder, &failure), 0);
	snapshot_free(&snapshot);
}

static void expect_kind(struct recording *recording, enum record_kind kind)
{
	struct failure failure;
	struct record record;

	assert_int_equal(recording_read(recording, &record, &failure), 0);
	assert_int_equal(record.kind, kind);
	snapshot_free(&record.snapshot);
}

static void a_recording_is_read_line_by_line(void **state)
{
	struct failure failure;
	struct recording *recording;
	int i;

	(void)state;
	make_recording();
	recording = recording_open(path, &failure);
	assert_non_null(recording);
	assert_true(recording_interval(recording) == 0.5);
	for (i = 0; i < 2; i++) {
		expect_kind(recording, RECORD_SNAPSHOT);
		expect_kind(recording, RECORD_EVENT);
		expect_kind(recording, RECORD_EVENT);
		expect_kind(recording, RECORD_AWAY);
		expect_kind(recording, RECORD_SNAPSHOT);
		expect_kind(recording, RECORD_END);
		assert_false(recording_broken_off(recording));
		recording_rewind(recording);
	}
	recording_close(recording);
}

/* Once recordings had the names of addresses apart from the event. */
static void older_recordings_have_names_too(void **state)
{
	struct failure failure;
	struct recording *recording;
	struct record record;
	FILE *file = fopen(path, "w");

	(void)state;
	fprintf(file, "{\"schema\":\"" RECORDING_SCHEMA "\",\"interval\":1}\n"
		"{\"ms\":1,\"event\":{\"seq\":1,\"type\":\"violation\",\"rip\":\"0x12\",\"gla\":\"0x14\",\"object\":\"0x13\","
		"\"rip_was\":\"gone+0x2\",\"object_was\":\"a rodata+0x0\",\"names\":{\"0x12\":\"no\",\"0x13\":\"ops+0x0\",\"0x14\":\"f+0x0\"}}}\n"
		"{\"ms\":1,\"event\":{\"seq\":1,\"type\":\"violation\",\"rip\":\"0x12\",\"names\":{\"0x12\":\"\\u001b\"}}}\n");
	fclose(file);
	recording = recording_open(path, &failure);
	assert_non_null(recording);
	assert_int_equal(recording_read(recording, &record, &failure), 0);
	assert_string_equal(record.event.rip_symbol, ".text+0x2 [gone]");
	assert_string_equal(record.event.object_symbol, ".rodata+0x0 [a]");
	assert_string_equal(record.event.gla_symbol, "f+0x0");
	assert_int_equal(recording_read(recording, &record, &failure), -1);
	recording_close(recording);
}

static size_t count_lines(void)
{
	FILE *file = fopen(path, "r");
	size_t lines = 0;
	int c;

	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static bool ends_with_newline(void)
{
	FILE *file = fopen(path, "r");
	bool result;

	fseek(file, -1, SEEK_END);
	result = getc(file) == '\n';
	fclose(file);
	return result;
}

/* Wherever it breaks off, what was there before is good, and no byte is believed that is not whole. */
static void a_recording_may_break_off_anywhere(void **state)
{
	struct failure failure;
	struct recording *recording;
	struct record record;
	struct stat size;
	size_t lines, all;
	off_t length;

	(void)state;
	make_recording();
	assert_int_equal(stat(path, &size), 0);
	for (length = size.st_size; length > 0; length -= 7) {
		assert_int_equal(truncate(path, length), 0);
		recording = recording_open(path, &failure);
		if (!recording) {
			/* Not even the first line. */
			assert_true(length < 100);
			continue;
		}
		all = count_lines();
		for (lines = 1; ; lines++) {
			assert_int_equal(recording_read(recording, &record, &failure), 0);
			if (record.kind == RECORD_END)
				break;
			snapshot_free(&record.snapshot);
		}
		assert_int_equal(lines, all);
		assert_int_equal(recording_broken_off(recording), !ends_with_newline());
		recording_close(recording);
	}
}

static void expect_failure(const char *text, enum exit_code code, const char *sentence)
{
	struct view view = { 0 };
	struct failure failure;
	struct source *source;

	write_file(text);
	source = replay_open(&view, path, 1, 1e9, &failure);
	if (source) {
		/* Damaged behind a good beginning: what is good is shown, and the damage said. */
		assert_true(view.replay.damaged);
		snprintf(failure.text, sizeof(failure.text), "%s", view.message);
		failure.code = code;
		source->ops->close(source, &failure);
	}
	assert_int_equal(failure.code, code);
	if (!strstr(failure.text, sentence))
		fail_msg("'%s' is not in '%s'", sentence, failure.text);
	view_free(&view);
}

#define HEAD	"{\"schema\":\"shadow-box.recording/1\",\"interval\":1}\n"
#define SHORT	"{\"ms\":1,\"snapshot\":{\"info\":{\"state\":\"active\"},\"cpus\":[]}}\n"

static void damage_is_said(void **state)
{
	(void)state;
	expect_failure("", SBCTL_USAGE, "is no recording; 'sbctl status --record=FILE' makes one");
	expect_failure("root:x:0:0\n", SBCTL_USAGE, "is no recording");
	expect_failure("{\"schema\":\"shadow-box.recording/2\"}\n", SBCTL_UNSUPPORTED,
		       "is a shadow-box.recording/2, and this sbctl knows shadow-box.recording/1");
	expect_failure("{\"schema\":\"shadow-box.status/1\"}\n", SBCTL_USAGE, "is no recording");
	expect_failure(HEAD, SBCTL_USAGE, "is empty");
	expect_failure(HEAD "garbage\n", SBCTL_USAGE, "line 2 of");
	expect_failure(HEAD SHORT "[1]\n", SBCTL_USAGE, "line 3 of");
	expect_failure(HEAD SHORT "{\"ms\":1,\"away\":\"\\u001b[2J\"}\n", SBCTL_USAGE, "line 3 of");
	expect_failure("{\"schema\":\"shadow-box.recording/\\u001b\"}\n", SBCTL_USAGE, "is no recording");
	expect_failure(HEAD SHORT "{\"ms\":-1}\n", SBCTL_USAGE, "line 3 of");
	expect_failure(HEAD SHORT "{\"ms\":1,\"snapshot\":{}}\n", SBCTL_USAGE, "line 3 of");
	expect_failure(HEAD SHORT "{\"ms\":1,\"snapshot\":{\"info\":{\"state\":\"active\"},"
		       "\"cpus\":[{\"id\":\"0\"}]}}\n", SBCTL_USAGE, "line 3 of");
	expect_failure(HEAD SHORT "{\"ms\":1,\"event\":{\"seq\":1,\"type\":\"launch\","
		       "\"comm\":\"a\\u001b[2J\"}}\n", SBCTL_USAGE, "line 3 of");
	expect_failure(HEAD SHORT "{\"ms\":1,\"event\":{\"seq\":1,\"type\":\"launch\","
		       "\"old\":\"0\"}}\n", SBCTL_USAGE, "line 3 of");
	expect_failure(HEAD SHORT "{\"ms\":1,\"event\":{\"seq\":1,\"type\":\"dance\"}}\n",
		       SBCTL_USAGE, "line 3 of");
}

/* A newer sbctl may record what this one does not know. */
static void the_unknown_is_skipped(void **state)
{
	struct failure failure;
	struct recording *recording;

	(void)state;
	write_file(HEAD "{\"ms\":1,\"weather\":\"fine\"}\n" SHORT);
	recording = recording_open(path, &failure);
	assert_non_null(recording);
	expect_kind(recording, RECORD_SNAPSHOT);
	expect_kind(recording, RECORD_END);
	recording_close(recording);
}

static void files_are_not_overwritten(void **state)
{
	struct failure failure;

	(void)state;
	write_file("precious");
	assert_null(recorder_open(path, 1, &failure));
	assert_int_equal(failure.code, SBCTL_FAILED);
	assert_non_null(strstr(failure.text, "it exists; choose another name"));
	assert_null(recorder_open("/nonexistent/file", 1, &failure));
	assert_non_null(strstr(failure.text, "No such file or directory"));
}

static uint64_t exits_shown(const struct view *view)
{
	return view->now.n_cpu ? view->now.cpu[0].exits : 0;
}

/* A snapshot a second, with an event after each. */
static void make_long_recording(void)
{
	FILE *file = fopen(path, "w");
	int i;

	fputs(HEAD, file);
	for (i = 0; i < 10; i++)
		fprintf(file, "{\"ms\":%d,\"snapshot\":{\"info\":{\"state\":\"active\",\"uptime\":%d},\"cpus\":[{\"id\":0,\"time\":%d000000000,\"exits\":%d,\"reasons\":{\"10\":%d}}]}}\n"
			"{\"ms\":%d,\"event\":{\"seq\":%d,\"type\":\"launch\"}}\n",
			i * 1000, i + 1, i + 1, i * i, i * i, i * 1000 + 200, i);
	fclose(file);
}

static void a_replay_goes_on_and_back(void **state)
{
	struct view view = { 0 };
	struct failure failure;
	struct source *source;

	(void)state;
	make_long_recording();
	source = replay_open(&view, path, 2, -1, &failure);
	if (!source)
		fail_msg("%s", failure.text);
	assert_int_equal(view.replay.length, 9200);
	assert_int_equal(exits_shown(&view), 0);
	/* The event, half as soon as it came. */
	assert_true(source->wait == 0.1);
	source->ops->tick(source);
	assert_int_equal(view.events.n_event, 1);
	assert_true(source->wait == 0.4);
	source->ops->tick(source);
	assert_int_equal(exits_shown(&view), 1);
	source->ops->freeze(source, true);
	assert_true(source->wait < 0);
	source->ops->step(source, 1);
	source->ops->step(source, 1);
	assert_int_equal(exits_shown(&view), 9);
	source->ops->step(source, -1);
	assert_int_equal(exits_shown(&view), 4);
	assert_true(track_rate(view_track(&view, TRACK_CPU(0)), 0) == 3);
	assert_true(view.frozen && source->wait < 0);
	source->ops->freeze(source, false);
	source->ops->pace(source, -1);
	assert_true(view.replay.speed == 4);
	while (source->wait >= 0)
		source->ops->tick(source);
	assert_true(view.replay.ended);
	assert_int_equal(exits_shown(&view), 81);
	assert_int_equal(view.events.n_event, 10);
	source->ops->close(source, &failure);
	view_free(&view);
}

static void a_replay_stops_where_it_shall(void **state)
{
	struct view view = { 0 };
	struct failure failure;
	struct source *source;

	(void)state;
	make_long_recording();
	source = replay_open(&view, path, 1, 5.1, &failure);
	assert_non_null(source);
	assert_int_equal(exits_shown(&view), 25);
	assert_int_equal(view.events.n_event, 5);
	assert_true(view.frozen && !view.replay.ended);
	source->ops->close(source, &failure);
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshots_come_back_as_they_were),
		cmocka_unit_test(what_was_not_told_is_not_recorded),
		cmocka_unit_test(events_come_back_as_they_were),
		cmocka_unit_test(a_recording_is_read_line_by_line),
		cmocka_unit_test(older_recordings_have_names_too),
		cmocka_unit_test(a_recording_may_break_off_anywhere),
		cmocka_unit_test(damage_is_said),
		cmocka_unit_test(the_unknown_is_skipped),
		cmocka_unit_test(files_are_not_overwritten),
		cmocka_unit_test(a_replay_goes_on_and_back),
		cmocka_unit_test(a_replay_stops_where_it_shall),
	};
	int failed;

	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/recording", directory);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(directory);
	return failed;
}
