/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of netlink messages to the members of the model, for decode.c. Made from
 * kmod/uapi/shadow_box.yaml and shadow_box_meaning.yaml by `make describe`: what is changed here is
 * lost.
 */
#ifndef SBCTL_DECODE_TABLES_H
#define SBCTL_DECODE_TABLES_H

static struct nla_policy info_policy[SHADOW_BOX_INFO_MAX + 1] = {
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
	[SHADOW_BOX_INFO_LAUNCH_ID] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_SWEEP_PERIOD] = { .type = NLA_U32 },
	[SHADOW_BOX_INFO_SWEEPS] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_SWEEP_SLICES] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_SWEEPS_ABORTED] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_SWEEP_LONGEST] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_SWEEP_AGE] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_WITNESS] = { .type = NLA_FLAG },
	[SHADOW_BOX_INFO_SWEEP_OBJECTS] = { .type = NLA_U64 },
	[SHADOW_BOX_INFO_SWEEP_WAIT] = { .type = NLA_U64 },
};

static void take_info(struct info *info, struct nlattr **a)
{
	TAKE_TEXT(info, a, SHADOW_BOX_INFO_VERSION, version);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_STATE, state, nla_get_u32);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_FEATURES, features, nla_get_u32);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_CPUS, cpus, nla_get_u32);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_CPUS_ACTIVE, cpus_active, nla_get_u32);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_HOST_MEMORY, host_memory, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_HOST_MEMORY_USED, host_memory_used, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_UPTIME, uptime, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_EVENTS, events, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_EVENTS_LOST, events_lost, nla_get_u64);
	TAKE_FLAG(info, a, SHADOW_BOX_INFO_TEST_BUILD, test_build);
	TAKE_FLAG(info, a, SHADOW_BOX_INFO_LOCKED, locked);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_VIOLATIONS, violations, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_LAUNCH_ID, launch_id, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEP_PERIOD, sweep_period, nla_get_u32);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEPS, sweeps, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEP_SLICES, sweep_slices, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEPS_ABORTED, sweeps_aborted, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEP_LONGEST, sweep_longest, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEP_AGE, sweep_age, nla_get_u64);
	TAKE_FLAG(info, a, SHADOW_BOX_INFO_WITNESS, witness);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEP_OBJECTS, sweep_objects, nla_get_u64);
	TAKE_NUMBER(info, a, SHADOW_BOX_INFO_SWEEP_WAIT, sweep_wait, nla_get_u64);
}

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

static void take_cpu(struct cpu *cpu, struct nlattr **a)
{
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_ID, id, nla_get_u32);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_STATE, state, nla_get_u32);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_TIME, time, nla_get_u64);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_EXITS, exits, nla_get_u64);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_CYCLES, cycles, nla_get_u64);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_NMI_GUEST, nmi_guest, nla_get_u64);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_NMI_HOST, nmi_host, nla_get_u64);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_NMI_REDELIVERED, nmi_redelivered, nla_get_u64);
	TAKE_NUMBER(cpu, a, SHADOW_BOX_CPU_NMI_COALESCED, nmi_coalesced, nla_get_u64);
}

static struct nla_policy exit_count_policy[SHADOW_BOX_EXIT_MAX + 1] = {
	[SHADOW_BOX_EXIT_REASON] = { .type = NLA_U32 },
	[SHADOW_BOX_EXIT_COUNT] = { .type = NLA_U64 },
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
	[SHADOW_BOX_EVENT_COUNT] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_LAST_TIME] = { .type = NLA_U64 },
	[SHADOW_BOX_EVENT_REST] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_OWNER] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_PROGRAM_ID] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_UID] = { .type = NLA_U32 },
	[SHADOW_BOX_EVENT_PARENT_PID] = { .type = NLA_U32 },
};

static void take_event(struct event *event, struct nlattr **a)
{
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_SEQ, seq, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_TYPE, type, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_CPU, cpu, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_TSC, tsc, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_TIME, time, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_RIP, rip, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_GLA, gla, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_GPA, gpa, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_CODE, code, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_ERROR, error, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_LOST, lost, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_POLICY_ID, policy, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_ACTION, action, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_WHY, why, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_OBJECT, object, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_PID, pid, nla_get_u32);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_COMM, comm);
	TAKE_BYTES(event, a, SHADOW_BOX_EVENT_OLD, old);
	TAKE_BYTES(event, a, SHADOW_BOX_EVENT_NEW, new);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_RIP_SYMBOL, rip_symbol);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_OBJECT_SYMBOL, object_symbol);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_OBSERVER, observer, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_SUBJECT, subject, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_SUBJECT_ID, subject_id, nla_get_u32);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_SUBJECT_NAME, subject_name);
	TAKE_RECORD(event, a, SHADOW_BOX_EVENT_RECORD, record);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_GLA_SYMBOL, gla_symbol);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_OLD_SYMBOL, old_symbol);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_NEW_SYMBOL, new_symbol);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_COUNT, count, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_LAST_TIME, last_time, nla_get_u64);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_REST, rest, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_OWNER, owner, nla_get_u32);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_OWNER_SYMBOL, owner_symbol);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_PROGRAM_ID, program_id, nla_get_u32);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_PROGRAM_NAME, program_name);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_PROGRAM_TAG, program_tag);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_EXE, exe);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_UID, uid, nla_get_u32);
	TAKE_NUMBER(event, a, SHADOW_BOX_EVENT_PARENT_PID, parent_pid, nla_get_u32);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_PARENT_COMM, parent_comm);
	TAKE_TEXT(event, a, SHADOW_BOX_EVENT_CGROUP, cgroup);
}

static struct nla_policy policy_attr_policy[SHADOW_BOX_POLICY_ATTR_MAX + 1] = {
	[SHADOW_BOX_POLICY_ID] = { .type = NLA_U32 },
	[SHADOW_BOX_POLICY_MODE] = { .type = NLA_U32 },
	[SHADOW_BOX_POLICY_VIOLATIONS] = { .type = NLA_U64 },
	[SHADOW_BOX_POLICY_BLOCKED] = { .type = NLA_U64 },
	[SHADOW_BOX_POLICY_PATCHES] = { .type = NLA_U64 },
	[SHADOW_BOX_POLICY_SETTING] = { .type = NLA_NESTED },
	[SHADOW_BOX_POLICY_LOOKED] = { .type = NLA_U64 },
	[SHADOW_BOX_POLICY_ODD] = { .type = NLA_U64 },
};

static void take_policy(struct policy *policy, struct nlattr **a)
{
	TAKE_NUMBER(policy, a, SHADOW_BOX_POLICY_ID, id, nla_get_u32);
	TAKE_NUMBER(policy, a, SHADOW_BOX_POLICY_MODE, mode, nla_get_u32);
	TAKE_NUMBER(policy, a, SHADOW_BOX_POLICY_VIOLATIONS, violations, nla_get_u64);
	TAKE_NUMBER(policy, a, SHADOW_BOX_POLICY_BLOCKED, blocked, nla_get_u64);
	TAKE_NUMBER(policy, a, SHADOW_BOX_POLICY_PATCHES, patches, nla_get_u64);
	TAKE_NUMBER(policy, a, SHADOW_BOX_POLICY_LOOKED, looked, nla_get_u64);
	TAKE_NUMBER(policy, a, SHADOW_BOX_POLICY_ODD, odd, nla_get_u64);
}

#endif
