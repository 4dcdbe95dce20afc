// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.LifecycleFoldKey;
import io.nodevitals.bpf.event.MemoryFold;
import io.nodevitals.bpf.event.MemoryFoldKey;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the readers of the shared hash maps, and keeps what they need in the kernel until close: iterators where the kernel may preempt
 * itself and lets us, else batches, which cost less. One thread at a time.
 */
final class MapReaders implements AutoCloseable {
    private static final String OBJECT = "map_entries";
    private static final String COUNTS = "count_entries";
    private static final String MEMORY_FOLDS = "memory_fold_entries";

    /** {@code struct bpf_iter_attach_opts} of libbpf 1.0: size_t sz, union bpf_iter_link_info *, __u32 of its length. */
    private static final int OPTIONS_BYTES = 24;

    private static final int LINK_INFO = 8;
    private static final int LINK_INFO_LENGTH = 16;

    private final Native natives;
    private final SharedMaps maps;
    private final boolean iterate;
    private final ObjectHandle.Types types;
    private final List<Pointer> links = new ArrayList<>();
    private @Nullable ObjectHandle object;
    private @Nullable NativeCallException refusal;

    /** @param iterate whether iterators are wanted */
    MapReaders(Native natives, SharedMaps maps, boolean iterate, ObjectHandle.Types types) {
        this.natives = natives;
        this.maps = maps;
        this.iterate = iterate;
        this.types = types;
    }

    /** Of one of the hashes whose values are counts. */
    MapReader ofCounts(String name) {
        return ofHash(COUNTS, name, LifecycleFoldKey.SIZE, Long.BYTES);
    }

    /** Of one of the hashes whose values are sums of memory calls. */
    MapReader ofMemoryFolds(String name) {
        return ofHash(MEMORY_FOLDS, name, MemoryFoldKey.SIZE, MemoryFold.SIZE);
    }

    private MapReader ofHash(String program, String name, int keyBytes, int valueBytes) {
        if (iterate && refusal == null) {
            try {
                int link = attach(program, maps.fd(name));
                return new IteratorReader(natives, link, name, keyBytes, valueBytes);
            } catch (NativeCallException refused) {
                refusal = refused;
            }
        }
        return new BatchReader(natives, maps.fd(name), name, keyBytes, valueBytes);
    }

    /** Why the maps are read in batches though iterators were wanted; null when they are not. */
    @Nullable
    NativeCallException refusal() {
        return refusal;
    }

    private int attach(String program, int mapFd) {
        Pointer linkInfo = natives.allocate(Integer.BYTES);
        linkInfo.putInt(0, mapFd);
        Pointer options = natives.allocate(OPTIONS_BYTES);
        options.putLong(0, OPTIONS_BYTES);
        options.putPointer(LINK_INFO, linkInfo);
        options.putInt(LINK_INFO_LENGTH, Integer.BYTES);
        Pointer function = natives.checkLibbpf(
                "bpf_object__find_program_by_name(" + program + ")",
                natives.libbpf().bpf_object__find_program_by_name(loaded(), program));
        Pointer link = natives.checkLibbpf(
                "bpf_program__attach_iter(" + program + ")",
                natives.libbpf().bpf_program__attach_iter(function, options));
        links.add(link);
        return natives.libbpf().bpf_link__fd(link);
    }

    private Pointer loaded() {
        if (object == null) {
            ObjectHandle opened = ObjectHandle.open(natives, OBJECT, ProbeCatalog.image(OBJECT), types);
            object = opened;
            natives.checkLibbpf(
                    "bpf_object__load(" + OBJECT + ")", natives.libbpf().bpf_object__load(opened.pointer()));
        }
        return object.pointer();
    }

    /** Detaches and unloads; idempotent. The readers must not be used any more. */
    @Override
    public void close() {
        links.forEach(natives.libbpf()::bpf_link__destroy);
        links.clear();
        if (object != null) {
            object.close();
        }
    }
}
