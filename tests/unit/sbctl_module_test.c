// SPDX-License-Identifier: GPL-2.0-only
/*
 * sbctl's dealings with the module as a file, and as something to insert and remove: what each
 * answer of libkmod, which is the test's, becomes for the user.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include <libkmod.h>

#include "link/machine.h"
#include "link/module.h"

#include "unit.h"

/**
 * struct kmod - what libkmod answers
 * @absent: there is no such library
 * @lacks: a function that it does not have
 * @no_context: it cannot be used
 * @path: of the module, NULL if it is not installed
 * @unbuilt: what is kept of the failed build for this kernel; NULL: nothing
 * @options: of modprobe.d
 * @info: pairs of key and value, up to NULL
 * @error: of insertion or removal, 0 or -errno
 * @inserted: with these options
 * @release: of the kernel whose modules are asked for; NULL: the running one
 * @references: to contexts, modules and lists that were given out
 */
static struct kmod {
	bool absent;
	const char *lacks;
	bool no_context;
	const char *path;
	const char *unbuilt;
	const char *options;
	const char *info[16];
	int error;
	const char *inserted;
	unsigned int flags;
	int removed;
	const char *release;
	int references;
	bool capable;
	bool modules_disabled;
	bool disabled;
	enum answer signed_only;
	long users;
} kmod;

static const char *kmod_release(void)
{
	static struct utsname name;

	uname(&name);
	return kmod.release ? kmod.release : name.release;
}

bool machine_capable(int capability)
{
	(void)capability;
	return kmod.capable;
}

bool machine_modules_disabled(void)
{
	return kmod.modules_disabled;
}

bool machine_disabled(void)
{
	return kmod.disabled;
}

enum answer machine_signed_only(void)
{
	return kmod.signed_only;
}

long machine_module_users(const char *module)
{
	assert_string_equal(module, "shadow_box");
	return kmod.users;
}

bool option_is_set(char *words, const char *option)
{
	size_t length = strlen(words), wanted = strlen(option);

	/* Enough for what the test gives it: the last word. */
	return length >= wanted && !strcmp(words + length - wanted, option);
}

/* What is given out is a reference; the objects have no inside. */
static char context, module, list;

static void *give(void *object)
{
	kmod.references++;
	return object;
}

static void *take(void *object)
{
	if (object)
		kmod.references--;
	return NULL;
}

static struct kmod_ctx *fake_kmod_new(const char *directory, const char *const *paths)
{
	static const char folder[] = SBCTL_ROOT "/lib/modules/";

	(void)paths;
	assert_memory_equal(directory, folder, strlen(folder));
	assert_string_equal(directory + strlen(folder), kmod_release());
	errno = ENOSYS;
	return kmod.no_context ? NULL : give(&context);
}

static void fake_kmod_set_log_fn(struct kmod_ctx *ctx, void *log, const void *data)
{
	(void)log;
	(void)data;
	assert_ptr_equal(ctx, &context);
}

static int fake_kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *alias,
					    struct kmod_list **found)
{
	assert_ptr_equal(ctx, &context);
	assert_string_equal(alias, "shadow_box");
	*found = kmod.path ? give(&list) : NULL;
	return 0;
}

static struct kmod_module *fake_kmod_module_get_module(const struct kmod_list *entry)
{
	assert_ptr_equal(entry, &list);
	return give(&module);
}

static int fake_kmod_module_unref_list(struct kmod_list *entry)
{
	take(entry);
	return 0;
}

static const char *fake_kmod_module_get_path(const struct kmod_module *mod)
{
	(void)mod;
	/* A module of that name that is built in has no path. */
	return kmod.path && *kmod.path ? kmod.path : NULL;
}

static struct kmod_module *fake_kmod_module_unref(struct kmod_module *mod)
{
	return take(mod);
}

/* A list of information is an index into the pairs, plus one. */
static int fake_kmod_module_get_info(const struct kmod_module *mod, struct kmod_list **found)
{
	(void)mod;
	*found = kmod.info[0] ? give((void *)1) : NULL;
	return kmod.info[0] ? 1 : -ENOENT;
}

