// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON renderer: model to one JSON object with a versioned "schema". Counts are integers of up
 * to 64 bits, addresses are strings in hexadecimal, what the module did not tell is null.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "model/event.h"
#include "model/say.h"
#include "model/statement.h"
#include "render/json.h"

#define NS_PER_SECOND	UINT64_C(1000000000)

json_t *json_document(const char *name)
{
	json_t *document = json_object();

	json_object_set_new(document, "schema", json_sprintf("shadow-box.%s/1", name));
	return document;
}

static bool print(json_t *document, size_t flags)
{
	bool done = document && !json_dumpf(document, stdout, flags);

	if (done)
		putchar('\n');
	else if (!ferror(stdout))
		say("out of memory");
	json_decref(document);
	return done;
}

bool json_print(json_t *document)
{
	return print(document, JSON_COMPACT);
}

bool json_print_pretty(json_t *document)
{
	return print(document, JSON_INDENT(2));
}

static json_t *number(bool have, uint64_t value)
{
	return have ? json_integer((json_int_t)value) : json_null();
}

static json_t *address(bool have, uint64_t value)
{
	return have ? json_sprintf("0x%" PRIx64, value) : json_null();
}

/* @name, or "unknown-N" for a number that this tool does not know. */
static json_t *word(bool have, const char *name, uint32_t value)
{
	if (!have)
		return json_null();
	return name ? json_string(name) : json_sprintf("unknown-%" PRIu32, value);
}

static json_t *feature_list(uint32_t features)
{
	json_t *list = json_array();
	unsigned int bit;

	for (bit = 0; bit < 32; bit++)
		if ((features >> bit) & 1)
			json_array_append_new(list, word(true, feature_name(bit), bit));
	return list;
}

static void set_info(json_t *object, const struct info *info)
{
#define NUMBER(key, attribute, field) \
	json_object_set_new(object, key, number(HAVE(info, attribute), info->field))
	json_object_set_new(object, "version", HAVE(info, SHADOW_BOX_INFO_VERSION) ?
			    json_string(info->version) : json_null());
	json_object_set_new(object, "state", word(HAVE(info, SHADOW_BOX_INFO_STATE),
						  state_name(info->state), info->state));
	json_object_set_new(object, "features", HAVE(info, SHADOW_BOX_INFO_FEATURES) ?
			    feature_list(info->features) : json_null());
	NUMBER("cpus", SHADOW_BOX_INFO_CPUS, cpus);
	NUMBER("cpus_active", SHADOW_BOX_INFO_CPUS_ACTIVE, cpus_active);
	json_object_set_new(object, "cpus_online",
			    number(info->cpus_online, info->cpus_online));
	NUMBER("host_memory_bytes", SHADOW_BOX_INFO_HOST_MEMORY, host_memory);
	NUMBER("host_memory_used_bytes", SHADOW_BOX_INFO_HOST_MEMORY_USED, host_memory_used);
	NUMBER("uptime_ns", SHADOW_BOX_INFO_UPTIME, uptime);
	NUMBER("events", SHADOW_BOX_INFO_EVENTS, events);
	NUMBER("events_lost", SHADOW_BOX_INFO_EVENTS_LOST, events_lost);
	NUMBER("violations", SHADOW_BOX_INFO_VIOLATIONS, violations);
	json_object_set_new(object, "launch_id", address(HAVE(info, SHADOW_BOX_INFO_LAUNCH_ID),
							  info->launch_id));
	NUMBER("sweep_period_ms", SHADOW_BOX_INFO_SWEEP_PERIOD, sweep_period);
	NUMBER("sweeps", SHADOW_BOX_INFO_SWEEPS, sweeps);
	NUMBER("sweep_slices", SHADOW_BOX_INFO_SWEEP_SLICES, sweep_slices);
	NUMBER("sweeps_aborted", SHADOW_BOX_INFO_SWEEPS_ABORTED, sweeps_aborted);
	NUMBER("sweep_longest_ticks", SHADOW_BOX_INFO_SWEEP_LONGEST, sweep_longest);
	NUMBER("sweep_age_ns", SHADOW_BOX_INFO_SWEEP_AGE, sweep_age);
	NUMBER("sweep_objects", SHADOW_BOX_INFO_SWEEP_OBJECTS, sweep_objects);
	NUMBER("sweep_wait_ns", SHADOW_BOX_INFO_SWEEP_WAIT, sweep_wait);
	json_object_set_new(object, "sweeps_late", HAVE(info, SHADOW_BOX_INFO_SWEEPS) ?
			    json_boolean(info_sweeps_late(info)) : json_null());
	json_object_set_new(object, "locked", HAVE(info, SHADOW_BOX_INFO_VIOLATIONS) ?
			    json_boolean(info->locked) : json_null());
	json_object_set_new(object, "witness", HAVE(info, SHADOW_BOX_INFO_VIOLATIONS) ?
			    json_boolean(info->witness) : json_null());
	json_object_set_new(object, "test_build", json_boolean(info->test_build));
#undef NUMBER
}

