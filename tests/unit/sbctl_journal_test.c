// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl-journal: which fields an entry of the journal has, of events of all kinds, and what is said
 * when there is no journal. The program is called as sbctl calls it; the module and
 * sd_journal_sendv() are the test's.
 */
#include <errno.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "model/messages.h"
#include "sbctl_module.h"

#include "unit.h"

#define MAX_ENTRIES	16

/* main() of journal.c, by the name that it is compiled with here. */
int journal_main(int argc, char **argv);

/**
 * struct journal - what arrived
 * @entry: @n_entry of them, the fields of each with a line feed before and after
 * @absent: there is no socket
 * @error: what sd_journal_sendv() returns
 */
static struct journal {
	char entry[MAX_ENTRIES][8192];
	size_t n_entry;
	bool absent;
	int error;
} journal;

int sd_journal_sendv_with_location(const char *file, const char *line, const char *function,
				   const struct iovec *field, int n)
{
	char *entry = journal.entry[journal.n_entry];
	size_t used = 1;
	int i;

	(void)file;
	(void)line;
	(void)function;
	if (journal.error)
		return journal.error;
	assert_true(journal.n_entry < MAX_ENTRIES);
	entry[0] = '\n';
	for (i = 0; i < n; i++) {
		assert_true(used + field[i].iov_len + 2 < sizeof(journal.entry[0]));
		memcpy(entry + used, field[i].iov_base, field[i].iov_len);
		used += field[i].iov_len;
		entry[used++] = '\n';
	}
	entry[used] = '\0';
	journal.n_entry++;
	return 0;
}

/* The linker has journal.c call this. */
int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
	(void)mode;
	assert_string_equal(path, "/run/systemd/journal/socket");
	return journal.absent ? -1 : 0;
}

/* Runs it; returns what it says. */
static const char *run(int status, char *from, char *count)
{
	char *argv[] = { "sbctl-journal", from, count, NULL };
	static char *said;
	FILE *error = stderr;
	size_t length;
	int got;

	free(said);
	stderr = open_memstream(&said, &length);
	got = journal_main(count ? 3 : from ? 2 : 1, argv);
	fclose(stderr);
	stderr = error;
	require(got == status, "status %d, not %d: %s", got, status, said);
	return said;
}

static void expect_field(size_t entry, const char *field)
{
	char line[1024];

	snprintf(line, sizeof(line), "\n%s\n", field);
	assert_true(entry < journal.n_entry);
	require(strstr(journal.entry[entry], line) != NULL, "no '%s' in '%s'", field,
		journal.entry[entry]);
}

static void expect_no_field(size_t entry, const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s=", name);
	assert_true(entry < journal.n_entry);
	require(!strstr(journal.entry[entry], line), "%s in '%s'", name, journal.entry[entry]);
}

static void expect_class(size_t entry, const struct message_class *class)
{
	char field[64];

	snprintf(field, sizeof(field), "MESSAGE_ID=%s", class->id);
	expect_field(entry, field);
	snprintf(field, sizeof(field), "PRIORITY=%d", class->priority);
	expect_field(entry, field);
}

/* One with all that an event can have. */
static struct event whole_event(uint64_t seq, uint32_t type)
{
	struct event event = module_event(seq, type, 3);

	event.have = UINT64_MAX;
	event.time = 1700000000123456789;
	event.rip = 0xffffffffc0001234;
	event.gla = 0xffff888000001000;
	event.gpa = 0x1000;
	event.code = 2;
	event.error = 3;
	event.object = 0xffffffff81000000;
	event.policy = SHADOW_BOX_POLICY_IDT;
	event.action = SHADOW_BOX_ACTION_BLOCKED;
	event.why = SHADOW_BOX_WHY_WRITE;
	event.observer = SHADOW_BOX_OBSERVER_SWEEP;
	event.subject = SHADOW_BOX_SUBJECT_DESCRIPTOR;
	event.pid = 4711;
	strcpy(event.comm, "insmod");
	strcpy(event.rip_symbol, "patch+0x12 [rootkit]");
	event.old = (struct bytes){ { 0x0f, 0x1f }, 2 };
	event.new = (struct bytes){ { 0xe9, 0x00 }, 2 };
	return event;
}

