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

static __always_inline int mapped(u64 length, u64 protection, u64 flags, long returned, bool alone)
{
	struct nv_memory_call_result result = {.call = NV_CALL_MMAP};
	struct nv_account account;

	if (!nv_account_open_as(&account, NV_PROGRAM_MMAP, alone))
		return 0;
	result.pages = nv_pages(length);
	result.kind = mmap_kind(protection, flags);
	if (nv_is_error(returned))
		result.error = -returned;
	return nv_memory_emit(&account, &result);
}

static __always_inline int mmap_done(struct pt_regs *registers, long returned, bool alone)
{
	return mapped(NV_ARGUMENT_2(registers), NV_ARGUMENT_3(registers), NV_ARGUMENT_4(registers), returned, alone);
}

static __always_inline int mmap_compat_done(struct pt_regs *registers, long returned, bool alone)
{
	return mapped(NV_COMPAT_ARGUMENT_2(registers), NV_COMPAT_ARGUMENT_3(registers),
		      NV_COMPAT_ARGUMENT_4(registers), returned, alone);
}

NV_SYSCALL_END(mmap, mmap, mmap_done)

#if defined(__TARGET_ARCH_x86)
/* arch/x86/kernel/sys_ia32.c: the call of old, with its arguments in memory. */
struct mmap_arg_struct32 {
	u32 addr, len, prot, flags, fd, offset;
};

static __always_inline int mmap_compat_old_done(struct pt_regs *registers, long returned, bool alone)
{
	struct mmap_arg_struct32 asked = {};
	const void *address = (const void *)(u64)NV_COMPAT_ARGUMENT_1(registers);

	/* When it cannot be read, the kernel could not either: the call has failed. */
	bpf_probe_read_user(&asked, sizeof(asked), address);
	return mapped(asked.len, asked.prot, asked.flags, returned, alone);
}

NV_COMPAT_END(mmap_compat, NV_COMPAT_SHARED "mmap_pgoff", mmap_compat_done)
NV_COMPAT_END(mmap_compat_old, NV_COMPAT "ia32_mmap", mmap_compat_old_done)
#else
NV_COMPAT_END(mmap_compat, NV_COMPAT "aarch32_mmap2", mmap_compat_done)
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
