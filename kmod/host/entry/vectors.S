/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's entries by exceptions, NMIs and machine checks. Plain assembly: no ENDBR, no return
 * thunks, nothing that Linux would patch.
 */
#include "registers.h"

	.text

/*
 * 256 stubs of SB_IMAGE_VECTOR_SIZE bytes: vector and error code, zero where the CPU pushes none.
 */
	.balign	16
	.globl	vectors
vectors:
	.set	vector, 0
	.rept	256
	.balign	16
	.if (vector == 2)
	jmp	nmi_entry
	.elseif (vector == 18)
	jmp	machine_check_entry
	.else
	.if (vector != 8) && ((vector < 10) || (vector > 14)) && (vector != 17) && (vector != 21) && (vector != 29) && (vector != 30)
	push	$0
	.endif
	push	$vector
	jmp	exception_entry
	.endif
	.set	vector, vector + 1
	.endr

.macro HOST_HANDLER handler
	PUSH_REGS
	mov	%rsp, %rdi
	mov	%gs:CPU_SELF, %rsi
	call	\handler
	POP_REGS
	add	$16, %rsp
	iretq
.endm

exception_entry:
	HOST_HANDLER handle_exception

nmi_entry:
	push	$0
	push	$2
	HOST_HANDLER handle_nmi

machine_check_entry:
	push	$0
	push	$18
	HOST_HANDLER handle_machine_check

	.section .note.GNU-stack, "", @progbits
