/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which mapping of the current process an address lies in.
 *
 * By a bounded walk of the kernel's own tree, without its lock. bpf_find_vma would
 * take the lock, but only once while interrupts are off, as they are where a signal
 * is delivered, and not at all while another thread maps. Memory that goes away
 * under the walk reads as something else, so what is found has to say itself that
 * it belongs to this process and holds this address.
 */
#pragma once

#include "kernel.bpf.h"
#include "knobs.bpf.h"
#include "mapping.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* include/linux/mm.h */
#define VM_READ 0x1
#define VM_WRITE 0x2
#define VM_EXEC 0x4
#define VM_SHARED 0x8
#define VM_GROWSDOWN 0x100

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	unsigned long vm_pgoff;
	struct mm_struct *vm_mm;
	struct file *vm_file;
};

/* Until 6.0 mappings hang in a red-black tree. */
struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct vm_area_struct___rb {
	struct rb_node vm_rb;
};

struct mm_struct___rb {
	struct rb_root mm_rb;
};

/* From 6.1 (d4af56c5c7c6) in a maple tree: include/linux/maple_tree.h. */
struct maple_tree {
	void *ma_root;
};

struct mm_struct___maple {
	struct maple_tree mm_mt;
};

struct maple_range_64 {
	unsigned long pivot[15];
	void *slot[16];
};

struct maple_arange_64 {
	unsigned long pivot[9];
	void *slot[10];
};

enum maple_type {
	maple_leaf_64 = 1,
	maple_arange_64 = 3,
};

struct mm_struct___areas {
	unsigned long start_stack;
	unsigned long start_brk;
	unsigned long brk;
};

#pragma clang attribute pop

/* Twice the logarithm of the 65,530 mappings that a process may have, and some. */
#define NV_RB_DEPTH 36

static __noinline struct vm_area_struct *nv_rb_find(struct mm_struct *mm, u64 address)
{
	struct rb_node *node = BPF_CORE_READ((struct mm_struct___rb *)mm, mm_rb.rb_node);

	for (int depth = 0; depth < NV_RB_DEPTH && node; depth++) {
		struct vm_area_struct *vma =
			(void *)node - bpf_core_field_offset(struct vm_area_struct___rb, vm_rb);

		if (address < BPF_CORE_READ(vma, vm_start))
			node = BPF_CORE_READ(node, rb_left);
		else if (address >= BPF_CORE_READ(vma, vm_end))
			node = BPF_CORE_READ(node, rb_right);
		else
			return vma;
	}
	return NULL;
}

/* lib/maple_tree.c: a node's pointer has its type in bits 3 to 6. */
#define NV_MAPLE_NODE_MASK 255UL
#define NV_MAPLE_TYPE_SHIFT 3
#define NV_MAPLE_TYPE_MASK 15
#define NV_MAPLE_ROOT_MASK 3
#define NV_MAPLE_ROOT_NODE 2
/* Ten slots a node at the least, and every node but the root half full. */
#define NV_MAPLE_DEPTH 9
#define NV_MAPLE_PIVOTS 15
#define NV_MAPLE_ARANGE_PIVOTS 9

/* Which slot of a node covers the address: each pivot is the last index of its slot. */
static __always_inline u32 nv_maple_slot(const u64 *pivots, u32 count, u64 address)
{
	u32 slot;

	for (slot = 0; slot < NV_MAPLE_PIVOTS; slot++) {
		u64 last = pivots[slot];

		/* A pivot of 0 behind the first ends the node's data. */
		if (slot >= count || last >= address || (slot && !last))
			break;
	}
	return slot;
}

