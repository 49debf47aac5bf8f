// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sentence of a refusal.
 */
#include <linux/kernel.h>

#include "reason.h"

int sb_refuse(struct sb_reason *reason, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(reason->text, sizeof(reason->text), format, args);
	va_end(args);
	return error;
}
