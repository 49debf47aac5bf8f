// SPDX-License-Identifier: GPL-2.0-only
/*
 * The curses renderer: a view to a terminal of any size. Colour only repeats what a letter or a
 * word says too.
 */
#include <inttypes.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "dashboard/counts.h"
#include "dashboard/keys.h"
#include "dashboard/paint/paint.h"
#include "dashboard/paint/spots.h"
#include "dashboard/panes/help.h"
#include "dashboard/panes/notices.h"
#include "dashboard/panes/pane.h"
#include "dashboard/screen.h"
#include "render/text.h"

#define MIN_COLUMNS	36
#define MIN_LINES	7
/* With fewer columns the tabs have short names, so that there is room beside them. */
#define WIDE_TABS	80
#define WIDE_FILTER	100

static bool colour_wanted(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && *no) && has_colors();
}

static void start_colour(void)
{
	look.colour = colour_wanted() && start_color() == OK;
	if (!look.colour)
		return;
	use_default_colors();
	init_pair(PAIR_GOOD, COLOR_GREEN, -1);
	init_pair(PAIR_BAD, COLOR_RED, -1);
	init_pair(PAIR_WARM, COLOR_YELLOW, -1);
	init_pair(PAIR_COLD, COLOR_BLUE, -1);
	init_pair(PAIR_TREND, COLOR_CYAN, -1);
	init_pair(PAIR_BAR, COLOR_WHITE, COLOR_BLUE);
}

/* The fonts of the Linux console have no braille, whatever the locale says. */
static bool can_braille(void)
{
	const char *term = getenv("TERM");

	return !strcmp(nl_langinfo(CODESET), "UTF-8") && !(term && !strcmp(term, "linux"));
}

/* A bug of sbctl must not cost the user his terminal as well. */
static void on_crash(int number)
{
	endwin();
	/* It has been reset to what it does by default, and comes again. */
	raise(number);
}

static void catch_crashes(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_NODEFER };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

bool screen_open(bool ascii)
{
	/* Unlike initscr(), this one returns when it fails. */
	if (!newterm(NULL, stdout, stdin))
		return false;
	catch_crashes();
	look.utf8 = !ascii && can_braille();
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	/* Presses only: to wait whether a second one comes would make each of them late. */
	mouseinterval(0);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	start_colour();
	return true;
}

void screen_close(void)
{
	endwin();
}

