// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel can see of its CPU at CPL 0, one line an observation. Read on a given CPU, it
 * must be the same on the bare machine and in the guest world, time after time. The counterpart of
 * tests/guest/same.c.
 *
 * debugfs insn/same: what must be the same; insn/vmx: what must differ.
 *
 * Not for machines with something to lose: it tries every MSR, every bit of CR0 and CR4, and INVD.
 */
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/objtool.h>
#include <linux/seq_file.h>
#include <asm/apic.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/api.h>
#include <asm/irq_regs.h>
#include <asm/irq_vectors.h>
#include <asm/processor.h>
#if __has_include(<asm/cpuid/api.h>)
#include <asm/cpuid/api.h>
#endif
#include <asm/special_insns.h>
#include <asm/trapnr.h>

static bool invd;
module_param(invd, bool, 0400);
MODULE_PARM_DESC(invd, "execute INVD, which loses data on all but emulated machines");

/* Registers before and after an instruction. A fault leaves its vector in RAX. */
struct state {
	bool fault;
	u64 rax, rbx, rcx, rdx;
};

static u64 scratch[1024] __aligned(64);

/* RSI and RDI point to scratch memory. */
#define EXECUTE(s, text)								\
	asm volatile("1: " text "\n"							\
		     "movb $0, %[fault]\n"						\
		     "2:\n"								\
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT) "\n"			\
		     : "+a" ((s)->rax), "+b" ((s)->rbx), "+c" ((s)->rcx), "+d" ((s)->rdx),	\
		       [fault] "+m" ((s)->fault)					\
		     : "S" (scratch), "D" (scratch) : "cc", "memory", "r8")

static const char *vector_name(u64 vector)
{
	switch (vector) {
	case X86_TRAP_UD: return "#UD";
	case X86_TRAP_NM: return "#NM";
	case X86_TRAP_GP: return "#GP";
	case X86_TRAP_PF: return "#PF";
	default: return "another exception";
	}
}

static const char *outcome(const struct state *s)
{
	return s->fault ? vector_name(s->rax) : "executed";
}

/*
 * Instructions
 */

