/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls: VMCALL from CPL 0 with %SB_HYPERCALL | number in RAX, arguments in RBX, RCX and RDX,
 * the answer in RAX. Whatever Linux can call, an attacker in the kernel can call too: the host
 * trusts none of them, and takes those that change anything from one place only (facts.h, vmcall).
 */
#ifndef SB_ABI_HYPERCALL_H
#define SB_ABI_HYPERCALL_H

#include "event.h"

/* RAX bits 31:16 of a hypercall; no hypervisor's own interface uses these numbers. */
#define SB_HYPERCALL		0x5b0c0000u

/* Answer: RAX = %SB_ABI_VERSION. Records the launch of this CPU; once for each launch. */
#define SB_HYPERCALL_HELLO	0
/* Leave VMX operation on this CPU. Answer: RAX = 0, on the bare machine; an error if locked. */
#define SB_HYPERCALL_LEAVE	1
/* Test builds: run the host into a page fault (RBX = 0) or a general-protection fault (1). */
#define SB_HYPERCALL_FAULT	2
/* Test builds: stay in the host for RBX iterations of PAUSE. Answer: RAX = host NMIs meanwhile. */
#define SB_HYPERCALL_SPIN	3
/*
 * Take in what changed (EPT, policies) on this CPU. Answer: RAX = CPUs in the guest world that have
 * not yet: 0 once all have called.
 */
#define SB_HYPERCALL_SYNC	4
/*
 * Set policies to the modes in RBX, 2 bits each from bit 0 on, as far as bits in RCX say so.
 * Answer: RAX = %SB_ANSWER_DONE, %SB_ANSWER_MORE, or an error, with nothing set. Then SYNC on every
 * CPU. With RCX = 0 only what the policies take is made sure of.
 */
#define SB_HYPERCALL_POLICY	5
/*
 * Policies can only be tightened from now on. Answer: RAX = 0, %SB_ERROR_LOCKED, or
 * %SB_ERROR_BUSY: a CPU is outside.
 */
#define SB_HYPERCALL_LOCK	6
/*
 * A module: RBX = physical address of a struct sb_module_request. Answer: RAX = number of the
 * module, or an error.
 */
#define SB_HYPERCALL_MODULE_ADD	7
/* RBX = number, RCX = physical address of a page of table, RDX = its bytes; until all are there. */
#define SB_HYPERCALL_MODULE_TABLE 8
/*
 * RBX = number, RCX = 0: code and ro[0], once the table is there; 1: ro[1]. Protects some pages.
 * RAX = %SB_ANSWER_MORE, %SB_ANSWER_DONE, after which SYNC is due on every CPU, or an error.
 */
#define SB_HYPERCALL_MODULE_PROTECT 9
/*
 * RBX = number, of a module that is going and whose memory Linux is about to free, or has freed.
 * RAX = %SB_ANSWER_MORE, %SB_ANSWER_DONE, or an error; or %SB_ANSWER_SYNC: nothing of it can be
 * executed any more once every CPU has called SYNC.
 */
#define SB_HYPERCALL_MODULE_RELEASE 10
/*
 * RBX = physical address of a 2 MB block for the host's pool. RAX = %SB_ANSWER_SYNC: it is hidden;
 * %SB_ANSWER_DONE; or an error.
 */
#define SB_HYPERCALL_DONATE	11
/* RBX = physical address of a page of struct sb_standing[RCX]. RAX = 0 or an error. */
#define SB_HYPERCALL_STANDING	12

/*
 * RBX = number. The module is going: its code is still executed (a parameter's free function), but
 * not patched any more; a page of it that is written to has been freed and is no longer executable.
 * RAX = 0 or an error.
 */
#define SB_HYPERCALL_MODULE_GOING 13

/*
 * Test builds: RBX = kind << 16 | what. The kind is an exit reason, or for hypercalls
 * SB_STAY_HYPERCALL + their number. What 0 asks how often the host stayed, 1 and 2 for the shortest
 * and longest stay in ticks, SB_STAY_BUCKET and more for the number of stays in each bucket.
 * RAX = the answer.
 */
