/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong, in a line each below the title: a CPU that is not protected, events that were
 * lost, no policy that is on.
 */
#ifndef SBCTL_NOTICES_H
#define SBCTL_NOTICES_H

#include "dashboard/view.h"

/* The worst of them; false if all is well. */
bool worst_notice(const struct view *view, char *text, size_t size);
/* Draws them from line @top on, as many as there is room for; returns the line after them. */
int draw_notices(const struct view *view, int top);

#endif
