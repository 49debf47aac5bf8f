// SPDX-License-Identifier: GPL-2.0-only
/*
 * SGDT, SIDT, SLDT and STR as programs execute them, in 64-bit and 32-bit code, one line an
 * observation: where they store, what they fault with. On one CPU, it must print the same with and
 * without the policy descriptor-regs.
 *
 * usage: descriptors         what must be the same
 *        descriptors ldt     programs with LDTs and without take turns
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096ul

#define FLAG_TF		0x100ul
#define FLAG_AC		0x40000ul
#define FLAGS		0x202ul

/* Code under test is at CODE; the pages from DATA on differ in their rights. */
#define CODE		0x10000000ul
#define DATA		0x10010000ul
#define AT_READ_ONLY	(DATA + 2 * PAGE)
#define AT_NONE		(DATA + 4 * PAGE)
#define AT_KEY		(DATA + 6 * PAGE)
#define AT_HOLE		(DATA + 8 * PAGE)
#define LAST_32BIT	0xfffff000ul
#define LAST_USER	0x7fffffffe000ul

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

/* Pages that code under test can write to are filled with this before it runs. */
#define FILL 0x5a5a5a5a5a5a5a5aul

static const struct {
	uint64_t at;
	int rights;
} pages[] = {
	{ CODE, PROT_READ | PROT_WRITE | PROT_EXEC },
	{ DATA, PROT_READ | PROT_WRITE },
	{ DATA + PAGE, PROT_READ | PROT_WRITE },
	{ AT_READ_ONLY, PROT_READ },
	{ AT_READ_ONLY + PAGE, PROT_READ | PROT_WRITE },
	{ AT_NONE, PROT_NONE },
	{ AT_NONE + PAGE, PROT_READ | PROT_WRITE },
	{ AT_KEY, PROT_READ | PROT_WRITE },
	{ AT_KEY + PAGE, PROT_READ | PROT_WRITE },
	{ LAST_32BIT, PROT_READ | PROT_WRITE },
	{ LAST_32BIT + PAGE, PROT_READ | PROT_WRITE },
	{ LAST_USER, PROT_READ | PROT_WRITE },
};

static bool is_writable(unsigned int i)
{
	return pages[i].rights == (PROT_READ | PROT_WRITE) && pages[i].at != AT_KEY;
}

static void make_pages(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		void *at = (void *)pages[i].at;

		if (mmap(at, PAGE, pages[i].rights,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at)
			die("mmap");
	}
}

#define FILLED	64
static uint64_t filled[FILLED];

static void fill_pages(void)
{
	memset(filled, (unsigned char)FILL, sizeof(filled));
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		if (is_writable(i))
			memset((void *)pages[i].at, (unsigned char)FILL, PAGE);
}

/*
 * The index of the first quadword of a page from @i on that is not as it was filled, or PAGE / 8. Most of a
 * page is, and the emulator pays for every instruction: it is compared in blocks.
 */
static unsigned int next_change(const uint64_t *page, unsigned int i)
{
	while (i < PAGE / 8 && page[i] == FILL)
		i += i % FILLED || memcmp(&page[i], filled, sizeof(filled)) ? 1 : FILLED;
	return i;
}

/* Prints each run of bytes that changed, and fills them again. */
static void print_page(uint64_t *page)
{
	for (unsigned int i = 0; (i = next_change(page, i)) < PAGE / 8; i++) {
		const unsigned char *byte = (unsigned char *)&page[i];

		for (unsigned int n = 0; n < 8; n++)
			if (byte[n] != (unsigned char)FILL)
				printf(" %lx:%02x", (uint64_t)(byte + n), byte[n]);
		page[i] = FILL;
	}
}

static void print_pages(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		if (is_writable(i))
			print_page((uint64_t *)pages[i].at);
}

/*
 * Executing: all registers are loaded from @in and come back in @out, numbered as in instructions.
 * The code under test ends with a jump to back_64. 32-bit code has R0 to R7 only.
 */

static uint64_t in[16] __attribute__((used)), out[16] __attribute__((used));
static uint64_t flags_in __attribute__((used)), sp __attribute__((used));
static uint16_t ds_in __attribute__((used)), es_in __attribute__((used)),
	ss_in __attribute__((used));

/* For LJMP: 64-bit or 32-bit code segment. */
static struct {
	uint32_t ip;
	uint16_t cs;
} __attribute__((packed, aligned(8))) target __attribute__((used));

