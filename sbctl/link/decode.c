// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink messages of the family "shadow_box" to model: the only place that knows the attributes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "link/decode.h"

#define TAKE(object, attrs, attribute, field, getter)			\
do {									\
	if ((attrs)[attribute]) {					\
		(object)->field = getter((attrs)[attribute]);		\
		(object)->have |= HAVE_BIT(attribute);			\
	}								\
} while (0)

static struct nla_policy info_policy[SHADOW_BOX_INFO_MAX + 1] = {
	[SHADOW_BOX_INFO_VERSION] = { .type = NLA_STRING },
	[SHADOW_BOX_INFO_STATE] = { .type = NLA_U32 },
	[SHADOW_BOX_INFO_FEATURES] = { .type = NLA_U32 },
	[SHADOW_BOX_INFO_CPUS] = { .type = NLA_U32 },
	[SHADOW_BOX_INFO_CPUS_ACTIVE] = { .type = NLA_U32 },
	[SHADOW_BOX_INFO_HOST_MEMORY] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_HOST_MEMORY_USED] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_UPTIME] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_EVENTS] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_EVENTS_LOST] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_TEST_BUILD] = { .type = NLA_FLAG },
	[SHADOW_BOX_INFO_LOCKED] = { .type = NLA_FLAG },
	[SHADOW_BOX_INFO_VIOLATIONS] = { .type = NLA_U64 },
};

static struct nla_policy cpu_policy[SHADOW_BOX_CPU_MAX + 1] = {
	[SHADOW_BOX_CPU_ID] = { .type = NLA_U32 },
	[SHADOW_BOX_CPU_STATE] = { .type = NLA_U32 },
	[SHADOW_BOX_CPU_TIME] = { .type = NLA_U64 },
	[SHADOW_BOX_CPU_EXITS] = { .type = NLA_U64 },
	[SHADOW_BOX_CPU_CYCLES] = { .type = NLA_U64 },
	[SHADOW_BOX_CPU_NMI_GUEST] = { .type = NLA_U64 },
	[SHADOW_BOX_CPU_NMI_HOST] = { .type = NLA_U64 },
	[SHADOW_BOX_CPU_NMI_REDELIVERED] = { .type = NLA_U64 },
	[SHADOW_BOX_CPU_NMI_COALESCED] = { .type = NLA_U64 },
	[SHADOW_BOX_CPU_EXIT] = { .type = NLA_NESTED },
};

static struct nla_policy exit_policy[SHADOW_BOX_EXIT_MAX + 1] = {
	[SHADOW_BOX_EXIT_REASON] = { .type = NLA_U32 },
	[SHADOW_BOX_EXIT_COUNT] = { .type = NLA_U64 },
};

static struct nla_policy policy_policy[SHADOW_BOX_POLICY_ATTR_MAX + 1] = {
	[SHADOW_BOX_POLICY_ID] = { .type = NLA_U32 },
	[SHADOW_BOX_POLICY_MODE] = { .type = NLA_U32 },
	[SHADOW_BOX_POLICY_VIOLATIONS] = { .type = NLA_U64 },
	[SHADOW_BOX_POLICY_BLOCKED] = { .type = NLA_U64 },
	[SHADOW_BOX_POLICY_PATCHES] = { .type = NLA_U64 },
};

static struct nla_policy event_policy[SHADOW_BOX_EVENT_MAX + 1] = {
	[SHADOW_BOX_EVENT_SEQ] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_TYPE] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_CPU] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_TSC] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_TIME] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_RIP] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_GLA] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_GPA] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_CODE] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_ERROR] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_LOST] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_POLICY_ID] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_ACTION] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_WHY] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_OBJECT] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_PID] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_OBSERVER] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_SUBJECT] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_SUBJECT_ID] = { .type = NLA_U32 },
};

