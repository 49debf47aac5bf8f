// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kprobes that stand in code which the host is about to protect: it must know what they replaced,
 * to tell their removal from an attack. No other patch can be half done while patching is stopped.
 */
#include <linux/gfp.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "../../abi/sites.h"
#include "../kernel/symbols.h"
#include "command.h"
#include "kprobes.h"

#define OP_INT3		0xcc
#define OP_JMP		0xe9

#define TABLE_SIZE	64	/* KPROBE_TABLE_SIZE, which kernel/kprobes.c keeps to itself */
#define BATCH		(PAGE_SIZE / sizeof(struct sb_standing))

/* In the order in which the kernel takes them. */
void sb_patching_stop(void)
{
	mutex_lock((struct mutex *)sb_symbol("kprobe_mutex"));
	mutex_lock((struct mutex *)sb_symbol("text_mutex"));
}

void sb_patching_resume(void)
{
	mutex_unlock((struct mutex *)sb_symbol("text_mutex"));
	mutex_unlock((struct mutex *)sb_symbol("kprobe_mutex"));
}

/*
 * What stands there decides, not flags: optimising, disabling and removing happen later than the
 * flags say. A probe that ftrace calls has patched nothing itself.
 */
static bool stands(struct kprobe *probe)
{
	const u8 *code = (const u8 *)probe->addr;

	if (kprobe_gone(probe) || kprobe_ftrace(probe))
		return false;
	return *code == OP_INT3 || (*code == OP_JMP && probe->flags & KPROBE_FLAG_OPTIMIZED);
}

static void describe(struct kprobe *probe, struct sb_standing *standing)
{
	const u8 *code = (const u8 *)probe->addr;

	*standing = (struct sb_standing){ .address = (u64)code, .optimised = *code == OP_JMP };
	memcpy(standing->original, code, sizeof(standing->original));
	standing->original[0] = probe->opcode;
#ifdef CONFIG_OPTPROBES
	if (standing->optimised)
		memcpy(standing->original + 1,
		       container_of(probe, struct optimized_kprobe, kp)->optinsn.copied_insn, 4);
#endif
}

/**
 * sb_standing_tell() - tell the host of the kprobes that stand in some code
 * @start: linear address of the code
 * @end: its end
 *
 * Context: may sleep; patching is stopped.
 * Return: 0 or an error of abi/hypercall.h.
 */
u64 sb_standing_tell(u64 start, u64 end)
{
	struct hlist_head *table = (struct hlist_head *)sb_symbol("kprobe_table");
	struct sb_standing *batch = (struct sb_standing *)__get_free_page(GFP_KERNEL);
	u64 answer = 0;
	u32 i, n = 0;

	if (!batch)
		return SB_ERROR_MEMORY;
	for (i = 0; i < TABLE_SIZE && !answer; i++) {
		struct kprobe *probe;

		hlist_for_each_entry(probe, &table[i], hlist) {
			if ((u64)probe->addr - start >= end - start || !stands(probe))
				continue;
			describe(probe, &batch[n++]);
			if (n == BATCH) {
				answer = sb_command(SB_HYPERCALL_STANDING, __pa(batch), n, 0);
				n = 0;
			}
		}
	}
	if (n && !answer)
		answer = sb_command(SB_HYPERCALL_STANDING, __pa(batch), n, 0);
	free_page((unsigned long)batch);
	return answer;
}
