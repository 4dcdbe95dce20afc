/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Signals that a thread takes with a default action that ends it, with the fault
 * and the registers behind them. The current task is the one that takes it.
 *
 * A crash handler takes the fault itself and then raises a signal that has none:
 * each thread's last handled fault is kept for that.
 */
#include "signal_event.h"
#include "lifecycle.bpf.h"
#include "mapping.bpf.h"
#include "signal.bpf.h"

#include <bpf/bpf_tracing.h>

/* include/uapi/asm-generic/signal.h: signals whose siginfo has an address */
#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGSEGV 11
#define SIGABRT 6
#define NV_SIGNALS_WITH_ADDRESS                                                                   \
	(NV_SIGNAL_BIT(SIGILL) | NV_SIGNAL_BIT(SIGTRAP) | NV_SIGNAL_BIT(SIGBUS) | NV_SIGNAL_BIT(SIGFPE) |      \
	 NV_SIGNAL_BIT(SIGSEGV))

static __always_inline bool deliver_is_fatal(struct task_struct *task, u32 signal, s32 code, u64 handler)
{
	if (handler != SIG_DFL || nv_signal_default_action(signal) != NV_ACTION_FATAL)
		return false;
	/*
	 * A SIGKILL without a siginfo is how a thread learns that its group exits or
	 * execs, whatever the reason: not a kill of its own.
	 */
	if (signal == SIGKILL)
		return code != SI_USER;
	/* A namespace's init drops what it has no handler for. A real fault makes it killable first. */
	return !(BPF_CORE_READ(task, signal, flags) & SIGNAL_UNKILLABLE);
}

/* The last fault of a thread that went to its handler; the oldest go first. */
struct nv_handled_fault {
	u64 start_boot_nanos; /* of the process: thread ids come again */
	u64 boot_nanos;
	u64 address;
	u64 instruction_pointer;
	u64 stack_pointer;
	u32 signal;
	s32 code;
	u32 trap_error_code;
	u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct nv_handled_fault);
} handled_faults SEC(".maps");

static __always_inline u64 deliver_process_start(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline u64 deliver_instruction(struct pt_regs *registers)
{
#if defined(__TARGET_ARCH_x86)
	return NV_LOAD(registers, ip);
#else
	return NV_LOAD(registers, pc);
#endif
}

static __always_inline u32 deliver_trap_error(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return BPF_CORE_READ(task, thread.error_code);
#else
	return 0;
#endif
}

/* si_code > 0: the kernel raised it, so the union holds a fault. */
static __always_inline bool deliver_is_fault(u32 signal, s32 code)
{
	return code > 0 && NV_SIGNAL_BIT(signal) & NV_SIGNALS_WITH_ADDRESS;
}

static __always_inline void deliver_keep(struct task_struct *task, u32 signal, s32 code, struct kernel_siginfo *info)
{
	struct pt_regs *registers = nv_current_registers();
	struct nv_handled_fault fault = {
		.start_boot_nanos = deliver_process_start(task),
		.boot_nanos = bpf_ktime_get_boot_ns(),
		.instruction_pointer = deliver_instruction(registers),
		.stack_pointer = NV_LOAD(registers, sp),
		.signal = signal,
		.code = code,
		.trap_error_code = deliver_trap_error(task),
	};
	u32 tid = (u32)bpf_get_current_pid_tgid();

	if ((unsigned long)info > SEND_SIG_PRIV)
		fault.address = (u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
	bpf_map_update_elem(&handled_faults, &tid, &fault, BPF_ANY);
}

static __always_inline void deliver_registers(struct nv_fault_event *event, struct task_struct *task)
{
	struct pt_regs *registers = nv_current_registers();

	event->instruction_pointer = deliver_instruction(registers);
	event->stack_pointer = NV_LOAD(registers, sp);
	event->trap_error_code = deliver_trap_error(task);
}

/* Whether the thread handled a fault before it took a signal that some process sent. */
static __always_inline bool deliver_recall(struct nv_fault_event *event, struct task_struct *task)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	struct nv_handled_fault *fault;

	if (event->code > 0 || !(NV_SIGNAL_BIT(event->signal) & (NV_SIGNALS_WITH_ADDRESS | NV_SIGNAL_BIT(SIGABRT))))
		return false;
	fault = bpf_map_lookup_elem(&handled_faults, &tid);
	if (!fault || fault->start_boot_nanos != deliver_process_start(task))
		return false;
	event->handled_boot_nanos = fault->boot_nanos;
	event->handled_signal = fault->signal;
	event->handled_code = fault->code;
	event->address = fault->address;
	event->instruction_pointer = fault->instruction_pointer;
	event->stack_pointer = fault->stack_pointer;
	event->trap_error_code = fault->trap_error_code;
	return true;
}

/* include/uapi/asm-generic/resource.h */
#define RLIMIT_STACK 3

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct___limits {
	struct rlimit rlim[16];
};

#pragma clang attribute pop

static __always_inline void deliver_mappings(struct nv_fault_event *event, struct task_struct *task)
{
	struct signal_struct___limits *limits = (void *)BPF_CORE_READ(task, signal);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!mm)
		return;
	event->stack_limit = BPF_CORE_READ(limits, rlim[RLIMIT_STACK].rlim_cur);
	nv_mapping(&event->address_mapping, mm, event->address);
	nv_mapping(&event->instruction_mapping, mm, event->instruction_pointer);
	nv_mapping(&event->stack_mapping, mm, event->stack_pointer);
	if (event->stack_mapping.state == NV_MAPPING_NONE)
		nv_mapping(&event->stack_mapping, mm, BPF_CORE_READ((struct mm_struct___areas *)mm, start_stack));
}

