// SPDX-License-Identifier: GPL-2.0-only
/*
 * SGDT, SIDT, SLDT, STR, LGDT, LIDT, LLDT and LTR in every form, on guest memory behind page
 * tables: where they read and write, what they fault with, what the policy forbids.
 */
#include "guest_model.h"
#include "policy_model.h"

#define OFF	SHADOW_BOX_MODE_OFF
#define LOG	SHADOW_BOX_MODE_LOG
#define ENFORCE	SHADOW_BOX_MODE_ENFORCE

#define RIP		0x400100ull
#define CODE		0x400000ull		/* a page that user programs can read */
#define WINDOW		0x600000ull		/* two pages that they can write */
#define WINDOW_END	(WINDOW + 2 * SB_PAGE_SIZE)
/* The last page of 32-bit code; writable, as are page 0 and the one at 4 GB. */
#define LAST_PAGE	(BIT(32) - SB_PAGE_SIZE)
#define AFTER_LAST	BIT(32)
#define GDT		0xfffffe0000001000ull	/* read-only, as Linux has it */
#define GDT_ALIAS	0xffff888000005000ull	/* the same, writable */

/* Where these are in RAM, from MODEL_MID on. */
enum { RAM_CODE, RAM_WINDOW, RAM_FIRST = RAM_WINDOW + 2, RAM_LAST, RAM_AFTER, RAM_GDT, RAM_PAGES };

#define RAM(page)	(MODEL_MID + (page) * SB_PAGE_SIZE)

#define GDT_LIMIT	0x7f
#define GDT_BASE	GDT
#define IDT_LIMIT	0xfff
#define IDT_BASE	0xfffffe0000000000ull
#define TSS_LIMIT	0x206f
#define TSS_BASE	0xfffffe0000003000ull
#define TSS		0x40
#define LDT_LIMIT	0xf
#define LDT_BASE	0xffff888000007000ull

enum { ES, CS, SS, DS, FS, GS };
enum { SGDT, SIDT, LGDT, LIDT };
enum { SLDT, STR, LLDT, LTR };

#define VECTOR_NONE	0

static struct sb_cpu *cpu;
static struct sb_regs *regs;

static void set_segment(u32 segment, u32 access, u32 limit, u64 base)
{
	vmx.field[VMCS_GUEST_ES_ACCESS + 2 * segment] = access;
	vmx.field[VMCS_GUEST_ES_LIMIT + 2 * segment] = limit;
	vmx.field[VMCS_GUEST_ES_BASE + 2 * segment] = base;
}

/* Code of @bits at @cpl with flat segments. */
static void set_mode(u32 bits, u32 cpl)
{
	u32 segment;

	for (segment = ES; segment <= GS; segment++)
		set_segment(segment, 0xc093 | cpl << 5, ~0u, 0);
	set_segment(CS, (bits == 64 ? 0xa09b : bits == 32 ? 0xc09b : 0x809b) | cpl << 5, ~0u, 0);
	vmx.field[VMCS_GUEST_RIP] = RIP;
}

static void set_tables(void)
{
	vmx.field[VMCS_GUEST_GDTR_LIMIT] = GDT_LIMIT;
	vmx.field[VMCS_GUEST_GDTR_BASE] = GDT_BASE;
	vmx.field[VMCS_GUEST_IDTR_LIMIT] = IDT_LIMIT;
	vmx.field[VMCS_GUEST_IDTR_BASE] = IDT_BASE;
	vmx.field[VMCS_GUEST_TR_SELECTOR] = TSS;
	vmx.field[VMCS_GUEST_TR_ACCESS] = 0x8b;
	vmx.field[VMCS_GUEST_TR_LIMIT] = TSS_LIMIT;
	vmx.field[VMCS_GUEST_TR_BASE] = TSS_BASE;
	vmx.field[VMCS_GUEST_LDTR_SELECTOR] = 0;
	vmx.field[VMCS_GUEST_LDTR_ACCESS] = ACCESS_UNUSABLE;
	cpu->launched = (struct sb_launched){
		.table = { { GDT_LIMIT, GDT_BASE }, { IDT_LIMIT, IDT_BASE } },
		.tr_base = TSS_BASE, .tr_limit = TSS_LIMIT, .tr = TSS };
	cpu->settled = SB_SETTLED_ALL;
}

static void map_memory(void)
{
	u32 i;

	guest_map(CODE, RAM(RAM_CODE), 1, PTE_U);
	for (i = 0; i < 2; i++)
		guest_map(WINDOW + i * SB_PAGE_SIZE, RAM(RAM_WINDOW + i), 1, PTE_U | PTE_W);
	guest_map(0, RAM(RAM_FIRST), 1, PTE_U | PTE_W);
	guest_map(LAST_PAGE, RAM(RAM_LAST), 1, PTE_U | PTE_W);
	guest_map(AFTER_LAST, RAM(RAM_AFTER), 1, PTE_U | PTE_W);
	guest_map(GDT, RAM(RAM_GDT), 1, 0);
	guest_map(GDT_ALIAS, RAM(RAM_GDT), 1, PTE_W);
	memset(guest_ram(RAM(0)), 0x5a, RAM_PAGES * SB_PAGE_SIZE);
	memset(guest_ram(RAM(RAM_GDT)), 0, SB_PAGE_SIZE);
}

static int new_cpu(void **state)
{
	cpu = guest_reset(4);
	regs = cpu_regs(cpu);
	memset(regs, 0, sizeof(*regs));
	policies_reset();
	map_memory();
	set_tables();
	set_mode(64, 3);
	return 0;
}

static u8 *window(u64 linear)
{
	return (u8 *)guest_ram(RAM(RAM_WINDOW)) + linear - WINDOW;
}

/* Instruction information: a memory operand with no register, and what to add to it. */
#define NO_BASE		BIT(27)
#define NO_INDEX	BIT(22)
#define IS_REGISTER	BIT(10)
#define IS_32BIT	BIT(11)
#define SEGMENT(n)	((n) << 15)
#define ADDRESS(bits)	(((bits) == 64 ? 2u : (bits) == 32 ? 1u : 0u) << 7)
#define INSTRUCTION(n)	((u32)(n) << 28)

static u32 plain(u32 instruction, u32 bits)
{
	return INSTRUCTION(instruction) | NO_BASE | NO_INDEX | ADDRESS(bits) | SEGMENT(DS);
}

