// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetrySource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A running agent, as the commands and the HTTP server see it. Thread-safe. */
public interface NodeAgent extends TelemetrySource, AutoCloseable {

    /** How it is now. Never blocks. */
    AgentStatus status();

    /**
     * Programs and CPUs whose account does not balance at this moment, such as {@code exec on CPU 1: 2}; empty at rest. An event that is
     * under way shows for an instant.
     */
    List<String> unbalancedAccounts();

    /** Every binfmt_misc handler that was ever seen. Never blocks. */
    default List<BinfmtState> binfmt() {
        return List.of();
    }

    /**
     * Blocks until the agent has stopped.
     *
     * @return null after {@link #close()}, else what ended it
     */
    @Nullable
    Throwable awaitStop() throws InterruptedException;

    /** Detaches every probe, delivers what is queued (bounded in time) and lets {@link #awaitStop()} return. Idempotent. */
    @Override
    void close();
}
