// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sbctl knows of machine and kernel from files in /proc, /sys and /dev: on machines of all
 * kinds, whose files are in a temporary folder, and where files are missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include "link/machine.h"

#include "unit.h"

#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static char root[] = "/tmp/shadow-box-test.XXXXXX";

/* Where a file of the machine is. The texts hold until the call after the next. */
static const char *below_root(const char *path)
{
	static char text[2][512];
	static int turn;

	turn = !turn;
	snprintf(text[turn], sizeof(text[turn]), "%s%s", root, path);
	return text[turn];
}

/* The linker has machine.c call these. */
int __real_open(const char *path, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);
int __real_access(const char *path, int mode);
int __wrap_open(const char *path, int flags, ...);
FILE *__wrap_fopen(const char *path, const char *mode);
int __wrap_access(const char *path, int mode);

int __wrap_open(const char *path, int flags, ...)
{
	return __real_open(below_root(path), flags);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return __real_fopen(below_root(path), mode);
}

int __wrap_access(const char *path, int mode)
{
	return __real_access(below_root(path), mode);
}

/* Makes the folders above @path. */
static void make_folders(const char *path)
{
	char text[512], *slash;

	snprintf(text, sizeof(text), "%s", below_root(path));
	for (slash = strchr(text + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(!mkdir(text, 0700) || errno == EEXIST);
		*slash = '/';
	}
}

static void put_bytes(const char *path, const void *bytes, size_t length)
{
	FILE *file;

	make_folders(path);
	file = __real_fopen(below_root(path), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

static void the_module_shows_in_sys(void **state)
{
	char version[8] = "before";

	(void)state;
	assert_false(machine_module_loaded());
	assert_false(machine_module_version(version, sizeof(version)));
	/* Built into the kernel, it would have parameters only. */
	put("/sys/module/shadow_box/parameters/disable", "N\n");
	assert_false(machine_module_loaded());
	put("/sys/module/shadow_box/initstate", "coming\n");
	assert_true(machine_module_loaded());
	put("/sys/module/shadow_box/version", "1.2.3-long\n");
	assert_true(machine_module_version(version, sizeof(version)));
	assert_string_equal(version, "1.2.3-l");
}

static void a_network_namespace_shows_in_proc(void **state)
{
	(void)state;
	/* Without /proc it is not known. */
	assert_false(machine_foreign_netns());
	put("/proc/sys/net/core/somaxconn", "4096\n");
	assert_true(machine_foreign_netns());
	put("/proc/sys/net/core/netdev_max_backlog", "1000\n");
	assert_false(machine_foreign_netns());
}

static void online_cpus_are_counted(void **state)
{
	static const struct {
		const char *text;
		uint32_t cpus;
	} cases[] = {
		{ "0\n", 1 }, { "0-3\n", 4 }, { "0-3,5,8-9\n", 7 }, { "0-8191\n", 8192 }, { "\n", 0 },
		{ "", 0 }, { "none\n", 0 },
	};
	size_t i;

	(void)state;
	assert_int_equal(machine_online_cpus(), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		put("/sys/devices/system/cpu/online", cases[i].text);
		require_equal(machine_online_cpus(), cases[i].cpus, cases[i].text);
	}
}

/* As the kernel reads its command line: the last one counts. */
static void the_command_line_can_disable(void **state)
{
	static const struct {
		const char *line;
		bool disabled;
	} cases[] = {
		{ "", false }, { "quiet ro\n", false }, { "shadow_box.disable\n", true },
		{ "ro shadow_box.disable=1 quiet\n", true }, { "shadow_box.disable=y\n", true },
		{ "shadow_box.disable=on\n", true }, { "shadow_box.disable=0\n", false },
		{ "shadow_box.disable=off\n", false }, { "shadow_box.disabled=1\n", false },
		{ "xshadow_box.disable=1\n", false }, { "shadow_box.disable=1 shadow_box.disable=0\n", false },
		{ "shadow_box.disable=0\tshadow_box.disable=Y\n", true },
	};
	size_t i;

	(void)state;
	assert_false(machine_disabled());
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		put("/proc/cmdline", cases[i].line);
		require_equal(machine_disabled(), cases[i].disabled, cases[i].line);
	}
}

static void loading_can_be_switched_off(void **state)
{
	(void)state;
	assert_false(machine_modules_disabled());
	put("/proc/sys/kernel/modules_disabled", "0\n");
	assert_false(machine_modules_disabled());
	put("/proc/sys/kernel/modules_disabled", "1\n");
	assert_true(machine_modules_disabled());
}

static void a_lockdown_has_a_mode(void **state)
{
	(void)state;
	assert_string_equal(machine_lockdown(), "");
	put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_string_equal(machine_lockdown(), "none");
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_string_equal(machine_lockdown(), "integrity");
	put("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	assert_string_equal(machine_lockdown(), "confidentiality");
	put("/sys/kernel/security/lockdown", "none integrity [something]\n");
	assert_string_equal(machine_lockdown(), "");
}

static void signatures_can_be_needed(void **state)
{
	(void)state;
	assert_int_equal(machine_signed_only(), ANSWER_UNKNOWN);
	put("/sys/kernel/security/lsm", "capability,yama\n");
	assert_int_equal(machine_signed_only(), ANSWER_NO);
	put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	assert_int_equal(machine_signed_only(), ANSWER_NO);
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_int_equal(machine_signed_only(), ANSWER_YES);
	put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	put("/sys/module/module/parameters/sig_enforce", "Y\n");
	assert_int_equal(machine_signed_only(), ANSWER_YES);
	put("/sys/module/module/parameters/sig_enforce", "N\n");
	assert_int_equal(machine_signed_only(), ANSWER_NO);
}

static void secure_boot_is_a_variable_of_the_firmware(void **state)
{
	(void)state;
	assert_int_equal(machine_secure_boot(), ANSWER_NO);
	put("/sys/firmware/efi/fw_platform_size", "64\n");
	assert_int_equal(machine_secure_boot(), ANSWER_UNKNOWN);
	put_bytes(SECURE_BOOT, "\6\0\0\0\1", 5);
	assert_int_equal(machine_secure_boot(), ANSWER_YES);
	put_bytes(SECURE_BOOT, "\6\0\0\0\0", 5);
	assert_int_equal(machine_secure_boot(), ANSWER_NO);
	put_bytes(SECURE_BOOT, "\6\0\0\0", 4);
	assert_int_equal(machine_secure_boot(), ANSWER_UNKNOWN);
}

static void keys_have_names(void **state)
{
	(void)state;
	assert_int_equal(machine_has_key("DKMS module signing key"), ANSWER_UNKNOWN);
	/* Who is not root sees none of these. */
	put("/proc/keys", "1f 1 perm 1f0000 0 0 keyring   _uid.0: 1\n");
	assert_int_equal(machine_has_key("DKMS module signing key"), ANSWER_UNKNOWN);
	put("/proc/keys", "1f 1 perm 1f0000 0 0 keyring   DKMS module signing key: 1\n"
	    "2f 1 perm 1f0000 0 0 asymmetri Debian: 0a0b: X509.rsa 0a0b []\n");
	assert_int_equal(machine_has_key("DKMS module signing key"), ANSWER_NO);
	put("/proc/keys", "2f 1 perm 1f0000 0 0 asymmetri Debian: 0a0b: X509.rsa 0a0b []\n"
	    "3f 1 perm 1f0000 0 0 asymmetri DKMS module signing key: 0c: X509.rsa 0c []\n");
	assert_int_equal(machine_has_key("DKMS module signing key"), ANSWER_YES);
	assert_int_equal(machine_has_key("signing key"), ANSWER_NO);
}

/* The first paragraph is read, and no more. */
static void the_processor_is_described(void **state)
{
	struct processor processor;

	(void)state;
	machine_processor(&processor);
	assert_string_equal(processor.model, "");
	assert_string_equal(processor.vmx_flags, "");
	assert_false(processor.kernel_vmx);
	assert_false(processor.kernel_fred);
	put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: A Xeon\nflags\t\t: fpu vmx umip\n"
	    "vmx flags\t: vnmi ept unrestricted_guest\nbugs\t\t:\n\n"
	    "processor\t: 1\nmodel name\t: Another\nflags\t\t: fpu\nvmx flags\t: none\n");
	machine_processor(&processor);
	assert_string_equal(processor.model, "A Xeon");
	assert_true(processor.kernel_vmx);
	assert_true(processor_has(&processor, "vnmi"));
	assert_true(processor_has(&processor, "ept"));
	assert_true(processor_has(&processor, "unrestricted_guest"));
	assert_false(processor_has(&processor, "unrestricted"));
	assert_false(processor_has(&processor, "none"));
	assert_false(processor.kernel_fred);
	put("/proc/cpuinfo", "flags\t\t: fpu vmx_other novmx\n");
	machine_processor(&processor);
	assert_false(processor.kernel_vmx);
	put("/proc/cpuinfo", "flags\t\t: fpu vmx fred lkgs\n");
	machine_processor(&processor);
	assert_true(processor.kernel_fred);
}

/* A flag behind a line of all that a processor may have is found. */
static void long_lines_are_read(void **state)
{
	struct processor processor;
	char line[900];
	size_t used = (size_t)snprintf(line, sizeof(line), "vmx flags\t:"), i;

	(void)state;
	for (i = 0; i < 80; i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, " flag_%03zu", i);
	/* A line that has no end was cut. */
	put("/proc/cpuinfo", line);
	machine_processor(&processor);
	assert_false(processor_has(&processor, "flag_000"));
	strcpy(line + used, "\n");
	put("/proc/cpuinfo", line);
	machine_processor(&processor);
	assert_true(processor_has(&processor, "flag_000"));
	assert_true(processor_has(&processor, "flag_079"));
}

static void registers_are_read_by_cpu(void **state)
{
	static const uint64_t value = 0x1122334455667788;
	unsigned char registers[0x3a + 8] = { 0 };
	uint64_t read;

	(void)state;
	assert_int_equal(machine_read_msr(7, 0x3a, &read), -ENOENT);
	memcpy(registers + 0x3a, &value, sizeof(value));
	put_bytes("/dev/cpu/7/msr", registers, sizeof(registers));
	assert_int_equal(machine_read_msr(7, 0x3a, &read), 0);
	assert_int_equal(read, value);
	assert_int_equal(machine_read_msr(0, 0x3a, &read), -ENOENT);
}

static void modules_have_users(void **state)
{
	(void)state;
	assert_int_equal(machine_module_users("kvm_intel"), -1);
	put("/sys/module/kvm_intel/initstate", "live\n");
	assert_int_equal(machine_module_users("kvm_intel"), 0);
	put("/sys/module/kvm_intel/refcnt", "12\n");
	assert_int_equal(machine_module_users("kvm_intel"), 12);
}

/* As the kernel says it elsewhere. */
static void capabilities_are_those_of_the_kernel(void **state)
{
	FILE *file = __real_fopen("/proc/self/status", "r");
	unsigned long long effective = 0;
	char line[256];
	int i, found = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		found += sscanf(line, "CapEff: %llx", &effective) == 1;
	fclose(file);
	assert_int_equal(found, 1);
	for (i = 0; i <= CAP_LAST_CAP; i++)
		require_equal(machine_capable(i), effective >> i & 1, "a capability");
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	return walk->level ? remove(path) : 0;
}

static int empty_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define TEST(test)	cmocka_unit_test_setup(test, empty_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_module_shows_in_sys),
		TEST(a_network_namespace_shows_in_proc),
		TEST(online_cpus_are_counted),
		TEST(the_command_line_can_disable),
		TEST(loading_can_be_switched_off),
		TEST(a_lockdown_has_a_mode),
		TEST(signatures_can_be_needed),
		TEST(secure_boot_is_a_variable_of_the_firmware),
		TEST(keys_have_names),
		TEST(the_processor_is_described),
		TEST(long_lines_are_read),
		TEST(registers_are_read_by_cpu),
		TEST(modules_have_users),
		TEST(capabilities_are_those_of_the_kernel),
	};
	int failed;

	if (!mkdtemp(root))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	empty_root(NULL);
	rmdir(root);
	return failed;
}
