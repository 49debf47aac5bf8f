// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands to the host: on the right CPU or not at all, repeated as long as the host asks for it,
 * with memory when the host has none, and made known to every CPU that answers.
 */
#include "unit.h"
#include "kernel/kernel.h"
#include "linux/run/command.h"
#include "linux/state.h"

#define BLOCKS 4

/* Answers that the host gives, in this order; the last one again and again. */
static u64 answers[16];
static u32 nr_answers;

/* What the host was asked. */
static struct { u64 number, rbx, rcx, rdx; int cpu; } calls[256];
static u32 nr_calls;

/* Answers to SYNC in the same way: CPUs that have not taken in the change. */
static u64 behind[16];
static u32 nr_behind, nr_syncs;
static u32 synced[KERNEL_CPUS];

static u8 blocks[BLOCKS][16];
static u32 blocks_given, blocks_freed;
static bool no_blocks;

static struct sb_vcpu vcpus[KERNEL_CPUS];
static struct sb_ring rings[KERNEL_CPUS];
static int slots[KERNEL_CPUS];

static u64 next(const u64 *list, u32 nr, u32 *used)
{
	return list[*used < nr ? (*used)++ : nr - 1];
}

static u32 used_answers, used_behind;

/* The one VMCALL: on the bare machine it would raise #UD. */
u64 sb_hypercall(u64 number, u64 rbx, u64 rcx, u64 rdx)
{
	require(kernel.interrupts_off, "VMCALL with interrupts on");
	require(vcpus[kernel.cpu].active, "VMCALL on the bare machine");
	if (number == SB_HYPERCALL_SYNC) {
		nr_syncs++;
		synced[kernel.cpu]++;
		return next(behind, nr_behind, &used_behind);
	}
	require(nr_calls < ARRAY_SIZE(calls), "no end of hypercalls");
	calls[nr_calls].number = number;
	calls[nr_calls].rbx = rbx;
	calls[nr_calls].rcx = rcx;
	calls[nr_calls].rdx = rdx;
	calls[nr_calls++].cpu = kernel.cpu;
	return next(answers, nr_answers, &used_answers);
}

u8 *sb_block_alloc(u64 *phys)
{
	if (no_blocks || blocks_given == BLOCKS)
		return NULL;
	*phys = (blocks_given + 1) * SB_BLOCK_SIZE;
	return blocks[blocks_given++];
}

void sb_block_free(u8 *virt)
{
	require(virt == blocks[blocks_given - 1], "another block is freed");
	blocks_freed++;
}

#define LIST(list, ...)									\
	do {										\
		static const u64 values[] = { __VA_ARGS__ };				\
		memcpy(list, values, sizeof(values));					\
		nr_##list = ARRAY_SIZE(values);						\
	} while (0)

static int setup(void **state)
{
	int i;

	kernel_reset();
	memset(&sb_core, 0, sizeof(sb_core));
	memset(vcpus, 0, sizeof(vcpus));
	memset(rings, 0, sizeof(rings));
	memset(synced, 0, sizeof(synced));
	for (i = 0; i < KERNEL_CPUS; i++) {
		slots[i] = i;
		vcpus[i] = (struct sb_vcpu){ .cpu = i, .active = true, .ring = &rings[i] };
	}
	sb_core.active = true;
	sb_core.slot_of_cpu = slots;
	sb_core.world.vcpu = vcpus;
	sb_core.world.nr_vcpus = KERNEL_CPUS;
	sb_core.world.memory.nr_blocks = 1;
	nr_calls = nr_syncs = used_answers = used_behind = blocks_given = blocks_freed = 0;
	no_blocks = false;
	LIST(answers, 0);
	LIST(behind, 0);
	return 0;
}

static void expect_calls(u32 nr)
{
	require_equal(nr_calls, nr, "number of hypercalls");
}

static void test_arguments(void **state)
{
	LIST(answers, 42);
	kernel.cpu = 2;
	require_equal(sb_command(SB_HYPERCALL_LOCK, 1, 2, 3), 42, "answer");
	expect_calls(1);
	require_equal(calls[0].number, SB_HYPERCALL_LOCK, "number");
	require_equal(calls[0].rbx, 1, "RBX");
	require_equal(calls[0].rcx, 2, "RCX");
	require_equal(calls[0].rdx, 3, "RDX");
	require_equal(calls[0].cpu, 2, "CPU");
	require(!kernel.interrupts_off, "interrupts stay off");
}

