// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic-netlink family "shadow_box" (uapi/shadow_box.h): what sbctl asks and is told.
 */
#include <linux/capability.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "../uapi/shadow_box.h"
#include "compat.h"
#include "core.h"
#include "events.h"
#include "netlink.h"
#include "ring.h"

static struct genl_family family;

static int put_u64(struct sk_buff *skb, int attribute, u64 value, int pad)
{
	return nla_put_u64_64bit(skb, attribute, value, pad);
}

static u32 count_active(void)
{
	u32 i, n = 0;

	for (i = 0; i < sb_core.world.nr_vcpus; i++)
		n += READ_ONCE(sb_core.world.vcpu[i].active);
	return n;
}

static int put_info_u64(struct sk_buff *skb, int attribute, u64 value)
{
	return put_u64(skb, attribute, value, SHADOW_BOX_INFO_PAD);
}

static bool put_world_info(struct sk_buff *skb)
{
	const struct sb_world *world = &sb_core.world;
	bool active = sb_core.active;

	return nla_put_u32(skb, SHADOW_BOX_INFO_FEATURES, active ? sb_core.machine.features : 0) ||
	       nla_put_u32(skb, SHADOW_BOX_INFO_CPUS, world->nr_vcpus) ||
	       nla_put_u32(skb, SHADOW_BOX_INFO_CPUS_ACTIVE, count_active()) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_HOST_MEMORY,
			    world->memory.nr_blocks * SB_BLOCK_SIZE) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_HOST_MEMORY_USED, sb_memory_used(&world->memory)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_UPTIME,
			    active ? ktime_to_ns(ktime_sub(ktime_get(), sb_core.launched_at)) : 0) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_EVENTS, sb_events_recorded(world)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_EVENTS_LOST, sb_events_lost());
}

static int fill_info(struct sk_buff *skb, struct genl_info *info)
{
	void *header = genlmsg_put_reply(skb, info, &family, 0, SHADOW_BOX_CMD_INFO);

	if (!header)
		return -EMSGSIZE;
	if (nla_put_string(skb, SHADOW_BOX_INFO_VERSION, SB_VERSION) ||
	    nla_put_u32(skb, SHADOW_BOX_INFO_STATE,
			sb_core.active ? SHADOW_BOX_STATE_ACTIVE : SHADOW_BOX_STATE_IDLE) ||
	    (IS_ENABLED(SHADOW_BOX_TEST) && nla_put_flag(skb, SHADOW_BOX_INFO_TEST_BUILD)) ||
	    put_world_info(skb))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

static int info_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int error;

	if (!skb)
		return -ENOMEM;
	mutex_lock(&sb_core.lock);
	error = fill_info(skb, info);
	mutex_unlock(&sb_core.lock);
	if (error) {
		nlmsg_free(skb);
		return error;
	}
	return genlmsg_reply(skb, info);
}

static int put_exit(struct sk_buff *skb, u32 reason, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, SHADOW_BOX_CPU_EXIT);

	if (!nest || nla_put_u32(skb, SHADOW_BOX_EXIT_REASON, reason) ||
	    put_u64(skb, SHADOW_BOX_EXIT_COUNT, count, SHADOW_BOX_EXIT_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static bool put_exits(struct sk_buff *skb, const struct sb_counters *counters)
{
	u64 sum = 0;
	u32 reason;

	for (reason = 0; reason < SB_EXIT_REASONS; reason++) {
		u64 count = READ_ONCE(counters->exits[reason]);

		sum += count;
		if (count && put_exit(skb, reason, count))
			return true;
	}
	return put_u64(skb, SHADOW_BOX_CPU_EXITS, sum, SHADOW_BOX_CPU_PAD);
}

static bool put_counters(struct sk_buff *skb, const struct sb_vcpu *vcpu)
{
	const struct sb_counters *c = vcpu->counters;
	int pad = SHADOW_BOX_CPU_PAD;

	return nla_put_u32(skb, SHADOW_BOX_CPU_ID, vcpu->cpu) ||
	       nla_put_u32(skb, SHADOW_BOX_CPU_STATE, sb_vcpu_state(vcpu)) ||
	       put_u64(skb, SHADOW_BOX_CPU_TIME, ktime_get_ns(), pad) ||
	       put_u64(skb, SHADOW_BOX_CPU_CYCLES, READ_ONCE(c->cycles), pad) ||
	       put_u64(skb, SHADOW_BOX_CPU_NMI_GUEST, sb_nmis_since_launch(vcpu), pad) ||
	       put_u64(skb, SHADOW_BOX_CPU_NMI_HOST, READ_ONCE(c->nmi_host), pad) ||
	       put_u64(skb, SHADOW_BOX_CPU_NMI_REDELIVERED, READ_ONCE(c->nmi_redelivered), pad) ||
	       put_u64(skb, SHADOW_BOX_CPU_NMI_COALESCED, READ_ONCE(c->nmi_coalesced), pad) ||
	       put_exits(skb, c);
}

static int fill_counters(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct sb_vcpu *vcpu)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				   NLM_F_MULTI, SHADOW_BOX_CMD_COUNTERS);

	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	if (put_counters(skb, vcpu)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* cb->args[0]: the slot to go on with. */
static int counters_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	mutex_lock(&sb_core.lock);
	cb->seq = atomic_read(&sb_core.generation) + 1;
	while (sb_core.active && cb->args[0] < sb_core.world.nr_vcpus) {
		if (fill_counters(skb, cb, &sb_core.world.vcpu[cb->args[0]]))
			break;
		cb->args[0]++;
	}
	mutex_unlock(&sb_core.lock);
	return skb->len;
}

static int put_event_u64(struct sk_buff *skb, int attribute, u64 value)
{
	return put_u64(skb, attribute, value, SHADOW_BOX_EVENT_PAD);
}

static bool put_event(struct sk_buff *skb, const struct sb_event *event)
{
	return put_event_u64(skb, SHADOW_BOX_EVENT_SEQ, event->seq) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_TYPE, event->type) ||
	       nla_put_u32(skb, SHADOW_BOX_EVENT_CPU, event->cpu) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_TSC, event->tsc) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_TIME, sb_event_time(event)) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_RIP, event->rip) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_GLA, event->gla) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_GPA, event->gpa) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_CODE, event->code) ||
	       put_event_u64(skb, SHADOW_BOX_EVENT_ERROR, event->error);
}

