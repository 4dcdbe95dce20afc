// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import java.nio.LongBuffer;

/** Takes records of one length together where they lie, as words of eight bytes: for rings of small records, all alike. */
@FunctionalInterface
public interface RunHandler {

    /**
     * Reads some complete records that lie one behind the other, each with its header before it ({@link RingDescriptor}). Their
     * bytes are the kernel's again when the batch is over. Called on the consumer's thread.
     *
     * @param data the ring's data in native byte order; read it with absolute indexes only
     * @param begin index of the first header
     * @param end index behind the last record's padding, within {@code data}
     * @param length of every one of them in bytes, as the kernel says; from header to header it is {@link RingDescriptor#span}
     */
    void onRun(LongBuffer data, int begin, int end, int length);
}
