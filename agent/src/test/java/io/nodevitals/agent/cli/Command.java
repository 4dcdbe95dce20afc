// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A command line as a test runs it, with a machine that has everything unless told otherwise. */
final class Command {
    final FakeAgent agent = new FakeAgent();
    final Map<String, String> environment = new HashMap<>();
    final AtomicInteger halted = new AtomicInteger(-1);
    final Shutdown shutdown = new Shutdown(halted::set);
    HostFacts host = new HostFacts(
            "6.18.0-test", "amd64", List.of(new HostFacts.Check("privileges", "CAP_SYS_ADMIN", null, true)));
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    int run(String... arguments) {
        PrintStream standardOut = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream standardErr = new PrintStream(err, true, StandardCharsets.UTF_8);
        return NodeVitals.execute(
                arguments,
                new CommandContext(environment, standardOut, standardErr, false, agent, () -> host, shutdown));
    }

    CompletableFuture<Integer> runAside(String... arguments) {
        CompletableFuture<Integer> exitCode = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            int code = run(arguments);
            shutdown.finish(code);
            exitCode.complete(code);
        });
        thread.setDaemon(true);
        thread.start();
        return exitCode;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    void awaitOut(String text) {
        await().atMost(30, TimeUnit.SECONDS).until(() -> out().contains(text));
    }

    void awaitErr(String text) {
        await().atMost(30, TimeUnit.SECONDS).until(() -> err().contains(text));
    }
}
