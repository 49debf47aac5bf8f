// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in words, as the kernel log has them too. What the module did not send is left out, and a
 * type that this tool does not know is printed as its number.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "model.h"

/* Exit qualification of EPT violations: Intel SDM volume 3, section 28.2.1. */
#define EPT_QUAL_READ		(1u << 0)
#define EPT_QUAL_WRITE		(1u << 1)
#define EPT_QUAL_FETCH		(1u << 2)
#define EPT_QUAL_GLA_VALID	(1u << 7)

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

static void add_access(struct line *line, const struct event *event)
{
	const char *between = "";

	if (!HAVE(event, SHADOW_BOX_EVENT_CODE) || !(event->code & 7u))
		return;
	add(line, " (");
	if (event->code & EPT_QUAL_READ) {
		add(line, "read");
		between = "/";
	}
	if (event->code & EPT_QUAL_WRITE) {
		add(line, "%swrite", between);
		between = "/";
	}
	if (event->code & EPT_QUAL_FETCH)
		add(line, "%sfetch", between);
	add(line, ")");
}

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

/* Whether the linear address means something is in the exit qualification. */
static void add_linear_address(struct line *line, const struct event *event)
{
	if (event->gla || (event->code & EPT_QUAL_GLA_VALID))
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
	case SHADOW_BOX_EVENT_HOST_MEMORY:
		add(&line, "guest access to host memory:");
		add_address(&line, event, SHADOW_BOX_EVENT_GPA, " gpa", event->gpa);
		add_linear_address(&line, event);
		add_address(&line, event, SHADOW_BOX_EVENT_RIP, ", RIP", event->rip);
		add_access(&line, event);
		break;
	case SHADOW_BOX_EVENT_UNMAPPED:
		add(&line, "guest access to unmapped physical address");
		add_address(&line, event, SHADOW_BOX_EVENT_GPA, "", event->gpa);
		add_address(&line, event, SHADOW_BOX_EVENT_RIP, ", RIP", event->rip);
		break;
	case SHADOW_BOX_EVENT_MICROCODE:
		add(&line, "microcode load refused");
		break;
	default:
		add_unknown(&line, event);
	}
	return (int)line.length;
}
