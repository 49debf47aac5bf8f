// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in the kernel log: one readable line each. Whatever the guest chose in it is escaped, for
 * a name with a line feed could look like another report.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <asm/msr-index.h>

#include "../../uapi/shadow_box.h"
#include "../run/address_names.h"
#include "../run/names.h"
#include "../run/origin.h"
#include "events.h"
#include "log.h"

/* Limit and base of a descriptor table (SHADOW_BOX_EVENT_CODE). */
#define TABLE_BYTES 10

/* Room for old and new bytes, or for two pointers with names. */
#define CHANGE_SIZE (2 * ADDRESS_SIZE + 16)

/* Room for a symbol and its address. */
#define ADDRESS_SIZE (SB_SYMBOL_SIZE + sizeof(" (0x0123456789abcdef)"))

/* Room for whose hook it is. */
#define OWNER_SIZE (SB_SYMBOL_SIZE + 40 + 4 * SB_PROGRAM_NAME_SIZE)

/* An address, and its name if it has one. */
static void describe_address(u64 address, const char *name, char *text, size_t size)
{
	if (*name)
		scnprintf(text, size, "%s (0x%llx)", name, address);
	else
		scnprintf(text, size, "0x%llx", address);
}

/*
 * By VM-exit instruction information, which has LGDT like LLDT and LIDT like LTR (SDM tables 28-10,
 * 28-11), and by what is loaded: a selector and a TSS are of the latter, limit and base of the
 * former.
 */
static const char *descriptor_register(const struct sb_event *e)
{
	bool second = e->code >> 28 & 1;

	if (e->length == sizeof(u16))
		return second ? "TR" : "LDTR";
	if (e->length == TABLE_BYTES)
		return second ? "IDTR" : "GDTR";
	return "TR";
}

static const char *msr_name(u64 msr)
{
	switch (msr) {
	case MSR_EFER: return "EFER";
	case MSR_STAR: return "STAR";
	case MSR_LSTAR: return "LSTAR";
	case MSR_CSTAR: return "CSTAR";
	case MSR_SYSCALL_MASK: return "FMASK";
	case MSR_IA32_SYSENTER_CS: return "SYSENTER_CS";
	case MSR_IA32_SYSENTER_ESP: return "SYSENTER_ESP";
	case MSR_IA32_SYSENTER_EIP: return "SYSENTER_EIP";
	}
	return "an MSR";
}

static void describe_register(const struct sb_event *e, char *text, size_t size)
{
	if (e->policy == SHADOW_BOX_POLICY_DESCRIPTOR_REGS)
		scnprintf(text, size, "load of %s", descriptor_register(e));
	else if (e->policy == SHADOW_BOX_POLICY_CONTROL_REGS && e->code < 16)
		scnprintf(text, size, "write to CR%llu", e->code);
	else
		scnprintf(text, size, "write to %s", msr_name(e->code));
}

/* Without a protected address it is the physical one that tells: an attacker chooses the linear. */
static void describe_place(const struct sb_event *e, const struct sb_event_names *names, char *text,
			   size_t size)
{
	if (e->object)
		describe_address(e->object, names->object, text, size);
	else if (e->gpa)
		scnprintf(text, size, "physical 0x%llx", e->gpa);
	else
		describe_address(e->gla, names->gla, text, size);
}

/* What was done, and to what: a register, the host, a place in memory. */
static void describe_deed(const struct sb_event *e, const struct sb_event_names *names, char *text,
			  size_t size)
{
	const char *verb = e->why == SHADOW_BOX_WHY_FETCH ? "fetch from" : "write to";
	int length;

	if (e->why == SHADOW_BOX_WHY_REGISTER)
		return describe_register(e, text, size);
	if (e->why == SHADOW_BOX_WHY_SLEEP) {
		scnprintf(text, size, "access to port 0x%llx", e->code);
		return;
	}
	if (e->why == SHADOW_BOX_WHY_HYPERCALL || e->why == SHADOW_BOX_WHY_LOCKED) {
		scnprintf(text, size, "hypercall %llu", e->code);
		return;
	}
	length = scnprintf(text, size, "%s ", verb);
	describe_place(e, names, text + length, size - length);
}

/* "0x12", and what it points to if that has a name. */
static int describe_value(const u8 *bytes, const char *name, char *text, size_t size)
{
	u64 value;

	memcpy(&value, bytes, sizeof(value));
	return scnprintf(text, size, *name ? "0x%llx (%s)" : "0x%llx", value, name);
}

