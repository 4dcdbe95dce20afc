/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The resident and swapped pages of an address space. */
#pragma once

#include "kernel.bpf.h"
#include "knobs.bpf.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* include/linux/mm_types_task.h; the numbers are those of 5.10 to 7.3. */
#define MM_FILEPAGES 0
#define MM_ANONPAGES 1
#define MM_SWAPENTS 2
#define MM_SHMEMPAGES 3

/* Kernels built without CONFIG_KALLSYMS_ALL do not show it. */
extern const void __per_cpu_offset __ksym __weak;

struct nv_rss {
	u64 file;
	u64 anon;
	u64 swap;
	u64 shmem;
};

/* One CPU's share of a counter. */
static __always_inline s64 nv_rss_share(s32 *shares, u64 offset)
{
	s32 share = 0;

	bpf_probe_read_kernel(&share, sizeof(share), (void *)shares + offset);
	return share;
}

static __always_inline u64 nv_rss_positive(s64 pages)
{
	return pages > 0 ? pages : 0;
}

/*
 * From 6.2 on a counter is a sum and what each CPU has not added to it yet, up to
 * some tens of pages. Indexes are literals: a relocation cannot follow a variable.
 */
static __always_inline void nv_rss_percpu(struct nv_rss *rss, struct mm_struct *mm)
{
	s64 file = BPF_CORE_READ(mm, rss_stat[MM_FILEPAGES].count);
	s64 anon = BPF_CORE_READ(mm, rss_stat[MM_ANONPAGES].count);
	s64 swap = BPF_CORE_READ(mm, rss_stat[MM_SWAPENTS].count);
	s64 shmem = BPF_CORE_READ(mm, rss_stat[MM_SHMEMPAGES].count);
	s32 *file_shares = BPF_CORE_READ(mm, rss_stat[MM_FILEPAGES].counters);
	s32 *anon_shares = BPF_CORE_READ(mm, rss_stat[MM_ANONPAGES].counters);
	s32 *swap_shares = BPF_CORE_READ(mm, rss_stat[MM_SWAPENTS].counters);
	s32 *shmem_shares = BPF_CORE_READ(mm, rss_stat[MM_SHMEMPAGES].counters);

	for (u32 cpu = 0; &__per_cpu_offset && cpu < nv_cpus; cpu++) {
		u64 offset = 0;

		bpf_probe_read_kernel(&offset, sizeof(offset), (const u64 *)&__per_cpu_offset + cpu);
		file += nv_rss_share(file_shares, offset);
		anon += nv_rss_share(anon_shares, offset);
		swap += nv_rss_share(swap_shares, offset);
		shmem += nv_rss_share(shmem_shares, offset);
	}
	rss->file = nv_rss_positive(file);
	rss->anon = nv_rss_positive(anon);
	rss->swap = nv_rss_positive(swap);
	rss->shmem = nv_rss_positive(shmem);
}

static __always_inline void nv_rss_atomic(struct nv_rss *rss, struct mm_struct___old *mm)
{
	rss->file = nv_rss_positive(BPF_CORE_READ(mm, rss_stat.count[MM_FILEPAGES].counter));
	rss->anon = nv_rss_positive(BPF_CORE_READ(mm, rss_stat.count[MM_ANONPAGES].counter));
	rss->swap = nv_rss_positive(BPF_CORE_READ(mm, rss_stat.count[MM_SWAPENTS].counter));
	rss->shmem = nv_rss_positive(BPF_CORE_READ(mm, rss_stat.count[MM_SHMEMPAGES].counter));
}

static __always_inline void nv_rss(struct nv_rss *rss, struct mm_struct *mm)
{
	if (bpf_core_type_exists(struct mm_rss_stat))
		nv_rss_atomic(rss, (struct mm_struct___old *)mm);
	else
		nv_rss_percpu(rss, mm);
}
