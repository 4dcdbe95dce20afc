// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** scripts/nodevitals in a tree of its own, with a Java that tells how it was called. */
class LauncherTest {
    @TempDir
    Path tree;

    private Path script;
    private Path javaHome;

    private record Result(int exitCode, String out, String err, long pid) {}

    @BeforeEach
    void plantTree() throws IOException {
        tree = tree.toRealPath();
        script = tree.resolve("repo with space/scripts/nodevitals");
        Files.createDirectories(script.getParent());
        // Surefire runs in the module's directory.
        Files.copy(Path.of("../scripts/nodevitals"), script, StandardCopyOption.COPY_ATTRIBUTES);
        Path target = script.getParent().resolveSibling("agent/target");
        Files.createDirectories(target.resolve("lib"));
        Files.createFile(target.resolve("nodevitals-agent-1.jar"));
        javaHome = tree.resolve("jdk");
        java("17.0.15");
    }

    @Test
    void theJvmReplacesTheShellAndGetsTheArguments() throws Exception {
        Result result = launch(script, Map.of(), "trace", "--pod", "a b");
        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.out().lines().toList())
                .startsWith("pid=" + result.pid())
                .contains(
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        script.getParent().getParent() + "/agent/target/nodevitals-agent-1.jar:"
                                + script.getParent().getParent() + "/agent/target/lib/*")
                .doesNotContain("--enable-native-access=ALL-UNNAMED")
                .endsWith("io.nodevitals.agent.Main", "trace", "--pod", "a b");
    }

    @Test
    void itWorksThroughSymbolicLinksFromAnyDirectory() throws Exception {
        Path absolute = Files.createSymbolicLink(tree.resolve("absolute"), script);
        Path bin = Files.createDirectories(tree.resolve("bin"));
        Path relative = Files.createSymbolicLink(bin.resolve("nodevitals"), Path.of("../absolute"));
        for (Path link : List.of(absolute, relative)) {
            assertThat(launch(link, Map.of(), "doctor").out()).contains("io.nodevitals.agent.Main\ndoctor\n");
        }
    }

    @ParameterizedTest
    @CsvSource({"17.0.15, false", "21.0.2, false", "23, false", "24, true", "25.0.1, true"})
    void nativeAccessIsSaidWhereJavaWantsItSaid(String version, boolean said) throws Exception {
        java(version);
        String out = launch(script, Map.of(), "run").out();
        assertThat(out.contains("--enable-native-access=ALL-UNNAMED\n")).isEqualTo(said);
    }

    @Test
    void furtherOptionsAreTakenFromTheVariable() throws Exception {
        assertThat(launch(script, Map.of("NODEVITALS_JAVA_OPTIONS", "-Xmx64m -Da=b"), "run")
                        .out())
                .contains("-Xmx64m\n-Da=b\n");
    }

    @Test
    void anOldJavaIsNamedWithTheRemedy() throws Exception {
        java("11.0.2");
        Result result = launch(script, Map.of(), "run");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("is Java 11.0.2, too old: install Java 17 to 25");
    }

    @Test
    void aWrongJavaHomeIsNamedWithTheRemedy() throws Exception {
        Result result = launch(script, Map.of("JAVA_HOME", "/nowhere"), "run");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("JAVA_HOME is '/nowhere' but there is no bin/java in it");
    }

    @Test
    void withoutAnyJavaItSaysWhatToInstall() throws Exception {
        Path bin = Files.createDirectories(tree.resolve("tools"));
        for (String tool : List.of("sh", "uname", "dirname", "readlink")) {
            Files.createSymbolicLink(bin.resolve(tool), Path.of("/usr/bin/" + tool));
        }
        Result result = launch(script, Map.of("JAVA_HOME", "", "PATH", bin.toString()), "run");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("there is no java in PATH: install Java 17 to 25");
    }

    @Test
    void anotherSystemIsASentence() throws Exception {
        Path bin = Files.createDirectories(tree.resolve("darwin"));
        executable(bin.resolve("uname"), "#!/bin/sh\necho Darwin\n");
        Result result = launch(script, Map.of("PATH", bin + ":/usr/bin:/bin"), "run");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("observes the Linux kernel and this is Darwin");
    }

    @Test
    void whatIsNotBuiltIsSaidSo() throws Exception {
        Files.delete(script.getParent().resolveSibling("agent/target/nodevitals-agent-1.jar"));
        Result result = launch(script, Map.of(), "run");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("the agent is not built yet: run ", "/scripts/build first");
    }

    private void java(String version) throws IOException {
        Files.createDirectories(javaHome.resolve("bin"));
        executable(
                javaHome.resolve("bin/java"),
                "#!/bin/sh\necho \"pid=$$\"\nfor argument in \"$@\"; do printf '%s\\n' \"$argument\"; done\nexit 7\n");
        Files.writeString(javaHome.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private Result launch(Path command, Map<String, String> environment, String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(command.toString()));
        words.addAll(List.of(arguments));
        Path err = tree.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(Path.of("/").toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, Files.readString(err), process.pid());
    }
}
