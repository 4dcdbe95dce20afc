// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.counter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AgentCountersTest {
    private final AgentCounters counters = new AgentCounters();

    @Test
    void manyThreadsCountExactly() {
        IntStream.range(0, 10_000).parallel().forEach(i -> counters.increment(AgentCounter.HTTP_REQUESTS));
        assertThat(counters.get(AgentCounter.HTTP_REQUESTS)).isEqualTo(10_000);
    }

    @Test
    void countersDoNotShareAValue() {
        counters.add(AgentCounter.RECORDS_MEMORY, 5);
        counters.addAsOnlyWriter(AgentCounter.RECORDS_LIFECYCLE, 7);
        counters.addAsOnlyWriter(AgentCounter.RECORDS_LIFECYCLE, 1);
        assertThat(counters.toMap())
                .hasSize(AgentCounter.values().length)
                .containsEntry("records_memory", 5L)
                .containsEntry("records_lifecycle", 8L)
                .containsEntry("loop_errors", 0L);
    }

    @Test
    void everyCounterHasASentence() {
        assertThat(Arrays.stream(AgentCounter.values()).map(AgentCounter::sentence))
                .allMatch(sentence -> sentence.matches("[A-Z].*\\."))
                .doesNotHaveDuplicates();
    }
}
