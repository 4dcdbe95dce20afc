// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import io.nodevitals.bpf.ring.RingDescriptor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Everything that the agent has in the kernel: the shared maps and the probes that write to them.
 *
 * <p>Nothing is pinned, so the kernel detaches and frees all of it when the process ends, however it ends. {@link #checkLinks()} and
 * {@link #close()} exclude each other; the rings and counters are for their own readers, which must have stopped before
 * {@code close}, because it unmaps what they read.
 */
public final class BpfSession implements AutoCloseable {
    private static final String CPUS = "nv_cpus";
    private static final String PAGE_SHIFT = "nv_page_shift";
    private static final String LIFECYCLE_COMMON_BYTES = "nv_lifecycle_common_bytes";
    private static final String AGENT_TGID = "nv_agent_tgid";
    private static final String MEMORY_WAKEUP_RECORDS = "nv_memory_wakeup_records";
    private static final Set<String> OWN_CONSTANTS =
            Set.of(CPUS, PAGE_SHIFT, LIFECYCLE_COMMON_BYTES, AGENT_TGID, MEMORY_WAKEUP_RECORDS);
    /** Whose records the memory ring has: mmap, munmap, mremap and brk. */
    private static final int MEMORY_PROGRAMS = 4;
    /** Oftener would cost a storm on a machine of many CPUs more than a ring that is a little fuller. */
    private static final long LEAST_WAKEUP_RECORDS = 16;

    private final Native natives;
    private final KernelFeatures features;
    private final SharedMaps maps;
    private final MappedRing lifecycle;
    private final MappedRing memory;
    private final MappedCounters counters;
    private final SignalCounts signalCounts;
    private final LifecycleFolds lifecycleFolds;
    private final MemoryFolds memoryFolds;
    private final MapReaders readers;
    private final Map<String, ProbeStatus> statuses = new LinkedHashMap<>();
    private final List<AttachedProbe> probes = new ArrayList<>();

    private BpfSession(
            Native natives,
            BpfSettings settings,
            KernelFeatures features,
            SharedMaps maps,
            MapReaders readers,
            int cpus) {
        this.natives = natives;
        this.features = features;
        this.maps = maps;
        this.readers = readers;
        lifecycle = maps.mapRing(SharedMaps.LIFECYCLE, settings.lifecycleRingBytes());
        memory = maps.mapRing(SharedMaps.MEMORY, settings.memoryRingBytes());
        counters = maps.mapCounters(cpus);
        signalCounts = new SignalCounts(natives, maps, readers);
        lifecycleFolds = new LifecycleFolds(natives, maps, readers);
        memoryFolds = new MemoryFolds(natives, maps, readers);
    }

    /**
     * Creates the maps and attaches every probe of the settings as well as this kernel allows. A probe that cannot be attached is
     * an entry in {@link #statuses()}, not an error.
     *
     * @throws BpfUnavailableException when not even the maps can be had
     * @throws IllegalArgumentException when a constant's name or value fits no object
     */
    public static BpfSession open(Native natives, BpfSettings settings) {
        List<ProbeDefinition> definitions = ProbeCatalog.load().stream()
                .filter(definition -> settings.probes().contains(definition.name()))
                .toList();
        return open(natives, settings, definitions);
    }

    static BpfSession open(Native natives, BpfSettings wanted, List<ProbeDefinition> definitions) {
        checkConstants(wanted.constants(), definitions);
        BpfSettings settings = wanted.withRingsOfAtLeast(natives.pageSize());
        KernelFeatures features = KernelFeatures.detect();
        boolean steady = features.nonPreemptive().state() == KernelFeature.State.AVAILABLE;
        SharedMaps maps = null;
        MapReaders readers = null;
        BpfSession session = null;
        try {
            int cpus = natives.checkLibbpf(
                    "libbpf_num_possible_cpus", natives.libbpf().libbpf_num_possible_cpus());
            maps = SharedMaps.create(natives, ProbeCatalog.image(ProbeCatalog.MAPS), settings, cpus);
            readers = new MapReaders(natives, maps, !steady, typesFor(features));
            BpfSession opening = new BpfSession(natives, settings, features, maps, readers, cpus);
            opening.attachAll(natives, settings, definitions);
            session = opening;
            return session;
        } catch (NativeCallException failure) {
            throw unavailable(failure, features);
        } finally {
            if (session == null && readers != null) {
                readers.close();
            }
            if (session == null && maps != null) {
                maps.close();
            }
        }
    }

    private static void checkConstants(Map<String, Long> constants, List<ProbeDefinition> definitions) {
        for (String name : constants.keySet()) {
            boolean known = definitions.stream()
                    .anyMatch(definition ->
                            definition.elf().variable(ObjectHandle.RODATA, name).isPresent());
            if (OWN_CONSTANTS.contains(name) || !known) {
                throw new IllegalArgumentException(
                        "constant=" + name + " cannot be set: no probe has it, or the session" + " sets it itself");
            }
        }
    }

    private static ObjectHandle.Types typesFor(KernelFeatures features) {
        return features.capabilities().contains(Capability.CAP_SYS_ADMIN)
                ? ObjectHandle.Types.KERNEL_AND_MODULES
                : ObjectHandle.Types.KERNEL;
    }

    private static BpfUnavailableException unavailable(NativeCallException failure, KernelFeatures features) {
        String why = "";
        if (failure.errno() == Errno.EPERM || failure.errno() == Errno.EACCES) {
            KernelFeature privileges = features.privileges();
            why = privileges.isUnavailable()
                    ? ": " + privileges.reason() + "; " + privileges.remedy()
                    : ": the capabilities are there, so a seccomp profile may forbid bpf(), or, before Linux 5.11, the locked"
                            + " memory limit may be too low (ulimit -l unlimited, or add CAP_SYS_RESOURCE)";
        }
        return new BpfUnavailableException("the BPF maps cannot be had (" + failure.getMessage() + ")" + why, failure);
    }

    private void attachAll(Native natives, BpfSettings settings, List<ProbeDefinition> definitions) {
        Map<String, Long> constants = new TreeMap<>(settings.constants());
        constants.put(CPUS, (long) counters.cpus());
        constants.put(PAGE_SHIFT, (long) Integer.numberOfTrailingZeros(natives.pageSize()));
        constants.put(LIFECYCLE_COMMON_BYTES, (long) settings.lifecycleRingBytes() / 2);
        constants.put(AGENT_TGID, ProcessHandle.current().pid());
        constants.put(MEMORY_WAKEUP_RECORDS, memoryWakeupRecords(settings.memoryRingBytes(), counters.cpus()));
        ProbeAttacher attacher = new ProbeAttacher(
                new ProbeAttempt(natives, maps, constants, typesFor(features)),
                new RejectionExplainer(features),
                settings.policy().on(features));
        for (ProbeAttacher.Result result : attacher.attach(definitions)) {
            statuses.put(result.name(), result.status());
            probes.addAll(result.probes());
        }
    }

    /**
     * Each program on each CPU wakes the reader by its own count. When every one of them is just about to, the ring is half full; a power
     * of two.
     */
    static long memoryWakeupRecords(int ringBytes, int cpus) {
        long records = ringBytes / 2 / RingDescriptor.span(MemoryEvent.SIZE_BYTES) / MEMORY_PROGRAMS / cpus;
        return Math.max(LEAST_WAKEUP_RECORDS, Long.highestOneBit(records));
    }

    /** What became of each probe, in the order of attaching. Immutable content. */
    public Map<String, ProbeStatus> statuses() {
        return Collections.unmodifiableMap(statuses);
    }

    /** What was found of the kernel before attaching. */
    public KernelFeatures features() {
        return features;
    }

    /** Ring of the lifecycle records. */
    public MappedRing lifecycleRing() {
        return lifecycle;
    }

    /** Ring of the memory records. */
    public MappedRing memoryRing() {
        return memory;
    }

    /** The programs' accounts. */
    public MappedCounters counters() {
        return counters;
    }

    /** Signals counted in the kernel. */
    public SignalCounts signalCounts() {
        return signalCounts;
    }

    /** Lifecycle events counted in the kernel because they got no record. */
    public LifecycleFolds lifecycleFolds() {
        return lifecycleFolds;
    }

    /** Memory calls added up in the kernel, because their ring had no room. */
    public MemoryFolds memoryFolds() {
        return memoryFolds;
    }

    /** Asks the kernel about every link; empty after close. Any thread; a few microseconds a link. */
    public synchronized List<LinkReport> checkLinks() {
        return probes.stream().flatMap(probe -> probe.checkLinks().stream()).toList();
    }

    /**
     * How often the kernel skipped each attached program, in the same sense as {@code seen} counts its runs. A program without an entry
     * is not attached; an empty value means that the kernel cannot tell. Any thread; two system calls a program at most.
     */
    public synchronized Map<Program, OptionalLong> missed() {
        Map<Program, OptionalLong> missed = new EnumMap<>(Program.class);
        probes.forEach(probe -> probe.addMissed(missed));
        return missed;
    }

    /** Further readers of the shared maps, for tests; to be closed before the session. */
    MapReaders readers(boolean iterate) {
        return new MapReaders(natives, maps, iterate, typesFor(features));
    }

    /** Kernel ids of all programs of this session. */
    List<Integer> programIds() {
        return probes.stream().flatMap(probe -> probe.programIds().stream()).toList();
    }

    List<Integer> linkFds() {
        return probes.stream().flatMap(probe -> probe.linkFds().stream()).toList();
    }

    /** Detaches, unloads and unmaps everything; idempotent. The readers of rings and counters must have stopped. */
    @Override
    public synchronized void close() {
        closeProbes();
        readers.close();
        maps.close();
    }

    private void closeProbes() {
        probes.forEach(AttachedProbe::close);
        probes.clear();
    }
}
