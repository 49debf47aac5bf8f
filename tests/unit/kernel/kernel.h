/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thin model of the kernel, for files of kmod/linux that are compiled for user space: what they
 * include is one line that includes this file (the Makefile makes those lines).
 */
#ifndef SB_TESTS_KERNEL_H
#define SB_TESTS_KERNEL_H

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/types.h"

typedef signed char s8;
typedef int s32;
typedef long long s64;
typedef s64 ktime_t;
typedef struct { int counter; } atomic_t;

#define __printf(text, first) __attribute__((format(printf, text, first)))
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#define container_of(member_, type, name) ((type *)((char *)(member_) - offsetof(type, name)))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define swap(a, b) do { typeof(a) old_ = (a); (a) = (b); (b) = old_; } while (0)
#define PAGE_SIZE SB_PAGE_SIZE
#define PAGE_ALIGN(n) (((n) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define HZ 100

/* Text: the kernel's own formats %pS, %pE and %ph as well; kernel.c has symbols for %pS. */
int scnprintf(char *text, size_t size, const char *format, ...);
int vscnprintf(char *text, size_t size, const char *format, va_list args);
int printk(const char *level, const char *format, ...);
ssize_t strscpy(char *to, const char *from, size_t size);

#define pr_emerg(format, ...) printk("emerg", pr_fmt(format), ##__VA_ARGS__)
#define pr_alert(format, ...) printk("alert", pr_fmt(format), ##__VA_ARGS__)
#define pr_err(format, ...) printk("err", pr_fmt(format), ##__VA_ARGS__)
#define pr_warn(format, ...) printk("warn", pr_fmt(format), ##__VA_ARGS__)
#define pr_notice(format, ...) printk("notice", pr_fmt(format), ##__VA_ARGS__)
#define pr_info(format, ...) printk("info", pr_fmt(format), ##__VA_ARGS__)
#define WARN_ONCE(condition, ...) ((condition) ? (void)kernel.warnings++ : (void)0)

/* Memory: what is in use is counted, and an allocation can be made to fail. */
#define GFP_KERNEL 0
void *kernel_alloc(u64 size);
void kfree(const void *memory);
#define kvfree kfree
#define kzalloc(size, flags) kernel_alloc(size)
#define kvzalloc(size, flags) kernel_alloc(size)
#define kmalloc_array(n, size, flags) kernel_alloc((u64)(n) * (size))
#define kvmalloc_array(n, size, flags) kernel_alloc((u64)(n) * (size))

/* Configuration: a kernel that has all that there is. */
#define CONFIG_DYNAMIC_FTRACE_WITH_JMP 1

/* Lists */
struct list_head { struct list_head *next, *prev; };
#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)
#define INIT_LIST_HEAD(list) ((list)->next = (list)->prev = (list))
void list_add(struct list_head *entry, struct list_head *head);
void list_del(struct list_head *entry);
#define list_entry_(list_, type, name) container_of(list_, type, name)
#define list_for_each_entry(p, head, name)						\
	for (p = list_entry_((head)->next, typeof(*p), name); &p->name != (head);	\
	     p = list_entry_(p->name.next, typeof(*p), name))
#define list_for_each_entry_reverse(p, head, name)					\
	for (p = list_entry_((head)->prev, typeof(*p), name); &p->name != (head);	\
	     p = list_entry_(p->name.prev, typeof(*p), name))
#define list_for_each_entry_safe(p, n, head, name)					\
	for (p = list_entry_((head)->next, typeof(*p), name),				\
	     n = list_entry_(p->name.next, typeof(*p), name); &p->name != (head);	\
	     p = n, n = list_entry_(n->name.next, typeof(*n), name))

/* Locks: taken twice, or given back without being held, they end the test. */
struct mutex { int held; };
typedef struct mutex spinlock_t;
#define DEFINE_MUTEX(name) struct mutex name
#define DEFINE_SPINLOCK(name) spinlock_t name
#define __MUTEX_INITIALIZER(name) { 0 }
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
#define spin_lock mutex_lock
#define spin_unlock mutex_unlock
#define DEFINE_RAW_SPINLOCK(name) spinlock_t name
#define raw_spin_lock_irqsave(lock, flags) ((flags) = 0, mutex_lock(lock))
#define raw_spin_unlock_irqrestore(lock, flags) ((void)(flags), mutex_unlock(lock))

/* CPUs: each call to one moves kernel.cpu there for its time. */
#define KERNEL_CPUS 4
#define local_irq_save(flags) ((flags) = kernel.interrupts_off, kernel.interrupts_off = 1)
#define local_irq_restore(flags) (kernel.interrupts_off = (flags))
#define smp_processor_id() kernel.cpu
void on_each_cpu_cond(bool (*condition)(int cpu, void *data), void (*call)(void *data), void *data,
		      bool wait);
