// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the reader of recordings and their player. A recording may come from anywhere: what is read is fit to
 * be shown, is the same once written and read again, and can be played forwards and backwards.
 */
#include <string.h>

#include "dashboard/source.h"
#include "link/record.h"
#include "link/recording.h"
#include "model/event.h"

#include "file.h"

static void check_event(const struct event *event)
{
	char text[EVENT_TEXT_SIZE];
	json_t *first = record_event(event), *second;
	struct event again;

	event_text(event, text, sizeof(text));
	check_printable(text, "an event");
	check(record_read_event(first, &again), "an event is not read again");
	second = record_event(&again);
	check(json_equal(first, second), "an event changes");
	json_decref(first);
	json_decref(second);
}

static void check_snapshot(const struct snapshot *snapshot)
{
	json_t *first = record_snapshot(snapshot), *second;
	struct snapshot again;

	check_printable(snapshot->info.version, "the version");
	check(record_read_snapshot(first, &again), "a snapshot is not read again");
	second = record_snapshot(&again);
	check(json_equal(first, second), "a snapshot changes");
	snapshot_free(&again);
	json_decref(first);
	json_decref(second);
}

static void read_all(const char *path)
{
	struct failure failure = { 0 };
	struct recording *recording = recording_open(path, &failure);
	struct record record = { 0 };
	int result = 0;

	while (recording && !(result = recording_read(recording, &record, &failure)) &&
	       record.kind != RECORD_END) {
		if (record.kind == RECORD_EVENT)
			check_event(&record.event);
		if (record.kind == RECORD_SNAPSHOT)
			check_snapshot(&record.snapshot);
		check_printable(record.away, "a reason");
		snapshot_free(&record.snapshot);
	}
	if (!recording || result) {
		check(*failure.text, "refused without a word");
		check_printable(failure.text, "the refusal");
	}
	recording_close(recording);
}

static void play(const char *path, double at)
{
	static const int steps[] = { 1, 1, -1, 1, -1, -1, -1, 1 };
	struct view view = { 0 };
	struct failure failure;
	struct source *source = replay_open(&view, path, 1, at, &failure);
	size_t i;

	for (i = 0; source && i < sizeof(steps) / sizeof(*steps); i++) {
		source->ops->tick(source);
		source->ops->step(source, steps[i]);
		source->ops->pace(source, steps[i]);
		source->ops->freeze(source, i % 2);
		check_printable(view.message, "the message");
	}
	if (source)
		source->ops->close(source, &failure);
	view_free(&view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = file_of(data, size);

	read_all(path);
	play(path, -1);
	play(path, 1);
	return 0;
}
