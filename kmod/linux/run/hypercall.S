/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one VMCALL by which this module talks to the host, which answers no other.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>

#define SB_HYPERCALL	0x5b0c0000	/* abi/hypercall.h */

/*
 * u64 sb_hypercall(u64 number, u64 rbx, u64 rcx, u64 rdx)
 *
 * On the bare machine VMCALL raises #UD.
 */
SYM_FUNC_START(sb_hypercall)
	push	%rbx
	mov	%rsi, %rbx
	xchg	%rcx, %rdx
	mov	%edi, %eax
	or	$SB_HYPERCALL, %eax
SYM_INNER_LABEL(sb_vmcall, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	vmcall
	pop	%rbx
	RET
SYM_FUNC_END(sb_hypercall)
	.section .note.GNU-stack, "", @progbits
