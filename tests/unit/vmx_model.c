// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model CPU. Whatever a real one would refuse or lose, or a guest would take amiss, fails the
 * test on the spot.
 */
#include <sys/mman.h>

#include "vmx_model.h"

struct vmx vmx;

static jmp_buf host_ended;

asm(".pushsection .data\n"
    ".globl fixup_table_start, fixup_table_end\n"
    "fixup_table_start:\n"
    "	.quad 0x1000, 0x2000, 0x1010, 0x2010, 0x1020, 0x2020\n"
    "fixup_table_end:\n"
    ".popsection");

/* The instructions. */

static void point(void)
{
	if (vmx.point)
		vmx.point();
}

u64 vmread(u64 field)
{
	point();
	require(field < ARRAY_SIZE(vmx.field), "VMREAD of 0x%llx", field);
	return vmx.field[field];
}

void vmwrite(u64 field, u64 value)
{
	point();
	require(field < ARRAY_SIZE(vmx.field), "VMWRITE of 0x%llx", field);
	vmx.field[field] = value;
	point();
}

u64 rdtsc(void)
{
	point();
	return vmx.tsc += 10;
}

u32 rdtsc_low(void)
{
	return rdtsc();
}

void cpuid(u32 *a, u32 *b, u32 *c, u32 *d)
{
	point();
	if (*a == 0x80000008) {
		*a = MODEL_PHYSICAL_BITS;
		return;
	}
	*b = MODEL_LEAF(1) ^ *a;
	*d = MODEL_LEAF(3) ^ *c;
	if (*a == 0x80000001 && vmx.lacks_nx)
		*d &= ~BIT(20);
	*a = MODEL_LEAF(0);
	*c = MODEL_LEAF(2);
}

void cpuid_wide(u64 *a, u64 *b, u64 *c, u64 *d)
{
	u32 eax = *a, ebx = 0, ecx = *c, edx = 0;

	cpuid(&eax, &ebx, &ecx, &edx);
	*a = eax;
	*b = ebx;
	*c = ecx;
	*d = edx;
}

/* The host's handler of the #GP ends in IRET, which unblocks NMIs. */
static bool fault(void)
{
	vmx.nmi_blocked = false;
	point();
	return false;
}

bool rdmsr_safe(u32 msr, u64 *value)
{
	point();
	if (msr == 0x17a && vmx.mcg_status != ~0ull)
		*value = vmx.mcg_status;
	else if (msr == IA32_APIC_BASE && vmx.apic_base)
		*value = vmx.apic_base;
	else if (msr == IA32_FEATURE_CONTROL)
		*value = 0xff07;
	else if (msr == IA32_VMX_CR4_FIXED1)
		*value = vmx.cr4_fixed1;
	else if (msr >= IA32_STAR && msr <= IA32_FMASK)
		*value = vmx.syscall_msr[msr - IA32_STAR];
	else if (msr == MODEL_MSR || (msr >= IA32_VMX_BASIC && msr <= IA32_VMX_EXIT2))
		*value = MODEL_MSR_VALUE;
	else
		return fault();
	return true;
}

/* LSTAR and CSTAR take canonical addresses, FMASK takes 32 bits. */
static bool takes(u32 msr, u64 value)
{
	if (msr == IA32_FMASK)
		return !(value >> 32);
	return msr == IA32_STAR || value + BIT(47) < BIT(48);
}

bool wrmsr_safe(u32 msr, u64 value)
{
	point();
	vmx.msr_written = msr;
	vmx.msr_value = value;
	if (msr >= IA32_STAR && msr <= IA32_FMASK) {
		if (!takes(msr, value))
			return fault();
		vmx.syscall_msr[msr - IA32_STAR] = value;
		return true;
	}
	return msr == MODEL_MSR || msr == IA32_BIOS_UPDT_TRIG || fault();
}

/* XCR0 only, with x87 state. */
bool xsetbv_safe(u32 index, u64 value)
{
	point();
	vmx.msr_written = index;
	vmx.msr_value = value;
	return (index == 0 && value & 1) || fault();
}

void wbinvd(void)
{
	point();
	vmx.wbinvds++;
}

u64 read_cr2(void)
{
	return MODEL_CR2;
}

void write_cr2(u64 value)
{
	vmx.cr2 = value;
}

u64 read_cr0(void)
{
	return vmx.cr0;
}

void write_cr0(u64 value)
{
	vmx.cr0 = value;
}

