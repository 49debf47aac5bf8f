// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies over netlink: their modes and counters, setting them, and the lock.
 */
#include <net/genetlink.h>

#include "../../../uapi/shadow_box.h"
#include "../../state.h"
#include "../../run/names.h"
#include "../../run/policy.h"
#include "message.h"
#include "operations.h"

static u64 sum_over_cpus(size_t offset)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < sb_core.world.nr_vcpus; i++)
		sum += READ_ONCE(*(u64 *)((u8 *)sb_core.world.vcpu[i].counters + offset));
	return sum;
}

#define SUM(member, policy) \
	sum_over_cpus(offsetof(struct sb_counters, member) + (policy) * sizeof(u64))

static int put_policy_u64(struct sk_buff *skb, int attribute, u64 value)
{
	return sb_put_u64(skb, attribute, value, SHADOW_BOX_POLICY_PAD);
}

/* Of those that sweeps look at something for. */
static bool put_looked(struct sk_buff *skb, u32 policy)
{
	const struct sb_status *status = sb_core.world.status;
	u32 looked = READ_ONCE(status->looked[policy]);

	return looked && (put_policy_u64(skb, SHADOW_BOX_POLICY_LOOKED, looked) ||
			  put_policy_u64(skb, SHADOW_BOX_POLICY_ODD,
					 READ_ONCE(status->odd[policy])));
}

static int fill_policy(struct sk_buff *skb, struct netlink_callback *cb, u32 policy)
{
	void *header = sb_netlink_put_dump(skb, cb, SHADOW_BOX_CMD_POLICIES);

	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	if (nla_put_u32(skb, SHADOW_BOX_POLICY_ID, policy) ||
	    nla_put_u32(skb, SHADOW_BOX_POLICY_MODE, sb_policy_mode(policy)) ||
	    put_policy_u64(skb, SHADOW_BOX_POLICY_VIOLATIONS, SUM(violations, policy)) ||
	    put_policy_u64(skb, SHADOW_BOX_POLICY_BLOCKED, SUM(blocked, policy)) ||
	    put_policy_u64(skb, SHADOW_BOX_POLICY_PATCHES, SUM(patches, policy)) ||
	    put_looked(skb, policy)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* cb->args[0]: the policy to go on with. A change of modes during the dump shows. */
int sb_policies_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	mutex_lock(&sb_core.lock);
	while (sb_core.active && cb->args[0] < SHADOW_BOX_POLICIES) {
		cb->seq = (u32)READ_ONCE(sb_core.world.status->generation) + 1;
		if (fill_policy(skb, cb, cb->args[0]))
			break;
		cb->args[0]++;
	}
	mutex_unlock(&sb_core.lock);
	return skb->len;
}

/**
 * struct request - what a request wants to be set
 * @modes: enum shadow_box_mode, by policy
 * @mask: bits of those policies that it names
 * @reason: why not
 */
struct request {
	u32 modes[SHADOW_BOX_POLICIES];
	u32 mask;
	struct sb_reason *reason;
};

static int want(struct request *r, u32 policy, u32 mode)
{
	if (policy >= SHADOW_BOX_POLICIES)
		return sb_refuse(r->reason, -EINVAL,
				 "there is no policy %u: this module knows 0 to %u", policy,
				 SHADOW_BOX_POLICY_MAX);
	if (mode > SHADOW_BOX_MODE_ENFORCE)
		return sb_refuse(r->reason, -EINVAL,
				 "%s has no mode %u: there are 0 (off), 1 (log) and 2 (enforce)",
				 sb_policy_name(policy), mode);
	if (r->mask & BIT(policy))
		return sb_refuse(r->reason, -EINVAL, "%s is named twice: name it once",
				 sb_policy_name(policy));
	r->modes[policy] = mode;
	r->mask |= BIT(policy);
	return 0;
}

static int read_setting(struct request *r, const struct nlattr *nest, struct genl_info *info)
{
	struct nlattr *attribute[ARRAY_SIZE(sb_setting_request)];
	int error = nla_parse_nested(attribute, ARRAY_SIZE(attribute) - 1, nest,
				     sb_setting_request, info->extack);

	if (error)
		return error;
	if (!attribute[SHADOW_BOX_POLICY_ID] || !attribute[SHADOW_BOX_POLICY_MODE])
		return sb_refuse(r->reason, -EINVAL, "a setting needs a policy and a mode");
	return want(r, nla_get_u32(attribute[SHADOW_BOX_POLICY_ID]),
		    nla_get_u32(attribute[SHADOW_BOX_POLICY_MODE]));
}

/* info->attrs has the last nest only. */
static int read_settings(struct request *r, struct genl_info *info)
{
	const struct nlattr *nest;
	int rest, error = 0;

	nla_for_each_attr(nest, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rest) {
		if (!error && nla_type(nest) == SHADOW_BOX_POLICY_SETTING)
			error = read_setting(r, nest, info);
	}
	if (!error && !r->mask)
		error = sb_refuse(r->reason, -EINVAL, "the request names no policy");
	return error;
}

int sb_policy_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request r = { .reason = sb_netlink_reason() };
	int error = sb_netlink_need_admin(skb, "setting policies", r.reason);

	if (!error)
		error = read_settings(&r, info);
	if (!error)
		error = sb_policy_set(r.modes, r.mask, r.reason);
	return sb_netlink_answer(info, error, r.reason);
}

int sb_lock_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sb_reason *reason = sb_netlink_reason();
	int error = sb_netlink_need_admin(skb, "locking", reason);

	return sb_netlink_answer(info, error ? error : sb_policy_lock(reason), reason);
}
