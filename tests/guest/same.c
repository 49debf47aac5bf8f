// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program can see of its CPU in user mode, one line an observation. Pinned to a CPU, it must
 * print the same on the bare machine and in the guest world, time after time.
 *
 * usage: same         what must be the same
 *        same wrap    the same, of CPUID at the end of 32-bit address space
 *        same vmx     the bits of CPUID that must differ
 *
 * tests/modules/insn is its counterpart for CPL 0.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <cpuid.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define BIT(n)		(1ul << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096

#define FLAG_TF		BIT(8)
#define FLAG_RF		BIT(16)

#define CPUID_1_ECX_VMX		BIT(5)
#define CPUID_1_ECX_SMX		BIT(6)
#define CPUID_1_ECX_OSXSAVE	BIT(27)
#define CPUID_7_ECX_OSPKE	BIT(4)
#define CPUID_7_ECX_WAITPKG	BIT(5)
#define CPUID_7_ECX_RDPID	BIT(22)

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

struct leaf {
	uint32_t a, b, c, d;
};

static struct leaf cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct leaf l;

	__cpuid_count(leaf, subleaf, l.a, l.b, l.c, l.d);
	return l;
}

/*
 * Code under test: functions in assembly, or bytes put on a page of their own below 4 GB.
 */

struct registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, flags;
};

static uint64_t scratch[8] __attribute__((aligned(64), used));
static unsigned char *page;

static void make_page(void)
{
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (page == MAP_FAILED)
		die("mmap");
	if (munmap(page + PAGE, PAGE))
		die("munmap");
}

static void call(const void *code, struct registers *r)
{
	/* Out of the red zone first. */
	asm volatile("lea -128(%%rsp), %%rsp\n"
		     "push %[flags]\n"
		     "popf\n"
		     "call *%[code]\n"
		     "pushf\n"
		     "pop %[flags]\n"
		     "lea 128(%%rsp), %%rsp\n"
		     : "+a" (r->rax), "+b" (r->rbx), "+c" (r->rcx), "+d" (r->rdx), "+S" (r->rsi),
		       "+D" (r->rdi), [flags] "+r" (r->flags)
		     : [code] "r" (code) : "cc", "memory", "r12", "r13", "r14", "r15");
}

/*
 * Signals: a fault ends the code under test, a single-step trap is noted and lets it go on.
 */

struct trap {
	int signal, code;
	long number, error, flags;
	uint64_t ip;
};

static sigjmp_buf recover;
static volatile struct trap fault;
static volatile struct trap steps[64];
static volatile unsigned int nr_steps;

static const char *signal_name(int signal)
{
	return signal == SIGILL ? "SIGILL" : signal == SIGSEGV ? "SIGSEGV" :
	       signal == SIGTRAP ? "SIGTRAP" : signal == SIGFPE ? "SIGFPE" : "SIGBUS";
}

static struct trap trap_of(int signal, const siginfo_t *info, void *context)
{
	const greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	return (struct trap){ .signal = signal, .code = info->si_code, .number = g[REG_TRAPNO],
			      .error = g[REG_ERR], .flags = g[REG_EFL], .ip = g[REG_RIP] };
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	fault = trap_of(signal, info, context);
	siglongjmp(recover, 1);
}

static void on_step(int signal, siginfo_t *info, void *context)
{
	if (nr_steps == ARRAY_SIZE(steps))
		on_fault(signal, info, context);
	steps[nr_steps++] = trap_of(signal, info, context);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	if (sigaction(signal, &action, NULL))
		die("sigaction");
}

/* A stack of its own: code under test may leave none to speak of. */
static void handle_faults(void)
{
	static const int signals[] = { SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP };
	static char stack[65536];
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };

	if (sigaltstack(&alternative, NULL))
		die("sigaltstack");
	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		handle(signals[i], on_fault);
}

static void print_trap(const volatile struct trap *t, const void *start)
{
	printf("%s code %d vector %ld error 0x%lx at %+ld flags 0x%lx", signal_name(t->signal),
	       t->code, t->number, t->error, (long)(t->ip - (uint64_t)start), t->flags);
}

/* Returns whether @code came to its end; else @fault tells why not. */
static int survives(const void *code, struct registers *r)
{
	if (sigsetjmp(recover, 1))
		return 0;
	call(code, r);
	return 1;
}

static void print_registers(const struct registers *r)
{
	printf("rax 0x%lx rbx 0x%lx rcx 0x%lx rdx 0x%lx flags 0x%lx memory 0x%lx 0x%lx", r->rax,
	       r->rbx, r->rcx, r->rdx, r->flags, scratch[0], scratch[1]);
}

/*
 * CPUID
 */

static void print_leaf(uint32_t leaf, uint32_t subleaf)
{
	struct leaf l = cpuid(leaf, subleaf);

	if (leaf == 1)
		l.c &= ~(CPUID_1_ECX_VMX | CPUID_1_ECX_SMX);
	printf("cpuid %#x.%u: %#x %#x %#x %#x\n", leaf, subleaf, l.a, l.b, l.c, l.d);
}

static unsigned int subleaves(uint32_t leaf)
{
	return leaf == 0xd ? 64 : leaf == 4 || leaf == 0x12 ? 8 : 4;
}

/* One leaf past the last one of each range, too. */
static void print_range(uint32_t first)
{
	uint32_t last = cpuid(first, 0).a + 1;

	if (last < first || last > first + 0x40)
		last = first + 1;
	for (uint32_t leaf = first; leaf <= last; leaf++)
		for (uint32_t subleaf = 0; subleaf < subleaves(leaf); subleaf++)
			print_leaf(leaf, subleaf);
}

static void observe_cpuid(void)
{
	static const uint32_t ranges[] = { 0, 0x40000000, 0x80000000, 0x80860000, 0xc0000000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++)
		print_range(ranges[i]);
	print_leaf(0x40000100, 0);
	print_leaf(0xffffffff, 0xffffffff);
}