#define USER32_CS	0x23
#define USER_DS		0x2b
#define USER_CS		0x33

void run_target(void);
extern const char back_64[];

asm(".pushsection .text\n"
    ".globl run_target, back_64\n"
    "run_target:\n"
    "	push	%rbx\n"
    "	push	%rbp\n"
    "	push	%r12\n"
    "	push	%r13\n"
    "	push	%r14\n"
    "	push	%r15\n"
    "	mov	%rsp, sp\n"
    "	mov	ds_in, %ds\n"
    "	mov	es_in, %es\n"
    "	push	flags_in\n"
    "	popf\n"
    "	mov	ss_in, %ss\n"
    "	mov	in, %rax\n"
    "	mov	in+0x08, %rcx\n"
    "	mov	in+0x10, %rdx\n"
    "	mov	in+0x18, %rbx\n"
    "	mov	in+0x20, %rsp\n"
    "	mov	in+0x28, %rbp\n"
    "	mov	in+0x30, %rsi\n"
    "	mov	in+0x38, %rdi\n"
    "	mov	in+0x40, %r8\n"
    "	mov	in+0x48, %r9\n"
    "	mov	in+0x50, %r10\n"
    "	mov	in+0x58, %r11\n"
    "	mov	in+0x60, %r12\n"
    "	mov	in+0x68, %r13\n"
    "	mov	in+0x70, %r14\n"
    "	mov	in+0x78, %r15\n"
    "	ljmp	*target\n"
    "back_64:\n"
    "	mov	%rax, out\n"
    "	mov	%rcx, out+0x08\n"
    "	mov	%rdx, out+0x10\n"
    "	mov	%rbx, out+0x18\n"
    "	mov	%rsp, out+0x20\n"
    "	mov	%rbp, out+0x28\n"
    "	mov	%rsi, out+0x30\n"
    "	mov	%rdi, out+0x38\n"
    "	mov	%r8, out+0x40\n"
    "	mov	%r9, out+0x48\n"
    "	mov	%r10, out+0x50\n"
    "	mov	%r11, out+0x58\n"
    "	mov	%r12, out+0x60\n"
    "	mov	%r13, out+0x68\n"
    "	mov	%r14, out+0x70\n"
    "	mov	%r15, out+0x78\n"
    "	mov	$0x2b, %eax\n"
    "	mov	%eax, %ss\n"
    "	mov	sp, %rsp\n"
    "	push	$0x202\n"
    "	popf\n"
    "	pop	%r15\n"
    "	pop	%r14\n"
    "	pop	%r13\n"
    "	pop	%r12\n"
    "	pop	%rbp\n"
    "	pop	%rbx\n"
    "	ret\n"
    ".popsection\n");

/*
 * Signals: a fault ends the code under test; a single-step trap there is noted and lets it go on.
 */

struct trap {
	int signal, code;
	uint64_t address, vector, error, ip, flags;
};

static sigjmp_buf recover;
static volatile struct trap fault, steps[16];
static volatile unsigned int nr_steps;

static struct trap trap_of(int signal, const siginfo_t *info, const greg_t *g)
{
	return (struct trap){ .signal = signal, .code = info->si_code,
			      .address = (uint64_t)info->si_addr, .vector = g[REG_TRAPNO],
			      .error = g[REG_ERR], .ip = g[REG_RIP], .flags = g[REG_EFL] };
}

/* A handler has the flags of what it interrupts, and is not compiled for alignment checks. */
static inline void stop_alignment_checks(void)
{
	asm volatile("lea -128(%%rsp), %%rsp\n"
		     "push %0\n"
		     "popf\n"
		     "lea 128(%%rsp), %%rsp\n"
		     : : "i" (FLAGS) : "cc", "memory");
}

static void take_signal(int signal, const siginfo_t *info, void *context)
{
	struct trap t = trap_of(signal, info, ((ucontext_t *)context)->uc_mcontext.gregs);

	if (signal != SIGTRAP) {
		fault = t;
		siglongjmp(recover, 1);
	}
	if (t.ip / PAGE == CODE / PAGE && nr_steps < ARRAY_SIZE(steps))
		steps[nr_steps++] = t;
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	stop_alignment_checks();
	take_signal(signal, info, context);
}

static void handle_signals(void)
{
	static const int signals[] = { SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP };
	static char stack[65536];
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	if (sigaltstack(&alternative, NULL))
		die("sigaltstack");
	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], &action, NULL))
			die("sigaction");
}

