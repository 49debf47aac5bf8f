/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate: the instructions that take a CPU from the host's address space back to Linux's. It is
 * a page of its own, mapped at the same address in both; in the host it is a private copy.
 *
 * In: RDI = struct sb_leave as Linux sees it, RSI = Linux's CR3; CR4 is Linux's already.
 * VMX operation is over, NMIs are blocked until the IRET, interrupts are off.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>

	.section .text.sb_gate, "ax"
	.balign	4096
SYM_FUNC_START(sb_gate)
	ANNOTATE_NOENDBR			/* nobody branches here indirectly but the host, which has no IBT */
	mov	%rsi, %cr3
	lgdt	0x20(%rdi)
	lidt	0x30(%rdi)
	lldt	0x3c(%rdi)
	mov	0x2a(%rdi), %es
	mov	0x2c(%rdi), %ds
	mov	0x2e(%rdi), %fs
	mov	0x3a(%rdi), %gs
	mov	$0xc0000100, %ecx		/* IA32_FS_BASE, after the selector */
	mov	0x08(%rdi), %eax
	mov	0x0c(%rdi), %edx
	wrmsr
	mov	$0xc0000101, %ecx		/* IA32_GS_BASE */
	mov	0x10(%rdi), %eax
	mov	0x14(%rdi), %edx
	wrmsr
	cmpw	$0, 0x3e(%rdi)
	je	1f
	mov	$0x6a2, %ecx			/* IA32_S_CET */
	mov	0x18(%rdi), %eax
	mov	0x1c(%rdi), %edx
	wrmsr
1:	lea	0x40(%rdi), %rsp		/* struct sb_regs, then the IRET frame */
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq
SYM_FUNC_END(sb_gate)
STACK_FRAME_NON_STANDARD sb_gate
	.section .text.sb_gate
	.balign	4096, 0xcc
	.section .note.GNU-stack, "", @progbits
