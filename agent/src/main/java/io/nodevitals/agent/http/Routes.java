// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.source.AgentStatus;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a listener answers: fixed paths, compared as they come, so that there is nothing to traverse. */
final class Routes {
    private final Map<String, Route> routes;

    /** Answers a request for one path. */
    @FunctionalInterface
    interface Route {
        void answer(Answer answer);
    }

    private Routes(Map<String, Route> routes) {
        this.routes = routes;
    }

    /** Health and metrics. */
    static Routes ofMetrics(Supplier<AgentView> view, AgentCounters counters) {
        Map<String, Route> routes = new TreeMap<>();
        routes.put("/healthz", answer -> answer.text(HttpResponseStatus.OK, "ok\n"));
        routes.put("/readyz", answer -> answerReady(answer, view.get().status()));
        routes.put(
                "/metrics",
                answer -> answer.chunked(
                        PrometheusText.CONTENT_TYPE,
                        new PrometheusBody(new PrometheusText(view.get().snapshot(), counters))));
        return new Routes(routes);
    }

    /** Everything: the same, the API and the page. */
    static Routes ofAll(
            Supplier<AgentView> view,
            AgentCounters counters,
            RecentEvents terminations,
            RecentEvents execFailures,
            EventStream stream) {
        Page page = Page.load();
        Map<String, Route> routes = new TreeMap<>(ofMetrics(view, counters).routes);
        routes.put("/", answer -> {
            answer.header(HttpHeaderNames.CONTENT_SECURITY_POLICY, page.contentSecurityPolicy());
            answer.whole(HttpResponseStatus.OK, "text/html; charset=utf-8", page.html());
        });
        routes.put(
                "/api/v1/status",
                answer -> answer.json(StatusJson.toJson(view.get().status())));
        routes.put(
                "/api/v1/workloads",
                answer -> answer.json(WorkloadsJson.toJson(view.get().snapshot())));
        routes.put(
                "/api/v1/binfmt",
                answer -> answer.json(BinfmtJson.toJson(view.get().binfmt())));
        routes.put("/api/v1/terminations", answer -> answer.json(terminations.toJson()));
        routes.put("/api/v1/exec-failures", answer -> answer.json(execFailures.toJson()));
        routes.put("/api/v1/stream", answer -> {
            if (stream.hasRoom()) {
                answer.stream(stream);
            } else {
                answer.header(HttpHeaderNames.RETRY_AFTER, "10");
                answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "Too many clients follow the stream already.\n");
            }
        });
        return new Routes(routes);
    }

    @Nullable
    Route find(String path) {
        return routes.get(path);
    }

    String paths() {
        return String.join(" ", routes.keySet());
    }

    private static void answerReady(Answer answer, AgentStatus status) {
        if (status.ready()) {
            answer.text(HttpResponseStatus.OK, "ready\n");
        } else {
            answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, String.join("\n", status.notReadyReasons()) + '\n');
        }
    }
}