#define SB_HYPERCALL_STAYS	14
#define SB_STAY_HYPERCALL	80
#define SB_STAY_KINDS		(SB_STAY_HYPERCALL + 32)
#define SB_STAY_BUCKET		16
/* Up to 3 ticks one bucket each, then four for each power of two. */
#define SB_STAY_BUCKETS		96

/* Test builds: RAX = pages of RAM in EPT leaves of level RBX (1: 4 KB, 2: 2 MB, 3: 1 GB). */
#define SB_HYPERCALL_LEAVES	15

/*
 * RBX = TSC ticks from one sweep to the next, 0 for none. RAX = 0 or an error. Then SYNC on every CPU.
 */
#define SB_HYPERCALL_SWEEP	16

/*
 * RBX = physical address of the witness's key, SHADOW_BOX_KEY_SIZE bytes; once for each launch, and
 * only before the lock. RAX = 0 or an error.
 */
#define SB_HYPERCALL_WITNESS_KEY 17
/*
 * RBX = physical address of a nonce, SHADOW_BOX_NONCE_SIZE bytes, RCX = of room for a struct
 * shadow_box_statement, within a page that Linux may write to. RAX = 0 or an error.
 */
#define SB_HYPERCALL_WITNESS	18
/*
 * Sweep as soon as may be; which sweep it is says the status page (sweep_asked). RAX = 0, or
 * SB_ERROR_UNSUPPORTED if nothing is swept for.
 */
#define SB_HYPERCALL_SWEEP_NOW	19

/* Answers of those that change something, but for numbers as above */
#define SB_ANSWER_DONE		0ull
#define SB_ANSWER_MORE		1ull		/* more to do: call again with the same arguments */
#define SB_ANSWER_SYNC		2ull		/* SYNC on every CPU, then call again */
/* or what went wrong */
#define SB_ERROR_UNKNOWN	(~0ull)		/* no such hypercall */
#define SB_ERROR_LOCKED		(~1ull)		/* the lock forbids it */
#define SB_ERROR_ARGUMENT	(~2ull)		/* what was passed makes no sense */
#define SB_ERROR_MEMORY		(~3ull)		/* the pool is used up: give a block and try again */
#define SB_ERROR_FULL		(~4ull)		/* a table of the host has no room left */
#define SB_ERROR_ORIGIN		(~5ull)		/* not from Shadow-box's own code */
#define SB_ERROR_BUSY		(~6ull)		/* not every CPU has called SYNC */
#define SB_ERROR_UNSUPPORTED	(~7ull)		/* this CPU lacks what it needs */
#define SB_ERROR_KEY		(~8ull)		/* the witness has a key already; or has none */
#define SB_IS_ERROR(answer)	((answer) >= SB_ERROR_KEY)

/**
 * struct sb_module_request - a module to protect
 * @text: linear address of its code, page-aligned
 * @text_size: bytes, whole pages
 * @ro: linear addresses of its constants, and of what is constant once it is initialised,
 *	page-aligned, or 0
 * @ro_size: bytes, whole pages, or 0
 * @nr_sites: sites in its code
 * @nr_jumps: struct sb_jump that they refer to
 * @address: linear address of Linux's structure of it
 * @name: its name, NUL-padded, or the beginning of it
 *
 * The table follows by %SB_HYPERCALL_MODULE_TABLE: struct sb_site[nr_sites], struct sb_jump[nr_jumps], then
 * the bitmap of functions (struct sb_region), text_size / %SB_FUNCTION_ALIGN bits.
 */
struct sb_module_request {
	u64 text;
	u64 text_size;
	u64 ro[2];
	u64 ro_size[2];
	u32 nr_sites;
	u32 nr_jumps;
	u64 address;
	char name[SB_SUBJECT_NAME_SIZE];
};

#define SB_ABI_VERSION		2

#endif
