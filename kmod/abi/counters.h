/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters page of a CPU. Writer: the host world on that CPU alone. The guest may read it, at
 * any time and from any CPU; every word is aligned and 64 bits wide, so a read is never torn.
 */
#ifndef SB_ABI_COUNTERS_H
#define SB_ABI_COUNTERS_H

#include "types.h"

/*
 * Basic exit reasons that are counted one by one (SDM appendix C ends at 79); later ones share the
 * last.
 */
#define SB_EXIT_REASONS 80

/* Room for policies, so that the layout stays as they become more. */
#define SB_POLICIES_MAX 24

/**
 * struct sb_counters - what the host counts on one CPU
 * @exits: VM exits by basic exit reason
 * @cycles: TSC ticks between VM exit and VM entry
 * @nmi_host: NMIs that the host's handler took, or that left the guest while the host waited for
 *	an NMI window; written by the NMI handler
 * @nmi_redelivered: host NMIs injected into the guest
 * @nmi_coalesced: host NMIs beyond the two a CPU can keep (one in service, one latched); written
 *	by the NMI handler
 * @violations: violations by policy (enum shadow_box_policy)
 * @blocked: those of them that were prevented
 * @patches: verified patch writes by policy
 *
 * @nmi_host = @nmi_redelivered + @nmi_coalesced + those not yet delivered (at most two).
 */
struct sb_counters {
	u64 exits[SB_EXIT_REASONS];
	u64 cycles;
	u64 nmi_host;
	u64 nmi_redelivered;
	u64 nmi_coalesced;
	u64 violations[SB_POLICIES_MAX];
	u64 blocked[SB_POLICIES_MAX];
	u64 patches[SB_POLICIES_MAX];
};

#endif
