// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of the interface that sbctl has no names for, from the first beyond each table up to the
 * largest: whatever shows or keeps them has a word for them, and reads no table beyond its end.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <curses.h>

#include "dashboard/rows.h"
#include "dashboard/screen.h"
#include "link/record.h"
#include "model/event.h"
#include "model/settings.h"
#include "render/json.h"
#include "render/metrics.h"
#include "render/text.h"

#include "unit.h"

/* More than any enumeration of the interface has. */
#define MANY	100

/* The numbers of the interface and a bit beyond, and the ends of their range. */
static const uint32_t far[] = { 255, 256, 65535, 65536, INT32_MAX, 1u << 31, UINT32_MAX };

static uint32_t number_at(uint32_t i)
{
	return i < MANY ? i : far[i - MANY];
}

#define N_NUMBERS	(MANY + (uint32_t)ARRAY_SIZE(far))

/* What a function of one argument has a name for is below MANY, and such a name has room where names go. */
static void names_end(void **state)
{
	static const char *(*const name[])(uint32_t number) = {
		exit_name, state_name, cpu_state_name, feature_name, event_name, policy_name,
		policy_about, action_name, why_name, why_text, observer_name, subject_name,
		owner_name,
	};
	size_t f;
	uint32_t i, named;

	(void)state;
	for (f = 0; f < ARRAY_SIZE(name); f++) {
		for (i = named = 0; i < N_NUMBERS; i++) {
			require(!name[f](number_at(i)) || i < MANY, "function %zu names %u", f,
				number_at(i));
			named += name[f](number_at(i)) != NULL;
		}
		require(named > 1, "function %zu has names", f);
	}
	for (i = 0; i < N_NUMBERS; i++) {
		const char *policy = policy_name(number_at(i));
		char modes[CLASS_MODES_SIZE];

		require(!policy || strlen(policy) < NAME_SIZE, "'%s' is too long", policy);
		assert_null(mode_name(number_at(i), SHADOW_BOX_MODE_ENFORCE + 1));
		assert_null(mode_name(number_at(i), UINT32_MAX));
		assert_null(class_mode_name(number_at(i), UINT32_MAX));
		require(strlen(class_modes(number_at(i), modes, sizeof(modes))) + 1 < sizeof(modes),
			"'%s' is too long", modes);
		require(*modes || !class_mode_name(number_at(i), SHADOW_BOX_MODE_LOG),
			"class %u has modes that nobody says", number_at(i));
		assert_true(exit_group(number_at(i)) < N_GROUPS);
	}
}

/* Names that nobody has, among them what printf() makes of NULL. */
static void what_has_no_name_is_not_found(void **state)
{
	struct setting_list list = { .n_setting = 0 };
	char names[NAMES_SIZE];
	struct failure failure;
	uint32_t policy;

	(void)state;
	assert_int_equal(policy_number("nosuch"), -1);
	assert_int_equal(policy_number(""), -1);
	assert_int_equal(policy_number("(null)"), -1);
	for (policy = 0; policy <= SHADOW_BOX_POLICIES; policy++)
		assert_int_equal(mode_number(policy, "nosuch"), -1);
	assert_int_equal(settings_take(&list, "here", "nosuch", "off", &failure), -1);
	assert_int_equal(failure.code, SBCTL_USAGE);
	require(strstr(failure.text, "there is no policy 'nosuch'; there are kernel-text, ") &&
		strstr(failure.text, ", bpf"), "%s", failure.text);
	settings_names(names, sizeof(names), UINT32_MAX);
	require(strlen(names) + 1 < sizeof(names) && !strstr(names, "(null)"), "%s", names);
}

static struct event event_of(uint32_t type, uint32_t number)
{
	struct event event = { .have = UINT64_MAX, .type = type, .policy = number, .action = number,
			       .why = number, .observer = number, .subject = number,
			       .subject_id = number, .code = number, .time = 1700000000000000000, .gla = 1 };

	event.old = event.new = (struct bytes){ .length = EVENT_BYTES };
	return event;
}

static const uint32_t types[] = {
	SHADOW_BOX_EVENT_LAUNCH, SHADOW_BOX_EVENT_HOST_FAULT, SHADOW_BOX_EVENT_VIOLATION,
	SHADOW_BOX_EVENT_POLICY, SHADOW_BOX_EVENT_RELEASE, MANY, UINT32_MAX,
};

