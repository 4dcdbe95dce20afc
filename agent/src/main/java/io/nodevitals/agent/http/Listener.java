// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.nodevitals.agent.config.ListenAddress;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;

/** One listening socket and the pipeline of its connections. */
// What cannot be written or closed has lost its connection, which is the same end.
@SuppressWarnings("FutureReturnValueIgnored")
final class Listener extends ChannelInitializer<SocketChannel> {
    private final Routes routes;
    private final boolean loopbackOnly;
    private final HttpLimits limits;
    private final AgentCounters counters;
    // Only on the event loop: there is one.
    private int connections;

    Listener(Routes routes, boolean loopbackOnly, HttpLimits limits, AgentCounters counters) {
        this.routes = routes;
        this.loopbackOnly = loopbackOnly;
        this.limits = limits;
        this.counters = counters;
    }

    Channel bind(EventLoopGroup group, Setting<?> setting, ListenAddress address) throws HttpBindException {
        // Heap buffers from the collector: pooled arenas would cost this small server more than they save.
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.ALLOCATOR, allocator)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(limits.streamBacklogBytes() / 2, limits.streamBacklogBytes()))
                .childHandler(this)
                .bind(address.toSocketAddress())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new HttpBindException(setting, address, bound.cause());
        }
        return bound.channel();
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        if (connections >= limits.connections()) {
            counters.increment(AgentCounter.HTTP_CONNECTIONS_REFUSED);
            channel.close();
            return;
        }
        connections++;
        counters.increment(AgentCounter.HTTP_CONNECTIONS);
        channel.closeFuture().addListener(closed -> connections--);
        ConnectionGuard guard = new ConnectionGuard(limits, counters);
        HttpDecoderConfig decoder = new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.requestLineBytes())
                .setMaxHeaderSize(limits.headerBytes());
        channel.pipeline()
                .addLast(guard)
                .addLast(new HttpServerCodec(decoder))
                .addLast(new ChunkedWriteHandler())
                .addLast(new RequestHandler(routes, loopbackOnly, guard, counters));
    }
}
