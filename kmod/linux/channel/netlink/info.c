// SPDX-License-Identifier: GPL-2.0-only
/*
 * State and counters over netlink.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <net/genetlink.h>
#include <asm/tsc.h>

#include "../../../uapi/shadow_box.h"
#include "../../kernel/compat.h"
#include "../../run/sweep.h"
#include "../../state.h"
#include "../events.h"
#include "message.h"
#include "operations.h"

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

/* NMIs that Linux has handled on this CPU since the launch. */
static u32 nmis_since_launch(const struct sb_vcpu *vcpu)
{
	return sb_nmis_handled(vcpu->cpu) - vcpu->nmis_before;
}

static bool is_locked(void)
{
	return sb_core.active && sb_locked();
}

static bool has_witness(void)
{
	return sb_core.active && READ_ONCE(sb_core.world.status->witness);
}

static u64 host_memory_used(void)
{
	const struct sb_world *world = &sb_core.world;
	u64 pool = sb_core.active ? READ_ONCE(world->status->pool_pages) -
				    READ_ONCE(world->status->pool_free) : 0;

	return sb_memory_used(&world->memory) + pool * PAGE_SIZE;
}

static u64 ns_since(u64 tsc)
{
	return mul_u64_u32_div(rdtsc() - tsc, NSEC_PER_MSEC, tsc_khz);
}

/* How long a sweep has been awaited. The TSC may begin anew when the machine wakes from sleep. */
static u64 sweep_wait(u64 since, u64 swept)
{
	u64 last = max(since, swept);

	return rdtsc() > last ? ns_since(last) : 0;
}

static bool put_sweeps(struct sk_buff *skb)
{
	const struct sb_status *status = sb_core.world.status;
	u64 swept, since;

	if (!sb_core.active)
		return false;
	swept = READ_ONCE(status->swept);
	since = READ_ONCE(status->sweeping_since);
	return nla_put_u32(skb, SHADOW_BOX_INFO_SWEEP_PERIOD,
			   div_u64(READ_ONCE(status->sweep_period), tsc_khz)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_SWEEPS, READ_ONCE(status->sweeps)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_SWEEP_SLICES, READ_ONCE(status->sweep_slices)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_SWEEPS_ABORTED,
			    READ_ONCE(status->sweeps_aborted)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_SWEEP_LONGEST, READ_ONCE(status->sweep_longest)) ||
	       put_info_u64(skb, SHADOW_BOX_INFO_SWEEP_OBJECTS, READ_ONCE(status->sweep_objects)) ||
	       (swept && put_info_u64(skb, SHADOW_BOX_INFO_SWEEP_AGE, ns_since(swept))) ||
	       (since && put_info_u64(skb, SHADOW_BOX_INFO_SWEEP_WAIT, sweep_wait(since, swept)));
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
	       put_info_u64(skb, SHADOW_BOX_INFO_LAUNCH_ID, active ? sb_core.launch_id : 0) ||
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
	    (has_witness() && nla_put_flag(skb, SHADOW_BOX_INFO_WITNESS)) ||
	    put_world_info(skb) || put_sweeps(skb))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

int sb_info_doit(struct sk_buff *request, struct genl_info *info)
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

static int reply_sweep(struct genl_info *info, u64 number)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &sb_family, 0, SHADOW_BOX_CMD_SWEEP);
	if (!header || put_info_u64(skb, SHADOW_BOX_INFO_SWEEPS, number)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

int sb_sweep_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sb_reason *reason = sb_netlink_reason();
	u64 number;
	int error = sb_sweep_now(&number, reason);

	return sb_netlink_answer(info, error ? error : reply_sweep(info, number), reason);
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
	       sb_put_u64(skb, SHADOW_BOX_CPU_NMI_GUEST, nmis_since_launch(vcpu), pad) ||
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
int sb_counters_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
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