/* All that leaf 1 has to say of VMX and SMX: the one thing in which the worlds differ. */
static void print_vmx_bits(void)
{
	uint32_t c = cpuid(1, 0).c;

	printf("VMX %d SMX %d\n", !!(c & CPUID_1_ECX_VMX), !!(c & CPUID_1_ECX_SMX));
}

/*
 * CPUID changes RAX to RDX, whole, and nothing else. R is what RAX to R15 were and became.
 */

static uint64_t before[16] __attribute__((used)), after[16] __attribute__((used));

static void cpuid_among_registers(uint64_t flags)
{
	before[15] = flags;
	asm volatile("lea -128(%%rsp), %%rsp\n"
		     "push %%rbp\n"
		     "push %[flags]\n"
		     "mov before+0x20, %%rbp\n"
		     "mov before+0x28, %%rsi\n"
		     "mov before+0x30, %%rdi\n"
		     "mov before+0x38, %%r8\n"
		     "mov before+0x40, %%r9\n"
		     "mov before+0x48, %%r10\n"
		     "mov before+0x50, %%r11\n"
		     "mov before+0x58, %%r12\n"
		     "mov before+0x60, %%r13\n"
		     "mov before+0x68, %%r14\n"
		     "mov before+0x70, %%r15\n"
		     "mov before, %%rax\n"
		     "mov before+0x08, %%rcx\n"
		     "mov before+0x10, %%rdx\n"
		     "mov before+0x18, %%rbx\n"
		     "popf\n"
		     "cpuid\n"
		     "mov %%rax, after\n"
		     "mov %%rcx, after+0x08\n"
		     "mov %%rdx, after+0x10\n"
		     "mov %%rbx, after+0x18\n"
		     "mov %%rbp, after+0x20\n"
		     "mov %%rsi, after+0x28\n"
		     "mov %%rdi, after+0x30\n"
		     "mov %%r8, after+0x38\n"
		     "mov %%r9, after+0x40\n"
		     "mov %%r10, after+0x48\n"
		     "mov %%r11, after+0x50\n"
		     "mov %%r12, after+0x58\n"
		     "mov %%r13, after+0x60\n"
		     "mov %%r14, after+0x68\n"
		     "mov %%r15, after+0x70\n"
		     "pushf\n"
		     "popq after+0x78\n"
		     "push $0x202\n"
		     "popf\n"
		     "pop %%rbp\n"
		     "lea 128(%%rsp), %%rsp\n"
		     : : [flags] "r" (flags)
		     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
		       "r13", "r14", "r15", "cc", "memory");
}

static void observe_registers(void)
{
	/* CF PF AF ZF SF DF OF AC ID, each alone, and all. */
	static const uint64_t flags[] = { 0x202, 0x203, 0x206, 0x212, 0x242, 0x282, 0x602, 0xa02,
					  0x40202, 0x200202, 0x240ed7 };

	for (unsigned int i = 0; i < 15; i++)
		before[i] = 0x0123456789abcdefull * (i + 3);
	/* Leaf and subleaf are the low halves. */
	before[0] = 0xfedcba9800000007;
	before[1] = 0x7654321000000000;
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
		cpuid_among_registers(flags[i]);
		printf("registers, flags 0x%lx: flags 0x%lx, others %s, ", flags[i], after[15],
		       memcmp(before + 4, after + 4, 11 * 8) ? "changed" : "kept");
		printf("rax 0x%lx rcx 0x%lx rdx 0x%lx rbx 0x%lx\n", after[0], after[1], after[2],
		       after[3]);
	}
}

/*
 * Instructions, most of them not for user mode
 */

struct instruction {
	const char *name;
	const char *code;
	unsigned char length;
	bool volatile_result;
	uint64_t rax, rcx, rdx;
};

#define CODE(bytes) .code = bytes, .length = sizeof(bytes) - 1