static __noinline struct vm_area_struct *nv_maple_find(struct mm_struct *mm, u64 address)
{
	u64 entry = (u64)BPF_CORE_READ((struct mm_struct___maple *)mm, mm_mt.ma_root);
	u64 pivots[NV_MAPLE_PIVOTS] = {};

	if ((entry & NV_MAPLE_ROOT_MASK) != NV_MAPLE_ROOT_NODE || entry <= 4096)
		return NULL;
	for (int depth = 0; depth < NV_MAPLE_DEPTH && entry; depth++) {
		u64 node = entry & ~NV_MAPLE_NODE_MASK;
		u64 type = entry >> NV_MAPLE_TYPE_SHIFT & NV_MAPLE_TYPE_MASK;
		bool leaf = type == bpf_core_enum_value(enum maple_type, maple_leaf_64);
		u32 slot;

		if (type == bpf_core_enum_value(enum maple_type, maple_arange_64)) {
			bpf_probe_read_kernel(pivots, NV_MAPLE_ARANGE_PIVOTS * sizeof(u64),
					      (void *)node + bpf_core_field_offset(struct maple_arange_64, pivot));
			slot = nv_maple_slot(pivots, NV_MAPLE_ARANGE_PIVOTS, address);
			node += bpf_core_field_offset(struct maple_arange_64, slot);
		} else {
			bpf_probe_read_kernel(pivots, sizeof(pivots),
					      (void *)node + bpf_core_field_offset(struct maple_range_64, pivot));
			slot = nv_maple_slot(pivots, NV_MAPLE_PIVOTS, address);
			node += bpf_core_field_offset(struct maple_range_64, slot);
		}
		entry = 0;
		bpf_probe_read_kernel(&entry, sizeof(entry), (void *)node + slot * sizeof(void *));
		if (leaf)
			return (struct vm_area_struct *)entry;
	}
	return NULL;
}

static __always_inline struct vm_area_struct *nv_find_mapping(struct mm_struct *mm, u64 address)
{
	if (bpf_core_field_exists(((struct mm_struct___maple *)mm)->mm_mt))
		return nv_maple_find(mm, address);
	return nv_rb_find(mm, address);
}

static __always_inline u32 nv_mapping_flags(struct vm_area_struct *vma, struct mm_struct *mm, u64 start, u64 end)
{
	struct mm_struct___areas *areas = (struct mm_struct___areas *)mm;
	u64 stack = BPF_CORE_READ(areas, start_stack);
	u64 flags = BPF_CORE_READ(vma, vm_flags);
	u32 found = 0;

	if (flags & VM_READ)
		found |= NV_MAPPING_FLAG_READ;
	if (flags & VM_WRITE)
		found |= NV_MAPPING_FLAG_WRITE;
	if (flags & VM_EXEC)
		found |= NV_MAPPING_FLAG_EXECUTE;
	if (flags & VM_SHARED)
		found |= NV_MAPPING_FLAG_SHARED;
	/* As /proc/PID/maps tells them: fs/proc/task_mmu.c. */
	if (flags & VM_GROWSDOWN || (start <= stack && stack <= end))
		found |= NV_MAPPING_FLAG_STACK;
	if (start < BPF_CORE_READ(areas, brk) && end > BPF_CORE_READ(areas, start_brk))
		found |= NV_MAPPING_FLAG_HEAP;
	return found;
}

/* Fills `mapping`, which was cleared before. */
static __noinline int nv_mapping(struct nv_mapping *mapping, struct mm_struct *mm, u64 address)
{
	struct vm_area_struct *vma = nv_find_mapping(mm, address);
	struct file *file;
	u64 start, end;

	if (!mapping)
		return 0;
	if (!vma) {
		mapping->state = NV_MAPPING_NONE;
		return 0;
	}
	start = BPF_CORE_READ(vma, vm_start);
	end = BPF_CORE_READ(vma, vm_end);
	if (BPF_CORE_READ(vma, vm_mm) != mm || address < start || address >= end)
		return 0;
	mapping->state = NV_MAPPING_FOUND;
	mapping->start = start;
	mapping->end = end;
	mapping->flags = nv_mapping_flags(vma, mm, start, end);
	file = BPF_CORE_READ(vma, vm_file);
	if (!file)
		return 0;
	mapping->flags |= NV_MAPPING_FLAG_FILE;
	mapping->file_offset = (BPF_CORE_READ(vma, vm_pgoff) << nv_page_shift) + address - start;
	bpf_probe_read_kernel_str(mapping->name, sizeof(mapping->name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	return 0;
}
