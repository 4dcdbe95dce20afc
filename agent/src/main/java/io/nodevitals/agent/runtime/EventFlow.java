// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.diagnose.Diagnoser;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import java.util.Queue;

/** What happens to each lifecycle event, on the diagnoser's thread: first who it was, then why, then whose memory is gone. */
final class EventFlow implements DiagnoserLoop.Listener {
    private final CgroupTable cgroups;
    private final Diagnoser diagnoser;
    private final Queue<LifecycleEvent> addressSpaces;

    /**
     * A flow.
     *
     * @param addressSpaces takes execs and exits, for whoever keeps account of address spaces
     */
    EventFlow(CgroupTable cgroups, Diagnoser diagnoser, Queue<LifecycleEvent> addressSpaces) {
        this.cgroups = cgroups;
        this.diagnoser = diagnoser;
        this.addressSpaces = addressSpaces;
    }

    @Override
    public void onEvent(LifecycleEvent event) {
        cgroups.accept(event);
        diagnoser.onEvent(event);
        if (event instanceof ProcessExited || event instanceof ProcessExecuted) {
            addressSpaces.add(event);
        }
    }

    @Override
    public boolean onTick(long bootNanos) {
        diagnoser.onTick(bootNanos);
        return diagnoser.isWaiting();
    }
}
