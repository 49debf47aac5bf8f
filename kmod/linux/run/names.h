/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of the interface's numbers.
 */
#ifndef SB_LINUX_NAMES_H
#define SB_LINUX_NAMES_H

#include "../../abi/types.h"

const char *sb_policy_name(u32 policy);
/* "off" or "allow" and so on, as the policy calls it. */
const char *sb_mode_name(u32 policy, u64 mode);
/* Has the policy's class such a mode? */
bool sb_policy_has_mode(u32 policy, u32 mode);
/* "off, log and enforce": all modes of the policy's class, in @text. */
const char *sb_policy_modes(u32 policy, char *text, size_t size);
const char *sb_subject_name(u32 subject);
const char *sb_action_name(u32 action);
const char *sb_why_text(u32 why);
const char *sb_policy_needs(u32 mask, u32 *policy);

#endif