/* ", 2 bytes 0f 1f -> eb 10", or values of a register or pointer; nothing if they are not known. */
static void describe_change(const struct sb_event *e, const struct sb_event_names *names, char *text,
			    size_t size)
{
	int length = min_t(int, e->length, sizeof(e->old)), used;

	*text = '\0';
	if (length == sizeof(u64) &&
	    (e->why == SHADOW_BOX_WHY_REGISTER || *names->old || *names->new)) {
		used = scnprintf(text, size, ", ");
		used += describe_value(e->old, names->old, text + used, size - used);
		used += scnprintf(text + used, size - used, " -> ");
		describe_value(e->new, names->new, text + used, size - used);
	} else if (length) {
		used = scnprintf(text, size, ", %d byte%s %*ph -> %*ph", length,
				 length == 1 ? "" : "s", length, e->old, length, e->new);
		if (*names->new)
			scnprintf(text + used, size - used, " (%s)", names->new);
	}
}

/* "task evil[77] (0xffff...)": what a sweep found, by number and name if it has any. */
static void describe_finding(const struct sb_event *e, const struct sb_event_names *names,
			     char *text, size_t size)
{
	int name = strnlen(e->subject_name, sizeof(e->subject_name));
	int length = scnprintf(text, size, "%s ", sb_subject_name(e->subject));

	if (name)
		length += scnprintf(text + length, size - length, "%*pE", name, e->subject_name);
	if (e->subject_id)
		length += scnprintf(text + length, size - length, "[%u]", e->subject_id);
	if (name || e->subject_id)
		length += scnprintf(text + length, size - length, " at ");
	describe_place(e, names, text + length, size - length);
}

/* Nobody knows who did it. */
static void log_finding(const struct sb_event *e, const struct sb_event_names *names)
{
	char what[ADDRESS_SIZE + 40 + 4 * SB_SUBJECT_NAME_SIZE], change[CHANGE_SIZE];

	describe_finding(e, names, what, sizeof(what));
	describe_change(e, names, change, sizeof(change));
	pr_alert("VM [%u] violation %s %s: %s, found by a sweep%s, %s\n", e->cpu,
		 sb_policy_name(e->policy), sb_action_name(e->action), what, change,
		 sb_why_text(e->why));
}

/* ", hook of ...", if it is known whose. */
static void describe_owner(const struct sb_owner *owner, char *text, size_t size)
{
	*text = '\0';
	switch (owner->kind) {
	case SHADOW_BOX_OWNER_MODULE:
		scnprintf(text, size, ", hook of %s", owner->function);
		break;
	case SHADOW_BOX_OWNER_PROGRAM:
		scnprintf(text, size, ", hook of BPF program %u (%*pE, tag %s)", owner->program,
			  (int)strlen(owner->program_name), owner->program_name,
			  owner->program_tag);
		break;
	case SHADOW_BOX_OWNER_KERNEL:
		scnprintf(text, size, ", hook of the kernel's tracing (%s)", owner->function);
		break;
	}
}

static void log_violation(const struct sb_event *e, const struct sb_event_names *names,
			  const struct sb_event_origin *origin)
{
	char deed[ADDRESS_SIZE + 16], offender[ADDRESS_SIZE], change[CHANGE_SIZE];
	char owner[OWNER_SIZE];

	if (!sb_event_has_offender(e))
		return log_finding(e, names);
	describe_deed(e, names, deed, sizeof(deed));
	describe_address(e->rip, names->rip, offender, sizeof(offender));
	describe_change(e, names, change, sizeof(change));
	describe_owner(&origin->owner, owner, sizeof(owner));
	pr_alert("VM [%u] violation %s %s: %s by %*pE[%u] at %s%s%s, %s\n", e->cpu,
		 sb_policy_name(e->policy), sb_action_name(e->action), deed,
		 (int)strnlen(e->comm, sizeof(e->comm)), e->comm, e->pid, offender, change,
		 owner, sb_why_text(e->why));
}

/* That CPU can no longer leave, so the module can no longer go. */
static void log_host_fault(const struct sb_event *e)
{
	__module_get(THIS_MODULE);
	if (e->code > 255)
		pr_emerg("VM [%u] host fault: unknown exit %llu qualification 0x%llx at 0x%llx: this CPU has stopped\n",
			 e->cpu, e->code - 256, e->error, e->rip);
	else
		pr_emerg("VM [%u] host fault: vector %llu error 0x%llx at 0x%llx, address 0x%llx: this CPU has stopped\n",
			 e->cpu, e->code, e->error, e->rip, e->gla);
}

