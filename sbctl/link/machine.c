// SPDX-License-Identifier: GPL-2.0-only
/*
 * Facts about this machine and its kernel that the module's interface does not tell: processor,
 * firmware, other hypervisors, kernel command line, module signing, namespaces.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "link/machine.h"

#define CPUID1_ECX_VMX		(1u << 5)
#define CPUID1_ECX_HYPERVISOR	(1u << 31)
#define CPUID_HYPERVISOR_LEAF	0x40000000u
#define CPUID7_ECX_UMIP		(1u << 2)
#define CPUID7_ECX_SHSTK	(1u << 7)
#define CPUID7_EDX_IBT		(1u << 20)

#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* Reads a small file as text, without the final newline; its length, or -1. */
static ssize_t read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	if (length < 0)
		return -1;
	text[length] = '\0';
	if (length && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return length;
}

bool machine_module_loaded(void)
{
	/* A module built into the kernel would have the folder, but no state; ours is never one. */
	return !access("/sys/module/shadow_box/initstate", F_OK);
}

bool machine_module_version(char *text, size_t size)
{
	return read_text("/sys/module/shadow_box/version", text, size) > 0;
}

/*
 * The settings that are not of a namespace but of the whole machine are shown in the initial network
 * namespace only (net_core_table in the kernel). Unlike a look at process 1, this needs no privilege
 * and is right in containers, too.
 */
bool machine_foreign_netns(void)
{
	return !access("/proc/sys/net/core/somaxconn", F_OK) &&
	       access("/proc/sys/net/core/netdev_max_backlog", F_OK);
}

bool machine_capable(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

/* "0-3,5,8-9" */
uint32_t machine_online_cpus(void)
{
	char text[4096], *range, *rest = text;
	unsigned int first, last;
	uint32_t cpus = 0;

	if (read_text("/sys/devices/system/cpu/online", text, sizeof(text)) <= 0)
		return 0;
	while ((range = strsep(&rest, ","))) {
		int n = sscanf(range, "%u-%u", &first, &last);

		if (n > 0)
			cpus += n == 2 && last > first ? last - first + 1 : 1;
	}
	return cpus;
}

/* A boolean as the kernel reads it from its command line: "disable" alone means yes. */
static bool is_yes(const char *value)
{
	return !*value || strchr("1yYtT", *value) || !strncasecmp(value, "on", 2);
}

bool option_is_set(char *words, const char *option)
{
	bool is_set = false;
	char *word;

	while ((word = strsep(&words, " \t\n"))) {
		if (strncmp(word, option, strlen(option)))
			continue;
		word += strlen(option);
		/* The last one counts. */
		if (!*word)
			is_set = true;
		else if (*word == '=')
			is_set = is_yes(word + 1);
	}
	return is_set;
}

bool machine_disabled(void)
{
	char line[4096];

	return read_text("/proc/cmdline", line, sizeof(line)) >= 0 &&
	       option_is_set(line, "shadow_box.disable");
}

bool machine_service_enabled(void)
{
	return !access("/etc/systemd/system/sysinit.target.wants/shadow-box.service", F_OK);
}

bool machine_modules_disabled(void)
{
	char text[8];

	return read_text("/proc/sys/kernel/modules_disabled", text, sizeof(text)) > 0 &&
	       text[0] == '1';
}

const char *machine_lockdown(void)
{
	static const char *const modes[] = { "none", "integrity", "confidentiality" };
	char text[128], marked[24];
	size_t i;

	if (read_text("/sys/kernel/security/lockdown", text, sizeof(text)) <= 0)
		return "";
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		/* "none [integrity] confidentiality": the bracket marks the mode in force. */
		snprintf(marked, sizeof(marked), "[%s]", modes[i]);
		if (strstr(text, marked))
			return modes[i];
	}
	return "";
}

/* Lines of /proc/keys end with "asymmetri NAME: IDENTIFIER: TYPE"; who is not root sees none. */
enum answer machine_has_key(const char *name)
{
	FILE *file = fopen("/proc/keys", "re");
	enum answer answer = ANSWER_UNKNOWN;
	char *line = NULL, wanted[192];
	size_t size = 0;

	snprintf(wanted, sizeof(wanted), " asymmetri %s: ", name);
	while (file && getline(&line, &size, file) > 0) {
		if (!strstr(line, " asymmetri"))
			continue;
		answer = ANSWER_NO;
		if (strstr(line, wanted)) {
			answer = ANSWER_YES;
			break;
		}
	}
	free(line);
	if (file)
		fclose(file);
	return answer;
}

