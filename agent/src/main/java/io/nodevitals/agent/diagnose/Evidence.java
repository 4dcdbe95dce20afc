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
    private @Nullable ExecFailed execFailed;
    private @Nullable OomFacts oom;

    /** The first of each signal counts: what follows finds the process dying already. */
    void add(SignalGenerated event) {
        if (event.action() == FATAL) {
            generated.putIfAbsent(event.signal(), event);
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
     * How a signal came to be; null for one that was blocked then, which the kernel takes for one that will be handled. raise(3) of musl
     * and of glibc before 2.34 blocks all signals around tgkill.
     */
    @Nullable
    SignalGenerated generated(int signal) {
        return generated.get(signal);
    }

    @Nullable
    SignalDelivered delivered(int signal) {
        return delivered.get(signal);
    }

    /**
     * Whether an exec failed past the point of no return: the kernel sends its caller SIGSEGV then (bprm_execve in fs/exec.c), and nobody
     * is left to see the error.
     */
    boolean isExecAborted() {
        ExecFailed failed = execFailed;
        SignalGenerated sent = generated.get(Signals.SIGSEGV);
        return failed != null
                && sent != null
                && sent.code() == Signals.SI_KERNEL
                && sent.sender().process().equals(sent.header().process())
                && failed.header().tid() == sent.header().tid()
                && failed.header().bootNanos() >= sent.header().bootNanos();
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
        return (generated(signal) != null || raisedItself(signal))
                && (!(Signals.isFault(signal) || signal == Signals.SIGABRT) || delivered.containsKey(signal))
                && (signal != Signals.SIGKILL || !oomVictim || oom != null);
    }

    // Of a raise that blocks signals no record of the generation will come.
    private boolean raisedItself(int signal) {
        SignalDelivered taken = delivered.get(signal);
        return taken != null && taken.code() == Signals.SI_TKILL;
    }

    /** enum nv_signal_action. */
    static final int FATAL = 1;
}
