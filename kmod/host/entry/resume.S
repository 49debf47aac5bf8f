/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's entry by a VM exit, and the way back to the guest. Plain assembly: no ENDBR, no return
 * thunks, nothing that Linux would patch.
 */
#include "registers.h"

	.text

/*
 * VM exits arrive here, on an empty stack, with RFLAGS cleared (SDM 28.5.3).
 *
 * From resume_begin to resume_end an NMI or #MC cannot simply return: it came after the last look
 * at nmi_request and would wait until the next exit. Its handler therefore sends the CPU back to
 * resume_begin. The registers popped meanwhile are still in memory: handlers have stacks of their
 * own. After VMRESUME the guest takes NMIs itself, so none can be missed.
 */
	.globl exit_entry
exit_entry:
	PUSH_REGS
	mov	%rsp, %rdi
	mov	%gs:CPU_SELF, %rsi
	call	handle_exit
	.globl resume_begin
resume_begin:
	cmpl	$0, %gs:CPU_NMI_REQUEST
	jne	1f
	POP_REGS
	vmresume
	.globl resume_end
resume_end:
	mov	%gs:CPU_SELF, %rdi
	call	resume_failed
1:	mov	%gs:CPU_SELF, %rdi
	call	deliver_events
	jmp	resume_begin

	.section .note.GNU-stack, "", @progbits
