// SPDX-License-Identifier: GPL-2.0-only
/*
 * SGDT, SIDT, SLDT, STR and their loads, which exit while descriptor-regs is on: executed for the
 * guest as its CPU would, for user programs too, unless the policy forbids what a load changes.
 */
#include "../host.h"

/* VM-exit instruction information (SDM tables 28-10 and 28-11). */
#define INFO_SCALE(info)	((info) & 3)
#define INFO_REGISTER(info)	((info) >> 3 & 15)
#define INFO_ADDRESS_SIZE(info)	((info) >> 7 & 7)
#define INFO_IS_REGISTER	BIT(10)
#define INFO_32BIT		BIT(11)
#define INFO_SEGMENT(info)	((info) >> 15 & 7)
#define INFO_INDEX(info)	((info) >> 18 & 15)
#define INFO_NO_INDEX		BIT(22)
#define INFO_BASE(info)		((info) >> 23 & 15)
#define INFO_NO_BASE		BIT(27)
#define INFO_IS_LOAD		BIT(29)
#define INFO_IS_SECOND		BIT(28)	/* of two: the IDT, not the GDT; TR, not LDTR */

/* Segments in the order of the VMCS, whose fields are two apart. */
#define SEGMENT_SS	2
#define SEGMENT_FS	4

/* Segment access rights; those of data say "writable" where those of code say "readable". */
#define TYPE_CODE	BIT(3)
#define TYPE_DOWN	BIT(2)
#define TYPE_READ_WRITE	BIT(1)

#define TYPE_LDT	2
#define TYPE_TSS	9
#define TYPE_BUSY	2	/* added to TYPE_TSS */

#define SELECTOR_RPL	3u
#define SELECTOR_TI	BIT(2)

/**
 * struct operand - a memory operand
 * @offset: effective address: within the segment
 * @mask: what the address size leaves of it
 * @segment: segment register
 * @is_64: 64-bit mode, in which segments have no limits
 */
struct operand {
	u64 offset;
	u64 mask;
	u32 segment;
	bool is_64;
};

static bool is_64bit_mode(void)
{
	return vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_LONG_MODE;
}

/* The qualification is the displacement, or its sum with RIP if that is the base (SDM 28.2.1). */
static struct operand decode_operand(const struct sb_regs *regs, u32 info)
{
	u32 size = INFO_ADDRESS_SIZE(info);
	struct operand o = { .offset = vmread(VMCS_EXIT_QUALIFICATION),
			     .mask = size == 0 ? 0xffff : size == 1 ? 0xffffffff : ~0ull,
			     .segment = INFO_SEGMENT(info), .is_64 = is_64bit_mode() };

	if (!(info & INFO_NO_BASE))
		o.offset += guest_register(regs, INFO_BASE(info));
	if (!(info & INFO_NO_INDEX))
		o.offset += guest_register(regs, INFO_INDEX(info)) << INFO_SCALE(info);
	return o;
}

/*
 * May bytes @first to @last of a segment be accessed, by its type and limit (SDM 6.3, 3.4.5.1)?
 * What reaches beyond 4 GB may or may not fault, says the SDM: here it does.
 */
static bool is_in_segment(u32 segment, u64 first, u64 last, bool is_write)
{
	u32 access = vmread(VMCS_GUEST_ES_ACCESS + 2 * segment);
	u64 limit = vmread(VMCS_GUEST_ES_LIMIT + 2 * segment);

	if (access & ACCESS_UNUSABLE)
		return false;
	if (access & TYPE_CODE && (is_write || !(access & TYPE_READ_WRITE)))
		return false;
	if (is_write && !(access & TYPE_READ_WRITE))
		return false;
	if (access & TYPE_DOWN && !(access & TYPE_CODE))
		return first > limit && last <= (access & ACCESS_32BIT ? 0xffffffff : 0xffff);
	return last <= limit;
}

