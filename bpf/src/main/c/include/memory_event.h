/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "types.h"

enum nv_memory_call {
	NV_CALL_MMAP = 0,
	NV_CALL_MUNMAP = 1,
	NV_CALL_MREMAP = 2,
	NV_CALL_BRK = 3,
};

/* What was mapped; the first that fits, in this order. */
enum nv_memory_kind {
	NV_KIND_HUGETLB = 0,
	NV_KIND_STACK = 1, /* MAP_STACK or MAP_GROWSDOWN */
	NV_KIND_EXEC = 2,
	NV_KIND_SHARED = 3,
	NV_KIND_FILE = 4,
	NV_KIND_ANON = 5,
};

/*
 * A completed mmap, munmap, mremap or brk: the only record of the memory ring.
 * 40 bytes, 48 with the ring's own header.
 *
 * `what`, from the least significant bit: pages:48 call:4 kind:4 generation:8
 *   pages       size of the call in pages, rounded up: the length asked for of
 *               mmap and munmap, |new - old| of mremap and brk
 *   call, kind  enum nv_memory_call, enum nv_memory_kind (mmap only, else 0)
 *   generation  low 8 bits of task->self_exec_id, which every exec increments
 *
 * `state`: value:46 shrink:1 failed:1 cpu:16
 *   value       total_vm of the process after the call, in pages; or, when
 *               failed is set, the positive errno
 *   shrink      mremap and brk: the size went down
 */
struct nv_memory_event {
	u64 what;
	u64 state;
	u64 cgroup_id;
	u64 start_boot_nanos; /* group leader's start_boottime: with tgid, who */
	u32 tgid;
	u32 sequence; /* low half of nv_counters.sequence, after this attempt */
};
_Static_assert(sizeof(struct nv_memory_event) == 40, "at most 48 with the header");

#define NV_MEMORY_PAGES_BITS 48
#define NV_MEMORY_CALL_SHIFT 48
#define NV_MEMORY_KIND_SHIFT 52
#define NV_MEMORY_GENERATION_SHIFT 56
#define NV_MEMORY_VALUE_BITS 46
#define NV_MEMORY_SHRINK_SHIFT 46
#define NV_MEMORY_FAILED_SHIFT 47
#define NV_MEMORY_CPU_SHIFT 48
