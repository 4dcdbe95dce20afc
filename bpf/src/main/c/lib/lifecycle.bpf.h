/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What every record of the lifecycle ring has: header, actor, cgroup path. */
#pragma once

#include "account.bpf.h"
#include "event_header.h"
#include "lifecycle_share.bpf.h"
#include "task.bpf.h"

/* Bytes that one memset may clear: the compiler makes a call of a longer one. */
#define NV_CLEAR_CHUNK 512

/* Rings hand out memory as the last record left it: clear before filling. */
#define nv_clear(record)                                                                          \
	do {                                                                                      \
		char *rest = (char *)(record);                                                    \
		_Static_assert(sizeof(*(record)) <= 3 * NV_CLEAR_CHUNK, "add a chunk");           \
		nv_clear_chunk(rest, sizeof(*(record)), 0);                                       \
		nv_clear_chunk(rest, sizeof(*(record)), 1);                                       \
		nv_clear_chunk(rest, sizeof(*(record)), 2);                                       \
	} while (0)

static __always_inline void nv_clear_chunk(char *record, u32 size, u32 chunk)
{
	u32 from = chunk * NV_CLEAR_CHUNK;

	if (size <= from)
		return;
	__builtin_memset(record + from, 0, size - from < NV_CLEAR_CHUNK ? size - from : NV_CLEAR_CHUNK);
	asm volatile("" : : : "memory"); /* or the compiler joins the chunks */
}

/*
 * Room for a record in the lifecycle ring, cleared, with what its header says of
 * the record itself; false when there is none, and then the program folds.
 * nv_lifecycle_submit ends it. `share` and `cgroup_id`: see nv_lifecycle_admits.
 */
#define nv_lifecycle_reserve(account, event_pointer, event_type, share, cgroup_id)                \
	({                                                                                        \
		event_pointer = NULL;                                                             \
		if (nv_lifecycle_admits(share, cgroup_id)) {                                      \
			u32 next = nv_next_sequence(account);                                     \
			event_pointer = bpf_ringbuf_reserve(&lifecycle, sizeof(*(event_pointer)), 0); \
			if (event_pointer) {                                                      \
				nv_clear(event_pointer);                                          \
				nv_header_begin(&(event_pointer)->header, account, event_type,    \
						sizeof(*(event_pointer)), next);                  \
			}                                                                         \
		}                                                                                 \
		event_pointer != NULL;                                                            \
	})

static __always_inline void nv_header_begin(struct nv_event_header *header, const struct nv_account *account,
					    u16 type, u16 size, u32 sequence)
{
	header->type = type;
	header->size = size;
	header->version = NV_LAYOUT_VERSION;
	header->program = account->program;
	header->cpu = account->cpu;
	header->sequence = sequence;
	header->boot_nanos = bpf_ktime_get_boot_ns();
}

static __always_inline int nv_lifecycle_submit(const struct nv_account *account, void *event)
{
	bpf_ringbuf_submit(event, 0);
	return nv_submitted(account);
}

/* Who: the task's process, and its parent. */
static __always_inline void nv_header_task(struct nv_event_header *header, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	header->generation = BPF_CORE_READ(task, self_exec_id);
	header->start_boot_nanos = BPF_CORE_READ(task, group_leader, start_boottime);
	header->tgid = BPF_CORE_READ(task, tgid);
	header->tid = BPF_CORE_READ(task, pid);
	header->parent_tgid = BPF_CORE_READ(parent, tgid);
	header->parent_start_boot_nanos = BPF_CORE_READ(parent, group_leader, start_boottime);
}

static __always_inline void nv_process_key(struct nv_process_key *key, struct task_struct *task)
{
	key->start_boot_nanos = BPF_CORE_READ(task, group_leader, start_boottime);
	key->tgid = BPF_CORE_READ(task, tgid);
}

static __always_inline void nv_header_cgroup(struct nv_event_header *header, struct cgroup *cgroup)
{
	header->cgroup_id = nv_cgroup_id(cgroup);
	header->hierarchy_id = BPF_CORE_READ(cgroup, root, hierarchy_id);
}

static __always_inline void nv_actor(struct nv_actor *actor, struct task_struct *task)
{
	actor->start_boot_nanos = BPF_CORE_READ(task, group_leader, start_boottime);
	actor->cgroup_id = nv_cgroup_id(nv_task_cgroup(task));
	actor->tgid = BPF_CORE_READ(task, tgid);
	actor->tid = BPF_CORE_READ(task, pid);
	actor->parent_tgid = BPF_CORE_READ(task, real_parent, tgid);
	BPF_CORE_READ_STR_INTO(&actor->comm, task, comm);
}

/* Cgroups nest at most this deep below the part of the path that is named. */
#define NV_CGROUP_DEPTH 32

static __always_inline struct cgroup *nv_cgroup_parent(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, self.parent, cgroup);
}

/* Names the cgroup and its ancestors; `path` was cleared before. */
static __always_inline void nv_cgroup_path(struct nv_cgroup_path *path, struct cgroup *cgroup)
{
	u32 first = nv_root_level;
	u32 level = BPF_CORE_READ(cgroup, level);

	path->leaf_level = level;
	path->first_level = first;
	for (int i = 0; i < NV_CGROUP_DEPTH && level > first + NV_CGROUP_LEVELS - 1; i++) {
		cgroup = nv_cgroup_parent(cgroup);
		level--;
	}
	if (level < first || level > first + NV_CGROUP_LEVELS - 1)
		return;
	path->count = level - first + 1;
	/* Unrolled, so that every index is a literal: any verifier can follow it. */
#pragma unroll
	for (int i = NV_CGROUP_LEVELS - 1; i >= 0; i--) {
		struct kernfs_node *node;

		if (level != first + i)
			continue;
		node = BPF_CORE_READ(cgroup, kn);
		path->ids[i] = BPF_CORE_READ(node, id);
		bpf_probe_read_kernel_str(path->names[i], NV_CGROUP_NAME_LENGTH, BPF_CORE_READ(node, name));
		cgroup = nv_cgroup_parent(cgroup);
		level--;
	}
}

/* The task with its own cgroup: what most records say. */
#define nv_lifecycle_task(event, task)                                                            \
	do {                                                                                      \
		struct cgroup *cgroup_of_task = nv_task_cgroup(task);                             \
		nv_header_task(&(event)->header, task);                                           \
		nv_header_cgroup(&(event)->header, cgroup_of_task);                               \
		nv_cgroup_path(&(event)->cgroup, cgroup_of_task);                                 \
		BPF_CORE_READ_STR_INTO(&(event)->comm, task, comm);                               \
	} while (0)
