// SPDX-License-Identifier: GPL-2.0-only
/*
 * One VM exit at a time: what each does to guest, counters and event ring.
 */
#include "host/memory/ept.h"
#include "host_model.h"

#define RIP 0xffffffff81000000ull

static struct sb_cpu *cpu;
static struct sb_regs *regs;

static int new_cpu(void **state)
{
	cpu = host_new_cpu();
	regs = cpu_regs(cpu);
	memset(regs, 0, sizeof(*regs));
	return 0;
}

static void call_handle_exit(struct sb_cpu *c)
{
	handle_exit(regs, c);
}

static enum vmx_ending exits(u32 reason)
{
	vmx_exit(reason);
	return vmx_run(call_handle_exit, cpu);
}

static void exits_and_returns(u32 reason)
{
	require_equal(exits(reason), VMX_RETURNED, "how the host ended");
}

static u32 events(void)
{
	return cpu_ring(cpu)->head;
}

static const struct sb_event *last_event(void)
{
	return &cpu_ring(cpu)->event[(events() - 1) % SB_RING_RECORDS];
}

static u32 violations(void)
{
	return cpu_violations(cpu)->head;
}

static void require_skipped(void)
{
	u64 rip = vmx.field[VMCS_GUEST_RIP];

	require(rip == RIP + 3 || rip == VMCALL_RIP + 3, "RIP after it is 0x%llx", rip);
	require(!(vmx.field[VMCS_ENTRY_INTR_INFO] & INTR_INFO_VALID), "an exception is injected");
}

static void require_exception(u32 vector, bool error_code)
{
	u32 want = 0x80000300 | vector | (error_code ? 0x800 : 0);

	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], want, "the injected event");
	require_equal(vmx.field[VMCS_GUEST_RIP], RIP, "RIP of the exception");
	if (error_code)
		require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], 0, "the error code");
}

/* CPUID */

static void cpuid_passes_through(void **state)
{
	regs->rax = 0xdead00000000000d;
	regs->rcx = 0xdead000000000001;
	exits_and_returns(EXIT_REASON_CPUID);
	require_equal(regs->rax, MODEL_LEAF(0), "RAX");
	require_equal(regs->rbx, (u32)(MODEL_LEAF(1) ^ 0xd), "RBX");
	require_equal(regs->rcx, MODEL_LEAF(2), "RCX");
	require_equal(regs->rdx, (u32)(MODEL_LEAF(3) ^ 1), "RDX");
	require_skipped();
}

static u64 ecx_of(u32 leaf, u32 subleaf, u64 cr4)
{
	new_cpu(NULL);
	vmx.field[VMCS_GUEST_CR4] = cr4 | CR4_VMXE;
	regs->rax = leaf;
	regs->rcx = subleaf;
	exits_and_returns(EXIT_REASON_CPUID);
	return regs->rcx;
}

static void cpuid_hides_vmx_and_mirrors_cr4(void **state)
{
	const u64 raw = MODEL_LEAF(2), vmx_smx = BIT(5) | BIT(6), osxsave = BIT(27), ospke = BIT(4);

	require_equal(ecx_of(1, 0, 0), raw & ~vmx_smx & ~osxsave, "leaf 1");
	require_equal(ecx_of(1, 0, CR4_OSXSAVE), (raw & ~vmx_smx) | osxsave, "leaf 1, OSXSAVE");
	require_equal(ecx_of(7, 0, CR4_OSXSAVE), raw & ~ospke, "leaf 7");
	require_equal(ecx_of(7, 0, CR4_PKE), raw | ospke, "leaf 7, PKE");
	require_equal(ecx_of(7, 1, 0), raw, "leaf 7, subleaf 1");
	require_equal(ecx_of(0x80000001, 0, 0), raw, "another leaf");
}

/* MSRs */

static void rdmsr_of(u32 msr)
{
	new_cpu(NULL);
	regs->rcx = 0xdead000000000000 | msr;
	regs->rax = regs->rdx = ~0ull;
	exits_and_returns(EXIT_REASON_RDMSR);
}

static void rdmsr_passes_through_but_for_vmx(void **state)
{
	u32 msr;

	rdmsr_of(MODEL_MSR);
	require_equal(regs->rax, (u32)MODEL_MSR_VALUE, "RAX");
	require_equal(regs->rdx, MODEL_MSR_VALUE >> 32, "RDX");
	require_skipped();
	rdmsr_of(IA32_FEATURE_CONTROL);
	require_equal(regs->rax, 0xff01, "FEATURE_CONTROL");
	require_skipped();
	rdmsr_of(MODEL_MSR_NONE);
	require_exception(13, true);
	require_equal(regs->rax, ~0ull, "RAX after #GP");
	for (msr = 0x480; msr <= 0x493; msr++) {
		rdmsr_of(msr);
		require_exception(13, true);
	}
}

static void wrmsr_of(u32 msr)
{
	new_cpu(NULL);
	regs->rcx = msr;
	regs->rax = 0xdead000012345678;
	regs->rdx = 0xdead00009abcdef0;
	exits_and_returns(EXIT_REASON_WRMSR);
}

static void wrmsr_is_executed(void **state)
{
	wrmsr_of(MODEL_MSR);
	require_equal(vmx.msr_written, MODEL_MSR, "MSR");
	require_equal(vmx.msr_value, 0x9abcdef012345678, "its value");
	require_skipped();
	wrmsr_of(MODEL_MSR_NONE);
	require_exception(13, true);
}

static void microcode_update_makes_an_event(void **state)
{
	wrmsr_of(IA32_BIOS_UPDT_TRIG);
	require_equal(vmx.msr_written, 0, "MSR written");
	require_skipped();
	require_equal(events(), 1, "number of events");
	require_equal(last_event()->type, SHADOW_BOX_EVENT_MICROCODE, "type");
	require_equal(last_event()->rip, RIP, "RIP");
	require_equal(last_event()->cpu, 3, "CPU");
}

static void xsetbv_at(u32 cpl, u32 index, u64 value)
{
	new_cpu(NULL);
	vmx.field[VMCS_GUEST_SS_ACCESS] = 0xc093 | cpl << 5;
	regs->rcx = index;
	regs->rax = (u32)value;
	regs->rdx = value >> 32;
	exits_and_returns(EXIT_REASON_XSETBV);
}

static void xsetbv_is_executed_in_kernel_mode(void **state)
{
	xsetbv_at(0, 0, 0x2000000e7);
	require_equal(vmx.msr_value, 0x2000000e7, "XCR0");
	require_skipped();
	xsetbv_at(0, 0, 6);
	require_exception(13, true);
	xsetbv_at(0, 1, 1);
	require_exception(13, true);
	for (u32 cpl = 1; cpl <= 3; cpl++) {
		xsetbv_at(cpl, 0, 0x2000000e7);
		require_exception(13, true);
		require_equal(vmx.msr_value, 0, "XCR0 that user mode wrote");
	}
}

/* Control registers: qualification = register << 8 | access type << 4 | control register */

