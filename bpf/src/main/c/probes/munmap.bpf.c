/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Completed munmap calls: as requested, whatever was mapped there. */
#include "memory.bpf.h"
#include "syscall.bpf.h"

static __always_inline int unmapped(u64 length, long returned, bool alone)
{
	struct nv_memory_call_result result = {.call = NV_CALL_MUNMAP};
	struct nv_account account;

	if (!nv_account_open_as(&account, NV_PROGRAM_MUNMAP, alone))
		return 0;
	result.pages = nv_pages(length);
	if (nv_is_error(returned))
		result.error = -returned;
	return nv_memory_emit(&account, &result);
}

static __always_inline int munmap_done(struct pt_regs *registers, long returned, bool alone)
{
	return unmapped(NV_ARGUMENT_2(registers), returned, alone);
}

NV_SYSCALL_END(munmap, munmap, munmap_done)

#ifdef NV_COMPAT_SHARED
static __always_inline int munmap_compat_done(struct pt_regs *registers, long returned, bool alone)
{
	return unmapped(NV_COMPAT_ARGUMENT_2(registers), returned, alone);
}

NV_COMPAT_END(munmap_compat, NV_COMPAT_SHARED "munmap", munmap_compat_done)
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
