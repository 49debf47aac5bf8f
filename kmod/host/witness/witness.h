/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The witness: what the host states of itself under a key that Linux no longer has. Under the
 * host's lock.
 */
#ifndef SB_HOST_WITNESS_WITNESS_H
#define SB_HOST_WITNESS_WITNESS_H

#include "../host.h"

u64 witness_key(struct sb_cpu *cpu, u64 key);
u64 witness(struct sb_cpu *cpu, u64 nonce, u64 to);

#endif