/* RSI and RDI point to scratch memory, RBX is 0. */
static const struct instruction instructions[] = {
	{ .name = "vmcall", CODE("\x0f\x01\xc1") },
	{ .name = "vmcall, our own hypercall", CODE("\x0f\x01\xc1"), .rax = 0x5b0c0000 },
	{ .name = "vmcall, leave", CODE("\x0f\x01\xc1"), .rax = 0x5b0c0001 },
	{ .name = "vmlaunch", CODE("\x0f\x01\xc2") },
	{ .name = "vmresume", CODE("\x0f\x01\xc3") },
	{ .name = "vmxoff", CODE("\x0f\x01\xc4") },
	{ .name = "vmfunc", CODE("\x0f\x01\xd4") },
	{ .name = "vmxon", CODE("\xf3\x0f\xc7\x36") },
	{ .name = "vmclear", CODE("\x66\x0f\xc7\x36") },
	{ .name = "vmptrld", CODE("\x0f\xc7\x36") },
	{ .name = "vmptrst", CODE("\x0f\xc7\x3e") },
	{ .name = "vmread", CODE("\x0f\x78\xc8") },
	{ .name = "vmwrite", CODE("\x0f\x79\xc8") },
	{ .name = "invept", CODE("\x66\x0f\x38\x80\x06") },
	{ .name = "invvpid", CODE("\x66\x0f\x38\x81\x06") },
	{ .name = "invpcid", CODE("\x66\x0f\x38\x82\x06") },
	{ .name = "getsec", CODE("\x0f\x37") },
	{ .name = "invd", CODE("\x0f\x08") },
	{ .name = "wbinvd", CODE("\x0f\x09") },
	{ .name = "wbnoinvd", CODE("\xf3\x0f\x09") },
	{ .name = "hlt", CODE("\xf4") },
	{ .name = "rdpmc", CODE("\x0f\x33") },
	{ .name = "rdmsr", CODE("\x0f\x32"), .rcx = 0x10 },
	{ .name = "wrmsr", CODE("\x0f\x30"), .rcx = 0x10 },
	{ .name = "rdmsr out of range", CODE("\x0f\x32"), .rcx = 0x40000000 },
	{ .name = "wrmsr out of range", CODE("\x0f\x30"), .rcx = 0x40000000 },
	{ .name = "xgetbv 0", CODE("\x0f\x01\xd0") },
	{ .name = "xgetbv 1", CODE("\x0f\x01\xd0"), .rcx = 1 },
	{ .name = "xgetbv 2", CODE("\x0f\x01\xd0"), .rcx = 2 },
	{ .name = "xsetbv 0", CODE("\x0f\x01\xd1"), .rax = 3 },
	{ .name = "xsetbv 1", CODE("\x0f\x01\xd1"), .rax = 3, .rcx = 1 },
	{ .name = "xsaves", CODE("\x0f\xc7\x2e") },
	{ .name = "xrstors", CODE("\x0f\xc7\x1e") },
	{ .name = "mov %cr0, %rax", CODE("\x0f\x20\xc0") },
	{ .name = "mov %rax, %cr0", CODE("\x0f\x22\xc0"), .rax = 0x80050033 },
	{ .name = "mov %cr2, %rax", CODE("\x0f\x20\xd0") },
	{ .name = "mov %cr3, %rax", CODE("\x0f\x20\xd8") },
	{ .name = "mov %rax, %cr3", CODE("\x0f\x22\xd8") },
	{ .name = "mov %cr4, %rax", CODE("\x0f\x20\xe0") },
	{ .name = "mov %rax, %cr4", CODE("\x0f\x22\xe0") },
	{ .name = "mov %rax, %cr4 with VMXE", CODE("\x0f\x22\xe0"), .rax = 0x2020 },
	{ .name = "mov %cr8, %rax", CODE("\x44\x0f\x20\xc0") },
	{ .name = "mov %rax, %cr8", CODE("\x44\x0f\x22\xc0") },
	{ .name = "mov %cr1, %rax", CODE("\x0f\x20\xc8") },
	{ .name = "mov %dr0, %rax", CODE("\x0f\x21\xc0") },
	{ .name = "mov %rax, %dr7", CODE("\x0f\x23\xf8") },
	{ .name = "clts", CODE("\x0f\x06") },
	{ .name = "lmsw", CODE("\x0f\x01\xf0") },
	{ .name = "smsw", CODE("\x0f\x01\x26") },
	{ .name = "sgdt", CODE("\x0f\x01\x06") },
	{ .name = "sidt", CODE("\x0f\x01\x0e") },
	{ .name = "sldt", CODE("\x0f\x00\x06") },
	{ .name = "str", CODE("\x0f\x00\x0e") },
	{ .name = "lgdt", CODE("\x0f\x01\x16") },
	{ .name = "lidt", CODE("\x0f\x01\x1e") },
	{ .name = "lldt", CODE("\x0f\x00\xd0") },
	{ .name = "ltr", CODE("\x0f\x00\xd8"), .rax = 0x40 },
	{ .name = "lar 0x10", CODE("\x0f\x02\xc1"), .rcx = 0x10 },
	{ .name = "lar 0x33", CODE("\x0f\x02\xc1"), .rcx = 0x33 },
	{ .name = "lsl 0x33", CODE("\x0f\x03\xc1"), .rcx = 0x33 },
	{ .name = "lsl 0x7b", CODE("\x0f\x03\xc1"), .rcx = 0x7b },
	{ .name = "verr 0x2b", CODE("\x0f\x00\xe1"), .rcx = 0x2b },
	{ .name = "verw 0x2b", CODE("\x0f\x00\xe9"), .rcx = 0x2b },
	{ .name = "invlpg", CODE("\x0f\x01\x3e") },
	{ .name = "swapgs", CODE("\x0f\x01\xf8") },
	{ .name = "sysret", CODE("\x48\x0f\x07") },
	{ .name = "sysexit", CODE("\x0f\x35") },
	{ .name = "rsm", CODE("\x0f\xaa") },
	{ .name = "monitor", CODE("\x0f\x01\xc8") },
	{ .name = "mwait", CODE("\x0f\x01\xc9") },
	{ .name = "clac", CODE("\x0f\x01\xca") },
	{ .name = "stac", CODE("\x0f\x01\xcb") },
	{ .name = "encls", CODE("\x0f\x01\xcf") },
	{ .name = "enclu", CODE("\x0f\x01\xd7") },
	{ .name = "enclv", CODE("\x0f\x01\xc0") },
	{ .name = "pconfig", CODE("\x0f\x01\xc5") },
	{ .name = "serialize", CODE("\x0f\x01\xe8") },
	{ .name = "rdpkru", CODE("\x0f\x01\xee") },
	{ .name = "setssbsy", CODE("\xf3\x0f\x01\xe8") },
	{ .name = "rdsspq", CODE("\xf3\x48\x0f\x1e\xc8") },
	{ .name = "incsspq", CODE("\xf3\x48\x0f\xae\xe8") },
	{ .name = "endbr64", CODE("\xf3\x0f\x1e\xfa") },
	{ .name = "umonitor", CODE("\xf3\x0f\xae\xf6") },
	{ .name = "umwait", CODE("\xf2\x0f\xae\xf1"), .volatile_result = true },
	{ .name = "tpause", CODE("\x66\x0f\xae\xf1"), .volatile_result = true },
	{ .name = "umwait in an undefined state", CODE("\xf2\x0f\xae\xf1"), .rcx = 2 },
	{ .name = "rdtsc", CODE("\x0f\x31"), .volatile_result = true },
	{ .name = "rdtscp", CODE("\x0f\x01\xf9"), .volatile_result = true },
	{ .name = "rdpid", CODE("\xf3\x0f\xc7\xf8") },
	{ .name = "rdfsbase", CODE("\xf3\x48\x0f\xae\xc0"), .volatile_result = true },
	{ .name = "rdgsbase", CODE("\xf3\x48\x0f\xae\xc8") },
	{ .name = "rdrand", CODE("\x48\x0f\xc7\xf0"), .volatile_result = true },
	{ .name = "rdseed", CODE("\x48\x0f\xc7\xf8"), .volatile_result = true },
	{ .name = "clflush", CODE("\x0f\xae\x3e") },
	{ .name = "clflushopt", CODE("\x66\x0f\xae\x3e") },
	{ .name = "clwb", CODE("\x66\x0f\xae\x36") },
	{ .name = "cldemote", CODE("\x0f\x1c\x06") },
	{ .name = "movdiri", CODE("\x48\x0f\x38\xf9\x06") },
	{ .name = "movdir64b", CODE("\x66\x0f\x38\xf8\x3e") },
	{ .name = "enqcmd", CODE("\xf2\x0f\x38\xf8\x3e") },
	{ .name = "ptwrite", CODE("\xf3\x0f\xae\xe0") },
	{ .name = "pause", CODE("\xf3\x90") },
	{ .name = "cli", CODE("\xfa") },
	{ .name = "sti", CODE("\xfb") },
	{ .name = "in", CODE("\xec"), .rdx = 0x80 },
	{ .name = "out", CODE("\xee"), .rdx = 0x80 },
	{ .name = "int3", CODE("\xcc") },
	{ .name = "int $3", CODE("\xcd\x03") },
	{ .name = "int1", CODE("\xf1") },
	{ .name = "int $2", CODE("\xcd\x02") },
	{ .name = "int $13", CODE("\xcd\x0d") },
	{ .name = "int $0x81", CODE("\xcd\x81") },
	{ .name = "ud2", CODE("\x0f\x0b") },
	{ .name = "divide by 0", CODE("\x48\xf7\xf3") },
	{ .name = "non-canonical load", CODE("\x48\x8b\x00"), .rax = BIT(63) },
	{ .name = "load at 0", CODE("\x48\x8b\x00") },
	{ .name = "getpid by int $0x80", CODE("\xcd\x80"), .rax = 20, .volatile_result = true },
	{ .name = "unknown call by int $0x80", CODE("\xcd\x80"), .rax = 9999 },
	/* Lengths other than 2, and what makes no CPUID of it. */
	{ .name = "cpuid with 66", CODE("\x66\x0f\xa2") },
	{ .name = "cpuid with REX.W", CODE("\x48\x0f\xa2") },
	{ .name = "cpuid with F3", CODE("\xf3\x0f\xa2") },
	{ .name = "cpuid with 13 prefixes",
	  CODE("\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x0f\xa2") },
	{ .name = "cpuid with 14 prefixes",
	  CODE("\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x0f\xa2") },
	{ .name = "lock cpuid", CODE("\xf0\x0f\xa2") },
};

