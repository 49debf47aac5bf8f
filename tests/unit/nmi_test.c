// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs and machine checks at any moment of a VM exit: whatever the host and a guest do, each is
 * delivered once, none while NMIs are blocked, and none gets stuck.
 */
#include "host_model.h"

static struct sb_cpu *cpu;

/*
 * Moments: whenever the host executes an instruction of the model, before and after its last look
 * at nmi_request, and between two instructions of the guest. NMIs come at those in @at, or by
 * chance.
 */
#define ARRIVALS_MAX 4

static struct {
	u32 now;
	u32 at[ARRIVALS_MAX];
	u32 machine_check_at;
	u32 nmi_chance;			/* in 10,000 */
	u32 machine_check_chance;	/* in 10,000, host only */
	u64 machine_checks;
	bool in_resume;
	bool sent_back;
} moment;

static bool by_chance(u32 chance)
{
	return chance && random_below(10000) < chance;
}

static void maybe_nmi(void)
{
	u32 i;

	for (i = 0; i < ARRIVALS_MAX; i++)
		if (moment.at[i] && moment.at[i] == moment.now)
			vmx_nmi();
	moment.now++;
	if (by_chance(moment.nmi_chance))
		vmx_nmi();
}

/* What the handler finds on its stack; inside of the last instructions before VMRESUME, or not. */
static struct host_frame interrupted(void)
{
	u64 begin = (u64)resume_begin, size = resume_end - resume_begin;
	struct host_frame f = { .iret.rsp = 0x1234 };

	if (moment.in_resume)
		f.iret.rip = begin + random_below(size);
	else
		f.iret.rip = random_chance(50) ? begin - 1 - random_below(50) :
						 begin + size + random_below(50);
	return f;
}

static void check_where_it_returns(const struct host_frame *before, const struct host_frame *after)
{
	if (!moment.in_resume) {
		require(!memcmp(before, after, sizeof(*after)), "the handler changed its frame");
		return;
	}
	require(after->iret.rip == (u64)resume_begin, "the CPU is not sent back to resume_begin");
	require(after->iret.rsp == (u64)cpu_regs(cpu), "its stack is not the one of resume_begin");
	moment.sent_back = true;
}

static void host_nmi(void)
{
	struct host_frame before = interrupted(), after = before;

	handle_nmi(&after, cpu);
	check_where_it_returns(&before, &after);
	vmx.nmi_blocked = false;
}

/* Another while one is on its way would shut a real CPU down. */
static void host_machine_check(void)
{
	struct host_frame before = interrupted(), after = before;
	u32 chance = moment.machine_check_chance;
	bool in_resume = moment.in_resume;

	moment.machine_check_at = moment.machine_check_chance = 0;
	moment.machine_checks++;
	handle_machine_check(&after, cpu);
	moment.machine_check_chance = chance;
	moment.in_resume = in_resume;
	check_where_it_returns(&before, &after);
	vmx.nmi_blocked = false;
}

static void host_moment(void)
{
	maybe_nmi();
	if (vmx_host_takes_nmi())
		host_nmi();
	if (cpu->mc_owed || vmx.machine_checks != moment.machine_checks)
		return;
	if (moment.now == moment.machine_check_at || by_chance(moment.machine_check_chance))
		host_machine_check();
}

/* A moment in the last instructions of resume.S. Returns true if the CPU was sent back. */
static bool resume_moment(void)
{
	moment.in_resume = true;
	moment.sent_back = false;
	host_moment();
	moment.in_resume = false;
	return moment.sent_back;
}

/* exit_entry to VMRESUME, as in resume.S. */
static void host_stay(struct sb_cpu *c)
{
	bool look_again;
	u32 looks = 0;

	host_moment();
	handle_exit(cpu_regs(c), c);
	do {
		require(looks++ < 100000, "the host never enters the guest");
		host_moment();
		if (c->nmi_request) {
			deliver_events(c);
			look_again = true;
		} else {
			look_again = resume_moment();
		}
	} while (look_again);
	vmx_enter();
}

/* Invariants */

