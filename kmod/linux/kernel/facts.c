// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host must know of the running kernel: where its code and constants lie, and what is
 * patched there. Gathered before the launch, while the kernel is trusted.
 */
#include <linux/cred.h>
#include <linux/efi.h>
#include <linux/ftrace.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/pgtable.h>
#include <asm/realmode.h>
#include <asm/tsc.h>

#include "../../abi/vmx.h"
#include "../../uapi/shadow_box.h"
#include "../machine/processor.h"
#include "../machine/sleep.h"
#include "../reason.h"
#include "../run/command.h"
#include "compat.h"
#include "facts.h"
#include "layouts.h"
#include "pointers.h"
#include "private.h"
#include "settings.h"
#include "sites.h"
#include "symbols.h"

static char *response = "kill";
module_param(response, charp, 0400);
MODULE_PARM_DESC(response, "how a refused write ends: kill (default): with an exception where the thread can die of it; skip: it is only skipped");

/**
 * struct reader - what is being read
 * @kernel: goes there
 * @reason: why it cannot be
 * @error: 0, or that of the first thing that could not be read; sticky
 */
struct reader {
	struct sb_kernel *kernel;
	struct sb_reason *reason;
	int error;
};

/* The address of a symbol that the launch depends on. */
static u64 need(struct reader *r, const char *name)
{
	u64 address = sb_symbol(name);

	if (!address && !r->error)
		r->error = sb_refuse(r->reason, -ENODEV,
				     "this kernel has no symbol %s, or several, so its code cannot be protected",
				     name);
	return address;
}

static u64 phys_of(u64 linear)
{
	return slow_virt_to_phys((void *)linear);
}

/* Names pages of the kernel that a policy protects; they lie in one piece in memory. */
static void protect(struct sb_facts *facts, u64 start, u64 end, u32 policy, u32 kind)
{
	facts->protected[facts->nr_protected++] = (struct sb_protected){
		.start = start, .phys = phys_of(start), .size = end - start,
		.policy = policy, .kind = kind,
	};
}

static void read_text(struct reader *r)
{
	struct sb_facts *facts = &r->kernel->facts;
	u64 rodata, rodata_end;

	facts->text.start = need(r, "_text") & PAGE_MASK;
	facts->text.end = PAGE_ALIGN(need(r, "_etext"));
	rodata = PAGE_ALIGN(need(r, "__start_rodata"));
	rodata_end = need(r, "__end_rodata") & PAGE_MASK;
	if (r->error)
		return;
	if (facts->text.end - facts->text.start > SB_TEXT_MAX)
		r->error = sb_refuse(r->reason, -ENODEV, "this kernel has more than %lu MB of code",
				     SB_TEXT_MAX >> 20);
	protect(facts, facts->text.start, facts->text.end, SHADOW_BOX_POLICY_KERNEL_TEXT,
		SB_PROTECTED_CODE);
	protect(facts, rodata, rodata_end, SHADOW_BOX_POLICY_KERNEL_RODATA, SB_PROTECTED_CONSTANTS);
}

static void read_idt(struct sb_facts *facts)
{
	struct desc_ptr idtr;

	store_idt(&idtr);
	protect(facts, idtr.address, idtr.address + PAGE_SIZE, SHADOW_BOX_POLICY_IDT,
		SB_PROTECTED_DESCRIPTORS);
}

/*
 * Where CPUs start, in real mode: code and constants of its own below 1 MB. It does not change once the
 * kernel has booted (arch/x86/realmode/init.c).
 */
static void read_startup(struct reader *r)
{
	struct real_mode_header **header = (void *)need(r, "real_mode_header");
	struct sb_facts *facts = &r->kernel->facts;

	if (!header)
		return;
	facts->startup = (*header)->trampoline_start;
	protect(facts, (u64)*header, PAGE_OFFSET + PAGE_ALIGN((*header)->ro_end),
		SHADOW_BOX_POLICY_KERNEL_TEXT, SB_PROTECTED_STARTUP);
}

/*
 * Symbols that kprobes.c and run/modules.c look up once the guest world runs. A launch without them
 * would come too far to be refused.
 */
static void check_symbols(struct reader *r)
{
	need(r, "kprobe_mutex");
	need(r, "kprobe_table");
	need(r, "modules");
	need(r, "module_mutex");
}

static void read_patching(struct reader *r)
{
	struct sb_facts *facts = &r->kernel->facts;
	struct mm_struct **poking_mm = (void *)need(r, SB_POKING_MM);

	if (poking_mm)
		facts->poking_cr3 = __pa((*poking_mm)->pgd);
	facts->ftrace_caller = (struct sb_extent){ need(r, "ftrace_caller"),
						   need(r, "ftrace_caller_op_ptr") };
	facts->ftrace_regs_caller = (struct sb_extent){ need(r, "ftrace_regs_caller"),
							need(r, "ftrace_regs_caller_op_ptr") };
	/* Kernels without optimised kprobes have none of these. */
	facts->optprobe = sb_symbol("optprobe_template_entry");
	if (facts->optprobe) {
		facts->optprobe_clac = need(r, "optprobe_template_clac") - facts->optprobe;
		facts->optprobe_val = need(r, "optprobe_template_val") - facts->optprobe;
	}
}

