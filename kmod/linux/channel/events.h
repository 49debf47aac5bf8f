/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passing on what the host wrote to its event rings.
 */
#ifndef SB_LINUX_EVENTS_H
#define SB_LINUX_EVENTS_H

#include "../world/world.h"

int sb_events_init(const struct sb_world *world);
void sb_events_exit(void);
void sb_events_pass_on(void);
u64 sb_events_lost(void);
u64 sb_events_recorded(const struct sb_world *world);
u64 sb_event_time(const struct sb_event *event);

#endif
