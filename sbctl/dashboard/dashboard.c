// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live dashboard of "sbctl status": one loop over keyboard, data, timer and signals, which
 * keeps the view up to date and has screen.c draw it.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <curses.h>

#include "dashboard/dashboard.h"
#include "dashboard/export.h"
#include "dashboard/keys.h"
#include "dashboard/paint/spots.h"
#include "dashboard/rows.h"
#include "dashboard/screen.h"
#include "dashboard/source.h"
#include "render/terminal.h"

/* How long what is set on trial waits for c, in seconds. */
#define TRIAL_SECONDS	60

/* What a question in the view is about. */
enum subject {
	ABOUT_POLICIES,
	ABOUT_LOCK,
	ABOUT_VIOLATIONS,
};

/**
 * struct dashboard - the loop's state
 * @about: what the question in the view is about
 * @asked: the settings that it is about
 * @seen: what had happened when it was asked
 * @signal: the signal that ends the loop, 0 for none
 */
struct dashboard {
	const struct dashboard_options *options;
	struct source *source;
	struct view view;
	int timer;
	int signals;
	enum subject about;
	struct setting_list asked;
	struct info seen;
	bool leave;
	int signal;
};

bool dashboard_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && terminal_drawable();
}

/* Of zero seconds too: a timer of zero would be none. */
static void set_timer(struct dashboard *dashboard)
{
	struct itimerspec spec = { 0 };
	double whole, wait = dashboard->source->wait;

	dashboard->source->rearmed = false;
	if (wait >= 0) {
		spec.it_value.tv_nsec = (long)(modf(wait, &whole) * 1e9);
		spec.it_value.tv_sec = (time_t)whole;
		if (!spec.it_value.tv_sec && !spec.it_value.tv_nsec)
			spec.it_value.tv_nsec = 1;
	}
	timerfd_settime(dashboard->timer, 0, &spec, NULL);
}

static void on_timer(struct dashboard *dashboard)
{
	uint64_t ticks;

	if (read(dashboard->timer, &ticks, sizeof(ticks)) == sizeof(ticks))
		dashboard->source->ops->tick(dashboard->source);
}