static void observe_instruction(const struct instruction *i)
{
	struct registers r = { .rax = i->rax, .rcx = i->rcx, .rdx = i->rdx, .flags = 0x202,
			       .rsi = (uint64_t)scratch, .rdi = (uint64_t)scratch };

	memset(scratch, 0, sizeof(scratch));
	memcpy(page, i->code, i->length);
	page[i->length] = 0xc3; /* ret */
	printf("%s: ", i->name);
	if (!survives(page, &r))
		print_trap(&fault, page);
	else if (i->volatile_result)
		printf("executed");
	else
		print_registers(&r);
	printf("\n");
}

static void observe_instructions(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++)
		observe_instruction(&instructions[i]);
}

/* The next instruction is where it would be: on a page that is not there. */
static void observe_page_end(void)
{
	struct registers r = { .flags = 0x202 };

	memcpy(page + PAGE - 2, "\x0f\xa2", 2);
	if (!survives(page + PAGE - 2, &r)) {
		printf("cpuid at the end of a page: ");
		print_trap(&fault, page + PAGE);
		printf("\n");
	}
}

/*
 * Single-stepping by the program itself: where each trap comes, and what it finds.
 */

extern const char step_popf[], step_set[], step_mov_ss[], step_pop_ss[], step_fault[],
	step_ss_fault[];

asm(".pushsection .text\n"
    ".macro SET_TF\n"
    "	pushf\n"
    "	orl	$0x100, (%rsp)\n"
    "	popf\n"
    ".endm\n"
    ".macro CLEAR_TF\n"
    "	pushf\n"
    "	andl	$~0x100, (%rsp)\n"
    "	popf\n"
    "	nop\n"
    "	ret\n"
    ".endm\n"
    /* The first trap comes after the instruction that follows POPF. */
    "step_popf:\n"
    "	SET_TF\n"
    "	cpuid\n"
    "	xor	%eax, %eax\n"
    "	cpuid\n"
    "	cpuid\n"
    "	CLEAR_TF\n"
    /*
     * TF was set before, and a system call is in between. Not by SYSCALL: Bochs 2.7 traps after it
     * although it clears TF, and Linux warns.
     */
    "step_set:\n"
    "	SET_TF\n"
    "	nop\n"
    "	xor	%eax, %eax\n"
    "	cpuid\n"
    "	mov	$20, %eax\n"
    "	int	$0x80\n"
    "	xor	%eax, %eax\n"
    "	cpuid\n"
    "	CLEAR_TF\n"
    /* MOV SS and POP SS put the trap off by one instruction. */
    "step_mov_ss:\n"
    "	mov	%ss, %r12d\n"
    "	SET_TF\n"
    "	mov	%r12d, %ss\n"
    "	cpuid\n"
    "	nop\n"
    "	mov	%r12d, %ss\n"
    "	nop\n"
    "	CLEAR_TF\n"
    "step_pop_ss:\n"
    "	mov	%ss, %r12d\n"
    "	SET_TF\n"
    "	mov	%r12d, (%rsi)\n"
    "	mov	(%rsi), %ss\n"
    "	cpuid\n"
    "	CLEAR_TF\n"
    /* An instruction that exits and faults. */
    "step_fault:\n"
    "	SET_TF\n"
    "	vmcall\n"
    "	CLEAR_TF\n"
    "step_ss_fault:\n"
    "	mov	%ss, %r12d\n"
    "	SET_TF\n"
    "	mov	%r12d, %ss\n"
    "	vmcall\n"
    "	CLEAR_TF\n"
    ".popsection\n");

