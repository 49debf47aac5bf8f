// SPDX-License-Identifier: GPL-2.0-only
/*
 * The instructions that Linux patches its code with, decoded where they meet a page they may not
 * write to: MOV and MOVNTI to memory, MOVS, STOS. No other instruction is a legitimate patch.
 */
#include "../host.h"

#define INSTRUCTION_MAX	15

#define REX_B	BIT(0)
#define REX_X	BIT(1)
#define REX_R	BIT(2)
#define REX_W	BIT(3)

/**
 * struct insn - an instruction, as far as it has been read
 * @regs: the guest's registers
 * @code: its bytes, and what follows
 * @size: how many bytes of @code there are
 * @at: how many of them have been taken
 * @ended: more were to be taken than there are
 * @is_word: prefix 66
 * @is_rep: prefix F2 or F3; both repeat MOVS and STOS
 * @rex: prefix REX, 0 for none
 * @segment: base of the segment: FS and GS alone have one in 64-bit code
 * @reg: register operand, or what ModRM has in its place
 * @is_memory: ModRM's other operand is in memory
 * @is_relative: @address is relative to the next instruction
 * @address: offset in the segment
 */
struct insn {
	const struct sb_regs *regs;
	u8 code[INSTRUCTION_MAX];
	u32 size, at;
	bool ended;
	bool is_word, is_rep;
	u8 rex;
	u64 segment;
	u32 reg;
	bool is_memory, is_relative;
	u64 address;
};

/*
 * As many bytes as an instruction can have, or, if the next page is not there, those in this one.
 * Other CPUs can change them, or what is mapped there; then another instruction is decoded than the
 * one that exited, and what is verified and stored is still one and the same.
 */
static u32 read_instruction(u64 rip, u8 *code)
{
	u32 left = SB_PAGE_SIZE - rip % SB_PAGE_SIZE;

	if (code_read(rip, code, INSTRUCTION_MAX))
		return INSTRUCTION_MAX;
	return left < INSTRUCTION_MAX && code_read(rip, code, left) ? left : 0;
}

/* The next @size bytes as a number. */
static u64 take(struct insn *in, u32 size)
{
	u64 value = 0;

	if (size > in->size - in->at) {
		in->ended = true;
		return 0;
	}
	copy_bytes(&value, &in->code[in->at], size);
	in->at += size;
	return value;
}

static u64 take_signed(struct insn *in, u32 size)
{
	u32 unused = 64 - 8 * size;

	return (u64)((long long)(take(in, size) << unused) >> unused);
}

/*
 * Takes a prefix. LOCK makes these instructions fault, and 67 asks for 32-bit addresses, which the
 * kernel has no use for: they count as opcodes that are not known. Segments other than FS and GS
 * are ignored by the CPU (SDM volume 2, 2.1.1).
 */
static bool is_prefix(struct insn *in, u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		return true;
	case 0x64:
		in->segment = vmread(VMCS_GUEST_FS_BASE);
		return true;
	case 0x65:
		in->segment = vmread(VMCS_GUEST_GS_BASE);
		return true;
	case 0x66:
		in->is_word = true;
		return true;
	case 0xf2:
	case 0xf3:
		in->is_rep = true;
		return true;
	}
	return false;
}

/* Takes all prefixes and returns the opcode. REX counts only as the last of them. */
static u8 take_opcode(struct insn *in)
{
	for (;;) {
		u8 byte = take(in, 1);

		if ((byte & 0xf0) == 0x40)
			in->rex = byte;
		else if (is_prefix(in, byte))
			in->rex = 0;
		else
			return byte;
	}
}

/* A field of ModRM or SIB with its fourth bit, which is in REX. */
static u32 extended(const struct insn *in, u32 field, u32 rex_bit)
{
	return (field & 7) | (in->rex & rex_bit ? 8 : 0);
}

/* SIB: index 4 is none, and base 5 without a displacement in ModRM is one of 32 bits instead. */
static void take_sib(struct insn *in, u32 *mod)
{
	u8 sib = take(in, 1);
	u32 index = extended(in, sib >> 3, REX_X);

	if (index != 4)
		in->address += guest_register(in->regs, index) << (sib >> 6);
	if ((sib & 7) == 5 && *mod == 0)
		*mod = 2;
	else
		in->address += guest_register(in->regs, extended(in, sib, REX_B));
}

/* SDM volume 2, 2.1.5 and 2.2.1. */
static void take_modrm(struct insn *in)
{
	u8 modrm = take(in, 1);
	u32 mod = modrm >> 6;

	in->reg = extended(in, modrm >> 3, REX_R);
	in->is_memory = mod != 3;
	if (!in->is_memory)
		return;
	if ((modrm & 7) == 4) {
		take_sib(in, &mod);
	} else if ((modrm & 7) == 5 && mod == 0) {
		in->is_relative = true;
		mod = 2;
	} else {
		in->address = guest_register(in->regs, extended(in, modrm, REX_B));
	}
	if (mod)
		in->address += take_signed(in, mod == 1 ? 1 : 4);
}

/* Bytes of the operand: the lowest bit of these opcodes says whether it is more than one. */
static u32 operand_size(const struct insn *in, u8 opcode)
{
	if (!(opcode & 1))
		return 1;
	if (in->rex & REX_W)
		return 8;
	return in->is_word ? 2 : 4;
}

/* Byte registers 4 to 7 are AH, CH, DH and BH, unless there is a REX prefix. */
static u64 register_operand(const struct insn *in, u32 size)
{
	if (size == 1 && !in->rex && in->reg >= 4)
		return guest_register(in->regs, in->reg - 4) >> 8;
	return guest_register(in->regs, in->reg);
}