static void test_bare_machine(void **state)
{
	vcpus[0].active = false;
	require_equal(sb_command(SB_HYPERCALL_LOCK, 0, 0, 0), SB_ERROR_UNKNOWN, "answer");
	vcpus[0].active = true;
	slots[0] = -1;
	require_equal(sb_command(SB_HYPERCALL_LOCK, 0, 0, 0), SB_ERROR_UNKNOWN, "answer");
	expect_calls(0);
}

static void test_donation(void **state)
{
	struct sb_memory *memory = &sb_core.world.memory;

	LIST(answers, SB_ERROR_MEMORY, 0, 7);
	require_equal(sb_command(SB_HYPERCALL_POLICY, 5, 6, 0), 7, "answer");
	expect_calls(3);
	require_equal(calls[1].number, SB_HYPERCALL_DONATE, "second hypercall");
	require_equal(calls[1].rbx, SB_BLOCK_SIZE, "address of the block");
	require_equal(calls[2].number, SB_HYPERCALL_POLICY, "third hypercall");
	require_equal(calls[2].rbx, 5, "its argument");
	require_equal(memory->nr_blocks, 2, "blocks of the host");
	require_equal(memory->block[1].phys, SB_BLOCK_SIZE, "address that is noted");
	require_equal(memory->block[1].used, SB_BLOCK_PAGES, "pages used of the block");
	require_equal(blocks_freed, 0, "blocks given back");
	require_equal(nr_syncs, 0, "SYNCs");
}

/* The host takes the block, and uses it when every CPU knows. */
static void test_donation_in_two_steps(void **state)
{
	LIST(answers, SB_ERROR_MEMORY, 2, 0, 7);
	require_equal(sb_command(SB_HYPERCALL_POLICY, 0, 0, 0), 7, "answer");
	expect_calls(4);
	require_equal(calls[2].number, SB_HYPERCALL_DONATE, "third hypercall");
	require_equal(calls[2].rbx, SB_BLOCK_SIZE, "the same block");
	require_equal(sb_core.world.memory.nr_blocks, 2, "blocks of the host");
	require(nr_syncs >= KERNEL_CPUS, "%u SYNCs only", nr_syncs);
}

/* A block that the host did not take is Linux's again; one that it took never is. */
static void test_donation_refused(void **state)
{
	LIST(answers, SB_ERROR_MEMORY, SB_ERROR_FULL, 9);
	require_equal(sb_command(SB_HYPERCALL_POLICY, 0, 0, 0), SB_ERROR_MEMORY, "answer");
	expect_calls(2);
	require_equal(blocks_freed, 1, "blocks given back");
	require_equal(sb_core.world.memory.nr_blocks, 1, "blocks of the host");

	setup(state);
	LIST(answers, SB_ERROR_MEMORY, 2, SB_ERROR_BUSY, 9);
	require_equal(sb_command(SB_HYPERCALL_POLICY, 0, 0, 0), SB_ERROR_MEMORY, "answer");
	expect_calls(3);
	require_equal(blocks_freed, 0, "blocks given back");
	require_equal(sb_core.world.memory.nr_blocks, 2, "blocks of the host");
}

static void test_nothing_to_donate(void **state)
{
	LIST(answers, SB_ERROR_MEMORY);
	no_blocks = true;
	require_equal(sb_command(SB_HYPERCALL_POLICY, 0, 0, 0), SB_ERROR_MEMORY, "answer");
	expect_calls(1);
	no_blocks = false;
	sb_core.world.memory.nr_blocks = SB_BLOCKS_MAX;
	require_equal(sb_command(SB_HYPERCALL_POLICY, 0, 0, 0), SB_ERROR_MEMORY, "answer");
	expect_calls(2);
	require_equal(blocks_given, 0, "blocks taken");
}

/* 1: there is more to do; 2: once every CPU knows. */
static void test_all(void **state)
{
	LIST(answers, 1, 1, 2, 1, 0);
	require_equal(sb_command_all(SB_HYPERCALL_POLICY, 1, 2, 3), 0, "answer");
	expect_calls(5);
	require_equal(calls[4].rbx, 1, "RBX of the last");
	require_equal(calls[4].rdx, 3, "RDX of the last");
	require_equal(nr_syncs, KERNEL_CPUS + 1, "SYNCs");
	require_equal(kernel.reschedules, 4, "chances for others to run");
}

