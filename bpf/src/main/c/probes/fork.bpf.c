/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* New thread groups, as soon as the child has its cgroup and before it runs. */
#include "fork_event.h"
#include "lifecycle.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline int forked(struct task_struct *child)
{
	struct nv_fork_event *event;
	struct nv_account account;
	u64 cgroup_id;

	if (!nv_account_open(&account, NV_PROGRAM_FORK))
		return 0;
	if (BPF_CORE_READ(child, tgid) != BPF_CORE_READ(child, pid) || BPF_CORE_READ(child, flags) & PF_KTHREAD)
		return nv_filtered(&account);
	cgroup_id = nv_cgroup_id(nv_task_cgroup(child));
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_FORK, NV_SHARE_COMMON, cgroup_id))
		return nv_lifecycle_fold(&account, cgroup_id, NV_FOLD_FORK, 0);
	nv_lifecycle_task(event, child);
	return nv_lifecycle_submit(&account, event);
}

SEC("?tp_btf/sched_process_fork")
int BPF_PROG(fork__tp_btf, struct task_struct *parent, struct task_struct *child)
{
	return forked(child);
}

SEC("?raw_tp/sched_process_fork")
int BPF_PROG(fork__raw_tp, struct task_struct *parent, struct task_struct *child)
{
	return forked(child);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