static struct kmod_list *fake_kmod_list_next(const struct kmod_list *all, const struct kmod_list *item)
{
	uintptr_t next = (uintptr_t)item + 2;

	(void)all;
	return kmod.info[next - 1] ? (struct kmod_list *)next : NULL;
}

static const char *fake_kmod_module_info_get_key(const struct kmod_list *item)
{
	return kmod.info[(uintptr_t)item - 1];
}

static const char *fake_kmod_module_info_get_value(const struct kmod_list *item)
{
	return kmod.info[(uintptr_t)item];
}

static void fake_kmod_module_info_free_list(struct kmod_list *all)
{
	take(all);
}

static struct kmod_ctx *fake_kmod_unref(struct kmod_ctx *ctx)
{
	return take(ctx);
}

static const char *fake_kmod_module_get_options(const struct kmod_module *mod)
{
	(void)mod;
	return kmod.options;
}

static int fake_kmod_load_resources(struct kmod_ctx *ctx)
{
	(void)ctx;
	return 0;
}

static int fake_kmod_module_probe_insert_module(struct kmod_module *mod, unsigned int flags,
						const char *options)
{
	assert_ptr_equal(mod, &module);
	kmod.inserted = options;
	kmod.flags = flags;
	return kmod.error;
}

static int fake_kmod_module_new_from_name(struct kmod_ctx *ctx, const char *name,
					  struct kmod_module **found)
{
	(void)ctx;
	assert_string_equal(name, "shadow_box");
	*found = give(&module);
	return 0;
}

static int fake_kmod_module_remove_module(struct kmod_module *mod, unsigned int flags)
{
	(void)flags;
	assert_ptr_equal(mod, &module);
	kmod.removed++;
	return kmod.error;
}

#define FAKE(function)	{ #function, (void *)fake_##function }

static const struct {
	const char *name;
	void *function;
} functions[] = {
	FAKE(kmod_new), FAKE(kmod_set_log_fn), FAKE(kmod_module_new_from_lookup),
	FAKE(kmod_module_get_module), FAKE(kmod_module_unref_list), FAKE(kmod_module_get_path),
	FAKE(kmod_module_unref), FAKE(kmod_module_info_get_key), FAKE(kmod_module_info_get_value),
	FAKE(kmod_module_get_info), FAKE(kmod_module_info_free_list), FAKE(kmod_unref),
	FAKE(kmod_module_get_options), FAKE(kmod_load_resources),
	FAKE(kmod_module_probe_insert_module), FAKE(kmod_module_new_from_name),
	FAKE(kmod_module_remove_module), FAKE(kmod_list_next),
};

/* The linker has module.c call these. */
void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlsym(void *library, const char *name);
char *__wrap_dlerror(void);

void *__wrap_dlopen(const char *name, int flags)
{
	(void)flags;
	assert_string_equal(name, "libkmod.so.2");
	return kmod.absent ? NULL : &kmod;
}

void *__wrap_dlsym(void *library, const char *name)
{
	size_t i;

	assert_ptr_equal(library, &kmod);
	if (kmod.lacks && !strcmp(name, kmod.lacks))
		return NULL;
	for (i = 0; strcmp(functions[i].name, name); i++)
		assert_true(i + 1 < ARRAY_SIZE(functions));
	return functions[i].function;
}

char *__wrap_dlerror(void)
{
	return "no such file";
}

/* A failure of @code whose sentence has @words; all that libkmod gave was given back. */
/* Of all files module.c reads only this one, by a name that tells the kernel. */
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	static const char folder[] = SBCTL_ROOT "/var/lib/shadow-box/unbuilt/";

	assert_memory_equal(path, folder, strlen(folder));
	assert_string_equal(path + strlen(folder), kmod_release());
	assert_string_equal(mode, "re");
	return kmod.unbuilt ? fmemopen((void *)kmod.unbuilt, strlen(kmod.unbuilt), "r") : NULL;
}

static void expect_failure(int result, const struct failure *failure, enum exit_code code,
			   const char *words)
{
	require(result == -1 && failure->code == code && strstr(failure->text, words),
		"%d, code %d: '%s' has no '%s'", result, failure->code, failure->text, words);
	assert_int_equal(kmod.references, 0);
}

