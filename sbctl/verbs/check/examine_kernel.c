// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl check" on what Shadow-box meets above the processor: other hypervisors, the installed
 * module and whether this kernel takes it, the kernel command line.
 */
#include <string.h>
#include <sys/utsname.h>

#include "verbs/check/examine.h"

static const char import_key[] = "mokutil --import /var/lib/dkms/mok.pub";

static void check_below(struct examination *e)
{
	if (!e->processor.hypervisor)
		find(e, "hypervisor", VERDICT_OK, "no other hypervisor runs below");
	else
		find(e, "hypervisor", VERDICT_WARN,
		     "this is a virtual machine (%s): Shadow-box runs nested and VM exits are slow",
		     *e->processor.below ? e->processor.below : "unnamed hypervisor");
}

static void check_other_users(struct examination *e)
{
	static const char *const others[] = { "kvm_intel", "vboxdrv", "vmmon" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		long users = machine_module_users(others[i]);

		if (users < 0)
			continue;
		if (e->active)
			find(e, "vt-x users", VERDICT_OK,
			     "%s is loaded, but gets no VT-x while Shadow-box is active", others[i]);
		else if (users == 0)
			find(e, "vt-x users", VERDICT_WARN,
			     "%s is loaded and may take VT-x; 'modprobe -r %s' before 'sbctl load'",
			     others[i], others[i]);
		else
			find(e, "vt-x users", VERDICT_FAIL,
			     "%s is in use: stop its virtual machines and 'modprobe -r %s' before 'sbctl load'",
			     others[i], others[i]);
		return;
	}
	find(e, "vt-x users", VERDICT_OK, "neither KVM nor VirtualBox nor VMware is loaded");
}

static void check_installed(struct examination *e)
{
	struct utsname name;

	uname(&name);
	if (e->installed && *e->file.built_for && strcmp(e->file.built_for, name.release))
		find(e, "installation", e->loaded ? VERDICT_WARN : VERDICT_FAIL,
		     "the module that is installed for kernel %s was built for %s and will not load; 'dkms install --force shadow-box/%s -k %s' builds it anew",
		     name.release, e->file.built_for, SBCTL_VERSION, name.release);
	else if (e->installed)
		find(e, "installation", VERDICT_OK, "module %s is installed for kernel %s (%s)",
		     *e->file.version ? e->file.version : "(version unknown)", name.release,
		     e->file.path);
	else
		find(e, "installation", e->loaded ? VERDICT_WARN : VERDICT_FAIL, "%s",
		     e->file_failure.text);
}

/* Who signed is told by the name only, and so are the kernel's keys. */
static void check_signer(struct examination *e, bool needed)
{
	const char *signer = *e->file.signer ? e->file.signer : "an unnamed key";
	enum answer known = machine_has_key(signer);

	if (known == ANSWER_YES)
		find(e, "signature", VERDICT_OK,
		     "the module is signed by %s, a key that this kernel knows", signer);
	else if (!needed)
		find(e, "signature", VERDICT_OK,
		     "the module is signed by %s; this kernel takes unsigned modules, too", signer);
	else if (known == ANSWER_NO)
		find(e, "signature", VERDICT_FAIL,
		     "the module is signed by %s, a key that this kernel does not know; run '%s', reboot, and choose \"Enroll MOK\" with the password you gave",
		     signer, import_key);
	else
		find(e, "signature", VERDICT_UNKNOWN,
		     "the module is signed by %s; whether this kernel knows that key only root can find out",
		     signer);
}

/* A module that is loaded was accepted; one that is absent cannot be judged. */
static void check_signature(struct examination *e)
{
	enum answer signed_only = machine_signed_only(), secure_boot = machine_secure_boot();
	bool needed = signed_only == ANSWER_YES ||
		      (signed_only == ANSWER_UNKNOWN && secure_boot != ANSWER_NO);

	if (e->loaded || !e->installed)
		return;
	if (machine_modules_disabled())
		find(e, "signature", VERDICT_FAIL,
		     "loading of modules is switched off until the next boot (kernel.modules_disabled=1)");
	else if (e->file.is_signed)
		check_signer(e, needed);
	else if (!needed)
		find(e, "signature", VERDICT_OK,
		     "the module is not signed, and this kernel takes unsigned modules");
	else
		find(e, "signature", signed_only == ANSWER_YES ? VERDICT_FAIL : VERDICT_WARN,
		     "%s and the module is not signed; run 'dkms generate_mok' and 'dkms install --force shadow-box/%s', then '%s', reboot, and choose \"Enroll MOK\" with the password you gave",
		     signed_only == ANSWER_YES ? "this kernel takes signed modules only" :
		     "Secure Boot may be on", SBCTL_VERSION, import_key);
}

static void check_secure_boot(struct examination *e)
{
	switch (machine_secure_boot()) {
	case ANSWER_YES:
		find(e, "secure boot", VERDICT_OK,
		     "Secure Boot is on: the kernel was verified before it started");
		break;
	case ANSWER_NO:
		find(e, "secure boot", VERDICT_OK,
		     "Secure Boot is off: nothing verified the kernel that Shadow-box is to protect");
		break;
	default:
		find(e, "secure boot", VERDICT_OK,
		     "whether Secure Boot is on the firmware does not tell here; 'mokutil --sb-state' asks it");
	}
}

static void check_lockdown(struct examination *e)
{
	const char *mode = machine_lockdown();

	if (!*mode)
		find(e, "lockdown", VERDICT_OK, "the kernel does not tell of a lockdown");
	else if (!strcmp(mode, "none"))
		find(e, "lockdown", VERDICT_OK,
		     "the kernel is not locked down: root can load any module, which the policies then hold in check");
	else
		find(e, "lockdown", VERDICT_OK,
		     "the kernel is locked down (%s): modules must be signed", mode);
}

static void check_command_line(struct examination *e)
{
	if (machine_disabled())
		find(e, "command line", VERDICT_FAIL,
		     "Shadow-box is disabled on the kernel command line; boot without shadow_box.disable=1");
	else
		find(e, "command line", VERDICT_OK,
		     "Shadow-box is not disabled on the kernel command line");
}

/* Who disables it there does so for the next time: a module that is loaded goes on. */
static void check_options(struct examination *e)
{
	if (e->file.disabled && !machine_disabled())
		find(e, "modprobe.d", e->loaded ? VERDICT_WARN : VERDICT_FAIL,
		     "Shadow-box is disabled by 'options shadow_box disable=1' in modprobe.d; take that line out");
}

void examine_kernel(struct examination *e)
{
	check_below(e);
	check_other_users(e);
	check_installed(e);
	check_secure_boot(e);
	check_lockdown(e);
	check_signature(e);
	check_command_line(e);
	check_options(e);
}