static void mov_to_cr(u32 cr, u32 number, u64 value)
{
	u64 *gpr[] = { &regs->rax, &regs->rcx, &regs->rdx, &regs->rbx, NULL, &regs->rbp, &regs->rsi,
		       &regs->rdi, &regs->r8, &regs->r9, &regs->r10, &regs->r11, &regs->r12,
		       &regs->r13, &regs->r14, &regs->r15 };

	*(number == 4 ? &vmx.field[VMCS_GUEST_RSP] : gpr[number]) = value;
	vmx.field[VMCS_EXIT_QUALIFICATION] = number << 8 | cr;
	exits_and_returns(EXIT_REASON_CR_ACCESS);
}

static void mov_to_cr4_with_vmxe_faults(void **state)
{
	mov_to_cr(4, 0, CR4_PAE | CR4_VMXE);
	require_exception(13, true);
	require_equal(vmx.field[VMCS_GUEST_CR4], CR4_PAE | CR4_VMXE, "CR4");
}

static void mov_to_cr0_without_ne_is_shown_only(void **state)
{
	u32 number;

	for (number = 0; number < 16; number++) {
		u64 value = CR0_PE | CR0_PG | BIT(16) | number << 1;

		new_cpu(NULL);
		mov_to_cr(0, number, value);
		require_equal(vmx.field[VMCS_CR0_SHADOW], value, "CR0 that the guest reads");
		require_equal(vmx.field[VMCS_GUEST_CR0], value | CR0_NE, "CR0");
		require_skipped();
	}
}

static void clearing_wp_under_cet_faults(void **state)
{
	mov_to_cr(0, 0, CR0_PE | CR0_PG);
	require_equal(vmx.field[VMCS_CR0_SHADOW], CR0_PE | CR0_PG, "CR0 without CET");
	new_cpu(NULL);
	vmx.field[VMCS_GUEST_CR4] |= CR4_CET;
	mov_to_cr(0, 0, CR0_PE | CR0_PG);
	require_exception(13, true);
}

static void impossible_cr0_faults(void **state)
{
	static const u64 value[] = {
		CR0_PE | CR0_PG | BIT(32), CR0_PE, CR0_PG, 0, CR0_PE | CR0_PG | CR0_NW,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(value); i++) {
		new_cpu(NULL);
		mov_to_cr(0, 2, value[i]);
		require_exception(13, true);
		require_equal(vmx.field[VMCS_GUEST_CR0], CR0_PE | CR0_NE | CR0_WP | CR0_PG, "CR0");
	}
	new_cpu(NULL);
	mov_to_cr(0, 2, CR0_PE | CR0_PG | CR0_CD | CR0_NW);
	require_skipped();
}

/* Skipping an instruction */

static void skip_with(u64 rflags, u64 debugctl, u32 shadow)
{
	new_cpu(NULL);
	vmx.field[VMCS_GUEST_RFLAGS] = rflags | RFLAGS_FIXED;
	vmx.field[VMCS_GUEST_DEBUGCTL] = debugctl;
	vmx.shadow = shadow;
	vmx.guest_blocked = true;
	exits_and_returns(EXIT_REASON_CPUID);
	require_skipped();
}

static void single_steps_trap_after_the_instruction(void **state)
{
	skip_with(0, 0, 0);
	require_equal(vmx.field[VMCS_GUEST_PENDING_DEBUG], 0, "pending #DB without TF");
	skip_with(RFLAGS_TF, 0, 0);
	require_equal(vmx.field[VMCS_GUEST_PENDING_DEBUG], BIT(14), "pending #DB with TF");
	require_equal(vmx.field[VMCS_GUEST_RFLAGS], RFLAGS_TF | RFLAGS_FIXED, "RFLAGS");
	skip_with(RFLAGS_TF, DEBUGCTL_BTF, 0);
	require_equal(vmx.field[VMCS_GUEST_PENDING_DEBUG], 0, "pending #DB with TF and BTF");
	skip_with(RFLAGS_TF, 1, BLOCKING_BY_MOV_SS);
	require_equal(vmx.field[VMCS_GUEST_PENDING_DEBUG], BIT(14), "pending #DB with MOV SS");
}

static void cpuid_at(u64 rip, u64 access)
{
	new_cpu(NULL);
	vmx.field[VMCS_GUEST_RIP] = rip;
	vmx.field[VMCS_GUEST_CS_ACCESS] = access;
	vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = 2;
	exits_and_returns(EXIT_REASON_CPUID);
}

static void the_instruction_pointer_wraps_outside_64_bit_mode(void **state)
{
	cpuid_at(0xfffffffe, 0xc0fb);
	require_equal(vmx.field[VMCS_GUEST_RIP], 0, "EIP at the end of 32 bits");
	cpuid_at(0xfffffffe, 0xa0fb);
	require_equal(vmx.field[VMCS_GUEST_RIP], 0x100000000, "RIP in 64-bit mode");
	cpuid_at(0xffffffff80000000, 0xa09b);
	require_equal(vmx.field[VMCS_GUEST_RIP], 0xffffffff80000002, "RIP in the kernel");
}

static void a_fault_sets_rf(void **state)
{
	vmx.field[VMCS_GUEST_SS_ACCESS] = 0xc0f3;
	exits_and_returns(EXIT_REASON_VMCALL);
	require_exception(6, false);
	require_equal(vmx.field[VMCS_GUEST_RFLAGS] & RFLAGS_RF, RFLAGS_RF, "RF");
}

static void an_instruction_ends_sti_mov_ss_and_rf(void **state)
{
	skip_with(RFLAGS_RF | BIT(9), 0, BLOCKING_BY_STI);
	require_equal(vmx.field[VMCS_GUEST_INTERRUPTIBILITY], BLOCKING_BY_NMI, "blocking");
	require_equal(vmx.field[VMCS_GUEST_RFLAGS], BIT(9) | RFLAGS_FIXED, "RFLAGS");
	skip_with(0, 0, BLOCKING_BY_MOV_SS);
	require_equal(vmx.field[VMCS_GUEST_INTERRUPTIBILITY], BLOCKING_BY_NMI, "blocking");
}

static void invd_is_wbinvd(void **state)
{
	exits_and_returns(EXIT_REASON_INVD);
	require_equal(vmx.wbinvds, 1, "WBINVDs");
	require_skipped();
}

static void vmx_and_smx_do_not_exist(void **state)
{
	static const u32 reason[] = { 11, 19, 20, 21, 22, 23, 24, 25, 26, 27, 50, 53, 59 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reason); i++) {
		new_cpu(NULL);
		exits_and_returns(reason[i]);
		require_exception(6, false);
		require_equal(events(), 0, "number of events");
	}
}

/* Hypercalls */

static enum vmx_ending vmcall(u64 rax, u32 cpl, u32 hypervisor)
{
	new_cpu(NULL);
	cpu->config.hypervisor = hypervisor;
	vmx.field[VMCS_GUEST_SS_ACCESS] = 0xc093 | cpl << 5;
	regs->rax = rax;
	return exits(EXIT_REASON_VMCALL);
}

