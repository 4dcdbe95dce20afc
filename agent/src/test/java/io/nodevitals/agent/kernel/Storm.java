// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Runs src/test/c/storm.c: a process that joins a cgroup, does one thing at full speed and says how often it did. */
final class Storm implements AutoCloseable {
    // In an emulated machine everything takes longer: nodevitals.test.patience says how many times.
    private static final int PATIENCE = Integer.getInteger("nodevitals.test.patience", 1);

    private final Process process;

    private Storm(Process process) {
        this.process = process;
    }

    /** That many on a real machine; in an emulated one, which is some ten times slower, a tenth. */
    static int scaled(int count) {
        return PATIENCE == 1 ? count : count / 10;
    }

    static Storm start(TestCgroup cgroup, String action, long count, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(CProgram.build("storm", "-static").toString(), cgroup.procs(), action, Long.toString(count)));
        command.addAll(List.of(arguments));
        return new Storm(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Runs to the end. */
    static Map<String, Long> run(TestCgroup cgroup, String action, long count, String... arguments)
            throws IOException, InterruptedException {
        try (Storm storm = start(cgroup, action, count, arguments)) {
            return storm.await();
        }
    }

    long pid() {
        return process.pid();
    }

    /** Waits for its end; what it did, by name, such as {@code signal=40000}. */
    Map<String, Long> await() throws IOException, InterruptedException {
        if (!process.waitFor(60L * PATIENCE, TimeUnit.SECONDS)) {
            throw new IOException("the storm runs for " + 60 * PATIENCE + " s: pid=" + pid());
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        if (process.exitValue() != 0 || said.isEmpty()) {
            throw new IOException("the storm ended with exit code " + process.exitValue() + ": " + said);
        }
        Map<String, Long> done = new TreeMap<>();
        String[] words = said.split(" ");
        for (int i = 0; i < words.length; i += 2) {
            done.put(words[i], Long.valueOf(words[i + 1]));
        }
        return done;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
