// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes over what the SDK and its HTTP client write through java.util.logging, which would go to standard error with a stack
 * trace each time: one line per kind of warning, and nothing of failed exports, which {@link BackendHealth} reports.
 */
final class SdkLogging extends Handler {
    /** Held strongly, or the loggers and their settings could be collected. */
    private static final List<Logger> ROOTS =
            List.of(Logger.getLogger("io.opentelemetry"), Logger.getLogger("okhttp3"), Logger.getLogger("okio"));

    private static final Set<String> FAILED_EXPORTS = Set.of(
            "io.opentelemetry.exporter.otlp.internal.HttpExporter",
            "io.opentelemetry.exporter.otlp.internal.GrpcExporter");
    private static final int MAX_KINDS = 100;
    private static int installed;

    private final Consumer<String> log;
    private final Set<String> kindsSeen = new HashSet<>();

    private SdkLogging(Consumer<String> log) {
        this.log = log;
    }

    static SdkLogging install(Consumer<String> log) {
        SdkLogging handler = new SdkLogging(log);
        synchronized (SdkLogging.class) {
            installed++;
            for (Logger root : ROOTS) {
                root.setUseParentHandlers(false);
                root.addHandler(handler);
            }
        }
        return handler;
    }

    @Override
    public void publish(@Nullable LogRecord entry) {
        if (entry == null
                || entry.getLevel().intValue() < Level.WARNING.intValue()
                || FAILED_EXPORTS.contains(entry.getLoggerName())
                || "Exporter failed".equals(entry.getMessage())) {
            return;
        }
        Throwable thrown = entry.getThrown();
        String kind = entry.getLoggerName() + " "
                + String.valueOf(entry.getMessage()).replaceAll("\\d+", "#")
                + (thrown == null ? "" : thrown.getClass().getName());
        synchronized (kindsSeen) {
            if (kindsSeen.size() >= MAX_KINDS || !kindsSeen.add(kind)) {
                return;
            }
        }
        log.accept("OpenTelemetry SDK: " + Text.line(entry.getMessage() + (thrown == null ? "" : ": " + thrown)));
    }

    @Override
    public void flush() {}

    /** Gives the loggers back. */
    @Override
    public void close() {
        synchronized (SdkLogging.class) {
            installed--;
            for (Logger root : ROOTS) {
                root.removeHandler(this);
                root.setUseParentHandlers(installed == 0);
            }
        }
    }
}
