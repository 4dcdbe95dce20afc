// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.SignalKey;
import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import jnr.ffi.Pointer;

/**
 * Signals without a record, those that ended no process and fatal ones that found no room, counted in the kernel: the maps {@code signal_counts} and {@code signal_overflow}.
 *
 * <p>Counts are cumulative since the session began and are never reset. One thread at a time.
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

    private static final int ACTIONS = 4;

    private final Native natives;
    private final int countsFd;
    private final MapReader counts;
    private final MapReader overflow;
    private final Pointer key;

    SignalCounts(Native natives, SharedMaps maps, MapReaders readers) {
        this.natives = natives;
        countsFd = maps.fd(SharedMaps.SIGNAL_COUNTS);
        counts = readers.ofCounts(SharedMaps.SIGNAL_COUNTS);
        overflow = maps.mapArray(SharedMaps.SIGNAL_OVERFLOW, Long.BYTES);
        key = natives.allocate(SignalKey.SIZE);
    }

    /**
     * Visits every count, then those without a cgroup. An entry that the kernel adds meanwhile may be missed until the next visit.
     *
     * @throws NativeCallException when the kernel refuses
     */
    public void forEach(Visitor visitor) {
        counts.forEach((keys, at, values, value) -> visitor.count(
                keys.getLong(at + SignalKey.CGROUP_ID_OFFSET),
                keys.getInt(at + SignalKey.SIGNAL_OFFSET),
                keys.getInt(at + SignalKey.ACTION_OFFSET),
                values.getLong(value)));
        overflow.forEach((keys, at, values, value) -> {
            int index = keys.getInt(at);
            long count = values.getLong(value);
            if (count != 0) {
                // Index signal * 4 + action, and actions are numbered from 1 to 4.
                visitor.count(0, (index - 1) / ACTIONS, (index - 1) % ACTIONS + 1, count);
            }
        });
    }

    /**
     * Removes the entry of a cgroup that is gone, to make room; false when there was none.
     *
     * @throws NativeCallException when the kernel refuses
     */
    public boolean remove(long cgroupId, int signal, int action) {
        key.putLong(SignalKey.CGROUP_ID_OFFSET, cgroupId);
        key.putInt(SignalKey.SIGNAL_OFFSET, signal);
        key.putInt(SignalKey.ACTION_OFFSET, action);
        int result = natives.libbpf().bpf_map_delete_elem(countsFd, key);
        if (result == -Errno.ENOENT) {
            return false;
        }
        natives.checkLibbpf("bpf_map_delete_elem(signal_counts)", result);
        return true;
    }
}