#define INSTRUCTIONS(X)							\
	X(vmcall, "vmcall", 0, 0)					\
	X(vmcall_kvm, "vmcall", 9, 0)					\
	X(vmmcall, "vmmcall", 0, 0)					\
	X(vmlaunch, "vmlaunch", 0, 0)					\
	X(vmresume, "vmresume", 0, 0)					\
	X(vmxoff, "vmxoff", 0, 0)					\
	X(vmfunc, "vmfunc", 0, 0)					\
	X(vmxon, "vmxon (%%rsi)", 0, 0)					\
	X(vmclear, "vmclear (%%rsi)", 0, 0)				\
	X(vmptrld, "vmptrld (%%rsi)", 0, 0)				\
	X(vmptrst, "vmptrst (%%rsi)", 0, 0)				\
	X(vmread, "vmread %%rcx, %%rax", 0, 0)				\
	X(vmread_memory, "vmread %%rcx, (%%rsi)", 0, 0)			\
	X(vmwrite, "vmwrite %%rcx, %%rax", 0, 0)			\
	X(invept, "invept (%%rsi), %%rax", 1, 0)			\
	X(invvpid, "invvpid (%%rsi), %%rax", 1, 0)			\
	X(getsec, "getsec", 0, 0)					\
	X(rsm, "rsm", 0, 0)						\
	X(encls, ".byte 0x0f, 0x01, 0xcf", 0, 0)			\
	X(enclv, ".byte 0x0f, 0x01, 0xc0", 0, 0)			\
	X(pconfig, ".byte 0x0f, 0x01, 0xc5", ~0u, 0)			\
	X(wbinvd, "wbinvd", 0, 0)					\
	X(wbnoinvd, ".byte 0xf3, 0x0f, 0x09", 0, 0)			\
	X(invlpg, "invlpg (%%rsi)", 0, 0)				\
	X(invlpg_noncanonical, "invlpg (%%rax)", 1ull << 63, 0)		\
	X(clflush, "clflush (%%rsi)", 0, 0)				\
	X(clflushopt, "clflushopt (%%rsi)", 0, 0)			\
	X(clwb, "clwb (%%rsi)", 0, 0)					\
	X(serialize, ".byte 0x0f, 0x01, 0xe8", 0, 0)			\
	X(monitor_extension, "monitor", 0, 1)				\
	X(mwait_extension, "mwait", 0, 2)				\
	X(rdpmc, "rdpmc", 0, 0)						\
	X(rdpmc_bad, "rdpmc", 0, 0x1234)				\
	X(rdpmc_fixed, "rdpmc", 0, 1u << 30)				\
	X(rdpkru, ".byte 0x0f, 0x01, 0xee", 0, 0)			\
	X(xgetbv, "xgetbv", 0, 0)					\
	X(xgetbv_1, "xgetbv", 0, 1)					\
	X(xgetbv_2, "xgetbv", 0, 2)					\
	X(mov_from_cr1, ".byte 0x0f, 0x20, 0xc8", 0, 0)			\
	X(mov_from_cr5, ".byte 0x0f, 0x20, 0xe8", 0, 0)			\
	X(mov_to_cr8_bad, "mov %%rax, %%cr8", 0x10, 0)			\
	X(mov_from_cr8, "mov %%cr8, %%rax", 0, 0)			\
	X(mov_to_cr3_bad, "mov %%rax, %%cr3", 1ull << 62, 0)		\
	X(mov_from_dr4, ".byte 0x0f, 0x21, 0xe0", 0, 0)			\
	X(mov_to_dr7_bad, "mov %%rax, %%dr7", 1ull << 32, 0)		\
	X(mov_to_dr6_bad, "mov %%rax, %%dr6", 1ull << 32, 0)		\
	X(smsw, "smsw %%rax", 0, 0)					\
	X(sldt, "sldt %%rax", 0, 0)					\
	X(str, "str %%rax", 0, 0)					\
	X(sgdt, "sgdt (%%rsi)", 0, 0)					\
	X(sidt, "sidt (%%rsi)", 0, 0)					\
	X(lldt_bad, "lldt %%ax", 0x10, 0)				\
	X(ltr_busy, "ltr %%ax", 0x40, 0)				\
	X(rdssp, ".byte 0xf3, 0x48, 0x0f, 0x1e, 0xc8", 0, 0)		\
	X(incssp, ".byte 0xf3, 0x48, 0x0f, 0xae, 0xe8", 0, 0)		\
	X(setssbsy, ".byte 0xf3, 0x0f, 0x01, 0xe8", 0, 0)		\
	X(inl_pci, "inl %%dx, %%eax", 0, 0)				\
	X(rdpid, ".byte 0xf3, 0x48, 0x0f, 0xc7, 0xf8", 0, 0)		\
	X(cpuid_1_ecx, "cpuid; and $~0x60, %%ecx", 1, 0)		\
	X(cpuid_7, "cpuid", 7, 0)					\
	X(cpuid_leaf_high, "cpuid", 0xffffffff00000007, 0x1234567800000000)

#define DEFINE(name, text, rax, rcx) \
	static void do_##name(struct state *s) { EXECUTE(s, text); }
INSTRUCTIONS(DEFINE)

static const struct {
	const char *name;
	void (*execute)(struct state *s);
	u64 rax, rcx;
} instructions[] = {
#define ENTRY(name, text, rax, rcx) { #name, do_##name, rax, rcx },
	INSTRUCTIONS(ENTRY)
};

static void observe_instructions(struct seq_file *m)
{
	unsigned long flags;
	int i;

	for (i = 0; i < ARRAY_SIZE(instructions); i++) {
		struct state s = { .fault = true, .rax = instructions[i].rax, .rdx = 0xcf8,
				   .rcx = instructions[i].rcx };

		memset(scratch, 0, 64);
		local_irq_save(flags);
		instructions[i].execute(&s);
		local_irq_restore(flags);
		seq_printf(m, "%s: %s %#llx %#llx %#llx %#llx, memory %#llx %#llx\n",
			   instructions[i].name, outcome(&s), s.rax, s.rbx, s.rcx, s.rdx,
			   scratch[0], scratch[1]);
	}
}

static void observe_rdtscp(struct seq_file *m)
{
	struct state s = { .fault = true };

	EXECUTE(&s, "rdtscp");
	seq_printf(m, "rdtscp: %s, aux %#llx\n", outcome(&s), s.rcx);
}

static void observe_invd(struct seq_file *m)
{
	struct state s = { .fault = true };

	if (!invd)
		return;
	scratch[0] = 0x1234;
	EXECUTE(&s, "invd");
	seq_printf(m, "invd: %s, memory %#llx\n", outcome(&s), scratch[0]);
}

