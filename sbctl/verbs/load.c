// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl load" and "sbctl unload": insert the module and launch, or return to the bare machine.
 */
#include <stdio.h>

#include <linux/capability.h>

#include "link/boot.h"
#include "link/machine.h"
#include "link/module.h"
#include "link/netlink.h"
#include "render/json.h"
#include "render/text.h"
#include "verbs/verb.h"

static const struct option_spec options[] = {
	OPTION_JSON,
	{ 0 }
};

static void report_json(const char *verb, const char *result, const struct info *info)
{
	json_t *document = json_document(verb);

	json_object_set_new(document, "result", json_string(result));
	if (info) {
		json_object_set_new(document, "version", json_string(info->version));
		json_object_set_new(document, "cpus", json_integer(info->cpus));
		json_object_set_new(document, "cpus_active", json_integer(info->cpus_active));
		json_object_set_new(document, "host_memory_bytes",
				    json_integer((json_int_t)info->host_memory));
	}
	json_print_pretty(document);
}

static void report_load(const struct request *request, bool already, const struct info *info)
{
	char bytes[32], cpus[64];

	if (request->json) {
		report_json("load", already ? "already-active" : "launched", info);
		return;
	}
	if (info->cpus_active == info->cpus)
		snprintf(cpus, sizeof(cpus), "%u CPUs", info->cpus);
	else
		text_cpus(cpus, sizeof(cpus), info);
	printf("Shadow-box %s is %sactive on %s with %s of host memory.\n", info->version,
	       already ? "already " : "", cpus,
	       text_bytes(bytes, sizeof(bytes), info->host_memory));
}

/* Launches by way of a module that is loaded. */
static int launch(const struct request *request, struct failure *failure)
{
	struct channel *channel = channel_open(failure);
	struct info info;
	int started;

	if (!channel)
		return -1;
	started = channel_start(channel, failure);
	if (started >= 0 && channel_info(channel, &info, failure))
		started = -1;
	channel_close(channel);
	if (started < 0)
		return -1;
	report_load(request, started == 1, &info);
	return 0;
}

/* What can be known before the kernel is changed. */
static int may_load(struct failure *failure)
{
	if (!machine_capable(CAP_SYS_MODULE))
		return fail(failure, SBCTL_PRIVILEGE,
			    "cannot load the module: permission denied; run sbctl as root (it needs CAP_SYS_MODULE)");
	if (machine_foreign_netns())
		return fail(failure, SBCTL_NAMESPACE,
			    "cannot launch from here: the module answers only in the initial network namespace; run sbctl there ('nsenter --net=/proc/1/ns/net sbctl load')");
	return 0;
}

int load_module(const struct request *request)
{
	struct failure failure, ignored;
	int inserted = 1;

	if (may_load(&failure))
		return say_failure(&failure);
	if (!machine_module_loaded())
		inserted = module_insert(&failure);
	if (inserted < 0)
		return say_failure(&failure);
	if (!launch(request, &failure))
		return SBCTL_OK;
	/* Leave the machine as it was. */
	if (inserted == 0)
		module_remove(&ignored);
	return say_failure(&failure);
}

/* By hand: it works again, so that the next boot may try, carefully. */
static int load(const struct request *request)
{
	int status = load_module(request);
	enum boot_state state = boot_state();
	bool ends = state == BOOT_LAUNCHING || state == BOOT_HUNG || state == BOOT_BAD;
	struct failure failure;

	if (!status && ends && boot_set(BOOT_NONE, &failure))
		say_failure(&failure);
	return status;
}

/* The kernel does not tell why a module stays; the module itself does. */
static bool is_locked(void)
{
	struct failure ignored;
	struct channel *channel = channel_open(&ignored);
	struct info info;
	bool locked = channel && !channel_info(channel, &info, &ignored) && info.locked;

	channel_close(channel);
	return locked;
}

static int unload(const struct request *request)
{
	struct failure failure;
	int removed = machine_module_loaded() ? module_remove(&failure) : 1;

	if (removed < 0 && failure.code == SBCTL_BUSY && is_locked())
		fail(&failure, SBCTL_LOCKED,
		     "cannot unload the module: it is locked until the machine restarts");
	if (removed < 0)
		return say_failure(&failure);
	if (request->json)
		report_json("unload", removed ? "not-loaded" : "unloaded", NULL);
	else if (removed)
		printf("The shadow_box module is not loaded.\n");
	else
		printf("Shadow-box is unloaded.\n");
	return SBCTL_OK;
}

const struct verb verb_load = {
	.name = "load",
	.summary = "load the module and launch on every online CPU",
	.about = "Load the module shadow_box and launch it on every online CPU. Nothing stays\n"
		 "loaded when the launch fails. It is no error when Shadow-box is active already.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = load,
};

const struct verb verb_unload = {
	.name = "unload",
	.summary = "return Linux to the bare machine and unload the module",
	.about = "Return Linux to the bare machine on every CPU and unload the module. It is no\n"
		 "error when the module is not loaded.",
	.options = options,
	.usage_status = SBCTL_USAGE,
	.run = unload,
};
