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

#include "model/event.h"
#include "model/words.h"
#include "render/text.h"

#define NS_PER_SECOND	UINT64_C(1000000000)

/* A table whose columns are as wide as their widest cell: filled first, then printed. */
#define STATUS_COLUMNS	(3 + N_GROUPS + 3)
#define POLICY_COLUMNS	5
#define MAX_COLUMNS	STATUS_COLUMNS
_Static_assert(POLICY_COLUMNS <= MAX_COLUMNS, "each column has a width");
#define CELL_SIZE	24
/* What fits on any terminal. */
#define TEXT_COLUMNS	80

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

char *text_cpus(char *text, size_t size, const struct info *info)
{
	uint32_t offline = info_offline(info);

	if (offline)
		snprintf(text, size, "%" PRIu32 " of %" PRIu32 " CPUs (%" PRIu32 " offline)",
			 info->cpus_active, info->cpus, offline);
	else
		snprintf(text, size, "%" PRIu32 " of %" PRIu32 " CPUs", info->cpus_active,
			 info->cpus);
	return text;
}

char *text_state(char *text, size_t size, const struct info *info)
{
	const char *state = state_name(info->state);
	char number[24], duration[32], cpus[64];

	if (!state) {
		snprintf(number, sizeof(number), "state %" PRIu32, info->state);
		state = number;
	}
	if (info->state == SHADOW_BOX_STATE_IDLE)
		snprintf(text, size, "loaded, not active");
	else
		snprintf(text, size, "%s on %s for %s", state, text_cpus(cpus, sizeof(cpus), info),
			 text_duration(duration, sizeof(duration), info->uptime));
	return text;
}

/* Adds the policies of the list whose mode is called @mode; returns the new length. */
static size_t add_mode(char *text, size_t size, size_t used, const struct policy_list *list,
		       const char *mode)
{
	const char *before = used ? "; " : "";
	size_t i;

	for (i = 0; i < list->n_policy && used < size; i++) {
		const struct policy *policy = &list->policy[i];
		const char *own = mode_name(policy->id, policy->mode);
		const char *name = policy_name(policy->id);

		if (!own || !name || strcmp(own, mode))
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s%s", before,
					 *before == ',' ? "" : mode, *before == ',' ? "" : " ");
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s", name);
		before = ", ";
	}
	return used;
}

char *text_modes(char *text, size_t size, const struct policy_list *list)
{
	static const char *const modes[] = { "enforce", "log", "off", "deny", "allow" };
	size_t used = 0, i;

	snprintf(text, size, "none");
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		used = add_mode(text, size, used, list, modes[i]);
	return text;
}

/* "LABEL: text", wrapped; what follows stands below the text. */
static void print_wrapped(const char *label, const char *text)
{
	int indent = (int)strlen(label) + 2, room = TEXT_COLUMNS - indent, length;

	printf("%s: ", label);
	for (; (int)strlen(text) > room; text += length + 1) {
		for (length = room; length > 0 && text[length] != ' '; length--)
			;
		if (!length)
			break;
		printf("%.*s\n%*s", length, text, indent, "");
	}
	printf("%s\n", text);
}

/* What is off because it cannot be on. An older module does not tell. */
static void print_impossible(const struct info *info)
{
	if (HAVE(info, SHADOW_BOX_INFO_FEATURES) && !(info->features & SHADOW_BOX_FEATURE_MBEC))
		print_wrapped("Impossible",
			      "code-integrity, as this CPU has no mode-based execute control (MBEC)");
}

static void print_protection(const struct snapshot *snapshot)
{
	const struct policy_list *policies = &snapshot->policies;
	uint64_t prevented = 0;
	char text[MODES_SIZE];
	size_t i;

	if (!policies->n_policy)
		return;
	for (i = 0; i < policies->n_policy; i++)
		prevented += policies->policy[i].blocked;
	print_wrapped("Policies", text_modes(text, sizeof(text), policies));
	print_impossible(&snapshot->info);
	printf("Locked: %s\n", snapshot->info.locked ? "yes, until the machine restarts" : "no");
	printf("Violations: %" PRIu64 ", %" PRIu64 " prevented\n", snapshot->info.violations,
	       prevented);
}

