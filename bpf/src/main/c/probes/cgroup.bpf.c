/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Cgroups of the followed hierarchy as they come and go, and who moves into them. */
#include "cgroup_event.h"
#include "lifecycle.bpf.h"

#include <bpf/bpf_tracing.h>

struct cgroup_change {
	u8 program;
	u32 operation; /* enum nv_cgroup_operation */
	struct cgroup *cgroup;
	const char *path;
	struct task_struct *task;
};

/* Every task has its cgroup in the followed hierarchy, so the roots tell. */
static __always_inline bool cgroup_is_followed(struct cgroup *cgroup, struct cgroup *of_a_task)
{
	return BPF_CORE_READ(cgroup, root) == BPF_CORE_READ(of_a_task, root);
}

static __always_inline int cgroup_changed(const struct cgroup_change *change)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct nv_cgroup_event *event;
	struct nv_account account;
	struct cgroup *acting;
	u64 acting_id;

	if (!nv_account_open(&account, change->program))
		return 0;
	acting = nv_task_cgroup(current);
	if (!cgroup_is_followed(change->cgroup, acting))
		return nv_filtered(&account);
	/* Counted for whoever did it: a key for each cgroup that is made would fill the map. */
	acting_id = nv_cgroup_id(acting);
	if (!nv_lifecycle_reserve(&account, event, NV_EVENT_CGROUP, NV_SHARE_COMMON, acting_id))
		return nv_lifecycle_fold(&account, acting_id, NV_FOLD_CGROUP, change->operation);
	nv_header_task(&event->header, change->task);
	nv_header_cgroup(&event->header, change->cgroup);
	nv_cgroup_path(&event->cgroup, change->cgroup);
	event->operation = change->operation;
	bpf_probe_read_kernel_str(event->path, sizeof(event->path), change->path);
	return nv_lifecycle_submit(&account, event);
}

static __always_inline int cgroup_made(struct cgroup *cgroup, const char *path)
{
	struct cgroup_change change = {
		NV_PROGRAM_CGROUP_MKDIR, NV_CGROUP_MKDIR, cgroup, path, (void *)bpf_get_current_task(),
	};

	return cgroup_changed(&change);
}

static __always_inline int cgroup_removed(struct cgroup *cgroup, const char *path)
{
	struct cgroup_change change = {
		NV_PROGRAM_CGROUP_RMDIR, NV_CGROUP_RMDIR, cgroup, path, (void *)bpf_get_current_task(),
	};

	return cgroup_changed(&change);
}

static __always_inline int cgroup_attached(struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	struct cgroup_change change = {
		NV_PROGRAM_CGROUP_ATTACH_TASK, NV_CGROUP_ATTACH_TASK, cgroup, path, task,
	};

	return cgroup_changed(&change);
}

SEC("?tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir__tp_btf, struct cgroup *cgroup, const char *path)
{
	return cgroup_made(cgroup, path);
}

SEC("?raw_tp/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir__raw_tp, struct cgroup *cgroup, const char *path)
{
	return cgroup_made(cgroup, path);
}

SEC("?tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir__tp_btf, struct cgroup *cgroup, const char *path)
{
	return cgroup_removed(cgroup, path);
}

SEC("?raw_tp/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir__raw_tp, struct cgroup *cgroup, const char *path)
{
	return cgroup_removed(cgroup, path);
}

SEC("?tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task__tp_btf, struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	return cgroup_attached(cgroup, path, task);
}

SEC("?raw_tp/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task__raw_tp, struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	return cgroup_attached(cgroup, path, task);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
