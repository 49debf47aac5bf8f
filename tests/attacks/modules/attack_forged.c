// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands the host from a module that is not Shadow-box's: to weaken policies, to let go of a module's
 * memory, to leave, to take the kernel's code for its own, and the rest of what changes anything. With a
 * VMCALL of its own, or ("own_...") by calling the one from which the host takes commands.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "abi/hypercall.h"
#include "linux/state.h"
#include "uapi/shadow_box.h"
#include "attack.h"

typedef u64 (*hypercall)(u64 number, u64 rbx, u64 rcx, u64 rdx);

/* An exception counts as an answer that is no error and no success: there is none like it. */
#define EXCEPTION 0xdeadull

static u64 foreign(u64 number, u64 rbx, u64 rcx, u64 rdx)
{
	u64 vector = ATTACK_NO_FAULT, rax = SB_HYPERCALL | number;

	asm volatile("1: vmcall\n"
		     "jmp 3f\n"
		     "2: mov %%rax, %[fault]\n"
		     "3:\n"
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)
		     : [fault] "+m" (vector), "+a" (rax)
		     : "b" (rbx), "c" (rcx), "d" (rdx) : "cc", "memory");
	return vector == ATTACK_NO_FAULT ? rax : EXCEPTION;
}

static u64 own(u64 number, u64 rbx, u64 rcx, u64 rdx)
{
	unsigned long function = attack_symbol("sb_hypercall");

	return function ? attack_call(function, number, rbx, rcx, rdx) : EXCEPTION;
}

static enum verdict judge(u64 answer)
{
	if (answer == EXCEPTION)
		return ATTACK_FAILED;
	return SB_IS_ERROR(answer) ? ATTACK_REFUSED : ATTACK_DONE;
}

/* A page that is this module's to give. */
static u64 request[512] __aligned(4096);

static u64 phys(const void *address)
{
	return (u64)page_to_pfn(vmalloc_to_page(address)) << PAGE_SHIFT;
}

/* Every policy off that can be. */
static u64 policy(hypercall call)
{
	u64 all = (1u << SHADOW_BOX_POLICIES) - 1;

	return call(SB_HYPERCALL_POLICY, 0, all & ~(1u << SHADOW_BOX_POLICY_HOST_MEMORY), 0);
}

static u64 lock(hypercall call)
{
	return call(SB_HYPERCALL_LOCK, 0, 0, 0);
}

static u64 leave(hypercall call)
{
	return call(SB_HYPERCALL_LEAVE, 0, 0, 0);
}

/* The first modules that the host knows. */
static u64 every_module(hypercall call, u64 number)
{
	u64 module, answer = SB_ERROR_UNKNOWN;

	for (module = 0; module < 4 && SB_IS_ERROR(answer); module++)
		answer = call(number, module, 0, 0);
	return answer;
}

static u64 release(hypercall call)
{
	return every_module(call, SB_HYPERCALL_MODULE_RELEASE);
}

static u64 going(hypercall call)
{
	return every_module(call, SB_HYPERCALL_MODULE_GOING);
}

static u64 add(hypercall call)
{
	return call(SB_HYPERCALL_MODULE_ADD, phys(request), 0, 0);
}

static u64 table(hypercall call)
{
	return call(SB_HYPERCALL_MODULE_TABLE, 0, phys(request), sizeof(request));
}

static u64 protect(hypercall call)
{
	return call(SB_HYPERCALL_MODULE_PROTECT, 0, 0, 0);
}

/* The kernel's code, to be hidden from the kernel. */
static u64 donate(hypercall call)
{
	return call(SB_HYPERCALL_DONATE,
		    __pa_symbol(attack_symbol("_text")) & ~((2ull << 20) - 1), 0, 0);
}

/* Breakpoints that stand where the attacker likes. */
static u64 standing(hypercall call)
{
	return call(SB_HYPERCALL_STANDING, phys(request), 1, 0);
}

/* A key that the attacker knows. */
static u64 witness_key(hypercall call)
{
	return call(SB_HYPERCALL_WITNESS_KEY, phys(request), 0, 0);
}

/* A statement into memory: of the host, of nobody, across two pages, the kernel's constants; the attacker's. */
static u64 into(hypercall call, u64 where)
{
	return call(SB_HYPERCALL_WITNESS, phys(request), where, 0);
}

static u64 into_host(hypercall call)
{
	const struct sb_core *core = (void *)attack_symbol("sb_core");

	return core ? into(call, core->world.memory.block[0].phys) : EXCEPTION;
}

static u64 into_unmapped(hypercall call)
{
	return into(call, 1ull << 45);
}

static u64 into_crossing(hypercall call)
{
	return into(call, phys(request) + PAGE_SIZE - 8);
}

static u64 into_constants(hypercall call)
{
	return into(call, __pa_symbol(attack_symbol("sys_call_table")));
}

static u64 into_own(hypercall call)
{
	return into(call, phys(request));
}

#define COMMANDS(X)								\
	X(policy) X(lock) X(leave) X(release) X(going) X(add) X(table)		\
	X(protect) X(donate) X(standing) X(witness_key) X(into_host)		\
	X(into_unmapped) X(into_crossing) X(into_constants) X(into_own)

#define DEEDS(name)								\
	static enum verdict foreign_##name(void) { return judge(name(foreign)); } \
	static enum verdict own_##name(void) { return judge(name(own)); }
COMMANDS(DEEDS)

#define CHOICES(name) { #name, foreign_##name }, { "own_" #name, own_##name },
static const struct attack_choice choices[] = { COMMANDS(CHOICES) };

ATTACK_CHOICE(choices, "forged hypercalls");
