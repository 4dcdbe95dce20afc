/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What io.nodevitals.agent.aggregate.MemoryTables is, in C: the same rows, the
 * same hash, the same probes, the same overflow.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "memory_event.h"

#define PROCESSES 4096
#define PROCESS_SLOTS 8192
#define CGROUPS 1024
#define CGROUP_SLOTS 2048
#define CHUNKS 16384
#define FAILURES 2048
#define FAILURE_SLOTS 4096

#define KINDS 6
#define SERIES 11
#define CALLS 4
#define ERRNOS 134
#define GROUPS 4
#define OVERFLOW_CHUNKS (SERIES * GROUPS)
#define NO_SERIES 255
#define OVERFLOW_CGROUP_ID ((u64)-1)
#define GOLDEN 0x9E3779B97F4A7C15ULL

struct process_row {
	u64 start;
	u32 tgid;
	u32 head : 24; /* head_row's number + 1: never 0 in a row that is used */
	u32 generation : 8;
	u64 cgroup_id;
	u64 state; /* of the last record that had a total_vm */
};

struct series {
	u64 pages;
	u16 chunk[GROUPS]; /* by size class / 16; 0 = none yet */
};

struct head_row {
	u64 cgroup_id;
	u64 unused;
	struct series series[SERIES];
};

struct index_row {
	u64 cgroup_id;
	u64 row;
};

struct failure_row {
	u64 key;
	u64 count;
};

struct table {
	struct process_row *processes;
	struct head_row *heads;
	u32 *counts; /* chunk << 4 | size class & 15 */
	struct index_row *index;
	struct failure_row *failures;
	u64 *overflow_failures;
	u32 process_count;
	u32 cgroup_count;
	u32 chunk_count;
	u32 failure_count;
	u64 untracked;
	u64 malformed;
	u8 series[512]; /* by call, kind, shrink */
};

static u8 series_of(u32 call, u32 kind, bool shrink)
{
	switch (call) {
	case NV_CALL_MMAP:
		return kind < KINDS ? kind : NO_SERIES;
	case NV_CALL_MUNMAP:
		return 6;
	case NV_CALL_MREMAP:
		return shrink ? 8 : 7;
	case NV_CALL_BRK:
		return shrink ? 10 : 9;
	default:
		return NO_SERIES;
	}
}

static void table_clear(struct table *t)
{
	memset(t->processes, 0, (PROCESS_SLOTS + 1) * sizeof(*t->processes));
	memset(t->heads, 0, (CGROUPS + 1) * sizeof(*t->heads));
	memset(t->counts, 0, ((CHUNKS + OVERFLOW_CHUNKS + 1) << 4) * sizeof(*t->counts));
	memset(t->index, 0, CGROUP_SLOTS * sizeof(*t->index));
	memset(t->failures, 0, FAILURE_SLOTS * sizeof(*t->failures));
	memset(t->overflow_failures, 0, CALLS * ERRNOS * sizeof(u64));
	t->process_count = t->cgroup_count = t->chunk_count = t->failure_count = 0;
	t->untracked = t->malformed = 0;
	t->heads[0].cgroup_id = OVERFLOW_CGROUP_ID;
	for (u32 chunk = 1; chunk <= OVERFLOW_CHUNKS; chunk++)
		t->heads[0].series[(chunk - 1) / GROUPS].chunk[(chunk - 1) % GROUPS] = chunk;
}

static void *allocate(size_t bytes)
{
	void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);

	if (!memory)
		abort();
	return memory;
}

static void table_init(struct table *t)
{
	t->processes = allocate((PROCESS_SLOTS + 1) * sizeof(*t->processes));
	t->heads = allocate((CGROUPS + 1) * sizeof(*t->heads));
	t->counts = allocate(((CHUNKS + OVERFLOW_CHUNKS + 1) << 4) * sizeof(*t->counts));
	t->index = allocate(CGROUP_SLOTS * sizeof(*t->index));
	t->failures = allocate(FAILURE_SLOTS * sizeof(*t->failures));
	t->overflow_failures = allocate(CALLS * ERRNOS * sizeof(u64));
	for (u32 operation = 0; operation < 512; operation++)
		t->series[operation] = series_of(operation & 0xf, operation >> 4 & 0xf, operation >> 8);
	table_clear(t);
}

static __attribute__((noinline)) u32 table_cgroup_row(struct table *t, u64 cgroup_id)
{
	u32 at = cgroup_id * GOLDEN >> (64 - 11);
	u32 row;

	while (t->index[at].row) {
		if (t->index[at].cgroup_id == cgroup_id)
			return t->index[at].row;
		at = (at + 1) & (CGROUP_SLOTS - 1);
	}
	if (t->cgroup_count == CGROUPS || cgroup_id == OVERFLOW_CGROUP_ID)
		return 0;
	row = ++t->cgroup_count;
	t->index[at].cgroup_id = cgroup_id;
	t->index[at].row = row;
	t->heads[row].cgroup_id = cgroup_id;
	return row;
}

static __attribute__((noinline)) u32 table_new_chunk(struct table *t, struct series *series, u32 group)
{
	u32 chunk;

	if (t->chunk_count == CHUNKS)
		return 0;
	chunk = ++t->chunk_count + OVERFLOW_CHUNKS;
	series->chunk[group] = chunk;
	return chunk;
}

static __attribute__((noinline)) struct process_row *table_new_process(struct table *t, struct process_row *p,
								       u64 start, u32 tgid)
{
	if (t->process_count == PROCESSES) {
		t->untracked++;
		return &t->processes[PROCESS_SLOTS];
	}
	t->process_count++;
	p->start = start;
	p->tgid = tgid;
	return p;
}

