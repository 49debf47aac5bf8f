// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness: when it takes a key, what it states, to which memory it writes, and that its hash
 * tells a record that is missing, altered or out of order.
 */
#include "crypto/sha256.h"
#include "host/policy/policy.h"
#include "host_model.h"
#include "uapi/shadow_box_statement.h"

#define KEY_AT		MODULE_RAM
#define NONCE_AT	(MODULE_RAM + 0x1000)
#define ROOM		(MODULE_RAM + 0x2000)

#define STATEMENT_SIZE	sizeof(struct shadow_box_statement)

static u8 key[SHADOW_BOX_KEY_SIZE], nonce[SHADOW_BOX_NONCE_SIZE];

static void fill_random(u8 *bytes, u32 size)
{
	while (size--)
		*bytes++ = random_u64();
}

static int new_host(void **state)
{
	host_reset(2, 4);
	random_seed(11);
	fill_random(key, sizeof(key));
	fill_random(nonce, sizeof(nonce));
	memcpy(guest_ram(KEY_AT), key, sizeof(key));
	memcpy(guest_ram(NONCE_AT), nonce, sizeof(nonce));
	return 0;
}

static u64 give_key(void)
{
	return hypercall(0, SB_HYPERCALL_WITNESS_KEY, KEY_AT, 0, 0);
}

static u64 ask(u64 to)
{
	return hypercall(0, SB_HYPERCALL_WITNESS, NONCE_AT, to, 0);
}

static const struct shadow_box_statement *statement(void)
{
	memset(guest_ram(ROOM), 0xee, SB_PAGE_SIZE);
	require_equal(ask(ROOM), 0, "answer");
	return guest_ram(ROOM);
}

static void require_mac(const struct shadow_box_statement *s, const u8 *bytes)
{
	struct hmac_sha256 hmac;
	u8 mac[SHA256_SIZE];

	hmac_sha256_key(&hmac, bytes, SHADOW_BOX_KEY_SIZE);
	hmac_sha256(&hmac, s, offsetof(struct shadow_box_statement, mac), mac);
	require(!memcmp(mac, s->mac, sizeof(mac)), "the MAC is another");
}

static u64 reports(u32 slot)
{
	return cpu_violations(cpu_of_slot(slot))->head;
}

static void one_key_before_the_lock(void **state)
{
	require_equal(ask(ROOM), SB_ERROR_KEY, "answer without a key");
	require_equal(status()->witness, 0, "what the guest sees");
	require_equal(give_key(), 0, "answer");
	require_equal(status()->witness, 1, "what the guest sees");
	memset(guest_ram(KEY_AT), 0x77, sizeof(key));
	require_equal(give_key(), SB_ERROR_KEY, "answer to a second one");
	require_mac(statement(), key);
	require_equal(reports(0), 0, "reports");
}

static void no_key_after_the_lock(void **state)
{
	status()->locked = 1;
	require_equal(give_key(), SB_ERROR_LOCKED, "answer");
	require_equal(newest_violation(0)->why, SHADOW_BOX_WHY_LOCKED, "why");
	require_equal(newest_violation(0)->code, SB_HYPERCALL_WITNESS_KEY, "code");
	require_equal(ask(ROOM), SB_ERROR_KEY, "answer without a key");
}

static void a_key_that_is_no_ram_is_none(void **state)
{
	require_equal(hypercall(0, SB_HYPERCALL_WITNESS_KEY, host.world->memory.block[0].phys, 0, 0),
		      SB_ERROR_ARGUMENT, "host memory");
	require_equal(hypercall(0, SB_HYPERCALL_WITNESS_KEY, ~0ull - 8, 0, 0), SB_ERROR_ARGUMENT,
		      "no memory");
	require_equal(ask(ROOM), SB_ERROR_KEY, "answer without a key");
}

static void all_of_it_is_the_hosts(void **state)
{
	const struct shadow_box_statement *s;
	u64 since = events_recorded();
	u32 policy;

	require_equal(give_key(), 0, "answer");
	set_policy(SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_ENFORCE);
	set_policy(SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_MODE_LOG);
	cpu_counters(cpu_of_slot(0))->nmi_host = 3;
	cpu_counters(cpu_of_slot(1))->nmi_host = 4;
	s = statement();
	require(!memcmp(s->magic, SHADOW_BOX_STATEMENT_MAGIC, sizeof(s->magic)), "magic");
	require(!memcmp(s->nonce, nonce, sizeof(nonce)), "nonce");
	require_equal(s->launch, facts()->launch_id, "launch");
	require_equal(s->number, 1, "number");
	require_equal(s->since, since, "the first event");
	require_equal(s->flags, 0, "flags");
	require_equal(s->cpus, 2, "CPUs");
	require_equal(s->cpus_active, 2, "active CPUs");
	require_equal(s->nmis, 7, "NMIs");
	require_equal(s->policies, SHADOW_BOX_POLICIES, "policies");
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		require_equal(s->mode[policy], policy_mode(policy), "mode");
	require_equal(hypercall(0, SB_HYPERCALL_LOCK, 0, 0, 0), 0, "LOCK");
	s = statement();
	require_equal(s->number, 2, "number");
	require_equal(s->flags, SHADOW_BOX_STATEMENT_LOCKED, "flags");
	require_mac(s, key);
}

