// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl check": can this machine run Shadow-box, and how well? One line for each thing that
 * matters, the verdict as a monitoring plugin gives it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "json.h"
#include "machine.h"
#include "module.h"
#include "netlink.h"
#include "verb.h"

#define IA32_FEATURE_CONTROL	0x3a
#define FEATURE_CONTROL_LOCKED	(1u << 0)
#define FEATURE_CONTROL_VMX	(1u << 2)

struct finding {
	const char *about;
	enum verdict verdict;
	char text[400];
};

/**
 * struct examination - what is known while the lines are made
 * @answers: the module answered with @snapshot; otherwise @failure says why not
 * @active: Linux runs in the guest world, where VT-x is hidden
 */
struct examination {
	struct processor processor;
	bool loaded;
	bool answers;
	bool active;
	struct snapshot snapshot;
	struct failure failure;
	struct module_file file;
	struct failure file_failure;
	bool installed;
	struct finding finding[16];
	size_t n_finding;
};

static const struct option_spec options[] = {
	OPTION_JSON,
	{ 0 }
};

__attribute__((format(printf, 4, 5)))
static void find(struct examination *examination, const char *about, enum verdict verdict,
		 const char *format, ...)
{
	struct finding *finding = &examination->finding[examination->n_finding++];
	va_list args;

	finding->about = about;
	finding->verdict = verdict;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

static void check_processor(struct examination *e)
{
	const struct processor *p = &e->processor;
	const char *model = *p->model ? p->model : "the processor";

	if (e->active)
		find(e, "processor", VERDICT_OK,
		     "VT-x is in use by Shadow-box, which hides it from Linux (%s)", model);
	else if (!p->intel)
		find(e, "processor", VERDICT_FAIL,
		     "%s is not an Intel processor; Shadow-box needs Intel VT-x", model);
	else if (!p->vmx && e->loaded && !e->answers)
		find(e, "processor", VERDICT_UNKNOWN,
		     "VT-x is not to be seen; if Shadow-box is active, that is because it hides it");
	else if (!p->vmx && p->hypervisor)
		find(e, "processor", VERDICT_FAIL,
		     "this virtual machine has no VT-x; switch on nested virtualization in the hypervisor below");
	else if (!p->vmx)
		find(e, "processor", VERDICT_FAIL, "%s does not offer VT-x", model);
	else
		find(e, "processor", VERDICT_OK, "%s offers VT-x", model);
}

/* Without the register there is still what Linux found in it at boot. */
static void check_firmware_by_linux(struct examination *e, int error)
{
	const char *why = error == -ENOENT ? "the msr driver is not loaded" :
			  error == -EACCES || error == -EPERM ? "that needs root" :
			  strerror(-error);

	if (e->processor.kernel_vmx)
		find(e, "firmware", VERDICT_OK,
		     "Linux found VT-x usable at boot (IA32_FEATURE_CONTROL itself cannot be read: %s)",
		     why);
	else
		find(e, "firmware", VERDICT_FAIL,
		     "Linux found VT-x switched off at boot; enable it in the firmware set-up (IA32_FEATURE_CONTROL itself cannot be read: %s)",
		     why);
}

static void check_firmware(struct examination *e)
{
	uint64_t value;
	int error;

	if (e->active || !e->processor.vmx)
		return;
	error = machine_read_msr(0, IA32_FEATURE_CONTROL, &value);
	if (error)
		check_firmware_by_linux(e, error);
	else if (!(value & FEATURE_CONTROL_LOCKED) || (value & FEATURE_CONTROL_VMX))
		find(e, "firmware", VERDICT_OK,
		     "the firmware permits VT-x (IA32_FEATURE_CONTROL is 0x%" PRIx64 ")", value);
	else
		find(e, "firmware", VERDICT_FAIL,
		     "the firmware locks VT-x off (IA32_FEATURE_CONTROL is 0x%" PRIx64 "); enable \"Intel Virtualization Technology\" in the firmware set-up",
		     value);
}

struct feature {
	const char *flag;	/* in the "vmx flags" of /proc/cpuinfo */
	uint32_t bit;		/* in SHADOW_BOX_INFO_FEATURES */
	const char *without;
};

/* What makes Shadow-box better, but is not needed. */
static const struct feature features[] = {
	{ "vpid", SHADOW_BOX_FEATURE_VPID, "VM exits flush the TLB (no VPID)" },
	{ "ept_1gb", SHADOW_BOX_FEATURE_EPT_1G, "more memory for page tables (no 1 GB EPT pages)" },
	{ "preemption_timer", SHADOW_BOX_FEATURE_PREEMPTION_TIMER,
	  "no periodic checks (no VMX-preemption timer)" },
	{ "ept_mode_based_exec", SHADOW_BOX_FEATURE_MBEC,
	  "coarser protection of kernel code (no mode-based execute control)" },
};

static bool has_feature(const struct examination *e, const struct feature *feature)
{
	if (e->active)
		return e->snapshot.info.features & feature->bit;
	return processor_has(&e->processor, feature->flag);
}

static void check_features(struct examination *e)
{
	char missing[300] = "";
	size_t used = 0, i;

	if (!e->active && !*e->processor.vmx_flags)
		return;
	if (!e->active && !processor_has(&e->processor, "ept")) {
		find(e, "features", VERDICT_FAIL,
		     "the processor has no extended page tables (EPT), which Shadow-box needs");
		return;
	}
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (!has_feature(e, &features[i]) && used < sizeof(missing))
			used += (size_t)snprintf(missing + used, sizeof(missing) - used, "%s%s",
						 used ? ", " : "", features[i].without);
	if (used)
		find(e, "features", VERDICT_OK, "all that is needed is there; it could be better: %s",
		     missing);
	else
		find(e, "features", VERDICT_OK, "the processor has all that Shadow-box can use");
}

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
	if (e->installed)
		find(e, "installation", VERDICT_OK, "module %s is installed for kernel %s (%s)",
		     *e->file.version ? e->file.version : "(version unknown)", name.release,
		     e->file.path);
	else
		find(e, "installation", e->loaded ? VERDICT_WARN : VERDICT_FAIL, "%s",
		     e->file_failure.text);
}

