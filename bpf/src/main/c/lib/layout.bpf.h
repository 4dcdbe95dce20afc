/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * For maps.bpf.c only: puts every record layout into that object's BTF, where a
 * test proves Java's copies equal to it. The compiler emits only types that an
 * object uses; a pointer to all of them is use enough. Its section is none that
 * libbpf makes a map of, so it costs nothing in the kernel.
 */
#pragma once

#include "cgroup_event.h"
#include "counters.h"
#include "exec_event.h"
#include "exec_failure_event.h"
#include "exit_event.h"
#include "fork_event.h"
#include "lifecycle_fold.h"
#include "memory_event.h"
#include "memory_fold.h"
#include "oom_event.h"
#include "signal_event.h"

/* BTF knows no macros: their values, for Java's copies. */
enum nv_layout_number {
	NV_NUMBER_LAYOUT_VERSION = NV_LAYOUT_VERSION,
	NV_NUMBER_MEMORY_PAGES_BITS = NV_MEMORY_PAGES_BITS,
	NV_NUMBER_MEMORY_CALL_SHIFT = NV_MEMORY_CALL_SHIFT,
	NV_NUMBER_MEMORY_KIND_SHIFT = NV_MEMORY_KIND_SHIFT,
	NV_NUMBER_MEMORY_GENERATION_SHIFT = NV_MEMORY_GENERATION_SHIFT,
	NV_NUMBER_MEMORY_VALUE_BITS = NV_MEMORY_VALUE_BITS,
	NV_NUMBER_MEMORY_SHRINK_SHIFT = NV_MEMORY_SHRINK_SHIFT,
	NV_NUMBER_MEMORY_FAILED_SHIFT = NV_MEMORY_FAILED_SHIFT,
	NV_NUMBER_MEMORY_CPU_SHIFT = NV_MEMORY_CPU_SHIFT,
	NV_NUMBER_MEMORY_FOLD_ERRORS = NV_MEMORY_FOLD_ERRORS,
	NV_NUMBER_MEMORY_FOLD_CLASSES = NV_MEMORY_FOLD_CLASSES,
	NV_NUMBER_MEMORY_OVERFLOW_ERRORS = NV_MEMORY_OVERFLOW_ERRORS,
	NV_NUMBER_MEMORY_OVERFLOW_SHRINK_SHIFT = NV_MEMORY_OVERFLOW_SHRINK_SHIFT,
	NV_NUMBER_FOLD_DETAILS = NV_FOLD_DETAILS,
};

union nv_layout {
	struct nv_fork_event fork_event;
	struct nv_exec_event exec_event;
	struct nv_exec_arguments exec_arguments;
	struct nv_exec_failure_event exec_failure_event;
	struct nv_exit_event exit_event;
	struct nv_signal_event signal_event;
	struct nv_fault_event fault_event;
	struct nv_mapping mapping;
	struct nv_oom_event oom_event;
	struct nv_cgroup_event cgroup_event;
	struct nv_memory_event memory_event;
	struct nv_counters counters;
	struct nv_signal_key signal_key;
	struct nv_memory_fold_key memory_fold_key;
	struct nv_memory_fold memory_fold;
	struct nv_lifecycle_fold_key lifecycle_fold_key;
	enum nv_event_type event_type;
	enum nv_program program;
	enum nv_exec_flag exec_flag;
	enum nv_exit_flag exit_flag;
	enum nv_signal_action signal_action;
	enum nv_oom_flag oom_flag;
	enum nv_mapping_state mapping_state;
	enum nv_mapping_flag mapping_flag;
	enum nv_cgroup_operation cgroup_operation;
	enum nv_memory_call memory_call;
	enum nv_memory_kind memory_kind;
	enum nv_memory_fold_flag memory_fold_flag;
	enum nv_lifecycle_fold_kind lifecycle_fold_kind;
	enum nv_layout_number layout_number;
};

const union nv_layout *every_layout SEC("nv.layout") = 0;
