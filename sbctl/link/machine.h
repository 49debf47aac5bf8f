/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts about this machine and its kernel that the module's interface does not tell: processor,
 * firmware, other hypervisors, kernel command line, module signing, namespaces.
 */
#ifndef SBCTL_MACHINE_H
#define SBCTL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The answer of a file that may be missing or forbidden. */
enum answer {
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_UNKNOWN,
};

/* The module is in the kernel (also while it is being loaded or removed). */
bool machine_module_loaded(void);
/* Version of the loaded module as /sys tells it; false when it does not. */
bool machine_module_version(char *text, size_t size);
/* This process lives in another network namespace than the initial one. */
bool machine_foreign_netns(void);
/* Effective capability number @capability (CAP_SYS_MODULE, ...), in whatever user namespace. */
bool machine_capable(int capability);

/* CPUs that are online, or 0 if that is not known. */
uint32_t machine_online_cpus(void);

/* The boolean @option is set in @words, which it changes, as the kernel reads it there. */
bool option_is_set(char *words, const char *option);
/* shadow_box.disable is set on the kernel command line. */
bool machine_disabled(void);
/* shadow-box.service is to launch it at boot. */
bool machine_service_enabled(void);
/* kernel.modules_disabled is set: no module can be loaded until the next boot. */
bool machine_modules_disabled(void);
/* The kernel takes signed modules only (Secure Boot with lockdown, or module.sig_enforce). */
enum answer machine_signed_only(void);
enum answer machine_secure_boot(void);
/* "integrity", "confidentiality", "none", or "" if it is not known. */
const char *machine_lockdown(void);
/* The kernel has a key of that name, to judge signatures by. */
enum answer machine_has_key(const char *name);

/**
 * struct processor - what the CPUID instruction and /proc/cpuinfo say
 * @intel: "GenuineIntel"
 * @vmx: CPUID offers VMX
 * @hypervisor: runs below another hypervisor
 * @below: its signature, such as "KVMKVMKVM", or empty
 * @model: model name, or empty
 * @kernel_vmx: the kernel found VMX usable at boot ("vmx" among the flags of /proc/cpuinfo)
 * @vmx_flags: the "vmx flags" line of /proc/cpuinfo, with a space at both ends, or empty
 * @umip: user-mode instruction prevention
 * @cet: control-flow enforcement: shadow stacks or indirect-branch tracking
 * @kernel_fred: the kernel uses FRED ("fred" among the flags, which fred=off takes away)
 */
struct processor {
	bool intel;
	bool vmx;
	bool hypervisor;
	char below[13];
	char model[96];
	bool kernel_vmx;
	char vmx_flags[1024];
	bool umip;
	bool cet;
	bool kernel_fred;
};

void machine_processor(struct processor *processor);
/* @name is among the "vmx flags". */
bool processor_has(const struct processor *processor, const char *name);

/* Reads an MSR through the msr driver; 0, or -errno (ENOENT: the driver is not loaded). */
int machine_read_msr(unsigned int cpu, uint32_t msr, uint64_t *value);

/* Use count of a loaded module (0 when it has none), or -1 when it is not loaded. */
long machine_module_users(const char *module);

#endif
