/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The maps that all probes share. The agent creates them once from maps.bpf.o,
 * with the sizes it wants, and gives them to every other object by
 * bpf_map__reuse_fd.
 */
#pragma once

#include "counters.h"
#include "lifecycle_fold.h"
#include "memory_fold.h"

/* include/uapi/linux/bpf.h, as far as used here */
enum nv_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
#define BPF_F_MMAPABLE (1U << 10)
#define BPF_ANY 0
#define BPF_RB_AVAIL_DATA 0
#define BPF_NOEXIST 1

#include <bpf/bpf_helpers.h>

/* Lifecycle records; max_entries is bytes, set by the agent before load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} lifecycle SEC(".maps");

/* nv_memory_event only. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} memory SEC(".maps");

/* nv_counters at program * cpus + cpu; resized by the agent before load. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NV_PROGRAM_COUNT);
	__type(key, u32);
	__type(value, struct nv_counters);
} counters SEC(".maps");

/* Signals that were handled, ignored or stopped their target, exact in number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct nv_signal_key);
	__type(value, u64);
} signal_counts SEC(".maps");

/* The same without the cgroup, when the hash is full: signal * 4 + action. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65 * 4 + 4);
	__type(key, u32);
	__type(value, u64);
} signal_overflow SEC(".maps");

/* Memory calls that found no room in their ring, by process, operation and errno. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct nv_memory_fold_key);
	__type(value, struct nv_memory_fold);
} memory_folds SEC(".maps");

/* The same by cgroup alone, for processes that found no room in memory_folds. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2048);
	__type(key, struct nv_memory_fold_key);
	__type(value, struct nv_memory_fold);
} memory_cgroup_folds SEC(".maps");

/* The same by operation alone, for cgroups that found no room either. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NV_MEMORY_OVERFLOW_ENTRIES);
	__type(key, u32);
	__type(value, struct nv_memory_fold);
} memory_overflow SEC(".maps");

/* Lifecycle events without a record, exact in number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct nv_lifecycle_fold_key);
	__type(value, u64);
} lifecycle_folds SEC(".maps");

/* The same without the cgroup, when the hash is full. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, NV_FOLD_OVERFLOW_ENTRIES);
	__type(key, u32);
	__type(value, u64);
} lifecycle_overflow SEC(".maps");

/* How many lifecycle records each cgroup has had lately. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct nv_cgroup_budget);
} cgroup_budgets SEC(".maps");

/* A process, as a key: both halves of its identity. */
struct nv_process_key {
	u64 start_boot_nanos;
	u64 tgid;
};

/*
 * Processes whose exec failed past the point of no return: the kernel will kill
 * them. The probe of failed execs writes it, that of exits reads it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct nv_process_key);
	__type(value, u8);
} exec_aborted SEC(".maps");
