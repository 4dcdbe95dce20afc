/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "event_header.h"

/* A new thread group (not a thread). header: the child, parent filled in. */
struct nv_fork_event {
	struct nv_event_header header;
	struct nv_cgroup_path cgroup;
	char comm[NV_COMM_LENGTH];
};
_Static_assert(sizeof(struct nv_fork_event) == 712, "layout is fixed");