static void observe_invpcid(struct seq_file *m, u64 type, u64 pcid, u64 address)
{
	struct state s = { .fault = true, .rax = type };

	scratch[0] = pcid;
	scratch[1] = address;
	EXECUTE(&s, "invpcid (%%rsi), %%rax");
	seq_printf(m, "invpcid type %#llx pcid %#llx address %#llx: %s\n", type, pcid, address,
		   outcome(&s));
}

static void observe_invpcids(struct seq_file *m)
{
	static const u64 types[] = { 0, 1, 2, 3, 4, 0x80000000, 1ull << 32 };
	int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		observe_invpcid(m, types[i], 0, 0);
		observe_invpcid(m, types[i], 1, 0xffff800000000000);
		observe_invpcid(m, types[i], 0, 1ull << 63);
		observe_invpcid(m, types[i], 0x1000, 0);
	}
}

static void observe_xsaves(struct seq_file *m)
{
	struct state s = { .fault = true, .rax = 3 };
	struct state t = { .fault = true, .rax = 3 };
	struct state bad = { .fault = true, .rax = 3 };

	kernel_fpu_begin();
	memset(scratch, 0, sizeof(scratch));
	EXECUTE(&s, ".byte 0x48, 0x0f, 0xc7, 0x2e"); /* xsaves64 (%rsi) */
	EXECUTE(&t, ".byte 0x48, 0x0f, 0xc7, 0x1e"); /* xrstors64 (%rsi) */
	/* XRSTORS takes the compacted format only: bit 63 of XCOMP_BV. */
	scratch[65] = 0;
	EXECUTE(&bad, ".byte 0x48, 0x0f, 0xc7, 0x1e");
	kernel_fpu_end();
	seq_printf(m, "xsaves: %s, xstate_bv %#llx; xrstors: %s, not compacted: %s\n", outcome(&s),
		   scratch[64], outcome(&t), outcome(&bad));
}

/*
 * MSRs
 */

#define LAST_VMX_CAPABILITY 0x493

static struct state read_msr(u64 msr)
{
	struct state s = { .fault = true, .rax = ~0ull, .rcx = msr, .rdx = ~0ull };

	EXECUTE(&s, "rdmsr");
	return s;
}

static struct state write_msr(u64 msr, u64 value)
{
	struct state s = { .fault = true, .rax = (u32)value, .rcx = msr, .rdx = value >> 32 };

	EXECUTE(&s, "wrmsr");
	return s;
}

static u64 msr_value(u32 msr)
{
	struct state s = read_msr(msr);

	return s.fault ? 0 : s.rax | s.rdx << 32;
}

/* Those that differ on purpose, count or measure, or belong to the process that reads. */
static bool is_volatile_msr(u32 msr)
{
	static const struct {
		u32 first, last;
	} ranges[] = {
		{ 0x10, 0x10 },			/* TSC */
		{ 0x34, 0x34 },			/* SMI count */
		{ 0x3a, 0x3a },			/* FEATURE_CONTROL */
		{ 0xc1, 0xc8 },			/* PMCs */
		{ 0xe7, 0xe8 },			/* MPERF, APERF */
		{ 0x19c, 0x19c },		/* thermal status */
		{ 0x309, 0x30b },		/* fixed counters */
		{ 0x3f8, 0x3ff },		/* residencies */
		{ 0x480, 0x4ff },		/* VMX capabilities */
		{ 0x606, 0x65f },		/* energy, residencies */
		{ 0x6e0, 0x6e0 },		/* TSC deadline */
		{ 0x810, 0x828 }, { 0x839, 0x839 }, /* x2APIC: in service, requested, timer */
		{ 0xc0000100, 0xc0000100 },	/* FS base */
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (msr >= ranges[i].first && msr <= ranges[i].last)
			return true;
	return false;
}

/* All MSRs of a range; what is 0 or faults is only counted, with a sum over their numbers. */
static void observe_msr_range(struct seq_file *m, u32 first, u32 last)
{
	u64 faults = 0, fault_sum = 0;
	u32 msr;

	for (msr = first; msr <= last; msr++) {
		struct state s = read_msr(msr);

		if (is_volatile_msr(msr))
			continue;
		if (s.fault) {
			faults++;
			fault_sum = fault_sum * 31 + (msr ^ s.rax);
		} else if (s.rax || s.rdx) {
			seq_printf(m, "rdmsr %#x: %#llx %#llx\n", msr, s.rdx, s.rax);
		}
	}
	seq_printf(m, "rdmsr %#x to %#x: %llu faults, sum %#llx\n", first, last, faults, fault_sum);
}

/* One that VT-x's bitmap covers, or not, or barely. */
static void observe_odd_msrs(struct seq_file *m)
{
	static const u64 msrs[] = { 0x1fff, 0x2000, 0x3fffffff, 0x40000000, 0x40000001, 0x40000080,
				    0x4b564d00, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0001fff,
				    0xc0002000, 0xc0010000, 0xc0010015, 0xc0011020, 0xffffffff,
				    0x1234567800000010, 0x1234567840000000, 0x12345678c0000080 };
	int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		struct state s = read_msr(msrs[i]);
		bool show = msrs[i] != 0x1234567800000010;

		seq_printf(m, "rdmsr %#llx: %s %#llx %#llx rcx %#llx\n", msrs[i], outcome(&s),
			   show ? s.rax : 0, show ? s.rdx : 0, s.rcx);
		if (msrs[i] >> 32)
			continue;
		s = write_msr(msrs[i], 0);
		seq_printf(m, "wrmsr %#llx: %s\n", msrs[i], outcome(&s));
	}
}

