/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Successful execs: the process has its new program, generation and name. */
#include "exec_event.h"
#include "lifecycle.bpf.h"

#include <bpf/bpf_tracing.h>

/*
 * The kernel has just written them to the top of the new stack, so they are
 * resident; if not, there are none, rather than a wait.
 */
static __always_inline void exec_arguments(struct nv_exec_arguments *arguments, struct task_struct *task)
{
	u64 start = BPF_CORE_READ(task, mm, arg_start);
	u64 length = BPF_CORE_READ(task, mm, arg_end) - start;

	arguments->length = length;
	/* In one register, or the verifier loses the bound to one that the compiler copied. */
	asm volatile("if %[length] <= %[most] goto +1\n"
		     "%[length] = %[most]"
		     : [length] "+r"(length)
		     : [most] "i"(NV_ARGUMENTS_LENGTH));
	if (!bpf_probe_read_user(arguments->text, length, (void *)start))
		arguments->read = length;
}

/* A record with or without arguments; NULL when there is none to have. */
static __always_inline struct nv_exec_event *exec_reserve(const struct nv_account *account, struct task_struct *task,
							  u64 cgroup_id)
{
	struct nv_exec_arguments_event *with_arguments;
	struct nv_exec_event *event;

	if (!nv_exec_arguments)
		return nv_lifecycle_reserve(account, event, NV_EVENT_EXEC, NV_SHARE_COMMON, cgroup_id) ? event : NULL;
	if (!nv_lifecycle_reserve(account, with_arguments, NV_EVENT_EXEC, NV_SHARE_COMMON, cgroup_id))
		return NULL;
	exec_arguments(&with_arguments->arguments, task);
	return &with_arguments->exec;
}

static __always_inline int executed(struct task_struct *task, u32 old_tid, const char *filename)
{
	struct nv_exec_event *event;
	struct nv_account account;
	u64 cgroup_id;

	if (!nv_account_open(&account, NV_PROGRAM_EXEC))
		return 0;
	cgroup_id = nv_cgroup_id(nv_task_cgroup(task));
	event = exec_reserve(&account, task, cgroup_id);
	if (!event)
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
