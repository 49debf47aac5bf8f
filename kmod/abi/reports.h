/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host keeps of violations for good: the first of each kind, and how many there were. One
 * table for all CPUs, written by the host under its lock of records, readable to the guest.
 */
#ifndef SB_ABI_REPORTS_H
#define SB_ABI_REPORTS_H

#include "../uapi/shadow_box.h"
#include "event.h"

/* Kinds of each policy that are told apart; one more counts all that are of none of them. */
#define SB_KINDS	7

/**
 * struct sb_kind - violations of a kind: same policy, action, reason, offender and page
 * @changes: odd while the rest changes. Read it before and after the copy: a change means that the
 *	copy is torn
 * @count: how many there were; 0: none, and the rest is 0
 * @last_tsc: TSC of the last one
 * @reserved: 0
 * @first: the record of the first one; its number is 0
 */
struct sb_kind {
	u64 changes;
	u64 count;
	u64 last_tsc;
	u64 reserved;
	struct sb_event first;
};

/**
 * struct sb_reports - the table
 * @kind: of each policy, in the order of their first records; the last one is the rest
 */
struct sb_reports {
	struct sb_kind kind[SHADOW_BOX_POLICIES][SB_KINDS + 1];
};

#define SB_REPORTS_PAGES ((sizeof(struct sb_reports) + SB_PAGE_SIZE - 1) / SB_PAGE_SIZE)

#endif
