// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The agent finds out by itself, within 30 s, that its counts are wrong or that a probe has fallen silent. */
@Timeout(120)
class SelfCheckKernelIT {
    private static final int SEEN = 0;
    private static final int FAILED = 32;
    private static final int ACCOUNT_BYTES = 64;
    private static final Path KPROBES = Path.of("/sys/kernel/debug/kprobes/enabled");

    /** What only these tests need. */
    public interface Calls {
        int open(String path, int flags);

        int dup2(int from, int to);

        int close(int fd);

        int bpf_map_lookup_elem(int fd, Pointer key, Pointer value);

        int bpf_map_update_elem(int fd, Pointer key, Pointer value, long flags);
    }

    private static final Calls CALLS = LibraryLoader.create(Calls.class)
            .library("c")
            .library(Native.LIBBPF)
            .load();

    private final Native natives = Native.load();
    private AgentUnderTest agent;

    @BeforeEach
    void start() throws Exception {
        AgentUnderTest.require();
        agent = new AgentUnderTest(Map.of(Setting.CANARY_INTERVAL, "2s"));
        assertThat(agent.status().notReadyReasons()).isEmpty();
    }

    @AfterEach
    void stop() {
        if (agent != null) {
            agent.close();
        }
    }

    @Test
    void eventsWithoutAnOutcomeAreAnErrorAMetricAndAReasonUntilTheyBalance() throws Exception {
        add(Program.OOM, SEEN, 3);

        awaitReasons(reason -> reason.startsWith("The account of outcomes does not balance: ")
                && reason.contains("(oom on CPU 0: 3)"));
        await().until(() -> residual("outcomes") == 3);
        assertThat(residual("rings")).isZero();
        assertThat(residual("monotony")).isZero();

        add(Program.OOM, FAILED, 3);

        await().until(() -> agent.status().notReadyReasons().isEmpty());
        await().until(() -> residual("outcomes") == 0);
    }

    @Test
    void aCounterThatSomebodyTurnsBackIsAReasonForGood() throws Exception {
        add(Program.OOM, SEEN, 5);
        add(Program.OOM, FAILED, 5);
        agent.status();
        await().until(() -> agent.receiver().requests().size() > 4);
        add(Program.OOM, SEEN, -2);
        add(Program.OOM, FAILED, -2);

        awaitReasons(reason -> reason.startsWith("The account of monotony does not balance: "));
        add(Program.OOM, SEEN, 2);
        add(Program.OOM, FAILED, 2);
        int soFar = agent.receiver().requests().size();
        await().until(() -> agent.receiver().requests().size() > soFar + 3);
        assertThat(agent.status().notReadyReasons())
                .anyMatch(reason -> reason.startsWith("The account of monotony does not balance: "));
    }

    @Test
    void everyLinkThatIsDetachedIsNoticed() throws Exception {
        List<Integer> links = descriptors("link_id");
        boolean perfEventsHaveLinks = links.size()
                == KernelIds.of(ProcessHandle.current().pid()).programs().size();
        assertThat(links).isNotEmpty();
        int devNull = CALLS.open("/dev/null", 0);
        try {
            for (int link : links) {
                assertThat(CALLS.dup2(devNull, link)).isEqualTo(link);
            }
        } finally {
            CALLS.close(devNull);
        }

        await().until(() -> agent.status().notReadyReasons().stream()
                        .filter(reason -> reason.contains("is no longer attached"))
                        .count()
                == links.size());
        assertThat(agent.status().ready()).isFalse();
        // The canaries find it without asking for links: what was attached through a perf event before 5.15 has none.
        if (perfEventsHaveLinks) {
            for (String probe : List.of("mmap", "munmap", "mremap", "brk", "exec_failure")) {
                awaitReasons(reason -> reason.startsWith("Probe " + probe + " is attached but silent"));
            }
        }
    }

    @Test
    void kprobesThatAreSwitchedOffAreNoticed() throws Exception {
        Assumptions.assumeTrue(Files.isWritable(KPROBES), "SKIPPED: there is no " + KPROBES + " here");
        Assumptions.assumeTrue(
                "kprobe".equals(agent.attachedBy("oom")), "SKIPPED: no probe is attached by a kprobe in this mode");
        Files.writeString(KPROBES, "0");
        try {
            awaitReasons(
                    reason -> reason.startsWith("Kprobes are switched off on this machine") && reason.contains("oom"));
        } finally {
            Files.writeString(KPROBES, "1");
        }
        await().until(() -> agent.status().notReadyReasons().isEmpty());
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30L * Integer.getInteger("nodevitals.test.patience", 1)));
    }

    private void awaitReasons(Predicate<String> expected) {
        await().untilAsserted(() -> assertThat(agent.status().notReadyReasons()).anyMatch(expected));
    }

    /** Newest value that was exported; -1 when none was. */
    private long residual(String account) {
        List<Long> values = agent.receiver().resourceMetrics().stream()
                .flatMap(metrics -> metrics.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .filter(metric -> metric.getName().equals("nodevitals.agent.residual"))
                .flatMap(metric -> metric.getGauge().getDataPointsList().stream())
                .filter(point ->
                        point.getAttributes(0).getValue().getStringValue().equals(account))
                .map(point -> point.getAsInt())
                .toList();
        return values.isEmpty() ? -1 : values.get(values.size() - 1);
    }

    /** Adds to a field of a program's account on CPU 0, from outside of the agent. */
    private void add(Program program, int field, long increment) throws IOException {
        int fd = countersMap();
        Pointer key = natives.allocate(Integer.BYTES);
        Pointer account = natives.allocate(ACCOUNT_BYTES);
        key.putInt(0, program.number() * possibleCpus(fd));
        assertThat(CALLS.bpf_map_lookup_elem(fd, key, account)).isZero();
        account.putLong(field, account.getLong(field) + increment);
        assertThat(CALLS.bpf_map_update_elem(fd, key, account, 0)).isZero();
    }

    private static int countersMap() throws IOException {
        // An mmappable array of accounts: no other map is one.
        for (int fd : descriptors("map_id")) {
            String info = info(fd);
            if (info.contains("map_type:\t2\n")
                    && info.contains("value_size:\t64\n")
                    && info.contains("map_flags:\t0x400\n")) {
                return fd;
            }
        }
        throw new AssertionError("no counters map among this process's descriptors");
    }

    private static int possibleCpus(int countersFd) throws IOException {
        String entries = info(countersFd)
                .lines()
                .filter(line -> line.startsWith("max_entries:"))
                .findFirst()
                .orElseThrow();
        return Integer.parseInt(entries.substring("max_entries:".length()).trim()) / Program.ALL.size();
    }

    /** Descriptors of this process whose fdinfo has a field. */
    private static List<Integer> descriptors(String field) throws IOException {
        List<Integer> found = new ArrayList<>();
        for (int fd : descriptors()) {
            if (info(fd).contains(field + ":")) {
                found.add(fd);
            }
        }
        return found;
    }

    private static List<Integer> descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.map(file -> Integer.valueOf(file.getFileName().toString()))
                    .toList();
        }
    }

    private static String info(int fd) throws IOException {
        Path file = Path.of("/proc/self/fdinfo/" + fd);
        return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
    }
}