static void print_steps(const char *name, const void *code, bool survived)
{
	for (unsigned int i = 0; i < nr_steps; i++) {
		printf("%s, step %u: ", name, i);
		print_trap(&steps[i], code);
		printf("\n");
	}
	printf("%s: ", name);
	if (survived)
		printf("%u steps\n", nr_steps);
	else {
		print_trap(&fault, code);
		printf("\n");
	}
}

static void observe_steps(const char *name, const char *code)
{
	struct registers r = { .flags = 0x202, .rsi = (uint64_t)scratch };

	nr_steps = 0;
	handle(SIGTRAP, on_step);
	print_steps(name, code, survives(code, &r));
	handle(SIGTRAP, on_fault);
}

static void observe_single_steps(void)
{
	observe_steps("TF by POPF before CPUID", step_popf);
	observe_steps("TF across CPUID and a system call", step_set);
	observe_steps("TF with MOV SS before CPUID", step_mov_ss);
	observe_steps("TF with MOV SS from memory before CPUID", step_pop_ss);
	observe_steps("TF with VMCALL", step_fault);
	observe_steps("TF with MOV SS before VMCALL", step_ss_fault);
}

/*
 * 32-bit code: a far jump there and one back. A CPUID that ends at 4 GB goes on at 0.
 */

#define USER32_CS	0x23
#define USER_CS		0x33

static uint64_t saved_rsp __attribute__((used));

/* Bytes 64 to 77 of @low: jmp *0(%rip), and where to, in 64-bit mode. */
static unsigned char *build_way_back(unsigned char *low, unsigned int length)
{
	uint32_t back = (uint32_t)(uintptr_t)low + 64;

	low[length] = 0xea; /* ljmp $USER_CS, $back */
	memcpy(low + length + 1, &back, 4);
	memcpy(low + length + 5, (uint16_t[]){ USER_CS }, 2);
	memcpy(low + 64, "\xff\x25\0\0\0\0", 6);
	return low + 70;
}

static void call32(uint32_t ip, void *back, struct registers *r)
{
	struct {
		uint32_t ip;
		uint16_t cs;
	} __attribute__((packed)) target = { ip, USER32_CS };

	asm volatile("lea -128(%%rsp), %%rsp\n"
		     "push %%rbp\n"
		     "mov %%rsp, saved_rsp(%%rip)\n"
		     "movabs $1f, %%r8\n"
		     "mov %%r8, (%[back])\n"
		     "push %[flags]\n"
		     "popf\n"
		     "ljmp *(%[target])\n"
		     "1:\n"
		     "mov saved_rsp(%%rip), %%rsp\n"
		     "push $0x202\n"
		     "popf\n"
		     "pop %%rbp\n"
		     "lea 128(%%rsp), %%rsp\n"
		     : "+a" (r->rax), "+b" (r->rbx), "+c" (r->rcx), "+d" (r->rdx)
		     : [flags] "S" (r->flags), [back] "D" (back), [target] "r" (&target)
		     : "cc", "memory", "r8", "r10", "r11", "r12", "r13", "r14", "r15");
}

static int survives32(uint32_t ip, void *back, struct registers *r)
{
	if (sigsetjmp(recover, 1))
		return 0;
	call32(ip, back, r);
	return 1;
}

/* int $0x80 with an unknown number, then CPUID, in 32-bit mode. */
static void observe_compat(uint64_t flags)
{
	static const char code[] = "\xcd\x80\x31\xc0\x0f\xa2\x66\x0f\xa2\x90";
	struct registers r = { .rax = 9999, .flags = flags };
	bool survived;

	memcpy(page, code, sizeof(code) - 1);
	nr_steps = 0;
	handle(SIGTRAP, on_step);
	survived = survives32((uintptr_t)page, build_way_back(page, sizeof(code) - 1), &r);
	/* Those in 64-bit code depend on the compiler. */
	while (nr_steps && (steps[nr_steps - 1].ip >> 12) != (uintptr_t)page >> 12)
		nr_steps--;
	print_steps("32-bit code", page, survived);
	handle(SIGTRAP, on_fault);
	print_registers(&r);
	printf("\n");
}

#define LAST_PAGE 0xfffff000ul

/*
 * CPUID at 4 GB goes on at 4 GB in 64-bit mode, at 0 in 32-bit mode: nothing is there, nor there.
 * Bochs 2.7 goes wrong in bits 63:32; a VM entry with them set in 32-bit mode would fail.
 */