static __attribute__((noinline)) void table_add_failure(struct table *t, u64 row, u32 call, u64 error)
{
	u32 kind = call * ERRNOS + (error < ERRNOS ? error : 0);
	u64 key = row << 32 | kind;
	u32 at = key * GOLDEN >> (64 - 12);

	if (!row) {
		t->overflow_failures[kind]++;
		return;
	}
	while (t->failures[at].key != key) {
		if (!t->failures[at].key) {
			if (t->failure_count == FAILURES) {
				t->overflow_failures[kind]++;
				return;
			}
			t->failure_count++;
			t->failures[at].key = key;
			break;
		}
		at = (at + 1) & (FAILURE_SLOTS - 1);
	}
	t->failures[at].count++;
}

static inline u32 size_class(u64 pages)
{
	return pages > 1 ? 64 - __builtin_clzll(pages - 1) : 0;
}

static inline void table_add(struct table *t, const struct nv_memory_event *record)
{
	u64 cgroup_id = record->cgroup_id;
	u64 start = record->start_boot_nanos;
	u32 tgid = record->tgid;
	u64 what, state, pages, value;
	u32 at, row, class, chunk, operation;
	struct process_row *p;
	struct series *series;

	at = (start ^ (u64)(s64)(s32)tgid << 40) * GOLDEN >> (64 - 13);
	p = &t->processes[at];
	while (p->start != start || p->tgid != tgid) {
		if (!p->head) {
			p = table_new_process(t, p, start, tgid);
			break;
		}
		at = (at + 1) & (PROCESS_SLOTS - 1);
		p = &t->processes[at];
	}
	what = record->what;
	state = record->state;
	row = p->head - 1;
	if (!p->head || p->cgroup_id != cgroup_id || p->generation != what >> NV_MEMORY_GENERATION_SHIFT) {
		row = table_cgroup_row(t, cgroup_id);
		if (!p->head || p->generation != what >> NV_MEMORY_GENERATION_SHIFT)
			p->state = 1ULL << NV_MEMORY_FAILED_SHIFT;
		p->head = row + 1;
		p->generation = what >> NV_MEMORY_GENERATION_SHIFT;
		p->cgroup_id = cgroup_id;
	}
	value = state & ((1ULL << NV_MEMORY_VALUE_BITS) - 1);
	operation = t->series[(what >> NV_MEMORY_CALL_SHIFT & 0xff) | (state >> NV_MEMORY_SHRINK_SHIFT & 1) << 8];
	if (state & 1ULL << NV_MEMORY_FAILED_SHIFT || operation == NO_SERIES) {
		u32 call = what >> NV_MEMORY_CALL_SHIFT & 0xf;

		if (!(state & 1ULL << NV_MEMORY_FAILED_SHIFT) || call >= CALLS)
			t->malformed++;
		else
			table_add_failure(t, row, call, value);
		return;
	}
	p->state = state;
	pages = what & ((1ULL << NV_MEMORY_PAGES_BITS) - 1);
	class = size_class(pages);
	series = &t->heads[row].series[operation];
	chunk = series->chunk[class >> 4];
	if (!chunk) {
		chunk = table_new_chunk(t, series, class >> 4);
		if (!chunk) {
			series = &t->heads[0].series[operation];
			chunk = series->chunk[class >> 4];
		}
	}
	series->pages += pages;
	t->counts[chunk << 4 | (class & 15)]++;
}

/* SplitMix64's finisher. */
static u64 mix(u64 x)
{
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ULL;
	x = (x ^ x >> 27) * 0x94D049BB133111EBULL;
	return x ^ x >> 31;
}

static u64 weight(u64 cgroup_id, u64 what)
{
	return mix(cgroup_id ^ mix(what));
}

/* The same number whatever the order of the rows: RingBench makes it, too. */
static u64 table_digest(const struct table *t)
{
	u64 digest = t->malformed + t->untracked;

	for (u32 row = 0; row <= t->cgroup_count; row++) {
		u64 id = t->heads[row].cgroup_id;

		for (u32 series = 0; series < SERIES; series++) {
			digest += weight(id, 1 << 16 | series) * t->heads[row].series[series].pages;
			for (u32 class = 0; class < 64; class++) {
				u32 chunk = t->heads[row].series[series].chunk[class >> 4];

				if (chunk)
					digest += weight(id, 2 << 16 | series << 8 | class) *
						  t->counts[chunk << 4 | (class & 15)];
			}
		}
	}
	for (u32 kind = 0; kind < CALLS * ERRNOS; kind++)
		digest += weight(OVERFLOW_CGROUP_ID, 3 << 16 | kind) * t->overflow_failures[kind];
	for (u32 at = 0; at < FAILURE_SLOTS; at++)
		digest += weight(t->heads[t->failures[at].key >> 32].cgroup_id, 3 << 16 | (u32)t->failures[at].key) *
			  t->failures[at].count;
	for (u32 at = 0; at < PROCESS_SLOTS; at++) {
		if (!t->processes[at].head || t->processes[at].state & 1ULL << NV_MEMORY_FAILED_SHIFT)
			continue;
		digest += weight(t->heads[t->processes[at].head - 1].cgroup_id, 4 << 16) *
			  (t->processes[at].state & ((1ULL << NV_MEMORY_VALUE_BITS) - 1));
	}
	return digest;
}
