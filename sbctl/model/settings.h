/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of policies: what the user or a file (shadow-box-policy.conf) wants, and how that
 * differs from what is.
 */
#ifndef SBCTL_SETTINGS_H
#define SBCTL_SETTINGS_H

#include "model/model.h"
#include "model/say.h"

_Static_assert(NAMES_SIZE <= SENTENCE_SIZE - 256, "a sentence has room for the names of all policies");

struct setting {
	uint32_t policy;	/* enum shadow_box_policy */
	uint32_t mode;		/* enum shadow_box_mode */
};

/* Each policy once at most, rising by number. */
struct setting_list {
	struct setting setting[SHADOW_BOX_POLICIES];
	size_t n_setting;
};

/**
 * struct change - a policy whose mode is not the wanted one
 * @from: its mode now, if that is @known
 */
struct change {
	uint32_t policy;
	uint32_t from;
	uint32_t to;
	bool known;
};

struct change_list {
	struct change change[SHADOW_BOX_POLICIES];
	size_t n_change;
};

/**
 * settings_take() - add one setting
 * @where: what a sentence about an error begins with
 *
 * Return: 0, or -1 with @failure filled: unknown policy or mode, a policy set twice, or
 * host-memory, which cannot be weakened.
 */
int settings_take(struct setting_list *list, const char *where, const char *name,
		  const char *mode, struct failure *failure);

/**
 * settings_read() - read a file with a line "NAME MODE" or "NAME = MODE" for each policy
 *
 * What follows a # is a comment. Policies that the file does not name are left alone.
 */
int settings_read(struct setting_list *list, const char *path, struct failure *failure);

/* What must change in @policies for @wanted. */
void settings_compare(const struct setting_list *wanted, const struct policy_list *policies,
		      struct change_list *changes);

/* The policies that @changes weaken, which a lock forbids, a bit each. */
uint32_t settings_weakened(const struct change_list *changes);

/**
 * struct reversal - how settings on trial are taken back
 * @settings: what is to be set
 * @undone: the same, as changes
 * @left: policies that somebody else changed meanwhile and that stay as they are, a bit each
 * @stuck: policies that cannot be weakened any more, a bit each
 */
struct reversal {
	struct setting_list settings;
	struct change_list undone;
	uint32_t left;
	uint32_t stuck;
};

/* How to take back what @tried changed, policies being as in @now, and perhaps @locked. */
void settings_reverse(const struct change_list *tried, const struct policy_list *now, bool locked,
		      struct reversal *reversal);

/* "idt, bpf": the policies whose bits are set in @policies and that have names. Returns @text. */
char *settings_names(char *text, size_t size, uint32_t policies);

/* The number of policy @name, or -1 with @failure filled. */
int settings_policy(const char *where, const char *name, struct failure *failure);

#endif
