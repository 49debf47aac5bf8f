// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCALL: our own hypercalls, and those meant for a hypervisor below us.
 */
#include "../policy/feature.h"
#include "../policy/patches.h"
#include "../policy/policy.h"
#include "../memory/ept.h"
#include "../memory/pool.h"
#include "../watch/watch.h"
#include "../witness/witness.h"

/**
 * request_leave() - leave VMX operation with NMIs blocked
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * Between VMXOFF and Linux's own IDT no handler fits, so an NMI must not come. Only VM entry can
 * block NMIs without taking one: the guest is entered with blocking by NMI and executes the same
 * VMCALL again, whose exit keeps the blocking (SDM 28.5.5). The IRET at the end of the gate ends
 * it, and an NMI that came meanwhile then meets Linux. What the host owes by now is given first.
 */
static void request_leave(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY);
	bool owed = READ_ONCE(cpu->nmi_owed) || cpu->mc_owed;

	/* Unless the guest took a machine check meanwhile, whose IRET ended the blocking. */
	if (cpu->leaving && !owed && blocking & BLOCKING_BY_NMI) {
		regs->rax = 0;
		leave(regs, cpu, vmread(VMCS_GUEST_RIP) + vmread(VMCS_EXIT_INSTRUCTION_LENGTH));
	}
	/* The shadow of STI or MOV SS lasts one instruction, and VMCALL has been executed. */
	blocking &= ~(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS | BLOCKING_BY_NMI);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, blocking | (owed ? 0 : BLOCKING_BY_NMI));
	if (owed) {
		unblock_nmis();
		cpu->nmi_request = 1;
	}
	cpu->leaving = !owed;
}

/* Where a CPU that starts anew must arrive. */
static void note_launch(struct sb_cpu *cpu)
{
	u32 i;

	for (i = 0; i < 2; i++)
		cpu->launched.table[i] = (struct sb_descriptor){
			.limit = vmread(VMCS_GUEST_GDTR_LIMIT + 2 * i),
			.base = vmread(VMCS_GUEST_GDTR_BASE + 2 * i) };
	cpu->launched.tr = vmread(VMCS_GUEST_TR_SELECTOR);
	cpu->launched.tr_base = vmread(VMCS_GUEST_TR_BASE);
	cpu->launched.tr_limit = vmread(VMCS_GUEST_TR_LIMIT);
	cpu->settled = SB_SETTLED_ALL;
}

/* Once for each launch: a second one would forge the record of it. */
static u64 hello(struct sb_cpu *cpu)
{
	if (cpu->active)
		return SB_ERROR_ARGUMENT;
	note_launch(cpu);
	host_lock(cpu);
	features_apply_cpu(cpu);
	pages_flush(cpu);
	WRITE_ONCE(cpu->active, 1);
	host_unlock(cpu);
	record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_LAUNCH,
						.rip = vmread(VMCS_GUEST_RIP) });
	return SB_ABI_VERSION;
}

/* The block of a SB_HYPERCALL_DONATE that waits for every CPU to have called SYNC; 0: none. */
static u64 donated, donated_generation;

/*
 * Pages that are anyone's but Linux's stay what they are. Memory that a module has left is Linux's.
 */
static bool is_free_block(u64 phys)
{
	u64 offset;

	if (phys % (2ull << 20) || !is_ram(phys, 2ull << 20))
		return false;
	for (offset = 0; offset < 2ull << 20; offset += SB_PAGE_SIZE) {
		u32 owner = page_at(phys + offset).owner;

		if (owner != OWNER_NONE && owner != OWNER_RELEASED && owner != OWNER_DYNAMIC)
			return false;
	}
	return true;
}

/* In two steps: hidden, and when every CPU knows, used. */
static u64 donate(struct sb_cpu *cpu, u64 phys)
{
	if (donated && donated == phys) {
		if (cpus_behind(donated_generation))
			return SB_ERROR_BUSY;
		donated = 0;
		pool_add_block(phys);
		return SB_ANSWER_DONE;
	}
	if (donated)
		return SB_ERROR_BUSY;
	if (!pool_can_grow())
		return SB_ERROR_FULL;
	if (!is_free_block(phys))
		return SB_ERROR_ARGUMENT;
	if (!pages_hide_block(phys))
		return SB_ERROR_MEMORY;
	pages_changed(cpu);
	donated = phys;
	donated_generation = status()->generation;
	return SB_ANSWER_SYNC;
}

#ifdef SHADOW_BOX_TEST

static void fault_for_test(u64 kind)
{
	if (kind == 0)
		*(volatile u64 *)SB_CPU_BASE = *(volatile u64 *)(SB_CPU_BASE + 0x1000);
	else
		asm volatile("mov %0, %%ds" : : "r" (0x7f8));
}

static void spin_for_test(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u64 before = cpu_counters(cpu)->nmi_host, rounds = regs->rbx;

	while (rounds--)
		pause();
	regs->rax = READ_ONCE(cpu_counters(cpu)->nmi_host) - before;
}

