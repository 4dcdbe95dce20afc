# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # here and work are demo's
# The agent that is asked, and its stream of events. Sourced by demo.

agent_pid='' stream_pid=''
patience=1
if is_emulated; then
    patience=10
    export NODEVITALS_JAVA_OPTIONS="${EMULATED_JAVA_OPTIONS[*]}"
fi

# Sets $url. One that runs already may leave plain exits out.
find_or_start_agent() {
    local address=${NODEVITALS_HTTP_ADDRESS:-127.0.0.1:9464} attempt
    if (exec 3<>"/dev/tcp/${address%:*}/${address##*:}") 2>/dev/null; then
        url=$address
        say "asking the agent at $url"
        return
    fi
    # The name of the machine's kernel is no setting of the agent.
    env -u NODEVITALS_VM_KERNEL "$here/nodevitals" run --http-address 127.0.0.1:0 --exit-events nonzero >"$work/agent" 2>&1 &
    agent_pid=$!
    for ((attempt = 0; attempt < 600 * patience; attempt++)); do
        url=$(sed -n 's#.*Page and /metrics: http://\([^/]*\)/.*#\1#p' "$work/agent" | head -n 1)
        [ -z "$url" ] || return 0
        kill -0 "$agent_pid" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/agent" >&2
    die 1 "the agent did not start: see the lines above"
}

# Keeps all events, one JSON object a line, in $work/events.
listen() {
    local attempt
    : >"$work/events"
    (
        exec 3<>"/dev/tcp/${url%:*}/${url##*:}"
        printf 'GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\n\r\n' "$url" >&3
        exec cat <&3
    ) >"$work/stream" &
    stream_pid=$!
    for ((attempt = 0; attempt < 100 * patience; attempt++)); do
        grep -q 'from here on' "$work/stream" && return 0
        sleep 0.1
    done
    die 1 "http://$url/api/v1/stream does not answer"
}

# events_of POD_UID: what came of its terminations and failed execs.
events_of() {
    grep -a "\"k8s.pod.uid\":\"$1\"" "$work/stream" | sed -n 's/^data: //p' |
        grep -E '"event":"nodevitals\.(process\.terminated|exec\.failed)"' || true
}

# The value of a series of the flood's pod.
counted() {
    exec 4<>"/dev/tcp/${url%:*}/${url##*:}"
    printf 'GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$url" >&4
    grep -a "^$1{" <&4 | grep -a "$2" | sed 's/.* //' | tr -d '\r'
    exec 4>&-
}

end_agent() {
    [ -z "$stream_pid" ] || kill "$stream_pid" 2>/dev/null || true
    [ -z "$agent_pid" ] || kill "$agent_pid" 2>/dev/null || true
    wait
}
