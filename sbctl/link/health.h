/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What somebody should see to, as far as it can be seen from here: violations and losses that nobody
 * has acknowledged, policies that are weaker than configured, kernels without the module.
 */
#ifndef SBCTL_HEALTH_H
#define SBCTL_HEALTH_H

#include "link/kernels.h"
#include "link/ledger.h"
#include "model/settings.h"

#define POLICY_FILE	SBCTL_ROOT "/etc/shadow-box/policy.conf"

/**
 * struct health - what there is to see to
 * @active: the module is, and @weaker is known
 * @ledger: what was acknowledged; what @ledger_failure says if its code is not 0
 * @weaker: policies that are weaker than POLICY_FILE says, a bit each; none if there is no such file
 * @policy_failure: what is wrong with that file, if the code is not 0
 */
struct health {
	bool active;
	struct ledger ledger;
	struct failure ledger_failure;
	uint32_t weaker;
	struct failure policy_failure;
	struct kernels kernels;
};

/* @snapshot: NULL if the module is not loaded. */
void health_look(struct health *health, const struct snapshot *snapshot);

/* Of this launch and earlier ones. */
struct tally health_open(const struct health *health);

#endif
