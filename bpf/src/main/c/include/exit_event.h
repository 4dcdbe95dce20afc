/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "event_header.h"

enum nv_exit_flag {
	NV_EXIT_GROUP = 1,      /* SIGNAL_GROUP_EXIT: exit_group or a fatal signal */
	NV_EXIT_OOM_VICTIM = 2, /* signal->oom_mm is set */
	NV_EXIT_IN_EXEC = 4,    /* died inside execve, past the point of no return */
};

/* The death of a thread group, once, with its last thread. */
struct nv_exit_event {
	struct nv_event_header header;
	struct nv_cgroup_path cgroup;
	u32 wait_status; /* as wait4 gives it: code << 8 | core 0x80 | signal */
	u32 flags;       /* enum nv_exit_flag */
	u64 peak_rss_pages; /* signal->maxrss, or the mm's high-water mark */
	char comm[NV_COMM_LENGTH];
};
_Static_assert(sizeof(struct nv_exit_event) == 728, "layout is fixed");
