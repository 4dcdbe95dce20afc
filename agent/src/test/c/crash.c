// SPDX-License-Identifier: Apache-2.0
/*
 * A process that faults in one known way. crash CGROUP_PROCS ACTION. First it writes its pid into the file CGROUP_PROCS, then it says
 * "address 0x...": the one that the kernel should report, where it is known before.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void touch(volatile char *address)
{
	printf("address 0x%lx\n", (unsigned long)(uintptr_t)address);
	fflush(stdout);
	*address = 1;
}

static void jump(void *address)
{
	printf("address 0x%lx\n", (unsigned long)(uintptr_t)address);
	fflush(stdout);
	((void (*)(void))address)();
}

/* Not to be made a loop. */
static int recurse(volatile char *above)
{
	volatile char frame[512];

	frame[0] = *above + 1;
	return recurse(frame) + frame[0];
}

static void *recurse_in_thread(void *unused)
{
	volatile char begin = 0;

	recurse(&begin);
	return unused;
}

static void overflow_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, 0, recurse_in_thread, 0);
	pthread_join(thread, 0);
}

/* A file's mapping whose second page has lost the file behind it. */
static void truncated(const char *path)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *mapping;

	if (file < 0 || ftruncate(file, 8192))
		exit(97);
	mapping = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (mapping == MAP_FAILED || ftruncate(file, 4096))
		exit(97);
	touch(mapping + 4096 + 16);
}

static char *anonymous(int protection)
{
	return mmap(0, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* As many mappings as a large program has: neighbours differ, or the kernel would join them. */
static void crowd(void)
{
	for (int i = 0; i < 20000; i++)
		mmap(0, 4096, i & 1 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(int argc, char **argv)
{
	char pid[16], *action = argc > 2 ? argv[2] : "";
	int procs = argc > 2 ? open(argv[1], O_WRONLY) : -1;
	int length = snprintf(pid, sizeof(pid), "%d", getpid());

	if (procs < 0 || write(procs, pid, length) != length)
		return 99;
	if (!strcmp(action, "crowded")) { /* ACTION: with many mappings */
		crowd();
		action = argv[3];
	}
	if (!strcmp(action, "null"))
		touch((char *)8);
	else if (!strcmp(action, "overflow"))
		recurse_in_thread(0);
	else if (!strcmp(action, "overflow-thread"))
		overflow_thread();
	else if (!strcmp(action, "jump"))
		jump((void *)0x123456789000);
	else if (!strcmp(action, "run-data"))
		jump(anonymous(PROT_READ | PROT_WRITE));
	else if (!strcmp(action, "run-heap"))
		jump(memset(malloc(64), 0x90, 64));
	else if (!strcmp(action, "write-code"))
		touch((char *)(uintptr_t)main);
	else if (!strcmp(action, "touch-guard"))
		touch(anonymous(PROT_NONE));
	else if (!strcmp(action, "truncated"))
		truncated(argv[3]);
	else
		return 98;
	return 0;
}
