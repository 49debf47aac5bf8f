/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What terminal is it?
 */
#ifndef SBCTL_TERMINAL_H
#define SBCTL_TERMINAL_H

#include <stdbool.h>

/* $TERM names a terminal that terminfo(5) knows on this machine. */
bool terminal_known(void);
/* And it can be drawn on. */
bool terminal_drawable(void);

#endif