/* Executes one that exited; returns the vector that it raised or VECTOR_NONE. */
static u32 execute(void (*emulate)(struct sb_regs *, struct sb_cpu *), u32 info, u64 displacement)
{
	u32 event;

	vmx_exit(EXIT_REASON_GDTR_IDTR_ACCESS);
	vmx.field[VMCS_EXIT_INSTRUCTION_INFO] = info;
	vmx.field[VMCS_EXIT_QUALIFICATION] = displacement;
	vmx.field[VMCS_GUEST_RIP] = RIP;
	vmx.field[VMCS_GUEST_RFLAGS] &= ~RFLAGS_RF;
	emulate(regs, cpu);
	event = vmx.field[VMCS_ENTRY_INTR_INFO];
	vmx_enter();
	vmx_guest_executed(0);
	if (!(event & INTR_INFO_VALID)) {
		require_equal(vmx.field[VMCS_GUEST_RIP],
			      RIP + vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH], "RIP afterwards");
		return VECTOR_NONE;
	}
	require_equal(vmx.field[VMCS_GUEST_RIP], RIP, "RIP of the exception");
	require(vmx.field[VMCS_GUEST_RFLAGS] & RFLAGS_RF, "a fault without RF");
	return event & INTR_INFO_VECTOR;
}

static u32 gdtr_idtr(u32 info, u64 displacement)
{
	return execute(emulate_gdtr_idtr_access, info, displacement);
}

static u32 ldtr_tr(u32 info, u64 displacement)
{
	return execute(emulate_ldtr_tr_access, info, displacement);
}

static u64 error_code(void)
{
	return vmx.field[VMCS_ENTRY_EXCEPTION_ERROR];
}

static void require_vector(u32 vector, u32 want, u64 error, const char *what)
{
	require(vector == want, "%s: vector %u, not %u", what, vector, want);
	if (want)
		require_equal(error_code(), error, what);
}

/* What a store leaves: @size bytes at @at in the window, and nothing beside them. */
static void require_stored(u64 at, const void *bytes, u32 size, const char *what)
{
	u8 want[WINDOW_END - WINDOW];
	u64 linear;

	memset(want, 0x5a, sizeof(want));
	if (size)
		memcpy(want + at - WINDOW, bytes, size);
	if (!memcmp(want, window(WINDOW), sizeof(want)))
		return;
	for (linear = WINDOW; want[linear - WINDOW] == *window(linear);)
		linear++;
	unit_fail(__FILE__, __LINE__, "%s: byte 0x%llx is 0x%x, not 0x%x", what, linear,
		  *window(linear), want[linear - WINDOW]);
}

static void clear_window(void)
{
	memset(window(WINDOW), 0x5a, 2 * SB_PAGE_SIZE);
}

/* Where operands are */

static void set_register(u32 number, u64 value)
{
	set_guest_register(regs, number, value);
}

/**
 * struct form - a memory operand
 * @bits: of the code
 * @address: address size
 * @base, @index: register number, or 16 for none
 * @scale: power of 2
 * @segment: segment register
 */
struct form {
	u32 bits, address;
	u32 base, index, scale;
	u32 segment;
};

static u64 mask_of(u32 bits)
{
	return bits == 64 ? ~0ull : BIT(bits) - 1;
}

/* Sets registers and segment base such that the operand is at @target; returns the displacement. */
static u64 aim(const struct form *f, u64 target)
{
	u64 mask = mask_of(f->address), offset = random_u64() & mask, displacement, sum = 0;
	bool has_base = f->bits != 64 || f->segment >= FS;
	u32 i;

	/* Away from the end, where the second part of the operand would wrap. */
	offset = has_base ? offset & ~0xffull : target;
	for (i = 0; i < 16; i++)
		set_register(i, random_u64());
	vmx.field[VMCS_GUEST_ES_BASE + 2 * f->segment] = has_base ? target - offset : random_u64();
	if (f->bits != 64)
		vmx.field[VMCS_GUEST_ES_BASE + 2 * f->segment] &= 0xffffffff;
	if (f->base < 16)
		sum += guest_register(regs, f->base);
	if (f->index < 16)
		sum += guest_register(regs, f->index) << f->scale;
	displacement = (offset - sum) & mask;
	/* Bits beyond the address size are undefined (SDM 28.2.1). */
	return displacement | (random_u64() & ~mask);
}

static u32 info_of(const struct form *f, u32 instruction)
{
	/* What the SDM calls undefined. */
	u32 info = random_u64() & (BIT(11) | 7 << 12 | 0x1f << 2 | BIT(30) | BIT(31));

	info |= INSTRUCTION(instruction) | ADDRESS(f->address) | SEGMENT(f->segment);
	info |= f->base < 16 ? f->base << 23 : NO_BASE | (random_u64() & 15) << 23;
	info |= f->index < 16 ? f->index << 18 | f->scale : NO_INDEX | (random_u64() & 3);
	return info;
}

static void try_form(const struct form *f)
{
	u64 target = WINDOW + 0x20 + random_below(0x100);
	u64 displacement = aim(f, target);
	struct sb_descriptor gdt = { GDT_LIMIT, GDT_BASE };
	struct sb_regs before = *regs;

	clear_window();
	require(gdtr_idtr(info_of(f, SGDT), displacement) == VECTOR_NONE,
		"%u-bit code, %u-bit address, base %u, index %u * %u, segment %u: a fault", f->bits,
		f->address, f->base, f->index, 1 << f->scale, f->segment);
	require_stored(target, &gdt, f->bits == 64 ? 10 : 6, "SGDT");
	require(!memcmp(&before, regs, sizeof(before)), "SGDT changed a register");
}

static void try_bases_and_indexes(struct form f)
{
	u32 registers = f.bits == 64 ? 16 : 8;

	for (f.base = 0; f.base <= 16; f.base++) {
		for (f.index = 0; f.index <= 16; f.index++) {
			if (f.index == 4 || (f.base < 16 && f.base >= registers) ||
			    (f.index < 16 && f.index >= registers))
				continue;
			for (f.scale = 0; f.scale < 4; f.scale++)
				try_form(&f);
		}
	}
}

static void operands_are_found(void **state)
{
	static const struct { u32 bits, address; } sizes[] = {
		{ 64, 64 }, { 64, 32 }, { 32, 32 }, { 32, 16 }, { 16, 16 }, { 16, 32 },
	};
	u32 i, segment, forms = 0;

	random_seed(1);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (segment = ES; segment <= GS; segment++) {
			if (segment == CS && sizes[i].bits != 64)
				continue;	/* not writable */
			set_mode(sizes[i].bits, 3);
			try_bases_and_indexes((struct form){ .bits = sizes[i].bits,
							     .address = sizes[i].address,
							     .segment = segment });
			forms++;
		}
	}
	require_equal(forms, 6 * 6 - 4, "sizes and segments");
}

/* The qualification holds the sum with RIP, and no register is valid. */
static void operand_relative_to_rip(void **state)
{
	struct sb_descriptor idt = { IDT_LIMIT, IDT_BASE };

	require_vector(gdtr_idtr(plain(SIDT, 64), WINDOW + 0x123), VECTOR_NONE, 0, "SIDT");
	require_stored(WINDOW + 0x123, &idt, 10, "SIDT");
}

