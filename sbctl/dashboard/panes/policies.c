// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's pane of policies: a row for each with its mode and counts, and one of them at
 * length.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/counts.h"
#include "dashboard/paint/paint.h"
#include "dashboard/paint/spots.h"
#include "dashboard/panes/pane.h"
#include "dashboard/rows.h"
#include "model/event.h"

/* Widths of columns, with the space before them. */
#define WIDTH_MARK	2
#define WIDTH_NAME	16
#define WIDTH_MODE	8
#define WIDTH_COUNT	9
/* With fewer columns the description has none. */
#define WIDTH_ABOUT	20
/* Lines with words about the selected policy, and how many the rows keep beside them. */
#define WORDS		2
#define MIN_ROWS	3

static const size_t counts[] = { POLICY_VIOLATIONS, POLICY_BLOCKED, POLICY_PATCHES };

#define N_COUNTS	((int)(sizeof(counts) / sizeof(counts[0])))

/* How many of the counts, and whether the description, have a column. */
struct columns {
	int counts;
	int about;
};

static void lay_out(struct columns *columns)
{
	int rest = COLS - WIDTH_MARK - WIDTH_NAME - WIDTH_MODE;

	columns->counts = rest / WIDTH_COUNT < N_COUNTS ? rest / WIDTH_COUNT : N_COUNTS;
	columns->about = COLS - rest + columns->counts * WIDTH_COUNT + 2;
}

static bool has_about(const struct columns *columns)
{
	return COLS - columns->about >= WIDTH_ABOUT;
}

static void draw_heading(const struct view *view, const struct columns *columns, int line)
{
	int i;

	fill_line(line, A_REVERSE);
	move(line, WIDTH_MARK);
	draw_column_title(view, POLICY_NUMBER, -WIDTH_NAME);
	draw_column_title(view, POLICY_MODE, -WIDTH_MODE);
	for (i = 0; i < columns->counts; i++)
		draw_column_title(view, counts[i], WIDTH_COUNT);
	if (has_about(columns))
		mvaddnstr(line, columns->about, "PROTECTS", COLS - columns->about);
}

/* The word says it; the colour only repeats it. */
static attr_t mode_attributes(const struct policy *policy, attr_t attributes)
{
	/* That a patch is allowed is the usual case. */
	if (policy_is_about_patches(policy->id))
		return attributes;
	switch (policy->mode) {
	case SHADOW_BOX_MODE_ENFORCE:
		return tint(attributes, PAIR_GOOD) | A_BOLD;
	case SHADOW_BOX_MODE_LOG:
		return tint(attributes, PAIR_WARM);
	}
	return attributes | A_DIM;
}

static void draw_counts(const struct columns *columns, const struct policy *policy,
			attr_t attributes)
{
	attr_t bad = policy->violations ? tint(attributes, PAIR_BAD) | A_BOLD : attributes;

	if (columns->counts > 0)
		draw_number(WIDTH_COUNT, HAVE(policy, SHADOW_BOX_POLICY_VIOLATIONS),
			    (double)policy->violations, bad);
	if (columns->counts > 1)
		draw_number(WIDTH_COUNT, HAVE(policy, SHADOW_BOX_POLICY_BLOCKED),
			    (double)policy->blocked, attributes);
	if (columns->counts > 2)
		draw_number(WIDTH_COUNT, HAVE(policy, SHADOW_BOX_POLICY_PATCHES),
			    (double)policy->patches, attributes);
}

static void draw_policy(const struct columns *columns, const struct policy *policy, int line,
			bool selected)
{
	const char *about = policy_about(policy->id);
	attr_t attributes = selected ? A_REVERSE : 0;
	char name[24], mode[24];

	fill_line(line, attributes);
	mvprintw(line, 0, "%c%c%-*s", selected ? '>' : ' ', policy->violations ? '!' : ' ',
		 WIDTH_NAME, number_or_name(policy_name(policy->id), policy->id, name,
					    sizeof(name)));
	attrset(mode_attributes(policy, attributes));
	printw("%-*s", WIDTH_MODE, number_or_name(mode_name(policy->id, policy->mode),
						  policy->mode, mode, sizeof(mode)));
	draw_counts(columns, policy, attributes);
	attrset(attributes);
	if (about && has_about(columns))
		mvaddnstr(line, columns->about, about, COLS - columns->about);
}

