// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.stream.Collectors;

/**
 * A JVM of its own that attaches everything, says how long it took and which kernel programs it holds, and stays until its standard
 * input ends or it is killed.
 */
final class SessionMain {
    private SessionMain() {}

    public static void main(String[] arguments) throws IOException {
        long begun = System.nanoTime();
        Native natives = Native.load();
        long loaded = System.nanoTime();
        try (BpfSession session = BpfSession.open(natives, BpfSettings.defaults())) {
            long attached = System.nanoTime();
            long sinceStart = System.currentTimeMillis()
                    - ManagementFactory.getRuntimeMXBean().getStartTime();
            session.statuses().forEach((probe, status) -> System.out.println(probe + ": " + status.sentence()));
            System.out.println("libbpf loaded in " + millis(begun, loaded) + " ms, probes attached in "
                    + millis(loaded, attached) + " ms, " + sinceStart + " ms after the JVM's start, by "
                    + cpuMillis() + " ms of CPU");
            System.out.println("programs "
                    + session.programIds().stream().map(String::valueOf).collect(Collectors.joining(" ")));
            System.out.flush();
            int end = System.in.read();
            System.out.println("closing after " + end);
        }
    }

    /** Of all threads: what a busy machine does not change. */
    private static long cpuMillis() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(Duration::toMillis)
                .orElse(-1L);
    }

    private static long millis(long from, long to) {
        return (to - from) / 1_000_000;
    }
}
