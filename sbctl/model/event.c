// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in words. What the module did not send is left out, what this tool has no word for is
 * printed as its number.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/event.h"

struct line {
	char *text;
	size_t size;
	size_t length;
};

__attribute__((format(printf, 2, 3)))
static void add(struct line *line, const char *format, ...)
{
	size_t room = line->length < line->size ? line->size - line->length : 0;
	va_list args;
	int more;

	va_start(args, format);
	more = vsnprintf(room ? line->text + line->length : NULL, room, format, args);
	va_end(args);
	if (more > 0)
		line->length += (size_t)more;
}

static void add_address(struct line *line, const struct event *event, int attribute,
			const char *word, uint64_t address)
{
	if (HAVE(event, attribute))
		add(line, "%s 0x%" PRIx64, word, address);
}

/* Room for an address in hexadecimal. */
#define ADDRESS_SIZE 24

/* Codes from here on are not vectors but exits that the host does not know. */
#define FAULT_CODE_EXIT 256

static void add_host_fault(struct line *line, const struct event *event)
{
	bool is_exit = event->code >= FAULT_CODE_EXIT;

	add(line, "host fault:");
	if (HAVE(event, SHADOW_BOX_EVENT_CODE))
		add(line, is_exit ? " unknown exit %" PRIu64 : " vector %" PRIu64,
		    is_exit ? event->code - FAULT_CODE_EXIT : event->code);
	add_address(line, event, SHADOW_BOX_EVENT_ERROR, is_exit ? " qualification" : " error",
		    event->error);
	add_address(line, event, SHADOW_BOX_EVENT_RIP, " at", event->rip);
	add_address(line, event, SHADOW_BOX_EVENT_GLA, ", address", event->gla);
}

static void add_nonzero(struct line *line, const char *word, uint64_t value)
{
	if (value)
		add(line, ", %s 0x%" PRIx64, word, value);
}

static void add_unknown(struct line *line, const struct event *event)
{
	add(line, "event of type %" PRIu32, event->type);
	add_nonzero(line, "code", event->code);
	add_nonzero(line, "error", event->error);
	add_nonzero(line, "gpa", event->gpa);
	add_nonzero(line, "address", event->gla);
	add_nonzero(line, "RIP", event->rip);
}

const char *number_or_name(const char *name, uint32_t number, char *text, size_t size)
{
	if (name)
		return name;
	snprintf(text, size, "number %" PRIu32, number);
	return text;
}

const char *event_policy_text(const struct event *event, char *text, size_t size)
{
	return number_or_name(policy_name(event->policy), event->policy, text, size);
}

const char *symbol_or_address(const char *symbol, uint64_t address, char *text, size_t size)
{
	if (*symbol)
		return symbol;
	snprintf(text, size, "0x%" PRIx64, address);
	return text;
}

static bool subject_is_number(const struct event *event, char *text, size_t size)
{
	const char *name = register_name(event);

	if (!HAVE(event, SHADOW_BOX_EVENT_CODE))
		return false;
	if (name)
		snprintf(text, size, "%s", name);
	else if (event->why == SHADOW_BOX_WHY_REGISTER)
		snprintf(text, size, "MSR 0x%" PRIx64, event->code);
	else if (event->why == SHADOW_BOX_WHY_SLEEP)
		snprintf(text, size, "port 0x%" PRIx64, event->code);
	else if (event->why == SHADOW_BOX_WHY_HYPERCALL || event->why == SHADOW_BOX_WHY_LOCKED)
		snprintf(text, size, "hypercall %" PRIu64, event->code);
	else
		return false;
	return true;
}

/* "task 77 (evil)", "module rootkit" */
bool event_named_subject(const struct event *event, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };
	bool has_number = HAVE(event, SHADOW_BOX_EVENT_SUBJECT_ID) && event->subject_id;
	bool has_name = HAVE(event, SHADOW_BOX_EVENT_SUBJECT_NAME) && *event->subject_name;
	const char *kind = subject_name(event->subject);

	*text = '\0';
	if (!has_number && !has_name)
		return false;
	add(&line, "%s", kind ? kind : "subject");
	if (has_number)
		add(&line, " %" PRIu32, event->subject_id);
	if (has_name)
		add(&line, has_number ? " (%s)" : " %s", event->subject_name);
	return true;
}

/* An address, and of what, unless that is plain: code, constants and so on are where they are. */
static void object_text(const struct event *event, char *text, size_t size)
{
	bool is_plain = event->subject < SHADOW_BOX_SUBJECT_TASK;
	const char *kind = is_plain ? NULL : subject_name(event->subject);
	char number[ADDRESS_SIZE];

	snprintf(text, size, "%s%s%s", kind ? kind : "", kind ? " " : "",
		 symbol_or_address(event->object_symbol, event->object, number, sizeof(number)));
}

