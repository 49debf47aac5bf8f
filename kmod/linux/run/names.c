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

/* NULL for a mode that the policy's class does not have. */
static const char *mode_name(u32 policy, u64 mode)
{
	return policy < ARRAY_SIZE(policy_classes) && mode <= SHADOW_BOX_MODE_MAX ?
	       mode_names[policy_classes[policy]][mode] : NULL;
}

const char *sb_mode_name(u32 policy, u64 mode)
{
	return mode_name(policy, mode) ?: "?";
}

bool sb_policy_has_mode(u32 policy, u32 mode)
{
	return mode_name(policy, mode);
}

const char *sb_policy_modes(u32 policy, char *text, size_t size)
{
	size_t used = 0;
	u32 mode;

	for (mode = 0; mode <= SHADOW_BOX_MODE_MAX; mode++) {
		const char *before = mode_name(policy, mode + 1) ? ", " : " and ";

		if (mode_name(policy, mode))
			used += scnprintf(text + used, size - used, "%s%s", used ? before : "",
					  mode_name(policy, mode));
	}
	return text;
}

const char *sb_subject_name(u32 subject)
{
	return NAME(subject_names, subject);
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