static void events_are_said_with_numbers(void **state)
{
	struct event event = event_of(SHADOW_BOX_EVENT_VIOLATION, MANY);
	char text[EVENT_TEXT_SIZE];
	uint32_t i;
	size_t t;

	(void)state;
	event_text(&event, text, sizeof(text));
	require(strstr(text, "violation of number 100, number 100: number 100,") != NULL, "%s", text);
	event.type = MANY;
	event_text(&event, text, sizeof(text));
	require(strstr(text, "event of type 100") != NULL, "%s", text);
	for (t = 0; t < ARRAY_SIZE(types); t++)
		for (i = 0; i < N_NUMBERS; i++) {
			event = event_of(types[t], number_at(i));
			assert_true(event_text(&event, text, sizeof(text)) < EVENT_TEXT_SIZE);
			assert_null(strstr(text, "(null)"));
		}
}

/* Member @key of @json is "unknown-100". */
static void assert_unknown(const json_t *json, const char *key)
{
	const char *word = json_string_value(json_object_get(json, key));

	require(word && !strcmp(word, "unknown-100"), "%s is '%s'", key, word ? word : "nothing");
}

static void json_has_a_word_for_each(void **state)
{
	struct event event = event_of(SHADOW_BOX_EVENT_VIOLATION, MANY);
	struct change_list changes = { .change = { { MANY, MANY, MANY, true } }, .n_change = 1 };
	json_t *json = json_event(&event), *change;
	uint32_t i;

	(void)state;
	assert_unknown(json, "policy");
	assert_unknown(json, "action");
	assert_unknown(json, "why");
	assert_unknown(json, "observer");
	assert_unknown(json, "subject");
	json_decref(json);
	event = event_of(MANY, MANY);
	json = json_event(&event);
	assert_unknown(json, "type");
	json_decref(json);
	event = event_of(SHADOW_BOX_EVENT_POLICY, MANY);
	json = json_event(&event);
	assert_unknown(json, "mode");
	json_decref(json);
	json = json_changes(&changes, true, UINT32_MAX);
	change = json_array_get(json_object_get(json, "changes"), 0);
	assert_unknown(change, "name");
	assert_unknown(change, "from");
	assert_unknown(change, "to");
	assert_int_equal(json_array_size(json_object_get(json, "refused")), SHADOW_BOX_POLICIES);
	json_decref(json);
	for (i = 0; i < N_NUMBERS; i++) {
		event = event_of(types[i % ARRAY_SIZE(types)], number_at(i));
		json_decref(json_event(&event));
	}
}

/* A CPU, a policy and an exit reason for each number; two of each that are known. */
static struct snapshot make_snapshot(uint64_t time)
{
	struct snapshot snapshot = {
		.info = { .have = UINT64_MAX, .version = "1.2.3", .state = MANY, .features = UINT32_MAX,
			  .cpus = N_NUMBERS, .cpus_active = 2 },
		.cpu = calloc(N_NUMBERS, sizeof(struct cpu)), .n_cpu = N_NUMBERS,
	};
	uint32_t i, j;

	assert_non_null(snapshot.cpu);
	for (i = 0; i < N_NUMBERS; i++) {
		struct policy policy = { .have = UINT64_MAX, .id = number_at(i), .mode = number_at(i) };
		struct cpu *cpu = &snapshot.cpu[i];

		*cpu = (struct cpu){ .have = UINT64_MAX, .id = i, .state = number_at(i), .exits = time,
				     .time = time * 1000000000, .n_exit = N_NUMBERS,
				     .exit = calloc(N_NUMBERS, sizeof(*cpu->exit)) };
		assert_non_null(cpu->exit);
		for (j = 0; j < N_NUMBERS; j++)
			cpu->exit[j] = (struct exit_count){ number_at(j), time };
		assert_true(policy_list_add(&snapshot.policies, &policy));
	}
	return snapshot;
}

/* What @print() prints, to be freed. */
static char *printed(void (*print)(const struct snapshot *snapshot),
		     const struct snapshot *snapshot)
{
	FILE *out = stdout;
	size_t length;
	char *text;

	stdout = open_memstream(&text, &length);
	assert_non_null(stdout);
	print(snapshot);
	fclose(stdout);
	stdout = out;
	assert_null(strstr(text, "(null)"));
	return text;
}

static void print_status(const struct snapshot *snapshot)
{
	text_status(snapshot, true);
}

static void print_counters(const struct snapshot *snapshot)
{
	text_counters(snapshot, -1, true);
}

static void print_policies(const struct snapshot *snapshot)
{
	text_policies(&snapshot->policies, true);
	text_policy_file(&snapshot->policies);
}

static void print_changes(const struct snapshot *snapshot)
{
	struct change_list changes = { .change = { { MANY, MANY, MANY, true } }, .n_change = 1 };

	(void)snapshot;
	text_changes(&changes);
}

static void print_metrics(const struct snapshot *snapshot)
{
	const struct health health = { .active = true };

	metrics_print(stdout, METRICS_OPENMETRICS, snapshot, &health);
}

