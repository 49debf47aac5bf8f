// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protecting modules: their code and constants from the moment before their own code first runs,
 * what is constant after initialisation once that is over, until their memory is given back.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../channel/events.h"
#include "../kernel/compat.h"
#include "../kernel/kprobes.h"
#include "../kernel/private.h"
#include "module_history.h"
#include "../kernel/sites.h"
#include "../state.h"
#include "announce.h"
#include "command.h"
#include "modules.h"

/* How long a module that is going is left alone; its memory is freed much sooner. */
#define RELEASE_DELAY (HZ / 10)

/* Stages of protection (SB_HYPERCALL_MODULE_PROTECT). */
enum stage { LOADED, INITIALISED };

/**
 * struct protected - a module that the host protects
 * @list: in @all
 * @module: which; not to be followed once @going
 * @number: the host's number of it
 * @initialised: what is constant after initialisation is protected too
 * @going: its GOING notification has been
 */
struct protected {
	struct list_head list;
	const struct module *module;
	u64 number;
	bool initialised;
	bool going;
};

/* Guards the list; taken before locks of patching and of commands, after module_mutex. */
static DEFINE_MUTEX(lock);
static LIST_HEAD(all);

static void release_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(release, release_work);

static struct protected *find(const struct module *module)
{
	struct protected *p;

	list_for_each_entry(p, &all, list)
		if (p->module == module && !p->going)
			return p;
	return NULL;
}

static void complain(const struct module *module, u64 answer)
{
	pr_err("module %s is not protected: %s\n", module->name, sb_command_error(answer));
}

/* The host reads physical memory, so what it is to read is copied into a page. */
static u64 add(const struct module *module, const struct sb_sites *sites, void *page)
{
	struct sb_part ro = sb_module_rodata(module), late = sb_module_ro_after_init(module);

	struct sb_module_request *request = page;

	*request = (struct sb_module_request){
		.text = sites->start, .text_size = sites->end - sites->start,
		.ro = { ro.start, late.start }, .ro_size = { ro.size, late.size },
		.address = (u64)module, .nr_sites = sites->nr, .nr_jumps = sites->nr_jumps,
	};
	memcpy(request->name, module->name, min(strlen(module->name), sizeof(request->name)));
	return sb_command(SB_HYPERCALL_MODULE_ADD, __pa(page), 0, 0);
}

static u64 send(u64 number, const void *table, u64 size, void *page)
{
	u64 answer = 0, offset;

	for (offset = 0; offset < size && !answer; offset += PAGE_SIZE) {
		u64 n = min_t(u64, size - offset, PAGE_SIZE);

		memcpy(page, table + offset, n);
		answer = sb_command(SB_HYPERCALL_MODULE_TABLE, number, __pa(page), n);
	}
	return answer;
}

static u64 send_table(u64 number, const struct sb_sites *sites, void *page)
{
	u64 answer = send(number, sites->site, sites->nr * sizeof(*sites->site), page);

	if (!answer)
		answer = send(number, sites->jump, sites->nr_jumps * sizeof(*sites->jump), page);
	if (answer)
		return answer;
	return send(number, sites->functions, (sites->end - sites->start) / SB_FUNCTION_ALIGN / 8,
		    page);
}

static u64 protect(u64 number, enum stage stage)
{
	u64 answer = sb_command_all(SB_HYPERCALL_MODULE_PROTECT, number, stage, 0);

	if (!answer && sb_policy_mode(SHADOW_BOX_POLICY_MODULE_TEXT) != SHADOW_BOX_MODE_OFF)
		sb_sync();
	return answer;
}

/*
 * Kprobes may stand in the module's code already, set by those who waited for the module. While
 * patching is stopped neither the kprobes nor the policy change, and when patching goes on, no CPU
 * writes to the code unseen.
 */
static u64 protect_code(const char *name, u64 number, const struct sb_sites *sites)
{
	u64 answer;

	sb_patching_stop();
	if (sb_policy_mode(SHADOW_BOX_POLICY_MODULE_TEXT) != SHADOW_BOX_MODE_OFF &&
	    sb_announce_kprobes(sites->start, sites->end))
		pr_warn("module %s: kprobes that stand in it will be taken for violations\n", name);
	answer = protect(number, LOADED);
	sb_patching_resume();
	return answer;
}

/* The host forgets a module of which Linux could not tell everything. */
static void give_up(u64 number)
{
	if (!sb_command(SB_HYPERCALL_MODULE_GOING, number, 0, 0))
		sb_command_all(SB_HYPERCALL_MODULE_RELEASE, number, 0, 0);
}

static u64 announce(const struct module *module, const struct sb_sites *sites, u64 *number)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	u64 answer;

	if (!page)
		return SB_ERROR_MEMORY;
	*number = add(module, sites, page);
	if (SB_IS_ERROR(*number)) {
		answer = *number;
	} else {
		answer = send_table(*number, sites, page);
		if (!answer)
			answer = protect_code(module->name, *number, sites);
		if (answer)
			give_up(*number);
	}
	free_page((unsigned long)page);
	return answer;
}

static void gather(const struct module *module, struct sb_sites *sites, u64 *answer)
{
	sb_patching_stop();
	*answer = sb_module_sites(module, sites) ? SB_ERROR_MEMORY : 0;
	sb_patching_resume();
}