/* In 64-bit mode only FS and GS have a base, and addresses must be canonical. */
static bool translate_64(const struct operand *o, u64 offset, u32 size, u64 *linear)
{
	*linear = offset;
	if (o->segment >= SEGMENT_FS)
		*linear += vmread(VMCS_GUEST_ES_BASE + 2 * o->segment);
	return guest_canonical(*linear) && guest_canonical(*linear + size - 1);
}

static bool translate_32(const struct operand *o, u64 offset, u32 size, bool is_write, u64 *linear)
{
	*linear = (u32)(vmread(VMCS_GUEST_ES_BASE + 2 * o->segment) + offset);
	return is_in_segment(o->segment, offset, offset + size - 1, is_write);
}

/* Linear address of @size bytes, @at bytes into the operand. Returns false with #GP or #SS. */
static bool linear_address(const struct operand *o, u32 at, u32 size, bool is_write, u64 *linear)
{
	u64 offset = (o->offset + at) & o->mask;

	if (o->is_64 ? translate_64(o, offset, size, linear)
		     : translate_32(o, offset, size, is_write, linear))
		return true;
	guest_inject_exception(o->segment == SEGMENT_SS ? VECTOR_SS : VECTOR_GP);
	return false;
}

static bool is_alignment_checked(void)
{
	return guest_cpl() == 3 && vmread(VMCS_GUEST_CR0) & CR0_AM &&
	       vmread(VMCS_GUEST_RFLAGS) & RFLAGS_AC;
}

#define END_32	(1ull << 32)

/* Linear addresses have 32 bits outside 64-bit mode: after the last comes 0. */
static bool store_wrapping(struct sb_cpu *cpu, u64 linear, const void *bytes, u32 size)
{
	u32 part = linear + size <= END_32 ? size : END_32 - linear;

	return guest_store(cpu, linear, bytes, part) &&
	       (part == size || guest_store(cpu, 0, (const u8 *)bytes + part, size - part));
}

/* Returns false if the instruction ends here, with an exception or to be executed again. */
static bool store(struct sb_cpu *cpu, const struct operand *o, u32 at, const void *bytes, u32 size)
{
	u64 linear;

	if (!linear_address(o, at, size, true, &linear))
		return false;
	if (linear & (size - 1) && is_alignment_checked()) {
		guest_inject_exception(VECTOR_AC);
		return false;
	}
	return o->is_64 ? guest_store(cpu, linear, bytes, size)
			: store_wrapping(cpu, linear, bytes, size);
}

/* Likewise. Loads are CPL 0's, where alignment is not checked. */
static bool load(struct sb_cpu *cpu, const struct operand *o, u32 at, void *bytes, u32 size)
{
	u64 linear;

	return linear_address(o, at, size, false, &linear) && guest_load(cpu, linear, bytes, size);
}

/*
 * Faults based on the privilege level come before the exit, UMIP's among them (SDM 26.1.1). This is
 * for hypervisors below that see it otherwise.
 */
static bool is_unprivileged(u32 info)
{
	return guest_cpl() && (info & INFO_IS_LOAD || vmread(VMCS_GUEST_CR4) & CR4_UMIP);
}

/* Reports a load of another value. Returns whether the policy forbids it, then with #GP. */
static bool is_forbidden(struct sb_cpu *cpu, u32 info, const void *old, const void *new, u32 size)
{
	if (!violation(cpu, &(struct violation){ .policy = SHADOW_BOX_POLICY_DESCRIPTOR_REGS,
						 .why = SHADOW_BOX_WHY_REGISTER,
						 .subject = SHADOW_BOX_SUBJECT_REGISTER,
						 .code = info, .size = size, .old = old, .new = new }))
		return false;
	guest_inject_exception(VECTOR_GP);
	return true;
}

/* GDTR and IDTR; @table is 0 or 1 */

static struct sb_descriptor table_register(u32 table)
{
	return (struct sb_descriptor){ .limit = vmread(VMCS_GUEST_GDTR_LIMIT + 2 * table),
				       .base = vmread(VMCS_GUEST_GDTR_BASE + 2 * table) };
}

