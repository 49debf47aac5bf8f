// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events over netlink: those that the host keeps and that the rings still hold, and each new one to
 * those who listen.
 */
#include <linux/notifier.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"
#include "../../../uapi/shadow_box_statement.h"
#include "../../state.h"
#include "../../kernel/compat.h"
#include "../../run/address_names.h"
#include "../../run/origin.h"
#include "../events.h"
#include "message.h"
#include "operations.h"
#include "../ring.h"

static int put_event_u64(struct sk_buff *skb, int attribute, u64 value)
{
	return sb_put_u64(skb, attribute, value, SHADOW_BOX_EVENT_PAD);
}

/* What was there and what was to be there, if known. */
static bool put_bytes(struct sk_buff *skb, const struct sb_event *event)
{
	u32 length = min_t(u32, event->length, sizeof(event->old));

	return length && (nla_put(skb, SHADOW_BOX_EVENT_OLD, length, event->old) ||
			  nla_put(skb, SHADOW_BOX_EVENT_NEW, length, event->new));
}

static bool put_symbol(struct sk_buff *skb, int attribute, const char *name)
{
	return *name && nla_put_string(skb, attribute, name);
}

static bool put_symbols(struct sk_buff *skb, const struct sb_event_names *names)
{
	return put_symbol(skb, SHADOW_BOX_EVENT_RIP_SYMBOL, names->rip) ||
	       put_symbol(skb, SHADOW_BOX_EVENT_OBJECT_SYMBOL, names->object) ||
	       put_symbol(skb, SHADOW_BOX_EVENT_GLA_SYMBOL, names->gla) ||
	       put_symbol(skb, SHADOW_BOX_EVENT_OLD_SYMBOL, names->old) ||
	       put_symbol(skb, SHADOW_BOX_EVENT_NEW_SYMBOL, names->new);
}

/* Whose hook it is, if that is known. */
static bool put_owner(struct sk_buff *skb, const struct sb_owner *owner)
{
	return owner->kind &&
	       (nla_put_u32(skb, SHADOW_BOX_EVENT_OWNER, owner->kind) ||
		put_symbol(skb, SHADOW_BOX_EVENT_OWNER_SYMBOL, owner->function) ||
		(owner->program && nla_put_u32(skb, SHADOW_BOX_EVENT_PROGRAM_ID, owner->program)) ||
		put_symbol(skb, SHADOW_BOX_EVENT_PROGRAM_NAME, owner->program_name) ||
		put_symbol(skb, SHADOW_BOX_EVENT_PROGRAM_TAG, owner->program_tag));
}

/* The offender's process, if it still lived. */
static bool put_process(struct sk_buff *skb, const struct sb_process *process)
{
	return process->is_known &&
	       (nla_put_u32(skb, SHADOW_BOX_EVENT_UID, process->uid) ||
		nla_put_u32(skb, SHADOW_BOX_EVENT_PARENT_PID, process->parent) ||
		nla_put_string(skb, SHADOW_BOX_EVENT_PARENT_COMM, process->parent_comm) ||
		put_symbol(skb, SHADOW_BOX_EVENT_EXE, process->exe) ||
		put_symbol(skb, SHADOW_BOX_EVENT_CGROUP, process->cgroup));
}

static bool put_origin(struct sk_buff *skb, const struct sb_event_origin *origin)
{
	return put_owner(skb, &origin->owner) || put_process(skb, &origin->process);
}

/* Who did it: nobody whom a sweep would know. */
static bool put_offender(struct sk_buff *skb, const struct sb_event *event)
{
	char comm[sizeof(event->comm) + 1];

	strscpy(comm, event->comm, sizeof(event->comm));
	return put_event_u64(skb, SHADOW_BOX_EVENT_RIP, event->rip) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_PID, event->pid) ||
	       nla_put_string(skb, SHADOW_BOX_EVENT_COMM, comm);
}

