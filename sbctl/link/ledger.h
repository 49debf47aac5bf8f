/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: which violations and losses the administrator has acknowledged, and how many there were
 * when somebody last looked. It is kept over reboots, so that who restarts the machine does not make
 * forgotten what nobody has acknowledged.
 */
#ifndef SBCTL_LEDGER_H
#define SBCTL_LEDGER_H

#include "link/state.h"
#include "model/model.h"

#define LEDGER_FILE	STATE_DIRECTORY "/acknowledged"

struct tally {
	uint64_t violations;
	uint64_t lost;		/* events */
};

/**
 * struct ledger - what the file says
 * @launch: launch_id of the launch that @next_seq, @acknowledged and @seen are of
 * @next_seq: violations that are numbered below it are acknowledged
 * @acknowledged: so many of this launch
 * @seen: so many there were in it when somebody last looked
 * @earlier: so many of earlier launches that nobody acknowledged
 */
struct ledger {
	uint64_t launch;
	uint64_t next_seq;
	struct tally acknowledged;
	struct tally seen;
	struct tally earlier;
};

/**
 * ledger_look() - what was acknowledged, seen from what is now
 * @info: of an active module, NULL if there is none; written down if that can be done
 *
 * Return: 0, or -1 with @failure filled, @ledger then having nothing acknowledged: SBCTL_PRIVILEGE
 * if the file cannot be read by this user, SBCTL_FAILED if it is not understood.
 */
int ledger_look(struct ledger *ledger, const struct info *info, struct failure *failure);

/**
 * ledger_acknowledge() - write down that the administrator knows
 * @info: of an active module
 * @next_seq: violations numbered below it
 * @known: so many of this launch
 * @all: those of earlier launches, too
 *
 * What an earlier call acknowledged stays so. A file that is not understood is replaced.
 * Return: 0, or -1 with @failure filled and nothing changed.
 */
int ledger_acknowledge(struct ledger *ledger, const struct info *info, uint64_t next_seq,
		       const struct tally *known, bool all, struct failure *failure);

/* What nobody has acknowledged of this launch. */
struct tally ledger_open(const struct ledger *ledger);

#endif