void screen_resize(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

void screen_redraw(void)
{
	clearok(stdscr, TRUE);
}

static void clock_text(char *text, size_t size, uint64_t ms)
{
	snprintf(text, size, "%" PRIu64 ":%02" PRIu64, ms / 60000, ms / 1000 % 60);
}

static void replay_text(const struct view *view, char *text, size_t size)
{
	const struct replay_state *replay = &view->replay;
	char at[32], length[32];

	clock_text(at, sizeof(at), replay->at);
	clock_text(length, sizeof(length), replay->length);
	if (replay->ended)
		snprintf(text, size, COLS < ROOMY_COLUMNS ? " END %s " : " END OF REPLAY %s ", at);
	else if (COLS < ROOMY_COLUMNS)
		snprintf(text, size, " %s %s ", view->frozen ? "PAUSED" : "REPLAY", at);
	else if (view->frozen)
		snprintf(text, size, " PAUSED %s/%s ", at, length);
	else
		snprintf(text, size, " REPLAY %s/%s x%g ", at, length, replay->speed);
}

/* What is unusual about this picture, for the right end of the title. */
static void tags_text(const struct view *view, char *text, size_t size)
{
	if (view->replay.on)
		replay_text(view, text, size);
	else
		snprintf(text, size, "%s%s", view->recording ? " REC " : "",
			 view->frozen ? " FROZEN " : "");
}

/* There were violations: the one thing to be seen on a screen of any size. Empty if there were none. */
static void alarm_text(const struct view *view, char *text, size_t size, int room)
{
	double violations = (double)view_alarm(view);
	char number[16];

	*text = '\0';
	if (!(violations > 0))
		return;
	short_number(number, sizeof(number), violations);
	snprintf(text, size, "! %s violation%s", number, violations > 1 ? "s" : "");
	if ((int)strlen(text) > room)
		snprintf(text, size, "! %s", number);
}

/* Before column @end of @line. Returns the column where it begins, or @end if there is none. */
static int draw_alarm(const struct view *view, int line, int end, int room)
{
	char text[64];
	int column;

	alarm_text(view, text, sizeof(text), room);
	column = end - (int)strlen(text);
	if (!*text || column < 0)
		return end;
	attrset(pair(PAIR_BAD) | A_BOLD | A_REVERSE);
	mvaddstr(line, column, text);
	return column;
}

static void fill_state(char *text, size_t size, const struct info *info)
{
	text_state(text, size, info);
}

/* "active 2/2": what a narrow screen has room for. */
static void short_state(char *text, size_t size, const struct info *info)
{
	const char *name = state_name(info->state);

	if (info->state == SHADOW_BOX_STATE_IDLE)
		snprintf(text, size, "not active");
	else
		snprintf(text, size, "%s %" PRIu32 "/%" PRIu32, name ? name : "?", info->cpus_active,
		 info->cpus);
}

/* With the alarm if that has found no place beside the tabs. */
static void draw_title(const struct view *view, bool alarm)
{
	const struct info *info = &view->now.info;
	bool narrow = COLS < ROOMY_COLUMNS;
	char text[256], state[128] = "", tags[128];
	int end;

	if (info->have)
		(narrow ? short_state : fill_state)(state, sizeof(state), info);
	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", narrow && alarm ? "" : "Shadow-box",
		 narrow ? "" : " ", narrow ? "" : info->version, info->locked ? "  LOCKED" : "",
		 *state ? "  " : "", state, info->test_build && !narrow ? "  [test build]" : "");
	fill_line(0, pair(PAIR_BAR) | A_BOLD | (look.colour ? 0 : A_REVERSE));
	mvaddnstr(0, 1, text + strspn(text, " "), COLS - 2);
	tags_text(view, tags, sizeof(tags));
	end = COLS - (int)strlen(tags);
	if (alarm)
		draw_alarm(view, 0, end, COLS / 3);
	attrset(A_BOLD | (look.colour ? pair(PAIR_WARM) | A_REVERSE : 0));
	mvaddstr(0, end, tags);
}

/* Adds @text to @line if it fits as a whole; returns the column after it. */
static int draw_fact(int line, int column, const char *text)
{
	if (column + (int)strlen(text) >= COLS)
		return column;
	mvaddstr(line, column, text);
	return column + (int)strlen(text) + 2;
}

/*
 * How many of the protections are on which mode. That of Shadow-box's own memory, which is always
 * the same, would hide that no other is on.
 */
static void protections_text(const struct view *view, char *text, size_t size)
{
	size_t n[SHADOW_BOX_MODE_ENFORCE + 1] = { 0 }, i;

	for (i = 0; i < view->now.policies.n_policy; i++) {
		const struct policy *policy = &view->now.policies.policy[i];

		if (policy_is_protection(policy->id) &&
		    policy->mode <= SHADOW_BOX_MODE_ENFORCE)
			n[policy->mode]++;
	}
	snprintf(text, size, "Protections %zu enforce, %zu log, %zu off",
		 n[SHADOW_BOX_MODE_ENFORCE], n[SHADOW_BOX_MODE_LOG], n[SHADOW_BOX_MODE_OFF]);
}

/* When it was launched. A recording does not know what time it was. */
static bool since_text(const struct view *view, char *text, size_t size)
{
	uint64_t uptime = view->now.info.uptime;
	time_t then = (time_t)((view->clock - uptime) / UINT64_C(1000000000));
	struct tm tm;

	return !view->replay.on && uptime && view->clock > uptime && localtime_r(&then, &tm) &&
	       strftime(text, size, "Since %b %d %H:%M", &tm);
}

