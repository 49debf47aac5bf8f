// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl-journal: the events as structured entries in systemd's journal. "sbctl monitor --journal"
 * becomes this program, so that no other verb has to load libsystemd and what that needs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "link/follow.h"
#include "model/event.h"
#include "model/messages.h"
#include "model/say.h"
#include "model/statement.h"

#define JOURNAL_SOCKET	"/run/systemd/journal/socket"
/* Each attribute is a field at most; and those of any entry. */
#define MAX_FIELDS	(SHADOW_BOX_EVENT_MAX + 16)

/**
 * struct entry - an entry of the journal while its fields are put together
 * @text: @n of them, each "NAME=value"
 * @left_out: how many more there were
 */
struct entry {
	char text[MAX_FIELDS][EVENT_TEXT_SIZE + 16];
	struct iovec field[MAX_FIELDS];
	int n;
	int left_out;
};

/* What has no room is counted in the place of the last field that had. */
static void add_left_out(struct entry *entry, char *text)
{
	entry->left_out += entry->left_out ? 1 : 2;
	snprintf(text, sizeof(entry->text[0]), "SHADOW_BOX_LEFT_OUT=%d", entry->left_out);
	entry->field[MAX_FIELDS - 1].iov_len = strlen(text);
}

__attribute__((format(printf, 2, 3)))
static void add(struct entry *entry, const char *format, ...)
{
	char *text = entry->text[entry->n < MAX_FIELDS ? entry->n : MAX_FIELDS - 1];
	va_list args;

	if (entry->n == MAX_FIELDS) {
		add_left_out(entry, text);
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(entry->text[0]), format, args);
	va_end(args);
	entry->field[entry->n] = (struct iovec){ text, strlen(text) };
	entry->n++;
}

static int submit(const struct entry *entry)
{
	return sd_journal_sendv(entry->field, entry->n);
}

static void begin(struct entry *entry, const struct message_class *class, const char *type)
{
	entry->n = entry->left_out = 0;
	add(entry, "MESSAGE_ID=%s", class->id);
	add(entry, "PRIORITY=%d", class->priority);
	add(entry, "SYSLOG_IDENTIFIER=shadow-box");
	add(entry, "SHADOW_BOX_TYPE=%s", type);
}

static const struct message_class *class_of(const struct event *event)
{
	const struct message_class *class = &unknown_class;

	if (event->type == SHADOW_BOX_EVENT_VIOLATION) {
		if (event->policy < SHADOW_BOX_POLICIES)
			class = &violation_classes[event->policy];
	} else if (event->type < sizeof(event_classes) / sizeof(event_classes[0])) {
		class = &event_classes[event->type];
	}
	return class->id ? class : &unknown_class;
}

/* What the module did not send is no field. */
static void add_number(struct entry *entry, bool have, const char *name, uint64_t value)
{
	if (have)
		add(entry, "SHADOW_BOX_%s=%" PRIu64, name, value);
}

static void add_address(struct entry *entry, bool have, const char *name, uint64_t value)
{
	if (have)
		add(entry, "SHADOW_BOX_%s=0x%" PRIx64, name, value);
}

static void add_symbol(struct entry *entry, const char *name, const char *symbol)
{
	if (*symbol)
		add(entry, "SHADOW_BOX_%s_SYMBOL=%s", name, symbol);
}

static void add_word(struct entry *entry, bool have, const char *name, const char *word,
		     uint32_t value)
{
	if (have && word)
		add(entry, "SHADOW_BOX_%s=%s", name, word);
	else if (have)
		add(entry, "SHADOW_BOX_%s=unknown-%" PRIu32, name, value);
}

static void add_bytes(struct entry *entry, const char *name, const struct bytes *bytes)
{
	char text[2 * EVENT_BYTES + 1];
	size_t i;

	for (i = 0; i < bytes->length; i++)
		sprintf(text + 2 * i, "%02x", bytes->byte[i]);
	if (bytes->length)
		add(entry, "SHADOW_BOX_%s=%s", name, text);
}

#define HAS(attribute)	HAVE(event, SHADOW_BOX_EVENT_##attribute)

static void add_thread(struct entry *entry, const struct event *event)
{
	add_number(entry, HAS(PID), "PID", event->pid);
	if (HAS(COMM))
		add(entry, "SHADOW_BOX_COMM=%s", event->comm);
}

static void add_text(struct entry *entry, bool have, const char *name, const char *text)
{
	if (have)
		add(entry, "SHADOW_BOX_%s=%s", name, text);
}

/* Whose hook it is, and the offender's process. */
static void add_origin(struct entry *entry, const struct event *event)
{
	char module[SYMBOL_SIZE];

	add_word(entry, HAS(OWNER), "OWNER", owner_name(event->owner), event->owner);
	add_symbol(entry, "OWNER", event->owner_symbol);
	symbol_module(event->owner_symbol, module, sizeof(module));
	add_text(entry, *module, "OWNER_MODULE", module);
	add_number(entry, HAS(PROGRAM_ID), "PROGRAM_ID", event->program_id);
	add_text(entry, HAS(PROGRAM_NAME), "PROGRAM_NAME", event->program_name);
	add_text(entry, HAS(PROGRAM_TAG), "PROGRAM_TAG", event->program_tag);
	add_text(entry, HAS(EXE), "EXE", event->exe);
	add_number(entry, HAS(UID), "UID", event->uid);
	add_number(entry, HAS(PARENT_PID), "PARENT_PID", event->parent_pid);
	add_text(entry, HAS(PARENT_COMM), "PARENT_COMM", event->parent_comm);
	add_text(entry, HAS(CGROUP), "CGROUP", event->cgroup);
}