/* Whole pages of RAM, ascending; what touches the last extent becomes part of it. */
static int note_ram(struct resource *resource, void *data)
{
	struct sb_facts *facts = data;
	u64 start = PAGE_ALIGN(resource->start), end = (resource->end + 1) & PAGE_MASK;
	struct sb_extent *last = facts->nr_ram ? &facts->ram[facts->nr_ram - 1] : NULL;

	if (start >= end)
		return 0;
	if (last && last->end == start) {
		last->end = end;
		return 0;
	}
	if (facts->nr_ram == SB_RAM_EXTENTS)
		return -E2BIG;
	facts->ram[facts->nr_ram++] = (struct sb_extent){ start, end };
	return 0;
}

static void read_ram(struct reader *r)
{
	if (walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1,
				&r->kernel->facts, note_ram) && !r->error)
		r->error = sb_refuse(r->reason, -ENODEV,
				     "the RAM of this machine is in more than %u pieces", SB_RAM_EXTENTS);
}

/* Who dies with one of these leaves a kernel that loads no module and patches no code any more. */
static void read_locks(struct sb_facts *facts)
{
	static const char *const names[] = {
		"text_mutex", "module_mutex", "kprobe_mutex", "ftrace_lock", "event_mutex",
		"tracepoints_mutex", "cgroup_mutex",
	};
	u32 i;

	BUILD_BUG_ON(ARRAY_SIZE(names) > SB_LOCKS);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		u64 lock = sb_symbol(names[i]);

		if (lock)
			facts->lock[facts->nr_locks++] = phys_of(lock);
	}
}

static_assert(XA_CHUNK_SHIFT == 6); /* host/watch/tasks.c */

static void read_tasks(struct sb_facts *facts)
{
	facts->init_task = (u64)&init_task;
	facts->pid_table = (u64)&init_pid_ns.idr.idr_rt.xa_head;
	facts->task_tasks = offsetof(struct task_struct, tasks);
	facts->task_leader = offsetof(struct task_struct, group_leader);
	facts->task_start = offsetof(struct task_struct, start_time);
	facts->task_pid_link = offsetof(struct task_struct, pid_links[PIDTYPE_PID]);
	facts->pid_tasks = offsetof(struct pid, tasks[PIDTYPE_PID]);
	facts->node_shift = offsetof(struct xa_node, shift);
	facts->node_slots = offsetof(struct xa_node, slots);
}

/* From the user IDs to the namespace in which they count. */
#define CRED_SIZE (offsetof(struct cred, user_ns) + sizeof(u64) - offsetof(struct cred, uid))
static_assert(CRED_SIZE <= SB_CRED_MAX);
/* host/watch/creds.c */
static_assert(offsetof(struct cred, suid) == offsetof(struct cred, uid) + 2 * sizeof(u32) &&
	      offsetof(struct cred, euid) == offsetof(struct cred, uid) + 4 * sizeof(u32));
static_assert(sizeof(((struct cred *)NULL)->cap_permitted) == sizeof(u64));

#ifdef CONFIG_PREEMPT_RT
#define MUTEX_OWNER offsetof(struct mutex, rtmutex.owner)
#else
#define MUTEX_OWNER offsetof(struct mutex, owner)
#endif

static void read_creds(struct sb_facts *facts)
{
	facts->init_cred = (u64)rcu_access_pointer(init_task.real_cred);
	facts->task_cred = offsetof(struct task_struct, real_cred);
	facts->task_programs = offsetof(struct task_struct, self_exec_id);
	facts->task_signal = offsetof(struct task_struct, signal);
	facts->signal_guard = offsetof(struct signal_struct, cred_guard_mutex) + MUTEX_OWNER;
	facts->cred_ids = offsetof(struct cred, uid);
	facts->cred_caps = offsetof(struct cred, cap_permitted) - facts->cred_ids;
	facts->cred_namespace = offsetof(struct cred, user_ns) - facts->cred_ids;
	facts->cred_size = CRED_SIZE;
}

