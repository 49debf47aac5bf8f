// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines of "sbctl check", and the verdict of all of them together.
 */
#include <stdarg.h>
#include <stdio.h>

#include "verbs/check/examine.h"

const char *verdict_name(enum verdict verdict)
{
	static const char *const name[] = {
		[VERDICT_OK] = "ok", [VERDICT_WARN] = "warn", [VERDICT_FAIL] = "fail",
		[VERDICT_UNKNOWN] = "unknown",
	};

	_Static_assert(sizeof(name) / sizeof(name[0]) == VERDICT_UNKNOWN + 1,
		       "each verdict has a name");
	return name[verdict];
}

static enum verdict worse(enum verdict a, enum verdict b)
{
	static const int weight[] = {
		[VERDICT_OK] = 0, [VERDICT_UNKNOWN] = 1, [VERDICT_WARN] = 2, [VERDICT_FAIL] = 3,
	};

	return weight[a] > weight[b] ? a : b;
}

static void find_no_room(struct finding *last, enum verdict verdict)
{
	last->about = "check";
	last->verdict = worse(last->verdict, verdict);
	snprintf(last->text, sizeof(last->text), "there is more to say than there is room for");
}

void find(struct examination *examination, const char *about, enum verdict verdict,
	  const char *format, ...)
{
	struct finding *finding;
	va_list args;

	if (examination->n_finding == MAX_FINDINGS) {
		find_no_room(&examination->finding[MAX_FINDINGS - 1], verdict);
		return;
	}
	finding = &examination->finding[examination->n_finding++];
	finding->about = about;
	finding->verdict = verdict;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

const struct finding *findings_first(const struct examination *examination)
{
	enum verdict worst = findings_worst(examination);
	size_t i = 0;

	if (worst == VERDICT_OK)
		return NULL;
	while (examination->finding[i].verdict != worst)
		i++;
	return &examination->finding[i];
}

enum verdict findings_worst(const struct examination *examination)
{
	enum verdict worst = VERDICT_OK;
	size_t i;

	for (i = 0; i < examination->n_finding; i++)
		worst = worse(worst, examination->finding[i].verdict);
	return worst;
}
