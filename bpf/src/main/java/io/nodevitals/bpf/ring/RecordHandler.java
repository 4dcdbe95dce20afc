// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import java.nio.ByteBuffer;

/** Takes records where they lie. */
@FunctionalInterface
public interface RecordHandler {

    /**
     * Reads one record in place; the bytes are the kernel's again when the batch is over. Called on the consumer's thread.
     *
     * @param data the ring's data in native byte order; read it with absolute offsets only
     * @param offset of the record's first byte, a multiple of eight
     * @param length in bytes, as the kernel says; {@code offset + length} is within {@code data}
     */
    void onRecord(ByteBuffer data, int offset, int length);
}
