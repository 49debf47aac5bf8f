// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of the interface's numbers, for the kernel log and for sentences. A number that has no name
 * is "?".
 */
#include <linux/kernel.h>

#include "../../uapi/shadow_box_names.h"
#include "names.h"

#define NAME(table, i) name(table, ARRAY_SIZE(table), i)

static const char *name(const char *const names[], u32 count, u64 i)
{
	return i < count && names[i] ? names[i] : "?";
}

const char *sb_policy_name(u32 policy)
{
	return NAME(policy_names, policy);
}

const char *sb_mode_name(u32 policy, u64 mode)
{
	return policy < ARRAY_SIZE(policy_classes) ?
	       NAME(mode_names[policy_classes[policy]], mode) : "?";
}

const char *sb_action_name(u32 action)
{
	return NAME(action_names, action);
}

const char *sb_why_text(u32 why)
{
	return NAME(why_texts, why);
}

/**
 * sb_policy_needs() - what the CPU must have for a policy
 * @mask: a bit for each policy that is to be set
 * @policy: filled in with the first of them that needs anything
 *
 * Return: its name, or NULL if none of the policies needs anything.
 */
const char *sb_policy_needs(u32 mask, u32 *policy)
{
	for (*policy = 0; *policy < ARRAY_SIZE(policy_needs); ++*policy)
		if (mask >> *policy & 1 && policy_needs[*policy])
			return policy_needs[*policy];
	return NULL;
}
