# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The classes that a start loads, kept as the JVM wants them (class data sharing): a start then takes a quarter less of CPU time.
# The list comes from a real start, so this needs root; without the archive everything works the same, later. Needs common.sh.

# Where scripts/nodevitals looks for it: the JVM refuses another version's.
class_archive() {
    local java=${JAVA_HOME:+$JAVA_HOME/bin/}java home
    home=$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")")
    echo "$PROJECT/agent/target/classes-$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$home/release" 2>/dev/null).jsa"
}

# make_class_archive: starts the agent once, for as long as it takes to attach and answer, unless the archive is newer than the jars.
make_class_archive() {
    local archive pid tries=600 output
    archive=$(class_archive)
    is_root || return 0
    [ -n "$(find "$archive" "$PROJECT"/agent/target/*.jar "$PROJECT/agent/target/lib" -newer "$archive" -print -quit 2>&1)" ] || return 0
    rm -f "$archive"
    say "keeping the classes of a start in ${archive#"$PROJECT"/}"
    output=$(mktemp)
    env -i PATH="$PATH" ${JAVA_HOME:+JAVA_HOME="$JAVA_HOME"} NODEVITALS_JAVA_OPTIONS="-XX:ArchiveClassesAtExit=$archive -Xlog:cds*=off" \
        "$PROJECT/scripts/nodevitals" run --http-address 127.0.0.1:0 >"$output" 2>&1 </dev/null &
    pid=$!
    until grep -q 'probes attached' "$output" || ! kill -0 "$pid" 2>/dev/null || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
    ! have curl || curl -s "$(grep -m 1 -o 'http://[^ ]*' "$output")metrics" >/dev/null
    kill -TERM "$pid" 2>/dev/null
    wait "$pid" || [ -s "$archive" ] || warn "no class archive could be made; starts will take longer: $(tail -n 1 "$output")"
    rm -f "$output"
}
