// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exit path, resume.S and vectors.S included, executed instruction by instruction: with the trap flag set,
 * VMRESUME undefined and GS on a struct sb_cpu, it runs in a process. An NMI, a machine check or a
 * fault can so arrive between any two instructions, with frame, stub, handler and IRET as they are.
 */
#define _GNU_SOURCE
#define pause libc_pause	/* the host has a pause() of its own */
#include <asm/prctl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#undef pause

#include "host_model.h"

extern const char exit_entry[], vectors[], step_start[];

#define EFLAGS_TF	BIT(8)
#define ARRIVALS_MAX	3
#define NEVER		0u

/**
 * struct step - execution of the host
 * @on: the host executes
 * @count: instructions so far in this run, over all its VM exits
 * @nmi_at: NMIs arrive before these instructions
 * @machine_check_at: a machine check does
 * @fault_at: an exception @vector with @error does, which the code did not cause
 * @machine_checks: machine checks that arrived
 * @at_iret: the instruction that is next is IRET
 * @process: where the process goes on when the host enters the guest
 */
static struct step {
	bool on;
	u32 count;
	u32 nmi_at[ARRIVALS_MAX];
	u32 machine_check_at;
	u32 fault_at;
	u32 vector;
	u64 error;
	u64 fault_rip;
	u32 machine_checks;
	bool at_iret;
	gregset_t process;
} step;

static struct sb_cpu *cpu;
static struct sb_regs guest_regs;

/* The order of struct sb_regs. */
static const u8 gpr[] = {
	REG_R15, REG_R14, REG_R13, REG_R12, REG_R11, REG_R10, REG_R9, REG_R8,
	REG_RDI, REG_RSI, REG_RBP, REG_RBX, REG_RDX, REG_RCX, REG_RAX,
};

static bool is_at(const greg_t *r, const char *bytes, u32 size)
{
	return !memcmp((const void *)r[REG_RIP], bytes, size);
}

static bool is_on_page(const greg_t *r, u64 page)
{
	return (u64)r[REG_RSP] - 1 - (u64)cpu - page < SB_PAGE_SIZE;
}

static void push(greg_t *r, u64 value)
{
	r[REG_RSP] -= 8;
	*(u64 *)r[REG_RSP] = value;
}

/* What the CPU does for an exception or NMI (SDM 6.14); @stack is 0 for the current one. */
static void deliver(greg_t *r, u32 vector, u64 stack, const u64 *error)
{
	u64 rsp = r[REG_RSP];

	r[REG_RSP] = (stack ? (u64)cpu + stack : rsp) & ~15ull;
	push(r, (u64)r[REG_CSGSFS] >> 48);
	push(r, rsp);
	push(r, r[REG_EFL]);
	push(r, r[REG_CSGSFS] & 0xffff);
	push(r, r[REG_RIP]);
	if (error)
		push(r, *error);
	r[REG_RIP] = (u64)&vectors[vector * SB_IMAGE_VECTOR_SIZE];
}

static bool has_error_code(u32 vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;
}

static void maybe_fault(greg_t *r)
{
	u32 v = step.vector;

	if (step.count != step.fault_at)
		return;
	step.fault_rip = r[REG_RIP];
	deliver(r, v, v == VECTOR_DF ? SB_CPU_DF_STACK_TOP : 0,
		has_error_code(v) ? &step.error : NULL);
}

/* Not while the NMI handler runs: its own IRET would come too late (a limit of every CPU). */
static void maybe_machine_check(greg_t *r)
{
	if (!step.machine_check_at || step.count < step.machine_check_at ||
	    is_on_page(r, SB_CPU_NMI_STACK))
		return;
	step.machine_check_at = NEVER;
	step.machine_checks++;
	deliver(r, VECTOR_MC, SB_CPU_MC_STACK_TOP, NULL);
}

static void maybe_nmi(greg_t *r)
{
	u32 i;

	for (i = 0; i < ARRIVALS_MAX; i++)
		if (step.nmi_at[i] == step.count)
			vmx_nmi();
	if (vmx_host_takes_nmi())
		deliver(r, VECTOR_NMI, SB_CPU_NMI_STACK_TOP, NULL);
}

