/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the dashboard's data come from: the module (live.c) or a recording (replay.c). Either fills
 * the same view.
 */
#ifndef SBCTL_SOURCE_H
#define SBCTL_SOURCE_H

#include "dashboard/view.h"
#include "model/settings.h"

struct source;

/**
 * struct source_ops - what the dashboard asks of a source
 * @tick: the time it waited for has come
 * @fd: a descriptor to wait for, or -1
 * @input: there is something to read from it
 * @freeze: the user freezes the picture, or goes on
 * @pace: the user wants it faster (-1) or slower (1)
 * @step: the user wants the next snapshot (1) or the one before (-1)
 * @set: set policies, on trial for so many @seconds unless that is 0; -1 with @failure filled
 * @keep: what is on trial stays; -1 with @failure filled
 * @lock: lock the policies; -1 with @failure filled
 * @acknowledge: the administrator knows of what there was at @info; -1 with @failure filled
 * @close: end, and release the source; -1 with @failure filled if the user must know of something
 */
struct source_ops {
	void (*tick)(struct source *source);
	int (*fd)(const struct source *source);
	void (*input)(struct source *source);
	void (*freeze)(struct source *source, bool frozen);
	void (*pace)(struct source *source, int direction);
	void (*step)(struct source *source, int direction);
	int (*set)(struct source *source, const struct setting_list *settings, uint64_t seconds,
		   struct failure *failure);
	int (*keep)(struct source *source, struct failure *failure);
	int (*lock)(struct source *source, struct failure *failure);
	int (*acknowledge)(struct source *source, const struct info *info,
			   struct failure *failure);
	int (*close)(struct source *source, struct failure *failure);
};

/**
 * struct source - the part that both have
 * @wait: seconds until @tick is due; negative for never
 * @rearmed: @wait is new
 */
struct source {
	const struct source_ops *ops;
	struct view *view;
	double wait;
	bool rearmed;
};

static inline void source_wait(struct source *source, double seconds)
{
	source->wait = seconds;
	source->rearmed = true;
}

/**
 * live_open() - the module
 * @record: file to record to, or NULL
 *
 * Each returns NULL with @failure filled if it does not work; @view has its first data otherwise.
 */
struct source *live_open(struct view *view, const char *record, struct failure *failure);

/**
 * replay_open() - a recording
 * @speed: 1 as it was recorded, 2 twice as fast
 * @at: seconds from its beginning; shows that moment and stops there; negative to play all
 */
struct source *replay_open(struct view *view, const char *path, double speed, double at,
			   struct failure *failure);

#endif