bool event_subject(const struct event *event, char *text, size_t size)
{
	char number[ADDRESS_SIZE];

	*text = '\0';
	if (subject_is_number(event, text, size) || event_named_subject(event, text, size))
		return true;
	if (event->object)
		object_text(event, text, size);
	else if (event->gla)
		snprintf(text, size, "%s", symbol_or_address(event->gla_symbol, event->gla, number,
							      sizeof(number)));
	else if (event->gpa)
		snprintf(text, size, "physical 0x%" PRIx64, event->gpa);
	return *text;
}

/* Little-endian, as the CPU has it. */
static uint64_t value_of(const uint8_t *byte, size_t length)
{
	return length ? value_of(byte + 1, length - 1) << 8 | byte[0] : 0;
}

/* A register, limit and base of a descriptor table, or base and limit of a TSS. False if they are no register's. */
static bool register_text(const struct event *event, const struct bytes *bytes, char *text,
			  size_t size)
{
	if (event->why != SHADOW_BOX_WHY_REGISTER || !bytes->length)
		return false;
	if (bytes->length <= sizeof(uint64_t))
		snprintf(text, size, "0x%" PRIx64, value_of(bytes->byte, bytes->length));
	else if (bytes->length == TABLE_BYTES)
		snprintf(text, size, "0x%" PRIx64 " limit 0x%" PRIx64,
			 value_of(bytes->byte + 2, 8), value_of(bytes->byte, 2));
	else if (bytes->length == TSS_BYTES)
		snprintf(text, size, "0x%" PRIx64 " limit 0x%" PRIx64,
			 value_of(bytes->byte, 8), value_of(bytes->byte + 8, 4));
	else
		return false;
	return true;
}

char *bytes_text(const struct event *event, const struct bytes *bytes, char *text, size_t size)
{
	size_t i, used = 0;

	if (register_text(event, bytes, text, size))
		return text;
	snprintf(text, size, "?");
	for (i = 0; i < bytes->length && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%02x", i ? " " : "",
					 bytes->byte[i]);
	return text;
}

bool changed_bits_text(const struct event *event, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };
	uint64_t old, new;
	unsigned int bit;

	*text = '\0';
	if (event->old.length != sizeof(uint64_t) || event->new.length != sizeof(uint64_t))
		return false;
	old = value_of(event->old.byte, sizeof(uint64_t));
	new = value_of(event->new.byte, sizeof(uint64_t));
	for (bit = 0; bit < 64; bit++) {
		const char *name = (old ^ new) >> bit & 1 ? register_bit_name(event, bit) : NULL;

		if (name)
			add(&line, "%s%s %s", *text ? ", " : "", name,
			    new >> bit & 1 ? "set" : "cleared");
	}
	return *text;
}

/* The bytes, and where they lead if that has a name. */
static void add_bytes(struct line *line, const struct event *event, const struct bytes *bytes,
		      const char *symbol)
{
	char text[BYTES_SIZE];

	add(line, "%s", bytes_text(event, bytes, text, sizeof(text)));
	if (*symbol)
		add(line, " (%s)", symbol);
}

static void add_change(struct line *line, const struct event *event)
{
	char bits[BITS_SIZE];

	if (!event->old.length && !event->new.length)
		return;
	add(line, ", ");
	add_bytes(line, event, &event->old, event->old_symbol);
	add(line, " -> ");
	add_bytes(line, event, &event->new, event->new_symbol);
	if (changed_bits_text(event, bits, sizeof(bits)))
		add(line, " (%s)", bits);
}

static void add_thread(struct line *line, const struct event *event)
{
	if (HAVE(event, SHADOW_BOX_EVENT_PID))
		add(line, ", pid %" PRIu32, event->pid);
	if (HAVE(event, SHADOW_BOX_EVENT_COMM))
		add(line, " (%s)", event->comm);
}

static void add_offender(struct line *line, const struct event *event)
{
	char text[ADDRESS_SIZE];

	if (HAVE(event, SHADOW_BOX_EVENT_RIP))
		add(line, ", by %s", symbol_or_address(event->rip_symbol, event->rip, text,
						       sizeof(text)));
	add_thread(line, event);
}

char *symbol_module(const char *symbol, char *text, size_t size)
{
	const char *module = strrchr(symbol, '[');

	*text = '\0';
	if (module)
		snprintf(text, size, "%.*s", (int)strcspn(module + 1, "]"), module + 1);
	return text;
}

