/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dashboard's help: its keys, and what the columns of the pane mean.
 */
#ifndef SBCTL_HELP_H
#define SBCTL_HELP_H

#include "dashboard/view.h"

void draw_help(struct view *view);

#endif
