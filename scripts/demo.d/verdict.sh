# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # here, files, work, pods, patience and flood_pod are demo's
# Reads the file of cases, stages one, and compares what the agent said with what was staged. Sourced by demo.

new_uid() { cat /proc/sys/kernel/random/uuid; }

# Sets staged, verdict, evidence and events of a case.
read_case() {
    local line
    line=$(awk -F ' *[|] *' -v OFS='|' -v name="$1" '$1 == name { print $2, $4, $5 }' "$here/demo.d/cases")
    IFS='|' read -r staged verdict evidence <<<"$line"
    events=1
    if [[ $evidence =~ (^|; )EVENTS=([0-9]+)(; |$) ]]; then
        events=${BASH_REMATCH[2]}
        evidence=${evidence/EVENTS=$events; /}
    fi
}

show_case() {
    local reason status=0 pod=${pods[$name]} said
    [ "$results" = yes ] || printf '%-34s %s\n' "$name" "$staged"
    reason=$("$here/demo.d/stage" "$files" "$pod" "$name" 2>&1) || status=$?
    if [ $status != 0 ]; then
        unset "pods[$name]"
        if [ $status = 3 ]; then count skipped "$reason"; else count wrong "not staged: $reason"; fi
        return
    fi
    said=$(await_event "$pod")
    [ "$results" = yes ] || [ -z "$said" ] || printf '%-34s %s\n' '' "$(value_of summary "$said")"
    reason=$(disagreement "$pod" "$said")
    [ -z "$reason" ] && count right "$verdict" || count wrong "$reason"
}

count() {
    local word=$1
    printf -v "$word" %d $(($word + 1))
    if [ "$results" = yes ]; then
        case $word in
            right) echo "PASSED demo $name" ;;
            wrong) echo "FAILED demo $name: ${2//$'\n'/; }" ;;
            skipped) echo "SKIPPED demo $name: $2" ;;
        esac
        return
    fi
    case $word in
        right) printf '%-34s right: %s\n' '' "$2" ;;
        wrong) printf '%-34s WRONG: %s\n' '' "$2" ;;
        skipped) printf '%-34s SKIPPED: %s\n' '' "$2" ;;
    esac
}

# The first event of the pod that has the cause that was staged, else its last; waits up to ten seconds for the former, longer where all is slow.
await_event() {
    local attempt found line pattern
    read -r _ pattern _ <<<"$verdict"
    pattern="\"nodevitals\\.(termination|exec)\\.cause\":\"(${pattern//,/|})\""
    for ((attempt = 0; attempt < 100 * patience; attempt++)); do
        found=$(events_of "$1")
        line=$(grep -E -m 1 "$pattern" <<<"$found") && break
        sleep 0.1
    done
    printf '%s\n' "${line:-$(tail -n 1 <<<"$found")}"
}

# value_of KEY JSON: of a flat object; what is escaped in it stays so.
value_of() {
    local pattern="\"$1\":(\"(([^\"\\\\]|\\\\.)*)\"|([^,}]*))"
    [[ $2 =~ $pattern ]] || return 0
    printf '%s\n' "${BASH_REMATCH[2]:-${BASH_REMATCH[4]}}"
}

# Why the event is not what was staged; nothing when it is.
disagreement() {
    local event kind=termination cause confidence item key found wanted
    read -r event cause confidence <<<"$verdict"
    [ -n "$2" ] || { echo "no event came" && return; }
    [ "$event" = terminated ] || kind='exec'
    for item in "$kind.cause=$cause" "$kind.confidence=$confidence"; do
        found=$(value_of "nodevitals.${item%%=*}" "$2")
        [[ ,${item#*=}, = *,$found,* ]] || echo "${item%%=*} is '$found', not '${item#*=}'"
    done
    while IFS= read -r item; do
        key=${item%%[=~]*}
        wanted=${item#"$key"?}
        wanted=${wanted//OTHER/"0de00000${1:8}"}
        wanted=${wanted//POD/"$1"}
        found=$(value_of "$key" "$2")
        [ -n "$found" ] || found=$(value_of "nodevitals.$key" "$2")
        case $item in
            "$key="*) [ "$found" = "$wanted" ] || echo "$key is '$found', not '$wanted'" ;;
            *) [[ $found = *"$wanted"* ]] || echo "$key is '$found', without '$wanted'" ;;
        esac
    done < <(sed 's/; /\n/g' <<<"$evidence")
}

count_events() {
    local pod=${pods[$name]:-} came
    [ -n "$pod" ] || return 0
    came=$(events_of "$pod" | grep -c . || true)
    [ "$came" = "$events" ] || { { [ "$results" = yes ] || echo "$name"; } && count wrong "$came events came, not $events"; }
}

# Harmless execs and signals: all counted, not one event.
show_flood() {
    local name=flood
    local staged_each came execs handled ignored
    read -r staged_each <"$work/flood"
    echo "flood: $staged_each execs of a program that ends well, as many signals with a handler, as many ignored"
    sleep 1
    came=$(events_of "$flood_pod" | grep -c . || true)
    execs=$(counted nodevitals_execs_total "$flood_pod")
    handled=$(counted nodevitals_signals_total "$flood_pod.*SIGUSR1.*handled")
    ignored=$(counted nodevitals_signals_total "$flood_pod.*SIGUSR2.*ignored")
    if [ "$came $execs $handled $ignored" = "0 $staged_each $staged_each $staged_each" ]; then
        count right "no event, $execs execs and $handled and $ignored signals counted"
    else
        count wrong "$came events, ${execs:-no} execs, ${handled:-no} handled and ${ignored:-no} ignored signals counted"
    fi
}
