// SPDX-License-Identifier: GPL-2.0-only
/*
 * What instructions cost that exit, or may, each time alone between two readings of the TSC: says in
 * the kernel log, for each, "bench_exits: NAME OUTCOME MINIMUM MEDIAN MAXIMUM" in ticks, less what a
 * NOP takes. OUTCOME is "executed" or "fault".
 *
 * What a policy lets happen is undone at once. For emulated machines only: it executes INVD.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include <asm/asm.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "abi/hypercall.h"

#define TIMES 101

static u8 scratch[64];
/* A constant, which the policy module-text protects, and a mapping of it that can write. */
static const u8 constant[64] = { 0x5b };
static u8 *alias;

/* RSI points to @memory. A fault ends the instruction. */
#define EXECUTE(text, a, c, d, memory)							\
({											\
	u64 rax = (a), rbx = 0, rcx = (c), rdx = (d), start, ticks;			\
	u8 fault = 1;									\
											\
	start = rdtsc();								\
	asm volatile("1: " text "\n"							\
		     "movb $0, %[fault]\n"						\
		     "2:\n"								\
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)				\
		     : "+a" (rax), "+b" (rbx), "+c" (rcx), "+d" (rdx),			\
		       [fault] "+m" (fault)						\
		     : "S" (memory), "D" (memory) : "cc", "memory", "r8");		\
	ticks = rdtsc() - start;							\
	(struct shot){ ticks, fault };							\
})

struct shot {
	u32 ticks;
	bool fault;
};

#define SHOT(name, text, a, c, d, memory)						\
static struct shot on_##name(void)								\
{											\
	return EXECUTE(text, a, c, d, memory);						\
}

/* As SHOT, and afterwards the register as it was. */
#define SHOT_MSR(name, msr, change)							\
static struct shot on_##name(void)								\
{											\
	u64 old = native_read_msr(msr), new = old ^ (change);				\
	struct shot s = EXECUTE("wrmsr", (u32)new, msr, new >> 32, scratch);		\
											\
	if (change && !s.fault)								\
		wrmsr_safe(msr, (u32)old, old >> 32);					\
	return s;									\
}

#define SHOT_CR(name, cr, change)							\
static struct shot on_##name(void)								\
{											\
	unsigned long old, new;								\
	struct shot s;									\
											\
	asm volatile("mov %%" cr ", %0" : "=r" (old));					\
	new = old & ~(unsigned long)(change);						\
	s = EXECUTE("mov %%rax, %%" cr, new, 0, 0, scratch);				\
	if (change && !s.fault)								\
		asm volatile("mov %0, %%" cr : : "r" (old) : "memory");			\
	return s;									\
}

SHOT(nop, "nop", 0, 0, 0, scratch)
SHOT(cpuid_0, "cpuid", 0, 0, 0, scratch)
SHOT(cpuid_1, "cpuid", 1, 0, 0, scratch)
SHOT(cpuid_7, "cpuid", 7, 0, 0, scratch)
SHOT(invd, "invd", 0, 0, 0, scratch)
SHOT(vmcall, "vmcall", 0, 0, 0, scratch)
SHOT(vmcall_forged, "vmcall", SB_HYPERCALL | SB_HYPERCALL_SYNC, 0, 0, scratch)
SHOT(vmxoff, "vmxoff", 0, 0, 0, scratch)
SHOT(rdmsr_vmx, "rdmsr", 0, 0x480, 0, scratch)
SHOT(rdmsr_feature_control, "rdmsr", 0, 0x3a, 0, scratch)
SHOT(rdmsr_unknown, "rdmsr", 0, 0x4b564d00, 0, scratch)
SHOT(rdmsr_apic, "rdmsr", 0, MSR_IA32_APICBASE, 0, scratch)
SHOT(sgdt, "sgdt (%%rsi)", 0, 0, 0, scratch)
SHOT(sidt, "sidt (%%rsi)", 0, 0, 0, scratch)
SHOT(sldt, "sldt %%eax", 0, 0, 0, scratch)
SHOT(str, "str %%eax", 0, 0, 0, scratch)
SHOT(write_constant, "mov %%al, (%%rsi)", *alias, 0, 0, alias)
SHOT_MSR(wrmsr_lstar_same, MSR_LSTAR, 0)
SHOT_MSR(wrmsr_lstar, MSR_LSTAR, 0x10)
SHOT_MSR(wrmsr_efer_same, MSR_EFER, 0)
SHOT_CR(mov_cr0_same, "cr0", 0)
SHOT_CR(mov_cr0_wp, "cr0", X86_CR0_WP)
SHOT_CR(mov_cr4_same, "cr4", 0)
SHOT_CR(mov_cr4_smep, "cr4", X86_CR4_SMEP)

