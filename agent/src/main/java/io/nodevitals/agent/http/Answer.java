// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.stream.ChunkedInput;
import java.nio.charset.StandardCharsets;

/** The answer to a connection's one request; exactly one of its sending methods is called. On the event loop. */
// What cannot be written or closed has lost its connection, which is the same end.
@SuppressWarnings("FutureReturnValueIgnored")
final class Answer {
    private final ChannelHandlerContext ctx;
    private final ConnectionGuard guard;
    private final boolean headOnly;
    private final HttpHeaders headers = new DefaultHttpHeaders();

    Answer(ChannelHandlerContext ctx, ConnectionGuard guard, boolean headOnly) {
        this.ctx = ctx;
        this.guard = guard;
        this.headOnly = headOnly;
        headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        headers.set("x-content-type-options", "nosniff");
        headers.set("cross-origin-resource-policy", "same-origin");
        headers.set("referrer-policy", "no-referrer");
    }

    void header(CharSequence name, String value) {
        headers.set(name, value);
    }

    void text(HttpResponseStatus status, String text) {
        whole(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    void json(String text) {
        whole(HttpResponseStatus.OK, "application/json", text.getBytes(StandardCharsets.UTF_8));
    }

    void whole(HttpResponseStatus status, String contentType, byte[] body) {
        guard.beginAnswer(ctx);
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        response.headers().set(headers);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
        // The codec leaves the body out of an answer to HEAD; the length stays.
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        guard.endAfter(ctx, ctx.writeAndFlush(response));
    }

    void chunked(String contentType, ChunkedInput<ByteBuf> body) {
        guard.beginAnswer(ctx);
        HttpResponse response = start(contentType);
        response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        ctx.write(response);
        guard.endAfter(
                ctx,
                headOnly
                        ? ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                        : ctx.writeAndFlush(new HttpChunkedInput(body)));
    }

    void stream(EventStream stream) {
        HttpResponse response = start("text/event-stream");
        if (headOnly) {
            guard.beginAnswer(ctx);
            ctx.write(response);
            guard.endAfter(ctx, ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
            return;
        }
        guard.beginStream();
        // No length and not chunked: the body ends with the connection.
        ctx.write(response);
        stream.join(ctx);
    }

    private HttpResponse start(String contentType) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set(headers);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
        return response;
    }
}
