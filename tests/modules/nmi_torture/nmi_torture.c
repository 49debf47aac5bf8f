// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shoots NMIs at CPUs and counts what Linux's own handler gets. Everything runs while the module
 * is loaded; the results are its parameters in sysfs.
 *
 * mode=ack: @count NMIs to each CPU in turn, each sent when the one before was handled, while that
 *	CPU executes CPUID in a loop.
 * mode=storm: all CPUs shoot at each other for @count TSC ticks, waiting for nothing, while they
 *	execute CPUID.
 * mode=fire: a background fire on all CPUs, one NMI each every @count TSC ticks, until rmmod; the
 *	kernel log then has the final counts.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>
#include <asm/processor.h>
#if __has_include(<asm/cpuid/api.h>)
#include <asm/cpuid/api.h>
#endif

static char *mode = "ack";
module_param(mode, charp, 0400);
static ulong count = 10000;
module_param(count, ulong, 0400);

/* Statistics. handled: its own CPU. sent_to: the senders; exact with one sender to a CPU at a time. */
static DEFINE_PER_CPU(u64, handled);
static DEFINE_PER_CPU(u64, sent_to);

static u64 sum(const u64 __percpu *counter)
{
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += *per_cpu_ptr(counter, cpu);
	return n;
}

/* What a parameter shows: on newer kernels per-CPU pointers are of an address space of their own. */
struct counter {
	u64 __percpu *each;
};

static int get_sum(char *buffer, const struct kernel_param *kp)
{
	const struct counter *counter = kp->arg;

	return sprintf(buffer, "%llu\n", sum(counter->each));
}

static int get_each(char *buffer, const struct kernel_param *kp)
{
	const struct counter *counter = kp->arg;
	int cpu, n = 0;

	for_each_online_cpu(cpu)
		n += sprintf(buffer + n, "%llu ", *per_cpu_ptr(counter->each, cpu));
	buffer[n - 1] = '\n';
	return n;
}

static struct counter handled_count = { &handled }, sent_count = { &sent_to };
static const struct kernel_param_ops sum_ops = { .get = get_sum };
static const struct kernel_param_ops each_ops = { .get = get_each };
module_param_cb(handled, &sum_ops, &handled_count, 0400);
module_param_cb(sent, &sum_ops, &sent_count, 0400);
module_param_cb(handled_each, &each_ops, &handled_count, 0400);

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	__this_cpu_inc(handled);
	return NMI_HANDLED;
}

static void shoot(int cpu)
{
	(*per_cpu_ptr(&sent_to, cpu))++;
	apic->send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
}

/* Knuth's MMIX generator: the same sequence in every run. */
static u64 next_random(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state;
}

/* Up to 8,191 ticks: longer than Linux's handler takes, so that the target gets back to its loop. */
static void pause_at_random(u64 *state)
{
	u64 end = rdtsc() + (next_random(state) >> 51);

	while (rdtsc() < end)
		cpu_relax();
}

static void execute_cpuid(void)
{
	int i;

	for (i = 0; i < 100; i++)
		cpuid_eax(0);
}

static int loop_on_cpuid(void *unused)
{
	while (!kthread_should_stop()) {
		execute_cpuid();
		cond_resched();
	}
	return 0;
}

static struct task_struct *run_on(int cpu, int (*function)(void *))
{
	struct task_struct *task = kthread_create(function, NULL, "nmi_torture/%d", cpu);

	if (!IS_ERR(task)) {
		kthread_bind(task, cpu);
		wake_up_process(task);
	}
	return task;
}

/* How long an NMI may take to be handled before it counts as lost. */
#define LOST_AFTER 200000000ull

static bool wait_handled(int cpu, u64 wanted)
{
	u64 start = rdtsc();

	while (READ_ONCE(*per_cpu_ptr(&handled, cpu)) < wanted) {
		if (rdtsc() - start > LOST_AFTER)
			return false;
		cpu_relax();
	}
	return true;
}

static int shoot_one_at_a_time(int cpu)
{
	u64 before = per_cpu(handled, cpu), state = cpu;
	ulong i;

	for (i = 1; i <= count; i++) {
		pause_at_random(&state);
		shoot(cpu);
		if (!wait_handled(cpu, before + i)) {
			pr_err("nmi_torture: NMI %lu to CPU %d was lost\n", i, cpu);
			return -EIO;
		}
		if (i % 100 == 0)
			cond_resched();
	}
	return 0;
}

