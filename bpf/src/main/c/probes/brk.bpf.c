/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Completed brk calls: by how much the heap grew or shrank. The call returns
 * where the heap ends now; where it ended before is kept from the call's begin.
 */
#include "memory.bpf.h"
#include "syscall.bpf.h"

/*
 * mm->brk at the begin of calls in flight, by thread. Least recently used go
 * first: those whose end was never seen, because a probe was attached meanwhile.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, u64);
} brk_begun SEC(".maps");

/* Its account: filtered once kept, failed when the end will not be understood. */
static __always_inline int brk_begin(void)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct task_struct *task = nv_current();
	struct mm_struct *mm = NV_LOAD(task, mm);
	struct nv_account account;
	u64 old;

	if (!nv_account_open(&account, NV_PROGRAM_BRK_ENTER))
		return 0;
	if (!mm)
		return nv_filtered(&account);
	old = NV_LOAD(mm, brk);
	if (bpf_map_update_elem(&brk_begun, &thread, &old, BPF_ANY))
		return nv_failed(&account);
	return nv_filtered(&account);
}

static __always_inline int brk_moved(u64 requested, unsigned long returned, bool alone)
{
	struct nv_memory_call_result result = {.call = NV_CALL_BRK};
	u64 thread = bpf_get_current_pid_tgid();
	struct task_struct *task = nv_current();
	struct mm_struct *mm = NV_LOAD(task, mm);
	struct nv_account account;
	u64 *begun, old;

	if (!nv_account_open_as(&account, NV_PROGRAM_BRK, alone))
		return 0;
	begun = bpf_map_lookup_elem(&brk_begun, &thread);
	/* Begun before the probe was attached, or failed in the account above. */
	if (!begun)
		return nv_filtered(&account);
	old = *begun;
	bpf_map_delete_elem(&brk_begun, &thread);
	/* A question where the heap ends: brk(0), as sbrk's first call. */
	if (!mm || requested < NV_LOAD(mm, start_brk))
		return nv_filtered(&account);
	nv_memory_change(&result, old, requested);
	if (nv_is_error(returned))
		result.error = -returned;
	else if (returned != requested)
		result.error = ENOMEM;
	return nv_memory_emit(&account, &result);
}

static __always_inline int brk_done(struct pt_regs *registers, unsigned long returned, bool alone)
{
	return brk_moved(NV_ARGUMENT_1(registers), returned, alone);
}

NV_SYSCALL_BEGIN(brk_enter, brk, brk_begin())
NV_SYSCALL_END(brk, brk, brk_done)

#ifdef NV_COMPAT_SHARED
static __always_inline int brk_compat_done(struct pt_regs *registers, unsigned long returned, bool alone)
{
	return brk_moved(NV_COMPAT_ARGUMENT_1(registers), returned, alone);
}

NV_COMPAT_BEGIN(brk_enter_compat, NV_COMPAT_SHARED "brk", brk_begin())
NV_COMPAT_END(brk_compat, NV_COMPAT_SHARED "brk", brk_compat_done)
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
