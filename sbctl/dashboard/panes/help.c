// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dashboard's help: its keys, and what the columns of the pane mean.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dashboard/keys.h"
#include "dashboard/paint/paint.h"
#include "dashboard/panes/help.h"
#include "dashboard/panes/pane.h"
#include "model/words.h"

/* Where what a key does stands, and from so many columns on there are two keys a line. */
#define COLUMN_TEXT	14
#define TWO_KEYS	80
#define WIDTH_FIRST	26

/* Of one pane. */
#define MAX_EXPLANATIONS	10

struct explanation {
	const char *word;
	const char *meaning;
};

static const struct explanation explanations[][MAX_EXPLANATIONS] = {
	[PANE_CPUS] = {
		{ "S", "state: A Linux runs in the guest world, - offline or on the bare machine, F the host stopped after a fault of its own" },
		{ "TOTAL", "VM exits: CPUID; RDMSR, WRMSR; NMIs; EPT violations; control and descriptor REGS; VMX-preemption TIMER; OTHER" },
		{ "NOW, TREND", "VM exits per second now and before, all CPUs on one scale" },
		{ "NMIs", "GUEST: handled by Linux; HOST: met the host; REDEL: of these, delivered to Linux" },
		{ "Heat map", "where CPUs outnumber lines: the fuller and hotter, the busier" },
		{ "! event", "should not happen" },
	},
	[PANE_EXITS] = {
		{ "NR", "basic exit reason, Intel SDM volume 3, appendix C" },
		{ "PER S", "VM exits per second on all CPUs" },
		{ "TOTAL, SHARE", "VM exits since the launch, or since the reset" },
		{ "TREND", "exits per second, each on its own scale" },
	},
	[PANE_POLICIES] = {
		{ "MODE", "off: nothing is reported; log: reported, but let happen; enforce: reported and prevented" },
		{ "", PATCH_POLICIES " are about legitimate patches of code: allow, log, deny" },
		{ "!", "there were violations" },
		{ "PREVENT", "those of them that were prevented: blocked, discarded or refused" },
		{ "PATCHES", "legitimate patches of code that were verified" },
		{ "LOCKED", "above: no policy can be weakened until the machine restarts" },
	},
	[PANE_VIOLATIONS] = {
		{ "A", "what was done: B blocked, with an exception for the offender; D discarded, the kernel's patching code going on as if it were done; R refused, a hypercall; L only logged" },
		{ "WHAT", "address, register or hypercall, and the instruction that did it, with the kernel's names" },
	},
	[PANE_EVENTS] = {
		{ "!", "should not happen" },
		{ "NUMBER", "events of all CPUs are numbered in one row: a gap is a loss" },
	},
};

_Static_assert(sizeof(explanations) / sizeof(explanations[0]) == N_PANES,
	       "each pane is explained");

/* What cannot be changed has one key that says so. */
static bool is_told(const struct view *view, const struct binding *binding)
{
	return binding->keys && (view->writable || binding->action == ACTION_SET_OFF ||
				 !action_writes(binding->action));
}

static const struct binding *next_key(const struct view *view, const struct binding *binding)
{
	while (binding->action != ACTION_NONE && !is_told(view, binding))
		binding++;
	return binding;
}

static void add_keys(struct sheet *sheet, const struct view *view)
{
	const struct binding *left = next_key(view, bindings), *right;

	while (left->action != ACTION_NONE) {
		right = COLS >= TWO_KEYS ? next_key(view, left + 1) : NULL;
		if (right && right->action != ACTION_NONE)
			sheet_add(sheet, 0, left->keys, "%-*s%-13s %s", WIDTH_FIRST,
				  left->help, right->keys, right->help);
		else
			sheet_add(sheet, 0, left->keys, "%s", left->help);
		left = next_key(view, (right && right->action != ACTION_NONE ? right : left) + 1);
	}
}

void draw_help(struct view *view)
{
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	size_t i;

	if (!sheet)
		return;
	fill_line(0, A_BOLD | A_REVERSE);
	mvaddnstr(0, 1, "Help: any key goes back, Up and Down scroll", COLS - 2);
	sheet->indent = COLUMN_TEXT;
	add_keys(sheet, view);
	for (i = 0; i < MAX_EXPLANATIONS && explanations[view->pane][i].word; i++)
		sheet_add(sheet, 0, explanations[view->pane][i].word, "%s",
			  explanations[view->pane][i].meaning);
	sheet_draw(view, sheet, 1, LINES);
	free(sheet);
}
