/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host image, linked on its own (host/host.lds), carried as data.
 */
	.section .rodata, "a"
	.balign	8
	.globl	sb_image_start, sb_image_end
sb_image_start:
	.incbin	"host/host.bin"
sb_image_end:
	.section .note.GNU-stack, "", @progbits
