// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process, as Linux tells of it now: whoever owns the kernel can have it say what he likes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "link/process.h"

#define PROC		"/proc"
#define NS_PER_SECOND	UINT64_C(1000000000)
/* Of /proc/PID/stat, counted from the state, which follows the name, as 0. */
#define FIELD_PARENT	1
#define FIELD_START	19

/* What a process chose may have anything in it. */
static void make_printable(char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = text[i] ? '?' : ' ';
}

/* Reads a file of process @pid as a text; false if that cannot be done. */
static bool read_text(uint32_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	size_t length;
	FILE *file;

	*text = '\0';
	snprintf(path, sizeof(path), PROC "/%" PRIu32 "/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(text, 1, size - 1, file);
	fclose(file);
	while (length && (text[length - 1] == '\n' || !text[length - 1]))
		length--;
	make_printable(text, length);
	text[length] = '\0';
	return true;
}

static void read_program(uint32_t pid, struct process *process)
{
	char path[64], program[PROCESS_TEXT];
	ssize_t length;

	snprintf(path, sizeof(path), PROC "/%" PRIu32 "/exe", pid);
	length = readlink(path, program, sizeof(program) - 1);
	program[length > 0 ? length : 0] = '\0';
	make_printable(program, strlen(program));
	snprintf(process->program, sizeof(process->program), "%s", program);
}

/* A number of /proc/PID/stat. The name before the fields may have anything in it, but not after its ")". */
static uint64_t stat_field(const char *stat, int field)
{
	const char *at = strrchr(stat, ')');
	uint64_t number = 0;

	at = at ? at + 1 : "";
	for (; *at && field > 0; field--)
		at = at + 1 + strcspn(at + 1, " ");
	sscanf(at, " %" SCNu64, &number);
	return number;
}

/* When the machine was started, in seconds since 1970. */
static uint64_t boot_time(void)
{
	FILE *file = fopen(PROC "/stat", "re");
	uint64_t seconds = 0;
	char line[256];

	while (file && !seconds && fgets(line, sizeof(line), file))
		sscanf(line, "btime %" SCNu64, &seconds);
	if (file)
		fclose(file);
	return seconds;
}

/* The number may have been given to another one since; a second is as exact as the start is known. */
static bool began_later(const char *stat, uint64_t time)
{
	uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t began = boot_time() + stat_field(stat, FIELD_START) / ticks;

	return began > time / NS_PER_SECOND + 1;
}

static void read_owner(uint32_t pid, uint32_t *uid)
{
	char status[2048];
	const char *at;

	read_text(pid, "status", status, sizeof(status));
	at = strstr(status, "?Uid:?");
	if (at)
		sscanf(at + 6, "%" SCNu32, uid);
}

bool process_read(uint32_t pid, uint64_t time, struct process *process)
{
	char stat[1024], group[PROCESS_TEXT];
	const char *path;

	*process = (struct process){ 0 };
	if (!read_text(pid, "stat", stat, sizeof(stat)) || began_later(stat, time))
		return false;
	process->parent = (uint32_t)stat_field(stat, FIELD_PARENT);
	read_text(process->parent, "comm", process->parent_name, sizeof(process->parent_name));
	read_text(pid, "cmdline", process->command, sizeof(process->command));
	read_program(pid, process);
	read_owner(pid, &process->uid);
	read_text(pid, "cgroup", group, sizeof(group));
	/* "0::/system.slice/ssh.service" */
	path = strrchr(group, ':');
	snprintf(process->group, sizeof(process->group), "%s", path ? path + 1 : "");
	return true;
}
