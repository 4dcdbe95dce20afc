// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who lived when /proc was walked, to find out who must have gone unseen. Immutable; any thread.
 *
 * @param begunBootNanos when the walk began: whoever started later may live without being in it
 * @param processes those that could be read
 * @param unreadable ids that were there but could not be read, or had just gone
 * @param startTicks of {@code processes}, by tgid
 * @param clockTickNanos length of a tick
 */
public record Census(
        long begunBootNanos,
        List<ScannedProcess> processes,
        Set<Integer> unreadable,
        Map<Integer, Long> startTicks,
        long clockTickNanos) {

    static Census of(
            long begunBootNanos, List<ScannedProcess> processes, Set<Integer> unreadable, long clockTickNanos) {
        Map<Integer, Long> startTicks = new HashMap<>();
        processes.forEach(
                process -> startTicks.put(process.stat().tgid(), process.stat().startTicks()));
        return new Census(
                begunBootNanos, List.copyOf(processes), Set.copyOf(unreadable), Map.copyOf(startTicks), clockTickNanos);
    }

    /**
     * Whether a process may still live: false only when it must be gone.
     *
     * @param startBootNanos exact or rounded down to the tick; 0 when unknown
     */
    public boolean mayLive(int tgid, long startBootNanos) {
        if (startBootNanos >= begunBootNanos || unreadable.contains(tgid)) {
            return true;
        }
        Long ticks = startTicks.get(tgid);
        return ticks != null && (startBootNanos == 0 || startBootNanos / clockTickNanos == ticks);
    }
}
