// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's policy files: what is read, what is refused and how that is said, what differs.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/settings.h"

#include "unit.h"

static char path[] = "/tmp/sbctl_settings_test.XXXXXX";

static int read_file(struct setting_list *list, const char *text, size_t length,
		     struct failure *failure)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
	return settings_read(list, path, failure);
}

#define READ(list, text, failure) read_file(list, text, sizeof(text) - 1, failure)

static void expect_setting(const struct setting_list *list, size_t at, uint32_t policy,
			   uint32_t mode)
{
	assert_true(at < list->n_setting);
	assert_int_equal(list->setting[at].policy, policy);
	assert_int_equal(list->setting[at].mode, mode);
}

static void both_forms_and_comments_are_read(void **state)
{
	struct setting_list list;
	struct failure failure;

	(void)state;
	assert_int_equal(READ(&list, "# a comment\n\n   \t\n"
				     "kprobes = deny # and another\r\n"
				     "\tkernel-text\tenforce   \n"
				     "idt=log#here\n"
				     "host-memory = enforce\n"
				     "bpf   allow", &failure), 0);
	assert_int_equal(list.n_setting, 5);
	/* In the order of the policies, not of the file. */
	expect_setting(&list, 0, SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_MODE_ENFORCE);
	expect_setting(&list, 1, SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_LOG);
	expect_setting(&list, 2, SHADOW_BOX_POLICY_HOST_MEMORY, SHADOW_BOX_MODE_ENFORCE);
	expect_setting(&list, 3, SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_ENFORCE);
	expect_setting(&list, 4, SHADOW_BOX_POLICY_BPF, SHADOW_BOX_MODE_OFF);
}

/* The sentence names file and line, and has the words in @want. */
static void expect_refusal(const char *text, size_t length, int line, const char *want)
{
	struct setting_list list;
	struct failure failure;
	char where[64];

	assert_int_equal(read_file(&list, text, length, &failure), -1);
	assert_int_equal(failure.code, SBCTL_USAGE);
	snprintf(where, sizeof(where), "%s:%d: ", path, line);
	require(!strncmp(failure.text, where, strlen(where)), "no '%s' in '%s'", where,
		failure.text);
	require(strstr(failure.text, want) != NULL, "no '%s' in '%s'", want, failure.text);
}

#define EXPECT_REFUSAL(text, line, want) expect_refusal(text, sizeof(text) - 1, line, want)

