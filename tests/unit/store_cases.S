/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every form of the instructions that host/verify/decode.c decodes, as the assembler writes them, with what
 * a test must know to set up registers: base, index, scale and displacement; size of one element.
 */
#define NONE	-1
#define RIP	-2

/* Addresses in the protected pages of store_test.c, absolute and from where the code is. */
#define TARGET	0x10102800
#define OFFSET	0x102800

/* Kinds of struct asm_case in store_test.c, which this is one of */
#define MOV	0
#define MOVS	1
#define STOS	2
#define REP	4

.macro CASE size, base, index, scale, disp, text:vararg
	KIND MOV, \size, \base, \index, \scale, \disp, \text
.endm

.macro KIND kind, size, base, index, scale, disp, text:vararg
	.section .text
1:	\text
2:
	.section cases, "aw"
	.quad	1b, 2b
	.long	\size, \base, \index, \scale, \disp, \kind
.endm

/* The sixteen registers, by the names for each size. */
.macro EACH macro:req
	\macro 0, al, ax, eax, rax
	\macro 1, cl, cx, ecx, rcx
	\macro 2, dl, dx, edx, rdx
	\macro 3, bl, bx, ebx, rbx
	\macro 4, spl, sp, esp, rsp
	\macro 5, bpl, bp, ebp, rbp
	\macro 6, sil, si, esi, rsi
	\macro 7, dil, di, edi, rdi
	\macro 8, r8b, r8w, r8d, r8
	\macro 9, r9b, r9w, r9d, r9
	\macro 10, r10b, r10w, r10d, r10
	\macro 11, r11b, r11w, r11d, r11
	\macro 12, r12b, r12w, r12d, r12
	\macro 13, r13b, r13w, r13d, r13
	\macro 14, r14b, r14w, r14d, r14
	\macro 15, r15b, r15w, r15d, r15
.endm

/* As the source. */
.macro SOURCE number, byte, word, long, quad
	CASE 1, 7, NONE, 1, 0, mov %\byte, (%rdi)
	CASE 1, 9, NONE, 1, 5, mov %\byte, 5(%r9)
	CASE 2, 7, NONE, 1, 0, mov %\word, (%rdi)
	CASE 4, 6, NONE, 1, -4, mov %\long, -4(%rsi)
	CASE 4, 12, 1, 4, 0, mov %\long, (%r12,%rcx,4)
	CASE 8, 13, NONE, 1, 0, mov %\quad, (%r13)
	CASE 8, RIP, NONE, 1, OFFSET, mov %\quad, OFFSET(%rip)
	CASE 4, 3, NONE, 1, 0, movnti %\long, (%rbx)
	CASE 8, 10, 2, 2, 0, movnti %\quad, (%r10,%rdx,2)
.endm

/* As the base, with each kind of displacement and immediate. */
.macro BASE number, byte, word, long, quad
	CASE 4, \number, NONE, 1, 0, mov %ecx, (%\quad)
	CASE 4, \number, NONE, 1, 127, mov %ecx, 127(%\quad)
	CASE 8, \number, NONE, 1, -128, mov %rcx, -128(%\quad)
	CASE 1, \number, NONE, 1, 0x12345678, mov %dl, 0x12345678(%\quad)
	CASE 1, \number, NONE, 1, 0, movb $0xcc, (%\quad)
	CASE 2, \number, NONE, 1, 1, movw $0xccdd, 1(%\quad)
	CASE 4, \number, NONE, 1, -0x12345678, movl $0x89abcdef, -0x12345678(%\quad)
	CASE 8, \number, NONE, 1, 0, movq $-0x76543211, (%\quad)
	CASE 8, \number, 0, 8, 16, movq $0x76543211, 16(%\quad,%rax,8)
	CASE 4, \number, 14, 1, 0, movnti %eax, (%\quad,%r14)
.endm

/* As the index; RSP cannot be one. */
.macro INDEX number, byte, word, long, quad
.if \number - 4
	CASE 4, 7, \number, 1, 0, mov %edx, (%rdi,%\quad)
	CASE 4, 5, \number, 2, 0, mov %edx, (%rbp,%\quad,2)
	CASE 2, 13, \number, 4, -1, mov %dx, -1(%r13,%\quad,4)
	CASE 8, 4, \number, 8, 0x1000, mov %rdx, 0x1000(%rsp,%\quad,8)
	CASE 1, NONE, \number, 8, TARGET, mov %dl, TARGET(,%\quad,8)
	CASE 1, NONE, \number, 1, TARGET, movb $1, TARGET(,%\quad,1)
