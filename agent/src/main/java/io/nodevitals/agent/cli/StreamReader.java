// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** Reads server-sent events as the agent writes them: one {@code data:} line each. */
final class StreamReader {
    private final InputStream stream;
    private final PrintStream notices;
    private final CompletableFuture<End> end = new CompletableFuture<>();

    /** How it ended: an exit code, and what to say of it. */
    private record End(int exitCode, String notice) {
        static final End WANTED = new End(ExitCode.FINE, "");
    }

    StreamReader(InputStream stream, PrintStream notices) {
        this.stream = stream;
        this.notices = notices;
    }

    /** Makes {@link #read} return. Any thread. */
    void stop() {
        end.complete(End.WANTED);
    }

    /**
     * Hands over events until the time is up, {@link #stop}, the consumer's false or the stream's end.
     *
     * @return an exit code
     */
    int read(Duration limit, Predicate<EventLine> consumer) throws InterruptedException, IOException {
        Thread thread = new Thread(() -> readAll(consumer), "nodevitals-trace");
        thread.setDaemon(true);
        try (stream) {
            thread.start();
            End ended = awaitEnd(limit);
            // Said here and not by the reading thread: who gets the exit code has had the notice.
            if (!ended.notice().isEmpty()) {
                notices.println(ended.notice());
            }
            return ended.exitCode();
        }
    }

    // Completes the end before the stream is closed: the reader then knows that nothing broke.
    private End awaitEnd(Duration limit) throws InterruptedException {
        try {
            return end.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            stop();
            return end.getNow(End.WANTED);
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing completes the end exceptionally", e);
        }
    }

    private void readAll(Predicate<EventLine> consumer) {
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            boolean aboutDrops = false;
            for (String line = lines.readLine(); line != null && !end.isDone(); line = lines.readLine()) {
                if (line.startsWith("event: ")) {
                    aboutDrops = line.equals("event: dropped");
                } else if (line.isEmpty()) {
                    aboutDrops = false;
                } else if (line.startsWith("data: ")
                        && !take(line.substring("data: ".length()), aboutDrops, consumer)) {
                    stop();
                    return;
                }
            }
            finish("The agent ended the stream: it stopped, or this terminal was too slow for it.");
        } catch (IOException e) {
            finish("The agent's stream broke off (" + Terminal.safe(String.valueOf(e.getMessage())) + ").");
        }
    }

    private boolean take(String data, boolean aboutDrops, Predicate<EventLine> consumer) throws IOException {
        if (aboutDrops) {
            notices.println(
                    "Events are missing here, more came at once than the agent could hand on: " + Terminal.safe(data));
            return true;
        }
        return consumer.test(EventLine.ofJson(data));
    }

    private void finish(String notice) {
        end.complete(new End(ExitCode.FOUND_PROBLEM, notice));
    }
}