/* What sweeps need. */
static void read_watched(struct reader *r)
{
	struct sb_facts *facts = &r->kernel->facts;
	u64 top = need(r, "init_top_pgt");

	if (top)
		facts->kernel_cr3 = phys_of(top);
	facts->has_user_tables = boot_cpu_has(X86_FEATURE_PTI);
	facts->modules = (u64)sb_module_list();
	facts->module_list = offsetof(struct module, list);
	read_tasks(facts);
	read_creds(facts);
	facts->tsc_khz = tsc_khz;
	facts->timer_shift = sb_read_msr(IA32_VMX_MISC) & VMX_MISC_TIMER_SHIFT;
	sb_settings_find(facts);
	sb_pointers_find(facts);
}

/* Whole pages; what touches the last ones becomes part of them. */
static void note_code(struct sb_facts *facts, u64 start, u64 end)
{
	struct sb_extent *last = facts->nr_other_code ?
				 &facts->other_code[facts->nr_other_code - 1] : NULL;

	start &= PAGE_MASK;
	end = PAGE_ALIGN(end);
	if (last && last->end == start)
		last->end = end;
	else if (facts->nr_other_code < SB_OTHER_CODE)
		facts->other_code[facts->nr_other_code++] = (struct sb_extent){ start, end };
	else
		pr_warn("code of the firmware at 0x%llx has no room in the table: code-integrity does not know it\n",
			start);
}

static void note_firmware(struct sb_facts *facts)
{
	const efi_memory_desc_t *d;

	if (!efi_enabled(EFI_RUNTIME_SERVICES) || !efi_enabled(EFI_MEMMAP))
		return;
	for_each_efi_memory_desc(d)
		if (d->type == EFI_RUNTIME_SERVICES_CODE)
			note_code(facts, d->phys_addr,
				  d->phys_addr + (d->num_pages << EFI_PAGE_SHIFT));
}

/* Hyper-V's page for hypercalls, the firmware. */
static void read_other_code(struct sb_facts *facts)
{
	void **hypercalls = (void *)sb_symbol("hv_hypercall_pg");

	if (hypercalls && *hypercalls)
		note_code(facts, phys_of((u64)*hypercalls), phys_of((u64)*hypercalls) + 1);
	note_firmware(facts);
}

static void read_facts(struct reader *r)
{
	struct sb_facts *facts = &r->kernel->facts;

	read_text(r);
	read_idt(facts);
	read_startup(r);
	read_patching(r);
	read_ram(r);
	read_watched(r);
	facts->page_offset = PAGE_OFFSET;
	facts->module_space = (struct sb_extent){ MODULES_VADDR, MODULES_END };
	facts->vmcall = (u64)sb_vmcall;
	facts->vmcall_phys = phys_of(facts->vmcall);
	facts->task_pid = offsetof(struct task_struct, pid);
	facts->task_comm = offsetof(struct task_struct, comm);
	facts->task_flags = offsetof(struct task_struct, flags);
	facts->skip = !strcmp(response, "skip");
	read_locks(facts);
	read_other_code(facts);
	sb_sleep_find(facts);
	facts->unaligned[0] = sb_symbol("preempt_schedule_thunk");
	facts->unaligned[1] = sb_symbol("preempt_schedule_notrace_thunk");
	facts->unaligned[2] = sb_symbol("__static_call_return");
}

/* Do the pages make sense? The records in them are checked one by one later. */
static bool are_ftrace_pages(const struct ftrace_page *page)
{
	for (; page; page = page->next)
		if (page->order < 0 || page->order >= 32 || page->index < 0 ||
		    page->index > (PAGE_SIZE << page->order) / sizeof(*page->records))
			return false;
	return true;
}

static u32 count_ftrace_records(const struct ftrace_page *page)
{
	u32 n = 0;

	for (; page; page = page->next)
		n += page->index;
	return n;
}

static void add_ftrace_records(struct sb_sites *sites, const struct ftrace_page *page)
{
	int i;

	for (; page; page = page->next)
		for (i = 0; i < page->index; i++)
			if (!(page->records[i].flags & FTRACE_FL_DISABLED))
				sb_sites_add_mcount(sites, page->records[i].ip);
}

/* What the call of ftrace_caller or ftrace_regs_caller goes to when nobody traces. */
static void add_ftrace_call(struct reader *r, struct sb_sites *sites, const char *name)
{
	u64 where = need(r, name);

	if (where)
		sb_sites_add(sites, where, SB_SITE_FTRACE, need(r, "ftrace_stub") - sites->start);
}

/* They lie next to each other, eight bytes each. */
static void add_trampolines(struct reader *r, struct sb_sites *sites)
{
	u64 where = need(r, "__static_call_text_start"), end = need(r, "__static_call_text_end");

	for (; where + 8 <= end; where += 8)
		sb_sites_add_trampoline(sites, where);
}

