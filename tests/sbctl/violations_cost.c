// SPDX-License-Identifier: GPL-2.0-only
/*
 * violations_cost DOCUMENT: what listing 10,000 violations costs. DOCUMENT is what "sbctl violations --json" printed on a
 * machine where the module runs. Its records are put into netlink messages again, as often as it takes and numbered anew; from there on
 * it is the tool's own code: decode, sort, text to /dev/null. Prints the CPU time; fails from 100 ms on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "link/decode.h"
#include "render/json.h"
#include "render/text.h"

#define VIOLATIONS	10000
#define LIMIT_MS	100.0

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static const char *string(const json_t *record, const char *key)
{
	return json_string_value(json_object_get(record, key));
}

static void put_address(struct nl_msg *message, int attribute, const json_t *record,
			const char *key)
{
	const char *text = string(record, key);

	if (text)
		nla_put_u64(message, attribute, strtoull(text, NULL, 16));
}

static void put_text(struct nl_msg *message, int attribute, const json_t *record, const char *key)
{
	if (string(record, key))
		nla_put_string(message, attribute, string(record, key));
}

/* The number of a name is where the tool's own table has it. */
static void put_word(struct nl_msg *message, int attribute, const json_t *record, const char *key,
		     const char *(*name)(uint32_t number))
{
	const char *text = string(record, key);
	uint32_t number;

	for (number = 0; text && number < 64; number++)
		if (name(number) && !strcmp(name(number), text))
			nla_put_u32(message, attribute, number);
}

static void put_bytes(struct nl_msg *message, int attribute, const json_t *record, const char *key)
{
	const char *text = string(record, key);
	uint8_t byte[EVENT_BYTES];
	size_t n = 0;

	for (; text && text[2 * n] && n < EVENT_BYTES; n++)
		sscanf(text + 2 * n, "%2hhx", &byte[n]);
	if (n)
		nla_put(message, attribute, (int)n, byte);
}

static struct nlmsghdr *message_of(const json_t *record, uint64_t seq)
{
	struct nl_msg *message = nlmsg_alloc();

	genlmsg_put(message, 0, 0, 30, 0, 0, SHADOW_BOX_CMD_EVENTS, SHADOW_BOX_FAMILY_VERSION);
	nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, seq);
	put_word(message, SHADOW_BOX_EVENT_TYPE, record, "type", event_name);
	nla_put_u32(message, SHADOW_BOX_EVENT_CPU,
		    (uint32_t)json_integer_value(json_object_get(record, "cpu")));
	nla_put_u64(message, SHADOW_BOX_EVENT_TSC,
		    (uint64_t)json_integer_value(json_object_get(record, "tsc")));
	nla_put_u64(message, SHADOW_BOX_EVENT_TIME, 1763800000000000000 + seq);
	put_address(message, SHADOW_BOX_EVENT_RIP, record, "rip");
	put_address(message, SHADOW_BOX_EVENT_GLA, record, "gla");
	put_address(message, SHADOW_BOX_EVENT_GPA, record, "gpa");
	put_address(message, SHADOW_BOX_EVENT_CODE, record, "code");
	put_word(message, SHADOW_BOX_EVENT_POLICY_ID, record, "policy", policy_name);
	put_word(message, SHADOW_BOX_EVENT_ACTION, record, "action", action_name);
	put_word(message, SHADOW_BOX_EVENT_WHY, record, "why", why_name);
	put_address(message, SHADOW_BOX_EVENT_OBJECT, record, "object");
	nla_put_u32(message, SHADOW_BOX_EVENT_PID,
		    (uint32_t)json_integer_value(json_object_get(record, "pid")));
	nla_put_string(message, SHADOW_BOX_EVENT_COMM, string(record, "comm"));
	put_bytes(message, SHADOW_BOX_EVENT_OLD, record, "old");
	put_bytes(message, SHADOW_BOX_EVENT_NEW, record, "new");
	put_text(message, SHADOW_BOX_EVENT_RIP_SYMBOL, record, "rip_symbol");
	put_text(message, SHADOW_BOX_EVENT_OBJECT_SYMBOL, record, "object_symbol");
	return nlmsg_hdr(message);
}

int main(int argc, char **argv)
{
	json_t *document = argc == 2 ? json_load_file(argv[1], 0, NULL) : NULL;
	json_t *records = json_object_get(document, "violations");
	static struct nlmsghdr *message[VIOLATIONS];
	struct event_list list = { 0 };
	double start, decoded, listed;
	struct event event;
	size_t i, n = json_array_size(records);

	if (!n || !freopen("/dev/null", "w", stdout)) {
		fprintf(stderr, "usage: violations_cost DOCUMENT, with violations\n");
		return 2;
	}
	for (i = 0; i < VIOLATIONS; i++)
		message[i] = message_of(json_array_get(records, i % n), VIOLATIONS - i);
	start = now_ms();
	for (i = 0; i < VIOLATIONS; i++)
		if (!decode_event(message[i], &event) || !event_list_add(&list, &event))
			return 1;
	event_list_sort(&list);
	decoded = now_ms();
	text_violations(&list, 0);
	fflush(stdout);
	listed = now_ms();
	fprintf(stderr, "10,000 violations (%zu real records, repeated): %.1f ms of CPU time: decoded and sorted in %.1f ms, text in %.1f ms\n",
		n, listed - start, decoded - start, listed - decoded);
	return list.n_event == VIOLATIONS && listed - start < LIMIT_MS ? 0 : 1;
}
