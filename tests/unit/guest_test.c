// SPDX-License-Identifier: GPL-2.0-only
/*
 * How an exit ends for the guest: registers by number, each exception with what belongs to it, and
 * the end of an instruction.
 */
#include "vmx_model.h"

#define RIP 0xffffffff81000000ull

static int new_cpu(void **state)
{
	vmx_launch(vmx_reset());
	return 0;
}

static void cpl_is_that_of_ss(void **state)
{
	u32 cpl;

	for (cpl = 0; cpl < 4; cpl++) {
		vmx.field[VMCS_GUEST_SS_ACCESS] = 0xc093 | cpl << 5;
		require_equal(guest_cpl(), cpl, "CPL");
	}
}

static void registers_have_the_numbers_of_the_cpu(void **state)
{
	struct sb_regs regs = { 0 };
	u64 *const where[16] = {
		&regs.rax, &regs.rcx, &regs.rdx, &regs.rbx, &vmx.field[VMCS_GUEST_RSP], &regs.rbp,
		&regs.rsi, &regs.rdi, &regs.r8, &regs.r9, &regs.r10, &regs.r11, &regs.r12,
		&regs.r13, &regs.r14, &regs.r15,
	};
	u32 number;

	for (number = 0; number < 16; number++) {
		set_guest_register(&regs, number, 0xabcdef0123456700 + number);
		require_equal(*where[number], 0xabcdef0123456700 + number, "a register set");
	}
	for (number = 0; number < 16; number++) {
		*where[number] = ~(u64)number;
		require_equal(guest_register(&regs, number), ~(u64)number, "a register read");
	}
}

static void exceptions_are_complete(void **state)
{
	static const struct {
		u32 vector;
		bool has_error, is_fault;
	} cases[] = {
		{ VECTOR_DB, false, false }, { VECTOR_UD, false, true },
		{ VECTOR_DF, true, false }, { VECTOR_NP, true, true }, { VECTOR_SS, true, true },
		{ VECTOR_GP, true, true }, { VECTOR_PF, true, true }, { VECTOR_MC, false, false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 error = cases[i].has_error ? 0x1238 : 0;
		u32 info = 0x80000300 | cases[i].vector | (error ? 0x800 : 0);

		new_cpu(NULL);
		guest_inject_error(cases[i].vector, 0x1238);
		require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], info, "the event");
		require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], error, "its error code");
		require_equal(vmx.field[VMCS_GUEST_RFLAGS] & RFLAGS_RF,
			      cases[i].is_fault ? RFLAGS_RF : 0, "RF");
		guest_inject_exception(cases[i].vector);
		require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], info, "the event");
		require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], 0, "no error code");
	}
}

static void page_faults_have_an_address(void **state)
{
	guest_inject_page_fault(0xffff888012345678, 7);
	require_equal(vmx.cr2, 0xffff888012345678, "CR2");
	require_equal(vmx.field[VMCS_ENTRY_INTR_INFO], 0x80000b0e, "the event");
	require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], 7, "its error code");
}

/* Every state in which an instruction can be, and the two ways to skip it. */
static void require_finished(u32 flags, u32 blocking, u64 debugctl, bool by_bytes)
{
	bool trap = flags & RFLAGS_TF && !(debugctl & DEBUGCTL_BTF);

	new_cpu(NULL);
	vmx.field[VMCS_GUEST_RFLAGS] = RFLAGS_FIXED | flags;
	vmx.field[VMCS_GUEST_INTERRUPTIBILITY] = blocking;
	vmx.field[VMCS_GUEST_DEBUGCTL] = debugctl;
	if (by_bytes)
		guest_skip_bytes(5);
	else
		guest_skip_instruction();
	require_equal(vmx.field[VMCS_GUEST_RIP], RIP + (by_bytes ? 5 : 3), "RIP");
	require_equal(vmx.field[VMCS_GUEST_RFLAGS], RFLAGS_FIXED | (flags & ~RFLAGS_RF), "RFLAGS");
	require_equal(vmx.field[VMCS_GUEST_INTERRUPTIBILITY], blocking & BLOCKING_BY_NMI,
		      "blocking");
	require_equal(vmx.field[VMCS_GUEST_PENDING_DEBUG], trap ? PENDING_DEBUG_BS : 0, "the trap");
}

static void instructions_end(void **state)
{
	u32 i;

	for (i = 0; i < 128; i++)
		require_finished((i & 1 ? RFLAGS_TF : 0) | (i & 2 ? RFLAGS_RF : 0),
				 (i & 4 ? BLOCKING_BY_STI : 0) | (i & 8 ? BLOCKING_BY_MOV_SS : 0) |
				 (i & 16 ? BLOCKING_BY_NMI : 0), i & 32 ? DEBUGCTL_BTF : 0, i & 64);
}

static void rip_wraps_outside_64_bit_mode(void **state)
{
	vmx.field[VMCS_GUEST_CS_ACCESS] = 0;
	vmx.field[VMCS_GUEST_RIP] = 0xfffffffe;
	guest_skip_bytes(5);
	require_equal(vmx.field[VMCS_GUEST_RIP], 3, "RIP of 32 bits");
	vmx.field[VMCS_GUEST_CS_ACCESS] = ACCESS_LONG_MODE;
	vmx.field[VMCS_GUEST_RIP] = 0xfffffffe;
	guest_skip_bytes(5);
	require_equal(vmx.field[VMCS_GUEST_RIP], 0x100000003, "RIP of 64 bits");
}

#define TEST(f) cmocka_unit_test_setup(f, new_cpu)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cpl_is_that_of_ss),
		TEST(registers_have_the_numbers_of_the_cpu),
		TEST(exceptions_are_complete),
		TEST(page_faults_have_an_address),
		TEST(instructions_end),
		TEST(rip_wraps_outside_64_bit_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
