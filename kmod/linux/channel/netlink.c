// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic-netlink family "shadow_box" (uapi/shadow_box.h): what sbctl asks and is told.
 */
#include <linux/capability.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "../../uapi/shadow_box.h"
#include "../core.h"
#include "events.h"
#include "netlink.h"
#include "netlink_parts.h"

/*
 * A sentence outlives the call: netlink copies it into the acknowledgement after doit returned,
 * when another request may be under way already. So there are some, in turns. Writer: the doit
 * that runs, under the family's lock.
 */
static struct sb_reason reasons[16];
static unsigned int next_reason;

/* For the sentence of this request, empty so far. */
struct sb_reason *sb_netlink_reason(void)
{
	struct sb_reason *reason = &reasons[next_reason++ % ARRAY_SIZE(reasons)];

	reason->text[0] = '\0';
	return reason;
}

/* The end of a doit. Without a sentence of ours it is netlink's. */
int sb_netlink_answer(struct genl_info *info, int error, const struct sb_reason *reason)
{
	if (error && reason->text[0])
		info->extack->_msg = reason->text;
	return error;
}

int sb_netlink_need_admin(struct sk_buff *request, const char *what, struct sb_reason *reason)
{
	return netlink_capable(request, CAP_SYS_ADMIN) ?
	       0 : sb_refuse(reason, -EPERM, "%s needs CAP_SYS_ADMIN", what);
}

/* Start of a message of a dump. */
void *sb_netlink_put_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 command)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &sb_family,
			   NLM_F_MULTI, command);
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
	return sb_put_u64(skb, attribute, value, SHADOW_BOX_INFO_PAD);
}

static u64 count_violations(void)
{
	const struct sb_world *world = &sb_core.world;
	u64 sum = 0;
	u32 i, policy;

	for (i = 0; i < world->nr_vcpus; i++)
		for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
			sum += READ_ONCE(world->vcpu[i].counters->violations[policy]);
	return sum;
}

static bool is_locked(void)
{
	return sb_core.active && READ_ONCE(sb_core.world.status->locked);
}

static u64 host_memory_used(void)
{
	const struct sb_world *world = &sb_core.world;
	u64 pool = sb_core.active ? READ_ONCE(world->status->pool_pages) -
				    READ_ONCE(world->status->pool_free) : 0;

	return sb_memory_used(&world->memory) + pool * PAGE_SIZE;
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
	       put_info_u64(skb, SHADOW_BOX_INFO_HOST_MEMORY_USED, host_memory_used()) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_VIOLATIONS, count_violations()) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_UPTIME,
			    active ? ktime_to_ns(ktime_sub(ktime_get(), sb_core.launched_at)) : 0) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_EVENTS, sb_events_recorded(world)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_EVENTS_LOST, sb_events_lost());
}

static int fill_info(struct sk_buff *skb, struct genl_info *info)
{
	void *header = genlmsg_put_reply(skb, info, &sb_family, 0, SHADOW_BOX_CMD_INFO);

	if (!header)
		return -EMSGSIZE;
	if (nla_put_string(skb, SHADOW_BOX_INFO_VERSION, SB_VERSION) ||
	    nla_put_u32(skb, SHADOW_BOX_INFO_STATE,
			sb_core.active ? SHADOW_BOX_STATE_ACTIVE : SHADOW_BOX_STATE_IDLE) ||
	    (IS_ENABLED(SHADOW_BOX_TEST) && nla_put_flag(skb, SHADOW_BOX_INFO_TEST_BUILD)) ||
	    (is_locked() && nla_put_flag(skb, SHADOW_BOX_INFO_LOCKED)) ||
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
	    sb_put_u64(skb, SHADOW_BOX_EXIT_COUNT, count, SHADOW_BOX_EXIT_PAD))
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
	return sb_put_u64(skb, SHADOW_BOX_CPU_EXITS, sum, SHADOW_BOX_CPU_PAD);
}

static bool put_counters(struct sk_buff *skb, const struct sb_vcpu *vcpu)
{
	const struct sb_counters *c = vcpu->counters;
	int pad = SHADOW_BOX_CPU_PAD;

	return nla_put_u32(skb, SHADOW_BOX_CPU_ID, vcpu->cpu) ||
	       nla_put_u32(skb, SHADOW_BOX_CPU_STATE, sb_vcpu_state(vcpu)) ||
	       sb_put_u64(skb, SHADOW_BOX_CPU_TIME, ktime_get_ns(), pad) ||
	       sb_put_u64(skb, SHADOW_BOX_CPU_CYCLES, READ_ONCE(c->cycles), pad) ||
	       sb_put_u64(skb, SHADOW_BOX_CPU_NMI_GUEST, sb_nmis_since_launch(vcpu), pad) ||
	       sb_put_u64(skb, SHADOW_BOX_CPU_NMI_HOST, READ_ONCE(c->nmi_host), pad) ||
	       sb_put_u64(skb, SHADOW_BOX_CPU_NMI_REDELIVERED, READ_ONCE(c->nmi_redelivered), pad) ||
	       sb_put_u64(skb, SHADOW_BOX_CPU_NMI_COALESCED, READ_ONCE(c->nmi_coalesced), pad) ||
	       put_exits(skb, c);
}

static int fill_counters(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct sb_vcpu *vcpu)
{
	void *header = sb_netlink_put_dump(skb, cb, SHADOW_BOX_CMD_COUNTERS);

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

static int start_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sb_reason *reason = sb_netlink_reason();
	int error = sb_netlink_need_admin(request, "launching", reason);

	return sb_netlink_answer(info, error ? error : sb_start(reason), reason);
}

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
		.policy = sb_events_request,
		.maxattr = SHADOW_BOX_EVENT_TYPE,
		.start = sb_events_start,
		.dumpit = sb_events_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_START,
		.flags = GENL_ADMIN_PERM,
		.doit = start_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_POLICIES,
		.flags = GENL_ADMIN_PERM,
		.dumpit = sb_policies_dumpit,
	},
	{
		.cmd = SHADOW_BOX_CMD_POLICY_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = sb_policy_request,
		.maxattr = SHADOW_BOX_POLICY_SETTING,
		.doit = sb_policy_set_doit,
	},
	{
		.cmd = SHADOW_BOX_CMD_LOCK,
		.flags = GENL_ADMIN_PERM,
		.doit = sb_lock_doit,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = SHADOW_BOX_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

/*
 * No module alias: an unprivileged user could load the module by asking for the family. Operations
 * without a policy take no attributes.
 */
struct genl_family sb_family = {
	.name = SHADOW_BOX_FAMILY_NAME,
	.version = SHADOW_BOX_FAMILY_VERSION,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int sb_netlink_init(void)
{
	return genl_register_family(&sb_family);
}

void sb_netlink_exit(void)
{
	genl_unregister_family(&sb_family);
}
