// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.kernel.Received.Item;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernel events of processes in kubelet-shaped cgroups come out of a real OTLP receiver with the right values. */
class FirstLightKernelIT {
    private static final String TERMINATED = "nodevitals.process.terminated";
    private static final String EXEC_FAILED = "nodevitals.exec.failed";
    private static final String OOM_KILLED = "nodevitals.oom.killed";

    private static final long OOM_LIMIT = 16 << 20;

    private static AgentUnderTest agent;

    private final String podUid = UUID.randomUUID().toString();
    private final String containerId = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");
    private TestCgroup cgroup;
    private Received pod;

    @BeforeAll
    static void startAgent() throws Exception {
        AgentUnderTest.require();
        agent = new AgentUnderTest(Map.of());
    }

    @AfterAll
    static void stopAgent() {
        if (agent != null) {
            agent.close();
        }
    }

    @BeforeEach
    void makeContainer() throws Exception {
        cgroup = TestCgroup.burstable(podUid, containerId);
        pod = agent.of(podUid);
    }

    @AfterEach
    void removeContainer() throws Exception {
        cgroup.close();
        agent.assertAccountsBalance();
    }

    @Test
    void everyMmapCountsOnceInItsExactSizeAndBucket() throws Exception {
        // 4096 is the inclusive upper end of its bucket, 4097 takes two pages, 12288 lies inside a bucket.
        Victim.run(cgroup, "map", "10000", "4096", "4097", "12288", "1048576");

        agent.receiver()
                .await("10,000 mmaps of the pod", receiver -> histogram("anon").getCount() >= 10_000);
        ExponentialHistogramDataPoint histogram = histogram("anon");
        assertThat(histogram.getScale()).isZero();
        assertThat(histogram.getCount()).isEqualTo(10_000);
        assertThat(Received.buckets(histogram)).isEqualTo(Map.of(11, 2_500L, 12, 2_500L, 13, 2_500L, 19, 2_500L));
        long bytes = 2_500L * (4096 + 8192 + 12288 + 1048576);
        assertThat(histogram.getSum()).isEqualTo((double) bytes);
        assertThat(pod.sum("nodevitals.mmap.bytes", "nodevitals.memory.kind", "anon"))
                .isEqualTo(bytes);
        assertThat(pod.sum("nodevitals.munmap.bytes")).isEqualTo(bytes);
        assertThat(pod.resources())
                .singleElement()
                .satisfies(resource -> assertThat(resource)
                        .containsEntry("container.id", containerId)
                        .containsEntry("service.name", "nodevitals")
                        .containsKey("service.instance.id"));
    }

    @Test
    void kindsResizesAndFailuresCountByTheirOwnNames() throws Exception {
        Victim.run(cgroup, "kinds");
        Victim.run(cgroup, "brk", "25");

        agent.receiver().await("the brk that failed", receiver -> failures("brk", "ENOMEM") == 1);
        assertThat(pod.sums("nodevitals.mmap.bytes"))
                .isEqualTo(Map.of(
                        Received.map("nodevitals.memory.kind", "exec"), 4096L,
                        Received.map("nodevitals.memory.kind", "shared"), 8192L,
                        Received.map("nodevitals.memory.kind", "file"), 4096L,
                        Received.map("nodevitals.memory.kind", "stack"), 65536L,
                        Received.map("nodevitals.memory.kind", "anon"), 4096L));
        assertThat(failures("mmap", "ENOMEM")).isEqualTo(1);
        assertThat(failures("mmap", "EBADF")).isEqualTo(1);
        assertThat(pod.sum("nodevitals.brk.bytes", "nodevitals.direction", "grow"))
                .isEqualTo(25 * 4096);
        assertThat(pod.sum("nodevitals.brk.bytes", "nodevitals.direction", "shrink"))
                .isEqualTo(25 * 4096);
    }

    @Test
    void aSegfaultIsOneRecordWithItsAddress() throws Exception {
        Victim.Ended victim = Victim.run(cgroup, "segv");

        Item event = onlyEvent(TERMINATED);
        assertThat(victim.exitCode()).isEqualTo(139);
        assertThat(event.attributes())
                .containsEntry("process.pid", Long.toString(victim.pid()))
                .containsEntry("process.exit.code", "139")
                .containsEntry("nodevitals.termination.cause", "segfault")
                .containsEntry("nodevitals.termination.confidence", "certain")
                .containsEntry("nodevitals.signal", "SIGSEGV")
                .containsEntry("nodevitals.signal.code", "1")
                .containsEntry("nodevitals.fault.address", "0xdead0000")
                .containsEntry("nodevitals.fault.access", "write")
                .containsEntry("process.executable.name", "victim")
                .containsEntry(
                        "process.parent_pid",
                        Long.toString(ProcessHandle.current().pid()))
                .doesNotContainKey("nodevitals.signal.sender.pid");
        assertCounted("segfault", "SIGSEGV");
    }