/* What a sweep found, by number and name if it has any. */
static bool put_found(struct sk_buff *skb, const struct sb_event *event)
{
	char name[sizeof(event->subject_name) + 1] = "";

	memcpy(name, event->subject_name, sizeof(event->subject_name));
	return (event->subject_id &&
		nla_put_u32(skb, SHADOW_BOX_EVENT_SUBJECT_ID, event->subject_id)) ||
	       (*name && nla_put_string(skb, SHADOW_BOX_EVENT_SUBJECT_NAME, name));
}

static bool put_violation(struct sk_buff *skb, const struct sb_event *event)
{
	return nla_put_u32(skb, SHADOW_BOX_EVENT_POLICY_ID, event->policy) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_ACTION, event->action) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_WHY, event->why) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_OBSERVER, event->observer) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_SUBJECT, event->subject) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_OBJECT, event->object) ||
	       put_bytes(skb, event) ||
	       nla_put(skb, SHADOW_BOX_EVENT_RECORD, SHADOW_BOX_RECORD_SIZE, &event->seq) ||
	       (sb_event_has_offender(event) ? put_offender(skb, event) : put_found(skb, event));
}

/* What only events of one type have. */
static bool put_more(struct sk_buff *skb, const struct sb_event *event)
{
	switch (event->type) {
	case SHADOW_BOX_EVENT_VIOLATION:
		return put_violation(skb, event);
	case SHADOW_BOX_EVENT_POLICY:
		return put_event_u64(skb, SHADOW_BOX_EVENT_RIP, event->rip) ||
		       nla_put_u32(skb, SHADOW_BOX_EVENT_POLICY_ID, event->policy);
	case SHADOW_BOX_EVENT_RELEASE:
		return put_event_u64(skb, SHADOW_BOX_EVENT_RIP, event->rip) ||
		       put_event_u64(skb, SHADOW_BOX_EVENT_OBJECT, event->object);
	default:
		return put_event_u64(skb, SHADOW_BOX_EVENT_RIP, event->rip) ||
		       put_event_u64(skb, SHADOW_BOX_EVENT_ERROR, event->error);
	}
}

/*
 * No event is larger than this: each attribute is as large as a u64 with its padding, or one of the
 * texts and bytes that are larger.
 */
#define LARGEST_EVENT	(NLMSG_HDRLEN + GENL_HDRLEN + \
			 SHADOW_BOX_EVENT_MAX * (2 * NLA_HDRLEN + sizeof(u64)) + \
			 6 * NLA_ALIGN(SB_SYMBOL_SIZE) + 7 * NLA_ALIGN(SB_SUBJECT_NAME_SIZE + 1) + \
			 2 * NLA_ALIGN(SB_PATH_SIZE) + SHADOW_BOX_RECORD_SIZE)

static_assert(LARGEST_EVENT <= NLMSG_DEFAULT_SIZE, "events and their messages");

static bool put_event(struct sk_buff *skb, const struct sb_event *event,
		      const struct sb_event_names *names, const struct sb_event_origin *origin)
{
	return put_event_u64(skb, SHADOW_BOX_EVENT_SEQ, event->seq) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_TYPE, event->type) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_CPU, event->cpu) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_TSC, event->tsc) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_TIME, sb_tsc_time(event->tsc)) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_GLA, event->gla) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_GPA, event->gpa) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_CODE, event->code) ||
	       put_more(skb, event) || put_symbols(skb, names) || put_origin(skb, origin);
}

/* How many of its kind there were. */
static bool put_kind(struct sk_buff *skb, const struct sb_kind *kind, bool is_rest)
{
	return put_event_u64(skb, SHADOW_BOX_EVENT_COUNT, kind->count) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_LAST_TIME, sb_tsc_time(kind->last_tsc)) ||
	       (is_rest && nla_put_u32(skb, SHADOW_BOX_EVENT_REST, 1));
}

