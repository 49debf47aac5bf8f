/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all attacks share: an attack does its deed on every CPU, sees for itself whether the deed took
 * effect, undoes it, and leaves a verdict for each CPU that the suites read.
 */
#ifndef SB_TEST_ATTACK_H
#define SB_TEST_ATTACK_H

#include <linux/module.h>
#include <linux/types.h>
#include <asm/asm.h>

/**
 * enum verdict - how a deed ended
 * @ATTACK_FAILED: it could not be tried
 * @ATTACK_SKIPPED: this CPU has not got what it is about
 * @ATTACK_DONE: it took effect, and was undone
 * @ATTACK_DISCARDED: no exception, and no effect
 * @ATTACK_GP: #GP, and no effect
 * @ATTACK_PF: #PF, and no effect: Linux's page tables stopped it, not the host
 * @ATTACK_REFUSED: a hypercall was answered with an error
 * @ATTACK_HALF: something took effect, but not what was wanted
 */
enum verdict {
	ATTACK_FAILED,
	ATTACK_SKIPPED,
	ATTACK_DONE,
	ATTACK_DISCARDED,
	ATTACK_GP,
	ATTACK_PF,
	ATTACK_REFUSED,
	ATTACK_HALF,
};

/* Runs on each CPU in turn, in the process that loads the module. */
typedef enum verdict (*attack_deed)(void);

struct attack_choice {
	const char *name;
	attack_deed deed;
};

int attack_everywhere(attack_deed deed);
int attack_chosen(const struct attack_choice *choices, size_t n, const char *name);

/* The kernel's symbols, exported or not; its functions, whose ENDBR may be gone. */
unsigned long attack_symbol(const char *name);
unsigned long attack_call(unsigned long function, unsigned long a, unsigned long b,
			  unsigned long c, unsigned long d);

/* A writable mapping of the page in which an address of the kernel or of a module lies. */
void *attack_alias(const void *address);
void attack_unalias(void *alias);

/* Sets or clears the write permission of a mapping, on this CPU. Returns what it was. */
bool attack_set_writable(const void *address, bool writable);

/*
 * Writes bytes to @where, which maps @what, and sees whether they arrive at @what; undoes it. Each
 * is 1, 2, 4 or 8 bytes and one MOV. Call with interrupts off if others could meet the bytes.
 */
enum verdict attack_write(void *where, const void *what, u64 value, size_t size);
enum verdict attack_fault(u64 vector);

/*
 * While CR4.CET is set, CR0.WP cannot be cleared: clears it if it can. Returns CR4 as it was, for
 * attack_restore_cr4(). Call with interrupts off.
 */
unsigned long attack_clear_cet(void);
void attack_restore_cr4(unsigned long old);

/* Code of the kernel that nobody executes meanwhile. */
u8 *attack_cold_text(void);

/* A page for each CPU that is kept from one module to the next, and freed with the tools. */
#define ATTACK_CPUS 8
extern struct page *attack_kept[ATTACK_CPUS];

/* An instruction that may fault; @vector is then the exception's, otherwise it stays as it is. */
#define ATTACK_NO_FAULT 256
#define ATTACK_TRY(vector, text, ...)						\
	asm volatile("1: " text "\n"						\
		     "jmp 3f\n"							\
		     "2: mov %%rax, %[fault]\n"					\
		     "3:\n"							\
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)			\
		     : [fault] "+m" (vector) : __VA_ARGS__ : "rax", "cc", "memory")

#define ATTACK_MODULE(start, words)						\
	static int __init attack_init(void)					\
	{									\
		return start;							\
	}									\
	static void __exit attack_exit(void)					\
	{									\
	}									\
	module_init(attack_init);						\
	module_exit(attack_exit);						\
	MODULE_DESCRIPTION("Attack: " words);					\
	MODULE_LICENSE("GPL")

/* An attack that the parameter "what" chooses. */
#define ATTACK_CHOICE(choices, words)						\
	static char *what = "";							\
	module_param(what, charp, 0400);					\
	ATTACK_MODULE(attack_chosen(choices, ARRAY_SIZE(choices), what), words)

#endif
