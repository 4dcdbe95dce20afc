/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Fills a real ring from user space: run with BPF_PROG_TEST_RUN, it submits
 * the records of `pattern` one after the other.
 */
#include "types.h"

#define BPF_MAP_TYPE_ARRAY 2
#define BPF_MAP_TYPE_RINGBUF 27
#define BPF_F_MMAPABLE (1U << 10)
#define BPF_RB_NO_WAKEUP 1

#include <bpf/bpf_helpers.h>

#include "memory_event.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 25);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nv_memory_event);
} pattern SEC(".maps");

struct fill {
	u32 count;
	u32 submitted;
};

static long submit(u32 index, struct fill *fill)
{
	struct nv_memory_event *record = bpf_map_lookup_elem(&pattern, &index);

	if (!record)
		return 1;
	if (bpf_ringbuf_output(&ring, record, sizeof(*record), BPF_RB_NO_WAKEUP))
		return 1;
	fill->submitted++;
	return 0;
}

SEC("syscall")
int fill(struct fill *context)
{
	struct fill progress = { .count = context->count };

	bpf_loop(progress.count, submit, &progress, 0);
	context->submitted = progress.submitted;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
