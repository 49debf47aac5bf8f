// SPDX-License-Identifier: GPL-2.0-only
/*
 * Violations over the last hours, from the journal, where "sbctl monitor --journal" wrote them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <jansson.h>

#include "link/history.h"

#define HOUR	3600

/* So many at most are read, the latest: a storm must not make the dashboard stand still. */
static const char command[] =
	"exec journalctl --quiet --no-pager --output=json --since=-48h --lines=20000"
	" --output-fields=SHADOW_BOX_POLICY,SHADOW_BOX_TIME,SHADOW_BOX_SEQ"
	" SYSLOG_IDENTIFIER=shadow-box SHADOW_BOX_TYPE=violation 2>/dev/null";

/**
 * struct mark - a violation in the journal
 * @time: in us since 1970
 * @policy: -1 if this tool does not know it
 */
struct mark {
	uint64_t time;
	uint64_t seq;
	int policy;
};

struct marks {
	struct mark *mark;
	size_t n;
};

static uint64_t number(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text ? strtoull(text, NULL, 10) : 0;
}

static bool add(struct marks *marks, const json_t *entry)
{
	const char *policy = json_string_value(json_object_get(entry, "SHADOW_BOX_POLICY"));
	struct mark *grown = realloc(marks->mark, (marks->n + 1) * sizeof(*grown));

	if (!grown)
		return false;
	marks->mark = grown;
	grown[marks->n++] = (struct mark){ number(entry, "SHADOW_BOX_TIME"),
					   number(entry, "SHADOW_BOX_SEQ"),
					   policy ? policy_number(policy) : -1 };
	return true;
}

static void read_entries(FILE *journal, struct marks *marks)
{
	char *line = NULL;
	size_t size = 0;
	json_t *entry;

	while (getline(&line, &size, journal) > 0) {
		entry = json_loads(line, 0, NULL);
		if (entry && !add(marks, entry)) {
			json_decref(entry);
			break;
		}
		json_decref(entry);
	}
	free(line);
}

static int compare(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* One that was written twice, by a monitor that was started again, is one. */
static void count(struct marks *marks, struct history *history)
{
	size_t i;

	qsort(marks->mark, marks->n, sizeof(*marks->mark), compare);
	for (i = 0; i < marks->n; i++) {
		const struct mark *mark = &marks->mark[i];
		time_t age = history->end - (time_t)(mark->time / 1000000);

		if (i && !compare(mark, mark - 1))
			continue;
		if (age < 0 || age / HOUR >= HISTORY_HOURS)
			continue;
		history->hour[age / HOUR]++;
		if (mark->policy >= 0)
			history->policy[mark->policy]++;
	}
}

/* The hour of the clock that @now is in ends then. */
static time_t end_of_hour(time_t now)
{
	struct tm tm;

	localtime_r(&now, &tm);
	return now - tm.tm_min * 60 - tm.tm_sec + HOUR;
}

int history_read(struct history *history, time_t now, struct failure *failure)
{
	struct marks marks = { 0 };
	FILE *journal = popen(command, "re");
	int status;

	*history = (struct history){ .end = end_of_hour(now) };
	if (!journal)
		return fail(failure, SBCTL_FAILED, "Cannot run journalctl");
	read_entries(journal, &marks);
	status = pclose(journal);
	if (marks.n)
		count(&marks, history);
	free(marks.mark);
	/* Without any entry that matches, too, it ends with 1. */
	if (status && !marks.n && (!WIFEXITED(status) || WEXITSTATUS(status) != 1))
		return fail(failure, SBCTL_FAILED, "journalctl cannot be asked: is there a journal?");
	return 0;
}
