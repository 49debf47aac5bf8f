// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executes code of its own in kernel mode, in memory that holds none: a page of the slab allocator, of
 * vmalloc, of the page allocator through the direct map, the stack, a variable of this module, a page of a
 * program; and code of the kernel's own making that was rewritten behind its back.
 */
#include <linux/filter.h>
#include <linux/kdebug.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>

#include "attack.h"

#define ANSWER 0x5b0c

/* mov $ANSWER, %eax; ret */
static const u8 shellcode[] = { 0xb8, ANSWER & 0xff, ANSWER >> 8, 0, 0, 0xc3 };

static u8 *code;
static u64 vector;

/* A fetch that faults has no instruction that could be in the exception table: return from there. */
static int on_die(struct notifier_block *nb, unsigned long reason, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;

	if (reason != DIE_GPF || regs->ip != (unsigned long)code)
		return NOTIFY_DONE;
	vector = X86_TRAP_GP;
	regs->ip = *(unsigned long *)regs->sp;
	regs->sp += sizeof(unsigned long);
	return NOTIFY_STOP;
}

static struct notifier_block on_die_block = { .notifier_call = on_die };

static enum verdict execute(void *address)
{
	unsigned long answer;

	code = address;
	vector = ATTACK_NO_FAULT;
	answer = attack_call((unsigned long)code, 0, 0, 0, 0);
	if (vector != ATTACK_NO_FAULT)
		return attack_fault(vector);
	return (u32)answer == ANSWER ? ATTACK_DONE : ATTACK_HALF;
}

/* On this CPU. A large page of the direct map becomes executable as a whole. Returns whether it was not. */
static bool clear_nx(const void *address)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)address, &level);
	bool was = pte && test_and_clear_bit(_PAGE_BIT_NX, (unsigned long *)pte);

	asm volatile("invlpg (%0)" : : "r" (address) : "memory");
	return was;
}

static void restore_nx(const void *address)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)address, &level);

	set_bit(_PAGE_BIT_NX, (unsigned long *)pte);
	asm volatile("invlpg (%0)" : : "r" (address) : "memory");
}

static enum verdict execute_in(u8 *where)
{
	u8 old[sizeof(shellcode)];
	enum verdict v;
	bool was_nx;

	memcpy(old, where, sizeof(old));
	memcpy(where, shellcode, sizeof(shellcode));
	preempt_disable();
	was_nx = clear_nx(where);
	v = execute(where);
	if (was_nx)
		restore_nx(where);
	preempt_enable();
	memcpy(where, old, sizeof(old));
	return v;
}

/* A page for each CPU: in log mode one gives one report. */
#define SIZE (ATTACK_CPUS * PAGE_SIZE)

static u8 *page_in(u8 *memory)
{
	return memory + raw_smp_processor_id() % ATTACK_CPUS * PAGE_SIZE;
}

static u8 *allocated;
static void (*release)(const void *memory);

static enum verdict in_slab(void)
{
	allocated = allocated ?: kmalloc(SIZE, GFP_KERNEL);
	release = kfree;
	return allocated ? execute_in(page_in(allocated)) : ATTACK_FAILED;
}

static enum verdict in_vmalloc(void)
{
	allocated = allocated ?: vmalloc(SIZE);
	release = vfree;
	return allocated ? execute_in(page_in(allocated)) : ATTACK_FAILED;
}

static void free_direct(const void *memory)
{
	free_pages((unsigned long)memory, get_order(SIZE));
}

static enum verdict in_direct_map(void)
{
	allocated = allocated ?: (void *)__get_free_pages(GFP_KERNEL, get_order(SIZE));
	release = free_direct;
	return allocated ? execute_in(page_in(allocated)) : ATTACK_FAILED;
}

#define FRAME 1500

/* A page deeper for each CPU. */
static noinline enum verdict deeper(int bytes)
{
	u8 memory[FRAME] __aligned(16) = {};
	enum verdict v = bytes > 0 ? deeper(bytes - FRAME) : execute_in(memory);

	OPTIMIZER_HIDE_VAR(v);
	memory[v] = v;
	barrier_data(memory);
	return v;
}

