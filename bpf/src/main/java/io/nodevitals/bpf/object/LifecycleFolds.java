// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.LifecycleFoldKey;
import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import jnr.ffi.Pointer;

/**
 * Lifecycle events without a record, counted in the kernel: the maps {@code lifecycle_folds} and {@code lifecycle_overflow}.
 *
 * <p>Counts are cumulative since the session began and are never reset. One thread at a time.
 */
public final class LifecycleFolds {
    /** Takes one count. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * A count that is above zero.
         *
         * @param cgroupId of whoever acted, of the victim for an OOM kill; 0 for what came when the hash was full
         * @param kind one of the {@code KIND_} numbers of {@link LifecycleFoldKey}
         * @param detail what the kind says: errno, exit code, signal, operation; 0 to 255
         * @param count since the session began
         */
        void count(long cgroupId, int kind, int detail, long count);
    }

    private final Native natives;
    private final int foldsFd;
    private final MapReader folds;
    private final MapReader overflow;
    private final Pointer key;

    LifecycleFolds(Native natives, SharedMaps maps, MapReaders readers) {
        this.natives = natives;
        foldsFd = maps.fd(SharedMaps.LIFECYCLE_FOLDS);
        folds = readers.ofCounts(SharedMaps.LIFECYCLE_FOLDS);
        overflow = maps.mapArray(SharedMaps.LIFECYCLE_OVERFLOW, Long.BYTES);
        key = natives.allocate(LifecycleFoldKey.SIZE);
    }

    /**
     * Visits every count, then those without a cgroup. An entry that the kernel adds meanwhile may be missed until the next visit.
     *
     * @throws NativeCallException when the kernel refuses
     */
    public void forEach(Visitor visitor) {
        folds.forEach((keys, at, values, value) -> visitor.count(
                keys.getLong(at + LifecycleFoldKey.CGROUP_ID_OFFSET),
                keys.getInt(at + LifecycleFoldKey.KIND_OFFSET),
                keys.getInt(at + LifecycleFoldKey.DETAIL_OFFSET),
                values.getLong(value)));
        overflow.forEach((keys, at, values, value) -> {
            int index = keys.getInt(at);
            long count = values.getLong(value);
            if (count != 0) {
                visitor.count(0, index / LifecycleFoldKey.DETAILS, index % LifecycleFoldKey.DETAILS, count);
            }
        });
    }

    /**
     * Removes the entry of a cgroup that is gone, to make room; false when there was none.
     *
     * @throws NativeCallException when the kernel refuses
     */
    public boolean remove(long cgroupId, int kind, int detail) {
        key.putLong(LifecycleFoldKey.CGROUP_ID_OFFSET, cgroupId);
        key.putInt(LifecycleFoldKey.KIND_OFFSET, kind);
        key.putInt(LifecycleFoldKey.DETAIL_OFFSET, detail);
        int result = natives.libbpf().bpf_map_delete_elem(foldsFd, key);
        if (result == -Errno.ENOENT) {
            return false;
        }
        natives.checkLibbpf("bpf_map_delete_elem(lifecycle_folds)", result);
        return true;
    }
}
