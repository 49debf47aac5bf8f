// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metrics renderer: a snapshot for monitoring systems, as OpenMetrics 1.0 or in the older text
 * format of Prometheus, which node_exporter's textfile collector reads.
 *
 * The number of series is bounded: labels are CPUs, exit reasons that this tool has names for and
 * that occurred, policies, and two ways for a violation to end.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "render/metrics.h"

struct writer {
	FILE *file;
	enum metrics_format format;
	const struct family *family;
};

/* In OpenMetrics an information is a type of its own. */
enum type { GAUGE, COUNTER, INFO };

/**
 * struct family - metrics of one name
 * @name: without what the type appends to it
 * @unit: what the name ends with, or NULL
 * @samples: writes them; there is a snapshot of a loaded module
 */
struct family {
	const char *name;
	enum type type;
	const char *unit;
	const char *help;
	void (*samples)(struct writer *writer, const struct snapshot *snapshot);
};

static const char *const suffix[] = { [GAUGE] = "", [COUNTER] = "_total", [INFO] = "_info" };
_Static_assert(sizeof(suffix) / sizeof(suffix[0]) == INFO + 1, "each type has a suffix");

static void head(const struct writer *writer)
{
	static const char *const open[] = { "gauge", "counter", "info" };
	static const char *const prometheus[] = { "gauge", "counter", "gauge" };
	const struct family *family = writer->family;
	bool is_open = writer->format == METRICS_OPENMETRICS;
	/* There, suffixes are not part of the name. */
	const char *end = is_open ? "" : suffix[family->type];

	fprintf(writer->file, "# TYPE shadow_box%s%s %s\n", family->name, end,
		(is_open ? open : prometheus)[family->type]);
	if (is_open && family->unit)
		fprintf(writer->file, "# UNIT shadow_box%s %s\n", family->name, family->unit);
	fprintf(writer->file, "# HELP shadow_box%s%s %s\n", family->name, end, family->help);
}

/* A value, with the labels that are in @format. No label's value has to be escaped. */
__attribute__((format(printf, 3, 4)))
static void sample(struct writer *writer, uint64_t value, const char *format, ...)
{
	va_list args;

	fprintf(writer->file, "shadow_box%s%s", writer->family->name,
		suffix[writer->family->type]);
	va_start(args, format);
	vfprintf(writer->file, format, args);
	va_end(args);
	fprintf(writer->file, " %" PRIu64 "\n", value);
}

#define NO_LABELS	"%s", ""

