/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What the host states of itself, and who holds the key can verify anywhere. The bytes are those of
 * this structure, little-endian; docs/witness.md says what they prove.
 */
#ifndef SHADOW_BOX_STATEMENT_H
#define SHADOW_BOX_STATEMENT_H

#define SHADOW_BOX_STATEMENT_MAGIC	"SBOXWIT1"
#define SHADOW_BOX_NONCE_SIZE		32
#define SHADOW_BOX_KEY_SIZE		32
#define SHADOW_BOX_HASH_SIZE		32
/* What %SHADOW_BOX_EVENT_RECORD holds: the host's record of a violation, from its number on. */
#define SHADOW_BOX_RECORD_SIZE		120
/* Room for policies, so that the layout stays as they become more. */
#define SHADOW_BOX_STATEMENT_POLICIES	24

#define SHADOW_BOX_STATEMENT_LOCKED	1u

/**
 * struct shadow_box_statement - all of it from the host's own memory
 * @magic: %SHADOW_BOX_STATEMENT_MAGIC, without a NUL; its last byte is the version
 * @nonce: what the request said: a statement that answers it is no older than it
 * @launch: random number of this launch
 * @number: statements of this launch, this one included
 * @tsc: time-stamp counter of the CPU that made it
 * @events: number of the next event
 * @since: number of the first event after the witness got its key
 * @records: violations recorded since then
 * @chain: running hash over their records, in the order of their numbers: zeros at first, and for
 *	each SHA-256 of what it was and of the record
 * @overwritten: violations since the launch that the rings no longer hold
 * @events_overwritten: likewise of the other events
 * @nmis: NMIs that arrived in the host world
 * @flags: %SHADOW_BOX_STATEMENT_LOCKED
 * @cpus: CPUs that have a host area
 * @cpus_active: those of them that are in the guest world
 * @policies: how many policies there are in what follows
 * @mode: enum shadow_box_mode of each policy
 * @violations: of each policy since the launch
 * @blocked: those of them that were prevented
 * @mac: HMAC-SHA256 with the witness key over all bytes before it
 */
struct shadow_box_statement {
	unsigned char magic[8];
	unsigned char nonce[SHADOW_BOX_NONCE_SIZE];
	unsigned long long launch;
	unsigned long long number;
	unsigned long long tsc;
	unsigned long long events;
	unsigned long long since;
	unsigned long long records;
	unsigned char chain[SHADOW_BOX_HASH_SIZE];
	unsigned long long overwritten;
	unsigned long long events_overwritten;
	unsigned long long nmis;
	unsigned int flags;
	unsigned int cpus;
	unsigned int cpus_active;
	unsigned int policies;
	unsigned char mode[SHADOW_BOX_STATEMENT_POLICIES];
	unsigned long long violations[SHADOW_BOX_STATEMENT_POLICIES];
	unsigned long long blocked[SHADOW_BOX_STATEMENT_POLICIES];
	unsigned char mac[SHADOW_BOX_HASH_SIZE];
};

_Static_assert(sizeof(struct shadow_box_statement) == 568 + SHADOW_BOX_HASH_SIZE, "no holes");

#endif
