// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.event.MemoryFold;
import io.nodevitals.bpf.event.MemoryFoldKey;
import io.nodevitals.bpf.event.MemoryFoldLevel;
import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Memory calls added up in the kernel because their ring had no room: the maps {@code memory_folds}, {@code memory_cgroup_folds} and
 * {@code memory_overflow}.
 *
 * <p>Sums are cumulative since the session began or, of an entry that was removed and came again, since then; nothing is ever reset.
 * One thread at a time.
 */
public final class MemoryFolds {
    /** Takes one entry. */
    @FunctionalInterface
    public interface Visitor {
        /** An entry; key and fold are to be read during the call. */
        void onFold(MemoryFoldLevel level, MemoryFoldKey key, MemoryFold fold);
    }

    private static final int ERRORS = MemoryFold.ERRORS + 1;

    private final Native natives;
    private final int processesFd;
    private final int cgroupsFd;
    private final MapReader processes;
    private final MapReader cgroups;
    private final MapReader overflow;
    private final Pointer key;
    private final Pointer value;
    private final ByteBuffer keyBuffer;
    private final ByteBuffer valueBuffer;
    private final MemoryFoldKey visitedKey = new MemoryFoldKey();
    private final MemoryFold visitedFold = new MemoryFold();

    MemoryFolds(Native natives, SharedMaps maps, MapReaders readers) {
        this.natives = natives;
        processesFd = maps.fd(SharedMaps.MEMORY_FOLDS);
        cgroupsFd = maps.fd(SharedMaps.MEMORY_CGROUP_FOLDS);
        processes = readers.ofMemoryFolds(SharedMaps.MEMORY_FOLDS);
        cgroups = readers.ofMemoryFolds(SharedMaps.MEMORY_CGROUP_FOLDS);
        overflow = maps.mapArray(SharedMaps.MEMORY_OVERFLOW, MemoryFold.SIZE);
        key = natives.allocate(MemoryFoldKey.SIZE);
        value = natives.allocate(MemoryFold.SIZE);
        keyBuffer = natives.view(key, MemoryFoldKey.SIZE);
        valueBuffer = natives.view(value, MemoryFold.SIZE);
    }

    /**
     * Visits every entry, the processes' first; those of {@link MemoryFoldLevel#NODE} even when they are zero. An entry that the
     * kernel adds meanwhile may be missed until the next visit.
     *
     * @throws NativeCallException when the kernel refuses
     */
    public void forEach(Visitor visitor) {
        visit(MemoryFoldLevel.PROCESS, processes, visitor);
        visit(MemoryFoldLevel.CGROUP, cgroups, visitor);
        overflow.forEach((keys, at, values, fold) -> {
            if (putKeyOf(keys.getInt(at))) {
                visitor.onFold(
                        MemoryFoldLevel.NODE, visitedKey.wrap(keyBuffer, 0), visitedFold.wrap(overflow.values(), (int)
                                fold));
            }
        });
    }

    private void visit(MemoryFoldLevel level, MapReader reader, Visitor visitor) {
        reader.forEach((keys, at, values, fold) -> visitor.onFold(
                level, visitedKey.wrap(reader.keys(), (int) at), visitedFold.wrap(reader.values(), (int) fold)));
    }

    /** Puts into {@link #key} what an index of {@code memory_overflow} stands for; false for one that no program writes. */
    private boolean putKeyOf(int index) {
        putKey(0, 0, 0, 0);
        if (index >= MemoryFold.OVERFLOW_ERRORS) {
            int failed = index - MemoryFold.OVERFLOW_ERRORS;
            keyBuffer.put(MemoryFoldKey.OPERATION_OFFSET, (byte) (failed / ERRORS));
            keyBuffer.put(MemoryFoldKey.FLAGS_OFFSET, (byte) MemoryFoldKey.FLAG_FAILED);
            keyBuffer.put(MemoryFoldKey.ERROR_OFFSET, (byte) (failed % ERRORS));
            return true;
        }
        int call = index & 0xf;
        int kind = index >>> 4;
        int flags = 0;
        if (call == MemoryEvent.CALL_MREMAP || call == MemoryEvent.CALL_BRK) {
            // They have no kind: a shrink stands in its place.
            flags = index >>> MemoryFold.OVERFLOW_SHRINK_SHIFT;
            kind = 0;
        }
        keyBuffer.put(MemoryFoldKey.OPERATION_OFFSET, (byte) (call | kind << 4));
        keyBuffer.put(MemoryFoldKey.FLAGS_OFFSET, (byte) flags);
        return call <= MemoryEvent.CALL_BRK && flags <= MemoryFoldKey.FLAG_SHRINK;
    }

    private void putKey(long startBootNanos, long cgroupId, int tgid, int what) {
        keyBuffer.putLong(MemoryFoldKey.START_BOOT_NANOS_OFFSET, startBootNanos);
        keyBuffer.putLong(MemoryFoldKey.CGROUP_ID_OFFSET, cgroupId);
        keyBuffer.putInt(MemoryFoldKey.TGID_OFFSET, tgid);
        keyBuffer.putInt(MemoryFoldKey.GENERATION_OFFSET, what);
    }

    /**
     * An entry as it is now, to be read before the next call; null when there is none.
     *
     * @param level not {@link MemoryFoldLevel#NODE}
     * @param what {@link MemoryFoldKey#what()}
     * @throws NativeCallException when the kernel refuses
     */
    public @Nullable MemoryFold find(MemoryFoldLevel level, long startBootNanos, long cgroupId, int tgid, int what) {
        putKey(startBootNanos, cgroupId, tgid, what);
        int result = natives.libbpf().bpf_map_lookup_elem(fd(level), key, value);
        if (result == -Errno.ENOENT) {
            return null;
        }
        natives.checkLibbpf("bpf_map_lookup_elem(" + level + ")", result);
        return visitedFold.wrap(valueBuffer, 0);
    }

    /**
     * Removes an entry to make room. Nobody must add to it any more: its process, or its whole cgroup, is gone, and {@link #find} has
     * told its last sums.
     *
     * @param level not {@link MemoryFoldLevel#NODE}
     * @param what {@link MemoryFoldKey#what()}
     * @return false when there was none
     * @throws NativeCallException when the kernel refuses
     */
    public boolean remove(MemoryFoldLevel level, long startBootNanos, long cgroupId, int tgid, int what) {
        putKey(startBootNanos, cgroupId, tgid, what);
        int result = natives.libbpf().bpf_map_delete_elem(fd(level), key);
        if (result == -Errno.ENOENT) {
            return false;
        }
        natives.checkLibbpf("bpf_map_delete_elem(" + level + ")", result);
        return true;
    }

    private int fd(MemoryFoldLevel level) {
        return switch (level) {
            case PROCESS -> processesFd;
            case CGROUP -> cgroupsFd;
            case NODE -> throw new IllegalArgumentException("level=" + level + " has no keys");
        };
    }
}