static json_t *sums(const struct cpu *cpu)
{
	json_t *object = json_object(), *nmi = json_object();

#define NUMBER(where, key, attribute, field) \
	json_object_set_new(where, key, number(HAVE(cpu, attribute), cpu->field))
	NUMBER(object, "exits", SHADOW_BOX_CPU_EXITS, exits);
	NUMBER(object, "host_cycles", SHADOW_BOX_CPU_CYCLES, cycles);
	NUMBER(nmi, "guest", SHADOW_BOX_CPU_NMI_GUEST, nmi_guest);
	NUMBER(nmi, "host", SHADOW_BOX_CPU_NMI_HOST, nmi_host);
	NUMBER(nmi, "redelivered", SHADOW_BOX_CPU_NMI_REDELIVERED, nmi_redelivered);
	NUMBER(nmi, "coalesced", SHADOW_BOX_CPU_NMI_COALESCED, nmi_coalesced);
	json_object_set_new(object, "nmi", nmi);
#undef NUMBER
	return object;
}

static void set_groups(json_t *object, const uint64_t *group)
{
	json_t *groups = json_object();
	size_t g;

	for (g = 0; g < N_GROUPS; g++)
		json_object_set_new(groups, group_key[g], number(true, group[g]));
	json_object_set_new(object, "exits_by_group", groups);
}

static json_t *cpu_object(const struct cpu *cpu)
{
	json_t *object = json_object();

	json_object_set_new(object, "id", number(true, cpu->id));
	json_object_set_new(object, "state", word(HAVE(cpu, SHADOW_BOX_CPU_STATE),
						  cpu_state_name(cpu->state), cpu->state));
	json_object_set_new(object, "time_ns", number(HAVE(cpu, SHADOW_BOX_CPU_TIME), cpu->time));
	json_object_update_new(object, sums(cpu));
	return object;
}

static json_t *policy_object(const struct policy *policy)
{
	json_t *object = json_object();

#define NUMBER(key, attribute, field) \
	json_object_set_new(object, key, number(HAVE(policy, attribute), policy->field))
	json_object_set_new(object, "name", word(true, policy_name(policy->id), policy->id));
	json_object_set_new(object, "mode", word(HAVE(policy, SHADOW_BOX_POLICY_MODE),
						 mode_name(policy->id, policy->mode),
						 policy->mode));
	NUMBER("violations", SHADOW_BOX_POLICY_VIOLATIONS, violations);
	NUMBER("blocked", SHADOW_BOX_POLICY_BLOCKED, blocked);
	NUMBER("patches", SHADOW_BOX_POLICY_PATCHES, patches);
	NUMBER("looked_at", SHADOW_BOX_POLICY_LOOKED, looked);
	NUMBER("suspects", SHADOW_BOX_POLICY_ODD, odd);
#undef NUMBER
	return object;
}

static json_t *policy_array(const struct policy_list *list)
{
	json_t *policies = json_array();
	size_t i;

	for (i = 0; i < list->n_policy; i++)
		json_array_append_new(policies, policy_object(&list->policy[i]));
	return policies;
}

json_t *json_policies(const struct policy_list *list)
{
	json_t *document = json_document("policy");

	json_object_set_new(document, "policies", policy_array(list));
	return document;
}

json_t *json_sweep(uint64_t number_of_sweep, const struct policy_list *list)
{
	json_t *document = json_document("sweep"), *policies = json_array(), *object;
	size_t i;

	json_object_set_new(document, "sweep", number(true, number_of_sweep));
	for (i = 0; i < list->n_policy; i++) {
		const struct policy *policy = &list->policy[i];

		if (!HAVE(policy, SHADOW_BOX_POLICY_LOOKED))
			continue;
		object = json_object();
		json_object_set_new(object, "name", word(true, policy_name(policy->id), policy->id));
		json_object_set_new(object, "looked_at", number(true, policy->looked));
		json_object_set_new(object, "suspects", number(true, policy->odd));
		json_array_append_new(policies, object);
	}
	json_object_set_new(document, "policies", policies);
	return document;
}

