/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "event_header.h"

#define NV_HEAD_LENGTH 256
#define NV_INTERPRETER_LENGTH 128

enum nv_exec_flag {
	NV_EXEC_AT = 1,            /* execveat, with dirfd and at_flags */
	NV_EXEC_FILENAME_FAULT = 2, /* the filename could not be read */
	NV_EXEC_HEAD = 4,          /* head holds the file's first bytes */
	NV_EXEC_INTERPRETER = 8,   /* interpreter holds the last one tried */
	NV_EXEC_ENTER = 16,        /* enter_boot_nanos is known */
};

/* execve or execveat that returned an error. header: the caller. */
struct nv_exec_failure_event {
	struct nv_event_header header;
	struct nv_cgroup_path cgroup;
	u64 enter_boot_nanos; /* when the call began */
	s32 error;            /* positive errno */
	u32 flags;            /* enum nv_exec_flag */
	s32 dirfd;
	u32 at_flags;
	u32 mount_namespace; /* inode number */
	u32 head_length;
	char comm[NV_COMM_LENGTH];
	char filename[NV_FILENAME_LENGTH]; /* as given, read when the call returns */
	char interpreter[NV_INTERPRETER_LENGTH];
	u8 head[NV_HEAD_LENGTH];
};
_Static_assert(sizeof(struct nv_exec_failure_event) == 1384, "layout is fixed");
