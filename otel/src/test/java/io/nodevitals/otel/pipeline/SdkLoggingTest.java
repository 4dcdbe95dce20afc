// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the SDK writes through java.util.logging comes out as single lines, once. */
class SdkLoggingTest {
    private final List<String> lines = new ArrayList<>();
    private final List<String> elsewhere = new ArrayList<>();
    private final Handler root = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            elsewhere.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listenAtTheRoot() {
        Logger.getLogger("").addHandler(root);
    }

    @AfterEach
    void stopListening() {
        Logger.getLogger("").removeHandler(root);
    }

    @Test
    void aRepeatedWarningWithAStackTraceIsOneLineAndNothingReachesTheRoot() {
        Logger logger = Logger.getLogger("io.opentelemetry.sdk.example");
        SdkLogging logging = SdkLogging.install(lines::add);
        for (int i = 0; i < 5; i++) {
            logger.log(Level.WARNING, "dropped " + i + " spans\n\u001b[31m", new IllegalStateException("queue\nfull"));
        }
        Logger.getLogger("okhttp3.OkHttpClient").warning("leaked connection");
        Logger.getLogger("io.opentelemetry.exporter.otlp.internal.GrpcExporter").severe("Failed to export");
        logger.info("not for people");
        logging.close();
        assertThat(lines)
                .containsExactly(
                        "OpenTelemetry SDK: dropped 0 spans  [31m: java.lang.IllegalStateException: queue full",
                        "OpenTelemetry SDK: leaked connection");
        assertThat(elsewhere).isEmpty();
    }

    @Test
    void theLoggersAreGivenBackAtTheEnd() {
        SdkLogging first = SdkLogging.install(lines::add);
        SdkLogging second = SdkLogging.install(lines::add);
        first.close();
        second.close();
        Logger.getLogger("io.opentelemetry.sdk.example").warning("after");
        assertThat(lines).isEmpty();
        assertThat(elsewhere).containsExactly("after");
    }
}
