// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMSR, WRMSR, XSETBV and MOV to CR0/CR4 where they exit: executed for the guest, with the fault
 * that the bare machine would raise, unless a policy forbids the change.
 */
#include "../host.h"
#include "../policy/feature.h"

static bool is_vmx_capability(u32 msr)
{
	return msr >= IA32_VMX_BASIC && msr <= IA32_VMX_EXIT2;
}

static bool read_msr(u32 msr, u64 *value)
{
	if (is_vmx_capability(msr))
		return false;
	if (!rdmsr_safe(msr, value))
		return false;
	if (msr == IA32_FEATURE_CONTROL)
		*value &= ~(FEATURE_CONTROL_VMXON | FEATURE_CONTROL_VMXON_IN_SMX);
	return true;
}

/* Exits: VMX capabilities, FEATURE_CONTROL, and all outside the ranges of the MSR bitmap. */
void emulate_rdmsr(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u64 value;

	if (!read_msr(regs->rcx, &value))
		return guest_inject_exception(VECTOR_GP);
	regs->rax = (u32)value;
	regs->rdx = value >> 32;
	guest_skip_instruction();
}

/* Reports that a register is to change. Returns whether the policy forbids it. */
static bool forbids(struct sb_cpu *cpu, u32 policy, u32 code, u64 old, u64 new)
{
	return violation(cpu, &(struct violation){ .policy = policy,
						   .why = SHADOW_BOX_WHY_REGISTER,
						   .subject = SHADOW_BOX_SUBJECT_REGISTER,
						   .code = code, .size = sizeof(old),
						   .old = &old, .new = &new });
}

/* Does a write clear bits that control-regs keeps set, and forbid it? */
static bool forbids_clearing(struct sb_cpu *cpu, u64 pinned, u32 code, u64 old, u64 new)
{
	return old & ~new & pinned &&
	       forbids(cpu, SHADOW_BOX_POLICY_CONTROL_REGS, code, old, new);
}

#define CPUID_80000001_EDX_NX BIT(20)

/* Bits of EFER that exist: VM entry would fail with others. Only NXE can be missing. */
static u64 efer_bits(void)
{
	u32 a = 0x80000001, b, c = 0, d;

	cpuid(&a, &b, &c, &d);
	return EFER_SCE | EFER_LME | EFER_LMA | (d & CPUID_80000001_EDX_NX ? EFER_NXE : 0);
}

/*
 * The guest's EFER is in the VMCS. LMA is the CPU's own, and LME cannot change while paging is on.
 * Returns false for #GP.
 */
static bool write_efer(struct sb_cpu *cpu, u64 value)
{
	u64 old = vmread(VMCS_GUEST_EFER);

	if (value == old)
		return true;
	if (forbids_clearing(cpu, cpu->config.efer_pinned, IA32_EFER, old, value))
		return false;
	if (value & ~efer_bits() || ((value ^ old) & EFER_LME && vmread(VMCS_GUEST_CR0) & CR0_PG))
		return false;
	vmwrite(VMCS_GUEST_EFER, (value & ~EFER_LMA) | (old & EFER_LMA));
	return true;
}

/* An exit puts the guest's SYSENTER MSRs into the VMCS. 0: the MSR itself is the guest's. */
static u32 field_of_msr(u32 msr)
{
	switch (msr) {
	case IA32_SYSENTER_CS: return VMCS_GUEST_SYSENTER_CS;
	case IA32_SYSENTER_ESP: return VMCS_GUEST_SYSENTER_ESP;
	case IA32_SYSENTER_EIP: return VMCS_GUEST_SYSENTER_EIP;
	default: return 0;
	}
}