    @Test
    void anAbortIsOneRecord() throws Exception {
        Victim.Ended victim = Victim.run(cgroup, "abort");

        assertThat(onlyEvent(TERMINATED).attributes())
                .containsEntry("process.pid", Long.toString(victim.pid()))
                .containsEntry("process.exit.code", "134")
                .containsEntry("nodevitals.termination.cause", "abort")
                .containsEntry("nodevitals.signal", "SIGABRT")
                .containsEntry("process.executable.name", "victim");
        assertCounted("abort", "SIGABRT");
    }

    @Test
    void aSigkillNamesItsSender() throws Exception {
        try (Victim victim = Victim.start(cgroup, "wait")) {
            victim.awaitReady();
            long killer;
            try (Victim sender = Victim.start(TestCgroup.at(List.of()), "kill", Long.toString(victim.pid()), "9")) {
                killer = sender.await().pid();
            }
            assertThat(victim.await().exitCode()).isEqualTo(137);

            assertThat(onlyEvent(TERMINATED).attributes())
                    .containsEntry("process.pid", Long.toString(victim.pid()))
                    .containsEntry("process.exit.code", "137")
                    .containsEntry("nodevitals.termination.cause", "killed")
                    .containsEntry("nodevitals.signal", "SIGKILL")
                    .containsEntry("nodevitals.signal.sender.pid", Long.toString(killer))
                    .containsEntry("nodevitals.signal.sender.executable.name", "victim")
                    .containsEntry("nodevitals.signal.sender.class", "host_process");
        }
        agent.receiver().await("one fatal SIGKILL", receiver -> signals("SIGKILL", "fatal") == 1);
    }

    @Test
    void aMemoryCgroupOomKillIsOneRecordWithTheVictimsMemory() throws Exception {
        cgroup.limitMemory(OOM_LIMIT);
        Victim.Ended victim = Victim.run(cgroup, "eat", Long.toString(64 << 20));

        assertThat(victim.exitCode()).isEqualTo(137);
        Item killed = onlyEvent(OOM_KILLED);
        assertThat(killed.attributes())
                .containsEntry("process.pid", Long.toString(victim.pid()))
                .containsEntry("nodevitals.oom.scope", "cgroup")
                .containsEntry("nodevitals.oom.limit_owner", "container")
                .containsEntry("nodevitals.oom.trigger.pid", Long.toString(victim.pid()));
        // Its stack and data are charged to the cgroup that it was started in.
        assertThat(number(killed, "nodevitals.oom.victim.anon")).isBetween(OOM_LIMIT / 2, OOM_LIMIT + (64 << 10));
        boolean limitRead = "kprobe".equals(agent.attachedBy("oom"));
        if (AgentUnderTest.ATTACH.equals("auto")) {
            assertThat(limitRead).isEqualTo(Files.exists(Path.of("/sys/bus/event_source/devices/kprobe")));
        }
        if (limitRead) {
            assertThat(number(killed, "nodevitals.oom.limit")).isEqualTo(OOM_LIMIT);
            assertThat(number(killed, "nodevitals.oom.usage")).isBetween(OOM_LIMIT - (256 << 10), OOM_LIMIT);
        } else {
            assertThat(killed.attributes()).doesNotContainKeys("nodevitals.oom.limit", "nodevitals.oom.usage");
        }
        assertThat(onlyEvent(TERMINATED).attributes())
                .containsEntry("process.pid", Long.toString(victim.pid()))
                .containsEntry("process.exit.code", "137")
                .containsEntry("nodevitals.termination.cause", "oom_cgroup")
                .containsEntry("nodevitals.termination.confidence", limitRead ? "certain" : "likely");
        agent.receiver()
                .await(
                        "the OOM kill's count",
                        receiver -> pod.sum("nodevitals.oom.kills", "nodevitals.oom.scope", "cgroup") == 1);
    }

    @Test
    void anExecOfAMissingFileIsOneRecord() throws Exception {
        Victim.run(cgroup, "start", "/no/such/program");

        assertExecFailure("ENOENT", "file_missing", "/no/such/program");
    }

    @Test
    void anExecOfAForeignArchitectureIsOneRecord(@TempDir Path directory) throws Exception {
        Path program = elf(directory, "for-s390", 22, ByteOrder.BIG_ENDIAN, null);
        Victim.run(cgroup, "start", program.toString());

        assertExecFailure("ENOEXEC", "wrong_architecture", program.toString());
    }

    @Test
    void anExecWhoseInterpreterIsMissingIsOneRecord(@TempDir Path directory) throws Exception {
        Path program = elf(directory, "no-loader", 62, ByteOrder.LITTLE_ENDIAN, "/lib/no-such-loader.so.1");
        Victim.run(cgroup, "start", program.toString());

        Item event = assertExecFailure("ENOENT", "interpreter_missing", program.toString());
        assertThat(event.attributes()).containsEntry("nodevitals.exec.interpreter", "/lib/no-such-loader.so.1");
    }

