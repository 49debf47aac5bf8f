// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing the VMCS of this CPU: the guest state is Linux as it stands, the host state is the host
 * world, the controls let exit only what VT-x forces.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/special_insns.h>

#include "../../abi/vmx.h"
#include "../kernel/compat.h"
#include "vmcs.h"

#define CPUID_1_ECX_XSAVE BIT(26)
#define UNUSABLE	BIT(16)
#define ACCESS_MASK	0xf0ff

/* The first field that the CPU did not take, while a VMCS is being written. */
struct writer {
	u64 failed_field;
	bool failed;
};

static void put(struct writer *w, u64 field, u64 value)
{
	bool failed;

	asm volatile("vmwrite %2, %1" : "=@ccbe" (failed) : "r" (field), "rm" (value) : "memory");
	if (failed && !w->failed) {
		w->failed = true;
		w->failed_field = field;
	}
}

static void put_controls(struct writer *w, const struct sb_world *world,
			 const struct sb_controls *controls)
{
	put(w, VMCS_PIN_CONTROLS, controls->pin);
	put(w, VMCS_PROC_CONTROLS, controls->proc);
	put(w, VMCS_PROC2_CONTROLS, controls->proc2);
	put(w, VMCS_EXIT_CONTROLS, controls->exit);
	put(w, VMCS_ENTRY_CONTROLS, controls->entry);
	put(w, VMCS_EXCEPTION_BITMAP, 0);
	put(w, VMCS_PAGE_FAULT_MASK, 0);
	put(w, VMCS_PAGE_FAULT_MATCH, 0);
	put(w, VMCS_CR3_TARGET_COUNT, 0);
	put(w, VMCS_EXIT_MSR_STORE_COUNT, 0);
	put(w, VMCS_EXIT_MSR_LOAD_COUNT, 0);
	put(w, VMCS_ENTRY_MSR_LOAD_COUNT, 0);
	put(w, VMCS_ENTRY_INTR_INFO, 0);
	put(w, VMCS_TSC_OFFSET, 0);
	put(w, VMCS_IO_BITMAP_A, world->io_bitmaps);
	put(w, VMCS_IO_BITMAP_B, world->io_bitmaps + SB_PAGE_SIZE);
	put(w, VMCS_MSR_BITMAP, world->msr_bitmap);
	put(w, VMCS_EPT_POINTER, world->ept.root.phys | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB);
	/* TLBs are not shared between CPUs, so one non-zero identifier does for all. */
	if (controls->proc2 & PROC2_VPID)
		put(w, VMCS_VPID, 1);
	if (controls->proc2 & PROC2_XSAVES)
		put(w, VMCS_XSS_EXIT_BITMAP, 0);
	put(w, VMCS_LINK_POINTER, ~0ull);
}

/*
 * CR4 of the host: Linux's paging modes, PKE, since the host reads the guest's PKRU, and OSXSAVE
 * wherever there is XSAVE, since the host executes XSETBV for a guest that may set the bit later.
 */
static u64 host_cr4(u64 cr4)
{
	u64 xsave = cpuid_ecx(1) & CPUID_1_ECX_XSAVE ? CR4_OSXSAVE : 0;

	return CR4_PAE | CR4_MCE | CR4_VMXE | xsave |
	       (cr4 & (CR4_LA57 | CR4_SMEP | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PKE));
}

/*
 * A bit in a mask exits when it changes. NE must be set, VMXE and SMXE do not exist in the guest.
 */
static void put_control_registers(struct writer *w)
{
	u64 cr0 = read_cr0(), cr4 = __read_cr4();

	put(w, VMCS_GUEST_CR0, cr0);
	put(w, VMCS_CR0_SHADOW, cr0);
	put(w, VMCS_CR0_MASK, CR0_NE);
	put(w, VMCS_GUEST_CR3, __read_cr3());
	put(w, VMCS_GUEST_CR4, cr4);
	put(w, VMCS_CR4_SHADOW, cr4 & ~CR4_VMXE);
	put(w, VMCS_CR4_MASK, CR4_VMXE | (cr4 & CR4_SMXE ? 0 : CR4_SMXE));
	put(w, VMCS_HOST_CR0, cr0);
	put(w, VMCS_HOST_CR4, host_cr4(cr4));
}

