// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.event.MemoryFold;
import io.nodevitals.bpf.event.MemoryFoldKey;
import io.nodevitals.bpf.event.MemoryFoldLevel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kernel's folds in ordinary memory, in the kernel's own bytes; for every room's tests. */
public final class FakeFolds implements MemoryFoldSource {
    private static final int[] CALL = {0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 3};

    /** Whose calls: the key without the operation. */
    public record Who(MemoryFoldLevel level, long startBootNanos, long cgroupId, int tgid, int generation) {}

    private final Map<EntryKey, ByteBuffer> entries = new LinkedHashMap<>();
    long folded;
    long produced;
    long consumed;
    int visits;

    public static Who process(int tgid, long startBootNanos, long cgroupId, int generation) {
        return new Who(MemoryFoldLevel.PROCESS, startBootNanos, cgroupId, tgid, generation);
    }

    public static Who cgroup(long cgroupId) {
        return new Who(MemoryFoldLevel.CGROUP, 0, cgroupId, 0, 0);
    }

    public static Who node() {
        return new Who(MemoryFoldLevel.NODE, 0, 0, 0, 0);
    }

    /** Operation, flags and error of a successful call. */
    public static int call(int series) {
        boolean shrink = series == MemoryCounters.MREMAP_SHRINK || series == MemoryCounters.BRK_SHRINK;
        int kind = series < MemoryCounters.KINDS ? series : 0;
        return (CALL[series] | kind << 4) << 8 | (shrink ? MemoryFoldKey.FLAG_SHRINK << 16 : 0);
    }

    /** The same of a failed one. */
    public static int failure(int call, int errno) {
        return call << 8 | MemoryFoldKey.FLAG_FAILED << 16 | errno << 24;
    }

    private long bootNanos;

    /** One call. */
    public void add(Who who, int operation, long pages, long totalVmPages) {
        add(who, operation, pages, totalVmPages, 1);
    }

    /** Many calls of one size. */
    public void add(Who who, int operation, long pages, long totalVmPages, long count) {
        ByteBuffer entry = entries.computeIfAbsent(key(who, operation), unused -> buffer(MemoryFold.SIZE));
        entry.putLong(MemoryFold.PAGES_OFFSET, entry.getLong(MemoryFold.PAGES_OFFSET) + pages * count);
        if ((operation >>> 16 & MemoryFoldKey.FLAG_FAILED) == 0) {
            entry.putLong(MemoryFold.TOTAL_VM_PAGES_OFFSET, totalVmPages);
            entry.putLong(MemoryFold.LAST_BOOT_NANOS_OFFSET, ++bootNanos);
        }
        int at = MemoryFold.CALLS_OFFSET + MemoryCounters.sizeClass(pages) * Integer.BYTES;
        entry.putInt(at, entry.getInt(at) + (int) count);
        folded += count;
    }

    static EntryKey key(Who who, int operation) {
        return new EntryKey(who.level, who.startBootNanos, who.cgroupId, who.tgid, who.generation | operation);
    }

    boolean has(Who who, int operation) {
        return entries.containsKey(key(who, operation));
    }

    int size() {
        return entries.size();
    }

    /** What a reader would see that copies an entry while the kernel adds to it. */
    void set(Who who, int operation, int sizeClass, int calls) {
        ByteBuffer entry = entries.get(key(who, operation));
        if (entry == null) {
            throw new IllegalArgumentException(who + " has no entry");
        }
        entry.putInt(MemoryFold.CALLS_OFFSET + sizeClass * Integer.BYTES, calls);
        folded++;
    }

    @Override
    public long foldedCalls() {
        return folded;
    }

    @Override
    public void forEach(Visitor visitor) {
        visits++;
        entries.forEach((key, fold) -> {
            ByteBuffer bytes = buffer(MemoryFoldKey.SIZE)
                    .putLong(MemoryFoldKey.START_BOOT_NANOS_OFFSET, key.startBootNanos())
                    .putLong(MemoryFoldKey.CGROUP_ID_OFFSET, key.cgroupId())
                    .putInt(MemoryFoldKey.TGID_OFFSET, key.tgid())
                    .putInt(MemoryFoldKey.GENERATION_OFFSET, key.what());
            visitor.onFold(key.level(), new MemoryFoldKey().wrap(bytes, 0), new MemoryFold().wrap(fold, 0));
        });
    }

    @Override
    public @Nullable MemoryFold find(EntryKey key) {
        ByteBuffer entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        ByteBuffer copy = buffer(MemoryFold.SIZE).put(0, entry, 0, MemoryFold.SIZE);
        return new MemoryFold().wrap(copy, 0);
    }

    @Override
    public void remove(EntryKey key) {
        if (key.level() == MemoryFoldLevel.NODE || entries.remove(key) == null) {
            throw new IllegalArgumentException(key.toString());
        }
    }

    @Override
    public long producedPosition() {
        return produced;
    }

    @Override
    public long consumedPosition() {
        return consumed;
    }

    /** A record that is put into the ring. */
    void produce() {
        produced += MemoryEvent.SIZE_BYTES + 8;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }
}
