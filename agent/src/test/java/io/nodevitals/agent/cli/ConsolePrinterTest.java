// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nodevitals.agent.Samples;
import io.nodevitals.otel.model.TelemetryEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ConsolePrinterTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void aTerminalThatStandsStillHoldsUpNobodyAndTheMissingLinesAreCounted() throws InterruptedException {
        CountDownLatch printing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ConsolePrinter printer = new ConsolePrinter(
                out,
                event -> {
                    printing.countDown();
                    awaitQuietly(goOn);
                    return Optional.of(event.summary());
                },
                () -> {});
        try (printer) {
            printer.start();
            printer.accept(event(0));
            printing.await();
            for (int i = 1; i <= 5000; i++) {
                printer.accept(event(i));
            }
            goOn.countDown();
            await().until(() -> text().contains("f4096 is missing"));
        }
        assertThat(text()).contains("(904 events are not shown here: they came faster than they could be printed)");
        assertThat(text().lines()).hasSize(1 + 4096 + 1);
    }

    @Test
    void theStatusLineComesAgainAndAgain() {
        ConsolePrinter printer = new ConsolePrinter(out, event -> Optional.empty(), () -> {});
        try (printer) {
            printer.start(Duration.ofMillis(1), () -> "status: fine");
            await().until(() -> text().lines().filter("status: fine"::equals).count() >= 3);
        }
    }

    @Test
    void whatIsQueuedIsPrintedBeforeTheEnd() {
        ConsolePrinter printer = new ConsolePrinter(out, event -> Optional.of(event.summary()), () -> {});
        try (printer) {
            for (int i = 0; i < 100; i++) {
                printer.accept(event(i));
            }
            printer.start();
        }
        assertThat(text().lines()).hasSize(100);
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static TelemetryEvent event(int number) {
        return Samples.execFailed(Samples.host(), "f" + number);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
