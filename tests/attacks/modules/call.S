/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Goes to a function of the kernel that was not made to be found: with IBT the kernel removes the ENDBR
 * of functions whose address it never takes, so an indirect call raises #CP. A return does not.
 */
#include <linux/linkage.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>

/* unsigned long attack_call(unsigned long function, a, b, c, d) */
SYM_FUNC_START(attack_call)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %rcx
	push	%rax
	UNWIND_HINT_FUNC
	ANNOTATE_UNRET_SAFE
	ret
	int3
SYM_FUNC_END(attack_call)
