/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "event_header.h"

#define NV_CGROUP_PATH_LENGTH 512

enum nv_cgroup_operation {
	NV_CGROUP_MKDIR = 1,
	NV_CGROUP_RMDIR = 2,
	NV_CGROUP_ATTACH_TASK = 3,
};

/*
 * header.cgroup_id and cgroup: the cgroup made, removed or attached to.
 * header's process: who made or removed it, or the task that moved.
 */
struct nv_cgroup_event {
	struct nv_event_header header;
	struct nv_cgroup_path cgroup;
	u32 operation; /* enum nv_cgroup_operation */
	u32 reserved;
	char path[NV_CGROUP_PATH_LENGTH]; /* from the hierarchy's root, "/..." */
};
_Static_assert(sizeof(struct nv_cgroup_event) == 1216, "layout is fixed");