static void require_refusal(u32 why, u64 code)
{
	const struct sb_event *e = newest_violation(0);

	require_equal(violations(), 1, "number of violations");
	require_equal(e->type, SHADOW_BOX_EVENT_VIOLATION, "type");
	require_equal(e->policy, SHADOW_BOX_POLICY_HOST_MEMORY, "policy");
	require_equal(e->action, SHADOW_BOX_ACTION_REFUSED, "action");
	require_equal(e->why, why, "why");
	require_equal(e->code, code, "code");
	require_equal(e->observer, SHADOW_BOX_OBSERVER_EXIT, "observer");
	require_equal(e->subject, SHADOW_BOX_SUBJECT_HYPERCALL, "subject");
	require_equal(e->pid, TASK_PID, "thread");
	require(!strcmp(e->comm, "attacker"), "its name is %s", e->comm);
	require_equal(cpu_counters(cpu)->violations[SHADOW_BOX_POLICY_HOST_MEMORY], 1, "counted");
	require_equal(cpu_counters(cpu)->blocked[SHADOW_BOX_POLICY_HOST_MEMORY], 1, "counted");
}

static void vmcall_from_user_mode_faults(void **state)
{
	u32 number, below;

	for (below = SB_HYPERVISOR_NONE; below <= SB_HYPERVISOR_VMWARE; below++) {
		for (number = 0; number < 12; number++) {
			vmcall(SB_HYPERCALL | number, 3, below);
			require_exception(6, false);
			require_equal(events() + vmx.forwarded + cpu->leaving, 0, "effects");
			vmcall(number, 3, below);
			require_exception(6, false);
			require_equal(vmx.forwarded, 0, "VMCALLs forwarded");
		}
	}
}

/* What a call with these registers comes to: passed on, or this answer. */
static void require_passed_on(const char *what)
{
	exits_and_returns(EXIT_REASON_VMCALL);
	require(vmx.forwarded == 1 && regs->rax == 0xf0f0, "%s is not passed on", what);
	require(!violations(), "%s is a violation", what);
	require_skipped();
}

static void require_answer(u64 answer, u32 reports, const char *what)
{
	exits_and_returns(EXIT_REASON_VMCALL);
	require(!vmx.forwarded, "%s is passed on", what);
	require_equal(regs->rax, answer, what);
	require_equal(violations(), reports, "number of violations");
	require_skipped();
}

static void new_guest_of(u32 hypervisor, u64 rax, u64 rbx, u64 rcx, u64 rdx)
{
	new_cpu(NULL);
	cpu->config.hypervisor = hypervisor;
	regs->rax = rax;
	regs->rbx = rbx;
	regs->rcx = rcx;
	regs->rdx = rdx;
}

static void without_a_hypervisor_vmcall_faults(void **state)
{
	u32 number;

	for (number = 0; number < 12; number++) {
		vmcall(number, 0, SB_HYPERVISOR_NONE);
		require_exception(6, false);
		require_equal(vmx.forwarded, 0, "VMCALLs forwarded");
	}
	vmcall(SB_HYPERCALL ^ 0x10000, 0, SB_HYPERVISOR_NONE);
	require_exception(6, false);
	vmcall(5, 0, SB_HYPERVISOR_VMWARE);
	require_exception(6, false);
}

static void kvm_gets_the_calls_that_are_known(void **state)
{
	const u32 passed = BIT(1) | BIT(5) | BIT(10) | BIT(11);
	u32 number;

	for (number = 0; number < 32; number++) {
		new_guest_of(SB_HYPERVISOR_KVM, number, 0x1000, 0, 0);
		if (passed >> number & 1)
			require_passed_on("a call that is known");
		else if (number != 9)
			require_answer(-1000ull, 0, "a call that is not");
	}
}

/* The clock is written to a physical address, as if there were no EPT. */
static void kvm_writes_where_linux_may(void **state)
{
	const u64 block = guest.facts.block[0];

	new_guest_of(SB_HYPERVISOR_KVM, 9, MODEL_MID + 0xfc0, 0, 0);
	require_passed_on("the clock in Linux's memory");
	new_guest_of(SB_HYPERVISOR_KVM, 9, MODEL_MID + 0xfc1, 0, 0);
	require_answer(-1000ull, 1, "the clock across two pages");
	new_guest_of(SB_HYPERVISOR_KVM, 9, block, 0, 0);
	require_answer(-1000ull, 1, "the clock in the host's memory");
	require_refusal(SHADOW_BOX_WHY_HYPERCALL, 9);
	new_guest_of(SB_HYPERVISOR_KVM, 9, PHYSICAL_END, 0, 0);
	require_answer(-1000ull, 1, "the clock where nothing is");
	new_guest_of(SB_HYPERVISOR_KVM, 9, MODEL_MID, 0, 0);
	require(pages_set(MODEL_MID, SB_PAGE_SIZE, OWNER_PROTECTED, RIGHTS_CODE), "no page");
	require_answer(-1000ull, 1, "the clock in protected memory");
}

static void hyperv_gets_the_calls_that_are_known(void **state)
{
	static const u16 passed[] = { 0x08, 0x0b, 0x15, 0x5c, 0x5d };
	u32 code, i;

	for (code = 0; code < 0x100; code++) {
		bool known = false;

		for (i = 0; i < ARRAY_SIZE(passed); i++)
			known |= passed[i] == code;
		/* RAX may have anything, as our own numbers. */
		new_guest_of(SB_HYPERVISOR_HYPERV, SB_HYPERCALL | SB_HYPERCALL_LEAVE, 0,
			     code | BIT(16), guest.facts.block[0]);
		if (known)
			require_passed_on("a fast call that is known");
		else
			require_answer(2, 0, "a fast call that is not");
		new_guest_of(SB_HYPERVISOR_HYPERV, 0, 0, code, MODEL_MID);
		if (known)
			require_passed_on("a call that is known");
		else
			require_answer(2, 0, "a call that is not");
	}
	new_guest_of(SB_HYPERVISOR_HYPERV, 0, 0, 0x5c, guest.facts.block[0]);
	require_answer(2, 1, "a message in the host's memory");
	require_refusal(SHADOW_BOX_WHY_HYPERCALL, 0x5c);
}

static void vmware_gets_the_calls_of_its_tools(void **state)
{
	u32 cpl;

	for (cpl = 0; cpl <= 3; cpl += 3) {
		new_guest_of(SB_HYPERVISOR_VMWARE, 0x564d5868, 0, 10, 0);
		vmx.field[VMCS_GUEST_SS_ACCESS] = 0xc093 | cpl << 5;
		require_passed_on("its version");
	}
	new_guest_of(SB_HYPERVISOR_VMWARE, 0x564d5868, 0, 91, 0);
	require_answer(0xffffffff, 0, "stolen time, which goes to a physical address");
	new_guest_of(SB_HYPERVISOR_VMWARE, 0x564d5868, 0x10000, 30, 1);
	require_answer(0xffffffff, 0, "a string at a linear address");
	require_equal(regs->rbx, 0, "status of the message");
}

