/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Successful execs: the process has its new program, generation and name. */
#include "exec_event.h"
#include "lifecycle.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline int executed(struct task_struct *task, u32 old_tid, const char *filename)
{
	struct nv_exec_event *event;
	struct nv_account account;
	u64 cgroup_id;

	if (!nv_account_open(&account, NV_PROGRAM_EXEC))
		return 0;
	cgroup_id = nv_cgroup_id(nv_task_cgroup(task));
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_EXEC, NV_SHARE_COMMON, cgroup_id))
		return nv_lifecycle_fold(&account, cgroup_id, NV_FOLD_EXEC, 0);
	nv_lifecycle_task(event, task);
	event->old_tid = old_tid;
	event->mount_namespace = nv_mount_namespace(task);
	bpf_probe_read_kernel_str(event->filename, sizeof(event->filename), filename);
	return nv_lifecycle_submit(&account, event);
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(exec__tp_btf, struct task_struct *task, int old_tid, struct linux_binprm *bprm)
{
	return executed(task, old_tid, BPF_CORE_READ(bprm, filename));
}

SEC("?tracepoint/sched/sched_process_exec")
int exec__tracepoint(struct trace_event_raw_sched_process_exec *context)
{
	/* A __data_loc is length << 16 | offset. */
	const char *filename = (void *)context + (context->__data_loc_filename & 0xffff);

	return executed((void *)bpf_get_current_task(), context->old_pid, filename);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
