// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The one place where errors of the agent's loops arrive: counted each, logged once per kind. Any thread. */
final class ThreadErrors {
    private static final System.Logger LOG = System.getLogger(ThreadErrors.class.getName());

    private final AgentCounters counters;
    private final Consumer<Throwable> onFatal;
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    /**
     * No errors yet.
     *
     * @param onFatal takes what a thread does not survive
     */
    ThreadErrors(AgentCounters counters, Consumer<Throwable> onFatal) {
        this.counters = counters;
        this.onFatal = onFatal;
    }

    /** A record's handler threw; the ring goes on with the next. */
    void onRecord(RuntimeException error) {
        count("A ring record could not be handled", error);
    }

    /** A loop's round threw. */
    void onThread(Throwable error) {
        count("A round of a thread's loop failed", error);
        if (error instanceof Error) {
            onFatal.accept(error);
        }
    }

    private void count(String what, Throwable error) {
        counters.increment(AgentCounter.LOOP_ERRORS);
        StackTraceElement[] trace = error.getStackTrace();
        String kind = error.getClass().getName() + (trace.length == 0 ? "" : trace[0]);
        if (logged.add(kind)) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    what + " (each is counted, the first of its kind is shown): " + error,
                    error);
        }
    }
}
