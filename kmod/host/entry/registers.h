/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The general-purpose registers on the stack, for the assembly of this directory: struct sb_regs.
 */
#ifndef SB_HOST_ENTRY_REGISTERS_H
#define SB_HOST_ENTRY_REGISTERS_H

/* struct sb_cpu */
#define CPU_SELF	0x00
#define CPU_NMI_REQUEST	0x08

.macro PUSH_REGS
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

.macro POP_REGS
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
.endm

#endif
