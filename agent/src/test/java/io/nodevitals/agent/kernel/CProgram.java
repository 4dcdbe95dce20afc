// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compiles a program of src/test/c when that has not been done. */
final class CProgram {
    private CProgram() {}

    /**
     * The program's executable.
     *
     * @param options for the compiler, beside those that every program gets
     */
    static synchronized Path build(String name, String... options) throws IOException, InterruptedException {
        Path source = Path.of("src/test/c/" + name + ".c").toAbsolutePath();
        Path binary = Path.of("target/" + name).toAbsolutePath();
        if (Files.exists(binary)
                && Files.getLastModifiedTime(binary).compareTo(Files.getLastModifiedTime(source)) >= 0) {
            return binary;
        }
        List<String> command = new ArrayList<>(List.of("gcc", "-O1", "-Wall", "-Wextra"));
        command.addAll(List.of(options));
        command.addAll(List.of(source.toString(), "-o", binary.toString()));
        Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (compiler.waitFor() != 0) {
            throw new IOException("gcc could not compile " + source + ": " + output);
        }
        return binary;
    }
}