static void observe_wrap(void)
{
	unsigned char *last = mmap((void *)LAST_PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	struct registers r = { .flags = 0x202 };
	uint64_t back;

	if (last != (void *)LAST_PAGE)
		die("mmap below 4 GB");
	memcpy(last + PAGE - 2, "\x0f\xa2", 2);
	if (!survives(last + PAGE - 2, &r))
		printf("64-bit mode: %s at 0x%lx\n", signal_name(fault.signal), fault.ip);
	if (!survives32(LAST_PAGE + PAGE - 2, &back, &r))
		printf("32-bit mode: %s at 0x%x\n", signal_name(fault.signal), (uint32_t)fault.ip);
}

/*
 * A debugger: every stop of the child, with its RIP, flags and DR6.
 */

extern const char debuggee[], debuggee_store[], debuggee_cpuid[], debuggee_next[], debuggee_ss[],
	debuggee_ss_cpuid[], debuggee_ss_next[], debuggee_branch[], debuggee_end[];

asm(".pushsection .text\n"
    "debuggee:\n"
    "	nop\n"
    "debuggee_store:\n"
    "	movl	$1, scratch\n"
    "debuggee_cpuid:\n"
    "	cpuid\n"
    "debuggee_next:\n"
    "	nop\n"
    "	cpuid\n"
    "	cpuid\n"
    "	mov	%ss, scratch+8\n"
    "debuggee_ss:\n"
    "	mov	scratch+8, %ss\n"
    "debuggee_ss_cpuid:\n"
    "	cpuid\n"
    "debuggee_ss_next:\n"
    "	nop\n"
    "	jmp	debuggee_branch\n"
    "	nop\n"
    "debuggee_branch:\n"
    "	cpuid\n"
    "	dec	%esi\n"
    "	jnz	debuggee_branch\n"
    "	mov	$20, %eax\n"
    "	int	$0x80\n"
    "	cpuid\n"
    "debuggee_end:\n"
    "	int3\n"
    ".popsection\n");

#define DR_OFFSET(n) (offsetof(struct user, u_debugreg) + (n) * sizeof(long))

/* Fields of DR7 for breakpoint @n; type 0: execution, 1: write, 3: access. */
#define DR7(n, type, length) \
	(BIT(2 * (n)) | (uint64_t)((type) | (((length) - 1) << 2)) << (16 + 4 * (n)))

struct session {
	const char *name;
	int request;
	uint64_t flags;
	uint64_t dr[2], dr7;
	const char *int3;
};

static void poke_register(pid_t child, size_t offset, uint64_t value)
{
	if (ptrace(PTRACE_POKEUSER, child, offset, value))
		die("PTRACE_POKEUSER");
}

static pid_t start_child(const struct session *s)
{
	struct user_regs_struct regs;
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	if (ptrace(PTRACE_GETREGS, child, 0, &regs))
		die("PTRACE_GETREGS");
	regs.rip = (uint64_t)debuggee;
	regs.orig_rax = -1;
	regs.rax = regs.rbx = regs.rcx = regs.rdx = 0;
	regs.rsi = 3;
	regs.eflags = 0x202 | s->flags;
	if (ptrace(PTRACE_SETREGS, child, 0, &regs))
		die("PTRACE_SETREGS");
	return child;
}

static uint64_t set_int3(pid_t child, const char *where)
{
	uint64_t word = ptrace(PTRACE_PEEKTEXT, child, where, 0);

	if (ptrace(PTRACE_POKETEXT, child, where, (word & ~0xffull) | 0xcc))
		die("PTRACE_POKETEXT");
	return word;
}

/* As gdb does it: put the instruction back, step over it, go on. */
static void pass_int3(pid_t child, const char *where, uint64_t word, struct user_regs_struct *regs)
{
	regs->rip = (uint64_t)where;
	if (ptrace(PTRACE_POKETEXT, child, where, word) ||
	    ptrace(PTRACE_SETREGS, child, 0, regs))
		die("restore the instruction");
}

/* Returns whether the child is at its end. */
static bool print_stop(pid_t child, const char *name, struct user_regs_struct *regs)
{
	siginfo_t info;
	uint64_t dr6;
	int status;

	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
		printf("%s: the child is gone, status 0x%x\n", name, status);
		return true;
	}
	if (ptrace(PTRACE_GETREGS, child, 0, regs) || ptrace(PTRACE_GETSIGINFO, child, 0, &info))
		die("read the child");
	dr6 = ptrace(PTRACE_PEEKUSER, child, DR_OFFSET(6), 0);
	poke_register(child, DR_OFFSET(6), 0);
	printf("%s: %s code %d at %+ld flags 0x%llx DR6 0x%lx\n", name,
	       signal_name(WSTOPSIG(status)), info.si_code, (long)(regs->rip - (uint64_t)debuggee),
	       regs->eflags, dr6);
	return regs->rip > (uint64_t)debuggee_end || regs->rip < (uint64_t)debuggee ||
	       WSTOPSIG(status) != SIGTRAP;
}