enum answer machine_signed_only(void)
{
	char text[128];

	if (read_text("/sys/module/module/parameters/sig_enforce", text, sizeof(text)) > 0 &&
	    text[0] == 'Y')
		return ANSWER_YES;
	if (*machine_lockdown())
		return strcmp(machine_lockdown(), "none") ? ANSWER_YES : ANSWER_NO;
	/* Without the file there is no lockdown, or securityfs is not mounted or not readable. */
	return !access("/sys/kernel/security/lsm", F_OK) ? ANSWER_NO : ANSWER_UNKNOWN;
}

enum answer machine_secure_boot(void)
{
	char text[8];

	if (access("/sys/firmware/efi", F_OK))
		return ANSWER_NO;
	/* Four bytes of attributes, then the value. */
	if (read_text(SECURE_BOOT, text, sizeof(text)) != 5)
		return ANSWER_UNKNOWN;
	return text[4] == 1 ? ANSWER_YES : ANSWER_NO;
}

static void take_cpuid(struct processor *processor)
{
	unsigned int eax, ebx, ecx, edx;
	char vendor[12];

	__cpuid(0, eax, ebx, ecx, edx);
	memcpy(vendor, &ebx, 4);
	memcpy(vendor + 4, &edx, 4);
	memcpy(vendor + 8, &ecx, 4);
	processor->intel = !memcmp(vendor, "GenuineIntel", sizeof(vendor));
	__cpuid(1, eax, ebx, ecx, edx);
	processor->vmx = ecx & CPUID1_ECX_VMX;
	processor->hypervisor = ecx & CPUID1_ECX_HYPERVISOR;
	if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
		processor->umip = ecx & CPUID7_ECX_UMIP;
		processor->cet = ecx & CPUID7_ECX_SHSTK || edx & CPUID7_EDX_IBT;
	}
	if (!processor->hypervisor)
		return;
	__cpuid(CPUID_HYPERVISOR_LEAF, eax, ebx, ecx, edx);
	memcpy(processor->below, &ebx, 4);
	memcpy(processor->below + 4, &ecx, 4);
	memcpy(processor->below + 8, &edx, 4);
}

static bool has_word(const char *list, const char *word)
{
	char spaced[64];

	snprintf(spaced, sizeof(spaced), " %s ", word);
	return strstr(list, spaced) != NULL;
}

bool processor_has(const struct processor *processor, const char *name)
{
	return has_word(processor->vmx_flags, name);
}

/* One line "key : value" of /proc/cpuinfo; the value gets a space at both ends. */
static void take_cpuinfo_line(struct processor *processor, char *line)
{
	char *value = strchr(line, ':'), *end = strchr(line, '\n');

	/* Without its end it is no whole line. */
	if (!value || !end || end < value)
		return;
	*value++ = '\0';
	*end = ' ';
	if (!strncmp(line, "flags\t", 6)) {
		processor->kernel_vmx = has_word(value, "vmx");
		processor->kernel_fred = has_word(value, "fred");
	} else if (!strncmp(line, "vmx flags", 9)) {
		snprintf(processor->vmx_flags, sizeof(processor->vmx_flags), "%s", value);
	} else if (!strncmp(line, "model name", 10)) {
		snprintf(processor->model, sizeof(processor->model), "%.*s",
			 (int)strlen(value) - 2, value + 1);
	}
}

/* The first CPU's paragraph stands for all: Linux refuses to start CPUs that differ. */
static void take_cpuinfo(struct processor *processor)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return;
	while (getline(&line, &size, file) > 1)
		take_cpuinfo_line(processor, line);
	free(line);
	fclose(file);
}

void machine_processor(struct processor *processor)
{
	memset(processor, 0, sizeof(*processor));
	take_cpuid(processor);
	take_cpuinfo(processor);
}

int machine_read_msr(unsigned int cpu, uint32_t msr, uint64_t *value)
{
	char path[40];
	int fd, error = 0;

	snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pread(fd, value, sizeof(*value), msr) != sizeof(*value))
		error = -errno;
	close(fd);
	return error;
}

long machine_module_users(const char *module)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (access(path, F_OK))
		return -1;
	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	return read_text(path, text, sizeof(text)) > 0 ? strtol(text, NULL, 10) : 0;
}