/* A module without code is not worth a region: it has symbols or data to offer, if anything. */
static void protect_module(const struct module *module)
{
	struct protected *p = kzalloc(sizeof(*p), GFP_KERNEL);
	struct sb_sites sites;
	u64 answer = SB_ERROR_MEMORY;

	if (!sb_module_text(module).size) {
		kfree(p);
		return;
	}
	if (p) {
		gather(module, &sites, &answer);
		if (!answer)
			answer = announce(module, &sites, &p->number);
		sb_sites_free(&sites);
	}
	if (answer) {
		complain(module, answer);
		kfree(p);
		return;
	}
	p->module = module;
	list_add(&p->list, &all);
}

/* A module's initialisation is over: what is constant from now on becomes protected. */
static void protect_initialised(const struct module *module)
{
	struct protected *p;
	u64 answer;

	if (!find(module))
		protect_module(module);
	p = find(module);
	if (!p || p->initialised)
		return;
	answer = protect(p->number, INITIALISED);
	if (answer)
		pr_err("module %s: what is constant once it is initialised is not protected: %s\n",
		       module->name, sb_command_error(answer));
	p->initialised = true;
}

/*
 * The code of a module that is GOING still runs a little, to free its parameters. Its memory is
 * freed after that, and then the host may release it.
 */
static void release_later(const struct module *module)
{
	struct protected *p = find(module);
	u64 answer;

	if (!p)
		return;
	answer = sb_command(SB_HYPERCALL_MODULE_GOING, p->number, 0, 0);
	if (SB_IS_ERROR(answer))
		pr_err("module %s: its memory stays protected: %s\n", module->name,
		       sb_command_error(answer));
	p->going = true;
	schedule_delayed_work(&release, RELEASE_DELAY);
}

/*
 * Is the module still on the kernel's list? Another module that came to the same place later cannot
 * be told from it until the other one is LIVE.
 */
static bool is_listed(const struct module *module)
{
	const struct module *m;
	bool found = false;

	preempt_disable();
	list_for_each_entry_rcu(m, sb_module_list(), list)
		found |= m == module && m->state != MODULE_STATE_LIVE;
	preempt_enable();
	return found;
}

/*
 * A module that is off the kernel's list executes nothing any more: its memory has been freed, or is
 * being freed.
 */
static void release_work(struct work_struct *work)
{
	struct protected *p, *next;
	bool again = false;

	mutex_lock(&lock);
	list_for_each_entry_safe(p, next, &all, list) {
		if (!p->going)
			continue;
		if (is_listed(p->module)) {
			again = true;
			continue;
		}
		sb_command_all(SB_HYPERCALL_MODULE_RELEASE, p->number, 0, 0);
		list_del(&p->list);
		kfree(p);
	}
	mutex_unlock(&lock);
	if (again)
		schedule_delayed_work(&release, RELEASE_DELAY);
}

/*
 * COMING comes after all who patch a new module unseen, as this notifier is the last one; its own
 * code has not run yet. LIVE comes after its initialisation. Loading never fails because of us.
 */
static int notify(struct notifier_block *block, unsigned long state, void *data)
{
	const struct module *module = data;

	if (state == MODULE_STATE_COMING)
		sb_history_begin(module, rdtsc());
	else if (state == MODULE_STATE_LIVE || state == MODULE_STATE_GOING)
		sb_events_pass_on();	/* what it did, while all its code still has names */
	if (state == MODULE_STATE_LIVE)
		sb_history_initialised(module);
	mutex_lock(&lock);
	if (state == MODULE_STATE_COMING)
		protect_module(module);
	else if (state == MODULE_STATE_LIVE)
		protect_initialised(module);
	else if (state == MODULE_STATE_GOING)
		release_later(module);
	mutex_unlock(&lock);
	if (state == MODULE_STATE_GOING)
		sb_history_end(module);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = notify, .priority = INT_MIN };

/*
 * One that is COMING now was announced before we listened, but will be LIVE when we do; except for
 * ourselves, whose code runs.
 */
static void protect_present(void)
{
	struct module *module;

	mutex_lock(sb_module_mutex());
	mutex_lock(&lock);
	list_for_each_entry(module, sb_module_list(), list) {
		if (module->state == MODULE_STATE_LIVE || module->state == MODULE_STATE_COMING)
			sb_history_begin(module, 0);
		if (module->state == MODULE_STATE_LIVE)
			protect_initialised(module);
		else if (module == THIS_MODULE && !find(module))
			protect_module(module);
	}
	mutex_unlock(&lock);
	mutex_unlock(sb_module_mutex());
}

/**
 * sb_modules_init() - protect all modules, and from now on each that is loaded
 *
 * Context: may sleep; the guest world runs on every CPU.
 */
void sb_modules_init(void)
{
	register_module_notifier(&notifier);
	protect_present();
}

/* The world is about to end, and with it all protection. */
void sb_modules_exit(void)
{
	struct protected *p, *next;

	unregister_module_notifier(&notifier);
	cancel_delayed_work_sync(&release);
	list_for_each_entry_safe(p, next, &all, list)
		kfree(p);
	INIT_LIST_HEAD(&all);
	sb_history_forget();
}
