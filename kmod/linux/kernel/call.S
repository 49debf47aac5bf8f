/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calling what the kernel never calls through a pointer.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/nospec-branch.h>

/*
 * unsigned long sb_call_address(address, a, b, c)
 *
 * Calls the code at @address with three arguments. With indirect-branch tracking an indirect call
 * must end at an ENDBR, and the kernel has overwritten those of functions whose address it does not
 * take. RET is not tracked, and Linux has no shadow stack of its own.
 */
SYM_FUNC_START(sb_call_address)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	push	%rax
	ANNOTATE_UNRET_SAFE
	ret
	int3
SYM_FUNC_END(sb_call_address)
STACK_FRAME_NON_STANDARD sb_call_address
	.section .note.GNU-stack, "", @progbits
