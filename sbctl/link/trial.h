/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings on trial: they are set back unless they are confirmed in time, whatever becomes of sbctl
 * or of the user's connection.
 */
#ifndef SBCTL_TRIAL_H
#define SBCTL_TRIAL_H

#include "link/netlink.h"
#include "model/settings.h"

/**
 * struct trial - settings on trial
 * @verb: what sentences begin with
 * @wanted: what is set
 * @changes: what that changes
 * @seconds: how long a confirmation is waited for
 */
struct trial {
	const char *verb;
	const struct setting_list *wanted;
	const struct change_list *changes;
	uint64_t seconds;
};

/**
 * enum trial_result - what became of a trial
 * @TRIAL_KEPT: confirmed
 * @TRIAL_REVERTED: set back, as far as it could be
 * @TRIAL_FAILED: not confirmed, and it could not be set back
 */
enum trial_result {
	TRIAL_KEPT,
	TRIAL_REVERTED,
	TRIAL_FAILED,
};

/**
 * struct outcome - how a trial ended
 * @reversal: what was set back and what not
 * @failure: exit status and sentence, unless it was kept
 */
struct outcome {
	enum trial_result result;
	struct reversal reversal;
	struct failure failure;
};

/**
 * trial_begin() - set what is wanted, after a keeper was started who sets it back
 *
 * Return: 0; or -1 with @failure filled and nothing changed: SBCTL_LOCKED if policies are locked,
 * for then nothing could be set back, SBCTL_BUSY if another trial goes on.
 */
int trial_begin(struct channel *channel, const struct trial *trial, struct failure *failure);

/* There is a terminal, and somebody who may answer there. */
bool trial_can_ask(void);

/* Asks if that can be done, and waits for the end. */
void trial_wait(const struct trial *trial, struct outcome *outcome);

/* For who has other things to do meanwhile: true once it is over, and trial_finish() tells how. */
bool trial_is_over(void);
/* It is confirmed; returns once it is over. */
void trial_keep(void);
/* Waits for the end, without asking. */
void trial_finish(const struct trial *trial, struct outcome *outcome);

/**
 * trial_confirm() - confirm the trial of another sbctl
 *
 * Return: 0, or -1 with @failure filled.
 */
int trial_confirm(struct failure *failure);

#endif