static void add_violation(struct entry *entry, const struct event *event)
{
	const char *name = register_name(event);
	char record[HEX_SIZE(SHADOW_BOX_RECORD_SIZE)];

	add_word(entry, HAS(ACTION), "ACTION", action_name(event->action), event->action);
	add_word(entry, HAS(WHY), "WHY", why_name(event->why), event->why);
	if (name)
		add(entry, "SHADOW_BOX_REGISTER=%s", name);
	add_word(entry, HAS(OBSERVER), "OBSERVER", observer_name(event->observer), event->observer);
	add_word(entry, HAS(SUBJECT), "SUBJECT", subject_name(event->subject), event->subject);
	add_number(entry, HAS(SUBJECT_ID), "SUBJECT_ID", event->subject_id);
	if (HAS(SUBJECT_NAME))
		add(entry, "SHADOW_BOX_SUBJECT_NAME=%s", event->subject_name);
	add_symbol(entry, "GLA", event->gla_symbol);
	add_bytes(entry, "OLD", &event->old);
	add_symbol(entry, "OLD", event->old_symbol);
	add_bytes(entry, "NEW", &event->new);
	add_symbol(entry, "NEW", event->new_symbol);
	add_origin(entry, event);
	if (HAS(RECORD)) {
		hex_write(event->record, SHADOW_BOX_RECORD_SIZE, record);
		add(entry, "SHADOW_BOX_RECORD=%s", record);
	}
}

static void add_details(struct entry *entry, const struct event *event)
{
	uint32_t mode = (uint32_t)event->code;

	add_word(entry, HAS(POLICY_ID), "POLICY", policy_name(event->policy), event->policy);
	if (event->type == SHADOW_BOX_EVENT_VIOLATION)
		add_violation(entry, event);
	else if (event->type == SHADOW_BOX_EVENT_POLICY)
		add_word(entry, HAS(CODE), "MODE", mode_name(event->policy, mode), mode);
	add_thread(entry, event);
}

static int write_event(const struct event *event)
{
	static struct entry entry;
	const char *type = event_name(event->type);
	char text[EVENT_TEXT_SIZE];

	begin(&entry, class_of(event), type ? type : "unknown");
	event_text(event, text, sizeof(text));
	add(&entry, "MESSAGE=VM [%" PRIu32 "] %s", event->cpu, text);
	add_number(&entry, true, "SEQ", event->seq);
	add_number(&entry, HAS(CPU), "CPU", event->cpu);
	/* Microseconds since 1970, as the journal has it. */
	add_number(&entry, HAS(TIME), "TIME", event->time / 1000);
	add_address(&entry, HAS(RIP), "RIP", event->rip);
	add_symbol(&entry, "RIP", event->rip_symbol);
	add_address(&entry, HAS(GLA), "GLA", event->gla);
	add_address(&entry, HAS(GPA), "GPA", event->gpa);
	add_address(&entry, HAS(CODE), "CODE", event->code);
	add_address(&entry, HAS(ERROR), "ERROR", event->error);
	add_address(&entry, HAS(OBJECT), "OBJECT", event->object);
	add_symbol(&entry, "OBJECT", event->object_symbol);
	add_details(&entry, event);
	return submit(&entry);
}

static int write_lost(uint64_t first, uint64_t last)
{
	static struct entry entry;
	uint64_t count = last - first + 1;

	begin(&entry, &lost_class, "lost");
	add(&entry, "MESSAGE=%" PRIu64 " event%s lost: #%" PRIu64 " to #%" PRIu64, count,
	    count == 1 ? "" : "s", first, last);
	add_number(&entry, true, "FIRST_SEQ", first);
	add_number(&entry, true, "LAST_SEQ", last);
	add_number(&entry, true, "COUNT", count);
	return submit(&entry);
}

static const struct sink journal_sink = { write_event, write_lost };

static int monitor(struct channel *channel, const void *context, struct failure *failure)
{
	return follow_events(channel, context, failure);
}

/* Called by sbctl only: "sbctl-journal now|held COUNT". */
int main(int argc, char **argv)
{
	struct follow follow = { .from = FOLLOW_NOW, .sink = &journal_sink };

	if (!output_ready())
		return SBCTL_FAILED;
	if (argc != 3) {
		say("this program is called by 'sbctl monitor --journal' only");
		return SBCTL_USAGE;
	}
	/* libsystemd takes a missing journal for a success. */
	if (access(JOURNAL_SOCKET, F_OK)) {
		say("cannot reach the journal: there is no %s; is systemd-journald running?",
		    JOURNAL_SOCKET);
		return SBCTL_FAILED;
	}
	if (!strcmp(argv[1], "held"))
		follow.from = FOLLOW_HELD;
	follow.count = strtoull(argv[2], NULL, 10);
	return with_channel(monitor, &follow);
}