/* Both parts are in the segment by themselves: the second one's address wraps. */
static void parts_of_an_operand_wrap_by_the_address_size(void **state)
{
	u8 *last = guest_ram(RAM(RAM_LAST)), *first = guest_ram(RAM(RAM_FIRST));
	struct sb_descriptor gdt = { GDT_LIMIT, GDT_BASE };

	require_vector(gdtr_idtr(plain(SGDT, 32), 0xfffffffe), VECTOR_NONE, 0, "67 SGDT");
	require(!memcmp(last + 0xffe, &gdt.limit, 2), "the limit is not at the end");
	require(!memcmp(first, &gdt.base, 8), "the base is not at 0");
	set_mode(32, 3);
	memset(last, 0x5a, SB_PAGE_SIZE);
	memset(first, 0x5a, SB_PAGE_SIZE);
	require_vector(gdtr_idtr(plain(SGDT, 32), 0xfffffffe), VECTOR_NONE, 0, "32-bit SGDT");
	require(!memcmp(last + 0xffe, &gdt.limit, 2), "the limit is not at the end");
	require(!memcmp(first, &gdt.base, 4) && first[4] == 0x5a, "the base is not at 0");
}

/* Linear addresses of 32-bit code wrap at 4 GB although there is memory beyond. */
static void linear_addresses_wrap_in_32_bit_code(void **state)
{
	struct sb_descriptor gdt = { GDT_LIMIT, GDT_BASE };
	u8 *last = guest_ram(RAM(RAM_LAST)), *first = guest_ram(RAM(RAM_FIRST));
	u8 *after = guest_ram(RAM(RAM_AFTER));
	u32 i;

	set_mode(32, 3);
	set_segment(ES, 0x40f3, 0xffff, 0xfffffff0);
	require_vector(gdtr_idtr((plain(SGDT, 32) & ~SEGMENT(7)) | SEGMENT(ES), 0xc), VECTOR_NONE,
		       0, "SGDT");
	require(!memcmp(last + 0xffc, &gdt, 4), "bytes below 4 GB");
	require(!memcmp(first, (u8 *)&gdt + 4, 2) && first[2] == 0x5a, "bytes at 0");
	for (i = 0; i < SB_PAGE_SIZE; i++)
		require(after[i] == 0x5a, "something is written beyond 4 GB");
	require_vector(gdtr_idtr((plain(SGDT, 32) & ~SEGMENT(7)) | SEGMENT(ES), 0x10), VECTOR_NONE,
		       0, "SGDT");
	require(!memcmp(first, &gdt, 6), "bytes at 0");
}

static void linear_addresses_go_on_in_64_bit_code(void **state)
{
	struct sb_descriptor gdt = { GDT_LIMIT, GDT_BASE };

	require_vector(gdtr_idtr(plain(SGDT, 64), 0xfffffffc), VECTOR_NONE, 0, "SGDT");
	require(!memcmp((u8 *)guest_ram(RAM(RAM_LAST)) + 0xffc, &gdt, 4), "bytes below 4 GB");
	require(!memcmp(guest_ram(RAM(RAM_AFTER)), (u8 *)&gdt + 4, 6), "bytes from 4 GB on");
}

/* What is stored */

static void require_selector(u32 instruction, u32 bits, u16 selector)
{
	clear_window();
	require_vector(ldtr_tr(plain(instruction, bits), WINDOW + 5), VECTOR_NONE, 0,
		       "SLDT or STR");
	require_stored(WINDOW + 5, &selector, 2, "SLDT or STR");
}

static void stores_are_as_wide_as_the_mode_has_them(void **state)
{
	struct sb_descriptor idt = { IDT_LIMIT, 0xfffffe0012345678 };
	u32 bits, operand, cpl;

	vmx.field[VMCS_GUEST_IDTR_BASE] = idt.base;
	vmx.field[VMCS_GUEST_LDTR_SELECTOR] = 0x53;
	for (bits = 16; bits <= 64; bits *= 2) {
		for (cpl = 0; cpl <= 3; cpl += 3) {
			set_mode(bits, cpl);
			vmx.field[VMCS_GUEST_RFLAGS] |= RFLAGS_AC; /* for CPL 0, under SMAP */
			for (operand = 0; operand < 2; operand++) {
				u32 info = plain(SIDT, bits == 64 ? 64 : 32);

				info |= operand ? IS_32BIT : 0;
				clear_window();
				require_vector(gdtr_idtr(info, WINDOW + 7), VECTOR_NONE, 0, "SIDT");
				require_stored(WINDOW + 7, &idt, bits == 64 ? 10 : 6, "SIDT");
			}
			require_selector(SLDT, bits == 64 ? 64 : 32, 0x53);
			require_selector(STR, bits == 64 ? 64 : 32, TSS);
		}
	}
}