void reset_debug_registers(void)
{
	vmx.debug_resets++;
}

void out8(u16 port, u8 value)
{
	require(vmx.outs < ARRAY_SIZE(vmx.out), "OUT without end");
	vmx.out[vmx.outs++] = port << 8 | value;
}

u32 in_port(u16 port, u32 size)
{
	vmx.port = port;
	vmx.port_size = size;
	vmx.accesses++;
	return vmx.port_value & (0xffffffffu >> (32 - 8 * size));
}

void out_port(u16 port, u32 size, u32 value)
{
	vmx.port_value = value;
	in_port(port, size);
}

u8 *io_bitmaps(void)
{
	return vmx.io_bitmaps;
}

void invvpid_all(void)
{
	vmx.flushes++;
}

u8 *msr_bitmap(void)
{
	return vmx.msr_bitmap;
}

void unblock_nmis(void)
{
	vmx.nmi_blocked = false;
	point();
}

void pause(void)
{
	point();
}

u64 fetch_add(u64 *word, u64 n)
{
	point();
	return __atomic_fetch_add(word, n, __ATOMIC_SEQ_CST);
}

void forward_vmcall(struct sb_regs *regs)
{
	vmx.forwarded++;
	regs->rax = 0xf0f0;
}

/* The ways out of the host's code. */

void stop(void)
{
	longjmp(host_ended, VMX_STOPPED);
}

void leave(struct sb_regs *regs, struct sb_cpu *cpu, u64 rip)
{
	vmx.left_rip = rip;
	vmx.left_rax = regs->rax;
	longjmp(host_ended, VMX_LEFT);
}

void shut_down(void)
{
	longjmp(host_ended, VMX_SHUT_DOWN);
}

enum vmx_ending vmx_run(void (*host)(struct sb_cpu *), struct sb_cpu *cpu)
{
	int ending = setjmp(host_ended);

	if (!ending)
		host(cpu);
	return ending;
}

