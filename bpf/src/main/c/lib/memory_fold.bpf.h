/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Memory calls for which the ring has no room: added up in the kernel, by process;
 * when there is no room for that, by cgroup; when there is none for that either, by
 * operation alone, where there always is.
 *
 * The maps are shared by all CPUs, so that their size does not grow with the
 * machine, and everything that adds up is added atomically.
 */
#pragma once

#include "account.bpf.h"
#include "memory_event.h"
#include "memory_fold.h"
#include "task.bpf.h"

/* What is folded, as one argument: its fields as in struct nv_memory_fold_key. */
#define NV_FOLDED(operation, flags, error) ((operation) | (flags) << 8 | (error) << 16)

/* What a new entry begins with. It is read-only data: the stack has no room for it. */
static const struct nv_memory_fold nv_memory_fold_nothing;

/* Spelled out for the reason that nv_add gives; on one count of `fold`. */
static __always_inline void nv_memory_fold_count(struct nv_memory_fold *fold, u32 size_class)
{
	asm volatile("lock *(u32 *)(%0 + 0) += %1" : : "r"(&fold->calls[size_class]), "r"(1) : "memory");
}

/*
 * How many bits `value`, below 2^63, has; steps of a binary search without a branch,
 * because the verifier would follow each of the 64 ways through them.
 */
static __always_inline u32 nv_bit_length(u64 value)
{
	u32 length = 0;

#define NV_HALVE(bits)                                                                            \
	do {                                                                                      \
		u64 above = ((1ULL << (bits)) - 1 - value) >> 63;                                 \
                                                                                                  \
		asm volatile("" : "+r"(above));                                                   \
		above *= bits;                                                                    \
		length += above;                                                                  \
		value >>= above;                                                                  \
	} while (0)
	NV_HALVE(32);
	NV_HALVE(16);
	NV_HALVE(8);
	NV_HALVE(4);
	NV_HALVE(2);
	NV_HALVE(1);
#undef NV_HALVE
	return length + value;
}

/* Class 0 has the sizes of 0 and 1 pages, class c those in (2^(c-1), 2^c]. */
static __always_inline u32 nv_size_class(u64 pages)
{
	u32 size_class = nv_bit_length(pages - (pages != 0));

	asm volatile("" : "+r"(size_class));
	return size_class < NV_MEMORY_FOLD_CLASSES ? size_class : NV_MEMORY_FOLD_CLASSES - 1;
}

/*
 * The entry of a key, made if there is none; NULL without room. What the update says
 * does not matter: -EEXIST, another CPU was first; -E2BIG, the map is full; -EBUSY,
 * the program interrupted somebody who holds the bucket. The look-up tells.
 */
static __always_inline struct nv_memory_fold *nv_memory_fold_entry(void *map, const struct nv_memory_fold_key *key)
{
	struct nv_memory_fold *fold = bpf_map_lookup_elem(map, key);

	if (fold)
		return fold;
	bpf_map_update_elem(map, key, &nv_memory_fold_nothing, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static __always_inline u32 nv_memory_overflow_index(const struct nv_memory_fold_key *key)
{
	u32 call = key->operation & 0xf;

	if (key->flags & NV_MEMORY_FOLD_FAILED)
		return NV_MEMORY_OVERFLOW_ERRORS + call * (NV_MEMORY_FOLD_ERRORS + 1) + key->error;
	return key->operation | (key->flags & NV_MEMORY_FOLD_SHRINK) << NV_MEMORY_OVERFLOW_SHRINK_SHIFT;
}

static __always_inline struct nv_memory_fold *nv_memory_fold_find(struct nv_memory_fold_key *key)
{
	struct nv_memory_fold *fold = nv_memory_fold_entry(&memory_folds, key);
	u32 index;

	if (fold)
		return fold;
	key->start_boot_nanos = 0;
	key->tgid = 0;
	key->generation = 0;
	fold = nv_memory_fold_entry(&memory_cgroup_folds, key);
	if (fold)
		return fold;
	index = nv_memory_overflow_index(key);
	return bpf_map_lookup_elem(&memory_overflow, &index);
}

/*
 * Adds one call of the current process. A function of its own, so that the programs
 * keep their registers for the record, which is what nearly always is written.
 *
 * pages: of the call; folded: NV_FOLDED(...); total_vm: of the process, after it
 */
static __noinline bool nv_memory_fold_add(u64 pages, u32 folded, u64 total_vm)
{
	struct task_struct *task = nv_current();
	struct task_struct *leader = NV_LOAD(task, group_leader);
	struct nv_memory_fold_key key = {
		.start_boot_nanos = NV_LOAD(leader, start_boottime),
		.cgroup_id = nv_current_cgroup_id(task),
		.tgid = NV_LOAD(task, tgid),
		.generation = NV_LOAD(task, self_exec_id),
		.operation = folded,
		.flags = folded >> 8,
		.error = folded >> 16,
	};
	struct nv_memory_fold *fold = nv_memory_fold_find(&key);

	if (!fold)
		return false;
	nv_add(&fold->pages, pages);
	if (!(key.flags & NV_MEMORY_FOLD_FAILED)) {
		fold->total_vm_pages = total_vm;
		fold->last_boot_nanos = bpf_ktime_get_boot_ns();
	}
	nv_memory_fold_count(fold, nv_size_class(pages));
	return true;
}
