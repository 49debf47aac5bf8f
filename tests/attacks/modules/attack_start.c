// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts the last CPU with code of its own: INIT, then SIPI. The code, in real mode, asks CPUID whether
 * there is VT-x: the guest world hides it. Parameter ran says where the code ran.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <asm/apic.h>

#include "attack.h"

/* Below 1 MB, where Linux has nothing but, higher up, its own start-up code. */
#define START_PAGE 0x10000
#define RAN 0x5b0c
#define CPUID_ECX_VMX BIT(5)

static char *ran = "nowhere";
module_param(ran, charp, 0400);

/* Offset 0x100: the answer, 0x104: a mark. */
extern const u8 start_code[], start_code_end[];
asm(".pushsection .rodata\n"
    ".code16\n"
    "start_code: cli\n"
    "mov $1, %eax\n"
    "cpuid\n"
    "mov %ecx, %cs:0x100\n"
    "movl $0x5b0c, %cs:0x104\n"
    "1: hlt\n"
    "jmp 1b\n"
    "start_code_end:\n"
    ".code64\n"
    ".popsection\n");

static void send(u32 mode)
{
	unsigned int cpu = cpumask_last(cpu_present_mask);

	apic->icr_write(APIC_INT_LEVELTRIG | APIC_INT_ASSERT | mode, per_cpu(x86_cpu_to_apicid, cpu));
	mdelay(10);
}

static int __init attack_init(void)
{
	u8 *page = __va(START_PAGE);
	u32 *answer = (u32 *)(page + 0x100);

	memset(page, 0, PAGE_SIZE);
	memcpy(page, start_code, start_code_end - start_code);
	send(APIC_DM_INIT);
	send(APIC_DM_STARTUP | START_PAGE >> PAGE_SHIFT);
	send(APIC_DM_STARTUP | START_PAGE >> PAGE_SHIFT);
	if (READ_ONCE(answer[1]) == RAN)
		ran = READ_ONCE(answer[0]) & CPUID_ECX_VMX ? "outside" : "inside";
	return 0;
}

static void __exit attack_exit(void)
{
}

module_init(attack_init);
module_exit(attack_exit);
MODULE_DESCRIPTION("Attack: a CPU started with code of its own");
MODULE_LICENSE("GPL");