/* A CPU's private pages with the holes that the host's page tables leave (abi/layout.h). */
static void *map_cpu_area(void)
{
	static const u64 guards[] = { 0x1000, 0x4000, 0x6000, 0x8000, 0xa000, 0xc000, 0xf000,
					0x12000 };
	u8 *area = mmap(NULL, SB_CPU_STRIDE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	u32 i;

	require(area != MAP_FAILED, "out of memory");
	for (i = 0; i < ARRAY_SIZE(guards); i++)
		mprotect(area + guards[i], SB_PAGE_SIZE, PROT_NONE);
	return area;
}

static struct sb_cpu *area;

/* Makes @cpu a new one, not yet launched. */
void vmx_reset_cpu(struct sb_cpu *cpu)
{
	memset(cpu, 0, sizeof(*cpu));
	memset(cpu_counters(cpu), 0, sizeof(struct sb_counters));
	memset(cpu_ring(cpu), 0, sizeof(struct sb_ring));
	memset(&vmx, 0, sizeof(vmx));
	cpu->self = (u64)cpu;
	cpu->config.cpu = 3;
	cpu->config.launch_failed = 0xfa11ed;
	vmx.mcg_status = 1;	/* RIPV */
	vmx.cr0 = MODEL_CR0;
	vmx.cr4_fixed1 = MODEL_CR4;
}

struct sb_cpu *vmx_reset(void)
{
	if (!area)
		area = map_cpu_area();
	vmx_reset_cpu(area);
	return area;
}

/* The VMCS as sb_vmcs_write() leaves it, and HELLO done. */
void vmx_launch(struct sb_cpu *cpu)
{
	memset(vmx.field, 0, sizeof(vmx.field));
	vmx.field[VMCS_PROC_CONTROLS] = PROC_USE_MSR_BITMAPS | PROC_SECONDARY_CONTROLS;
	vmx.field[VMCS_GUEST_RIP] = 0xffffffff81000000;
	vmx.field[VMCS_GUEST_RFLAGS] = RFLAGS_FIXED;
	vmx.field[VMCS_GUEST_CR0] = CR0_PE | CR0_NE | CR0_PG;
	vmx.field[VMCS_CR0_SHADOW] = CR0_PE | CR0_NE | CR0_PG;
	vmx.field[VMCS_CR0_MASK] = CR0_NE;
	vmx.field[VMCS_GUEST_CR4] = CR4_PAE | CR4_VMXE;
	vmx.field[VMCS_CR4_MASK] = CR4_VMXE | CR4_SMXE;
	vmx.field[VMCS_GUEST_CS_ACCESS] = 0xa09b;	/* 64-bit code */
	vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = 3;
	vmx.guest_blocked = vmx.nmi_blocked;
	cpu->active = 1;
}

/* NMIs and world switches. */

static bool virtual_nmis(void)
{
	return vmx.field[VMCS_PIN_CONTROLS] & PIN_VIRTUAL_NMIS;
}

/* What a VM exit writes (SDM 28.2, 28.3.4). Blocking by NMI stays as it is, for real. */
void vmx_exit(u32 reason)
{
	vmx.field[VMCS_EXIT_REASON] = reason;
	vmx.field[VMCS_GUEST_INTERRUPTIBILITY] =
		vmx.shadow | (vmx.guest_blocked ? BLOCKING_BY_NMI : 0);
	vmx.field[VMCS_ENTRY_INTR_INFO] &= ~INTR_INFO_VALID;
	vmx.field[VMCS_IDT_VECTORING_INFO] = 0;
}

/* SDM 27.2.1.1. */
static void check_controls(void)
{
	u64 pin = vmx.field[VMCS_PIN_CONTROLS], proc = vmx.field[VMCS_PROC_CONTROLS];

	require(!(pin & PIN_VIRTUAL_NMIS) || pin & PIN_NMI_EXITING,
		"VM entry: virtual NMIs without NMI exiting");
	require(!(proc & PROC_NMI_WINDOW_EXITING) || pin & PIN_VIRTUAL_NMIS,
		"VM entry: NMI-window exiting without virtual NMIs");
}

static bool has_error_code(u32 vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;
}

/* INT n, INT1, INT3 and INTO: only an EPT violation that interrupted one lets it be injected. */
static bool is_software_event(u32 type)
{
	return type == 4 << 8 || type == 5 << 8 || type == 6 << 8;
}

/* SDM 27.2.1.3, 27.3.1.5. */
static void check_event(u32 info, u32 blocking)
{
	u32 vector = info & INTR_INFO_VECTOR, type = info & INTR_INFO_TYPE;
	bool again = vmx.field[VMCS_EXIT_REASON] == EXIT_REASON_EPT_VIOLATION;

	require(!(info & 0x7ffff000), "VM entry: interruption information 0x%x", info);
	if (type == INTR_TYPE_NMI) {
		require(vector == 2, "VM entry: an NMI with vector %u", vector);
		require(!(blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)),
			"VM entry: an NMI while STI or MOV SS block");
		require(!(blocking & BLOCKING_BY_NMI), "an NMI is injected while NMIs are blocked");
	} else if (again && is_software_event(type)) {
		require(vmx.field[VMCS_ENTRY_INSTRUCTION_LENGTH] - 1 < 15,
			"VM entry: event 0x%x without the length of its instruction", info);
	} else if (!again || type) {
		require(type == INTR_TYPE_HARD_EXCEPTION && vector < 32 && vector != 2,
			"VM entry: event 0x%x", info);
	}
	require(!(info & INTR_INFO_ERROR_CODE) ==
			!(has_error_code(vector) && vmx.field[VMCS_GUEST_CR0] & CR0_PE),
		"VM entry: event 0x%x has or lacks an error code", info);
}

static void take_event(u32 info)
{
	vmx.depth++;
	vmx.shadow = 0;
	vmx.entries_in_place = 0;
	if ((info & INTR_INFO_TYPE) == INTR_TYPE_NMI) {
		vmx.injected++;
		vmx.guest_blocked = true;
	} else if ((info & INTR_INFO_VECTOR) == VECTOR_MC) {
		vmx.machine_checks++;
	}
}

/*
 * What an EPT violation makes of blocking (SDM 28.2.3, 28.2.4): an NMI whose delivery is made again
 * is not blocked by itself, and an IRET that is executed again has not yet unblocked NMIs.
 */
static u32 blocking_after_violation(u32 was)
{
	u32 info = vmx.field[VMCS_IDT_VECTORING_INFO], again = vmx.field[VMCS_ENTRY_INTR_INFO];

	if (info & again & INTR_INFO_VALID && (again & INTR_INFO_TYPE) == INTR_TYPE_NMI)
		return was & ~BLOCKING_BY_NMI;
	if (!(info & INTR_INFO_VALID) && !(again & INTR_INFO_VALID) &&
	    vmx.field[VMCS_EXIT_QUALIFICATION] & EPT_QUAL_NMI_UNBLOCKING)
		return was | BLOCKING_BY_NMI;
	return was;
}

