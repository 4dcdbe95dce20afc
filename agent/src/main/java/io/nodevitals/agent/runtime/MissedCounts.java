// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.BpfSession;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** How often the kernel skipped each program, as of the last look: asking takes system calls, answering none. */
final class MissedCounts {
    private final BpfSession session;
    private volatile Map<Program, OptionalLong> latest;

    /** Looks for the first time. */
    MissedCounts(BpfSession session) {
        this.session = session;
        latest = Map.copyOf(session.missed());
    }

    /** Asks the kernel; once per snapshot, on the collector's thread. */
    void refresh() {
        latest = Map.copyOf(session.missed());
    }

    /** Calls for which a program did not run; null when the kernel cannot tell, or when the program is not attached. Any thread. */
    @Nullable
    Long of(Program program) {
        OptionalLong missed = latest.getOrDefault(program, OptionalLong.empty());
        return missed.isPresent() ? missed.getAsLong() : null;
    }
}
