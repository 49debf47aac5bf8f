// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's reading of netlink messages: those of this interface, of an older and of a newer module,
 * and of none at all.
 */
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "link/decode.h"

#include "unit.h"

static struct nl_msg *new_message(void)
{
	struct nl_msg *message = nlmsg_alloc();

	assert_non_null(message);
	assert_non_null(genlmsg_put(message, 1, 1, 0x20, 0, 0, 1, 1));
	return message;
}

static void put_exit(struct nl_msg *message, uint32_t reason, uint64_t count)
{
	struct nlattr *nest = nla_nest_start(message, SHADOW_BOX_CPU_EXIT);

	nla_put_u32(message, SHADOW_BOX_EXIT_REASON, reason);
	nla_put_u64(message, SHADOW_BOX_EXIT_COUNT, count);
	nla_put_u32(message, SHADOW_BOX_EXIT_MAX + 5, 1);
	nla_nest_end(message, nest);
}

static void a_whole_message_is_read(void **state)
{
	struct nl_msg *message = new_message();
	struct cpu cpu;

	(void)state;
	nla_put_u32(message, SHADOW_BOX_CPU_ID, 511);
	nla_put_u32(message, SHADOW_BOX_CPU_STATE, SHADOW_BOX_CPU_ACTIVE);
	put_exit(message, 10, 1ull << 40);
	nla_put_u64(message, SHADOW_BOX_CPU_EXITS, UINT64_MAX);
	put_exit(message, 9999, 1);
	assert_true(decode_cpu(nlmsg_hdr(message), &cpu));
	assert_int_equal(cpu.id, 511);
	assert_int_equal(cpu.exits, UINT64_MAX);
	assert_int_equal(cpu.n_exit, 2);
	assert_int_equal(cpu.exit[0].count, 1ull << 40);
	assert_int_equal(cpu.exit[1].reason, 9999);
	assert_true(HAVE(&cpu, SHADOW_BOX_CPU_STATE));
	assert_false(HAVE(&cpu, SHADOW_BOX_CPU_NMI_HOST));
	free(cpu.exit);
	nlmsg_free(message);
}

static void a_newer_module_is_understood(void **state)
{
	struct nl_msg *message = new_message();
	struct event event;
	struct info info;

	(void)state;
	nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, 7);
	nla_put_u32(message, SHADOW_BOX_EVENT_TYPE, 1000);
	nla_put_string(message, SHADOW_BOX_EVENT_MAX + 1, "a comm");
	assert_true(decode_event(nlmsg_hdr(message), &event));
	assert_int_equal(event.type, 1000);
	nlmsg_free(message);

	message = new_message();
	nla_put_u32(message, SHADOW_BOX_INFO_STATE, 17);
	nla_put_flag(message, SHADOW_BOX_INFO_TEST_BUILD);
	nla_put_flag(message, SHADOW_BOX_INFO_LOCKED);
	nla_put_u64(message, SHADOW_BOX_INFO_MAX + 3, 1);
	assert_true(decode_info(nlmsg_hdr(message), &info));
	assert_int_equal(info.state, 17);
	assert_true(info.test_build);
	assert_true(info.locked);
	assert_false(HAVE(&info, SHADOW_BOX_INFO_VIOLATIONS));
	assert_false(HAVE(&info, SHADOW_BOX_INFO_VERSION));
	assert_string_equal(info.version, "");
	nlmsg_free(message);
}