    @Test
    void handledAndIgnoredSignalsCountExactly() throws Exception {
        Victim.run(cgroup, "handle");

        agent.receiver().await("three handled signals", receiver -> signals("SIGUSR1", "handled") == 3);
        agent.receiver().await("two ignored signals", receiver -> signals("SIGUSR2", "ignored") == 2);
        assertThat(pod.events()).isEmpty();
    }

    @Test
    void aSearchAlongPathThatSucceedsIsNoFailure() throws Exception {
        // env tries each directory with execve, as every execvp does.
        String script = "echo $$ > " + cgroup.procs()
                + "; env PATH=/no/such/a:/no/such/b:/usr/bin true; /no/such/marker; exit 0";
        assertThat(new ProcessBuilder("sh", "-c", script).start().waitFor()).isZero();

        agent.receiver()
                .await(
                        "the marker's failure",
                        receiver -> pod.events().stream()
                                .anyMatch(event -> "/no/such/marker"
                                        .equals(event.attributes().get("nodevitals.exec.file"))));
        assertThat(pod.events()).hasSize(1);
    }

    private Item assertExecFailure(String errorType, String cause, String file) {
        Item event = onlyEvent(EXEC_FAILED);
        assertThat(event.attributes())
                .containsEntry("error.type", errorType)
                .containsEntry("nodevitals.exec.cause", cause)
                .containsEntry("nodevitals.exec.file", file)
                .containsEntry("nodevitals.exec.count", "1")
                .containsEntry("process.executable.name", "victim");
        String[] series = {"error.type", errorType, "nodevitals.exec.cause", cause};
        agent.receiver().await("the failure's count", receiver -> pod.sum("nodevitals.exec.failures", series) == 1);
        return event;
    }

    /** The pod's one event of that name, joined with the one span that has the same attributes. */
    private Item onlyEvent(String name) {
        agent.receiver()
                .await(
                        name + " of the pod",
                        receiver -> pod.events().stream()
                                .anyMatch(event -> event.name().equals(name)));
        List<Item> events =
                pod.events().stream().filter(event -> event.name().equals(name)).toList();
        assertThat(events).hasSize(1);
        Item event = events.get(0);
        assertThat(event.resource()).containsEntry("k8s.pod.uid", podUid).containsEntry("container.id", containerId);
        assertThat(event.attributes()).containsKey("nodevitals.summary");
        if (!name.equals(OOM_KILLED)) {
            agent.receiver()
                    .await(
                            "the span of " + name,
                            receiver -> pod.spans().stream()
                                    .anyMatch(span -> span.spanId().equals(event.spanId())));
            assertThat(pod.spans())
                    .filteredOn(span -> span.traceId().equals(event.traceId()))
                    .singleElement()
                    .satisfies(span -> assertThat(span.attributes()).isEqualTo(event.attributes()));
        }
        return event;
    }

    private void assertCounted(String cause, String signal) {
        agent.receiver().await("the termination's count", receiver -> terminations(cause) >= 1);
        assertThat(terminations(cause)).isEqualTo(1);
        assertThat(signals(signal, "fatal")).isEqualTo(1);
    }

    private static long number(Item item, String attribute) {
        return Long.parseLong(item.attributes().get(attribute));
    }

    private long terminations(String cause) {
        return pod.sums("nodevitals.terminations").entrySet().stream()
                .filter(series -> cause.equals(series.getKey().get("nodevitals.termination.cause")))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private long signals(String signal, String action) {
        return pod.sum("nodevitals.signals", "nodevitals.signal", signal, "nodevitals.signal.action", action);
    }

    private long failures(String call, String errno) {
        return pod.sum("nodevitals.memory.failures", "nodevitals.memory.call", call, "error.type", errno);
    }

    private ExponentialHistogramDataPoint histogram(String kind) {
        return pod.histogram("nodevitals.mmap.size", "nodevitals.memory.kind", kind);
    }

    /** A 64-bit ELF executable of one program header, PT_INTERP or PT_NULL. */
    private static Path elf(Path directory, String name, int machine, ByteOrder order, String interpreter)
            throws Exception {
        byte[] path = interpreter == null ? new byte[0] : (interpreter + "\0").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer elf = ByteBuffer.allocate(120 + path.length).order(order);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2), 1});
        elf.putShort(16, (short) 2).putShort(18, (short) machine).putInt(20, 1);
        elf.putLong(32, 64).putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 1);
        elf.putInt(64, interpreter == null ? 0 : 3).putInt(68, 4).putLong(72, 120);
        elf.putLong(96, path.length).putLong(104, path.length);
        elf.position(120);
        elf.put(path);
        Path file = Files.write(directory.resolve(name), elf.array());
        file.toFile().setExecutable(true, false);
        return file;
    }
}