static void observe_write(struct seq_file *m, u32 msr, u64 value)
{
	unsigned long flags;
	u64 old, new;
	struct state s;

	local_irq_save(flags);
	old = msr_value(msr);
	s = write_msr(msr, value);
	new = msr_value(msr);
	write_msr(msr, old);
	local_irq_restore(flags);
	/* Some old values are this process's own. */
	seq_printf(m, "wrmsr %#x = %#llx: %s, then changed %d, %#llx\n", msr, value, outcome(&s),
		   new != old, new == old ? 0 : new);
}

/* They are read-only, so nothing differs. */
static void observe_capability_writes(struct seq_file *m)
{
	u32 msr;

	for (msr = MSR_IA32_VMX_BASIC; msr <= LAST_VMX_CAPABILITY; msr++) {
		struct state s = write_msr(msr, 0);

		seq_printf(m, "wrmsr %#x: %s\n", msr, outcome(&s));
	}
}

/* What Linux wrote itself, again. */
static void observe_rewrites(struct seq_file *m)
{
	static const u32 msrs[] = { MSR_EFER, MSR_IA32_CR_PAT, MSR_STAR, MSR_LSTAR, MSR_CSTAR,
				    MSR_SYSCALL_MASK, MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP,
				    MSR_IA32_SYSENTER_EIP, MSR_TSC_AUX, MSR_KERNEL_GS_BASE,
				    MSR_IA32_DEBUGCTLMSR, MSR_IA32_MISC_ENABLE, MSR_IA32_APICBASE,
				    MSR_MTRRdefType, MSR_IA32_XSS, MSR_IA32_S_CET, MSR_IA32_U_CET,
				    MSR_IA32_SPEC_CTRL, MSR_CORE_PERF_GLOBAL_CTRL };
	int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		observe_write(m, msrs[i], msr_value(msrs[i]));
}

#define NONCANONICAL (1ull << 63)

static void observe_bad_writes(struct seq_file *m)
{
	observe_write(m, MSR_EFER, msr_value(MSR_EFER) | BIT_ULL(1));
	observe_write(m, MSR_EFER, msr_value(MSR_EFER) | BIT_ULL(63));
	observe_write(m, MSR_EFER, msr_value(MSR_EFER) & ~EFER_LME);
	observe_write(m, MSR_EFER, msr_value(MSR_EFER) & ~EFER_SCE);
	observe_write(m, MSR_IA32_CR_PAT, 0x0202020202020202);
	observe_write(m, MSR_IA32_CR_PAT, 0x0007040600070406);
	observe_write(m, MSR_LSTAR, NONCANONICAL);
	observe_write(m, MSR_LSTAR, 0xffff800012345678);
	observe_write(m, MSR_CSTAR, NONCANONICAL);
	observe_write(m, MSR_SYSCALL_MASK, 0x123456789);
	observe_write(m, MSR_IA32_SYSENTER_CS, 0x123456789);
	observe_write(m, MSR_IA32_SYSENTER_ESP, NONCANONICAL);
	observe_write(m, MSR_IA32_SYSENTER_EIP, 0x123456789abc);
	observe_write(m, MSR_KERNEL_GS_BASE, NONCANONICAL);
	observe_write(m, MSR_KERNEL_GS_BASE, 0x123456789abc);
	observe_write(m, MSR_FS_BASE, NONCANONICAL);
	observe_write(m, MSR_FS_BASE, 0x123456789abc);
	observe_write(m, MSR_TSC_AUX, 0x123456789);
	observe_write(m, MSR_TSC_AUX, 0x12345678);
	observe_write(m, MSR_IA32_DEBUGCTLMSR, DEBUGCTLMSR_BTF);
	observe_write(m, MSR_IA32_DEBUGCTLMSR, DEBUGCTLMSR_LBR);
	observe_write(m, MSR_IA32_DEBUGCTLMSR, BIT_ULL(40));
	observe_write(m, MSR_IA32_APICBASE, NONCANONICAL);
	observe_write(m, MSR_IA32_XSS, NONCANONICAL);
	observe_write(m, MSR_IA32_XSS, BIT_ULL(8));
	observe_write(m, MSR_IA32_U_CET, BIT_ULL(2));
	observe_write(m, MSR_IA32_PL3_SSP, 0x123456789ab8);
	observe_write(m, MSR_IA32_PL3_SSP, 1);
	observe_write(m, MSR_MTRRdefType, BIT_ULL(63));
	observe_write(m, MSR_MTRRdefType, 2);
	observe_write(m, 0x200, 2);
}

