/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Completed mremap calls: by how much a mapping grew or shrank. */
#include "memory.bpf.h"

static __always_inline int mremap_done(struct pt_regs *registers, long returned)
{
	struct nv_memory_call_result result = {.call = NV_CALL_MREMAP};
	struct nv_account account;

	if (!nv_account_open(&account, NV_PROGRAM_MREMAP))
		return 0;
	nv_memory_change(&result, NV_ARGUMENT_2(registers), NV_ARGUMENT_3(registers));
	if (nv_is_error(returned))
		result.error = -returned;
	return nv_memory_emit(&account, &result);
}

SEC("?tracepoint/syscalls/sys_exit_mremap")
int mremap__tracepoint(struct trace_event_raw_sys_exit *context)
{
	return mremap_done(nv_current_registers(), context->ret);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
