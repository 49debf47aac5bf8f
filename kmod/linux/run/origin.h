/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an event comes from, as far as Linux says.
 */
#ifndef SB_LINUX_RUN_ORIGIN_H
#define SB_LINUX_RUN_ORIGIN_H

#include "hooks.h"
#include "process.h"

/**
 * struct sb_event_origin - who is behind an event
 * @owner: whose hook it is about
 * @process: the offender's
 */
struct sb_event_origin {
	struct sb_owner owner;
	struct sb_process process;
};

#endif
