/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 *   measure CPU SAMPLES CALLS held PID PREFIX      programs that a process holds
 *   measure CPU SAMPLES CALLS own OBJECT PROGRAM   a program of an object, attached for the while
 *
 * Makes CALLS mmap calls on one CPU, SAMPLES times, and prints for each sample the
 * nanoseconds that the kernel's statistics (BPF_ENABLE_STATS) say a run of the
 * program took; of all programs that begin with PREFIX together.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "held.h"

static int programs[HELD_MOST];
static int program_count;
static struct ring_buffer *ring;

static void fail(const char *what, int error)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(error));
	exit(1);
}

static void read_info(int program, struct bpf_prog_info *info)
{
	unsigned int size = sizeof(*info);

	memset(info, 0, size);
	if (bpf_obj_get_info_by_fd(program, info, &size))
		fail("bpf_obj_get_info_by_fd", errno);
}

static void find_held(const char *pid, const char *prefix)
{
	unsigned int ids[HELD_MOST];
	int count = held_programs(pid, ids);

	for (int i = 0; i < count; i++) {
		struct bpf_prog_info info;
		int program = bpf_prog_get_fd_by_id(ids[i]);

		if (program < 0)
			continue;
		read_info(program, &info);
		if (strncmp(info.name, prefix, strlen(prefix)))
			close(program);
		else
			programs[program_count++] = program;
	}
	if (!program_count)
		fail(prefix, ENOENT);
}

static int on_record(void *context, void *data, size_t size)
{
	(void)context, (void)data, (void)size;
	return 0;
}

static void load_own(const char *file, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);
	struct bpf_program *program;
	int error;

	if (!object)
		fail(file, errno);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
	error = bpf_object__load(object);
	if (error)
		fail("bpf_object__load", -error);
	program = bpf_object__find_program_by_name(object, name);
	if (!program || !bpf_program__attach(program))
		fail(name, errno);
	programs[program_count++] = bpf_program__fd(program);
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "plain_ring"), on_record, NULL, NULL);
	if (!ring)
		fail("ring_buffer__new", errno);
}

/* The ring is emptied between the calls: it never is full, and nobody reads while the program runs. */
static void make_calls(int calls)
{
	for (int call = 0; call < calls; call++) {
		void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			fail("mmap", errno);
		munmap(memory, 4096);
		if (ring && call % 4096 == 0)
			ring_buffer__consume(ring);
	}
}

/* Per call, not per run: a tool that attaches to a call's begin and end pays for both. */
static double sample(int calls)
{
	struct bpf_prog_info before[HELD_MOST], after;
	double nanos = 0;

	for (int i = 0; i < program_count; i++)
		read_info(programs[i], &before[i]);
	make_calls(calls);
	for (int i = 0; i < program_count; i++) {
		unsigned long long runs;

		read_info(programs[i], &after);
		runs = after.run_cnt - before[i].run_cnt;
		if (runs >= (unsigned long long)calls)
			nanos += (double)(after.run_time_ns - before[i].run_time_ns) / runs;
	}
	if (nanos == 0)
		fail("no program was run by every call", ENODATA);
	return nanos;
}

int main(int argc, char **argv)
{
	int samples = argc == 7 ? atoi(argv[2]) : 0, calls = argc == 7 ? atoi(argv[3]) : 0;
	cpu_set_t set;

	if (samples < 1 || calls < 1) {
		fprintf(stderr, "usage: measure CPU SAMPLES CALLS held PID PREFIX | own OBJECT PROGRAM\n");
		return 2;
	}
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[1]), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity", errno);
	if (!strcmp(argv[4], "held"))
		find_held(argv[5], argv[6]);
	else
		load_own(argv[5], argv[6]);
	/* Kept open: the kernel counts until this process ends. */
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		fail("BPF_ENABLE_STATS", errno);
	make_calls(calls);
	for (int i = 0; i < samples; i++)
		printf("%.2f\n", sample(calls));
	return 0;
}
