/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where system calls begin and end: one program for each way to attach there.
 * fexit, kprobe.multi and kretprobe sit on the function behind the call, so no
 * other call on the node is slowed; a tracepoint on any one call makes the kernel
 * take its slow path in all of them.
 */
#pragma once

#include "task.bpf.h"

/*
 * The functions behind the calls. Since 4.17 (ebeb8c82ffaf for x86, 4378a7d4be30
 * for arm64) each has one argument, the caller's registers.
 */
#if defined(__TARGET_ARCH_x86)
#define NV_SYSCALL "__x64_sys_"
#else
#define NV_SYSCALL "__arm64_sys_"
#endif

/* `begin` is an expression. Named by the method by which the call's end is seen. */
#define NV_SYSCALL_BEGIN(program, call, begin)                                                    \
	SEC("?fentry/" NV_SYSCALL #call)                                                          \
	int program##__fexit(void *context)                                                       \
	{                                                                                         \
		return begin;                                                                     \
	}                                                                                         \
	SEC("?kprobe.multi/" NV_SYSCALL #call)                                                    \
	int program##__kprobe_multi(void *context)                                                \
	{                                                                                         \
		return begin;                                                                     \
	}                                                                                         \
	SEC("?kprobe/" NV_SYSCALL #call)                                                          \
	int program##__kretprobe(void *context)                                                   \
	{                                                                                         \
		return begin;                                                                     \
	}                                                                                         \
	SEC("?tracepoint/syscalls/sys_enter_" #call)                                              \
	int program##__tracepoint(void *context)                                                  \
	{                                                                                         \
		return begin;                                                                     \
	}

/*
 * `done` is a function of the caller's registers, of what the call returned, and of
 * whether the program is alone: see nv_account_open_as.
 */
#define NV_SYSCALL_END(program, call, done)                                                       \
	SEC("?fexit/" NV_SYSCALL #call)                                                           \
	int program##__fexit(u64 *context)                                                        \
	{                                                                                         \
		return done((struct pt_regs *)context[0], context[1], false);                     \
	}                                                                                         \
	SEC("?kretprobe.multi/" NV_SYSCALL #call)                                                 \
	int program##__kprobe_multi(struct pt_regs *context)                                      \
	{                                                                                         \
		return done(nv_current_registers(), nv_kretprobe_result(context), false);         \
	}                                                                                         \
	SEC("?kretprobe/" NV_SYSCALL #call)                                                       \
	int program##__kretprobe(struct pt_regs *context)                                         \
	{                                                                                         \
		return done(nv_current_registers(), nv_kretprobe_result(context), false);         \
	}                                                                                         \
	SEC("?tracepoint/syscalls/sys_exit_" #call)                                               \
	int program##__tracepoint(struct trace_event_raw_sys_exit *context)                       \
	{                                                                                         \
		return done(nv_current_registers(), context->ret, true);                          \
	}

/*
 * The calls of 32-bit programs, which no tracepoint sees. Many have functions of
 * their own, though not in every kernel: these programs, whose names have
 * _compat in them, are attached beside the others, or left out.
 */
#if defined(__TARGET_ARCH_x86)
/* A function that differs from the native one in where it finds its arguments. */
#define NV_COMPAT_SHARED "__ia32_sys_"
#define NV_COMPAT "__ia32_compat_sys_"
#define NV_COMPAT_ARGUMENT_1(registers) ((u32)NV_LOAD(registers, bx))
#define NV_COMPAT_ARGUMENT_2(registers) ((u32)NV_LOAD(registers, cx))
#define NV_COMPAT_ARGUMENT_3(registers) ((u32)NV_LOAD(registers, dx))
#define NV_COMPAT_ARGUMENT_4(registers) ((u32)NV_LOAD(registers, si))
#define NV_COMPAT_ARGUMENT_5(registers) ((u32)NV_LOAD(registers, di))
#else
/* Shared functions are the native ones. */
#define NV_COMPAT "__arm64_compat_sys_"
#define NV_COMPAT_ARGUMENT_1(registers) ((u32)NV_ARGUMENT_1(registers))
#define NV_COMPAT_ARGUMENT_2(registers) ((u32)NV_ARGUMENT_2(registers))
#define NV_COMPAT_ARGUMENT_3(registers) ((u32)NV_ARGUMENT_3(registers))
#define NV_COMPAT_ARGUMENT_4(registers) ((u32)NV_ARGUMENT_4(registers))
#define NV_COMPAT_ARGUMENT_5(registers) ((u32)NV_ARGUMENT_5(registers))
#endif

#define NV_COMPAT_BEGIN(program, function, begin)                                                 \
	SEC("?fentry/" function)                                                                  \
	int program##__fexit(void *context)                                                       \
	{                                                                                         \
		return begin;                                                                     \
	}                                                                                         \
	SEC("?kprobe.multi/" function)                                                            \
	int program##__kprobe_multi(void *context)                                                \
	{                                                                                         \
		return begin;                                                                     \
	}

#define NV_COMPAT_END(program, function, done)                                                    \
	SEC("?fexit/" function)                                                                   \
	int program##__fexit(u64 *context)                                                        \
	{                                                                                         \
		return done((struct pt_regs *)context[0], context[1], false);                     \
	}                                                                                         \
	SEC("?kretprobe.multi/" function)                                                         \
	int program##__kprobe_multi(struct pt_regs *context)                                      \
	{                                                                                         \
		return done(nv_current_registers(), nv_kretprobe_result(context), false);         \
	}
