/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place that knows kernels apart. Kbuild tests the headers for each feature.
 */
#ifndef SB_LINUX_COMPAT_H
#define SB_LINUX_COMPAT_H

#include <linux/hardirq.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/syscore_ops.h>
#include <net/genetlink.h>
#include <asm/ibt.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/reboot.h>
#ifdef SB_HAVE_CPUID_API
#include <asm/cpuid/api.h>
#endif

/* MSRs are read by quadwords, which were called long ones. */
#ifdef SB_HAVE_RDMSRQ
#define rdmsrl_safe rdmsrq_safe
#endif

/* The address space in which the kernel patches code. */
#ifdef SB_HAVE_TEXT_POKE_MM
#define SB_POKING_MM "text_poke_mm"
#else
#define SB_POKING_MM "poking_mm"
#endif

/* Suspend and resume of the last CPU: registered as a list node or as an object with data. */
#ifdef SB_HAVE_STRUCT_SYSCORE
#define SB_DEFINE_SYSCORE(name, suspend_fn, resume_fn)						\
	static int name##_suspend(void *data) { return suspend_fn(); }				\
	static void name##_resume(void *data) { resume_fn(); }					\
	static const struct syscore_ops name##_ops = { .suspend = name##_suspend,		\
						       .resume = name##_resume };		\
	static struct syscore name = { .ops = &name##_ops }
#else
#define SB_DEFINE_SYSCORE(name, suspend_fn, resume_fn)						\
	static struct syscore_ops name = { .suspend = suspend_fn, .resume = resume_fn }
#define register_syscore register_syscore_ops
#define unregister_syscore unregister_syscore_ops
#endif

/*
 * What is called on each CPU before a panic or an emergency restart ends this kernel. Before 6.6, unless it
 * was brought there, there is nothing to call; from 7.0 on it is for KVM alone.
 */
#ifdef SB_HAVE_EMERGENCY_CALLBACK
#define sb_emergency_register cpu_emergency_register_virt_callback
#define sb_emergency_unregister cpu_emergency_unregister_virt_callback
#else
static inline void sb_emergency_register(void (*leave)(void)) { }
static inline void sb_emergency_unregister(void (*leave)(void)) { }
#endif

/* The parsed attributes of a dump request. */
static inline struct nlattr **sb_dump_attributes(struct netlink_callback *cb)
{
#ifdef SB_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* What kallsyms_on_each_symbol() calls: once it named the module as well, which was always NULL. */
#ifdef SB_HAVE_SYMBOL_MODULE
#define SB_SYMBOL_ARGUMENTS(data, name, address) data, name, struct module *none, address
#else
#define SB_SYMBOL_ARGUMENTS(data, name, address) data, name, address
#endif

/* NMIs that Linux has handled on a CPU: 32 bits, which wrap. */
static inline u32 sb_nmis_handled(unsigned int cpu)
{
#ifdef SB_HAVE_IRQ_COUNTS
	return per_cpu(irq_stat, cpu).counts[IRQ_COUNT_NMI];
#else
	return per_cpu(irq_stat, cpu).__nmi_count;
#endif
}

/* Whether the function at a place begins with ENDBR, or with what stands for one that was sealed. */
#if defined(SB_HAVE_ENDBR_POINTER) && defined(CONFIG_X86_KERNEL_IBT)
#define sb_is_endbr(code) __is_endbr(*(u32 *)(code))
#elif defined(SB_HAVE_ENDBR_POINTER)
#define sb_is_endbr(code) is_endbr((u32 *)(code))
#else
#define sb_is_endbr(code) is_endbr(*(u32 *)(code))
#endif

/* A timer of the CPU that starts it, relative to now. */
#ifdef SB_HAVE_HRTIMER_SETUP
#define sb_timer_init(timer, function)								\
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED)
#else
#define sb_timer_init(timer_, function_)							\
	do {											\
		hrtimer_init(timer_, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);			\
		(timer_)->function = (function_);						\
	} while (0)
#endif

/* This CPU's pointer to the task that it runs. */
static inline void *sb_current_task(unsigned int cpu)
{
#ifdef SB_HAVE_PCPU_HOT
	return per_cpu_ptr(&pcpu_hot.current_task, cpu);
#else
	return per_cpu_ptr(&current_task, cpu);
#endif
}

static inline void *sb_preempt_count(unsigned int cpu)
{
#ifdef SB_HAVE_PCPU_HOT
	return per_cpu_ptr(&pcpu_hot.preempt_count, cpu);
#else
	return per_cpu_ptr(&__preempt_count, cpu);
#endif
}

/**
 * struct sb_part - pages of a module
 * @start: linear address
 * @size: bytes, whole pages; 0 if there are none
 */
struct sb_part {
	u64 start;
	u64 size;
};

#ifdef SB_HAVE_MODULE_MEMORY
static inline struct sb_part sb_module_memory(const struct module *module, enum mod_mem_type type)
{
	return (struct sb_part){ (u64)module->mem[type].base, PAGE_ALIGN(module->mem[type].size) };
}

#define sb_module_text(module) sb_module_memory(module, MOD_TEXT)
#define sb_module_rodata(module) sb_module_memory(module, MOD_RODATA)
#define sb_module_ro_after_init(module) sb_module_memory(module, MOD_RO_AFTER_INIT)
#define sb_module_init_text(module) sb_module_memory(module, MOD_INIT_TEXT)
#else
/* One piece: code, constants, what is constant once initialised, data; each part of whole pages. */
static inline struct sb_part sb_module_text(const struct module *module)
{
	return (struct sb_part){ (u64)module->core_layout.base, module->core_layout.text_size };
}

static inline struct sb_part sb_module_rodata(const struct module *module)
{
	const struct module_layout *core = &module->core_layout;

	return (struct sb_part){ (u64)core->base + core->text_size,
				 core->ro_size - core->text_size };
}

static inline struct sb_part sb_module_ro_after_init(const struct module *module)
{
	const struct module_layout *core = &module->core_layout;

	return (struct sb_part){ (u64)core->base + core->ro_size,
				 core->ro_after_init_size - core->ro_size };
}

static inline struct sb_part sb_module_init_text(const struct module *module)
{
	return (struct sb_part){ (u64)module->init_layout.base, module->init_layout.text_size };
}
#endif

#endif
