/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* From a process id to its task, as kernel/pid.c's find_task_by_pid_ns does. */
#pragma once

#include "kernel.bpf.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* lib/xarray.c: a node holds 64 slots, an entry that ends in 10 binary is a node. */
#define NV_XARRAY_SLOT_BITS 6
#define NV_XARRAY_SLOTS_MASK 63
#define NV_XARRAY_ENTRY_MASK 3
#define NV_XARRAY_NODE 2
/* Ids have at most 22 bits: PID_MAX_LIMIT. */
#define NV_XARRAY_DEPTH 4

/*
 * The task of a thread id of the initial pid namespace, NULL if there is none. The
 * caller is a BPF program of a tracepoint or kprobe: it holds rcu_read_lock, which
 * is all that the walk needs.
 */
static __always_inline struct task_struct *nv_task_of_pid(u32 id)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct pid_namespace *initial = BPF_CORE_READ(current, thread_pid, numbers[0].ns);
	u64 entry = (u64)BPF_CORE_READ(initial, idr.idr_rt.xa_head);
	struct hlist_node *link;

	for (int depth = 0; depth < NV_XARRAY_DEPTH; depth++) {
		struct xa_node *node;
		u32 slot;

		if ((entry & NV_XARRAY_ENTRY_MASK) != NV_XARRAY_NODE || entry <= 4096)
			break;
		node = (struct xa_node *)(entry - NV_XARRAY_NODE);
		slot = id >> BPF_CORE_READ(node, shift);
		if (depth == 0 && slot > NV_XARRAY_SLOTS_MASK)
			return NULL;
		slot &= NV_XARRAY_SLOTS_MASK;
		entry = 0;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (void *)node + bpf_core_field_offset(struct xa_node, slots) +
					      slot * sizeof(void *));
	}
	if (!entry || entry & NV_XARRAY_ENTRY_MASK)
		return NULL;
	link = BPF_CORE_READ((struct pid *)entry, tasks[0].first);
	if (!link)
		return NULL;
	return (void *)link - bpf_core_field_offset(struct task_struct, pid_links);
}
