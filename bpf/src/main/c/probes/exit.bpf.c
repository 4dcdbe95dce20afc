/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The end of thread groups. The tracepoint fires for each thread. */
#include "exit_event.h"
#include "lifecycle.bpf.h"
#include "rss.bpf.h"

#include <bpf/bpf_tracing.h>

/* include/uapi/linux/wait.h, WTERMSIG: the signal in a wait status, 0 for an exit */
#define NV_WAIT_SIGNAL 0x7f

/* Two threads that leave together may both find nobody else alive. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct nv_process_key);
	__type(value, u8);
} exit_reported SEC(".maps");

static __always_inline bool exit_is_first(const struct nv_process_key *process)
{
	u8 reported = 1;
	/* An int: until 6.4 the upper half of a map operation's result means nothing. */
	int error = bpf_map_update_elem(&exit_reported, process, &reported, BPF_NOEXIST);

	return error != -EEXIST;
}

/* As kernel/exit.c, wait_task_zombie, gives it to the parent. */
static __always_inline u32 exit_wait_status(struct task_struct *task, struct signal_struct *signal)
{
	if (BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

/*
 * signal->maxrss has the peak of the images before the last exec, and of the last
 * one too since the last thread is here. An mm that is still there tells the same
 * without the error of its per-CPU counters.
 */
static __always_inline u64 exit_peak_rss_pages(struct task_struct *task, struct signal_struct *signal)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u64 peak = BPF_CORE_READ(signal, maxrss);
	struct nv_rss rss;

	if (!mm)
		return peak;
	nv_rss(&rss, mm);
	if (rss.file + rss.anon + rss.shmem > peak)
		peak = rss.file + rss.anon + rss.shmem;
	return peak;
}

static __always_inline u32 exit_flags(const struct nv_process_key *process, struct signal_struct *signal)
{
	u32 flags = 0;

	if (BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
		flags |= NV_EXIT_GROUP;
	if (BPF_CORE_READ(signal, oom_mm))
		flags |= NV_EXIT_OOM_VICTIM;
	if (bpf_map_lookup_elem(&exec_aborted, process))
		flags |= NV_EXIT_IN_EXEC;
	return flags;
}

/* A signal, the OOM killer, or an exec that failed too late: rare, and what people ask about. */
static __always_inline enum nv_share exit_share(u32 wait_status, u32 flags)
{
	if (wait_status & NV_WAIT_SIGNAL || flags & (NV_EXIT_OOM_VICTIM | NV_EXIT_IN_EXEC))
		return NV_SHARE_FATAL;
	return NV_SHARE_COMMON;
}

static __always_inline int exit_fold(const struct nv_account *account, u64 cgroup_id, u32 wait_status)
{
	if (wait_status & NV_WAIT_SIGNAL)
		return nv_lifecycle_fold(account, cgroup_id, NV_FOLD_EXIT_SIGNAL, wait_status & NV_WAIT_SIGNAL);
	return nv_lifecycle_fold(account, cgroup_id, NV_FOLD_EXIT, wait_status >> 8);
}

static __always_inline int exited(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct nv_process_key process;
	struct nv_exit_event *event;
	struct nv_account account;
	u32 wait_status, flags;
	u64 cgroup_id;

	if (!nv_account_open(&account, NV_PROGRAM_EXIT))
		return 0;
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return nv_filtered(&account);
	if (BPF_CORE_READ(signal, live.counter) != 0)
		return nv_filtered(&account);
	nv_process_key(&process, task);
	if (!exit_is_first(&process))
		return nv_filtered(&account);
	cgroup_id = nv_cgroup_id(nv_task_cgroup(task));
	wait_status = exit_wait_status(task, signal);
	flags = exit_flags(&process, signal);
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_EXIT, exit_share(wait_status, flags), cgroup_id))
		return exit_fold(&account, cgroup_id, wait_status);
	nv_lifecycle_task(event, task);
	event->wait_status = wait_status;
	event->peak_rss_pages = exit_peak_rss_pages(task, signal);
	event->flags = flags;
	return nv_lifecycle_submit(&account, event);
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(exit__tp_btf, struct task_struct *task)
{
	return exited(task);
}

SEC("?tracepoint/sched/sched_process_exit")
int exit__tracepoint(void *context)
{
	return exited((struct task_struct *)bpf_get_current_task());
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
