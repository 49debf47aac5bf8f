// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workloads, measured by the TSC. On Bochs 2.7 with one CPU a tick is an instruction.
 *
 * usage: bench NAME           runs the workload, and prints
 *                             "bench NAME OPERATIONS ROUNDS MINIMUM MEDIAN MAXIMUM"
 *        bench ticks COMMAND  runs the command and prints "ticks TICKS"
 *        bench tasks N COMMAND  the same while N processes sleep
 *        bench modules N      loads the module churn_small N times, each time under another name,
 *                             and prints "modules NUMBER TICKS" for each
 *        bench                lists the workloads
 *
 * A workload runs in rounds of so many operations. The figures are ticks for one operation in one
 * round, in hundredths; the first round warms up and does not count. OPERATIONS are all that were
 * made.
 *
 * Where Linux sleeps in an operation (for RCU, for a worker), the TSC goes on. A child of the lowest
 * priority then uses up what would be idle time, and what the child got does not count.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096
#define PAGES		64
#define ROUNDS_MAX	80
#define TRACING		"/sys/kernel/tracing/"
/* A tmpfs of its own: what creating a file takes depends on what is there. */
#define DIRECTORY	"/tmp/bench/"
#define FILE_PATH	DIRECTORY "file"
#define TINY_PATH	DIRECTORY "tiny"
#define NEW_PATH	DIRECTORY "new"

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
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

static pid_t start_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

static void wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) < 0 || status) {
		fprintf(stderr, "bench: a child failed\n");
		exit(2);
	}
}

static _Noreturn void execute(char *const *command)
{
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

static void run(char *const *command)
{
	pid_t child = start_child();

	if (!child)
		execute(command);
	wait_for(child);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(file);
	close(fd);
}

/*
 * The workloads: each function does one operation.
 */

static int file_fd, to_child, from_child;
static pid_t yielder;

static void nothing(void)
{
}

static void compute(void)
{
	uint64_t n = 1;

	for (int i = 0; i < 1000000; i++)
		asm volatile("imul $3, %0, %0" : "+r" (n));
}

static void null_call(void)
{
	syscall(SYS_getppid);
}

static void make_file(void)
{
	static const char text[PAGE];

	file_fd = open(FILE_PATH, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file_fd < 0 || write(file_fd, text, sizeof(text)) != sizeof(text))
		die(FILE_PATH);
}

static void read_file(void)
{
	char text[64];

	if (pread(file_fd, text, sizeof(text), 0) != sizeof(text))
		die("pread");
}

static void open_close(void)
{
	int fd = open(FILE_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(FILE_PATH);
	close(fd);
}

static void stat_file(void)
{
	struct stat s;

	if (stat(FILE_PATH, &s))
		die(FILE_PATH);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void take_signals(void)
{
	signal(SIGUSR1, on_signal);
}

static void send_signal(void)
{
	raise(SIGUSR1);
}

static void map_and_touch(void)
{
	char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < PAGES; i++)
		((volatile char *)pages)[i * PAGE] = 1;
	munmap(pages, PAGES * PAGE);
}

static void create_delete(void)
{
	int fd = open(NEW_PATH, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || close(fd) || unlink(NEW_PATH))
		die(NEW_PATH);
}

static void start_echo(void)
{
	int to[2], from[2];
	char c;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("pipe2");
	if (!start_child()) {
		while (read(to[0], &c, 1) == 1 && write(from[1], &c, 1) == 1)
			continue;
		_exit(0);
	}
	to_child = to[1];
	from_child = from[0];
}

static void ping(void)
{
	char c = 0;

	if (write(to_child, &c, 1) != 1 || read(from_child, &c, 1) != 1)
		die("pipe");
}

/*
 * In this class a yield goes to the other process each time; fair scheduling would think twice. How
 * long Linux searches for an address space's PCID depends on which one it has: each other process
 * gets another, so that the least of many rounds is always the same one's.
 */
static void start_yielder(void)
{
	struct sched_param lowest = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &lowest))
		die("sched_setscheduler");
	if (yielder) {
		kill(yielder, SIGKILL);
		waitpid(yielder, NULL, 0);
	}
	yielder = start_child();
	while (!yielder)
		sched_yield();
	for (int i = 0; i < 20; i++)
		sched_yield();
}

/* There and back: the other process does nothing but yield, too. */
static void switch_twice(void)
{
	sched_yield();
}

static void fork_exit(void)
{
	pid_t child = start_child();

	if (!child)
		_exit(0);
	wait_for(child);
}

/* The least program that there is: it exits. A C library would execute CPUID before main(). */
static void make_tiny(void)
{
	static const struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
		uint8_t code[16];
	} tiny = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			.e_entry = 0x400000 + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			.e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
		},
		.segment = {
			.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x400000,
			.p_filesz = sizeof(tiny), .p_memsz = sizeof(tiny), .p_align = PAGE,
		},
		.code = { 0x31, 0xff,			/* xor %edi, %edi */
			  0xb8, SYS_exit, 0, 0, 0,	/* mov $SYS_exit, %eax */
			  0x0f, 0x05 },			/* syscall */
	};
	int fd = open(TINY_PATH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	if (fd < 0 || write(fd, &tiny, sizeof(tiny)) != sizeof(tiny))
		die(TINY_PATH);
	close(fd);
}

