# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Counts results. A step prints one line per check, "PASSED name", "FAILED name: why" or "SKIPPED name: why"; Maven's steps leave XML.
# Needs common.sh.

PASSED=0
FAILED=0
SKIPPED=0

passed() {
    PASSED=$((PASSED + 1))
    printf 'PASSED %s\n' "$*"
}

failed() {
    FAILED=$((FAILED + 1))
    printf 'FAILED %s\n' "$*"
}

skipped() {
    SKIPPED=$((SKIPPED + 1))
    printf 'SKIPPED %s\n' "$*"
}

# count_lines FILE: adds up the result lines that another program printed.
count_lines() {
    PASSED=$((PASSED + $(lines_with PASSED "$1")))
    FAILED=$((FAILED + $(lines_with FAILED "$1")))
    SKIPPED=$((SKIPPED + $(lines_with SKIPPED "$1")))
}

# run_counted COMMAND...: adds up the result lines that a program prints; a bad end without any is a failure too.
run_counted() {
    local output status
    output=$(mktemp)
    "$@" 2>&1 | tee "$output"
    status=$?
    count_lines "$output"
    if [ $status != 0 ] && ! grep -q -e '^FAILED ' -e '^SKIPPED ' "$output"; then
        failed "${1#"$PROJECT"/}: exit code $status"
    fi
    rm -f "$output"
}

section() { printf '\n== %s (at %d s)\n' "$1" "$SECONDS"; }

# The last line; false when one failed.
finish_report() {
    printf '\n%d passed, %d failed, %d skipped in %d s\n' "$PASSED" "$FAILED" "$SKIPPED" "$SECONDS"
    [ "$FAILED" = 0 ]
}

lines_with() { grep -c "^$1 " "$2" || true; }

delete_xml_reports() {
    rm -rf "$PROJECT"/*/target/surefire-reports "$PROJECT"/*/target/failsafe-reports
}

# Adds up the surefire and failsafe reports of all modules, naming each test that failed and each that was skipped with its reason.
count_xml_reports() {
    local file line passed_tests failed_tests skipped_tests
    local -a reports=()
    for file in "$PROJECT"/*/target/{surefire,failsafe}-reports/TEST-*.xml; do
        [ -e "$file" ] && reports+=("$file")
    done
    if [ ${#reports[@]} -eq 0 ]; then
        failed "maven: no test has run"
        return
    fi
    while read -r line; do
        case $line in
            TOTAL\ *)
                read -r _ passed_tests failed_tests skipped_tests <<<"$line"
                PASSED=$((PASSED + passed_tests))
                FAILED=$((FAILED + failed_tests))
                SKIPPED=$((SKIPPED + skipped_tests))
                ;;
            *) printf '%s\n' "$line" ;;
        esac
    done < <(read_xml_reports "${reports[@]}")
}

# Surefire writes each element's start tag on one line; the totals are those of the <testsuite> tag.
read_xml_reports() {
    awk '
        function attribute(name,    start, text) {
            if (!match($0, " " name "=\"[^\"]*\"")) return ""
            start = RSTART + length(name) + 3
            text = substr($0, start, RSTART + RLENGTH - start - 1)
            gsub(/&#10;.*/, "", text)
            gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text)
            gsub(/&amp;/, "\\&", text)
            return text
        }
        /^ *<testsuite / {
            tests += attribute("tests")
            failed += attribute("failures") + attribute("errors")
            skipped += attribute("skipped")
        }
        /^ *<testcase / { name = attribute("classname") "." attribute("name") }
        /^ *<skipped/ { print "SKIPPED " name ": " attribute("message") }
        /^ *<(failure|error)[ >]/ { print "FAILED " name ": " attribute("message") }
        END { print "TOTAL", tests - failed - skipped, failed, skipped }
    ' "$@"
}
