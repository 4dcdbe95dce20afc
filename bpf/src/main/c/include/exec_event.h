/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "event_header.h"

/* A successful exec, after the address space was replaced. */
struct nv_exec_event {
	struct nv_event_header header;
	struct nv_cgroup_path cgroup;
	u32 old_tid; /* differs from tid when a thread other than the leader exec'd */
	u32 mount_namespace; /* inode number */
	char comm[NV_COMM_LENGTH];
	char filename[NV_FILENAME_LENGTH]; /* bprm->filename */
};
_Static_assert(sizeof(struct nv_exec_event) == 976, "layout is fixed");

#define NV_ARGUMENTS_LENGTH 512

/* What a program was called with. */
struct nv_exec_arguments {
	u32 length; /* bytes of all arguments, however many are here */
	u32 read; /* bytes that are here */
	char text[NV_ARGUMENTS_LENGTH]; /* each argument ends in a NUL, unless it was cut */
};

/* An exec with its arguments, where they are wanted: the knob of that name. */
struct nv_exec_arguments_event {
	union {
		struct nv_event_header header;
		struct nv_exec_event exec;
	};
	struct nv_exec_arguments arguments;
};
_Static_assert(sizeof(struct nv_exec_arguments_event) == 1496, "layout is fixed");
