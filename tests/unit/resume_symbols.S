/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The labels of resume.S between which an NMI sends the CPU back, for tests that do without it.
 */
	.text
	.globl	resume_begin, resume_end
resume_begin:
	.skip	32, 0xcc
resume_end:
	.byte	0xcc
	.section .note.GNU-stack, "", @progbits