static void print_trap(const volatile struct trap *t)
{
	printf(" %s code %d address 0x%lx vector %lu error 0x%lx at %+ld flags 0x%lx",
	       t->signal == SIGSEGV ? "SIGSEGV" : t->signal == SIGBUS ? "SIGBUS" :
	       t->signal == SIGTRAP ? "SIGTRAP" : "another signal", t->code, t->address, t->vector,
	       t->error, (long)(t->ip - CODE), t->flags);
}

/* Puts the code under test, with its way back, at CODE + @offset. */
static void put_code(unsigned int bits, unsigned int offset, const void *code, unsigned int length)
{
	unsigned char *at = (unsigned char *)CODE + offset;
	uint32_t back = (uint32_t)(uintptr_t)back_64;
	static uint64_t back_pointer;
	uint32_t pointer = (uint32_t)(uintptr_t)&back_pointer;

	back_pointer = back;
	memcpy(at, code, length);
	if (bits == 64) {
		memcpy(at + length, "\xff\x24\x25", 3);		/* jmp *back_pointer */
		memcpy(at + length + 3, &pointer, 4);
	} else {
		at[length] = 0xea;				/* ljmp $USER_CS, $back_64 */
		memcpy(at + length + 1, &back, 4);
		memcpy(at + length + 5, (uint16_t[]){ USER_CS }, 2);
	}
}

/* Returns whether the code came to its end; else @fault tells why not. */
static bool survives(unsigned int bits, unsigned int offset)
{
	target.ip = CODE + offset;
	target.cs = bits == 64 ? USER_CS : USER32_CS;
	nr_steps = 0;
	if (sigsetjmp(recover, 1))
		return false;
	run_target();
	return true;
}

static void reset(void)
{
	for (unsigned int i = 0; i < 16; i++)
		in[i] = 0x1111111111111111ul * i;
	flags_in = FLAGS;
	ds_in = es_in = ss_in = USER_DS;
}

static void print_registers(unsigned int bits)
{
	for (unsigned int i = 0; i < (bits == 64 ? 16 : 8); i++)
		if (bits == 64 ? in[i] != out[i] : (uint32_t)in[i] != (uint32_t)out[i])
			printf(" r%u 0x%lx", i, bits == 64 ? out[i] : (uint32_t)out[i]);
}

/* Runs @code with what reset() and its caller have set up; prints all that came of it. */
static void observe(const char *name, unsigned int bits, const void *code, unsigned int length)
{
	bool survived;

	put_code(bits, 0, code, length);
	survived = survives(bits, 0);
	printf("%u-bit %s:", bits, name);
	for (unsigned int i = 0; i < nr_steps; i++)
		print_trap(&steps[i]);
	if (survived)
		print_registers(bits);
	else
		print_trap(&fault);
	print_pages();
	printf("\n");
}

/*
 * Operands: every form of ModRM and SIB
 */

struct encoder {
	unsigned char code[32];
	unsigned int length;
};

static void emit(struct encoder *e, const void *bytes, unsigned int length)
{
	memcpy(e->code + e->length, bytes, length);
	e->length += length;
}

static void emit_byte(struct encoder *e, unsigned int byte)
{
	e->code[e->length++] = byte;
}

/* Opcodes 0F 00 and 0F 01 with their extension in ModRM. */
static const struct {
	const char *name;
	unsigned char opcode, extension;
} instructions[] = {
	{ "sgdt", 1, 0 }, { "sidt", 1, 1 }, { "sldt", 0, 0 }, { "str", 0, 1 },
};

/* Loads, which are not for programs. */
static const struct {
	const char *name;
	unsigned char opcode, extension;
} loads[] = {
	{ "lgdt", 1, 2 }, { "lidt", 1, 3 }, { "lldt", 0, 2 }, { "ltr", 0, 3 },
};

#define NONE 16

/*
 * disp32(base, index, scale), with @base and @index up to 15 or NONE: with a displacement of 32
 * bits only "no base" takes another form of ModRM.
 */
