// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of launches at boot, a word in a file.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "link/boot.h"

#define NAME	"launch"

static const char *const words[] = {
	[BOOT_NONE] = "", [BOOT_LAUNCHING] = "launching", [BOOT_CAREFUL] = "careful",
	[BOOT_FULL] = "full", [BOOT_GOOD] = "good", [BOOT_HUNG] = "hung", [BOOT_BAD] = "bad",
};

_Static_assert(sizeof(words) / sizeof(words[0]) == BOOT_BAD + 1, "each state has a word");

enum boot_state boot_state(void)
{
	FILE *file = fopen(BOOT_FILE, "re");
	char word[16] = "";
	size_t i;

	if (!file)
		return BOOT_NONE;
	if (fscanf(file, "%15s", word) != 1)
		*word = '\0';
	fclose(file);
	for (i = BOOT_LAUNCHING; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return (enum boot_state)i;
	return BOOT_NONE;
}

int boot_set(enum boot_state state, struct failure *failure)
{
	int lock = state_lock(), result;
	char text[32];

	if (lock < 0)
		return fail_state("write", NAME, failure);
	snprintf(text, sizeof(text), "%s\n", words[state]);
	if (state != BOOT_NONE)
		result = state_write(NAME, text, failure);
	else
		result = unlink(BOOT_FILE) && errno != ENOENT ?
			 fail_state("remove", NAME, failure) : 0;
	close(lock);
	return result;
}

/* Policies prevent something at boot only if the boot before was confirmed. */
enum boot_state boot_next(enum boot_state state)
{
	switch (state) {
	case BOOT_LAUNCHING:
	case BOOT_HUNG:
		return BOOT_HUNG;
	case BOOT_CAREFUL:
	case BOOT_BAD:
		return BOOT_BAD;
	case BOOT_GOOD:
		return BOOT_FULL;
	default:
		return BOOT_CAREFUL;
	}
}

int fail_skipped(enum boot_state state, struct failure *failure)
{
	return fail(failure, SBCTL_SKIPPED,
		    state == BOOT_HUNG ?
		    "not launched at boot: a launch at an earlier boot did not come back; 'sbctl load' tries again, and if it succeeds, so does the next boot" :
		    "not launched at boot: the last two boots with Shadow-box did not get to their end; 'sbctl load' tries again, and if it succeeds, so does the next boot");
}