static void the_file_is_described(void **state)
{
	struct failure failure = { 0 };
	struct module_file file;

	(void)state;
	kmod.info[0] = "version", kmod.info[1] = "1.2.3";
	kmod.info[2] = "vermagic", kmod.info[3] = "6.1.0-30 SMP preempt mod_unload modversions ";
	assert_int_equal(module_find(&file, &failure), 0);
	assert_string_equal(file.path, "/lib/modules/x/shadow_box.ko");
	assert_string_equal(file.version, "1.2.3");
	assert_string_equal(file.built_for, "6.1.0-30");
	assert_false(file.is_signed);
	assert_false(file.disabled);
	kmod.info[4] = "sig_id", kmod.info[5] = "PKCS#7";
	kmod.info[6] = "signer", kmod.info[7] = "DKMS module signing key";
	kmod.options = "launch=1 disable";
	assert_int_equal(module_find(&file, &failure), 0);
	assert_true(file.is_signed);
	assert_string_equal(file.signer, "DKMS module signing key");
	assert_true(file.disabled);
	assert_int_equal(kmod.references, 0);
}

static void other_kernels_have_theirs(void **state)
{
	struct failure failure = { 0 };
	struct module_file file;

	(void)state;
	kmod.release = "7.3";
	assert_int_equal(module_find_for("7.3", &file, &failure), 0);
	assert_string_equal(file.path, "/lib/modules/x/shadow_box.ko");
	kmod.path = NULL;
	expect_failure(module_find_for("7.3", &file, &failure), &failure, SBCTL_IMPOSSIBLE,
		       "the shadow_box module is not installed for the kernel 7.3; ");
	assert_string_equal(file.built_for, "");
}

/* However long they are. */
static void all_options_are_read(void **state)
{
	struct failure failure = { 0 };
	struct module_file file;
	char options[3000];

	(void)state;
	memset(options, 'x', sizeof(options));
	strcpy(options + sizeof(options) - 9, " disable");
	kmod.options = options;
	assert_int_equal(module_find(&file, &failure), 0);
	assert_true(file.disabled);
}

static void what_is_not_installed_is_said(void **state)
{
	struct failure failure = { 0 };
	struct module_file file;
	struct utsname name;

	(void)state;
	uname(&name);
	kmod.path = NULL;
	expect_failure(module_find(&file, &failure), &failure, SBCTL_IMPOSSIBLE,
		       "the shadow_box module is not installed for the running kernel ");
	assert_non_null(strstr(failure.text, name.release));
	expect_failure(module_insert(&failure), &failure, SBCTL_IMPOSSIBLE, "is not installed");
	kmod.path = "";
	expect_failure(module_find(&file, &failure), &failure, SBCTL_IMPOSSIBLE, "is not installed");
	assert_null(kmod.inserted);
}

static void why_it_was_not_built_is_said(void **state)
{
	struct failure failure = { 0 };
	struct module_file file;

	(void)state;
	kmod.path = NULL;
	kmod.unbuilt = "shadow-box 1 cannot be built for x: this kernel lacks y\nmore\n";
	assert_int_equal(module_find(&file, &failure), -1);
	assert_int_equal(failure.code, SBCTL_IMPOSSIBLE);
	assert_string_equal(failure.text, "shadow-box 1 cannot be built for x: this kernel lacks y");
	kmod.unbuilt = "\n";
	expect_failure(module_find(&file, &failure), &failure, SBCTL_IMPOSSIBLE, "is not installed");
}

static void without_the_library_it_is_said(void **state)
{
	struct failure failure = { 0 };
	struct module_file file;

	(void)state;
	kmod.no_context = true;
	expect_failure(module_find(&file, &failure), &failure, SBCTL_FAILED,
		       "cannot use libkmod: Function not implemented");
	kmod.lacks = "kmod_list_next";
	expect_failure(module_insert(&failure), &failure, SBCTL_FAILED,
		       "cannot use libkmod: it has no kmod_list_next");
	kmod.absent = true;
	expect_failure(module_remove(&failure), &failure, SBCTL_FAILED,
		       "cannot use libkmod: no such file");
}