/* Bytes of a table's base in memory. */
static u32 base_size(const struct operand *o)
{
	return o->is_64 ? 8 : 4;
}

/*
 * Two stores, as the CPU's (SDM 3.5.1): a fault of the second finds the limit written. Outside
 * 64-bit mode 32 bits of the base are stored, whatever the operand size (SDM volume 2, SGDT,
 * "Operation"): the 24 bits of its text are those of loads.
 */
static bool store_table(struct sb_cpu *cpu, const struct operand *o, u32 table)
{
	struct sb_descriptor value = table_register(table);
	u16 limit = value.limit;
	u64 base = value.base;

	return store(cpu, o, 0, &limit, sizeof(limit)) && store(cpu, o, 2, &base, base_size(o));
}

static bool is_same_table(const struct sb_descriptor *a, const struct sb_descriptor *b)
{
	return a->limit == b->limit && a->base == b->base;
}

/* A CPU that starts anew may load what it wants until it has what it was launched with. */
static bool is_settled(struct sb_cpu *cpu, u32 what, bool arrives)
{
	if (cpu->settled & what)
		return true;
	if (arrives)
		cpu->settled |= what;
	return false;
}

/*
 * Would a table register get another value than that of the launch? With a limit of 0 there is no table:
 * the next exception resets the machine, and the kernel does just that to restart it.
 */
static bool forbids_table(struct sb_cpu *cpu, u32 info, u32 table, const struct sb_descriptor *old,
			  const struct sb_descriptor *new)
{
	bool arrives = is_same_table(new, &cpu->launched.table[table]);

	if (!is_settled(cpu, SB_SETTLED_GDTR << table, arrives) || arrives || !new->limit)
		return false;
	return is_forbidden(cpu, info, old, new, sizeof(*new));
}

static bool load_table(struct sb_cpu *cpu, const struct operand *o, u32 info, u32 table)
{
	struct sb_descriptor old = table_register(table), new;
	u16 limit;
	u64 base = 0;

	if (!load(cpu, o, 0, &limit, sizeof(limit)) || !load(cpu, o, 2, &base, base_size(o)))
		return false;
	if (!o->is_64 && !(info & INFO_32BIT))
		base &= 0xffffff;
	new = (struct sb_descriptor){ .limit = limit, .base = base };
	if (forbids_table(cpu, info, table, &old, &new))
		return false;
	if (!guest_canonical(base)) {
		guest_inject_exception(VECTOR_GP);
		return false;
	}
	vmwrite(VMCS_GUEST_GDTR_LIMIT + 2 * table, limit);
	vmwrite(VMCS_GUEST_GDTR_BASE + 2 * table, base);
	return true;
}

/**
 * emulate_gdtr_idtr_access() - SGDT, SIDT, LGDT or LIDT
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * Linux sets both registers when a CPU starts: any other value than that of the launch is a violation.
 */
void emulate_gdtr_idtr_access(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 info = vmread(VMCS_EXIT_INSTRUCTION_INFO), table = !!(info & INFO_IS_SECOND);
	struct operand operand = decode_operand(regs, info);
	bool done;

	if (is_unprivileged(info))
		return guest_inject_exception(VECTOR_GP);
	if (info & INFO_IS_LOAD)
		done = load_table(cpu, &operand, info, table);
	else
		done = store_table(cpu, &operand, table);
	if (done)
		guest_skip_instruction();
}

/* LDTR and TR; @tr is 0 or 1 */

#define INSTRUCTION_MAX 15

