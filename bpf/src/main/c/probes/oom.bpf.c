/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Processes chosen by the OOM killer. The current task is the one that found no
 * memory, not the victim.
 */
#include "oom_event.h"
#include "lifecycle.bpf.h"
#include "pid.bpf.h"
#include "rss.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void oom_memory(struct nv_oom_event *event, struct task_struct *victim)
{
	struct mm_struct *mm = BPF_CORE_READ(victim, mm);
	struct nv_rss rss;

	/* The killer has noted it on the victim when the thread at hand has left it. */
	if (!mm)
		mm = BPF_CORE_READ(victim, signal, oom_mm);
	if (!mm)
		return;
	nv_rss(&rss, mm);
	event->anon_pages = rss.anon;
	event->file_pages = rss.file;
	event->shmem_pages = rss.shmem;
	event->swap_pages = rss.swap;
	event->page_table_bytes = BPF_CORE_READ(mm, pgtables_bytes.counter);
	event->flags |= NV_OOM_MEMORY;
}

static __always_inline void oom_victim(struct nv_oom_event *event, struct task_struct *victim)
{
	nv_lifecycle_task(event, victim);
	event->score_adj = BPF_CORE_READ(victim, signal, oom_score_adj);
	oom_memory(event, victim);
}

static __always_inline void oom_limit(struct nv_oom_event *event, struct oom_control *control)
{
	struct mem_cgroup *limited = BPF_CORE_READ(control, memcg);

	event->limit_pages = BPF_CORE_READ(control, totalpages);
	event->flags |= NV_OOM_CONTROL;
	if (!limited)
		return;
	event->limit_cgroup_id = nv_cgroup_id(BPF_CORE_READ(limited, css.cgroup));
	if (bpf_core_field_exists(limited->memory.usage))
		event->usage_pages = BPF_CORE_READ(limited, memory.usage.counter);
}

/* `victim` may be NULL: then nobody knows whose it was. */
static __always_inline int oom_fold(const struct nv_account *account, struct task_struct *victim)
{
	return nv_lifecycle_fold(account, victim ? nv_cgroup_id(nv_task_cgroup(victim)) : 0, NV_FOLD_OOM, 0);
}

static __always_inline int oom_kill(struct oom_control *control)
{
	struct task_struct *victim = BPF_CORE_READ(control, chosen);
	struct nv_oom_event *event;
	struct nv_account account;

	if (!nv_account_open(&account, NV_PROGRAM_OOM))
		return 0;
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_OOM, NV_SHARE_WHOLE, 0))
		return oom_fold(&account, victim);
	oom_victim(event, victim);
	oom_limit(event, control);
	nv_actor(&event->trigger, (struct task_struct *)bpf_get_current_task());
	return nv_lifecycle_submit(&account, event);
}

/* `victim` is a task_struct, or before 6.9 a thread's id. */
static __always_inline int oom_mark_victim(u64 victim)
{
	struct task_struct *task = (struct task_struct *)victim;
	struct nv_oom_event *event;
	struct nv_account account;

	if (!nv_account_open(&account, NV_PROGRAM_OOM))
		return 0;
	if (!bpf_core_field_exists(struct trace_event_raw_mark_victim, total_vm))
		task = nv_task_of_pid(victim);
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_OOM, NV_SHARE_WHOLE, 0))
		return oom_fold(&account, task);
	if (task) {
		oom_victim(event, task);
	} else {
		event->header.tgid = victim;
		event->header.tid = victim;
	}
	nv_actor(&event->trigger, (struct task_struct *)bpf_get_current_task());
	return nv_lifecycle_submit(&account, event);
}

SEC("?kprobe/oom_kill_process")
int oom__kprobe(struct pt_regs *context)
{
	return oom_kill((struct oom_control *)nv_kprobe_argument_1(context));
}

SEC("?tp_btf/mark_victim")
int oom__tp_btf(u64 *context)
{
	return oom_mark_victim(context[0]);
}

SEC("?raw_tp/mark_victim")
int oom__raw_tp(u64 *context)
{
	return oom_mark_victim(context[0]);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
