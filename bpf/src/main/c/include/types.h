/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Fixed-width types and the enumerations that both sides share. Java's copies
 * are proved equal to these through the compiled objects' BTF.
 */
#pragma once

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
/* bpf_helper_defs.h names these three. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;

typedef _Bool bool;
#define true 1
#define false 0

/* Version of every struct in this directory; a reader refuses another. */
#define NV_LAYOUT_VERSION 1

/*
 * What a record in the lifecycle ring is. The memory ring holds nv_memory_event
 * only.
 */
enum nv_event_type {
	NV_EVENT_FORK = 1,
	NV_EVENT_EXEC = 2,
	NV_EVENT_EXEC_FAILURE = 3,
	NV_EVENT_EXIT = 4,
	NV_EVENT_SIGNAL_GENERATE = 5,
	NV_EVENT_SIGNAL_DELIVER = 6,
	NV_EVENT_OOM = 7,
	NV_EVENT_CGROUP = 8,
};

/*
 * One per program that keeps an account: the first index of the counters map.
 * The attach methods of one probe share the identifier, because only one of
 * them is attached.
 */
enum nv_program {
	NV_PROGRAM_MMAP = 0,
	NV_PROGRAM_MUNMAP = 1,
	NV_PROGRAM_MREMAP = 2,
	NV_PROGRAM_BRK_ENTER = 3,
	NV_PROGRAM_BRK = 4,
	NV_PROGRAM_FORK = 5,
	NV_PROGRAM_EXEC = 6,
	NV_PROGRAM_EXECVE_ENTER = 7,
	NV_PROGRAM_EXECVE = 8,
	NV_PROGRAM_EXECVEAT_ENTER = 9,
	NV_PROGRAM_EXECVEAT = 10,
	NV_PROGRAM_EXIT = 11,
	NV_PROGRAM_SIGNAL_GENERATE = 12,
	NV_PROGRAM_SIGNAL_DELIVER = 13,
	NV_PROGRAM_OOM = 14,
	NV_PROGRAM_CGROUP_MKDIR = 15,
	NV_PROGRAM_CGROUP_RMDIR = 16,
	NV_PROGRAM_CGROUP_ATTACH_TASK = 17,
	NV_PROGRAM_COUNT = 18,
};
