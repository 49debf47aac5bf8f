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

/* The attacker may choose the name: it must not talk to the terminal, nor break JSON. */
static void take_text(const struct nlattr *attribute, char *text, size_t size)
{
	size_t length = (size_t)nla_len(attribute), i, used = 0;
	const unsigned char *name = nla_data(attribute);

	for (i = 0; i < length && name[i]; i++) {
		bool is_plain = name[i] >= ' ' && name[i] < 127 && name[i] != '\\';

		if (used + (is_plain ? 1 : 4) >= size)
			break;
		used += (size_t)sprintf(text + used, is_plain ? "%c" : "\\x%02x", name[i]);
	}
	text[used] = '\0';
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

#define TAKE_NUMBER(object, attrs, attribute, field, getter)		\
do {									\
	if ((attrs)[attribute]) {					\
		(object)->field = getter((attrs)[attribute]);		\
		(object)->have |= HAVE_BIT(attribute);			\
	}								\
} while (0)

#define TAKE_FLAG(object, attrs, attribute, field)			\
	((object)->field = (attrs)[attribute] != NULL)

#define TAKE_TEXT(object, attrs, attribute, field)			\
do {									\
	if ((attrs)[attribute]) {					\
		take_text((attrs)[attribute], (object)->field, sizeof((object)->field)); \
		(object)->have |= HAVE_BIT(attribute);			\
	}								\
} while (0)

#define TAKE_BYTES(object, attrs, attribute, field)			\
	take_bytes(&(object)->field, (attrs)[attribute])

/* One of another length is none. */
#define TAKE_RECORD(object, attrs, attribute, field)			\
do {									\
	if ((attrs)[attribute] && nla_len((attrs)[attribute]) == sizeof((object)->field)) { \
		memcpy((object)->field, nla_data((attrs)[attribute]), sizeof((object)->field)); \
		(object)->have |= HAVE_BIT(attribute);			\
	}								\
} while (0)

#include "link/decode_tables.h"

bool decode_info(struct nlmsghdr *message, struct info *info)
{
	struct nlattr *a[SHADOW_BOX_INFO_MAX + 1];

	memset(info, 0, sizeof(*info));
	if (genlmsg_parse(message, 0, a, SHADOW_BOX_INFO_MAX, info_policy) < 0)
		return false;
	take_info(info, a);
	return HAVE(info, SHADOW_BOX_INFO_STATE);
}

static bool decode_exit(struct nlattr *nest, struct cpu *cpu)
{
	struct nlattr *a[SHADOW_BOX_EXIT_MAX + 1];
	struct exit_count *grown;

	if (nla_parse_nested(a, SHADOW_BOX_EXIT_MAX, nest, exit_count_policy) < 0 ||
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
	take_cpu(cpu, a);
	if (HAVE(cpu, SHADOW_BOX_CPU_ID) && decode_exits(message, cpu))
		return true;
	free(cpu->exit);
	return false;
}

bool decode_policy(struct nlmsghdr *message, struct policy *policy)
{
	struct nlattr *a[SHADOW_BOX_POLICY_ATTR_MAX + 1];

	memset(policy, 0, sizeof(*policy));
	if (genlmsg_parse(message, 0, a, SHADOW_BOX_POLICY_ATTR_MAX, policy_attr_policy) < 0)
		return false;
	take_policy(policy, a);
	return HAVE(policy, SHADOW_BOX_POLICY_ID) && HAVE(policy, SHADOW_BOX_POLICY_MODE);
}

bool decode_event(struct nlmsghdr *message, struct event *event)
{
	struct nlattr *a[SHADOW_BOX_EVENT_MAX + 1];

	memset(event, 0, sizeof(*event));
	if (genlmsg_parse(message, 0, a, SHADOW_BOX_EVENT_MAX, event_policy) < 0)
		return false;
	take_event(event, a);
	return HAVE(event, SHADOW_BOX_EVENT_SEQ) && HAVE(event, SHADOW_BOX_EVENT_TYPE);
}
