/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the last launch at a boot ended. It is written down before each step that may not come back,
 * so that a machine that such a step stops does not stop there again at every boot.
 */
#ifndef SBCTL_BOOT_H
#define SBCTL_BOOT_H

#include "link/state.h"

#define BOOT_FILE	STATE_DIRECTORY "/launch"

/**
 * enum boot_state - what the file says
 * @BOOT_NONE: nothing: no launch at boot so far, or it was forgotten
 * @BOOT_LAUNCHING: a launch was begun and has not come back yet
 * @BOOT_CAREFUL: it came back, policies prevent nothing, the boot has not been confirmed yet
 * @BOOT_FULL: it came back, policies are as configured, the boot has not been confirmed yet
 * @BOOT_GOOD: the boot was confirmed
 * @BOOT_HUNG: a launch did not come back; no more of them at boot
 * @BOOT_BAD: a careful boot was not confirmed; no more launches at boot
 */
enum boot_state {
	BOOT_NONE,
	BOOT_LAUNCHING,
	BOOT_CAREFUL,
	BOOT_FULL,
	BOOT_GOOD,
	BOOT_HUNG,
	BOOT_BAD,
};

/* What cannot be read or understood is BOOT_NONE: the next boot is a careful one. */
enum boot_state boot_state(void);

/* 0, or -1 with @failure filled. BOOT_NONE removes the file. */
int boot_set(enum boot_state state, struct failure *failure);

/* What a boot does that finds @state: it launches or (BOOT_HUNG, BOOT_BAD) does not. */
enum boot_state boot_next(enum boot_state state);

/* Fails with the sentence about @state, which is BOOT_HUNG or BOOT_BAD. */
int fail_skipped(enum boot_state state, struct failure *failure);

#endif