/* The one instruction that commands the host. */
static enum vmx_ending own_vmcall(u32 number)
{
	new_cpu(NULL);
	vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
	regs->rax = SB_HYPERCALL | number;
	return exits(EXIT_REASON_VMCALL);
}

static void hello_records_each_launch_once(void **state)
{
	new_cpu(NULL);
	cpu->active = 0;
	vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
	regs->rax = SB_HYPERCALL | SB_HYPERCALL_HELLO;
	exits_and_returns(EXIT_REASON_VMCALL);
	require_equal(regs->rax, SB_ABI_VERSION, "answer to HELLO");
	require_equal(last_event()->type, SHADOW_BOX_EVENT_LAUNCH, "event");
	require(cpu->active, "not active after HELLO");
	require_skipped();
	own_vmcall(SB_HYPERCALL_HELLO);
	require_equal(regs->rax, SB_ERROR_ARGUMENT, "answer to a second one");
	require_equal(events(), 0, "events of a second one");
	require_skipped();
}

static void numbers_that_nothing_has(void **state)
{
	u32 number;

	for (number = SB_HYPERCALL_SWEEP_NOW + 1; number < 0x10000; number += 1 + number / 8) {
		new_cpu(NULL);
		vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
		cpu->config.hypervisor = SB_HYPERVISOR_KVM;
		regs->rax = 0xabcd000000000000 | SB_HYPERCALL | number;
		exits_and_returns(EXIT_REASON_VMCALL);
		require_equal(regs->rax, SB_ERROR_UNKNOWN, "answer to an unknown number");
		require_equal(vmx.forwarded, 0, "VMCALLs forwarded");
		require_skipped();
	}
}

static void require_origin_refused(u32 number)
{
	u64 generation = status()->generation;

	regs->rax = SB_HYPERCALL | number;
	regs->rbx = regs->rcx = 1;
	exits_and_returns(EXIT_REASON_VMCALL);
	require_equal(regs->rax, SB_ERROR_ORIGIN, "answer");
	require_refusal(SHADOW_BOX_WHY_HYPERCALL, number);
	require(!events() && !cpu->leaving && !status()->locked && cpu->active &&
		status()->generation == generation, "it had an effect");
}

/* From elsewhere, and from where it looks the same but is not. */
static void commands_from_elsewhere_are_refused(void **state)
{
	u64 *entry;
	u32 number;

	for (number = 0; number < 0x10000; number += 1 + number / 16) {
		new_cpu(NULL);
		require_origin_refused(number);
		new_cpu(NULL);
		vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP + 1;
		require_origin_refused(number);
		new_cpu(NULL);
		vmx.field[VMCS_GUEST_RIP] = DIRECT_MAP + VMCALL_PHYS;
		require_origin_refused(number);
		new_cpu(NULL);
		entry = guest_entry(VMCALL_RIP, 1);
		vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
		*entry ^= 0x1000;
		require_origin_refused(number);
		*entry ^= 0x1001;
		new_cpu(NULL);
		vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
		require_origin_refused(number);
		*entry |= PTE_P;
	}
}

/* The VMCALL is executed a second time, with NMIs blocked. */
static void leave_takes_two_calls(void **state)
{
	require_equal(own_vmcall(SB_HYPERCALL_LEAVE), VMX_RETURNED, "first call");
	require_equal(vmx.field[VMCS_GUEST_RIP], VMCALL_RIP, "RIP after the first call");
	vmx_enter();
	require(vmx.nmi_blocked, "NMIs are not blocked for the second call");
	require_equal(exits(EXIT_REASON_VMCALL), VMX_LEFT, "second call");
	require_equal(vmx.left_rip, VMCALL_RIP + 3, "RIP outside");
	require_equal(vmx.left_rax, 0, "RAX outside");
}

static void leave_is_refused_when_locked(void **state)
{
	own_vmcall(SB_HYPERCALL_LOCK);
	require_equal(regs->rax, 0, "answer to LOCK");
	require_equal(last_event()->type, SHADOW_BOX_EVENT_LOCK, "event");
	require(status()->locked, "not locked");
	vmx.field[VMCS_GUEST_RIP] = VMCALL_RIP;
	regs->rax = SB_HYPERCALL | SB_HYPERCALL_LEAVE;
	require_equal(exits(EXIT_REASON_VMCALL), VMX_RETURNED, "LEAVE");
	require_equal(regs->rax, SB_ERROR_LOCKED, "answer to LEAVE");
	require_refusal(SHADOW_BOX_WHY_LOCKED, SB_HYPERCALL_LEAVE);
	require(!cpu->leaving && cpu->active, "the CPU is leaving");
	require_skipped();
}

/* Between the two calls of LEAVE another CPU can lock. */
static void leave_is_refused_when_locked_meanwhile(void **state)
{
	require_equal(own_vmcall(SB_HYPERCALL_LEAVE), VMX_RETURNED, "first call");
	vmx_enter();
	status()->locked = 1;
	require_equal(exits(EXIT_REASON_VMCALL), VMX_RETURNED, "second call");
	require_equal(regs->rax, SB_ERROR_LOCKED, "answer");
	require(cpu->active, "the CPU has left");
	require(!(vmx.field[VMCS_GUEST_INTERRUPTIBILITY] & BLOCKING_BY_NMI), "NMIs stay blocked");
	require(!cpu->leaving, "the CPU is leaving still");
}

/* Ports */

#define S3		(5 << 10)
#define S5		(7 << 10)
#define SLEEP		BIT(13)
#define IN		BIT(3)
#define STRING		BIT(4)
#define REP		BIT(5)

/* Bits that are set in the I/O bitmaps. */
static u32 guarded_ports(void)
{
	u32 port, n = 0;

	for (port = 0; port < 0x10000; port++)
		n += vmx.io_bitmaps[port / 8] >> port % 8 & 1;
	return n;
}

static void the_lock_guards_what_puts_the_machine_to_sleep(void **state)
{
	require_equal(guarded_ports(), 0, "ports that exit before the lock");
	own_vmcall(SB_HYPERCALL_LOCK);
	require_equal(guarded_ports(), 2, "ports that exit");
	require(vmx.io_bitmaps[0x1805 / 8] >> 5 & 1, "the type of PM1a does not exit");
	require(vmx.io_bitmaps[0] & 1, "the type of PM1b does not exit");
}

/* The guest uses @port, with interrupts off: an exception would harm more than who does. */
static void port_exit(u32 port, u32 size, u32 kind, u64 rax)
{
	new_cpu(NULL);
	regs->rax = rax;
	vmx_exit(EXIT_REASON_IO);
	vmx.field[VMCS_GUEST_RFLAGS] &= ~(u64)RFLAGS_IF;
	vmx.field[VMCS_EXIT_QUALIFICATION] = port << 16 | kind | (size - 1);
	require_equal(vmx_run(call_handle_exit, cpu), VMX_RETURNED, "how the host ended");
}

