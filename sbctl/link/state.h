/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sbctl remembers over restarts of the machine: small files in a folder of their own.
 */
#ifndef SBCTL_STATE_H
#define SBCTL_STATE_H

#include "model/say.h"

/* A folder of their own for the unit tests. */
#ifndef SBCTL_ROOT
#define SBCTL_ROOT	""
#endif
#define STATE_DIRECTORY	SBCTL_ROOT "/var/lib/shadow-box"

/* Makes the folder if need be and holds its lock; the descriptor to close, or -1 and errno. */
int state_lock(void);

/**
 * file_replace() - replace a file, or make it, with @text in it
 *
 * Only its owner can read it. After a loss of power there is the old file or the new one; the new
 * one is on the disk when this returns.
 * Return: 0, or -1 and errno.
 */
int file_replace(const char *path, const char *text);

/* The same for a file of the folder, whose lock the caller holds. Return: 0, or -1 with @failure. */
int state_write(const char *name, const char *text, struct failure *failure);

/* Fails with errno: "cannot @what @name in that folder". */
int fail_state(const char *what, const char *name, struct failure *failure);

#endif
