# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by every script here: where the project is, how messages look, what the machine is.

# shellcheck disable=SC2034  # read by those who source this
PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PROGRAM=${0##*/}

say() { printf '%s: %s\n' "$PROGRAM" "$*"; }
warn() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }

# die STATUS MESSAGE...: 1 a problem, 2 wrong usage, 3 could not check.
die() {
    local status=$1
    shift
    warn "$*"
    exit "$status"
}

have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

require_linux() {
    [ "$(uname -s)" = Linux ] ||
        die 1 "Node Vitals reads the Linux kernel and this is $(uname -s); use a Linux machine or virtual machine"
}

# require_root WHAT_NEEDS_IT REMEDY
require_root() {
    is_root || die 1 "$1 needs root; run: $2"
}

# In a machine of scripts/vm/run code runs some ten times slower, and two machines share the processors.
is_emulated() { [ -n "${NODEVITALS_VM_KERNEL:-}" ]; }

# What the agent's JVM needs there. Netty warns when no network interface has an address that it could identify the machine by.
# shellcheck disable=SC2034  # read by those who source this
EMULATED_JAVA_OPTIONS=(-XX:TieredStopAtLevel=1 -Dnodevitals.look.patience.millis=2000 -Dnodevitals.search.window.millis=1000
    -Dio.netty.machineId=52:54:00:12:34:56)
