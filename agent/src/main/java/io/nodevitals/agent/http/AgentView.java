// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.util.List;

/** What the server shows. Implementations are thread-safe and answer at once: the only event loop waits for them. */
public interface AgentView {

    /** How the agent is now. */
    AgentStatus status();

    /** The newest published snapshot. */
    TelemetrySnapshot snapshot();

    /** Every binfmt_misc handler that was ever seen; none while the agent starts. */
    default List<BinfmtState> binfmt() {
        return List.of();
    }
}
