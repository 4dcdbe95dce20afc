// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import com.google.protobuf.MessageLite;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A real OTLP backend for tests: gRPC (HTTP/2, plain or TLS) and http/protobuf (HTTP/1.1) on one port of 127.0.0.1, gzip or
 * not, decoded with the official protobuf classes. Answers success unless told otherwise. Thread-safe.
 */
public final class OtlpReceiver implements AutoCloseable {
    // In an emulated machine everything takes longer: nodevitals.test.patience says how many times.
    private static final Duration PATIENCE =
            Duration.ofSeconds(30L * Integer.getInteger("nodevitals.test.patience", 1));

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Request> requests = new ArrayList<>();
    private final Deque<Reply> replies = new ArrayDeque<>();
    private final List<String> undecodable = new ArrayList<>();
    private final Channel channel;
    private final boolean tls;
    private boolean holding;

    /**
     * One request as it arrived.
     *
     * @param path such as /v1/metrics or /opentelemetry.proto.collector.metrics.v1.MetricsService/Export
     * @param headers names in lower case
     * @param encoding of the body: gzip or identity
     * @param message decoded
     */
    public record Request(String path, Map<String, String> headers, String encoding, MessageLite message) {}

    /**
     * What to answer.
     *
     * @param status of HTTP; gRPC always answers 200
     * @param grpcStatus 0 is OK
     * @param rejected items of the partial success, with {@code message}
     * @param message of the partial success, or of the error
     */
    public record Reply(int status, int grpcStatus, long rejected, String message) {
        public static final Reply OK = new Reply(200, 0, 0, "");

        public static Reply partialSuccess(long rejected, String message) {
            return new Reply(200, 0, rejected, message);
        }

        public static Reply error(int httpStatus, int grpcStatus, String message) {
            return new Reply(httpStatus, grpcStatus, 0, message);
        }
    }

    private OtlpReceiver(int port, @Nullable SslContext tls) {
        this.tls = tls != null;
        this.channel = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new OtlpReceiverChannel(this, tls))
                .bind("127.0.0.1", port)
                .syncUninterruptibly()
                .channel();
    }

    /** A plain-text receiver on a free port. */
    public static OtlpReceiver start() {
        return new OtlpReceiver(0, null);
    }

    /** A plain-text receiver on this port. */
    public static OtlpReceiver start(int port) {
        return new OtlpReceiver(port, null);
    }

    /** A receiver that only speaks TLS, on a free port; the context should offer h2 and http/1.1 by ALPN. */
    public static OtlpReceiver start(SslContext tls) {
        return new OtlpReceiver(0, tls);
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** For OTEL_EXPORTER_OTLP_ENDPOINT, whatever the protocol. */
    public String endpoint() {
        return (tls ? "https" : "http") + "://localhost:" + port();
    }

    /** Answers the next requests so, in order, then success again. */
    public synchronized void reply(Reply... next) {
        replies.addAll(List.of(next));
    }

    /** Leaves requests unanswered from now on; they are recorded all the same. */
    public synchronized void hold() {
        holding = true;
    }

    /** Everything received so far. */
    public synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Requests and connections that could not be understood. */
    public synchronized List<String> undecodable() {
        return List.copyOf(undecodable);
    }

    public List<ResourceMetrics> resourceMetrics() {
        return messages(ExportMetricsServiceRequest.class).stream()
                .flatMap(message -> message.getResourceMetricsList().stream())
                .toList();
    }

    public List<ResourceSpans> resourceSpans() {
        return messages(ExportTraceServiceRequest.class).stream()
                .flatMap(message -> message.getResourceSpansList().stream())
                .toList();
    }

    public List<ResourceLogs> resourceLogs() {
        return messages(ExportLogsServiceRequest.class).stream()
                .flatMap(message -> message.getResourceLogsList().stream())
                .toList();
    }

    private <T> List<T> messages(Class<T> type) {
        return requests().stream()
                .map(Request::message)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** Waits until what has been received satisfies the condition, at most 30 s; looks again at each request. */
    public synchronized void await(String what, Predicate<OtlpReceiver> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.test(this)) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                throw new AssertionError("within " + PATIENCE + " never came: " + what + "; requests=" + requests.size()
                        + " undecodable=" + undecodable);
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + what, e);
            }
        }
    }

    /** Records a request; its answer, or null to leave it without one. */
    synchronized @Nullable Reply received(Request request) {
        requests.add(request);
        notifyAll();
        if (holding) {
            return null;
        }
        Reply reply = replies.poll();
        return reply == null ? Reply.OK : reply;
    }

    synchronized void failed(String why) {
        undecodable.add(why);
        notifyAll();
    }

    /** Closes the port and every connection. */
    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