static json_t *change_array(const struct change_list *changes)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < changes->n_change; i++) {
		const struct change *change = &changes->change[i];
		json_t *object = json_object();

		json_object_set_new(object, "name", word(true, policy_name(change->policy),
							 change->policy));
		json_object_set_new(object, "from", word(change->known,
							 mode_name(change->policy, change->from),
							 change->from));
		json_object_set_new(object, "to",
				    word(true, mode_name(change->policy, change->to), change->to));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *name_array(uint32_t policies)
{
	json_t *list = json_array();
	uint32_t policy;

	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if ((policies >> policy) & 1)
			json_array_append_new(list, word(true, policy_name(policy), policy));
	return list;
}

json_t *json_changes(const struct change_list *changes, bool applied, uint32_t refused)
{
	json_t *document = json_document("policy-change");

	json_object_set_new(document, "applied", json_boolean(applied));
	json_object_set_new(document, "changes", change_array(changes));
	json_object_set_new(document, "refused", name_array(refused));
	return document;
}

json_t *json_trial(const struct outcome *outcome)
{
	static const char *const result[] = {
		[TRIAL_KEPT] = "kept", [TRIAL_REVERTED] = "reverted", [TRIAL_FAILED] = "failed",
	};
	json_t *document = json_document("policy-trial");

	_Static_assert(sizeof(result) / sizeof(result[0]) == TRIAL_FAILED + 1,
		       "each result has a word");
	json_object_set_new(document, "result", json_string(result[outcome->result]));
	json_object_set_new(document, "reverted", change_array(&outcome->reversal.undone));
	json_object_set_new(document, "changed_by_others", name_array(outcome->reversal.left));
	json_object_set_new(document, "locked", name_array(outcome->reversal.stuck));
	return document;
}

json_t *json_status(const struct snapshot *snapshot)
{
	json_t *document = json_document("status"), *cpus = json_array(), *object;
	uint64_t group[N_GROUPS];
	struct cpu total;
	size_t i;

	set_info(document, &snapshot->info);
	json_object_set_new(document, "torn", json_boolean(snapshot->torn));
	json_object_set_new(document, "policies", policy_array(&snapshot->policies));
	for (i = 0; i < snapshot->n_cpu; i++) {
		object = cpu_object(&snapshot->cpu[i]);
		cpu_groups(&snapshot->cpu[i], group);
		set_groups(object, group);
		json_array_append_new(cpus, object);
	}
	json_object_set_new(document, "cpu", cpus);
	snapshot_total(snapshot, &total, group);
	object = sums(&total);
	set_groups(object, group);
	json_object_set_new(document, "total", object);
	return document;
}

static json_t *exit_list(const struct cpu *cpu)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < cpu->n_exit; i++) {
		const char *name = exit_name(cpu->exit[i].reason);
		json_t *object = json_object();

		json_object_set_new(object, "reason", number(true, cpu->exit[i].reason));
		json_object_set_new(object, "name", name ? json_string(name) : json_null());
		json_object_set_new(object, "count", number(true, cpu->exit[i].count));
		json_array_append_new(list, object);
	}
	return list;
}

json_t *json_counters(const struct snapshot *snapshot, long only)
{
	json_t *document = json_document("counters"), *cpus = json_array(), *object;
	size_t i;

	json_object_set_new(document, "torn", json_boolean(snapshot->torn));
	for (i = 0; i < snapshot->n_cpu; i++) {
		if (only >= 0 && snapshot->cpu[i].id != (uint32_t)only)
			continue;
		object = cpu_object(&snapshot->cpu[i]);
		json_object_set_new(object, "exits_by_reason", exit_list(&snapshot->cpu[i]));
		json_array_append_new(cpus, object);
	}
	json_object_set_new(document, "cpu", cpus);
	return document;
}

