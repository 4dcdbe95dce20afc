# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the watchers counted of a storm. Needs bench.sh, watchers.sh and storm of run.
: "${bench_work:?bench.sh comes first}"

# Each storm is a pod of its own, so that nobody else's events are in its series.
make_pod() {
    local mount=/sys/fs/cgroup
    [ ! -d /sys/fs/cgroup/memory ] || mount=/sys/fs/cgroup/memory
    POD_UID=$(cat /proc/sys/kernel/random/uuid)
    POD=$mount/kubepods/pod$POD_UID
    CONTAINER=$POD/$(tr -d - </proc/sys/kernel/random/uuid)$(tr -d - </proc/sys/kernel/random/uuid)
    bench_at_end=remove_pod
    mkdir -p "$CONTAINER" || die 1 "cannot make $CONTAINER"
}

# kubepods stays when somebody else has cgroups in it.
remove_pod() {
    # shellcheck disable=SC2034  # read by bench_end
    bench_at_end=
    rmdir "$CONTAINER" "$POD" && rmdir --ignore-fail-on-non-empty "${POD%/*}" 2>/dev/null
}

# Of the storm's kind: events in the pod's series; for mmap the lesser of both calls.
exported() {
    local kind=$1 pod="k8s_pod_uid=\"$POD_UID\"" mapped unmapped
    case $kind in
        mmap)
            mapped=$(metric nodevitals_mmap_size_bytes_count "$pod")
            unmapped=$(($(metric_of "$bench_work/metrics" nodevitals_munmap_bytes_total "$pod") / 4096))
            echo $((mapped < unmapped ? mapped : unmapped))
            ;;
        exec) metric nodevitals_exec_failures_total "$pod" ;;
        kill) metric nodevitals_signals_total "$pod" 'nodevitals_signal_action="ignored"' ;;
    esac
}

# fates KIND: events of the kind's programs so far: submitted folded failed.
fates() {
    local kind=$1 program outcome
    local -A sum=([submitted]=0 [folded]=0 [failed]=0)
    local -A programs=([mmap]="mmap munmap" [exec]=execve [kill]=signal_generate)
    curl -sS "$AGENT_URL/metrics" >"$bench_work/metrics"
    for program in ${programs[$kind]}; do
        for outcome in "${!sum[@]}"; do
            sum[$outcome]=$((sum[$outcome] + $(metric_of "$bench_work/metrics" nodevitals_probe_events_total \
                "nodevitals_probe=\"$program\"" "nodevitals_outcome=\"$outcome\"")))
        done
    done
    echo "${sum[submitted]} ${sum[folded]} ${sum[failed]}"
}

ticks_of() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# storm_under_agent KIND CPUS: false when the agent's sum is another than the storm's own.
storm_under_agent() {
    local kind=$1 case=$1.$2 begin ticks got=0 last=0 tries=30 submitted folded failed now_submitted now_folded now_failed
    make_pod
    read -r submitted folded failed < <(fates "$kind")
    ticks=$(ticks_of "$AGENT_PID")
    begin=$EPOCHREALTIME
    storm "$kind" "$2" "$CONTAINER/cgroup.procs"
    local ended=$EPOCHREALTIME
    echo "$RATE" >>"$bench_work/agent.$case"
    # Until all is there, or nothing has come for three seconds.
    while [ $((tries -= 1)) -gt 0 ]; do
        got=$(exported "$kind")
        [ "$got" -lt "$COUNT" ] || break
        [ "$got" = "$last" ] || tries=30
        last=$got
        sleep 0.1
    done
    echo "$(ticks_of "$AGENT_PID") $ticks $EPOCHREALTIME $begin" | awk -v hz="$(getconf CLK_TCK)" \
        '{ printf "%.1f\n", 100 * ($1 - $2) / hz / ($3 - $4) }' >>"$bench_work/cpu.$case"
    echo "$EPOCHREALTIME $ended" | awk '{ printf "%.2f\n", $1 - $2 }' >>"$bench_work/caught_up.$case"
    echo $((COUNT - got)) >>"$bench_work/missing.$case"
    read -r now_submitted now_folded now_failed < <(fates "$kind")
    awk -v folded=$((now_folded - folded)) -v rest=$((now_submitted - submitted + now_failed - failed)) \
        'BEGIN { printf "%.1f\n", folded + rest ? 100 * folded / (folded + rest) : 0 }' >>"$bench_work/folded.$case"
    [ "$now_failed" = "$failed" ] || warn "$case: $((now_failed - failed)) events found no room and were lost"
    remove_pod
    [ "$got" = "$COUNT" ]
}

BPFTRACE_STORM='tracepoint:syscalls:sys_enter_mmap { @mmap[pid] = count(); @bytes[pid] = sum(args->len); @sizes[pid] = hist(args->len); }
tracepoint:syscalls:sys_enter_munmap { @munmap[pid] = sum(args->len); }
tracepoint:syscalls:sys_exit_execve /args->ret < 0/ { @exec[pid] = count(); }
tracepoint:signal:signal_generate { @kill[pid] = count(); }'

# bpftrace_storms ROUND CASE...: all storms under one bpftrace, which prints its maps when it ends.
bpftrace_storms() {
    local round=$1 case pid pids sum count tries=100
    shift
    have bpftrace && watcher_start env BPFTRACE_MAP_KEYS_MAX=65536 bpftrace -e "$BPFTRACE_STORM" || return 0
    for case in "$@"; do
        storm "${case%.*}" "${case#*.}"
        echo "$RATE" >>"$bench_work/bpftrace.$case"
        echo "$case $COUNT ${PIDS[*]}" >>"$bench_work/bpftrace.storms.$round"
    done
    kill -INT "$WATCHER_PID"
    while [ "$(bench_state "$WATCHER_PID")" != Z ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
    watcher_stop
    while read -r case count pids; do
        sum=0
        for pid in $pids; do
            sum=$((sum + $(sed -n "s/^@${case%.*}\[$pid\]: //p" "$bench_work/watcher.out" | head -n 1) + 0))
        done
        # Four mappings or so that a process makes as it starts are in bpftrace's count: it has no cgroup to tell them by.
        echo $((count - sum)) >>"$bench_work/bpftrace_missing.$case"
    done <"$bench_work/bpftrace.storms.$round"
}
