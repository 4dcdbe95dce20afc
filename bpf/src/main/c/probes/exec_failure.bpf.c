/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * execve and execveat that returned an error. The filename is read when the call
 * returns: the kernel has read it by then, so it is resident.
 */
#include "exec_failure_event.h"
#include "lifecycle.bpf.h"
#include "syscall.bpf.h"

struct begun_exec {
	u64 boot_nanos;
	u64 generation;
};

/*
 * Calls in flight, by thread. An exec by a thread that is not the leader changes
 * its id and leaves its entry behind, until that was used least recently.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, struct begun_exec);
} exec_begun SEC(".maps");

/* What was asked for. */
struct exec_call {
	u8 program;
	u32 flags;
	s32 dirfd;
	u32 at_flags;
	const char *filename; /* in user space */
};

static __always_inline int exec_begin(u8 program)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct task_struct *task = nv_current();
	struct begun_exec begun = {};
	struct nv_account account;

	if (!nv_account_open(&account, program))
		return 0;
	begun.boot_nanos = bpf_ktime_get_boot_ns();
	begun.generation = NV_LOAD(task, self_exec_id);
	if (bpf_map_update_elem(&exec_begun, &thread, &begun, BPF_ANY))
		return nv_failed(&account);
	return nv_filtered(&account);
}

/*
 * Past the point of no return the generation has changed, and what lay at the
 * filename's address with it. The process is about to be killed.
 */
static __always_inline void exec_aborted_note(struct task_struct *task)
{
	struct nv_process_key process;
	u8 aborted = 1;

	nv_process_key(&process, task);
	bpf_map_update_elem(&exec_aborted, &process, &aborted, BPF_ANY);
}

/* The agent's own proves that records arrive; one that is about to be killed explains its death. */
static __always_inline enum nv_share exec_failure_share(u32 tgid, bool aborted)
{
	if (nv_agent_tgid && tgid == nv_agent_tgid)
		return NV_SHARE_WHOLE;
	return aborted ? NV_SHARE_EVIDENCE : NV_SHARE_COMMON;
}

static __always_inline int exec_done(const struct exec_call *call, long returned, bool alone)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct nv_exec_failure_event *event;
	struct begun_exec *begun;
	struct nv_account account;
	u64 cgroup_id;
	u32 generation = BPF_CORE_READ(task, self_exec_id);
	bool aborted;

	if (!nv_account_open_as(&account, call->program, alone))
		return 0;
	/* A call that will begin anew is no failure yet. */
	if (returned >= 0 || returned <= -ERESTARTSYS) {
		bpf_map_delete_elem(&exec_begun, &thread);
		return nv_filtered(&account);
	}
	begun = bpf_map_lookup_elem(&exec_begun, &thread);
	aborted = begun && (u32)begun->generation != generation;
	if (aborted)
		exec_aborted_note(task);
	cgroup_id = nv_cgroup_id(nv_task_cgroup(task));
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_EXEC_FAILURE, exec_failure_share(thread >> 32, aborted),
				  cgroup_id)) {
		bpf_map_delete_elem(&exec_begun, &thread);
		return nv_lifecycle_fold(&account, cgroup_id, NV_FOLD_EXEC_FAILURE, -returned);
	}
	nv_lifecycle_task(event, task);
	event->error = -returned;
	event->flags = call->flags;
	event->dirfd = call->dirfd;
	event->at_flags = call->at_flags;
	event->mount_namespace = nv_mount_namespace(task);
	if (begun) {
		event->enter_boot_nanos = begun->boot_nanos;
		event->flags |= NV_EXEC_ENTER;
	}
	if (aborted || bpf_probe_read_user_str(event->filename, sizeof(event->filename), call->filename) < 0)
		event->flags |= NV_EXEC_FILENAME_FAULT;
	bpf_map_delete_elem(&exec_begun, &thread);
	return nv_lifecycle_submit(&account, event);
}

static __always_inline int execve_done(struct pt_regs *registers, long returned, bool alone)
{
	struct exec_call call = {
		.program = NV_PROGRAM_EXECVE,
		.filename = (const char *)NV_ARGUMENT_1(registers),
	};

	return exec_done(&call, returned, alone);
}

static __always_inline int execveat_done(struct pt_regs *registers, long returned, bool alone)
{
	struct exec_call call = {
		.program = NV_PROGRAM_EXECVEAT,
		.flags = NV_EXEC_AT,
		.dirfd = NV_ARGUMENT_1(registers),
		.filename = (const char *)NV_ARGUMENT_2(registers),
		.at_flags = NV_ARGUMENT_5(registers),
	};

	return exec_done(&call, returned, alone);
}

static __always_inline int execve_compat_done(struct pt_regs *registers, long returned, bool alone)
{
	struct exec_call call = {
		.program = NV_PROGRAM_EXECVE,
		.filename = (const char *)(u64)NV_COMPAT_ARGUMENT_1(registers),
	};

	return exec_done(&call, returned, alone);
}

static __always_inline int execveat_compat_done(struct pt_regs *registers, long returned, bool alone)
{
	struct exec_call call = {
		.program = NV_PROGRAM_EXECVEAT,
		.flags = NV_EXEC_AT,
		.dirfd = NV_COMPAT_ARGUMENT_1(registers),
		.filename = (const char *)(u64)NV_COMPAT_ARGUMENT_2(registers),
		.at_flags = NV_COMPAT_ARGUMENT_5(registers),
	};

	return exec_done(&call, returned, alone);
}

NV_SYSCALL_BEGIN(execve_enter, execve, exec_begin(NV_PROGRAM_EXECVE_ENTER))
NV_SYSCALL_END(execve, execve, execve_done)
NV_SYSCALL_BEGIN(execveat_enter, execveat, exec_begin(NV_PROGRAM_EXECVEAT_ENTER))
NV_SYSCALL_END(execveat, execveat, execveat_done)

NV_COMPAT_BEGIN(execve_enter_compat, NV_COMPAT "execve", exec_begin(NV_PROGRAM_EXECVE_ENTER))
NV_COMPAT_END(execve_compat, NV_COMPAT "execve", execve_compat_done)
NV_COMPAT_BEGIN(execveat_enter_compat, NV_COMPAT "execveat", exec_begin(NV_PROGRAM_EXECVEAT_ENTER))
NV_COMPAT_END(execveat_compat, NV_COMPAT "execveat", execveat_compat_done)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
