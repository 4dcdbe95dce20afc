// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.otel.model.TelemetryEventSink;
import java.util.List;

/** Starts agents. */
@FunctionalInterface
public interface NodeAgentFactory {

    /**
     * Attaches the probes and starts the threads; returns once every probe is attached or known not to be.
     *
     * @param sinks take every occurrence, beside the exporter
     * @param counters to count into; shared with the HTTP server
     * @throws AgentStartException when nothing could be started; nothing is left behind then
     */
    NodeAgent start(Purpose purpose, Settings settings, List<TelemetryEventSink> sinks, AgentCounters counters)
            throws AgentStartException;

    /**
     * Makes sure that this process is the only agent of the node, until the claim is closed or the process ends, however it ends.
     *
     * @throws AgentStartException of kind {@link AgentStartException.Kind#OCCUPIED} when another agent runs
     */
    default NodeClaim claim(Settings settings) throws AgentStartException {
        return () -> {};
    }

    /** Being the only agent. */
    @FunctionalInterface
    interface NodeClaim extends AutoCloseable {
        @Override
        void close();
    }

    /** What the agent is started for. */
    enum Purpose {
        /** The agent proper: the only one that exports, by the OTEL_* environment. */
        RUN,
        /** To print events for a while, possibly where no agent runs. */
        TRACE,
        /** To see which probes attach; closed at once. */
        DOCTOR
    }
}
