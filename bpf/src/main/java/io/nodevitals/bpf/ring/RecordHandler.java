// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import java.nio.ByteBuffer;

/** Takes one record of a ring, in place. */
@FunctionalInterface
public interface RecordHandler {

    /**
     * Called on the consuming thread for every committed record, in the ring's order.
     *
     * @param data the mapped data pages in native byte order; valid during this call only, never to be kept
     * @param offset of the record's first byte in {@code data}
     * @param length bytes of the record without the ring's header; all of them lie within {@code data}
     */
    void onRecord(ByteBuffer data, int offset, int length);
}