static void fork_exec(void)
{
	run((char *[]){ TINY_PATH, NULL });
}

static void fork_exec_libc(void)
{
	run((char *[]){ "true", NULL });
}

/* As a build does it: many short programs, files read and written, text searched and sorted. */
static void build(void)
{
	run((char *[]){ "sh", "-c",
		"mkdir -p " DIRECTORY "build && cd " DIRECTORY "build || exit\n"
		"for i in 1; do\n"
		"	{ echo '#include <header.h>'; seq 1 40; } >$i.c\n"
		"	head -c 2000 /bin/busybox | od -x >>$i.c\n"
		"	sed 's/include/define/' $i.c | grep -v '^$' | sort >$i.i\n"
		"	md5sum <$i.i >$i.o\n"
		"	[ $i.o -nt $i.c ] || cp $i.o $i.d\n"
		"done\n"
		"cat ?.o | tr a-z A-Z >all && test \"$(wc -l <all)\" -eq 1 || exit\n"
		"cd / && rm -r " DIRECTORY "build", NULL });
}

static void hackbench(void)
{
	run((char *[]){ "sh", "-c", "hackbench -g 1 -f 4 -l 10 >/dev/null", NULL });
}

/*
 * The ways in which Linux patches its code.
 */

static void toggle_tracepoint(void)
{
	put(TRACING "events/sched/sched_process_fork/enable", "1");
	put(TRACING "events/sched/sched_process_fork/enable", "0");
}

static void filter_functions(void)
{
	put(TRACING "set_ftrace_filter", "vfs_*");
}

static void toggle_ftrace(void)
{
	put(TRACING "current_tracer", "function");
	put(TRACING "current_tracer", "nop");
}

static void toggle_kprobe(const char *define)
{
	put(TRACING "kprobe_events", define);
	put(TRACING "events/bench/probe/enable", "1");
	put(TRACING "events/bench/probe/enable", "0");
	put(TRACING "kprobe_events", "-:bench/probe");
}

/* In a function that nobody calls meanwhile: at its entry by ftrace, behind it by a breakpoint. */
static void kprobe_at_entry(void)
{
	toggle_kprobe("p:bench/probe do_sys_settimeofday64");
}

static void kprobe_behind(void)
{
	toggle_kprobe("p:bench/probe do_sys_settimeofday64+9");
}

/* churn_small.ko in memory, with a name of its own. */
static struct image {
	char *bytes;
	size_t size;
} image;

#define MODULE_NAME "churn_small"

static void read_module(void)
{
	const char *file = getenv("BENCH_MODULE");
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	struct stat s;

	if (fd < 0 || fstat(fd, &s))
		die("BENCH_MODULE");
	image.size = s.st_size;
	image.bytes = malloc(image.size);
	if (!image.bytes || read(fd, image.bytes, image.size) != s.st_size)
		die(file);
	close(fd);
}

static void load(const char *name)
{
	char *at = image.bytes, *end = image.bytes + image.size, *found;
	static char last[] = MODULE_NAME;

	while ((found = memmem(at, end - at, last, strlen(last)))) {
		memcpy(found, name, strlen(last));
		at = found + strlen(last);
	}
	strcpy(last, name);
	if (syscall(SYS_init_module, image.bytes, image.size, ""))
		die("init_module");
}

static void unload(const char *name)
{
	while (syscall(SYS_delete_module, name, O_NONBLOCK))
		if (errno != EAGAIN)
			die("delete_module");
}

static void load_unload(void)
{
	load(MODULE_NAME);
	unload(MODULE_NAME);
}

/*
 * Exits that a program can cause.
 */

