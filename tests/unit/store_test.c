// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder of stores against the CPU itself. Each instruction is executed here, in user space:
 * its store meets a read-only page, as in the guest it meets a protected one; the decoder says what
 * it was about to do; then the page is made writable and the CPU does it.
 */
#define _GNU_SOURCE
#define pause pause_of_libc	/* the host has one of its own */
#include <signal.h>
#include <unistd.h>
#include <asm/prctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#undef pause

#include "vmx_model.h"

#define CODE		0x10000000ull	/* one page; there is none behind it */
#define CODE_SIZE	0x1000
#define TARGET		0x10100000ull	/* four pages, the last two protected */
#define TARGET_SIZE	0x4000
#define PROTECTED	(TARGET + 0x2000)
#define SOURCE		0x10200000ull	/* two pages to read from */
#define SOURCE_SIZE	0x2000

#define INT3		0xcc

/* Guest memory is this program's. */

static bool is_readable(u64 linear, u32 size)
{
	return (linear >= CODE && linear + size <= CODE + CODE_SIZE) ||
	       (linear >= TARGET && linear + size <= TARGET + TARGET_SIZE) ||
	       (linear >= SOURCE && linear + size <= SOURCE + SOURCE_SIZE);
}

bool guest_read(u64 linear, void *to, u32 size)
{
	if (!is_readable(linear, size))
		return false;
	memcpy(to, (const void *)linear, size);
	return true;
}

bool code_read(u64 address, void *to, u32 size)
{
	return guest_read(address, to, size);
}

/* Executing one instruction with chosen registers */

/* Where the kernel keeps each register of struct sb_regs in a signal's frame. */
static const u8 greg[] = {
	REG_R15, REG_R14, REG_R13, REG_R12, REG_R11, REG_R10, REG_R9, REG_R8,
	REG_RDI, REG_RSI, REG_RBP, REG_RBX, REG_RDX, REG_RCX, REG_RAX,
};

struct cpu_state {
	struct sb_regs regs;
	u64 rip, rsp, flags;
};

/* How it ended: at a fault, or after the instruction. */
static struct {
	struct cpu_state state;
	int signal;
	u64 address;
	bool is_write;
} outcome;

static struct cpu_state start;
static gregset_t interrupted;

static void get_state(const gregset_t from, struct cpu_state *to)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(greg); i++)
		((u64 *)&to->regs)[i] = from[greg[i]];
	to->rip = from[REG_RIP];
	to->rsp = from[REG_RSP];
	to->flags = from[REG_EFL] & ~(RFLAGS_TF | RFLAGS_RF);
}

static void set_state(gregset_t to, const struct cpu_state *from)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(greg); i++)
		to[greg[i]] = ((const u64 *)&from->regs)[i];
	to[REG_RIP] = from->rip;
	to[REG_RSP] = from->rsp;
	to[REG_EFL] = from->flags;
}

static void on_start(int signal, siginfo_t *info, void *context)
{
	gregset_t *regs = &((ucontext_t *)context)->uc_mcontext.gregs;

	memcpy(interrupted, *regs, sizeof(interrupted));
	set_state(*regs, &start);
}

/* In single steps a string instruction traps after each repetition: RIP says when it is done. */
static void on_end(int signal, siginfo_t *info, void *context)
{
	gregset_t *regs = &((ucontext_t *)context)->uc_mcontext.gregs;

	if (signal == SIGTRAP && (u64)(*regs)[REG_RIP] == start.rip)
		return;
	get_state(*regs, &outcome.state);
	outcome.signal = signal;
	outcome.address = (u64)info->si_addr;
	outcome.is_write = signal == SIGSEGV && (*regs)[REG_ERR] & 2;
	memcpy(*regs, interrupted, sizeof(interrupted));
}

static const int caught[] = { SIGUSR1, SIGTRAP, SIGSEGV, SIGBUS, SIGILL };

/*
 * Goes on from there until a fault or an INT3, or for one instruction. Before and after, faults are
 * cmocka's, as in any test.
 */
static void execute(const struct cpu_state *from, bool one)
{
	struct sigaction action = { .sa_sigaction = on_end, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction others[ARRAY_SIZE(caught)];
	u32 i;

	start = *from;
	start.flags |= one ? RFLAGS_TF : 0;
	for (i = 0; i < ARRAY_SIZE(caught); i++) {
		action.sa_sigaction = caught[i] == SIGUSR1 ? on_start : on_end;
		sigaction(caught[i], &action, &others[i]);
	}
	raise(SIGUSR1);
	for (i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], &others[i], NULL);
}

