// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of a pane, as they are filtered and sorted, in a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dashboard/export.h"
#include "render/json.h"

/* The rows of a pane of events. */
static bool list_events(const struct view *view, const struct event_list *all,
			struct event_list *list)
{
	size_t i;

	for (i = 0; i < view->n_row; i++)
		if (!event_list_add(list, &all->event[view->row[i]]))
			return false;
	return true;
}

static json_t *violations(const struct view *view)
{
	const struct info *info = &view->now.info;
	uint64_t held = view->violations.n_event;
	struct event_list list = { 0 };
	json_t *document = NULL;

	if (list_events(view, &view->violations, &list))
		document = json_violations(&list, info, info->violations > held ?
							info->violations - held : 0);
	event_list_free(&list);
	return document;
}

static json_t *policies(const struct view *view)
{
	struct policy_list list = { 0 };
	json_t *document;
	size_t i;

	for (i = 0; i < view->n_row; i++)
		policy_list_add(&list, &view->now.policies.policy[view->row[i]]);
	document = json_policies(&list);
	policy_list_free(&list);
	return document;
}

/* Those CPUs; the sums are of them. */
static json_t *cpus(const struct view *view)
{
	struct snapshot snapshot = view->now;
	json_t *document;
	size_t i;

	snapshot.cpu = calloc(view->n_row + 1, sizeof(*snapshot.cpu));
	if (!snapshot.cpu)
		return NULL;
	snapshot.n_cpu = view->n_row;
	for (i = 0; i < view->n_row; i++)
		snapshot.cpu[i] = view->now.cpu[view->row[i]];
	document = json_status(&snapshot);
	free(snapshot.cpu);
	return document;
}

static bool is_shown(const struct view *view, uint32_t reason)
{
	size_t i;

	for (i = 0; i < view->n_row; i++)
		if (view->reasons.reason[view->row[i]].reason == reason)
			return true;
	return false;
}

/* Of each CPU, the reasons that are shown. */
static json_t *exits(const struct view *view)
{
	struct snapshot snapshot = { 0 };
	json_t *document;
	size_t i, j;

	snapshot_copy(&snapshot, &view->now);
	for (i = 0; i < snapshot.n_cpu; i++) {
		struct cpu *cpu = &snapshot.cpu[i];
		size_t kept = 0;

		for (j = 0; j < cpu->n_exit; j++)
			if (is_shown(view, cpu->exit[j].reason))
				cpu->exit[kept++] = cpu->exit[j];
		cpu->n_exit = kept;
	}
	document = json_counters(&snapshot, -1);
	snapshot_free(&snapshot);
	return document;
}

static bool dump(FILE *file, json_t *document, size_t flags)
{
	bool done = document && !json_dumpf(document, file, flags) && putc('\n', file) != EOF;

	json_decref(document);
	return done;
}

static bool dump_events(FILE *file, const struct view *view)
{
	size_t i;

	for (i = 0; i < view->n_row; i++)
		if (!dump(file, json_event(&view->events.event[view->row[i]]), JSON_COMPACT))
			return false;
	return true;
}

static bool dump_rows(FILE *file, const struct view *view)
{
	switch (view->pane) {
	case PANE_CPUS:
		return dump(file, cpus(view), JSON_INDENT(2));
	case PANE_EXITS:
		return dump(file, exits(view), JSON_INDENT(2));
	case PANE_POLICIES:
		return dump(file, policies(view), JSON_INDENT(2));
	case PANE_VIOLATIONS:
		return dump(file, violations(view), JSON_INDENT(2));
	default:
		return dump_events(file, view);
	}
}

/* "sbctl-violations-20261127-200702.json" */
static void make_name(const struct view *view, char *name, size_t size)
{
	static const char *const panes[] = { "cpus", "exits", "policies", "violations", "events" };
	time_t now = time(NULL);
	char when[32] = "";
	struct tm tm;

	_Static_assert(sizeof(panes) / sizeof(panes[0]) == N_PANES, "each pane has a name");
	if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	snprintf(name, size, "sbctl-%s-%s.json%s", panes[view->pane], when,
		 view->pane == PANE_EVENTS ? "l" : "");
}

static int fail_export(const char *name, int error, struct failure *failure)
{
	return fail(failure, SBCTL_FAILED, "Cannot write %s here: %s", name, strerror(error));
}

/* Never over something that is there. Addresses of the kernel are nobody else's business. */
int export_rows(struct view *view, struct failure *failure)
{
	char name[64];
	bool done;
	FILE *file;
	int fd;

	make_name(view, name, sizeof(name));
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return fail_export(name, errno, failure);
	done = dump_rows(file, view);
	if (fclose(file) || !done) {
		unlink(name);
		return fail_export(name, errno ? errno : ENOMEM, failure);
	}
	snprintf(view->message, sizeof(view->message), "%zu row%s written to %s", view->n_row,
		 view->n_row == 1 ? "" : "s", name);
	return 0;
}
