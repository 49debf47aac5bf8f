// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls to a hypervisor below. What such a hypervisor does, it does to the CPU that it knows,
 * which is the host's: physical addresses are not held back by the EPT, linear ones are those of
 * the host, and so is a TLB that is flushed. Therefore only calls that are known to do without go
 * on to it, or whose page Linux may use itself. The others get the answer that Linux gets from a
 * hypervisor which does not know them, and Linux does what it does then.
 */
#include "../memory/ept.h"

/* KVM: the number is in RAX, arguments are in RBX, RCX, RDX and RSI. */
#define KVM_VAPIC_POLL_IRQ	1
#define KVM_KICK_CPU		5
#define KVM_CLOCK_PAIRING	9	/* fills a struct at physical address RBX */
#define KVM_CLOCK_PAIRING_SIZE	64
#define KVM_SEND_IPI		10
#define KVM_SCHED_YIELD		11
#define KVM_UNKNOWN		-1000ll

/*
 * Hyper-V (Top Level Functional Specification, 3.7): RCX has the call code; physical addresses of
 * input and output, if the call is not a fast one, are in RDX and R8. None of these has output.
 */
#define HYPERV_CODE		0xffffu
#define HYPERV_FAST		BIT(16)
#define HYPERV_LONG_SPIN_WAIT	0x08
#define HYPERV_SEND_IPI		0x0b
#define HYPERV_SEND_IPI_EX	0x15
#define HYPERV_POST_MESSAGE	0x5c
#define HYPERV_SIGNAL_EVENT	0x5d
#define HYPERV_UNKNOWN		2

/* VMware: RCX has the command, RDX flags; of these, one means a string at a linear address. */
#define VMWARE_MAGIC		0x564d5868u
#define VMWARE_STRING		BIT(0)
#define VMWARE_UNKNOWN		0xffffffffull

#ifdef SB_HOST_IMAGE
/* With all registers that such calls use. */
static void forward_vmcall(struct sb_regs *regs)
{
	register u64 r8 asm("r8") = regs->r8;
	register u64 r9 asm("r9") = regs->r9;
	register u64 r10 asm("r10") = regs->r10;
	register u64 r11 asm("r11") = regs->r11;

	asm volatile("vmcall"
		     : "+a" (regs->rax), "+b" (regs->rbx), "+c" (regs->rcx), "+d" (regs->rdx),
		       "+S" (regs->rsi), "+D" (regs->rdi), "+r" (r8), "+r" (r9), "+r" (r10),
		       "+r" (r11) : : "cc", "memory");
	regs->r8 = r8;
	regs->r9 = r9;
	regs->r10 = r10;
	regs->r11 = r11;
}
#else
void forward_vmcall(struct sb_regs *regs);
#endif

/* May Linux itself do this there? If not, a hypervisor below must not do it for Linux. */
static bool linux_may(struct sb_cpu *cpu, u64 gpa, u64 size, ept_rights rights)
{
	struct page page;
	bool may;

	host_lock(cpu);
	page = page_at(gpa);
	may = page.present && page.owner != OWNER_HOST && !(rights & ~page.rights) &&
	      gpa % SB_PAGE_SIZE + size <= SB_PAGE_SIZE;
	host_unlock(cpu);
	return may;
}

static bool refuse_unless(bool may, struct sb_cpu *cpu, u64 code)
{
	if (!may)
		refusal(cpu, SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_WHY_HYPERCALL, code);
	return may;
}

static void call_kvm(struct sb_regs *regs, struct sb_cpu *cpu)
{
	bool known = false;

	switch (regs->rax) {
	case KVM_VAPIC_POLL_IRQ:
	case KVM_KICK_CPU:
	case KVM_SEND_IPI:
	case KVM_SCHED_YIELD:
		known = true;
		break;
	case KVM_CLOCK_PAIRING:
		known = refuse_unless(linux_may(cpu, regs->rbx, KVM_CLOCK_PAIRING_SIZE, RIGHTS_DATA),
				      cpu, regs->rax);
		break;
	}
	if (known)
		forward_vmcall(regs);
	else
		regs->rax = KVM_UNKNOWN;
}

static void call_hyperv(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 code = regs->rcx & HYPERV_CODE;
	bool known = false;

	switch (code) {
	case HYPERV_LONG_SPIN_WAIT:
	case HYPERV_SEND_IPI:
	case HYPERV_SEND_IPI_EX:
	case HYPERV_POST_MESSAGE:
	case HYPERV_SIGNAL_EVENT:
		/* Input lies within one page, at a multiple of 8. */
		known = regs->rcx & HYPERV_FAST ||
			refuse_unless(linux_may(cpu, regs->rdx, 8, EPT_READ), cpu, code);
	}
	if (known)
		forward_vmcall(regs);
	else
		regs->rax = HYPERV_UNKNOWN;
}

/* Version, time, message, the pointer's data, status, command, clock rate, CPUs, pointer's reach. */
static bool vmware_knows(u32 command)
{
	static const u8 known[] = { 10, 23, 30, 39, 40, 41, 45, 46, 68, 86 };
	u32 i;

	for (i = 0; i < sizeof(known); i++)
		if (known[i] == command)
			return true;
	return false;
}

static void call_vmware(struct sb_regs *regs)
{
	if (!(regs->rdx & VMWARE_STRING) && vmware_knows(regs->rcx & 0xffff)) {
		forward_vmcall(regs);
	} else {
		/* A message's status is in RBX: not accepted. */
		regs->rax = VMWARE_UNKNOWN;
		regs->rbx = 0;
	}
}

/**
 * call_hypervisor() - a hypercall of the guest that is not our own
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * VMware takes calls from user programs as well: its tools make them.
 *
 * Return: false if there is no hypervisor below that would have it: VMCALL is an invalid opcode.
 */
bool call_hypervisor(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 below = cpu->config.hypervisor;

	if (below == SB_HYPERVISOR_VMWARE && (u32)regs->rax == VMWARE_MAGIC)
		call_vmware(regs);
	else if (below == SB_HYPERVISOR_KVM && !guest_cpl())
		call_kvm(regs, cpu);
	else if (below == SB_HYPERVISOR_HYPERV && !guest_cpl())
		call_hyperv(regs, cpu);
	else
		return false;
	return true;
}
