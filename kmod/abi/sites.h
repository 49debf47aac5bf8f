/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where Linux patches its code, and with what: tables made before the launch for the kernel, and
 * when it is loaded for a module. The host compares every write with them.
 */
#ifndef SB_ABI_SITES_H
#define SB_ABI_SITES_H

#include "types.h"

/**
 * enum sb_site_kind - what may stand at a site
 * @SB_SITE_JUMP2: jump label of 2 bytes: NOP2, or JMP rel8 to the target
 * @SB_SITE_JUMP5: jump label of 5 bytes: NOP5, or JMP rel32 to the target
 * @SB_SITE_CALL: static call, 5 bytes: CALL rel32 to a function entry, NOP5, or "xor %eax,%eax" with
 *	three CS prefixes
 * @SB_SITE_TAIL: tail static call or static-call trampoline, 5 bytes: JMP rel32 to a function
 *	entry, or RET and four INT3
 * @SB_SITE_JCC: conditional tail static call, 6 bytes: Jcc rel32 to a function entry
 * @SB_SITE_MCOUNT: entry of a traced function, 5 bytes: NOP5, or CALL rel32 to ftrace_caller,
 *	ftrace_regs_caller, an ftrace trampoline, a BPF trampoline or a function of a module; with
 *	%SB_SITE_JMP also JMP rel32 to a BPF trampoline
 * @SB_SITE_FTRACE: the call in ftrace_caller or ftrace_regs_caller, 5 bytes: CALL rel32 to a
 *	function entry or to the original target
 * @SB_SITE_LOCK: prefix of an instruction, 1 byte: DS, which means nothing, on a machine of one CPU, and
 *	LOCK from when there is a second one; a kprobe may stand there as well
 */
enum sb_site_kind {
	SB_SITE_JUMP2 = 1,
	SB_SITE_JUMP5,
	SB_SITE_CALL,
	SB_SITE_TAIL,
	SB_SITE_JCC,
	SB_SITE_MCOUNT,
	SB_SITE_FTRACE,
	SB_SITE_LOCK,
};

#define SB_SITE_KIND_SHIFT	28
#define SB_SITE_OFFSET		0x0fffffffu
/* In @operand of CALL and TAIL: BPF dispatcher, which may also call BPF code. */
#define SB_SITE_BPF		1u
/* In @operand of MCOUNT: this kernel reaches BPF trampolines that call the function by JMP. */
#define SB_SITE_JMP		2u
/* In @operand of CALL, TAIL and JCC: functions of modules are called here as well. */
#define SB_SITE_MODULES		4u
/* Likewise: what is called never changes once the kernel has started. */
#define SB_SITE_FROZEN		8u

/**
 * struct sb_site - one place
 * @where: kind in bits 31:28, offset from the start of the region in bits 27:0
 * @operand: JUMP2, JUMP5: index of its struct sb_jump; FTRACE: the original target, as a signed offset
 *	from the start of the region; CALL, TAIL: %SB_SITE_BPF, %SB_SITE_MODULES, %SB_SITE_FROZEN; JCC: the
 *	latter two; MCOUNT: %SB_SITE_JMP or 0; otherwise 0
 */
struct sb_site {
	u32 where;
	u32 operand;
};

/* In @key of struct sb_jump: the site jumps while its key is disabled, not while it is enabled. */
#define SB_KEY_BRANCH		1u
/* Likewise: the key never changes once the kernel has started. */
#define SB_KEY_FROZEN		2u
#define SB_KEY_FLAGS		3u

/**
 * struct sb_jump - what a jump label does
 * @target: where it jumps, as a signed offset from the start of the region
 * @key: the kernel's static key, whose first 32 bits are not 0 while it is enabled: a multiple of 4, as a
 *	signed offset from the start of the region, and %SB_KEY_BRANCH and %SB_KEY_FROZEN
 */
struct sb_jump {
	u32 target;
	u32 key;
};

/**
 * struct sb_region - code in which sites lie: the kernel's, or a module's
 * @start: linear address of its first byte, page-aligned
 * @end: linear address after its last byte
 * @nr_sites: how many @sites
 * @nr_jumps: how many @jumps
 * @sites: host-virtual address of struct sb_site[@nr_sites], in ascending order of offsets,
 *	without overlaps
 * @jumps: host-virtual address of struct sb_jump[@nr_jumps]
 * @functions: host-virtual address of a bitmap: bit N is set if a function starts at
 *	@start + N * %SB_FUNCTION_ALIGN; (@end - @start) / %SB_FUNCTION_ALIGN bits, rounded up to
 *	whole bytes
 */
struct sb_region {
	u64 start;
	u64 end;
	u32 nr_sites;
	u32 nr_jumps;
	u64 sites;
	u64 jumps;
	u64 functions;
};

#define SB_FUNCTION_ALIGN 16

/* Kprobes that the host has room for: a quarter of its table is for patches of the kernel's own. */
#define SB_PROBES_MAX 3072

/**
 * struct sb_standing - a kprobe that stood when protection of code was switched on
 * @address: linear address of the breakpoint or jump
 * @original: the five bytes that it replaced, as far as it replaced them
 * @optimised: 1: a jump of five bytes; 0: a breakpoint
 * @reserved: 0
 */
struct sb_standing {
	u64 address;
	u8 original[5];
	u8 optimised;
	u8 reserved[2];
};

#endif