static void emit_sib(struct encoder *e, unsigned int i, unsigned int base, unsigned int index,
		     unsigned int scale, uint32_t displacement)
{
	unsigned int mod = base == NONE ? 0 : 2;
	unsigned int rex = (base != NONE ? base >> 3 : 0) | (index != NONE ? index >> 3 << 1 : 0);

	if (rex)
		emit_byte(e, 0x40 | rex);
	emit_byte(e, 0x0f);
	emit_byte(e, instructions[i].opcode);
	emit_byte(e, mod << 6 | instructions[i].extension << 3 | 4);
	emit_byte(e, scale << 6 | (index == NONE ? 4 : index & 7) << 3 |
		     (base == NONE ? 5 : base & 7));
	emit(e, &displacement, 4);
}

static uint64_t hash(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * 0x100000001b3;
	return sum;
}

/* What changed in the first page, and the registers. Fills the page again. */
static uint64_t hash_data(uint64_t sum)
{
	uint64_t *page = (uint64_t *)DATA;

	for (unsigned int i = 0; (i = next_change(page, i)) < PAGE / 8; i++) {
		sum = hash(hash(sum, &i, sizeof(i)), &page[i], 8);
		page[i] = FILL;
	}
	return hash(sum, out, sizeof(out));
}

/* One operand. The displacement brings it to where @at says. */
static uint64_t run_sib(uint64_t sum, unsigned int bits, bool prefix, unsigned int i,
			unsigned int base, unsigned int index, unsigned int scale)
{
	struct encoder e = { .length = 0 };
	uint64_t at = DATA + 0x100 + 16 * (base + index) + scale, address = 0;

	reset();
	for (unsigned int n = 0; n < 16; n++)
		in[n] = 0x01010101 * n + (prefix ? 0x7654321000000000 : 0);
	address += base == NONE ? 0 : in[base];
	address += index == NONE ? 0 : in[index] << scale;
	if (prefix)
		emit_byte(&e, 0x67);
	emit_sib(&e, i, base, index, scale, at - address);
	put_code(bits, 0, e.code, e.length);
	if (!survives(bits, 0))
		return hash(sum, (void *)&fault, sizeof(fault));
	return hash_data(sum);
}

/* A line for each base register: checksum of all that was stored, and where. */
static void observe_sib(unsigned int bits, bool prefix, unsigned int i)
{
	unsigned int registers = bits == 64 ? 16 : 8;

	for (unsigned int base = 0; base <= NONE; base++) {
		uint64_t sum = 0xcbf29ce484222325;

		if (base >= registers && base != NONE)
			continue;
		for (unsigned int index = 0; index <= NONE; index++)
			for (unsigned int scale = 0; scale < 4; scale++)
				if (index != 4 && (index < registers || index == NONE))
					sum = run_sib(sum, bits, prefix, i, base, index, scale);
		printf("%u-bit %s%s, base %u: 0x%lx\n", bits, prefix ? "addr32 " : "",
		       instructions[i].name, base, sum);
	}
}

/* 16-bit addresses: ModRM alone, with segment GS, whose base brings them to DATA. */
static void observe_16bit_addresses(unsigned int i)
{
	for (unsigned int modrm = 0; modrm < 0xc0; modrm++) {
		struct encoder e = { .length = 0 };
		char name[64];

		if (modrm >> 3 & 7)
			continue;
		reset();
		for (unsigned int n = 0; n < 8; n++)
			in[n] = 0xbad00000 + 0x123 * (n + 1);
		ds_in = ss_in = 7;	/* the first segment of observe_segments(): DATA, 8 KB */
		emit(&e, (unsigned char[]){ 0x67, 0x0f, instructions[i].opcode }, 3);
		emit_byte(&e, modrm | instructions[i].extension << 3);
		emit(&e, "\x10\x01", modrm >> 6 == 2 || modrm == 6 ? 2 : modrm >> 6);
		snprintf(name, sizeof(name), "addr16 %s, ModRM 0x%x", instructions[i].name, modrm);
		observe(name, 32, e.code, e.length);
	}
}

static void observe_operands(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		observe_sib(64, false, i);
		observe_sib(64, true, i);
		observe_sib(32, false, i);
	}
	observe_16bit_addresses(0);
	observe_16bit_addresses(3);
}

/*
 * Registers: what the prefixes make of their upper bits
 */

static void observe_register(unsigned int bits, const char *name, const char *prefixes,
			     unsigned int length, unsigned int i, unsigned int number)
{
	struct encoder e = { .length = 0 };
	char title[64];

	reset();
	in[number] = 0xfedcba9876543210;
	emit(&e, prefixes, length);
	emit(&e, (unsigned char[]){ 0x0f, instructions[i].opcode,
				    0xc0 | instructions[i].extension << 3 | (number & 7) }, 3);
	snprintf(title, sizeof(title), "%s%s to r%u", name, instructions[i].name, number);
	observe(title, bits, e.code, e.length);
}