static void map(u64 at, u64 size, int rights)
{
	void *pages = mmap((void *)at, size, rights,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	require(pages == (void *)at, "0x%llx is taken", at);
}

static void fill(u64 at, u64 size)
{
	u64 *word = (u64 *)at;

	for (; size; size -= 8)
		*word++ = random_u64();
}

static u64 fs_base;
static u64 gs_base;

static int prepare(void **state)
{
	static u8 stack[1 << 16];
	const stack_t handlers = { .ss_sp = stack, .ss_size = sizeof(stack) };

	vmx_launch(vmx_reset());
	map(CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	map(TARGET, TARGET_SIZE, PROT_READ | PROT_WRITE);
	map(SOURCE, SOURCE_SIZE, PROT_READ | PROT_WRITE);
	fill(TARGET, TARGET_SIZE);
	fill(SOURCE, SOURCE_SIZE);
	sigaltstack(&handlers, NULL);
	gs_base = 0x12345;
	syscall(SYS_arch_prctl, ARCH_SET_GS, gs_base);
	syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_base);
	vmx.field[VMCS_GUEST_FS_BASE] = fs_base;
	vmx.field[VMCS_GUEST_GS_BASE] = gs_base;
	vmx.field[VMCS_GUEST_CS_ACCESS] = ACCESS_LONG_MODE;
	return 0;
}

static void protect(bool on)
{
	mprotect((void *)PROTECTED, TARGET + TARGET_SIZE - PROTECTED,
		 on ? PROT_READ : PROT_READ | PROT_WRITE);
}

/* What the decoder must say of an instruction */

enum kind { MOV, MOVS, STOS };

#define NONE	-1
#define RIP	-2

/**
 * struct instruction - one to be tested
 * @code: its bytes
 * @length: how many
 * @size: bytes of one element
 * @kind: what it is
 * @is_rep: with REP
 * @refused: the decoder wants nothing of it
 * @base, @index: numbers of registers, or %NONE, or %RIP
 * @scale: of the index
 * @disp: displacement
 * @segment: base of the segment
 */
struct instruction {
	u8 code[192];
	u32 length;
	u32 size;
	enum kind kind;
	bool is_rep, refused;
	int base, index;
	u32 scale;
	u64 disp;
	u64 segment;
};

static u64 *reg(struct cpu_state *state, int number)
{
	if (number == 4)
		return &state->rsp;
	return (u64 *)&state->regs + (number < 4 ? 14 : 15) - number;
}

/*
 * Gives the registers of the address values with which it becomes @wanted, or one near it that is
 * possible. Returns the address.
 */
static u64 solve(struct cpu_state *state, const struct instruction *in, u64 wanted)
{
	u64 fixed = in->segment + in->disp, *base, *index;

	if (in->base == RIP)
		return state->rip + in->length + fixed;
	if (in->base == NONE && in->index == NONE)
		return fixed;
	if (in->base == NONE || in->base == in->index) {
		u32 factor = in->scale + (in->base != NONE);

		index = reg(state, in->index);
		*index = (long long)(wanted - fixed) / factor;
		return *index * factor + fixed;
	}
	base = reg(state, in->base);
	*base = wanted - fixed;
	if (in->index != NONE) {
		index = reg(state, in->index);
		*index = random_below(256);
		*base -= *index * in->scale;
	}
	return wanted;
}

/* Within the protected pages, often at one of their borders. */
static u64 random_target(void)
{
	if (random_chance(40))
		return PROTECTED - 20 + random_below(40);
	if (random_chance(20))
		return PROTECTED + 4096 - 20 + random_below(40);
	return PROTECTED + random_below(TARGET + TARGET_SIZE - PROTECTED - 32);
}

static void random_state(struct cpu_state *state)
{
	u32 number;

	for (number = 0; number < 16; number++)
		*reg(state, number) = random_u64();
	state->flags = 0x202 | (random_u64() & 0x8d5);
}

/* Mostly few enough for the decoder, sometimes so many that they cross the writable pages. */
static u64 random_count(void)
{
	if (random_chance(50))
		return 1 + random_below(4);
	return 1 + random_below(random_chance(90) ? 20 : 3000);
}

/* Returns where it is to store. */
static u64 random_operands(struct cpu_state *state, const struct instruction *in)
{
	u64 linear;

	random_state(state);
	if (in->kind != MOV) {
		state->regs.rcx = random_count();
		state->regs.rsi = SOURCE + random_below(SOURCE_SIZE - 2048) - in->segment;
		state->flags |= random_chance(5) ? RFLAGS_DF : 0;
	}
	linear = solve(state, in, random_target());
	if (in->kind == MOVS && random_chance(10))
		state->regs.rsi = linear - 12 + random_below(40) - in->segment;
	return linear;
}

/* At the start of the page or the end, where less than 15 bytes can be read. */
static u64 place(const struct instruction *in)
{
	u64 at = random_chance(30) ? CODE + CODE_SIZE - in->length : CODE + random_below(3000);

	memset((void *)CODE, INT3, CODE_SIZE);
	memcpy((void *)at, in->code, in->length);
	return at;
}

/* @linear is where the instruction began to store before it met the page. */
static bool must_be_decoded(const struct instruction *in, const struct cpu_state *at, u64 linear,
			    u64 violation)
{
	u64 count = in->is_rep ? at->regs.rcx : 1, size = count * in->size;

	if (in->refused)
		return false;
	if (in->kind == MOV)
		return violation == linear;
	if (in->kind == MOVS && at->regs.rdi - (at->regs.rsi + in->segment) < size)
		return false;
	return violation == at->regs.rdi && size <= STORE_MAX && !(at->flags & RFLAGS_DF);
}

/* The test */

/*
 * The processor is the judge of the decoder, so that it must do what the SDM says: at a page that it
 * may not write to, fault there, with RIP at the instruction; else store, and trap after it.
 */
static bool is_judge(const char *code, u32 length)
{
	struct cpu_state state = { .rip = CODE, .rsp = TARGET, .flags = 0x202 };

	memset((void *)CODE, INT3, CODE_SIZE);
	memcpy((void *)CODE, code, length);
	state.regs.rdi = PROTECTED;
	state.regs.rsi = SOURCE;
	state.regs.rcx = 2;
	state.regs.rax = *(u64 *)PROTECTED + 1;
	protect(true);
	execute(&state, false);
	if (outcome.signal != SIGSEGV || !outcome.is_write || outcome.address != PROTECTED ||
	    outcome.state.rip != CODE)
		return false;
	protect(false);
	execute(&state, true);
	return outcome.signal == SIGTRAP && outcome.state.rip == CODE + length;
}

/* Some emulated processors, of machines within machines, err here. */
static void want_judge(void)
{
	if (!is_judge("\x48\x89\x07", 3) || !is_judge("\xf3\xaa", 2) || !is_judge("\xf3\xa4", 2))
		unit_skip("this processor does not report faults of MOV, STOS or MOVS as the SDM says");
}

static u8 expected[TARGET_SIZE];

static void enter_guest(const struct cpu_state *state)
{
	vmx.field[VMCS_GUEST_RIP] = state->rip;
	vmx.field[VMCS_GUEST_RSP] = state->rsp;
	vmx.field[VMCS_GUEST_RFLAGS] = state->flags;
}

static bool met_the_page(void)
{
	return outcome.signal == SIGSEGV && outcome.is_write && outcome.address >= PROTECTED &&
	       outcome.address < TARGET + TARGET_SIZE;
}

static const char *hex(const struct instruction *in)
{
	static char text[600];
	u32 i;

	for (i = 0; i < in->length; i++)
		sprintf(text + 3 * i, "%02x ", in->code[i]);
	return text;
}

static void compare_state(const struct instruction *in, const struct cpu_state *said)
{
	const struct cpu_state *done = &outcome.state;

	require(!memcmp(&done->regs, &said->regs, sizeof(done->regs)), "%s: registers differ",
		hex(in));
	require(done->rip == said->rip, "%s: RIP is 0x%llx, not 0x%llx", hex(in), said->rip,
		done->rip);
	require(done->rsp == said->rsp && done->flags == said->flags, "%s: RSP or flags differ",
		hex(in));
}

/* The CPU executes what the decoder has described. */
static void compare(const struct instruction *in, const struct cpu_state *at,
		    const struct store *store)
{
	struct cpu_state said = *at;

	skip_store(&said.regs, store);
	said.rip = vmx.field[VMCS_GUEST_RIP];
	memcpy(expected, (void *)TARGET, TARGET_SIZE);
	memcpy(expected + (store->linear - TARGET), store->bytes, store->size);
	protect(false);
	execute(at, true);
	require_equal(outcome.signal, SIGTRAP, "how the CPU ended");
	compare_state(in, &said);
	require(!memcmp(expected, (void *)TARGET, TARGET_SIZE), "%s: memory differs", hex(in));
	require_equal(store->source, in->kind == MOVS ? at->regs.rsi + in->segment : 0,
		      "where it was read from");
}

/* Returns whether the store met the page and was decoded. */
static bool test(const struct instruction *in)
{
	struct cpu_state state = { .rip = place(in) }, at;
	u64 linear = random_operands(&state, in), violation;
	struct store store;
	bool decoded;

	protect(true);
	execute(&state, false);
	if (!met_the_page())
		return false;
	at = outcome.state;
	violation = outcome.address;
	require_equal(at.rip, state.rip, "RIP at the violation");
	enter_guest(&at);
	decoded = decode_store(&at.regs, violation, &store);
	require(decoded == must_be_decoded(in, &at, linear, violation), "%s: decoded: %d", hex(in),
		decoded);
	if (!decoded || store.linear + store.size > TARGET + TARGET_SIZE)
		return false;
	require(!decode_store(&at.regs, violation + 1, &store), "%s: it stores elsewhere", hex(in));
	require(decode_store(&at.regs, violation, &store), "%s: the second time", hex(in));
	compare(in, &at, &store);
	return true;
}

/* What the assembler made of store_cases.S. */
struct asm_case {
	const u8 *start, *end;
	u32 size;
	int base, index;
	u32 scale;
	int disp;
	u32 kind;
};

#define KIND_REP 4

extern const struct asm_case __start_cases[], __stop_cases[];

static void from_case(const struct asm_case *c, struct instruction *in)
{
	memset(in, 0, sizeof(*in));
	in->length = c->end - c->start;
	memcpy(in->code, c->start, in->length);
	in->size = c->size;
	in->kind = c->kind & ~KIND_REP;
	in->is_rep = c->kind & KIND_REP;
	in->base = c->base;
	in->index = c->index;
	in->scale = c->scale;
	in->disp = (long long)c->disp;
}

static void forms_of_the_assembler(void **state)
{
	const struct asm_case *c;
	struct instruction in;
	u32 i, decoded, all = 0;

	want_judge();
	for (c = __start_cases; c < __stop_cases; c++) {
		from_case(c, &in);
		for (decoded = i = 0; i < 40; i++)
			decoded += test(&in);
		require(decoded, "%s is never decoded", hex(&in));
		all += decoded;
	}
	printf("%zu instructions, decoded and executed %u times\n",
	       (size_t)(__stop_cases - __start_cases), all);
}

/* The first bytes of an instruction are none. */
static void instructions_that_end_early(void **state)
{
	const struct asm_case *c;
	struct instruction in;
	struct cpu_state at;
	struct store store;
	u32 cut;

	for (c = __start_cases; c < __stop_cases; c++) {
		from_case(c, &in);
		for (cut = 0; cut < in.length; cut++) {
			u64 linear;

			at.rip = CODE + CODE_SIZE - cut;
			memcpy((void *)at.rip, in.code, cut);
			linear = random_operands(&at, &in);
			enter_guest(&at);
			require(!decode_store(&at.regs, linear, &store), "%s: %u bytes of it",
				hex(&in), cut);
		}
	}
}

/* Any prefixes, any operands: encoded at random. */

static void add(struct instruction *in, u64 value, u32 size)
{
	memcpy(in->code + in->length, &value, size);
	in->length += size;
}

/* Returns the REX prefix that counts. */
static u8 add_prefixes(struct instruction *in, bool *is_word)
{
	static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x66, 0xf2, 0xf3,
				       0xf3, 0x48, 0x41, 0x4f };
	u32 n = random_chance(50) ? 0 : random_below(4);
	u8 rex = 0;

	while (n--) {
		u8 prefix = random_chance(3) ? 0x67
					     : prefixes[random_below(ARRAY_SIZE(prefixes))];

		add(in, prefix, 1);
		if (prefix == 0x64 || prefix == 0x65)
			in->segment = prefix == 0x64 ? fs_base : gs_base;
		*is_word = *is_word || prefix == 0x66;
		in->is_rep = in->is_rep || (prefix & 0xfe) == 0xf2;
		in->refused = in->refused || prefix == 0x67;
		rex = (prefix & 0xf0) == 0x40 ? prefix : 0;
	}
	if (random_chance(60)) {
		rex = 0x40 | random_below(16);
		add(in, rex, 1);
	}
	return rex;
}