static void execute_cpuid(void)
{
	uint32_t a = 0, b, c = 0, d;

	asm volatile("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
}

static void execute_sgdt(void)
{
	struct { uint16_t limit; uint64_t base; } __attribute__((packed)) table;

	asm volatile("sgdt %0" : "=m" (table));
}

static void execute_sldt(void)
{
	uint32_t selector;

	asm volatile("sldt %0" : "=r" (selector));
}

/**
 * struct workload - what can be measured
 * @name: its name
 * @operations: of one round
 * @rounds: how many, without the first
 * @operate: does one operation
 * @prepare: or NULL
 * @sleeps: it does not only work
 * @anew: prepare it for each round
 */
static const struct workload {
	const char *name;
	int operations, rounds;
	void (*operate)(void);
	void (*prepare)(void);
	bool sleeps, anew;
} workloads[] = {
	{ "nothing", 1000, 5, nothing, NULL, false, false },
	{ "compute", 1, 2, compute, NULL, false, false },
	{ "null", 200, 20, null_call, NULL, false, false },
	{ "read", 50, 20, read_file, make_file, false, false },
	{ "open_close", 10, 20, open_close, make_file, false, false },
	{ "stat", 20, 20, stat_file, make_file, false, false },
	{ "signal", 20, 20, send_signal, take_signals, false, false },
	{ "mmap_touch", 1, 40, map_and_touch, NULL, false, false },
	{ "create_delete", 5, 40, create_delete, NULL, false, false },
	{ "pipe", 5, 80, ping, start_echo, false, false },
	{ "switch", 20, 80, switch_twice, start_yielder, false, true },
	{ "fork_exit", 1, 60, fork_exit, NULL, false, false },
	{ "fork_exec", 1, 60, fork_exec, make_tiny, false, false },
	{ "fork_exec_libc", 1, 15, fork_exec_libc, NULL, false, false },
	{ "build", 1, 5, build, NULL, true, false },
	{ "hackbench", 1, 5, hackbench, NULL, true, false },
	{ "module", 1, 7, load_unload, read_module, true, false },
	{ "tracepoint", 1, 15, toggle_tracepoint, NULL, true, false },
	{ "ftrace", 1, 1, toggle_ftrace, filter_functions, true, false },
	{ "kprobe", 1, 1, kprobe_at_entry, NULL, true, false },
	{ "kprobe_break", 1, 5, kprobe_behind, NULL, true, false },
	{ "cpuid", 100, 10, execute_cpuid, NULL, false, false },
	{ "sgdt", 100, 10, execute_sgdt, NULL, false, false },
	{ "sldt", 100, 10, execute_sldt, NULL, false, false },
};

/* What would be idle time goes to this child. */
static clockid_t start_idler(void)
{
	struct sched_param lowest = { 0 };
	clockid_t clock;
	pid_t child = start_child();

	if (!child) {
		if (sched_setscheduler(0, SCHED_IDLE, &lowest))
			die("sched_setscheduler");
		for (;;)
			continue;
	}
	if (clock_getcpuclockid(child, &clock))
		die("clock_getcpuclockid");
	return clock;
}

static uint64_t round_of(const struct workload *w)
{
	uint64_t start = rdtsc();

	for (int i = 0; i < w->operations; i++)
		w->operate();
	return rdtsc() - start;
}

/* The share of the TSC that the idler got is left out. */
static uint64_t busy_round_of(const struct workload *w, clockid_t idler)
{
	uint64_t time = nanoseconds(CLOCK_MONOTONIC_RAW), idle = nanoseconds(idler), ticks;

	ticks = round_of(w);
	idle = nanoseconds(idler) - idle;
	time = nanoseconds(CLOCK_MONOTONIC_RAW) - time;
	return ticks - (uint64_t)((double)ticks * idle / time);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(const struct workload *w)
{
	uint64_t ticks[ROUNDS_MAX];
	clockid_t idler = 0;

	if (w->prepare)
		w->prepare();
	if (w->sleeps)
		idler = start_idler();
	for (int i = -1; i < w->rounds; i++) {
		uint64_t round;

		if (w->anew && i >= 0)
			w->prepare();
		round = w->sleeps ? busy_round_of(w, idler) : round_of(w);

		if (i >= 0)
			ticks[i] = round * 100 / w->operations;
	}
	qsort(ticks, w->rounds, sizeof(ticks[0]), by_value);
	printf("bench %s %d %d %lu %lu %lu\n", w->name, w->operations * (w->rounds + 1),
	       w->rounds, ticks[0], ticks[w->rounds / 2], ticks[w->rounds - 1]);
}

static void measure_command(char *const *command)
{
	uint64_t start = rdtsc();

	run(command);
	printf("ticks %lu\n", rdtsc() - start);
}

static void with_tasks(int number, char *const *command)
{
	pid_t *task = calloc(number, sizeof(*task));

	if (!task)
		die("tasks");
	for (int i = 0; i < number; i++) {
		task[i] = fork();
		if (task[i] < 0)
			die("fork");
		if (!task[i])
			for (;;)
				pause();
	}
	measure_command(command);
	for (int i = 0; i < number; i++)
		kill(task[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	free(task);
}

static void name_module(char *name, int number)
{
	sprintf(name, "churn_s%04d", number % 10000);
}

static void measure_modules(int number)
{
	char name[32];

	read_module();
	for (int i = 1; i <= number; i++) {
		uint64_t start = rdtsc();

		name_module(name, i);
		load(name);
		printf("modules %d %lu\n", i, rdtsc() - start);
	}
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "ticks")) {
		measure_command(argv + 2);
		return 0;
	}
	if (argc > 3 && !strcmp(argv[1], "tasks")) {
		with_tasks(atoi(argv[2]), argv + 3);
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "modules")) {
		measure_modules(atoi(argv[2]));
		return 0;
	}
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		if (argc == 1) {
			puts(workloads[i].name);
		} else if (!strcmp(argv[1], workloads[i].name)) {
			measure(&workloads[i]);
			return 0;
		}
	}
	if (argc > 1)
		fprintf(stderr, "bench: there is no workload '%s'\n", argv[1]);
	return argc > 1 ? 2 : 0;
}
