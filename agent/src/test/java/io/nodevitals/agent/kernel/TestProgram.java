// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** A program of src/test/c, one file each. */
final class TestProgram {
    private static final Path SOURCES = Path.of("src/test/c").toAbsolutePath();
    private static final Path BINARIES = Path.of("target").toAbsolutePath();

    private TestProgram() {}

    /** Compiles it when that has not been done; static, so that it makes no system call but its own. */
    static synchronized Path binary(String name) throws IOException, InterruptedException {
        Path source = SOURCES.resolve(name + ".c");
        Path binary = BINARIES.resolve(name);
        if (Files.exists(binary)) {
            FileTime built = Files.getLastModifiedTime(binary);
            if (built.compareTo(Files.getLastModifiedTime(source)) >= 0) {
                return binary;
            }
        }
        Process compiler = new ProcessBuilder(
                        "gcc", "-O1", "-Wall", "-Wextra", "-static", source.toString(), "-o", binary.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (compiler.waitFor() != 0) {
            throw new IOException("gcc could not compile " + source + ": " + output);
        }
        return binary;
    }
}
