// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was seen of one process that may explain its end. */
final class Evidence {
    private final Map<Integer, SignalGenerated> generated = new HashMap<>(2);
    private final Map<Integer, SignalDelivered> delivered = new HashMap<>(2);
    private final Map<Integer, SignalGenerated> heldBack = new HashMap<>(2);
    private @Nullable SignalGenerated handledFault;
    private @Nullable ExecFailed execFailed;
    private @Nullable OomFacts oom;

    /** The first of each signal counts: what follows finds the process dying already. */
    void add(SignalGenerated event) {
        if (event.action() == FATAL) {
            generated.putIfAbsent(event.signal(), event);
        } else if (Signals.isFault(event.signal()) && event.code() > 0) {
            handledFault = event;
        } else if (event.sender().process().equals(event.header().process())) {
            heldBack.put(event.signal(), event);
        }
    }

    /** A real fault is worth more than what another thread took earlier. */
    void add(SignalDelivered event) {
        SignalDelivered known = delivered.get(event.signal());
        if (known == null || (known.code() <= 0 && event.code() > 0)) {
            delivered.put(event.signal(), event);
        }
    }

    void add(ExecFailed event) {
        execFailed = event;
    }

    void add(OomFacts facts) {
        oom = facts;
    }

    /**
     * How a signal came to be. One that the process sent itself while it was blocked counts when no other did: raise(3) of musl and of
     * glibc before 2.34 blocks all signals around tgkill, so the kernel takes it for one that will be handled.
     */
    @Nullable
    SignalGenerated generated(int signal) {
        SignalGenerated fatal = generated.get(signal);
        return fatal != null ? fatal : heldBack.get(signal);
    }

    @Nullable
    SignalDelivered delivered(int signal) {
        return delivered.get(signal);
    }

    /** The last real fault that went to a handler. */
    @Nullable
    SignalGenerated handledFault() {
        return handledFault;
    }

    /** Its last failed exec. */
    @Nullable
    ExecFailed execFailed() {
        return execFailed;
    }

    @Nullable
    OomFacts oom() {
        return oom;
    }

    /** Whether nothing more is to come that an end by {@code signal} leaves behind. */
    boolean explains(int signal, boolean oomVictim) {
        if (signal == 0) {
            return true;
        }
        return generated(signal) != null
                && (!Signals.isFault(signal) || delivered.containsKey(signal))
                && (signal != Signals.SIGKILL || !oomVictim || oom != null);
    }

    /** enum nv_signal_action. */
    static final int FATAL = 1;
}