static void observe_registers(void)
{
	static const struct {
		unsigned int bits, high;
		const char *name, *bytes;
		unsigned int length;
	} prefixes[] = {
#define PREFIX(bits, high, name, bytes) { bits, high, name, bytes, sizeof(bytes) - 1 }
		PREFIX(64, 0, "", ""), PREFIX(64, 0, "66 ", "\x66"), PREFIX(64, 0, "W ", "\x48"),
		PREFIX(64, 0, "66 W ", "\x66\x48"), PREFIX(64, 0, "W 66 ", "\x48\x66"),
		PREFIX(64, 0, "W 2e ", "\x48\x2e"), PREFIX(64, 0, "66 RX ", "\x66\x46"),
		PREFIX(64, 8, "B ", "\x41"), PREFIX(64, 8, "66 B ", "\x66\x41"),
		PREFIX(64, 8, "WB ", "\x49"), PREFIX(64, 0, "f3 66 67 ", "\xf3\x66\x67"),
		PREFIX(32, 0, "", ""), PREFIX(32, 0, "66 ", "\x66"),
		PREFIX(32, 0, "3e 66 ", "\x3e\x66"),
	};

	for (unsigned int i = 2; i < ARRAY_SIZE(instructions); i++)
		for (unsigned int p = 0; p < ARRAY_SIZE(prefixes); p++)
			for (unsigned int number = 0; number < 8; number++)
				observe_register(prefixes[p].bits, prefixes[p].name,
						 prefixes[p].bytes, prefixes[p].length, i,
						 number + prefixes[p].high);
}

/*
 * Memory that cannot be written to, or lies on a border
 */

/* With RSI as the address; @prefix may be a segment's. */
static void observe_at(unsigned int bits, const char *name, unsigned int prefix, unsigned int i,
		       uint64_t at)
{
	struct encoder e = { .length = 0 };
	char title[96];

	in[6] = at;
	if (prefix)
		emit_byte(&e, prefix);
	emit(&e, (unsigned char[]){ 0x0f, instructions[i].opcode,
				    instructions[i].extension << 3 | 6 }, 3);
	snprintf(title, sizeof(title), "%s %s 0x%lx", instructions[i].name, name, at);
	observe(title, bits, e.code, e.length);
}

/* All positions around a border, from wholly before it to wholly after it. */
static void observe_border(unsigned int bits, const char *name, uint64_t border)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		for (unsigned int before = 0; before <= 10; before++) {
			reset();
			observe_at(bits, name, 0, i, border - before);
		}
	}
}

static void protect_with_key(void)
{
	int key = pkey_alloc(0, PKEY_DISABLE_WRITE);

	if (key < 0) {
		printf("protection keys: %s\n", strerror(errno));
		return;
	}
	if (pkey_mprotect((void *)AT_KEY, PAGE, PROT_READ | PROT_WRITE, key))
		die("pkey_mprotect");
	printf("protection keys: key %d\n", key);
	observe_border(64, "page whose key forbids writing", AT_KEY);
	observe_border(32, "page whose key forbids writing", AT_KEY);
	if (pkey_set(key, PKEY_DISABLE_ACCESS))
		die("pkey_set");
	observe_border(64, "page whose key forbids access", AT_KEY);
}

static void observe_pages(void)
{
	observe_border(64, "two pages", DATA + PAGE);
	observe_border(32, "two pages", DATA + PAGE);
	observe_border(64, "read-only page", AT_READ_ONLY);
	observe_border(32, "read-only page", AT_READ_ONLY);
	observe_border(64, "after a read-only page", AT_READ_ONLY + PAGE);
	observe_border(64, "PROT_NONE", AT_NONE);
	observe_border(32, "PROT_NONE", AT_NONE);
	observe_border(64, "no page", AT_HOLE);
	observe_border(64, "end of user space", LAST_USER + PAGE);
	observe_border(64, "4 GB", LAST_32BIT + PAGE);
	protect_with_key();
}

