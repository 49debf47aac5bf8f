// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl version": versions of this tool, of the module in the kernel and of the one installed.
 */
#include <stdio.h>
#include <string.h>

#include "link/machine.h"
#include "link/module.h"
#include "render/json.h"
#include "verbs/verb.h"

static const struct option_spec options[] = {
	OPTION_JSON,
	{ 0 }
};

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static void print_json(const char *loaded, bool is_loaded, const struct module_file *file)
{
	json_t *document = json_document("version");

	json_object_set_new(document, "tool", json_string(SBCTL_VERSION));
	json_object_set_new(document, "interface", json_integer(SHADOW_BOX_FAMILY_VERSION));
	json_object_set_new(document, "module_loaded", json_boolean(is_loaded));
	json_object_set_new(document, "module", text_or_null(loaded));
	json_object_set_new(document, "module_installed", text_or_null(file->version));
	json_object_set_new(document, "module_path", text_or_null(file->path));
	json_print_pretty(document);
}

static void print_text(const char *loaded, bool is_loaded, const struct module_file *file)
{
	printf("sbctl:             %s (interface %d)\n", SBCTL_VERSION, SHADOW_BOX_FAMILY_VERSION);
	if (is_loaded)
		printf("module loaded:     %s\n", *loaded ? loaded : "version unknown");
	else
		printf("module loaded:     no\n");
	if (*file->path)
		printf("module installed:  %s (%s)\n",
		       *file->version ? file->version : "version unknown", file->path);
	else
		printf("module installed:  no\n");
	if (*loaded && strcmp(loaded, SBCTL_VERSION))
		printf("The module in the kernel and this tool are of different releases.\n");
}

static int run(const struct request *request)
{
	struct module_file file;
	struct failure ignored;
	bool is_loaded = machine_module_loaded();
	char loaded[64] = "";

	/* From /sys, so that everybody may ask. */
	if (is_loaded)
		machine_module_version(loaded, sizeof(loaded));
	module_find(&file, &ignored);
	if (request->json)
		print_json(loaded, is_loaded, &file);
	else
		print_text(loaded, is_loaded, &file);
	return SBCTL_OK;
}

const struct verb verb_version = {
	.name = "version",
	.summary = "show the versions of this tool and of the module",
	.about = "Show the versions of this tool, of the module in the kernel and of the module\n"
		 "that is installed for the running kernel. Needs no privilege.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = run,
};
