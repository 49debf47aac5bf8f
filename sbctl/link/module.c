// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel module as a file and as something to insert and remove, through libkmod. The library
 * is loaded when it is needed: it brings libcrypto along, and with it would come two fifths of the
 * memory that "sbctl status" takes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <libkmod.h>
#include <linux/capability.h>

#include "link/kernels.h"
#include "link/machine.h"
#include "link/module.h"

#define MODULE_NAME	"shadow_box"
/* sbctl launches by netlink, which brings the reason of a refusal. */
#define MODULE_OPTIONS	"launch=0"

/* By the name of its interface, as the linker would have it. */
#define LIBKMOD		"libkmod.so.2"

/* What is used of it. */
#define FUNCTIONS(X) \
	X(kmod_new) X(kmod_set_log_fn) X(kmod_module_new_from_lookup) \
	X(kmod_module_get_module) X(kmod_module_unref_list) X(kmod_module_get_path) \
	X(kmod_module_unref) X(kmod_module_info_get_key) X(kmod_module_info_get_value) \
	X(kmod_module_get_info) X(kmod_module_info_free_list) X(kmod_unref) \
	X(kmod_module_get_options) X(kmod_load_resources) X(kmod_module_probe_insert_module) \
	X(kmod_module_new_from_name) X(kmod_module_remove_module) X(kmod_list_next)

static struct {
#define MEMBER(function)	typeof(function) *function;
	FUNCTIONS(MEMBER)
#undef MEMBER
} lib;

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

