/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small kernel for the verifier of patches (host/verify/verifier.c): code with a site of every kind, two
 * modules, trampolines and slots outside of them. Also what the fuzzer patches.
 */
#ifndef SB_TESTS_UNIT_TEXT_MODEL_H
#define SB_TESTS_UNIT_TEXT_MODEL_H

#include "abi/types.h"
#include "host/verify/verifier.h"

#define KERNEL			0xffffffff81000000ull
#define KERNEL_SIZE		0x4000
#define RODATA			0xffffffff82000000ull
#define RODATA_SIZE		0x100
#define MODULE_SPACE		0xffffffffc0000000ull
#define MODULE_SPACE_END	0xffffffffff000000ull
#define MODULE_A		0xffffffffc0100000ull
#define MODULE_B		0xffffffffc0110000ull
#define MODULE_SIZE		0x1000
#define OUTSIDE			0xffffffffc0200000ull
#define OUTSIDE_SIZE		0x1000

/* Every function of the kernel and of each module, from its start on. */
#define FUNCTION(n)		(KERNEL + 0x200 + 0x110 * (n))
#define NR_FUNCTIONS		6
#define MODULE_FUNCTION(m)	((m) + 0x40)
#define JUMP_TARGET		0x123

#define FTRACE_CALLER		(KERNEL + 0x3000)
#define FTRACE_CALLER_OP	(KERNEL + 0x3041)
#define FTRACE_REGS_CALLER	(KERNEL + 0x3100)
#define FTRACE_REGS_CALLER_OP	(KERNEL + 0x3159)
#define FTRACE_STUB		(KERNEL + 0x3f07)
#define ACCOUNTED_FUNCTION	FUNCTION(5)

/* Outside: what is good, and what is nearly. */
#define TRAMPOLINE		(OUTSIDE + 0x000)
#define REGS_TRAMPOLINE		(OUTSIDE + 0x100)
#define BAD_TRAMPOLINE		(OUTSIDE + 0x200)
#define BAD_REGS_TRAMPOLINE	(OUTSIDE + 0x300)
#define BPF_PLAIN		(OUTSIDE + 0x400)
#define BPF_ENDBR		(OUTSIDE + 0x420)
#define BPF_ACCOUNTED		(OUTSIDE + 0x440)
#define BPF_ACCOUNTED_OLD	(OUTSIDE + 0x460)
#define BAD_BPF			(OUTSIDE + 0x480)
#define DISPATCHER		(OUTSIDE + 0x4a3)
#define SLOT			(OUTSIDE + 0x500)
#define CLAC_SLOT		(OUTSIDE + 0x600)
#define BAD_SLOT		(OUTSIDE + 0x700)
#define BAD_CLAC_SLOT		(OUTSIDE + 0x800)

#define OPTPROBE_CLAC		6
#define OPTPROBE_VAL		40

/* The kernel's sites: offsets. Two lie across the end of a page, two side by side. */
#define AT_JUMP2		0x0110
#define AT_JUMP5		0x0120
#define AT_CALL			0x0130
#define AT_CALL_BESIDE		0x0135
#define AT_TAIL			0x0140
#define AT_JCC			0x0150
#define AT_MCOUNT		0x0204
#define AT_CALL_BPF		0x0800
#define AT_TAIL_BPF		0x0810
#define AT_JUMP2_ACROSS		0x0fff
#define AT_JUMP5_ACROSS		0x1ffd
#define AT_FTRACE		0x3050
#define NR_KERNEL_SITES		12

/* Each module's. */
#define AT_MODULE_JUMP5		0x0020
#define AT_MODULE_MCOUNT	0x0044
#define AT_MODULE_CALL		0x0080
#define NR_MODULE_SITES		3

/* What jump labels do; the key of the Nth, which lies among the constants of the kernel's model, and not frozen. */
#define NR_JUMPS		4
#define KEY(n)			(RODATA + 0xc0 + 8 * (n))

/**
 * struct text_model - that kernel
 * @text: what the verifier gets
 * @is_loaded: by module
 * @mode: by policy
 * @kernel: bytes of each piece of memory
 * @original: the kernel's code at the start
 * @functions: bitmaps of the kernel and the modules
 * @sites, @jumps: their tables
 * @regions: theirs
 */
struct text_model {
	struct text text;
	bool is_loaded[2];
	u32 mode[SHADOW_BOX_POLICIES];
	u8 kernel[KERNEL_SIZE];
	u8 rodata[RODATA_SIZE];
	u8 module[2][MODULE_SIZE];
	u8 outside[OUTSIDE_SIZE];
	u8 original[KERNEL_SIZE];
	u8 module_original[2][MODULE_SIZE];
	u8 functions[3][KERNEL_SIZE / SB_FUNCTION_ALIGN / 8];
	struct sb_site sites[NR_KERNEL_SITES];
	struct sb_site module_sites[NR_MODULE_SITES];
	struct sb_jump jumps[NR_JUMPS];
	struct sb_jump module_jumps[1];
	struct sb_region region[3];
	struct text_patch patch[TEXT_PATCHES];
};

void model_start(struct text_model *model);
void model_load(struct text_model *model, u32 module);
void model_unload(struct text_model *model, u32 module);
u8 *model_at(struct text_model *model, u64 address, u32 size);
u8 *model_original(struct text_model *model, u64 address);
bool model_write(struct text_model *model, u64 address, const void *bytes, u32 size,
		 struct text_verdict *verdict);

u32 model_branch(u8 *bytes, u8 opcode, u64 from, u64 to);

#endif
