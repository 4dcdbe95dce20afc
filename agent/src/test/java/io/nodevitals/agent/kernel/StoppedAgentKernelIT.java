// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.otel.pipeline.OtlpReceiver;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An agent that does not run for a while, with a ring of one page: what it exports afterwards is what the programs did. */
@Timeout(300)
class StoppedAgentKernelIT {
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;
    private static final long PAGE = 4096;

    private final String podUid = UUID.randomUUID().toString();
    private final String containerId = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    @Test
    void whatWasDoneWhileTheAgentWasStoppedIsExportedExactly() throws Exception {
        long maps = 20_000;
        long calls = 3_000;
        try (OtlpReceiver receiver = OtlpReceiver.start();
                TestCgroup cgroup = TestCgroup.burstable(podUid, containerId);
                AgentProcess agent = AgentProcess.running(environment(receiver))) {
            Received pod = new Received(receiver, podUid);
            agent.signal(SIGSTOP);
            Victim.run(cgroup, "map", Long.toString(maps), "4096", "4097", "12288", "1048576");
            try (Victim victim = Victim.start(cgroup, "memory-wait", Long.toString(calls))) {
                victim.awaitReady();
                agent.signal(SIGCONT);

                long bytes = maps / 4 * (4096 + 8192 + 12288 + 1048576) + calls * 3 * PAGE + 7 * PAGE;
                receiver.await(
                        "every mmap of the pod", ignored -> histogram(pod).getCount() >= maps + calls + 1);
                assertThat(histogram(pod).getCount()).isEqualTo(maps + calls + 1);
                assertThat(Received.buckets(histogram(pod)))
                        .isEqualTo(Map.of(11, maps / 4, 12, maps / 4, 13, maps / 4 + calls, 14, 1L, 19, maps / 4));
                assertThat(histogram(pod).getSum()).isEqualTo((double) bytes);
                assertThat(pod.sum("nodevitals.mmap.bytes", "nodevitals.memory.kind", "anon"))
                        .isEqualTo(bytes);
                assertThat(pod.sum("nodevitals.munmap.bytes"))
                        .isEqualTo(maps / 4 * (4096 + 8192 + 12288 + 1048576) + calls * 2 * PAGE);
                assertThat(pod.sums("nodevitals.brk.bytes"))
                        .isEqualTo(Map.of(
                                Received.map("nodevitals.direction", "grow"), calls * 4 * PAGE,
                                Received.map("nodevitals.direction", "shrink"), calls * 4 * PAGE));
                assertThat(pod.sums("nodevitals.memory.failures")).isEqualTo(failures(calls));
                // The other process has ended; whatever comes first, in the end only the living one counts.
                long mapped = virtualBytes(victim.pid());
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .untilAsserted(
                                () -> assertThat(pod.sum("nodevitals.mapped")).isEqualTo(mapped));
                assertThat(isMapped(agent)).isTrue();
            }
            // A series without a living process is left out.
            Awaitility.await().until(() -> !isMapped(agent));
            Received node = new Received(receiver, null);
            for (String probe : new String[] {"mmap", "munmap", "mremap", "brk"}) {
                assertThat(events(node, probe, "folded")).as(probe).isPositive();
                assertThat(events(node, probe, "failed")).as(probe).isZero();
            }
        }
    }

    private static Map<String, String> environment(OtlpReceiver receiver) {
        return Map.of(
                "NODEVITALS_ATTACH", AgentUnderTest.ATTACH,
                "NODEVITALS_MEMORY_RING_SIZE", "4KiB",
                "OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint(),
                "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                "OTEL_METRIC_EXPORT_INTERVAL", "500");
    }

    private static Map<Map<String, String>, Long> failures(long calls) {
        Map<Map<String, String>, Long> failures = new HashMap<>();
        Map.of(
                        "mmap ENOMEM",
                        calls,
                        "mmap EBADF",
                        calls,
                        "munmap EINVAL",
                        calls,
                        "mremap EFAULT",
                        calls,
                        "brk ENOMEM",
                        calls)
                .forEach((name, count) -> {
                    String[] parts = name.split(" ", -1);
                    failures.put(Received.map("nodevitals.memory.call", parts[0], "error.type", parts[1]), count);
                });
        return failures;
    }

    private boolean isMapped(AgentProcess agent) throws Exception {
        return agent.get("/metrics")
                .body()
                .lines()
                .anyMatch(line -> line.startsWith("nodevitals_mapped") && line.contains(podUid));
    }

    private static ExponentialHistogramDataPoint histogram(Received pod) {
        return pod.histogram("nodevitals.mmap.size", "nodevitals.memory.kind", "anon");
    }

    private static long events(Received node, String probe, String outcome) {
        return node.sum("nodevitals.probe.events", "nodevitals.probe", probe, "nodevitals.outcome", outcome);
    }

    private static long virtualBytes(long pid) throws Exception {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[20]);
    }
}