/* Register operands: the width by mode and prefixes. */
static const struct {
	u32 bits;
	const char *code;
	u32 length, width;
} register_forms[] = {
#define FORM(bits, code, width) { bits, code, sizeof(code) - 1, width }
	FORM(64, "\x0f\x00\xc0", 32),
	FORM(64, "\x66\x0f\x00\xc0", 16),
	FORM(64, "\x48\x0f\x00\xc0", 64),
	FORM(64, "\x41\x0f\x00\xc0", 32),
	FORM(64, "\x66\x41\x0f\x00\xc0", 16),
	FORM(64, "\x66\x48\x0f\x00\xc0", 64),
	FORM(64, "\x4f\x0f\x00\xc0", 64),
	FORM(64, "\x47\x0f\x00\xc0", 32),
	FORM(64, "\x48\x66\x0f\x00\xc0", 16),	/* a prefix after REX undoes it */
	FORM(64, "\x48\x41\x0f\x00\xc0", 32),
	FORM(64, "\x48\x2e\x0f\x00\xc0", 32),
	FORM(64, "\x66\xf2\x67\x2e\x0f\x00\xc0", 16),
	FORM(64, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x48\x0f\x00\xc0", 64),
	FORM(32, "\x0f\x00\xc0", 32),
	FORM(32, "\x66\x0f\x00\xc0", 16),
	FORM(32, "\x3e\x66\x67\x0f\x00\xc0", 16),
	FORM(16, "\x0f\x00\xc0", 16),
	FORM(16, "\x66\x0f\x00\xc0", 32),
};

static void try_register(u32 i, u32 number, u32 instruction)
{
	const u64 old = 0xfedcba9876543210;
	u64 want = instruction == STR ? TSS : 0x53;
	struct sb_regs before;

	if (register_forms[i].width == 16)
		want |= old & ~0xffffull;
	set_register(number, old);
	before = *regs;
	require_vector(ldtr_tr(INSTRUCTION(instruction) | IS_REGISTER | number << 3, 0),
		       VECTOR_NONE, 0, "SLDT or STR to a register");
	require(guest_register(regs, number) == want, "form %u, register %u is 0x%llx, not 0x%llx",
		i, number, guest_register(regs, number), want);
	set_register(number, old);
	require(!memcmp(&before, regs, sizeof(before)), "another register changed");
}

static void register_operands(void **state)
{
	u32 i, number;

	vmx.field[VMCS_GUEST_LDTR_SELECTOR] = 0x53;
	for (i = 0; i < ARRAY_SIZE(register_forms); i++) {
		set_mode(register_forms[i].bits, 3);
		memcpy((u8 *)guest_ram(RAM(RAM_CODE)) + RIP - CODE, register_forms[i].code,
		       register_forms[i].length);
		vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = register_forms[i].length;
		for (number = 0; number < 16; number++) {
			try_register(i, number, SLDT);
			try_register(i, number, STR);
		}
	}
}

/* The code segment has a base in 32-bit code; in 64-bit code it has none, despite the VMCS. */
static void code_is_read_where_it_is(void **state)
{
	u8 *code = guest_ram(RAM(RAM_CODE));

	memcpy(code + RIP - CODE, "\x66\x0f\x00\xc0", 4);
	vmx.field[VMCS_EXIT_INSTRUCTION_LENGTH] = 4;
	vmx.field[VMCS_GUEST_CS_BASE] = 0x10;
	regs->rax = ~0ull;
	ldtr_tr(INSTRUCTION(STR) | IS_REGISTER, 0);
	require_equal(regs->rax, 0xffffffffffff0040, "RAX in 64-bit code");
	set_mode(32, 3);
	memcpy(code + 0x10 + RIP - CODE, "\x26\x0f\x00\xc0", 4);
	vmx.field[VMCS_GUEST_CS_BASE] = 0x10;
	regs->rax = ~0ull;
	ldtr_tr(INSTRUCTION(STR) | IS_REGISTER, 0);
	require_equal(regs->rax, 0x40, "RAX in 32-bit code");
	/* Unmapped by another thread meanwhile. */
	*guest_entry(CODE, 1) = 0;
	regs->rax = ~0ull;
	ldtr_tr(INSTRUCTION(STR) | IS_REGISTER, 0);
	require_equal(regs->rax, 0x40, "RAX without code to read");
}

/* Segments, outside 64-bit mode */

static bool is_byte_inside(u32 access, u64 limit, u64 offset)
{
	bool down = (access & 0xc) == 4;

	if (offset > 0xffffffff)
		return false;
	if (!down)
		return offset <= limit;
	return offset > limit && offset <= (access & BIT(14) ? 0xffffffff : 0xffff);
}

static bool is_inside(u32 access, u64 limit, u64 offset, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++)
		if (!is_byte_inside(access, limit, offset + i))
			return false;
	return true;
}

/* SGDT stores two bytes, then four. */
static void try_segment(u32 segment, u32 access, u32 limit, u64 offset)
{
	u32 info = (plain(SGDT, 32) & ~SEGMENT(7)) | SEGMENT(segment);
	struct sb_descriptor gdt = { GDT_LIMIT, GDT_BASE };
	bool writable = !(access & ACCESS_UNUSABLE) && (access & 0xa) == 2;
	u64 second = (offset + 2) & 0xffffffff;
	u32 vector, stored = 0;

	set_segment(segment, access, limit, (u32)(WINDOW + 0x80 - offset));
	clear_window();
	vector = gdtr_idtr(info, offset);
	if (writable && is_inside(access, limit, offset, 2))
		stored = is_inside(access, limit, second, 4) ? 6 : 2;
	require(vector == (stored == 6 ? VECTOR_NONE : segment == SS ? VECTOR_SS : VECTOR_GP),
		"segment %u with access 0x%x, limit 0x%x, offset 0x%llx: vector %u", segment,
		access, limit, offset, vector);
	if (vector)
		require_equal(error_code(), 0, "the error code");
	require_stored(WINDOW + 0x80, &gdt, stored, "SGDT");
}

static void try_offsets(u32 segment, u32 access, u32 limit)
{
	static const u64 offsets[] = { 0, 1, 0x7fffffff, 0xfffffff8, 0xfffffff9, 0xfffffffa,
				       0xfffffffb, 0xfffffffc, 0xfffffffd, 0xffffffff };
	u64 offset;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++)
		try_segment(segment, access, limit, offsets[i]);
	for (offset = (u64)limit - 8; offset != (u64)limit + 4; offset++)
		try_segment(segment, access, limit, offset & 0xffffffff);
	for (offset = 0xfff7; offset < 0x10003; offset++)
		try_segment(segment, access, limit, offset);
}

static void segments_have_limits(void **state)
{
	static const u32 limits[] = { 0, 1, 4, 5, 6, 0xff, 0xfffa, 0xffff, 0x10000, 0xffffe,
				      0xfffffffa, 0xfffffffe, 0xffffffff };
	u32 type, big, segment, i;

	for (type = 0; type < 16; type++) {
		for (big = 0; big < 2; big++) {
			for (segment = ES; segment <= GS; segment++) {
				set_mode(32, 3);
				if (segment == CS)
					continue;
				for (i = 0; i < ARRAY_SIZE(limits); i++)
					try_offsets(segment, 0xf0 | type | big << 14, limits[i]);
			}
		}
	}
	set_mode(32, 3);
	for (segment = ES; segment <= GS; segment++)
		if (segment != CS)
			try_segment(segment, ACCESS_UNUSABLE | 0xf3, ~0u, 0x100);
}

/* LGDT at CPL 0 in 32-bit code reads: code must be readable, data always is. */
static void loads_need_readable_segments(void **state)
{
	struct sb_descriptor gdt = { GDT_LIMIT, (u32)GDT_BASE };
	u32 type;

	vmx.field[VMCS_GUEST_GDTR_BASE] = (u32)GDT_BASE;
	memcpy(window(WINDOW), &gdt, 6);
	vmx.field[VMCS_GUEST_RFLAGS] |= RFLAGS_AC;
	for (type = 0; type < 16; type++) {
		bool down = (type & 0xc) == 4, readable = !(type & 8) || type & 2;

		set_mode(32, 0);
		set_segment(DS, 0xc090 | type, down ? 0 : ~0u, 0);
		require_vector(gdtr_idtr(plain(LGDT, 32) | IS_32BIT, WINDOW),
			       readable ? VECTOR_NONE : VECTOR_GP, 0, "LGDT");
	}
}

/* Addresses of 64-bit code */

static void addresses_are_canonical(void **state)
{
	static const struct { u64 at; u32 vector; } cases[] = {
		{ 0x800000000000, VECTOR_GP }, { 0x8000000000000000, VECTOR_GP },
		{ 0x7fffffffffff, VECTOR_GP },		/* the second byte is not */
		{ 0x7ffffffffffa, VECTOR_PF },		/* the limit comes first, and is */
		{ 0xffff7fffffffffff, VECTOR_GP }, { 0xffff800000000000, VECTOR_PF },
		{ 0x7ffffffff000, VECTOR_PF }, { 0xffffffffffffffff, VECTOR_PF },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 info = plain(SGDT, 64) & ~SEGMENT(7), want = cases[i].vector;

		require(gdtr_idtr(info | SEGMENT(DS), cases[i].at) == want, "0x%llx", cases[i].at);
		require(gdtr_idtr(info | SEGMENT(SS), cases[i].at) ==
			(want == VECTOR_GP ? VECTOR_SS : want), "SS:0x%llx", cases[i].at);
		vmx.field[VMCS_GUEST_FS_BASE] = cases[i].at - 0x1234;
		require(gdtr_idtr(info | SEGMENT(FS), 0x1234) == want, "FS:0x%llx", cases[i].at);
	}
}

