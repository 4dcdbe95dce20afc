# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the machine must have. Each need is checked by the command or file that is used, never by a package's name, so that a tool
# installed some other way is accepted as it is.

JDK_OLDEST=17
JDK_NEWEST=25

# The feature version (17, 21, ...) of the JDK in directory $1; nothing and status 1 when there is no compiler in it.
jdk_version() {
    local version
    [ -x "$1/bin/javac" ] && [ -x "$1/bin/java" ] || return 1
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null)
    [ -n "$version" ] || version=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ -n "$version" ] && printf '%s\n' "$version"
}

is_usable_jdk() {
    local version
    version=$(jdk_version "$1") && [ "$version" -ge "$JDK_OLDEST" ] && [ "$version" -le "$JDK_NEWEST" ]
}

# Exports JAVA_HOME: the one that is set, then the javac in PATH, then what lies in the usual place.
use_jdk() {
    local candidate javac
    local -a candidates=()
    [ -n "${JAVA_HOME:-}" ] && candidates+=("$JAVA_HOME")
    if javac=$(command -v javac); then
        candidates+=("$(dirname "$(dirname "$(readlink -f "$javac")")")")
    fi
    for candidate in /usr/lib/jvm/*; do candidates+=("$candidate"); done
    for candidate in "${candidates[@]}"; do
        if is_usable_jdk "$candidate"; then
            export JAVA_HOME=$candidate
            return 0
        fi
    done
    return 1
}

has_clang() {
    local candidate
    [ -n "${CLANG:-}" ] && have "$CLANG" && return 0
    for candidate in clang clang-{19,18,17,16,15,14}; do
        have "$candidate" && return 0
    done
    return 1
}

has_library() {
    local file
    for file in /usr/lib/*/"$1" /usr/lib64/"$1" /usr/lib/"$1" /lib/*/"$1" /usr/local/lib/"$1"; do
        [ -e "$file" ] && return 0
    done
    return 1
}

has_libbpf_headers() { [ -e /usr/include/bpf/bpf_helpers.h ] || [ -e /usr/local/include/bpf/bpf_helpers.h ]; }
has_libc_headers() { [ -e /usr/include/stdio.h ]; }

# Fills MISSING_PACKAGES (Debian's names) and MISSING_TOOLS (anybody's) for purpose $1: build or test.
find_missing() {
    MISSING_PACKAGES=()
    MISSING_TOOLS=()
    use_jdk || missing jdk "a JDK $JDK_OLDEST to $JDK_NEWEST"
    have mvn || missing maven "Maven 3.8 or newer (mvn)"
    has_clang || missing clang "clang 14 or newer with its bpf target"
    has_libbpf_headers || missing libbpf-dev "libbpf's headers (bpf/bpf_helpers.h)"
    has_library libbpf.so.1 || missing libbpf1 "libbpf.so.1"
    if [ "$1" = test ]; then
        have gcc || missing gcc "gcc"
        has_libc_headers || missing libc6-dev "the C library's headers"
    fi
}

missing() {
    MISSING_PACKAGES+=("$1")
    MISSING_TOOLS+=("$2")
}

has_candidate() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'; }

# Fills PACKAGES with what apt-get is to install: releases differ in the JDK they carry, so "jdk" becomes the first one that this
# machine's lists know.
name_packages() {
    local name version jdk=openjdk-$JDK_OLDEST-jdk-headless
    for version in 17 21 25; do
        if has_candidate "openjdk-$version-jdk-headless"; then
            jdk=openjdk-$version-jdk-headless
            break
        fi
    done
    PACKAGES=()
    for name in "${MISSING_PACKAGES[@]}"; do PACKAGES+=("${name/#jdk/$jdk}"); done
}

# install_missing PURPOSE: installs what PURPOSE (build or test) lacks, or says what to install and exits 1.
install_missing() {
    local tools
    find_missing "$1"
    [ ${#MISSING_PACKAGES[@]} -gt 0 ] || return 0
    tools=$(join_by ', ' "${MISSING_TOOLS[@]}")
    have apt-get || die 1 "missing: $tools; install with this system's package manager, then run this again"
    if ! is_root; then
        name_packages
        die 1 "missing: $tools; run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${PACKAGES[*]}"
    fi
    apt_install
    find_missing "$1"
    [ ${#MISSING_PACKAGES[@]} -eq 0 ] ||
        die 1 "still missing after the installation: $(join_by ', ' "${MISSING_TOOLS[@]}")"
}

# Reads the lists first when they do not know a package, and again when they are older than what the mirror serves.
apt_install() {
    local package updated=no
    name_packages
    for package in "${PACKAGES[@]}"; do
        if ! has_candidate "$package"; then
            apt_update
            updated=yes
            name_packages
            break
        fi
    done
    say "installing ${PACKAGES[*]}"
    apt_quietly install -y --no-install-recommends "${PACKAGES[@]}" && return 0
    if [ "$updated" = no ]; then
        apt_update
        name_packages
        apt_quietly install -y --no-install-recommends "${PACKAGES[@]}" && return 0
    fi
    printf '%s\n' "$APT_OUTPUT" | tail -n 20 >&2
    die 1 "apt-get could not install ${PACKAGES[*]}: see the lines above"
}

# A source that does not answer must not stop us when the others have what is needed: the installation decides.
apt_update() {
    say "reading the package lists (apt-get update)"
    apt_quietly update || printf '%s\n' "$APT_OUTPUT" | grep '^[EW]:' >&2 || true
}

apt_quietly() {
    APT_OUTPUT=$(DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" 2>&1 </dev/null)
}

join_by() {
    local separator=$1 first=$2
    shift 2
    printf '%s' "$first" "${@/#/$separator}"
}