.endif
.endm

.macro STRING rep, prefix:vararg
	KIND MOVS+\rep, 1, 7, NONE, 1, 0, \prefix movsb
	KIND MOVS+\rep, 2, 7, NONE, 1, 0, \prefix movsw
	KIND MOVS+\rep, 4, 7, NONE, 1, 0, \prefix movsl
	KIND MOVS+\rep, 8, 7, NONE, 1, 0, \prefix movsq
	KIND STOS+\rep, 1, 7, NONE, 1, 0, \prefix stosb
	KIND STOS+\rep, 2, 7, NONE, 1, 0, \prefix stosw
	KIND STOS+\rep, 4, 7, NONE, 1, 0, \prefix stosl
	KIND STOS+\rep, 8, 7, NONE, 1, 0, \prefix stosq
.endm

	EACH SOURCE
	EACH BASE
	EACH INDEX

	CASE 1, 7, NONE, 1, 0, mov %ah, (%rdi)
	CASE 1, 7, NONE, 1, 0, mov %ch, (%rdi)
	CASE 1, 7, NONE, 1, 0, mov %dh, (%rdi)
	CASE 1, 7, NONE, 1, 0, mov %bh, (%rdi)
	CASE 1, 4, 5, 2, -1, mov %ah, -1(%rsp,%rbp,2)

	CASE 1, NONE, NONE, 1, TARGET, mov %cl, TARGET
	CASE 8, NONE, NONE, 1, TARGET, mov %r8, TARGET
	CASE 1, NONE, NONE, 1, TARGET, movabs %al, TARGET
	CASE 2, NONE, NONE, 1, TARGET, movabs %ax, TARGET
	CASE 4, NONE, NONE, 1, TARGET, movabs %eax, TARGET
	CASE 8, NONE, NONE, 1, TARGET, movabs %rax, TARGET

	CASE 1, RIP, NONE, 1, OFFSET, movb $0xcc, OFFSET(%rip)
	CASE 2, RIP, NONE, 1, OFFSET, movw $0xccdd, OFFSET(%rip)
	CASE 4, RIP, NONE, 1, OFFSET, movl $0xccddeeff, OFFSET(%rip)
	CASE 8, RIP, NONE, 1, OFFSET, movq $-5, OFFSET(%rip)
	CASE 4, RIP, NONE, 1, OFFSET, movnti %eax, OFFSET(%rip)

	CASE 4, 7, NONE, 1, 0, cs mov %eax, (%rdi)
	CASE 4, 5, NONE, 1, 0, ds mov %eax, (%rbp)

	STRING 0
	STRING 0, cs
	STRING REP, rep
	STRING REP, repne
	STRING REP, rep ds

/*
 * Copies RDX bytes, 1 to 31, from RSI to RDI by registers, both ends at once: so the kernel's
 * memcpy() does where it does not use REP MOVS.
 */
	.section .text
	.globl copy_short, copy_short_end
copy_short:
	cmp	$16, %edx
	jb	1f
	mov	(%rsi), %r8
	mov	8(%rsi), %r9
	mov	-16(%rsi,%rdx), %r10
	mov	-8(%rsi,%rdx), %r11
	mov	%r8, (%rdi)
	mov	%r9, 8(%rdi)
	mov	%r10, -16(%rdi,%rdx)
	mov	%r11, -8(%rdi,%rdx)
	int3
1:	cmp	$8, %edx
	jb	1f
	mov	(%rsi), %r8
	mov	-8(%rsi,%rdx), %r9
	mov	%r8, (%rdi)
	mov	%r9, -8(%rdi,%rdx)
	int3
1:	cmp	$4, %edx
	jb	1f
	mov	(%rsi), %ecx
	mov	-4(%rsi,%rdx), %r8d
	mov	%ecx, (%rdi)
	mov	%r8d, -4(%rdi,%rdx)
	int3
1:	movzbl	-1(%rsi,%rdx), %ecx
	mov	%cl, -1(%rdi,%rdx)
	dec	%edx
	jnz	1b
	int3
copy_short_end:

	.section .note.GNU-stack, "", @progbits
