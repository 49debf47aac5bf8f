// SPDX-License-Identifier: GPL-2.0-only
/*
 * The format of recordings (docs/recording.md): model to JSON and back, made from the same tables,
 * so that reading cannot differ from writing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "link/record.h"

#define NS_PER_SECOND	UINT64_C(1000000000)
/* More than any list of names in the interface has. */
#define MAX_NAMES	256

enum kind {
	NUMBER32,
	NUMBER64,
	ADDRESS,
	TIME,
	WORD,
	TEXT,
	FLAG,
};

/**
 * struct field - a member of a structure of the model, and of the JSON object
 * @attribute: bit in the structure's mask "have", or -1 if it is always there
 * @name: of a WORD: the name of a number
 */
struct field {
	const char *key;
	enum kind kind;
	int attribute;
	size_t offset;
	size_t size;
	const char *(*name)(uint32_t number);
};

#define FIELD(type, member, kind, attribute) \
	{ #member, kind, attribute, offsetof(struct type, member), \
	  sizeof(((struct type *)0)->member), NULL }
#define NAMED(type, member, attribute, name) \
	{ #member, WORD, attribute, offsetof(struct type, member), sizeof(uint32_t), name }
#define END	{ 0 }

_Static_assert(SHADOW_BOX_POLICIES <= MAX_NAMES, "each name is found");

static const char *plain_mode_name(uint32_t mode)
{
	return class_mode_name(SHADOW_BOX_CLASS_PROTECTION, mode);
}

static const struct field info_fields[] = {
	FIELD(info, version, TEXT, SHADOW_BOX_INFO_VERSION),
	NAMED(info, state, SHADOW_BOX_INFO_STATE, state_name),
	FIELD(info, features, NUMBER32, SHADOW_BOX_INFO_FEATURES),
	FIELD(info, cpus, NUMBER32, SHADOW_BOX_INFO_CPUS),
	FIELD(info, cpus_active, NUMBER32, SHADOW_BOX_INFO_CPUS_ACTIVE),
	FIELD(info, cpus_online, NUMBER32, -1),
	FIELD(info, host_memory, NUMBER64, SHADOW_BOX_INFO_HOST_MEMORY),
	FIELD(info, host_memory_used, NUMBER64, SHADOW_BOX_INFO_HOST_MEMORY_USED),
	FIELD(info, uptime, NUMBER64, SHADOW_BOX_INFO_UPTIME),
	FIELD(info, events, NUMBER64, SHADOW_BOX_INFO_EVENTS),
	FIELD(info, events_lost, NUMBER64, SHADOW_BOX_INFO_EVENTS_LOST),
	FIELD(info, violations, NUMBER64, SHADOW_BOX_INFO_VIOLATIONS),
	FIELD(info, launch_id, ADDRESS, SHADOW_BOX_INFO_LAUNCH_ID),
	FIELD(info, sweep_period, NUMBER32, SHADOW_BOX_INFO_SWEEP_PERIOD),
	FIELD(info, sweeps, NUMBER64, SHADOW_BOX_INFO_SWEEPS),
	FIELD(info, sweep_slices, NUMBER64, SHADOW_BOX_INFO_SWEEP_SLICES),
	FIELD(info, sweeps_aborted, NUMBER64, SHADOW_BOX_INFO_SWEEPS_ABORTED),
	FIELD(info, sweep_longest, NUMBER64, SHADOW_BOX_INFO_SWEEP_LONGEST),
	FIELD(info, sweep_age, NUMBER64, SHADOW_BOX_INFO_SWEEP_AGE),
	FIELD(info, sweep_objects, NUMBER64, SHADOW_BOX_INFO_SWEEP_OBJECTS),
	FIELD(info, sweep_wait, NUMBER64, SHADOW_BOX_INFO_SWEEP_WAIT),
	FIELD(info, test_build, FLAG, -1),
	FIELD(info, locked, FLAG, -1),
	END
};

static const struct field cpu_fields[] = {
	FIELD(cpu, id, NUMBER32, SHADOW_BOX_CPU_ID),
	NAMED(cpu, state, SHADOW_BOX_CPU_STATE, cpu_state_name),
	FIELD(cpu, time, NUMBER64, SHADOW_BOX_CPU_TIME),
	FIELD(cpu, exits, NUMBER64, SHADOW_BOX_CPU_EXITS),
	FIELD(cpu, cycles, NUMBER64, SHADOW_BOX_CPU_CYCLES),
	FIELD(cpu, nmi_guest, NUMBER64, SHADOW_BOX_CPU_NMI_GUEST),
	FIELD(cpu, nmi_host, NUMBER64, SHADOW_BOX_CPU_NMI_HOST),
	FIELD(cpu, nmi_redelivered, NUMBER64, SHADOW_BOX_CPU_NMI_REDELIVERED),
	FIELD(cpu, nmi_coalesced, NUMBER64, SHADOW_BOX_CPU_NMI_COALESCED),
	END
};

static const struct field policy_fields[] = {
	NAMED(policy, id, SHADOW_BOX_POLICY_ID, policy_name),
	NAMED(policy, mode, SHADOW_BOX_POLICY_MODE, plain_mode_name),
	FIELD(policy, violations, NUMBER64, SHADOW_BOX_POLICY_VIOLATIONS),
	FIELD(policy, blocked, NUMBER64, SHADOW_BOX_POLICY_BLOCKED),
	FIELD(policy, patches, NUMBER64, SHADOW_BOX_POLICY_PATCHES),
	FIELD(policy, looked, NUMBER64, SHADOW_BOX_POLICY_LOOKED),
	FIELD(policy, odd, NUMBER64, SHADOW_BOX_POLICY_ODD),
	END
};

static const struct field event_fields[] = {
	FIELD(event, seq, NUMBER64, SHADOW_BOX_EVENT_SEQ),
	NAMED(event, type, SHADOW_BOX_EVENT_TYPE, event_name),
	FIELD(event, cpu, NUMBER32, SHADOW_BOX_EVENT_CPU),
	FIELD(event, tsc, NUMBER64, SHADOW_BOX_EVENT_TSC),
	FIELD(event, time, TIME, SHADOW_BOX_EVENT_TIME),
	FIELD(event, rip, ADDRESS, SHADOW_BOX_EVENT_RIP),
	FIELD(event, gla, ADDRESS, SHADOW_BOX_EVENT_GLA),
	FIELD(event, gpa, ADDRESS, SHADOW_BOX_EVENT_GPA),
	FIELD(event, code, ADDRESS, SHADOW_BOX_EVENT_CODE),
	FIELD(event, error, ADDRESS, SHADOW_BOX_EVENT_ERROR),
	FIELD(event, lost, NUMBER64, SHADOW_BOX_EVENT_LOST),
	NAMED(event, policy, SHADOW_BOX_EVENT_POLICY_ID, policy_name),
	NAMED(event, action, SHADOW_BOX_EVENT_ACTION, action_name),
	NAMED(event, why, SHADOW_BOX_EVENT_WHY, why_name),
	FIELD(event, object, ADDRESS, SHADOW_BOX_EVENT_OBJECT),
	FIELD(event, pid, NUMBER32, SHADOW_BOX_EVENT_PID),
	FIELD(event, comm, TEXT, SHADOW_BOX_EVENT_COMM),
	FIELD(event, rip_symbol, TEXT, SHADOW_BOX_EVENT_RIP_SYMBOL),
	FIELD(event, object_symbol, TEXT, SHADOW_BOX_EVENT_OBJECT_SYMBOL),
	FIELD(event, gla_symbol, TEXT, SHADOW_BOX_EVENT_GLA_SYMBOL),
	FIELD(event, old_symbol, TEXT, SHADOW_BOX_EVENT_OLD_SYMBOL),
	FIELD(event, new_symbol, TEXT, SHADOW_BOX_EVENT_NEW_SYMBOL),
	FIELD(event, count, NUMBER64, SHADOW_BOX_EVENT_COUNT),
	FIELD(event, last_time, TIME, SHADOW_BOX_EVENT_LAST_TIME),
	FIELD(event, rest, NUMBER32, SHADOW_BOX_EVENT_REST),
	NAMED(event, observer, SHADOW_BOX_EVENT_OBSERVER, observer_name),
	NAMED(event, subject, SHADOW_BOX_EVENT_SUBJECT, subject_name),
	FIELD(event, subject_id, NUMBER32, SHADOW_BOX_EVENT_SUBJECT_ID),
	FIELD(event, subject_name, TEXT, SHADOW_BOX_EVENT_SUBJECT_NAME),
	NAMED(event, owner, SHADOW_BOX_EVENT_OWNER, owner_name),
	FIELD(event, owner_symbol, TEXT, SHADOW_BOX_EVENT_OWNER_SYMBOL),
	FIELD(event, program_id, NUMBER32, SHADOW_BOX_EVENT_PROGRAM_ID),
	FIELD(event, program_name, TEXT, SHADOW_BOX_EVENT_PROGRAM_NAME),
	FIELD(event, program_tag, TEXT, SHADOW_BOX_EVENT_PROGRAM_TAG),
	FIELD(event, exe, TEXT, SHADOW_BOX_EVENT_EXE),
	FIELD(event, uid, NUMBER32, SHADOW_BOX_EVENT_UID),
	FIELD(event, parent_pid, NUMBER32, SHADOW_BOX_EVENT_PARENT_PID),
	FIELD(event, parent_comm, TEXT, SHADOW_BOX_EVENT_PARENT_COMM),
	FIELD(event, cgroup, TEXT, SHADOW_BOX_EVENT_CGROUP),
	END
};

/* RFC 3339 in UTC: nanoseconds since 1970 do not fit the numbers of most JSON readers. */
static json_t *write_time(uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	char day[32];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		return json_null();
	return json_sprintf("%s.%09" PRIu64 "Z", day, ns % NS_PER_SECOND);
}

static json_t *write_word(const struct field *field, uint32_t number)
{
	const char *name = field->name(number);

	return name ? json_string(name) : json_sprintf("unknown-%" PRIu32, number);
}

static json_t *write_field(const struct field *field, const void *at)
{
	switch (field->kind) {
	case NUMBER32:
		return json_integer(*(const uint32_t *)at);
	case NUMBER64:
		return json_integer((json_int_t)*(const uint64_t *)at);
	case ADDRESS:
		return json_sprintf("0x%" PRIx64, *(const uint64_t *)at);
	case TIME:
		return write_time(*(const uint64_t *)at);
	case WORD:
		return write_word(field, *(const uint32_t *)at);
	case TEXT:
		return json_string(at);
	case FLAG:
		return json_boolean(*(const bool *)at);
	}
	return NULL;
}

/* An object of those fields that @object, whose mask "have" comes first, has. */
static json_t *write_object(const struct field *field, const void *object)
{
	uint64_t have = *(const uint64_t *)object;
	json_t *json = json_object();

	for (; field->key; field++)
		if (field->attribute < 0 || (have >> field->attribute) & 1)
			json_object_set_new(json, field->key,
					    write_field(field, (const char *)object +
							       field->offset));
	return json;
}

static bool read_time(const char *text, uint64_t *ns)
{
	const char *fraction;
	struct tm tm = { 0 };

	fraction = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!fraction || *fraction != '.')
		return false;
	*ns = (uint64_t)timegm(&tm) * NS_PER_SECOND + strtoull(fraction + 1, NULL, 10);
	return true;
}