/* Linux writes these once, when a CPU starts. Returns false for #GP. */
static bool write_syscall_msr(struct sb_cpu *cpu, u32 msr, u64 value)
{
	u32 field = field_of_msr(msr);
	u64 old;

	/* The other half of SYSENTER_CS does not exist. */
	if (msr == IA32_SYSENTER_CS)
		value = (u32)value;
	if (field)
		old = vmread(field);
	else if (!rdmsr_safe(msr, &old))
		return false;
	if (value == old)
		return true;
	if (forbids(cpu, SHADOW_BOX_POLICY_SYSCALL_MSRS, msr, old, value))
		return false;
	if (!field)
		return wrmsr_safe(msr, value);
	if (!guest_canonical(value))
		return false;
	vmwrite(field, value);
	return true;
}

static bool write_msr(struct sb_cpu *cpu, u32 msr, u64 value)
{
	if (msr == IA32_EFER)
		return write_efer(cpu, value);
	if (is_syscall_msr(msr))
		return write_syscall_msr(cpu, msr, value);
	return write_classified_msr(cpu, msr, value);
}

/**
 * emulate_wrmsr() - WRMSR of what policies protect, of microcode, and outside the bitmap's ranges
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * Microcode cannot be loaded in VMX non-root operation; the CPU would drop it without a word. Linux
 * compares revisions afterwards and reports the failure; the event says why.
 */
void emulate_wrmsr(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 msr = regs->rcx;

	if (msr == IA32_BIOS_UPDT_TRIG)
		record_event(cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_MICROCODE,
							.rip = vmread(VMCS_GUEST_RIP) });
	else if (!write_msr(cpu, msr, (u32)regs->rax | (u64)(u32)regs->rdx << 32))
		return guest_inject_exception(VECTOR_GP);
	guest_skip_instruction();
}

void emulate_xsetbv(struct sb_regs *regs, struct sb_cpu *cpu)
{
	if (guest_cpl() || !xsetbv_safe(regs->rcx, (u32)regs->rax | (u64)(u32)regs->rdx << 32))
		return guest_inject_exception(VECTOR_GP);
	guest_skip_instruction();
}

/* A control register as the guest reads it: masked bits come from the shadow (SDM 25.6.6). */
static u64 control_register(u64 guest, u64 shadow, u64 mask)
{
	u64 masked = vmread(mask);

	return (vmread(shadow) & masked) | (vmread(guest) & ~masked);
}

/* What the CPU cached under the old value must not be used. Without VPIDs, VM entry sees to it. */
void forget_translations(struct sb_cpu *cpu)
{
	if (cpu->config.features & SHADOW_BOX_FEATURE_VPID)
		invvpid_all();
}

/*
 * Clearing PG or PE is #GP in 64-bit code (SDM volume 2, MOV to control registers); in 32-bit code it
 * would end IA-32e mode, which 64-bit Linux never does: #GP as well.
 */
static bool ends_ia32e_paging(u64 cr0)
{
	return guest_in_ia32e_paging() && !(cr0 & CR0_PE && cr0 & CR0_PG);
}

/* A CPU that has been started switches paging on, which with EFER.LME begins IA-32e mode. */
static bool begins_paging(u64 cr0)
{
	return cr0 & CR0_PG && !(vmread(VMCS_GUEST_CR0) & CR0_PG);
}

/*
 * SDM 10.8.5. Paging without IA-32e mode would want PDPTEs in the VMCS; 64-bit Linux has none, and gets
 * #GP.
 */
static bool may_begin_paging(u64 cr0)
{
	return cr0 & CR0_PE && vmread(VMCS_GUEST_EFER) & EFER_LME && vmread(VMCS_GUEST_CR4) & CR4_PAE &&
	       !(vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_LONG_MODE);
}

static void begin_ia32e_mode(void)
{
	vmcs_set_bits(VMCS_GUEST_EFER, EFER_LMA);
	vmcs_set_bits(VMCS_ENTRY_CONTROLS, ENTRY_IA32E_GUEST);
}

/* What no CPU accepts is not valid. */
static bool is_valid_cr0(u64 value)
{
	return !(value >> 32) && !ends_ia32e_paging(value) &&
	       (!begins_paging(value) || may_begin_paging(value)) &&
	       !(value & CR0_NW && !(value & CR0_CD)) &&
	       !(!(value & CR0_WP) && vmread(VMCS_GUEST_CR4) & CR4_CET);
}

