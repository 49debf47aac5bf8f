/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verifier at work on this kernel: what it knows, and what stands in code at present.
 */
#ifndef SB_HOST_POLICY_PATCHES_H
#define SB_HOST_POLICY_PATCHES_H

#include "../host.h"
#include "../verify/verifier.h"

bool patches_init(void);
void patches_verify(const struct text_write *write, u32 policy, struct text_verdict *verdict);
void patches_forget(u64 start, u64 end);
u64 patches_adopt(u64 page, u64 count);

#endif
