// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;

/** Brings what the readers found damaged or foreign into the agent's own counters. One thread. */
final class RecordAccount {
    private final RingSide rings;
    private final AgentCounters counters;
    private long known;

    RecordAccount(RingSide rings, AgentCounters counters) {
        this.rings = rings;
        this.counters = counters;
    }

    /** Adds what is new; {@code unknownRecords} is what the tables could make nothing of. */
    void update(long unknownRecords) {
        long now = unknownRecords
                + rings.decoder().malformed()
                + rings.decoder().unknown()
                + rings.handler().malformed()
                + rings.lifecycle().corruptions()
                + rings.memory().corruptions();
        counters.add(AgentCounter.RECORDS_CORRUPT, now - known);
        known = now;
    }
}