static void observe_session(const struct session *s)
{
	pid_t child = start_child(s);
	struct user_regs_struct regs;
	uint64_t word = s->int3 ? set_int3(child, s->int3) : 0;

	for (int i = 0; i < 2; i++)
		if (s->dr[i])
			poke_register(child, DR_OFFSET(i), s->dr[i]);
	if (s->dr7)
		poke_register(child, DR_OFFSET(7), s->dr7);
	for (int stops = 0; stops < 60; stops++) {
		if (ptrace(s->request, child, 0, 0))
			die("resume the child");
		if (print_stop(child, s->name, &regs))
			break;
		if (s->int3 && regs.rip == (uint64_t)s->int3 + 1)
			pass_int3(child, s->int3, word, &regs);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

#define AT(code)		((uint64_t)(code))
#define CONTINUE(what)		.name = what, .request = PTRACE_CONT
#define STEP(what)		.name = what, .request = PTRACE_SINGLESTEP
#define BREAK(code)		.dr = { AT(code) }, .dr7 = DR7(0, 0, 1)
#define WATCH(word, type)	.dr = { 0, AT(word) }, .dr7 = DR7(1, type, 4)

static void observe_debugger(void)
{
	const struct session sessions[] = {
		{ CONTINUE("continue") },
		{ STEP("step") },
		{ .name = "step branches", .request = PTRACE_SINGLEBLOCK },
		{ CONTINUE("int3 on CPUID"), .int3 = debuggee_cpuid },
		{ CONTINUE("int3 after CPUID"), .int3 = debuggee_next },
		{ STEP("int3 on CPUID, step"), .int3 = debuggee_cpuid },
		{ CONTINUE("breakpoint on an instruction"), BREAK(debuggee_store) },
		{ CONTINUE("breakpoint on CPUID"), BREAK(debuggee_cpuid) },
		{ STEP("breakpoint on CPUID, step"), BREAK(debuggee_cpuid) },
		{ CONTINUE("breakpoint after CPUID"), BREAK(debuggee_next) },
		{ STEP("breakpoint after CPUID, step"), BREAK(debuggee_next) },
		{ CONTINUE("breakpoint on a loop of CPUID"), BREAK(debuggee_branch) },
		{ CONTINUE("breakpoints on CPUID and after"),
		  .dr = { AT(debuggee_cpuid), AT(debuggee_next) },
		  .dr7 = DR7(0, 0, 1) | DR7(1, 0, 1) },
		{ CONTINUE("watch a store before CPUID"), WATCH(scratch, 1) },
		{ STEP("watch a store before CPUID, step"), WATCH(scratch, 1) },
		{ CONTINUE("watch MOV SS before CPUID"), WATCH(scratch + 1, 3) },
		{ STEP("watch MOV SS before CPUID, step"), WATCH(scratch + 1, 3) },
		{ CONTINUE("breakpoint on CPUID after MOV SS"), BREAK(debuggee_ss_cpuid) },
		{ CONTINUE("breakpoint two after MOV SS"), BREAK(debuggee_ss_next) },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(sessions); i++)
		observe_session(&sessions[i]);
}

/* RF lets one instruction pass its breakpoint, and no more than one. */
static void observe_rf(const char *name, const char *breakpoint)
{
	struct session s = { CONTINUE(name), BREAK(breakpoint), .flags = FLAG_RF };
	pid_t child = start_child(&s);
	struct user_regs_struct regs;

	poke_register(child, DR_OFFSET(0), s.dr[0]);
	poke_register(child, DR_OFFSET(7), s.dr7);
	ptrace(PTRACE_GETREGS, child, 0, &regs);
	regs.rip = (uint64_t)debuggee_cpuid;
	ptrace(PTRACE_SETREGS, child, 0, &regs);
	ptrace(PTRACE_CONT, child, 0, 0);
	print_stop(child, name, &regs);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/*
 * perf: events that Linux counts itself, and a breakpoint.
 */

static int open_event(struct perf_event_attr *attr)
{
	int fd;

	attr->size = sizeof(*attr);
	attr->disabled = 1;
	fd = syscall(SYS_perf_event_open, attr, 0, -1, -1, 0);
	if (fd < 0)
		die("perf_event_open");
	return fd;
}

static int open_software_event(uint64_t config)
{
	return open_event(&(struct perf_event_attr){ .type = PERF_TYPE_SOFTWARE,
						     .config = config });
}

static uint64_t count_once(int fd, void (*work)(void))
{
	uint64_t n;

	ioctl(fd, PERF_EVENT_IOC_RESET, 0);
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	work();
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		die("read a counter");
	return n;
}

/* The least of some: now and then Linux has something of its own to do. */
static uint64_t count(int fd, void (*work)(void))
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		uint64_t n = count_once(fd, work);

		if (n < least)
			least = n;
	}
	close(fd);
	return least;
}

static void touch_pages(void)
{
	char *pages = mmap(NULL, 100 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (pages == MAP_FAILED)
		die("mmap");
	madvise(pages, 100 * PAGE, MADV_NOHUGEPAGE);
	for (int i = 0; i < 100; i++)
		((volatile char *)pages)[i * PAGE] = 1;
	munmap(pages, 100 * PAGE);
}

static int to_echo[2], from_echo[2];

static pid_t start_echo(void)
{
	pid_t child;
	char c;

	if (pipe(to_echo) || pipe(from_echo))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		close(to_echo[1]);
		while (read(to_echo[0], &c, 1) == 1 && write(from_echo[1], &c, 1) == 1)
			continue;
		_exit(0);
	}
	return child;
}

static void switch_tasks(void)
{
	char c = 0;

	for (int i = 0; i < 50; i++)
		if (write(to_echo[1], &c, 1) != 1 || read(from_echo[0], &c, 1) != 1)
			die("pipe");
}

static int home;

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static int other_cpu(void)
{
	return home ? 0 : 1;
}

static void migrate(void)
{
	for (int i = 0; i < 10; i++) {
		run_on(other_cpu());
		run_on(home);
	}
}

static void execute_cpuid(void)
{
	struct registers r = { .flags = 0x202 };

	memcpy(page, "\x0f\xa2\xc3", 3);
	for (int i = 0; i < 100; i++)
		call(page, &r);
}

static void observe_perf(void)
{
	struct perf_event_attr breakpoint = { .type = PERF_TYPE_BREAKPOINT,
					      .bp_type = HW_BREAKPOINT_X,
					      .bp_addr = (uint64_t)page, .bp_len = sizeof(long),
					      .exclude_kernel = 1 };
	pid_t echo = start_echo();
	uint64_t n;

	printf("perf: page faults %lu\n",
	       count(open_software_event(PERF_COUNT_SW_PAGE_FAULTS), touch_pages));
	/* How many it takes depends on who preempts whom. */
	n = count(open_software_event(PERF_COUNT_SW_CONTEXT_SWITCHES), switch_tasks);
	printf("perf: context switches %s\n", n >= 50 && n <= 150 ? "50 to 150" : "unexpected");
	kill(echo, SIGKILL);
	waitpid(echo, NULL, 0);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		printf("perf: migrations %lu\n",
		       count(open_software_event(PERF_COUNT_SW_CPU_MIGRATIONS), migrate));
	printf("perf: breakpoint on CPUID %lu\n", count(open_event(&breakpoint), execute_cpuid));
}

/*
 * Floating-point and vector state across 100,000 exits, with some of it at work.
 */

#define XSAVE_COMPONENTS (BIT(0) | BIT(1) | BIT(2) | BIT(5) | BIT(6) | BIT(7))

static unsigned char image[16384] __attribute__((aligned(64)));

static uint64_t enabled_components(void)
{
	uint32_t low, high;

	if (!(cpuid(1, 0).c & CPUID_1_ECX_OSXSAVE))
		return 0;
	asm volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	return low & XSAVE_COMPONENTS;
}

static void fill_component(unsigned int component)
{
	struct leaf l = cpuid(0xd, component);

	for (uint32_t i = 0; i < l.a; i++)
		image[l.b + i] = i * 31 + component;
}

static void fill_image(uint64_t components)
{
	memset(image, 0, sizeof(image));
	asm volatile("fninit; fldpi; fld1; fldl2e; fldln2; fldz; fld1; fldpi; fxsave64 %0; fninit"
		     : "=m" (image));
	for (int i = 0; i < 16 * 16; i++)
		image[160 + i] = i * 7 + 1;
	memcpy(image + 512, &components, sizeof(components));
	for (unsigned int component = 2; component < 8; component++)
		if (components & BIT(component))
			fill_component(component);
}

/* One piece of assembly: nothing else may touch the registers. */
#define WORK(restore, save)						\
	asm volatile("mov %[components], %%eax\n"			\
		     "xor %%edx, %%edx\n"				\
		     restore "\n"					\
		     "mov $100000, %%esi\n"				\
		     "1:\n"						\
		     "xor %%eax, %%eax\n"				\
		     "cpuid\n"						\
		     "paddq %%xmm1, %%xmm0\n"				\
		     "pxor %%xmm0, %%xmm2\n"				\
		     "fadd %%st(1), %%st\n"				\
		     "dec %%esi\n"					\
		     "jnz 1b\n"						\
		     "mov %[components], %%eax\n"			\
		     "xor %%edx, %%edx\n"				\
		     save "\n"						\
		     "fninit\n"						\
		     : : [components] "r" ((uint32_t)components), [image] "r" (image)	\
		     : "rax", "rbx", "rcx", "rdx", "rsi", "cc", "memory", "xmm0", "xmm1", "xmm2")

static uint64_t checksum(const void *data, size_t size)
{
	const unsigned char *byte = data;
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * 0x100000001b3;
	return sum;
}

static void observe_vectors(void)
{
	uint64_t components = enabled_components();

	fill_image(components);
	if (components)
		WORK("xrstor64 (%[image])", "xsave64 (%[image])");
	else
		WORK("fxrstor64 (%[image])", "fxsave64 (%[image])");
	printf("state: components 0x%lx, checksum 0x%lx\n", components,
	       checksum(image, sizeof(image)));
}

/*
 * Time
 */

static uint64_t rdtscp(uint32_t *aux)
{
	uint32_t low, high;

	asm volatile("rdtscp" : "=a" (low), "=d" (high), "=c" (*aux));
	return low | (uint64_t)high << 32;
}

static uint64_t rdpid(void)
{
	uint64_t id;

	asm volatile("rdpid %0" : "=r" (id));
	return id;
}

static bool is_monotonic(unsigned int rounds, void (*work)(void))
{
	uint64_t last = 0, now;
	uint32_t aux;

	while (rounds--) {
		work();
		now = rdtscp(&aux);
		if (now <= last)
			return false;
		last = now;
	}
	return true;
}

static void execute_one_cpuid(void)
{
	cpuid(0, 0);
}

static void observe_time(void)
{
	uint32_t aux;

	rdtscp(&aux);
	printf("RDTSCP: aux 0x%x\n", aux);
	if (cpuid(7, 0).c & CPUID_7_ECX_RDPID)
		printf("RDPID: 0x%lx\n", rdpid());
	printf("TSC across CPUID: %s\n",
	       is_monotonic(10000, execute_one_cpuid) ? "monotonic" : "went back");
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		printf("TSC across migrations: %s\n",
		       is_monotonic(10, migrate) ? "monotonic" : "went back");
}

/*
 * What Linux arranges with the CPU on a program's behalf
 */

static void print_attempt(const char *name, const char *code, unsigned int length)
{
	observe_instruction(&(struct instruction){ .name = name, .code = code, .length = length,
						   .volatile_result = true });
}

static void observe_tsc_disabled(void)
{
	prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
	print_attempt("rdtsc when disabled", "\x0f\x31", 2);
	print_attempt("rdtscp when disabled", "\x0f\x01\xf9", 3);
	prctl(PR_SET_TSC, PR_TSC_ENABLE);
	print_attempt("rdtsc when enabled", "\x0f\x31", 2);
}

static void observe_cpuid_faulting(void)
{
	long result = syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0);

	printf("CPUID faulting: %s\n", result ? strerror(errno) : "on");
	print_attempt("cpuid after asking for faults", "\x0f\xa2", 2);
	if (!result)
		syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1);
}

