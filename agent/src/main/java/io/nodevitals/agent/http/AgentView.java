// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetrySnapshot;

/** What the server shows. Implementations are thread-safe and answer at once: the only event loop waits for them. */
public interface AgentView {

    /** How the agent is now. */
    AgentStatus status();

    /** The newest published snapshot. */
    TelemetrySnapshot snapshot();
}