/*
 * Control registers: each bit alone, changed for a moment
 */

static struct state try_cr0(u64 value)
{
	struct state s = { .fault = true, .rax = value };

	EXECUTE(&s, "mov %%rax, %%cr0");
	return s;
}

static struct state try_cr4(u64 value)
{
	struct state s = { .fault = true, .rax = value };

	EXECUTE(&s, "mov %%rax, %%cr4");
	return s;
}

static void observe_cr0_change(struct seq_file *m, u64 change)
{
	unsigned long flags;
	u64 old, new;
	struct state s;

	local_irq_save(flags);
	old = read_cr0();
	s = try_cr0(old ^ change);
	new = read_cr0();
	try_cr0(old);
	local_irq_restore(flags);
	seq_printf(m, "CR0 %#llx with %#llx changed: %s, then changed %#llx\n", old, change,
		   outcome(&s), old ^ new);
}

static void observe_cr4_change(struct seq_file *m, u64 change)
{
	unsigned long flags;
	u64 old, new;
	struct state s, id1, id7;

	local_irq_save(flags);
	old = __read_cr4();
	s = try_cr4(old ^ change);
	new = __read_cr4();
	id1 = id7 = (struct state){ .rax = 1 };
	EXECUTE(&id1, "cpuid");
	id7.rax = 7;
	EXECUTE(&id7, "cpuid");
	try_cr4(old);
	local_irq_restore(flags);
	seq_printf(m, "CR4 %#llx with %#llx changed: %s, then changed %#llx, cpuid %#llx %#llx\n",
		   old, change, outcome(&s), old ^ new, id1.rcx & ~0x60ull, id7.rcx);
}

static void observe_cr0(struct seq_file *m)
{
	int bit;

	observe_cr0_change(m, 0);
	for (bit = 0; bit < 64; bit++)
		observe_cr0_change(m, BIT_ULL(bit));
	/* NE is the one that VT-x wants set: with another, a change goes a way of its own. */
	for (bit = 0; bit < 64; bit++)
		/* CD then keeps its value. Linux changes CD alone. */
		if (bit != 5 && bit != 30)
			observe_cr0_change(m, X86_CR0_NE | BIT_ULL(bit));
}

/* VMXE and SMXE differ on purpose; PCIDE cannot be set again with this CR3. */
static void observe_cr4(struct seq_file *m)
{
	int bit;

	observe_cr4_change(m, 0);
	for (bit = 0; bit < 64; bit++)
		if (!(BIT_ULL(bit) & (X86_CR4_VMXE | X86_CR4_SMXE | X86_CR4_PCIDE)))
			observe_cr4_change(m, BIT_ULL(bit));
}

/* MOV to CR0 that exits, from each register. */
#define NE_BY(reg)								\
	do {									\
		unsigned long flags;						\
		u64 old, new;							\
										\
		local_irq_save(flags);						\
		asm volatile("mov %%cr0, %0\n"					\
			     "mov %0, %%" reg "\n"				\
			     "xor $0x20, %%" reg "\n"				\
			     "mov %%" reg ", %%cr0\n"				\
			     "mov %%cr0, %1\n"					\
			     "mov %0, %%cr0\n"					\
			     : "=&r" (old), "=&r" (new) : : reg, "cc", "memory");\
		local_irq_restore(flags);					\
		seq_printf(m, "CR0.NE by " reg ": changed %#llx\n", old ^ new);	\
	} while (0)