static void on_signal(struct dashboard *dashboard)
{
	struct signalfd_siginfo info;

	if (read(dashboard->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		if (!dashboard->options->headless)
			screen_resize();
		return;
	}
	dashboard->leave = true;
	/* Ctrl-C is a way to leave like any other; the rest comes from outside. */
	if (info.ssi_signo != SIGINT)
		dashboard->signal = (int)info.ssi_signo;
}

/* Why the selected policy cannot be set to @mode, as a message. False if it can. */
static bool is_no_choice(struct view *view, const struct policy *policy, uint32_t mode)
{
	const char *name = policy_name(policy->id);
	uint32_t class = policy_class(policy->id);
	char modes[CLASS_MODES_SIZE];

	if (class == SHADOW_BOX_CLASS_ALWAYS)
		snprintf(view->message, sizeof(view->message), "%s is always enforced", name);
	else if (!class_mode_name(class, mode))
		snprintf(view->message, sizeof(view->message), "%s has no such mode: there are %s",
			 name, class_modes(class, modes, sizeof(modes)));
	else
		return false;
	return true;
}

/* Says why nothing can be changed here; false if it can. */
static bool is_read_only(struct view *view, const char *what)
{
	if (view->replay.on)
		snprintf(view->message, sizeof(view->message),
			 "This is a recording: there is nothing to change");
	else if (!view->writable)
		snprintf(view->message, sizeof(view->message),
			 "Read-only: 'sbctl status --writable' lets you %s", what);
	return *view->message;
}

/* For the end of a question. */
static const char *trial_text(const struct view *view)
{
	return view->trial ? ", on trial for a minute" : "";
}

/* Asks before the selected policy is set to @mode. */
static void ask_to_set(struct dashboard *dashboard, enum shadow_box_mode mode)
{
	struct view *view = &dashboard->view;
	const struct policy *policy = view_policy(view);
	const char *name = policy ? policy_name(policy->id) : NULL, *from;

	if (!name || is_read_only(view, "change policies") || is_no_choice(view, policy, mode))
		return;
	from = mode_name(policy->id, policy->mode);
	if (policy->mode == mode)
		snprintf(view->message, sizeof(view->message), "%s is on %s already", name, from);
	else
		snprintf(view->question, sizeof(view->question), "Set %s from %s to %s%s?", name,
			 from ? from : "?", mode_name(policy->id, mode), trial_text(view));
	dashboard->about = ABOUT_POLICIES;
	dashboard->asked = (struct setting_list){ .setting = { { policy->id, mode } },
						  .n_setting = 1 };
}

/* Asks before all protections are set to @mode, as "sbctl policy all" does. */
static void ask_to_set_all(struct dashboard *dashboard, enum shadow_box_mode mode)
{
	struct setting_list *asked = &dashboard->asked;
	struct view *view = &dashboard->view;
	uint32_t policy;

	if (is_read_only(view, "change policies"))
		return;
	*asked = (struct setting_list){ 0 };
	for (policy = 0; policy < SHADOW_BOX_POLICIES; policy++)
		if (policy_name(policy) && policy_is_protection(policy))
			asked->setting[asked->n_setting++] = (struct setting){ policy, mode };
	dashboard->about = ABOUT_POLICIES;
	snprintf(view->question, sizeof(view->question), "Set all %zu protections to %s%s?",
		 asked->n_setting, class_mode_name(SHADOW_BOX_CLASS_PROTECTION, mode),
		 trial_text(view));
}

static void ask_to_lock(struct dashboard *dashboard)
{
	struct view *view = &dashboard->view;

	if (is_read_only(view, "lock the policies"))
		return;
	dashboard->about = ABOUT_LOCK;
	if (view->now.info.locked)
		snprintf(view->message, sizeof(view->message), "The policies are locked already");
	else
		snprintf(view->question, sizeof(view->question),
			 "Lock the policies until the machine restarts, without a way back?");
}

/* What comes after the question is not part of it. */
static void ask_to_acknowledge(struct dashboard *dashboard)
{
	struct view *view = &dashboard->view;

	if (is_read_only(view, "acknowledge violations"))
		return;
	dashboard->about = ABOUT_VIOLATIONS;
	dashboard->seen = view->now.info;
	snprintf(view->question, sizeof(view->question),
		 "Acknowledge the %" PRIu64 " violations and %" PRIu64 " lost events so far?",
		 view->now.info.violations, view->now.info.events_lost);
}

static int do_asked(struct dashboard *dashboard, struct failure *failure)
{
	struct source *source = dashboard->source;

	switch (dashboard->about) {
	case ABOUT_LOCK:
		return source->ops->lock(source, failure);
	case ABOUT_VIOLATIONS:
		return source->ops->acknowledge(source, &dashboard->seen, failure);
	default:
		return source->ops->set(source, &dashboard->asked,
					dashboard->view.trial ? TRIAL_SECONDS : 0, failure);
	}
}

static void answer(struct dashboard *dashboard, bool yes)
{
	struct view *view = &dashboard->view;
	struct failure failure;

	view->question[0] = '\0';
	if (!yes)
		snprintf(view->message, sizeof(view->message), "Nothing was changed");
	else if (do_asked(dashboard, &failure))
		snprintf(view->message, sizeof(view->message), "%s", failure.text);
}

static void toggle_trial(struct view *view)
{
	if (is_read_only(view, "change policies"))
		return;
	view->trial = !view->trial;
	snprintf(view->message, sizeof(view->message), view->trial ?
		 "What is set next is on trial: set back after a minute unless c keeps it" :
		 "What is set next is set for good");
}

static void keep_trial(struct dashboard *dashboard)
{
	struct view *view = &dashboard->view;
	struct failure failure;

	if (!is_read_only(view, "change policies") &&
	    dashboard->source->ops->keep(dashboard->source, &failure))
		snprintf(view->message, sizeof(view->message), "%s", failure.text);
}

/* What changes something. */
static void act_on_module(struct dashboard *dashboard, enum action action)
{
	switch (action) {
	case ACTION_SET_OFF:
		return ask_to_set(dashboard, SHADOW_BOX_MODE_OFF);
	case ACTION_SET_LOG:
		return ask_to_set(dashboard, SHADOW_BOX_MODE_LOG);
	case ACTION_SET_ENFORCE:
		return ask_to_set(dashboard, SHADOW_BOX_MODE_ENFORCE);
	case ACTION_ALL_OFF:
		return ask_to_set_all(dashboard, SHADOW_BOX_MODE_OFF);
	case ACTION_ALL_LOG:
		return ask_to_set_all(dashboard, SHADOW_BOX_MODE_LOG);
	case ACTION_ALL_ENFORCE:
		return ask_to_set_all(dashboard, SHADOW_BOX_MODE_ENFORCE);
	case ACTION_LOCK:
		return ask_to_lock(dashboard);
	case ACTION_TRIAL:
		return toggle_trial(&dashboard->view);
	case ACTION_KEEP:
		return keep_trial(dashboard);
	default:
		return ask_to_acknowledge(dashboard);
	}
}

/* In a heat map a line holds many rows. */
static void move_in(struct view *view, enum action action)
{
	long rows = (long)view->n_row, page = (long)view->place[view->pane].page;
	long line = view->grid && !view->detail ? (long)view->grid : 1;

	switch (action) {
	case ACTION_UP:
		return view_move(view, -line);
	case ACTION_DOWN:
		return view_move(view, line);
	case ACTION_PAGE_UP:
		return view_move(view, -page);
	case ACTION_PAGE_DOWN:
		return view_move(view, page);
	case ACTION_FIRST:
		return view_move(view, -rows);
	case ACTION_LAST:
		return view_move(view, rows);
	default:
		return;
	}
}

/* Left and right go through the cells of a heat map, and else from pane to pane. */
static void move_aside(struct view *view, int direction)
{
	if (view->grid && !view->detail)
		view_move(view, direction);
	else
		view_turn_to(view, (view->pane + N_PANES + (enum pane)direction) % N_PANES);
}

static void scroll_text(struct view *view, enum action action)
{
	size_t page = view->place[view->pane].page;

	if (action == ACTION_PAGE_DOWN)
		view->scroll += page;
	else
		view->scroll = view->scroll > page ? view->scroll - page : 0;
}

static void toggle_heat(struct view *view)
{
	view->heat = view->grid ? HEAT_TABLE : HEAT_MAP;
	view->grid = 0;
}

/* One step back: out of the detail, else out of the filter. */
static void go_back(struct view *view)
{
	if (view->past)
		view->past = false;
	else if (view->detail)
		view_show_detail(view, false);
	else
		rows_filter(view, "");
}

static void search_again(struct view *view, int direction)
{
	if (!*view->search)
		snprintf(view->message, sizeof(view->message), "/ searches; then n goes on");
	else if (!rows_search(view, direction, false))
		snprintf(view->message, sizeof(view->message), "Nothing here has '%s'",
			 view->search);
}

static void begin_typing(struct view *view, enum input input)
{
	view->input = input;
	snprintf(view->typed, sizeof(view->typed), "%s",
		 input == INPUT_FILTER ? view->place[view->pane].filter : "");
}

static void reset(struct view *view, bool from_now)
{
	view_set_baseline(view, from_now);
	snprintf(view->message, sizeof(view->message), from_now ?
		 "Totals count from now on; R counts from the launch again" :
		 "Totals count from the launch");
}

static void jump(struct view *view)
{
	if (!view_jump(view))
		snprintf(view->message, sizeof(view->message),
			 "v leads from a violation to its policy, and from there to its violations");
}

/* The journal is this machine's. */
static void toggle_history(struct view *view)
{
	bool past = !view->past;
	struct failure failure;

	if (view->replay.on)
		snprintf(view->message, sizeof(view->message), "A recording has no journal");
	else if (past && history_read(&view->history, time(NULL), &failure))
		snprintf(view->message, sizeof(view->message), "%s", failure.text);
	else {
		view_turn_to(view, PANE_VIOLATIONS);
		view->past = past;
	}
}

static void export(struct view *view)
{
	struct failure failure;

	if (export_rows(view, &failure))
		snprintf(view->message, sizeof(view->message), "%s", failure.text);
}

/* What concerns one pane, or which of them is shown. */
static void act_on_panes(struct dashboard *dashboard, enum action action)
{
	struct view *view = &dashboard->view;

	switch (action) {
	case ACTION_NEXT_PANE:
		return view_turn_to(view, (view->pane + 1) % N_PANES);
	case ACTION_PREVIOUS_PANE:
		return view_turn_to(view, (view->pane + N_PANES - 1) % N_PANES);
	case ACTION_RIGHT:
		return move_aside(view, 1);
	case ACTION_LEFT:
		return move_aside(view, -1);
	case ACTION_PANE_1 ... ACTION_PANE_5:
		return view_turn_to(view, (enum pane)(action - ACTION_PANE_1));
	case ACTION_DETAIL:
		return view_show_detail(view, !view->detail);
	case ACTION_BACK:
		return go_back(view);
	case ACTION_HEAT:
		return toggle_heat(view);
	case ACTION_JUMP:
		return jump(view);
	case ACTION_EXPORT:
		return export(view);
	case ACTION_HISTORY:
		return toggle_history(view);
	case ACTION_PAGE_UP:
	case ACTION_PAGE_DOWN:
		return view->detail || view->past ? scroll_text(view, action) : move_in(view, action);
	default:
		return move_in(view, action);
	}
}

/* Which rows there are, and in which order. */
static void act_on_rows(struct dashboard *dashboard, enum action action)
{
	struct view *view = &dashboard->view;

	switch (action) {
	case ACTION_SEARCH:
		return begin_typing(view, INPUT_SEARCH);
	case ACTION_SEARCH_NEXT:
		return search_again(view, 1);
	case ACTION_SEARCH_PREVIOUS:
		return search_again(view, -1);
	case ACTION_FILTER:
		return begin_typing(view, INPUT_FILTER);
	case ACTION_SORT:
		return rows_sort(view, 1);
	case ACTION_SORT_PREVIOUS:
		return rows_sort(view, -1);
	case ACTION_REVERSE:
		return rows_reverse(view);
	case ACTION_RESET:
		return reset(view, true);
	case ACTION_SINCE_LAUNCH:
		return reset(view, false);
	default:
		return act_on_panes(dashboard, action);
	}
}

/* A key that would change another pane than the one that is shown: it does nothing but say so. */
static bool belongs_elsewhere(struct view *view, enum action action)
{
	bool cpus = action == ACTION_TOTALS || action == ACTION_HEAT;
	/* What is on trial can be kept from anywhere, and the alarm is everywhere. */
	bool policies = action_writes(action) && action != ACTION_KEEP &&
			action != ACTION_ACKNOWLEDGE;

	if (cpus && view->pane != PANE_CPUS)
		snprintf(view->message, sizeof(view->message),
			 "That key is for the pane of CPUs (1)");
	else if (policies && view->pane != PANE_POLICIES)
		snprintf(view->message, sizeof(view->message),
			 "That key is for the pane of policies (3)");
	else
		return false;
	return true;
}

static void act(struct dashboard *dashboard, enum action action)
{
	struct source *source = dashboard->source;
	struct view *view = &dashboard->view;

	switch (action) {
	case ACTION_QUIT:
		dashboard->leave = true;
		break;
	case ACTION_HELP:
		view->help = true;
		view->scroll = 0;
		break;
	case ACTION_TOTALS:
		view->totals = !view->totals;
		rows_arrange(view);
		break;
	case ACTION_FREEZE:
		source->ops->freeze(source, !view->frozen);
		break;
	case ACTION_FASTER:
		source->ops->pace(source, -1);
		break;
	case ACTION_SLOWER:
		source->ops->pace(source, 1);
		break;
	case ACTION_STEP:
		source->ops->step(source, 1);
		break;
	case ACTION_STEP_BACK:
		source->ops->step(source, -1);
		break;
	case ACTION_REDRAW:
		screen_redraw();
		break;
	default:
		act_on_rows(dashboard, action);
	}
}

/* Adds or takes back a character; false if @key ends the typing. */
static bool edit(char *typed, int key)
{
	size_t length = strlen(typed);

	if (key == KEY_BACKSPACE || key == 127 || key == CONTROL('H'))
		typed[length ? length - 1 : 0] = '\0';
	else if (key == CONTROL('U'))
		typed[0] = '\0';
	else if (key < ' ' || key > '~')
		return false;
	else if (length + 1 < PHRASE_SIZE)
		snprintf(typed + length, 2, "%c", key);
	return true;
}

/* What is typed takes effect at once; Esc takes it back, all else that is no text ends it. */
static void on_typing(struct view *view, int key)
{
	bool goes_on = edit(view->typed, key), found = true;

	if (key == KEY_CODE_ESCAPE)
		view->typed[0] = '\0';
	if (view->input == INPUT_FILTER) {
		rows_filter(view, view->typed);
	} else if (*view->typed) {
		snprintf(view->search, sizeof(view->search), "%s", view->typed);
		found = rows_search(view, 1, true);
	}
	if (!goes_on)
		view->input = INPUT_NONE;
	if (!goes_on && !found)
		snprintf(view->message, sizeof(view->message), "Nothing here has '%s'",
			 view->search);
}

/* Any key closes the help, also one that would end all, but for those that go through it. */
static void on_help(struct view *view, enum action action)
{
	if (action == ACTION_DOWN)
		view->scroll++;
	else if (action == ACTION_UP)
		view->scroll -= view->scroll > 0;
	else if (action == ACTION_PAGE_DOWN || action == ACTION_PAGE_UP)
		scroll_text(view, action);
	else
		view->help = false;
}

static void on_key(struct dashboard *dashboard, int key)
{
	enum action action = key_action(key);
	struct view *view = &dashboard->view;

	view->message[0] = '\0';
	/* A question wants y. */
	if (*view->question)
		answer(dashboard, key == 'y' || key == 'Y');
	else if (view->input)
		on_typing(view, key);
	else if (view->help)
		on_help(view, action);
	else if (belongs_elsewhere(view, action))
		return;
	else if (action_writes(action))
		act_on_module(dashboard, action);
	else
		act(dashboard, action);
}

/* The wheel moves the selection, or what is read at length. */
static void on_wheel(struct view *view, bool down)
{
	const long lines = 3;

	if (view->detail || view->past || view->help)
		view->scroll = down ? view->scroll + (size_t)lines :
			       view->scroll > (size_t)lines ? view->scroll - (size_t)lines : 0;
	else
		view_move(view, down ? lines : -lines);
}

/* A row that is selected already is shown at length. */
static void on_row(struct view *view, size_t row)
{
	bool again = view->place[view->pane].selected == row;

	rows_select(view, row);
	if (again)
		view_show_detail(view, true);
}

static void on_click(struct dashboard *dashboard, const struct spot *spot)
{
	switch (spot->kind) {
	case SPOT_KEY:
		return on_key(dashboard, (int)spot->value);
	case SPOT_PANE:
		return view_turn_to(&dashboard->view, (enum pane)spot->value);
	case SPOT_ROW:
		return on_row(&dashboard->view, spot->value);
	}
}

/* What is asked or typed wants keys. */
static void on_mouse(struct dashboard *dashboard)
{
	struct view *view = &dashboard->view;
	const struct spot *spot;
	MEVENT mouse;

	if (getmouse(&mouse) != OK || *view->question || view->input)
		return;
	view->message[0] = '\0';
	spot = spot_at(mouse.y, mouse.x);
	if (mouse.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED))
		on_wheel(view, mouse.bstate & BUTTON5_PRESSED);
	else if (view->help)
		view->help = false;
	else if (spot)
		on_click(dashboard, spot);
}

