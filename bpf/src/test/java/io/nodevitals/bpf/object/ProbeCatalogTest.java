// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.bpf.event.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeCatalogTest {
    private static final Path C = Path.of("src/main/c");

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "arm64"})
    void everyProbeOffersAWayToAttachOnEveryArchitecture(String architecture) {
        for (String name : ProbeCatalog.PROBES) {
            ProbeDefinition probe = ProbeDefinition.of(name, ProbeCatalog.image(architecture, name));
            assertThat(probe.options())
                    .as(name)
                    .isNotEmpty()
                    .allSatisfy(option -> assertThat(option.programs())
                            .isNotEmpty()
                            .allSatisfy(program -> assertThat(program.function())
                                    .endsWith("__" + option.method().label())));
            assertThat(probe.options())
                    .extracting(AttachOption::method)
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void theListIsTheProbesInTheSourceTree() throws IOException {
        try (var files = Files.list(C.resolve("probes"))) {
            List<String> names = files.map(file -> file.getFileName().toString().replace(".bpf.c", ""))
                    .filter(name -> !name.equals(ProbeCatalog.MAPS))
                    .toList();
            assertThat(ProbeCatalog.PROBES).containsExactlyInAnyOrderElementsOf(names);
        }
    }

    @Test
    void programIdentifiersAreTheKernelSides() throws IOException {
        String types = Files.readString(C.resolve("include/types.h"));
        List<String> declared = Pattern.compile("NV_PROGRAM_(\\w+ = \\d+)")
                .matcher(types)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();

        assertThat(declared).hasSize(Program.ALL.size() + 1).endsWith("COUNT = " + Program.ALL.size());
        for (Program program : Program.values()) {
            assertThat(declared.get(program.number())).isEqualTo(program.name() + " = " + program.number());
            assertThat(Program.ALL.get(program.number())).isEqualTo(program);
        }
    }

    @Test
    void everySystemCallProbeOffersTheFunctionBehindTheCallAndTheTracepoint() {
        for (String name : List.of("exec_failure", "mmap", "munmap", "mremap", "brk")) {
            ProbeDefinition probe = ProbeCatalog.load(name);
            assertThat(probe.options())
                    .as(name)
                    .extracting(AttachOption::method)
                    .containsExactly(
                            AttachMethod.FEXIT,
                            AttachMethod.KPROBE_MULTI,
                            AttachMethod.TRACEPOINT,
                            AttachMethod.KRETPROBE);
            assertThat(probe.options())
                    .extracting(option -> option.programs().stream()
                            .map(AttachOption.ProgramName::account)
                            .toList())
                    .containsOnly(probe.options().get(0).programs().stream()
                            .map(AttachOption.ProgramName::account)
                            .toList());
        }
    }

    @Test
    void theAttachPointsNameTheArchitecturesFunctions() {
        assertThat(ProbeDefinition.of("brk", ProbeCatalog.image("arm64", "brk"))
                        .option(AttachMethod.FEXIT)
                        .orElseThrow()
                        .attachPoints())
                .containsExactlyInAnyOrder("fentry/__arm64_sys_brk", "fexit/__arm64_sys_brk");
        assertThat(ProbeDefinition.of("brk", ProbeCatalog.image("x86_64", "brk"))
                        .option(AttachMethod.KRETPROBE)
                        .orElseThrow()
                        .attachPoints())
                .containsExactlyInAnyOrder("kprobe/__x64_sys_brk", "kretprobe/__x64_sys_brk");
    }

    @Test
    void theJvmsNamesOfArchitecturesAreKnown() {
        assertThat(ProbeCatalog.architecture("amd64")).isEqualTo("x86_64");
        assertThat(ProbeCatalog.architecture("aarch64")).isEqualTo("arm64");
        assertThatThrownBy(() -> ProbeCatalog.architecture("s390x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("os.arch=s390x");
    }

    @Test
    void aProgramWithoutAMethodInItsNameIsRefused() {
        byte[] image = ElfPatch.replaceText(ProbeCatalog.image("exit"), "exit__tp_btf", "exit__tp_bpf");

        assertThatThrownBy(() -> ProbeDefinition.of("exit", image))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probe=exit program=exit__tp_bpf: the name does not end in __<attach method>");
    }
}
