// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds a connection to its course: one request in time, one answer in time, then the end. Every connection serves one request:
 * there is no pipelining to bound and no idle connection to keep.
 *
 * <p>First handler of the pipeline, on the connection's event loop.
 */
// What cannot be written or closed has lost its connection, which is the same end.
@SuppressWarnings("FutureReturnValueIgnored")
final class ConnectionGuard extends ChannelInboundHandlerAdapter {
    private static final long MOST_DISCARDED_BYTES = 1 << 20;

    private final HttpLimits limits;
    private final AgentCounters counters;
    private @Nullable Future<?> deadline;
    private boolean answering;
    private long discardedBytes;

    ConnectionGuard(HttpLimits limits, AgentCounters counters) {
        this.limits = limits;
        this.counters = counters;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        closeAfter(ctx, limits.request(), true);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!answering) {
            ctx.fireChannelRead(message);
            return;
        }
        discardedBytes += ((ByteBuf) message).readableBytes();
        ReferenceCountUtil.release(message);
        if (discardedBytes > MOST_DISCARDED_BYTES) {
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancelDeadline();
        ctx.fireChannelInactive();
    }

    /** The request is known: whatever else the client sends is discarded, and it has to take the answer in time. */
    void beginAnswer(ChannelHandlerContext ctx) {
        answering = true;
        closeAfter(ctx, limits.response(), true);
    }

    /** As {@link #beginAnswer}, for an answer that has no end. */
    void beginStream() {
        answering = true;
        cancelDeadline();
    }

    /**
     * Ends the connection once the write is done: sends the end of the stream, and goes on reading for a moment, since closing a
     * socket with unread bytes makes the kernel send a reset that can overtake the answer.
     */
    void endAfter(ChannelHandlerContext ctx, ChannelFuture write) {
        write.addListener((ChannelFutureListener) written -> {
            if (!written.isSuccess()) {
                ctx.close();
                return;
            }
            closeAfter(ctx, limits.linger(), false);
            ((SocketChannel) ctx.channel()).shutdownOutput();
        });
    }

    private void closeAfter(ChannelHandlerContext ctx, Duration delay, boolean counted) {
        cancelDeadline();
        Runnable close = () -> {
            if (counted) {
                counters.increment(AgentCounter.HTTP_TIMEOUTS);
            }
            ctx.close();
        };
        deadline = ctx.executor().schedule(close, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }
}
