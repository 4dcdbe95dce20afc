// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What was read from the kernel's counts and is still to be added to the totals. A count is read as a difference to the last look, so
 * what is dropped here is lost: it stays until it was added, whatever fails between. The reader adds, the owner of the totals performs.
 */
final class PendingAdditions {
    private final Queue<Runnable> pending = new ConcurrentLinkedQueue<>();

    /** Any thread. */
    void add(Runnable addition) {
        pending.add(addition);
    }

    /** Performs all, in their order; one that throws ends it, and the others are left for the next time. The owner's thread. */
    void perform() {
        Runnable addition;
        while ((addition = pending.poll()) != null) {
            addition.run();
        }
    }
}
