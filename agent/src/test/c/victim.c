// SPDX-License-Identifier: Apache-2.0
/*
 * A process that does one known thing. victim CGROUP_PROCS ACTION [ARGUMENT...]
 * First it writes its pid into the file CGROUP_PROCS ("-" = stays where it is),
 * then it acts with raw system calls only, so that what the kernel counts from
 * there on is exactly what is written here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *text)
{
	(void)!write(1, text, strlen(text));
}

static void join(const char *procs)
{
	char pid[16];
	int length = 0, fd, id = getpid();

	if (!strcmp(procs, "-"))
		return;
	for (int digits = id; digits; digits /= 10)
		length++;
	pid[length] = 0;
	for (int i = length, digits = id; i > 0; digits /= 10)
		pid[--i] = '0' + digits % 10;
	fd = open(procs, O_WRONLY);
	if (fd < 0 || write(fd, pid, length) != length)
		_exit(99);
	close(fd);
}

/* COUNT SIZE [SIZE...]: maps COUNT times, each size in turn, and unmaps. */
static void map(int argc, char **argv)
{
	long count = atol(argv[0]);

	for (long i = 0; i < count; i++) {
		long size = atol(argv[1 + i % (argc - 1)]);
		long address = syscall(SYS_mmap, 0, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (address < 0 && address > -4096)
			_exit(98);
		syscall(SYS_munmap, address, size);
	}
}

/* GROW_PAGES: moves brk up and back down, and asks for what cannot be had. */
static void breaks(char **argv)
{
	long start = syscall(SYS_brk, 0);
	long grown = start + atol(argv[0]) * 4096;

	if (syscall(SYS_brk, grown) != grown || syscall(SYS_brk, start) != start)
		_exit(98);
	if (syscall(SYS_brk, start + (1L << 46)) != start)
		_exit(98);
}

/*
 * COUNT: so many times each memory call, in sizes of its own, and each failing:
 * mmap 3 pages, mremap to 8 and down to 2, munmap, brk up and down by 4; then munmap
 * EINVAL, mmap ENOMEM and EBADF, mremap EFAULT, brk ENOMEM.
 */
static void memory(char **argv)
{
	long count = atol(argv[0]), page = 4096;
	long heap = syscall(SYS_brk, 0);

	for (long i = 0; i < count; i++) {
		long address = syscall(SYS_mmap, 0, 3 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		address = syscall(SYS_mremap, address, 3 * page, 8 * page, MREMAP_MAYMOVE);
		if (address < 0 && address > -4096)
			_exit(98);
		syscall(SYS_mremap, address, 8 * page, 2 * page, MREMAP_MAYMOVE);
		syscall(SYS_munmap, address, 2 * page);
		if (syscall(SYS_brk, heap + 4 * page) != heap + 4 * page || syscall(SYS_brk, heap) != heap)
			_exit(98);
		syscall(SYS_munmap, address + 1, page);
		syscall(SYS_mmap, 0, 1L << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		syscall(SYS_mmap, 0, page, PROT_READ, MAP_PRIVATE, 1023, 0);
		syscall(SYS_mremap, address, page, 2 * page, MREMAP_MAYMOVE);
		syscall(SYS_brk, heap + (1L << 46));
	}
}

/* One of each kind of mapping, one mremap up and down, one mmap that fails. */
static void kinds(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	long address;

	syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	syscall(SYS_mmap, 0, 8192, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	syscall(SYS_mmap, 0, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	address = syscall(SYS_mmap, 0, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	address = syscall(SYS_mremap, address, 4096, 5 * 4096, MREMAP_MAYMOVE);
	syscall(SYS_mremap, address, 5 * 4096, 2 * 4096, MREMAP_MAYMOVE);
	syscall(SYS_mmap, 0, 1L << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, 1023, 0);
}

#ifdef __x86_64__
/* A call as a 32-bit program makes it: the number is that of the other table. */
static long call32(long number, long one, long two, long three, long four, long five)
{
	int result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(number), "b"(one), "c"(two), "d"(three), "S"(four), "D"(five)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/*
 * What a 32-bit program does: an anonymous mapping by each of both calls, one of
 * them grown, unmapped and, which fails, grown again, brk up and down, an exec of
 * a missing file.
 */
static void compat(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	unsigned int *low = mmap(0, 4096, PROT_READ | PROT_WRITE, flags | MAP_32BIT, -1, 0);
	unsigned int old[6] = {0, 3 * 4096, PROT_READ, flags, -1, 0};
	char *file = strcpy((char *)low + 64, "/no/such/32-bit/program");
	long address, start;

	memcpy(low, old, sizeof(old));
	if (call32(90, (long)low, 0, 0, 0, 0) == -ENOSYS)
		_exit(96);
	/* The sixth argument, the offset, is in ebp and whatever it is. */
	address = call32(192, 0, 5 * 4096, PROT_READ, flags, -1);
	address = call32(163, address, 5 * 4096, 6 * 4096, MREMAP_MAYMOVE, 0);
	call32(91, address, 6 * 4096, 0, 0, 0);
	call32(163, address, 4096, 8192, MREMAP_MAYMOVE, 0);
	start = call32(45, 0, 0, 0, 0, 0);
	call32(45, start + 2 * 4096, 0, 0, 0, 0);
	call32(45, start, 0, 0, 0, 0);
	_exit(-call32(11, (long)file, 0, 0, 0, 0));
}
#endif

static long contended_calls;

static int contend(void *unused)
{
	(void)unused;
	for (long i = 0; i < contended_calls; i++) {
		long address = syscall(SYS_mmap, 0, 65536, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		syscall(SYS_munmap, address, 65536);
	}
	return 0;
}

/* COUNT: sixteen processes with one address space each map and unmap so often, and so wait for each other inside the calls. */
static void contended(char **argv)
{
	static char stacks[16][16384] __attribute__((aligned(16)));

	contended_calls = atol(argv[0]);
	for (int i = 0; i < 16; i++)
		if (clone(contend, stacks[i] + sizeof(stacks[i]), CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, 0) < 0)
			_exit(98);
	for (int i = 0; i < 16; i++)
		wait(0);
}

/* BYTES: touches that many, page by page. */
static void eat(char **argv)
{
	long size = atol(argv[0]);
	char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (long i = 0; i < size; i += 4096)
		memory[i] = 1;
}

/* FILE: tries to start it. The exit code is the errno. */
static void start(const char *file)
{
	char *arguments[] = {"victim", 0};
	char *environment[] = {0};

	execve(file, arguments, environment);
	_exit(errno);
}

/* COUNT: that many failed execs, each of another name. */
static void fail(long count)
{
	char *arguments[] = {"victim", 0};
	char *environment[] = {0};
	char name[] = "/no/such/program-000000";

	for (long i = 0; i < count; i++) {
		char *end = name + sizeof(name) - 1;

		for (long digits = i, places = 6; places > 0; places--, digits /= 10)
			*--end = '0' + digits % 10;
		execve(name, arguments, environment);
	}
}

/* COUNT DIRECTORY: makes and removes that many directories in it. */
static void nest(long count, const char *directory)
{
	char path[4096];

	strcpy(path, directory);
	strcat(path, "/nested");
	for (long i = 0; i < count; i++)
		if (mkdir(path, 0755) || rmdir(path))
			_exit(98);
}

static int digit(char hex)
{
	return hex <= '9' ? hex - '0' : hex - 'a' + 10;
}

/* Names that no shell and no JVM would hand over unharmed arrive as hex. */
static const char *bytes(const char *hex)
{
	static char decoded[8192];
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length && i < sizeof(decoded) - 1; i++)
		decoded[i] = digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]);
	return decoded;
}

/* HEX ACTION...: acts as a program at that path, which is this one's copy. */
static void copy(char **argv)
{
	const char *path = bytes(argv[0]);
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	while (sendfile(to, from, 0, 1 << 20) > 0)
		;
	if (to < 0 || close(to))
		_exit(97);
	argv[-1] = "victim";
	argv[0] = "-";
	execv(path, argv - 1);
	_exit(errno);
}

static void ignore(int signal)
{
	(void)signal;
}

static void handle(void)
{
	signal(SIGUSR1, ignore);
	signal(SIGUSR2, SIG_IGN);
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGUSR1);
	for (int i = 0; i < 2; i++)
		kill(getpid(), SIGUSR2);
}

static void await(void)
{
	char byte;

	say("ready\n");
	(void)!read(0, &byte, 1);
}

static int act(const char *action, int argc, char **argv)
{
	if (!strcmp(action, "map")) {
		map(argc, argv);
	} else if (!strcmp(action, "memory")) {
		memory(argv);
	} else if (!strcmp(action, "memory-wait")) { /* COUNT: then stays, with 7 pages more */
		memory(argv);
		syscall(SYS_mmap, 0, 7 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		await();
	} else if (!strcmp(action, "brk")) {
		breaks(argv);
	} else if (!strcmp(action, "kinds")) {
		kinds();
	} else if (!strcmp(action, "segv")) {
		/* Beyond where the kernel puts a heap (arch_randomize_brk: up to 1 GiB after the program). */
		*(volatile int *)0xdead0000 = 1;
	} else if (!strcmp(action, "abort")) {
		abort();
	} else if (!strcmp(action, "contended") && argc > 0) {
		contended(argv);
#ifdef __x86_64__
	} else if (!strcmp(action, "compat")) {
		compat();
#endif
	} else if (!strcmp(action, "eat")) {
		eat(argv);
	} else if (!strcmp(action, "start")) {
		start(argv[0]);
	} else if (!strcmp(action, "fail")) { /* COUNT */
		fail(atol(argv[0]));
	} else if (!strcmp(action, "nest")) { /* COUNT DIRECTORY */
		nest(atol(argv[0]), argv[1]);
	} else if (!strcmp(action, "start-hex")) { /* HEX */
		start(bytes(argv[0]));
	} else if (!strcmp(action, "copy")) {
		copy(argv);
	} else if (!strcmp(action, "named") && argc > 1) { /* HEX ACTION...: with that name of its thread */
		prctl(PR_SET_NAME, bytes(argv[0]));
		return act(argv[1], argc - 2, argv + 2);
	} else if (!strcmp(action, "handle")) { /* three handled, two ignored signals */
		handle();
	} else if (!strcmp(action, "wait")) { /* for a line, or a signal */
		await();
	} else if (!strcmp(action, "kill")) { /* PID SIGNAL */
		kill(atoi(argv[0]), atoi(argv[1]));
	} else {
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	join(argv[1]);
	_exit(act(argv[2], argc - 3, argv + 3));
}