static void add_sib(struct instruction *in, u8 rex, u32 *mod)
{
	u8 sib = random_u64();

	add(in, sib, 1);
	in->scale = 1 << (sib >> 6);
	in->index = (sib >> 3 & 7) + (rex & 2 ? 8 : 0);
	if (in->index == 4)
		in->index = NONE;
	in->base = (sib & 7) + (rex & 1 ? 8 : 0);
	if ((sib & 7) == 5 && !*mod) {
		in->base = NONE;
		*mod = 2;
	}
}

/* @after: bytes of the instruction after the displacement; @at: where it will be. */
static void add_modrm(struct instruction *in, u8 rex, u8 reg_field, u32 after, u64 at)
{
	u8 modrm = random_below(3) << 6 | (reg_field & 7) << 3 | random_below(8);
	u32 mod = modrm >> 6;

	add(in, modrm, 1);
	in->base = (modrm & 7) + (rex & 1 ? 8 : 0);
	if ((modrm & 7) == 4) {
		add_sib(in, rex, &mod);
	} else if ((modrm & 7) == 5 && !mod) {
		in->base = RIP;
		mod = 2;
	}
	if (mod == 1)
		in->disp = (long long)(signed char)random_u64();
	else if (mod == 2)
		in->disp = (long long)(int)random_u64();
	if (in->base == RIP)
		in->disp = (int)(random_target() - in->segment - (at + in->length + 4 + after));
	else if (in->base == NONE && in->index == NONE)
		in->disp = (int)(random_target() - in->segment);
	add(in, in->disp, mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static void encode(struct instruction *in)
{
	static const u8 opcodes[] = { 0x88, 0x89, 0xc6, 0xc7, 0xa2, 0xa3, 0xa4, 0xa5, 0xaa, 0xab,
				      0xc3 };
	u8 opcode = opcodes[random_below(ARRAY_SIZE(opcodes))], rex;
	bool is_word = false;
	u32 immediate = 0;

	*in = (struct instruction){ .base = 7, .index = NONE, .scale = 1 };
	rex = add_prefixes(in, &is_word);
	in->size = !(opcode & 1) ? 1 : rex & 8 ? 8 : is_word ? 2 : 4;
	if (opcode == 0xc3)
		add(in, 0x0f, 1);
	add(in, opcode, 1);
	if ((opcode & 0xfe) == 0xc6)
		immediate = in->size == 8 ? 4 : in->size;
	in->kind = (opcode & 0xfe) == 0xa4 ? MOVS : (opcode & 0xfe) == 0xaa ? STOS : MOV;
	in->refused = in->refused || (in->kind == MOV && in->is_rep) ||
		      (opcode == 0xc3 && is_word);
	if ((opcode & 0xfe) == 0xa2) {
		in->base = NONE;
		in->disp = random_target() - in->segment;
		add(in, in->disp, 8);
	} else if (in->kind == MOV) {
		add_modrm(in, rex, immediate ? 0 : random_below(8), immediate, CODE);
	}
	add(in, random_u64(), immediate);
}

static void forms_at_random(void **state)
{
	u32 i, decoded = 0;
	struct instruction in;

	want_judge();
	for (i = 0; i < 60000; i++) {
		encode(&in);
		decoded += test(&in);
	}
	require(decoded > 20000, "only %u were decoded", decoded);
	printf("60000 encodings at random, %u decoded and executed\n", decoded);
}

/* Other instructions that write to memory, all through RDI or RSP */
static void others_are_not_decoded(void **state)
{
	static const struct {
		u32 length;
		u8 code[8];
	} cases[] = {
		{ 2, "\x00\x07" },		/* add %al, (%rdi) */
		{ 2, "\x09\x07" },		/* or %eax, (%rdi) */
		{ 2, "\x31\x07" },		/* xor %eax, (%rdi) */
		{ 3, "\x80\x37\x01" },		/* xorb $1, (%rdi) */
		{ 2, "\x86\x07" },		/* xchg %al, (%rdi) */
		{ 2, "\x8c\x1f" },		/* mov %ds, (%rdi) */
		{ 2, "\xfe\x07" },		/* incb (%rdi) */
		{ 2, "\xf7\x17" },		/* notl (%rdi) */
		{ 2, "\xd1\x27" },		/* shll (%rdi) */
		{ 3, "\x0f\xc1\x07" },		/* xadd %eax, (%rdi) */
		{ 3, "\x0f\xb1\x07" },		/* cmpxchg %eax, (%rdi) */
		{ 3, "\x0f\x94\x07" },		/* sete (%rdi) */
		{ 3, "\x0f\xab\x07" },		/* bts %eax, (%rdi) */
		{ 4, "\x0f\xa4\x07\x01" },	/* shld $1, %eax, (%rdi) */
		{ 3, "\x0f\x11\x07" },		/* movups %xmm0, (%rdi) */
		{ 3, "\x0f\x2b\x07" },		/* movntps %xmm0, (%rdi) */
		{ 4, "\x66\x0f\xd6\x07" },	/* movq %xmm0, (%rdi) */
		{ 2, "\xdd\x17" },		/* fstl (%rdi) */
		{ 2, "\x8f\x07" },		/* pop (%rdi) */
		{ 1, "\x50" },			/* push %rax */
		{ 3, "\xf0\x01\x07" },		/* lock add %eax, (%rdi) */
		{ 3, "\x67\x89\x07" },		/* mov %eax, (%edi) */
		{ 3, "\x67\xaa" },		/* stosb to (%edi) */
		{ 3, "\xf3\x89\x07" },		/* xrelease mov %eax, (%rdi) */
	};
	struct store store;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct instruction in = { .length = cases[i].length };
		struct cpu_state from = { 0 };

		memcpy(in.code, cases[i].code, in.length);
		random_state(&from);
		from.rip = place(&in);
		from.regs.rax = 1;
		from.regs.rdi = PROTECTED + 0x100;
		from.rsp = in.code[0] == 0x8f ? SOURCE : PROTECTED + 0x108;
		protect(true);
		execute(&from, false);
		require(met_the_page(), "%s: does not store", hex(&in));
		enter_guest(&from);
		require(!decode_store(&from.regs, outcome.address, &store), "%s is decoded",
			hex(&in));
	}
}

static void only_64_bit_code(void **state)
{
	struct instruction in = { .code = "\x89\x07", .length = 2 };
	struct sb_regs regs = { .rdi = PROTECTED };
	struct store store;

	vmx.field[VMCS_GUEST_RIP] = place(&in);
	require(decode_store(&regs, PROTECTED, &store), "64-bit code");
	vmx.field[VMCS_GUEST_CS_ACCESS] = 0;
	require(!decode_store(&regs, PROTECTED, &store), "32-bit code");
	vmx.field[VMCS_GUEST_CS_ACCESS] = ACCESS_LONG_MODE;
	vmx.field[VMCS_GUEST_RIP] = CODE + CODE_SIZE;
	require(!decode_store(&regs, PROTECTED, &store), "code that cannot be read");
}

static void set_code(const struct instruction *in)
{
	vmx.field[VMCS_GUEST_RIP] = CODE;
	memset((void *)CODE, INT3, CODE_SIZE);
	memcpy((void *)CODE, in->code, in->length);
}

static void instructions_have_15_bytes_at_most(void **state)
{
	struct instruction in = { .length = 16 };
	struct sb_regs regs = { .rdi = PROTECTED };
	struct store store;

	memset(in.code, 0x2e, 14);
	memcpy(in.code + 14, "\x89\x07", 2);
	set_code(&in);
	require(!decode_store(&regs, PROTECTED, &store), "16 bytes");
	vmx.field[VMCS_GUEST_RIP]++;
	require(decode_store(&regs, PROTECTED, &store), "15 bytes");
	require_equal(store.length, 15, "the length");
}

/* They cannot have met the page; who says so has changed the code meanwhile. */
static void registers_are_no_memory(void **state)
{
	static const u8 code[][6] = { "\x88\xc7", "\x89\xc7", "\xc6\xc7\x01", "\xc7\xc7\x01",
				      "\x0f\xc3\xc7" };
	struct sb_regs regs = { .rdi = PROTECTED };
	struct instruction in = { .length = 6 };
	struct store store;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(code); i++) {
		memcpy(in.code, code[i], 6);
		set_code(&in);
		require(!decode_store(&regs, PROTECTED, &store), "%s stores", hex(&in));
		require(!decode_store(&regs, 0, &store), "%s stores", hex(&in));
	}
}

