/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The kernel's types, as far as they are read here. Only names and nesting
 * count: libbpf relocates every access to the running kernel's own layout.
 * A type whose name ends in ___word is a flavour: the same kernel type as
 * another version declares it.
 */
#pragma once

#include "types.h"

#define NULL ((void *)0)

/* include/uapi/linux/bpf.h; its presence tells what a program may call. */
enum bpf_func_id {
	BPF_FUNC_task_pt_regs = 175, /* 5.15, dd6e10fbd9fb */
};

enum cgroup_subsys_id {
	memory_cgrp_id = 4, /* depends on the configuration: relocated */
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic_long_t;

typedef struct {
	unsigned long sig[1];
} sigset_t;

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, r9, r8, ax, bx, cx, dx, si, di, ip, sp;
};

struct thread_struct {
	unsigned long error_code;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 orig_x0; /* regs[0] until the result overwrote it */
};

struct thread_struct {
	unsigned long fault_code;
};
#else
#error "unknown architecture"
#endif

struct kernfs_node {
	const char *name;
	u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

/* From 6.2 (f1a7941243c1) rss_stat is an array of these. */
struct percpu_counter {
	s64 count;
	s32 *counters;
};

/* Until then. */
struct mm_rss_stat {
	atomic_long_t count[4];
};

struct mm_struct {
	unsigned long total_vm;
	unsigned long hiwater_rss;
	unsigned long start_brk;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long brk;
	atomic_long_t pgtables_bytes;
	struct percpu_counter rss_stat[4];
};

struct mm_struct___old {
	struct mm_rss_stat rss_stat;
};

struct sigaction {
	void *sa_handler;
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
	unsigned long maxrss;
	short oom_score_adj;
	struct mm_struct *oom_mm;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct task_struct {
	void *stack;
	unsigned int flags;
	struct mm_struct *mm;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	u64 start_boottime;
	char comm[16];
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked;
	sigset_t real_blocked;
	u64 self_exec_id;
	struct css_set *cgroups;
	struct thread_struct thread;
};

struct linux_binprm {
	const char *filename;
};

union __sifields {
	struct {
		void *_addr;
	} _sigfault;
};

struct kernel_siginfo {
	struct {
		int si_signo;
		int si_errno;
		int si_code;
		union __sifields _sifields;
	};
};

struct page_counter {
	atomic_long_t usage;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
};

struct oom_control {
	struct mem_cgroup *memcg;
	unsigned long totalpages;
	struct task_struct *chosen;
};

/* The integer ids of one pid namespace: include/linux/xarray.h, idr.h, pid.h. */
struct xarray {
	void *xa_head;
};

struct idr {
	struct xarray idr_rt;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct pid_namespace {
	struct idr idr;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	struct hlist_head tasks[4];
	struct upid numbers[1];
};

/* Contexts of the classic tracepoints. */
struct trace_event_raw_sys_exit {
	long ret;
};

struct trace_event_raw_sched_process_exec {
	u32 __data_loc_filename;
	int old_pid;
};

/* Only the form that is given a task_struct has it (6.9, 72ba14deb40a, back-ported). */
struct trace_event_raw_mark_victim {
	unsigned long total_vm;
};

struct bpf_map;
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

/* The members are pointers that any program may use. */
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

#pragma clang attribute pop

/* include/linux/sched.h, sched/signal.h */
#define PF_KTHREAD 0x00200000
#define SIGNAL_GROUP_EXIT 0x00000004
#define SIGNAL_UNKILLABLE 0x00000040

/* include/linux/err.h, include/uapi/asm-generic/errno-base.h, include/linux/errno.h */
#define MAX_ERRNO 4095
#define ENOMEM 12
#define EEXIST 17
#define ERESTARTSYS 512 /* from here on never seen by user space */
