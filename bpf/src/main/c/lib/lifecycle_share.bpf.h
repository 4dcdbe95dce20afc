/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which lifecycle events get a record, and what becomes of those that get none.
 * What is rare must still find room when a reader is late or a workload storms.
 */
#pragma once

#include "account.bpf.h"

/* The part of the lifecycle ring that a record may use: each one more than the one before. */
enum nv_share {
	NV_SHARE_COMMON,   /* half, and no more than its cgroup's budget */
	NV_SHARE_EVIDENCE, /* three quarters: who sent a fatal signal, what fault it was */
	NV_SHARE_FATAL,    /* seven eighths: deaths that were no plain exit */
	NV_SHARE_WHOLE,    /* OOM kills, and the agent's own canary */
};

static __always_inline u64 nv_share_bytes(enum nv_share share)
{
	u64 bytes = nv_lifecycle_common_bytes;

	if (share == NV_SHARE_EVIDENCE)
		return bytes + bytes / 2;
	if (share == NV_SHARE_FATAL)
		return bytes + bytes / 2 + bytes / 4;
	return bytes;
}

/*
 * Takes one record from the cgroup's budget. Two CPUs that begin a window at the
 * same time may grant a few records more; where the budget cannot be had, for
 * want of memory or of a lock, the record is let through.
 */
static __always_inline bool nv_budget_take(u64 cgroup_id)
{
	u64 window = bpf_ktime_get_boot_ns() / nv_budget_window_nanos;
	struct nv_cgroup_budget *budget;

	budget = bpf_map_lookup_elem(&cgroup_budgets, &cgroup_id);
	if (!budget) {
		struct nv_cgroup_budget first = {.window = window, .records = 1};

		bpf_map_update_elem(&cgroup_budgets, &cgroup_id, &first, BPF_NOEXIST);
		return true;
	}
	if (budget->window != window) {
		budget->window = window;
		budget->records = 1;
		return true;
	}
	if (budget->records >= nv_budget_records)
		return false;
	nv_add(&budget->records, 1);
	return true;
}

/*
 * Whether a record may be reserved. `cgroup_id` is that of whoever acts, whose
 * budget it is; only the common share has one. The ring is looked at first: what
 * would find no room there should not cost its cgroup anything.
 */
static __always_inline bool nv_lifecycle_admits(enum nv_share share, u64 cgroup_id)
{
	if (share != NV_SHARE_WHOLE && bpf_ringbuf_query(&lifecycle, BPF_RB_AVAIL_DATA) >= nv_share_bytes(share))
		return false;
	return share != NV_SHARE_COMMON || !nv_budget_records || nv_budget_take(cgroup_id);
}

/*
 * Counts one event at a key of a hash, or at an index of an array when the hash is
 * full or busy. May run in an interrupt: the hashes are allocated beforehand.
 */
static __always_inline int nv_fold(const struct nv_account *account, void *hash, const void *key, void *overflow,
				   u32 index)
{
	u64 *count, one = 1;

	count = bpf_map_lookup_elem(hash, key);
	if (!count) {
		/* An int: until 6.4 the upper half of a map operation's result means nothing. */
		int error = bpf_map_update_elem(hash, key, &one, BPF_NOEXIST);

		if (!error)
			return nv_folded(account);
		/* Made meanwhile by another CPU, else the map is full or busy. */
		count = bpf_map_lookup_elem(hash, key);
	}
	if (!count)
		count = bpf_map_lookup_elem(overflow, &index);
	if (!count)
		return nv_failed(account);
	nv_add(count, 1);
	return nv_folded(account);
}

/* Ends a program whose event got no record; `detail` as enum nv_lifecycle_fold_kind says. */
static __always_inline int nv_lifecycle_fold(const struct nv_account *account, u64 cgroup_id, u32 kind, u32 detail)
{
	struct nv_lifecycle_fold_key key = {
		.cgroup_id = cgroup_id,
		.kind = kind,
		.detail = detail & (NV_FOLD_DETAILS - 1),
	};

	u32 index = kind * NV_FOLD_DETAILS + key.detail;
	u64 *count;

	if (cgroup_id)
		return nv_fold(account, &lifecycle_folds, &key, &lifecycle_overflow, index);
	/* Nobody's: with those that found no room, or the reader would have two counts of one name. */
	count = bpf_map_lookup_elem(&lifecycle_overflow, &index);
	if (!count)
		return nv_failed(account);
	nv_add(count, 1);
	return nv_folded(account);
}
