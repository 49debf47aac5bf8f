// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text renderer: model to plain lines on standard output. Numbers are exact and ungrouped, so
 * that scripts can read the tables too.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text.h"

#define NS_PER_SECOND	UINT64_C(1000000000)

/* A table whose columns are as wide as their widest cell: filled first, then printed. */
#define MAX_COLUMNS	16
#define CELL_SIZE	24

char *text_bytes(char *text, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	snprintf(text, size, "%.*f %s", value < 10 && value * 10 != (int)value * 10, value,
		 units[unit]);
	return text;
}

char *text_duration(char *text, size_t size, uint64_t ns)
{
	uint64_t seconds = ns / NS_PER_SECOND;

	if (seconds < 60)
		snprintf(text, size, "%" PRIu64 " s", seconds);
	else if (seconds < 3600)
		snprintf(text, size, "%" PRIu64 " min %02" PRIu64 " s", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(text, size, "%" PRIu64 " h %02" PRIu64 " min", seconds / 3600,
			 seconds / 60 % 60);
	else
		snprintf(text, size, "%" PRIu64 " d %02" PRIu64 " h", seconds / 86400,
			 seconds / 3600 % 24);
	return text;
}

char *text_features(char *text, size_t size, uint32_t features)
{
	size_t used = 0;
	unsigned int bit;

	snprintf(text, size, "none");
	for (bit = 0; bit < 32 && used < size; bit++) {
		const char *name = feature_name(bit);

		if (!((features >> bit) & 1))
			continue;
		if (name)
			used += (size_t)snprintf(text + used, size - used, "%s%s",
						 used ? ", " : "", name);
		else
			used += (size_t)snprintf(text + used, size - used, "%sbit %u",
						 used ? ", " : "", bit);
	}
	return text;
}

char *text_time(char *text, size_t size, const struct event *event)
{
	time_t seconds = (time_t)(event->time / NS_PER_SECOND);
	char day[32];
	struct tm tm;

	snprintf(text, size, "-");
	if (HAVE(event, SHADOW_BOX_EVENT_TIME) && localtime_r(&seconds, &tm) &&
	    strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(text, size, "%s.%06" PRIu64, day, event->time % NS_PER_SECOND / 1000);
	return text;
}

char *text_state(char *text, size_t size, const struct info *info)
{
	const char *state = state_name(info->state);
	char number[24], duration[32];

	if (!state) {
		snprintf(number, sizeof(number), "state %" PRIu32, info->state);
		state = number;
	}
	if (info->state == SHADOW_BOX_STATE_IDLE)
		snprintf(text, size, "idle (loaded, not launched)");
	else
		snprintf(text, size, "%s on %" PRIu32 " of %" PRIu32 " CPUs for %s", state,
			 info->cpus_active, info->cpus,
			 text_duration(duration, sizeof(duration), info->uptime));
	return text;
}

static void print_header(const struct snapshot *snapshot)
{
	const struct info *info = &snapshot->info;
	char text[256], used[32], all[32];
	size_t faults = snapshot_faults(snapshot);

	printf("Shadow-box %s: %s%s\n",
	       HAVE(info, SHADOW_BOX_INFO_VERSION) ? info->version : "(version unknown)",
	       text_state(text, sizeof(text), info), info->test_build ? " [test build]" : "");
	printf("Host memory: %s used of %s\n",
	       text_bytes(used, sizeof(used), info->host_memory_used),
	       text_bytes(all, sizeof(all), info->host_memory));
	printf("Events: %" PRIu64 ", %" PRIu64 " lost\n", info->events, info->events_lost);
	printf("Features: %s\n", text_features(text, sizeof(text), info->features));
	if (faults)
		printf("Fault: the host stopped on %zu of the CPUs, see 'sbctl monitor --backlog'\n",
		       faults);
	if (snapshot->torn)
		printf("Note: CPUs came or went while the counters were read\n");
}

/* One pass with @width[] growing and nothing printed, a second that prints. */
struct table {
	bool printing;
	int column;
	int width[MAX_COLUMNS];
};

__attribute__((format(printf, 2, 3)))
static void cell(struct table *table, const char *format, ...)
{
	int *width = &table->width[table->column];
	char text[CELL_SIZE];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (table->printing)
		printf("%s%*s", table->column ? "  " : "", *width, text);
	else if (length > *width)
		*width = length;
	table->column++;
}

static void end_row(struct table *table)
{
	if (table->printing)
		putchar('\n');
	table->column = 0;
}

/* A counter that this module does not have is a dash, not a zero. */
static void counter(struct table *table, bool have, uint64_t value)
{
	if (have)
		cell(table, "%" PRIu64, value);
	else
		cell(table, "-");
}

static void status_cells(struct table *table, const struct cpu *cpu, const uint64_t *group)
{
	size_t g;

	counter(table, HAVE(cpu, SHADOW_BOX_CPU_EXITS), cpu->exits);
	for (g = 0; g < N_GROUPS; g++)
		cell(table, "%" PRIu64, group[g]);
	counter(table, HAVE(cpu, SHADOW_BOX_CPU_NMI_GUEST), cpu->nmi_guest);
	counter(table, HAVE(cpu, SHADOW_BOX_CPU_NMI_HOST), cpu->nmi_host);
	counter(table, HAVE(cpu, SHADOW_BOX_CPU_NMI_REDELIVERED), cpu->nmi_redelivered);
	end_row(table);
}

static void state_cell(struct table *table, const struct cpu *cpu)
{
	const char *state = cpu_state_name(cpu->state);

	if (state)
		cell(table, "%s", state);
	else
		cell(table, "%" PRIu32, cpu->state);
}

static void status_table(struct table *table, const struct snapshot *snapshot)
{
	uint64_t group[N_GROUPS];
	struct cpu total;
	size_t i, g;

	cell(table, "CPU");
	cell(table, "STATE");
	cell(table, "EXITS");
	for (g = 0; g < N_GROUPS; g++)
		cell(table, "%s", group_title[g]);
	cell(table, "NMI-GUEST");
	cell(table, "NMI-HOST");
	cell(table, "NMI-REDELIV");
	end_row(table);
	for (i = 0; i < snapshot->n_cpu; i++) {
		cell(table, "%" PRIu32, snapshot->cpu[i].id);
		state_cell(table, &snapshot->cpu[i]);
		cpu_groups(&snapshot->cpu[i], group);
		status_cells(table, &snapshot->cpu[i], group);
	}
	cell(table, "all");
	cell(table, "-");
	snapshot_total(snapshot, &total, group);
	status_cells(table, &total, group);
}

void text_status(const struct snapshot *snapshot)
{
	struct table table = { 0 };

	print_header(snapshot);
	if (!snapshot->n_cpu)
		return;
	putchar('\n');
	status_table(&table, snapshot);
	table.printing = true;
	status_table(&table, snapshot);
}

static void counter_line(const struct cpu *cpu, bool have, const char *name, uint64_t value)
{
	if (have)
		printf("%3" PRIu32 "  %6s  %-38s %20" PRIu64 "\n", cpu->id, "-", name, value);
}

static void exit_line(const struct cpu *cpu, const struct exit_count *exit)
{
	const char *name = exit_name(exit->reason);

	printf("%3" PRIu32 "  %6" PRIu32 "  %-38s %20" PRIu64 "\n", cpu->id, exit->reason,
	       name ? name : "(unknown reason)", exit->count);
}

static void cpu_counters(const struct cpu *cpu)
{
	size_t i;

	for (i = 0; i < cpu->n_exit; i++)
		exit_line(cpu, &cpu->exit[i]);
	counter_line(cpu, HAVE(cpu, SHADOW_BOX_CPU_EXITS), "all exits", cpu->exits);
	counter_line(cpu, HAVE(cpu, SHADOW_BOX_CPU_NMI_GUEST), "NMIs handled by Linux",
		     cpu->nmi_guest);
	counter_line(cpu, HAVE(cpu, SHADOW_BOX_CPU_NMI_HOST), "NMIs in the host world",
		     cpu->nmi_host);
	counter_line(cpu, HAVE(cpu, SHADOW_BOX_CPU_NMI_REDELIVERED),
		     "NMIs re-delivered to Linux", cpu->nmi_redelivered);
	counter_line(cpu, HAVE(cpu, SHADOW_BOX_CPU_NMI_COALESCED),
		     "NMIs coalesced", cpu->nmi_coalesced);
	counter_line(cpu, HAVE(cpu, SHADOW_BOX_CPU_CYCLES), "TSC ticks in the host world",
		     cpu->cycles);
}

void text_counters(const struct snapshot *snapshot, long only)
{
	size_t i;

	printf("CPU  REASON  %-38s %20s\n", "COUNTER", "VALUE");
	for (i = 0; i < snapshot->n_cpu; i++)
		if (only < 0 || snapshot->cpu[i].id == (uint32_t)only)
			cpu_counters(&snapshot->cpu[i]);
}

void text_event(const struct event *event)
{
	char time[48], text[256];

	text_time(time, sizeof(time), event);
	event_text(event, text, sizeof(text));
	printf("%s  #%" PRIu64, time, event->seq);
	if (HAVE(event, SHADOW_BOX_EVENT_CPU))
		printf("  VM [%" PRIu32 "] %s\n", event->cpu, text);
	else
		printf("  VM [?] %s\n", text);
}