static void on_keyboard(struct dashboard *dashboard)
{
	int key;

	/* KEY_RESIZE is no key, but ncurses' word for a new size. */
	while ((key = getch()) != ERR)
		if (key == KEY_MOUSE)
			on_mouse(dashboard);
		else if (key != KEY_RESIZE)
			on_key(dashboard, key);
}

static void dispatch(struct dashboard *dashboard, const struct pollfd *fds)
{
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		dashboard->leave = true;
	else if (fds[0].revents)
		on_keyboard(dashboard);
	if (fds[1].revents)
		on_signal(dashboard);
	if (fds[3].revents)
		dashboard->source->ops->input(dashboard->source);
	if (fds[2].revents)
		on_timer(dashboard);
}

static void loop(struct dashboard *dashboard)
{
	const struct source *source = dashboard->source;
	bool headless = dashboard->options->headless;

	while (!dashboard->leave) {
		struct pollfd fds[] = {
			{ .fd = headless ? -1 : STDIN_FILENO, .events = POLLIN },
			{ .fd = dashboard->signals, .events = POLLIN },
			{ .fd = dashboard->timer, .events = POLLIN },
			{ .fd = source->ops->fd(source), .events = POLLIN },
		};

		if (source->rearmed)
			set_timer(dashboard);
		if (!headless)
			screen_draw(&dashboard->view);
		/* The signals stay blocked: they arrive through their descriptor. */
		if (ppoll(fds, sizeof(fds) / sizeof(fds[0]), NULL, NULL) > 0)
			dispatch(dashboard, fds);
		/* A recording that nobody sees and that cannot go on is over. */
		if (headless && !dashboard->view.recording)
			dashboard->leave = true;
	}
}

