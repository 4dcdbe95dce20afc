// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.libbpf.Native;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is left in the kernel when a JVM of its own dies, and what it says when it may not begin. */
@Timeout(120)
class CrashKernelIT {
    private static Native natives;

    @BeforeAll
    static void requireBpf() {
        KernelTest.requireBpf();
        natives = Native.load();
    }

    @Test
    void aKilledJvmLeavesNothingInTheKernel() throws Exception {
        KernelObjects kernel = new KernelObjects(natives);
        Process child = start(List.of());
        try (BufferedReader output = child.inputReader()) {
            List<Integer> programs = programs(output);
            List<Integer> maps = kernel.mapsOf(programs);
            assertThat(kernel.livingPrograms(programs)).hasSizeGreaterThanOrEqualTo(12);

            child.destroyForcibly().waitFor();

            Awaitility.await().untilAsserted(() -> {
                assertThat(kernel.livingPrograms(programs)).isEmpty();
                assertThat(kernel.livingMaps(maps)).isEmpty();
            });
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void withoutCapabilitiesTheMissingOnesAreNamed() throws Exception {
        KernelTest.require(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv (util-linux) is not installed");
        Process child = start(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"));
        String errors = new String(child.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(child.waitFor()).isNotZero();
        assertThat(errors)
                .contains("BpfUnavailableException: the BPF maps cannot be had")
                .contains("EPERM (1)")
                .contains("this process lacks CAP_PERFMON and CAP_BPF; run as root, or add CAP_PERFMON and CAP_BPF");
    }

    private static List<Integer> programs(BufferedReader output) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            System.out.println("SessionMain: " + line);
            if (line.startsWith("programs ")) {
                return Arrays.stream(line.substring(9).split(" "))
                        .map(Integer::valueOf)
                        .toList();
            }
        }
        throw new IllegalStateException("SessionMain ended before it was attached");
    }

    private static Process start(List<String> prefix) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                SessionMain.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command);
        return prefix.isEmpty()
                ? builder.redirectError(ProcessBuilder.Redirect.INHERIT).start()
                : builder.start();
    }
}