static void observe_cr0_registers(struct seq_file *m)
{
	NE_BY("rax");
	NE_BY("rbx");
	NE_BY("rcx");
	NE_BY("rdx");
	NE_BY("rsi");
	NE_BY("rdi");
	NE_BY("r8");
	NE_BY("r9");
	NE_BY("r10");
	NE_BY("r11");
	NE_BY("r12");
	NE_BY("r13");
	NE_BY("r14");
	NE_BY("r15");
}

static void observe_task_switched(struct seq_file *m)
{
	unsigned long flags;
	u64 old, set, cleared, lmsw;
	struct state s = { .fault = true };

	local_irq_save(flags);
	old = read_cr0();
	try_cr0(old | X86_CR0_TS);
	set = read_cr0();
	asm volatile("clts");
	cleared = read_cr0();
	/* LMSW sets and clears MP, EM and TS, and cannot clear PE. */
	s.rax = X86_CR0_TS;
	EXECUTE(&s, "lmsw %%ax");
	lmsw = read_cr0();
	try_cr0(old);
	local_irq_restore(flags);
	seq_printf(m, "TS set %#llx, CLTS %#llx, LMSW %s %#llx\n", set, cleared, outcome(&s), lmsw);
}

static void observe_xsetbv(struct seq_file *m, u64 index, u64 value)
{
	struct state old = { .fault = true }, new = { .fault = true }, back = { .fault = true };
	struct state s = { .fault = true, .rax = (u32)value, .rcx = index, .rdx = value >> 32 };
	struct state id = { .rax = 0xd };
	unsigned long flags;

	local_irq_save(flags);
	EXECUTE(&old, "xgetbv");
	EXECUTE(&s, "xsetbv");
	EXECUTE(&new, "xgetbv");
	EXECUTE(&id, "cpuid");
	back.rax = old.rax;
	back.rdx = old.rdx;
	EXECUTE(&back, "xsetbv");
	local_irq_restore(flags);
	seq_printf(m, "xsetbv %#llx = %#llx: %s, then %#llx, size %#llx\n", index, value,
		   outcome(&s), new.rax | new.rdx << 32, id.rbx);
}

static void observe_xcr0(struct seq_file *m)
{
	static const u64 values[] = { 0, 1, 2, 3, 4, 5, 6, 7, 0x0b, 0x1b, 0x1f, 0x23, 0x27, 0xe3,
				      0xe7, 0x207, 0x2e7, 0x100000007, BIT_ULL(62) | 7,
				      BIT_ULL(63) | 7 };
	int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		observe_xsetbv(m, 0, values[i]);
	observe_xsetbv(m, 1, 7);
	observe_xsetbv(m, 0xffffffff, 7);
	observe_xsetbv(m, 1ull << 32, 3);
}

/* OSXSAVE alone decides whether the instruction exists, also where Linux does without XSAVE. */
static void observe_osxsave(struct seq_file *m)
{
	struct state without = { .fault = true, .rax = 3 }, with = { .fault = true, .rax = 3 };
	struct state old = { .fault = true };
	unsigned long flags;
	u64 cr4;

	if (!boot_cpu_has(X86_FEATURE_XSAVE) && !(cpuid_ecx(1) & BIT(26)))
		return;
	local_irq_save(flags);
	cr4 = __read_cr4();
	try_cr4(cr4 & ~X86_CR4_OSXSAVE);
	EXECUTE(&without, "xsetbv");
	try_cr4(cr4 | X86_CR4_OSXSAVE);
	EXECUTE(&old, "xgetbv");
	EXECUTE(&with, "xsetbv");
	EXECUTE(&old, "xsetbv");
	try_cr4(cr4);
	local_irq_restore(flags);
	seq_printf(m, "xsetbv without OSXSAVE: %s, with it: %s\n", outcome(&without),
		   outcome(&with));
}

/*
 * Debug registers and descriptors
 */

static void observe_debug_registers(struct seq_file *m)
{
	unsigned long flags;
	u64 dr[8], old[8];

	local_irq_save(flags);
	get_debugreg(old[0], 0);
	get_debugreg(old[6], 6);
	get_debugreg(old[7], 7);
	set_debugreg((unsigned long)&scratch[1000], 0);
	/* Watch a store of 8 bytes that nobody does; all that DR6 keeps. */
	set_debugreg(0x00090701ul, 7);
	set_debugreg(~0u, 6);
	get_debugreg(dr[0], 0);
	get_debugreg(dr[6], 6);
	get_debugreg(dr[7], 7);
	set_debugreg(0ul, 7);
	set_debugreg(0ul, 6);
	get_debugreg(dr[1], 6);
	get_debugreg(dr[2], 7);
	set_debugreg(old[0], 0);
	set_debugreg(old[6], 6);
	set_debugreg(old[7], 7);
	local_irq_restore(flags);
	seq_printf(m, "DR6 %#llx DR7 %#llx; set: DR0 %d DR6 %#llx DR7 %#llx; reset: %#llx %#llx\n",
		   old[6], old[7], dr[0] == (u64)&scratch[1000], dr[6], dr[7], dr[1], dr[2]);
}

