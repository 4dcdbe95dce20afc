// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** scripts/nodevitals as a user starts it: a process of its own with its output, its signals and its exit code. */
final class AgentProcess implements AutoCloseable {
    /** Any free port: an agent of somebody else's may hold the usual one. */
    static final String[] RUN = {"run", "--http-address", "127.0.0.1:0"};

    private static final Path SCRIPT =
            Path.of("../scripts/nodevitals").toAbsolutePath().normalize();
    private static final Pattern URL = Pattern.compile("Page and /metrics: (http://[^ ]+)/ ");
    // In an emulated machine everything takes longer: nodevitals.test.patience says how many times.
    private static final long PATIENCE_SECONDS = 30L * Integer.getInteger("nodevitals.test.patience", 1);
    private static final String JAVA_OPTIONS = System.getProperty("nodevitals.test.java.options", "");

    private final Process process;
    private final Output out;
    private final Output err;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private AgentProcess(Process process) {
        this.process = process;
        this.out = new Output("stdout", process.getInputStream());
        this.err = new Output("stderr", process.getErrorStream());
    }

    /**
     * Starts it with nothing of this JVM's own settings.
     *
     * @param environment added to the inherited one
     * @param prefix a command that execs what follows, such as setpriv; "sh -c" gets it as "$@"
     */
    static AgentProcess start(Map<String, String> environment, List<String> prefix, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(SCRIPT.toString());
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("NODEVITALS_") || name.startsWith("OTEL_"));
        if (!JAVA_OPTIONS.isEmpty()) {
            builder.environment().put("NODEVITALS_JAVA_OPTIONS", JAVA_OPTIONS);
        }
        builder.environment().putAll(environment);
        return new AgentProcess(builder.start());
    }

    /** A started agent that has said so. */
    static AgentProcess running(Map<String, String> environment) throws IOException {
        AgentProcess agent = start(environment, List.of(), RUN);
        try {
            agent.url();
            return agent;
        } catch (AssertionError e) {
            agent.close();
            throw e;
        }
    }

    /** Skips the test where an unprivileged user cannot even read the build. */
    static void requireReadableByAnyone() throws IOException {
        for (Path path = SCRIPT.getParent(); path != null; path = path.getParent()) {
            Assumptions.assumeTrue(
                    Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE),
                    "SKIPPED without root: other users may not enter " + path);
        }
    }

    /** How it ended by itself. */
    record Ended(int exitCode, String out, String err) {}

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Where it serves, without a slash at the end; awaits the line that says so. */
    String url() {
        Matcher matcher = URL.matcher(
                out.await("the start line", line -> URL.matcher(line).find(), err));
        if (!matcher.find()) {
            throw new IllegalStateException("the start line has no URL");
        }
        return matcher.group(1);
    }

    String awaitOut(String what, Predicate<String> condition) {
        return out.await(what, condition, err);
    }

    String awaitErr(String what, Predicate<String> condition) {
        return err.await(what, condition, err);
    }

    /** What it has printed on stdout, line by line; bytes that are no UTF-8 make it fail. */
    List<String> lines() {
        return out.lines();
    }

    /** An answer of its HTTP server; a body that is no UTF-8 makes it fail. */
    record Page(int status, String body) {}

    Page get(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(URI.create(url() + path)).build(), HttpResponse.BodyHandlers.ofByteArray());
        return new Page(response.statusCode(), utf8(response.body()));
    }

    /** Sends it a signal by number. */
    void signal(int number) throws IOException, InterruptedException {
        int exitCode = new ProcessBuilder("kill", "-" + number, Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (exitCode != 0) {
            throw new IOException("kill -" + number + " " + pid() + ": exit code " + exitCode);
        }
    }

    Ended awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("runs after " + PATIENCE_SECONDS + " s: " + out.lines() + err.lines());
        }
        out.awaitEnd();
        err.awaitEnd();
        return new Ended(process.exitValue(), String.join("\n", out.lines()), String.join("\n", err.lines()));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("no UTF-8: " + new String(bytes, StandardCharsets.ISO_8859_1), e);
        }
    }

    /** Lines as they come; what ends one is a line feed and nothing else. */
    private static final class Output {
        private final List<byte[]> lines = new ArrayList<>();
        private final Thread reader;
        private boolean ended;

        Output(String name, InputStream stream) {
            reader = new Thread(() -> read(stream), "agent-" + name);
            reader.setDaemon(true);
            reader.start();
        }

        private void read(InputStream stream) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            try (stream) {
                for (int next = stream.read(); next >= 0; next = stream.read()) {
                    if (next == '\n') {
                        add(line.toByteArray());
                        line.reset();
                    } else {
                        line.write(next);
                    }
                }
            } catch (IOException closed) {
                add(("(stream closed: " + closed.getMessage() + ")").getBytes(StandardCharsets.UTF_8));
            }
            if (line.size() > 0) {
                add(line.toByteArray());
            }
            end();
        }

        private synchronized void add(byte[] line) {
            lines.add(line);
            notifyAll();
        }

        private synchronized void end() {
            ended = true;
            notifyAll();
        }

        synchronized List<String> lines() {
            return lines.stream().map(AgentProcess::utf8).toList();
        }

        synchronized String await(String what, Predicate<String> condition, Output errors) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            for (int next = 0; ; ) {
                while (next < lines.size()) {
                    String line = utf8(lines.get(next++));
                    if (condition.test(line)) {
                        return line;
                    }
                }
                long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
                if (leftMillis <= 0 || ended) {
                    throw new AssertionError("never came: " + what + "; " + lines() + errors.lines());
                }
                try {
                    wait(leftMillis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for " + what, e);
                }
            }
        }

        void awaitEnd() throws InterruptedException {
            reader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        }
    }
}