static bool read_word(const struct field *field, const char *text, uint32_t *number)
{
	const char *name;
	uint32_t i;

	if (sscanf(text, "unknown-%" SCNu32, number) == 1)
		return true;
	for (i = 0; i < MAX_NAMES; i++) {
		name = field->name(i);
		if (name && !strcmp(name, text)) {
			*number = i;
			return true;
		}
	}
	return false;
}

static bool read_address(const char *text, uint64_t *address)
{
	char *end;

	*address = strtoull(text, &end, 16);
	return end != text && !*end;
}

/* What is printed as it is: others must not talk to the terminal. */
static bool read_text(const char *text, char *at, size_t size)
{
	const char *c;

	for (c = text; *c; c++)
		if (*c < ' ' || *c == 127)
			return false;
	snprintf(at, size, "%s", text);
	return true;
}

static bool read_number(const struct field *field, const json_t *value, void *at)
{
	json_int_t number = json_integer_value(value);

	if (field->kind == NUMBER64)
		*(uint64_t *)at = (uint64_t)number;
	else
		*(uint32_t *)at = (uint32_t)number;
	return field->kind == NUMBER64 || (number >= 0 && number <= UINT32_MAX);
}

static bool read_field(const struct field *field, const json_t *value, void *at)
{
	const char *text = json_string_value(value);

	if (field->kind == NUMBER32 || field->kind == NUMBER64)
		return json_is_integer(value) && read_number(field, value, at);
	if (field->kind == FLAG) {
		*(bool *)at = json_is_true(value);
		return json_is_boolean(value);
	}
	if (!text)
		return false;
	switch (field->kind) {
	case ADDRESS:
		return read_address(text, at);
	case TIME:
		return read_time(text, at);
	case WORD:
		return read_word(field, text, at);
	default:
		return read_text(text, at, field->size);
	}
}