static void test_all_refused(void **state)
{
	LIST(answers, 1, SB_ERROR_LOCKED);
	require_equal(sb_command_all(SB_HYPERCALL_POLICY, 0, 0, 0), SB_ERROR_LOCKED, "answer");
	expect_calls(2);
}

/* A CPU that never answers must not keep the caller for ever. */
static void test_busy(void **state)
{
	LIST(answers, SB_ERROR_BUSY, SB_ERROR_BUSY, 0);
	require_equal(sb_command_all(SB_HYPERCALL_POLICY, 0, 0, 0), 0, "answer");
	expect_calls(3);
	setup(state);
	LIST(answers, SB_ERROR_BUSY);
	require_equal(sb_command_all(SB_HYPERCALL_POLICY, 0, 0, 0), SB_ERROR_BUSY, "answer");
	expect_calls(101);
}

static void test_sync(void **state)
{
	int i;

	kernel.cpu = 1;
	sb_sync();
	for (i = 0; i < KERNEL_CPUS; i++)
		require(synced[i], "CPU %d takes in nothing", i);
	require_equal(nr_syncs, KERNEL_CPUS + 1, "SYNCs");
	require_equal(kernel.warnings, 0, "warnings");
}

/* Somebody else changed something meanwhile: once more, but not for ever. */
static void test_sync_again(void **state)
{
	LIST(behind, 1, 1, 1, 1, 2, 0);
	sb_sync();
	require_equal(nr_syncs, 2 * (KERNEL_CPUS + 1), "SYNCs");
	require_equal(kernel.warnings, 0, "warnings");
	require(kernel.slept, "a CPU that is starting gets no time");
	setup(NULL);
	LIST(behind, 1);
	sb_sync();
	require_equal(nr_syncs, 20 * (KERNEL_CPUS + 1), "SYNCs");
	require_equal(kernel.warnings, 1, "warnings");
}

/* A CPU whose host has stopped, and one on the bare machine, are asked nothing. */
static void test_sync_without(void **state)
{
	rings[2].head = 1;
	rings[2].event[0] = (struct sb_event){ .number = 1, .type = SHADOW_BOX_EVENT_HOST_FAULT };
	vcpus[3].active = false;
	rings[1].head = 1;
	rings[1].event[0] = (struct sb_event){ .number = 1, .type = SHADOW_BOX_EVENT_LAUNCH };
	sb_sync();
	require_equal(synced[0], 2, "SYNCs of CPU 0");
	require_equal(synced[1], 1, "SYNCs of CPU 1");
	require_equal(synced[2], 0, "SYNCs of CPU 2");
	require_equal(synced[3], 0, "SYNCs of CPU 3");
	require_equal(sb_vcpu_state(&vcpus[2]), SHADOW_BOX_CPU_FAULT, "state of CPU 2");
	require_equal(sb_vcpu_state(&vcpus[3]), SHADOW_BOX_CPU_OFF, "state of CPU 3");
}

/* On the bare machine, as after a resume that failed, the answer says nothing of other CPUs. */
static void test_sync_on_the_bare_machine(void **state)
{
	vcpus[0].active = false;
	sb_sync();
	require_equal(synced[0], 0, "SYNCs of CPU 0");
	require_equal(synced[1], 1, "SYNCs of CPU 1");
	require_equal(kernel.warnings, 0, "warnings");
}

/* Each error has words of its own, for they are parts of sentences. */
static void test_errors(void **state)
{
	static const u64 errors[] = { SB_ERROR_LOCKED, SB_ERROR_ARGUMENT, SB_ERROR_MEMORY,
				      SB_ERROR_FULL, SB_ERROR_BUSY, SB_ERROR_UNSUPPORTED,
				      SB_ERROR_UNKNOWN };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		for (j = 0; j < i; j++)
			require(strcmp(sb_command_error(errors[i]), sb_command_error(errors[j])),
				"two errors are '%s'", sb_command_error(errors[i]));
	require(!strcmp(sb_command_error(SB_ERROR_LOCKED), "policies are locked"),
		"locked is '%s'", sb_command_error(SB_ERROR_LOCKED));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_arguments),
		TEST(test_bare_machine),
		TEST(test_donation),
		TEST(test_donation_in_two_steps),
		TEST(test_donation_refused),
		TEST(test_nothing_to_donate),
		TEST(test_all),
		TEST(test_all_refused),
		TEST(test_busy),
		TEST(test_sync),
		TEST(test_sync_again),
		TEST(test_sync_without),
		TEST(test_sync_on_the_bare_machine),
		TEST(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