static void a_violation_has_all_fields(void **state)
{
	struct event event = whole_event(0, SHADOW_BOX_EVENT_VIOLATION);

	(void)state;
	module_happens(&event);
	run(SBCTL_OK, "held", "1");
	assert_int_equal(journal.n_entry, 1);
	expect_class(0, &violation_classes[SHADOW_BOX_POLICY_IDT]);
	expect_field(0, "SYSLOG_IDENTIFIER=shadow-box");
	expect_field(0, "SHADOW_BOX_TYPE=violation");
	expect_field(0, "SHADOW_BOX_SEQ=0");
	expect_field(0, "SHADOW_BOX_CPU=3");
	expect_field(0, "SHADOW_BOX_TIME=1700000000123456");
	expect_field(0, "SHADOW_BOX_RIP=0xffffffffc0001234");
	expect_field(0, "SHADOW_BOX_RIP_SYMBOL=patch+0x12 [rootkit]");
	expect_field(0, "SHADOW_BOX_GLA=0xffff888000001000");
	expect_field(0, "SHADOW_BOX_GPA=0x1000");
	expect_field(0, "SHADOW_BOX_CODE=0x2");
	expect_field(0, "SHADOW_BOX_ERROR=0x3");
	expect_field(0, "SHADOW_BOX_OBJECT=0xffffffff81000000");
	expect_no_field(0, "SHADOW_BOX_OBJECT_SYMBOL");
	expect_field(0, "SHADOW_BOX_POLICY=idt");
	expect_field(0, "SHADOW_BOX_ACTION=blocked");
	expect_field(0, "SHADOW_BOX_WHY=write");
	expect_field(0, "SHADOW_BOX_OLD=0f1f");
	expect_field(0, "SHADOW_BOX_NEW=e900");
	expect_field(0, "SHADOW_BOX_PID=4711");
	expect_field(0, "SHADOW_BOX_COMM=insmod");
	expect_field(0, "SHADOW_BOX_OBSERVER=sweep");
	expect_field(0, "SHADOW_BOX_SUBJECT=descriptor");
	expect_no_field(0, "SHADOW_BOX_REGISTER");
	expect_no_field(0, "SHADOW_BOX_LEFT_OUT");
	require(strstr(journal.entry[0], "\nMESSAGE=VM [3] violation of idt, blocked: ") != NULL, "%s",
		journal.entry[0]);
}

static void what_was_not_sent_is_no_field(void **state)
{
	static const char *const names[] = {
		"SHADOW_BOX_TIME", "SHADOW_BOX_RIP", "SHADOW_BOX_RIP_SYMBOL", "SHADOW_BOX_GLA",
		"SHADOW_BOX_GPA", "SHADOW_BOX_CODE", "SHADOW_BOX_ERROR", "SHADOW_BOX_OBJECT",
		"SHADOW_BOX_POLICY", "SHADOW_BOX_ACTION", "SHADOW_BOX_WHY", "SHADOW_BOX_OLD",
		"SHADOW_BOX_NEW", "SHADOW_BOX_PID", "SHADOW_BOX_COMM",
	};
	struct event event = module_event(0, SHADOW_BOX_EVENT_VIOLATION, 0);
	size_t i;

	(void)state;
	module_happens(&event);
	run(SBCTL_OK, "held", "1");
	expect_field(0, "SHADOW_BOX_SEQ=0");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		expect_no_field(0, names[i]);
}

static void each_kind_has_its_class(void **state)
{
	struct event event = whole_event(0, SHADOW_BOX_EVENT_HOST_FAULT);

	(void)state;
	module_happens(&event);
	event = whole_event(1, SHADOW_BOX_EVENT_POLICY);
	module_happens(&event);
	event = whole_event(2, SHADOW_BOX_EVENT_VIOLATION);
	event.policy = SHADOW_BOX_POLICY_BPF;
	event.why = SHADOW_BOX_WHY_REGISTER;
	event.code = 0xc0000082;
	module_happens(&event);
	run(SBCTL_OK, "held", "3");
	expect_class(0, &event_classes[SHADOW_BOX_EVENT_HOST_FAULT]);
	expect_field(0, "SHADOW_BOX_TYPE=host-fault");
	expect_no_field(0, "SHADOW_BOX_ACTION");
	expect_class(1, &event_classes[SHADOW_BOX_EVENT_POLICY]);
	expect_field(1, "SHADOW_BOX_MODE=enforce");
	expect_field(1, "SHADOW_BOX_POLICY=idt");
	expect_class(2, &violation_classes[SHADOW_BOX_POLICY_BPF]);
	expect_field(2, "SHADOW_BOX_REGISTER=LSTAR");
}