/* Does a register operand have 16 bits? SDM table 28-11 has no field for it: read the prefixes. */
static bool is_16bit_operand(void)
{
	u64 rip = vmread(VMCS_GUEST_RIP);
	u32 access = vmread(VMCS_GUEST_CS_ACCESS);
	u32 i, length = vmread(VMCS_EXIT_INSTRUCTION_LENGTH);
	bool is_64 = access & ACCESS_LONG_MODE, prefix = false, wide = false;
	u8 code[INSTRUCTION_MAX];

	if (!is_64)
		rip = (u32)(rip + vmread(VMCS_GUEST_CS_BASE));
	if (length > sizeof(code) || !guest_read(rip, code, length))
		return false;
	for (i = 0; i < length && code[i] != 0x0f; i++) {
		prefix = prefix || code[i] == 0x66;
		/* REX.W, which counts just before the opcode only. */
		wide = is_64 && (code[i] & 0xf8) == 0x48;
	}
	return !wide && prefix == (is_64 || access & ACCESS_32BIT);
}

static void store_register(struct sb_regs *regs, u32 number, u16 selector)
{
	u64 upper = is_16bit_operand() ? guest_register(regs, number) & ~0xffffull : 0;

	set_guest_register(regs, number, upper | selector);
}

/* SLDT and STR */
static bool store_selector(struct sb_regs *regs, struct sb_cpu *cpu, u32 info, u32 tr)
{
	u16 selector = vmread(VMCS_GUEST_LDTR_SELECTOR + 2 * tr);
	struct operand operand;

	if (info & INFO_IS_REGISTER) {
		store_register(regs, INFO_REGISTER(info), selector);
		return true;
	}
	operand = decode_operand(regs, info);
	return store(cpu, &operand, 0, &selector, sizeof(selector));
}

/**
 * struct system_segment - a segment as the VMCS has it
 * @selector: selector
 * @access: access rights
 * @limit: in bytes
 * @base: linear address
 */
struct system_segment {
	u16 selector;
	u32 access;
	u32 limit;
	u64 base;
};

static bool selector_fault(u32 vector, u16 selector)
{
	guest_inject_error(vector, selector & ~SELECTOR_RPL);
	return false;
}

/* From a descriptor of 16 bytes, the only kind in IA-32e mode (SDM 8.2.3). */
static void parse_descriptor(struct system_segment *s, u16 selector, const u64 *d)
{
	s->selector = selector;
	s->access = d[0] >> 40 & 0xf0ff;
	s->limit = (d[0] & 0xffff) | (d[0] >> 32 & 0xf0000);
	s->base = (d[0] >> 16 & 0xffffff) | (d[0] >> 56) << 24 | d[1] << 32;
	if (s->access & ACCESS_PAGES)
		s->limit = s->limit << 12 | 0xfff;
}

/* What LLDT and LTR do before they load. @type: what they want. Returns false with a fault. */
static bool read_segment(struct sb_cpu *cpu, u16 selector, u32 type, struct system_segment *s)
{
	u32 at = selector & ~(SELECTOR_TI | SELECTOR_RPL);
	u64 d[2];

	if (selector & SELECTOR_TI || at + sizeof(d) - 1 > vmread(VMCS_GUEST_GDTR_LIMIT))
		return selector_fault(VECTOR_GP, selector);
	if (!guest_load(cpu, vmread(VMCS_GUEST_GDTR_BASE) + at, d, sizeof(d)))
		return false;
	parse_descriptor(s, selector, d);
	if ((s->access & (ACCESS_CODE_OR_DATA | ACCESS_TYPE)) != type || d[1] >> 40 & 0x1f)
		return selector_fault(VECTOR_GP, selector);
	if (!(s->access & ACCESS_PRESENT))
		return selector_fault(VECTOR_NP, selector);
	if (!guest_canonical(s->base))
		return selector_fault(VECTOR_GP, selector);
	return true;
}

static void set_segment(u32 tr, const struct system_segment *s)
{
	vmwrite(VMCS_GUEST_LDTR_SELECTOR + 2 * tr, s->selector);
	vmwrite(VMCS_GUEST_LDTR_ACCESS + 2 * tr, s->access);
	vmwrite(VMCS_GUEST_LDTR_LIMIT + 2 * tr, s->limit);
	vmwrite(VMCS_GUEST_LDTR_BASE + 2 * tr, s->base);
}

