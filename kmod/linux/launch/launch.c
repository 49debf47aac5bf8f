// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launching the running Linux on this CPU into the guest world, and the call that brings it back.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <asm/asm.h>
#include <asm/special_insns.h>

#include "../../abi/vmx.h"
#include "../machine/machine.h"
#include "../run/command.h"
#include "launch.h"
#include "vmcs.h"

u64 sb_vmlaunch(void);

#ifdef SHADOW_BOX_TEST
static int fail_cpu = -1;
module_param(fail_cpu, int, 0600);
MODULE_PARM_DESC(fail_cpu, "test build: the launch of this CPU fails");

static bool fail_early;
module_param(fail_early, bool, 0600);
MODULE_PARM_DESC(fail_early, "test build: it fails at VMLAUNCH (1) or at the VM entry (0)");

static int hang_cpu = -1;
module_param(hang_cpu, int, 0600);
MODULE_PARM_DESC(hang_cpu, "test build: the launch of this CPU never comes back");

/* Real failures: controls that contradict each other, or a guest state that does not exist. */
static void spoil_vmcs(u32 cpu)
{
	u64 field = fail_early ? VMCS_CR3_TARGET_COUNT : VMCS_GUEST_ACTIVITY;

	while (cpu == hang_cpu)
		asm volatile("pause");
	if (cpu == fail_cpu)
		asm volatile("vmwrite %1, %0" : : "r" (field), "r" (7ull) : "cc");
}
#else
static void spoil_vmcs(u32 cpu)
{
}
#endif

/* Past Linux's own shadow of CR4: it must not come to know of VMXE, nor write it back. */
static void write_cr4(u64 value)
{
	asm volatile("mov %0, %%cr4" : : "r" (value) : "memory");
}

/* Each of these returns false if the CPU refused, VMXON also if it faulted. */
static bool vmxon(u64 region)
{
	bool failed = true;

	asm volatile("1: vmxon %1\n"
		     "setbe %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+q" (failed) : "m" (region) : "cc", "memory");
	return !failed;
}

static bool vmclear(u64 vmcs)
{
	bool failed;

	asm volatile("vmclear %1" : "=@ccbe" (failed) : "m" (vmcs) : "memory");
	return !failed;
}

static bool vmptrld(u64 vmcs)
{
	bool failed;

	asm volatile("vmptrld %1" : "=@ccbe" (failed) : "m" (vmcs) : "memory");
	return !failed;
}

static void vmxoff(void)
{
	asm volatile("vmxoff" : : : "cc", "memory");
}

/* Translations of an earlier user of VT-x must not be taken for ours (SDM 29.4.3.3). */
static void invalidate_all(const struct sb_controls *controls)
{
	struct { u64 context, address; } all = { 0, 0 };

	asm volatile("invept %0, %1" : : "m" (all), "r" (INVALIDATE_ALL_CONTEXTS) : "cc", "memory");
	if (controls->proc2 & PROC2_VPID)
		asm volatile("invvpid %0, %1"
			     : : "m" (all), "r" (INVALIDATE_ALL_CONTEXTS) : "cc", "memory");
}

/*
 * In VMX root operation. If the VM entry itself fails, the host has already left VMX operation
 * when control comes back here: *entry_failed.
 */
static int enter_guest(const struct sb_world *world, struct sb_vcpu *vcpu,
		       const struct sb_controls *controls, bool *entry_failed,
		       struct sb_reason *reason)
{
	u64 result;
	int error;

	if (!vmclear(vcpu->vmcs) || !vmptrld(vcpu->vmcs))
		return sb_refuse(reason, -EIO, "CPU %u does not take its VMCS", vcpu->cpu);
	error = sb_vmcs_write(world, vcpu, controls, reason);
	if (error)
		return error;
	spoil_vmcs(vcpu->cpu);
	invalidate_all(controls);
	result = sb_vmlaunch();
	if (!result)
		return 0;
	*entry_failed = result != 1;
	if (*entry_failed)
		return sb_refuse(reason, -EIO, "launch failed on CPU %u: VM entry, exit reason %llu",
				 vcpu->cpu, result & 0xffff);
	return sb_refuse(reason, -EIO, "launch failed on CPU %u: VM-instruction error %llu",
			 vcpu->cpu, sb_vmread(VMCS_INSTRUCTION_ERROR));
}

static int enter_vmx(const struct sb_world *world, struct sb_vcpu *vcpu,
		     const struct sb_controls *controls, struct sb_reason *reason)
{
	u64 cr4 = __read_cr4();
	bool entry_failed = false;
	int error;

	if (cr4 & CR4_VMXE)
		return sb_refuse(reason, -EBUSY,
				 "another hypervisor holds VT-x on CPU %u (CR4.VMXE is set): unload it first",
				 vcpu->cpu);
	write_cr4(cr4 | CR4_VMXE);
	if (!vmxon(vcpu->vmxon)) {
		write_cr4(cr4);
		return sb_refuse(reason, -EIO, "launch failed on CPU %u: VMXON", vcpu->cpu);
	}
	error = enter_guest(world, vcpu, controls, &entry_failed, reason);
	if (error && !entry_failed) {
		vmclear(vcpu->vmcs);
		vmxoff();
		write_cr4(cr4);
	}
	return error;
}

/**
 * sb_launch_this_cpu() - launch Linux on this CPU into the guest world
 * @world: the host world
 * @vcpu: this CPU's part of it
 * @reason: filled in on failure
 *
 * Context: pinned to the CPU. Interrupts are off meanwhile. An NMI before VMLAUNCH meets Linux,
 * one after it the guest world: there is no moment between.
 * Return: 0, -ENODEV, -EBUSY or -EIO; then the CPU is as before.
 */
int sb_launch_this_cpu(const struct sb_world *world, struct sb_vcpu *vcpu,
		       struct sb_reason *reason)
{
	struct sb_controls controls;
	unsigned long flags;
	int error = sb_controls_read(&controls, reason);

	if (error)
		return error;
	local_irq_save(flags);
	error = enter_vmx(world, vcpu, &controls, reason);
	if (!error) {
		sb_hypercall(SB_HYPERCALL_HELLO, 0, 0, 0);
		WRITE_ONCE(vcpu->active, true);
	}
	local_irq_restore(flags);
	return error;
}

/**
 * sb_leave_this_cpu() - bring Linux on this CPU back to the bare machine, if it is not there
 * @vcpu: this CPU's part of the host world
 *
 * Context: pinned to the CPU.
 * Return: 0, or -EPERM: the host is locked and keeps the CPU.
 */
int sb_leave_this_cpu(struct sb_vcpu *vcpu)
{
	unsigned long flags;

	local_irq_save(flags);
	if (vcpu->active && !sb_hypercall(SB_HYPERCALL_LEAVE, 0, 0, 0))
		WRITE_ONCE(vcpu->active, false);
	local_irq_restore(flags);
	return vcpu->active ? -EPERM : 0;
}