static void log_policy(const struct sb_event *e)
{
	pr_notice("VM [%u] policy %s set to %s\n", e->cpu, sb_policy_name(e->policy),
		  sb_mode_name(e->policy, e->code));
}

/* The address is that of its code, whose name ends with the module's: "f+0x0 [module]". */
static void log_release(const struct sb_event *e, const struct sb_event_names *names)
{
	const char *owner = strrchr(names->object, '[');

	pr_info("VM [%u] module%s%.*s unloaded, released its memory at 0x%llx\n", e->cpu,
		owner ? " " : "", owner ? (int)strcspn(owner + 1, "]") : 0, owner ? owner + 1 : "",
		e->object);
}

/*
 * Limits of their own for violations, and for what happens all the time, so that a flood of one
 * hides nothing else.
 */
static bool may_log(u32 type)
{
	static DEFINE_RATELIMIT_STATE(violations, 5 * HZ, 50);
	static DEFINE_RATELIMIT_STATE(nmis, 5 * HZ, 20);
	static DEFINE_RATELIMIT_STATE(releases, 5 * HZ, 20);
	static DEFINE_RATELIMIT_STATE(others, 5 * HZ, 50);

	switch (type) {
	case SHADOW_BOX_EVENT_VIOLATION: return __ratelimit(&violations);
	case SHADOW_BOX_EVENT_HOST_NMI: return __ratelimit(&nmis);
	case SHADOW_BOX_EVENT_RELEASE: return __ratelimit(&releases);
	default: return __ratelimit(&others);
	}
}

/* A line for the event, unless there were too many of its kind. */
static void log_event(const struct sb_event *e, const struct sb_event_names *names,
		      const struct sb_event_origin *origin)
{
	if (!may_log(e->type))
		return;
	switch (e->type) {
	case SHADOW_BOX_EVENT_LAUNCH:
		pr_info("VM [%u] launched\n", e->cpu);
		break;
	case SHADOW_BOX_EVENT_LEAVE:
		pr_info("VM [%u] left\n", e->cpu);
		break;
	case SHADOW_BOX_EVENT_HOST_NMI:
		pr_info("VM [%u] INT NMI callback\n", e->cpu);
		break;
	case SHADOW_BOX_EVENT_VIOLATION:
		log_violation(e, names, origin);
		break;
	case SHADOW_BOX_EVENT_UNMAPPED:
		pr_alert("VM [%u] guest access to unmapped physical address 0x%llx, RIP 0x%llx\n",
			 e->cpu, e->gpa, e->rip);
		break;
	case SHADOW_BOX_EVENT_MICROCODE:
		pr_warn("VM [%u] microcode load refused: unload shadow_box to update microcode\n",
			e->cpu);
		break;
	case SHADOW_BOX_EVENT_POLICY:
		log_policy(e);
		break;
	case SHADOW_BOX_EVENT_LOCK:
		pr_notice("VM [%u] policies locked until the machine restarts\n", e->cpu);
		break;
	case SHADOW_BOX_EVENT_RELEASE:
		log_release(e, names);
		break;
	case SHADOW_BOX_EVENT_UNKNOWN_EXIT:
		pr_warn("VM [%u] VM exit for unknown reason %llu, RIP 0x%llx\n", e->cpu, e->code,
			e->rip);
		break;
	}
}

/* Host faults are last words, which have no limit: a CPU has one at most. */
static int log_record(struct notifier_block *block, unsigned long action, void *data)
{
	const struct sb_events_record *record = data;

	if (action == SB_EVENTS_LAST_WORDS) {
		log_host_fault(record->event);
		return NOTIFY_DONE;
	}
	if (record->lost)
		pr_warn("VM [%u] %llu events lost\n", record->event->cpu, record->lost);
	log_event(record->event, record->names, record->origin);
	return NOTIFY_DONE;
}

static struct notifier_block subscriber = { .notifier_call = log_record };

/**
 * sb_log_init() - write a line to the kernel log for each event from now on
 *
 * Context: as sb_events_subscribe().
 */
void sb_log_init(void)
{
	sb_events_subscribe(&subscriber);
}

void sb_log_exit(void)
{
	sb_events_unsubscribe(&subscriber);
}