static void observe_selector(struct seq_file *m, u16 selector)
{
	u32 access = 0, limit = 0;
	bool has_access, has_limit, readable, writable;

	asm volatile("lar %2, %0" : "+r" (access), "=@ccz" (has_access) : "r" ((u32)selector));
	asm volatile("lsl %2, %0" : "+r" (limit), "=@ccz" (has_limit) : "r" ((u32)selector));
	asm volatile("verr %1" : "=@ccz" (readable) : "r" (selector));
	asm volatile("verw %1" : "=@ccz" (writable) : "r" (selector));
	seq_printf(m, "selector %#x: LAR %d %#x, LSL %d %#x, VERR %d, VERW %d\n", selector,
		   has_access, access, has_limit, limit, readable, writable);
}

static void observe_descriptors(struct seq_file *m)
{
	int selector;

	for (selector = 0; selector < 0x88; selector += 8) {
		observe_selector(m, selector);
		observe_selector(m, selector | 3);
	}
}

static void observe_swapgs(struct seq_file *m)
{
	unsigned long flags;
	u32 low, high;

	local_irq_save(flags);
	asm volatile("swapgs; rdmsr; swapgs" : "=a" (low), "=d" (high) : "c" (MSR_GS_BASE));
	local_irq_restore(flags);
	seq_printf(m, "GS base behind SWAPGS: %#x%08x\n", high, low);
}

/*
 * Interrupts: one that is pending comes after the instruction that follows STI or MOV SS.
 */

extern const char sti_cpuid[], mov_ss_cpuid[], sti_hlt[], sti_mwait[];
static unsigned long interrupted_at;

static enum hrtimer_restart note_interrupt(struct hrtimer *timer)
{
	interrupted_at = get_irq_regs()->ip;
	return HRTIMER_NORESTART;
}

static struct hrtimer timer;

