/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "event_header.h"

enum nv_oom_flag {
	NV_OOM_CONTROL = 1, /* from oom_kill_process: limit_* are the kernel's own */
	NV_OOM_MEMORY = 2,  /* the victim's pages below could be read */
};

/* A process chosen by the OOM killer. header and cgroup: the victim. */
struct nv_oom_event {
	struct nv_event_header header;
	struct nv_cgroup_path cgroup;
	struct nv_actor trigger; /* who asked for memory when it ran out */
	u64 anon_pages;
	u64 file_pages;
	u64 shmem_pages;
	u64 swap_pages;
	u64 page_table_bytes;
	u64 limit_pages; /* oc->totalpages */
	u64 usage_pages; /* of the cgroup whose limit was hit; 0 = unknown */
	u64 limit_cgroup_id; /* 0 = the node's memory */
	u32 flags;           /* enum nv_oom_flag */
	s32 score_adj;
	char comm[NV_COMM_LENGTH];
};
_Static_assert(sizeof(struct nv_oom_event) == 832, "layout is fixed");
