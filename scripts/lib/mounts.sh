# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The two kernel file systems that eBPF programs are attached and pinned through. Needs common.sh and root.

mount_kernel_filesystems() {
    mount_if_absent tracefs /sys/kernel/tracing tracefs "tracepoints cannot be attached"
    mount_if_absent bpf /sys/fs/bpf bpf_fs "nothing can be pinned"
}

# mount_if_absent TYPE DIRECTORY NAME_IN_STATFS CONSEQUENCE: never fatal, the agent reports probe by probe what it lacks.
mount_if_absent() {
    local reason
    [ "$(stat -f -c %T "$2" 2>/dev/null)" = "$3" ] && return 0
    if reason=$(mount -t "$1" "$1" "$2" 2>&1); then
        say "mounted $1 on $2"
    else
        warn "cannot mount $1 on $2 ($reason): $4; run on the host or in a privileged container"
    fi
}
