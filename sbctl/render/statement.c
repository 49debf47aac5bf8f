// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statements as JSON: the bytes, which alone count, and what they say, for people and programs.
 */
#include "model/model.h"
#include "render/statement.h"

static json_t *hex(const void *bytes, size_t size)
{
	char text[STATEMENT_HEX_SIZE];

	hex_write(bytes, size, text);
	return json_string(text);
}

static json_t *policy(const struct shadow_box_statement *s, uint32_t number)
{
	const char *name = policy_name(number), *mode = mode_name(number, s->mode[number]);
	json_t *object = json_object();

	json_object_set_new(object, "name",
			    name ? json_string(name) : json_sprintf("unknown-%u", number));
	json_object_set_new(object, "mode", mode ? json_string(mode) :
			    json_sprintf("unknown-%u", s->mode[number]));
	json_object_set_new(object, "violations", json_integer((json_int_t)s->violations[number]));
	json_object_set_new(object, "blocked", json_integer((json_int_t)s->blocked[number]));
	return object;
}

void json_set_statement(json_t *object, const struct shadow_box_statement *s)
{
	json_t *policies = json_array();
	uint32_t i;

#define SET(key, value)	json_object_set_new(object, key, json_integer((json_int_t)(value)))
	json_object_set_new(object, "statement", hex(s, sizeof(*s)));
	json_object_set_new(object, "nonce", hex(s->nonce, sizeof(s->nonce)));
	json_object_set_new(object, "launch_id", json_sprintf("0x%llx", s->launch));
	SET("number", s->number);
	SET("tsc", s->tsc);
	json_object_set_new(object, "locked",
			    json_boolean(s->flags & SHADOW_BOX_STATEMENT_LOCKED));
	SET("cpus", s->cpus);
	SET("cpus_active", s->cpus_active);
	SET("nmi_host", s->nmis);
	SET("events", s->events);
	SET("events_overwritten", s->events_overwritten);
	SET("since_event", s->since);
	SET("violations", s->records);
	SET("violations_overwritten", s->overwritten);
	json_object_set_new(object, "chain", hex(s->chain, sizeof(s->chain)));
#undef SET
	for (i = 0; i < s->policies; i++)
		json_array_append_new(policies, policy(s, i));
	json_object_set_new(object, "policies", policies);
}
