// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Libc;
import io.nodevitals.bpf.libbpf.MappedMemory;
import io.nodevitals.bpf.libbpf.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jnr.ffi.Pointer;

/**
 * The maps of {@code lib/maps.bpf.h}, created once from {@code maps.bpf.o} with the sizes asked for, and lent to every probe by
 * {@code bpf_map__reuse_fd}. Descriptors and mappings live until close; one thread at a
 * time.
 */
final class SharedMaps implements AutoCloseable {
    static final String LIFECYCLE = "lifecycle";
    static final String MEMORY = "memory";
    static final String COUNTERS = "counters";
    static final String SIGNAL_COUNTS = "signal_counts";
    static final String SIGNAL_OVERFLOW = "signal_overflow";
    static final String MEMORY_FOLDS = "memory_folds";
    static final String MEMORY_CGROUP_FOLDS = "memory_cgroup_folds";
    static final String MEMORY_OVERFLOW = "memory_overflow";
    static final String LIFECYCLE_FOLDS = "lifecycle_folds";
    static final String LIFECYCLE_OVERFLOW = "lifecycle_overflow";
    /** Written by the exec failure's programs, read by the exit's: nobody reads it here. */
    private static final String EXEC_ABORTED = "exec_aborted";
    /** The programs' own. */
    private static final String CGROUP_BUDGETS = "cgroup_budgets";

    private static final List<String> NAMES = List.of(
            LIFECYCLE,
            MEMORY,
            COUNTERS,
            SIGNAL_COUNTS,
            SIGNAL_OVERFLOW,
            MEMORY_FOLDS,
            MEMORY_CGROUP_FOLDS,
            MEMORY_OVERFLOW,
            LIFECYCLE_FOLDS,
            LIFECYCLE_OVERFLOW,
            EXEC_ABORTED,
            CGROUP_BUDGETS);

    private final Native natives;
    private final ObjectHandle object;
    private final Map<String, Integer> fds = new TreeMap<>();
    private final List<MappedRing> rings = new ArrayList<>();
    private final List<MappedMemory> memories = new ArrayList<>();

    private SharedMaps(Native natives, ObjectHandle object) {
        this.natives = natives;
        this.object = object;
    }

    /**
     * Creates the maps.
     *
     * @throws io.nodevitals.bpf.libbpf.NativeCallException when the kernel refuses
     */
    static SharedMaps create(Native natives, byte[] image, BpfSettings settings, int cpus) {
        ObjectHandle object =
                ObjectHandle.open(natives, ProbeCatalog.MAPS, image, ObjectHandle.Types.KERNEL_AND_MODULES);
        SharedMaps maps = new SharedMaps(natives, object);
        boolean created = false;
        try {
            maps.resize(LIFECYCLE, settings.lifecycleRingBytes());
            maps.resize(MEMORY, settings.memoryRingBytes());
            maps.resize(COUNTERS, Program.ALL.size() * cpus);
            settings.mapEntries().forEach(maps::resize);
            natives.checkLibbpf("bpf_object__load(maps)", natives.libbpf().bpf_object__load(object.pointer()));
            for (String name : NAMES) {
                int fd = natives.libbpf().bpf_map__fd(object.requireMap(name));
                maps.fds.put(name, natives.checkLibbpf("bpf_map__fd(" + name + ")", fd));
            }
            created = true;
            return maps;
        } finally {
            if (!created) {
                object.close();
            }
        }
    }

    private void resize(String name, int entries) {
        natives.checkLibbpf(
                "bpf_map__set_max_entries(" + name + ")",
                natives.libbpf().bpf_map__set_max_entries(object.requireMap(name), entries));
    }

    int fd(String name) {
        Integer fd = fds.get(name);
        if (fd == null) {
            throw new IllegalArgumentException("map=" + name);
        }
        return fd;
    }

    /** Makes an object that is not loaded yet use these maps, those of them that it declares. */
    void lendTo(ObjectHandle borrower) {
        fds.forEach((name, fd) -> {
            Pointer map = borrower.findMap(name);
            if (map != null) {
                natives.checkLibbpf(
                        "bpf_map__reuse_fd(" + name + ")", natives.libbpf().bpf_map__reuse_fd(map, fd));
            }
        });
    }

    /** Maps a ring into this process until close. */
    MappedRing mapRing(String name, int capacityBytes) {
        MappedRing ring = new MappedRing(natives, fd(name), capacityBytes);
        rings.add(ring);
        return ring;
    }

    /** Maps the counters into this process until close. */
    MappedCounters mapCounters(int cpus) {
        int lengthBytes = Program.ALL.size() * cpus * MappedCounters.ACCOUNT_BYTES;
        MappedMemory memory = natives.map(fd(COUNTERS), 0, lengthBytes, Libc.PROT_READ);
        memories.add(memory);
        return new MappedCounters(memory.buffer(0, lengthBytes), cpus);
    }

    /** Maps a whole array into this process until close, to be read in place. */
    MapReader mapArray(String name, int valueBytes) {
        int entries = natives.libbpf().bpf_map__max_entries(object.requireMap(name));
        MappedMemory memory = natives.map(fd(name), 0, (long) entries * valueBytes, Libc.PROT_READ);
        memories.add(memory);
        return new ArrayReader(natives, memory.buffer(0, entries * valueBytes), entries, valueBytes);
    }

    /** Unmaps what was mapped and lets the maps go; idempotent. */
    @Override
    public void close() {
        rings.forEach(MappedRing::close);
        memories.forEach(MappedMemory::close);
        object.close();
    }
}
