// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sees the answer to each request. The SDK's exporters say only whether a request succeeded; what the backend refused is in the
 * response, which their senders receive. So the senders are wrapped where the SDK looks for them: in the component loader.
 * Thread-safe.
 */
final class SenderTap implements ComponentLoader {
    private static final Set<Integer> RETRYABLE_HTTP = Set.of(429, 502, 503, 504);
    private static final Set<GrpcStatusCode> RETRYABLE_GRPC = Set.of(
            GrpcStatusCode.CANCELLED,
            GrpcStatusCode.DEADLINE_EXCEEDED,
            GrpcStatusCode.RESOURCE_EXHAUSTED,
            GrpcStatusCode.ABORTED,
            GrpcStatusCode.OUT_OF_RANGE,
            GrpcStatusCode.UNAVAILABLE,
            GrpcStatusCode.DATA_LOSS);

    /** Exporters call their sender on the thread that called them, so this ties the request to its attempt. */
    private static final ThreadLocal<@Nullable ExportAttempt> CURRENT = new ThreadLocal<>();

    private final SenderThreads threads = new SenderThreads();
    private final ComponentLoader loader = ComponentLoader.forClassLoader(SenderTap.class.getClassLoader());

    /** Runs the export of one attempt. */
    static CompletableResultCode during(ExportAttempt attempt, Supplier<CompletableResultCode> export) {
        CURRENT.set(attempt);
        try {
            return export.get();
        } finally {
            CURRENT.remove();
        }
    }

    /** Ends the threads of all senders, and with them whatever is still being sent. */
    void close() {
        threads.close();
    }

    @Override
    public <T> Iterable<T> load(Class<T> spiClass) {
        Iterable<T> found = loader.load(spiClass);
        if (spiClass != HttpSenderProvider.class && spiClass != GrpcSenderProvider.class) {
            return found;
        }
        List<T> wrapped = StreamSupport.stream(found.spliterator(), false)
                .map(provider -> spiClass.cast(wrap(provider)))
                .toList();
        // The exporter picks by class name where there are several, and all of ours have the same.
        return wrapped.size() > 1 ? wrapped.subList(0, 1) : wrapped;
    }

    private Object wrap(Object provider) {
        if (provider instanceof HttpSenderProvider http) {
            return (HttpSenderProvider)
                    config -> new TappedHttpSender(http.createSender(threads.applyTo(HttpSenderConfig.class, config)));
        }
        GrpcSenderProvider grpc = (GrpcSenderProvider) provider;
        return (GrpcSenderProvider)
                config -> new TappedGrpcSender(grpc.createSender(threads.applyTo(GrpcSenderConfig.class, config)));
    }

    private static void answered(ExportAttempt attempt, HttpResponse response) {
        int status = response.getStatusCode();
        if (status >= 200 && status < 300) {
            attempt.accepted(PartialSuccess.parse(response.getResponseBody()));
        } else {
            String message = PartialSuccess.statusMessage(response.getResponseBody());
            attempt.refused(
                    RETRYABLE_HTTP.contains(status),
                    "HTTP " + status + " " + (message.isEmpty() ? response.getStatusMessage() : message));
        }
    }

    private static void answered(ExportAttempt attempt, GrpcResponse response) {
        GrpcStatusCode status = response.getStatusCode();
        if (status == GrpcStatusCode.OK) {
            attempt.accepted(PartialSuccess.parse(response.getResponseMessage()));
        } else {
            String description = response.getStatusDescription();
            attempt.refused(
                    RETRYABLE_GRPC.contains(status),
                    "gRPC status " + status + (description == null ? "" : " " + description));
        }
    }

    private static final class TappedHttpSender implements HttpSender {
        private final HttpSender sender;

        TappedHttpSender(HttpSender sender) {
            this.sender = sender;
        }

        @Override
        public void send(MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
            ExportAttempt attempt = CURRENT.get();
            if (attempt == null) {
                sender.send(message, onResponse, onError);
                return;
            }
            sender.send(
                    message,
                    response -> {
                        answered(attempt, response);
                        onResponse.accept(response);
                    },
                    error -> {
                        attempt.unanswered(error);
                        onError.accept(error);
                    });
        }

        @Override
        public CompletableResultCode shutdown() {
            return sender.shutdown();
        }
    }

    private static final class TappedGrpcSender implements GrpcSender {
        private final GrpcSender sender;

        TappedGrpcSender(GrpcSender sender) {
            this.sender = sender;
        }

        @Override
        public void send(MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
            ExportAttempt attempt = CURRENT.get();
            if (attempt == null) {
                sender.send(message, onResponse, onError);
                return;
            }
            sender.send(
                    message,
                    response -> {
                        answered(attempt, response);
                        onResponse.accept(response);
                    },
                    error -> {
                        attempt.unanswered(error);
                        onError.accept(error);
                    });
        }

        @Override
        public CompletableResultCode shutdown() {
            return sender.shutdown();
        }
    }
}