/* RFC 3339 in UTC: nanoseconds since 1970 do not fit the numbers of most JSON readers. */
static json_t *utc(bool have, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	char day[32];
	struct tm tm;

	if (!have || !gmtime_r(&seconds, &tm) ||
	    !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		return json_null();
	return json_sprintf("%s.%09" PRIu64 "Z", day, ns % NS_PER_SECOND);
}

static json_t *symbol(const char *name)
{
	return *name ? json_string(name) : json_null();
}

/* Two hexadecimal digits a byte. */
static json_t *hex(const struct bytes *bytes)
{
	char text[2 * EVENT_BYTES + 1] = "";
	size_t i;

	for (i = 0; i < bytes->length; i++)
		sprintf(text + 2 * i, "%02x", bytes->byte[i]);
	return bytes->length ? json_string(text) : json_null();
}

/* For 'sbctl verify'. */
static json_t *record(const struct event *event)
{
	char text[HEX_SIZE(SHADOW_BOX_RECORD_SIZE)];

	if (!HAVE(event, SHADOW_BOX_EVENT_RECORD))
		return json_null();
	hex_write(event->record, SHADOW_BOX_RECORD_SIZE, text);
	return json_string(text);
}

static json_t *text(bool have, const char *value)
{
	return have ? json_string(value) : json_null();
}

/* Whose hook it is; null if it is none, or not known. */
static json_t *owner(const struct event *event)
{
	char module[SYMBOL_SIZE];
	json_t *object;

	if (!HAVE(event, SHADOW_BOX_EVENT_OWNER))
		return json_null();
	object = json_object();
	json_object_set_new(object, "kind", word(true, owner_name(event->owner), event->owner));
	json_object_set_new(object, "module", symbol(symbol_module(event->owner_symbol, module,
								   sizeof(module))));
	json_object_set_new(object, "function", symbol(event->owner_symbol));
	json_object_set_new(object, "program", number(HAVE(event, SHADOW_BOX_EVENT_PROGRAM_ID),
						      event->program_id));
	json_object_set_new(object, "program_name", text(HAVE(event, SHADOW_BOX_EVENT_PROGRAM_NAME),
							 event->program_name));
	json_object_set_new(object, "program_tag", text(HAVE(event, SHADOW_BOX_EVENT_PROGRAM_TAG),
							event->program_tag));
	return object;
}

/* The offender's; null if it had ended. */
static json_t *process(const struct event *event)
{
	json_t *object;

	if (!HAVE(event, SHADOW_BOX_EVENT_UID))
		return json_null();
	object = json_object();
	json_object_set_new(object, "exe", text(HAVE(event, SHADOW_BOX_EVENT_EXE), event->exe));
	json_object_set_new(object, "uid", number(true, event->uid));
	json_object_set_new(object, "parent", number(HAVE(event, SHADOW_BOX_EVENT_PARENT_PID),
						     event->parent_pid));
	json_object_set_new(object, "parent_comm", text(HAVE(event, SHADOW_BOX_EVENT_PARENT_COMM),
							event->parent_comm));
	json_object_set_new(object, "cgroup", text(HAVE(event, SHADOW_BOX_EVENT_CGROUP),
						   event->cgroup));
	return object;
}

static void set_violation(json_t *object, const struct event *event)
{
	const char *reason = why_text(event->why), *name = register_name(event);

	json_object_set_new(object, "action", word(HAVE(event, SHADOW_BOX_EVENT_ACTION),
						   action_name(event->action), event->action));
	json_object_set_new(object, "why", word(HAVE(event, SHADOW_BOX_EVENT_WHY),
						why_name(event->why), event->why));
	json_object_set_new(object, "why_text", reason ? json_string(reason) : json_null());
	json_object_set_new(object, "register", name ? json_string(name) : json_null());
	json_object_set_new(object, "object_symbol", symbol(event->object_symbol));
	json_object_set_new(object, "rip_symbol", symbol(event->rip_symbol));
	json_object_set_new(object, "gla_symbol", symbol(event->gla_symbol));
	json_object_set_new(object, "observer", word(HAVE(event, SHADOW_BOX_EVENT_OBSERVER),
						     observer_name(event->observer),
						     event->observer));
	json_object_set_new(object, "subject", word(HAVE(event, SHADOW_BOX_EVENT_SUBJECT),
						    subject_name(event->subject), event->subject));
	json_object_set_new(object, "subject_id", number(HAVE(event, SHADOW_BOX_EVENT_SUBJECT_ID),
							 event->subject_id));
	json_object_set_new(object, "subject_name", HAVE(event, SHADOW_BOX_EVENT_SUBJECT_NAME) ?
			    json_string(event->subject_name) : json_null());
	json_object_set_new(object, "old", hex(&event->old));
	json_object_set_new(object, "old_symbol", symbol(event->old_symbol));
	json_object_set_new(object, "new", hex(&event->new));
	json_object_set_new(object, "new_symbol", symbol(event->new_symbol));
	json_object_set_new(object, "owner", owner(event));
	json_object_set_new(object, "process", process(event));
	json_object_set_new(object, "record", record(event));
	json_object_set_new(object, "count", number(HAVE(event, SHADOW_BOX_EVENT_COUNT), event->count));
	json_object_set_new(object, "last_time", utc(HAVE(event, SHADOW_BOX_EVENT_LAST_TIME),
						     event->last_time));
	json_object_set_new(object, "further_kinds", json_boolean(event->rest));
}

static void set_details(json_t *object, const struct event *event)
{
	uint32_t mode = (uint32_t)event->code;

	json_object_set_new(object, "policy", word(HAVE(event, SHADOW_BOX_EVENT_POLICY_ID),
						   policy_name(event->policy), event->policy));
	json_object_set_new(object, "object", address(HAVE(event, SHADOW_BOX_EVENT_OBJECT),
						      event->object));
	json_object_set_new(object, "pid", number(HAVE(event, SHADOW_BOX_EVENT_PID), event->pid));
	json_object_set_new(object, "comm", HAVE(event, SHADOW_BOX_EVENT_COMM) ?
			    json_string(event->comm) : json_null());
	if (event->type == SHADOW_BOX_EVENT_POLICY)
		json_object_set_new(object, "mode", word(HAVE(event, SHADOW_BOX_EVENT_CODE),
							 mode_name(event->policy, mode), mode));
}

json_t *json_event(const struct event *event)
{
	json_t *object = json_document("event");
	char text[EVENT_TEXT_SIZE];

#define SET(key, make, attribute, field) \
	json_object_set_new(object, key, make(HAVE(event, attribute), event->field))
	SET("seq", number, SHADOW_BOX_EVENT_SEQ, seq);
	SET("time", utc, SHADOW_BOX_EVENT_TIME, time);
	SET("cpu", number, SHADOW_BOX_EVENT_CPU, cpu);
	json_object_set_new(object, "type", word(true, event_name(event->type), event->type));
	event_text(event, text, sizeof(text));
	json_object_set_new(object, "text", json_string(text));
	SET("tsc", number, SHADOW_BOX_EVENT_TSC, tsc);
	SET("rip", address, SHADOW_BOX_EVENT_RIP, rip);
	SET("gla", address, SHADOW_BOX_EVENT_GLA, gla);
	SET("gpa", address, SHADOW_BOX_EVENT_GPA, gpa);
	SET("code", address, SHADOW_BOX_EVENT_CODE, code);
	SET("error", address, SHADOW_BOX_EVENT_ERROR, error);
	if (HAVE(event, SHADOW_BOX_EVENT_LOST))
		json_object_set_new(object, "lost_before", number(true, event->lost));
#undef SET
	if (event->type == SHADOW_BOX_EVENT_VIOLATION ||
	    event->type == SHADOW_BOX_EVENT_POLICY || event->type == SHADOW_BOX_EVENT_RELEASE)
		set_details(object, event);
	if (event->type == SHADOW_BOX_EVENT_VIOLATION)
		set_violation(object, event);
	return object;
}

/* What lists of violations begin with. */
static void set_list(json_t *document, const struct info *info, uint64_t lost)
{
	json_object_set_new(document, "total", number(HAVE(info, SHADOW_BOX_INFO_VIOLATIONS),
						      info->violations));
	json_object_set_new(document, "lost", number(true, lost));
	json_object_set_new(document, "next_seq", number(HAVE(info, SHADOW_BOX_INFO_EVENTS),
							 info->events));
}

json_t *json_violations(const struct event_list *list, const struct info *info, uint64_t lost)
{
	json_t *document = json_document("violations"), *array = json_array();
	size_t i;

	set_list(document, info, lost);
	for (i = 0; i < list->n_event; i++)
		json_array_append_new(array, json_event(&list->event[i]));
	json_object_set_new(document, "violations", array);
	return document;
}

json_t *json_groups(const struct group_list *groups, const struct info *info, uint64_t lost)
{
	json_t *document = json_document("violation-groups"), *array = json_array();
	size_t i;

	set_list(document, info, lost);
	for (i = 0; i < groups->n_group; i++) {
		const struct group *group = &groups->group[i];
		json_t *object = json_object();

		json_object_set_new(object, "count", number(true, group->count));
		json_object_set_new(object, "first", json_event(group->first));
		json_object_set_new(object, "last", json_event(group->last));
		json_array_append_new(array, object);
	}
	json_object_set_new(document, "groups", array);
	return document;
}

static json_t *lost(bool have_numbers, uint64_t first, uint64_t last, uint64_t count)
{
	json_t *object = json_document("lost");

	json_object_set_new(object, "first_seq", number(have_numbers, first));
	json_object_set_new(object, "last_seq", number(have_numbers, last));
	json_object_set_new(object, "count", number(true, count));
	return object;
}

json_t *json_lost_violations(uint64_t count)
{
	return lost(false, 0, 0, count);
}

static int print_event(const struct event *event)
{
	json_print(json_event(event));
	return 0;
}

static int print_lost(uint64_t first, uint64_t last)
{
	json_print(lost(true, first, last, last - first + 1));
	return 0;
}

const struct sink json_sink = { print_event, print_lost };
