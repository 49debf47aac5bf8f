/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's last instructions before the gate (linux/gate.S). */
	.text

/*
 * pass_gate(leave, cr3, cr4, gate): the last instructions of the host. CR4 comes before CR3, whose
 * PCID may be other than 0 only with CR4.PCIDE set.
 */
	.globl	pass_gate
pass_gate:
	mov	%rdx, %cr4
	jmp	*%rcx

	.section .note.GNU-stack, "", @progbits
