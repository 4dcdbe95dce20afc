// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryEvent;

/**
 * What a record tells its series by, as one number: call (bits 0 to 3), kind (4 to 7), shrink (8), failed (9).
 *
 * <p>A look-up by it instead of branches: which call comes next is anybody's guess, and a wrong guess costs more than the rest.
 */
final class Operation {
    private static final int SHRINK = 1 << 8;
    private static final int FAILED = 1 << 9;
    private static final int MASK = 2 * FAILED - 1;
    private static final int STATE_SHIFT = MemoryEvent.SHRINK_SHIFT - 8;

    private Operation() {}

    static int of(long what, long state) {
        return (((int) (what >>> MemoryEvent.CALL_SHIFT) & 0xFF) | ((int) (state >>> STATE_SHIFT) & (SHRINK | FAILED)))
                & MASK;
    }

    /** By operation {@code first + series * width}; 0 for a failure, an unknown call and an unknown kind. */
    static byte[] table(int first, int width) {
        byte[] byOperation = new byte[MASK + 1];
        for (int operation = 0; operation < FAILED; operation++) {
            int series = MemoryCounters.series(operation & 0xF, operation >>> 4 & 0xF, (operation & SHRINK) != 0);
            if (series != MemoryCounters.NO_SERIES) {
                byOperation[operation] = (byte) (first + series * width);
            }
        }
        return byOperation;
    }
}
