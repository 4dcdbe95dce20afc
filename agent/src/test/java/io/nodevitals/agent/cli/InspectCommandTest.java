// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.nodevitals.agent.program.ElfImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    private static final byte[] MISSING_LOADER = new ElfImage()
            .machine("aarch64".equals(System.getProperty("os.arch")) ? 183 : 62)
            .interpreter("/lib/gone.so.1")
            .bytes();

    @TempDir
    Path root;

    private final Command command = new Command();

    @Test
    void theJavaThatRunsThisWouldStart() {
        Path java = Path.of(System.getProperty("java.home"), "bin/java");

        assertThat(command.run("inspect", java.toString())).isZero();
        assertThat(command.out())
                .startsWith(java + " would start.")
                .contains("  ELF " + java)
                .contains("  library libc.so.6: /")
                .contains("  hardening: PIE, RELRO ");
    }

    @Test
    void whatWouldNotStartIsAProblem() throws IOException {
        write("app", MISSING_LOADER);

        assertThat(command.run("inspect", "/app", "--root", root.toString())).isEqualTo(1);
        assertThat(command.out())
                .startsWith("/app would not start: the file is there, but the dynamic loader that it asks for,"
                        + " /lib/gone.so.1, is not.");
    }

    @Test
    void jsonHasTheNamesOfTheDocumentation() throws IOException {
        write("app \"\n\u001b[1m", MISSING_LOADER);

        assertThat(command.run("inspect", "/app \"\n\u001b[1m", "--root", root.toString(), "--json"))
                .isEqualTo(1);
        assertThat(command.out().lines()).hasSize(1);
        assertThat(command.out()).doesNotContain("\u001b");
        assertThat(json(command.out()))
                .containsEntry("nodevitals.inspect.outcome", "exec_fails")
                .containsEntry("nodevitals.cause", "interpreter_missing")
                .containsEntry("nodevitals.confidence", "certain")
                .containsEntry("nodevitals.inspect.subject", "/lib/gone.so.1")
                .containsKeys("process.executable.path", "summary", "nodevitals.inspect.evidence");
    }

    @Test
    void aNameCannotActOnATerminal() throws IOException {
        write("a\u001b[31m\nb", MISSING_LOADER);

        assertThat(command.run("inspect", "--all", root.toString())).isEqualTo(1);
        assertThat(command.out()).doesNotContain("\u001b");
        assertThat(command.out().lines()).hasSize(2);
    }

    @Test
    void allLooksAtEveryProgramAndCounts() throws IOException {
        write("app", MISSING_LOADER);
        write("bin/script", "#!/bin/none\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        write("data", new byte[] {1, 2, 3});
        Path plain = Files.write(root.resolve("notes"), MISSING_LOADER);
        Files.setPosixFilePermissions(plain, PosixFilePermissions.fromString("rw-r--r--"));
        Files.createSymbolicLink(root.resolve("again"), Path.of("app"));

        assertThat(command.run("inspect", "--all", root.toString())).isEqualTo(1);
        assertThat(command.out())
                .contains("/app would not start")
                .contains("/bin/script would not start")
                .doesNotContain("/notes", "/data", "/again")
                .endsWith("2 programs: 0 would start, 2 would not, 0 could not be checked.\n");
    }

    @Test
    void anImageWhoseProgramsAllStartIsFine() throws IOException {
        write(
                "app",
                new ElfImage()
                        .type(2)
                        .machine("aarch64".equals(System.getProperty("os.arch")) ? 183 : 62)
                        .bytes());

        assertThat(command.run("inspect", "--all", root.toString())).isZero();
    }

    @Test
    void aUserIsAskedFor() throws IOException {
        write("app", MISSING_LOADER);
        Files.setPosixFilePermissions(root.resolve("app"), PosixFilePermissions.fromString("rwxr-x---"));

        assertThat(command.run("inspect", "/app", "--root", root.toString(), "--user", "4711:4711"))
                .isEqualTo(1);
        assertThat(command.out()).contains("no execute permission for user 4711 (mode 0750)");
    }

    @Test
    void wrongUsageAndARootThatIsNotThereAreTold() {
        assertThat(command.run("inspect")).isEqualTo(2);
        assertThat(command.run("inspect", "/a", "--all", "/b")).isEqualTo(2);
        assertThat(command.run("inspect", "--all", "/b", "--root", "/c")).isEqualTo(2);
        assertThat(command.run("inspect", "/a", "--user", "me")).isEqualTo(2);
        assertThat(command.run("inspect", "/a", "--root", root.resolve("none").toString()))
                .isEqualTo(3);
        assertThat(command.err()).contains("Cannot look into " + root.resolve("none"));
    }

    private void write(String name, byte[] bytes) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.setPosixFilePermissions(Files.write(file, bytes), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Map<String, String> json(String line) throws IOException {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    fields.put(String.valueOf(parser.currentName()), parser.getText());
                } else if (token == JsonToken.START_ARRAY) {
                    fields.put(String.valueOf(parser.currentName()), "");
                }
            }
        }
        return fields;
    }
}