static void source_must_be_readable(void **state)
{
	struct instruction in = { .code = "\xf3\xa4", .length = 2 };
	struct sb_regs regs = { .rdi = PROTECTED, .rcx = 5, .rsi = SOURCE + SOURCE_SIZE - 5 };
	struct store store;

	vmx.field[VMCS_GUEST_RIP] = place(&in);
	vmx.field[VMCS_GUEST_RFLAGS] = RFLAGS_FIXED;
	require(decode_store(&regs, PROTECTED, &store), "the last bytes");
	regs.rsi++;
	require(!decode_store(&regs, PROTECTED, &store), "beyond them");
}

static void skipping_ends_shadows_and_traps(void **state)
{
	struct store store = { .length = 3 };
	struct sb_regs regs = { 0 };

	vmx.field[VMCS_GUEST_RIP] = CODE;
	vmx.field[VMCS_GUEST_RFLAGS] = RFLAGS_FIXED | RFLAGS_TF | RFLAGS_RF;
	vmx.field[VMCS_GUEST_INTERRUPTIBILITY] = BLOCKING_BY_STI | BLOCKING_BY_NMI;
	vmx.field[VMCS_GUEST_PENDING_DEBUG] = 0;
	vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = 9;
	skip_store(&regs, &store);
	require_equal(vmx.field[VMCS_GUEST_RIP], CODE + 3, "RIP");
	require_equal(vmx.field[VMCS_GUEST_RFLAGS], RFLAGS_FIXED | RFLAGS_TF, "RFLAGS");
	require_equal(vmx.field[VMCS_GUEST_INTERRUPTIBILITY], BLOCKING_BY_NMI, "blocking");
	require_equal(vmx.field[VMCS_GUEST_PENDING_DEBUG], PENDING_DEBUG_BS, "the trap");
}

