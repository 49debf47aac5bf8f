// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operands in memory of instructions that the host executes for the guest, read and written with the
 * rights that the instruction has.
 */
#include "../host.h"

/**
 * struct operand - memory that an instruction reads or writes, in one page or two
 * @linear: linear address of each part
 * @gpa: guest-physical address of each part
 * @size: bytes of each part; the second can be 0
 */
struct operand {
	u64 linear[2];
	u64 gpa[2];
	u32 size[2];
};

/* Both parts are checked before either is touched. Returns false as guest_access() does. */
static bool find_operand(struct sb_cpu *cpu, u64 linear, u32 size, u32 access, struct operand *o)
{
	u32 i;

	if (guest_cpl() == 3)
		access |= ACCESS_USER;
	o->size[0] = bytes_in_page(linear, size);
	o->size[1] = size - o->size[0];
	for (i = 0; i < 2 && o->size[i]; i++) {
		o->linear[i] = linear + i * o->size[0];
		if (!guest_access(cpu, o->linear[i], access, &o->gpa[i]))
			return false;
	}
	return true;
}

/* Part @i of @bytes may be stored. Returns false if the instruction got an exception. */
static bool may_store(struct sb_cpu *cpu, const struct operand *o, u32 i, const void *bytes)
{
	if (!o->size[i])
		return true;
	if (!page_is_writable(o->gpa[i]))
		return !protected_store(cpu, o->gpa[i], o->linear[i], bytes, o->size[i]);
	if (is_ram(o->gpa[i], o->size[i]))
		return true;
	guest_inject_exception(VECTOR_GP);
	return false;
}

/**
 * guest_store() - store an operand for an instruction, with the rights of the current CPL
 * @cpu: this CPU
 * @linear: linear address; the operand may cross a page
 * @bytes: the operand
 * @size: bytes, at most %SB_PAGE_SIZE
 *
 * A page that Linux may not write to is protected_store()'s matter. What is no RAM cannot be
 * written to from here: #GP.
 *
 * Return: false if nothing is stored and the instruction ends here: with an exception, or to be
 * executed again.
 */
bool guest_store(struct sb_cpu *cpu, u64 linear, const void *bytes, u32 size)
{
	struct operand o;
	const u8 *rest;

	if (!find_operand(cpu, linear, size, ACCESS_WRITE, &o))
		return false;
	rest = (const u8 *)bytes + o.size[0];
	if (!may_store(cpu, &o, 0, bytes) || !may_store(cpu, &o, 1, rest))
		return false;
	/* Host memory, if a policy let it pass, is not written to all the same. */
	ram_write(cpu, o.gpa[0], bytes, o.size[0]);
	if (o.size[1])
		ram_write(cpu, o.gpa[1], rest, o.size[1]);
	return true;
}

/**
 * guest_load() - load an operand for an instruction, with the rights of the current CPL
 * @cpu: this CPU
 * @linear: linear address; the operand may cross a page
 * @bytes: where to
 * @size: bytes, at most %SB_PAGE_SIZE
 *
 * What is no RAM cannot be read from here: #GP.
 *
 * Return: false if the instruction ends here: with an exception, or to be executed again.
 */
bool guest_load(struct sb_cpu *cpu, u64 linear, void *bytes, u32 size)
{
	struct operand o;
	u32 i;

	if (!find_operand(cpu, linear, size, 0, &o))
		return false;
	for (i = 0; i < 2 && o.size[i]; i++) {
		const void *from = ram(o.gpa[i], o.size[i]);

		if (!from) {
			guest_inject_exception(VECTOR_GP);
			return false;
		}
		copy_bytes((u8 *)bytes + i * o.size[0], from, o.size[i]);
	}
	return true;
}