static int fill_event(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct sb_event *event)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				   NLM_F_MULTI, SHADOW_BOX_CMD_EVENTS);

	if (!header)
		return -EMSGSIZE;
	if (put_event(skb, event)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* The rest of one ring from event *number on. Returns -EMSGSIZE when the message is full. */
static int dump_ring(struct sk_buff *skb, struct netlink_callback *cb, const struct sb_ring *ring,
		     u64 *number, u64 since)
{
	struct sb_event event;

	while (sb_ring_read(ring, number, &event)) {
		if (event.seq >= since && fill_event(skb, cb, &event))
			return -EMSGSIZE;
		++*number;
	}
	return 0;
}

/* cb->args: [0] ring, [1] number of the next event in it, [2] the first sequence number wanted. */
static int events_start(struct netlink_callback *cb)
{
	struct nlattr **attributes = sb_dump_attributes(cb);

	if (attributes && attributes[SHADOW_BOX_EVENT_SEQ])
		cb->args[2] = nla_get_u64(attributes[SHADOW_BOX_EVENT_SEQ]);
	return 0;
}

static int events_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	mutex_lock(&sb_core.lock);
	while (sb_core.active && cb->args[0] < sb_core.world.nr_vcpus) {
		if (dump_ring(skb, cb, sb_core.world.vcpu[cb->args[0]].ring, (u64 *)&cb->args[1],
			      cb->args[2]))
			break;
		cb->args[0]++;
		cb->args[1] = 0;
	}
	mutex_unlock(&sb_core.lock);
	return skb->len;
}

/*
 * The sentence outlives the call: netlink copies it into the acknowledgement after doit returned.
 * Writer: start_doit(), under the family's lock.
 */
static struct sb_reason start_reason;

static int start_doit(struct sk_buff *request, struct genl_info *info)
{
	int error;

	if (!netlink_capable(request, CAP_SYS_ADMIN)) {
		GENL_SET_ERR_MSG(info, "launching needs CAP_SYS_ADMIN");
		return -EPERM;
	}
	error = sb_start(&start_reason);
	if (error)
		info->extack->_msg = start_reason.text;
	return error;
}

static const struct nla_policy event_policy[SHADOW_BOX_EVENT_SEQ + 1] = {
	[SHADOW_BOX_EVENT_SEQ] = { .type = NLA_U64 },
};

static const struct genl_ops ops[] = {
	{
		.cmd = SHADOW_BOX_CMD_INFO,
		.flags = GENL_ADMIN_PERM,
		.doit = info_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_COUNTERS,
		.flags = GENL_ADMIN_PERM,
		.dumpit = counters_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_EVENTS,
		.flags = GENL_ADMIN_PERM,
		.policy = event_policy,
		.maxattr = SHADOW_BOX_EVENT_SEQ,
		.start = events_start,
		.dumpit = events_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_START,
		.flags = GENL_ADMIN_PERM,
		.doit = start_doit,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = SHADOW_BOX_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

/* No module alias: an unprivileged user could load the module by asking for the family. */
static struct genl_family family = {
	.name = SHADOW_BOX_FAMILY_NAME,
	.version = SHADOW_BOX_FAMILY_VERSION,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = SHADOW_BOX_CMD_MAX + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * sb_netlink_notify() - tell the listeners of an event
 * @event: the event
 * @lost: events of its CPU that were overwritten just before it
 *
 * A message that cannot be built or sent is a gap in the sequence numbers, which listeners see.
 */
void sb_netlink_notify(const struct sb_event *event, u64 lost)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &family, 0, SHADOW_BOX_CMD_EVENTS);
	if (!header || put_event(skb, event) ||
	    put_event_u64(skb, SHADOW_BOX_EVENT_LOST, lost)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
}

int sb_netlink_init(void)
{
	return genl_register_family(&family);
}

void sb_netlink_exit(void)
{
	genl_unregister_family(&family);
}
