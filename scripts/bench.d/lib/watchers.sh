# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Starts and stops those that watch: our agent, bpftrace, bcc's tools. Needs bench.sh. One of each at a time.
: "${bench_work:?bench.sh comes first}"

# The question that is put to bpftrace wherever it is the peer: how much does each process map, in how many calls, of which sizes?
# shellcheck disable=SC2034  # read by those who source this
BPFTRACE_MMAP='tracepoint:syscalls:sys_enter_mmap { @calls[pid] = count(); @sizes[pid] = hist(args->len); }'

# agent_start MODE [ARGUMENT...]: until its line says how many probes are attached. Sets AGENT_PID, AGENT_URL, AGENT_LINE.
agent_start() {
    local mode=$1 tries=1200
    shift
    : >"$bench_work/agent.out"
    env -u OTEL_EXPORTER_OTLP_ENDPOINT -u NODEVITALS_VM_KERNEL "$PROJECT/scripts/nodevitals" run --attach "$mode" --http-address 127.0.0.1:0 "$@" \
        >"$bench_work/agent.out" 2>"$bench_work/agent.err" </dev/null &
    AGENT_PID=$!
    bench_children+=("$AGENT_PID")
    until AGENT_LINE=$(grep -m 1 'probes attached' "$bench_work/agent.out"); do
        if [ ! -d "/proc/$AGENT_PID" ] || [ $((tries -= 1)) = 0 ]; then
            tail -n 5 "$bench_work/agent.err" >&2
            die 1 "the agent did not start (attach mode $mode)"
        fi
        sleep 0.05
    done
    AGENT_URL=$(sed 's#.*metrics: \(http://[^ ]*\)/ .*#\1#' <<<"$AGENT_LINE")
}

agent_stop() { bench_stop "$AGENT_PID"; }

# How probe $1 is attached: a method, or "no" when it is not.
agent_method() {
    local method
    method=$(curl -sS "$AGENT_URL/api/v1/status" | grep -o "{\"name\":\"$1\",\"state\":\"attached\",\"method\":\"[a-z_]*\"" | sed 's/.*:"\(.*\)"/\1/')
    echo "${method:-no}"
}

# probe:method of everything that is attached, one a line.
agent_attached() {
    curl -sS "$AGENT_URL/api/v1/status" | grep -o '{"name":"[a-z_]*","state":"attached","method":"[a-z_]*"' |
        sed 's/{"name":"\([^"]*\)".*:"\([^"]*\)"/\1:\2/'
}

# metric NAME [LABEL...]: sum of the series of /metrics that carry all these labels, each written as name="value".
metric() {
    curl -sS "$AGENT_URL/metrics" >"$bench_work/metrics"
    metric_of "$bench_work/metrics" "$@"
}

metric_of() {
    local file=$1 name=$2 label
    shift 2
    grep "^$name{" "$file" >"$bench_work/series" || true
    for label in "$@"; do
        grep -F "$label" "$bench_work/series" >"$bench_work/series.left"
        mv "$bench_work/series.left" "$bench_work/series"
    done
    awk '{ sum += $NF } END { printf "%.0f\n", sum }' "$bench_work/series"
}

# watcher_start COMMAND...: another one, until it holds programs in the kernel. Sets WATCHER_PID; fails when it cannot run here.
watcher_start() {
    local tries=600
    "$@" >"$bench_work/watcher.out" 2>"$bench_work/watcher.err" </dev/null &
    WATCHER_PID=$!
    bench_children+=("$WATCHER_PID")
    until grep -qs '^prog_id:' "/proc/$WATCHER_PID/fdinfo"/*; do
        if [ -z "$(bench_state "$WATCHER_PID")" ] || [ "$(bench_state "$WATCHER_PID")" = Z ] || [ $((tries -= 1)) = 0 ]; then
            bench_stop "$WATCHER_PID"
            return 1
        fi
        sleep 0.05
    done
    # From loaded to attached; the emulated machines are slow.
    sleep "${NODEVITALS_VM_KERNEL:+3}.3"
}

watcher_stop() { bench_stop "$WATCHER_PID"; }

# Debian calls bcc's tools by their own names (libbpf-tools) or with -bpfcc (bpfcc-tools).
bcc_tool() {
    local file
    for file in "/usr/sbin/$1" "$1-bpfcc"; do have "$file" && echo "$file" && return; done
    return 1
}
