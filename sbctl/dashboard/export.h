/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of a pane, as they are filtered and sorted, in a file.
 */
#ifndef SBCTL_EXPORT_H
#define SBCTL_EXPORT_H

#include "dashboard/view.h"

/**
 * export_rows() - write the rows of the pane that is shown to a new file in the current folder
 *
 * They are JSON as the verbs print it: of CPUs as status, of exit reasons as counters, of policies as
 * policy, of violations as violations, of events as monitor, a line each.
 * Return: 0 with the name of the file said in view->message, or -1 with @failure filled.
 */
int export_rows(struct view *view, struct failure *failure);

#endif