static const char *mode_meaning(const struct policy *policy)
{
	bool patches = policy_is_about_patches(policy->id);

	switch (policy->mode) {
	case SHADOW_BOX_MODE_OFF:
		return patches ? "such patches are verified and let happen" :
				 "nothing is reported and nothing is prevented";
	case SHADOW_BOX_MODE_LOG:
		return patches ? "such patches are verified, reported and let happen" :
				 "violations are reported, but let happen";
	case SHADOW_BOX_MODE_ENFORCE:
		return patches ? "such patches are reported and prevented" :
				 "violations are reported and prevented";
	}
	return "this sbctl does not know it";
}

/* Below the rows: what was cut in its column, and what the mode means. */
static void draw_selected(const struct view *view, int line)
{
	const struct policy *policy = view_policy(view);
	const char *about = policy ? policy_about(policy->id) : NULL;

	if (!about)
		return;
	attrset(A_BOLD);
	mvaddnstr(line, WIDTH_MARK, policy_name(policy->id), COLS - WIDTH_MARK - 1);
	attrset(0);
	printw(": %.*s", COLS - getcurx(stdscr) - 3, about);
	mvaddnstr(line + 1, WIDTH_MARK, mode_meaning(policy), COLS - WIDTH_MARK - 1);
}

/* Of @lines below the heading, those that the rows leave to the words, however many rows there are. */
static int lines_for_words(int lines)
{
	if (lines < MIN_ROWS + WORDS)
		return 0;
	return LINES >= ROOMY_LINES ? 1 + WORDS : WORDS;
}

/* The latest violations of @policy, as far as there is room. */
static void add_violations(struct sheet *sheet, const struct view *view, uint32_t policy)
{
	size_t i = view->violations.n_event, room = LINES > 0 ? (size_t)LINES : 0;
	char prefix[64], text[EVENT_TEXT_SIZE];

	while (i-- > 0 && room) {
		const struct event *event = &view->violations.event[i];

		if (event->policy != policy)
			continue;
		event_prefix(view, event, prefix, sizeof(prefix));
		event_text(event, text, sizeof(text));
		sheet_add(sheet, 0, room == (size_t)LINES ? "Latest" : "", "%s%s", prefix + 2,
			  text);
		room--;
	}
}

static void draw_detail(struct view *view, const struct policy *policy, int top)
{
	struct policy since = view_policy_since(view, policy);
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	const char *about = policy_about(policy->id);
	char name[24], mode[24];

	if (!sheet)
		return;
	sheet->indent = 12;
	fill_line(top, A_REVERSE);
	mvprintw(top, 1, "POLICY %s", number_or_name(policy_name(policy->id), policy->id, name,
						     sizeof(name)));
	sheet_add(sheet, 0, "Protects", "%s", about ? about : "?");
	sheet_add(sheet, mode_attributes(policy, 0), "Mode", "%s: %s",
		  number_or_name(mode_name(policy->id, policy->mode), policy->mode, mode,
				 sizeof(mode)), mode_meaning(policy));
	sheet_add(sheet, 0, "Violations", "%" PRIu64 ", of which %" PRIu64 " were prevented",
		  since.violations, since.blocked);
	sheet_add(sheet, 0, "Patches", "%" PRIu64 " legitimate ones were verified", since.patches);
	add_violations(sheet, view, policy->id);
	sheet_draw(view, sheet, top + 1, LINES - 1);
	free(sheet);
}

static void draw_list(struct view *view, int top)
{
	const struct place *place = &view->place[PANE_POLICIES];
	int lines = LINES - 2 - top, words = lines_for_words(lines), i;
	struct columns columns;

	lines -= words;
	lay_out(&columns);
	scroll_to_selected(view, lines);
	draw_heading(view, &columns, top);
	for (i = 0; i < lines && place->top + (size_t)i < view->n_row; i++) {
		size_t row = place->top + (size_t)i;
		struct policy policy =
			view_policy_since(view, &view->now.policies.policy[view->row[row]]);

		spot_add(top + 1 + i, 0, COLS, SPOT_ROW, row);
		draw_policy(&columns, &policy, top + 1 + i, row == place->selected);
	}
	draw_no_rows(view, top + 1, "none: the module is not active");
	if (words)
		draw_selected(view, top + 1 + i + words - WORDS);
}

void draw_policies(struct view *view, int top)
{
	const struct policy *policy = view_policy(view);

	if (view->detail && policy)
		draw_detail(view, policy, top);
	else
		draw_list(view, top);
}