static void errors_are_said_with_their_line(void **state)
{
	(void)state;
	EXPECT_REFUSAL("idt log\nkernel enforce\n", 2,
		       "there is no policy 'kernel'; there are kernel-text, kernel-rodata");
	EXPECT_REFUSAL("#\nidt deny\n", 2,
		       "idt cannot be set to 'deny'; its modes are off, log and enforce");
	EXPECT_REFUSAL("kprobes enforce\n", 1, "its modes are allow, log and deny");
	EXPECT_REFUSAL("idt log\nbpf log\nidt = log\n", 3, "idt is set twice");
	EXPECT_REFUSAL("host-memory off\n", 1, "always enforced");
	EXPECT_REFUSAL("IDT log\n", 1, "there is no policy 'IDT'");
	EXPECT_REFUSAL("idt\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("idt =\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("= log\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("=\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("idt log =\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("=idt log\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("idt log now\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("idt == log\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("idt = log = log\n", 1, "'NAME MODE' or 'NAME = MODE'");
	EXPECT_REFUSAL("idt l\0og\n", 1, "'NAME MODE' or 'NAME = MODE'");
}

static void what_cannot_be_read_is_said(void **state)
{
	struct setting_list list;
	struct failure failure;

	(void)state;
	assert_int_equal(settings_read(&list, "/nonexistent/file", &failure), -1);
	assert_int_equal(failure.code, SBCTL_FAILED);
	assert_string_equal(failure.text,
			    "cannot open /nonexistent/file: No such file or directory");
	assert_int_equal(settings_read(&list, "/tmp", &failure), -1);
	assert_string_equal(failure.text, "cannot read /tmp: Is a directory");
	/* An empty file is more likely a mistake than a wish. */
	assert_int_equal(READ(&list, "# nothing\n", &failure), -1);
	assert_int_equal(failure.code, SBCTL_USAGE);
	assert_non_null(strstr(failure.text, "no policy is set there"));
}

static void garbage_does_no_harm(void **state)
{
	static const char *const words[] = {
		"idt", "bpf", "log", "off", "deny", "=", "#", " ", "\n", "\t", "host-memory",
		"enforce", "\xff", "x", "\n",
	};
	int round, i;

	(void)state;
	for (round = 0; round < 2000; round++) {
		struct setting_list list;
		struct failure failure;
		char text[256] = "";

		for (i = 0; i < 20; i++)
			strcat(text, words[random_below(ARRAY_SIZE(words))]);
		if (!read_file(&list, text, strlen(text), &failure))
			assert_true(list.n_setting > 0 && list.n_setting <= 3);
		else
			assert_true(failure.code == SBCTL_USAGE);
	}
}

static void only_what_differs_is_a_change(void **state)
{
	struct policy have[] = {
		{ .id = SHADOW_BOX_POLICY_KERNEL_TEXT, .mode = SHADOW_BOX_MODE_LOG },
		{ .id = SHADOW_BOX_POLICY_IDT, .mode = SHADOW_BOX_MODE_LOG },
		{ .id = 99, .mode = 7 },
	};
	struct policy_list policies = { have, ARRAY_SIZE(have) };
	struct change_list changes;
	struct setting_list list;
	struct failure failure;

	(void)state;
	assert_int_equal(READ(&list, "kernel-text enforce\nidt log\nbpf deny\n", &failure), 0);
	settings_compare(&list, &policies, &changes);
	assert_int_equal(changes.n_change, 2);
	assert_int_equal(changes.change[0].policy, SHADOW_BOX_POLICY_KERNEL_TEXT);
	assert_true(changes.change[0].known);
	assert_int_equal(changes.change[0].from, SHADOW_BOX_MODE_LOG);
	assert_int_equal(changes.change[0].to, SHADOW_BOX_MODE_ENFORCE);
	/* A policy that an older module does not have. */
	assert_int_equal(changes.change[1].policy, SHADOW_BOX_POLICY_BPF);
	assert_false(changes.change[1].known);
}

/* Tried: kernel-text tightened, idt weakened, bpf tightened, kprobes tightened, ftrace weakened. */
static const struct change_list tried = {
	.change = {
		{ SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_MODE_OFF, SHADOW_BOX_MODE_ENFORCE, true },
		{ SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_ENFORCE, SHADOW_BOX_MODE_LOG, true },
		{ SHADOW_BOX_POLICY_KPROBES, SHADOW_BOX_MODE_OFF, SHADOW_BOX_MODE_ENFORCE, true },
		{ SHADOW_BOX_POLICY_BPF, SHADOW_BOX_MODE_LOG, SHADOW_BOX_MODE_ENFORCE, true },
	},
	.n_change = 4,
};

/* kprobes was set back by somebody already, bpf was set to something else. */
static struct policy tried_now[] = {
	{ .id = SHADOW_BOX_POLICY_KERNEL_TEXT, .mode = SHADOW_BOX_MODE_ENFORCE },
	{ .id = SHADOW_BOX_POLICY_IDT, .mode = SHADOW_BOX_MODE_LOG },
	{ .id = SHADOW_BOX_POLICY_KPROBES, .mode = SHADOW_BOX_MODE_OFF },
	{ .id = SHADOW_BOX_POLICY_BPF, .mode = SHADOW_BOX_MODE_OFF },
};

static void a_trial_is_taken_back(void **state)
{
	const struct policy_list now = { tried_now, ARRAY_SIZE(tried_now) };
	struct reversal reversal;
	char names[64];

	(void)state;
	settings_reverse(&tried, &now, false, &reversal);
	assert_int_equal(reversal.settings.n_setting, 2);
	expect_setting(&reversal.settings, 0, SHADOW_BOX_POLICY_KERNEL_TEXT, SHADOW_BOX_MODE_OFF);
	expect_setting(&reversal.settings, 1, SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_ENFORCE);
	assert_int_equal(reversal.undone.n_change, 2);
	assert_int_equal(reversal.undone.change[0].from, SHADOW_BOX_MODE_ENFORCE);
	assert_int_equal(reversal.undone.change[0].to, SHADOW_BOX_MODE_OFF);
	assert_string_equal(settings_names(names, sizeof(names), reversal.left), "bpf");
	assert_string_equal(settings_names(names, sizeof(names), reversal.stuck), "");
}

/* What was weakened is tightened again; what was tightened must stay. */
static void a_lock_stops_weakening_only(void **state)
{
	const struct policy_list now = { tried_now, ARRAY_SIZE(tried_now) };
	struct reversal reversal;
	char names[64];

	(void)state;
	settings_reverse(&tried, &now, true, &reversal);
	assert_int_equal(reversal.settings.n_setting, 1);
	expect_setting(&reversal.settings, 0, SHADOW_BOX_POLICY_IDT, SHADOW_BOX_MODE_ENFORCE);
	assert_string_equal(settings_names(names, sizeof(names), reversal.stuck), "kernel-text");
	assert_string_equal(settings_names(names, sizeof(names), reversal.left), "bpf");
}

static void names_fit_their_room(void **state)
{
	char names[8];

	(void)state;
	assert_string_equal(settings_names(names, sizeof(names), ~0u), "kernel-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_and_comments_are_read),
		cmocka_unit_test(errors_are_said_with_their_line),
		cmocka_unit_test(what_cannot_be_read_is_said),
		cmocka_unit_test(garbage_does_no_harm),
		cmocka_unit_test(only_what_differs_is_a_change),
		cmocka_unit_test(a_trial_is_taken_back),
		cmocka_unit_test(a_lock_stops_weakening_only),
		cmocka_unit_test(names_fit_their_room),
	};
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
