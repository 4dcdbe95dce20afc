/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "event_header.h"
#include "mapping.h"

enum nv_signal_action {
	NV_ACTION_FATAL = 1,   /* default action that ends the process */
	NV_ACTION_HANDLED = 2, /* a handler, or blocked: taken by sigwait or later */
	NV_ACTION_IGNORED = 3, /* explicitly, or by default */
	NV_ACTION_STOPPED = 4, /* default action that stops the process */
};

/*
 * signal:signal_generate that reached its target. header and cgroup: the
 * target. sender: the current task, which means nothing when the kernel sends
 * (code > 0 and from an interrupt).
 */
struct nv_signal_event {
	struct nv_event_header header;
	struct nv_cgroup_path cgroup;
	u32 signal;
	s32 code; /* si_code; SI_USER 0, SI_KERNEL 0x80, SI_TKILL -6, ... */
	u32 action; /* enum nv_signal_action */
	u32 group;  /* 1 = sent to the process, 0 = to one thread */
	struct nv_actor sender;
	char comm[NV_COMM_LENGTH]; /* the target's */
};
_Static_assert(sizeof(struct nv_signal_event) == 776, "layout is fixed");

/*
 * signal:signal_deliver with the default action of a signal that is fatal.
 * header: the thread that takes it. The exit record of the same process has
 * the cgroup's ancestors.
 *
 * A signal that some process sent has no fault. When the thread handled one
 * before, that is told: handled_* is its time, signal and code, and trap, address,
 * pointers and mappings are of it (the mappings as they are now).
 */
struct nv_fault_event {
	struct nv_event_header header;
	u32 signal;
	s32 code; /* si_code; SEGV_MAPERR 1, SEGV_ACCERR 2, ... */
	u32 error; /* si_errno */
	u32 trap_error_code; /* x86 thread.error_code: bit 1 write, bit 4 fetch */
	u64 address; /* si_addr */
	u64 instruction_pointer;
	u64 stack_pointer;
	char comm[NV_COMM_LENGTH];
	u64 handled_boot_nanos; /* 0 = none */
	u32 handled_signal;
	s32 handled_code;
	/* Of a real fault (code > 0, or handled before) alone; else unknown and 0. */
	u64 stack_limit; /* RLIMIT_STACK in bytes, all bits set = none */
	struct nv_mapping address_mapping;
	struct nv_mapping instruction_mapping;
	/* Of the stack pointer; of the main thread's stack if that points at nothing. */
	struct nv_mapping stack_mapping;
};
_Static_assert(sizeof(struct nv_fault_event) == 432, "layout is fixed");
