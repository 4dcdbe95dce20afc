/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "types.h"

enum nv_memory_fold_flag {
	NV_MEMORY_FOLD_SHRINK = 1, /* mremap and brk: the size went down */
	NV_MEMORY_FOLD_FAILED = 2, /* `error` is the errno */
};

/* Errnos above this fold as 0: MemoryCounters.ERRNOS - 1. */
#define NV_MEMORY_FOLD_ERRORS 133

/*
 * Which memory calls add up to one entry: key of `memory_folds`, and with tgid,
 * start_boot_nanos and generation 0, of `memory_cgroup_folds`.
 */
struct nv_memory_fold_key {
	u64 start_boot_nanos; /* group leader's start_boottime: with tgid, who */
	u64 cgroup_id;
	u32 tgid;
	u8 generation; /* low 8 bits of task->self_exec_id */
	u8 operation;  /* call:4 kind:4, from the least significant bit */
	u8 flags;      /* enum nv_memory_fold_flag */
	u8 error;      /* positive errno of failed calls, 0 = above NV_MEMORY_FOLD_ERRORS */
};
_Static_assert(sizeof(struct nv_memory_fold_key) == 24, "no padding in a hash key");

/* Class 0 counts sizes of 0 and 1 pages, class c those in (2^(c-1), 2^c]. */
#define NV_MEMORY_FOLD_CLASSES 50

/*
 * What they add up to. Every sum only ever grows; a count wraps at 2^32, so a
 * reader takes differences.
 */
struct nv_memory_fold {
	u64 pages;
	u64 total_vm_pages; /* of the process, after the last successful call */
	u64 last_boot_nanos; /* when that was: which of a process's entries is the newest */
	u32 calls[NV_MEMORY_FOLD_CLASSES]; /* by size; failed calls too, by what they asked for */
};
_Static_assert(sizeof(struct nv_memory_fold) == 224, "layout is fixed");

/*
 * `memory_overflow`, when both hashes are full. Index of successful calls: `operation`,
 * with NV_MEMORY_FOLD_SHRINK in the lowest bit of the kind, which only mmap has. Of
 * failed calls: NV_MEMORY_OVERFLOW_ERRORS + call * (NV_MEMORY_FOLD_ERRORS + 1) + error.
 */
#define NV_MEMORY_OVERFLOW_SHRINK_SHIFT 4
#define NV_MEMORY_OVERFLOW_ERRORS 256
#define NV_MEMORY_OVERFLOW_ENTRIES (NV_MEMORY_OVERFLOW_ERRORS + 4 * (NV_MEMORY_FOLD_ERRORS + 1))
