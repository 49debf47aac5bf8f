// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes through a mapping of its own to what the kernel holds constant: the ways of system calls, its
 * constants, its exception table, its interrupt descriptors.
 */
#include <linux/extable.h>
#include <linux/mm.h>
#include <asm/desc_defs.h>
#include <asm/extable.h>
#include <asm/unistd.h>

#include "attack.h"

static enum verdict change(const void *what, u64 value, size_t size)
{
	void *alias = what ? attack_alias(what) : NULL;
	enum verdict v;

	if (!alias)
		return ATTACK_FAILED;
	v = attack_write(alias, what, value, size);
	attack_unalias(alias);
	return v;
}

/* The entry of one system call, to become that of another. */
static enum verdict table_entry(void)
{
	unsigned long *table = (void *)attack_symbol("sys_call_table");

	return change(table ? table + __NR_setdomainname : NULL,
		      attack_symbol("__x64_sys_sethostname"), 8);
}

/* The branch to one system call, to become one to another. Its operand lies on one page. */
static enum verdict dispatcher(void)
{
	u8 *code = (u8 *)attack_symbol("x64_sys_call"), *end = code + 0x10000;
	unsigned long from = attack_symbol("__x64_sys_setdomainname");
	unsigned long to = attack_symbol("__x64_sys_sethostname");

	for (; code && from && to && code < end; code++) {
		s32 offset = *(s32 *)code;

		if ((unsigned long)code + 4 + offset == from)
			return offset_in_page(code) > PAGE_SIZE - 4 ? ATTACK_FAILED :
			       change(code, (u32)(offset + (s32)(to - from)), 4);
	}
	return ATTACK_FAILED;
}

static enum verdict constant(void)
{
	const u8 *banner = (u8 *)attack_symbol("linux_banner");

	return change(banner, '!', 1);
}

static enum verdict ro_after_init(void)
{
	const u8 *enabled = (u8 *)attack_symbol("rodata_enabled");

	return change(enabled, 0, 1);
}

/* Where the last entry's instruction goes on after a fault. */
static enum verdict exception_table(void)
{
	struct exception_table_entry *end = (void *)attack_symbol("__stop___ex_table");

	return end ? change(&end[-1].fixup, (u32)end[-1].fixup + 1, 4) : ATTACK_FAILED;
}

/* The address in the descriptor of a vector that the CPU does not use. */
static enum verdict idt(void)
{
	gate_desc *table = (void *)attack_symbol("idt_table");

	return table ? change(&table[31].offset_low, table[31].offset_low ^ 0xffff, 2) :
		       ATTACK_FAILED;
}

static const struct attack_choice choices[] = {
	{ "sys_call_table", table_entry },
	{ "x64_sys_call", dispatcher },
	{ "constant", constant },
	{ "ro_after_init", ro_after_init },
	{ "exception_table", exception_table },
	{ "idt", idt },
};

ATTACK_CHOICE(choices, "constants of the kernel through an alias");
