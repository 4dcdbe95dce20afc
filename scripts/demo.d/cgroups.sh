# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # pod and work are stage's
# Containers' cgroups as the systemd driver of the kubelet makes them, in the hierarchy that the agent follows: version 1's memory
# controller, else version 2. Sourced by stage.

hierarchy=/sys/fs/cgroup
[ ! -e /sys/fs/cgroup/memory/cgroup.procs ] || hierarchy=/sys/fs/cgroup/memory
misc=/proc/sys/fs/binfmt_misc
handler=

container() { container_of "$pod"; }

# container_of POD_UID: makes it when it is not there, and prints its directory. What was made is listed in a file, for it is made in subshells.
container_of() {
    local directory=$hierarchy part id=${1//-/}
    for part in kubepods.slice kubepods-burstable.slice "kubepods-burstable-pod${1//-/_}.slice" "cri-containerd-$id$id.scope"; do
        [ ! -e "$directory/cgroup.subtree_control" ] || echo +memory >"$directory/cgroup.subtree_control"
        directory=$directory/$part
        [ -d "$directory" ] || { mkdir "$directory" && echo "$directory" >>"$work/made"; }
    done
    echo "$directory"
}

# The kernel needs a moment until the last process is gone. What others use by now stays.
remove_cgroups() {
    local directory
    [ -e "$work/made" ] || return 0
    tac "$work/made" | while read -r directory; do
        for _ in {1..50}; do
            rmdir "$directory" 2>/dev/null && break
            case $directory in *pod*-*|*_*|*.scope) sleep 0.02 ;; *) break ;; esac
        done
    done
}

limit_memory() {
    if [ -e "$1/memory.limit_in_bytes" ]; then
        echo "$2" >"$1/memory.limit_in_bytes"
        # Absent where the kernel does not account swap.
        [ ! -e "$1/memory.memsw.limit_in_bytes" ] || echo "$2" >"$1/memory.memsw.limit_in_bytes"
    else
        echo "$2" >"$1/memory.max"
        [ ! -e "$1/memory.swap.max" ] || echo 0 >"$1/memory.swap.max"
    fi
}

kill_together() {
    [ -e "$1/memory.oom.group" ] || cannot "memory.oom.group is cgroup v2's; this machine's memory controller is v1"
    echo 1 >"$1/memory.oom.group"
}

undo_handler() {
    [ -z "$handler" ] || [ ! -e "$misc/$handler" ] || echo -1 >"$misc/$handler"
}
