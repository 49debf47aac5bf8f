// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which kernels are installed, and whether modprobe would find the module there. By the list of
 * modules and not by libkmod, which brings libcrypto along: metrics are written four times a minute.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "link/kernels.h"

#define BOOT_DIRECTORY		SBCTL_ROOT "/boot"

bool kernel_unbuilt(const char *release, char *why, size_t size)
{
	char path[512];
	FILE *file;
	bool found;

	snprintf(path, sizeof(path), STATE_DIRECTORY "/unbuilt/%s", release);
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fgets(why, (int)size, file);
	fclose(file);
	why[found ? strcspn(why, "\n") : 0] = 0;
	return found && *why;
}

/* A folder of modules may be all that is left of a kernel, or be there for the sake of its headers. */
static bool is_installed(const char *release)
{
	char path[512];

	snprintf(path, sizeof(path), BOOT_DIRECTORY "/vmlinuz-%s", release);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), MODULES_DIRECTORY "/%s/vmlinuz", release);
	return !access(path, F_OK);
}

/* Each line is a module's path, a colon, and what it depends on. */
static bool has_module(const char *release)
{
	char path[512], *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), MODULES_DIRECTORY "/%s/modules.dep", release);
	file = fopen(path, "re");
	while (file && !found && getline(&line, &size, file) > 0) {
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, "/shadow_box.ko") != NULL;
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}

static void add_having(struct kernels *kernels, const char *release)
{
	if (kernels->n_having < KERNELS_MAX)
		snprintf(kernels->having[kernels->n_having], sizeof(kernels->having[0]), "%.63s",
			 release);
	kernels->n_having++;
}

static void add_lacking(struct kernels *kernels, const char *release)
{
	size_t used = strlen(kernels->names);

	snprintf(kernels->names + used, sizeof(kernels->names) - used, "%s%s",
		 kernels->lacking ? ", " : "", release);
	if (!kernel_unbuilt(release, kernels->why, sizeof(kernels->why)))
		*kernels->why = '\0';
	kernels->lacking++;
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void kernels_look(struct kernels *kernels)
{
	struct dirent **entry = NULL;
	struct utsname running;
	int i, n = scandir(MODULES_DIRECTORY, &entry, is_name, alphasort);

	*kernels = (struct kernels){ 0 };
	uname(&running);
	for (i = 0; i < n; i++) {
		const char *release = entry[i]->d_name;

		if (!strcmp(release, running.release) || !is_installed(release))
			;
		else if (has_module(release))
			add_having(kernels, release);
		else
			add_lacking(kernels, release);
		free(entry[i]);
	}
	free(entry);
}

/* Protection that it adds, or what keeps Shadow-box from launching where the processor has it. */
static const struct {
	const char *option;
	const char *name;
} options[] = {
	{ "CONFIG_X86_KERNEL_IBT=y\n", "IBT" },
	{ "CONFIG_X86_FRED=y\n", "FRED" },
};

void kernel_options(const char *release, char *text, size_t size)
{
	char line[256], path[512];
	size_t i, used = 0;
	FILE *file;

	*text = '\0';
	snprintf(path, sizeof(path), BOOT_DIRECTORY "/config-%s", release);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (!strcmp(line, options[i].option) && used < size)
				used += (size_t)snprintf(text + used, size - used, "%s%s",
							 used ? ", " : "", options[i].name);
	if (file)
		fclose(file);
}
