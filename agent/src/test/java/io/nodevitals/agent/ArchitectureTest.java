// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms: whatever is not listed is forbidden. */
class ArchitectureTest {
    private static final String ROOT = "io.nodevitals.";

    /** Which rooms a room may use. Rooms are packages below io.nodevitals; a room may always use itself. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("bpf.libbpf", Set.of()),
            Map.entry("bpf.event", Set.of()),
            Map.entry("bpf.ring", Set.of("bpf.libbpf")),
            Map.entry("bpf.object", Set.of("bpf.libbpf", "bpf.ring", "bpf.event")),
            Map.entry("otel.model", Set.of()),
            Map.entry("otel.metric", Set.of("otel.model")),
            Map.entry("otel.span", Set.of("otel.model")),
            Map.entry("otel.log", Set.of("otel.model")),
            Map.entry("otel.pipeline", Set.of("otel.model", "otel.metric", "otel.span", "otel.log")),
            Map.entry("agent.binfmt", Set.of()),
            Map.entry("agent.counter", Set.of()),
            Map.entry("agent.process", Set.of()),
            Map.entry("agent.config", Set.of()),
            Map.entry("agent.aggregate", Set.of("bpf.event")),
            Map.entry("agent.decode", Set.of("bpf.ring", "bpf.event", "agent.aggregate", "agent.process")),
            Map.entry("agent.attribute", Set.of("agent.process")),
            Map.entry("agent.program", Set.of("agent.binfmt")),
            Map.entry("agent.diagnose", Set.of("agent.process", "agent.attribute", "agent.program")),
            Map.entry(
                    "agent.source",
                    Set.of(
                            "agent.aggregate",
                            "agent.attribute",
                            "agent.binfmt",
                            "agent.counter",
                            "agent.diagnose",
                            "agent.process",
                            "agent.program",
                            "otel.model")),
            Map.entry(
                    "agent.http",
                    Set.of(
                            "agent.binfmt",
                            "agent.process",
                            "agent.config",
                            "agent.counter",
                            "agent.source",
                            "otel.model")),
            Map.entry(
                    "agent.runtime",
                    Set.of(
                            "agent.aggregate",
                            "agent.attribute",
                            "agent.binfmt",
                            "agent.config",
                            "agent.counter",
                            "agent.decode",
                            "agent.diagnose",
                            "agent.http",
                            "agent.process",
                            "agent.program",
                            "agent.source",
                            "bpf.event",
                            "bpf.libbpf",
                            "bpf.object",
                            "bpf.ring",
                            "otel.model",
                            "otel.pipeline")),
            Map.entry(
                    "agent.cli",
                    Set.of(
                            "agent.binfmt",
                            "agent.config",
                            "agent.counter",
                            "agent.http",
                            "agent.process",
                            "agent.program",
                            "agent.runtime",
                            "agent.source",
                            "otel.model")),
            Map.entry("agent", Set.of("agent.cli", "agent.runtime")));

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.nodevitals");

    @Test
    void roomsUseOnlyWhatTheArrowsAllow() {
        List<String> violations = new ArrayList<>();
        for (JavaClass origin : classes) {
            String room = room(origin);
            Set<String> allowed = ARROWS.get(room);
            if (allowed == null) {
                violations.add("room " + room + " of " + origin.getName() + " is not in the list of rooms");
                continue;
            }
            origin.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass())
                    .filter(target -> target.getPackageName().startsWith(ROOT))
                    .map(ArchitectureTest::room)
                    .filter(target -> !target.equals(room) && !allowed.contains(target))
                    .distinct()
                    .forEach(target -> violations.add(origin.getName() + ": " + room + " -> " + target));
        }
        Assertions.assertThat(violations).isEmpty();
    }

    @Test
    void roomsFormNoCycle() {
        slices().matching("io.nodevitals.(*).(*)..").should().beFreeOfCycles().check(classes);
    }

    private static String room(JavaClass javaClass) {
        return javaClass.getPackageName().substring(ROOT.length());
    }
}
