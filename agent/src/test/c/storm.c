// SPDX-License-Identifier: Apache-2.0
/*
 * A process that does one thing at the machine's full speed and says how often
 * it did: storm CGROUP_PROCS ACTION ARGUMENT... First it writes its pid into
 * the file CGROUP_PROCS, as victim does. Its last line is what really happened,
 * which is what the agent must have counted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static void say(const char *format, long first, long second, long third)
{
	char line[128];
	int length = snprintf(line, sizeof(line), format, first, second, third);

	if (write(1, line, length) != length)
		_exit(96);
}

static void join(const char *procs)
{
	char pid[16];
	int length = snprintf(pid, sizeof(pid), "%d", getpid());
	int fd = open(procs, O_WRONLY);

	if (fd < 0 || write(fd, pid, length) != length)
		_exit(99);
	close(fd);
}

static void map_once(long size)
{
	long address = syscall(SYS_mmap, 0, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (address < 0 && address > -4096)
		_exit(98);
	syscall(SYS_munmap, address, size);
}

static void fail_exec(const char *file)
{
	char *arguments[] = {"storm", 0};
	char *environment[] = {0};

	if (execve(file, arguments, environment) == 0 || errno != ENOENT)
		_exit(97);
}

/* COUNT SIZE...: maps COUNT times, each size in turn, and unmaps. */
static void map(long count, int sizes, char **argv)
{
	for (long i = 0; i < count; i++)
		map_once(atol(argv[i % sizes]));
	say("mmap %ld\n", count, 0, 0);
}

/* COUNT FILE: tries to start what is not there. */
static void fail_execs(long count, const char *file)
{
	for (long i = 0; i < count; i++)
		fail_exec(file);
	say("execve %ld\n", count, 0, 0);
}

/* COUNT: sends itself a signal that it ignores. */
static void ignore(long count)
{
	pid_t self = getpid();

	signal(SIGUSR2, SIG_IGN);
	for (long i = 0; i < count; i++)
		kill(self, SIGUSR2);
	say("kill %ld\n", count, 0, 0);
}

/* COUNT DIRECTORY: makes and removes a cgroup. */
static void cgroups(long count, const char *directory)
{
	for (long i = 0; i < count; i++)
		if (mkdir(directory, 0755) || rmdir(directory))
			_exit(95);
	say("mkdir %ld\n", count, 0, 0);
}

/* COUNT: children that leave at once with code 7. */
static void forks(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(7);
		if (child < 0 || waitpid(child, 0, 0) != child)
			_exit(94);
	}
	say("fork %ld\n", count, 0, 0);
}

static void count_signal(int signal)
{
	(void)signal;
	handled++;
}

/*
 * COUNT MICROSECONDS FILE: a timer's signals into a loop of traced calls, of
 * which each 64th is an exec that fails, until COUNT of them were handled.
 */
static void timer(long count, long microseconds, const char *file)
{
	struct itimerval every = {{0, microseconds}, {0, microseconds}}, off = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
	long maps = 0, execs = 0;

	sigaction(SIGALRM, &action, 0);
	setitimer(ITIMER_REAL, &every, 0);
	while (handled < count) {
		map_once(4096);
		if (++maps % 64 == 0) {
			fail_exec(file);
			execs++;
		}
	}
	setitimer(ITIMER_REAL, &off, 0);
	say("signal %ld mmap %ld execve %ld\n", handled, maps, execs);
}

static int act(const char *action, long count, int argc, char **argv)
{
	if (!strcmp(action, "map") && argc > 0)
		map(count, argc, argv);
	else if (!strcmp(action, "exec") && argc > 0)
		fail_execs(count, argv[0]);
	else if (!strcmp(action, "ignore"))
		ignore(count);
	else if (!strcmp(action, "cgroups") && argc > 0)
		cgroups(count, argv[0]);
	else if (!strcmp(action, "forks"))
		forks(count);
	else if (!strcmp(action, "timer") && argc > 1)
		timer(count, atol(argv[0]), argv[1]);
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	join(argv[1]);
	_exit(act(argv[2], atol(argv[3]), argc - 4, argv + 4));
}
