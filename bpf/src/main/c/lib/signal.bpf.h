/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a signal does to its target: kernel/signal.c and include/linux/signal.h. */
#pragma once

#include "kernel.bpf.h"
#include "signal_event.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* include/uapi/asm-generic/signal.h */
#define SIGKILL 9
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGWINCH 28
#define SIG_MAX 64
#define SIG_DFL 0
#define SIG_IGN 1

/* include/uapi/asm-generic/siginfo.h */
#define SI_USER 0
#define SI_KERNEL 0x80

/* include/linux/sched/signal.h: what stands in the place of a siginfo. */
#define SEND_SIG_NOINFO 0
#define SEND_SIG_PRIV 1

#define NV_SIGNAL_BIT(signal) (1ULL << ((signal)-1))
#define NV_SIGNALS_IGNORED                                                                        \
	(NV_SIGNAL_BIT(SIGCHLD) | NV_SIGNAL_BIT(SIGCONT) | NV_SIGNAL_BIT(SIGURG) | NV_SIGNAL_BIT(SIGWINCH))
#define NV_SIGNALS_STOPPING                                                                       \
	(NV_SIGNAL_BIT(SIGSTOP) | NV_SIGNAL_BIT(SIGTSTP) | NV_SIGNAL_BIT(SIGTTIN) | NV_SIGNAL_BIT(SIGTTOU))

/* SIG_DFL's effect. */
static __always_inline u32 nv_signal_default_action(u32 signal)
{
	u64 bit = NV_SIGNAL_BIT(signal);

	if (bit & NV_SIGNALS_IGNORED)
		return NV_ACTION_IGNORED;
	if (bit & NV_SIGNALS_STOPPING)
		return NV_ACTION_STOPPED;
	return NV_ACTION_FATAL;
}

/* sa_handler of one signal; a variable index, which no relocation can follow. */
static __always_inline u64 nv_signal_handler(struct task_struct *task, u32 signal)
{
	struct sighand_struct *hand = BPF_CORE_READ(task, sighand);
	u64 handler = SIG_DFL;

	bpf_probe_read_kernel(&handler, sizeof(handler),
			      (void *)hand + bpf_core_field_offset(struct sighand_struct, action) +
				      (signal - 1) * bpf_core_type_size(struct k_sigaction) +
				      bpf_core_field_offset(struct k_sigaction, sa.sa_handler));
	return handler;
}

/*
 * What the target will do with a signal. A signal that it has blocked is taken by
 * sigwait, by a signalfd or once it is unblocked: it ends nobody now. Another
 * thread of the group may have it unblocked; then signal_deliver and exit tell.
 */
static __always_inline u32 nv_signal_action(struct task_struct *target, u32 signal)
{
	u64 blocked, handler;

	if (signal == SIGKILL || signal == SIGSTOP)
		return nv_signal_default_action(signal);
	handler = nv_signal_handler(target, signal);
	if (handler == SIG_IGN)
		return NV_ACTION_IGNORED;
	if (handler != SIG_DFL)
		return NV_ACTION_HANDLED;
	blocked = BPF_CORE_READ(target, blocked.sig[0]) | BPF_CORE_READ(target, real_blocked.sig[0]);
	if (blocked & NV_SIGNAL_BIT(signal))
		return NV_ACTION_HANDLED;
	return nv_signal_default_action(signal);
}

/* `info` is a siginfo or one of the two numbers; never to be followed unread. */
static __always_inline s32 nv_signal_code(struct kernel_siginfo *info)
{
	if ((unsigned long)info == SEND_SIG_NOINFO)
		return SI_USER;
	if ((unsigned long)info == SEND_SIG_PRIV)
		return SI_KERNEL;
	return BPF_CORE_READ(info, si_code);
}
