// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statements: a nonce in, and out what the host knows of itself with a MAC over it. Linux only
 * carries them: whatever an attacker does to what Linux shows, he cannot make one.
 */
#include "../../crypto/sha256.h"
#include "chain.h"
#include "witness.h"

static struct hmac_sha256 key;
static bool has_key;
static u64 statements;

/**
 * witness_key() - SB_HYPERCALL_WITNESS_KEY
 * @cpu: this CPU
 * @from: physical address of %SHADOW_BOX_KEY_SIZE bytes
 *
 * After the lock Linux is not trusted with a key, and the first one stays: else an attacker would
 * give one that he knows.
 *
 * Return: 0, or %SB_ERROR_LOCKED, which is reported, %SB_ERROR_KEY or %SB_ERROR_ARGUMENT.
 */
u64 witness_key(struct sb_cpu *cpu, u64 from)
{
	u8 bytes[SHADOW_BOX_KEY_SIZE];
	const void *given;

	if (status()->locked) {
		refusal(cpu, SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_WHY_LOCKED,
			SB_HYPERCALL_WITNESS_KEY);
		return SB_ERROR_LOCKED;
	}
	if (has_key)
		return SB_ERROR_KEY;
	given = ram(from, sizeof(bytes));
	if (!given)
		return SB_ERROR_ARGUMENT;
	copy_bytes(bytes, given, sizeof(bytes));
	hmac_sha256_key(&key, bytes, sizeof(bytes));
	zero_bytes(bytes, sizeof(bytes));
	record_lock(cpu);
	chain_begin(events_recorded());
	record_unlock(cpu);
	has_key = true;
	WRITE_ONCE(status()->witness, 1);
	return 0;
}

static u64 beyond_ring(const struct sb_ring *ring)
{
	return ring->head > SB_RING_RECORDS ? ring->head - SB_RING_RECORDS : 0;
}

/* Their hosts go on counting meanwhile, all but violations. */
static void add_cpu(struct shadow_box_statement *s, struct sb_cpu *cpu)
{
	const struct sb_counters *counters = cpu_counters(cpu);
	u32 policy;

	s->cpus_active += READ_ONCE(cpu->active) && !READ_ONCE(cpu->faulted);
	s->nmis += READ_ONCE(counters->nmi_host);
	s->overwritten += beyond_ring(cpu_violations(cpu));
	s->events_overwritten += beyond_ring(cpu_ring(cpu));
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++) {
		s->violations[policy] += counters->violations[policy];
		s->blocked[policy] += counters->blocked[policy];
	}
}

/* What counts violations and records them waits, so that all of it fits together. */
static void add_records(struct shadow_box_statement *s, struct sb_cpu *cpu)
{
	const struct chain *chain = chain_so_far();
	u32 slot;

	record_lock(cpu);
	s->events = events_recorded();
	s->since = chain->since;
	s->records = chain->records;
	copy_bytes(s->chain, chain->hash, sizeof(s->chain));
	for (slot = 0; slot < s->cpus; slot++)
		add_cpu(s, cpu_of_slot(slot));
	record_unlock(cpu);
}

static void state(struct shadow_box_statement *s, struct sb_cpu *cpu)
{
	u32 policy;

	copy_bytes(s->magic, SHADOW_BOX_STATEMENT_MAGIC, sizeof(s->magic));
	s->launch = facts()->launch_id;
	s->number = ++statements;
	s->tsc = rdtsc();
	s->flags = status()->locked ? SHADOW_BOX_STATEMENT_LOCKED : 0;
	s->cpus = facts()->nr_cpus;
	s->policies = SHADOW_BOX_POLICIES;
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		s->mode[policy] = policy_mode(policy);
	add_records(s, cpu);
	hmac_sha256(&key, s, offsetof(struct shadow_box_statement, mac), s->mac);
}

/* Memory to which Linux itself could write: else it would have the host write for it. */
static bool is_linux_to_write(u64 gpa, u32 size)
{
	return bytes_in_page(gpa, size) == size && is_ram(gpa, size) && page_is_writable(gpa);
}

/**
 * witness() - SB_HYPERCALL_WITNESS
 * @cpu: this CPU
 * @nonce: physical address of %SHADOW_BOX_NONCE_SIZE bytes
 * @to: physical address of room for a struct shadow_box_statement, within a page
 *
 * Return: 0, or with nothing written %SB_ERROR_KEY or %SB_ERROR_ARGUMENT.
 */
u64 witness(struct sb_cpu *cpu, u64 nonce, u64 to)
{
	struct shadow_box_statement s;
	const void *given;

	if (!has_key)
		return SB_ERROR_KEY;
	given = ram(nonce, sizeof(s.nonce));
	if (!given || !is_linux_to_write(to, sizeof(s)))
		return SB_ERROR_ARGUMENT;
	zero_bytes(&s, sizeof(s));
	copy_bytes(s.nonce, given, sizeof(s.nonce));
	state(&s, cpu);
	ram_write(cpu, to, &s, sizeof(s));
	return 0;
}
