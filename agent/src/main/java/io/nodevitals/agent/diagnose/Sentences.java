// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import java.util.Locale;

/** Words that every summary shares. */
final class Sentences {
    private static final int SHORT_ID = 12;
    private static final long KIB = 1024;

    private Sentences() {}

    /** "java (pid 4242) in pod 1234…": who it is about. */
    static String who(Subject subject) {
        String place = place(subject.workload());
        return named(subject.executableName(), subject.pid()) + (place.isEmpty() ? "" : " " + place);
    }

    /** "java (pid 4242)". */
    static String named(String name, int pid) {
        return (name.isEmpty() ? "a process" : name) + " (pid " + pid + ")";
    }

    /** "in pod …", "in container …", "on the host", or nothing. */
    static String place(Workload workload) {
        if (workload.podUid() != null) {
            return "in pod " + workload.podUid();
        }
        String container = workload.containerId();
        if (container != null) {
            return "in container " + container.substring(0, Math.min(SHORT_ID, container.length()));
        }
        return workload.kind() == Workload.Kind.HOST ? "on the host" : "";
    }

    /** "31.9 MiB". */
    static String bytes(long bytes) {
        if (bytes < KIB) {
            return bytes + " bytes";
        }
        String units = "KMGTPE";
        double value = bytes;
        int unit = -1;
        while (value >= KIB && unit < units.length() - 1) {
            value /= KIB;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %siB", value, units.charAt(unit));
    }

    /** "3.2 s", "4 ms", "5.0 h". */
    static String duration(long nanos) {
        double seconds = nanos / 1e9;
        if (nanos < 1_000_000) {
            return "less than 1 ms";
        }
        if (seconds < 1) {
            return nanos / 1_000_000 + " ms";
        }
        if (seconds < 120) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        return seconds < 7200
                ? String.format(Locale.ROOT, "%.1f min", seconds / 60)
                : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }
}
