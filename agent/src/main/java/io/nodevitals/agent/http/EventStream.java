// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEventSink;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events: each event a {@code data:} line with {@link EventJson}. A client that reads too slowly is disconnected, not
 * waited for: what it has not taken is bounded by the channel's write buffer.
 *
 * <p>{@link #accept} may be called by any thread; all else happens on the event loop.
 */
// What cannot be written or closed has lost its connection, which is the same end.
@SuppressWarnings("FutureReturnValueIgnored")
final class EventStream implements TelemetryEventSink {
    private final EventLoop loop;
    private final HttpLimits limits;
    private final AgentCounters counters;
    private final Map<Channel, Client> clients = new LinkedHashMap<>();
    private final AtomicInteger clientCount = new AtomicInteger();
    private final AtomicInteger backlog = new AtomicInteger();
    private final AtomicLong droppedUntold = new AtomicLong();

    private static final class Client {
        final ChannelHandlerContext ctx;

        @Nullable
        ChannelFuture heartbeat;

        Client(ChannelHandlerContext ctx) {
            this.ctx = ctx;
        }
    }

    EventStream(EventLoop loop, HttpLimits limits, AgentCounters counters) {
        this.loop = loop;
        this.limits = limits;
        this.counters = counters;
        long millis = limits.heartbeat().toMillis();
        loop.scheduleAtFixedRate(this::beat, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Whether another client may join; if not, that is counted. */
    boolean hasRoom() {
        if (clients.size() < limits.streamClients()) {
            return true;
        }
        counters.increment(AgentCounter.STREAM_CLIENTS_REFUSED);
        return false;
    }

    /** Takes over a connection whose response headers are written. */
    void join(ChannelHandlerContext ctx) {
        clients.put(ctx.channel(), new Client(ctx));
        clientCount.incrementAndGet();
        ctx.channel().closeFuture().addListener(closed -> {
            clients.remove(ctx.channel());
            clientCount.decrementAndGet();
        });
        write(ctx, "retry: 2000\n: from here on\n\n");
    }

    @Override
    public void accept(TelemetryEvent event) {
        if (clientCount.get() == 0) {
            return;
        }
        if (backlog.incrementAndGet() > limits.streamBacklogEvents()) {
            drop();
            return;
        }
        try {
            loop.execute(() -> publish(event));
        } catch (RejectedExecutionException e) {
            // The server is closing: nobody is left to tell.
            drop();
        }
    }

    private void drop() {
        backlog.decrementAndGet();
        droppedUntold.incrementAndGet();
        counters.increment(AgentCounter.STREAM_EVENTS_DROPPED);
    }

    private void publish(TelemetryEvent event) {
        backlog.decrementAndGet();
        long dropped = droppedUntold.getAndSet(0);
        if (dropped > 0) {
            broadcast("event: dropped\ndata: {\"count\":" + dropped + "}\n\n");
        }
        broadcast("data: " + EventJson.toJson(event) + "\n\n");
    }

    private void broadcast(String text) {
        for (Client client : List.copyOf(clients.values())) {
            if (client.ctx.channel().isWritable()) {
                write(client.ctx, text);
            } else {
                disconnect(client);
            }
        }
    }

    private void beat() {
        List<Client> slow = new ArrayList<>();
        for (Client client : clients.values()) {
            if (client.heartbeat != null && !client.heartbeat.isDone()) {
                slow.add(client);
            } else {
                client.heartbeat = write(client.ctx, ":\n\n");
            }
        }
        slow.forEach(this::disconnect);
    }

    private void disconnect(Client client) {
        if (clients.containsKey(client.ctx.channel())) {
            counters.increment(AgentCounter.STREAM_CLIENTS_DROPPED);
            client.ctx.close();
        }
    }

    private static ChannelFuture write(ChannelHandlerContext ctx, String text) {
        return ctx.writeAndFlush(new DefaultHttpContent(ByteBufUtil.writeUtf8(ctx.alloc(), text)));
    }
}
