// SPDX-License-Identifier: GPL-2.0-only
/*
 * violation() decides as report.c does, and keeps what it was told.
 */
#include "policy_model.h"

struct policy_model policies;

u32 policy_mode(u32 policy)
{
	require(policy < SHADOW_BOX_POLICIES, "there is no policy %u", policy);
	return policies.mode[policy];
}

bool violation(struct sb_cpu *cpu, const struct violation *v)
{
	u32 mode = policy_mode(v->policy);

	if (mode == SHADOW_BOX_MODE_OFF)
		return false;
	require(v->size && v->size <= 16, "a violation with %u bytes", v->size);
	policies.violations++;
	policies.last = *v;
	memset(policies.old, 0, sizeof(policies.old));
	memset(policies.new, 0, sizeof(policies.new));
	memcpy(policies.old, v->old, v->size);
	memcpy(policies.new, v->new, v->size);
	return mode == SHADOW_BOX_MODE_ENFORCE;
}

const struct sb_event *record_event(struct sb_cpu *cpu, const struct sb_event *event)
{
	policies.events++;
	policies.event = event->type;
	return event;
}

/* All policies off, nothing reported. */
void policies_reset(void)
{
	memset(&policies, 0, sizeof(policies));
}

void policy_set(u32 policy, u32 mode)
{
	policies.mode[policy] = mode;
}

static u64 first_word(const u8 *bytes)
{
	u64 word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

u64 reported_old(void)
{
	return first_word(policies.old);
}

u64 reported_new(void)
{
	return first_word(policies.new);
}

void require_reports(u32 count, const char *what)
{
	require(policies.violations == count, "%s: %u reports, not %u", what, policies.violations,
		count);
}

/* The last report is of a register, with nothing that a register does not have. */
void require_report(u32 policy, u64 code, u32 size)
{
	const struct violation *v = &policies.last;

	require(policies.violations, "nothing was reported");
	require_equal(v->policy, policy, "the policy");
	require_equal(v->why, SHADOW_BOX_WHY_REGISTER, "why");
	require_equal(v->observer, SHADOW_BOX_OBSERVER_EXIT, "the observer");
	require_equal(v->subject, SHADOW_BOX_SUBJECT_REGISTER, "the subject");
	require_equal(v->code, code, "the code");
	require_equal(v->size, size, "bytes of old and new");
	require(!v->gla && !v->gpa && !v->object && !v->discard,
		"a report of more than a register");
}