static bool test_hypercall(u32 number, struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (number == SB_HYPERCALL_FAULT)
		fault_for_test(regs->rbx);
	else if (number == SB_HYPERCALL_SPIN)
		spin_for_test(regs, cpu);
	else if (number == SB_HYPERCALL_STAYS)
		regs->rax = tell_stay((u32)regs->rbx >> 16, regs->rbx & 0xffff);
	else if (number == SB_HYPERCALL_LEAVES)
		regs->rax = count_leaves(regs->rbx);
	else
		return false;
	return true;
}

#else

static bool test_hypercall(u32 number, struct sb_regs *regs, struct sb_cpu *cpu)
{
	return false;
}

#endif

/*
 * Commands come from one instruction of the module, whose page is the one that it was on at the
 * launch. Code that calls that instruction is trusted no more than root is; the lock is what stops
 * it.
 */
static bool is_from_module(void)
{
	u64 rip = vmread(VMCS_GUEST_RIP);
	struct walk walk;

	return rip == facts()->vmcall && guest_walk(rip, &walk) && walk.gpa == facts()->vmcall_phys;
}

static u64 command(u32 number, const struct sb_regs *regs, struct sb_cpu *cpu)
{
	switch (number) {
	case SB_HYPERCALL_SYNC:
		return sync_cpu(cpu);
	case SB_HYPERCALL_POLICY:
		return set_policies(cpu, regs->rbx, regs->rcx);
	case SB_HYPERCALL_LOCK:
		return lock_policies(cpu);
	case SB_HYPERCALL_MODULE_ADD:
		return module_add(cpu, regs->rbx);
	case SB_HYPERCALL_MODULE_TABLE:
		return module_table(cpu, regs->rbx, regs->rcx, regs->rdx);
	case SB_HYPERCALL_MODULE_PROTECT:
		return module_protect(cpu, regs->rbx, regs->rcx);
	case SB_HYPERCALL_MODULE_GOING:
		return module_going(cpu, regs->rbx);
	case SB_HYPERCALL_MODULE_RELEASE:
		return module_release(cpu, regs->rbx);
	case SB_HYPERCALL_DONATE:
		return donate(cpu, regs->rbx);
	case SB_HYPERCALL_STANDING:
		return patches_adopt(regs->rbx, regs->rcx);
	case SB_HYPERCALL_SWEEP:
		return set_sweep_period(cpu, regs->rbx);
	case SB_HYPERCALL_SWEEP_NOW:
		return sweep_now(cpu);
	case SB_HYPERCALL_WITNESS_KEY:
		return witness_key(cpu, regs->rbx);
	case SB_HYPERCALL_WITNESS:
		return witness(cpu, regs->rbx, regs->rcx);
	default:
		return SB_ERROR_UNKNOWN;
	}
}

static u64 locked_command(u32 number, const struct sb_regs *regs, struct sb_cpu *cpu)
{
	u64 answer;

	host_lock(cpu);
	answer = command(number, regs, cpu);
	host_unlock(cpu);
	return answer;
}

/* After the first of the two calls: another CPU has locked meanwhile. */
static void stay(struct sb_cpu *cpu)
{
	cpu->leaving = 0;
	vmcs_clear_bits(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_NMI);
}

/* Return: true if LEAVE goes its own way: VMCALL is executed again. */
static bool leave_unless_locked(struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (!status()->locked) {
		request_leave(regs, cpu);
		return true;
	}
	if (cpu->leaving)
		stay(cpu);
	refusal(cpu, SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_WHY_LOCKED, SB_HYPERCALL_LEAVE);
	regs->rax = SB_ERROR_LOCKED;
	return false;
}

static void own_hypercall(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 number = regs->rax & 0xffff;

	if (test_hypercall(number, regs, cpu)) {
		/* RAX is the answer. */
	} else if (!is_from_module()) {
		refusal(cpu, SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_WHY_HYPERCALL, number);
		regs->rax = SB_ERROR_ORIGIN;
	} else if (number == SB_HYPERCALL_HELLO) {
		regs->rax = hello(cpu);
	} else if (number == SB_HYPERCALL_LEAVE) {
		if (leave_unless_locked(regs, cpu))
			return;
	} else {
		regs->rax = locked_command(number, regs, cpu);
	}
	guest_skip_instruction();
}

/*
 * Hyper-V's calls have anything in RAX. There the number counts only where the module's VMCALL is.
 */
static bool is_own(const struct sb_regs *regs, struct sb_cpu *cpu)
{
	return ((u32)regs->rax & 0xffff0000) == SB_HYPERCALL && !guest_cpl() &&
	       (cpu->config.hypervisor != SB_HYPERVISOR_HYPERV || is_from_module());
}

/**
 * handle_vmcall() - VMCALL of the guest
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * Where nobody takes it, VMCALL raises #UD as on the bare machine.
 */
void handle_vmcall(struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (is_own(regs, cpu))
		own_hypercall(regs, cpu);
	else if (call_hypervisor(regs, cpu))
		guest_skip_instruction();
	else
		guest_inject_exception(VECTOR_UD);
}