/* Limits and types of segments count for nothing there, null selectors neither. */
static void segments_have_no_limits_in_64_bit_code(void **state)
{
	u32 segment;

	for (segment = ES; segment <= GS; segment++) {
		set_segment(segment, segment & 1 ? 0xa0f9 : ACCESS_UNUSABLE, 0, 0);
		vmx.field[VMCS_GUEST_CS_ACCESS] = 0xa0fb;
		vmx.field[VMCS_GUEST_SS_ACCESS] |= 0x60;
		require_vector(gdtr_idtr((plain(SGDT, 64) & ~SEGMENT(7)) | SEGMENT(segment),
					 WINDOW), VECTOR_NONE, 0, "SGDT");
	}
}

/* Pages */

static void fault_at(u64 at, u32 error, u32 stored, const char *what)
{
	struct sb_descriptor gdt = { GDT_LIMIT, GDT_BASE };

	clear_window();
	vmx.cr2 = 0;
	require_vector(gdtr_idtr(plain(SGDT, 64), at), VECTOR_PF, error, what);
	require_equal(vmx.cr2, WINDOW + SB_PAGE_SIZE, what);
	require_stored(at, &gdt, stored, what);
}

/* The limit is stored if all of it can be, and then the base. */
static void pages_are_checked_part_by_part(void **state)
{
	u64 border = WINDOW + SB_PAGE_SIZE, *second = guest_entry(border, 1), entry = *second;
	u32 n;

	for (n = 0; n <= 9; n++) {
		u32 stored = n >= 2 ? 2 : 0;

		*second = 0;
		fault_at(border - n, 6, stored, "a page that is not there");
		*second = entry & ~PTE_W;
		fault_at(border - n, 7, stored, "a read-only page");
		*second = entry & ~PTE_U;
		fault_at(border - n, 7, stored, "a page of the kernel");
		*second = entry | PTE_KEY(3);
		vmx.field[VMCS_GUEST_CR4] |= CR4_PKE;
		guest.pkru = 2 << 6;
		fault_at(border - n, 0x27, stored, "a page with a protection key");
		vmx.field[VMCS_GUEST_CR4] &= ~CR4_PKE;
	}
	*second = entry;
	require_vector(gdtr_idtr(plain(SGDT, 64), border - 5), VECTOR_NONE, 0, "across pages");
}

static void selectors_cross_pages(void **state)
{
	u64 border = WINDOW + SB_PAGE_SIZE, *second = guest_entry(border, 1);
	u16 selector = TSS;

	require_vector(ldtr_tr(plain(STR, 64), border - 1), VECTOR_NONE, 0, "STR");
	require_stored(border - 1, &selector, 2, "STR");
	clear_window();
	*second = 0;
	require_vector(ldtr_tr(plain(STR, 64), border - 1), VECTOR_PF, 6, "STR");
	require_equal(vmx.cr2, border, "CR2");
	require_stored(border - 1, &selector, 0, "STR");
}

/* Alignment checks (SDM 3.5.1, 6.15 #AC) */

static void try_alignment(u32 bits, u32 checked)
{
	u64 at;

	set_mode(bits, 3);
	for (at = WINDOW + 0x40; at < WINDOW + 0x50; at++) {
		u64 base_at = at + 2, size = bits == 64 ? 8 : 4;
		struct sb_descriptor gdt = { GDT_LIMIT, GDT_BASE };
		u32 stored = checked && at % 2 ? 0 : checked && base_at % size ? 2 : 2 + size;
		u16 selector = TSS;

		clear_window();
		require_vector(gdtr_idtr(plain(SGDT, bits), at),
			       stored == 2 + size ? VECTOR_NONE : VECTOR_AC, 0, "SGDT");
		require_stored(at, &gdt, stored, "SGDT");
		clear_window();
		require_vector(ldtr_tr(plain(STR, bits), at),
			       checked && at % 2 ? VECTOR_AC : VECTOR_NONE, 0, "STR");
		require_stored(at, &selector, checked && at % 2 ? 0 : 2, "STR");
	}
}

static void alignment_is_checked(void **state)
{
	u32 on;

	for (on = 0; on < 4; on++) {
		vmx.field[VMCS_GUEST_CR0] &= ~CR0_AM;
		vmx.field[VMCS_GUEST_CR0] |= on & 1 ? CR0_AM : 0;
		vmx.field[VMCS_GUEST_RFLAGS] = RFLAGS_FIXED | (on & 2 ? RFLAGS_AC : 0);
		try_alignment(64, on == 3);
		try_alignment(32, on == 3);
	}
	set_mode(64, 0);
	require_vector(gdtr_idtr(plain(SGDT, 64), WINDOW + 1), VECTOR_NONE, 0, "SGDT at CPL 0");
}

/* Privileges */

static void umip_prevents_stores(void **state)
{
	u32 cpl, i;

	for (cpl = 0; cpl <= 3; cpl++) {
		for (i = 0; i < 2; i++) {
			set_mode(64, cpl);
			vmx.field[VMCS_GUEST_CR4] |= CR4_UMIP;
			clear_window();
			require_vector(gdtr_idtr(plain(SGDT + i, 64), WINDOW),
				       cpl ? VECTOR_GP : VECTOR_NONE, 0, "SGDT or SIDT");
			require_vector(ldtr_tr(plain(SLDT + i, 64), WINDOW + 0x10),
				       cpl ? VECTOR_GP : VECTOR_NONE, 0, "SLDT or STR");
			require_vector(ldtr_tr(INSTRUCTION(SLDT + i) | IS_REGISTER, 0),
				       cpl ? VECTOR_GP : VECTOR_NONE, 0, "to a register");
			if (cpl)
				require_stored(WINDOW, NULL, 0, "under UMIP");
		}
	}
}

static void loads_are_for_the_kernel(void **state)
{
	u32 cpl, i;

	for (cpl = 1; cpl <= 3; cpl++) {
		for (i = 0; i < 2; i++) {
			set_mode(64, cpl);
			require_vector(gdtr_idtr(plain(LGDT + i, 64), WINDOW), VECTOR_GP, 0,
				       "LGDT or LIDT");
			require_vector(ldtr_tr(plain(LLDT + i, 64), WINDOW), VECTOR_GP, 0,
				       "LLDT or LTR");
		}
	}
	require_equal(vmx.field[VMCS_GUEST_GDTR_BASE], GDT_BASE, "GDTR");
}

/* GDTR and IDTR */