static void check_account(void)
{
	const struct sb_counters *c = cpu_counters(cpu);

	require_equal(c->nmi_host, c->nmi_redelivered + c->nmi_coalesced + cpu->nmi_owed,
		      "nmi_host");
	require(cpu->nmi_owed <= 2, "%u NMIs are owed", cpu->nmi_owed);
	require_equal(c->nmi_redelivered, vmx.injected, "nmi_redelivered");
	require_equal(vmx.direct + c->nmi_host + vmx.nmi_latched, vmx.arrived,
		      "NMIs seen by guest and host");
	require_equal(vmx.machine_checks + cpu->mc_owed, moment.machine_checks, "machine checks");
	require((cpu->nmi_owed || cpu->mc_owed) == cpu->nmi_virtual,
		"virtual NMIs are %s with %u NMIs and %u machine checks owed",
		cpu->nmi_virtual ? "on" : "off", cpu->nmi_owed, cpu->mc_owed);
}

static enum vmx_ending stay(void)
{
	enum vmx_ending ending = vmx_run(host_stay, cpu);

	if (ending == VMX_RETURNED)
		check_account();
	return ending;
}

/* The guest */

/* Between two instructions: NMIs come, and what exits at once does. */
static void boundary(void)
{
	maybe_nmi();
	while (vmx_boundary())
		require_equal(stay(), VMX_RETURNED, "how the host ended");
}

static void execute(u32 shadow)
{
	vmx_guest_executed(shadow);
	boundary();
}

static void execute_iret(void)
{
	vmx_guest_iret();
	boundary();
}

/* An instruction that exits. What it makes of itself, the guest has executed. */
static enum vmx_ending execute_exiting(u32 reason, u64 rax, u64 rcx)
{
	enum vmx_ending ending;
	u64 rip = reason == EXIT_REASON_VMCALL ? VMCALL_RIP : vmx.field[VMCS_GUEST_RIP];

	vmx.field[VMCS_GUEST_RIP] = rip;
	cpu_regs(cpu)->rax = rax;
	cpu_regs(cpu)->rcx = rcx;
	cpu_regs(cpu)->rdx = 0;
	vmx_exit(reason);
	ending = stay();
	if (ending != VMX_RETURNED)
		return ending;
	if (rip != vmx.field[VMCS_GUEST_RIP])
		vmx.entries_in_place = 1;
	boundary();
	return ending;
}

static void touch_host_memory(bool while_delivering)
{
	vmx_exit(EXIT_REASON_EPT_VIOLATION);
	vmx.field[VMCS_EXIT_QUALIFICATION] = 0x18a;
	vmx.field[VMCS_GUEST_PHYSICAL_ADDRESS] = guest.facts.block[0];
	vmx.field[VMCS_IDT_VECTORING_INFO] = while_delivering ? 0x800000ef : 0;
	require_equal(stay(), VMX_RETURNED, "how the host ended");
	boundary();
}

/* What the guest can do next. */
enum action {
	NOP, STI, MOV_SS, IRET, CPUID, RDMSR, RDMSR_FAULT, WRMSR_FAULT, MICROCODE, XSETBV_FAULT,
	INVD, VMX_INSTRUCTION, VMCALL, EPT_VIOLATION, EPT_VIOLATION_DELIVERING, ACTIONS,
};

static void act(enum action action)
{
	switch (action) {
	case NOP: return execute(0);
	case STI: return execute(BLOCKING_BY_STI);
	case MOV_SS: return execute(BLOCKING_BY_MOV_SS);
	case IRET: return vmx.depth ? execute_iret() : execute(0);
	case CPUID: execute_exiting(EXIT_REASON_CPUID, 1, 0); break;
	case RDMSR: execute_exiting(EXIT_REASON_RDMSR, 0, MODEL_MSR); break;
	case RDMSR_FAULT: execute_exiting(EXIT_REASON_RDMSR, 0, MODEL_MSR_NONE); break;
	case WRMSR_FAULT: execute_exiting(EXIT_REASON_WRMSR, 0, MODEL_MSR_NONE); break;
	case MICROCODE: execute_exiting(EXIT_REASON_WRMSR, 0, IA32_BIOS_UPDT_TRIG); break;
	case XSETBV_FAULT: execute_exiting(EXIT_REASON_XSETBV, 0, 0); break;
	case INVD: execute_exiting(EXIT_REASON_INVD, 0, 0); break;
	case VMX_INSTRUCTION: execute_exiting(EXIT_REASON_VMXON, 0, 0); break;
	case VMCALL: execute_exiting(EXIT_REASON_VMCALL, SB_HYPERCALL | 77, 0); break;
	case EPT_VIOLATION: return touch_host_memory(false);
	default: return touch_host_memory(true);
	}
}

/* The next thing to call for a guest in handlers: most often it returns from them. */
static void act_by_chance(void)
{
	act(vmx.depth && random_chance(30) ? IRET : random_below(ACTIONS));
}