static void draw_facts(int line, const struct view *view)
{
	const struct info *info = &view->now.info;
	char used[32], all[32], text[128];
	int column = 1;

	if (!info->have)
		return;
	attrset(0);
	if (view->now.policies.n_policy) {
		protections_text(view, text, sizeof(text));
		column = draw_fact(line, column, text);
	}
	if (since_text(view, text, sizeof(text)))
		column = draw_fact(line, column, text);
	if (info->host_memory) {
		snprintf(text, sizeof(text), "Host memory %s of %s",
			 text_bytes(used, sizeof(used), info->host_memory_used),
			 text_bytes(all, sizeof(all), info->host_memory));
		column = draw_fact(line, column, text);
	}
	snprintf(text, sizeof(text), "Every %g s", view->interval);
	column = draw_fact(line, column, text);
	snprintf(text, sizeof(text), "Events %" PRIu64 ", %" PRIu64 " lost", info->events,
		 info->events_lost);
	draw_fact(line, column, text);
}

/* The one that is shown has brackets. Returns the column after them. */
static int draw_tabs(int line, const struct view *view)
{
	static const char *const names[] = {
		"CPUs", "Exit reasons", "Policies", "Violations", "Events",
	};
	static const char *const short_names[] = { "CPUs", "Exits", "Pol", "Viol", "Evt" };
	bool filter = *view->place[view->pane].filter;
	const char *const *name = COLS < (filter ? WIDE_FILTER : WIDE_TABS) ? short_names : names;
	enum pane pane;
	char text[64];

	_Static_assert(sizeof(names) / sizeof(names[0]) == N_PANES &&
		       sizeof(short_names) / sizeof(short_names[0]) == N_PANES,
		       "each pane has a name");
	move(line, 0);
	for (pane = 0; pane < N_PANES; pane++) {
		bool shown = pane == view->pane;

		snprintf(text, sizeof(text), "%c%d %s%c", shown ? '[' : ' ', (int)pane + 1,
			 name[pane], shown ? ']' : ' ');
		attrset(shown ? A_BOLD : 0);
		spot_add(line, getcurx(stdscr), getcurx(stdscr) + (int)strlen(text), SPOT_PANE, pane);
		addnstr(text, COLS - 1 - getcurx(stdscr));
	}
	return getcurx(stdscr);
}

/* Beside the tabs, the alarm first, but leaving the filter room. False if it has none itself. */
static bool draw_beside_tabs(int line, int column, const struct view *view)
{
	const char *filter = view->place[view->pane].filter;
	char alarm[64], text[128] = "";
	int room = COLS - column - 1, end;

	if (*filter)
		snprintf(text, sizeof(text), "filter '%s'", filter);
	alarm_text(view, alarm, sizeof(alarm), room - (int)strlen(text) - 2);
	attrset(pair(PAIR_BAD) | A_BOLD);
	end = draw_fact(line, column + 1, alarm);
	attrset(A_REVERSE);
	draw_fact(line, *alarm ? end : column + 1, text);
	return !*alarm || end > column + 1;
}

/* Policies are set by who may, other keys are for all. */
static bool is_for(const struct binding *binding, const struct view *view)
{
	return binding->footer && (!binding->panes || (binding->panes & (1u << view->pane))) &&
	       (!action_writes(binding->action) || view->writable);
}

static int footer_width(const struct binding *binding)
{
	return (int)(strlen(binding->key) + strlen(binding->footer)) + 2;
}

/* The highest rank up to which all the pane's keys fit. */
static int last_rank(const struct view *view)
{
	const struct binding *binding;
	int rank, width = 0;

	for (rank = 1; rank < 32; rank++)
		for (binding = bindings; binding->action != ACTION_NONE; binding++) {
			if (!is_for(binding, view) || binding->rank != rank)
				continue;
			width += footer_width(binding);
			if (width > COLS)
				return rank - 1;
		}
	return rank;
}