static void set_policy(u32 mode)
{
	policies_reset();
	policy_set(SHADOW_BOX_POLICY_DESCRIPTOR_REGS, mode);
}

static struct sb_descriptor table(u32 idt)
{
	return (struct sb_descriptor){ vmx.field[VMCS_GUEST_GDTR_LIMIT + 2 * idt],
				       vmx.field[VMCS_GUEST_GDTR_BASE + 2 * idt] };
}

static void require_table(u32 idt, u32 limit, u64 base, const char *what)
{
	require_equal(table(idt).limit, limit, what);
	require_equal(table(idt).base, base, what);
	require(!(vmx.field[VMCS_GUEST_GDTR_LIMIT + 2 * idt] >> 16), "VM entry: the limit");
}

static u32 load_table(u32 bits, u32 idt, u32 flags, struct sb_descriptor value)
{
	memset(window(WINDOW), 0x5a, 16);
	memcpy(window(WINDOW + 3), &value, bits == 64 ? 10 : 6);
	return gdtr_idtr(plain(LGDT + idt, bits) | flags, WINDOW + 3);
}

static void try_table(u32 mode, u32 idt, struct sb_descriptor value)
{
	struct sb_descriptor old = table(idt);
	bool same = !memcmp(&old, &value, sizeof(old)), keeps = mode == ENFORCE && !same;
	u32 reports = mode == OFF || same ? 0 : 1;

	set_policy(mode);
	require_vector(load_table(64, idt, 0, value), keeps ? VECTOR_GP : VECTOR_NONE, 0, "a load");
	require_reports(reports, "a load");
	if (keeps)
		value = old;
	require_table(idt, value.limit, value.base, "the register");
	if (!reports)
		return;
	require_report(SHADOW_BOX_POLICY_DESCRIPTOR_REGS, plain(LGDT + idt, 64), 10);
	require(!memcmp(policies.old, &old, 10), "the old value");
	require(keeps || !memcmp(policies.new, &value, 10), "the new value");
}

/* Whatever the policy: nothing to report, and it is there. */
static void take_table(u32 idt, struct sb_descriptor value)
{
	u32 reports = policies.violations;

	require_vector(load_table(64, idt, 0, value), VECTOR_NONE, 0, "a load");
	require_reports(reports, "a load");
	require_table(idt, value.limit, value.base, "the register");
}

static struct sb_descriptor launched_table(u32 idt)
{
	return cpu->launched.table[idt];
}

/* A CPU that starts anew loads what it wants, until it has what it was launched with. */
static void tables_are_pinned_when_they_arrive(void **state)
{
	u32 idt;

	set_mode(64, 0);
	set_policy(ENFORCE);
	cpu->settled = 0;
	for (idt = 0; idt < 2; idt++) {
		take_table(idt, (struct sb_descriptor){ 0x1f, 0x9a000 });
		take_table(idt, (struct sb_descriptor){ 0x37, 0x9b000 });
		take_table(idt, launched_table(idt));
		try_table(ENFORCE, idt, (struct sb_descriptor){ 0x1f, 0x9a000 });
	}
	require_equal(cpu->settled, SB_SETTLED_GDTR | SB_SETTLED_IDTR, "what has settled");
}

static void loads_of_tables_follow_the_policy(void **state)
{
	u32 mode, idt;

	for (mode = OFF; mode <= ENFORCE; mode++) {
		for (idt = 0; idt < 2; idt++) {
			set_tables();
			set_mode(64, 0);
			try_table(mode, idt, table(idt));
			take_table(idt, (struct sb_descriptor){ 0, 0x1000 });
			take_table(idt, launched_table(idt));
			try_table(mode, idt, (struct sb_descriptor){ table(idt).limit, 0x1000 });
			try_table(mode, idt, (struct sb_descriptor){ 0xffff, 0xffffffffffff0000 });
			take_table(idt, launched_table(idt));
			require_equal(table(!idt).base, idt ? GDT_BASE : IDT_BASE, "the other one");
		}
	}
}

static void bases_must_be_canonical(void **state)
{
	set_mode(64, 0);
	require_vector(load_table(64, 1, 0, (struct sb_descriptor){ 0xfff, 0x800000000000 }),
		       VECTOR_GP, 0, "LIDT");
	require_table(1, IDT_LIMIT, IDT_BASE, "IDTR");
}

/* The base has 24 bits by a 16-bit operand, else 32. */
static void loads_in_32_bit_code(void **state)
{
	set_mode(32, 0);
	require_vector(load_table(32, 0, IS_32BIT, (struct sb_descriptor){ 0x37, 0x87654321 }),
		       VECTOR_NONE, 0, "LGDT");
	require_table(0, 0x37, 0x87654321, "GDTR");
	require_vector(load_table(32, 0, 0, (struct sb_descriptor){ 0x38, 0x87654321 }),
		       VECTOR_NONE, 0, "66 LGDT");
	require_table(0, 0x38, 0x654321, "GDTR");
}

static void loads_fault_before_anything_is_reported(void **state)
{
	set_mode(64, 0);
	set_policy(ENFORCE);
	*guest_entry(WINDOW + SB_PAGE_SIZE, 1) = 0;
	require_vector(gdtr_idtr(plain(LIDT, 64), WINDOW + SB_PAGE_SIZE - 3), VECTOR_PF, 0, "LIDT");
	require_equal(vmx.cr2, WINDOW + SB_PAGE_SIZE, "CR2");
	require_reports(0, "an operand that faults");
	require_table(1, IDT_LIMIT, IDT_BASE, "IDTR");
}

/* LDTR and TR */

#define OTHER	0x60	/* a slot of the GDT that Linux has for something else */

/* A descriptor of 16 bytes with access byte @access; @flags are bits 52 to 55. */
static void put_descriptor(u32 selector, u32 access, u32 flags, u32 limit, u64 base)
{
	u64 *d = (u64 *)((u8 *)guest_ram(RAM(RAM_GDT)) + selector);

	d[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | (u64)access << 40 |
	       (u64)(limit >> 16 & 0xf) << 48 | (u64)flags << 52 | (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
}

/* SDM 27.3.1.2: what VM entry wants of LDTR and TR. */
static void check_entry(void)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		u32 access = vmx.field[VMCS_GUEST_LDTR_ACCESS + 2 * i];
		u32 limit = vmx.field[VMCS_GUEST_LDTR_LIMIT + 2 * i];

		if (!i && access & ACCESS_UNUSABLE)
			continue;
		require((access & 0x1f) == (i ? 11 : 2) && access & ACCESS_PRESENT &&
			!(access & ~0xf0ffu), "VM entry: access rights 0x%x", access);
		require(!(vmx.field[VMCS_GUEST_LDTR_SELECTOR + 2 * i] & 4), "VM entry: TI");
		require((limit & 0xfff) == 0xfff || !(access & BIT(15)), "VM entry: limit, G");
		require(!(limit >> 20) || access & BIT(15), "VM entry: limit, no G");
		require(guest_canonical(vmx.field[VMCS_GUEST_LDTR_BASE + 2 * i]), "VM entry: base");
	}
}

