// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LinuxNodeAgentTest {

    @Test
    void whoAsksDuringOrAfterTheStopNeverTouchesWhatWasUnmapped() {
        AtomicBoolean unmapped = new AtomicBoolean();
        AgentStatus known = AgentStatus.starting("1", "node", "6.18", 1);
        LinuxNodeAgent agent = new LinuxNodeAgent();
        agent.owns(() -> {
            unmapped.set(true);
            assertThat(agent.status()).isSameAs(known);
        });
        agent.answersWith(
                () -> answer(unmapped, known),
                () -> answer(unmapped, new TelemetrySnapshot(0, 0, List.of())),
                () -> answer(unmapped, List.of("exec on CPU 1: 2")),
                List::of);

        agent.close();

        assertThat(unmapped).isTrue();
        assertThat(agent.status()).isSameAs(known);
        assertThat(agent.unbalancedAccounts()).containsExactly("exec on CPU 1: 2");
    }

    private static <T> T answer(AtomicBoolean unmapped, T value) {
        if (unmapped.get()) {
            throw new AssertionError("read after it was unmapped");
        }
        return value;
    }
}