static int sender_target;
static int sender_result;
static DECLARE_COMPLETION(sender_done);

static int sender(void *unused)
{
	sender_result = shoot_one_at_a_time(sender_target);
	complete(&sender_done);
	return 0;
}

/* The sender runs on another CPU than the target, if there is one. */
static int ack_one(int cpu)
{
	int from = cpumask_any_but(cpu_online_mask, cpu);
	struct task_struct *target = run_on(cpu, loop_on_cpuid);

	if (IS_ERR(target))
		return PTR_ERR(target);
	sender_target = cpu;
	if (!IS_ERR(run_on(from < nr_cpu_ids ? from : cpu, sender)))
		wait_for_completion(&sender_done);
	kthread_stop(target);
	return sender_result;
}

static int ack(void)
{
	int cpu, error = 0;

	for_each_online_cpu(cpu) {
		error = ack_one(cpu);
		if (error)
			break;
	}
	return error;
}

static u64 storm_end;

static int storm_sender(void *unused)
{
	int me = smp_processor_id(), cpu;
	u64 state = me;

	while (rdtsc() < READ_ONCE(storm_end)) {
		for_each_online_cpu(cpu)
			if (cpu != me)
				shoot(cpu);
		/* Salvoes of up to four, then a gap in which the others get to execute CPUID. */
		if (!(next_random(&state) >> 62)) {
			pause_at_random(&state);
			execute_cpuid();
		}
		if (need_resched())
			cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static struct task_struct *tasks[NR_CPUS];

static int start_everywhere(int (*function)(void *))
{
	int cpu;

	for_each_online_cpu(cpu) {
		tasks[cpu] = run_on(cpu, function);
		if (IS_ERR(tasks[cpu]))
			return PTR_ERR(tasks[cpu]);
	}
	return 0;
}

static void stop_everywhere(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!IS_ERR_OR_NULL(tasks[cpu]))
			kthread_stop(tasks[cpu]);
}

static int storm(void)
{
	int error;

	storm_end = rdtsc() + count;
	error = start_everywhere(storm_sender);
	while (!error && rdtsc() < storm_end)
		msleep(20);
	stop_everywhere();
	return error;
}

/* Its own CPU is one of the targets. The thread is not bound, so CPUs can go offline under it. */
/* Who was kept from shooting does not make up for it: a CPU holds one NMI that waits, no more. */
static int fire(void *unused)
{
	u64 next;
	int cpu;

	while (!kthread_should_stop()) {
		for_each_online_cpu(cpu)
			shoot(cpu);
		next = rdtsc() + count;
		while (rdtsc() < next) {
			cpu_relax();
			cond_resched();
		}
	}
	return 0;
}

static struct task_struct *fire_task;

static int start_fire(void)
{
	fire_task = kthread_run(fire, NULL, "nmi_torture");
	return PTR_ERR_OR_ZERO(fire_task);
}

static int run(void)
{
	if (!strcmp(mode, "ack"))
		return ack();
	if (!strcmp(mode, "storm"))
		return storm();
	if (!strcmp(mode, "fire"))
		return start_fire();
	return -EINVAL;
}

static int __init nmi_torture_init(void)
{
	int error = register_nmi_handler(NMI_LOCAL, on_nmi, 0, "nmi_torture");

	if (error)
		return error;
	error = run();
	if (error)
		unregister_nmi_handler(NMI_LOCAL, "nmi_torture");
	return error;
}

static void __exit nmi_torture_exit(void)
{
	if (fire_task)
		kthread_stop(fire_task);
	/* The last NMIs must find their handler. */
	msleep(20);
	unregister_nmi_handler(NMI_LOCAL, "nmi_torture");
	pr_info("nmi_torture: sent %llu handled %llu\n", sum(&sent_to), sum(&handled));
}

module_init(nmi_torture_init);
module_exit(nmi_torture_exit);
MODULE_DESCRIPTION("Test: NMIs sent against NMIs handled");
MODULE_LICENSE("GPL");
