/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* From a completed memory call to its record in the memory ring. */
#pragma once

#include "account.bpf.h"
#include "memory_event.h"
#include "memory_fold.bpf.h"
#include "task.bpf.h"

/* include/uapi/linux/bpf.h */
#define BPF_RB_NO_WAKEUP (1ULL << 0)
#define BPF_RB_FORCE_WAKEUP (1ULL << 1)

#define NV_MASK(bits) ((1ULL << (bits)) - 1)

/* One call, as the programs see it, before the process is added. */
struct nv_memory_call_result {
	u64 pages;
	u32 call;  /* enum nv_memory_call */
	u32 kind;  /* enum nv_memory_kind */
	u32 error; /* positive errno, 0 for success */
	bool shrink;
};

static __always_inline u64 nv_pages(u64 bytes)
{
	return (bytes >> nv_page_shift) + ((bytes & NV_MASK(nv_page_shift)) != 0);
}

static __always_inline bool nv_is_error(long result)
{
	return (unsigned long)result >= (unsigned long)-MAX_ERRNO;
}

/* The page-rounded distance between two sizes or addresses, and its direction. */
static __always_inline void nv_memory_change(struct nv_memory_call_result *result, u64 old, u64 new)
{
	u64 old_pages = nv_pages(old), new_pages = nv_pages(new);

	result->shrink = new < old;
	result->pages = result->shrink ? old_pages - new_pages : new_pages - old_pages;
}

/* What becomes of a call for which the ring has no room; `value` as in the record. */
static __always_inline int nv_memory_no_room(const struct nv_account *account,
					     const struct nv_memory_call_result *result, u64 value)
{
	u32 operation = result->call | result->kind << 4;
	u32 flags = (result->shrink ? NV_MEMORY_FOLD_SHRINK : 0) | (result->error ? NV_MEMORY_FOLD_FAILED : 0);
	u32 error = result->error <= NV_MEMORY_FOLD_ERRORS ? result->error : 0;

	if (!nv_memory_fold_add(result->pages & NV_MASK(NV_MEMORY_PAGES_BITS),
				NV_FOLDED(operation, flags, error), value))
		return nv_failed(account);
	return nv_folded(account);
}

/*
 * Wakes the reader at every so many records of this program on this CPU, without a
 * look at the ring: whatever piled up there, one of those who did it has woken it. A
 * wakeup costs some thirty times what a record does, so never one per record.
 */
static __always_inline u64 nv_memory_wakeup(u32 sequence)
{
	return sequence & (nv_memory_wakeup_records - 1) ? BPF_RB_NO_WAKEUP : BPF_RB_FORCE_WAKEUP;
}

static __always_inline int nv_memory_emit(const struct nv_account *account,
					  const struct nv_memory_call_result *result)
{
	struct task_struct *task = nv_current();
	struct mm_struct *mm = NV_LOAD(task, mm);
	struct task_struct *leader = NV_LOAD(task, group_leader);
	struct nv_memory_event *event;
	u64 value;
	u32 sequence;

	if (!mm)
		return nv_filtered(account);
	value = result->error ? result->error : NV_LOAD(mm, total_vm);
	sequence = nv_next_sequence(account);
	event = bpf_ringbuf_reserve(&memory, sizeof(*event), 0);
	if (!event)
		return nv_memory_no_room(account, result, value);
	event->what = (result->pages & NV_MASK(NV_MEMORY_PAGES_BITS)) |
		      (u64)result->call << NV_MEMORY_CALL_SHIFT |
		      (u64)result->kind << NV_MEMORY_KIND_SHIFT |
		      NV_LOAD(task, self_exec_id) << NV_MEMORY_GENERATION_SHIFT;
	event->state = (value & NV_MASK(NV_MEMORY_VALUE_BITS)) |
		       (u64)result->shrink << NV_MEMORY_SHRINK_SHIFT |
		       (u64)(result->error != 0) << NV_MEMORY_FAILED_SHIFT |
		       (u64)account->cpu << NV_MEMORY_CPU_SHIFT;
	event->cgroup_id = nv_current_cgroup_id(task);
	event->start_boot_nanos = NV_LOAD(leader, start_boottime);
	event->tgid = NV_LOAD(task, tgid);
	event->sequence = sequence;
	bpf_ringbuf_submit(event, nv_memory_wakeup(sequence));
	return nv_submitted(account);
}
