/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The current task, its registers, and the cgroup of any task. */
#pragma once

#include "kernel.bpf.h"
#include "knobs.bpf.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/*
 * From 5.15 every tracing program may have the current task and its registers
 * as typed pointers, which are read by plain loads. Before that they are plain
 * numbers, to be read by bpf_probe_read_kernel. The relocation makes this a
 * constant, so the verifier never sees the call that a kernel lacks.
 */
static __always_inline bool nv_typed_current(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs);
}

/* A field of the current task, or of what hangs on it. */
#define NV_LOAD(pointer, field) \
	(nv_typed_current() ? (pointer)->field : BPF_CORE_READ(pointer, field))

static __always_inline struct task_struct *nv_current(void)
{
	if (nv_typed_current())
		return bpf_get_current_task_btf();
	return (struct task_struct *)bpf_get_current_task();
}

/*
 * THREAD_SIZE, where task_pt_regs finds the registers: include/asm/thread_info.h
 * of x86 (without KASAN) and include/asm/memory.h of arm64.
 */
static __always_inline u64 nv_thread_size(void)
{
#if defined(__TARGET_ARCH_arm64)
	return nv_page_shift > 14 ? 1ULL << nv_page_shift : 1ULL << 14;
#else
	return 1ULL << 14;
#endif
}

/* What the current task had in its registers when it entered the kernel. */
static __always_inline struct pt_regs *nv_current_registers(void)
{
	struct task_struct *task;

	if (nv_typed_current())
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	task = (struct task_struct *)bpf_get_current_task();
	return BPF_CORE_READ(task, stack) + nv_thread_size() - bpf_core_type_size(struct pt_regs);
}

/* A system call's arguments. They outlive the call; on arm64 the first moves. */
#if defined(__TARGET_ARCH_x86)
#define NV_ARGUMENT_1(registers) NV_LOAD(registers, di)
#define NV_ARGUMENT_2(registers) NV_LOAD(registers, si)
#define NV_ARGUMENT_3(registers) NV_LOAD(registers, dx)
#define NV_ARGUMENT_4(registers) NV_LOAD(registers, r10)
#define NV_ARGUMENT_5(registers) NV_LOAD(registers, r8)
#else
#define NV_ARGUMENT_1(registers) NV_LOAD(registers, orig_x0)
#define NV_ARGUMENT_2(registers) NV_LOAD(registers, regs[1])
#define NV_ARGUMENT_3(registers) NV_LOAD(registers, regs[2])
#define NV_ARGUMENT_4(registers) NV_LOAD(registers, regs[3])
#define NV_ARGUMENT_5(registers) NV_LOAD(registers, regs[4])
#endif

/* The first argument of the function that a kprobe stopped at. */
static __always_inline u64 nv_kprobe_argument_1(struct pt_regs *context)
{
#if defined(__TARGET_ARCH_x86)
	return context->di;
#else
	return context->regs[0];
#endif
}

/* What the function returned at whose end a kretprobe stopped. */
static __always_inline u64 nv_kretprobe_result(struct pt_regs *context)
{
#if defined(__TARGET_ARCH_x86)
	return context->ax;
#else
	return context->regs[0];
#endif
}

/* Where a task's css of the memory controller is, from the start of css_set. */
static __always_inline u64 nv_memory_css_offset(void)
{
	return bpf_core_field_offset(struct css_set, subsys) +
	       sizeof(void *) * bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
}

/* Any task's cgroup in the hierarchy that the agent follows. */
static __always_inline struct cgroup *nv_task_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = NULL;

	if (!nv_memory_hierarchy_v1)
		return BPF_CORE_READ(set, dfl_cgrp);
	bpf_probe_read_kernel(&css, sizeof(css), (void *)set + nv_memory_css_offset());
	return BPF_CORE_READ(css, cgroup);
}

/* The same for the current task, as cheap as it gets. */
static __always_inline u64 nv_current_cgroup_id(struct task_struct *task)
{
	struct css_set *set;
	struct cgroup_subsys_state *css = NULL;
	struct cgroup *cgroup;
	struct kernfs_node *node;

	if (!nv_memory_hierarchy_v1)
		return bpf_get_current_cgroup_id();
	set = NV_LOAD(task, cgroups);
	if (nv_typed_current())
		css = *(struct cgroup_subsys_state **)((void *)set + nv_memory_css_offset());
	else
		bpf_probe_read_kernel(&css, sizeof(css), (void *)set + nv_memory_css_offset());
	cgroup = NV_LOAD(css, cgroup);
	node = NV_LOAD(cgroup, kn);
	return NV_LOAD(node, id);
}

static __always_inline u64 nv_cgroup_id(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, kn, id);
}

static __always_inline u32 nv_mount_namespace(struct task_struct *task)
{
	return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
}