static void require_written(u32 port, u32 size, u64 value)
{
	port_exit(port, size, 0, value);
	require_equal(vmx.accesses, 1, "accesses");
	require_equal(vmx.port, port, "port");
	require_equal(vmx.port_size, size, "size");
	require_equal(vmx.port_value, (u32)value, "value");
	require_equal(violations(), 0, "violations");
	require_skipped();
}

static void require_no_sleep(u32 port, u32 size, u32 kind, u64 value)
{
	const struct sb_event *e;

	port_exit(port, size, kind, value);
	require_equal(vmx.accesses, 0, "accesses");
	require_equal(violations(), 1, "violations");
	e = newest_violation(0);
	require_equal(e->policy, SHADOW_BOX_POLICY_HOST_MEMORY, "policy");
	require_equal(e->why, SHADOW_BOX_WHY_SLEEP, "why");
	require_equal(e->subject, SHADOW_BOX_SUBJECT_PORT, "subject");
	require_equal(e->action, SHADOW_BOX_ACTION_DISCARDED, "action");
	require_equal(e->code, port, "port");
	require_skipped();
}

static void ports_switch_off_and_do_not_sleep(void **state)
{
	require_written(PM1A_PORT, 2, 0xdead00000000 | S5 | SLEEP | 1);
	require_written(PM1A_PORT, 2, S3 | 1);
	require_written(PM1A_PORT - 1, 4, 0xff000000);
	require_written(PM1A_PORT + 1, 1, (S5 | SLEEP) >> 8);
	require_written(PM1A_PORT + 1, 2, ~(SLEEP >> 8) & 0xffff);
	require_no_sleep(PM1A_PORT, 2, 0, S3 | SLEEP | 1);
	require_no_sleep(PM1A_PORT, 4, 0, S3 | SLEEP);
	require_no_sleep(PM1A_PORT + 1, 1, 0, (S3 | SLEEP) >> 8);
	require_no_sleep(PM1A_PORT - 1, 4, 0, (S3 | SLEEP) << 8);
	require_no_sleep(PM1A_PORT - 2, 4, 0, (u32)(S3 | SLEEP) << 16);
	require_no_sleep(PM1A_PORT + 1, 1, STRING, 0);
	require_no_sleep(PM1A_PORT, 2, STRING | REP, S5 | SLEEP);
	require_no_sleep(PM1A_PORT + 1, 1, STRING | IN, 0);
	/* Not all registers have a type that switches off; an access can wrap around. */
	require_written(PM1B_PORT, 2, S5);
	require_no_sleep(PM1B_PORT, 2, 0, S5 | SLEEP);
	require_no_sleep(PM1B_PORT - 2, 4, 0, (u64)SLEEP << 16);
	require_no_sleep(0, 1, 0, SLEEP >> 8);
}

static void ports_are_read_as_the_cpu_reads_them(void **state)
{
	static const struct { u32 size; u64 rax; } want[] = {
		{ 1, 0x1122334455667709 }, { 2, 0x112233445566a709 }, { 4, 0xc5d6a709 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		new_cpu(NULL);
		vmx.port_value = 0xc5d6a709;
		regs->rax = 0x1122334455667788;
		vmx_exit(EXIT_REASON_IO);
		vmx.field[VMCS_EXIT_QUALIFICATION] = PM1A_PORT << 16 | IN | (want[i].size - 1);
		require_equal(vmx_run(call_handle_exit, cpu), VMX_RETURNED, "how the host ended");
		require_equal(regs->rax, want[i].rax, "RAX");
		require_equal(violations(), 0, "violations");
		require_skipped();
	}
}

/* A program that may use ports dies of it. */
static void a_program_that_wants_sleep_gets_an_exception(void **state)
{
	new_cpu(NULL);
	regs->rax = S3 | SLEEP;
	vmx_exit(EXIT_REASON_IO);
	vmx.field[VMCS_EXIT_QUALIFICATION] = PM1A_PORT << 16 | 1;
	vmx.field[VMCS_GUEST_SS_ACCESS] = 0xc0f3;
	require_equal(vmx_run(call_handle_exit, cpu), VMX_RETURNED, "how the host ended");
	require_exception(13, true);
	require_equal(newest_violation(0)->action, SHADOW_BOX_ACTION_BLOCKED, "action");
}

/* EPT violations: tests of their own are in violation_test.c */

static void ept_violation(u32 reason, u64 gpa, u64 qualification, bool delivering)
{
	new_cpu(NULL);
	vmx_exit(reason);
	vmx.field[VMCS_EXIT_QUALIFICATION] = qualification;
	vmx.field[VMCS_GUEST_LINEAR_ADDRESS] = DIRECT_MAP + gpa;
	vmx.field[VMCS_GUEST_PHYSICAL_ADDRESS] = gpa;
	vmx.field[VMCS_IDT_VECTORING_INFO] = delivering ? 0x800000ef : 0;
	require_equal(vmx_run(call_handle_exit, cpu), VMX_RETURNED, "how the host ended");
}

static void require_reported(const struct sb_event *e, u32 type, u64 gpa, u64 qualification)
{
	require_equal(events() + violations(), 1, "number of events");
	require_equal(e->type, type, "type");
	require_equal(e->rip, RIP, "RIP");
	require_equal(e->gla, DIRECT_MAP + gpa, "linear address");
	require_equal(e->gpa, gpa, "physical address");
	require_equal(e->code, qualification, "exit qualification");
}

static void ept_violation_is_reported_and_refused(void **state)
{
	const u64 block = guest.facts.block[0], nowhere = PHYSICAL_END;

	ept_violation(EXIT_REASON_EPT_VIOLATION, block, 0x18a, false);
	require_reported(newest_violation(0), SHADOW_BOX_EVENT_VIOLATION, block, 0x18a);
	require_exception(13, true);
	ept_violation(EXIT_REASON_EPT_VIOLATION, nowhere, 0x181, false);
	require_reported(last_event(), SHADOW_BOX_EVENT_UNMAPPED, nowhere, 0x181);
	require_exception(13, true);
	ept_violation(EXIT_REASON_EPT_VIOLATION, block, 0x18a, true);
	require_exception(8, true);
}

/* SDM 6.15: the CPU shuts down. To deliver #DF for ever would be no better. */
static void a_refused_double_fault_is_a_shutdown(void **state)
{
	static const u32 event[] = { 0x80000b08, 0x80000308 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(event); i++) {
		new_cpu(NULL);
		vmx_exit(EXIT_REASON_EPT_VIOLATION);
		vmx.field[VMCS_EXIT_QUALIFICATION] = 0x18a;
		vmx.field[VMCS_GUEST_PHYSICAL_ADDRESS] = guest.facts.block[0];
		vmx.field[VMCS_IDT_VECTORING_INFO] = event[i];
		require_equal(vmx_run(call_handle_exit, cpu), VMX_SHUT_DOWN, "how it ended");
		require_equal(violations(), 1, "number of violations");
	}
}

/* SDM 25.9.1: bit 27 of the exit reason says that the exit came from an SGX enclave. */
static void ept_violation_in_an_enclave_is_no_other(void **state)
{
	ept_violation(EXIT_REASON_EPT_VIOLATION | 1u << 27, guest.facts.block[0], 0x18a, false);
	require_exception(13, true);
}

/* What must not happen */

static void require_last_words(u64 code)
{
	require_equal(events(), 1, "number of events");
	require_equal(last_event()->type, SHADOW_BOX_EVENT_HOST_FAULT, "type");
	require_equal(last_event()->code, code, "code");
	require(cpu->faulted, "not marked as faulted");
}

static void unexpected_exits_stop_the_cpu(void **state)
{
	static const u32 reason[] = { 1, 5, 6, 33, 34, 44, 49, 66 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reason); i++) {
		new_cpu(NULL);
		vmx.field[VMCS_EXIT_QUALIFICATION] = 0x77;
		require_equal(exits(reason[i]), VMX_STOPPED, "how the host ended");
		require_last_words(256 + reason[i]);
		require_equal(last_event()->rip, RIP, "RIP");
		require_equal(last_event()->error, 0x77, "exit qualification");
		require_equal(exits(reason[i]), VMX_STOPPED, "how the host ended, once more");
		require_last_words(256 + reason[i]);
	}
	new_cpu(NULL);
	vmx.field[VMCS_EXIT_QUALIFICATION] = 0x10;	/* MOV from CR0 */
	require_equal(exits(EXIT_REASON_CR_ACCESS), VMX_STOPPED, "how the host ended");
	require_last_words(256 + EXIT_REASON_CR_ACCESS);
}