/* By a register operand, then by a memory operand: the same. */
static void load_selector(u32 instruction, u16 selector, u32 vector, u64 error, const char *what)
{
	set_register(9, 0xdeadbeefdead0000 | selector);
	require_vector(ldtr_tr(INSTRUCTION(instruction) | IS_REGISTER | 9 << 3, 0), vector, error,
		       what);
	check_entry();
}

static void load_selector_from_memory(u32 instruction, u16 selector, u32 vector, u64 error,
				      const char *what)
{
	memcpy(window(WINDOW + 1), &selector, sizeof(selector));
	require_vector(ldtr_tr(plain(instruction, 64), WINDOW + 1), vector, error, what);
	check_entry();
}

static void require_ldtr(u32 selector, u32 access, u32 limit, u64 base)
{
	require_equal(vmx.field[VMCS_GUEST_LDTR_SELECTOR], selector, "LDTR");
	require_equal(vmx.field[VMCS_GUEST_LDTR_ACCESS], access, "access rights of the LDT");
	require_equal(vmx.field[VMCS_GUEST_LDTR_LIMIT], limit, "limit of the LDT");
	require_equal(vmx.field[VMCS_GUEST_LDTR_BASE], base, "base of the LDT");
}

/* What Linux does for programs with LDTs and without. */
static void context_switches_go_on(void **state)
{
	u32 i;

	set_mode(64, 0);
	set_policy(ENFORCE);
	for (i = 1; i <= 4; i++) {
		put_descriptor(SB_LINUX_LDT, 0x82, 0, 8 * i - 1, LDT_BASE + i * 0x1000);
		load_selector(LLDT, SB_LINUX_LDT, VECTOR_NONE, 0, "LLDT of an LDT");
		require_ldtr(SB_LINUX_LDT, 0x82, 8 * i - 1, LDT_BASE + i * 0x1000);
		load_selector(LLDT, i % 4, VECTOR_NONE, 0, "LLDT of none");
		require_ldtr(i % 4, ACCESS_UNUSABLE, 0, 0);
		load_selector_from_memory(LLDT, SB_LINUX_LDT | 3, VECTOR_NONE, 0, "LLDT of an LDT");
		require_ldtr(SB_LINUX_LDT | 3, 0x82, 8 * i - 1, LDT_BASE + i * 0x1000);
	}
	require_reports(0, "LLDT as Linux has it");
}

static void another_ldt_is_a_violation(void **state)
{
	u32 info = INSTRUCTION(LLDT) | IS_REGISTER | 9 << 3;

	set_mode(64, 0);
	put_descriptor(OTHER, 0x82, 0, LDT_LIMIT, LDT_BASE);
	set_policy(ENFORCE);
	load_selector(LLDT, OTHER, VECTOR_GP, 0, "LLDT");
	require_report(SHADOW_BOX_POLICY_DESCRIPTOR_REGS, info, 2);
	require_equal(reported_old(), 0, "the old selector");
	require_equal(reported_new(), OTHER, "the new selector");
	require_ldtr(0, ACCESS_UNUSABLE, 0, 0);
	set_policy(LOG);
	load_selector(LLDT, OTHER, VECTOR_NONE, 0, "LLDT");
	require_reports(1, "LLDT in log mode");
	require_ldtr(OTHER, 0x82, LDT_LIMIT, LDT_BASE);
	set_policy(ENFORCE);
	load_selector(LLDT, OTHER, VECTOR_NONE, 0, "LLDT of what is there");
	require_reports(0, "LLDT of what is there");
	set_policy(OFF);
	load_selector(LLDT, 0, VECTOR_NONE, 0, "LLDT of none");
	load_selector(LLDT, OTHER, VECTOR_NONE, 0, "LLDT");
	require_reports(0, "LLDT with the policy off");
}

static void limits_count_bytes_or_pages(void **state)
{
	set_mode(64, 0);
	put_descriptor(SB_LINUX_LDT, 0x82, 8, 0x12345, LDT_BASE);
	load_selector(LLDT, SB_LINUX_LDT, VECTOR_NONE, 0, "LLDT");
	require_ldtr(SB_LINUX_LDT, 0x8082, 0x12345fff, LDT_BASE);
	put_descriptor(SB_LINUX_LDT, 0x82, 7, 0xfffff, 0xffffff8087654321);
	load_selector(LLDT, SB_LINUX_LDT, VECTOR_NONE, 0, "LLDT");
	require_ldtr(SB_LINUX_LDT, 0x7082, 0xfffff, 0xffffff8087654321);
}

/* Faults that LLDT and LTR have in common: @type is what they want. */
static void bad_descriptors_fault(u32 instruction, u32 type)
{
	u64 *d = (u64 *)((u8 *)guest_ram(RAM(RAM_GDT)) + OTHER);
	u32 access;

	/* All would be right, were it not for the selector. */
	put_descriptor(OTHER, 0x80 | type, 0, 0x67, LDT_BASE);
	put_descriptor(GDT_LIMIT - 7, 0x80 | type, 0, 0x67, LDT_BASE);
	load_selector(instruction, OTHER | 4, VECTOR_GP, OTHER | 4, "a selector in the LDT");
	load_selector(instruction, 0x7b, VECTOR_GP, 0x78, "half beyond the limit");
	load_selector(instruction, 0xfff8, VECTOR_GP, 0xfff8, "beyond the limit");
	for (access = 0; access < 256; access++) {
		bool right = (access & 0x1f) == type, present = access & 0x80;

		if (right && present)
			continue;
		put_descriptor(OTHER, access, 0, 0x67, LDT_BASE);
		load_selector(instruction, OTHER | 1, right ? VECTOR_NP : VECTOR_GP, OTHER,
			      "access rights");
	}
	put_descriptor(OTHER, 0x80 | type, 0, 0x67, 0x800000000000);
	load_selector(instruction, OTHER, VECTOR_GP, OTHER, "a base that is not canonical");
	put_descriptor(OTHER, 0x80 | type, 0, 0x67, LDT_BASE);
	d[1] |= 1ull << 40;
	load_selector(instruction, OTHER, VECTOR_GP, OTHER, "a type in the upper half");
	guest_entry(GDT, 1)[0] &= ~PTE_P;
	load_selector(instruction, OTHER, VECTOR_PF, 0, "a GDT that is not there");
	require_equal(vmx.cr2, GDT + OTHER, "CR2");
	require_equal(vmx.field[VMCS_GUEST_TR_SELECTOR], TSS, "TR");
	require_ldtr(0, ACCESS_UNUSABLE, 0, 0);
}

static void lldt_faults(void **state)
{
	set_mode(64, 0);
	bad_descriptors_fault(LLDT, 2);
}

