/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The witness: carrying its key to the host, and statements from it.
 */
#ifndef SB_LINUX_WITNESS_H
#define SB_LINUX_WITNESS_H

#include "../../uapi/shadow_box_statement.h"
#include "../reason.h"

int sb_witness_key(const u8 *key, struct sb_reason *reason);
int sb_witness(const u8 *nonce, struct shadow_box_statement *statement, struct sb_reason *reason);

#endif