/* VM exit and VM entry leave CD and NW: guest and host share them (SDM 27.3.2.1, 28.5.1). */
static void set_cache_mode(u64 cr0)
{
	u64 old = read_cr0(), new = (old & ~(CR0_CD | CR0_NW)) | (cr0 & (CR0_CD | CR0_NW));

	if (new != old)
		write_cr0(new);
}

/* NE must stay set in VMX operation; the guest sees what it wrote. Returns false for #GP. */
static bool mov_to_cr0(struct sb_cpu *cpu, u64 value)
{
	u64 old = control_register(VMCS_GUEST_CR0, VMCS_CR0_SHADOW, VMCS_CR0_MASK);

	if (forbids_clearing(cpu, cpu->config.cr0_pinned, 0, old, value) || !is_valid_cr0(value))
		return false;
	set_cache_mode(value);
	if (begins_paging(value))
		begin_ia32e_mode();
	vmwrite(VMCS_CR0_SHADOW, value);
	vmwrite(VMCS_GUEST_CR0, value | CR0_NE);
	forget_translations(cpu);
	return true;
}

/* Masked for good because the guest has no VMX and no SMX: reserved bits. */
static u64 hidden_cr4(void)
{
	return vmread(VMCS_CR4_MASK) & (CR4_VMXE | CR4_SMXE);
}

/* IA-32e paging needs PAE, and the number of levels cannot change (SDM 2.5). */
static bool is_valid_for_paging(u64 cr4, u64 changed)
{
	return !guest_in_ia32e_paging() || (cr4 & CR4_PAE && !(changed & CR4_LA57));
}

/* What no CPU accepts is not valid, nor what VM entry does not (SDM 2.5, 4.10.1, 27.3.1.1). */
static bool is_valid_cr4(u64 value, u64 old)
{
	u64 changed = value ^ old, supported;

	if (!rdmsr_safe(IA32_VMX_CR4_FIXED1, &supported) || value & ~(supported & ~hidden_cr4()))
		return false;
	if (changed & value & CR4_PCIDE &&
	    (!guest_in_ia32e_paging() || vmread(VMCS_GUEST_CR3) & (SB_PAGE_SIZE - 1)))
		return false;
	return is_valid_for_paging(value, changed) &&
	       !(value & CR4_CET && !(vmread(VMCS_GUEST_CR0) & CR0_WP));
}

/*
 * Without SMEP the kernel could execute pages of programs, which the EPT cannot tell from their own doing:
 * code-integrity depends on it.
 */
static bool opens_programs(struct sb_cpu *cpu, u64 old, u64 new)
{
	return old & ~new & cpu->config.cr4_pinned & CR4_SMEP &&
	       forbids(cpu, SHADOW_BOX_POLICY_CODE_INTEGRITY, 4, old, new);
}

/* VMXE must stay set in VMX operation. Returns false for #GP. */
static bool mov_to_cr4(struct sb_cpu *cpu, u64 value)
{
	u64 old = control_register(VMCS_GUEST_CR4, VMCS_CR4_SHADOW, VMCS_CR4_MASK);

	if (forbids_clearing(cpu, cpu->config.cr4_pinned, 4, old, value) ||
	    opens_programs(cpu, old, value) || !is_valid_cr4(value, old))
		return false;
	vmwrite(VMCS_CR4_SHADOW, value);
	vmwrite(VMCS_GUEST_CR4, value | CR4_VMXE);
	forget_translations(cpu);
	return true;
}

/* LMSW: bits 3:0 of CR0, of which it can set PE but not clear it. A CPU that starts does so. */
static bool lmsw(struct sb_cpu *cpu, u32 source)
{
	u64 old = control_register(VMCS_GUEST_CR0, VMCS_CR0_SHADOW, VMCS_CR0_MASK);

	return mov_to_cr0(cpu, (old & ~0xeull) | (source & 0xf));
}

