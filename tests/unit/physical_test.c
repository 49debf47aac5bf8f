// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory by physical address: what is RAM, and that a write hits what it names and nothing
 * else.
 */
#include <pthread.h>

#include "guest_model.h"

static struct sb_cpu *cpu;

static int new_cpu(void **state)
{
	cpu = guest_reset(4);
	return 0;
}

static void ram_is_what_lies_in_one_extent(void **state)
{
	static const struct {
		u64 gpa, size;
		bool is;
	} cases[] = {
		{ MODEL_LOW, 1, true },
		{ MODEL_LOW - 1, 1, false },
		{ MODEL_LOW - 1, 2, false },
		{ MODEL_LOW_END - 1, 1, true },
		{ MODEL_LOW_END - 1, 2, false },
		{ MODEL_LOW_END, 1, false },
		{ MODEL_LOW, MODEL_LOW_END - MODEL_LOW, true },
		{ MODEL_LOW, MODEL_LOW_END - MODEL_LOW + 1, false },
		{ MODEL_LOW, MODEL_HIGH_END - MODEL_LOW, false },
		{ MODEL_LOW, 0, false },
		{ MODEL_HIGH, 8, true },
		{ MODEL_HIGH - 4, 8, false },
		{ MODEL_HIGH_END - 8, 8, true },
		{ MODEL_HIGH_END - 4, 8, false },
		{ MODEL_HIGH, ~0ull, false },
		{ ~0ull, 1, false },
		{ ~0ull - 6, 8, false },
		{ 0, 1, false },
		{ 0, ~0ull, false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		require(is_ram(cases[i].gpa, cases[i].size) == cases[i].is,
			"is_ram(0x%llx, 0x%llx)", cases[i].gpa, cases[i].size);
		if (cases[i].size >> 32)
			continue;
		require_equal(ram(cases[i].gpa, cases[i].size),
			      cases[i].is ? ram_window(cases[i].gpa) : NULL, "where to read");
	}
	guest.facts.nr_ram = SB_RAM_EXTENTS;
	require(!is_ram(0, 1), "an extent of nothing is RAM");
	guest.facts.nr_ram = 0;
	require(!is_ram(MODEL_LOW, 1), "without extents there is RAM");
}

static void host_memory_is_no_ram(void **state)
{
	const u64 block = 0x200000, host = 3 * block, end = host + block;
	u64 size;

	require(is_ram(host, block) && is_ram(end, 8), "before the host has it");
	guest.host = (struct sb_extent){ host, end };
	require(is_ram(host - 8, 8), "before the block");
	require(!is_ram(host - 8, 9), "into the block");
	require(!is_ram(host, 1) && !is_ram(end - 1, 1), "in the block");
	require(is_ram(end, 8), "behind the block");
	for (size = host - MODEL_MID; size <= MODEL_MID_END - MODEL_MID; size += 0x1ff000)
		require(is_ram(MODEL_MID, size) == (MODEL_MID + size <= host),
			"0x%llx bytes around the block", size);
	require(!ram_write(cpu, host, "x", 1), "it can be written");
	require(!ram_cmpxchg(cpu, host, 0, 1), "it can be exchanged");
}

static u8 before[3 * 4096], after[3 * 4096];

static void write_and_compare(u64 page, u32 offset, u32 size)
{
	u8 bytes[32];
	u32 i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = random_u64();
	memcpy(before, guest_ram(page - 4096), sizeof(before));
	memcpy(after, before, sizeof(after));
	memcpy(after + 4096 + offset, bytes, size);
	require(ram_write(cpu, page + offset, bytes, size), "%u bytes at 0x%x", size, offset);
	require(!memcmp(after, guest_ram(page - 4096), sizeof(after)),
		"%u bytes at 0x%x are not what was written", size, offset);
	require_slots_empty();
}

static void write_hits_what_it_names(void **state)
{
	u32 size, offset;

	for (size = 1; size <= 32; size++) {
		for (offset = 0; offset < 16; offset++) {
			write_and_compare(MODEL_HIGH + 0x7000, offset, size);
			write_and_compare(MODEL_MID + 0x3000, 4096 - size - offset, size);
		}
	}
}

static void write_stays_in_its_page(void **state)
{
	static const u8 bytes[4097];

	require(ram_write(cpu, MODEL_MID, bytes, 4096), "a page");
	require(!ram_write(cpu, MODEL_MID, bytes, 4097), "a page and a byte");
	require(!ram_write(cpu, MODEL_MID + 4095, bytes, 2), "across a border");
	require(!ram_write(cpu, MODEL_MID, bytes, 0), "nothing");
	require(!ram_write(cpu, MODEL_LOW_END, bytes, 1), "no RAM");
	require(!ram_write(cpu, ~0ull, bytes, 1), "no address");
	require_slots_empty();
}

static void exchange_needs_the_old_value(void **state)
{
	const u64 gpa = MODEL_HIGH + 0x1008;
	u64 *word = guest_ram(gpa);

	*word = 5;
	require(!ram_cmpxchg(cpu, gpa, 4, 6), "something else was there");
	require_equal(*word, 5, "the word");
	require(ram_cmpxchg(cpu, gpa, 5, 6), "it was there");
	require_equal(*word, 6, "the word");
	require(!ram_cmpxchg(cpu, gpa + 4, 0, 1), "it is not aligned");
	require(!ram_cmpxchg(cpu, MODEL_HIGH - 8, 0, 1), "it is no RAM");
	require(!ram_cmpxchg(cpu, ~7ull, 0, 1), "it is no address");
	require_slots_empty();
}

static bool reading;
static u32 torn;

static void *read_words(void *word)
{
	while (__atomic_load_n(&reading, __ATOMIC_ACQUIRE)) {
		u64 value = __atomic_load_n((u64 *)word, __ATOMIC_RELAXED);

		torn += value != 0 && value != ~0ull;
	}
	return NULL;
}

/*
 * Another CPU that reads a pointer sees the old or the new one. It reads where the host writes, so that
 * ThreadSanitizer, which knows linear addresses only, sees the two meet.
 */
static void write_of_a_word_is_one_store(void **state)
{
	const u64 gpa = MODEL_MID + 0x5000, values[] = { 0, ~0ull };
	pthread_t reader;
	u32 i;

	guest.keep_slots = true;
	ram_write(cpu, gpa, &values[0], 8);
	reading = true;
	pthread_create(&reader, NULL, read_words,
		       (u8 *)slot_page(cpu->config.slot) + gpa % SB_PAGE_SIZE);
	for (i = 0; i < 20000; i++)
		ram_write(cpu, gpa, &values[i & 1], 8);
	__atomic_store_n(&reading, false, __ATOMIC_RELEASE);
	pthread_join(reader, NULL);
	require_equal(torn, 0, "the number of torn reads");
}

#define TEST(f) cmocka_unit_test_setup(f, new_cpu)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ram_is_what_lies_in_one_extent),
		TEST(host_memory_is_no_ram),
		TEST(write_hits_what_it_names),
		TEST(write_stays_in_its_page),
		TEST(exchange_needs_the_old_value),
		TEST(write_of_a_word_is_one_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