/* Instructions do not exist; what is over is over. Linux goes on, and an event says so. */
static void unknown_exits_are_events(void **state)
{
	static const u32 instruction[] = { 9, 12, 14, 15, 16, 17, 29, 36, 39, 40, 51, 54, 57, 58,
		60, 61, 63, 64, 65, 67, 68, 69, 70, 72, 73, 76, 77, 78, 79, 80, 81, 84, 0xffff };
	static const u32 over[] = { 7, 37, 43, 45, 56, 62, 74, 75 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(instruction) + ARRAY_SIZE(over); i++) {
		bool is_instruction = i < ARRAY_SIZE(instruction);
		u32 reason = is_instruction ? instruction[i] : over[i - ARRAY_SIZE(instruction)];

		new_cpu(NULL);
		vmx.field[VMCS_EXIT_QUALIFICATION] = 0x77;
		exits_and_returns(reason);
		if (is_instruction)
			require_exception(6, false);
		else
			require(vmx.field[VMCS_GUEST_RIP] == RIP &&
				!(vmx.field[VMCS_ENTRY_INTR_INFO] & INTR_INFO_VALID),
				"reason %u is not over", reason);
		require_equal(events(), 1, "number of events");
		require_equal(last_event()->type, SHADOW_BOX_EVENT_UNKNOWN_EXIT, "type");
		require_equal(last_event()->code, reason, "reason");
		require_equal(last_event()->error, 0x77, "exit qualification");
		require_equal(last_event()->rip, RIP, "RIP");
	}
}

/* KVM says so of a page that it has to fetch; the NMIs that this reason meant so far are none. */
static void a_page_fault_of_the_hypervisor_goes_to_linux(void **state)
{
	vmx_exit(EXIT_REASON_EXCEPTION_NMI);
	vmx.field[VMCS_EXIT_INTR_INFO] = INTR_INFO_VALID | INTR_TYPE_HARD_EXCEPTION |
					 INTR_INFO_ERROR_CODE | VECTOR_PF;
	vmx.field[VMCS_EXIT_INTR_ERROR] = 0;
	vmx.field[VMCS_EXIT_QUALIFICATION] = 0x12345;
	require_equal(vmx_run(call_handle_exit, cpu), VMX_RETURNED, "how the host ended");
	require_exception(14, true);
	require_equal(vmx.cr2, 0x12345, "token in CR2");
	require(!cpu->nmi_owed && !cpu_counters(cpu)->nmi_host, "it is counted as an NMI");
	new_cpu(NULL);
	vmx_exit(EXIT_REASON_EXCEPTION_NMI);
	vmx.field[VMCS_EXIT_INTR_INFO] = 0;
	require_equal(vmx_run(call_handle_exit, cpu), VMX_STOPPED, "an exit for nothing");
}

static void a_machine_check_at_vm_entry_goes_to_linux(void **state)
{
	vmx.mcg_status = BIT(0);
	exits_and_returns(EXIT_REASON_MACHINE_CHECK | EXIT_REASON_ENTRY_FAILURE);
	require(cpu->mc_owed && cpu->nmi_request, "Linux does not get it");
	new_cpu(NULL);
	vmx.mcg_status = 0;
	require_equal(exits(EXIT_REASON_MACHINE_CHECK | EXIT_REASON_ENTRY_FAILURE), VMX_STOPPED,
		      "one that cannot be continued");
	require_last_words(256 + 41);
	new_cpu(NULL);
	cpu->active = 0;
	vmx.mcg_status = BIT(0);
	require_equal(exits(EXIT_REASON_MACHINE_CHECK | EXIT_REASON_ENTRY_FAILURE), VMX_LEFT,
		      "one during the launch");
}

static void failed_entries_end_the_launch_or_the_cpu(void **state)
{
	cpu->active = 0;
	require_equal(exits(0x80000021), VMX_LEFT, "how the launch ended");
	require_equal(vmx.left_rip, 0xfa11ed, "RIP outside");
	require_equal(vmx.left_rax, 0x80000021, "RAX outside");
	new_cpu(NULL);
	require_equal(exits(0x80000021), VMX_STOPPED, "how the host ended");
	require_last_words(256 + 33);
	new_cpu(NULL);
	vmx_exit(EXIT_REASON_CPUID);
	require_equal(vmx_run((void (*)(struct sb_cpu *))resume_failed, cpu), VMX_STOPPED,
		      "how a failed VMRESUME ended");
	require_last_words(256 + EXIT_REASON_CPUID);
}

/* From root operation: by the reset control register, by the keyboard controller, by a shutdown. */
static void require_reset(enum vmx_ending ending)
{
	require_equal(ending, VMX_SHUT_DOWN, "how the host ended");
	require_equal(vmx.outs, 3, "writes to ports");
	require_equal(vmx.out[0], 0xcf902, "what kind of reset");
	require_equal(vmx.out[1], 0xcf906, "the reset");
	require_equal(vmx.out[2], 0x64fe, "the keyboard controller");
	require(cpu->active, "the CPU is outside");
}

#define BOOTSTRAP 0xfee00900ull
#define OTHER	  0xfee00800ull

/* The bootstrap processor would start the firmware. */
static void shutdown_and_init_of_the_first_reset(void **state)
{
	require_reset(exits(EXIT_REASON_TRIPLE_FAULT));
	new_cpu(NULL);
	vmx.apic_base = BOOTSTRAP;
	require_reset(exits(EXIT_REASON_INIT));
}

