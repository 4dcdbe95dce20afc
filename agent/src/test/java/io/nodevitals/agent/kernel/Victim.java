// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs src/test/c/victim.c: a process that joins a cgroup and does one known thing. */
final class Victim implements AutoCloseable {
    // In an emulated machine everything takes longer: nodevitals.test.patience says how many times.
    private static final int PATIENCE_SECONDS = 60 * Integer.getInteger("nodevitals.test.patience", 1);

    private final Process process;

    private Victim(Process process) {
        this.process = process;
    }

    /** Compiles it when that has not been done; static, so that it makes no system call but its own. */
    static Path binary() throws IOException, InterruptedException {
        return CProgram.build("victim", "-static");
    }

    /** Runs to the end. */
    static Ended run(TestCgroup cgroup, String... action) throws IOException, InterruptedException {
        try (Victim victim = start(cgroup, action)) {
            return victim.await();
        }
    }

    static Victim start(TestCgroup cgroup, String... action) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(binary().toString(), cgroup.procs()));
        command.addAll(List.of(action));
        return new Victim(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    long pid() {
        return process.pid();
    }

    /** Waits for the line that action "wait" says once it is in its cgroup. */
    void awaitReady() throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = reader.readLine();
        if (!"ready".equals(line)) {
            throw new IOException("the victim said: " + line);
        }
    }

    /** By SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    Ended await() throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("the victim runs for " + PATIENCE_SECONDS + " s: pid=" + pid());
        }
        return new Ended(pid(), process.exitValue());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** How it ended; the JVM gives 128 + signal for a signal. */
    record Ended(long pid, int exitCode) {}
}
