/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's entries: VM exits, exceptions, NMIs and machine checks; and the way back to the guest.
 * Plain assembly: no ENDBR, no return thunks, nothing that Linux would patch.
 */
#include "../../abi/layout.h"

/* struct sb_cpu */
#define CPU_SELF	0x00
#define CPU_NMI_REQUEST	0x08

	.section .header, "a"
	.globl image_header
image_header:				/* struct sb_image */
	.ascii	"Shdowbox"
	.quad	2			/* SB_ABI_VERSION */
	.quad	image_text_offset
	.quad	image_rodata_offset
	.quad	image_size
	.quad	exit_entry
	.quad	vectors

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

/*
 * pass_gate(leave, cr3, cr4, gate): the last instructions of the host. CR4 comes before CR3, whose
 * PCID may be other than 0 only with CR4.PCIDE set.
 */
	.globl	pass_gate
pass_gate:
	mov	%rdx, %cr4
	jmp	*%rcx

	.section .note.GNU-stack, "", @progbits
