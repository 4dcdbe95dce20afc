# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What every benchmark has in common: its needs, its machine, its table, its JSON line, and that nothing is left behind.

BENCH=$(basename "$(dirname "$0")")
. "$(dirname "${BASH_SOURCE[0]}")/../../lib/common.sh"
. "$PROJECT/scripts/lib/setup.sh"
. "$PROJECT/scripts/lib/mounts.sh"
# shellcheck disable=SC2034  # read by those who source this
PROGRAM="bench $BENCH"

bench_children=()
bench_work=$(mktemp -d) || exit 1
trap bench_end EXIT
trap 'exit 1' HUP INT TERM

bench_end() {
    local child
    for child in "${bench_children[@]}"; do bench_stop "$child"; done
    # What a benchmark wants undone when it is stopped half-way.
    ${bench_at_end:-}
    rm -rf "$bench_work"
}

# bench_stop PID: as service managers do, and hard when that takes more than ten seconds; then it is no child any more.
bench_stop() {
    local pid=$1 child tries=100
    local -a others=()
    kill -CONT "$pid" 2>/dev/null
    kill -TERM "$pid" 2>/dev/null
    while [ -d "/proc/$pid" ] && [ "$(bench_state "$pid")" != Z ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    for child in "${bench_children[@]}"; do [ "$child" = "$pid" ] || others+=("$child"); done
    bench_children=("${others[@]}")
}

# bench_wait PID: for one that ends by itself; its exit code.
bench_wait() {
    local child status
    local -a others=()
    wait "$1"
    status=$?
    for child in "${bench_children[@]}"; do [ "$child" = "$1" ] || others+=("$child"); done
    bench_children=("${others[@]}")
    return $status
}

# One letter as in ps; nothing when there is no such process.
bench_state() { sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null; }

# bench_need NEED...: ends with 3, naming all that is missing, unless everything is there.
bench_need() {
    local need missing=''
    [ "$(uname -s)" = Linux ] || missing+=$'\n  Linux: this is a Linux kernel'"'"'s'
    is_root || missing+=$'\n  root: loading a BPF program needs it (sudo scripts/bench '"$BENCH)"
    for need in "$@"; do
        case $need in
            agent) bench_has_agent || missing+=$'\n  the built agent (scripts/build)' ;;
            clang) has_clang || missing+=$'\n  clang 14 or newer (apt-get install clang)' ;;
            libbpf) has_libbpf_headers || missing+=$'\n  libbpf and its headers (apt-get install libbpf-dev)' ;;
            *) have "$need" || missing+=$'\n  '"$need (apt-get install $need)" ;;
        esac
    done
    if [ -n "$missing" ]; then
        warn "cannot measure, this is missing:$missing"
        exit 3
    fi
    mount_kernel_filesystems >&2
}

bench_has_agent() {
    local jar
    for jar in "$PROJECT"/agent/target/nodevitals-agent-*.jar; do [ -e "$jar" ] && [ -d "$PROJECT/agent/target/lib" ] && return 0; done
    return 1
}

# The ways in which a figure can mislead, in one line.
bench_machine() {
    local cpus=$1
    echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs${NODEVITALS_VM_KERNEL:+, emulated}," \
        "Linux $(uname -r), load $(cut -d ' ' -f 1-3 /proc/loadavg)${cpus:+; $cpus}"
}

# The last CPU that this may run on: the first one takes most of a machine's interrupts.
bench_cpu() { taskset -cp $$ | sed 's/.*[^0-9]//'; }

bench_compile() {
    local source=$1 target=$2
    shift 2
    gcc -O2 -Wall -Wextra -Werror -I"$PROJECT/scripts/bench.d/lib" "$source" -o "$target" "$@" || die 1 "cannot compile $source"
}

bench_compile_bpf() {
    local candidate clang=${CLANG:-}
    for candidate in clang clang-{19,18,17,16,15,14}; do
        [ -n "$clang" ] || ! have "$candidate" || clang=$candidate
    done
    "$clang" -g -O2 -Wall -Wextra -Werror -target bpf -mcpu=v3 -I"$PROJECT/bpf/src/main/c/include" -c "$1" -o "$2" ||
        die 1 "cannot compile $1"
}

# Median, least and most of the numbers on standard input; three dashes when there is none.
bench_figures() {
    sort -g | awk '
        NF { value[++n] = $1 }
        END {
            if (!n) { print "- - -"; exit }
            median = n % 2 ? value[(n + 1) / 2] : (value[n / 2] + value[n / 2 + 1]) / 2
            print median, value[1], value[n]
        }'
}

bench_median() { bench_figures | cut -d ' ' -f 1; }

# bench_heading UNIT, then bench_row LABEL FILE for each: FILE has a number a line.
bench_heading() { printf '\n%-54s %10s %10s %10s\n' "$1" median least most; }
bench_row() {
    local median least most
    read -r median least most < <(bench_figures <"$2")
    LC_ALL=C awk -v label="$1" -v a="$median" -v b="$least" -v c="$most" 'BEGIN {
        format = a == "-" ? "%s" : a >= 1000 ? "%.0f" : "%.2f"
        printf "%-54s %10s %10s %10s\n", label, sprintf(format, a), sprintf(format, b), sprintf(format, c)
    }'
}

# bench_budget WHAT FIGURE MOST: says whether it holds; it is no failure of the measurement when it does not.
bench_budget() {
    awk -v what="$1" -v figure="$2" -v most="$3" 'BEGIN {
        printf "budget: %s at most %s: %.2f, %s\n", what, most, figure, figure + 0 <= most + 0 ? "kept" : "NOT KEPT"
    }'
}

# bench_json OURS PEER UNIT: the last line. Without a peer (-) there is no ratio.
bench_json() {
    echo
    LC_ALL=C awk -v name="$BENCH" -v ours="$1" -v peer="$2" -v unit="$3" 'BEGIN {
        none = peer == "-" || peer == ""
        printf "{\"name\":\"%s\",\"ratio\":%s,\"ours\":%.2f,\"peer\":%s,\"unit\":\"%s\"}\n",
            name, none || peer == 0 ? "null" : sprintf("%.3f", ours / peer), ours, none ? "null" : sprintf("%.2f", peer), unit
    }'
}