static bool mov_to_cr(struct sb_regs *regs, struct sb_cpu *cpu, u32 cr, u32 from)
{
	u64 value = guest_register(regs, from);

	/* Outside 64-bit mode the operand has 32 bits. */
	if (!(vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_LONG_MODE))
		value = (u32)value;
	return cr ? mov_to_cr4(cpu, value) : mov_to_cr0(cpu, value);
}

/**
 * emulate_cr_access() - MOV to CR0 or CR4 that changes a masked bit, or LMSW that does
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * Nothing else exits: CLTS changes TS, which is never masked, and LMSW cannot clear PE (SDM 26.1.3).
 * Clearing a pinned bit is reported even if the CPU would refuse it.
 *
 * Return: false if it is something else all the same.
 */
bool emulate_cr_access(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 qualification = vmread(VMCS_EXIT_QUALIFICATION);
	u32 cr = qualification & 0xf, type = (qualification >> 4) & 3;
	bool done;

	if (type == CR_ACCESS_LMSW)
		done = lmsw(cpu, qualification >> 16);
	else if (type == CR_ACCESS_MOV_TO && (cr == 0 || cr == 4))
		done = mov_to_cr(regs, cpu, cr, (qualification >> 8) & 0xf);
	else
		return false;
	if (done)
		guest_skip_instruction();
	else
		guest_inject_exception(VECTOR_GP);
	return true;
}

/* Makes other bits exit, or none; the guest reads the same as before. */
static void set_mask(u64 guest, u64 shadow, u64 mask, u64 bits)
{
	vmwrite(shadow, control_register(guest, shadow, mask));
	vmwrite(mask, bits);
}

/**
 * apply_register_policies() - set what exits on this CPU as the policies want it
 * @cpu: this CPU
 *
 * The masks of the launch (linux/launch/vmcs.c) stay: NE, VMXE and, if it was off, SMXE. Pinned bits can
 * be unmasked again because the register and what the guest sees of it differ in those three only.
 *
 * Context: host's lock held; writes nothing but this CPU's VMCS.
 */
void apply_register_policies(struct sb_cpu *cpu)
{
	bool control = policy_mode(SHADOW_BOX_POLICY_CONTROL_REGS) != SHADOW_BOX_MODE_OFF;
	bool integrity = policy_mode(SHADOW_BOX_POLICY_CODE_INTEGRITY) != SHADOW_BOX_MODE_OFF;

	set_mask(VMCS_GUEST_CR0, VMCS_CR0_SHADOW, VMCS_CR0_MASK,
		 CR0_NE | (control ? cpu->config.cr0_pinned : 0));
	set_mask(VMCS_GUEST_CR4, VMCS_CR4_SHADOW, VMCS_CR4_MASK,
		 hidden_cr4() | ((control ? ~0ull : integrity ? CR4_SMEP : 0) &
				 cpu->config.cr4_pinned));
}

/* Descriptor-table exiting is the one control that not every CPU has. */
bool has_descriptor_exiting(struct sb_cpu *cpu, u32 policy)
{
	return policy != SHADOW_BOX_POLICY_DESCRIPTOR_REGS || cpu->config.has_descriptor_exiting;
}

void apply_descriptor_exiting(struct sb_cpu *cpu)
{
	if (!cpu->config.has_descriptor_exiting)
		return;
	if (policy_mode(SHADOW_BOX_POLICY_DESCRIPTOR_REGS) != SHADOW_BOX_MODE_OFF)
		vmcs_set_bits(VMCS_PROC2_CONTROLS, PROC2_DESCRIPTOR_TABLE_EXITING);
	else
		vmcs_clear_bits(VMCS_PROC2_CONTROLS, PROC2_DESCRIPTOR_TABLE_EXITING);
}

/* control-regs */
FEATURE(NONE, NONE, HOOK(apply_register_policies), NONE, NONE, NONE);
/* descriptor-regs */
FEATURE(HOOK(has_descriptor_exiting), NONE, HOOK(apply_descriptor_exiting), NONE, NONE, NONE);
