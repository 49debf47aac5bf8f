/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policies as a test sets them, and what was reported to report.c and event.c in their place.
 */
#ifndef SB_TESTS_POLICY_MODEL_H
#define SB_TESTS_POLICY_MODEL_H

#include "vmx_model.h"

/**
 * struct policy_model - policies and reports
 * @mode: enum shadow_box_mode of each policy
 * @violations: calls of violation() with the policy on; the last one follows
 * @old, @new: its bytes
 * @events: calls of record_event(); @event is the type of the last
 */
struct policy_model {
	u32 mode[SHADOW_BOX_POLICIES];
	u32 violations;
	struct violation last;
	u8 old[16], new[16];
	u32 events;
	u32 event;
};

extern struct policy_model policies;

void policies_reset(void);
void policy_set(u32 policy, u32 mode);
u64 reported_old(void);
u64 reported_new(void);
void require_reports(u32 count, const char *what);
void require_report(u32 policy, u64 code, u32 size);

#endif
