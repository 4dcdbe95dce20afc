// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.runtime.AgentStartException;
import io.nodevitals.agent.runtime.NodeAgent;
import io.nodevitals.agent.runtime.NodeAgentFactory;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEventSink;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A factory of one agent that does what a test says. */
final class FakeAgent implements NodeAgentFactory, NodeAgent {
    final CompletableFuture<FakeAgent> started = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Throwable> ended = new CompletableFuture<>();
    volatile AgentStatus status = Samples.status(Samples.attached("exec"), Samples.attached("exit"));
    volatile @Nullable AgentStartException refusal;
    volatile @Nullable Purpose purpose;
    volatile @Nullable Settings settings;
    volatile boolean closed;
    private volatile List<TelemetryEventSink> sinks = List.of();

    @Override
    public NodeAgent start(Purpose wanted, Settings given, List<TelemetryEventSink> eventSinks, AgentCounters counters)
            throws AgentStartException {
        if (refusal != null) {
            throw refusal;
        }
        purpose = wanted;
        settings = given;
        sinks = eventSinks;
        started.complete(this);
        return this;
    }

    void happen(TelemetryEvent event) {
        sinks.forEach(sink -> sink.accept(event));
    }

    void die(Throwable failure) {
        ended.complete(failure);
    }

    void awaitStart() throws Exception {
        started.get(30, TimeUnit.SECONDS);
    }

    @Override
    public java.util.List<String> unbalancedAccounts() {
        return java.util.List.of();
    }

    @Override
    public AgentStatus status() {
        return status;
    }

    @Override
    public TelemetrySnapshot snapshot() {
        return Samples.snapshot();
    }

    @Override
    public @Nullable Throwable awaitStop() throws InterruptedException {
        try {
            return ended.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        ended.complete(null);
    }
}