/* Linux makes pages when they are first written to: a fault, then the instruction again. */
static void observe_new_pages(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		unsigned char code[] = { 0x0f, instructions[i].opcode,
					 instructions[i].extension << 3 | 6 };
		const unsigned char *at = (unsigned char *)DATA + PAGE - 1;

		if (madvise((void *)DATA, 2 * PAGE, MADV_DONTNEED))
			die("madvise");
		reset();
		in[6] = (uint64_t)at;
		put_code(64, 0, code, sizeof(code));
		printf("%s to new pages: %s ", instructions[i].name,
		       survives(64, 0) ? "done" : "fault");
		for (unsigned int n = 0; n < 10; n++)
			printf("%02x", at[n]);
		printf("\n");
	}
	fill_pages();
}

/* Canonical or not, user or kernel; by DS, SS (RSP as the base), FS and GS. */
static void observe_addresses(void)
{
	static const uint64_t addresses[] = {
		0, 0x7fffffffffff, 0x800000000000, 0x8000000000000000, 0xffff7fffffffffff,
		0xffff800000000000, 0xffffffff81000000, 0xffffffffffffffff, 0xffffffffffffff,
		0xfffffe0000000000, 0xffffffffff600000,
	};

	for (unsigned int n = 0; n < ARRAY_SIZE(addresses); n++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
			reset();
			observe_at(64, "address", 0, i, addresses[n]);
			reset();
			in[4] = addresses[n];
			observe("by RSP", 64, (unsigned char[]){ 0x0f, instructions[i].opcode,
				instructions[i].extension << 3 | 4, 0x24 }, 4);
		}
	}
	if (syscall(SYS_arch_prctl, ARCH_SET_GS, DATA + 0x100))
		die("ARCH_SET_GS");
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		reset();
		observe_at(64, "by GS", 0x65, i, 0x20);
		reset();
		observe_at(64, "by GS", 0x65, i, 0x800000000000 - DATA);
		reset();
		observe_at(64, "by GS", 0x65, i, -0x80ul);
	}
	syscall(SYS_arch_prctl, ARCH_SET_GS, 0);
}

/* Relative to RIP, with what follows at the end of a page. */
static void observe_rip_relative(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		struct encoder e = { .length = 0 };
		uint32_t displacement = DATA + 0x345 - (CODE + 7);

		reset();
		emit(&e, (unsigned char[]){ 0x0f, instructions[i].opcode,
					    instructions[i].extension << 3 | 5 }, 3);
		emit(&e, &displacement, 4);
		observe("relative to RIP", 64, e.code, e.length);
		reset();
		e.length = 0;
		displacement = DATA + 0x345 - (CODE + 8);
		emit_byte(&e, 0x67);
		emit(&e, (unsigned char[]){ 0x0f, instructions[i].opcode,
					    instructions[i].extension << 3 | 5 }, 3);
		emit(&e, &displacement, 4);
		observe("addr32 relative to EIP", 64, e.code, e.length);
	}
}

/* Alignment checks; those places at which all CPUs agree. */
static void observe_alignment(void)
{
	static const unsigned int offsets[] = { 0, 1, 3, 5, 6, 7 };

	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		for (unsigned int n = 0; n < ARRAY_SIZE(offsets); n++) {
			reset();
			flags_in = FLAGS | FLAG_AC;
			observe_at(64, "with AC", 0, i, DATA + offsets[n]);
			reset();
			flags_in = FLAGS | FLAG_AC;
			observe_at(32, "with AC", 0, i, DATA + offsets[n]);
		}
	}
}

/*
 * Segments in 32-bit code, from an LDT: limits, types, directions
 */

static const struct user_desc segments[] = {
	/* DS or ES by number; RSI is the offset. */
	{ .base_addr = DATA, .limit = 2 * PAGE - 1, .seg_32bit = 1, .useable = 1 },
	{ .base_addr = DATA, .limit = 0x1f, .seg_32bit = 1, .useable = 1 },
	{ .base_addr = DATA, .limit = 0x1f, .seg_32bit = 1, .useable = 1, .contents = 1 },
	{ .base_addr = DATA, .limit = 0x1f, .seg_32bit = 0, .useable = 1, .contents = 1 },
	{ .base_addr = DATA, .limit = 0x1fff, .seg_32bit = 1, .useable = 1, .read_exec_only = 1 },
	{ .base_addr = DATA, .limit = 0x1fff, .seg_32bit = 1, .useable = 1, .contents = 2 },
	{ .base_addr = DATA, .limit = 1, .seg_32bit = 1, .useable = 1, .limit_in_pages = 1 },
	{ .base_addr = DATA + 0x100, .limit = 0xfffff, .seg_32bit = 1, .useable = 1,
	  .limit_in_pages = 1 },
};