#define msleep(ms) ((void)(kernel.slept += (ms)))
#define cond_resched() ((void)kernel.reschedules++)
#define smp_store_release(where, value) (*(where) = (value))
#define rdtsc() kernel.tsc

/* Addresses and their names. */
#define KSYM_SYMBOL_LEN 660
#define __START_KERNEL_map 0xffffffff80000000ull
#define MODULES_VADDR 0xffffffffc0000000ull
#define MODULES_END 0xffffffffff000000ull

/* Modules */
#define MODULE_NAME_LEN 56
enum module_state { MODULE_STATE_LIVE, MODULE_STATE_COMING, MODULE_STATE_GOING };
enum mod_mem_type {
	MOD_TEXT, MOD_DATA, MOD_RODATA, MOD_RO_AFTER_INIT, MOD_INIT_TEXT, MOD_MEM_NUM_TYPES
};
struct module_memory { void *base; unsigned int size; };
struct mod_kallsyms { Elf64_Sym *symtab; unsigned int num_symtab; char *strtab; };
struct static_key { int enabled; };
struct jump_entry { s32 code, target; long key; };
struct static_call_site { s32 addr, key; };
struct module {
	enum module_state state;
	struct list_head list;
	char name[MODULE_NAME_LEN];
	struct module_memory mem[MOD_MEM_NUM_TYPES];
	struct mod_kallsyms core_kallsyms;
	struct jump_entry *jump_entries;
	unsigned int num_jump_entries;
	struct static_call_site *static_call_sites;
	int num_static_call_sites;
	unsigned long *ftrace_callsites;
	unsigned int num_ftrace_callsites;
};
#define THIS_MODULE NULL
#define __module_get(module) ((void)kernel.module_references++)
#define SB_HAVE_MODULE_MEMORY

#define STATIC_CALL_SITE_TAIL 1UL
#define STATIC_CALL_SITE_INIT 2UL
#define STATIC_CALL_SITE_FLAGS 3UL
static inline unsigned long jump_entry_code(const struct jump_entry *entry)
{
	return (unsigned long)&entry->code + entry->code;
}

static inline unsigned long jump_entry_target(const struct jump_entry *entry)
{
	return (unsigned long)&entry->target + entry->target;
}

static inline struct static_key *jump_entry_key(const struct jump_entry *entry)
{
	return (struct static_key *)((unsigned long)&entry->key + (entry->key & ~3L));
}

static inline bool jump_entry_is_branch(const struct jump_entry *entry)
{
	return entry->key & 1;
}

/* No time passes: a limit is what it allows at once. */
struct ratelimit_state { int burst, hits; };
#define DEFINE_RATELIMIT_STATE(name, interval_, burst_) \
	struct ratelimit_state name = { .burst = (burst_) }
#define __ratelimit(state) ((state)->hits++ < (state)->burst)

struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long action, void *data);
	int priority;
};
#define NOTIFY_DONE 0

#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_IA32_SYSENTER_CS 0x174
#define MSR_IA32_SYSENTER_ESP 0x175
#define MSR_IA32_SYSENTER_EIP 0x176

/* What only has to be declared, for compat.h. */
struct nlattr;
struct netlink_callback;
struct genl_dumpit_info { struct nlattr **attrs; };
struct genl_dumpit_info *genl_dumpit_info(struct netlink_callback *cb);
extern struct { u32 __nmi_count; } irq_stat[KERNEL_CPUS];
extern void *current_task;
extern int __preempt_count;
#define per_cpu(variable, cpu) ((variable)[cpu])
#define per_cpu_ptr(pointer, cpu) (pointer)

#define KERNEL_LOG_SIZE 65536

/**
 * struct kernel - state of the model
 * @tsc: what rdtsc() says
 * @allocations: pieces of memory in use
 * @fail_after: that many allocations succeed, the next one fails; negative: all succeed
 * @warnings: times that WARN_ONCE()'s condition held
 * @reschedules: calls of cond_resched()
 * @slept: milliseconds in msleep()
 * @module_references: calls of __module_get()
 * @interrupts_off: interrupts are off
 * @cpu: the CPU that runs
 * @log: "level: text" of each printk()
 * @log_length: its bytes
 */
struct kernel {
	u64 tsc;
	int allocations, fail_after;
	int warnings, reschedules, slept, module_references;
	int interrupts_off;
	int cpu;
	char log[KERNEL_LOG_SIZE];
	u64 log_length;
};

extern struct kernel kernel;
void kernel_reset(void);
void kernel_forget_log(void);
void kernel_forget_symbols(void);
/* %pS of an address from @start on, for @size bytes, is "name+0x...", and "[module]" if that is not NULL. */
void kernel_module_symbol(u64 start, u64 size, const char *name, const char *module);
static inline void kernel_symbol(u64 start, u64 size, const char *name)
{
	kernel_module_symbol(start, size, name, NULL);
}

#endif
