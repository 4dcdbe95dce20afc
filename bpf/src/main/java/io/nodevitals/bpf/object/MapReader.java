// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * Reads a whole map. An entry that was there when {@link #forEach} began and is not removed is visited at least once; one that is added
 * meanwhile may be missed until the next time. One thread at a time.
 */
interface MapReader {
    /** Takes an entry. */
    @FunctionalInterface
    interface Visitor {
        /**
         * An entry, to be read during the call.
         *
         * @param keys holds the key at {@code key}
         * @param values holds the value at {@code value}
         */
        void onEntry(Pointer keys, long key, Pointer values, long value);
    }

    /**
     * Visits every entry.
     *
     * @throws io.nodevitals.bpf.libbpf.NativeCallException when the kernel refuses
     */
    void forEach(Visitor visitor);

    /** What {@link Visitor} gets as keys, for flyweights; to be asked for during its call. */
    ByteBuffer keys();

    /** What {@link Visitor} gets as values, for flyweights; to be asked for during its call. */
    ByteBuffer values();
}
