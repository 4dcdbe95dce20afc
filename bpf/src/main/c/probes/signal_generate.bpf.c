/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Signals that reached their target. Fatal ones become records while there is room;
 * all others are added to a map. May run in an interrupt, so it may not allocate.
 */
#include "signal_event.h"
#include "lifecycle.bpf.h"
#include "signal.bpf.h"

#include <bpf/bpf_tracing.h>

/* include/trace/events/signal.h */
#define TRACE_SIGNAL_DELIVERED 0
#define TRACE_SIGNAL_IGNORED 1

struct generated_signal {
	u32 signal;
	struct kernel_siginfo *info;
	struct task_struct *target;
	u32 group;
	u32 result;
};

static __always_inline int signal_fold(const struct nv_account *account, u64 cgroup_id, u32 signal, u32 action)
{
	struct nv_signal_key key = {.cgroup_id = cgroup_id, .signal = signal, .action = action};

	return nv_fold(account, &signal_counts, &key, &signal_overflow, signal * 4 + action);
}

static __always_inline int signal_generated(const struct generated_signal *generated)
{
	struct task_struct *target = generated->target;
	u32 signal = generated->signal;
	struct nv_signal_event *event;
	struct nv_account account;
	u64 cgroup_id;
	u32 action;

	if (!nv_account_open(&account, NV_PROGRAM_SIGNAL_GENERATE))
		return 0;
	if (generated->result > TRACE_SIGNAL_IGNORED || signal < 1 || signal > SIG_MAX)
		return nv_filtered(&account);
	action = generated->result == TRACE_SIGNAL_IGNORED ? NV_ACTION_IGNORED : nv_signal_action(target, signal);
	cgroup_id = nv_cgroup_id(nv_task_cgroup(target));
	if (action != NV_ACTION_FATAL)
		return signal_fold(&account, cgroup_id, signal, action);
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_SIGNAL_GENERATE, NV_SHARE_EVIDENCE, cgroup_id))
		return signal_fold(&account, cgroup_id, signal, action);
	nv_lifecycle_task(event, target);
	event->signal = signal;
	event->code = nv_signal_code(generated->info);
	event->action = action;
	event->group = generated->group;
	nv_actor(&event->sender, (struct task_struct *)bpf_get_current_task());
	return nv_lifecycle_submit(&account, event);
}

SEC("?tp_btf/signal_generate")
int BPF_PROG(signal_generate__tp_btf, int signal, struct kernel_siginfo *info, struct task_struct *target, int group,
	     int result)
{
	struct generated_signal generated = {signal, info, target, group, result};

	return signal_generated(&generated);
}

SEC("?raw_tp/signal_generate")
int BPF_PROG(signal_generate__raw_tp, int signal, struct kernel_siginfo *info, struct task_struct *target, int group,
	     int result)
{
	struct generated_signal generated = {signal, info, target, group, result};

	return signal_generated(&generated);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