static void print_json(const struct snapshot *snapshot)
{
	json_print(json_status(snapshot));
	json_print(json_counters(snapshot, -1));
}

static void snapshots_are_printed(void **state)
{
	static const struct {
		void (*print)(const struct snapshot *snapshot);
		const char *has;
	} printers[] = {
		{ print_status, "state 100 on 2 of 107 CPUs" },
		{ print_status, ", bit 31\n" },
		{ print_counters, "(unknown reason)" },
		{ print_policies, "\nnumber 255         number 255 " },
		{ print_policies, "# policy 255 in mode 255: unknown to this sbctl\n" },
		{ print_changes, "number 100: ? -> number 100\n" },
		{ print_metrics, ",reason=\"unknown\"} " },
		{ print_json, "\"state\":\"unknown-100\"" },
		{ print_json, "\"unknown-31\"" },
	};
	struct snapshot snapshot = make_snapshot(1);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(printers); i++) {
		char *text = printed(printers[i].print, &snapshot);

		require(strstr(text, printers[i].has) != NULL, "no '%s' in '%.2000s'",
			printers[i].has, text);
		free(text);
	}
	snapshot_free(&snapshot);
}

static void recordings_keep_numbers(void **state)
{
	struct snapshot before = make_snapshot(1), after;
	json_t *json = record_snapshot(&before);
	struct event event, back;
	uint32_t i;

	(void)state;
	assert_true(record_read_snapshot(json, &after));
	json_decref(json);
	assert_int_equal(after.info.state, MANY);
	assert_int_equal(after.n_cpu, N_NUMBERS);
	assert_int_equal(after.policies.n_policy, N_NUMBERS);
	for (i = 0; i < N_NUMBERS; i++) {
		assert_int_equal(after.cpu[i].state, number_at(i));
		assert_int_equal(after.policies.policy[i].id, number_at(i));
		assert_int_equal(after.policies.policy[i].mode, number_at(i));
		event = event_of(number_at(i), number_at(i));
		json = record_event(&event);
		assert_true(record_read_event(json, &back));
		json_decref(json);
		assert_int_equal(back.type, number_at(i));
		assert_int_equal(back.policy, number_at(i));
		assert_int_equal(back.action, number_at(i));
		assert_int_equal(back.why, number_at(i));
		assert_int_equal(back.observer, number_at(i));
		assert_int_equal(back.subject, number_at(i));
		assert_int_equal(back.observer, number_at(i));
		assert_int_equal(back.subject, number_at(i));
	}
	snapshot_free(&before);
	snapshot_free(&after);
}

static void add_events(struct view *view)
{
	struct event_list list = { 0 };
	uint32_t i;

	for (i = 0; i < N_NUMBERS * ARRAY_SIZE(types); i++) {
		struct event event = event_of(types[i % ARRAY_SIZE(types)],
					      number_at(i / ARRAY_SIZE(types)));

		event.seq = i;
		assert_true(event_list_add(&list, &event));
	}
	view_take_events(view, &list);
	event_list_free(&list);
}

/* Each row of each pane, in the list and at length, in each order, with each filter. */
static void panes_are_drawn(void **state)
{
	static const char *const filters[] = { "", "number", "unknown", "off" };
	struct view view = { .interval = 1 };
	struct snapshot snapshot;
	unsigned int pane, i;
	uint64_t time;

	(void)state;
	for (time = 1; time < 4; time++) {
		snapshot = make_snapshot(time);
		view_take_snapshot(&view, &snapshot);
	}
	add_events(&view);
	for (pane = 0; pane < N_PANES; pane++)
		for (i = 0; i < 200; i++) {
			view_turn_to(&view, (enum pane)pane);
			rows_filter(&view, filters[i % ARRAY_SIZE(filters)]);
			rows_sort(&view, 1);
			view_move(&view, (long)i * 4);
			view_show_detail(&view, i % 2);
			view.heat = (enum heat)(i % 3);
			view.totals = i % 5 < 2;
			screen_draw(&view);
		}
	view_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_end),
		cmocka_unit_test(what_has_no_name_is_not_found),
		cmocka_unit_test(events_are_said_with_numbers),
		cmocka_unit_test(json_has_a_word_for_each),
		cmocka_unit_test(snapshots_are_printed),
		cmocka_unit_test(recordings_keep_numbers),
		cmocka_unit_test(panes_are_drawn),
	};
	FILE *results = stdout;
	int failed;

	/* The screen is drawn to nowhere; the results go where they belong. */
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TERM", "xterm", 1);
	stdout = fopen("/dev/null", "w");
	if (!stdout || !screen_open(false)) {
		fprintf(stderr, "cannot open a screen\n");
		return 1;
	}
	stdout = results;
	resizeterm(30, 120);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	screen_close();
	return failed;
}
