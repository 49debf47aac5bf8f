/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All of a kernel that kexec can start: it says so on the first serial port, and powers the machine
 * off as Bochs wants it.
 */
	.text
	.globl _start
_start:
	mov	$words, %esi
0:	mov	$0x3fd, %dx	/* line status: until the last byte has left */
1:	in	%dx, %al
	test	$0x40, %al
	jz	1b
	mov	$0x3f8, %dx
	lodsb
	test	%al, %al
	jz	2f
	out	%al, %dx
	jmp	0b
2:	mov	$0xb004, %dx	/* PM1a control: SLP_EN, type 0 */
	mov	$0x2000, %eax
	out	%ax, %dx
3:	jmp	3b
words:	.asciz	"\nthe next kernel runs\n"