static int load_library(struct failure *failure)
{
	void *library = dlopen(LIBKMOD, RTLD_NOW);

	if (!library)
		return fail(failure, SBCTL_FAILED, "cannot use libkmod: %s", dlerror());
#define LOAD(function) \
	lib.function = (typeof(lib.function))dlsym(library, #function); \
	if (!lib.function) \
		return fail(failure, SBCTL_FAILED, "cannot use libkmod: it has no " #function);
	FUNCTIONS(LOAD)
#undef LOAD
	return 0;
}

static const char *kernel_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

static struct kmod_ctx *open_kmod(const char *release, struct failure *failure)
{
	char folder[sizeof(MODULES_DIRECTORY) + RELEASES_SIZE];
	struct kmod_ctx *kmod;

	if (load_library(failure))
		return NULL;
	snprintf(folder, sizeof(folder), MODULES_DIRECTORY "/%s", release);
	kmod = lib.kmod_new(folder, NULL);
	if (!kmod)
		fail(failure, SBCTL_FAILED, "cannot use libkmod: %s", strerror(errno));
	else
		lib.kmod_set_log_fn(kmod, no_log, NULL);
	return kmod;
}

static void fail_not_installed(const char *release, struct failure *failure)
{
	bool running = !strcmp(release, kernel_release());
	char why[SENTENCE_SIZE / 2];

	if (kernel_unbuilt(release, why, sizeof(why)))
		fail(failure, SBCTL_IMPOSSIBLE, "%s", why);
	else
		fail(failure, SBCTL_IMPOSSIBLE,
		     "the shadow_box module is not installed for the %skernel %s; install shadow-box-dkms and the headers of this kernel, if it is there 'dkms install --force shadow-box/%s -k %s' builds it",
		     running ? "running " : "", release, SBCTL_VERSION, release);
}

/* The module among those of that kernel, or NULL with @failure filled. */
static struct kmod_module *look_up(struct kmod_ctx *kmod, const char *release,
				   struct failure *failure)
{
	struct kmod_module *module = NULL;
	struct kmod_list *list = NULL;
	int error;

	error = lib.kmod_module_new_from_lookup(kmod, MODULE_NAME, &list);
	if (!error && list)
		module = lib.kmod_module_get_module(list);
	lib.kmod_module_unref_list(list);
	if (module && lib.kmod_module_get_path(module))
		return module;
	lib.kmod_module_unref(module);
	fail_not_installed(release, failure);
	return NULL;
}

/* The options that modprobe would give it, from modprobe.d and the kernel command line. */
static bool options_disable(const struct kmod_module *module)
{
	const char *options = lib.kmod_module_get_options(module);
	char *words = options ? strdup(options) : NULL;
	bool disable = words && option_is_set(words, "disable");

	free(words);
	return disable;
}

static void take_info(const struct kmod_list *list, struct module_file *file)
{
	const struct kmod_list *item;

	for (item = list; item; item = lib.kmod_list_next(list, item)) {
		const char *key = lib.kmod_module_info_get_key(item);
		const char *value = lib.kmod_module_info_get_value(item);

		if (!strcmp(key, "version"))
			snprintf(file->version, sizeof(file->version), "%s", value);
		else if (!strcmp(key, "vermagic"))
			snprintf(file->built_for, sizeof(file->built_for), "%.*s",
				 (int)strcspn(value, " "), value);
		else if (!strcmp(key, "sig_id"))
			file->is_signed = true;
		else if (!strcmp(key, "signer"))
			snprintf(file->signer, sizeof(file->signer), "%s", value);
	}
}

int module_find_for(const char *release, struct module_file *file, struct failure *failure)
{
	struct kmod_ctx *kmod = open_kmod(release, failure);
	struct kmod_module *module;
	struct kmod_list *info = NULL;

	memset(file, 0, sizeof(*file));
	if (!kmod)
		return -1;
	module = look_up(kmod, release, failure);
	if (module) {
		snprintf(file->path, sizeof(file->path), "%s", lib.kmod_module_get_path(module));
		file->disabled = options_disable(module);
		if (lib.kmod_module_get_info(module, &info) >= 0)
			take_info(info, file);
		lib.kmod_module_info_free_list(info);
	}
	lib.kmod_module_unref(module);
	lib.kmod_unref(kmod);
	return module ? 0 : -1;
}

int module_find(struct module_file *file, struct failure *failure)
{
	return module_find_for(kernel_release(), file, failure);
}

/* EPERM has more possible reasons, of which the kernel tells none. */
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
	if (machine_signed_only() == ANSWER_YES)
		return fail(failure, SBCTL_IMPOSSIBLE,
			    "%s: this kernel is locked down and takes signed modules only; 'sbctl check' says how to sign it",
			    what);
	return fail(failure, SBCTL_PRIVILEGE,
		    "%s: the kernel does not permit it (a container, a user namespace or a security module may be why)",
		    what);
}

static int fail_disabled(const char *what, struct failure *failure)
{
	if (machine_disabled())
		return fail(failure, SBCTL_DISABLED,
			    "%s: Shadow-box is disabled on the kernel command line; boot without shadow_box.disable=1",
			    what);
	return fail(failure, SBCTL_DISABLED,
		    "%s: Shadow-box is disabled by 'options shadow_box disable=1' in modprobe.d; take that line out",
		    what);
}

/* @disabled: the options that it was given say so. */
static int fail_insert(int error, bool disabled, struct failure *failure)
{
	static const char what[] = "cannot load the module";

	switch (error) {
	case EPERM:
	case EACCES:
		if (disabled && !machine_modules_disabled())
			return fail_disabled(what, failure);
		return fail_forbidden(what, failure);
	case ENOENT:
	case ENOEXEC:
		return fail(failure, SBCTL_IMPOSSIBLE,
			    "%s: it was not built for the running kernel %s; 'dkms install --force shadow-box/%s -k %s' builds it anew, the kernel log has the details",
			    what, kernel_release(), SBCTL_VERSION, kernel_release());
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
	struct kmod_ctx *kmod = open_kmod(kernel_release(), failure);
	struct kmod_module *module;
	bool disabled;
	int error;

	if (!kmod)
		return -1;
	lib.kmod_load_resources(kmod);
	module = look_up(kmod, kernel_release(), failure);
	if (!module) {
		lib.kmod_unref(kmod);
		return -1;
	}
	disabled = options_disable(module);
	error = lib.kmod_module_probe_insert_module(module, KMOD_PROBE_FAIL_ON_LOADED, MODULE_OPTIONS,
						NULL, NULL, NULL);
	lib.kmod_module_unref(module);
	lib.kmod_unref(kmod);
	if (!error)
		return 0;
	return error == -EEXIST ? 1 : fail_insert(-error, disabled, failure);
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
			    "%s: it is in use (%ld users, see 'lsmod')",
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
	struct kmod_ctx *kmod = open_kmod(kernel_release(), failure);
	struct kmod_module *module = NULL;
	int error;

	if (!kmod)
		return -1;
	error = lib.kmod_module_new_from_name(kmod, MODULE_NAME, &module);
	if (!error)
		error = lib.kmod_module_remove_module(module, KMOD_REMOVE_NOLOG);
	lib.kmod_module_unref(module);
	lib.kmod_unref(kmod);
	if (!error)
		return 0;
	return error == -ENOENT ? 1 : fail_remove(-error, failure);
}
