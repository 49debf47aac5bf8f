/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink messages of the family "shadow_box" to model: the only place that knows the attributes.
 */
#ifndef SBCTL_DECODE_H
#define SBCTL_DECODE_H

#include <linux/netlink.h>

#include "model/model.h"

/*
 * Each returns false when the message cannot be understood (attributes of the wrong size, or one
 * without which the rest means nothing) or memory is short. Unknown attributes are skipped.
 */
bool decode_info(struct nlmsghdr *message, struct info *info);
bool decode_cpu(struct nlmsghdr *message, struct cpu *cpu);
bool decode_policy(struct nlmsghdr *message, struct policy *policy);
bool decode_event(struct nlmsghdr *message, struct event *event);

#endif
