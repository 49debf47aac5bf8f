// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel module as a file and as something to insert and remove, through libkmod.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <libkmod.h>
#include <linux/capability.h>

#include "machine.h"
#include "module.h"

#define MODULE_NAME	"shadow_box"
/* sbctl launches by netlink, which brings the reason of a refusal. */
#define MODULE_OPTIONS	"launch=0"

static void no_log(void *data, int priority, const char *file, int line, const char *function,
		   const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)function;
	(void)format;
	(void)args;
}

static struct kmod_ctx *open_kmod(struct failure *failure)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);

	if (!kmod)
		fail(failure, SBCTL_FAILED, "cannot use libkmod: %s", strerror(errno));
	else
		kmod_set_log_fn(kmod, no_log, NULL);
	return kmod;
}

static const char *kernel_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

/* The module among those of the running kernel, or NULL with @failure filled. */
static struct kmod_module *look_up(struct kmod_ctx *kmod, struct failure *failure)
{
	struct kmod_module *module = NULL;
	struct kmod_list *list = NULL;
	int error;

	error = kmod_module_new_from_lookup(kmod, MODULE_NAME, &list);
	if (!error && list)
		module = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	if (module && kmod_module_get_path(module))
		return module;
	kmod_module_unref(module);
	fail(failure, SBCTL_IMPOSSIBLE,
	     "the shadow_box module is not installed for the running kernel %s; install shadow-box-dkms and the headers of this kernel, 'dkms status' shows what was built",
	     kernel_release());
	return NULL;
}

static void take_info(const struct kmod_list *list, struct module_file *file)
{
	const struct kmod_list *item;

	kmod_list_foreach(item, list) {
		const char *key = kmod_module_info_get_key(item);
		const char *value = kmod_module_info_get_value(item);

		if (!strcmp(key, "version"))
			snprintf(file->version, sizeof(file->version), "%s", value);
		else if (!strcmp(key, "sig_id"))
			file->is_signed = true;
		else if (!strcmp(key, "signer"))
			snprintf(file->signer, sizeof(file->signer), "%s", value);
	}
}

int module_find(struct module_file *file, struct failure *failure)
{
	struct kmod_ctx *kmod = open_kmod(failure);
	struct kmod_module *module;
	struct kmod_list *info = NULL;

	memset(file, 0, sizeof(*file));
	if (!kmod)
		return -1;
	module = look_up(kmod, failure);
	if (module) {
		snprintf(file->path, sizeof(file->path), "%s", kmod_module_get_path(module));
		if (kmod_module_get_info(module, &info) >= 0)
			take_info(info, file);
		kmod_module_info_free_list(info);
	}
	kmod_module_unref(module);
	kmod_unref(kmod);
	return module ? 0 : -1;
}

/* EPERM has five possible reasons, of which the kernel tells none. */
static int fail_forbidden(const char *what, struct failure *failure)
{
	if (!machine_capable(CAP_SYS_MODULE))
		return fail(failure, SBCTL_PRIVILEGE,
			    "%s: permission denied; run sbctl as root (it needs CAP_SYS_MODULE)",
			    what);
	if (machine_modules_disabled())
		return fail(failure, SBCTL_IMPOSSIBLE,
			    "%s: loading and unloading of modules is switched off until the next boot (kernel.modules_disabled=1)",
			    what);
	if (machine_disabled())
		return fail(failure, SBCTL_DISABLED,
			    "%s: Shadow-box is disabled on the kernel command line; boot without shadow_box.disable=1",
			    what);
	if (machine_signed_only() == ANSWER_YES)
		return fail(failure, SBCTL_IMPOSSIBLE,
			    "%s: this kernel is locked down and takes signed modules only; 'sbctl check' says how to sign it",
			    what);
	return fail(failure, SBCTL_PRIVILEGE,
		    "%s: the kernel does not permit it (a container, a user namespace or a security module may be why)",
		    what);
}

static int fail_insert(int error, struct failure *failure)
{
	static const char what[] = "cannot load the module";

	switch (error) {
	case EPERM:
	case EACCES:
		return fail_forbidden(what, failure);
	case ENOENT:
	case ENOEXEC:
		return fail(failure, SBCTL_IMPOSSIBLE,
			    "%s: it was not built for the running kernel %s; 'dkms autoinstall' builds it anew, the kernel log has the details",
			    what, kernel_release());
	case EKEYREJECTED:
	case ENOKEY:
	case EBADMSG:
		return fail(failure, SBCTL_IMPOSSIBLE,
			    "%s: its signature is missing or its key unknown to this kernel (Secure Boot); enrol the key with 'mokutil --import' and reboot, 'sbctl check' says which",
			    what);
	case EBUSY:
		return fail(failure, SBCTL_BUSY,
			    "%s: it is being loaded or unloaded just now; try again", what);
	case ENODEV:
		return fail(failure, SBCTL_IMPOSSIBLE,
			    "%s: this machine cannot run it; 'sbctl check' says why", what);
	}
	return fail(failure, SBCTL_FAILED, "%s: %s; the kernel log may say more", what,
		    strerror(error));
}

int module_insert(struct failure *failure)
{
	struct kmod_ctx *kmod = open_kmod(failure);
	struct kmod_module *module;
	int error;

	if (!kmod)
		return -1;
	kmod_load_resources(kmod);
	module = look_up(kmod, failure);
	if (!module) {
		kmod_unref(kmod);
		return -1;
	}
	error = kmod_module_probe_insert_module(module, KMOD_PROBE_FAIL_ON_LOADED, MODULE_OPTIONS,
						NULL, NULL, NULL);
	kmod_module_unref(module);
	kmod_unref(kmod);
	if (!error)
		return 0;
	return error == -EEXIST ? 1 : fail_insert(-error, failure);
}

static int fail_remove(int error, struct failure *failure)
{
	static const char what[] = "cannot unload the module";
	long users = machine_module_users(MODULE_NAME);

	switch (error) {
	case EPERM:
		return fail_forbidden(what, failure);
	case EAGAIN:
		return fail(failure, SBCTL_BUSY,
			    "%s: it is in use (%ld users, see 'lsmod') or locked until the next boot",
			    what, users > 0 ? users : 0);
	case EBUSY:
		return fail(failure, SBCTL_BUSY,
			    "%s: it is being loaded or unloaded just now; if that lasts, the kernel log says why",
			    what);
	}
	return fail(failure, SBCTL_FAILED, "%s: %s; the kernel log may say more", what,
		    strerror(error));
}

int module_remove(struct failure *failure)
{
	struct kmod_ctx *kmod = open_kmod(failure);
	struct kmod_module *module = NULL;
	int error;

	if (!kmod)
		return -1;
	error = kmod_module_new_from_name(kmod, MODULE_NAME, &module);
	if (!error)
		error = kmod_module_remove_module(module, KMOD_REMOVE_NOLOG);
	kmod_module_unref(module);
	kmod_unref(kmod);
	if (!error)
		return 0;
	return error == -ENOENT ? 1 : fail_remove(-error, failure);
}
