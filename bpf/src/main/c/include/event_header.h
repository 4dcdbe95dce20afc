/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "types.h"

#define NV_COMM_LENGTH 16
#define NV_FILENAME_LENGTH 256

/*
 * First in every record of the lifecycle ring. The process named here is the
 * one that the record is about: the child of a fork, the target of a signal,
 * the victim of an OOM kill.
 */
struct nv_event_header {
	u16 type; /* enum nv_event_type */
	u16 size; /* of the whole struct; a reader skips what it does not know */
	u8 version; /* NV_LAYOUT_VERSION */
	u8 program; /* enum nv_program */
	u16 cpu;
	u32 sequence;   /* low half of nv_counters.sequence, after this attempt */
	u32 generation; /* low half of task->self_exec_id */
	u64 boot_nanos; /* when: bpf_ktime_get_boot_ns */
	u64 start_boot_nanos; /* group leader's start_boottime: with tgid, who */
	u32 tgid;
	u32 tid;
	u64 cgroup_id; /* in the hierarchy that the agent follows */
	u32 parent_tgid; /* real_parent */
	u32 hierarchy_id; /* 0 = cgroup v2 */
	u64 parent_start_boot_nanos;
};
_Static_assert(sizeof(struct nv_event_header) == 64, "layout is fixed");

/* Somebody else in the record: a signal's sender, an OOM kill's trigger. */
struct nv_actor {
	u64 start_boot_nanos;
	u64 cgroup_id;
	u32 tgid;
	u32 tid;
	u32 parent_tgid;
	u32 reserved;
	char comm[NV_COMM_LENGTH];
};
_Static_assert(sizeof(struct nv_actor) == 48, "layout is fixed");

#define NV_CGROUP_LEVELS 6
#define NV_CGROUP_NAME_LENGTH 96

/*
 * The ancestors of a cgroup from `first_level` downward, the cgroup itself
 * included when it is not deeper than first_level + NV_CGROUP_LEVELS - 1. Level
 * 0 is the hierarchy's root; first_level is the level of the configured kubepods
 * root (1 unless it is nested). Read from the kernel's own kernfs nodes, so it
 * holds after rmdir and cannot be forged by a name elsewhere.
 */
struct nv_cgroup_path {
	u16 leaf_level; /* of the cgroup that header.cgroup_id names */
	u16 first_level;
	u16 count; /* of the entries below that are filled */
	u16 reserved;
	u64 ids[NV_CGROUP_LEVELS];
	char names[NV_CGROUP_LEVELS][NV_CGROUP_NAME_LENGTH]; /* NUL-terminated */
};
_Static_assert(sizeof(struct nv_cgroup_path) == 632, "layout is fixed");