static enum verdict in_stack(void)
{
	return deeper(raw_smp_processor_id() % 2 * PAGE_SIZE);
}

static u8 variable[SIZE] __aligned(PAGE_SIZE);

static enum verdict in_variable(void)
{
	return execute_in(page_in(variable));
}

/* A second, executable mapping of it: its own stays as Linux made it. */
static enum verdict in_alias(void)
{
	u8 *alias = attack_alias(page_in(variable));
	enum verdict v = alias ? execute_in(alias) : ATTACK_FAILED;

	if (alias)
		attack_unalias(alias);
	return v;
}

/* Not by cr4_clear_bits(), which keeps SMEP set. */
static u64 load_cr4(unsigned long cr4)
{
	u64 fault = ATTACK_NO_FAULT;

	ATTACK_TRY(fault, "mov %[cr4], %%cr4", [cr4] "r" (cr4));
	return fault;
}

static enum verdict execute_users(u8 *memory)
{
	unsigned long flags, cr4;
	enum verdict v;
	u64 fault;

	local_irq_save(flags);
	asm volatile("invlpg (%0)" : : "r" (memory) : "memory");
	cr4 = __read_cr4();
	fault = load_cr4(cr4 & ~(X86_CR4_SMEP | X86_CR4_SMAP));
	if (fault == ATTACK_NO_FAULT) {
		v = execute(memory);
		load_cr4(cr4);
	} else {
		v = attack_fault(fault);
	}
	local_irq_restore(flags);
	return v;
}

/* In the process that loads the module. */
static enum verdict in_program(void)
{
	unsigned long memory = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
				       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	unsigned long *pgd;
	enum verdict v;
	bool was_nx;

	if (IS_ERR_VALUE(memory) ||
	    copy_to_user((void __user *)memory, shellcode, sizeof(shellcode)))
		return ATTACK_FAILED;
	/* With page-table isolation no page of a program can be executed by the kernel's tables. */
	pgd = (unsigned long *)pgd_offset(current->mm, memory);
	was_nx = test_and_clear_bit(_PAGE_BIT_NX, pgd);
	v = execute_users((void *)memory);
	if (was_nx)
		set_bit(_PAGE_BIT_NX, pgd);
	vm_munmap(memory, PAGE_SIZE);
	return v;
}

/* A filter as tcpdump sets them, which the kernel makes into code; executed once, as any packet would. */
static enum verdict in_filter(void)
{
	struct sock_filter instruction[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_RET | BPF_A, 0)
	};
	struct sock_fprog_kern program = { .len = 2, .filter = instruction };
	enum verdict v = ATTACK_FAILED;
	struct bpf_prog *filter;
	u8 *alias;

	if (bpf_prog_create(&filter, &program))
		return v;
	alias = filter->jited ? attack_alias(filter->bpf_func) : NULL;
	if (alias && attack_call((unsigned long)filter->bpf_func, 0, 0, 0, 0) == 1) {
		u64 old = READ_ONCE(*(u64 *)alias), new = old;

		memcpy(&new, shellcode, sizeof(shellcode));
		v = attack_write(alias, filter->bpf_func, new, sizeof(new));
	}
	if (alias)
		attack_unalias(alias);
	bpf_prog_destroy(filter);
	return v;
}

static const struct attack_choice choices[] = {
	{ "slab", in_slab },
	{ "vmalloc", in_vmalloc },
	{ "direct", in_direct_map },
	{ "stack", in_stack },
	{ "variable", in_variable },
	{ "alias", in_alias },
	{ "program", in_program },
	{ "filter", in_filter },
};

static char *what = "";
module_param(what, charp, 0400);

static int __init attack_init(void)
{
	int error;

	register_die_notifier(&on_die_block);
	error = attack_chosen(choices, ARRAY_SIZE(choices), what);
	unregister_die_notifier(&on_die_block);
	return error;
}

static void __exit attack_exit(void)
{
	if (allocated)
		release(allocated);
}

module_init(attack_init);
module_exit(attack_exit);
MODULE_DESCRIPTION("Attack: code in memory that holds none");
MODULE_LICENSE("GPL");