/* Else, only the leave protocol, of which VMCALL is the sign, may change the guest's blocking. */
static void check_blocking(u32 blocking)
{
	u32 was = vmx.shadow | (vmx.guest_blocked ? BLOCKING_BY_NMI : 0);

	if (vmx.field[VMCS_EXIT_REASON] == EXIT_REASON_EPT_VIOLATION)
		was = blocking_after_violation(was);
	require(!(blocking & ~was & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)),
		"VM entry: the guest gets blocking 0x%x, it had 0x%x", blocking, was);
	if (vmx.field[VMCS_EXIT_REASON] != EXIT_REASON_VMCALL)
		require(!((blocking ^ was) & BLOCKING_BY_NMI),
			"the guest's blocking by NMI changed to %d",
			!!(blocking & BLOCKING_BY_NMI));
}

/* What VM entry checks and loads (SDM 27.7.1). */
void vmx_enter(void)
{
	u32 blocking = vmx.field[VMCS_GUEST_INTERRUPTIBILITY];
	u32 info = vmx.field[VMCS_ENTRY_INTR_INFO];

	check_controls();
	check_blocking(blocking);
	vmx.shadow = blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS);
	vmx.guest_blocked = blocking & BLOCKING_BY_NMI;
	if (info & INTR_INFO_VALID) {
		check_event(info, blocking);
		take_event(info);
	}
	require(!virtual_nmis() || !vmx.nmi_blocked,
		"the guest is entered with virtual NMIs while the CPU blocks real ones");
	vmx.nmi_blocked = !virtual_nmis() && vmx.guest_blocked;
	vmx.entries_in_place++;
	require(vmx.entries_in_place < 10, "the guest is entered again and again and gets nowhere");
}

static bool nmi_exits(void)
{
	if (!vmx.nmi_latched || vmx.nmi_blocked || vmx.shadow & BLOCKING_BY_MOV_SS)
		return false;
	vmx.nmi_latched = false;
	vmx.nmi_blocked = true;
	if (vmx.field[VMCS_PIN_CONTROLS] & PIN_NMI_EXITING) {
		vmx_exit(EXIT_REASON_EXCEPTION_NMI);
		vmx.field[VMCS_EXIT_INTR_INFO] = INTR_INFO_VALID | INTR_TYPE_NMI | VECTOR_NMI;
		return true;
	}
	vmx.direct++;
	vmx.depth++;
	vmx.guest_blocked = true;
	vmx.shadow = 0;
	return false;
}

static bool nmi_window_opens(void)
{
	u32 held_by = BLOCKING_BY_MOV_SS | (vmx.window_despite_sti ? 0 : BLOCKING_BY_STI);

	if (!(vmx.field[VMCS_PROC_CONTROLS] & PROC_NMI_WINDOW_EXITING) || vmx.guest_blocked ||
	    vmx.shadow & held_by)
		return false;
	vmx_exit(EXIT_REASON_NMI_WINDOW);
	return true;
}

/* Between two instructions of the guest. Returns true if a VM exit happened. */
bool vmx_boundary(void)
{
	return nmi_exits() || nmi_window_opens();
}

/* The guest executed an instruction; @shadow is what it blocks, if it is STI or MOV SS. */
void vmx_guest_executed(u32 shadow)
{
	vmx.shadow = shadow;
	vmx.entries_in_place = 0;
}

/* IRET ends blocking by NMI, virtual or real, whatever handler it returns from. */
void vmx_guest_iret(void)
{
	require(vmx.depth, "the test's guest returns from no handler");
	vmx.depth--;
	vmx.guest_blocked = false;
	if (!(vmx.field[VMCS_PIN_CONTROLS] & PIN_NMI_EXITING))
		vmx.nmi_blocked = false;
	vmx_guest_executed(0);
}

/* An NMI reaches the CPU, which can latch one. */
void vmx_nmi(void)
{
	vmx.arrived += !vmx.nmi_latched;
	vmx.nmi_latched = true;
}

/* In the host: is it time for its NMI handler? NMIs are blocked then until the handler's IRET. */
bool vmx_host_takes_nmi(void)
{
	if (!vmx.nmi_latched || vmx.nmi_blocked)
		return false;
	vmx.nmi_latched = false;
	vmx.nmi_blocked = true;
	return true;
}
