// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** An execve or execveat that returned an error; the header names the caller. {@code struct nv_exec_failure_event}. */
public final class ExecFailureEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 1384;

    public static final int HEADER_OFFSET = 0;
    public static final int CGROUP_OFFSET = 64;
    public static final int ENTER_BOOT_NANOS_OFFSET = 696;
    public static final int ERROR_OFFSET = 704;
    public static final int FLAGS_OFFSET = 708;
    public static final int DIRFD_OFFSET = 712;
    public static final int AT_FLAGS_OFFSET = 716;
    public static final int MOUNT_NAMESPACE_OFFSET = 720;
    public static final int HEAD_LENGTH_OFFSET = 724;
    public static final int COMM_OFFSET = 728;
    public static final int FILENAME_OFFSET = 744;
    public static final int INTERPRETER_OFFSET = 1000;
    public static final int HEAD_OFFSET = 1128;

    /** NV_INTERPRETER_LENGTH: bytes, NUL included. */
    public static final int INTERPRETER_LENGTH = 128;
    /** NV_HEAD_LENGTH: bytes of the file there is room for. */
    public static final int HEAD_LENGTH = 256;

    /** execveat. */
    public static final int FLAG_AT = 1;
    /** The filename could not be read. */
    public static final int FLAG_FILENAME_FAULT = 2;
    /** {@link #head} holds the file's first bytes. */
    public static final int FLAG_HEAD = 4;
    /** {@link #interpreter()} is known. */
    public static final int FLAG_INTERPRETER = 8;
    /** {@link #enterBootNanos()} is known. */
    public static final int FLAG_ENTER = 16;

    private final EventHeader header = new EventHeader();
    private final CgroupPath cgroup = new CgroupPath();

    public ExecFailureEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public CgroupPath cgroup() {
        return cgroup.wrap(data(), at(CGROUP_OFFSET));
    }

    /** When the call began; meaningful with {@link #FLAG_ENTER}. */
    public long enterBootNanos() {
        return u64(ENTER_BOOT_NANOS_OFFSET);
    }

    /** Positive errno. */
    public int error() {
        return s32(ERROR_OFFSET);
    }

    /** {@code FLAG_} bits. */
    public int flags() {
        return s32(FLAGS_OFFSET);
    }

    /** Meaningful with {@link #FLAG_AT}. */
    public int dirfd() {
        return s32(DIRFD_OFFSET);
    }

    /** Meaningful with {@link #FLAG_AT}. */
    public int atFlags() {
        return s32(AT_FLAGS_OFFSET);
    }

    /** Inode number. */
    public long mountNamespace() {
        return u32(MOUNT_NAMESPACE_OFFSET);
    }

    /** Bytes of {@link #head}, at most {@link #HEAD_LENGTH} in a sound record. */
    public long headLength() {
        return u32(HEAD_LENGTH_OFFSET);
    }

    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }

    /** As the caller gave it; meaningless with {@link #FLAG_FILENAME_FAULT}. */
    public String filename() {
        return string(FILENAME_OFFSET, EventHeader.FILENAME_LENGTH);
    }

    /** The last one tried; meaningful with {@link #FLAG_INTERPRETER}. */
    public String interpreter() {
        return string(INTERPRETER_OFFSET, INTERPRETER_LENGTH);
    }

    /** A copy of the file's first bytes; {@code length <= HEAD_LENGTH}. */
    public byte[] head(int length) {
        return bytes(HEAD_OFFSET, length);
    }
}