/* What there is only while it is active. */
static void print_active(const struct snapshot *snapshot)
{
	const struct info *info = &snapshot->info;
	char text[256], used[32], all[32];

	printf("Host memory: %s used of %s\n",
	       text_bytes(used, sizeof(used), info->host_memory_used),
	       text_bytes(all, sizeof(all), info->host_memory));
	printf("Events: %" PRIu64 ", %" PRIu64 " lost\n", info->events, info->events_lost);
	if (HAVE(info, SHADOW_BOX_INFO_SWEEP_AGE))
		printf("Sweeps: %" PRIu64 ", one each %" PRIu32 " ms, the last %" PRIu64
		       " ms ago; %" PRIu64 " given up\n", info->sweeps, info->sweep_period,
		       info->sweep_age / 1000000, info->sweeps_aborted);
	if (info_sweeps_late(info)) {
		snprintf(text, sizeof(text),
			 "no sweep has come to its end for %s, detections find nothing; 'sbctl sweep' asks for one",
			 text_duration(used, sizeof(used), info->sweep_wait));
		print_wrapped("Late", text);
	}
	print_wrapped("Features", text_features(text, sizeof(text), info->features));
	print_protection(snapshot);
}

static void print_header(const struct snapshot *snapshot)
{
	const struct info *info = &snapshot->info;
	bool idle = info->state == SHADOW_BOX_STATE_IDLE;
	size_t faults = snapshot_faults(snapshot);
	char text[256];

	printf("Shadow-box %s: %s%s%s\n",
	       HAVE(info, SHADOW_BOX_INFO_VERSION) ? info->version : "(version unknown)",
	       text_state(text, sizeof(text), info), idle ? "; 'sbctl load' launches it" : "",
	       info->test_build ? " [test build]" : "");
	if (!idle)
		print_active(snapshot);
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
	int gap;
	int width[MAX_COLUMNS];
};

static void put_cell(struct table *table, const char *text, bool left)
{
	/* A cell too many would be printed as wide as it is. */
	int beyond = 0, length = (int)strlen(text);
	int *width = table->column < MAX_COLUMNS ? &table->width[table->column] : &beyond;

	if (table->printing)
		printf("%*s%*s", table->column ? table->gap : 0, "", left ? -*width : *width,
		       text);
	else if (length > *width)
		*width = length;
	table->column++;
}

