/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The account that every program keeps. A program opens it first, which counts
 * `seen`, and ends by exactly one of nv_submitted, nv_folded, nv_filtered and
 * nv_failed: each path through a program is one `return` of these.
 */
#pragma once

#include "knobs.bpf.h"
#include "maps.bpf.h"

struct nv_account {
	struct nv_counters *counters; /* of this program on this CPU */
	u8 program;
	u16 cpu;
};

/*
 * Atomic, because an interrupt may run the same program on the same CPU between
 * a load and a store. Spelled out, because newer compilers make a fetching add
 * of __sync_fetch_and_add, which 5.10 does not have.
 */
static __always_inline void nv_add(u64 *counter, u64 increment)
{
	asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(counter), "r"(increment) : "memory");
}

/* False when the map is too small for the program: nothing can be counted. */
static __always_inline bool nv_account_open(struct nv_account *account, u8 program)
{
	u32 cpu = bpf_get_smp_processor_id();
	u32 slot = program * nv_cpus + cpu;

	account->program = program;
	account->cpu = cpu;
	account->counters = bpf_map_lookup_elem(&counters, &slot);
	if (!account->counters)
		return false;
	nv_add(&account->counters->seen, 1);
	return true;
}

/*
 * The number of the record that is about to be reserved. Exact but when an
 * interrupt's record comes between the two lines: both then carry the later one.
 */
static __always_inline u32 nv_next_sequence(const struct nv_account *account)
{
	nv_add(&account->counters->sequence, 1);
	return *(volatile u64 *)&account->counters->sequence;
}

static __always_inline int nv_submitted(const struct nv_account *account)
{
	nv_add(&account->counters->submitted, 1);
	return 0;
}

static __always_inline int nv_folded(const struct nv_account *account)
{
	nv_add(&account->counters->folded, 1);
	return 0;
}

static __always_inline int nv_filtered(const struct nv_account *account)
{
	nv_add(&account->counters->filtered, 1);
	return 0;
}

static __always_inline int nv_failed(const struct nv_account *account)
{
	nv_add(&account->counters->failed, 1);
	return 0;
}
