/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the agent sets in .rodata before it loads an object. The verifier knows
 * the values: what a knob switches off costs nothing.
 */
#pragma once

#include "types.h"

/* Possible CPUs: `counters` holds this many slots per program. */
const volatile u32 nv_cpus = 1;

/* A process's cgroup is that of cgroup v1's memory controller, else of v2. */
const volatile bool nv_memory_hierarchy_v1 = false;

/* Level of the first cgroup that nv_cgroup_path names: the kubepods root's. */
const volatile u32 nv_root_level = 1;

/* log2 of the page size: 12 but for arm64 kernels with pages of 16 or 64 KiB. */
const volatile u32 nv_page_shift = 12;

/*
 * A power of two: the memory ring's reader is woken at every so many records of a
 * program on a CPU, and polls by time too. 1: at each.
 * Measured: 200 ns for a program that does not wake anybody, 3,700 for one that does.
 */
const volatile u32 nv_memory_wakeup_records = 1;

/*
 * Lifecycle records that one cgroup may have in a window, of the common ones: see
 * enum nv_share. What is above folds. 0: no budget.
 */
const volatile u32 nv_budget_records = 500;
const volatile u64 nv_budget_window_nanos = 100000000;

/* Half of the lifecycle ring, as the session made it: enum nv_share counts from there. */
const volatile u64 nv_lifecycle_common_bytes = 1 << 19;

/* Whether records of execs carry the program's arguments, in which there may be secrets. */
const volatile bool nv_exec_arguments = false;

/* Whose failed execs are canaries and always get a record; 0: nobody's. */
const volatile u32 nv_agent_tgid = 0;
