/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writes out a whole hash map, entry by entry: key, then value. Unlike the bpf()
 * calls that read a map, a reader of this never keeps the kernel from running
 * programs on its CPU (bpf_disable_instrumentation), so that on a kernel that
 * preempts itself none is skipped because the reader was.
 */
#include "kernel.bpf.h"
#include "lifecycle_fold.h"
#include "memory_fold.h"
#include "counters.h"

#include <bpf/bpf_helpers.h>

static __always_inline int entry(struct bpf_iter__bpf_map_elem *context, u32 key_size, u32 value_size)
{
	struct seq_file *out = context->meta->seq;
	void *key = context->key;
	void *value = context->value;

	/* The last call has no entry. One that finds no room is made again. */
	if (!key || !value)
		return 0;
	bpf_seq_write(out, key, key_size);
	bpf_seq_write(out, value, value_size);
	return 0;
}

/* signal_counts and lifecycle_folds. */
_Static_assert(sizeof(struct nv_signal_key) == sizeof(struct nv_lifecycle_fold_key), "one program for both");

SEC("iter/bpf_map_elem")
int count_entries(struct bpf_iter__bpf_map_elem *context)
{
	return entry(context, sizeof(struct nv_lifecycle_fold_key), sizeof(u64));
}

/* memory_folds and memory_cgroup_folds. */
SEC("iter/bpf_map_elem")
int memory_fold_entries(struct bpf_iter__bpf_map_elem *context)
{
	return entry(context, sizeof(struct nv_memory_fold_key), sizeof(struct nv_memory_fold));
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
