// SPDX-License-Identifier: Apache-2.0
/* Programs that do not start. The caller lives on for a while, as a shell or a supervisor does, unless DEMO_LINGER_MS says 0. */
#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char *const no_environment[] = {0};

static const struct {
	int number;
	const char *name;
} errors[] = {{ENOENT, "ENOENT"}, {ENOTDIR, "ENOTDIR"}, {EACCES, "EACCES"}, {ENOEXEC, "ENOEXEC"}, {ELOOP, "ELOOP"},
	      {E2BIG, "E2BIG"}, {ETXTBSY, "ETXTBSY"}, {ELIBBAD, "ELIBBAD"}, {EAGAIN, "EAGAIN"}, {EFAULT, "EFAULT"},
	      {EINVAL, "EINVAL"}, {EIO, "EIO"}, {ENAMETOOLONG, "ENAMETOOLONG"}};

/* The exit code is 0 when it failed with ERROR, as was staged. */
static int expect(const char *error)
{
	const char *linger = getenv("DEMO_LINGER_MS");
	int failed = errno;

	usleep(1000 * (linger ? atol(linger) : 400));
	for (unsigned int i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == failed && !strcmp(errors[i].name, error))
			return 0;
	dprintf(2, "%s instead of %s\n", strerror(failed), error);
	return 99;
}

static int run(const char *file, const char *error)
{
	char *const arguments[] = {(char *)file, 0};

	execve(file, arguments, no_environment);
	return expect(error);
}

static int run_with_arguments(const char *file, long size, const char *error)
{
	char *large = malloc(size + 1);
	char *arguments[100];

	must(large != 0);
	memset(large, 'x', size);
	large[size] = 0;
	for (int i = 0; i < 99; i++)
		arguments[i] = large;
	arguments[99] = 0;
	execve(file, arguments, no_environment);
	return expect(error);
}

static int search(const char *name, const char *path, const char *error)
{
	char *const arguments[] = {(char *)name, 0};

	must(!setenv("PATH", path, 1));
	execvp(name, arguments);
	return expect(error);
}

/* UNIT repeated to a path of LENGTH bytes. */
static int run_long(const char *unit, int length, const char *error)
{
	char path[8193];
	int size = strlen(unit);

	must(length < (int)sizeof(path));
	for (int i = 0; i < length; i++)
		path[i] = unit[i % size];
	path[length] = 0;
	return run(path, error);
}

/* A file on a file system that must not run any. */
static int run_on_noexec(const char *from, const char *directory)
{
	char path[512], block[65536];
	int source = open(from, O_RDONLY), copy;
	ssize_t got;

	must(!unshare(CLONE_NEWNS) && !mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
	must(!mount("tmpfs", directory, "tmpfs", MS_NOEXEC, "size=8m"));
	snprintf(path, sizeof(path), "%s/tool", directory);
	copy = open(path, O_WRONLY | O_CREAT, 0755);
	must(source >= 0 && copy >= 0);
	while ((got = read(source, block, sizeof(block))) > 0)
		must(write(copy, block, got) == got);
	must(!close(copy));
	return run(path, "EACCES");
}

static int run_limited(int resource, long bytes, const char *file)
{
	struct rlimit limit = {bytes, bytes};
	char *const arguments[] = {(char *)file, 0};

	must(!setrlimit(resource, &limit));
	execve(file, arguments, no_environment);
	return 99;
}

/* A user with more processes than it may have. */
static int run_one_too_many(const char *file)
{
	struct rlimit limit = {0, 0};
	pid_t other = fork();

	if (!other) {
		must(!setresuid(54321, 54321, 54321));
		usleep(3000000);
		_exit(0);
	}
	usleep(100000);
	must(!setrlimit(RLIMIT_NPROC, &limit) && !setresuid(54321, 54321, 54321));
	return run(file, "EAGAIN");
}

int start(const char *action, char **argv)
{
	if (!strcmp(action, "run")) /* FILE ERROR */
		return run(argv[0], argv[1]);
	if (!strcmp(action, "run-in")) { /* ROOT FILE ERROR */
		must(!chroot(argv[0]) && !chdir("/"));
		return run(argv[1], argv[2]);
	}
	if (!strcmp(action, "run-as")) { /* UID FILE ERROR */
		must(!setgroups(0, 0) && !setgid(atoi(argv[0])) && !setuid(atoi(argv[0])));
		return run(argv[1], argv[2]);
	}
	if (!strcmp(action, "run-busy")) { /* FILE */
		must(open(argv[0], O_RDWR) >= 0);
		return run(argv[0], "ETXTBSY");
	}
	if (!strcmp(action, "run-with-arguments")) /* FILE BYTES ERROR: 99 of that size */
		return run_with_arguments(argv[0], atol(argv[1]), argv[2]);
	if (!strcmp(action, "run-long")) /* UNIT LENGTH ERROR */
		return run_long(argv[0], atoi(argv[1]), argv[2]);
	if (!strcmp(action, "run-on-noexec")) /* FILE DIRECTORY */
		return run_on_noexec(argv[0], argv[1]);
	if (!strcmp(action, "run-with-address-space")) /* FILE BYTES */
		return run_limited(RLIMIT_AS, atol(argv[1]), argv[0]);
	if (!strcmp(action, "run-one-too-many")) /* FILE */
		return run_one_too_many(argv[0]);
	if (!strcmp(action, "run-nowhere")) /* a name at an address that is not mapped */
		return run((const char *)8, "EFAULT");
	if (!strcmp(action, "replace")) { /* FILE: it starts, or it dies inside exec */
		char *const arguments[] = {argv[0], 0};

		execve(argv[0], arguments, no_environment);
		return 99;
	}
	return strcmp(action, "search") ? -1 : search(argv[0], argv[1], argv[2]); /* NAME PATH ERROR */
}
