// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the reader of policy files (shadow-box-policy.conf). Whatever is in the file: it is refused with a
 * sentence, or what comes out is what the module takes.
 */
#include <string.h>

#include "model/settings.h"

#include "file.h"

static void check_settings(const struct setting_list *list)
{
	size_t i;

	check(list->n_setting && list->n_setting <= SHADOW_BOX_POLICIES, "%zu settings",
	      list->n_setting);
	for (i = 0; i < list->n_setting; i++) {
		const struct setting *setting = &list->setting[i];

		check(policy_name(setting->policy), "policy %u", setting->policy);
		check(mode_name(setting->policy, setting->mode), "mode %u", setting->mode);
		check(!i || setting[-1].policy < setting->policy, "not in rising order");
		check(setting->policy != SHADOW_BOX_POLICY_HOST_MEMORY ||
		      setting->mode == SHADOW_BOX_MODE_ENFORCE, "host-memory is weakened");
	}
}

/* What differs from a module in which nothing is set, and how that is taken back. */
static void check_changes(const struct setting_list *list)
{
	struct policy_list before = { 0 }, after = { 0 };
	struct change_list changes;
	struct reversal reversal;
	char names[256];
	uint32_t i;

	for (i = 0; i < SHADOW_BOX_POLICIES; i++)
		policy_list_add(&before, &(struct policy){ .id = i });
	settings_compare(list, &before, &changes);
	check(changes.n_change <= list->n_setting, "more changes than settings");
	check(!settings_weakened(&changes), "off was weakened");
	settings_names(names, sizeof(names), ~0u);
	for (i = 0; i < changes.n_change; i++)
		policy_list_add(&after, &(struct policy){ .id = changes.change[i].policy,
							  .mode = changes.change[i].to });
	settings_reverse(&changes, &after, false, &reversal);
	check(reversal.settings.n_setting == changes.n_change, "not all can be taken back");
	policy_list_free(&before);
	policy_list_free(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct failure failure = { 0 };
	struct setting_list list;

	if (settings_read(&list, file_of(data, size), &failure)) {
		check(*failure.text, "refused without a word");
		check_printable(failure.text, "the refusal");
		return 0;
	}
	check_settings(&list);
	check_changes(&list);
	return 0;
}