/* On some of Bochs's processors Linux does without XSAVE. */
static struct shot on_xsetbv(void)
{
	unsigned long cr4;
	struct shot s;

	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	asm volatile("mov %0, %%cr4" : : "r" (cr4 | X86_CR4_OSXSAVE) : "memory");
	s = EXECUTE("xsetbv", xgetbv(XCR_XFEATURE_ENABLED_MASK), 0, 0, scratch);
	asm volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
	return s;
}

static struct shot on_load_gdt_same(void)
{
	struct desc_ptr table;

	native_store_gdt(&table);
	return EXECUTE("lgdt (%%rsi)", 0, 0, 0, &table);
}

static struct shot on_load_idt_same(void)
{
	struct desc_ptr table;

	store_idt(&table);
	return EXECUTE("lidt (%%rsi)", 0, 0, 0, &table);
}

static struct shot on_load_idt_other(void)
{
	struct desc_ptr table, other;
	struct shot s;

	store_idt(&table);
	other = table;
	other.size -= 16;
	s = EXECUTE("lidt (%%rsi)", 0, 0, 0, &other);
	if (!s.fault)
		native_load_idt(&table);
	return s;
}

static const struct {
	const char *name;
	struct shot (*shoot)(void);
} kinds[] = {
#define KIND(name) { #name, on_##name }
	KIND(nop), KIND(cpuid_0), KIND(cpuid_1), KIND(cpuid_7), KIND(xsetbv), KIND(invd),
	KIND(vmcall), KIND(vmcall_forged), KIND(vmxoff),
	KIND(rdmsr_vmx), KIND(rdmsr_feature_control), KIND(rdmsr_unknown), KIND(rdmsr_apic),
	KIND(sgdt), KIND(sidt), KIND(sldt), KIND(str),
	KIND(load_gdt_same), KIND(load_idt_same), KIND(load_idt_other),
	KIND(wrmsr_lstar_same), KIND(wrmsr_lstar), KIND(wrmsr_efer_same),
	KIND(mov_cr0_same), KIND(mov_cr0_wp), KIND(mov_cr4_same), KIND(mov_cr4_smep), KIND(write_constant),
};

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void measure(u32 kind, int *nop_ticks)
{
	static int ticks[TIMES];
	unsigned long flags;
	struct shot s;
	int i;

	kinds[kind].shoot();
	for (i = 0; i < TIMES; i++) {
		local_irq_save(flags);
		s = kinds[kind].shoot();
		local_irq_restore(flags);
		ticks[i] = (int)s.ticks - *nop_ticks;
	}
	sort(ticks, TIMES, sizeof(ticks[0]), by_value, NULL);
	if (!kind)
		*nop_ticks = ticks[0];
	pr_info("bench_exits: %s %s %d %d %d\n", kinds[kind].name, s.fault ? "fault" : "executed", ticks[0],
		ticks[TIMES / 2], ticks[TIMES - 1]);
}

static int __init bench_exits_init(void)
{
	struct page *page = vmalloc_to_page(constant);
	u8 *mapping = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	int nop_ticks = 0;
	u32 i;

	if (!mapping)
		return -ENOMEM;
	alias = mapping + offset_in_page(constant);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		measure(i, &nop_ticks);
	vunmap(mapping);
	return 0;
}

static void __exit bench_exits_exit(void)
{
}

module_init(bench_exits_init);
module_exit(bench_exits_exit);
MODULE_DESCRIPTION("Test: what exits cost");
MODULE_LICENSE("GPL");
