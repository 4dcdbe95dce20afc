// SPDX-License-Identifier: Apache-2.0
/*
 * A program that ends, or fails to start another, in one known way: program CGROUP_PROCS ACTION [ARGUMENT...]. It first writes its pid into
 * the file CGROUP_PROCS ("-": stays where it is). What is staged goes as planned or the exit code is 99.
 */
#define _GNU_SOURCE
#include "program.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

void must(int fine)
{
	if (!fine)
		_exit(99);
}

void join(const char *procs)
{
	char pid[16];
	int length = snprintf(pid, sizeof(pid), "%d", getpid());
	int file;

	if (!strcmp(procs, "-"))
		return;
	file = open(procs, O_WRONLY);
	must(file >= 0 && write(file, pid, length) == length && !close(file));
}

static void *read_null(void *unused)
{
	(void)unused;
	return (void *)(long)*(volatile char *)8;
}

static void touch(unsigned long address)
{
	*(volatile char *)address = 1;
}

static void jump(void *address)
{
	((void (*)(void))address)();
}

static char *anonymous(int protection)
{
	return mmap(0, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Not to be made a loop; gcc warns that it never ends, which is the point. */
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int recurse(volatile char *above)
{
	volatile char frame[512];

	frame[0] = *above + 1;
	return recurse(frame) + frame[0];
}

static void *overflow(void *unused)
{
	volatile char begin = 0;
	struct rlimit limit = {8 << 20, 8 << 20};

	setrlimit(RLIMIT_STACK, &limit);
	recurse(&begin);
	return unused;
}

static void in_thread(void *(*function)(void *))
{
	pthread_t thread;

	must(!pthread_create(&thread, 0, function, 0));
	pthread_join(thread, 0);
}

/* A file's mapping whose second page has lost the file behind it. */
static void truncated(const char *path)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *mapping;

	must(file >= 0 && !ftruncate(file, 8192));
	mapping = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	must(mapping != MAP_FAILED && !ftruncate(file, 4096));
	touch((unsigned long)mapping + 4096 + 16);
}

static void trap(void)
{
#ifdef __x86_64__
	asm volatile("int3");
#else
	asm volatile("brk #0");
#endif
}

static void illegal(void)
{
#ifdef __x86_64__
	asm volatile("ud2");
#else
	asm volatile("udf #0");
#endif
}

/* x86 alone makes a signal of it. */
static void divide(volatile int by)
{
	volatile int result = 7 / by;

	(void)result;
}

static void report_and_abort(int number)
{
	(void)number;
	must(write(2, "a fatal error has been detected\n", 32) == 32);
	abort();
}

static void report_and_raise(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

static int fault(const char *action, char **argv)
{
	if (!strcmp(action, "null"))
		read_null(0);
	else if (!strcmp(action, "null-in-thread"))
		in_thread(read_null);
	else if (!strcmp(action, "null-call"))
		jump(0);
	else if (!strcmp(action, "wild-read"))
		return *(volatile char *)0x123456789000;
	else if (!strcmp(action, "wild-write"))
		touch(0x123456789000);
	else if (!strcmp(action, "impossible"))
		touch(0xdead000000000000);
	else if (!strcmp(action, "write-text"))
		touch((unsigned long)fault);
	else if (!strcmp(action, "guard"))
		touch((unsigned long)anonymous(PROT_NONE));
	else if (!strcmp(action, "jump"))
		jump((void *)0x123456789000);
	else if (!strcmp(action, "run-data"))
		jump(anonymous(PROT_READ | PROT_WRITE));
	else if (!strcmp(action, "overflow"))
		overflow(0);
	else if (!strcmp(action, "overflow-in-thread"))
		in_thread(overflow);
	else if (!strcmp(action, "library"))
		length_of(0);
	else if (!strcmp(action, "truncated")) /* FILE */
		truncated(argv[0]);
	else if (!strcmp(action, "divide"))
		divide(0);
	else if (!strcmp(action, "illegal"))
		illegal();
	else if (!strcmp(action, "trap"))
		trap();
	else if (!strcmp(action, "handled")) /* a crash handler that reports and raises the signal again */
		signal(SIGSEGV, report_and_raise), read_null(0);
	else if (!strcmp(action, "handled-abort")) /* one that gives up, as HotSpot's */
		signal(SIGSEGV, report_and_abort), read_null(0);
	else
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	static int (*const groups[])(const char *, char **) = {fault, end, start, patch};

	must(argc > 2);
	join(argv[1]);
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int result = groups[i](argv[2], argv + 3);

		if (result >= 0)
			return result;
	}
	return 98;
}
