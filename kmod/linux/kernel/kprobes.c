// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kprobes that stand in code. While patching is stopped they stay, and no other patch is half done.
 */
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "kprobes.h"
#include "private.h"
#include "symbols.h"

#define OP_INT3		0xcc
#define OP_JMP		0xe9

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
 * sb_kprobes_each() - visit the kprobes that stand in some code
 * @start: linear address of the code
 * @end: its end
 * @visit: called with each of them and @data; an answer other than 0 ends the visits
 * @data: for @visit
 *
 * Context: may sleep; patching is stopped.
 * Return: the last answer of @visit; 0 if there was no kprobe.
 */
u64 sb_kprobes_each(u64 start, u64 end, u64 (*visit)(const struct sb_standing *probe, void *data),
		    void *data)
{
	struct hlist_head *table = (struct hlist_head *)sb_symbol("kprobe_table");
	struct kprobe *probe;
	u64 answer = 0;
	u32 i;

	for (i = 0; i < SB_KPROBE_TABLE_SIZE; i++) {
		hlist_for_each_entry(probe, &table[i], hlist) {
			struct sb_standing standing;

			if ((u64)probe->addr - start >= end - start || !stands(probe))
				continue;
			describe(probe, &standing);
			answer = visit(&standing, data);
			if (answer)
				return answer;
		}
	}
	return answer;
}
