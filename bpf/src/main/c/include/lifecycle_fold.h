/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "types.h"

/*
 * What a lifecycle event is counted as when it gets no record: its cgroup has
 * used up its budget, or the ring's room is reserved for what is rarer.
 */
enum nv_lifecycle_fold_kind {
	NV_FOLD_FORK = 1,
	NV_FOLD_EXEC = 2,
	NV_FOLD_EXEC_FAILURE = 3, /* detail: positive errno */
	NV_FOLD_EXIT = 4,         /* detail: exit code */
	NV_FOLD_EXIT_SIGNAL = 5,  /* detail: signal that ended it */
	NV_FOLD_FAULT = 6,        /* detail: signal; the exit counts, this is only a proof */
	NV_FOLD_OOM = 7,
	NV_FOLD_CGROUP = 8, /* detail: enum nv_cgroup_operation; the reader walks the tree anew */
	NV_FOLD_KINDS = 9,
};

/* Key of `lifecycle_folds`; the value is a u64 that only ever grows. */
struct nv_lifecycle_fold_key {
	u64 cgroup_id;
	u32 kind;   /* enum nv_lifecycle_fold_kind */
	u32 detail; /* 0 to 255 */
};
_Static_assert(sizeof(struct nv_lifecycle_fold_key) == 16, "no padding in a hash key");

/* `lifecycle_overflow`, when the hash is full: kind * 256 + detail. */
#define NV_FOLD_DETAILS 256
#define NV_FOLD_OVERFLOW_ENTRIES (NV_FOLD_KINDS * NV_FOLD_DETAILS)

/* Value of `cgroup_budgets`: records that a cgroup had in the running window. */
struct nv_cgroup_budget {
	u64 window; /* number of the window: boot time / its length */
	u64 records;
};
_Static_assert(sizeof(struct nv_cgroup_budget) == 16, "layout is fixed");
