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