static void draw_keys(const struct view *view)
{
	int rank = last_rank(view), column = 0;
	const struct binding *binding;

	for (binding = bindings; binding->action != ACTION_NONE; binding++) {
		if (!is_for(binding, view) || binding->rank > rank)
			continue;
		attrset(A_BOLD);
		mvaddstr(LINES - 1, column, binding->key);
		attrset(A_REVERSE);
		printw("%s ", binding->footer);
		spot_add(LINES - 1, column, column + footer_width(binding) - 1, SPOT_KEY,
			 (size_t)binding->code);
		column += footer_width(binding);
	}
}

static void draw_typing(const struct view *view)
{
	const char *what = view->input == INPUT_FILTER ? "Filter" : "Search";

	fill_line(LINES - 1, A_REVERSE | A_BOLD);
	mvprintw(LINES - 1, 1, "%s: %.*s_", what, COLS - 12, view->typed);
	if (COLS >= ROOMY_COLUMNS)
		mvaddstr(LINES - 1, COLS - 27, view->pane == PANE_CPUS ?
			 "0-3,8 or a state; Esc ends" : "Enter takes it, Esc ends");
}

/* The last line: a question, what is typed, the answer to the last key, or the keys. */
static void draw_footer(const struct view *view)
{
	if (*view->question) {
		fill_line(LINES - 1, A_REVERSE | A_BOLD);
		mvprintw(LINES - 1, 1, "%.*s [y/N]", COLS - 9, view->question);
	} else if (view->input) {
		draw_typing(view);
	} else if (*view->message) {
		fill_line(LINES - 1, A_BOLD);
		mvaddnstr(LINES - 1, 1, view->message, COLS - 2);
	} else {
		draw_keys(view);
	}
}

/* The alarm, and what is wrong, are all that is said then. */
static void draw_too_small(const struct view *view)
{
	char text[SENTENCE_SIZE];
	int line = 0;

	alarm_text(view, text, sizeof(text), COLS);
	attrset(pair(PAIR_BAD) | A_BOLD | A_REVERSE);
	if (*text)
		mvaddnstr(line++, 0, text, COLS);
	if (worst_notice(view, text, sizeof(text)))
		mvaddnstr(line++, 0, text, COLS);
	attrset(0);
	mvaddnstr(line++, 0, "Screen too small", COLS);
	snprintf(text, sizeof(text), "needs %dx%d, has %dx%d", MIN_COLUMNS, MIN_LINES, COLS, LINES);
	mvaddnstr(line, 0, text, COLS);
}

/* The help covers all else. */
static void draw_help_screen(struct view *view)
{
	char text[SENTENCE_SIZE];

	draw_help(view);
	draw_alarm(view, 0, COLS - 1, COLS / 3);
	if (!view_alarm(view) && worst_notice(view, text, sizeof(text))) {
		attrset(pair(PAIR_BAD) | A_BOLD | A_REVERSE);
		mvaddnstr(0, COLS * 3 / 5, text, COLS * 2 / 5);
	}
}

static void draw_pane(struct view *view, int top)
{
	static void (*const draw[])(struct view *view, int top) = {
		[PANE_CPUS] = draw_cpus,
		[PANE_EXITS] = draw_exits,
		[PANE_POLICIES] = draw_policies,
		[PANE_VIOLATIONS] = draw_violations,
		[PANE_EVENTS] = draw_events,
	};

	_Static_assert(sizeof(draw) / sizeof(draw[0]) == N_PANES, "each pane is drawn");
	draw[view->pane](view, top);
}

/* On a low screen the facts give way: to know where one is comes first. */
static void draw_dashboard(struct view *view)
{
	int top = 1;

	if (LINES >= ROOMY_LINES)
		draw_facts(top++, view);
	top = draw_notices(view, top);
	draw_title(view, !draw_beside_tabs(top, draw_tabs(top, view), view));
	draw_pane(view, top + 1);
	draw_footer(view);
}

void screen_draw(struct view *view)
{
	erase();
	spots_clear();
	if (COLS < MIN_COLUMNS || LINES < MIN_LINES)
		draw_too_small(view);
	else if (view->help)
		draw_help_screen(view);
	else
		draw_dashboard(view);
	refresh();
}
