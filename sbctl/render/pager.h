/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pager: what people read on a terminal goes through $SBCTL_PAGER, $PAGER or less.
 */
#ifndef SBCTL_PAGER_H
#define SBCTL_PAGER_H

#include "verbs/verb.h"

/* From here on standard output goes through the pager, if there is a terminal and it is wanted. */
void pager_open(const struct request *request);

/* Waits until the user has left the pager; returns @status, or SBCTL_FAILED (said) without one. */
int pager_close(int status);

#endif