static void add_sites(struct reader *r, struct sb_sites *sites, const struct ftrace_page *pages)
{
	const struct jump_entry *jump = (void *)need(r, "__start___jump_table");
	const struct jump_entry *jump_end = (void *)need(r, "__stop___jump_table");
	const struct static_call_site *call = (void *)need(r, "__start_static_call_sites");
	const struct static_call_site *call_end = (void *)need(r, "__stop_static_call_sites");
	u64 trampolines = need(r, "__static_call_text_end") - need(r, "__static_call_text_start");

	if (r->error)
		return;
	if (sb_sites_room(sites, jump_end - jump + (call_end - call) + trampolines / 8 +
				 count_ftrace_records(pages) + 2 + sb_sites_count_locks(NULL),
			  jump_end - jump)) {
		r->error = -ENOMEM;
		return;
	}
	sb_sites_add_jump_labels(sites, jump, jump_end);
	sb_sites_add_static_calls(sites, call, call_end);
	add_trampolines(r, sites);
	add_ftrace_records(sites, pages);
	add_ftrace_call(r, sites, "ftrace_call");
	add_ftrace_call(r, sites, "ftrace_regs_call");
	sb_sites_add_locks(sites, NULL);
}

/* Under ftrace_lock its records stay; under text_mutex no patch is half done. */
static void read_sites(struct reader *r, struct sb_sites *sites)
{
	struct mutex *ftrace_lock = (void *)need(r, "ftrace_lock");
	struct mutex *text_mutex = (void *)need(r, "text_mutex");
	struct ftrace_page **pages = (void *)need(r, "ftrace_pages_start");

	if (r->error)
		return;
	mutex_lock(ftrace_lock);
	mutex_lock(text_mutex);
	if (are_ftrace_pages(*pages))
		add_sites(r, sites, *pages);
	else
		r->error = sb_refuse(r->reason, -ENODEV,
				     "this kernel keeps its ftrace records in a way that is not known here");
	mutex_unlock(text_mutex);
	mutex_unlock(ftrace_lock);
	if (!r->error)
		r->error = sb_sites_finish(sites);
	if (sites->unknown || sites->overlaps)
		pr_warn("%u of the kernel's patch sites hold something else, %u overlap: left out\n",
			sites->unknown, sites->overlaps);
}

/* With call-depth tracking, calls go to places before functions (retbleed=stuff). */
static void check_calls(struct reader *r)
{
#ifdef X86_FEATURE_CALL_DEPTH
	if (boot_cpu_has(X86_FEATURE_CALL_DEPTH) && !r->error)
		r->error = sb_refuse(r->reason, -ENODEV,
				     "this kernel tracks the depth of calls (retbleed=stuff), whose patches are not known: boot it with another setting");
#endif
}

/* With rodata=off the kernel leaves its code and constants writable, and expects them to be. */
static void check_rodata(struct reader *r)
{
	const bool *enabled = (const bool *)sb_symbol("rodata_enabled");

	if (enabled && !*enabled && !r->error)
		r->error = sb_refuse(r->reason, -ENODEV,
				     "this kernel leaves its code writable (rodata=off), so it cannot be protected: boot it without that setting");
}

static void check_response(struct reader *r)
{
	if (strcmp(response, "kill") && strcmp(response, "skip") && !r->error)
		r->error = sb_refuse(r->reason, -EINVAL,
				     "the module's parameter response is '%s': it can be kill or skip",
				     response);
}

/**
 * sb_kernel_read() - gather what the host must know of this kernel
 * @kernel: filled in; sb_kernel_forget() it, also after a failure
 * @reason: filled in on failure
 *
 * Context: may sleep.
 * Return: 0, -ENODEV or -ENOMEM.
 */
int sb_kernel_read(struct sb_kernel *kernel, struct sb_reason *reason)
{
	struct reader r = { .kernel = kernel, .reason = reason };
	struct sb_functions functions;
	struct sb_sites sites = {};

	memset(kernel, 0, sizeof(*kernel));
	r.error = sb_symbols_init(&functions, reason);
	if (r.error)
		return r.error;
	kernel->functions = functions.bitmap;
	r.error = sb_layouts_check(reason);
	check_calls(&r);
	check_rodata(&r);
	check_response(&r);
	check_symbols(&r);
	read_facts(&r);
	sites.start = kernel->facts.text.start;
	sites.end = kernel->facts.text.end;
	if (!r.error)
		read_sites(&r, &sites);
	if (r.error == -ENOMEM)
		sb_refuse(reason, -ENOMEM, "no memory for the kernel's patch sites");
	kernel->sites = sites.site;
	kernel->jumps = sites.jump;
	kernel->facts.text.nr_sites = sites.nr;
	kernel->facts.text.nr_jumps = sites.nr_jumps;
	return r.error;
}

void sb_kernel_forget(struct sb_kernel *kernel)
{
	kvfree(kernel->sites);
	kvfree(kernel->jumps);
	kvfree(kernel->functions);
	kernel->sites = NULL;
	kernel->jumps = NULL;
	kernel->functions = NULL;
}
