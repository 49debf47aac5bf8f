/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may be written to code: pure logic over tables, without knowledge of pages, exits or VMX. It
 * is the same code that the unit tests and the fuzzer run.
 */
#ifndef SB_HOST_VERIFY_VERIFIER_H
#define SB_HOST_VERIFY_VERIFIER_H

#include "../../abi/facts.h"
#include "../../uapi/shadow_box.h"

#define TEXT_WRITE_MAX	16	/* bytes of one write */
#define TEXT_SITE_MAX	6	/* bytes of one site */

/**
 * struct text_write - bytes that something wants to write to code
 * @address: linear address of the first, as the kernel knows it: no alias
 * @size: 1 to %TEXT_WRITE_MAX
 * @bytes: the bytes
 */
struct text_write {
	u64 address;
	u32 size;
	u8 bytes[TEXT_WRITE_MAX];
};

/**
 * struct text_verdict - what becomes of it
 * @allowed: the bytes may be written
 * @policy: if they may, what they are counted as: kprobes, ftrace, bpf, static-keys, or what the caller
 *	named. If they may not: the policy that forbids it, or else what the caller named: bytes that the
 *	tables do not have are a matter of static-keys only where nothing is to be patched at all
 * @why: enum shadow_box_why if it is not allowed, or allowed and to be logged; else 0
 * @restore: write to be made instead, since a breakpoint would be left standing that nobody knows
 *	of: the code as it was; size 0 if there is none. The first byte is to be written last
 */
struct text_verdict {
	bool allowed;
	u32 policy;
	u32 why;
	struct text_write restore;
};

#ifndef TEXT_PATCHES /* the fuzzer's table is small, so that it is full at times */
#define TEXT_PATCHES	4096	/* a power of two, no larger */
#endif
#define TEXT_PROBES	(TEXT_PATCHES / 4 * 3)

/**
 * struct text_patch - a breakpoint or a kprobe's jump that stands in code, and what it replaced
 * @address: its linear address; 0: free
 * @saved: the bytes before
 * @size: how many of them can have changed
 * @is_kprobe: it is not at a known site
 */
struct text_patch {
	u64 address;
	u8 saved[TEXT_SITE_MAX];
	u8 size;
	u8 is_kprobe;
};

/**
 * struct text - what the verifier stands on
 * @read: copies @size bytes of code or data at linear address @address; false if there are none
 * @context: for @read
 * @region_of: the region in which @address lies, kernel or module, or NULL
 * @mode: enum shadow_box_mode of kprobes, ftrace, bpf and static-keys
 * @unaligned: see struct sb_facts
 * @module_space: where modules lie, and BPF code and trampolines outside every region
 * @ftrace_caller, @ftrace_regs_caller, @optprobe...: see struct sb_facts; addresses in terms of
 *	@read
 * @patch: what stands, a hash table by address; zeroed at the start
 * @nr_patches: how many entries are in use
 * @nr_in_modules: how many of these stand in @module_space
 * @nr_probes: how many of @nr_patches are kprobes, which take three quarters of the table at most
 *
 * Whoever holds the host's lock writes @patch and @nr_patches; the rest does not change.
 */
struct text {
	bool (*read)(void *context, u64 address, void *to, u32 size);
	const struct sb_region *(*region_of)(void *context, u64 address);
	u32 (*mode)(void *context, u32 policy);
	void *context;
	u64 unaligned[SB_UNALIGNED];
	u64 module_space, module_space_end;
	u64 ftrace_caller, ftrace_caller_op;
	u64 ftrace_regs_caller, ftrace_regs_caller_op;
	u64 optprobe;
	u32 optprobe_clac, optprobe_val;
	struct text_patch *patch;
	u32 nr_patches;
	u32 nr_in_modules;
	u32 nr_probes;
};

void text_verify(struct text *text, const struct text_write *write, u32 policy,
		 struct text_verdict *verdict);
bool text_adopt(struct text *text, const struct sb_standing *standing);
void text_forget(struct text *text, u64 start, u64 end);
bool text_region_is_valid(const struct sb_region *region);

#endif