/* SDM table 10-1 */
static const struct { u32 field; u64 value; } after_init[] = {
	{ VMCS_GUEST_RIP, 0xfff0 }, { VMCS_GUEST_RSP, 0 }, { VMCS_GUEST_RFLAGS, 2 },
	{ VMCS_GUEST_CS_SELECTOR, 0xf000 }, { VMCS_GUEST_CS_BASE, 0xffff0000 },
	{ VMCS_GUEST_CS_LIMIT, 0xffff }, { VMCS_GUEST_CS_ACCESS, 0x9b },
	{ VMCS_GUEST_SS_SELECTOR, 0 }, { VMCS_GUEST_SS_BASE, 0 }, { VMCS_GUEST_SS_ACCESS, 0x93 },
	{ VMCS_GUEST_GS_BASE, 0 }, { VMCS_GUEST_GS_ACCESS, 0x93 },
	{ VMCS_GUEST_LDTR_SELECTOR, 0 }, { VMCS_GUEST_LDTR_ACCESS, 0x82 },
	{ VMCS_GUEST_TR_SELECTOR, 0 }, { VMCS_GUEST_TR_ACCESS, 0x8b },
	{ VMCS_GUEST_GDTR_BASE, 0 }, { VMCS_GUEST_GDTR_LIMIT, 0xffff },
	{ VMCS_GUEST_IDTR_BASE, 0 }, { VMCS_GUEST_IDTR_LIMIT, 0xffff },
	{ VMCS_GUEST_CR0, CR0_ET | CR0_NE }, { VMCS_CR0_SHADOW, CR0_ET },
	{ VMCS_GUEST_CR3, 0 }, { VMCS_GUEST_CR4, CR4_VMXE }, { VMCS_CR4_SHADOW, 0 },
	{ VMCS_GUEST_EFER, 0 }, { VMCS_GUEST_DR7, 0x400 }, { VMCS_GUEST_DEBUGCTL, 0 },
	{ VMCS_GUEST_ACTIVITY, 3 }, { VMCS_GUEST_INTERRUPTIBILITY, 0 },
	{ VMCS_GUEST_PENDING_DEBUG, 0 }, { VMCS_ENTRY_INTR_INFO, 0 }, { VMCS_ENTRY_CONTROLS, 0 },
};

static void init(void)
{
	vmx.apic_base = OTHER;
	vmx.field[VMCS_ENTRY_CONTROLS] = ENTRY_IA32E_GUEST;
	memset(regs, 0x5a, sizeof(*regs));
	exits_and_returns(EXIT_REASON_INIT);
}

static void init_waits_for_a_sipi(void **state)
{
	u32 i;

	cpu->nmi_owed = 2;
	cpu->mc_owed = 1;
	vmx.cr2 = 5;
	cpu->settled = SB_SETTLED_ALL;
	init();
	for (i = 0; i < ARRAY_SIZE(after_init); i++)
		require(vmx.field[after_init[i].field] == after_init[i].value,
			"VMCS field 0x%x is 0x%llx, not 0x%llx", after_init[i].field,
			vmx.field[after_init[i].field], after_init[i].value);
	require_equal(regs->rdx, MODEL_LEAF(0), "RDX, the signature");
	require(!regs->rax && !regs->r15 && !regs->rbp && !vmx.cr2, "a register is not 0");
	require_equal(vmx.debug_resets, 1, "resets of the debug registers");
	require(cpu->active && cpu->parked && !cpu->settled, "what the host makes of it");
	require(!cpu->nmi_owed && !cpu->mc_owed, "what was pending still is");
	require_equal(violations() + events(), 0, "number of events");
}

static void init_keeps_cache_mode_and_msrs(void **state)
{
	cpu->config.has_cet = true;
	vmx.field[VMCS_GUEST_CR0] |= CR0_CD;
	vmx.field[VMCS_GUEST_S_CET] = 4 | S_CET_TRACKER | S_CET_SUPPRESS;
	vmx.field[VMCS_GUEST_SSP] = 8;
	init();
	require_equal(vmx.field[VMCS_CR0_SHADOW], CR0_ET | CR0_CD, "CR0");
	require_equal(vmx.field[VMCS_GUEST_S_CET], 4, "IA32_S_CET");
	require_equal(vmx.field[VMCS_GUEST_SSP], 0, "SSP");
}

static void sipi(u32 vector)
{
	/* As after a VM exit from there: it saves what it found (SDM 28.3.4). */
	vmx.field[VMCS_GUEST_ACTIVITY] = ACTIVITY_WAIT_FOR_SIPI;
	vmx.field[VMCS_EXIT_QUALIFICATION] = vector;
	exits_and_returns(EXIT_REASON_SIPI);
}

static void require_started(u32 vector)
{
	require_equal(vmx.field[VMCS_GUEST_ACTIVITY], ACTIVITY_ACTIVE, "activity");
	require_equal(vmx.field[VMCS_GUEST_CS_SELECTOR], vector << 8, "CS");
	require_equal(vmx.field[VMCS_GUEST_CS_BASE], vector << 12, "its base");
	require_equal(vmx.field[VMCS_GUEST_RIP], 0, "RIP");
	require(!cpu->parked, "parked still");
	require_equal(cpu->seen, status()->generation, "what it has taken in");
}

static void sipi_starts_in_real_mode(void **state)
{
	init();
	status()->generation++;
	sipi(0x12);
	require_started(0x12);
	/* INIT that was kept until now asks for what there is. */
	exits_and_returns(EXIT_REASON_INIT);
	require_started(0x12);
	vmx.field[VMCS_GUEST_RIP] = 2;
	exits_and_returns(EXIT_REASON_INIT);
	require(cpu->parked, "INIT after the first instruction has no effect");
}

/* The host does not let an attacker's code start a CPU. */
static void locked_only_linux_starts_cpus(void **state)
{
	u32 startup = guest.facts.startup >> 12;
	const struct sb_event *e;

	init();
	status()->locked = 1;
	sipi(startup + 1);
	require_equal(vmx.field[VMCS_GUEST_ACTIVITY], ACTIVITY_WAIT_FOR_SIPI, "activity");
	require(cpu->parked, "it started");
	e = newest_violation(0);
	require_equal(violations(), 1, "number of violations");
	require_equal(e->policy, SHADOW_BOX_POLICY_HOST_MEMORY, "policy");
	require_equal(e->why, SHADOW_BOX_WHY_FETCH, "why");
	require_equal(e->gpa, (startup + 1) << 12, "physical address");
	sipi(startup);
	require_started(startup);
	require_equal(violations(), 1, "number of violations");
}

/* Nor where it lets the kernel execute only what it may. */
static void with_code_integrity_too(void **state)
{
	u32 startup = guest.facts.startup >> 12;

	status()->mode[SHADOW_BOX_POLICY_CODE_INTEGRITY] = SHADOW_BOX_MODE_ENFORCE;
	init();
	sipi(startup + 1);
	require_equal(vmx.field[VMCS_GUEST_ACTIVITY], ACTIVITY_WAIT_FOR_SIPI, "activity");
	require_equal(newest_violation(0)->policy, SHADOW_BOX_POLICY_CODE_INTEGRITY, "policy");
	status()->mode[SHADOW_BOX_POLICY_CODE_INTEGRITY] = SHADOW_BOX_MODE_LOG;
	sipi(startup + 1);
	require_started(startup + 1);
	require_equal(violations(), 2, "number of violations");
}

