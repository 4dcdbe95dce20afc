// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import java.io.IOException;

/** Checks a connection's one request and has it answered. On the connection's event loop. */
// What cannot be written or closed has lost its connection, which is the same end.
@SuppressWarnings("FutureReturnValueIgnored")
final class RequestHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final System.Logger LOG = System.getLogger(RequestHandler.class.getName());

    private final Routes routes;
    private final boolean loopbackOnly;
    private final ConnectionGuard guard;
    private final AgentCounters counters;
    private boolean answered;

    RequestHandler(Routes routes, boolean loopbackOnly, ConnectionGuard guard, AgentCounters counters) {
        this.routes = routes;
        this.loopbackOnly = loopbackOnly;
        this.guard = guard;
        this.counters = counters;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (answered || !(message instanceof HttpRequest request)) {
            return;
        }
        answered = true;
        Answer answer = new Answer(ctx, guard, request.method().equals(HttpMethod.HEAD));
        if (request.decoderResult().isFailure()) {
            reject(answer, ofMalformed(request.decoderResult().cause()), "The request could not be read.");
        } else if (loopbackOnly && !HostCheck.isLoopback(request)) {
            reject(
                    answer,
                    HttpResponseStatus.FORBIDDEN,
                    "This listener answers to localhost, 127.0.0.1 and [::1] only, not to the name in the Host header.");
        } else if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            answer.header(HttpHeaderNames.ALLOW, "GET, HEAD");
            reject(answer, HttpResponseStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD are answered.");
        } else if (HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0) {
            reject(answer, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "No request here has a body.");
        } else {
            route(answer, request);
        }
    }

    private void route(Answer answer, HttpRequest request) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        String path = query < 0 ? uri : uri.substring(0, query);
        Routes.Route route = routes.find(path);
        if (route == null) {
            reject(answer, HttpResponseStatus.NOT_FOUND, "There is nothing here. There is: " + routes.paths());
            return;
        }
        counters.increment(AgentCounter.HTTP_REQUESTS);
        try {
            route.answer(answer);
        } catch (RuntimeException e) {
            // What routes show is computed before anything is sent, so that there is still an answer to give.
            report(e);
            reject(
                    answer,
                    HttpResponseStatus.INTERNAL_SERVER_ERROR,
                    "This could not be computed; the agent's log says why.");
        }
    }

    private void reject(Answer answer, HttpResponseStatus status, String sentence) {
        counters.increment(AgentCounter.HTTP_REQUESTS_REJECTED);
        answer.text(status, sentence + '\n');
    }

    private static HttpResponseStatus ofMalformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return HttpResponseStatus.REQUEST_URI_TOO_LONG;
        }
        if (cause instanceof TooLongHttpHeaderException || cause instanceof TooLongFrameException) {
            return HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
        }
        return HttpResponseStatus.BAD_REQUEST;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A client that went away is no error of ours.
        if (!(cause instanceof IOException)) {
            report(cause);
        }
        ctx.close();
    }

    private void report(Throwable cause) {
        counters.increment(AgentCounter.LOOP_ERRORS);
        LOG.log(System.Logger.Level.ERROR, "an HTTP request could not be answered", cause);
    }
}