bool decode_info(struct nlmsghdr *message, struct info *info)
{
	struct nlattr *a[SHADOW_BOX_INFO_MAX + 1];

	memset(info, 0, sizeof(*info));
	if (genlmsg_parse(message, 0, a, SHADOW_BOX_INFO_MAX, info_policy) < 0)
		return false;
	if (a[SHADOW_BOX_INFO_VERSION]) {
		nla_strlcpy(info->version, a[SHADOW_BOX_INFO_VERSION], sizeof(info->version));
		info->have |= HAVE_BIT(SHADOW_BOX_INFO_VERSION);
	}
	TAKE(info, a, SHADOW_BOX_INFO_STATE, state, nla_get_u32);
	TAKE(info, a, SHADOW_BOX_INFO_FEATURES, features, nla_get_u32);
	TAKE(info, a, SHADOW_BOX_INFO_CPUS, cpus, nla_get_u32);
	TAKE(info, a, SHADOW_BOX_INFO_CPUS_ACTIVE, cpus_active, nla_get_u32);
	TAKE(info, a, SHADOW_BOX_INFO_HOST_MEMORY, host_memory, nla_get_u64);
	TAKE(info, a, SHADOW_BOX_INFO_HOST_MEMORY_USED, host_memory_used, nla_get_u64);
	TAKE(info, a, SHADOW_BOX_INFO_UPTIME, uptime, nla_get_u64);
	TAKE(info, a, SHADOW_BOX_INFO_EVENTS, events, nla_get_u64);
	TAKE(info, a, SHADOW_BOX_INFO_EVENTS_LOST, events_lost, nla_get_u64);
	TAKE(info, a, SHADOW_BOX_INFO_VIOLATIONS, violations, nla_get_u64);
	info->test_build = a[SHADOW_BOX_INFO_TEST_BUILD] != NULL;
	info->locked = a[SHADOW_BOX_INFO_LOCKED] != NULL;
	return HAVE(info, SHADOW_BOX_INFO_STATE);
}

static bool decode_exit(struct nlattr *nest, struct cpu *cpu)
{
	struct nlattr *a[SHADOW_BOX_EXIT_MAX + 1];
	struct exit_count *grown;

	if (nla_parse_nested(a, SHADOW_BOX_EXIT_MAX, nest, exit_policy) < 0 ||
	    !a[SHADOW_BOX_EXIT_REASON] || !a[SHADOW_BOX_EXIT_COUNT])
		return false;
	grown = realloc(cpu->exit, (cpu->n_exit + 1) * sizeof(*grown));
	if (!grown)
		return false;
	cpu->exit = grown;
	grown[cpu->n_exit].reason = nla_get_u32(a[SHADOW_BOX_EXIT_REASON]);
	grown[cpu->n_exit].count = nla_get_u64(a[SHADOW_BOX_EXIT_COUNT]);
	cpu->n_exit++;
	return true;
}

/* The nest is repeated, of which genlmsg_parse() keeps only the last. */
static bool decode_exits(struct nlmsghdr *message, struct cpu *cpu)
{
	struct genlmsghdr *header = genlmsg_hdr(message);
	struct nlattr *attribute;
	int rest;

	nla_for_each_attr(attribute, genlmsg_attrdata(header, 0), genlmsg_attrlen(header, 0), rest)
		if (nla_type(attribute) == SHADOW_BOX_CPU_EXIT && !decode_exit(attribute, cpu))
			return false;
	return true;
}

bool decode_cpu(struct nlmsghdr *message, struct cpu *cpu)
{
	struct nlattr *a[SHADOW_BOX_CPU_MAX + 1];

	memset(cpu, 0, sizeof(*cpu));
	if (genlmsg_parse(message, 0, a, SHADOW_BOX_CPU_MAX, cpu_policy) < 0)
		return false;
	TAKE(cpu, a, SHADOW_BOX_CPU_ID, id, nla_get_u32);
	TAKE(cpu, a, SHADOW_BOX_CPU_STATE, state, nla_get_u32);
	TAKE(cpu, a, SHADOW_BOX_CPU_TIME, time, nla_get_u64);
	TAKE(cpu, a, SHADOW_BOX_CPU_EXITS, exits, nla_get_u64);
	TAKE(cpu, a, SHADOW_BOX_CPU_CYCLES, cycles, nla_get_u64);
	TAKE(cpu, a, SHADOW_BOX_CPU_NMI_GUEST, nmi_guest, nla_get_u64);
	TAKE(cpu, a, SHADOW_BOX_CPU_NMI_HOST, nmi_host, nla_get_u64);
	TAKE(cpu, a, SHADOW_BOX_CPU_NMI_REDELIVERED, nmi_redelivered, nla_get_u64);
	TAKE(cpu, a, SHADOW_BOX_CPU_NMI_COALESCED, nmi_coalesced, nla_get_u64);
	if (HAVE(cpu, SHADOW_BOX_CPU_ID) && decode_exits(message, cpu))
		return true;
	free(cpu->exit);
	return false;
}