/* Leaves with interrupts off, and that of the timer pending. */
static void raise_interrupt(void)
{
	const u32 irr = APIC_IRR + LOCAL_TIMER_VECTOR / 32 * 0x10;
	int patience = 10000000;

	interrupted_at = 0;
#ifdef HAVE_HRTIMER_SETUP
	hrtimer_setup(&timer, note_interrupt, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer.function = note_interrupt;
#endif
	local_irq_disable();
	hrtimer_start(&timer, 0, HRTIMER_MODE_REL_PINNED_HARD);
	while (!(apic->read(irr) & BIT(LOCAL_TIMER_VECTOR % 32)) && patience--)
		cpu_relax();
}

static void print_interrupt(struct seq_file *m, const char *name, const char *start)
{
	hrtimer_cancel(&timer);
	seq_printf(m, "%s: interrupt %s at %+ld\n", name, interrupted_at ? "came" : "lost",
		   interrupted_at - (unsigned long)start);
}

/* @text enables interrupts. */
#define INTERRUPT(m, label, text)						\
	do {									\
		raise_interrupt();						\
		asm volatile("xor %%eax, %%eax\n"				\
			     "xor %%ecx, %%ecx\n"				\
			     "xor %%edx, %%edx\n"				\
			     #label ":\n"					\
			     ANNOTATE_NOENDBR "\n"				\
			     text "\n"						\
			     "nop\n"						\
			     "nop\n"						\
			     : : "S" (scratch) : "rax", "rbx", "rcx", "rdx", "cc", "memory");	\
		print_interrupt(m, #label, label);				\
	} while (0)

static noinline void observe_sti_cpuid(struct seq_file *m)
{
	INTERRUPT(m, sti_cpuid, "sti; cpuid");
}

static noinline void observe_mov_ss_cpuid(struct seq_file *m)
{
	INTERRUPT(m, mov_ss_cpuid, "mov %%ss, %%edx; sti; mov %%edx, %%ss; cpuid");
}

static noinline void observe_sti_hlt(struct seq_file *m)
{
	INTERRUPT(m, sti_hlt, "sti; hlt");
}

static noinline void observe_sti_mwait(struct seq_file *m)
{
	if (boot_cpu_has(X86_FEATURE_MWAIT))
		INTERRUPT(m, sti_mwait,
			  "mov %%rsi, %%rax; monitor; xor %%eax, %%eax; sti; mwait");
}

static void observe_interrupts(struct seq_file *m)
{
	observe_sti_cpuid(m);
	observe_mov_ss_cpuid(m);
	observe_sti_hlt(m);
	observe_sti_mwait(m);
}

/*
 * A kprobe on CPUID: int3 and a single step out of line, in the kernel.
 */

extern const char probed_cpuid[];
static int probe_before, probe_after;

static noinline void execute_probed_cpuid(void)
{
	struct state s = { .fault = true };

	EXECUTE(&s, "probed_cpuid:\n" ANNOTATE_NOENDBR "\ncpuid");
}

static int before_probed(struct kprobe *p, struct pt_regs *regs)
{
	probe_before++;
	return 0;
}

static void after_probed(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	probe_after++;
}

static struct kprobe probe;

static void observe_kprobe(struct seq_file *m)
{
	int i, error;

	probe_before = probe_after = 0;
	probe = (struct kprobe){ .addr = (kprobe_opcode_t *)probed_cpuid,
				 .pre_handler = before_probed, .post_handler = after_probed };
	error = register_kprobe(&probe);
	for (i = 0; i < 100; i++)
		execute_probed_cpuid();
	if (!error)
		unregister_kprobe(&probe);
	seq_printf(m, "kprobe on CPUID: error %d, %d before, %d after\n", error, probe_before,
		   probe_after);
}

static int same_show(struct seq_file *m, void *unused)
{
	preempt_disable();
	observe_instructions(m);
	observe_rdtscp(m);
	observe_invd(m);
	observe_invpcids(m);
	observe_xsaves(m);
	observe_msr_range(m, 0, 0x1fff);
	observe_msr_range(m, 0xc0000000, 0xc0001fff);
	observe_odd_msrs(m);
	observe_capability_writes(m);
	observe_rewrites(m);
	observe_bad_writes(m);
	observe_cr0(m);
	observe_cr0_registers(m);
	observe_cr4(m);
	observe_task_switched(m);
	observe_xcr0(m);
	observe_osxsave(m);
	observe_debug_registers(m);
	observe_descriptors(m);
	observe_swapgs(m);
	observe_interrupts(m);
	preempt_enable();
	observe_kprobe(m);
	seq_puts(m, "end\n");
	return 0;
}

static void show_cr4_bit(struct seq_file *m, const char *name, u64 bit)
{
	unsigned long flags;
	struct state s;
	u64 old, new;

	local_irq_save(flags);
	old = __read_cr4();
	s = try_cr4(old | bit);
	new = __read_cr4();
	try_cr4(old);
	local_irq_restore(flags);
	seq_printf(m, "CR4.%s: %d, set: %s, then %d\n", name, !!(old & bit), outcome(&s),
		   !!(new & bit));
}

static int vmx_show(struct seq_file *m, void *unused)
{
	struct state s;
	u32 msr;

	preempt_disable();
	show_cr4_bit(m, "VMXE", X86_CR4_VMXE);
	show_cr4_bit(m, "SMXE", X86_CR4_SMXE);
	s = read_msr(MSR_IA32_FEAT_CTL);
	seq_printf(m, "FEATURE_CONTROL: %s, VMXON bits %#llx\n", outcome(&s),
		   s.fault ? 0 : s.rax & 6);
	for (msr = MSR_IA32_VMX_BASIC; msr <= LAST_VMX_CAPABILITY; msr++) {
		s = read_msr(msr);
		seq_printf(m, "capability %#x: %s\n", msr, outcome(&s));
	}
	preempt_enable();
	return 0;
}

#define OUTPUT_SIZE (256 * 1024)

static int open(struct inode *inode, struct file *file)
{
	return single_open_size(file, inode->i_private, NULL, OUTPUT_SIZE);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static struct dentry *directory;

static int __init start(void)
{
	directory = debugfs_create_dir("insn", NULL);
	debugfs_create_file("same", 0400, directory, same_show, &operations);
	debugfs_create_file("vmx", 0400, directory, vmx_show, &operations);
	return PTR_ERR_OR_ZERO(directory);
}

static void __exit stop(void)
{
	debugfs_remove(directory);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Test: instructions at CPL 0, on the bare machine and in the guest world");
MODULE_LICENSE("GPL");