/* No more NMIs; a guest that goes on must get what is owed to it, and soon. */
static void settle(void)
{
	u32 owed = cpu->nmi_owed + cpu->mc_owed + vmx.nmi_latched;
	u32 limit = vmx.depth + 4 * owed, steps;

	moment.nmi_chance = moment.machine_check_chance = 0;
	memset(moment.at, 0, sizeof(moment.at));
	for (steps = 0; cpu->nmi_owed || cpu->mc_owed || vmx.nmi_latched || vmx.depth; steps++) {
		require(steps < limit, "%u NMIs and %u machine checks are stuck",
			cpu->nmi_owed + vmx.nmi_latched, cpu->mc_owed);
		act(vmx.depth ? IRET : NOP);
	}
	check_account();
	require(!cpu->nmi_virtual && !vmx.field[VMCS_PIN_CONTROLS], "virtual NMIs stay on");
}

/* The VMCALL is the guest's next instruction until it is on the bare CPU. */
static void leave_host(void)
{
	enum vmx_ending ending = VMX_RETURNED;
	u32 calls, limit = 1000 + 2 * vmx.depth;

	for (calls = 0; ending == VMX_RETURNED; calls++) {
		require(calls < limit, "the guest cannot leave");
		if (vmx.depth)
			execute_iret();
		else
			ending = execute_exiting(EXIT_REASON_VMCALL,
						 SB_HYPERCALL | SB_HYPERCALL_LEAVE, 0);
	}
	require_equal(ending, VMX_LEFT, "how the host ended");
	require_equal(cpu_regs(cpu)->rax, 0, "RAX after LEAVE");
	require(!cpu->nmi_owed && !cpu->mc_owed, "the host left with %u NMIs and %u #MCs owed",
		cpu->nmi_owed, cpu->mc_owed);
	require(vmx.nmi_blocked, "the host left with NMIs unblocked");
	require(!cpu->nmi_virtual, "the host left with virtual NMIs on");
}

/* On the bare CPU: the gate's IRET, then what was latched, then a launch anew. */
static void relaunch(void)
{
	vmx.nmi_blocked = vmx.guest_blocked = false;
	if (vmx.nmi_latched) {
		vmx.nmi_latched = false;
		vmx.direct++;
	}
	cpu->leaving = 0;
	host_launch(cpu);
	vmx_guest_executed(0);
	check_account();
}

static void begin(void)
{
	cpu = host_new_cpu();
	vmx.point = host_moment;
	memset(&moment, 0, sizeof(moment));
	moment.now = 1;
}

/* Tests */

static void random_life(u32 nmi_chance, u32 machine_check_chance, bool window_despite_sti)
{
	u32 steps;

	begin();
	vmx.window_despite_sti = window_despite_sti;
	for (steps = 0; steps < 20000; steps++) {
		moment.nmi_chance = nmi_chance;
		moment.machine_check_chance = machine_check_chance;
		if (random_chance(1) && !vmx.guest_blocked && !vmx.shadow) {
			if (cpu->mc_owed)
				continue;
			moment.machine_check_chance = 0;
			moment.nmi_chance = nmi_chance < 500 ? nmi_chance : 500;
			leave_host();
			relaunch();
		} else {
			act_by_chance();
		}
		if (random_chance(1))
			settle();
	}
	settle();
}

/* From an NMI in ten seconds to more than the CPU can take. */
static void nmis_by_chance_are_delivered_once(void **state)
{
	static const u32 chance[] = { 5, 50, 300, 1000, 2000 };
	u64 taken = 0, coalesced = 0, direct = 0;
	u32 i, round;

	random_seed(42);
	for (i = 0; i < ARRAY_SIZE(chance); i++) {
		for (round = 0; round < 10; round++) {
			random_life(chance[i], 0, round % 2);
			taken += cpu_counters(cpu)->nmi_host;
			coalesced += cpu_counters(cpu)->nmi_coalesced;
			direct += vmx.direct;
		}
	}
	printf("%llu NMIs in the guest, %llu in the host, %llu of these coalesced\n", direct, taken,
	       coalesced);
}

static void machine_checks_by_chance_are_delivered_once(void **state)
{
	u32 round;

	random_seed(43);
	for (round = 0; round < 20; round++)
		random_life(round % 4 * 200, 20 << round % 8, round % 2);
}