#define LDT_SELECTOR(n) ((n) << 3 | 7)

/* Some kernels have no 16-bit segments. */
static void set_ldt(void)
{
	for (unsigned int n = 0; n < ARRAY_SIZE(segments); n++) {
		struct user_desc segment = segments[n];

		segment.entry_number = n;
		if (syscall(SYS_modify_ldt, 0x11, &segment, sizeof(segment)) && segment.seg_32bit)
			die("modify_ldt");
	}
}

/* Limit of a segment, or -1 if there is none. */
static long limit_of(unsigned int entry)
{
	uint64_t limit;
	bool valid;

	asm volatile("lsl %2, %0" : "=r" (limit), "=@ccz" (valid)
		     : "r" ((uint64_t)LDT_SELECTOR(entry)) : "cc");
	return valid ? (long)limit : -1;
}

static const uint64_t offsets[] = {
	0, 0x10, 0x19, 0x1a, 0x1b, 0x1c, 0x1e, 0x1f, 0x20, 0x100, 0xff0, 0x1ffa, 0x1ffb, 0x1fff,
	0x2000, 0xffff, 0xffffff00,
};

/* By DS, by ES, and by SS, which raises another exception; SS takes writable segments only. */
static void observe_segment(unsigned int n, unsigned int i, uint64_t offset)
{
	char name[64];

	if (limit_of(n) == -1)
		return;
	snprintf(name, sizeof(name), "DS %u", n);
	reset();
	ds_in = LDT_SELECTOR(n);
	observe_at(32, name, 0, i, offset);
	snprintf(name, sizeof(name), "ES %u", n);
	reset();
	es_in = LDT_SELECTOR(n);
	observe_at(32, name, 0x26, i, offset);
	if (segments[n].contents == 2 || segments[n].read_exec_only || !segments[n].seg_32bit)
		return;
	snprintf(name, sizeof(name), "SS %u", n);
	reset();
	ss_in = LDT_SELECTOR(n);
	observe_at(32, name, 0x36, i, offset);
}

static void observe_segments(void)
{
	for (unsigned int n = 0; n < ARRAY_SIZE(segments); n++)
		for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++)
			for (unsigned int k = 0; k < ARRAY_SIZE(offsets); k++)
				observe_segment(n, i, offsets[k]);
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		reset();
		ds_in = 0;
		observe_at(32, "no segment", 0, i, DATA);
		reset();
		observe_at(32, "code segment", 0x2e, i, DATA);
	}
}

/*
 * Around the instruction: traps, privileges, prefixes
 */

static void observe_steps(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		unsigned char code[] = { 0x90, 0x0f, instructions[i].opcode,
					 instructions[i].extension << 3 | 6, 0x90, 0x90 };

		reset();
		in[6] = DATA;
		flags_in = FLAGS | FLAG_TF;
		observe("single steps", 64, code, sizeof(code));
		reset();
		in[6] = DATA;
		flags_in = FLAGS | FLAG_TF;
		observe("single steps", 32, code, sizeof(code));
		reset();
		in[6] = AT_READ_ONLY;
		flags_in = FLAGS | FLAG_TF;
		observe("single steps to a fault", 64, code, sizeof(code));
	}
}

static void observe_loads(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(loads); i++) {
		unsigned char code[] = { 0x0f, loads[i].opcode, loads[i].extension << 3 | 6 };

		reset();
		in[6] = DATA;
		observe(loads[i].name, 64, code, sizeof(code));
		reset();
		in[6] = 0x8000000000000000;
		observe(loads[i].name, 64, code, sizeof(code));
		reset();
		in[6] = DATA;
		observe(loads[i].name, 32, code, sizeof(code));
	}
	reset();
	observe("lldt r0", 64, "\x0f\x00\xd0", 3);
	reset();
	observe("ltr r0", 64, "\x0f\x00\xd8", 3);
}

