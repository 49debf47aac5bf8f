// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands to the host: repeated while there is more to do, made known to every CPU, and given
 * memory when the host has none left.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "../state.h"
#include "command.h"

/*
 * Held for one command with its donation, so that the host is offered one block at a time. The
 * innermost of all locks here. It also orders additions to the blocks of sb_core.world.memory while
 * the world is active: a block is filled in before it is counted, so that readers need only
 * sb_core.lock.
 */
static DEFINE_MUTEX(command_lock);

/* Interrupts are off: one may bring this CPU back to the bare machine, where VMCALL raises #UD. */
static u64 call(u64 number, u64 rbx, u64 rcx, u64 rdx)
{
	u64 answer = SB_ERROR_UNKNOWN;
	struct sb_vcpu *vcpu;
	unsigned long flags;

	local_irq_save(flags);
	vcpu = sb_vcpu_of(smp_processor_id());
	if (vcpu && vcpu->active)
		answer = sb_hypercall(number, rbx, rcx, rdx);
	local_irq_restore(flags);
	return answer;
}

static void sync_one(void *unused)
{
	call(SB_HYPERCALL_SYNC, 0, 0, 0);
}

/* What changed while this CPU was down, it takes in. Context: pinned to the CPU. */
int sb_sync_this_cpu(void)
{
	return SB_IS_ERROR(call(SB_HYPERCALL_SYNC, 0, 0, 0)) ? -EIO : 0;
}

/* A CPU that is starting takes a while until it answers. */
#define SYNC_TRIES 20
#define SYNC_WAIT_MS 10

/**
 * sb_sync() - have every CPU take in what the host changed
 *
 * Others may change something meanwhile, so that one round need not be enough. A CPU that is on the
 * bare machine, as after a resume that failed, takes in everything when it comes back, and cannot
 * ask about others.
 *
 * Context: may sleep.
 */
void sb_sync(void)
{
	u64 behind = 1;
	int i;

	for (i = 0; i < SYNC_TRIES && behind && !SB_IS_ERROR(behind); i++) {
		if (i)
			msleep(i * SYNC_WAIT_MS);
		on_each_cpu_cond(sb_cpu_answers, sync_one, NULL, 1);
		behind = call(SB_HYPERCALL_SYNC, 0, 0, 0);
	}
	WARN_ONCE(behind && !SB_IS_ERROR(behind),
		  "shadow-box: %llu CPUs have not taken in a change\n", behind);
}

/* A block that the host has taken is its own until the world ends, whatever its next answer is. */
static bool donate(void)
{
	struct sb_memory *memory = &sb_core.world.memory;
	struct sb_block *block = &memory->block[memory->nr_blocks];
	u64 answer;

	if (memory->nr_blocks == SB_BLOCKS_MAX)
		return false;
	block->virt = sb_block_alloc(&block->phys);
	if (!block->virt)
		return false;
	answer = call(SB_HYPERCALL_DONATE, block->phys, 0, 0);
	if (SB_IS_ERROR(answer)) {
		sb_block_free(block->virt);
		return false;
	}
	block->used = SB_BLOCK_PAGES;
	smp_store_release(&memory->nr_blocks, memory->nr_blocks + 1);
	if (answer == SB_ANSWER_SYNC) {
		sb_sync();
		answer = call(SB_HYPERCALL_DONATE, block->phys, 0, 0);
	}
	return !answer;
}

/**
 * sb_command() - one hypercall, in the guest world
 * @number: SB_HYPERCALL_...
 * @rbx: first argument
 * @rcx: second argument
 * @rdx: third argument
 *
 * If the host has no memory left, it gets a block and is asked again.
 *
 * Context: may sleep; the world is active and stays so.
 * Return: the host's answer.
 */
u64 sb_command(u64 number, u64 rbx, u64 rcx, u64 rdx)
{
	u64 answer;

	mutex_lock(&command_lock);
	answer = call(number, rbx, rcx, rdx);
	if (answer == SB_ERROR_MEMORY && donate())
		answer = call(number, rbx, rcx, rdx);
	mutex_unlock(&command_lock);
	return answer;
}

#define BUSY_TRIES 100

/**
 * sb_command_all() - a hypercall that the host does bit by bit, to its end
 * @number: SB_HYPERCALL_...
 * @rbx: first argument
 * @rcx: second argument
 * @rdx: third argument
 *
 * Context: may sleep; the world is active and stays so.
 * Return: 0 or an error of abi/hypercall.h.
 */
u64 sb_command_all(u64 number, u64 rbx, u64 rcx, u64 rdx)
{
	int busy = 0;
	u64 answer;

	while ((answer = sb_command(number, rbx, rcx, rdx))) {
		if (answer == SB_ANSWER_SYNC || (answer == SB_ERROR_BUSY && busy++ < BUSY_TRIES))
			sb_sync();
		else if (answer != SB_ANSWER_MORE)
			break;
		cond_resched();
	}
	return answer;
}

/**
 * sb_refill() - have the host ask for what its policies take, before it is used up
 *
 * Context: may sleep; the world is active and stays so.
 */
void sb_refill(void)
{
	sb_command_all(SB_HYPERCALL_POLICY, 0, 0, 0);
}

/* Why the host refused, as part of a sentence. */
const char *sb_command_error(u64 answer)
{
	switch (answer) {
	case SB_ERROR_LOCKED: return "policies are locked";
	case SB_ERROR_ARGUMENT: return "the host does not accept what it was told";
	case SB_ERROR_MEMORY: return "no contiguous memory for the host world (2 MB)";
	case SB_ERROR_FULL: return "a table of the host is full";
	case SB_ERROR_BUSY: return "a CPU does not answer";
	case SB_ERROR_UNSUPPORTED: return "this CPU lacks what it needs";
	case SB_ERROR_KEY: return "the witness has a key already, or none";
	default: return "the host does not know the command";
	}
}
