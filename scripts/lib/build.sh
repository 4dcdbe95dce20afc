# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Maven, and whether it has anything to do. Needs common.sh; JAVA_HOME is set by setup.sh.

BUILD_STAMP=$PROJECT/target/built

# True when every output is there and no source, directory of sources (a deletion) or build file is newer than the last build.
is_built() {
    local module newer
    local -a jars sources
    [ -e "$BUILD_STAMP" ] && [ -d "$PROJECT/agent/target/lib" ] || return 1
    sources=("$PROJECT/pom.xml" "$PROJECT/.mvn")
    for module in bpf otel agent; do
        jars=("$PROJECT/$module/target/nodevitals-$module-"*.jar)
        [ -e "${jars[0]}" ] || return 1
        sources+=("$PROJECT/$module/pom.xml" "$PROJECT/$module/src")
    done
    newer=$(find "${sources[@]}" -newer "$BUILD_STAMP" -print -quit) && [ -z "$newer" ]
}

# maven ARGUMENT...: one Maven at a time in this directory, for at most MAVEN_TIME_LIMIT (as timeout(1) reads it) when that is set.
# A success is remembered with the time at which it started, so that a file saved meanwhile is built next time.
maven() (
    mkdir -p "$PROJECT/target"
    exec 9>"$PROJECT/target/build.lock"
    if have flock && ! flock -n 9; then
        say "another build runs in $PROJECT; waiting for it"
        flock 9
    fi
    started=$PROJECT/target/build.started
    : >"$started"
    cd "$PROJECT" || exit 1
    # The lock is ours alone: what outlives Maven must not keep it.
    ${MAVEN_TIME_LIMIT:+timeout -k 20 "$MAVEN_TIME_LIMIT"} mvn "$@" 9>&- </dev/null || exit
    mv -f "$started" "$BUILD_STAMP"
)

build_if_needed() {
    is_built && return 0
    say "building with Maven and JDK $(jdk_version "$JAVA_HOME") (the first time takes some minutes)"
    maven -q -B -DskipTests package || die 1 "the build failed: see Maven's messages above"
}