/* Short programs of a guest, with NMIs at each set of up to three moments. */
static const enum action program[][4] = {
	{ CPUID, NOP, NOP, NOP },
	{ CPUID, CPUID, IRET, NOP },
	{ RDMSR_FAULT, IRET, NOP, NOP },
	{ VMX_INSTRUCTION, CPUID, IRET, IRET },
	{ EPT_VIOLATION, IRET, CPUID, IRET },
	{ EPT_VIOLATION_DELIVERING, IRET, IRET, CPUID },
	{ STI, CPUID, MOV_SS, NOP },
	{ MOV_SS, CPUID, STI, VMCALL },
	{ MICROCODE, IRET, RDMSR_FAULT, IRET },
};

static u64 runs;

static void run_program(const enum action *actions, bool leave_at_end, const u32 at[ARRIVALS_MAX])
{
	u64 coalesced;
	u32 i;

	begin();
	memcpy(moment.at, at, sizeof(moment.at));
	for (i = 0; i < 4 && actions; i++)
		act(actions[i]);
	if (leave_at_end)
		leave_host();
	else
		settle();
	coalesced = cpu_counters(cpu)->nmi_coalesced;
	require_equal(vmx.arrived, vmx.direct + vmx.injected + coalesced + vmx.nmi_latched,
		      "NMIs that arrived");
	/* As on the bare CPU: with one in service and one latched, a third makes no difference. */
	require(!coalesced || vmx.arrived > 2, "of %llu NMIs %llu were coalesced", vmx.arrived,
		coalesced);
	runs++;
}

static void run_with_nmis_everywhere(const enum action *actions, bool leave_at_end)
{
	u32 at[ARRIVALS_MAX] = { 0 }, last;

	run_program(actions, leave_at_end, at);
	last = moment.now;
	for (at[0] = 1; at[0] <= last; at[0]++) {
		at[1] = at[2] = 0;
		run_program(actions, leave_at_end, at);
		for (at[1] = at[0] + 1; at[1] <= last + 10; at[1]++) {
			at[2] = 0;
			run_program(actions, leave_at_end, at);
			for (at[2] = at[1] + 1; at[2] <= last + 20; at[2]++)
				run_program(actions, leave_at_end, at);
		}
	}
}

static void nmis_at_every_three_moments(void **state)
{
	u32 i;

	runs = 0;
	random_seed(44);
	for (i = 0; i < ARRAY_SIZE(program); i++)
		run_with_nmis_everywhere(program[i], false);
	printf("%llu interleavings\n", runs);
}

static void leaving_with_nmis_at_every_three_moments(void **state)
{
	static const enum action in_kernel[] = { CPUID, NOP, NOP, NOP };

	runs = 0;
	random_seed(45);
	run_with_nmis_everywhere(NULL, true);
	run_with_nmis_everywhere(in_kernel, true);
	printf("%llu interleavings\n", runs);
}

/* STI or MOV SS right before the VMCALL: only an attacker does it, but it must not hang the CPU. */
static void leaving_in_the_shadow_of_sti_does_not_hang(void **state)
{
	static const u32 shadow[] = { BLOCKING_BY_STI, BLOCKING_BY_MOV_SS };
	u32 i, at, despite;

	random_seed(46);
	for (i = 0; i < ARRAY_SIZE(shadow); i++) {
		for (at = 1; at < 40; at++) {
			for (despite = 0; despite < 2; despite++) {
				begin();
				vmx.window_despite_sti = despite;
				moment.at[0] = at;
				vmx_guest_executed(shadow[i]);
				leave_host();
			}
		}
	}
}

/*
 * A machine check during the first call of the leave protocol: the guest's handler ends in IRET,
 * which unblocks NMIs before the second call.
 */
static void leaving_after_a_machine_check(void **state)
{
	u32 at, last;

	random_seed(47);
	for (at = 1, last = 1; at <= last; at++) {
		begin();
		moment.machine_check_at = at;
		execute_exiting(EXIT_REASON_VMCALL, SB_HYPERCALL | SB_HYPERCALL_LEAVE, 0);
		last = moment.now;
		moment.machine_check_at = 0;
		leave_host();
		require_equal(vmx.machine_checks, moment.machine_checks, "machine checks");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nmis_by_chance_are_delivered_once),
		cmocka_unit_test(machine_checks_by_chance_are_delivered_once),
		cmocka_unit_test(nmis_at_every_three_moments),
		cmocka_unit_test(leaving_with_nmis_at_every_three_moments),
		cmocka_unit_test(leaving_in_the_shadow_of_sti_does_not_hang),
		cmocka_unit_test(leaving_after_a_machine_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
