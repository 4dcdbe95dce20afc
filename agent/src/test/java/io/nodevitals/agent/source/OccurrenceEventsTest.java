// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.Confidence;
import io.nodevitals.agent.diagnose.ExecFailure;
import io.nodevitals.agent.diagnose.ExecFailureCause;
import io.nodevitals.agent.diagnose.Fault;
import io.nodevitals.agent.diagnose.Phase;
import io.nodevitals.agent.diagnose.Place;
import io.nodevitals.agent.diagnose.Subject;
import io.nodevitals.agent.diagnose.Termination;
import io.nodevitals.agent.diagnose.TerminationCause;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.Severity;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OccurrenceEventsTest {
    private static final Subject SUBJECT = new Subject(
            new ProcessId(42, 1_000_000_000L),
            new ProcessId(7, 1),
            "java",
            "/usr/bin/java",
            List.of("java", "-jar", "app.jar"),
            99,
            Workload.HOST);

    private final AtomicLong boot = new AtomicLong(5_000_000_000L);
    private final AtomicLong epoch = new AtomicLong(1_000_005_000_000_000L);
    private final KernelClock clock = new KernelClock(boot::get, epoch::get);
    private final OccurrenceEvents events = new OccurrenceEvents(
            clock, new WorkloadResources(Resource.create(Attributes.empty()), workload -> null), true);

    @Test
    void aTerminationCarriesEveryAttributeThatIsKnownAndNoOther() {
        TelemetryEvent event = events.of(segfault(2_000_000_000L, 4_500_000_000L));

        assertThat(text(event.attributes()))
                .isEqualTo(new TreeMap<>(Map.ofEntries(
                        Map.entry("process.pid", "42"),
                        Map.entry("process.parent_pid", "7"),
                        Map.entry("process.executable.name", "java"),
                        Map.entry("process.executable.path", "/usr/bin/java"),
                        Map.entry("process.command_args", "[java, -jar, app.jar]"),
                        Map.entry("process.creation.time", "1970-01-12T13:46:41.000Z"),
                        Map.entry("process.exit.code", "139"),
                        Map.entry("nodevitals.termination.cause", "segfault"),
                        Map.entry("nodevitals.termination.confidence", "certain"),
                        Map.entry("nodevitals.termination.phase", "running"),
                        Map.entry("nodevitals.signal", "SIGSEGV"),
                        Map.entry("nodevitals.signal.code", "1"),
                        Map.entry("nodevitals.fault.address", "0xdead000"),
                        Map.entry("nodevitals.fault.mapping", "[unmapped]"),
                        Map.entry("nodevitals.fault.instruction_mapping", "libfoo.so.1+0x1000"),
                        Map.entry("nodevitals.fault.access", "write"),
                        Map.entry("nodevitals.fault.instruction_pointer", "0x401000"),
                        Map.entry("nodevitals.age", "2.5"),
                        Map.entry("nodevitals.core_dumped", "true"))));
        assertThat(event.eventName()).isEqualTo("nodevitals.process.terminated");
        assertThat(event.severity()).isEqualTo(Severity.ERROR);
        assertThat(event.epochNanos()).isEqualTo(1_000_004_500_000_000L);
        assertThat(event.span()).isEqualTo(new TelemetryEvent.SpanPart("process java", 1_000_002_000_000_000L));
    }

    @Test
    void aStepOfTheWallClockMovesBothEndsOfASpan() {
        epoch.addAndGet(-3_600_000_000_000L);
        clock.synchronise();

        TelemetryEvent event = events.of(segfault(2_000_000_000L, 4_500_000_000L));
        assertThat(event.span()).isNotNull();
        assertThat(event.epochNanos() - event.span().startEpochNanos()).isEqualTo(2_500_000_000L);
    }

    @Test
    void aFailedExecNamesFileErrnoAndCause() {
        ExecFailure failure = new ExecFailure(
                SUBJECT,
                2_000,
                1_000,
                2,
                ExecFailureCause.INTERPRETER_MISSING,
                Confidence.LIKELY,
                "/app/run",
                "/lib/ld-musl-x86_64.so.1",
                null,
                3,
                "It could not.");

        TelemetryEvent event = events.of(failure);
        assertThat(text(event.attributes()))
                .containsEntry("error.type", "ENOENT")
                .containsEntry("nodevitals.exec.cause", "interpreter_missing")
                .containsEntry("nodevitals.exec.confidence", "likely")
                .containsEntry("nodevitals.exec.file", "/app/run")
                .containsEntry("nodevitals.exec.interpreter", "/lib/ld-musl-x86_64.so.1")
                .containsEntry("nodevitals.exec.count", "3")
                .doesNotContainKey("nodevitals.exec.architecture");
        assertThat(event.summary()).isEqualTo("It could not.");
        assertThat(event.span())
                .isNotNull()
                .extracting(TelemetryEvent.SpanPart::name)
                .isEqualTo("exec run");
    }

    @Test
    void withoutSpansTheEventStillComes() {
        OccurrenceEvents without = new OccurrenceEvents(
                clock, new WorkloadResources(Resource.create(Attributes.empty()), workload -> null), false);

        assertThat(without.of(segfault(1, 2)).span()).isNull();
    }

    private static Termination segfault(long startBootNanos, long bootNanos) {
        return new Termination(
                SUBJECT,
                bootNanos,
                startBootNanos,
                TerminationCause.SEGFAULT,
                Confidence.CERTAIN,
                Phase.RUNNING,
                139,
                11,
                1,
                null,
                new Fault(
                        11,
                        1,
                        0xdead000L,
                        Fault.Access.WRITE,
                        0x401000,
                        0,
                        new Place(Place.Kind.UNMAPPED, "[unmapped]"),
                        new Place(Place.Kind.FILE, "libfoo.so.1+0x1000"),
                        null,
                        0),
                null,
                null,
                true,
                0,
                "It crashed.");
    }

    private static Map<String, String> text(Attributes attributes) {
        Map<String, String> text = new TreeMap<>();
        attributes.forEach((key, value) -> text.put(key.getKey(), value.toString()));
        return text;
    }
}