/*
 * Linux loads LDTR with one of two values when it switches between programs: none, or the one
 * selector that it has for LDTs. No more is held here: where the LDT is and what is in it says
 * memory that Linux, and so an attacker, can write to.
 */
static bool load_ldtr(struct sb_cpu *cpu, u32 info, u16 selector)
{
	struct system_segment s = { .selector = selector, .access = ACCESS_UNUSABLE };
	u16 old = vmread(VMCS_GUEST_LDTR_SELECTOR), number = selector & ~SELECTOR_RPL;

	if (number && number != SB_LINUX_LDT && selector != old &&
	    is_forbidden(cpu, info, &old, &selector, sizeof(old)))
		return false;
	if (number && !read_segment(cpu, selector, TYPE_LDT, &s))
		return false;
	set_segment(0, &s);
	return true;
}

/* Would TR have another TSS? The same selector can lead to one if the GDT was changed. */
static bool forbids_tss(struct sb_cpu *cpu, u32 info, const struct system_segment *s)
{
	/* By its size a report is told from one of IDTR, whose instruction information is the same. */
	struct { u64 base; u32 limit; } __attribute__((packed))
		old = { vmread(VMCS_GUEST_TR_BASE), vmread(VMCS_GUEST_TR_LIMIT) },
		new = { s->base, s->limit };
	bool arrives = s->selector == cpu->launched.tr && s->base == cpu->launched.tr_base &&
		       s->limit == cpu->launched.tr_limit;

	if (!is_settled(cpu, SB_SETTLED_TR, arrives) || arrives)
		return false;
	return is_forbidden(cpu, info, &old, &new, sizeof(new));
}

/* Linux loads TR when a CPU starts: before the launch, or anew. */
static bool load_tr(struct sb_cpu *cpu, u32 info, u16 selector)
{
	u16 old = vmread(VMCS_GUEST_TR_SELECTOR);
	bool changes = cpu->settled & SB_SETTLED_TR && selector != cpu->launched.tr;
	struct system_segment s;
	u8 type;

	if (changes && is_forbidden(cpu, info, &old, &selector, sizeof(old)))
		return false;
	if (!(selector & ~SELECTOR_RPL))
		return selector_fault(VECTOR_GP, 0);
	if (!read_segment(cpu, selector, TYPE_TSS, &s))
		return false;
	if (!changes && forbids_tss(cpu, info, &s))
		return false;
	s.access |= TYPE_BUSY;
	type = s.access;
	if (!guest_store(cpu, vmread(VMCS_GUEST_GDTR_BASE) + (selector & ~7u) + 5, &type, 1))
		return false;
	set_segment(1, &s);
	return true;
}

/* LLDT and LTR */
static bool load_selector(struct sb_regs *regs, struct sb_cpu *cpu, u32 info, u32 tr)
{
	struct operand operand;
	u16 selector;

	if (info & INFO_IS_REGISTER) {
		selector = guest_register(regs, INFO_REGISTER(info));
	} else {
		operand = decode_operand(regs, info);
		if (!load(cpu, &operand, 0, &selector, sizeof(selector)))
			return false;
	}
	return tr ? load_tr(cpu, info, selector) : load_ldtr(cpu, info, selector);
}

/**
 * emulate_ldtr_tr_access() - SLDT, STR, LLDT or LTR
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 */
void emulate_ldtr_tr_access(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u32 info = vmread(VMCS_EXIT_INSTRUCTION_INFO), tr = !!(info & INFO_IS_SECOND);
	bool done;

	if (is_unprivileged(info))
		return guest_inject_exception(VECTOR_GP);
	if (info & INFO_IS_LOAD)
		done = load_selector(regs, cpu, info, tr);
	else
		done = store_selector(regs, cpu, info, tr);
	if (done)
		guest_skip_instruction();
}
