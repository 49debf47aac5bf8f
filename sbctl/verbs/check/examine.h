/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The examination of "sbctl check": what is known of this machine, and what is found about it.
 */
#ifndef SBCTL_EXAMINE_H
#define SBCTL_EXAMINE_H

#include "link/health.h"
#include "link/machine.h"
#include "link/module.h"
#include "model/model.h"
#include "model/say.h"

/* More than there are lines, see find(). */
#define MAX_FINDINGS	48

/**
 * struct finding - one line
 * @about: what it is about, a word or two
 */
struct finding {
	const char *about;
	enum verdict verdict;
	char text[SENTENCE_SIZE];
};

/**
 * struct examination - what is known while the lines are made
 * @answers: the module answered with @snapshot; otherwise @failure says why not
 * @active: Linux runs in the guest world, where VT-x is hidden
 * @enabled: the machine launches it at boot
 */
struct examination {
	struct processor processor;
	bool loaded;
	bool answers;
	bool active;
	bool enabled;
	struct health health;
	struct snapshot snapshot;
	struct failure failure;
	struct module_file file;
	struct failure file_failure;
	bool installed;
	struct finding finding[MAX_FINDINGS];
	size_t n_finding;
};

/* Adds a line. Those for which there is no room are one line that says so, with the worst of their verdicts. */
__attribute__((format(printf, 4, 5)))
void find(struct examination *examination, const char *about, enum verdict verdict,
	  const char *format, ...);

/* The verdict of all lines together; from the worst: fail, warn, unknown, ok. */
enum verdict findings_worst(const struct examination *examination);

/* "ok", "warn", "fail" or "unknown". */
const char *verdict_name(enum verdict verdict);

/* Fills in all of it; snapshot_free() frees its snapshot. */
void examine_machine(struct examination *examination);

/* Each adds the lines about its subject. */
void examine_processor(struct examination *examination);
void examine_kernel(struct examination *examination);
void examine_health(struct examination *examination);

/* The worst line, the first of those that are equally bad; NULL if all is well. */
const struct finding *findings_first(const struct examination *examination);

#endif