/* Faults of the host */

static struct host_frame frame;

static void call_handle_exception(struct sb_cpu *c)
{
	handle_exception(&frame, c);
}

static void call_handle_machine_check(struct sb_cpu *c)
{
	handle_machine_check(&frame, c);
}

static void foreseen_faults_go_on_elsewhere(void **state)
{
	u32 i;

	for (i = 0; i < MODEL_FIXUPS; i++) {
		frame = (struct host_frame){ .vector = 13, .iret.rip = MODEL_FIXUP_FROM(i) };
		require_equal(vmx_run(call_handle_exception, cpu), VMX_RETURNED, "a fixup");
		require_equal(frame.iret.rip, MODEL_FIXUP_TO(i), "where it goes on");
	}
	require_equal(events(), 0, "number of events");
}

static void other_faults_stop_the_cpu(void **state)
{
	frame = (struct host_frame){ .vector = 14, .error = 2,
				     .iret.rip = MODEL_FIXUP_FROM(0) + 1 };
	require_equal(vmx_run(call_handle_exception, cpu), VMX_STOPPED, "how the host ended");
	require_last_words(14);
	require_equal(last_event()->rip, MODEL_FIXUP_FROM(0) + 1, "RIP");
	require_equal(last_event()->gla, MODEL_CR2, "CR2");
	require_equal(last_event()->error, 2, "error code");
	frame.vector = 8;
	require_equal(vmx_run(call_handle_exception, cpu), VMX_STOPPED, "how a second fault ended");
	require_last_words(14);
}

static struct sb_cpu other;
static u32 waits;

static void other_unlocks(void)
{
	if (++waits == 3)
		host_unlock(&other);
}

/* What a CPU that stops holds, others get; what others hold stays theirs. */
static void a_cpu_that_stops_gives_up_the_lock(void **state)
{
	host_lock(cpu);
	exits(EXIT_REASON_EPT_MISCONFIG);
	waits = 0;
	vmx.point = other_unlocks;
	host_lock(cpu);
	require_equal(waits, 0, "waits for a lock that nobody holds");
	host_unlock(cpu);
	new_cpu(NULL);
	other.config.slot = 1;
	host_lock(&other);
	exits(EXIT_REASON_EPT_MISCONFIG);
	vmx.point = other_unlocks;
	host_lock(cpu);
	require_equal(waits, 3, "waits for another CPU");
	host_unlock(cpu);
	vmx.point = NULL;
}

/* Without RIPV nothing says where the host was: also at an instruction that may fault. */
static void fatal_machine_checks_stop_the_cpu(void **state)
{
	static const u64 status[] = { 0, 4, ~0ull };
	static const u64 rip[] = { 0x5000, MODEL_FIXUP_FROM(1) };
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(status); i++) {
		for (n = 0; n < ARRAY_SIZE(rip); n++) {
			new_cpu(NULL);
			vmx.mcg_status = status[i];
			frame = (struct host_frame){ .vector = 18, .iret.rip = rip[n] };
			require(vmx_run(call_handle_machine_check, cpu) == VMX_STOPPED,
				"MCG_STATUS 0x%llx at 0x%llx: the host goes on", status[i], rip[n]);
			require_last_words(18);
		}
	}
}

/* Counters */

static void exits_are_counted_by_reason(void **state)
{
	u32 i;

	for (i = 0; i < 5; i++)
		exits_and_returns(EXIT_REASON_CPUID);
	exits_and_returns(EXIT_REASON_INVD);
	exits(200);
	require_equal(cpu_counters(cpu)->exits[EXIT_REASON_CPUID], 5, "CPUID exits");
	require_equal(cpu_counters(cpu)->exits[EXIT_REASON_INVD], 1, "INVD exits");
	require_equal(cpu_counters(cpu)->exits[SB_EXIT_REASONS - 1], 1, "exits of unknown reason");
	require_equal(cpu_counters(cpu)->cycles, 80, "cycles in the host");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_cpu)
	const struct CMUnitTest tests[] = {
		TEST(cpuid_passes_through),
		TEST(cpuid_hides_vmx_and_mirrors_cr4),
		TEST(rdmsr_passes_through_but_for_vmx),
		TEST(wrmsr_is_executed),
		TEST(microcode_update_makes_an_event),
		TEST(xsetbv_is_executed_in_kernel_mode),
		TEST(mov_to_cr4_with_vmxe_faults),
		TEST(mov_to_cr0_without_ne_is_shown_only),
		TEST(clearing_wp_under_cet_faults),
		TEST(impossible_cr0_faults),
		TEST(single_steps_trap_after_the_instruction),
		TEST(the_instruction_pointer_wraps_outside_64_bit_mode),
		TEST(a_fault_sets_rf),
		TEST(an_instruction_ends_sti_mov_ss_and_rf),
		TEST(invd_is_wbinvd),
		TEST(vmx_and_smx_do_not_exist),
		TEST(vmcall_from_user_mode_faults),
		TEST(without_a_hypervisor_vmcall_faults),
		TEST(kvm_gets_the_calls_that_are_known),
		TEST(kvm_writes_where_linux_may),
		TEST(hyperv_gets_the_calls_that_are_known),
		TEST(vmware_gets_the_calls_of_its_tools),
		TEST(hello_records_each_launch_once),
		TEST(numbers_that_nothing_has),
		TEST(commands_from_elsewhere_are_refused),
		TEST(leave_takes_two_calls),
		TEST(leave_is_refused_when_locked),
		TEST(leave_is_refused_when_locked_meanwhile),
		TEST(ept_violation_is_reported_and_refused),
		TEST(ept_violation_in_an_enclave_is_no_other),
		TEST(a_refused_double_fault_is_a_shutdown),
		TEST(unexpected_exits_stop_the_cpu),
		TEST(unknown_exits_are_events),
		TEST(a_page_fault_of_the_hypervisor_goes_to_linux),
		TEST(a_machine_check_at_vm_entry_goes_to_linux),
		TEST(failed_entries_end_the_launch_or_the_cpu),
		TEST(shutdown_and_init_of_the_first_reset),
		TEST(the_lock_guards_what_puts_the_machine_to_sleep),
		TEST(ports_switch_off_and_do_not_sleep),
		TEST(ports_are_read_as_the_cpu_reads_them),
		TEST(a_program_that_wants_sleep_gets_an_exception),
		TEST(init_waits_for_a_sipi),
		TEST(init_keeps_cache_mode_and_msrs),
		TEST(sipi_starts_in_real_mode),
		TEST(locked_only_linux_starts_cpus),
		TEST(with_code_integrity_too),
		TEST(foreseen_faults_go_on_elsewhere),
		TEST(other_faults_stop_the_cpu),
		TEST(a_cpu_that_stops_gives_up_the_lock),
		TEST(fatal_machine_checks_stop_the_cpu),
		TEST(exits_are_counted_by_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
