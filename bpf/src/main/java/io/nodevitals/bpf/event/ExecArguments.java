// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** What a program was called with, at the end of an {@link ExecEvent} where that is wanted. {@code struct nv_exec_arguments}. */
public final class ExecArguments extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 520;

    public static final int LENGTH_OFFSET = 0;
    public static final int READ_OFFSET = 4;
    public static final int TEXT_OFFSET = 8;
    /** Bytes that there is room for. */
    public static final int TEXT_LENGTH = 512;

    public ExecArguments wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** Bytes of all arguments, each with its NUL, however many are here. */
    public long length() {
        return u32(LENGTH_OFFSET);
    }

    /** Bytes that are here; more than {@link #TEXT_LENGTH} contradicts the struct. */
    public long read() {
        return u32(READ_OFFSET);
    }

    /** The bytes that are here: each argument ends in a NUL, but for one that was cut. */
    public byte[] text() {
        return bytes(TEXT_OFFSET, Math.toIntExact(read()));
    }
}