/* Functions of C expect a return address on an aligned stack. */
static void check_alignment(const greg_t *r)
{
	const void *rip = (const void *)r[REG_RIP];

	if (rip == handle_exit || rip == deliver_events || rip == handle_nmi ||
	    rip == handle_machine_check || rip == handle_exception || rip == resume_failed)
		require(r[REG_RSP] % 16 == 8, "the stack is not aligned for a C function");
}

static bool is_in_host(const greg_t *r)
{
	return (u64)r[REG_RSP] - (u64)cpu <= SB_CPU_STRIDE;
}

/* An instruction of the host has been executed. */
static void on_step(greg_t *r)
{
	if (!step.on || !is_in_host(r)) {	/* it has left by longjmp() */
		step.on = false;
		r[REG_EFL] &= ~EFLAGS_TF;
		return;
	}
	step.count++;
	require(step.count < 100000, "the host never enters the guest");
	if (step.at_iret)
		vmx.nmi_blocked = false;
	check_alignment(r);
	maybe_fault(r);
	maybe_machine_check(r);
	maybe_nmi(r);
	step.at_iret = is_at(r, "\x48\xcf", 2);
}

static void begin_host(greg_t *r)
{
	u32 i;

	memcpy(step.process, r, sizeof(step.process));
	step.on = true;
	step.at_iret = false;
	for (i = 0; i < ARRAY_SIZE(gpr); i++)
		r[gpr[i]] = ((u64 *)&guest_regs)[i];
	r[REG_RIP] = (u64)exit_entry;
	r[REG_RSP] = (u64)cpu + SB_CPU_STACK_TOP - 8;
	r[REG_EFL] |= EFLAGS_TF;
}

static void end_host(greg_t *r)
{
	u32 i;

	require_equal(r[REG_RSP] - (u64)cpu, SB_CPU_STACK_TOP - 8, "RSP at VMRESUME");
	step.on = false;
	for (i = 0; i < ARRAY_SIZE(gpr); i++)
		((u64 *)&guest_regs)[i] = r[gpr[i]];
	memcpy(r, step.process, sizeof(step.process));
	r[REG_RIP] += 2;
	vmx_enter();
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (number == SIGTRAP)
		on_step(r);
	else if ((const char *)r[REG_RIP] == step_start)
		begin_host(r);
	else if (step.on && is_at(r, "\x0f\x01\xc3", 3))
		end_host(r);
	else
		unit_fail(__FILE__, __LINE__, "signal %d at 0x%llx, stack at 0x%llx, step %u",
			  number, (u64)r[REG_RIP], (u64)r[REG_RSP] - (u64)cpu, step.count);
}

/* In each test anew: cmocka has handlers of its own. */
static void catch_signals(void)
{
	static u8 stack[1 << 16];
	static const int signals[] = { SIGTRAP, SIGILL, SIGSEGV, SIGBUS };
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };
	u32 i;

	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

/* From VM exit to VM entry. */
__attribute__((noinline, noclone)) static void host_stay(struct sb_cpu *c)
{
	asm volatile("step_start: ud2" : : : "memory");
}

/* The guest */

static const struct exit {
	const char *name;
	u32 reason;
	u64 rax, rcx;
	u64 changes;		/* registers that the guest finds changed: bits of gpr[] */
	u64 idt_vectoring;
} exits[] = {
	{ "CPUID", EXIT_REASON_CPUID, 1, 0, 0x7800, 0 },
	{ "RDMSR", EXIT_REASON_RDMSR, 0, MODEL_MSR, 0x5000, 0 },
	{ "RDMSR with #GP", EXIT_REASON_RDMSR, 0, MODEL_MSR_NONE, 0, 0 },
	{ "WRMSR of microcode", EXIT_REASON_WRMSR, 0, IA32_BIOS_UPDT_TRIG, 0, 0 },
	{ "VMXON", EXIT_REASON_VMXON, 0, 0, 0, 0 },
	{ "HELLO", EXIT_REASON_VMCALL, SB_HYPERCALL, 0, 0x4000, 0 },
	{ "EPT violation", EXIT_REASON_EPT_VIOLATION, 0, 0, 0, 0 },
	{ "EPT violation in delivery", EXIT_REASON_EPT_VIOLATION, 0, 0, 0, 0x800000ef },
	{ "LEAVE", EXIT_REASON_VMCALL, SB_HYPERCALL | SB_HYPERCALL_LEAVE, 0, 0, 0 },
};

