// SPDX-License-Identifier: GPL-2.0-only
/*
 * "sbctl check" on machines that are not at hand: what it finds, advises and returns. Facts about
 * the machine come from here instead of machine.c and module.c.
 */
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "link/boot.h"
#include "link/health.h"
#include "link/machine.h"
#include "link/module.h"
#include "sbctl_module.h"
#include "verbs/check/examine.h"

#include "unit.h"

/* cmocka has a macro of that name. */
#undef fail

#define IA32_FEATURE_CONTROL	0x3a
#define ALL_FLAGS	" ept vpid unrestricted_guest ept_1gb preemption_timer ept_mode_based_exec "

/**
 * struct facts - what there is to be found
 * @feature_control: IA32_FEATURE_CONTROL, or -errno
 * @kvm_users: of kvm_intel, -1 if it is not loaded
 */
static struct facts {
	struct processor processor;
	int64_t feature_control;
	long kvm_users;
	bool disabled;
	bool enabled;
	bool modules_disabled;
	enum answer signed_only;
	enum answer secure_boot;
	enum answer has_key;
	const char *lockdown;
	bool installed;
	struct module_file file;
	int loads;
	int load_status;
	enum boot_state state_at_load;
} facts;

void machine_processor(struct processor *processor)
{
	*processor = facts.processor;
}

bool processor_has(const struct processor *processor, const char *name)
{
	return strstr(processor->vmx_flags, name) != NULL;
}

int machine_read_msr(unsigned int cpu, uint32_t msr, uint64_t *value)
{
	if (msr != IA32_FEATURE_CONTROL)
		return -ENOENT;
	*value = (uint64_t)facts.feature_control;
	return facts.feature_control < 0 ? (int)facts.feature_control : 0;
}

long machine_module_users(const char *name)
{
	return strcmp(name, "kvm_intel") ? -1 : facts.kvm_users;
}

bool machine_disabled(void)
{
	return facts.disabled;
}

bool machine_service_enabled(void)
{
	return facts.enabled;
}

bool machine_modules_disabled(void)
{
	return facts.modules_disabled;
}

enum answer machine_signed_only(void)
{
	return facts.signed_only;
}

enum answer machine_secure_boot(void)
{
	return facts.secure_boot;
}

enum answer machine_has_key(const char *name)
{
	return facts.has_key;
}

const char *machine_lockdown(void)
{
	return facts.lockdown;
}

/* What "boot start" calls; what the file says meanwhile is kept. */
int load_module(const struct request *request)
{
	facts.loads++;
	facts.state_at_load = boot_state();
	return facts.load_status;
}

int module_find(struct module_file *file, struct failure *failure)
{
	*file = facts.file;
	return facts.installed ? 0 : fail(failure, SBCTL_IMPOSSIBLE, "not installed");
}

/* Of other kernels there is a file for each, which says what module_find_for() would have read. */
int module_find_for(const char *release, struct module_file *file, struct failure *failure)
{
	char path[256];
	FILE *said;
	int n;

	*file = (struct module_file){ 0 };
	snprintf(path, sizeof(path), SBCTL_ROOT "/module-for/%s", release);
	said = fopen(path, "r");
	if (!said)
		return fail(failure, SBCTL_IMPOSSIBLE, "the module for %s is gone", release);
	n = fscanf(said, "%63s %63s %127[^\n]", file->version, file->built_for, file->signer);
	file->is_signed = n == 3;
	fclose(said);
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
	return remove(path);
}

