// SPDX-License-Identifier: GPL-2.0-only
/*
 * Busy work of all kinds on all CPUs: computing, system calls, pipes, page faults, processes,
 * signals, sleeping. It executes no CPUID unless told to. Starting a program does, in libc; so all
 * is done by forks of this one, between lines on standard input and output, so that counters can
 * be read around it.
 *
 * usage: workload TICKS [CPUIDS]
 *
 * Says "ready", waits for a line, works until each CPU has worked for TICKS ticks of its TSC,
 * executes CPUIDS times CPUID on each, says what it did, and waits for the end of its input.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096
#define PAGES	64

static _Noreturn void die(const char *what)
{
	perror(what);
	_exit(2);
}

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return low | (uint64_t)high << 32;
}

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		die("clock_gettime");
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* What sends back each byte it gets, on a CPU of its own or the same. */
struct echo {
	int to, from;
};

static _Noreturn void echo(int in, int out)
{
	char c;

	while (read(in, &c, 1) == 1 && write(out, &c, 1) == 1)
		continue;
	_exit(0);
}

static struct echo start_echo(int cpu)
{
	int to[2], from[2];
	pid_t child;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("pipe2");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		run_on(cpu);
		close(to[1]);
		close(from[0]);
		echo(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	return (struct echo){ to[1], from[0] };
}

static void compute(void)
{
	uint64_t n = 1;
	double x = 1;

	for (int i = 0; i < 20000; i++) {
		n = n * 6364136223846793005ull + 1442695040888963407ull;
		x = x * 1.000001 + (double)(n >> 40);
	}
	asm volatile("" : : "r" (n), "x" (x));
}

static void call_system(void)
{
	char text[256];

	for (int i = 0; i < 100; i++) {
		int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			die("/proc/self/stat");
		close(fd);
		getppid();
		sched_yield();
	}
}

static void ping(struct echo e)
{
	char c = 0;

	for (int i = 0; i < 50; i++)
		if (write(e.to, &c, 1) != 1 || read(e.from, &c, 1) != 1)
			die("pipe");
}

static void fault_pages(void)
{
	char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (pages == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < PAGES; i++)
		((volatile char *)pages)[i * PAGE] = 1;
	if (mprotect(pages, PAGES * PAGE, PROT_READ) || munmap(pages, PAGES * PAGE))
		die("munmap");
}

static void fork_and_wait(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		fault_pages();
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void rest(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL);
}

static void ignore(int signal)
{
	(void)signal;
}

static void work(struct echo near, struct echo far)
{
	compute();
	call_system();
	ping(near);
	ping(far);
	fault_pages();
	fork_and_wait();
	raise(SIGUSR1);
	rest();
}

static void execute_cpuid(long times)
{
	uint32_t a, b, c, d;

	while (times-- > 0)
		__cpuid(0, a, b, c, d);
}

/* Time without work, as a share of the TSC, does not count. */
static uint64_t worked(uint64_t tsc, uint64_t time)
{
	uint64_t elapsed = nanoseconds(CLOCK_MONOTONIC) - time;
	double share = (double)nanoseconds(CLOCK_PROCESS_CPUTIME_ID) / (elapsed ? elapsed : 1);

	return (rdtsc() - tsc) * share;
}

/* An infant: its process time starts at 0 here. */
static _Noreturn void worker(int cpu, int cpus, uint64_t ticks, long cpuids)
{
	uint64_t tsc = rdtsc(), time = nanoseconds(CLOCK_MONOTONIC), rounds = 0;
	struct echo near, far;

	run_on(cpu);
	signal(SIGUSR1, ignore);
	near = start_echo(cpu);
	far = start_echo((cpu + 1) % cpus);
	for (; worked(tsc, time) < ticks; rounds++)
		work(near, far);
	execute_cpuid(cpuids);
	printf("CPU %d: %lu ticks, %lu of them at work, %lu rounds\n", cpu, rdtsc() - tsc,
	       worked(tsc, time), rounds);
	fflush(stdout);
	_exit(0);
}

static void start_worker(int cpu, int cpus, uint64_t ticks, long cpuids)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child)
		worker(cpu, cpus, ticks, cpuids);
}

static bool wait_for_workers(int workers)
{
	bool well = true;
	int status;

	while (workers--)
		if (wait(&status) < 0 || status)
			well = false;
	return well;
}

static void wait_for_line(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		continue;
}

int main(int argc, char **argv)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t ticks = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
	long cpuids = argc > 2 ? strtol(argv[2], NULL, 0) : 0;
	bool well;

	setlinebuf(stdout);
	puts("ready");
	wait_for_line();
	for (int cpu = 0; cpu < cpus; cpu++)
		start_worker(cpu, cpus, ticks, cpuids);
	well = wait_for_workers(cpus);
	puts(well ? "done" : "failed");
	wait_for_line();
	return !well;
}