static void begin(void)
{
	static struct step none;

	catch_signals();
	step = none;
	cpu = host_new_cpu();
	syscall(SYS_arch_prctl, ARCH_SET_GS, cpu);
	step.fault_at = NEVER;
}

static enum vmx_ending exit_to_host(const struct exit *e)
{
	struct sb_regs before;
	enum vmx_ending ending;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(gpr); i++)
		((u64 *)&guest_regs)[i] = random_u64();
	guest_regs.rax = e->rax;
	guest_regs.rcx = e->rcx;
	before = guest_regs;
	vmx_exit(e->reason);
	vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
	vmx.field[VMCS_GUEST_PHYSICAL_ADDRESS] = guest.facts.block[0];
	vmx.field[VMCS_IDT_VECTORING_INFO] = e->idt_vectoring;
	ending = vmx_run(host_stay, cpu);
	for (i = 0; i < ARRAY_SIZE(gpr) && ending == VMX_RETURNED; i++)
		if (!(e->changes >> i & 1))
			require(((u64 *)&guest_regs)[i] == ((u64 *)&before)[i],
				"%s: register %u of the guest changed (step %u)", e->name, i,
				step.count);
	return ending;
}

/* The guest goes on until nothing is owed to it. Its own instructions are no steps. */
static void settle(void)
{
	static const struct exit window = { .name = "NMI exit or window" };
	u32 i;

	for (i = 0; i < 30; i++) {
		while (vmx_boundary()) {
			struct exit e = window;

			e.reason = vmx.field[VMCS_EXIT_REASON];
			require_equal(exit_to_host(&e), VMX_RETURNED, "how the host ended");
		}
		if (vmx.depth)
			vmx_guest_iret();
		else
			vmx_guest_executed(0);
	}
}

static void check_account(const char *name)
{
	const struct sb_counters *c = cpu_counters(cpu);

	require(!cpu->nmi_owed && !cpu->mc_owed && !cpu->nmi_virtual && !vmx.nmi_latched,
		"%s, NMIs at %u and %u: %u NMIs, %u machine checks are owed", name, step.nmi_at[0],
		step.nmi_at[1], cpu->nmi_owed, cpu->mc_owed);
	require_equal(c->nmi_host, c->nmi_redelivered + c->nmi_coalesced, "nmi_host");
	require_equal(c->nmi_redelivered, vmx.injected, "nmi_redelivered");
	require_equal(vmx.arrived, vmx.direct + vmx.injected + c->nmi_coalesced,
		      "NMIs that arrived");
	require(!c->nmi_coalesced || vmx.arrived > 2, "%s: an NMI was coalesced without need",
		name);
	require_equal(vmx.machine_checks, step.machine_checks, "machine checks");
}

static void run(const struct exit *e, const u32 nmi_at[ARRIVALS_MAX], u32 machine_check_at)
{
	enum vmx_ending ending;
	u32 calls;

	begin();
	memcpy(step.nmi_at, nmi_at, sizeof(step.nmi_at));
	step.machine_check_at = machine_check_at;
	for (calls = 0; calls < 10; calls++) {
		ending = exit_to_host(e);
		if (ending == VMX_LEFT)
			break;
		require_equal(ending, VMX_RETURNED, "how the host ended");
		settle();
		if (strcmp(e->name, "LEAVE"))
			break;
	}
	if (ending == VMX_LEFT) {
		require(vmx.nmi_blocked, "the host left with NMIs unblocked");
		vmx.direct += vmx.nmi_latched;
		vmx.nmi_latched = false;
	}
	check_account(e->name);
}

/* How many steps there are without any NMI. */
static u32 length_of(const struct exit *e)
{
	run(e, (u32[ARRIVALS_MAX]){ NEVER }, NEVER);
	return step.count;
}