/* Launching is asked for later, by netlink, which brings reasons. */
static void it_is_inserted_without_a_launch(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	assert_int_equal(module_insert(&failure), 0);
	assert_string_equal(kmod.inserted, "launch=0");
	assert_true(kmod.flags & KMOD_PROBE_FAIL_ON_LOADED);
	kmod.error = -EEXIST;
	assert_int_equal(module_insert(&failure), 1);
	assert_int_equal(kmod.references, 0);
}

static void why_it_is_not_inserted_is_said(void **state)
{
	static const struct {
		int error;
		enum exit_code code;
		const char *words;
	} cases[] = {
		{ ENOENT, SBCTL_IMPOSSIBLE, "it was not built for the running kernel" },
		{ ENOEXEC, SBCTL_IMPOSSIBLE, "it was not built for the running kernel" },
		{ EKEYREJECTED, SBCTL_IMPOSSIBLE, "its signature is missing or its key unknown" },
		{ ENOKEY, SBCTL_IMPOSSIBLE, "its signature is missing or its key unknown" },
		{ EBADMSG, SBCTL_IMPOSSIBLE, "its signature is missing or its key unknown" },
		{ EBUSY, SBCTL_BUSY, "it is being loaded or unloaded just now" },
		{ ENODEV, SBCTL_IMPOSSIBLE, "this machine cannot run it; 'sbctl check' says why" },
		{ EIO, SBCTL_FAILED, "cannot load the module: Input/output error; the kernel log" },
	};
	struct failure failure = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		kmod.error = -cases[i].error;
		expect_failure(module_insert(&failure), &failure, cases[i].code, cases[i].words);
	}
}

/* EPERM may mean five things. */
static void why_it_is_forbidden_is_found_out(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	kmod.error = -EPERM;
	expect_failure(module_insert(&failure), &failure, SBCTL_PRIVILEGE,
		       "permission denied; run sbctl as root");
	kmod.capable = true;
	expect_failure(module_insert(&failure), &failure, SBCTL_PRIVILEGE, "a container");
	kmod.signed_only = ANSWER_YES;
	expect_failure(module_insert(&failure), &failure, SBCTL_IMPOSSIBLE, "signed modules only");
	kmod.options = "disable";
	expect_failure(module_insert(&failure), &failure, SBCTL_DISABLED, "in modprobe.d");
	kmod.disabled = true;
	expect_failure(module_insert(&failure), &failure, SBCTL_DISABLED, "kernel command line");
	kmod.modules_disabled = true;
	expect_failure(module_insert(&failure), &failure, SBCTL_IMPOSSIBLE, "modules_disabled=1");
	expect_failure(module_remove(&failure), &failure, SBCTL_IMPOSSIBLE, "modules_disabled=1");
}

static void it_is_removed(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	assert_int_equal(module_remove(&failure), 0);
	kmod.error = -ENOENT;
	assert_int_equal(module_remove(&failure), 1);
	kmod.users = 3;
	kmod.error = -EAGAIN;
	expect_failure(module_remove(&failure), &failure, SBCTL_BUSY, "it is in use (3 users");
	kmod.users = -1;
	expect_failure(module_remove(&failure), &failure, SBCTL_BUSY, "it is in use (0 users");
	kmod.error = -EBUSY;
	expect_failure(module_remove(&failure), &failure, SBCTL_BUSY, "if that lasts");
	kmod.error = -EIO;
	expect_failure(module_remove(&failure), &failure, SBCTL_FAILED,
		       "cannot unload the module: Input/output error");
	assert_int_equal(kmod.removed, 6);
}

static int reset(void **state)
{
	(void)state;
	kmod = (struct kmod){ .path = "/lib/modules/x/shadow_box.ko" };
	return 0;
}

#define TEST(test)	cmocka_unit_test_setup(test, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_file_is_described),
		TEST(other_kernels_have_theirs),
		TEST(all_options_are_read),
		TEST(what_is_not_installed_is_said),
		TEST(why_it_was_not_built_is_said),
		TEST(without_the_library_it_is_said),
		TEST(it_is_inserted_without_a_launch),
		TEST(why_it_is_not_inserted_is_said),
		TEST(why_it_is_forbidden_is_found_out),
		TEST(it_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
