// SPDX-License-Identifier: GPL-2.0-only
/*
 * credentials PROCESSES SECONDS: so many processes at a time change their credentials on and on, in all the ways that
 * Linux has: user IDs there and back, capabilities dropped and raised, user namespaces, programs with the
 * set-user-ID bit (a copy of this one, as PATH), and threads that start programs. Each lives for a while
 * and is replaced by another one.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY	65534
#define PATH	"/tmp/credentials.setuid"

static unsigned int seed;

/* Long enough for a sweep to come by now and then. */
static void wait_a_little(void)
{
	usleep(rand_r(&seed) % 8000);
}

static void set_caps(unsigned int permitted, unsigned int effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .permitted = permitted, .effective = effective, .inheritable = permitted },
	};

	syscall(SYS_capset, &header, data);
}

static void user_ids(void)
{
	int i;

	for (i = 0; i < 6; i++) {
		if (setresuid(-1, NOBODY, 0))
			break;
		setfsuid(1000);
		wait_a_little();
		if (seteuid(0))
			break;
		wait_a_little();
	}
	if (setresuid(1000, 1001, 1002))
		return;
	for (i = 0; i < 6; i++) {
		wait_a_little();
		if (setresuid(1002, 1000, 1001) || setreuid(1001, 1002))
			break;
	}
}

static void capabilities(void)
{
	const unsigned int some = 1 << CAP_NET_ADMIN | 1 << CAP_SETUID | 1 << CAP_SYS_NICE;
	int i;

	prctl(PR_SET_KEEPCAPS, 1);
	if (setresuid(NOBODY, NOBODY, NOBODY))
		return;
	for (i = 0; i < 4; i++) {
		set_caps(some, 0);
		wait_a_little();
		set_caps(some, some);
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_NICE, 0, 0);
		if (setresuid(2000 + i, 0, NOBODY))
			break;
		wait_a_little();
	}
	set_caps(0, 0);
	wait_a_little();
}

static void namespaces(void)
{
	int i;

	if (setresuid(NOBODY, NOBODY, NOBODY))
		return;
	for (i = 0; i < 4; i++) {
		wait_a_little();
		if (unshare(CLONE_NEWUSER))
			break;
		wait_a_little();
		set_caps(1 << CAP_SETUID, 0);
	}
	wait_a_little();
}

static void start(void)
{
	execl(PATH, PATH, "once", (char *)NULL);
	_exit(1);
}

static void set_user_id_program(void)
{
	if (setresuid(NOBODY, NOBODY, NOBODY))
		return;
	wait_a_little();
	start();
}

static void *start_in_thread(void *unused)
{
	(void)unused;
	wait_a_little();
	start();
	return NULL;
}

static void thread(void)
{
	pthread_t other;

	if (setresuid(NOBODY, NOBODY, NOBODY) ||
	    pthread_create(&other, NULL, start_in_thread, NULL))
		return;
	pause();
}

static void (*const ways[])(void) = {
	user_ids, capabilities, namespaces, set_user_id_program, thread,
};

#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

/* As a program with the set-user-ID bit: root, and back to who started it. */
static int once(void)
{
	seed = (unsigned int)getpid();
	wait_a_little();
	if (geteuid() || setresuid(-1, getuid(), -1))
		return 1;
	wait_a_little();
	if (seteuid(0) || setresuid(getuid(), getuid(), getuid()))
		return 1;
	wait_a_little();
	return 0;
}

static int prepare(void)
{
	char self[200] = "", command[256];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	snprintf(command, sizeof(command), "cp %s " PATH, self);
	return system(command) || chmod(PATH, 04755);
}

static void begin(unsigned int number)
{
	if (fork())
		return;
	seed = number;
	ways[number % N_WAYS]();
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned int begun = 0, bad = 0, processes;
	time_t end;
	int status;

	if (argc == 2)
		return once();
	if (argc != 3 || prepare())
		return 2;
	processes = (unsigned int)atoi(argv[1]);
	end = time(NULL) + atoi(argv[2]);
	while (begun < processes)
		begin(begun++);
	while (wait(&status) > 0) {
		bad += !WIFEXITED(status) || WEXITSTATUS(status);
		if (time(NULL) < end)
			begin(begun++);
	}
	printf("%u processes, %u of them failed\n", begun, bad);
	return bad != 0;
}
