// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.diagnose.Diagnoser;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.source.KernelClock;
import java.util.Queue;

/** What happens to each lifecycle event, on the diagnoser's thread: first who it was, then why, then whose memory is gone. */
final class EventFlow implements DiagnoserLoop.Listener {
    /** How long after the last event something may still wait for time to pass: repeats of a failed exec are summed up for 10 s. */
    private static final long WAITING_NANOS = 15_000_000_000L;

    private final CgroupTable cgroups;
    private final Diagnoser diagnoser;
    private final KernelClock clock;
    private final Queue<LifecycleEvent> addressSpaces;
    private long lastEventBootNanos;

    /**
     * A flow.
     *
     * @param addressSpaces takes execs and exits, for whoever keeps account of address spaces
     */
    EventFlow(CgroupTable cgroups, Diagnoser diagnoser, KernelClock clock, Queue<LifecycleEvent> addressSpaces) {
        this.cgroups = cgroups;
        this.diagnoser = diagnoser;
        this.clock = clock;
        this.addressSpaces = addressSpaces;
    }

    @Override
    public void onEvent(LifecycleEvent event) {
        long bootNanos = event.header().bootNanos();
        lastEventBootNanos = Math.max(lastEventBootNanos, bootNanos);
        cgroups.accept(event);
        diagnoser.onEvent(event);
        if (event instanceof ProcessExited || event instanceof ProcessExecuted) {
            addressSpaces.add(event);
        }
    }

    @Override
    public boolean onTick(long bootNanos) {
        diagnoser.onTick(bootNanos);
        return clock.nowBootNanos() - lastEventBootNanos < WAITING_NANOS;
    }
}