#define LDT_SELECTOR 7

static void observe_ldt(void)
{
	struct user_desc segment = { .base_addr = (uint32_t)(uintptr_t)page, .limit = 0xfff,
				     .seg_32bit = 1, .useable = 1 };
	uint32_t access = 0, limit = 0, value = 0;

	printf("LDT: modify_ldt %ld", syscall(SYS_modify_ldt, 1, &segment, sizeof(segment)));
	memcpy(page, "\x12\x34\x56\x78", 4);
	asm volatile("lar %3, %0\n"
		     "lsl %3, %1\n"
		     "mov %3, %%gs\n"
		     "xor %%eax, %%eax\n"
		     "cpuid\n"
		     "mov %%gs:0, %2\n"
		     "xor %%eax, %%eax\n"
		     "mov %%eax, %%gs\n"
		     : "+&r" (access), "+&r" (limit), "+&r" (value) : "r" (LDT_SELECTOR)
		     : "rax", "rbx", "rcx", "rdx", "cc", "memory");
	printf(", access 0x%x limit 0x%x value 0x%x\n", access, limit, value);
}

static void observe(void)
{
	home = sched_getcpu();
	run_on(home);
	observe_cpuid();
	observe_registers();
	observe_instructions();
	observe_page_end();
	observe_single_steps();
	observe_compat(0x202);
	observe_compat(0x202 | FLAG_TF);
	observe_debugger();
	observe_rf("RF, breakpoint on CPUID", debuggee_cpuid);
	observe_rf("RF, breakpoint after CPUID", debuggee_next);
	observe_perf();
	observe_vectors();
	observe_time();
	observe_tsc_disabled();
	observe_cpuid_faulting();
	observe_ldt();
	printf("end\n");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	make_page();
	handle_faults();
	if (!strcmp(what, "vmx"))
		print_vmx_bits();
	else if (!strcmp(what, "wrap"))
		observe_wrap();
	else if (argc == 1)
		observe();
	else
		return fputs("usage: same [vmx|wrap]\n", stderr), 2;
	return ferror(stdout) || fclose(stdout) ? 2 : 0;
}