/* A segment as LAR and LSL describe it; @field is the selector's, the others follow its order. */
static void put_segment(struct writer *w, u32 index, u16 selector, u64 base)
{
	u32 access = UNUSABLE << 8, limit = 0;

	if (selector & ~3)
		asm("lar %2, %0\n\tlsl %2, %1"
		    : "=&r" (access), "=&r" (limit) : "r" ((u32)selector) : "cc");
	put(w, VMCS_GUEST_ES_SELECTOR + 2 * index, selector);
	put(w, VMCS_GUEST_ES_BASE + 2 * index, base);
	put(w, VMCS_GUEST_ES_LIMIT + 2 * index, limit);
	put(w, VMCS_GUEST_ES_ACCESS + 2 * index,
	    access >> 8 & (selector & ~3 ? ACCESS_MASK : UNUSABLE));
}

/* Base of a system segment from its 16-byte descriptor (SDM 8.2.3). */
static u64 system_segment_base(const struct desc_ptr *gdtr, u16 selector)
{
	const u64 *d = (const u64 *)(gdtr->address + (selector & ~7));

	if (!(selector & ~3))
		return 0;
	return (d[0] >> 16 & 0xffffff) | (d[0] >> 56) << 24 | d[1] << 32;
}

static u16 read_ldtr(void)
{
	u16 selector;

	asm("sldt %0" : "=r" (selector));
	return selector;
}

static u16 read_tr(void)
{
	u16 selector;

	asm("str %0" : "=r" (selector));
	return selector;
}

static_assert(GDT_ENTRY_LDT * 8 == SB_LINUX_LDT); /* host/guest/descriptor.c */

/* In the order of the VMCS: ES, CS, SS, DS, FS, GS, LDTR, TR. */
static void put_segments(struct writer *w)
{
	struct desc_ptr gdtr, idtr;
	u16 es, cs, ss, ds, fs, gs;

	native_store_gdt(&gdtr);
	store_idt(&idtr);
	asm("mov %%es, %0" : "=rm" (es));
	asm("mov %%cs, %0" : "=rm" (cs));
	asm("mov %%ss, %0" : "=rm" (ss));
	asm("mov %%ds, %0" : "=rm" (ds));
	asm("mov %%fs, %0" : "=rm" (fs));
	asm("mov %%gs, %0" : "=rm" (gs));
	put_segment(w, 0, es, 0);
	put_segment(w, 1, cs, 0);
	put_segment(w, 2, ss, 0);
	put_segment(w, 3, ds, 0);
	put_segment(w, 4, fs, __rdmsr(IA32_FS_BASE));
	put_segment(w, 5, gs, __rdmsr(IA32_GS_BASE));
	put_segment(w, 6, read_ldtr(), system_segment_base(&gdtr, read_ldtr()));
	put_segment(w, 7, read_tr(), system_segment_base(&gdtr, read_tr()));
	put(w, VMCS_GUEST_GDTR_BASE, gdtr.address);
	put(w, VMCS_GUEST_GDTR_LIMIT, gdtr.size);
	put(w, VMCS_GUEST_IDTR_BASE, idtr.address);
	put(w, VMCS_GUEST_IDTR_LIMIT, idtr.size);
}

static void put_guest_msrs(struct writer *w, const struct sb_controls *controls)
{
	put(w, VMCS_GUEST_EFER, __rdmsr(IA32_EFER));
	put(w, VMCS_GUEST_PAT, __rdmsr(IA32_PAT));
	put(w, VMCS_GUEST_DEBUGCTL, __rdmsr(IA32_DEBUGCTL));
	put(w, VMCS_GUEST_SYSENTER_CS, __rdmsr(IA32_SYSENTER_CS));
	put(w, VMCS_GUEST_SYSENTER_ESP, __rdmsr(IA32_SYSENTER_ESP));
	put(w, VMCS_GUEST_SYSENTER_EIP, __rdmsr(IA32_SYSENTER_EIP));
	if (!(controls->entry & ENTRY_LOAD_CET))
		return;
	put(w, VMCS_GUEST_S_CET, __rdmsr(IA32_S_CET));
	put(w, VMCS_GUEST_INTR_SSP_TABLE, __rdmsr(IA32_INTERRUPT_SSP_TABLE));
	/* Linux has no supervisor shadow stack; sb_vmcs_write() makes sure of it. */
	put(w, VMCS_GUEST_SSP, 0);
}

