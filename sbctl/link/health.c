// SPDX-License-Identifier: GPL-2.0-only
/*
 * What somebody should see to. The module, the ledger and the policy file each have a part of it.
 */
#include <unistd.h>

#include "link/health.h"

/* A policy that the loaded module does not have is as good as off. */
static uint32_t find_weaker(const struct setting_list *wanted, const struct policy_list *policies)
{
	struct change_list changes;
	uint32_t weaker = 0;
	size_t i;

	settings_compare(wanted, policies, &changes);
	for (i = 0; i < changes.n_change; i++) {
		const struct change *change = &changes.change[i];

		if (!change->known || change->from < change->to)
			weaker |= 1u << change->policy;
	}
	return weaker;
}

static void look_at_policies(struct health *health, const struct policy_list *policies)
{
	struct setting_list wanted;

	if (access(POLICY_FILE, F_OK))
		return;
	if (!settings_read(&wanted, POLICY_FILE, &health->policy_failure))
		health->weaker = find_weaker(&wanted, policies);
}

void health_look(struct health *health, const struct snapshot *snapshot)
{
	*health = (struct health){
		.active = snapshot && snapshot->info.state == SHADOW_BOX_STATE_ACTIVE,
	};
	ledger_look(&health->ledger, health->active ? &snapshot->info : NULL,
		    &health->ledger_failure);
	if (health->active)
		look_at_policies(health, &snapshot->policies);
	kernels_look(&health->kernels);
}

struct tally health_open(const struct health *health)
{
	struct tally open = ledger_open(&health->ledger);

	open.violations += health->ledger.earlier.violations;
	open.lost += health->ledger.earlier.lost;
	return open;
}
