// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What the tables must add up to, in the plainest way. */
final class NaiveModel {
    /** By "cgroup name of the number": pages, calls and failures. */
    final Map<String, Long> sums = new TreeMap<>();

    private final Map<String, long[]> processes = new HashMap<>();

    void add(int tgid, long start, long cgroupId, long totalVm, int series, long pages) {
        int sizeClass = 0;
        while (1L << sizeClass < pages) {
            sizeClass++;
        }
        count(cgroupId + " pages " + series, pages);
        count(cgroupId + " calls " + series + " class " + sizeClass, 1);
        processes.put(tgid + "@" + start, new long[] {cgroupId, totalVm});
    }

    void addFailure(long cgroupId, int call, int errno) {
        count(cgroupId + " failures " + call + " errno " + (errno <= 133 ? errno : 0), 1);
    }

    void end(int tgid, long start) {
        processes.remove(tgid + "@" + start);
    }

    long mapped(long cgroupId) {
        return processes.values().stream()
                .filter(process -> process[0] == cgroupId)
                .mapToLong(process -> process[1])
                .sum();
    }

    private void count(String what, long by) {
        if (by != 0) {
            sums.merge(what, by, Long::sum);
        }
    }

    /** The same of a counters object. */
    static void describe(Map<String, Long> sums, long cgroupId, MemoryCounters counters) {
        for (int series = 0; series < MemoryCounters.SERIES; series++) {
            if (counters.pages(series) != 0) {
                sums.merge(cgroupId + " pages " + series, counters.pages(series), Long::sum);
            }
            long[] classes = counters.sizeClasses(series);
            for (int sizeClass = 0; sizeClass < classes.length; sizeClass++) {
                if (classes[sizeClass] != 0) {
                    sums.merge(cgroupId + " calls " + series + " class " + sizeClass, classes[sizeClass], Long::sum);
                }
            }
        }
        counters.forEachFailure((call, errno, count) ->
                sums.merge(cgroupId + " failures " + call + " errno " + errno, count, Long::sum));
    }
}
