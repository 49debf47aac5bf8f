// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a recording, line by line. One that breaks off in the middle of its last line, as one
 * does when the machine goes down, is good up to there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/record.h"
#include "link/recording.h"

#define SCHEMA_NAME	"shadow-box.recording/"

/**
 * struct recording - a recording that is being read
 * @line: number of the line that was read last
 * @text: that line
 */
struct recording {
	const char *path;
	FILE *file;
	double interval;
	unsigned long line;
	char *text;
	size_t size;
	bool broken_off;
};

/* A recording may come from anywhere: it must not talk to the terminal. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			return false;
	return true;
}

/* The next line as JSON; NULL at the end, or with @failure->text filled if it is no JSON. */
static json_t *read_line(struct recording *recording, struct failure *failure)
{
	ssize_t length = getline(&recording->text, &recording->size, recording->file);
	json_t *json;

	failure->text[0] = '\0';
	if (length <= 0)
		return NULL;
	recording->line++;
	if (recording->text[length - 1] != '\n') {
		recording->broken_off = true;
		return NULL;
	}
	json = json_loads(recording->text, 0, NULL);
	/* Jansson's own words quote what is there, control characters and all. */
	if (!json)
		fail(failure, SBCTL_USAGE, "line %lu of '%s' is no JSON", recording->line,
		     recording->path);
	return json;
}

static int read_head(struct recording *recording, struct failure *failure)
{
	json_t *json = read_line(recording, failure);
	const char *schema = json_string_value(json_object_get(json, "schema"));
	int result = 0;

	recording->interval = json_number_value(json_object_get(json, "interval"));
	if (!schema || strncmp(schema, SCHEMA_NAME, strlen(SCHEMA_NAME)) || !is_printable(schema))
		result = fail(failure, SBCTL_USAGE,
			      "'%s' is no recording; 'sbctl status --record=FILE' makes one",
			      recording->path);
	else if (strcmp(schema, RECORDING_SCHEMA))
		result = fail(failure, SBCTL_UNSUPPORTED,
			      "'%s' is a %s, and this sbctl knows %s; use the sbctl that made it",
			      recording->path, schema, RECORDING_SCHEMA);
	json_decref(json);
	return result;
}

struct recording *recording_open(const char *path,
				 struct failure *failure)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (!recording) {
		fail(failure, SBCTL_FAILED, "out of memory");
		return NULL;
	}
	recording->path = path;
	recording->file = fopen(path, "re");
	if (!recording->file)
		fail(failure, SBCTL_FAILED, "cannot read '%s': %s", path, strerror(errno));
	else if (!read_head(recording, failure))
		return recording;
	recording_close(recording);
	return NULL;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	if (recording->file)
		fclose(recording->file);
	free(recording->text);
	free(recording);
}

static bool take_symbol(json_t *names, uint64_t address, char *symbol)
{
	json_t *name;
	char key[32];

	snprintf(key, sizeof(key), "0x%llx", (unsigned long long)address);
	name = json_object_get(names, key);
	if (name && !*symbol)
		snprintf(symbol, SYMBOL_SIZE, "%s", json_string_value(name) ?: "");
	return is_printable(symbol);
}

/* "module+0x12" or "module rodata+0x12", of a module that had gone, is ".text+0x12 [module]" today. */
static bool take_was(const json_t *was, char *symbol)
{
	const char *name = json_string_value(was) ?: "", *plus = strchr(name, '+');
	int module = (int)strcspn(name, " +");

	if (plus)
		snprintf(symbol, SYMBOL_SIZE, ".%.*s%s [%.*s]",
			 name[module] == ' ' ? (int)(plus - name) - module - 1 : 4,
			 name[module] == ' ' ? name + module + 1 : "text", plus, module, name);
	return is_printable(symbol);
}

/* Before names came with events, recordings had them apart. */
static bool take_older_names(const json_t *json, struct event *event)
{
	json_t *names = json_object_get(json, "names");

	return take_was(json_object_get(json, "rip_was"), event->rip_symbol) &&
	       take_was(json_object_get(json, "object_was"), event->object_symbol) &&
	       take_symbol(names, event->rip, event->rip_symbol) &&
	       take_symbol(names, event->object, event->object_symbol) &&
	       take_symbol(names, event->gla, event->gla_symbol);
}

/* False if @json is none of what a line may be. A kind that only a newer sbctl knows is skipped. */
static bool take(const json_t *json, struct record *record)
{
	json_t *snapshot = json_object_get(json, "snapshot");
	json_t *event = json_object_get(json, "event") ?: json_object_get(json, "kept");
	const char *away = json_string_value(json_object_get(json, "away"));
	const json_t *ms = json_object_get(json, "ms");

	if (!json_is_integer(ms) || json_integer_value(ms) < 0)
		return false;
	record->ms = (uint64_t)json_integer_value(ms);
	if (snapshot) {
		record->kind = RECORD_SNAPSHOT;
		return record_read_snapshot(snapshot, &record->snapshot);
	}
	if (event) {
		record->kind = RECORD_EVENT;
		return record_read_event(event, &record->event) &&
		       take_older_names(event, &record->event);
	}
	if (away) {
		record->kind = RECORD_AWAY;
		snprintf(record->away, sizeof(record->away), "%s", away);
		return is_printable(away);
	}
	return true;
}

int recording_read(struct recording *recording, struct record *record, struct failure *failure)
{
	bool good = true;
	json_t *json;

	memset(record, 0, sizeof(*record));
	while (good && record->kind == RECORD_END) {
		json = read_line(recording, failure);
		if (!json)
			return *failure->text ? -1 : 0;
		good = take(json, record);
		json_decref(json);
	}
	if (good)
		return 0;
	record->kind = RECORD_END;
	return fail(failure, SBCTL_USAGE, "line %lu of '%s' is none of a recording",
		    recording->line, recording->path);
}

void recording_rewind(struct recording *recording)
{
	struct failure ignored;

	fseek(recording->file, 0, SEEK_SET);
	recording->line = 0;
	read_head(recording, &ignored);
}

/* Only of the last whole line more than its end is looked at. */
uint64_t recording_length(struct recording *recording)
{
	char *line = NULL, *last = NULL, *swap;
	size_t size = 0, last_size = 0;
	uint64_t length = 0;
	ssize_t got;
	json_t *json;

	while ((got = getline(&line, &size, recording->file)) > 0 && line[got - 1] == '\n') {
		size_t n = size;

		swap = last;
		last = line;
		line = swap;
		size = last_size;
		last_size = n;
	}
	json = last ? json_loads(last, 0, NULL) : NULL;
	if (json_is_integer(json_object_get(json, "ms")))
		length = (uint64_t)json_integer_value(json_object_get(json, "ms"));
	json_decref(json);
	free(line);
	free(last);
	recording_rewind(recording);
	return length;
}

double recording_interval(const struct recording *recording)
{
	return recording->interval;
}

bool recording_broken_off(const struct recording *recording)
{
	return recording->broken_off;
}
