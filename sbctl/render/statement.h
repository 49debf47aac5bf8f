/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statements as JSON: the bytes, which alone count, and what they say, for people and programs.
 */
#ifndef SBCTL_RENDER_STATEMENT_H
#define SBCTL_RENDER_STATEMENT_H

#include <jansson.h>

#include "model/statement.h"

/* Adds what it says to @object. */
void json_set_statement(json_t *object, const struct shadow_box_statement *statement);

#endif
