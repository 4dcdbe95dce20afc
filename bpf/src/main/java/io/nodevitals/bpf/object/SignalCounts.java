// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import jnr.ffi.Pointer;

/**
 * Signals that did not end a process, counted in the kernel: the maps {@code signal_counts} and {@code signal_overflow}.
 *
 * <p>Counts are cumulative since the session began and are never reset. One system call reads thousands of entries
 * (BPF_MAP_LOOKUP_BATCH). One thread at a time.
 */
public final class SignalCounts {
    /** Takes one count. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * A count that is above zero.
         *
         * @param cgroupId of the target; 0 for what came when the hash was full
         * @param signal number, 1 to 64
         * @param action {@code enum nv_signal_action}
         * @param count since the session began
         */
        void count(long cgroupId, int signal, int action, long count);
    }

    private static final int KEY_BYTES = 16;
    /** Room for a whole hash bucket: the kernel gives a bucket in one piece or not at all. */
    private static final int BATCH = 1024;

    private static final int ACTIONS = 4;
    private static final int OVERFLOW_ENTRIES = 65 * ACTIONS + 4;

    private final Native natives;
    private final int countsFd;
    private final int overflowFd;
    private final Pointer keys;
    private final Pointer values;
    private final Pointer count;
    private final Pointer position;
    private final Pointer key;

    SignalCounts(Native natives, int countsFd, int overflowFd) {
        this.natives = natives;
        this.countsFd = countsFd;
        this.overflowFd = overflowFd;
        keys = natives.allocate(BATCH * KEY_BYTES);
        values = natives.allocate(BATCH * Long.BYTES);
        count = natives.allocate(Integer.BYTES);
        position = natives.allocate(KEY_BYTES);
        key = natives.allocate(KEY_BYTES);
    }

    /**
     * Visits every count, then those without a cgroup. An entry that the kernel adds meanwhile may be missed until the next visit.
     *
     * @throws NativeCallException when the kernel refuses
     */
    public void forEach(Visitor visitor) {
        boolean more = true;
        for (boolean first = true; more; first = false) {
            more = batch(countsFd, "signal_counts", first);
            int entries = count.getInt(0);
            for (int i = 0; i < entries; i++) {
                long at = (long) i * KEY_BYTES;
                visitor.count(
                        keys.getLong(at),
                        keys.getInt(at + 8),
                        keys.getInt(at + 12),
                        values.getLong((long) i * Long.BYTES));
            }
        }
        batch(overflowFd, "signal_overflow", true);
        int entries = Math.min(count.getInt(0), OVERFLOW_ENTRIES);
        for (int i = 0; i < entries; i++) {
            int index = keys.getInt((long) i * Integer.BYTES);
            long value = values.getLong((long) i * Long.BYTES);
            if (value != 0) {
                visitor.count(0, index / ACTIONS, index % ACTIONS, value);
            }
        }
    }

    /** Reads the next entries; false when they were the last. */
    private boolean batch(int fd, String map, boolean first) {
        count.putInt(0, BATCH);
        int result =
                natives.libbpf().bpf_map_lookup_batch(fd, first ? null : position, position, keys, values, count, null);
        if (result == -Errno.ENOENT) {
            return false;
        }
        natives.checkLibbpf("bpf_map_lookup_batch(" + map + ")", result);
        return true;
    }

    /**
     * Removes the entry of a cgroup that is gone, to make room; false when there was none.
     *
     * @throws NativeCallException when the kernel refuses
     */
    public boolean remove(long cgroupId, int signal, int action) {
        key.putLong(0, cgroupId);
        key.putInt(8, signal);
        key.putInt(12, action);
        int result = natives.libbpf().bpf_map_delete_elem(countsFd, key);
        if (result == -Errno.ENOENT) {
            return false;
        }
        natives.checkLibbpf("bpf_map_delete_elem(signal_counts)", result);
        return true;
    }
}