static void check_signature(struct examination *e)
{
	enum answer signed_only = machine_signed_only(), secure_boot = machine_secure_boot();

	/* A module that is loaded was accepted; one that is absent cannot be judged. */
	if (e->loaded || !e->installed)
		return;
	if (machine_modules_disabled())
		find(e, "signature", VERDICT_FAIL,
		     "loading of modules is switched off until the next boot (kernel.modules_disabled=1)");
	else if (signed_only == ANSWER_NO || (signed_only == ANSWER_UNKNOWN &&
					      secure_boot == ANSWER_NO))
		find(e, "signature", VERDICT_OK, "this kernel takes unsigned modules");
	else if (!e->file.is_signed)
		find(e, "signature", signed_only == ANSWER_YES ? VERDICT_FAIL : VERDICT_WARN,
		     "%s and the module is not signed; let DKMS sign it, then 'mokutil --import /var/lib/dkms/mok.pub' and reboot",
		     signed_only == ANSWER_YES ? "this kernel takes signed modules only" :
		     "Secure Boot may be on");
	else
		find(e, "signature", VERDICT_OK,
		     "the module is signed by %s; this kernel takes it if that key is enrolled ('mokutil --import /var/lib/dkms/mok.pub')",
		     *e->file.signer ? e->file.signer : "an unnamed key");
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

static void check_running(struct examination *e)
{
	const struct info *info = &e->snapshot.info;
	size_t faults = snapshot_faults(&e->snapshot);

	if (faults)
		find(e, "module", VERDICT_FAIL,
		     "the host stopped on %zu of %" PRIu32 " CPUs after a fault of its own; 'sbctl monitor --backlog' shows it",
		     faults, info->cpus);
	else if (!e->active)
		find(e, "module", VERDICT_OK, "loaded, not active; 'sbctl load' launches it");
	else if (info->cpus_active < info->cpus)
		find(e, "module", VERDICT_WARN,
		     "active, but on %" PRIu32 " of %" PRIu32 " CPUs only (are the others offline?)",
		     info->cpus_active, info->cpus);
	else
		find(e, "module", VERDICT_OK, "active on %" PRIu32 " of %" PRIu32 " CPUs",
		     info->cpus_active, info->cpus);
	if (info->test_build)
		find(e, "build", VERDICT_WARN,
		     "the loaded module is a test build (SHADOW_BOX_TEST=1); not for production");
}

static void check_module(struct examination *e)
{
	if (e->answers)
		check_running(e);
	else if (!e->loaded)
		find(e, "module", VERDICT_OK, "not loaded; 'sbctl load' loads and launches it");
	else if (e->failure.code == SBCTL_PRIVILEGE || e->failure.code == SBCTL_NAMESPACE)
		find(e, "module", VERDICT_UNKNOWN, "loaded; %s", e->failure.text);
	else
		find(e, "module", VERDICT_FAIL, "%s", e->failure.text);
}

static void examine(struct examination *e)
{
	struct channel *channel = channel_open(&e->failure);

	e->loaded = machine_module_loaded();
	e->answers = channel && !channel_snapshot(channel, &e->snapshot, &e->failure);
	channel_close(channel);
	e->active = e->answers && e->snapshot.info.state == SHADOW_BOX_STATE_ACTIVE;
	e->installed = !module_find(&e->file, &e->file_failure);
	machine_processor(&e->processor);
	check_processor(e);
	check_firmware(e);
	check_features(e);
	check_below(e);
	check_other_users(e);
	check_installed(e);
	check_signature(e);
	check_command_line(e);
	check_module(e);
}

/* Worst first: fail, warn, unknown, ok. */
static enum verdict overall(const struct examination *e)
{
	static const int weight[] = {
		[VERDICT_OK] = 0, [VERDICT_UNKNOWN] = 1, [VERDICT_WARN] = 2, [VERDICT_FAIL] = 3,
	};
	enum verdict worst = VERDICT_OK;
	size_t i;

	for (i = 0; i < e->n_finding; i++)
		if (weight[e->finding[i].verdict] > weight[worst])
			worst = e->finding[i].verdict;
	return worst;
}

static const char *const verdict_name[] = {
	[VERDICT_OK] = "ok", [VERDICT_WARN] = "warn", [VERDICT_FAIL] = "fail",
	[VERDICT_UNKNOWN] = "unknown",
};

/* The first line is what Nagios and its kin show. */
static const char *const headline[] = {
	[VERDICT_OK] = "SHADOW-BOX OK - this machine can run Shadow-box",
	[VERDICT_WARN] = "SHADOW-BOX WARNING - this machine can run Shadow-box, with reservations",
	[VERDICT_FAIL] = "SHADOW-BOX CRITICAL - this machine cannot run Shadow-box as it is",
	[VERDICT_UNKNOWN] = "SHADOW-BOX UNKNOWN - not all could be found out",
};

static void print_text(const struct examination *e)
{
	size_t i;

	printf("%s\n", headline[overall(e)]);
	for (i = 0; i < e->n_finding; i++)
		printf("%-8s %-13s %s\n", verdict_name[e->finding[i].verdict],
		       e->finding[i].about, e->finding[i].text);
}

static void print_json(const struct examination *e)
{
	json_t *document = json_document("check"), *list = json_array(), *object;
	size_t i;

	json_object_set_new(document, "result", json_string(verdict_name[overall(e)]));
	for (i = 0; i < e->n_finding; i++) {
		object = json_object();
		json_object_set_new(object, "about", json_string(e->finding[i].about));
		json_object_set_new(object, "result",
				    json_string(verdict_name[e->finding[i].verdict]));
		json_object_set_new(object, "text", json_string(e->finding[i].text));
		json_array_append_new(list, object);
	}
	json_object_set_new(document, "checks", list);
	json_print_pretty(document);
}

static int run(const struct request *request)
{
	struct examination examination = { 0 };

	examine(&examination);
	if (request->json)
		print_json(&examination);
	else
		print_text(&examination);
	snapshot_free(&examination.snapshot);
	return overall(&examination);
}

const struct verb verb_check = {
	.name = "check",
	.summary = "tell whether and how well this machine can run Shadow-box",
	.about = "Tell whether this machine can run Shadow-box, and how well: processor, firmware,\n"
		 "other hypervisors, installed module, signing, state. The exit status is that of\n"
		 "a monitoring plugin: 0 ok, 1 warning, 2 critical, 3 unknown.",
	.options = options,
	.usage_status = VERDICT_UNKNOWN,
	.run = run,
};