/* Copying as the kernel does, with the host committing every store */

extern const u8 copy_short[], copy_short_end[];

/* What the host does with a store that it allows. */
static void commit(struct cpu_state *state)
{
	struct store store;
	u32 i;

	enter_guest(state);
	require(decode_store(&state->regs, outcome.address, &store), "a store of a copy");
	protect(false);
	memcpy((void *)store.linear, store.bytes, store.size);
	protect(true);
	for (i = 0; i < store.size && !store.is_movs; i++)
		require_equal(*(u8 *)store_source(&state->regs, store.linear + i), store.bytes[i],
			      "the byte at its source");
	skip_store(&state->regs, &store);
	state->rip = vmx.field[VMCS_GUEST_RIP];
}

static void copy(const struct instruction *code, u32 length)
{
	struct cpu_state state;
	u64 to = random_below(2) ? PROTECTED + 4096 - random_below(length + 1)
				 : PROTECTED + random_below(4096);
	u64 from = SOURCE + random_below(4000);

	random_state(&state);
	state.rip = place(code);
	state.regs.rdi = to;
	state.regs.rsi = from;
	state.regs.rdx = state.regs.rcx = length;
	memcpy(expected, (void *)TARGET, TARGET_SIZE);
	memcpy(expected + (to - TARGET), (void *)from, length);
	protect(true);
	for (execute(&state, false); met_the_page(); execute(&state, false)) {
		state = outcome.state;
		commit(&state);
	}
	require(!memcmp(expected, (void *)TARGET, TARGET_SIZE), "a copy of %u bytes differs",
		length);
}

static void copies_of_the_kernel(void **state)
{
	struct instruction by_registers = { .length = copy_short_end - copy_short };
	struct instruction by_movs = { .code = "\xf3\xa4", .length = 2 };
	u32 length, i;

	want_judge();
	memcpy(by_registers.code, copy_short, by_registers.length);
	for (length = 1; length <= 31; length++)
		for (i = 0; i < 50; i++)
			copy(length <= 16 && i & 1 ? &by_movs : &by_registers, length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_the_assembler),
		cmocka_unit_test(instructions_that_end_early),
		cmocka_unit_test(forms_at_random),
		cmocka_unit_test(others_are_not_decoded),
		cmocka_unit_test(only_64_bit_code),
		cmocka_unit_test(instructions_have_15_bytes_at_most),
		cmocka_unit_test(registers_are_no_memory),
		cmocka_unit_test(source_must_be_readable),
		cmocka_unit_test(skipping_ends_shadows_and_traps),
		cmocka_unit_test(copies_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
