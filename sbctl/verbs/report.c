// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl report": one text file for whoever is to find out why Shadow-box does not do on a machine what
 * it should. Nothing in it tells whose machine that is.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "link/capabilities.h"
#include "link/netlink.h"
#include "link/state.h"
#include "render/text.h"
#include "verbs/check/examine.h"
#include "verbs/verb.h"

#define DEFAULT_FILE	"shadow-box-report.txt"

static const char contents[] =
	"It has: versions of sbctl, module and kernel; what 'sbctl check' finds; modes, counters\n"
	"and counts of violations; Shadow-box's lines of the kernel log, but for single violations;\n"
	"the memory map and memory types (MTRRs); CPUID and VMX capabilities of the processor.\n"
	"It does not have: names of this machine, of users, programs or processes; serial numbers;\n"
	"addresses of networks, or of the kernel in memory.\n";

static void heading(const char *text)
{
	printf("\n== %s\n", text);
}

static void print_versions(void)
{
	struct utsname kernel;
	struct module_file file;
	struct failure failure;
	char loaded[64] = "";

	heading("versions");
	uname(&kernel);
	machine_module_version(loaded, sizeof(loaded));
	printf("sbctl %s, interface %d\n", SBCTL_VERSION, SHADOW_BOX_FAMILY_VERSION);
	printf("module loaded: %s\n", *loaded ? loaded : "none");
	if (module_find(&file, &failure))
		printf("module installed: none\n");
	else
		printf("module installed: %s, for %s\n", file.version, file.built_for);
	printf("kernel %s, %s\n", kernel.release, kernel.version);
}

static void print_findings(const struct examination *e)
{
	size_t i;

	heading("sbctl check");
	for (i = 0; i < e->n_finding; i++)
		printf("%-8s %-13s %s\n", verdict_name(e->finding[i].verdict),
		       e->finding[i].about, e->finding[i].text);
}

static void print_state(const struct examination *e)
{
	heading("state");
	if (!e->answers) {
		printf("%s\n", e->failure.text);
		return;
	}
	text_status(&e->snapshot, true);
	heading("policies");
	text_policies(&e->snapshot.policies, true);
	heading("counters");
	text_counters(&e->snapshot, -1, true);
}

/* The text of a line of /dev/kmsg, if it is one of ours that may be told: a violation names programs. */
static const char *own_line(const char *record, size_t *violations)
{
	const char *text = strchr(record, ';');

	if (!text || strncmp(text + 1, "shadow-box: ", strlen("shadow-box: ")))
		return NULL;
	if (!strstr(text, " violation "))
		return text + 1;
	++*violations;
	return NULL;
}

/* Each read gives one line; EPIPE: some were overwritten meanwhile. */
static void print_kernel_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t violations = 0;
	const char *line;
	char record[8192];
	ssize_t size;

	heading("kernel log");
	if (fd < 0) {
		printf("cannot be read: %s\n", strerror(errno));
		return;
	}
	while ((size = read(fd, record, sizeof(record) - 1)) > 0 || (size < 0 && errno == EPIPE)) {
		record[size > 0 ? size : 0] = '\0';
		record[strcspn(record, "\n")] = '\0';
		line = own_line(record, &violations);
		if (line)
			printf("%s\n", line);
	}
	close(fd);
	printf("(and %zu lines on violations)\n", violations);
}

/* @outer: only lines that are not indented: what lies within the memory of the kernel says where it is. */
static void print_file(const char *title, const char *path, bool outer)
{
	FILE *file = fopen(path, "re");
	char line[256];

	heading(title);
	if (!file) {
		printf("%s cannot be read: %s\n", path, file_error(errno));
		return;
	}
	while (fgets(line, sizeof(line), file))
		if (!outer || *line != ' ')
			fputs(line, stdout);
	fclose(file);
}

static void print_capabilities(void)
{
	struct failure failure;

	heading("capabilities of the processor");
	if (capabilities_write(stdout, &failure))
		printf("cannot be read: %s\n", failure.text);
}

static void print_report(void)
{
	struct examination examination = { 0 };

	examine_machine(&examination);
	printf("Report on Shadow-box, made by 'sbctl report'.\n%s", contents);
	print_versions();
	print_findings(&examination);
	print_state(&examination);
	print_kernel_log();
	print_file("memory map", "/proc/iomem", true);
	print_file("memory types", "/proc/mtrr", false);
	print_capabilities();
	snapshot_free(&examination.snapshot);
}

/* All of it, from functions that print. NULL: no memory. */
static char *compose(void)
{
	FILE *real = stdout, *memory;
	char *text = NULL;
	size_t size;

	memory = open_memstream(&text, &size);
	if (!memory)
		return NULL;
	stdout = memory;
	print_report();
	stdout = real;
	if (!fclose(memory))
		return text;
	free(text);
	return NULL;
}

static bool is_word(const char *text, const char *at, size_t size)
{
	return !(at > text && isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[size]);
}

/* The name of the machine can stand anywhere: a key that signs modules is often called after it. */
static void blot_out_name(char *text)
{
	struct utsname machine;
	size_t size;
	char *at;

	uname(&machine);
	size = strcspn(machine.nodename, ".");
	machine.nodename[size] = '\0';
	for (at = text; size && (at = strstr(at, machine.nodename)); at += size)
		if (is_word(text, at, size))
			memset(at, 'X', size);
}

static int cannot_write(const char *path)
{
	say("report: cannot write %s: %s", path, strerror(errno));
	return errno == EACCES || errno == EPERM ? SBCTL_PRIVILEGE : SBCTL_FAILED;
}

static int write_to(const char *path, const char *text)
{
	if (!strcmp(path, "-"))
		return fputs(text, stdout) < 0 ? SBCTL_FAILED : SBCTL_OK;
	printf("The report is written to %s.\n%s", path, contents);
	output_flush();
	if (file_replace(path, text, 0600))
		return cannot_write(path);
	return SBCTL_OK;
}

static int run(const struct request *request)
{
	const char *path = request->n_operand ? request->operand[0] : DEFAULT_FILE;
	char *text;
	int status;

	if (request->n_operand > 1) {
		say("report: superfluous argument '%s'; 'sbctl report --help' lists what is possible",
		    request->operand[1]);
		return SBCTL_USAGE;
	}
	if (strcmp(path, "-") && !access(path, F_OK)) {
		say("report: %s is there already; name another file, or remove it", path);
		return SBCTL_FAILED;
	}
	text = compose();
	if (!text) {
		say("report: no memory");
		return SBCTL_FAILED;
	}
	blot_out_name(text);
	status = write_to(path, text);
	free(text);
	return status;
}

static const struct option_spec options[] = {
	{ 0 }
};

const struct verb verb_report = {
	.name = "report",
	.summary = "write one file for a bug report, with nothing personal in it",
	.operands = "[FILE]",
	.about = "Write all that helps to find out why Shadow-box does not do on this machine what\n"
		 "it should: versions, what 'sbctl check' finds, modes, counters, kernel log,\n"
		 "memory map and capabilities of the processor. What is in it, and what is not, is\n"
		 "said first, and again at its beginning. The file is " DEFAULT_FILE "\n"
		 "in the current folder, FILE, or, if that is '-', standard output. As root,\n"
		 "before 'sbctl load' and with the msr driver loaded it tells most.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};