static bool read_object(const struct field *field, const json_t *json, void *object)
{
	uint64_t *have = object;
	const json_t *value;

	if (!json_is_object(json))
		return false;
	for (; field->key; field++) {
		value = json_object_get(json, field->key);
		if (!value || json_is_null(value))
			continue;
		if (!read_field(field, value, (char *)object + field->offset))
			return false;
		if (field->attribute >= 0)
			*have |= HAVE_BIT(field->attribute);
	}
	return true;
}

/* {"10": 123}: counts by the number of the reason. */
static json_t *write_exits(const struct cpu *cpu)
{
	json_t *json = json_object();
	char key[16];
	size_t i;

	for (i = 0; i < cpu->n_exit; i++) {
		snprintf(key, sizeof(key), "%" PRIu32, cpu->exit[i].reason);
		json_object_set_new(json, key, json_integer((json_int_t)cpu->exit[i].count));
	}
	return json;
}

static bool read_exits(const json_t *json, struct cpu *cpu)
{
	const char *key;
	json_t *value;

	cpu->exit = calloc(json_object_size(json) + 1, sizeof(*cpu->exit));
	if (!cpu->exit)
		return false;
	json_object_foreach((json_t *)json, key, value) {
		struct exit_count *exit = &cpu->exit[cpu->n_exit++];

		if (!json_is_integer(value))
			return false;
		exit->reason = (uint32_t)strtoul(key, NULL, 10);
		exit->count = (uint64_t)json_integer_value(value);
	}
	return true;
}

