// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a recording: a line for each snapshot and event, each written at once, so that whatever
 * ends the program costs no more than the last line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link/record.h"
#include "link/recorder.h"

/**
 * struct recorder - a recording that is being made
 * @began: when, on the monotonic clock, in ms
 * @error: errno of the first failed write, 0 if there was none
 */
struct recorder {
	const char *path;
	int fd;
	uint64_t began;
	int error;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void write_all(struct recorder *recorder, const char *text, size_t length)
{
	ssize_t written;

	while (length && !recorder->error) {
		written = write(recorder->fd, text, length);
		if (written < 0 && errno != EINTR)
			recorder->error = errno;
		if (written <= 0)
			continue;
		text += written;
		length -= (size_t)written;
	}
}

/* Writes @json, which it releases, as one line. */
static void write_line(struct recorder *recorder, json_t *json)
{
	char *text = recorder->error ? NULL : json_dumps(json, JSON_COMPACT), *line;
	int length;

	json_decref(json);
	if (recorder->error)
		return;
	length = text ? asprintf(&line, "%s\n", text) : -1;
	free(text);
	if (length < 0) {
		recorder->error = ENOMEM;
		return;
	}
	write_all(recorder, line, (size_t)length);
	free(line);
}

static void write_record(struct recorder *recorder, const char *kind, json_t *what)
{
	json_t *json = json_object();

	json_object_set_new(json, "ms", json_integer((json_int_t)(now_ms() - recorder->began)));
	json_object_set_new(json, kind, what);
	write_line(recorder, json);
}

static void write_head(struct recorder *recorder, double interval)
{
	json_t *json = json_object();

	json_object_set_new(json, "schema", json_string(RECORDING_SCHEMA));
	json_object_set_new(json, "version", json_string(SBCTL_VERSION));
	json_object_set_new(json, "interval", json_real(interval));
	write_line(recorder, json);
}

struct recorder *recorder_open(const char *path, double interval,
			       struct failure *failure)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder) {
		fail(failure, SBCTL_FAILED, "out of memory");
		return NULL;
	}
	*recorder = (struct recorder){ .path = path, .began = now_ms() };
	/* Addresses of the kernel are nobody else's business. */
	recorder->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (recorder->fd >= 0) {
		write_head(recorder, interval);
		return recorder;
	}
	if (errno == EEXIST)
		fail(failure, SBCTL_FAILED,
		     "cannot record to '%s': it exists; choose another name, or remove it", path);
	else
		fail(failure, SBCTL_FAILED, "cannot record to '%s': %s", path, strerror(errno));
	free(recorder);
	return NULL;
}

void recorder_snapshot(struct recorder *recorder, const struct snapshot *snapshot)
{
	if (recorder)
		write_record(recorder, "snapshot", record_snapshot(snapshot));
}

void recorder_events(struct recorder *recorder, const struct event_list *list)
{
	size_t i;

	for (i = 0; recorder && i < list->n_event; i++)
		write_record(recorder, "event", record_event(&list->event[i]));
}

void recorder_kept(struct recorder *recorder, const struct event_list *list)
{
	size_t i;

	for (i = 0; recorder && i < list->n_event; i++)
		write_record(recorder, "kept", record_event(&list->event[i]));
}

void recorder_away(struct recorder *recorder, const char *why)
{
	if (recorder)
		write_record(recorder, "away", json_string(why));
}

const char *recorder_error(const struct recorder *recorder)
{
	return recorder && recorder->error ? strerror(recorder->error) : NULL;
}

int recorder_close(struct recorder *recorder, struct failure *failure)
{
	int error;

	if (!recorder)
		return 0;
	if (close(recorder->fd) && !recorder->error)
		recorder->error = errno;
	error = recorder->error;
	if (error)
		fail(failure, SBCTL_FAILED, "cannot write the recording '%s': %s", recorder->path,
		     strerror(error));
	free(recorder);
	return error ? -1 : 0;
}