/* All of the instruction has been taken: it stores the lowest @size bytes of @value. */
static bool set_store(const struct insn *in, u64 value, u32 size, struct store *store)
{
	u64 next = vmread(VMCS_GUEST_RIP) + in->at;

	store->linear = in->segment + in->address + (in->is_relative ? next : 0);
	store->size = size;
	copy_bytes(store->bytes, &value, size);
	return in->is_memory && !in->is_rep;
}

static bool decode_mov_register(struct insn *in, u32 size, struct store *store)
{
	take_modrm(in);
	return set_store(in, register_operand(in, size), size, store);
}

/* Group 11 (C6, C7) has more than MOV. An immediate has 32 bits at most. */
static bool decode_mov_immediate(struct insn *in, u32 size, struct store *store)
{
	u64 value;

	take_modrm(in);
	value = take_signed(in, size == 8 ? 4 : size);
	return (in->reg & 7) == 0 && set_store(in, value, size, store);
}

static bool decode_mov_accumulator(struct insn *in, u32 size, struct store *store)
{
	in->address = take(in, 8);
	in->is_memory = true;
	return set_store(in, in->regs->rax, size, store);
}

/* 0F C3, which has no form of 16 bits. */
static bool decode_movnti(struct insn *in, struct store *store)
{
	u8 opcode = take(in, 1);
	u32 size = operand_size(in, opcode);

	take_modrm(in);
	return opcode == 0xc3 && !in->is_word &&
	       set_store(in, guest_register(in->regs, in->reg), size, store);
}

/* Where a string instruction stores, and how much, repetitions included. */
static bool find_destination(const struct insn *in, u32 size, struct store *store)
{
	store->is_rep = in->is_rep;
	store->count = in->is_rep ? in->regs->rcx : 1;
	if (!store->count || store->count > STORE_MAX / size)
		return false;
	store->linear = in->regs->rdi;
	store->size = store->count * size;
	return !(vmread(VMCS_GUEST_RFLAGS) & RFLAGS_DF);
}

/*
 * A source that the destination overlaps from above would be overwritten before it is read. The
 * CPU has read the first element already; what is there now is what is verified and stored.
 */
static bool decode_movs(const struct insn *in, u32 size, struct store *store)
{
	store->is_movs = true;
	store->source = in->segment + in->regs->rsi;
	return find_destination(in, size, store) && store->linear - store->source >= store->size &&
	       guest_read(store->source, store->bytes, store->size);
}

static bool decode_stos(const struct insn *in, u32 size, struct store *store)
{
	u32 i;

	store->is_stos = true;
	if (!find_destination(in, size, store))
		return false;
	for (i = 0; i < store->count; i++)
		copy_bytes(&store->bytes[i * size], &in->regs->rax, size);
	return true;
}

static bool decode(struct insn *in, struct store *store)
{
	u8 opcode = take_opcode(in);
	u32 size = operand_size(in, opcode);

	switch (opcode) {
	case 0x0f:
		return decode_movnti(in, store);
	case 0x88:
	case 0x89:
		return decode_mov_register(in, size, store);
	case 0xa2:
	case 0xa3:
		return decode_mov_accumulator(in, size, store);
	case 0xa4:
	case 0xa5:
		return decode_movs(in, size, store);
	case 0xaa:
	case 0xab:
		return decode_stos(in, size, store);
	case 0xc6:
	case 0xc7:
		return decode_mov_immediate(in, size, store);
	}
	return false;
}

/**
 * decode_store() - find out what the guest's current instruction was about to write
 * @regs: general-purpose registers of the guest
 * @linear: guest-linear address of the EPT violation
 * @store: result
 *
 * The store begins at @linear; its end can lie in the next page, of which the violation says
 * nothing.
 *
 * Return: false if it is none of the instructions known here, is not 64-bit code, writes more than
 * %STORE_MAX bytes or downwards, or begins elsewhere.
 */
bool decode_store(const struct sb_regs *regs, u64 linear, struct store *store)
{
	struct insn in;

	zero_bytes(&in, sizeof(in));
	zero_bytes(store, sizeof(*store));
	if (!(vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_LONG_MODE))
		return false;
	in.regs = regs;
	in.size = read_instruction(vmread(VMCS_GUEST_RIP), in.code);
	if (!decode(&in, store) || in.ended)
		return false;
	store->length = in.at;
	return store->linear == linear;
}

/**
 * skip_store() - go on as if the instruction had been executed, whatever became of its bytes
 * @regs: general-purpose registers of the guest
 * @store: the instruction
 *
 * All repetitions at once: with RFLAGS.TF set there is one single-step trap, not one for each.
 */
void skip_store(struct sb_regs *regs, const struct store *store)
{
	if (store->is_movs)
		regs->rsi += store->size;
	if (store->is_movs || store->is_stos)
		regs->rdi += store->size;
	if (store->is_rep)
		regs->rcx -= store->count;
	guest_skip_bytes(store->length);
}

/**
 * store_source() - where the kernel's memcpy() got the byte from that it is about to store
 * @regs: general-purpose registers of the guest, at a MOV from a register
 * @linear: linear address of the byte
 *
 * memcpy_orig in arch/x86/lib/memcpy_64.S leaves RDI and RSI as they were passed while it copies
 * the last 31 bytes or fewer; in its loops for 32 bytes and more RSI runs ahead, and this is not
 * the source. Who calls this must compare what is there with what is stored.
 */
u64 store_source(const struct sb_regs *regs, u64 linear)
{
	return regs->rsi + (linear - regs->rdi);
}
