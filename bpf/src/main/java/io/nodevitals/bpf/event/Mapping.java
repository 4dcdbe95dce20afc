// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** What an address of a process lies in, in a record of a fault. {@code struct nv_mapping}. */
public final class Mapping extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 96;

    public static final int START_OFFSET = 0;
    public static final int END_OFFSET = 8;
    public static final int FILE_OFFSET_OFFSET = 16;
    public static final int STATE_OFFSET = 24;
    public static final int FLAGS_OFFSET = 28;
    public static final int NAME_OFFSET = 32;

    /** NV_MAPPING_NAME_LENGTH. */
    public static final int NAME_LENGTH = 64;

    /** {@code enum nv_mapping_state}: nobody looked, or it changed under the look. */
    public static final int STATE_UNKNOWN = 0;
    /** Nothing is mapped there. */
    public static final int STATE_NONE = 1;

    public static final int STATE_FOUND = 2;

    /** {@code enum nv_mapping_flag}. */
    public static final int FLAG_READ = 1;

    public static final int FLAG_WRITE = 2;
    public static final int FLAG_EXECUTE = 4;
    public static final int FLAG_SHARED = 8;
    /** {@link #fileOffset} and {@link #name} are filled. */
    public static final int FLAG_FILE = 16;
    /** The main thread's stack, or one that grows down. */
    public static final int FLAG_STACK = 32;
    /** What brk moves. */
    public static final int FLAG_HEAP = 64;

    public Mapping wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public long start() {
        return u64(START_OFFSET);
    }

    /** The first byte behind it. */
    public long end() {
        return u64(END_OFFSET);
    }

    /** Of the address, in bytes. */
    public long fileOffset() {
        return u64(FILE_OFFSET_OFFSET);
    }

    /** One of the {@code STATE_} numbers. */
    public int state() {
        return s32(STATE_OFFSET);
    }

    /** {@code FLAG_} bits. */
    public int flags() {
        return s32(FLAGS_OFFSET);
    }

    /** The file's own name, without directories. */
    public String name() {
        return string(NAME_OFFSET, NAME_LENGTH);
    }
}
