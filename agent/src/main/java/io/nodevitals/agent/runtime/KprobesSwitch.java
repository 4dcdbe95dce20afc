// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.object.ProbeStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The kernel's switch of all kprobes (kernel/kprobes.c, {@code write_enabled_file_bool}). Off, they stay attached and never fire; a
 * link does not tell. It is in debugfs: where that is not mounted it cannot be seen. {@link #check} is for one thread, {@link #complaints}
 * for any.
 */
final class KprobesSwitch {
    static final Path ENABLED = Path.of("/sys/kernel/debug/kprobes/enabled");

    private final Path enabled;
    private final List<String> probes;
    private volatile List<String> complaints = List.of();

    /**
     * A switch that is taken to be on until {@link #check}.
     *
     * @param enabled the file that tells
     * @param probes names of those that are attached by a kprobe or kretprobe
     */
    KprobesSwitch(Path enabled, List<String> probes) {
        this.enabled = enabled;
        this.probes = List.copyOf(probes);
    }

    /** The names of probes that depend on the switch. */
    static List<String> dependent(Map<String, ProbeStatus> statuses) {
        return statuses.entrySet().stream()
                .filter(entry -> entry.getValue() instanceof ProbeStatus.Attached attached
                        && attached.method().label().endsWith("probe"))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Reads the switch, when a probe depends on it. */
    void check() {
        complaints = !probes.isEmpty() && isOff()
                ? List.of("Kprobes are switched off on this machine, so these probes see nothing: "
                        + String.join(", ", probes) + ". Switch them on: echo 1 > " + enabled + ".")
                : List.of();
    }

    /** One sentence while kprobes are off and a probe needs them. */
    List<String> complaints() {
        return complaints;
    }

    private boolean isOff() {
        try {
            return Files.readString(enabled, StandardCharsets.ISO_8859_1).startsWith("0");
        } catch (IOException notToBeSeen) {
            return false;
        }
    }
}