__attribute__((format(printf, 2, 3)))
static void cell(struct table *table, const char *format, ...)
{
	char text[CELL_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put_cell(table, text, false);
}

/* A cell of words: flush left. */
static void words(struct table *table, const char *text)
{
	put_cell(table, text, true);
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

/* Which columns of the table of status: all of them, if they fit, or those of exits and those of NMIs. */
enum part {
	PART_EXITS = 1,
	PART_NMIS = 2,
};

static void status_cells(struct table *table, const struct cpu *cpu, const uint64_t *group,
			 unsigned int parts)
{
	size_t g;

	if (parts & PART_EXITS) {
		counter(table, HAVE(cpu, SHADOW_BOX_CPU_EXITS), cpu->exits);
		for (g = 0; g < N_GROUPS; g++)
			cell(table, "%" PRIu64, group[g]);
	}
	if (parts & PART_NMIS) {
		counter(table, HAVE(cpu, SHADOW_BOX_CPU_NMI_GUEST), cpu->nmi_guest);
		counter(table, HAVE(cpu, SHADOW_BOX_CPU_NMI_HOST), cpu->nmi_host);
		counter(table, HAVE(cpu, SHADOW_BOX_CPU_NMI_REDELIVERED), cpu->nmi_redelivered);
	}
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

static void status_heading(struct table *table, unsigned int parts)
{
	size_t g;

	cell(table, "CPU");
	cell(table, "STATE");
	if (parts & PART_EXITS) {
		cell(table, "EXITS");
		for (g = 0; g < N_GROUPS; g++)
			cell(table, "%s", group_title[g]);
	}
	if (parts & PART_NMIS) {
		cell(table, "NMIS");
		cell(table, "HOST");
		cell(table, "REDEL");
	}
	end_row(table);
}

static void status_rows(struct table *table, const struct snapshot *snapshot, bool legend,
			unsigned int parts)
{
	uint64_t group[N_GROUPS];
	struct cpu total;
	size_t i;

	if (legend)
		status_heading(table, parts);
	for (i = 0; i < snapshot->n_cpu; i++) {
		cell(table, "%" PRIu32, snapshot->cpu[i].id);
		state_cell(table, &snapshot->cpu[i]);
		cpu_groups(&snapshot->cpu[i], group);
		status_cells(table, &snapshot->cpu[i], group, parts);
	}
	cell(table, "all");
	cell(table, "-");
	snapshot_total(snapshot, &total, group);
	status_cells(table, &total, group, parts);
}

/* Whether these columns fit; one space between them is enough if two are too many. */
static bool fit(struct table *table, const struct snapshot *snapshot, bool legend,
		unsigned int parts)
{
	int width = 0, i;

	*table = (struct table){ .gap = 2 };
	status_rows(table, snapshot, legend, parts);
	for (i = 0; i < MAX_COLUMNS; i++)
		width += table->width[i] ? table->width[i] + table->gap : 0;
	width -= table->gap;
	if (width > TEXT_COLUMNS)
		table->gap = 1;
	for (i = 1; i < MAX_COLUMNS && table->gap == 1; i++)
		width -= table->width[i] != 0;
	return width <= TEXT_COLUMNS;
}

static void print_rows(const struct snapshot *snapshot, bool legend, unsigned int parts)
{
	struct table table;

	fit(&table, snapshot, legend, parts);
	/* Without headings it is for programs, for which each CPU has one line. */
	table.gap = legend ? table.gap : 2;
	table.printing = true;
	status_rows(&table, snapshot, legend, parts);
}

void text_status(const struct snapshot *snapshot, bool legend)
{
	struct table table;

	if (legend)
		print_header(snapshot);
	if (!snapshot->n_cpu)
		return;
	if (legend)
		putchar('\n');
	if (!legend || fit(&table, snapshot, legend, PART_EXITS | PART_NMIS)) {
		print_rows(snapshot, legend, PART_EXITS | PART_NMIS);
		return;
	}
	print_rows(snapshot, legend, PART_EXITS);
	putchar('\n');
	print_rows(snapshot, legend, PART_NMIS);
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

void text_counters(const struct snapshot *snapshot, long only, bool legend)
{
	size_t i;

	if (legend)
		printf("CPU  REASON  %-38s %20s\n", "COUNTER", "VALUE");
	for (i = 0; i < snapshot->n_cpu; i++)
		if (only < 0 || snapshot->cpu[i].id == (uint32_t)only)
			cpu_counters(&snapshot->cpu[i]);
}

static void policy_row(struct table *table, const struct policy *policy)
{
	const char *about = policy_about(policy->id);
	char number[24];

	words(table, number_or_name(policy_name(policy->id), policy->id, number, sizeof(number)));
	words(table, number_or_name(mode_name(policy->id, policy->mode), policy->mode, number,
				    sizeof(number)));
	counter(table, HAVE(policy, SHADOW_BOX_POLICY_VIOLATIONS), policy->violations);
	counter(table, HAVE(policy, SHADOW_BOX_POLICY_BLOCKED), policy->blocked);
	counter(table, HAVE(policy, SHADOW_BOX_POLICY_PATCHES), policy->patches);
	/* Not as wide as the others: nothing comes after it. */
	if (table->printing)
		printf("  %s", about ? about : "(unknown to this sbctl)");
	end_row(table);
}

static void policy_heading(struct table *table)
{
	words(table, "NAME");
	words(table, "MODE");
	cell(table, "VIOLATIONS");
	cell(table, "PREVENTED");
	cell(table, "PATCHES");
	if (table->printing)
		printf("  PROTECTS");
	end_row(table);
}

static void policy_table(struct table *table, const struct policy_list *list, bool legend)
{
	size_t i;

	if (legend)
		policy_heading(table);
	for (i = 0; i < list->n_policy; i++)
		policy_row(table, &list->policy[i]);
}

void text_policies(const struct policy_list *list, bool legend)
{
	struct table table = { .gap = 2 };

	policy_table(&table, list, legend);
	table.printing = true;
	policy_table(&table, list, legend);
}

static void sweep_table(struct table *table, const struct policy_list *list)
{
	char name[NAME_SIZE];
	size_t i;

	words(table, "POLICY");
	cell(table, "LOOKED-AT");
	cell(table, "SUSPECTED");
	end_row(table);
	for (i = 0; i < list->n_policy; i++) {
		const struct policy *policy = &list->policy[i];

		if (!HAVE(policy, SHADOW_BOX_POLICY_LOOKED))
			continue;
		words(table, number_or_name(policy_name(policy->id), policy->id, name,
					    sizeof(name)));
		cell(table, "%" PRIu64, policy->looked);
		cell(table, "%" PRIu64, policy->odd);
		end_row(table);
	}
}

void text_sweep(const struct policy_list *list)
{
	struct table table = { .gap = 2 };

	sweep_table(&table, list);
	table.printing = true;
	sweep_table(&table, list);
}

void text_policy_file(const struct policy_list *list)
{
	size_t i;

	printf("# Policies of Shadow-box, for 'sbctl policy apply'. Protections are set to off, log or\n"
	       "# enforce; " PATCH_POLICIES " to allow, log or deny.\n");
	for (i = 0; i < list->n_policy; i++) {
		const struct policy *policy = &list->policy[i];
		const char *name = policy_name(policy->id);
		const char *mode = mode_name(policy->id, policy->mode);

		if (name && mode)
			printf("%-15s = %s\n", name, mode);
		else
			printf("# policy %" PRIu32 " in mode %" PRIu32 ": unknown to this sbctl\n",
			       policy->id, policy->mode);
	}
}

void text_changes(const struct change_list *changes)
{
	size_t i;

	for (i = 0; i < changes->n_change; i++) {
		const struct change *change = &changes->change[i];
		const char *from = change->known ? mode_name(change->policy, change->from) : NULL;
		char policy[NAME_SIZE], to[NAME_SIZE];

		printf("%s: %s -> %s\n",
		       number_or_name(policy_name(change->policy), change->policy, policy,
				      sizeof(policy)), from ? from : "?",
		       number_or_name(mode_name(change->policy, change->to), change->to, to,
				      sizeof(to)));
	}
}

static int text_lost(uint64_t first, uint64_t last)
{
	if (first == last)
		printf("-- 1 event lost: #%" PRIu64 "\n", first);
	else
		printf("-- %" PRIu64 " events lost: #%" PRIu64 " to #%" PRIu64 "\n",
		       last - first + 1, first, last);
	return 0;
}

/* How often, and when for the last time. */
static void print_count(const struct event *event)
{
	struct event last = { .have = HAVE_BIT(SHADOW_BOX_EVENT_TIME), .time = event->last_time };
	uint64_t more = event->count - 1;
	char time[48];

	text_time(time, sizeof(time), &last);
	if (event->rest)
		printf("; and %" PRIu64 " more of further kinds, last %s", more, time);
	else
		printf("; %" PRIu64 " times, last %s", event->count, time);
}

static int text_event(const struct event *event)
{
	char time[48], text[EVENT_TEXT_SIZE];

	text_time(time, sizeof(time), event);
	event_text(event, text, sizeof(text));
	printf("%s  #%" PRIu64, time, event->seq);
	if (HAVE(event, SHADOW_BOX_EVENT_CPU))
		printf("  VM [%" PRIu32 "] %s", event->cpu, text);
	else
		printf("  VM [?] %s", text);
	if (event->count > 1)
		print_count(event);
	putchar('\n');
	return 0;
}

const struct sink text_sink = { text_event, text_lost };

static void text_lost_violations(uint64_t lost)
{
	if (lost)
		printf("-- %" PRIu64 " violation%s no longer held by the module\n", lost,
		       lost == 1 ? " is" : "s are");
}

void text_groups(const struct group_list *groups, uint64_t lost)
{
	char first[48], last[48], text[EVENT_TEXT_SIZE];
	size_t i;

	text_lost_violations(lost);
	for (i = 0; i < groups->n_group; i++) {
		const struct group *group = &groups->group[i];

		event_text(group->first, text, sizeof(text));
		text_time(first, sizeof(first), group->first);
		text_time(last, sizeof(last), group->last);
		printf("%6" PRIu64 "x  %.19s  #%" PRIu64 "  to %.19s  #%" PRIu64 "  %s\n",
		       group->count, first, group->first->seq, last, group->last->seq, text);
	}
}

void text_violations(const struct event_list *list, uint64_t lost)
{
	size_t i;

	text_lost_violations(lost);
	for (i = 0; i < list->n_event; i++)
		text_event(&list->event[i]);
}
