// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import jnr.ffi.Pointer;

/**
 * What the kernel says of one program or link at a time: {@code struct bpf_prog_info} or {@code struct bpf_link_info} of
 * include/uapi/linux/bpf.h. These only ever grow, and the kernel says how many bytes it has filled: what lies beyond is unknown, not 0.
 * One thread at a time.
 */
final class ObjectInfo {
    /** In both structs. */
    static final int ID = 4;

    static final int LINK_PROGRAM_ID = 8;
    /** {@code bpf_prog_info.recursion_misses}, a u64, since 5.12. */
    static final int RECURSION_MISSES = 208;
    /** {@code bpf_link_info.perf_event.type}, a u32, since 6.6. */
    static final int PERF_EVENT_TYPE = 16;
    /** {@code bpf_link_info.perf_event.kprobe.missed}, a u64, since 6.7. */
    static final int KPROBE_MISSED = 48;
    /**
     * {@code bpf_link_info.kprobe_multi.missed}, a u64, since 6.7. Older kernels fill these bytes too, for other members of the union:
     * it is there when {@link #KPROBE_MISSED} is, which came with the same version.
     */
    static final int KPROBE_MULTI_MISSED = 32;
    /** Values of {@link #PERF_EVENT_TYPE}: {@code enum bpf_perf_event_type}. */
    static final int PERF_EVENT_KPROBE = 3;

    static final int PERF_EVENT_KRETPROBE = 4;

    /** Room for either struct of any kernel. */
    private static final int BYTES = 256;

    private final Native natives;
    private final Pointer info;
    private final Pointer length;
    private int filled;

    ObjectInfo(Native natives) {
        this.natives = natives;
        info = natives.allocate(BYTES);
        length = natives.allocate(Integer.BYTES);
    }

    /** Asks about a descriptor. Gives 0, or a positive errno. */
    int read(int fd) {
        // What a kernel does not know must be zero.
        info.setMemory(0, BYTES, (byte) 0);
        length.putInt(0, BYTES);
        int errno = -natives.libbpf().bpf_obj_get_info_by_fd(fd, info, length);
        filled = errno == 0 ? length.getInt(0) : 0;
        return errno;
    }

    /** Whether this kernel has the u64 at that offset, as of the last {@link #read}. */
    boolean hasLong(int offset) {
        return filled >= offset + Long.BYTES;
    }

    int getInt(int offset) {
        return info.getInt(offset);
    }

    long getLong(int offset) {
        return info.getLong(offset);
    }
}
