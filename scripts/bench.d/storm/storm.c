/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 *   storm mmap|exec|kill CPU SECONDS [PROCS_FILE]
 *
 * Enters the cgroup of PROCS_FILE, says "ready", waits for a line, then does as
 * many as it can for SECONDS on one CPU: pairs of mmap and munmap of a page, execs
 * of a file that is not there, or signals to itself that are ignored by default. Says
 * "done COUNT NANOS"; does none of them before or after.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Between two looks at the clock. */
#define BURST 256

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void map_page(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || munmap(memory, 4096))
		fail("mmap");
}

static void fail_exec(void)
{
	static char *const arguments[] = { "storm", NULL };

	execve("/nonexistent/storm", arguments, NULL);
	if (errno != ENOENT)
		fail("execve");
}

static void send_ignored(void)
{
	if (kill(getpid(), SIGURG))
		fail("kill");
}

static unsigned long long nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void enter(const char *procs)
{
	int fd = open(procs, O_WRONLY);

	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(procs);
	close(fd);
}

int main(int argc, char **argv)
{
	void (*once)(void) = argc < 4 ? NULL : !strcmp(argv[1], "mmap") ? map_page : !strcmp(argv[1], "exec") ? fail_exec :
			     !strcmp(argv[1], "kill") ? send_ignored : NULL;
	unsigned long long count = 0, begin, end;
	cpu_set_t set;
	char text[64];

	if (!once) {
		fprintf(stderr, "usage: storm mmap|exec|kill CPU SECONDS [PROCS_FILE]\n");
		return 2;
	}
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[2]), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
	/* Before the cgroup: the clock's and the text's own mappings do not count there. */
	begin = nanos();
	snprintf(text, sizeof(text), "done %llu %llu\n", count, begin);
	if (argc > 4)
		enter(argv[4]);
	if (write(1, "ready\n", 6) != 6 || read(0, text, sizeof(text)) < 0)
		fail("ready");
	begin = nanos();
	end = begin + strtoull(argv[3], NULL, 10) * 1000000000ULL;
	do
		for (int i = 0; i < BURST; i++, count++)
			once();
	while (nanos() < end);
	end = nanos();
	snprintf(text, sizeof(text), "done %llu %llu\n", count, end - begin);
	if (write(1, text, strlen(text)) < 0)
		fail("done");
	_exit(0);
}