static void observe_prefixes(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
		struct encoder e = { .length = 0 };

		reset();
		in[6] = DATA + 3;
		emit(&e, (unsigned char[]){ 0x66, 0x0f, instructions[i].opcode,
					    instructions[i].extension << 3 | 6 }, 4);
		observe("with 66", 64, e.code, e.length);
		reset();
		in[6] = DATA + 3;
		observe("with 66", 32, e.code, e.length);
		e.code[0] = 0xf0;
		reset();
		in[6] = DATA + 3;
		observe("with LOCK", 64, e.code, e.length);
		e.code[0] = 0x48;
		reset();
		in[6] = DATA + 3;
		observe("with REX.W", 64, e.code, e.length);
	}
}

static void observe_all(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("sched_setaffinity");
	observe_registers();
	set_ldt();
	observe_operands();
	observe_registers();
	observe_pages();
	observe_new_pages();
	observe_addresses();
	observe_rip_relative();
	observe_alignment();
	observe_segments();
	observe_steps();
	observe_loads();
	observe_prefixes();
	printf("end\n");
}

/*
 * LDTs: each program finds its own, or none, however often others ran in between.
 */

static unsigned int rounds;

static void set_segment(unsigned int entry, uint32_t limit)
{
	struct user_desc segment = { .entry_number = entry, .base_addr = DATA, .limit = limit,
				     .seg_32bit = 1, .useable = 1 };

	if (syscall(SYS_modify_ldt, 0x11, &segment, sizeof(segment)))
		die("modify_ldt");
}

/* Entries in the LDTs of programs that run in turn, on one CPU; who has the token has the turn. */
static const unsigned int entries_of[] = { 1, 0, 3, 0, 512 };

#define PROGRAMS ARRAY_SIZE(entries_of)

static int tokens[PROGRAMS][2];

/* Program @n: checks its last entry, and that there is none after it, whenever it has the turn. */
static _Noreturn void be_program(unsigned int n)
{
	unsigned int entries = entries_of[n], wrong = 0;
	char token;

	alarm(60);
	for (unsigned int entry = 0; entry < entries; entry++)
		set_segment(entry, 0x10 * entries + entry);
	for (unsigned int i = 0; i < rounds; i++) {
		if (read(tokens[n][0], &token, 1) != 1)
			die("read");
		if (entries)
			wrong += limit_of(entries - 1) != 0x10 * entries + entries - 1;
		wrong += limit_of(entries) != -1;
		if (write(tokens[(n + 1) % PROGRAMS][1], &token, 1) != 1)
			die("write");
	}
	_exit(!!wrong);
}

static void observe_programs(void)
{
	unsigned int wrong = 0;
	cpu_set_t before, one;
	int status;

	if (sched_getaffinity(0, sizeof(before), &before))
		die("sched_getaffinity");
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (unsigned int n = 0; n < PROGRAMS; n++)
		if (pipe(tokens[n]))
			die("pipe");
	for (unsigned int n = 0; n < PROGRAMS; n++)
		if (!fork())
			be_program(n);
	if (write(tokens[0][1], "", 1) != 1)
		die("write");
	while (wait(&status) > 0)
		wrong += !!status;
	sched_setaffinity(0, sizeof(before), &before);
	printf("programs with LDTs and without: %u saw the wrong one\n", wrong);
}

static volatile bool stop_threads;
static volatile unsigned int torn;

/* Sees an entry change as other threads change it: the whole of it, on whatever CPU. */
static void *watch_segment(void *unused)
{
	while (!stop_threads) {
		long limit = limit_of(0);

		if (limit != -1 && (limit < 0x100 || limit >= 0x100 + rounds))
			torn++;
		sched_yield();
	}
	return unused;
}

static void observe_threads(void)
{
	unsigned int missed = 0;
	pthread_t threads[4];

	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		if (pthread_create(&threads[i], NULL, watch_segment, NULL))
			die("pthread_create");
	for (unsigned int i = 0; i < rounds; i++) {
		set_segment(0, 0x100 + i);
		missed += limit_of(0) != 0x100 + i;
	}
	stop_threads = true;
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	printf("threads that share an LDT: %u changes missed, %u torn\n", missed, torn);
}

int main(int argc, char **argv)
{
	bool ldt = argc == 3 && !strcmp(argv[1], "ldt");

	if (argc != 1 && !ldt)
		return fputs("usage: descriptors [ldt ROUNDS]\n", stderr), 2;
	if (ldt) {
		rounds = atoi(argv[2]);
		observe_programs();
		observe_threads();
	} else {
		make_pages();
		fill_pages();
		handle_signals();
		observe_all();
	}
	return ferror(stdout) || fclose(stdout) ? 2 : 0;
}
