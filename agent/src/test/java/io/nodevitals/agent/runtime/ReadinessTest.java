// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.LinkReport;
import io.nodevitals.bpf.object.LinkReport.State;
import io.nodevitals.bpf.object.ProbeStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadinessTest {
    private final List<LinkReport> links = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private final DutyCycle thread =
            new DutyCycle("nodevitals-test", () -> Thread.sleep(Long.MAX_VALUE), () -> {}, error -> {});
    private final Readiness readiness =
            new Readiness(Map.of(), () -> links, List.of(() -> complaints), Map.of("ring", thread));

    @TempDir
    Path directory;

    @Test
    void aLinkThatIsGoneIsAReasonFromTheNextLookOnAndOneThatCannotBeAskedIsNone() {
        Readiness alone = readinessWithoutThreads();
        links.add(new LinkReport("exit", "exit__tp_btf", State.LOST, "its link is gone: EBADF"));
        links.add(new LinkReport("mmap", "mmap__tracepoint", State.UNKNOWN, "this kernel cannot be asked"));
        assertThat(alone.reasons()).isEmpty();

        alone.check();

        assertThat(alone.reasons())
                .containsExactly("Probe exit is no longer attached (exit__tp_btf: its link is gone: EBADF): restart the"
                        + " agent.");
        links.clear();
        alone.check();
        assertThat(alone.reasons()).isEmpty();
    }

    @Test
    void aFailedProbeIsAReasonAndAnUnsupportedOneIsNot() {
        Readiness alone = new Readiness(
                Map.of(
                        "fork", new ProbeStatus.Failed(13, "the verifier says no", List.of()),
                        "oom", new ProbeStatus.Unsupported("no kprobes", List.of())),
                List::of,
                List.of(),
                Map.of());

        assertThat(alone.reasons())
                .singleElement()
                .asString()
                .startsWith("Probe fork is not attached: failed with EACCES");
    }

    @Test
    void everyComplaintIsAReasonWhileItLasts() {
        Readiness alone = readinessWithoutThreads();
        complaints.add("one");
        complaints.add("two");
        assertThat(alone.reasons()).containsExactly("one", "two");

        complaints.remove("one");
        assertThat(alone.reasons()).containsExactly("two");
    }

    @Test
    void aThreadThatHasEndedIsAReason() {
        assertThat(readiness.reasons())
                .containsExactly("Thread ring has ended: restart the agent, and report it with its log.");
    }

    @Test
    void aSilentProbeIsNamedUntilItSeesACallAgain() {
        Map<Program, Long> seen = new EnumMap<>(Program.class);
        List<Program> deaf = new ArrayList<>(List.of(Program.BRK));
        List<String> made = new ArrayList<>();
        ProbeCanary canary = new ProbeCanary(
                List.of(call("mmap", Program.MMAP, seen, deaf, made), call("brk", Program.BRK, seen, deaf, made)),
                program -> seen.getOrDefault(program, 0L));

        canary.send();

        assertThat(made).as("a silent one is tried again").containsExactly("mmap", "brk", "brk", "brk");
        assertThat(canary.complaints()).singleElement().asString().startsWith("Probe brk is attached but silent");
        deaf.clear();
        canary.send();
        assertThat(canary.complaints()).isEmpty();
    }

    @Test
    void kprobesThatAreSwitchedOffNameTheProbesThatNeedThem() throws Exception {
        Path enabled = directory.resolve("enabled");
        KprobesSwitch kprobes = new KprobesSwitch(enabled, List.of("oom"));
        KprobesSwitch unconcerned = new KprobesSwitch(enabled, List.of());
        kprobes.check();
        assertThat(kprobes.complaints()).as("without debugfs").isEmpty();

        Files.writeString(enabled, "0\n");
        kprobes.check();
        unconcerned.check();

        assertThat(kprobes.complaints())
                .containsExactly(
                        "Kprobes are switched off on this machine, so these probes see nothing: oom. Switch them"
                                + " on: echo 1 > " + enabled + ".");
        assertThat(unconcerned.complaints()).isEmpty();
        Files.writeString(enabled, "1\n");
        kprobes.check();
        assertThat(kprobes.complaints()).isEmpty();
    }

    private Readiness readinessWithoutThreads() {
        return new Readiness(Map.of(), () -> links, List.of(() -> complaints), Map.of());
    }

    private static ProbeCanary.Call call(
            String probe, Program program, Map<Program, Long> seen, List<Program> deaf, List<String> made) {
        return new ProbeCanary.Call(probe, program, () -> {
            made.add(probe);
            if (!deaf.contains(program)) {
                seen.merge(program, 1L, Long::sum);
            }
        });
    }
}
