/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMLAUNCH. The guest is the caller itself: it starts where the function returns.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>

#define VMCS_GUEST_RSP		0x681c
#define VMCS_GUEST_RIP		0x681e
#define VMCS_GUEST_RFLAGS	0x6820

/*
 * u64 sb_vmlaunch(void)
 *
 * Returns 0 in the guest world, 1 if VMLAUNCH failed (see the VM-instruction error), or the exit
 * reason if the VM entry failed: then the host has left VMX operation and come to sb_launch_failed.
 */
SYM_FUNC_START(sb_vmlaunch)
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	$VMCS_GUEST_RFLAGS, %edx
	pushf
	pop	%rax
	vmwrite	%rax, %rdx
	mov	$VMCS_GUEST_RSP, %edx
	vmwrite	%rsp, %rdx
	mov	$VMCS_GUEST_RIP, %edx
	lea	.Lguest(%rip), %rax
	vmwrite	%rax, %rdx
	vmlaunch
	mov	$1, %eax
	jmp	sb_launch_failed
.Lguest:
	xor	%eax, %eax
SYM_INNER_LABEL(sb_launch_failed, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	RET
SYM_FUNC_END(sb_vmlaunch)
STACK_FRAME_NON_STANDARD sb_vmlaunch
	.section .note.GNU-stack, "", @progbits