/* Bytes around it stay, and a request that is refused is none that was answered. */
static void it_is_written_where_linux_may_write(void **state)
{
	static const u64 forbidden[] = {
		ROOM + SB_PAGE_SIZE - STATEMENT_SIZE + 1, 0xa0000, PHYSICAL_END, ~0ull - 8,
		RODATA_PHYS + 0x1000, TEXT_PHYS + 0x1000, IDT_PHYS,
	};
	u64 block = host.world->memory.block[0].phys;
	u8 *room = guest_ram(ROOM);
	u32 i;

	require_equal(give_key(), 0, "answer");
	set_policy(SHADOW_BOX_POLICY_KERNEL_RODATA, SHADOW_BOX_MODE_LOG);
	set_policy(SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_MODE_ENFORCE);
	set_policy(SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_ENFORCE);
	for (i = 0; i < ARRAY_SIZE(forbidden); i++)
		require(ask(forbidden[i]) == SB_ERROR_ARGUMENT, "0x%llx is written to", forbidden[i]);
	for (i = 0; i < SB_BLOCK_PAGES; i++)
		require_equal(ask(block + i * SB_PAGE_SIZE), SB_ERROR_ARGUMENT, "host memory");
	require_equal(hypercall(0, SB_HYPERCALL_WITNESS, block, ROOM, 0), SB_ERROR_ARGUMENT,
		      "nonce in host memory");
	require_equal(statement()->number, 1, "number");
	memset(room, 0xee, SB_PAGE_SIZE);
	require_equal(ask(ROOM + SB_PAGE_SIZE - STATEMENT_SIZE), 0, "the end of a page");
	for (i = 0; i < SB_PAGE_SIZE - STATEMENT_SIZE; i++)
		require_equal(room[i], 0xee, "a byte before it");
	set_policy(SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_OFF);
	require_equal(ask(IDT_PHYS), 0, "a page that Linux may write to");
}

/* SHADOW_BOX_RECORD_SIZE bytes of each violation, in order. */
#define RECORDS	1000
static u8 record[RECORDS][SHADOW_BOX_RECORD_SIZE];

static void make_records(void)
{
	u32 i, slot;

	status()->locked = 1;
	for (i = 0; i < RECORDS; i++) {
		slot = random_below(2);
		hypercall(slot, SB_HYPERCALL_WITNESS_KEY, i, 0, 0);
		memcpy(record[i], &newest_violation(slot)->seq, SHADOW_BOX_RECORD_SIZE);
	}
}

static void hash_on(u8 *hash, const u8 *bytes)
{
	struct sha256 next;

	sha256_begin(&next);
	sha256_add(&next, hash, SHADOW_BOX_HASH_SIZE);
	sha256_add(&next, bytes, SHADOW_BOX_RECORD_SIZE);
	sha256_end(&next, hash);
}

/* All records, but for number @without, and with @swapped in place of the one after it. */
static bool chain_is(const u8 *want, u32 without, u32 swapped)
{
	u8 hash[SHADOW_BOX_HASH_SIZE] = { 0 };
	u32 i;

	for (i = 0; i < RECORDS; i++) {
		if (i == without)
			continue;
		hash_on(hash, record[i == swapped ? i + 1 : i == swapped + 1 ? swapped : i]);
	}
	return !memcmp(hash, want, sizeof(hash));
}

static void a_record_that_is_missing_shows(void **state)
{
	u8 chain[SHADOW_BOX_HASH_SIZE];
	const struct shadow_box_statement *s;
	u32 i;

	require_equal(give_key(), 0, "answer");
	make_records();
	s = statement();
	memcpy(chain, s->chain, sizeof(chain));
	require_equal(s->records, RECORDS, "records");
	require_equal(s->violations[SHADOW_BOX_POLICY_HOST_MEMORY], RECORDS, "violations");
	require_equal(s->blocked[SHADOW_BOX_POLICY_HOST_MEMORY], RECORDS, "blocked");
	require_equal(s->overwritten, RECORDS - 2 * SB_RING_RECORDS, "overwritten");
	require(chain_is(chain, RECORDS, RECORDS), "it is not the hash of all");
	for (i = 0; i < RECORDS; i += is_long_run() ? 1 : 37) {
		require(!chain_is(chain, i, RECORDS), "record %u can go", i);
		require(i + 1 == RECORDS || !chain_is(chain, RECORDS, i), "record %u can move", i);
	}
	record[RECORDS / 2][SHADOW_BOX_RECORD_SIZE - 1] ^= 1;
	require(!chain_is(chain, RECORDS, RECORDS), "a record can be altered");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_host)
	const struct CMUnitTest tests[] = {
		TEST(one_key_before_the_lock),
		TEST(no_key_after_the_lock),
		TEST(a_key_that_is_no_ram_is_none),
		TEST(all_of_it_is_the_hosts),
		TEST(it_is_written_where_linux_may_write),
		TEST(a_record_that_is_missing_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