static void a_violation_is_read(void **state)
{
	static const unsigned char bytes[20] = { 1, 2, 3, [15] = 16, [19] = 20 };
	static const char comm[16] = "evil\x1b[31m\n\\\x9b";
	struct nl_msg *message = new_message();
	struct event event;

	(void)state;
	nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, 7);
	nla_put_u32(message, SHADOW_BOX_EVENT_TYPE, SHADOW_BOX_EVENT_VIOLATION);
	nla_put_u32(message, SHADOW_BOX_EVENT_POLICY_ID, SHADOW_BOX_POLICY_IDT);
	nla_put_u32(message, SHADOW_BOX_EVENT_ACTION, SHADOW_BOX_ACTION_BLOCKED);
	nla_put_u32(message, SHADOW_BOX_EVENT_WHY, SHADOW_BOX_WHY_WRITE);
	nla_put_u64(message, SHADOW_BOX_EVENT_OBJECT, UINT64_MAX);
	nla_put_u32(message, SHADOW_BOX_EVENT_PID, 4000000);
	nla_put(message, SHADOW_BOX_EVENT_COMM, sizeof(comm), comm);
	nla_put_string(message, SHADOW_BOX_EVENT_RIP_SYMBOL, "rootkit\x1b+0x12");
	nla_put_string(message, SHADOW_BOX_EVENT_OBJECT_SYMBOL, "");
	nla_put_u32(message, SHADOW_BOX_EVENT_OBSERVER, SHADOW_BOX_OBSERVER_EXIT);
	nla_put_u32(message, SHADOW_BOX_EVENT_SUBJECT, SHADOW_BOX_SUBJECT_DESCRIPTOR);
	nla_put(message, SHADOW_BOX_EVENT_OLD, 3, bytes);
	nla_put(message, SHADOW_BOX_EVENT_NEW, sizeof(bytes), bytes);
	assert_true(decode_event(nlmsg_hdr(message), &event));
	assert_int_equal(event.policy, SHADOW_BOX_POLICY_IDT);
	assert_int_equal(event.action, SHADOW_BOX_ACTION_BLOCKED);
	assert_int_equal(event.why, SHADOW_BOX_WHY_WRITE);
	assert_int_equal(event.object, UINT64_MAX);
	assert_int_equal(event.pid, 4000000);
	/* An attacker's name does not talk to the terminal. */
	assert_string_equal(event.comm, "evil\\x1b[31m\\x0a\\x5c\\x9b");
	assert_string_equal(event.rip_symbol, "rootkit\\x1b+0x12");
	assert_true(HAVE(&event, SHADOW_BOX_EVENT_OBJECT_SYMBOL));
	assert_string_equal(event.object_symbol, "");
	assert_true(HAVE(&event, SHADOW_BOX_EVENT_OBSERVER));
	assert_int_equal(event.observer, SHADOW_BOX_OBSERVER_EXIT);
	assert_int_equal(event.subject, SHADOW_BOX_SUBJECT_DESCRIPTOR);
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_SUBJECT_ID));
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_SUBJECT_NAME));
	assert_int_equal(event.old.length, 3);
	assert_memory_equal(event.old.byte, bytes, 3);
	assert_int_equal(event.new.length, 16);
	nlmsg_free(message);

	/* The longest name, none of it printable, without its NUL. */
	message = new_message();
	nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, 7);
	nla_put_u32(message, SHADOW_BOX_EVENT_TYPE, SHADOW_BOX_EVENT_VIOLATION);
	nla_put(message, SHADOW_BOX_EVENT_COMM, 20, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1");
	assert_true(decode_event(nlmsg_hdr(message), &event));
	assert_int_equal(strlen(event.comm), COMM_SIZE - 1);
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_PID));
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_RIP_SYMBOL));
	/* So does a module that tells of no observer: it knew of exits only. */
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_OBSERVER));
	assert_false(event_by_sweep(&event));
	assert_int_equal(event.old.length, 0);
	nlmsg_free(message);
}

/* What a sweep found: the subject has a name of its own, and there is no offender. */
static void a_finding_is_read(void **state)
{
	static const char name[24] = "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1";
	struct nl_msg *message = new_message();
	struct event event;

	(void)state;
	nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, 7);
	nla_put_u32(message, SHADOW_BOX_EVENT_TYPE, SHADOW_BOX_EVENT_VIOLATION);
	nla_put_u32(message, SHADOW_BOX_EVENT_OBSERVER, SHADOW_BOX_OBSERVER_SWEEP);
	nla_put_u32(message, SHADOW_BOX_EVENT_SUBJECT, SHADOW_BOX_SUBJECT_TASK);
	nla_put_u32(message, SHADOW_BOX_EVENT_SUBJECT_ID, 4000000);
	nla_put(message, SHADOW_BOX_EVENT_SUBJECT_NAME, sizeof(name), name);
	assert_true(decode_event(nlmsg_hdr(message), &event));
	assert_true(event_by_sweep(&event));
	assert_int_equal(event.subject, SHADOW_BOX_SUBJECT_TASK);
	assert_int_equal(event.subject_id, 4000000);
	assert_int_equal(strlen(event.subject_name), SUBJECT_NAME_SIZE - 1);
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_RIP));
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_PID));
	assert_false(HAVE(&event, SHADOW_BOX_EVENT_COMM));
	nlmsg_free(message);

	/* Numbers are no words. */
	message = new_message();
	nla_put_u64(message, SHADOW_BOX_EVENT_SEQ, 7);
	nla_put_u32(message, SHADOW_BOX_EVENT_TYPE, SHADOW_BOX_EVENT_VIOLATION);
	nla_put_u8(message, SHADOW_BOX_EVENT_OBSERVER, 1);
	assert_false(decode_event(nlmsg_hdr(message), &event));
	nlmsg_free(message);
}