/*
 * In a long run every instruction of resume.S at both ends, and of short exits, and some hundred of a
 * long exit, in which one instruction of C is like the other. In a short run about every sixth of
 * these: all exits have the same resume.S, so that together they try nearly all of its instructions.
 */
static u32 next_step(u32 at, u32 length)
{
	bool is_middle = at > 60 && at + 100 < length;
	u32 skipped = is_middle && length > 700 ? random_below(length / 30) : 0;

	return at + 1 + (is_long_run() ? skipped : skipped * 6 + random_below(12));
}

/* LEAVE settles between its two calls, which unblocks nothing: it is the same guest instruction. */
static void an_nmi_before_any_instruction(void **state)
{
	u32 i, at, total = 0, all = 0;

	random_seed(5);
	for (i = 0; i < ARRAY_SIZE(exits); i++) {
		u32 length = length_of(&exits[i]);

		for (at = 1; at <= length; at = next_step(at, length), total++)
			run(&exits[i], (u32[ARRIVALS_MAX]){ at }, NEVER);
		all += length;
	}
	printf("%u of %u instructions of %zu exits\n", total, all, ARRAY_SIZE(exits));
}

/* With one taken already: while it is being given back, the next may come. */
static void a_second_nmi_before_each_instruction(void **state)
{
	static const u32 first[] = { 0, 4 };	/* CPUID, VMXON */
	u32 i, at, length;

	random_seed(10);
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		run(&exits[first[i]], (u32[ARRIVALS_MAX]){ 1 }, NEVER);
		length = step.count;
		for (at = 2; at <= length; at += is_long_run() ? 1 : 1 + random_below(12))
			run(&exits[first[i]], (u32[ARRIVALS_MAX]){ 1, at }, NEVER);
	}
}

static void three_nmis_before_any_instruction(void **state)
{
	u32 times = is_long_run() ? 50 : 10, i, n;

	random_seed(6);
	for (i = 0; i < ARRAY_SIZE(exits); i++) {
		u32 length = length_of(&exits[i]);

		for (n = 0; n < times; n++) {
			u32 first = 1 + random_below(length), second = first + random_below(60);

			run(&exits[i],
			    (u32[ARRIVALS_MAX]){ first, second, second + random_below(60) }, NEVER);
		}
	}
}

/* Fewer instructions of each exit: the code is the same as for NMIs. */
static void a_machine_check_before_many_instructions(void **state)
{
	u32 i, at;

	random_seed(7);
	for (i = 0; i < ARRAY_SIZE(exits) - 1; i++) {	/* LEAVE: nmi_test */
		u32 length = length_of(&exits[i]);

		for (at = 1; at <= length; at = next_step(at + random_below(3), length))
			run(&exits[i], (u32[ARRIVALS_MAX]){ at + random_below(80) }, at);
	}
}

/* Each of the 256 stubs: the last words name vector, error code and where the host was. */
static void every_vector_has_its_stub(void **state)
{
	u32 v;

	random_seed(8);
	for (v = 0; v < 256; v++) {
		const struct sb_event *e;

		if (v == VECTOR_NMI || v == VECTOR_MC || v == 29 || v == 30)
			continue;	/* 29 and 30 are AMD's */
		begin();
		step.vector = v;
		step.error = 0xe000 + v;
		step.fault_at = 20 + v % 50;
		require_equal(exit_to_host(&exits[0]), VMX_STOPPED, "how the host ended");
		e = &cpu_ring(cpu)->event[0];
		require_equal(cpu_ring(cpu)->head, 1, "number of events");
		require_equal(e->type, SHADOW_BOX_EVENT_HOST_FAULT, "type of the event");
		require_equal(e->code, v, "vector");
		require_equal(e->error, has_error_code(v) ? 0xe000 + v : 0, "error code");
		require_equal(e->rip, step.fault_rip, "RIP");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_nmi_before_any_instruction),
		cmocka_unit_test(a_second_nmi_before_each_instruction),
		cmocka_unit_test(three_nmis_before_any_instruction),
		cmocka_unit_test(a_machine_check_before_many_instructions),
		cmocka_unit_test(every_vector_has_its_stub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