static void ltr_faults(void **state)
{
	u32 selector;

	set_mode(64, 0);
	put_descriptor(0, 0x89, 0, TSS_LIMIT, TSS_BASE);
	for (selector = 0; selector < 4; selector++)
		load_selector(LTR, selector, VECTOR_GP, 0, "LTR of none");
	bad_descriptors_fault(LTR, 9);
}

static void require_tr(u32 selector, u32 limit, u64 base, bool busy)
{
	const u8 *descriptor = (u8 *)guest_ram(RAM(RAM_GDT)) + (selector & ~3);

	require_equal(vmx.field[VMCS_GUEST_TR_SELECTOR], selector, "TR");
	require_equal(vmx.field[VMCS_GUEST_TR_ACCESS], 0x8b, "access rights of the TSS");
	require_equal(vmx.field[VMCS_GUEST_TR_LIMIT], limit, "limit of the TSS");
	require_equal(vmx.field[VMCS_GUEST_TR_BASE], base, "base of the TSS");
	require_equal(descriptor[5], busy ? 0x8b : 0x89, "access rights in the GDT");
}

/* The GDT is read-only where Linux uses it, so that LTR faults there unless CR0.WP is clear. */
static void ltr_sets_the_busy_bit(void **state)
{
	set_mode(64, 0);
	put_descriptor(OTHER, 0x89, 0, TSS_LIMIT, TSS_BASE + 0x4000);
	load_selector(LTR, OTHER, VECTOR_PF, 3, "LTR with a read-only GDT");
	require_equal(vmx.cr2, GDT + OTHER + 5, "CR2");
	require_equal(vmx.field[VMCS_GUEST_TR_BASE], TSS_BASE, "base of the TSS");
	vmx.field[VMCS_GUEST_GDTR_BASE] = GDT_ALIAS;
	load_selector(LTR, OTHER | 2, VECTOR_NONE, 0, "LTR");
	require_tr(OTHER | 2, TSS_LIMIT, TSS_BASE + 0x4000, true);
	load_selector(LTR, OTHER, VECTOR_GP, OTHER, "LTR of a busy TSS");
}

static void another_tss_is_a_violation(void **state)
{
	struct { u64 base; u32 limit; } __attribute__((packed))
		old = { TSS_BASE, TSS_LIMIT }, new = { TSS_BASE + 0x4000, TSS_LIMIT };

	set_mode(64, 0);
	vmx.field[VMCS_GUEST_GDTR_BASE] = GDT_ALIAS;
	set_policy(ENFORCE);
	put_descriptor(TSS, 0x89, 0, TSS_LIMIT, TSS_BASE);
	load_selector(LTR, TSS, VECTOR_NONE, 0, "LTR of what is there");
	require_reports(0, "LTR of what is there");
	require_tr(TSS, TSS_LIMIT, TSS_BASE, true);
	put_descriptor(OTHER, 0x89, 0, TSS_LIMIT, TSS_BASE);
	load_selector_from_memory(LTR, OTHER, VECTOR_GP, 0, "LTR of another selector");
	require_report(SHADOW_BOX_POLICY_DESCRIPTOR_REGS, plain(LTR, 64), 2);
	require_equal(reported_old(), TSS, "the old selector");
	require_equal(reported_new(), OTHER, "the new selector");
	put_descriptor(TSS, 0x89, 0, TSS_LIMIT, TSS_BASE + 0x4000);
	load_selector_from_memory(LTR, TSS, VECTOR_GP, 0, "LTR of another TSS");
	require_report(SHADOW_BOX_POLICY_DESCRIPTOR_REGS, plain(LTR, 64), 12);
	require(!memcmp(policies.old, &old, 12) && !memcmp(policies.new, &new, 12), "its TSS");
	put_descriptor(TSS, 0x89, 0, TSS_LIMIT + 1, TSS_BASE);
	load_selector_from_memory(LTR, TSS, VECTOR_GP, 0, "LTR of a longer TSS");
	require_reports(3, "LTR");
	require_equal(vmx.field[VMCS_GUEST_TR_BASE], TSS_BASE, "base of the TSS");
	set_policy(LOG);
	put_descriptor(OTHER, 0x89, 0, TSS_LIMIT, TSS_BASE + 0x8000);
	load_selector(LTR, OTHER, VECTOR_NONE, 0, "LTR in log mode");
	require_reports(1, "LTR in log mode");
	require_tr(OTHER, TSS_LIMIT, TSS_BASE + 0x8000, true);
}

static void a_tss_is_pinned_when_it_arrives(void **state)
{
	set_mode(64, 0);
	vmx.field[VMCS_GUEST_GDTR_BASE] = GDT_ALIAS;
	set_policy(ENFORCE);
	cpu->settled = 0;
	vmx.field[VMCS_GUEST_TR_SELECTOR] = vmx.field[VMCS_GUEST_TR_BASE] = 0;
	put_descriptor(OTHER, 0x89, 0, TSS_LIMIT, TSS_BASE + 0x4000);
	load_selector(LTR, OTHER, VECTOR_NONE, 0, "LTR of something else");
	put_descriptor(TSS, 0x89, 0, TSS_LIMIT, TSS_BASE);
	load_selector(LTR, TSS, VECTOR_NONE, 0, "LTR of what was there");
	require_reports(0, "a CPU that starts");
	put_descriptor(OTHER, 0x89, 0, TSS_LIMIT, TSS_BASE + 0x4000);
	load_selector_from_memory(LTR, OTHER, VECTOR_GP, 0, "LTR afterwards");
	require_reports(1, "LTR afterwards");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_cpu)
	const struct CMUnitTest tests[] = {
		TEST(operands_are_found),
		TEST(operand_relative_to_rip),
		TEST(parts_of_an_operand_wrap_by_the_address_size),
		TEST(linear_addresses_wrap_in_32_bit_code),
		TEST(linear_addresses_go_on_in_64_bit_code),
		TEST(stores_are_as_wide_as_the_mode_has_them),
		TEST(register_operands),
		TEST(code_is_read_where_it_is),
		TEST(segments_have_limits),
		TEST(loads_need_readable_segments),
		TEST(addresses_are_canonical),
		TEST(segments_have_no_limits_in_64_bit_code),
		TEST(pages_are_checked_part_by_part),
		TEST(selectors_cross_pages),
		TEST(alignment_is_checked),
		TEST(umip_prevents_stores),
		TEST(loads_are_for_the_kernel),
		TEST(loads_of_tables_follow_the_policy),
		TEST(tables_are_pinned_when_they_arrive),
		TEST(bases_must_be_canonical),
		TEST(loads_in_32_bit_code),
		TEST(loads_fault_before_anything_is_reported),
		TEST(context_switches_go_on),
		TEST(another_ldt_is_a_violation),
		TEST(limits_count_bytes_or_pages),
		TEST(lldt_faults),
		TEST(ltr_faults),
		TEST(ltr_sets_the_busy_bit),
		TEST(another_tss_is_a_violation),
		TEST(a_tss_is_pinned_when_it_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
