/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The peer of `scripts/bench ring`: libbpf's ring_buffer__consume and a table in
 * C, on the ring that Java drains in turn.
 *
 *   peer FILL_OBJECT PIN_PATH
 *
 * Loads the object, makes the pattern, pins the ring at PIN_PATH and says
 * "ready RECORDS"; then obeys, line by line:
 *   unpin  -> "unpinned"
 *   fill   -> "filled RECORDS": the whole pattern into the ring
 *   drain  -> "drained RECORDS NANOS DIGEST": consumed and added to an empty table,
 *             in nanoseconds of this thread's CPU time
 */
/* First: types.h makes a bool of its own, which stdbool.h may then replace. */
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define RECORDS 600000
#define POD_CGROUPS 600
#define POD_PROCESSES 2500

struct fill {
	u32 count;
	u32 submitted;
};

static struct table table;

static void fail(const char *what, int error)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(error));
	exit(1);
}

static u64 random_state = 42;

static u64 random_below(u64 bound)
{
	random_state += GOLDEN;
	return mix(random_state) % bound;
}

/*
 * A busy node: 2,500 processes in 600 cgroups, a tenth of them making most of
 * the calls; half mmap, a third munmap, the rest brk and mremap; sizes from one
 * page to 64 MiB, small ones as often as large ones; one call in 500 fails.
 */
static void make_record(struct nv_memory_event *record, u32 number)
{
	static const u8 kinds[16] = { 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 2, 2, 3, 1, 0 };
	u64 process = random_below(random_below(10) < 7 ? POD_PROCESSES / 10 : POD_PROCESSES);
	u64 dice = random_below(100);
	u64 call = dice < 50 ? NV_CALL_MMAP : dice < 80 ? NV_CALL_MUNMAP : dice < 95 ? NV_CALL_BRK : NV_CALL_MREMAP;
	u64 kind = call == NV_CALL_MMAP ? kinds[random_below(16)] : 0;
	u64 pages = 1 + random_below(1ULL << random_below(15));
	bool shrink = call >= NV_CALL_MREMAP && random_below(3) == 0;
	bool failed = random_below(500) == 0;
	u64 value = failed ? (random_below(2) ? ENOMEM : EINVAL) : 1000 + random_below(1 << 20);

	record->what = pages | call << NV_MEMORY_CALL_SHIFT | kind << NV_MEMORY_KIND_SHIFT |
		       (process & 7) << NV_MEMORY_GENERATION_SHIFT;
	record->state = value | (u64)shrink << NV_MEMORY_SHRINK_SHIFT | (u64)failed << NV_MEMORY_FAILED_SHIFT |
			random_below(64) << NV_MEMORY_CPU_SHIFT;
	record->cgroup_id = 4000 + process % POD_CGROUPS * 33;
	record->start_boot_nanos = 1000000007ULL * (process + 1);
	record->tgid = 1000 + process * 3;
	record->sequence = number;
}

static void make_pattern(int map)
{
	size_t bytes = RECORDS * sizeof(struct nv_memory_event);
	struct nv_memory_event *pattern = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	if (pattern == MAP_FAILED)
		fail("mmap of the pattern", errno);
	for (u32 number = 0; number < RECORDS; number++)
		make_record(&pattern[number], number);
	munmap(pattern, bytes);
}

static int on_record(void *context, void *data, size_t size)
{
	struct table *t = context;

	if (size != sizeof(struct nv_memory_event)) {
		t->malformed++;
		return 0;
	}
	table_add(t, data);
	return 0;
}

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (u64)time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static void fill(int program)
{
	struct fill context = { .count = RECORDS };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &context, .ctx_size_in = sizeof(context));
	/* The kernel writes a syscall program's context back to where it came from. */
	int error = bpf_prog_test_run_opts(program, &options);

	if (error)
		fail("BPF_PROG_TEST_RUN", -error);
	printf("filled %u\n", context.submitted);
}

static void drain(struct ring_buffer *rings)
{
	u64 begin, end;
	int count;

	table_clear(&table);
	begin = now();
	count = ring_buffer__consume(rings);
	end = now();
	if (count < 0)
		fail("ring_buffer__consume", -count);
	printf("drained %d %" PRIu64 " %016" PRIx64 "\n", count, (uint64_t)(end - begin),
	       (uint64_t)table_digest(&table));
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct ring_buffer *rings;
	struct bpf_map *pattern;
	int ring, program, error;
	char line[32];

	if (argc != 3) {
		fprintf(stderr, "usage: peer FILL_OBJECT PIN_PATH\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		fail("open of the object", errno);
	pattern = bpf_object__find_map_by_name(object, "pattern");
	error = bpf_map__set_max_entries(pattern, RECORDS);
	if (error)
		fail("size of the pattern", -error);
	error = bpf_object__load(object);
	if (error)
		fail("load of the object", -error);
	make_pattern(bpf_map__fd(pattern));
	ring = bpf_object__find_map_fd_by_name(object, "ring");
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "fill"));
	table_init(&table);
	rings = ring_buffer__new(ring, on_record, &table, NULL);
	if (!rings)
		fail("ring_buffer__new", errno);
	error = bpf_obj_pin(ring, argv[2]);
	if (error)
		fail("pin of the ring", errno);

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", RECORDS);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "fill\n"))
			fill(program);
		else if (!strcmp(line, "drain\n"))
			drain(rings);
		else if (!strcmp(line, "unpin\n")) {
			unlink(argv[2]);
			printf("unpinned\n");
		}
	}
	unlink(argv[2]);
	return 0;
}
