// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sets up a connection for HTTP/1.1 or HTTP/2, by ALPN under TLS and by the connection preface without. */
final class OtlpReceiverChannel extends ChannelInitializer<Channel> {
    private static final int MAX_BODY = 64 << 20;

    private final OtlpReceiver receiver;
    private final @Nullable SslContext tls;

    OtlpReceiverChannel(OtlpReceiver receiver, @Nullable SslContext tls) {
        this.receiver = receiver;
        this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (tls == null) {
            channel.pipeline().addLast(new PrefaceDetector());
            return;
        }
        channel.pipeline().addLast(tls.newHandler(channel.alloc()), new AlpnDetector());
    }

    private void http1(ChannelPipeline pipeline) {
        pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY), new OtlpReceiverHandler(receiver));
    }

    private void http2(ChannelPipeline pipeline) {
        pipeline.addLast(
                Http2FrameCodecBuilder.forServer().build(), new Http2MultiplexHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.pipeline()
                                .addLast(
                                        new Http2StreamFrameToHttpObjectCodec(true),
                                        new HttpObjectAggregator(MAX_BODY),
                                        new OtlpReceiverHandler(receiver));
                    }
                }));
    }

    private final class AlpnDetector extends ApplicationProtocolNegotiationHandler {
        AlpnDetector() {
            super(ApplicationProtocolNames.HTTP_1_1);
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext context, String protocol) {
            if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                http2(context.pipeline());
            } else {
                http1(context.pipeline());
            }
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // nothing to do when closing fails
        protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
            receiver.failed("TLS handshake: " + cause);
            context.close();
        }
    }

    /** RFC 9113 section 3.4: an HTTP/2 connection starts with "PRI * HTTP/2.0". */
    private final class PrefaceDetector extends ByteToMessageDecoder {
        private static final int ENOUGH = 4;

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            if (in.readableBytes() < ENOUGH) {
                return;
            }
            byte[] start = ByteBufUtil.getBytes(in, in.readerIndex(), ENOUGH);
            if (new String(start, StandardCharsets.US_ASCII).equals("PRI ")) {
                http2(context.pipeline());
            } else {
                http1(context.pipeline());
            }
            context.pipeline().remove(this);
        }
    }
}