bool decode_policy(struct nlmsghdr *message, struct policy *policy)
{
	struct nlattr *a[SHADOW_BOX_POLICY_ATTR_MAX + 1];

	memset(policy, 0, sizeof(*policy));
	if (genlmsg_parse(message, 0, a, SHADOW_BOX_POLICY_ATTR_MAX, policy_policy) < 0)
		return false;
	TAKE(policy, a, SHADOW_BOX_POLICY_ID, id, nla_get_u32);
	TAKE(policy, a, SHADOW_BOX_POLICY_MODE, mode, nla_get_u32);
	TAKE(policy, a, SHADOW_BOX_POLICY_VIOLATIONS, violations, nla_get_u64);
	TAKE(policy, a, SHADOW_BOX_POLICY_BLOCKED, blocked, nla_get_u64);
	TAKE(policy, a, SHADOW_BOX_POLICY_PATCHES, patches, nla_get_u64);
	return HAVE(policy, SHADOW_BOX_POLICY_ID) && HAVE(policy, SHADOW_BOX_POLICY_MODE);
}

/* The attacker may choose the name: it must not talk to the terminal, nor break JSON. */
static void take_text(struct event *event, struct nlattr **a, int attribute, char *text,
		      size_t size)
{
	size_t length = a[attribute] ? (size_t)nla_len(a[attribute]) : 0, i, used = 0;
	const unsigned char *name;

	if (!a[attribute])
		return;
	name = nla_data(a[attribute]);
	for (i = 0; i < length && name[i] && used + 4 < size; i++)
		if (name[i] >= ' ' && name[i] < 127 && name[i] != '\\')
			text[used++] = (char)name[i];
		else
			used += (size_t)sprintf(text + used, "\\x%02x", name[i]);
	text[used] = '\0';
	event->have |= HAVE_BIT(attribute);
}

static void take_bytes(struct bytes *bytes, const struct nlattr *attribute)
{
	if (!attribute)
		return;
	bytes->length = (size_t)nla_len(attribute);
	if (bytes->length > EVENT_BYTES)
		bytes->length = EVENT_BYTES;
	memcpy(bytes->byte, nla_data(attribute), bytes->length);
}

static void take_details(struct event *event, struct nlattr **a)
{
	TAKE(event, a, SHADOW_BOX_EVENT_POLICY_ID, policy, nla_get_u32);
	TAKE(event, a, SHADOW_BOX_EVENT_ACTION, action, nla_get_u32);
	TAKE(event, a, SHADOW_BOX_EVENT_WHY, why, nla_get_u32);
	TAKE(event, a, SHADOW_BOX_EVENT_OBJECT, object, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_PID, pid, nla_get_u32);
	take_text(event, a, SHADOW_BOX_EVENT_COMM, event->comm, sizeof(event->comm));
	take_text(event, a, SHADOW_BOX_EVENT_RIP_WAS, event->rip_was, sizeof(event->rip_was));
	take_text(event, a, SHADOW_BOX_EVENT_OBJECT_WAS, event->object_was,
		  sizeof(event->object_was));
	TAKE(event, a, SHADOW_BOX_EVENT_OBSERVER, observer, nla_get_u32);
	TAKE(event, a, SHADOW_BOX_EVENT_SUBJECT, subject, nla_get_u32);
	TAKE(event, a, SHADOW_BOX_EVENT_SUBJECT_ID, subject_id, nla_get_u32);
	take_text(event, a, SHADOW_BOX_EVENT_SUBJECT_NAME, event->subject_name,
		  sizeof(event->subject_name));
	take_bytes(&event->old, a[SHADOW_BOX_EVENT_OLD]);
	take_bytes(&event->new, a[SHADOW_BOX_EVENT_NEW]);
}

bool decode_event(struct nlmsghdr *message, struct event *event)
{
	struct nlattr *a[SHADOW_BOX_EVENT_MAX + 1];

	memset(event, 0, sizeof(*event));
	if (genlmsg_parse(message, 0, a, SHADOW_BOX_EVENT_MAX, event_policy) < 0)
		return false;
	TAKE(event, a, SHADOW_BOX_EVENT_SEQ, seq, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_TYPE, type, nla_get_u32);
	TAKE(event, a, SHADOW_BOX_EVENT_CPU, cpu, nla_get_u32);
	TAKE(event, a, SHADOW_BOX_EVENT_TSC, tsc, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_TIME, time, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_RIP, rip, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_GLA, gla, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_GPA, gpa, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_CODE, code, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_ERROR, error, nla_get_u64);
	TAKE(event, a, SHADOW_BOX_EVENT_LOST, lost, nla_get_u64);
	take_details(event, a);
	return HAVE(event, SHADOW_BOX_EVENT_SEQ) && HAVE(event, SHADOW_BOX_EVENT_TYPE);
}
