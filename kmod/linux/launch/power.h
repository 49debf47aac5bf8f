/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every CPU into the guest world and out of it, now and as CPUs and the machine go up and down.
 */
#ifndef SB_LINUX_POWER_H
#define SB_LINUX_POWER_H

#include <linux/cpumask.h>

#include "../reason.h"

int sb_power_init(struct sb_reason *reason);
void sb_power_exit(void);
int sb_power_bring_in(struct sb_reason *reason, struct cpumask *raised);
void sb_power_put_down(const struct cpumask *raised);

#endif
