// SPDX-License-Identifier: Apache-2.0
/* Ends that are no fault: signals that somebody sends, limits, abort, exit. */
#define _GNU_SOURCE
#include "program.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

/* A child that does nothing until it is killed. */
static pid_t sleeper(void)
{
	pid_t child = fork();

	must(child >= 0);
	while (!child)
		pause();
	return child;
}

static int kill_child(int number)
{
	pid_t child = sleeper();
	int status;

	must(!kill(child, number) && wait(&status) == child && WIFSIGNALED(status));
	return 0;
}

/* One child kills the other. */
static int kill_sibling(int number)
{
	pid_t victim = sleeper();
	pid_t killer = fork();

	must(killer >= 0);
	if (!killer) {
		must(!kill(victim, number));
		_exit(0);
	}
	must(wait(0) > 0 && wait(0) > 0);
	return 0;
}

/* The first process of a pid namespace ends, and the kernel kills the other. */
static int end_namespace(void)
{
	pid_t init;

	must(!unshare(CLONE_NEWPID));
	init = fork();
	must(init >= 0);
	if (!init) {
		sleeper();
		usleep(100000);
		_exit(0);
	}
	must(wait(0) == init);
	return 0;
}

/* The child asked for a signal when its parent ends. */
static int end_parent(void)
{
	int ready[2];
	char byte;

	must(!pipe(ready));
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	must(read(ready[0], &byte, 1) == 1);
	return 0;
}

static int forbidden_call(unsigned int answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sethostname, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	syscall(SYS_sethostname, 0, 0);
	return 0;
}

static int use_cpu(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = {soft, hard};

	must(!setrlimit(RLIMIT_CPU, &limit));
	for (;;)
		;
	return 0;
}

static int write_much(const char *path)
{
	struct rlimit limit = {4096, 4096};
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char block[8192] = {0};

	must(file >= 0 && !setrlimit(RLIMIT_FSIZE, &limit));
	(void)!write(file, block, sizeof(block));
	(void)!write(file, block, sizeof(block));
	return 0;
}

static int write_to_nobody(void)
{
	int ends[2];

	must(!pipe(ends) && !close(ends[0]));
	(void)!write(ends[1], "x", 1);
	return 0;
}

static int wait_for_timer(void)
{
	struct itimerval timer = {{0, 0}, {0, 50000}};

	must(!setitimer(ITIMER_REAL, &timer, 0));
	pause();
	return 0;
}

static int eat(long size)
{
	char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	for (long i = 0; i < size; i += 4096)
		memory[i] = 1;
	return 0;
}

/* Says "ready" and stays until a signal comes; with IGNORED set SIGTERM is none. */
static int stay(int ignored)
{
	if (ignored)
		signal(SIGTERM, SIG_IGN);
	(void)!write(1, "ready\n", 6);
	for (;;)
		pause();
	return 0;
}

static int free_twice(void)
{
	char *block = malloc(100);
	char *volatile same = block;

	free(block);
	free(same);
	return 0;
}

static void ignore(int number)
{
	(void)number;
}

/* SECONDS COUNT: as many execs and handled and ignored signals as fit, at most COUNT of each; says how many. */
static int flood(long seconds, long count)
{
	char *const nothing[] = {"program", "-", "exit", "0", 0};
	static long done;
	struct timespec now, first;

	signal(SIGUSR1, ignore);
	signal(SIGUSR2, SIG_IGN);
	clock_gettime(CLOCK_MONOTONIC, &first);
	do {
		int status;
		pid_t child = vfork();

		if (!child) {
			execve("/proc/self/exe", nothing, nothing + 4);
			_exit(97);
		}
		must(child > 0 && waitpid(child, &status, 0) == child && !status);
		kill(getpid(), SIGUSR1);
		kill(getpid(), SIGUSR2);
		done++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (done < count && now.tv_sec - first.tv_sec < seconds);
	printf("%ld\n", done);
	return 0;
}

static int by_signal(const char *action, char **argv)
{
	if (!strcmp(action, "raise")) { /* NUMBER */
		kill(getpid(), atoi(argv[0]));
		return 0;
	}
	if (!strcmp(action, "kill-child")) /* NUMBER */
		return kill_child(atoi(argv[0]));
	if (!strcmp(action, "kill-sibling")) /* NUMBER */
		return kill_sibling(atoi(argv[0]));
	if (!strcmp(action, "kill")) /* PID NUMBER */
		return kill(atoi(argv[0]), atoi(argv[1])) ? 99 : 0;
	if (!strcmp(action, "end-namespace"))
		return end_namespace();
	if (!strcmp(action, "end-parent"))
		return end_parent();
	if (!strcmp(action, "stay"))
		return stay(0);
	if (!strcmp(action, "stay-in-spite"))
		return stay(1);
	if (!strcmp(action, "timer"))
		return wait_for_timer();
	return !strcmp(action, "write-to-nobody") ? write_to_nobody() : -1;
}

int end(const char *action, char **argv)
{
	if (!strcmp(action, "abort-assert")) {
		/* As in a program whose heap is no longer what it believes. */
		assert(!argv);
		return 0;
	}
	if (!strcmp(action, "free-twice"))
		return free_twice();
	if (!strcmp(action, "seccomp-process"))
		return forbidden_call(SECCOMP_RET_KILL_PROCESS);
	if (!strcmp(action, "seccomp-thread"))
		return forbidden_call(SECCOMP_RET_KILL_THREAD);
	if (!strcmp(action, "seccomp-trap"))
		return forbidden_call(SECCOMP_RET_TRAP);
	if (!strcmp(action, "cpu-limit")) /* SOFT HARD */
		return use_cpu(atoi(argv[0]), atoi(argv[1]));
	if (!strcmp(action, "file-limit")) /* FILE */
		return write_much(argv[0]);
	if (!strcmp(action, "eat")) /* BYTES */
		return eat(atol(argv[0]));
	if (!strcmp(action, "eat-in-company")) { /* BYTES: beside a child that is small */
		sleeper();
		return eat(atol(argv[0]));
	}
	if (!strcmp(action, "exit")) /* CODE */
		return atoi(argv[0]);
	if (!strcmp(action, "flood")) /* SECONDS COUNT */
		return flood(atol(argv[0]), atol(argv[1]));
	return by_signal(action, argv);
}