/* @kind is NULL if @event is not the first of one. */
static int fill_event(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct sb_event *event, const struct sb_kind *kind, bool is_rest)
{
	void *header = sb_netlink_put_dump(skb, cb, SHADOW_BOX_CMD_EVENTS);
	struct sb_event_names names;
	struct sb_event_origin origin;

	if (!header)
		return -EMSGSIZE;
	sb_name_event(event, &names);
	sb_hook_owner(event, &origin.owner);
	sb_process_recall(event, &origin.process);
	if (put_event(skb, event, &names, &origin) || (kind && put_kind(skb, kind, is_rest))) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/*
 * cb->args: [0] 0: what the host keeps, else 1 + the ring, of which each CPU has two, [1] number of
 * the next event in it, [2] the first sequence number wanted, [3] the type wanted, or 0.
 */
static bool is_wanted(const struct netlink_callback *cb, const struct sb_event *event)
{
	return event->seq >= (u64)cb->args[2] && (!cb->args[3] || event->type == cb->args[3]);
}

/* What the host keeps, from event *number on. Returns -EMSGSIZE when the message is full. */
static int dump_kept(struct sk_buff *skb, struct netlink_callback *cb, u64 *number)
{
	struct sb_kind kind;

	for (; *number < SHADOW_BOX_POLICIES * (SB_KINDS + 1); ++*number) {
		u32 index = *number % (SB_KINDS + 1);

		sb_kind_read(&sb_core.world.reports->kind[*number / (SB_KINDS + 1)][index], &kind);
		if (kind.count && is_wanted(cb, &kind.first) &&
		    fill_event(skb, cb, &kind.first, &kind, index == SB_KINDS))
			return -EMSGSIZE;
	}
	return 0;
}

/* The rest of one ring, likewise. */
static int dump_ring(struct sk_buff *skb, struct netlink_callback *cb, const struct sb_ring *ring,
		     u64 *number)
{
	struct sb_event event;

	while (sb_ring_read(ring, number, &event)) {
		if (is_wanted(cb, &event) && fill_event(skb, cb, &event, NULL, false))
			return -EMSGSIZE;
		++*number;
	}
	return 0;
}

/* What has happened is passed on first: what Linux says of offenders is taken then. */
int sb_events_start(struct netlink_callback *cb)
{
	struct nlattr **attributes = sb_dump_attributes(cb);

	mutex_lock(&sb_core.lock);
	if (sb_core.active)
		sb_events_pass_on();
	mutex_unlock(&sb_core.lock);
	if (attributes && attributes[SHADOW_BOX_EVENT_SEQ])
		cb->args[2] = nla_get_u64(attributes[SHADOW_BOX_EVENT_SEQ]);
	if (attributes && attributes[SHADOW_BOX_EVENT_TYPE])
		cb->args[3] = nla_get_u32(attributes[SHADOW_BOX_EVENT_TYPE]);
	return 0;
}

static int dump_part(struct sk_buff *skb, struct netlink_callback *cb, long part, u64 *number)
{
	const struct sb_vcpu *vcpu;

	if (!part)
		return dump_kept(skb, cb, number);
	vcpu = &sb_core.world.vcpu[(part - 1) / 2];
	return dump_ring(skb, cb, part % 2 ? vcpu->ring : vcpu->violations, number);
}

int sb_events_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	mutex_lock(&sb_core.lock);
	while (sb_core.active && cb->args[0] <= 2 * sb_core.world.nr_vcpus) {
		if (dump_part(skb, cb, cb->args[0], (u64 *)&cb->args[1]))
			break;
		cb->args[0]++;
		cb->args[1] = 0;
	}
	mutex_unlock(&sb_core.lock);
	return skb->len;
}

/* A message that cannot be built or sent is a gap in the sequence numbers, which listeners see. */
static void send(const struct sb_events_record *record)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &sb_family, 0, SHADOW_BOX_CMD_EVENTS);
	if (!header || put_event(skb, record->event, record->names, record->origin) ||
	    put_event_u64(skb, SHADOW_BOX_EVENT_LOST, record->lost)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&sb_family, skb, 0, 0, GFP_KERNEL);
}

static int send_record(struct notifier_block *block, unsigned long action, void *data)
{
	if (action == SB_EVENTS_RECORD)
		send(data);
	return NOTIFY_DONE;
}

static struct notifier_block subscriber = { .notifier_call = send_record };

void sb_netlink_events_init(void)
{
	sb_events_subscribe(&subscriber);
}

void sb_netlink_events_exit(void)
{
	sb_events_unsubscribe(&subscriber);
}