static int open_descriptors(struct dashboard *dashboard, sigset_t *old)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, old);
	dashboard->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	dashboard->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return dashboard->signals < 0 || dashboard->timer < 0 ? -1 : 0;
}

static void close_descriptors(struct dashboard *dashboard, const sigset_t *old)
{
	close(dashboard->timer);
	close(dashboard->signals);
	/* Whoever sent SIGTERM shall see that it worked; ncurses would make an exit of it. */
	if (dashboard->signal) {
		signal(dashboard->signal, SIG_DFL);
		raise(dashboard->signal);
	}
	sigprocmask(SIG_SETMASK, old, NULL);
}

static struct source *open_source(struct view *view, const struct dashboard_options *options,
				  struct failure *failure)
{
	view->interval = options->interval;
	view->writable = options->writable && !options->replay;
	if (options->replay)
		return replay_open(view, options->replay, options->speed, options->at, failure);
	return live_open(view, options->record, failure);
}

/* Draws and loops, once all is there to be drawn. */
static int show(struct dashboard *dashboard, struct failure *failure)
{
	bool headless = dashboard->options->headless;

	dashboard->source = open_source(&dashboard->view, dashboard->options, failure);
	if (!dashboard->source)
		return -1;
	if (!headless && !screen_open(dashboard->options->ascii)) {
		dashboard->source->ops->close(dashboard->source, failure);
		return fail(failure, SBCTL_FAILED, "cannot draw on this terminal; try --once");
	}
	loop(dashboard);
	if (!headless)
		screen_close();
	return dashboard->source->ops->close(dashboard->source, failure);
}

