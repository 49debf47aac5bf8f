// SPDX-License-Identifier: GPL-2.0-only
/*
 * One CPU at length: its exits per second as a chart, its NMIs, its exit reasons.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dashboard/counts.h"
#include "dashboard/paint/paint.h"
#include "dashboard/paint/spark.h"
#include "dashboard/panes/pane.h"
#include "model/event.h"

/* Lines of the chart where there is room, and where there is little. */
#define CHART_LINES	5
#define CHART_LINES_MIN	2

static int by_total(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	return (x->total < y->total) - (x->total > y->total);
}

static void add_nmis(struct sheet *sheet, const struct cpu *cpu)
{
	sheet_add(sheet, 0, "NMIs", "%" PRIu64 " handled by Linux, %" PRIu64
		  " met the host; of these %" PRIu64 " delivered to Linux, %" PRIu64 " merged",
		  cpu->nmi_guest, cpu->nmi_host, cpu->nmi_redelivered, cpu->nmi_coalesced);
}

/* What an exit costs on average is the best single figure for the health of the host. */
static void add_cost(struct sheet *sheet, const struct cpu *cpu)
{
	if (cpu->exits)
		sheet_add(sheet, 0, "Host time", "%" PRIu64 " TSC ticks, %" PRIu64 " per exit",
			  cpu->cycles, cpu->cycles / cpu->exits);
}

static void add_reasons(struct sheet *sheet, const struct view *view, const struct cpu *cpu)
{
	char rate[16], total[16], label[16], number[24];
	struct reason_list list;
	size_t i;

	view_reasons(view, cpu, &list);
	if (list.n_reason)
		qsort(list.reason, list.n_reason, sizeof(*list.reason), by_total);
	sheet_add(sheet, A_DIM, "Exits", "  per s    total  reason");
	for (i = 0; i < list.n_reason; i++) {
		const struct reason *reason = &list.reason[i];

		snprintf(label, sizeof(label), "%9" PRIu32, reason->reason);
		sheet_add(sheet, 0, label, "%7s %8s  %s",
			  reason->valid ? short_number(rate, sizeof(rate), reason->rate) : "-",
			  short_number(total, sizeof(total), reason->total),
			  number_or_name(exit_name(reason->reason), reason->reason, number,
					 sizeof(number)));
	}
	free(list.reason);
}

static int draw_chart(const struct view *view, const struct cpu *cpu, int line)
{
	const struct track *track = view_track(view, TRACK_CPU(cpu->id));
	int height = LINES >= ROOMY_LINES ? CHART_LINES : CHART_LINES_MIN, width = COLS - 9;
	float most = spark_most(track, spark_samples(width), 0);
	char number[16];

	attrset(A_DIM);
	mvprintw(line, 0, "%6s/s", short_number(number, sizeof(number), most));
	mvprintw(line + height - 1, 0, "%6s/s", "0");
	spark_draw(line, 9, width - 1, height, track, most, 0);
	return line + height;
}

void draw_cpu_detail(struct view *view, int top)
{
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	const struct cpu *cpu = view_cpu(view);
	char state[24];
	int line;

	if (!sheet)
		return;
	fill_line(top, A_REVERSE);
	mvprintw(top, 1, "CPU %" PRIu32 ": %s", cpu->id,
		 number_or_name(cpu_state_name(cpu->state), cpu->state, state, sizeof(state)));
	line = draw_chart(view, cpu, top + 1);
	sheet->indent = 12;
	add_nmis(sheet, cpu);
	add_cost(sheet, cpu);
	add_reasons(sheet, view, cpu);
	sheet_draw(view, sheet, line, LINES - 1);
	free(sheet);
}
