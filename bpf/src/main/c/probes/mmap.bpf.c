/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Completed mmap calls: what was asked for, of which kind, and the result. */
#include "memory.bpf.h"
#include "syscall.bpf.h"

/* include/uapi/asm-generic/mman-common.h, mman.h, linux/mman.h */
#define PROT_EXEC 0x4
#define MAP_TYPE 0x0f
#define MAP_SHARED 0x01
#define MAP_SHARED_VALIDATE 0x03
#define MAP_ANONYMOUS 0x20
#define MAP_GROWSDOWN 0x0100
#define MAP_STACK 0x20000
#define MAP_HUGETLB 0x40000

static __always_inline u32 mmap_kind(u64 protection, u64 flags)
{
	u64 type = flags & MAP_TYPE;

	if (flags & MAP_HUGETLB)
		return NV_KIND_HUGETLB;
	if (flags & (MAP_STACK | MAP_GROWSDOWN))
		return NV_KIND_STACK;
	if (protection & PROT_EXEC)
		return NV_KIND_EXEC;
	if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE)
		return NV_KIND_SHARED;
	if (!(flags & MAP_ANONYMOUS))
		return NV_KIND_FILE;
	return NV_KIND_ANON;
}

static __always_inline int mmap_done(struct pt_regs *registers, long returned)
{
	struct nv_memory_call_result result = {.call = NV_CALL_MMAP};
	struct nv_account account;

	if (!nv_account_open(&account, NV_PROGRAM_MMAP))
		return 0;
	result.pages = nv_pages(NV_ARGUMENT_2(registers));
	result.kind = mmap_kind(NV_ARGUMENT_3(registers), NV_ARGUMENT_4(registers));
	if (nv_is_error(returned))
		result.error = -returned;
	return nv_memory_emit(&account, &result);
}

NV_SYSCALL_END(mmap, mmap, mmap_done)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
