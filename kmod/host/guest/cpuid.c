// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID: the CPU's own answer, less VMX and SMX, and with the bits that mirror the guest's CR4.
 */
#include "../host.h"

#define CPUID_1_ECX_VMX		BIT(5)
#define CPUID_1_ECX_SMX		BIT(6)
#define CPUID_1_ECX_OSXSAVE	BIT(27)
#define CPUID_7_ECX_OSPKE	BIT(4)

/* The host's CR4 is not the guest's; CPUID executed here would show the host's. */
static u64 mirror_cr4(u64 word, u64 bit, u64 cr4_bit)
{
	return vmread(VMCS_GUEST_CR4) & cr4_bit ? word | bit : word & ~bit;
}

void emulate_cpuid(struct sb_regs *regs)
{
	u32 leaf = regs->rax, subleaf = regs->rcx;
	u64 a = regs->rax, b, c = regs->rcx, d;

	cpuid_wide(&a, &b, &c, &d);
	if (leaf == 1)
		c = mirror_cr4(c & ~(CPUID_1_ECX_VMX | CPUID_1_ECX_SMX),
			       CPUID_1_ECX_OSXSAVE, CR4_OSXSAVE);
	else if (leaf == 7 && subleaf == 0)
		c = mirror_cr4(c, CPUID_7_ECX_OSPKE, CR4_PKE);
	regs->rax = a;
	regs->rbx = b;
	regs->rcx = c;
	regs->rdx = d;
	guest_skip_instruction();
}
