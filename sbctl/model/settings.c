// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings of policies: what the user or a file (shadow-box-policy.conf) wants, and how that
 * differs from what is.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/settings.h"

#define BLANKS	" \t\r\n\v\f"

#define ALL_POLICIES	((1u << SHADOW_BOX_POLICIES) - 1)

char *settings_names(char *text, size_t size, uint32_t policies)
{
	uint32_t policy;
	size_t used = 0;

	*text = '\0';
	for (policy = 0; policy < SHADOW_BOX_POLICIES && used < size; policy++)
		if ((policies >> policy) & 1 && policy_name(policy))
			used += (size_t)snprintf(text + used, size - used, "%s%s",
						 used ? ", " : "", policy_name(policy));
	return text;
}

int settings_policy(const char *where, const char *name, struct failure *failure)
{
	int policy = policy_number(name);
	char names[NAMES_SIZE];

	if (policy < 0)
		return fail(failure, SBCTL_USAGE, "%s: there is no policy '%.40s'; there are %s",
			    where, name,
			    settings_names(names, sizeof(names), ALL_POLICIES));
	return policy;
}

static int mode_of(uint32_t policy, const char *where, const char *word, struct failure *failure)
{
	uint32_t class = policy_class(policy);
	int mode = class_mode_number(class, word);
	char modes[CLASS_MODES_SIZE];

	if (mode >= 0)
		return mode;
	if (class == SHADOW_BOX_CLASS_ALWAYS)
		return fail(failure, SBCTL_USAGE,
			    "%s: %s is always enforced and cannot be set to '%.40s'", where,
			    policy_name(policy), word);
	return fail(failure, SBCTL_USAGE, "%s: %s cannot be set to '%.40s'; its modes are %s",
		    where, policy_name(policy), word, class_modes(class, modes, sizeof(modes)));
}

/* Where @policy stands in the list, or should. */
static size_t position(const struct setting_list *list, uint32_t policy)
{
	size_t at = 0;

	while (at < list->n_setting && list->setting[at].policy < policy)
		at++;
	return at;
}

int settings_take(struct setting_list *list, const char *where, const char *name,
		  const char *word, struct failure *failure)
{
	int policy = settings_policy(where, name, failure), mode;
	struct setting *setting;
	size_t at;

	if (policy < 0)
		return -1;
	mode = mode_of((uint32_t)policy, where, word, failure);
	if (mode < 0)
		return -1;
	at = position(list, (uint32_t)policy);
	setting = &list->setting[at];
	if (at < list->n_setting && setting->policy == (uint32_t)policy)
		return fail(failure, SBCTL_USAGE, "%s: %s is set twice; leave one of them out",
			    where, name);
	memmove(setting + 1, setting, (list->n_setting - at) * sizeof(*setting));
	*setting = (struct setting){ (uint32_t)policy, (uint32_t)mode };
	list->n_setting++;
	return 0;
}

static int fail_line(const char *where, struct failure *failure)
{
	return fail(failure, SBCTL_USAGE,
		    "%s: a line has the form 'NAME MODE' or 'NAME = MODE', and # begins a comment",
		    where);
}

/* Changes @line. */
static int take_line(struct setting_list *list, const char *where, char *line,
		     struct failure *failure)
{
	char *equals, *name, *mode, *rest;

	line[strcspn(line, "#")] = '\0';
	equals = strchr(line, '=');
	if (equals)
		*equals = ' ';
	name = strtok_r(line, BLANKS, &rest);
	if (!name && !equals)
		return 0;
	mode = strtok_r(NULL, BLANKS, &rest);
	/* One sign of equality, and between the two words. */
	if (!name || !mode || strtok_r(NULL, BLANKS, &rest) ||
	    (equals && (equals < name || equals > mode)))
		return fail_line(where, failure);
	return settings_take(list, where, name, mode, failure);
}

static int read_lines(struct setting_list *list, const char *path, FILE *file,
		      struct failure *failure)
{
	unsigned int number = 0;
	char *line = NULL, where[300];
	size_t size = 0;
	ssize_t length;
	int result = 0;

	while (!result && (length = getline(&line, &size, file)) > 0) {
		snprintf(where, sizeof(where), "%.256s:%u", path, ++number);
		if (strlen(line) != (size_t)length)
			result = fail_line(where, failure);
		else
			result = take_line(list, where, line, failure);
	}
	free(line);
	if (!result && ferror(file))
		result = fail(failure, SBCTL_FAILED, "cannot read %.256s: %s", path,
			      strerror(errno));
	if (!result && !list->n_setting)
		result = fail(failure, SBCTL_USAGE,
			      "%.256s: no policy is set there; 'sbctl policy show --conf' prints such a file",
			      path);
	return result;
}

int settings_read(struct setting_list *list, const char *path, struct failure *failure)
{
	FILE *file = fopen(path, "re");
	int result;

	list->n_setting = 0;
	if (!file)
		return fail(failure, SBCTL_FAILED, "cannot open %.256s: %s", path,
			    strerror(errno));
	result = read_lines(list, path, file, failure);
	fclose(file);
	return result;
}

void settings_compare(const struct setting_list *wanted, const struct policy_list *policies,
		      struct change_list *changes)
{
	size_t i;

	changes->n_change = 0;
	for (i = 0; i < wanted->n_setting; i++) {
		const struct setting *setting = &wanted->setting[i];
		const struct policy *policy = policy_list_find(policies, setting->policy);

		if (policy && policy->mode == setting->mode)
			continue;
		changes->change[changes->n_change++] = (struct change){
			.policy = setting->policy,
			.from = policy ? policy->mode : 0,
			.to = setting->mode,
			.known = policy != NULL,
		};
	}
}

uint32_t settings_weakened(const struct change_list *changes)
{
	uint32_t weakened = 0;
	size_t i;

	for (i = 0; i < changes->n_change; i++)
		if (changes->change[i].known && changes->change[i].to < changes->change[i].from)
			weakened |= 1u << changes->change[i].policy;
	return weakened;
}

static void reverse(const struct change *tried, struct reversal *reversal)
{
	struct setting *setting = &reversal->settings.setting[reversal->settings.n_setting++];

	*setting = (struct setting){ tried->policy, tried->from };
	reversal->undone.change[reversal->undone.n_change++] = (struct change){
		.policy = tried->policy, .from = tried->to, .to = tried->from, .known = true,
	};
}

void settings_reverse(const struct change_list *tried, const struct policy_list *now, bool locked,
		      struct reversal *reversal)
{
	size_t i;

	*reversal = (struct reversal){ 0 };
	for (i = 0; i < tried->n_change; i++) {
		const struct change *change = &tried->change[i];
		const struct policy *policy = policy_list_find(now, change->policy);

		if (!policy || policy->mode == change->from)
			continue;
		if (policy->mode != change->to)
			reversal->left |= 1u << change->policy;
		else if (locked && change->from < change->to)
			reversal->stuck |= 1u << change->policy;
		else
			reverse(change, reversal);
	}
}