int dashboard_run(const struct dashboard_options *options)
{
	struct dashboard dashboard = { .options = options };
	struct failure failure;
	int status = SBCTL_OK;
	sigset_t old;

	if (open_descriptors(&dashboard, &old)) {
		fail(&failure, SBCTL_FAILED, "cannot set up the dashboard: %s", strerror(errno));
		status = say_failure(&failure);
	} else if (show(&dashboard, &failure)) {
		status = say_failure(&failure);
	}
	view_free(&dashboard.view);
	close_descriptors(&dashboard, &old);
	return status;
}

int dashboard_recorded(const char *replay, double at, struct snapshot *snapshot,
		       struct failure *failure)
{
	struct dashboard_options options = { .replay = replay, .speed = 1,
					     .at = at < 0 ? INFINITY : at };
	struct view view = { 0 };
	struct source *source = open_source(&view, &options, failure);
	int result = source ? 0 : -1;

	if (source && view.replay.damaged)
		result = fail(failure, SBCTL_USAGE, "%s", view.message);
	else if (source && !view.now.info.have)
		result = fail(failure, SBCTL_NOT_RUNNING, "%s", *view.away ? view.away :
			      "the recording has no snapshot at that time");
	if (!result)
		snapshot_copy(snapshot, &view.now);
	if (source)
		source->ops->close(source, failure);
	view_free(&view);
	return result;
}