/* Makes a file of the machine, and the folders above it. */
static void put(const char *path, const char *text)
{
	char name[256], *slash;
	FILE *file;

	snprintf(name, sizeof(name), SBCTL_ROOT "%s", path);
	for (slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(!mkdir(name, 0700) || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(name, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Its whole text; it holds until the next call. */
static const char *get(const char *path)
{
	static char text[512];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* A machine without a fault, and the module not loaded. */
static int reset(void **state)
{
	(void)state;
	nftw(SBCTL_ROOT, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	put("/var/lib/dpkg", "");
	module_reset();
	module.absent = true;
	facts = (struct facts){
		.processor = { .intel = true, .vmx = true, .model = "A Xeon", .kernel_vmx = true,
			       .vmx_flags = ALL_FLAGS, .umip = true, .cet = true },
		.feature_control = 5, .kvm_users = -1, .lockdown = "none", .installed = true,
		.file = { .path = "/x.ko", .version = "1.2.3" },
	};
	return 0;
}

/* "check" returns @status, and has each of the lines that follow, up to NULL. */
static void expect(int status, ...)
{
	const struct output *output = run_verb(&verb_check, "check");
	const char *line;
	va_list lines;

	require(output->status == status, "status %d, not %d: %s", output->status, status,
		output->out);
	va_start(lines, status);
	while ((line = va_arg(lines, const char *)))
		require(strstr(output->out, line) != NULL, "no '%s' in '%s'", line, output->out);
	va_end(lines);
	assert_string_equal(output->error, "");
}

static void a_good_machine_is_all_right(void **state)
{
	(void)state;
	expect(VERDICT_OK, "SHADOW-BOX OK - this machine can run Shadow-box\n"
	       "ok       processor     A Xeon offers VT-x\n"
	       "ok       firmware      the firmware permits VT-x (IA32_FEATURE_CONTROL is 0x5)\n"
	       "ok       ept           extended page tables (EPT) with 2 MB pages: memory is protected page by page\n"
	       "ok       ept 1 GB      1 GB pages in the EPT: few page tables, fewer TLB misses\n"
	       "ok       vpid          virtual-processor identifiers (VPID): VM exits leave the TLB alone\n",
	       "\nok       signature     the module is not signed, and this kernel takes unsigned modules\n",
	       "\nok       module        not loaded; 'sbctl load' loads and launches it\n", NULL);
}

static void what_is_missing_is_told_with_its_price(void **state)
{
	(void)state;
	strcpy(facts.processor.vmx_flags, " ept unrestricted_guest ");
	facts.processor.umip = facts.processor.cet = false;
	expect(VERDICT_OK, "4 KB more page tables for each GB", "each VM exit empties the TLB",
	       "programs that execute SGDT, SIDT, SLDT or STR take a VM exit",
	       "no control-flow enforcement (CET)", "no mode-based execute control (MBEC)", NULL);
	strcpy(facts.processor.vmx_flags, " vpid ");
	expect(VERDICT_FAIL, "fail     ept           the processor lacks extended page tables (EPT)", NULL);
	strcpy(facts.processor.vmx_flags, " ept ");
	expect(VERDICT_FAIL, "fail     ept           the processor lacks unrestricted guest", NULL);
}

static void processor_and_firmware_can_forbid_it(void **state)
{
	(void)state;
	facts.feature_control = 1;
	expect(VERDICT_FAIL, "SHADOW-BOX CRITICAL - ",
	       "the firmware locks VT-x off (IA32_FEATURE_CONTROL is 0x1); enable \"Intel Virtualization Technology\"",
	       NULL);
	facts.feature_control = -EACCES;
	facts.processor.kernel_vmx = false;
	expect(VERDICT_FAIL, "Linux found VT-x switched off at boot", "that needs root", NULL);
	facts.processor.vmx = false;
	expect(VERDICT_FAIL, "fail     processor     A Xeon does not offer VT-x", NULL);
	facts.processor.hypervisor = true;
	strcpy(facts.processor.below, "KVMKVMKVM");
	expect(VERDICT_FAIL, "switch on nested virtualization in the hypervisor below",
	       "warn     hypervisor    this is a virtual machine (KVMKVMKVM)", NULL);
	facts.processor.intel = false;
	expect(VERDICT_FAIL, "A Xeon is not an Intel processor", NULL);
}

/* Where Linux says that it uses it: with fred=off it does not. */
static void fred_is_to_be_switched_off(void **state)
{
	(void)state;
	facts.processor.kernel_fred = true;
	expect(VERDICT_FAIL, "SHADOW-BOX CRITICAL - ", "fail     fred          ", "boot it with 'fred=off'", NULL);
}

static void kvm_is_in_the_way(void **state)
{
	(void)state;
	facts.kvm_users = 0;
	expect(VERDICT_WARN, "SHADOW-BOX WARNING - ", "'modprobe -r kvm_intel' before 'sbctl load'", NULL);
	facts.kvm_users = 2;
	expect(VERDICT_FAIL, "kvm_intel is in use: stop its virtual machines", NULL);
}

static void secure_boot_comes_with_commands(void **state)
{
	(void)state;
	facts.secure_boot = facts.signed_only = ANSWER_YES;
	facts.lockdown = "integrity";
	expect(VERDICT_FAIL, "ok       secure boot   Secure Boot is on",
	       "the kernel is locked down (integrity): modules must be signed",
	       "run 'dkms generate_mok' and 'dkms install --force shadow-box/1.2.3', then 'mokutil --import /var/lib/dkms/mok.pub', reboot, and choose \"Enroll MOK\"",
	       NULL);
	facts.file.is_signed = true;
	strcpy(facts.file.signer, "DKMS module signing key");
	expect(VERDICT_FAIL, "signed by DKMS module signing key, a key that this kernel does not know; run 'mokutil --import",
	       NULL);
	facts.has_key = ANSWER_UNKNOWN;
	expect(VERDICT_UNKNOWN, "SHADOW-BOX UNKNOWN - ", "only root can find out", NULL);
	facts.has_key = ANSWER_YES;
	expect(VERDICT_OK, "a key that this kernel knows", NULL);
	facts.modules_disabled = true;
	expect(VERDICT_FAIL, "kernel.modules_disabled=1", NULL);
}

static void an_installation_can_be_missing_or_disabled(void **state)
{
	(void)state;
	facts.disabled = true;
	expect(VERDICT_FAIL, "boot without shadow_box.disable=1", NULL);
	/* The options have those of the command line, too: it is said once. */
	facts.file.disabled = true;
	assert_null(strstr(run_verb(&verb_check, "check")->out, "modprobe.d"));
	facts.disabled = false;
	expect(VERDICT_FAIL, "\nok       command line  Shadow-box is not disabled",
	       "\nfail     modprobe.d    Shadow-box is disabled by 'options shadow_box disable=1' in modprobe.d; take that line out\n",
	       NULL);
	facts.file.disabled = facts.installed = false;
	expect(VERDICT_FAIL, "fail     installation  not installed\n", NULL);
}

/* Who may not ask the module cannot know whether it hides VT-x. */
static void who_is_not_root_is_told_to_be(void **state)
{
	(void)state;
	facts.processor.vmx = false;
	module.absent = false;
	fail(&module.silence, SBCTL_PRIVILEGE, "permission denied; run sbctl as root");
	expect(VERDICT_UNKNOWN, "unknown  processor     VT-x is not to be seen; if Shadow-box is active, that is because it hides it; run sbctl as root to tell\n",
	       "unknown  module        loaded; permission denied; run sbctl as root\n", NULL);
	fail(&module.silence, SBCTL_NAMESPACE, "elsewhere");
	expect(VERDICT_UNKNOWN, "that is because it hides it\n", NULL);
}

static void an_active_module_tells_more(void **state)
{
	struct cpu cpu = { .have = ~0u, .state = SHADOW_BOX_CPU_FAULT };

	(void)state;
	module.absent = false;
	facts.processor.vmx = false;
	module.info.cpus = module.info.cpus_active = 2;
	module.info.features = SHADOW_BOX_FEATURE_VPID;
	module.policies.policy[SHADOW_BOX_POLICY_IDT].mode = SHADOW_BOX_MODE_LOG;
	expect(VERDICT_OK, "VT-x is in use by Shadow-box, which hides it from Linux (A Xeon)",
	       "VM exits leave the TLB alone", "no 1 GB pages in the EPT",
	       "ok       module        active on 2 of 2 CPUs\n",
	       "ok       policies      enforce host-memory; log idt; off kernel-text, ",
	       "'sbctl lock' ends that", NULL);
	module.info.locked = true;
	expect(VERDICT_OK, "policies are locked until the machine restarts", NULL);
	module.info.cpus_active = 1;
	expect(VERDICT_WARN, "active, but on 1 of 2 CPUs only: on 1 more Linux runs on the bare machine", NULL);
	module.info.cpus_online = 2;
	expect(VERDICT_WARN, "active, but on 1 of 2 CPUs only: on 1 more", NULL);
	/* On a CPU that is offline nothing runs that would have to be protected. */
	module.info.cpus_online = 1;
	expect(VERDICT_OK, "ok       module        active on 1 of 2 CPUs (1 offline)\n", NULL);
	module.info.cpus = 4;
	module.info.cpus_online = 3;
	expect(VERDICT_WARN, "active, but on 1 of 4 CPUs (1 offline) only: on 2 more", NULL);
	module.info.cpus = 2;
	module.info.cpus_online = 0;
	module.info.test_build = true;
	expect(VERDICT_WARN, "test build", NULL);
	module.cpu = &cpu;
	module.n_cpu = 1;
	expect(VERDICT_FAIL, "the host stopped on 1 of 2 CPUs after a fault of its own", NULL);
}

/* Active, with @violations and @lost counted so far in launch @launch. */
static void launched(uint64_t launch, uint64_t violations, uint64_t lost)
{
	module.absent = false;
	facts.processor.vmx = false;
	module.info.cpus = module.info.cpus_active = 2;
	module.info.launch_id = launch;
	module.info.violations = violations;
	module.info.events_lost = lost;
	module.info.events = 100;
}

static void violations_are_critical_until_acknowledged(void **state)
{
	const struct output *output;

	(void)state;
	launched(0x11, 0, 0);
	expect(VERDICT_OK, "SHADOW-BOX OK - active, and there is nothing to see to\n",
	       "\nok       violations    none that is not acknowledged\n",
	       "\nok       events        none was lost\n", NULL);
	/* Nothing happened, so nothing was written. */
	assert_int_equal(access(LEDGER_FILE, F_OK), -1);
	launched(0x11, 144, 3);
	expect(VERDICT_FAIL, "SHADOW-BOX CRITICAL - violations: 144 violations, not acknowledged; 'sbctl violations' ",
	       "\nfail     events        3 events were lost before Linux passed them on", NULL);
	output = run_verb(&verb_ack, "ack");
	assert_int_equal(output->status, SBCTL_OK);
	assert_string_equal(output->out, "Acknowledged: 144 violations and 3 lost events of this launch, those before #100. Open: 0 and 0.\n");
	expect(VERDICT_OK, "SHADOW-BOX OK - ", NULL);
	launched(0x11, 145, 3);
	expect(VERDICT_FAIL, "1 violation since #99 was acknowledged; 'sbctl violations --since 100' ", NULL);
}

/* Who restarts the machine does not make anybody forget. */
static void a_restart_acknowledges_nothing(void **state)
{
	(void)state;
	launched(0x11, 5, 0);
	expect(VERDICT_FAIL, "5 violations, not acknowledged", NULL);
	/* In the next launch, which counts from 0; and before it, without any module. */
	module.absent = true;
	expect(VERDICT_FAIL, "5 violations, not acknowledged", NULL);
	launched(0x12, 0, 0);
	expect(VERDICT_FAIL, "of earlier launches: 5 violations and 0 lost events that nobody acknowledged", NULL);
	launched(0x13, 2, 1);
	expect(VERDICT_FAIL, "2 violations, not acknowledged", "of earlier launches: 5 violations", "1 event was lost", NULL);
	/* Part of this launch is not the earlier ones. */
	module.info.violations = 0;
	module_happens(&(struct event){ .have = ~0ul, .seq = 7, .type = SHADOW_BOX_EVENT_VIOLATION });
	module_happens(&(struct event){ .have = ~0ul, .seq = 9, .type = SHADOW_BOX_EVENT_VIOLATION });
	assert_string_equal(run_verb(&verb_ack, "ack 7")->out,
			    "Acknowledged: 1 violations and 0 lost events of this launch, those before #8. Open: 6 and 1.\n");
	expect(VERDICT_FAIL, "1 violation since #7 was acknowledged", "of earlier launches: 5 violations", NULL);
	assert_int_equal(run_verb(&verb_ack, "ack")->status, SBCTL_OK);
	expect(VERDICT_OK, "SHADOW-BOX OK", NULL);
	assert_string_equal(get(LEDGER_FILE), "launch 13\nnext-seq 10\nacknowledged 2 violations 1 lost\n"
			    "seen 2 violations 1 lost\nearlier 0 violations 0 lost\n");
}

/* What the rings dropped may have come after what is acknowledged. */
static void what_was_not_seen_is_not_acknowledged(void **state)
{
	(void)state;
	launched(0x11, 8, 0);
	module_happens(&(struct event){ .have = ~0ul, .seq = 20, .type = SHADOW_BOX_EVENT_VIOLATION });
	module_happens(&(struct event){ .have = ~0ul, .seq = 30, .type = SHADOW_BOX_EVENT_VIOLATION });
	/* Ten, of which two are held: of the eight nobody knows that they were before #15. */
	assert_int_equal(run_verb(&verb_ack, "ack 15")->status, SBCTL_OK);
	expect(VERDICT_FAIL, "10 violations since #15", NULL);
	/* But before #20, for rings drop the oldest. */
	assert_int_equal(run_verb(&verb_ack, "ack 20")->status, SBCTL_OK);
	expect(VERDICT_FAIL, "1 violation since #20", NULL);
	/* Less than before takes nothing back. */
	assert_int_equal(run_verb(&verb_ack, "ack 1")->status, SBCTL_OK);
	expect(VERDICT_FAIL, "1 violation since #20", NULL);
}

static void expect_refusal(const char *line, int status, const char *sentence)
{
	const struct output *output = run_verb(&verb_ack, line);

	assert_int_equal(output->status, status);
	assert_string_equal(output->out, "");
	require(strstr(output->error, sentence) != NULL, "no '%s' in '%s'", sentence, output->error);
}

static void wrong_acknowledgements_are_refused(void **state)
{
	(void)state;
	expect_refusal("ack 1", SBCTL_NOT_RUNNING, "not loaded");
	launched(0x11, 1, 0);
	expect_refusal("ack x", SBCTL_USAGE, "ack: no number of a violation: 'x'; ");
	expect_refusal("ack -1", SBCTL_USAGE, "ack: unknown option '-1'; ");
	expect_refusal("ack 99999999999999999999", SBCTL_USAGE, "ack: no number of a violation: ");
	expect_refusal("ack 1 2", SBCTL_USAGE, "ack: superfluous argument '2'; ");
	expect_refusal("ack 100", SBCTL_FAILED, "ack: there is no #100 yet, the last event is #99");
	put("/var/lib/shadow-box", "no folder");
	expect_refusal("ack", SBCTL_FAILED, "cannot write " LEDGER_FILE ": Not a directory");
}

static void a_damaged_ledger_is_said_and_replaced(void **state)
{
	static const char *const damaged[] = {
		"", "launch", "launch 11\nnext-seq 1\nacknowledged 1 violations 0 lost\nseen 1 violations 0 lost\n",
		"launch 11\nnext-seq 1\nacknowledged 9 violations 0 lost\nseen 1 violations 0 lost\nearlier 0 violations 0 lost\n",
		"launch 11\nnext-seq 1\nacknowledged 1 violations 0 lost\nseen 1 violations 0 lost\nearlier 0 violations 0 lost\nx",
	};
	size_t i;

	(void)state;
	launched(0x11, 1, 0);
	for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		put("/var/lib/shadow-box/acknowledged", damaged[i]);
		expect(VERDICT_FAIL, "\nfail     acknowledged  " LEDGER_FILE " is damaged: nothing counts as acknowledged",
		       "1 violation, not acknowledged", NULL);
		assert_string_equal(get(LEDGER_FILE), damaged[i]);
	}
	assert_int_equal(run_verb(&verb_ack, "ack")->status, SBCTL_OK);
	expect(VERDICT_OK, "SHADOW-BOX OK", NULL);
}

static void weaker_than_configured_is_critical(void **state)
{
	(void)state;
	launched(0x11, 0, 0);
	put("/etc/shadow-box/policy.conf", "idt log\nbpf = deny\nmsrs off\n");
	expect(VERDICT_FAIL, "weaker than root/etc/shadow-box/policy.conf wants: idt, bpf; 'sbctl policy apply", NULL);
	module.policies.policy[SHADOW_BOX_POLICY_BPF].mode = SHADOW_BOX_MODE_ENFORCE;
	module.policies.policy[SHADOW_BOX_POLICY_IDT].mode = SHADOW_BOX_MODE_ENFORCE;
	expect(VERDICT_OK, "no policy is weaker than", NULL);
	put("/etc/shadow-box/policy.conf", "idt loud\n");
	expect(VERDICT_FAIL, "\nfail     configuration root/etc/shadow-box/policy.conf:1: idt cannot be set to 'loud'", NULL);
}

static void sweeps_that_are_late_are_a_warning(void **state)
{
	const char *out;

	(void)state;
	launched(0x11, 0, 0);
	module.info.sweep_period = 100;
	module.info.sweep_wait = 5300999999;
	expect(VERDICT_OK, "\nok       sweeps        detections look each 100 ms\n", NULL);
	out = run_verb(&verb_metrics, "metrics")->out;
	require(strstr(out, "\nshadow_box_sweeps_late 0\n") &&
		strstr(out, "\nshadow_box_sweep_wait_seconds 5\n"), "%s", out);
	module.info.sweep_wait = 63301000000;
	expect(VERDICT_WARN, "WARNING - sweeps: none has come to its end for 1 min 03 s, though one is due each 100 ms", NULL);
	out = run_verb(&verb_metrics, "metrics")->out;
	require(strstr(out, "\nshadow_box_sweeps_late 1\n") != NULL, "%s", out);
	/* No detection is on. */
	module.info.have &= ~(1u << SHADOW_BOX_INFO_SWEEP_WAIT);
	expect(VERDICT_OK, "SHADOW-BOX OK", NULL);
}

static void kernels_without_the_module_are_critical(void **state)
{
	char path[256];
	struct utsname name;

	(void)state;
	put("/boot/vmlinuz-6.1.0-30", "");
	put("/lib/modules/6.1.0-30/modules.dep", "kernel/a.ko: kernel/b.ko\nupdates/dkms/shadow_box.ko.xz:\n");
	put("/module-for/6.1.0-30", "1.2.3 6.1.0-30");
	/* Only its headers, or what was left of it. */
	put("/lib/modules/6.1.0-31/modules.dep", "kernel/a.ko:\n");
	/* The running one has a line of its own. */
	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/vmlinuz", name.release);
	put(path, "");
	expect(VERDICT_OK, "\nok       kernels       no other installed kernel lacks the module\n", NULL);
	put("/lib/modules/6.1.0-31/vmlinuz", "");
	expect(VERDICT_FAIL, "CRITICAL - kernels: 1 installed kernel has no module and would start without Shadow-box: 6.1.0-31; ", NULL);
	put("/var/lib/shadow-box/unbuilt/6.1.0-31", "shadow-box 1 cannot be built for 6.1.0-31: it lacks y\nmore\n");
	expect(VERDICT_FAIL, "\nfail     kernels       shadow-box 1 cannot be built for 6.1.0-31: it lacks y\n", NULL);
	put("/boot/vmlinuz-7.3", "");
	put("/lib/modules/7.3/modules.builtin", "");
	expect(VERDICT_FAIL, "2 installed kernels have no module and would start without Shadow-box: 6.1.0-31, 7.3; ", NULL);
}

static void have_module(const char *release, const char *module)
{
	char path[256];

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	put(path, "updates/dkms/shadow_box.ko:\n");
	snprintf(path, sizeof(path), "/lib/modules/%s/vmlinuz", release);
	put(path, "");
	snprintf(path, sizeof(path), "/module-for/%s", release);
	put(path, module);
}

static void the_modules_of_other_kernels_are_described(void **state)
{
	char release[16];
	int i;

	(void)state;
	have_module("6.1.0-30", "1.2.3 6.1.0-30");
	have_module("7.3", "1.2.3 7.3 DKMS module signing key");
	put("/boot/config-7.3", "# CONFIG_X86_FRED_NOT=y\nCONFIG_X86_KERNEL_IBT=y\nCONFIG_X86_FRED=y\n");
	put("/boot/config-6.1.0-30", "# CONFIG_X86_KERNEL_IBT is not set\n");
	expect(VERDICT_OK, "\nok       kernels       6.1.0-30 has module 1.2.3, built for it, not signed\n",
	       "\nok       kernels       7.3 has module 1.2.3, built for it, signed by DKMS module signing key; this kernel brings IBT, FRED\n",
	       NULL);
	facts.signed_only = ANSWER_YES;
	expect(VERDICT_FAIL, "\nfail     kernels       6.1.0-30 has a module that is not signed, and signed modules only are taken here; ",
	       "-k 6.1.0-30'\n", "\nok       kernels       7.3 has module", NULL);
	facts.signed_only = ANSWER_NO;
	have_module("6.1.0-30", "1.2.3 6.1.0-29");
	expect(VERDICT_FAIL, "CRITICAL - kernels: 6.1.0-30 has a module that was built for 6.1.0-29 and will not load; 'dkms install --force shadow-box/", NULL);
	assert_true(!remove(SBCTL_ROOT "/module-for/6.1.0-30"));
	expect(VERDICT_FAIL, "\nfail     kernels       the module for 6.1.0-30 is gone\n", NULL);
	have_module("6.1.0-30", "1.2.3 6.1.0-30");
	for (i = 0; i < KERNELS_MAX; i++) {
		snprintf(release, sizeof(release), "8.%d", i);
		have_module(release, "1.2.3 8.0");
	}
	expect(VERDICT_FAIL, "\nok       kernels       2 more have a module, which was not looked at\n", NULL);
}

/* Where dkms was given the wrong headers. */
static void a_module_for_another_kernel_is_critical(void **state)
{
	struct utsname name;

	(void)state;
	uname(&name);
	strcpy(facts.file.built_for, name.release);
	expect(VERDICT_OK, "\nok       installation  module 1.2.3 is installed for kernel ", NULL);
	strcpy(facts.file.built_for, "6.1.0-29");
	expect(VERDICT_FAIL, "\nfail     installation  the module that is installed for kernel ", " was built for 6.1.0-29 and will not load; ", NULL);
}

static void an_enabled_service_that_did_not_launch_is_critical(void **state)
{
	(void)state;
	facts.enabled = true;
	expect(VERDICT_FAIL, "CRITICAL - module: not loaded, though shadow-box.service is enabled", NULL);
	module.absent = false;
	module.info.state = SHADOW_BOX_STATE_IDLE;
	expect(VERDICT_FAIL, "\nfail     module        loaded, not active; ", NULL);
}

static void metrics_tell_it_too(void **state)
{
	const char *out;

	(void)state;
	launched(0x11, 3, 2);
	put("/etc/shadow-box/policy.conf", "idt log\nbpf deny\n");
	put("/boot/vmlinuz-7.3", "");
	put("/lib/modules/7.3/modules.builtin", "");
	out = run_verb(&verb_metrics, "metrics --format=prometheus")->out;
	require(strstr(out, "\nshadow_box_violations_unacknowledged 3\n") &&
		strstr(out, "\nshadow_box_events_lost_unacknowledged 2\n") &&
		strstr(out, "\nshadow_box_policies_weaker 2\n") &&
		strstr(out, "\nshadow_box_kernels_lacking_module 1\n"), "%s", out);
	/* They were written down: without the module they are open still. */
	module.absent = true;
	out = run_verb(&verb_metrics, "metrics")->out;
	require(strstr(out, "\nshadow_box_violations_unacknowledged 3\n") &&
		!strstr(out, "policies_weaker"), "%s", out);
}

static void boots(int status, enum boot_state after)
{
	const struct output *output = run_verb(&verb_boot, "boot start");

	require(output->status == status, "status %d: %s", output->status, output->error);
	assert_int_equal(boot_state(), after);
}

/* What the last boot set of idt, bpf. */
static void expect_modes(uint32_t idt, uint32_t bpf)
{
	assert_int_equal(module.set.n_setting, 3);
	assert_int_equal(module.set.setting[0].mode, idt);
	assert_int_equal(module.set.setting[1].mode, SHADOW_BOX_MODE_ENFORCE);
	assert_int_equal(module.set.setting[2].mode, bpf);
}

static void a_boot_prevents_only_after_one_that_was_good(void **state)
{
	(void)state;
	module.absent = false;
	put("/etc/shadow-box/policy.conf", "idt enforce\nbpf deny\nhost-memory enforce\n");
	boots(SBCTL_OK, BOOT_CAREFUL);
	assert_int_equal(facts.state_at_load, BOOT_LAUNCHING);
	expect_modes(SHADOW_BOX_MODE_LOG, SHADOW_BOX_MODE_LOG);
	assert_int_equal(run_verb(&verb_boot, "boot confirm")->status, SBCTL_OK);
	expect_modes(SHADOW_BOX_MODE_ENFORCE, SHADOW_BOX_MODE_ENFORCE);
	assert_int_equal(boot_state(), BOOT_GOOD);
	/* From the start, now. */
	boots(SBCTL_OK, BOOT_FULL);
	expect_modes(SHADOW_BOX_MODE_ENFORCE, SHADOW_BOX_MODE_ENFORCE);
	/* That one was not confirmed. */
	boots(SBCTL_OK, BOOT_CAREFUL);
	expect_modes(SHADOW_BOX_MODE_LOG, SHADOW_BOX_MODE_LOG);
	/* Nor that one: it is not the policies. */
	facts.loads = 0;
	boots(SBCTL_SKIPPED, BOOT_BAD);
	boots(SBCTL_SKIPPED, BOOT_BAD);
	assert_int_equal(facts.loads, 0);
	assert_int_equal(run_verb(&verb_boot, "boot confirm")->status, SBCTL_FAILED);
}

static void a_launch_that_hangs_is_not_tried_again(void **state)
{
	const struct output *output;
	struct failure failure;

	(void)state;
	put("/etc/shadow-box/policy.conf", "idt enforce\n");
	assert_int_equal(boot_set(BOOT_LAUNCHING, &failure), 0);
	output = run_verb(&verb_boot, "boot start");
	assert_int_equal(output->status, SBCTL_SKIPPED);
	assert_string_equal(output->out, "");
	assert_string_equal(output->error, "sbctl: not launched at boot: a launch at an earlier boot did not come back; 'sbctl load' tries again, and if it succeeds, so does the next boot\n");
	assert_int_equal(facts.loads, 0);
	boots(SBCTL_SKIPPED, BOOT_HUNG);
	expect(VERDICT_FAIL, "CRITICAL - boot: not launched at boot: a launch at an earlier boot did not come back", NULL);
}

/* That comes back, too. */
static void a_launch_that_fails_leaves_the_state_alone(void **state)
{
	struct failure failure;

	(void)state;
	facts.load_status = SBCTL_IMPOSSIBLE;
	boots(SBCTL_IMPOSSIBLE, BOOT_NONE);
	assert_int_equal(boot_set(BOOT_GOOD, &failure), 0);
	boots(SBCTL_IMPOSSIBLE, BOOT_GOOD);
	assert_int_equal(facts.loads, 2);
	assert_int_equal(module.n_set, 0);
}

/* It is no reason to run without protection that nothing can be written down. */
static void a_boot_goes_on_without_its_state(void **state)
{
	const struct output *output;

	(void)state;
	module.absent = false;
	put("/etc/shadow-box/policy.conf", "idt enforce\n");
	put("/var/lib/shadow-box", "no folder");
	output = run_verb(&verb_boot, "boot start");
	assert_int_equal(output->status, SBCTL_OK);
	assert_non_null(strstr(output->error, "cannot write " BOOT_FILE ": Not a directory"));
	assert_int_equal(module.set.setting[0].mode, SHADOW_BOX_MODE_LOG);
	assert_int_equal(run_verb(&verb_boot, "boot")->status, SBCTL_USAGE);
	assert_int_equal(run_verb(&verb_boot, "boot stop")->status, SBCTL_USAGE);
	assert_int_equal(run_verb(&verb_boot, "boot start now")->status, SBCTL_USAGE);
}

/* However many lines there are: none is written past the array, and none is lost without a word. */
static void more_lines_than_room_are_told(void **state)
{
	static struct examination examination;
	size_t i;

	(void)state;
	for (i = 0; i < MAX_FINDINGS; i++)
		find(&examination, "about", VERDICT_OK, "line %zu", i);
	assert_string_equal(examination.finding[MAX_FINDINGS - 1].text, "line 47");
	assert_int_equal(findings_worst(&examination), VERDICT_OK);
	find(&examination, "about", VERDICT_FAIL, "one too many");
	find(&examination, "about", VERDICT_WARN, "another");
	assert_int_equal(examination.n_finding, MAX_FINDINGS);
	assert_string_equal(examination.finding[MAX_FINDINGS - 2].text, "line 46");
	assert_string_equal(examination.finding[MAX_FINDINGS - 1].text, "there is more to say than there is room for");
	assert_int_equal(findings_worst(&examination), VERDICT_FAIL);
}

static void wrong_usage_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(run_verb(&verb_check, "check --bogus")->status, VERDICT_UNKNOWN);
}

#define TEST(test)	cmocka_unit_test_setup(test, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_machine_is_all_right),
		TEST(what_is_missing_is_told_with_its_price),
		TEST(processor_and_firmware_can_forbid_it),
		TEST(fred_is_to_be_switched_off),
		TEST(kvm_is_in_the_way),
		TEST(secure_boot_comes_with_commands),
		TEST(an_installation_can_be_missing_or_disabled),
		TEST(who_is_not_root_is_told_to_be),
		TEST(an_active_module_tells_more),
		TEST(violations_are_critical_until_acknowledged),
		TEST(a_restart_acknowledges_nothing),
		TEST(what_was_not_seen_is_not_acknowledged),
		TEST(wrong_acknowledgements_are_refused),
		TEST(a_damaged_ledger_is_said_and_replaced),
		TEST(weaker_than_configured_is_critical),
		TEST(sweeps_that_are_late_are_a_warning),
		TEST(kernels_without_the_module_are_critical),
		TEST(the_modules_of_other_kernels_are_described),
		TEST(a_module_for_another_kernel_is_critical),
		TEST(an_enabled_service_that_did_not_launch_is_critical),
		TEST(metrics_tell_it_too),
		TEST(a_boot_prevents_only_after_one_that_was_good),
		TEST(a_launch_that_hangs_is_not_tried_again),
		TEST(a_launch_that_fails_leaves_the_state_alone),
		TEST(a_boot_goes_on_without_its_state),
		TEST(more_lines_than_room_are_told),
		TEST(wrong_usage_is_unknown),
	};
	char folder[] = "/tmp/shadow-box-test.XXXXXX";
	int failed;

	assert_true(mkdtemp(folder) && !chdir(folder));
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	nftw(SBCTL_ROOT, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	assert_true(!chdir("/") && !rmdir(folder));
	module_reset();
	policy_list_free(&module.policies);
	run_verb(&verb_check, "check --bogus");
	return failed;
}
