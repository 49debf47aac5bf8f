// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaving VMX operation: Linux goes on with the state it had in the guest world, on the bare CPU.
 */
#include "../host.h"

static void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

static void invalidate_and_vmxoff(struct sb_cpu *cpu)
{
	struct { u64 context, address; } all = { 0, 0 };

	asm volatile("invept %0, %1" : : "m" (all), "r" (INVALIDATE_ALL_CONTEXTS) : "cc", "memory");
	if (cpu->config.features & SHADOW_BOX_FEATURE_VPID)
		asm volatile("invvpid %0, %1"
			     : : "m" (all), "r" (INVALIDATE_ALL_CONTEXTS) : "cc", "memory");
	asm volatile("vmclear %0" : : "m" (cpu->config.vmcs) : "cc", "memory");
	asm volatile("vmxoff" : : : "cc", "memory");
}

/*
 * Linux's GDT is read-only where Linux uses it, and says "busy" of Linux's TSS: LTR refuses both.
 * So TR is loaded from the host's GDT, with Linux's selector and TSS; what counts is the hidden
 * part. The launch made sure that the selector has room here (linux/launch/vmcs.c).
 */
static void load_task_register(struct sb_cpu *cpu, u16 selector, u64 base, u32 limit)
{
	u64 *descriptor = &cpu->gdt[selector >> 3];

	descriptor[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | 0x89ull << 40 |
			(u64)(limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
	descriptor[1] = base >> 32;
	asm volatile("ltr %0" : : "r" (selector) : "memory");
}

/* What VM exit replaced and the gate does not restore (SDM 28.5.1 to 28.5.3). */
static void restore_registers(struct sb_cpu *cpu, const u64 msr[], u64 cr0, u64 dr7)
{
	static const u32 index[] = { IA32_EFER, IA32_PAT, IA32_DEBUGCTL, IA32_SYSENTER_CS,
				     IA32_SYSENTER_ESP, IA32_SYSENTER_EIP };

	for (u32 i = 0; i < sizeof(index) / sizeof(index[0]); i++)
		wrmsr(index[i], msr[i]);
	if (cpu->config.has_cet)
		wrmsr(IA32_INTERRUPT_SSP_TABLE, cpu->leave.ssp_table);
	asm volatile("mov %0, %%cr0" : : "r" (cr0) : "memory");
	asm volatile("mov %0, %%dr7" : : "r" (dr7) : "memory");
}

static void save_for_gate(struct sb_leave *l, const struct sb_regs *regs, u64 rip, bool has_cet)
{
	l->cr3 = vmread(VMCS_GUEST_CR3);
	l->fs_base = vmread(VMCS_GUEST_FS_BASE);
	l->gs_base = vmread(VMCS_GUEST_GS_BASE);
	l->has_cet = has_cet;
	if (has_cet) {
		l->s_cet = vmread(VMCS_GUEST_S_CET);
		l->ssp_table = vmread(VMCS_GUEST_INTR_SSP_TABLE);
	}
	l->gdtr.limit = vmread(VMCS_GUEST_GDTR_LIMIT);
	l->gdtr.base = vmread(VMCS_GUEST_GDTR_BASE);
	l->idtr.limit = vmread(VMCS_GUEST_IDTR_LIMIT);
	l->idtr.base = vmread(VMCS_GUEST_IDTR_BASE);
	l->es = vmread(VMCS_GUEST_ES_SELECTOR);
	l->ds = vmread(VMCS_GUEST_DS_SELECTOR);
	l->fs = vmread(VMCS_GUEST_FS_SELECTOR);
	l->gs = vmread(VMCS_GUEST_GS_SELECTOR);
	l->ldtr = vmread(VMCS_GUEST_LDTR_SELECTOR);
	l->regs = *regs;
	l->iret.rip = rip;
	l->iret.cs = vmread(VMCS_GUEST_CS_SELECTOR);
	l->iret.rflags = vmread(VMCS_GUEST_RFLAGS);
	l->iret.rsp = vmread(VMCS_GUEST_RSP);
	l->iret.ss = vmread(VMCS_GUEST_SS_SELECTOR);
}

/**
 * leave() - go back to Linux on the bare CPU
 * @regs: general-purpose registers that Linux gets
 * @cpu: this CPU
 * @rip: where Linux goes on
 *
 * Context: NMIs blocked, so that none meets a half-switched CPU (request_leave()). After a failed
 * launch they are not; that path is some hundred instructions long and taken once.
 */
void leave(struct sb_regs *regs, struct sb_cpu *cpu, u64 rip)
{
	u64 msr[] = { vmread(VMCS_GUEST_EFER), vmread(VMCS_GUEST_PAT), vmread(VMCS_GUEST_DEBUGCTL),
		      vmread(VMCS_GUEST_SYSENTER_CS), vmread(VMCS_GUEST_SYSENTER_ESP),
		      vmread(VMCS_GUEST_SYSENTER_EIP) };
	u64 cr0 = vmread(VMCS_GUEST_CR0), cr4 = vmread(VMCS_GUEST_CR4) & ~CR4_VMXE;
	u64 dr7 = vmread(VMCS_GUEST_DR7), tr_base = vmread(VMCS_GUEST_TR_BASE);
	u32 tr = vmread(VMCS_GUEST_TR_SELECTOR), tr_limit = vmread(VMCS_GUEST_TR_LIMIT);

	if (cpu->active)
		record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_LEAVE,
							.rip = rip });
	cpu->active = 0;
	cpu->leaving = 0;
	save_for_gate(&cpu->leave, regs, rip, cpu->config.has_cet);
	invalidate_and_vmxoff(cpu);
	restore_registers(cpu, msr, cr0, dr7);
	load_task_register(cpu, tr, tr_base, tr_limit);
	pass_gate(cpu->config.virt + offsetof(struct sb_cpu, leave), cpu->leave.cr3, cr4,
		  cpu->config.gate);
}
