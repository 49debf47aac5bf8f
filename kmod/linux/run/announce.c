// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling the host of kprobes that stand in code which it is about to protect: it must know what
 * they replaced, to tell their removal from an attack.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "../../abi/sites.h"
#include "../kernel/kprobes.h"
#include "announce.h"
#include "command.h"

#define BATCH (PAGE_SIZE / sizeof(struct sb_standing))

/* A page of kprobes that the host has not been told of yet. */
struct batch {
	struct sb_standing *probe;
	u32 nr;
};

static u64 send(struct batch *batch)
{
	u32 nr = batch->nr;

	batch->nr = 0;
	return nr ? sb_command(SB_HYPERCALL_STANDING, __pa(batch->probe), nr, 0) : 0;
}

static u64 add(const struct sb_standing *probe, void *data)
{
	struct batch *batch = data;

	batch->probe[batch->nr++] = *probe;
	return batch->nr == BATCH ? send(batch) : 0;
}

/**
 * sb_announce_kprobes() - tell the host of the kprobes that stand in some code
 * @start: linear address of the code
 * @end: its end
 *
 * Context: may sleep; patching is stopped.
 * Return: 0 or an error of abi/hypercall.h.
 */
u64 sb_announce_kprobes(u64 start, u64 end)
{
	struct batch batch = { .probe = (void *)__get_free_page(GFP_KERNEL) };
	u64 answer;

	if (!batch.probe)
		return SB_ERROR_MEMORY;
	answer = sb_kprobes_each(start, end, add, &batch);
	if (!answer)
		answer = send(&batch);
	free_page((unsigned long)batch.probe);
	return answer;
}