/* Beyond the tables there is one class, and no word but the number. */
static void what_is_unknown_has_a_class_too(void **state)
{
	static const uint32_t numbers[] = { 100, 255, 65536, UINT32_MAX };
	char field[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct event event = whole_event(2 * i, numbers[i]);

		module_happens(&event);
		event = whole_event(2 * i + 1, SHADOW_BOX_EVENT_VIOLATION);
		event.policy = event.action = event.why = numbers[i];
		module_happens(&event);
	}
	run(SBCTL_OK, "held", "8");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		expect_class(2 * i, &unknown_class);
		expect_field(2 * i, "SHADOW_BOX_TYPE=unknown");
		expect_class(2 * i + 1, &unknown_class);
		snprintf(field, sizeof(field), "SHADOW_BOX_POLICY=unknown-%u", numbers[i]);
		expect_field(2 * i + 1, field);
		snprintf(field, sizeof(field), "SHADOW_BOX_ACTION=unknown-%u", numbers[i]);
		expect_field(2 * i + 1, field);
		snprintf(field, sizeof(field), "SHADOW_BOX_WHY=unknown-%u", numbers[i]);
		expect_field(2 * i + 1, field);
	}
}

static void what_was_lost_is_an_entry(void **state)
{
	struct event event = module_event(0, SHADOW_BOX_EVENT_LAUNCH, 0);

	(void)state;
	module_happens(&event);
	/* Of all others nothing ever comes. */
	event = module_event(5, SHADOW_BOX_EVENT_LEAVE, 0);
	module_happens(&event);
	run(SBCTL_OK, "held", "2");
	assert_int_equal(journal.n_entry, 3);
	expect_class(1, &lost_class);
	expect_field(1, "SHADOW_BOX_TYPE=lost");
	expect_field(1, "MESSAGE=4 events lost: #1 to #4");
	expect_field(1, "SHADOW_BOX_FIRST_SEQ=1");
	expect_field(1, "SHADOW_BOX_LAST_SEQ=4");
	expect_field(1, "SHADOW_BOX_COUNT=4");
	expect_field(2, "SHADOW_BOX_TYPE=leave");
}

static void only_new_ones_are_written(void **state)
{
	struct event event = module_event(0, SHADOW_BOX_EVENT_LAUNCH, 0);

	(void)state;
	module_happens(&event);
	module.step[0].event[0] = module_event(1, SHADOW_BOX_EVENT_LOCK, 0);
	module.step[0].n_event = 1;
	run(SBCTL_OK, "now", "1");
	assert_int_equal(journal.n_entry, 1);
	expect_field(0, "SHADOW_BOX_TYPE=lock");
}

static void failures_are_said(void **state)
{
	struct event event = module_event(0, SHADOW_BOX_EVENT_LAUNCH, 0);

	(void)state;
	module_happens(&event);
	assert_string_equal(run(SBCTL_USAGE, "now", NULL),
			    "sbctl: this program is called by 'sbctl monitor --journal' only\n");
	journal.error = -ENOSPC;
	assert_string_equal(run(SBCTL_FAILED, "held", "1"),
			    "sbctl: cannot pass the events on: No space left on device\n");
	journal.absent = true;
	assert_string_equal(run(SBCTL_FAILED, "held", "1"),
			    "sbctl: cannot reach the journal: there is no /run/systemd/journal/socket; is systemd-journald running?\n");
	journal.absent = false;
	module.absent = true;
	assert_string_equal(run(SBCTL_NOT_RUNNING, "held", "1"), "sbctl: not loaded\n");
	assert_int_equal(journal.n_entry, 0);
}

static int reset(void **state)
{
	(void)state;
	module_reset();
	memset(&journal, 0, sizeof(journal));
	return 0;
}

#define TEST(test)	cmocka_unit_test_setup(test, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_violation_has_all_fields),
		TEST(what_was_not_sent_is_no_field),
		TEST(each_kind_has_its_class),
		TEST(what_is_unknown_has_a_class_too),
		TEST(what_was_lost_is_an_entry),
		TEST(only_new_ones_are_written),
		TEST(failures_are_said),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	module_reset();
	policy_list_free(&module.policies);
	return failed;
}
