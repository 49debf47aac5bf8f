/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running hash over the records of violations.
 */
#ifndef SB_HOST_WITNESS_CHAIN_H
#define SB_HOST_WITNESS_CHAIN_H

#include "../host.h"
#include "../../uapi/shadow_box_statement.h"

/**
 * struct chain - all violations since the witness got its key
 * @since: number of the first event after that
 * @records: how many
 * @hash: over them, as struct shadow_box_statement has it
 */
struct chain {
	u64 since;
	u64 records;
	u8 hash[SHADOW_BOX_HASH_SIZE];
};

/* Under the lock of records, which violations are counted and numbered under, too. */
void chain_begin(u64 since);
void chain_add(const struct sb_event *record);
const struct chain *chain_so_far(void);

#endif
