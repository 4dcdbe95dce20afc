/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What our mmap program is compared with: nothing at all, and a record of 72 bytes as tools usually send one. */
#include "types.h"

#define BPF_MAP_TYPE_RINGBUF 27
#define BPF_RB_NO_WAKEUP 1

#include <bpf/bpf_helpers.h>

/* The format of syscalls:sys_exit_mmap. */
struct sys_exit {
	u64 common;
	s64 number;
	s64 result;
};

struct plain_event {
	u64 boot_nanos;
	u64 cgroup_id;
	u64 pid_tgid;
	u64 uid_gid;
	s64 result;
	u32 cpu;
	u32 number;
	char comm[16];
	u64 reserved;
};
_Static_assert(sizeof(struct plain_event) == 72, "what the budget names");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} plain_ring SEC(".maps");

SEC("tracepoint/syscalls/sys_exit_mmap")
int empty(void *context)
{
	(void)context;
	return 0;
}

/* The reader polls, so that nobody is woken: the cheapest way to send it. */
SEC("tracepoint/syscalls/sys_exit_mmap")
int plain_submit(struct sys_exit *context)
{
	struct plain_event *event = bpf_ringbuf_reserve(&plain_ring, sizeof(*event), 0);

	if (!event)
		return 0;
	event->boot_nanos = bpf_ktime_get_boot_ns();
	event->cgroup_id = bpf_get_current_cgroup_id();
	event->pid_tgid = bpf_get_current_pid_tgid();
	event->uid_gid = bpf_get_current_uid_gid();
	event->result = context->result;
	event->cpu = bpf_get_smp_processor_id();
	event->number = context->number;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->reserved = 0;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Less than any tool would do: the same bytes, three of them filled. */
SEC("tracepoint/syscalls/sys_exit_mmap")
int bare_submit(struct sys_exit *context)
{
	struct plain_event *event = bpf_ringbuf_reserve(&plain_ring, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid_tgid = bpf_get_current_pid_tgid();
	event->result = context->result;
	event->number = context->number;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
