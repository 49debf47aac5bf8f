/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sbctl remembers over restarts of the machine: small files in a folder of their own.
 */
#ifndef SBCTL_STATE_H
#define SBCTL_STATE_H

#include <sys/types.h>

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
 * @mode: who can read it, whatever the umask is
 *
 * Whoever reads it meanwhile finds the old file or the new one, whole. So it is after a loss of power;
 * the new one is on the disk when this returns. What is no plain file (a device, a symbolic link) stays
 * as it is.
 * Return: 0, or -1 and errno, for file_error().
 */
int file_replace(const char *path, const char *text, mode_t mode);
/* Why file_replace() failed, in words. */
const char *file_error(int error);

/* The same for a file of the folder, whose lock the caller holds. Return: 0, or -1 with @failure. */
int state_write(const char *name, const char *text, struct failure *failure);

/* Fails with errno: "cannot @what @name in that folder". */
int fail_state(const char *what, const char *name, struct failure *failure);

#endif