bool event_owner(const struct event *event, char *text, size_t size)
{
	char number[24];

	*text = '\0';
	if (!HAVE(event, SHADOW_BOX_EVENT_OWNER))
		return false;
	if (event->owner == SHADOW_BOX_OWNER_PROGRAM)
		snprintf(text, size, "BPF program %" PRIu32 " (%s, tag %s)", event->program_id,
			 event->program_name, event->program_tag);
	else if (event->owner == SHADOW_BOX_OWNER_KERNEL)
		snprintf(text, size, "the kernel's tracing (%s)", event->owner_symbol);
	else if (*event->owner_symbol)
		snprintf(text, size, "%s", event->owner_symbol);
	else
		snprintf(text, size, "%s", number_or_name(owner_name(event->owner), event->owner,
							   number, sizeof(number)));
	return true;
}

static void add_owner(struct line *line, const struct event *event)
{
	char text[OWNER_SIZE];

	if (event_owner(event, text, sizeof(text)))
		add(line, ", hook of %s", text);
}

/* Name of the policy, action, reason, what, who, bytes. */
static void add_violation(struct line *line, const struct event *event)
{
	char text[SUBJECT_SIZE], number[24];

	add(line, "violation");
	if (HAVE(event, SHADOW_BOX_EVENT_POLICY_ID))
		add(line, " of %s", event_policy_text(event, number, sizeof(number)));
	if (HAVE(event, SHADOW_BOX_EVENT_ACTION))
		add(line, ", %s", number_or_name(action_name(event->action), event->action, number,
						 sizeof(number)));
	if (HAVE(event, SHADOW_BOX_EVENT_WHY))
		add(line, ": %s", number_or_name(why_text(event->why), event->why, number,
						 sizeof(number)));
	if (event_subject(event, text, sizeof(text)))
		add(line, ", %s", text);
	if (event_by_sweep(event))
		add(line, ", found by a sweep");
	else
		add_offender(line, event);
	add_change(line, event);
	add_owner(line, event);
}

static void add_policy_change(struct line *line, const struct event *event)
{
	char policy[24], mode[24];
	uint32_t code = (uint32_t)event->code;

	add(line, "policy");
	if (HAVE(event, SHADOW_BOX_EVENT_POLICY_ID))
		add(line, " %s", event_policy_text(event, policy, sizeof(policy)));
	if (HAVE(event, SHADOW_BOX_EVENT_CODE))
		add(line, " set to %s", number_or_name(mode_name(event->policy, code), code, mode,
						       sizeof(mode)));
	add_thread(line, event);
}

/* The object is its code: "f+0x0 [module]". */
static void add_release(struct line *line, const struct event *event)
{
	char module[SYMBOL_SIZE];

	add(line, "module");
	if (*symbol_module(event->object_symbol, module, sizeof(module)))
		add(line, " %s", module);
	add(line, " unloaded");
	add_address(line, event, SHADOW_BOX_EVENT_OBJECT, ", released its memory at",
		    event->object);
	add_thread(line, event);
}

int event_text(const struct event *event, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };

	switch (event->type) {
	case SHADOW_BOX_EVENT_LAUNCH:
		add(&line, "launched");
		break;
	case SHADOW_BOX_EVENT_LEAVE:
		add(&line, "left");
		break;
	case SHADOW_BOX_EVENT_HOST_NMI:
		add(&line, "INT NMI callback");
		break;
	case SHADOW_BOX_EVENT_HOST_FAULT:
		add_host_fault(&line, event);
		break;
	case SHADOW_BOX_EVENT_VIOLATION:
		add_violation(&line, event);
		break;
	case SHADOW_BOX_EVENT_UNMAPPED:
		add(&line, "guest access to unmapped physical address");
		add_address(&line, event, SHADOW_BOX_EVENT_GPA, "", event->gpa);
		add_address(&line, event, SHADOW_BOX_EVENT_RIP, ", RIP", event->rip);
		break;
	case SHADOW_BOX_EVENT_MICROCODE:
		add(&line, "microcode load refused");
		break;
	case SHADOW_BOX_EVENT_POLICY:
		add_policy_change(&line, event);
		break;
	case SHADOW_BOX_EVENT_LOCK:
		add(&line, "policies locked until the machine restarts");
		break;
	case SHADOW_BOX_EVENT_RELEASE:
		add_release(&line, event);
		break;
	case SHADOW_BOX_EVENT_UNKNOWN_EXIT:
		add(&line, "VM exit for unknown reason %" PRIu64, event->code);
		add_address(&line, event, SHADOW_BOX_EVENT_RIP, ", RIP", event->rip);
		break;
	default:
		add_unknown(&line, event);
	}
	return (int)line.length;
}