static void a_policy_is_read(void **state)
{
	struct nl_msg *message = new_message();
	struct policy policy;

	(void)state;
	nla_put_u32(message, SHADOW_BOX_POLICY_ID, 77);
	assert_false(decode_policy(nlmsg_hdr(message), &policy));
	nla_put_u32(message, SHADOW_BOX_POLICY_MODE, SHADOW_BOX_MODE_LOG);
	nla_put_u64(message, SHADOW_BOX_POLICY_BLOCKED, UINT64_MAX);
	assert_true(decode_policy(nlmsg_hdr(message), &policy));
	assert_int_equal(policy.id, 77);
	assert_int_equal(policy.mode, SHADOW_BOX_MODE_LOG);
	assert_int_equal(policy.blocked, UINT64_MAX);
	assert_true(HAVE(&policy, SHADOW_BOX_POLICY_BLOCKED));
	assert_false(HAVE(&policy, SHADOW_BOX_POLICY_PATCHES));
	nlmsg_free(message);
}

static void a_long_version_is_cut(void **state)
{
	struct nl_msg *message = new_message();
	char text[300];
	struct info info;

	(void)state;
	memset(text, 'v', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	nla_put_string(message, SHADOW_BOX_INFO_VERSION, text);
	nla_put_u32(message, SHADOW_BOX_INFO_STATE, 0);
	assert_true(decode_info(nlmsg_hdr(message), &info));
	assert_int_equal(strlen(info.version), sizeof(info.version) - 1);
	nlmsg_free(message);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct nl_msg *message = new_message();
	struct event event;
	struct info info;
	struct cpu cpu;

	(void)state;
	assert_false(decode_info(nlmsg_hdr(message), &info));
	assert_false(decode_cpu(nlmsg_hdr(message), &cpu));
	assert_false(decode_event(nlmsg_hdr(message), &event));
	/* Too short for its type. */
	nla_put_u8(message, SHADOW_BOX_CPU_ID, 1);
	assert_false(decode_cpu(nlmsg_hdr(message), &cpu));
	nlmsg_free(message);

	/* An exit without its count, after one that is whole. */
	message = new_message();
	nla_put_u32(message, SHADOW_BOX_CPU_ID, 1);
	put_exit(message, 10, 1);
	nla_put(message, SHADOW_BOX_CPU_EXIT, 0, NULL);
	assert_false(decode_cpu(nlmsg_hdr(message), &cpu));
	nlmsg_free(message);
}

/* No message, whatever it holds, may be read beyond its end. */
static void garbage_does_no_harm(void **state)
{
	int round;

	(void)state;
	for (round = 0; round < 20000; round++) {
		size_t length = GENL_HDRLEN + random_below(120), i;
		struct nlmsghdr *header = malloc(NLMSG_HDRLEN + length);
		unsigned char *payload = (unsigned char *)header + NLMSG_HDRLEN;
		struct policy policy;
		struct event event;
		struct info info;
		struct cpu cpu;

		memset(header, 0, NLMSG_HDRLEN);
		header->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length);
		/* Mostly small numbers, so that lengths and types are often plausible. */
		for (i = 0; i < length; i++)
			payload[i] = (unsigned char)random_below(random_chance(75) ? 16 : 256);
		decode_info(header, &info);
		decode_event(header, &event);
		decode_policy(header, &policy);
		if (decode_cpu(header, &cpu))
			free(cpu.exit);
		free(header);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_message_is_read),
		cmocka_unit_test(a_newer_module_is_understood),
		cmocka_unit_test(a_violation_is_read),
		cmocka_unit_test(a_finding_is_read),
		cmocka_unit_test(a_policy_is_read),
		cmocka_unit_test(a_long_version_is_cut),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(garbage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