json_t *record_snapshot(const struct snapshot *snapshot)
{
	json_t *json = json_object(), *cpus = json_array(), *policies = json_array(), *cpu;
	size_t i;

	for (i = 0; i < snapshot->n_cpu; i++) {
		cpu = write_object(cpu_fields, &snapshot->cpu[i]);
		json_object_set_new(cpu, "reasons", write_exits(&snapshot->cpu[i]));
		json_array_append_new(cpus, cpu);
	}
	for (i = 0; i < snapshot->policies.n_policy; i++)
		json_array_append_new(policies, write_object(policy_fields,
							     &snapshot->policies.policy[i]));
	json_object_set_new(json, "info", write_object(info_fields, &snapshot->info));
	json_object_set_new(json, "torn", json_boolean(snapshot->torn));
	json_object_set_new(json, "cpus", cpus);
	json_object_set_new(json, "policies", policies);
	return json;
}

static bool read_cpus(const json_t *list, struct snapshot *snapshot)
{
	size_t i, n = json_array_size(list);

	snapshot->cpu = calloc(n + 1, sizeof(*snapshot->cpu));
	if (!snapshot->cpu)
		return false;
	for (i = 0; i < n; i++) {
		const json_t *json = json_array_get(list, i);
		struct cpu *cpu = &snapshot->cpu[snapshot->n_cpu++];

		if (!read_object(cpu_fields, json, cpu) || !HAVE(cpu, SHADOW_BOX_CPU_ID) ||
		    !read_exits(json_object_get(json, "reasons"), cpu))
			return false;
	}
	return true;
}

static bool read_policies(const json_t *list, struct policy_list *policies)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		struct policy policy = { 0 };

		if (!read_object(policy_fields, json_array_get(list, i), &policy) ||
		    !policy_list_add(policies, &policy))
			return false;
	}
	return true;
}

bool record_read_snapshot(const json_t *json, struct snapshot *snapshot)
{
	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->torn = json_is_true(json_object_get(json, "torn"));
	if (read_object(info_fields, json_object_get(json, "info"), &snapshot->info) &&
	    HAVE(&snapshot->info, SHADOW_BOX_INFO_STATE) &&
	    read_cpus(json_object_get(json, "cpus"), snapshot) &&
	    read_policies(json_object_get(json, "policies"), &snapshot->policies)) {
		snapshot_sort(snapshot);
		return true;
	}
	snapshot_free(snapshot);
	return false;
}

/* Two hexadecimal digits a byte. */
static void write_bytes(json_t *json, const char *key, const struct bytes *bytes)
{
	char text[2 * EVENT_BYTES + 1] = "";
	size_t i;

	for (i = 0; i < bytes->length; i++)
		sprintf(text + 2 * i, "%02x", bytes->byte[i]);
	if (bytes->length)
		json_object_set_new(json, key, json_string(text));
}

static bool read_bytes(const json_t *value, struct bytes *bytes)
{
	const char *text = value ? json_string_value(value) : "";
	unsigned int byte;

	if (!text || strlen(text) > 2 * EVENT_BYTES || strlen(text) % 2)
		return false;
	for (; *text; text += 2) {
		if (sscanf(text, "%2x", &byte) != 1)
			return false;
		bytes->byte[bytes->length++] = (uint8_t)byte;
	}
	return true;
}

json_t *record_event(const struct event *event)
{
	json_t *json = write_object(event_fields, event);

	write_bytes(json, "old", &event->old);
	write_bytes(json, "new", &event->new);
	return json;
}

bool record_read_event(const json_t *json, struct event *event)
{
	memset(event, 0, sizeof(*event));
	return read_object(event_fields, json, event) && HAVE(event, SHADOW_BOX_EVENT_SEQ) &&
	       HAVE(event, SHADOW_BOX_EVENT_TYPE) &&
	       read_bytes(json_object_get(json, "old"), &event->old) &&
	       read_bytes(json_object_get(json, "new"), &event->new);
}