/* RSP, RIP and RFLAGS follow in sb_vmlaunch(). */
static void put_guest(struct writer *w, const struct sb_controls *controls)
{
	unsigned long dr7;

	get_debugreg(dr7, 7);
	put_segments(w);
	put_guest_msrs(w, controls);
	put(w, VMCS_GUEST_DR7, dr7);
	put(w, VMCS_GUEST_ACTIVITY, 0);
	put(w, VMCS_GUEST_INTERRUPTIBILITY, 0);
	put(w, VMCS_GUEST_PENDING_DEBUG, 0);
}

static void put_host(struct writer *w, const struct sb_world *world, const struct sb_vcpu *vcpu,
		     const struct sb_controls *controls)
{
	put(w, VMCS_HOST_CR3, world->paging.root.phys);
	put(w, VMCS_HOST_CS_SELECTOR, SB_SELECTOR_CS);
	put(w, VMCS_HOST_SS_SELECTOR, SB_SELECTOR_SS);
	put(w, VMCS_HOST_DS_SELECTOR, 0);
	put(w, VMCS_HOST_ES_SELECTOR, 0);
	put(w, VMCS_HOST_FS_SELECTOR, 0);
	put(w, VMCS_HOST_GS_SELECTOR, 0);
	put(w, VMCS_HOST_TR_SELECTOR, SB_SELECTOR_TSS);
	put(w, VMCS_HOST_FS_BASE, 0);
	put(w, VMCS_HOST_GS_BASE, vcpu->host);
	put(w, VMCS_HOST_TR_BASE, vcpu->host + offsetof(struct sb_cpu, tss));
	put(w, VMCS_HOST_GDTR_BASE, vcpu->host + offsetof(struct sb_cpu, gdt));
	put(w, VMCS_HOST_IDTR_BASE, SB_IDT);
	put(w, VMCS_HOST_SYSENTER_CS, 0);
	put(w, VMCS_HOST_SYSENTER_ESP, 0);
	put(w, VMCS_HOST_SYSENTER_EIP, 0);
	put(w, VMCS_HOST_PAT, IA32_PAT_RESET);
	put(w, VMCS_HOST_EFER, __rdmsr(IA32_EFER));
	/* One word below the top: fifteen registers later the stack is aligned for a call. */
	put(w, VMCS_HOST_RSP, vcpu->host + SB_CPU_STACK_TOP - 8);
	put(w, VMCS_HOST_RIP, world->exit);
	if (!(controls->exit & EXIT_LOAD_CET))
		return;
	put(w, VMCS_HOST_S_CET, 0);
	put(w, VMCS_HOST_SSP, 0);
	put(w, VMCS_HOST_INTR_SSP_TABLE, 0);
}

#define S_CET_SH_STK_EN BIT(0)

/* What the way in and out (host/entry/leave.c) takes for granted of Linux. */
static int check_assumptions(const struct sb_controls *controls, struct sb_reason *reason)
{
	u32 slot = read_tr() >> 3;

	if (slot <= (SB_SELECTOR_TSS >> 3) + 1 || slot > SB_GDT_ENTRIES - 2)
		return sb_refuse(reason, -EIO, "this kernel's TR selector (0x%x) is not supported",
				 read_tr());
	if (__read_cr4() & CR4_FRED)
		return sb_refuse(reason, -EIO,
				 "this kernel uses FRED, which is not supported: boot it with fred=off");
	if (controls->entry & ENTRY_LOAD_CET && __rdmsr(IA32_S_CET) & S_CET_SH_STK_EN)
		return sb_refuse(reason, -EIO,
				 "this kernel uses supervisor shadow stacks, which are not supported");
	return 0;
}

/**
 * sb_vmcs_write() - fill in the current VMCS, but for RSP, RIP and RFLAGS of the guest
 * @world: the host world
 * @vcpu: this CPU
 * @controls: controls for this CPU
 * @reason: filled in on failure
 *
 * Context: VMX root operation with this CPU's VMCS current, interrupts off.
 * Return: 0 or -EIO.
 */
int sb_vmcs_write(const struct sb_world *world, const struct sb_vcpu *vcpu,
		  const struct sb_controls *controls, struct sb_reason *reason)
{
	struct writer w = { 0 };
	int error = check_assumptions(controls, reason);

	if (error)
		return error;
	put_controls(&w, world, controls);
	put_control_registers(&w);
	put_guest(&w, controls);
	put_host(&w, world, vcpu, controls);
	if (w.failed)
		return sb_refuse(reason, -EIO, "CPU %u does not take VMCS field 0x%llx", vcpu->cpu,
				 w.failed_field);
	return 0;
}
