/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pager: what people read on a terminal goes through $SBCTL_PAGER, $PAGER or less.
 */
#ifndef SBCTL_PAGER_H
#define SBCTL_PAGER_H

#include <stdbool.h>

/* From here on standard output goes through the pager, if one is @wanted and there is a terminal. */
void pager_open(bool wanted);

/* Waits until the user has left the pager; returns @status, or SBCTL_FAILED (said) without one. */
int pager_close(int status);

#endif
