// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.channel.Channel;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.nodevitals.agent.config.ListenAddress;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEventSink;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The local HTTP server: page, API, event stream, health and /metrics on a loopback address; health and /metrics alone on a
 * second one when set. One daemon thread serves both listeners.
 *
 * <p>It is also the sink that feeds its event lists and its stream. Thread-safe.
 */
public final class HttpServer implements AutoCloseable, TelemetryEventSink {
    /** How many events of a kind the API remembers. */
    static final int RECENT_EVENTS = 256;

    private final MultiThreadIoEventLoopGroup group;
    private final RecentEvents terminations = new RecentEvents("nodevitals.process.terminated", RECENT_EVENTS);
    private final RecentEvents execFailures = new RecentEvents("nodevitals.exec.failed", RECENT_EVENTS);
    private final EventStream stream;
    private final List<Channel> listeners = new ArrayList<>();
    private volatile AgentView view;

    private HttpServer(AgentView starting, AgentCounters counters, HttpLimits limits) {
        this.view = starting;
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("nodevitals-http", true), NioIoHandler.newFactory());
        this.stream = new EventStream(group.next(), limits, counters);
    }

    /**
     * Listens where the settings say.
     *
     * @param starting what is shown until {@link #show}
     * @param counters to count into
     * @throws HttpBindException when an address cannot be had; then nothing is left listening
     */
    public static HttpServer start(Settings settings, AgentView starting, AgentCounters counters)
            throws HttpBindException {
        return start(
                settings.get(Setting.HTTP_ADDRESS),
                settings.get(Setting.METRICS_ADDRESS),
                starting,
                counters,
                HttpLimits.DEFAULT);
    }

    static HttpServer start(
            ListenAddress http,
            Optional<ListenAddress> metrics,
            AgentView starting,
            AgentCounters counters,
            HttpLimits limits)
            throws HttpBindException {
        HttpServer server = new HttpServer(starting, counters, limits);
        Routes all = Routes.ofAll(() -> server.view, counters, server.terminations, server.execFailures, server.stream);
        Routes some = Routes.ofMetrics(() -> server.view, counters);
        try {
            Listener listener = new Listener(all, true, limits, counters);
            server.listeners.add(listener.bind(server.group, Setting.HTTP_ADDRESS, http));
            if (metrics.isPresent()) {
                Listener second = new Listener(some, false, limits, counters);
                server.listeners.add(second.bind(server.group, Setting.METRICS_ADDRESS, metrics.get()));
            }
        } catch (HttpBindException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** From now on shows this. */
    public void show(AgentView shown) {
        view = shown;
    }

    /** Where page, API and /metrics are; the port is the real one when 0 was asked for. */
    public InetSocketAddress httpAddress() {
        return (InetSocketAddress) listeners.get(0).localAddress();
    }

    /** Where the second listener is, if there is one. */
    public Optional<InetSocketAddress> metricsAddress() {
        return listeners.stream()
                .skip(1)
                .map(listener -> (InetSocketAddress) listener.localAddress())
                .findFirst();
    }

    @Override
    public void accept(TelemetryEvent event) {
        terminations.accept(event);
        execFailures.accept(event);
        stream.accept(event);
    }

    /** Closes listeners and connections; waits at most two seconds. Idempotent. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
