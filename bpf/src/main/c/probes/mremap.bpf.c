/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Completed mremap calls: by how much a mapping grew or shrank. */
#include "memory.bpf.h"
#include "syscall.bpf.h"

static __always_inline int remapped(u64 old_length, u64 new_length, long returned, bool alone)
{
	struct nv_memory_call_result result = {.call = NV_CALL_MREMAP};
	struct nv_account account;

	if (!nv_account_open_as(&account, NV_PROGRAM_MREMAP, alone))
		return 0;
	nv_memory_change(&result, old_length, new_length);
	if (nv_is_error(returned))
		result.error = -returned;
	return nv_memory_emit(&account, &result);
}

static __always_inline int mremap_done(struct pt_regs *registers, long returned, bool alone)
{
	return remapped(NV_ARGUMENT_2(registers), NV_ARGUMENT_3(registers), returned, alone);
}

NV_SYSCALL_END(mremap, mremap, mremap_done)

#ifdef NV_COMPAT_SHARED
static __always_inline int mremap_compat_done(struct pt_regs *registers, long returned, bool alone)
{
	return remapped(NV_COMPAT_ARGUMENT_2(registers), NV_COMPAT_ARGUMENT_3(registers), returned, alone);
}

NV_COMPAT_END(mremap_compat, NV_COMPAT_SHARED "mremap", mremap_compat_done)
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
