/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words to the user: one sentence on standard error when something fails, and standard output
 * that is never lost silently.
 */
#ifndef SBCTL_SAY_H
#define SBCTL_SAY_H

#include <stdbool.h>

#include "model/exit.h"

/* Room for a sentence, also one that names all policies. */
#define SENTENCE_SIZE	1024

/**
 * struct failure - why something did not work
 * @code: type of the failure; also the exit status
 * @text: one sentence for the user, without "sbctl:" and without a full stop
 */
struct failure {
	enum exit_code code;
	char text[SENTENCE_SIZE];
};

/* Fills @failure and returns -1, so that functions can "return fail(...)". */
int fail(struct failure *failure, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints "sbctl: " and the sentence to standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says @failure and returns its exit status. */
int say_failure(const struct failure *failure);

/* Makes sure that descriptors 0 to 2 are open; false (said) when standard output is closed. */
bool output_ready(void);

/* From here on it is no failure when the reader of standard output goes away. */
void output_may_be_left(void);

/* Passes on what was printed so far; false when standard output took an error. */
bool output_flush(void);

/* Closes standard output; returns @status, or SBCTL_FAILED (said) when output was lost. */
int output_finish(int status);

#endif
