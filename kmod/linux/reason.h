/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why something was refused: one sentence for the administrator, and an error number.
 */
#ifndef SB_LINUX_REASON_H
#define SB_LINUX_REASON_H

#include <linux/compiler_attributes.h>

/**
 * struct sb_reason - a refusal
 * @text: one clear sentence that says what to do
 */
struct sb_reason {
	char text[200];
};

/* Fills in the sentence and returns @error. */
int __printf(3, 4) sb_refuse(struct sb_reason *reason, int error, const char *format, ...);

#endif