/* One sample of what @snapshot->info has as @field, if the module tells it. */
#define INFO_SAMPLES(field, attribute) \
static void field##_samples(struct writer *writer, const struct snapshot *snapshot) \
{ \
	if (HAVE(&snapshot->info, SHADOW_BOX_INFO_##attribute)) \
		sample(writer, snapshot->info.field, NO_LABELS); \
}

INFO_SAMPLES(host_memory, HOST_MEMORY)
INFO_SAMPLES(host_memory_used, HOST_MEMORY_USED)
INFO_SAMPLES(events, EVENTS)
INFO_SAMPLES(events_lost, EVENTS_LOST)
INFO_SAMPLES(locked, VIOLATIONS)
INFO_SAMPLES(sweeps, SWEEPS)
INFO_SAMPLES(sweep_slices, SWEEP_SLICES)
INFO_SAMPLES(sweeps_aborted, SWEEPS_ABORTED)
INFO_SAMPLES(sweep_longest, SWEEP_LONGEST)
INFO_SAMPLES(sweep_objects, SWEEP_OBJECTS)

/* A sample for each CPU that has the counter. */
#define CPU_SAMPLES(field, attribute) \
static void field##_samples(struct writer *writer, const struct snapshot *snapshot) \
{ \
	size_t i; \
\
	for (i = 0; i < snapshot->n_cpu; i++) \
		if (HAVE(&snapshot->cpu[i], SHADOW_BOX_CPU_##attribute)) \
			sample(writer, snapshot->cpu[i].field, "{cpu=\"%" PRIu32 "\"}", \
			       snapshot->cpu[i].id); \
}

CPU_SAMPLES(cycles, CYCLES)
CPU_SAMPLES(nmi_guest, NMI_GUEST)
CPU_SAMPLES(nmi_host, NMI_HOST)
CPU_SAMPLES(nmi_redelivered, NMI_REDELIVERED)
CPU_SAMPLES(nmi_coalesced, NMI_COALESCED)

static void version_samples(struct writer *writer, const struct snapshot *snapshot)
{
	if (HAVE(&snapshot->info, SHADOW_BOX_INFO_VERSION))
		sample(writer, 1, "{version=\"%s\",sbctl=\"%s\"}", snapshot->info.version,
		       SBCTL_VERSION);
}

static void active_samples(struct writer *writer, const struct snapshot *snapshot)
{
	sample(writer, snapshot->info.state == SHADOW_BOX_STATE_ACTIVE, NO_LABELS);
}

static void uptime_samples(struct writer *writer, const struct snapshot *snapshot)
{
	if (HAVE(&snapshot->info, SHADOW_BOX_INFO_UPTIME))
		sample(writer, snapshot->info.uptime / 1000000000, NO_LABELS);
}

static void wait_samples(struct writer *writer, const struct snapshot *snapshot)
{
	if (HAVE(&snapshot->info, SHADOW_BOX_INFO_SWEEP_WAIT))
		sample(writer, snapshot->info.sweep_wait / 1000000000, NO_LABELS);
}

static void late_samples(struct writer *writer, const struct snapshot *snapshot)
{
	if (HAVE(&snapshot->info, SHADOW_BOX_INFO_SWEEPS))
		sample(writer, info_sweeps_late(&snapshot->info), NO_LABELS);
}

static void cpu_samples(struct writer *writer, const struct snapshot *snapshot)
{
	static const uint32_t states[] = {
		SHADOW_BOX_CPU_ACTIVE, SHADOW_BOX_CPU_OFF, SHADOW_BOX_CPU_FAULT,
	};
	size_t s, i;

	for (s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
		uint64_t n = 0;

		for (i = 0; i < snapshot->n_cpu; i++)
			n += snapshot->cpu[i].state == states[s];
		sample(writer, n, "{state=\"%s\"}", cpu_state_name(states[s]));
	}
}

/* Reasons without a name, of a newer module, are counted together. */
static void cpu_exit_samples(struct writer *writer, const struct cpu *cpu)
{
	uint64_t unknown = 0;
	size_t i;

	for (i = 0; i < cpu->n_exit; i++) {
		const char *name = exit_name(cpu->exit[i].reason);

		if (!name)
			unknown += cpu->exit[i].count;
		else if (cpu->exit[i].count)
			sample(writer, cpu->exit[i].count, "{cpu=\"%" PRIu32 "\",reason=\"%s\"}",
			       cpu->id, name);
	}
	if (unknown)
		sample(writer, unknown, "{cpu=\"%" PRIu32 "\",reason=\"unknown\"}", cpu->id);
}

static void exit_samples(struct writer *writer, const struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->n_cpu; i++)
		cpu_exit_samples(writer, &snapshot->cpu[i]);
}

/* Calls @write() for each policy that this tool knows. */
static void each_policy(struct writer *writer, const struct snapshot *snapshot,
			void (*write)(struct writer *writer, const struct policy *policy,
				      const char *name))
{
	const struct policy_list *list = &snapshot->policies;
	size_t i;

	for (i = 0; i < list->n_policy; i++)
		if (policy_name(list->policy[i].id))
			write(writer, &list->policy[i], policy_name(list->policy[i].id));
}

static void write_mode(struct writer *writer, const struct policy *policy, const char *name)
{
	if (HAVE(policy, SHADOW_BOX_POLICY_MODE))
		sample(writer, policy->mode, "{policy=\"%s\"}", name);
}

static void mode_samples(struct writer *writer, const struct snapshot *snapshot)
{
	each_policy(writer, snapshot, write_mode);
}

static void write_violations(struct writer *writer, const struct policy *policy, const char *name)
{
	if (!HAVE(policy, SHADOW_BOX_POLICY_VIOLATIONS) ||
	    !HAVE(policy, SHADOW_BOX_POLICY_BLOCKED))
		return;
	/* The two counters are not read at the same moment. */
	sample(writer, policy->violations > policy->blocked ?
		       policy->violations - policy->blocked : 0,
	       "{policy=\"%s\",action=\"logged\"}", name);
	sample(writer, policy->blocked, "{policy=\"%s\",action=\"prevented\"}", name);
}

static void violation_samples(struct writer *writer, const struct snapshot *snapshot)
{
	each_policy(writer, snapshot, write_violations);
}

static void write_patches(struct writer *writer, const struct policy *policy, const char *name)
{
	if (HAVE(policy, SHADOW_BOX_POLICY_PATCHES))
		sample(writer, policy->patches, "{policy=\"%s\"}", name);
}

static void patch_samples(struct writer *writer, const struct snapshot *snapshot)
{
	each_policy(writer, snapshot, write_patches);
}

static void write_looked(struct writer *writer, const struct policy *policy, const char *name)
{
	if (HAVE(policy, SHADOW_BOX_POLICY_LOOKED))
		sample(writer, policy->looked, "{policy=\"%s\"}", name);
}

static void looked_samples(struct writer *writer, const struct snapshot *snapshot)
{
	each_policy(writer, snapshot, write_looked);
}

static void write_odd(struct writer *writer, const struct policy *policy, const char *name)
{
	if (HAVE(policy, SHADOW_BOX_POLICY_ODD))
		sample(writer, policy->odd, "{policy=\"%s\"}", name);
}

static void odd_samples(struct writer *writer, const struct snapshot *snapshot)
{
	each_policy(writer, snapshot, write_odd);
}

static const struct family families[] = {
	{ "", INFO, NULL, "Versions of module and sbctl.", version_samples },
	{ "_active", GAUGE, NULL, "1 if Linux runs in the guest world.", active_samples },
	{ "_locked", GAUGE, NULL, "1 if policies are locked until the machine restarts.",
	  locked_samples },
	{ "_uptime_seconds", GAUGE, "seconds", "Time since the launch.", uptime_samples },
	{ "_cpus", GAUGE, NULL, "CPUs by state: active, off, or stopped by a fault of the host.",
	  cpu_samples },
	{ "_host_memory_bytes", GAUGE, "bytes", "Memory taken from Linux.", host_memory_samples },
	{ "_host_memory_used_bytes", GAUGE, "bytes", "Memory taken from Linux and in use.",
	  host_memory_used_samples },
	{ "_vm_exits", COUNTER, NULL, "VM exits by CPU and basic exit reason.", exit_samples },
	{ "_host_tsc_ticks", COUNTER, NULL, "Ticks of the time-stamp counter spent in the host world.",
	  cycles_samples },
	{ "_guest_nmis", COUNTER, NULL, "NMIs that Linux handled.", nmi_guest_samples },
	{ "_host_nmis", COUNTER, NULL, "NMIs that arrived in the host world.", nmi_host_samples },
	{ "_host_nmis_redelivered", COUNTER, NULL, "Of these, those then delivered to Linux.",
	  nmi_redelivered_samples },
	{ "_host_nmis_coalesced", COUNTER, NULL, "Of these, those that met two not yet delivered ones.",
	  nmi_coalesced_samples },
	{ "_events", COUNTER, NULL, "Events recorded.", events_samples },
	{ "_events_lost", COUNTER, NULL, "Events overwritten before Linux could pass them on.",
	  events_lost_samples },
	{ "_sweeps", COUNTER, NULL, "Sweeps that came to their end.", sweeps_samples },
	{ "_sweep_slices", COUNTER, NULL, "Stays in the host world that sweeps took.",
	  sweep_slices_samples },
	{ "_sweeps_aborted", COUNTER, NULL, "Views that sweeps gave up.", sweeps_aborted_samples },
	{ "_sweep_longest_tsc_ticks", GAUGE, NULL, "The longest of these stays.",
	  sweep_longest_samples },
	{ "_sweep_objects", COUNTER, NULL, "What sweeps have looked at.", sweep_objects_samples },
	{ "_sweep_wait_seconds", GAUGE, "seconds",
	  "Time since the last sweep came to its end, or since a detection was switched on.",
	  wait_samples },
	{ "_sweeps_late", GAUGE, NULL, "1 if detections are on and no sweep comes to its end.",
	  late_samples },
	{ "_sweep_looked_at", GAUGE, NULL, "What the last sweep looked at for each policy.",
	  looked_samples },
	{ "_sweep_suspects", GAUGE, NULL, "Of this, what it found otherwise than it should be.",
	  odd_samples },
	{ "_policy_mode", GAUGE, NULL,
	  "Mode of each policy: 0 off or allow, 1 log, 2 enforce or deny.", mode_samples },
	{ "_violations", COUNTER, NULL, "Violations by policy and what was done about them.",
	  violation_samples },
	{ "_patches", COUNTER, NULL, "Legitimate patches of code that were verified.",
	  patch_samples },
};

static const struct family loaded = {
	"_loaded", GAUGE, NULL, "1 if the module is loaded.", NULL,
};

static void gauge(struct writer *writer, const struct family *family, uint64_t value)
{
	writer->family = family;
	head(writer);
	sample(writer, value, NO_LABELS);
}

/* What somebody should see to; also where the module is not loaded. */
static void print_health(struct writer *writer, const struct health *health)
{
	static const struct family families_of_health[] = {
		{ "_violations_unacknowledged", GAUGE, NULL,
		  "Violations that nobody has acknowledged, of earlier launches too.", NULL },
		{ "_events_lost_unacknowledged", GAUGE, NULL,
		  "Lost events that nobody has acknowledged, of earlier launches too.", NULL },
		{ "_policies_weaker", GAUGE, NULL,
		  "Policies that are weaker than policy.conf wants.", NULL },
		{ "_kernels_lacking_module", GAUGE, NULL,
		  "Installed kernels, other than the running one, without the module.", NULL },
	};
	struct tally open = health_open(health);

	gauge(writer, &families_of_health[0], open.violations);
	gauge(writer, &families_of_health[1], open.lost);
	if (health->active)
		gauge(writer, &families_of_health[2], (uint64_t)__builtin_popcount(health->weaker));
	gauge(writer, &families_of_health[3], health->kernels.lacking);
}

void metrics_print(FILE *file, enum metrics_format format, const struct snapshot *snapshot,
		   const struct health *health)
{
	struct writer writer = { file, format, NULL };
	size_t i;

	gauge(&writer, &loaded, snapshot != NULL);
	for (i = 0; snapshot && i < sizeof(families) / sizeof(families[0]); i++) {
		writer.family = &families[i];
		head(&writer);
		writer.family->samples(&writer, snapshot);
	}
	print_health(&writer, health);
	if (format == METRICS_OPENMETRICS)
		fprintf(file, "# EOF\n");
}
