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
	bool alone; /* nv_account_open_alone */
};

/*
 * Atomic, because an interrupt, or whoever preempts, may add to the same account
 * between a load and a store. Spelled out, because newer compilers make a fetching
 * add of __sync_fetch_and_add, which 5.10 does not have.
 */
static __always_inline void nv_add(u64 *counter, u64 increment)
{
	asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(counter), "r"(increment) : "memory");
}

static __always_inline bool nv_account_find(struct nv_account *account, u8 program)
{
	u32 cpu = bpf_get_smp_processor_id();
	u32 slot = program * nv_cpus + cpu;

	account->program = program;
	account->cpu = cpu;
	account->counters = bpf_map_lookup_elem(&counters, &slot);
	return account->counters;
}

static __always_inline void nv_count(const struct nv_account *account, u64 *counter)
{
	if (account->alone)
		*(volatile u64 *)counter += 1;
	else
		nv_add(counter, 1);
}

/*
 * False when the map is too small for the program: nothing can be counted.
 *
 * `alone`, a constant, says that nothing else can add to the account while the
 * program runs, so that it need not be atomic: atomic adds were a quarter of what a
 * memory record costs. True only of programs that wait for a system call, on a
 * tracepoint: the kernel runs them with preemption disabled, none within another
 * (bpf_prog_active in trace_call_bpf), and interrupts make no system calls.
 */
static __always_inline bool nv_account_open_as(struct nv_account *account, u8 program, bool alone)
{
	account->alone = alone;
	if (!nv_account_find(account, program))
		return false;
	nv_count(account, &account->counters->seen);
	return true;
}

static __always_inline bool nv_account_open(struct nv_account *account, u8 program)
{
	return nv_account_open_as(account, program, false);
}

/*
 * The number of the record that is about to be reserved. Exact but when an
 * interrupt's record comes between the two lines: both then carry the later one.
 */
static __always_inline u32 nv_next_sequence(const struct nv_account *account)
{
	u64 sequence;

	if (account->alone) {
		sequence = *(volatile u64 *)&account->counters->sequence + 1;
		*(volatile u64 *)&account->counters->sequence = sequence;
		return sequence;
	}
	nv_add(&account->counters->sequence, 1);
	return *(volatile u64 *)&account->counters->sequence;
}

static __always_inline int nv_submitted(const struct nv_account *account)
{
	nv_count(account, &account->counters->submitted);
	return 0;
}

static __always_inline int nv_folded(const struct nv_account *account)
{
	nv_count(account, &account->counters->folded);
	return 0;
}

static __always_inline int nv_filtered(const struct nv_account *account)
{
	nv_count(account, &account->counters->filtered);
	return 0;
}

static __always_inline int nv_failed(const struct nv_account *account)
{
	nv_count(account, &account->counters->failed);
	return 0;
}
