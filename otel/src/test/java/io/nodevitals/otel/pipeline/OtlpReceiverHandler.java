// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.nodevitals.otel.pipeline.OtlpReceiver.Reply;
import io.nodevitals.otel.pipeline.OtlpReceiver.Request;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Decodes one OTLP request, whichever HTTP carried it, and answers it. */
final class OtlpReceiverHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final int GRPC_FRAME_HEADER = 5;

    private final OtlpReceiver receiver;

    OtlpReceiverHandler(OtlpReceiver receiver) {
        this.receiver = receiver;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a client that is gone is no failure of the receiver
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) throws IOException {
        Map<String, String> headers = new HashMap<>();
        http.headers().forEach(header -> headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
        boolean grpc = headers.getOrDefault("content-type", "").startsWith("application/grpc");
        byte[] body = ByteBufUtil.getBytes(http.content());
        String encoding = headers.getOrDefault(grpc ? "grpc-encoding" : "content-encoding", "identity");
        Request request = new Request(
                http.uri(), headers, encoding, decode(http.uri(), grpc ? unframe(body) : unzip(body, encoding)));
        Reply reply = receiver.received(request);
        if (reply != null) {
            context.writeAndFlush(grpc ? grpcResponse(request, reply) : httpResponse(request, reply));
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // nothing to do when closing fails
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        receiver.failed(cause.toString());
        context.close();
    }

    /** A frame: one byte compressed or not, four bytes length (grpc, PROTOCOL-HTTP2.md, Length-Prefixed-Message). */
    private static byte[] unframe(byte[] body) throws IOException {
        byte[] message = new byte[body.length - GRPC_FRAME_HEADER];
        System.arraycopy(body, GRPC_FRAME_HEADER, message, 0, message.length);
        return unzip(message, body[0] == 1 ? "gzip" : "identity");
    }

    private static byte[] unzip(byte[] bytes, String encoding) throws IOException {
        return encoding.equals("gzip") ? new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes() : bytes;
    }

    private static MessageLite decode(String path, byte[] body) throws IOException {
        if (isMetrics(path)) {
            return ExportMetricsServiceRequest.parseFrom(body);
        }
        if (isTraces(path)) {
            return ExportTraceServiceRequest.parseFrom(body);
        }
        if (path.endsWith("/v1/logs") || path.endsWith(".LogsService/Export")) {
            return ExportLogsServiceRequest.parseFrom(body);
        }
        throw new IOException("path=" + path + " is not OTLP");
    }

    private static boolean isMetrics(String path) {
        return path.endsWith("/v1/metrics") || path.endsWith(".MetricsService/Export");
    }

    private static boolean isTraces(String path) {
        return path.endsWith("/v1/traces") || path.endsWith(".TraceService/Export");
    }

    private static MessageLite response(String path, Reply reply) {
        boolean full = reply.rejected() == 0 && reply.message().isEmpty();
        if (isMetrics(path)) {
            return full
                    ? ExportMetricsServiceResponse.getDefaultInstance()
                    : ExportMetricsServiceResponse.newBuilder()
                            .setPartialSuccess(ExportMetricsPartialSuccess.newBuilder()
                                    .setRejectedDataPoints(reply.rejected())
                                    .setErrorMessage(reply.message()))
                            .build();
        }
        if (isTraces(path)) {
            return full
                    ? ExportTraceServiceResponse.getDefaultInstance()
                    : ExportTraceServiceResponse.newBuilder()
                            .setPartialSuccess(ExportTracePartialSuccess.newBuilder()
                                    .setRejectedSpans(reply.rejected())
                                    .setErrorMessage(reply.message()))
                            .build();
        }
        return full
                ? ExportLogsServiceResponse.getDefaultInstance()
                : ExportLogsServiceResponse.newBuilder()
                        .setPartialSuccess(ExportLogsPartialSuccess.newBuilder()
                                .setRejectedLogRecords(reply.rejected())
                                .setErrorMessage(reply.message()))
                        .build();
    }

    private static FullHttpResponse httpResponse(Request request, Reply reply) {
        boolean ok = reply.status() == HttpResponseStatus.OK.code();
        ByteBuf body =
                Unpooled.wrappedBuffer(ok ? response(request.path(), reply).toByteArray() : status(reply.message()));
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/x-protobuf")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        return response;
    }

    /** A google.rpc.Status with its message, field 2, alone; short messages only. */
    private static byte[] status(String message) {
        byte[] text = message.getBytes(StandardCharsets.UTF_8);
        byte[] status = new byte[text.length + 2];
        status[0] = 2 << 3 | 2;
        status[1] = (byte) text.length;
        System.arraycopy(text, 0, status, 2, text.length);
        return status;
    }

    private static FullHttpResponse grpcResponse(Request request, Reply reply) {
        byte[] message = response(request.path(), reply).toByteArray();
        ByteBuf body = reply.grpcStatus() == 0
                ? Unpooled.buffer().writeByte(0).writeInt(message.length).writeBytes(message)
                : Unpooled.EMPTY_BUFFER;
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/grpc");
        response.trailingHeaders().setInt("grpc-status", reply.grpcStatus());
        if (reply.grpcStatus() != 0) {
            response.trailingHeaders().set("grpc-message", reply.message());
        }
        return response;
    }
}
