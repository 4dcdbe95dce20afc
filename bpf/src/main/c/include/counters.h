/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#pragma once

#include "types.h"

/*
 * The account of one program on one CPU: a cache line of the mmapped
 * `counters` array, at index program * cpus + cpu. Every field only ever
 * grows. At rest: seen = submitted + folded + filtered + failed.
 */
struct nv_counters {
	u64 seen;      /* completed calls that the program was run for */
	u64 submitted; /* records put into a ring */
	u64 folded;    /* added to a map instead of a ring, exact in number */
	u64 filtered;  /* not wanted: configuration, or not an event at all */
	u64 failed;    /* wanted but lost: no room in ring and maps */
	u64 sequence;  /* records attempted; each record carries its number */
	u64 reserved[2];
};
_Static_assert(sizeof(struct nv_counters) == 64, "one cache line");

/* Key of the `signal_counts` hash: signals that did not end a process. */
struct nv_signal_key {
	u64 cgroup_id; /* of the target */
	u32 signal;
	u32 action; /* enum nv_signal_action */
};
_Static_assert(sizeof(struct nv_signal_key) == 16, "no padding in a hash key");
