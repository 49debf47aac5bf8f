/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls: VMCALL from CPL 0 with %SB_HYPERCALL | number in RAX. Whatever Linux can call, an
 * attacker in the kernel can call too: the host trusts none of them.
 */
#ifndef SB_ABI_HYPERCALL_H
#define SB_ABI_HYPERCALL_H

/* RAX bits 31:16 of a hypercall; no hypervisor's own interface uses these numbers. */
#define SB_HYPERCALL		0x5b0c0000u

/* Answer: RAX = %SB_ABI_VERSION. Records the launch of this CPU. */
#define SB_HYPERCALL_HELLO	0
/* Leave VMX operation on this CPU. Answer: RAX = 0, on the bare machine. */
#define SB_HYPERCALL_LEAVE	1
/* Test builds: run the host into a page fault (RBX = 0) or a general-protection fault (1). */
#define SB_HYPERCALL_FAULT	2
/* Test builds: stay in the host for RBX iterations of PAUSE. Answer: RAX = host NMIs meanwhile. */
#define SB_HYPERCALL_SPIN	3

/* Answer to an unknown number. */
#define SB_HYPERCALL_UNKNOWN	(~0ull)

#define SB_ABI_VERSION		1

#endif