static __always_inline int signal_delivered(u32 signal, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	s32 code = nv_signal_code(info);
	struct nv_fault_event *event;
	struct nv_account account;
	u64 cgroup_id, handler;

	if (!nv_account_open(&account, NV_PROGRAM_SIGNAL_DELIVER))
		return 0;
	if (signal < 1 || signal > SIG_MAX)
		return nv_filtered(&account);
	handler = (u64)BPF_CORE_READ(action, sa.sa_handler);
	if (!deliver_is_fatal(task, signal, code, handler)) {
		if (handler != SIG_DFL && deliver_is_fault(signal, code))
			deliver_keep(task, signal, code, info);
		return nv_filtered(&account);
	}
	cgroup_id = nv_cgroup_id(nv_task_cgroup(task));
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_SIGNAL_DELIVER, NV_SHARE_EVIDENCE, cgroup_id))
		return nv_lifecycle_fold(&account, cgroup_id, NV_FOLD_FAULT, signal);
	nv_header_task(&event->header, task);
	nv_header_cgroup(&event->header, nv_task_cgroup(task));
	BPF_CORE_READ_STR_INTO(&event->comm, task, comm);
	event->signal = signal;
	event->code = code;
	if (deliver_recall(event, task)) {
		deliver_mappings(event, task);
		return nv_lifecycle_submit(&account, event);
	}
	deliver_registers(event, task);
	if ((unsigned long)info > SEND_SIG_PRIV)
		event->error = BPF_CORE_READ(info, si_errno);
	if (deliver_is_fault(signal, code)) {
		if ((unsigned long)info > SEND_SIG_PRIV)
			event->address = (u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
		deliver_mappings(event, task);
	}
	return nv_lifecycle_submit(&account, event);
}

SEC("?tp_btf/signal_deliver")
int BPF_PROG(signal_deliver__tp_btf, int signal, struct kernel_siginfo *info, struct k_sigaction *action)
{
	return signal_delivered(signal, info, action);
}

SEC("?raw_tp/signal_deliver")
int BPF_PROG(signal_deliver__raw_tp, int signal, struct kernel_siginfo *info, struct k_sigaction *action)
{
	return signal_delivered(signal, info, action);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
