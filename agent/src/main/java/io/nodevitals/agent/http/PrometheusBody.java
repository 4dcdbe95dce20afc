// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import org.jspecify.annotations.Nullable;

/** {@link PrometheusText} as a body that is rendered as fast as the client takes it. */
final class PrometheusBody implements ChunkedInput<ByteBuf> {
    private static final int CHUNK_CHARS = 32 << 10;

    private final PrometheusText text;
    private final StringBuilder chunk = new StringBuilder(CHUNK_CHARS + 4096);
    private boolean end;
    private long progress;

    PrometheusBody(PrometheusText text) {
        this.text = text;
    }

    @Override
    public boolean isEndOfInput() {
        return end;
    }

    @Override
    public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) {
        chunk.setLength(0);
        while (!end && chunk.length() < CHUNK_CHARS) {
            end = !text.appendNext(chunk);
        }
        progress += chunk.length();
        return ByteBufUtil.writeUtf8(allocator, chunk);
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // Netty's deprecation, not ours
    public @Nullable ByteBuf readChunk(ChannelHandlerContext ctx) {
        return readChunk(ctx.alloc());
    }

    @Override
    public long length() {
        return -1;
    }

    @Override
    public long progress() {
        return progress;
    }

    @Override
    public void close() {
        end = true;
    }
}
